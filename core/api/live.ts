// All live streams: hands each event of the server to the pages that show it, and lets the
// streams send four times a second at most. Streams are bounded in number, and end with the
// session that opened them.

import { randomBytes } from 'node:crypto';
import { TRPCError } from '@trpc/server';
import { formatPath } from '../lwm2m/path.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Clock, Milliseconds, Timer } from '../ports.ts';
import type { Database } from '../store/database.ts';
import { pathOfRow } from '../store/row-path.ts';
import type { Identity } from './context.ts';
import type { View } from './inputs.ts';
import type { Lab } from './lab.ts';
import { LiveStream, type Shared } from './live-stream.ts';
import type { FleetCounts, FleetQuery, FleetWindow, LiveEvent, Management } from './management.ts';

/** 4 Hz. */
export const TICK: Milliseconds = 250;
export const STREAMS_MAX = 200;
export const STREAMS_PER_USER_MAX = 20;
/** Computing windows of the fleet takes at most this part of the time. */
const WINDOW_SHARE = 1 / 20;

export interface LiveOptions {
  readonly management: Management;
  readonly lab: Lab;
  readonly db: Database;
  readonly clock: Clock;
  /** False when the session has ended: its streams end too. */
  readonly isOpen: (identity: Identity) => boolean;
}

export class LiveStreams implements Shared {
  readonly management: Management;
  readonly lab: Lab;
  readonly db: Database;
  readonly #clock: Clock;
  readonly #isOpen: (identity: Identity) => boolean;
  readonly #streams = new Map<string, LiveStream>();
  readonly #byEndpoint = new Map<string, Set<LiveStream>>();
  fleetVersion = 0;
  refusalVersion = 0;
  alertVersion = 0;
  #counts: FleetCounts | undefined;
  #countsText = '';
  #countsAt: Milliseconds = -Infinity;
  /** The windows computed since the last tick, by their query. */
  readonly #windows = new Map<string, FleetWindow>();
  #windowsNotBefore: Milliseconds = 0;
  #timer: Timer | undefined;
  #unsubscribe: (() => void) | undefined;
  #isClosed = false;

  constructor({ management, lab, db, clock, isOpen }: LiveOptions) {
    this.management = management;
    this.lab = lab;
    this.db = db;
    this.#clock = clock;
    this.#isOpen = isOpen;
  }

  get size(): number {
    return this.#streams.size;
  }

  open(identity: Identity, view: View, eventId = ''): Result<LiveStream> {
    if (this.#isClosed) return fail('The server is stopping.');
    if (this.#streams.size >= STREAMS_MAX) return fail('Too many pages are open on this server.');
    const users = [...this.#streams.values()].map((stream) => stream.identity.name);
    if (users.filter((name) => name === identity.name).length >= STREAMS_PER_USER_MAX) {
      return fail(`You have ${STREAMS_PER_USER_MAX} pages open; close one of them.`);
    }
    this.#begin();
    const id = randomBytes(12).toString('base64url');
    const stream = new LiveStream(id, identity, this, view, eventId);
    this.#streams.set(id, stream);
    this.#index(stream);
    return ok(stream);
  }

  /** Changes what a stream shows; false when it is not there or not this session's. */
  watch(id: string, identity: Identity, view: View): boolean {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.identity.session !== identity.session) return false;
    this.#unindex(stream);
    stream.watch(view);
    this.#index(stream);
    return true;
  }

  close(stream: LiveStream, error?: TRPCError): void {
    stream.end(error);
    if (!this.#streams.delete(stream.id)) return;
    this.#unindex(stream);
    if (this.#streams.size === 0) this.#rest();
  }

  /** Ends all streams for good; browsers try again by themselves. */
  closeAll(): void {
    this.#isClosed = true;
    const message = 'The server is stopping.';
    for (const stream of this.#streams.values()) {
      this.close(stream, new TRPCError({ code: 'SERVICE_UNAVAILABLE', message }));
    }
  }

  counts(): FleetCounts {
    const now = this.#clock.now();
    if (this.#counts === undefined || now - this.#countsAt >= TICK) {
      const counts = this.management.counts();
      const text = JSON.stringify(counts);
      this.#countsAt = now;
      if (this.#counts !== undefined && text === this.#countsText) return this.#counts;
      this.#counts = counts;
      this.#countsText = text;
    }
    return this.#counts;
  }

  window(query: FleetQuery, asker: LiveStream): FleetWindow | undefined {
    const key = JSON.stringify([this.fleetVersion, query]);
    const known = this.#windows.get(key);
    if (known !== undefined) return known;
    if (this.#clock.now() < this.#windowsNotBefore) return undefined;
    const began = performance.now();
    const window = this.management.fleet(query);
    const took = performance.now() - began;
    this.#windowsNotBefore = this.#clock.now() + Math.floor(took / WINDOW_SHARE);
    this.#windows.set(key, window);
    // Who was served goes to the end of the line: a dear fleet is shared fairly.
    if (this.#streams.delete(asker.id)) this.#streams.set(asker.id, asker);
    return window;
  }

  #begin(): void {
    this.#unsubscribe ??= this.management.subscribe((event) => this.#onEvent(event), true);
    if (this.#timer === undefined) this.#schedule();
  }

  #rest(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#windows.clear();
    // What happens now is not heard: who comes next must not take it for unchanged.
    this.fleetVersion++;
    this.refusalVersion++;
    this.alertVersion++;
  }

  #schedule(): void {
    this.#timer = this.#clock.schedule(this.#clock.now() + TICK, { onDue: () => this.#tick() });
  }

  #tick(): void {
    this.#schedule();
    this.#windows.clear();
    for (const stream of this.#streams.values()) {
      if (this.#isOpen(stream.identity)) stream.wake();
      else {
        const message = 'This session has ended; please log in.';
        this.close(stream, new TRPCError({ code: 'UNAUTHORIZED', message }));
      }
    }
  }

  #onEvent(event: LiveEvent): void {
    switch (event.kind) {
      case 'device':
        this.fleetVersion++;
        for (const stream of this.#byEndpoint.get(event.endpoint) ?? []) stream.deviceChanged();
        return;
      case 'value': {
        // The fleet shows when a device was last seen.
        this.fleetVersion++;
        const streams = this.#byEndpoint.get(event.endpoint);
        if (streams === undefined) return;
        const path = formatPath(pathOfRow(event.row));
        for (const stream of streams) stream.valueStored(path, event.row);
        return;
      }
      case 'logged': {
        const { endpoint } = event;
        const streams = endpoint === undefined
          ? this.#streams.values() : this.#byEndpoint.get(endpoint) ?? [];
        for (const stream of streams) if (stream.endpoint === endpoint) stream.logged();
        return;
      }
      case 'refused':
        this.refusalVersion++;
        return;
      case 'alert':
        this.alertVersion++;
        return;
      // Devices tell of their operations themselves.
      case 'operation':
    }
  }

  #index(stream: LiveStream): void {
    if (stream.endpoint === undefined) return;
    const streams = this.#byEndpoint.get(stream.endpoint) ?? new Set<LiveStream>();
    this.#byEndpoint.set(stream.endpoint, streams.add(stream));
  }

  #unindex(stream: LiveStream): void {
    const streams = this.#byEndpoint.get(stream.endpoint ?? '');
    streams?.delete(stream);
    if (streams?.size === 0) this.#byEndpoint.delete(stream.endpoint ?? '');
  }
}
