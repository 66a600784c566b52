// One live stream: what a page shows and what has changed since its last message. It keeps flags
// and a bounded number of values instead of a queue: a slow browser gets fewer, newer messages.

import type { TRPCError } from '@trpc/server';
import { formatPath, pathOf } from '../lwm2m/path.ts';
import type { OperationRow, TelemetryRow } from '../store/changes.ts';
import { isNewer } from '../store/newest.ts';
import type { Database } from '../store/database.ts';
import { operations } from '../store/history.ts';
import type { Identity } from './context.ts';
import type { LogTail, View } from './inputs.ts';
import type { Lab, RunView } from './lab.ts';
import { LiveCharts } from './live-charts.ts';
import { LiveLog, type LogNews } from './live-log.ts';
import { LiveMessages } from './live-messages.ts';
import type { FleetCounts, FleetQuery, FleetWindow, Management } from './management.ts';
import {
  deviceView, mergeOperations, resourceValue, STORED_OPERATIONS_MAX,
} from './present.ts';
import type { LatestValue, LiveMessage } from './views.ts';

/** Paths of a device whose newest value waits for the next message. */
export const LATEST_MAX = 512;

/** What all streams share: answers of the server that need not be computed for each. */
export interface Shared {
  readonly management: Management;
  readonly lab: Lab;
  readonly db: Database;
  /** Counts up with every change of any device, and with every refusal and alert. */
  readonly fleetVersion: number;
  readonly refusalVersion: number;
  readonly alertVersion: number;
  /** The same object while nothing changed. */
  counts(): FleetCounts;
  /** Undefined: not now, the last one took too long. */
  window(query: FleetQuery, asker: LiveStream): FleetWindow | undefined;
}

export class LiveStream {
  readonly id: string;
  readonly identity: Identity;
  readonly #shared: Shared;
  readonly #charts: LiveCharts;
  readonly #log = new LiveLog();
  readonly #latest = new Map<string, LatestValue>();
  #view: View;
  #counts: FleetCounts | undefined;
  #fleetVersion = -1;
  #refusalVersion = -1;
  #alertVersion = -1;
  /** The rows of the last window as JSON, by endpoint in their order; undefined: send all. */
  #rows: Map<string, string> | undefined;
  #total = 0;
  /** As last told. */
  #runs: readonly RunView[] | undefined;
  #run: RunView | null | undefined;
  #isDeviceChanged = true;
  readonly #messages = new LiveMessages();
  /** Of the device shown, as last told; undefined: not read from the database yet. */
  #operations: readonly OperationRow[] | undefined;
  #ended: { readonly error: TRPCError | undefined } | undefined;
  #wake: (() => void) | undefined;

  constructor(id: string, identity: Identity, shared: Shared, view: View, eventId: string) {
    this.id = id;
    this.identity = identity;
    this.#shared = shared;
    this.#view = view;
    this.#charts = new LiveCharts(eventId);
    if (view.page === 'device') this.#charts.show(view.endpoint, view.charts);
    this.#log.show(logOf(view));
    this.#messages.show(messagesOf(view));
  }

