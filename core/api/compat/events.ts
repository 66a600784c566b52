// The event streams of the compatible interface: each event of the server in the words of that
// contract, to whoever listens for its endpoint. Streams are bounded in number, and so is what
// waits for a slow one.

import type { ServerResponse } from 'node:http';
import type { Clock, Milliseconds, Timer } from '../../ports.ts';
import { formatPath } from '../../lwm2m/path.ts';
import { parseTarget } from '../../lwm2m/target.ts';
import type { CapturedMessage, LiveEvent, Management } from '../management.ts';
import { coapLogJson } from './coap-log.ts';
import { nodeOf, nodesByPath } from './node-json.ts';
import { refuse } from './plain-error.ts';
import { registrationJson, updateJson } from './registration-json.ts';
import { contentAt } from './response-json.ts';
import type { Late } from './requests.ts';

export const STREAMS_MAX = 100;
/** Bytes that wait for one listener; beyond, it is cut off and may come again. */
export const BEHIND_MAX = 1_048_576;
/** The contract says 5 s at most. */
export const HEARTBEAT: Milliseconds = 4_000;

const HEADERS = {
  'content-type': 'text/event-stream;charset=utf-8', 'cache-control': 'no-store',
  'x-content-type-options': 'nosniff', connection: 'close',
};

interface Stream {
  readonly response: ServerResponse;
  /** Undefined: of every endpoint. */
  readonly endpoint: string | undefined;
  /** It hears the messages of its device too: this was registered when the stream began. */
  readonly hearsMessages: boolean;
}

export class Events {
  readonly #management: Management;
  readonly #clock: Clock;
  readonly #streams = new Set<Stream>();
  #timer: Timer | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(management: Management, clock: Clock) {
    this.#management = management;
    this.#clock = clock;
  }

  get size(): number {
    return this.#streams.size;
  }

  open(response: ServerResponse, endpoint: string | undefined): void {
    if (this.#streams.size >= STREAMS_MAX) refuse(503, 'Too many event streams are open');
    const stream: Stream = { response, endpoint, hearsMessages: this.#record(endpoint) };
    response.on('close', () => this.#leave(stream));
    response.writeHead(200, HEADERS);
    response.flushHeaders();
    this.#streams.add(stream);
    this.#unsubscribe ??= this.#management.subscribe((event) => this.#onEvent(event), true);
    this.#timer ??= this.#beat();
  }

  /** What came after its request had been answered. */
  tellLate(late: Late): void {
    this.#tell(late.ep, 'REQUEST_RESPONSE', () => late);
  }

  close(): void {
    for (const stream of [...this.#streams]) {
      stream.response.end();
      this.#leave(stream);
    }
  }

  #onEvent(event: LiveEvent): void {
    switch (event.kind) {
      case 'registration': return this.#onRegistration(event);
      case 'reachability': return this.#onReachability(event.endpoint, event.reachability);
      case 'notification': {
        const { endpoint: ep, path: res, entries } = event;
        const target = parseTarget(res);
        if (!target.ok) return;
        const [path, ...others] = target.value;
        if (path === undefined) return;
        return this.#tell(ep, 'NOTIFICATION', () => (others.length === 0
          ? { ep, kind: 'single', res, val: nodeOf(path, entries) }
          : {
            ep, kind: 'composite', val: contentAt(target.value, entries),
            paths: target.value.map(formatPath),
          }));
      }
      case 'send': {
        const { endpoint: ep, entries } = event;
        return this.#tell(ep, 'SEND', () => ({ ep, val: nodesByPath(entries) }));
      }
      case 'message': return this.#onMessage(event.endpoint, event.message);
      default:
    }
  }

  #onRegistration(event: Extract<LiveEvent, { kind: 'registration' }>): void {
    const { registered } = event;
    const { endpoint } = registered;
    switch (event.what) {
      case 'registered':
        return this.#tell(endpoint, 'REGISTRATION', () => registrationJson(registered));
      case 'ended':
        return this.#tell(endpoint, 'DEREGISTRATION', () => registrationJson(registered));
      case 'updated':
        return this.#tell(endpoint, 'UPDATED', () => ({
          registration: registrationJson(registered), update: updateJson(registered, event.update),
        }));
    }
  }

  /** So many devices are recorded at once; one more is told of without its messages. */
  #record(endpoint: string | undefined): boolean {
    if (endpoint === undefined) return false;
    const isRegistered = this.#management.device(endpoint)?.row.registration !== undefined;
    return isRegistered && this.#management.record(endpoint).ok;
  }

  #onMessage(endpoint: string, message: CapturedMessage): void {
    const isHeard = [...this.#streams].some((stream) =>
      stream.hearsMessages && stream.endpoint === endpoint);
    const json = isHeard ? coapLogJson(endpoint, message) : undefined;
    if (json !== undefined) this.#tell(endpoint, 'COAPLOG', () => json);
  }

  /** Only of devices that sleep by agreement. */
  #onReachability(ep: string, reachability: string): void {
    if (reachability !== 'awake' && reachability !== 'asleep') return;
    if (this.#management.device(ep)?.row.registration?.queueMode !== true) return;
    this.#tell(ep, reachability === 'awake' ? 'AWAKE' : 'SLEEPING', () => ({ ep }));
  }

  /** Written down once, if anybody listens. */
  #tell(endpoint: string, name: string, dataOf: () => object): void {
    let frame: string | undefined;
    for (const stream of this.#streams) {
      if (stream.endpoint !== undefined && stream.endpoint !== endpoint) continue;
      frame ??= `event: ${name}\ndata: ${JSON.stringify(dataOf())}\n\n`;
      this.#write(stream, frame);
    }
  }

  #write(stream: Stream, text: string): void {
    const { response } = stream;
    response.write(text);
    if (response.writableLength <= BEHIND_MAX) return;
    response.destroy();
    this.#leave(stream);
  }

  #beat(): Timer {
    return this.#clock.schedule(this.#clock.now() + HEARTBEAT, { onDue: () => {
      this.#timer = this.#beat();
      for (const stream of this.#streams) {
        this.#write(stream, ':\n\n');
        // Who looks keeps the recording going.
        if (stream.hearsMessages) this.#management.recorded(stream.endpoint as string);
      }
    } });
  }

  #leave(stream: Stream): void {
    if (!this.#streams.delete(stream) || this.#streams.size > 0) return;
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}
