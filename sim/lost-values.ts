// Finds notifications that were acknowledged although their values are not on the disk: what a
// server must never do (RFC 7641 s4.5 makes the ACK a promise that the client relies on).

import { toHex } from '../core/bytes.ts';
import { decodeMessage } from '../core/coap/codec.ts';
import { ACK, Code, CON } from '../core/coap/message.ts';
import { isSequenceNewer, REORDERING_SPAN } from '../core/coap/observe.ts';
import { contentFormat, observe } from '../core/coap/options.ts';
import { decodePayload } from '../core/lwm2m/content-format.ts';
import type { Milliseconds } from '../core/ports.ts';
import type { SimulatedDevice } from './device.ts';
import type { Fate, Observer, Passing } from './observer.ts';
import type { World } from './world.ts';

/** How long after its first arrival a notification may be acknowledged, RFC 7252 s4.8.2. */
const EXCHANGE_LIFETIME: Milliseconds = 247_000;

interface Arrived {
  readonly datagram: Uint8Array;
  /** Each time it reached the server. */
  readonly times: Milliseconds[];
  /** Acknowledged: what comes after is the same ACK again. */
  isJudged: boolean;
}

export class LostValues implements Observer {
  /** When each was acknowledged, since the epoch. */
  readonly times: Milliseconds[] = [];
  readonly #world: World;
  /** By Message ID, in the order of first arrival. */
  readonly #arrived = new Map<SimulatedDevice, Map<number, Arrived>>();
  readonly #numbers = new Map<string, number>();
  /** `device number:receive time` of what is on the disk, in two generations. */
  #stored = new Set<string>();
  #storedBefore = new Set<string>();
  #generationEnds: Milliseconds;
  #rowsSeen = 0;

  constructor(world: World) {
    this.#world = world;
    this.#generationEnds = world.clock.now() + EXCHANGE_LIFETIME;
  }

  ended({ at, device, direction, datagram }: Passing, fate: Fate): void {
    const [head = 0, code = 0] = datagram;
    const isNotification = ((head >> 4) & 3) === CON && code === Code.CONTENT;
    if (direction === 'down' || !isNotification || fate === 'lost' || fate === 'unheard') return;
    const known = this.#arrived.get(device) ?? new Map<number, Arrived>();
    this.#arrived.set(device, known);
    for (const [old, { times }] of known) {
      if (at - (times[0] ?? 0) < EXCHANGE_LIFETIME) break;
      known.delete(old);
    }
    const mid = midOf(datagram);
    const arrived = known.get(mid);
    if (arrived === undefined) known.set(mid, { datagram, times: [at], isJudged: false });
    else arrived.times.push(at);
  }

  sent({ at, device, direction, datagram }: Passing): void {
    if (direction === 'up' || (((datagram[0] ?? 0) >> 4) & 3) !== ACK) return;
    const arrived = this.#arrived.get(device)?.get(midOf(datagram));
    if (arrived === undefined || arrived.isJudged) return;
    arrived.isJudged = true;
    this.#readDisk(at);
    const number = this.#numberOf(device);
    const isStored = arrived.times.some((time) => (
      this.#stored.has(`${number}:${time}`) || this.#storedBefore.has(`${number}:${time}`)
    ));
    if (isStored || !carriesValues(device, arrived.datagram, at)) return;
    if (!this.#isSuperseded(device, arrived)) this.times.push(at);
  }

  /** A newer one of its observation was there before: it may be dropped (RFC 7641 s3.4). */
  #isSuperseded(device: SimulatedDevice, { datagram, times }: Arrived): boolean {
    const message = decodeMessage(datagram);
    const sequence = message.ok ? observe(message.value) : undefined;
    if (!message.ok || sequence === undefined) return false;
    const token = toHex(message.value.token);
    const [firstAt = 0] = times;
    for (const other of this.#arrived.get(device)?.values() ?? []) {
      const decoded = decodeMessage(other.datagram);
      const isSame = decoded.ok && toHex(decoded.value.token) === token;
      const [at = 0] = other.times;
      if (!isSame || at >= firstAt || firstAt > at + REORDERING_SPAN) continue;
      if (isSequenceNewer(sequence, observe(decoded.value) ?? sequence)) return true;
    }
    return false;
  }

  /** Rows are only added, but for devices that are forgotten, which scenarios cannot ask for. */
  #readDisk(at: Milliseconds): void {
    if (at >= this.#generationEnds) {
      this.#storedBefore = this.#stored;
      this.#stored = new Set();
      this.#generationEnds = at + EXCHANGE_LIFETIME;
    }
    const { telemetry } = this.#world.disk;
    for (; this.#rowsSeen < telemetry.length; this.#rowsSeen++) {
      const row = telemetry[this.#rowsSeen];
      this.#stored.add(`${row?.device}:${row?.receiveTime}`);
    }
  }

  #numberOf(device: SimulatedDevice): number | undefined {
    return this.#numbers.get(device.options.endpoint) ?? this.#learn(device.options.endpoint);
  }

  #learn(endpoint: string): number | undefined {
    for (const row of this.#world.disk.devices.values()) this.#numbers.set(row.endpoint, row.id);
    return this.#numbers.get(endpoint);
  }
}

/** What cannot be read carries no value that could be lost. */
function carriesValues(device: SimulatedDevice, datagram: Uint8Array, now: Milliseconds): boolean {
  const message = decodeMessage(datagram);
  if (!message.ok) return false;
  const { token, payload } = message.value;
  const observed = device.observed.get(toHex(token));
  if (observed === undefined) return false;
  const entries = decodePayload(contentFormat(message.value), observed.path, payload, now);
  return entries.ok && entries.value.length > 0;
}

function midOf(datagram: Uint8Array): number {
  return ((datagram[2] ?? 0) << 8) | (datagram[3] ?? 0);
}