  get endpoint(): string | undefined {
    return endpointOf(this.#view);
  }

  watch(view: View): void {
    if (JSON.stringify(view) === JSON.stringify(this.#view)) return;
    const isSameLog = JSON.stringify([logOf(view), endpointOf(view)])
      === JSON.stringify([logOf(this.#view), this.endpoint]);
    if (!isSameLog) this.#log.show(logOf(view));
    const isSameDevice = view.page === 'device' && view.endpoint === this.endpoint;
    this.#messages.show(messagesOf(view));
    this.#view = view;
    this.#rows = undefined;
    this.#fleetVersion = -1;
    this.#refusalVersion = -1;
    this.#alertVersion = -1;
    this.#runs = undefined;
    this.#run = undefined;
    if (!isSameDevice) {
      this.#latest.clear();
      this.#isDeviceChanged = true;
      this.#operations = undefined;
    }
    if (view.page === 'device') this.#charts.show(view.endpoint, view.charts);
    else this.#charts.clear();
    this.wake();
  }

  deviceChanged(): void {
    this.#isDeviceChanged = true;
  }

  /** Lines of the device that is shown, or of none, are on disk. */
  logged(): void {
    this.#log.logged();
  }

  valueStored(path: string, row: TelemetryRow): void {
    const { object, instance, resource, resourceInstance } = row;
    // A value is a sign of life: when the device was seen and how long it listens has moved.
    this.#isDeviceChanged = true;
    this.#charts.add(path, row);
    const waiting = this.#latest.get(path);
    if (waiting === undefined && this.#latest.size >= LATEST_MAX) return;
    // A page puts late values where they belong, once it is told of the newest.
    if (waiting !== undefined && isNewer(waiting, row)) return;
    const single = resourceInstance === -1;
    const of = single ? path : formatPath(pathOf([object, instance, resource]));
    this.#latest.set(path, { path: of, ...resourceValue(row) });
  }

  /** Lets the stream send what has changed, if it waits for that. */
  wake(): void {
    this.#wake?.();
  }

  /** With an error the browser is told why; without, it has left by itself. */
  end(error?: TRPCError): void {
    this.#ended ??= { error };
    this.wake();
  }

  async* messages(): AsyncGenerator<{ readonly id: string; readonly message: LiveMessage }, void> {
    const { management, db } = this.#shared;
    yield this.#sent({ kind: 'opened', id: this.id, now: management.now() });
    while (this.#ended === undefined) {
      if (this.#operations === undefined) {
        await this.#readOperations();
        continue;
      }
      for (const message of this.#changes()) yield this.#sent(message);
      const live = this.#charts.take();
      if (live.length > 0) yield this.#sent({ kind: 'charts', points: live });
      if (this.#charts.isBehind) {
        const device = management.device(this.endpoint ?? '');
        if (device === undefined) this.#charts.skipTails();
        else {
          const points = await this.#charts.readTail(db, device.row.id);
          if (points.length > 0) yield this.#sent({ kind: 'charts', points });
        }
        continue;
      }
      // Once a turn, however much is logged meanwhile.
      const news = this.#log.isBehind ? await this.#readLog() : undefined;
      if (news !== undefined) yield this.#sent({ kind: 'log', ...news });
      if (this.#ended === undefined) {
        await new Promise<void>((resolve) => { this.#wake = resolve; });
        this.#wake = undefined;
      }
    }
    if (this.#ended.error !== undefined) throw this.#ended.error;
  }

  /** The server remembers few of the operations that ended, and none from before its start. */
  async #readOperations(): Promise<void> {
    const { endpoint } = this;
    const { management, db } = this.#shared;
    const device = endpoint === undefined ? undefined : management.device(endpoint)?.row.id;
    const stored = device === undefined
      ? [] : await operations(db, { device, limit: STORED_OPERATIONS_MAX });
    if (endpoint === this.endpoint) this.#operations = stored;
  }

  async #readLog(): Promise<LogNews | undefined> {
    const { endpoint } = this;
    const { management, db } = this.#shared;
    const device = endpoint === undefined ? undefined : management.device(endpoint)?.row.id;
    if (endpoint !== undefined && device === undefined) return undefined;
    return this.#log.read(db, device);
  }

  #sent(message: LiveMessage): { readonly id: string; readonly message: LiveMessage } {
    return { id: this.#charts.eventId, message };
  }

  #changes(): LiveMessage[] {
    const messages: LiveMessage[] = [];
    const { management } = this.#shared;
    const counts = this.#shared.counts();
    if (counts !== this.#counts) {
      this.#counts = counts;
      messages.push({ kind: 'counts', at: management.now(), counts });
    }
    switch (this.#view.page) {
      case 'fleet': messages.push(...this.#fleetChanges(this.#view.query)); break;
      case 'device': messages.push(...this.#deviceChanges(this.#view.endpoint)); break;
      case 'refused':
        if (this.#refusalVersion === this.#shared.refusalVersion) break;
        this.#refusalVersion = this.#shared.refusalVersion;
        messages.push({ kind: 'refusals', refusals: management.refusals() });
        break;
      case 'alerts':
        if (this.#alertVersion === this.#shared.alertVersion) break;
        this.#alertVersion = this.#shared.alertVersion;
        messages.push({ kind: 'alerts', alerts: management.alerts() });
        break;
      case 'lab': messages.push(...this.#runChanges()); break;
      case 'run': {
        // A run is replaced when it changes.
        const run = this.#shared.lab.run(this.#view.id) ?? null;
        if (run === this.#run) break;
        this.#run = run;
        messages.push({ kind: 'run', run });
        break;
      }
      case 'other': break;
    }
    return messages;
  }

  #runChanges(): LiveMessage[] {
    const [before, runs] = [this.#runs, this.#shared.lab.runs()];
    if (runs === before) return [];
    this.#runs = runs;
    const isSameList = before !== undefined && runs.length === before.length
      && runs.every(({ id }, index) => id === before[index]?.id);
    if (!isSameList) return [{ kind: 'runs', runs }];
    return [{ kind: 'runRows', runs: runs.filter((run, index) => run !== before[index]) }];
  }

  #fleetChanges(query: FleetQuery): LiveMessage[] {
    if (this.#fleetVersion === this.#shared.fleetVersion) return [];
    const version = this.#shared.fleetVersion;
    const window = this.#shared.window(query, this);
    if (window === undefined) return [];
    this.#fleetVersion = version;
    const before = this.#rows;
    const now = new Map(window.rows.map((row) => [row.endpoint, JSON.stringify(row)]));
    const isSameList = before !== undefined && window.total === this.#total
      && [...before.keys()].join('\n') === [...now.keys()].join('\n');
    this.#rows = now;
    this.#total = window.total;
    if (!isSameList) return [{ kind: 'fleet', window }];
    const rows = window.rows.filter(({ endpoint }) => now.get(endpoint) !== before.get(endpoint));
    return rows.length === 0 ? [] : [{ kind: 'rows', at: window.at, rows }];
  }

  #deviceChanges(endpoint: string): LiveMessage[] {
    const messages: LiveMessage[] = [];
    if (this.#isDeviceChanged) {
      this.#isDeviceChanged = false;
      const detail = this.#shared.management.device(endpoint);
      if (detail === undefined) messages.push({ kind: 'device', device: null });
      else {
        this.#operations = mergeOperations(detail, this.#operations ?? []);
        messages.push({ kind: 'device', device: deviceView(detail, this.#operations) });
      }
    }
    if (this.#latest.size > 0) {
      messages.push({ kind: 'latest', values: [...this.#latest.values()] });
      this.#latest.clear();
    }
    const news = this.#messages.take(this.#shared.management, endpoint);
    if (news !== undefined) messages.push({ kind: 'messages', ...news });
    return messages;
  }
}

function endpointOf(view: View): string | undefined {
  return view.page === 'device' ? view.endpoint : undefined;
}

function logOf(view: View): LogTail | undefined {
  return view.page === 'device' || view.page === 'logs' ? view.log : undefined;
}

function messagesOf(view: View): { readonly after: number } | undefined {
  return view.page === 'device' ? view.messages : undefined;
}
