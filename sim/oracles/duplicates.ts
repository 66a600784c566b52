// RFC 7252 s4.5: a message that comes again within EXCHANGE_LIFETIME is handled once and answered
// as the first time. A server that crashed may have forgotten it.

import { isEqual } from '../../core/bytes.ts';
import type { Milliseconds, Ticket } from '../../core/ports.ts';
import type { Change, EventRow } from '../../core/store/changes.ts';
import type { Passing } from '../passing.ts';
import type { World } from '../world.ts';
import { ACK, EXCHANGE_LIFETIME, hex, isDamaging } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';
import { isNew, Recent } from './recent.ts';

/** The event that each request leaves behind, once. */
const EVENTS = {
  register: 'registered', update: 'updated', deregister: 'deregistered',
} as const;

export class DuplicateOracle extends Findings implements Oracle {
  readonly #world: World;
  /** What was answered, by address and Message ID. */
  readonly #replies = new Recent<Uint8Array>(EXCHANGE_LIFETIME);
  /** Requests heard, by address and Message ID. */
  readonly #heard = new Recent<true>(EXCHANGE_LIFETIME);
  /** Requests that may still leave an event, as `event endpoint`. */
  readonly #open = new Map<string, number>();
  /** Whose each registration is or was. */
  readonly #endpoints = new Map<string, string>();

  constructor(world: World) {
    super('duplicates');
    this.#world = world;
  }

  server(): void {
    this.#replies.clear();
    this.#heard.clear();
    this.#open.clear();
  }

  /** What is over is let go of, whoever has fallen silent. */
  judge(at: Milliseconds): void {
    this.#replies.sweep(at);
    this.#heard.sweep(at);
  }

  serverSent({ at, device, address, type, messageId, datagram }: Passing): void {
    if (type < ACK || isDamaging(device)) return;
    const earlier = this.#replies.get(address.number, messageId, at);
    if (earlier === undefined) this.#replies.set(address.number, messageId, at, datagram);
    else if (!isEqual(earlier, datagram)) {
      this.report(at, `${device.options.endpoint} got two different answers to ${hex(messageId)}`);
    }
  }

  serverHeard(passing: Passing): void {
    const { at, address, messageId } = passing;
    const { concern } = passing;
    if (concern === undefined) return;
    if (!isNew(this.#heard, address.number, messageId, at)) return;
    const { kind, of } = concern;
    const key = `${EVENTS[kind]} ${kind === 'register' ? of : this.#endpoints.get(of)}`;
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
  }

  committed(at: Milliseconds, _: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table === 'event' && isTraceable(change.row.type)) this.#onEvent(at, change.row);
      if (change.table !== 'device' || change.row.registration === undefined) continue;
      this.#endpoints.set(change.row.registration.id, change.row.endpoint);
    }
  }

  #onEvent(at: Milliseconds, { type, device }: EventRow): void {
    const endpoint = this.#world.disk.devices.get(device)?.endpoint ?? '';
    const key = `${type} ${endpoint}`;
    const open = this.#open.get(key) ?? 0;
    if (open === 0) this.report(at, `${endpoint} was ${type} once more than it asked for`);
    else if (open === 1) this.#open.delete(key);
    else this.#open.set(key, open - 1);
  }
}

function isTraceable(type: string): boolean {
  return type === 'registered' || type === 'updated' || type === 'deregistered';
}
