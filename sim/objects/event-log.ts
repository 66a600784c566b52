// The event log (object 20): what the device does, as lines of a time and a word or two, the oldest
// forgotten first. It runs from the first power-on until a server stops it.

import { encodeUtf8 } from '../../core/bytes.ts';
import { Code, NO_BYTES } from '../../core/coap/message.ts';
import { parsePath } from '../../core/lwm2m/path.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { SimulatedDevice } from '../device.ts';
import { reportChanged } from '../notifications.ts';
import { integer, opaque, type ValueAt } from '../resources.ts';
import { constant } from '../signals.ts';
import type { Executions, Writings } from './object.ts';

/** What one datagram carries on any network. */
export const LOG_BYTES_MAX = 512;
/** /20/0/4015: a vendor's own, lines of text; the others are made of LwM2M formats. */
export const LINES_OF_TEXT = 100;

/** /20/0/4010: the generic class; another is only remembered. */
const ALL_CLASSES = 0;
/** Argument of start and stop: the collection is not treated as it is without one. */
const CHANGES_DEFAULT = "0='1'";
/** Bits of /20/0/4013. */
const STOPPED = 1;
const HAS_DATA = 2;

/** What is so before the first power-on. */
export function eventLogValues(): Record<string, ValueAt> {
  return {
    '/20/0/4010': integer(constant(ALL_CLASSES)), '/20/0/4013': integer(constant(0)),
    '/20/0/4014': opaque(NO_BYTES), '/20/0/4015': integer(constant(LINES_OF_TEXT)),
  };
}

export class EventLog {
  readonly #device: SimulatedDevice;
  /** ASCII, so that characters are bytes. */
  #lines = '';
  #isStopped = false;

  constructor(device: SimulatedDevice) {
    this.#device = device;
    const { values } = device.ownState();
    values.set('/20/0/4013', () => ({ type: 'integer', value: BigInt(this.status) }));
    values.set('/20/0/4014', () => ({ type: 'opaque', value: encodeUtf8(this.#lines) }));
  }

  get status(): number {
    return (this.#isStopped ? STOPPED : 0) | (this.#lines === '' ? 0 : HAS_DATA);
  }

  /** `now` is what the device's clock shows. */
  record(now: Milliseconds, what: string): void {
    if (this.#isStopped) return;
    this.#lines += `${Math.floor(now / 1000)} ${what}\n`;
    while (this.#lines.length > LOG_BYTES_MAX) {
      this.#lines = this.#lines.slice(this.#lines.indexOf('\n') + 1);
    }
    this.#report('/20/0/4014');
  }

  /** Begins with an empty log, unless it is told to extend what it has. */
  start(parameters: string): void {
    if (parameters !== CHANGES_DEFAULT) this.#lines = '';
    this.#isStopped = false;
    this.#report('/20/0/4013', '/20/0/4014');
  }

  /** Keeps what it has, unless it is told to empty it. */
  stop(parameters: string): void {
    if (parameters === CHANGES_DEFAULT) this.#lines = '';
    this.#isStopped = true;
    this.#report('/20/0/4013', '/20/0/4014');
  }

  #report(...paths: readonly string[]): void {
    reportChanged(this.#device, paths.flatMap((text) => {
      const path = parsePath(text);
      return path.ok ? [path.value] : [];
    }));
  }
}

export function eventLogOf(device: SimulatedDevice): EventLog {
  const own = device.ownState();
  own.eventLog ??= new EventLog(device);
  return own.eventLog;
}

export const eventLogWritings: Writings = {
  '/20/0/4015': {
    refusal: (_, value) => value.type === 'integer' && Number(value.value) === LINES_OF_TEXT
      ? undefined : Code.BAD_REQUEST,
    // It has no other format.
    onWritten: () => undefined,
  },
};

export const eventLogExecutions: Executions = {
  '/20/0/4011': { onExecuted: (device, text) => eventLogOf(device).start(text) },
  '/20/0/4012': { onExecuted: (device, text) => eventLogOf(device).stop(text) },
};
