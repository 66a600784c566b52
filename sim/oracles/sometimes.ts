// Counts of states that a run is supposed to reach at least now and then: an oracle that never saw
// a crash with operations waiting has proved nothing about it.

import type { Milliseconds, Ticket } from '../../core/ports.ts';
import type { Change, EventRow, OperationRow } from '../../core/store/changes.ts';
import type { Fate, Observer, Passing } from '../observer.ts';
import type { World } from '../world.ts';
import {
  ACK, codeOf, concernOf, CON, CONTENT, EXCHANGE_LIFETIME, isHeard, isRequest, keyOf, messageIdOf,
  RST, tokenOf, typeOf,
} from './datagram.ts';
import { Recent } from './recent.ts';

const SOMETIMES = [
  'device registered again', 'device sent from another address', 'device expired',
  'device deregistered', 'duplicate request heard', 'duplicate notification heard',
  'server retransmitted', 'device retransmitted', 'notification reset', 'datagram lost',
  'datagram unheard', 'renewal within the grace', 'server killed',
  'server restarted with operations waiting', 'operation confirmed', 'operation failed',
  'operation retried', 'operation waited a minute or more',
] as const;

export type Sometimes = (typeof SOMETIMES)[number];

const MINUTE: Milliseconds = 60_000;

export class SometimesCounter implements Observer {
  readonly counts: Record<Sometimes, number>;
  readonly #world: World;
  readonly #heard = new Recent<true>(EXCHANGE_LIFETIME);
  readonly #sent = new Recent<true>(EXCHANGE_LIFETIME);
  readonly #registered = new Set<number>();
  readonly #addresses = new Map<string, string>();
  readonly #renewedAt = new Map<string, Milliseconds>();

  constructor(world: World) {
    this.#world = world;
    this.counts = Object.fromEntries(SOMETIMES.map((name) => [name, 0])) as
      Record<Sometimes, number>;
  }

  server(_: Milliseconds, what: 'started' | 'killed'): void {
    if (what === 'killed') {
      this.#count('server killed');
      return;
    }
    for (const { status } of this.#world.disk.operations.values()) {
      if (status !== 'QUEUED' && status !== 'SENDING') continue;
      this.#count('server restarted with operations waiting');
      return;
    }
  }

  sent({ at, device, address, direction, datagram }: Passing): void {
    const type = typeOf(datagram);
    if (direction === 'down' && type === RST) this.#count('notification reset');
    if (type !== CON) return;
    const key = `${direction} ${keyOf(address)}`;
    const exchange = `${messageIdOf(datagram)} ${tokenOf(datagram)}`;
    if (this.#sent.get(key, exchange, at) === true) {
      this.#count(direction === 'down' ? 'server retransmitted' : 'device retransmitted');
    } else this.#sent.set(key, exchange, at, true);
    if (direction === 'down') return;
    const { endpoint } = device.options;
    const before = this.#addresses.get(endpoint);
    if (before !== undefined && before !== keyOf(address)) {
      this.#count('device sent from another address');
    }
    this.#addresses.set(endpoint, keyOf(address));
  }

  ended({ at, device, address, direction, datagram }: Passing, fate: Fate): void {
    if (fate === 'lost') this.#count('datagram lost');
    if (fate === 'unheard') this.#count('datagram unheard');
    if (direction === 'down' || !isHeard(fate) || typeOf(datagram) >= ACK) return;
    const from = keyOf(address);
    const exchange = `${messageIdOf(datagram)} ${tokenOf(datagram)}`;
    if (this.#heard.get(from, exchange, at) === true) {
      if (isRequest(datagram)) this.#count('duplicate request heard');
      else if (codeOf(datagram) === CONTENT) this.#count('duplicate notification heard');
    } else this.#heard.set(from, exchange, at, true);
    if (concernOf(datagram) === undefined) return;
    const { endpoint, lifetime } = device.options;
    const silence = at - (this.#renewedAt.get(endpoint) ?? at);
    if (silence > lifetime * 1000) this.#count('renewal within the grace');
    this.#renewedAt.set(endpoint, at);
  }

  committed(_: Milliseconds, _ticket: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table === 'event') this.#onEvent(change.row);
      else if (change.table === 'device_operation') this.#onOperation(change.row);
    }
  }

  #onEvent({ device, type }: EventRow): void {
    if (type === 'expired') this.#count('device expired');
    if (type === 'deregistered') this.#count('device deregistered');
    if (type !== 'registered') return;
    if (this.#registered.has(device)) this.#count('device registered again');
    this.#registered.add(device);
  }

  #onOperation({ status, attempts, createdAt, changedAt }: OperationRow): void {
    if (status === 'CONFIRMED') this.#count('operation confirmed');
    if (status === 'FAILED') this.#count('operation failed');
    if (status === 'QUEUED' && attempts > 0) this.#count('operation retried');
    const isFirst = status === 'SENDING' && attempts === 0;
    if (!isFirst || changedAt - createdAt < MINUTE) return;
    this.#count('operation waited a minute or more');
  }

  #count(what: Sometimes): void {
    this.counts[what]++;
  }
}
