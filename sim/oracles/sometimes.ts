// Counts of states that a run is supposed to reach at least now and then: an oracle that never saw
// a crash with operations waiting has proved nothing about it.

import type { Milliseconds, Ticket } from '../../core/ports.ts';
import type { Change, EventRow, OperationRow } from '../../core/store/changes.ts';
import type { Fate, Observer } from '../observer.ts';
import type { Passing } from '../passing.ts';
import type { World } from '../world.ts';
import { BlockTransfers } from './block-transfers.ts';
import { ACK, CON, CONTENT, EXCHANGE_LIFETIME, RST } from './datagram.ts';
import { isNew, Recent } from './recent.ts';

const SOMETIMES = [
  'device registered again', 'device sent from another address', 'device expired',
  'device deregistered', 'duplicate request heard', 'duplicate notification heard',
  'server retransmitted', 'device retransmitted', 'notification reset', 'datagram lost',
  'datagram unheard', 'renewal within the grace', 'server killed',
  'server restarted with operations waiting', 'operation confirmed', 'operation failed',
  'operation retried', 'operation waited a minute or more',
  'operation refused, too many waited', 'block transfer restarted',
  'device moved during a block transfer',
] as const;

export type Sometimes = (typeof SOMETIMES)[number];

const MINUTE: Milliseconds = 60_000;

export class SometimesCounter implements Observer {
  readonly counts: Record<Sometimes, number>;
  readonly #world: World;
  /** Message IDs, by address. */
  readonly #heard = new Recent<true>(EXCHANGE_LIFETIME);
  readonly #deviceSent = new Recent<true>(EXCHANGE_LIFETIME);
  readonly #serverSent = new Recent<true>(EXCHANGE_LIFETIME);
  readonly #transfers = new BlockTransfers();
  /** By the number of its row. */
  readonly #registered: (true | undefined)[] = [];
  /** By device: the number of the address it last sent from, and when it last renewed. */
  readonly #addresses: number[] = [];
  readonly #renewedAt: Milliseconds[] = [];

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

  /** The disk says why: as many of the device wait there as may. */
  wishRefused(_: Milliseconds, endpoint: string): void {
    const { disk: { devices, operations }, config, isServerUp } = this.#world;
    const row = [...devices.values()].find((one) => one.endpoint === endpoint);
    if (row === undefined || !isServerUp) return;
    let waiting = 0;
    for (const { device, status } of operations.values()) {
      if (device === row.id && (status === 'QUEUED' || status === 'SENDING')) waiting++;
    }
    if (waiting >= config.limits.operationsMax) this.#count('operation refused, too many waited');
  }

  /** What is over is let go of, whoever has fallen silent. */
  judge(at: Milliseconds): void {
    this.#heard.sweep(at);
    this.#deviceSent.sweep(at);
    this.#serverSent.sweep(at);
    this.#transfers.sweep(at);
  }

  serverSent(passing: Passing): void {
    const { at, address: { number }, type, messageId } = passing;
    if (type === RST) this.#count('notification reset');
    const isFirst = type !== CON || isNew(this.#serverSent, number, messageId, at);
    if (!isFirst) this.#count('server retransmitted');
    else this.#followBlocks(passing);
  }

  deviceSent(passing: Passing): void {
    const { at, device: { id }, address: { number }, type, messageId } = passing;
    const isMoved = (this.#addresses[id] ?? number) !== number;
    // What it answers from another address is part of what was under way.
    if (isMoved && this.#transfers.leave(id, at)) {
      this.#count('device moved during a block transfer');
    }
    const isFirst = type !== CON || isNew(this.#deviceSent, number, messageId, at);
    if (!isFirst) this.#count('device retransmitted');
    else this.#followBlocks(passing);
    if (type !== CON) return;
    if (isMoved) this.#count('device sent from another address');
    this.#addresses[id] = number;
  }

  #followBlocks(passing: Passing): void {
    if (!passing.isRequest) this.#transfers.answered(passing);
    else if (this.#transfers.asked(passing)) this.#count('block transfer restarted');
  }

  ended(_: Passing, fate: Fate): void {
    if (fate === 'lost') this.#count('datagram lost');
    if (fate === 'unheard') this.#count('datagram unheard');
  }

  serverHeard(passing: Passing): void {
    const { at, device, address: { number }, type, code, messageId } = passing;
    if (type >= ACK) return;
    if (!isNew(this.#heard, number, messageId, at)) {
      if (passing.isRequest) this.#count('duplicate request heard');
      else if (code === CONTENT) this.#count('duplicate notification heard');
    }
    if (passing.concern === undefined) return;
    const silence = at - (this.#renewedAt[device.id] ?? at);
    if (silence > device.toldLifetime * 1000) this.#count('renewal within the grace');
    this.#renewedAt[device.id] = at;
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
    if (this.#registered[device] === true) this.#count('device registered again');
    this.#registered[device] = true;
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
