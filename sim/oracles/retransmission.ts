// RFC 7252 s4.2 of what the server sends confirmably: at most four retransmissions, the first
// after ACK_TIMEOUT to 1.5 times that, each later one after twice the time of the one before, and
// none once it was acknowledged or reset.

import { profileOf } from '../../actors/config.ts';
import { isEqual } from '../../core/bytes.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { Passing } from '../passing.ts';
import type { World } from '../world.ts';
import { ACK, CON, EXCHANGE_LIFETIME, hex, isDamaging } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';
import { Recent } from './recent.ts';

const MAX_RETRANSMIT = 4;

interface Exchange {
  readonly datagram: Uint8Array;
  lastAt: Milliseconds;
  gap: Milliseconds;
  retransmissions: number;
  isOver: boolean;
}

export class RetransmissionOracle extends Findings implements Oracle {
  readonly #world: World;
  /** By address and Message ID. */
  readonly #exchanges = new Recent<Exchange>(EXCHANGE_LIFETIME);

  constructor(world: World) {
    super('retransmission');
    this.#world = world;
  }

  /** A new server sends before it is told to have started. */
  server(_: Milliseconds, what: 'started' | 'killed'): void {
    if (what === 'killed') this.#exchanges.clear();
  }

  /** What is over is let go of, whoever has fallen silent. */
  judge(at: Milliseconds): void {
    this.#exchanges.sweep(at);
  }

  serverSent(passing: Passing): void {
    const { at, address, type, messageId, datagram } = passing;
    if (type !== CON) return;
    const exchange = this.#exchanges.get(address.number, messageId, at);
    if (exchange !== undefined && isEqual(exchange.datagram, datagram)) {
      this.#onRetransmission(passing, exchange);
      return;
    }
    this.#exchanges.set(address.number, messageId, at, {
      datagram, lastAt: at, gap: 0, retransmissions: 0, isOver: false,
    });
  }

  serverHeard({ at, device, address, type, messageId }: Passing): void {
    if (type < ACK || isDamaging(device)) return;
    const exchange = this.#exchanges.get(address.number, messageId, at);
    if (exchange !== undefined) exchange.isOver = true;
  }

  #onRetransmission({ at, device, messageId }: Passing, exchange: Exchange): void {
    const { endpoint } = device.options;
    const name = `${endpoint}: message ${hex(messageId)}`;
    const gap = at - exchange.lastAt;
    exchange.retransmissions++;
    if (exchange.isOver) this.report(at, `${name} is retransmitted after its acknowledgement`);
    if (exchange.retransmissions > MAX_RETRANSMIT) {
      this.report(at, `${name} is retransmitted ${exchange.retransmissions} times`);
    } else if (exchange.gap === 0) {
      const shortest = profileOf(this.#world.config, endpoint).ackTimeout;
      if (gap < shortest || gap > 1.5 * shortest) {
        this.report(at, `${name} is first retransmitted after ${gap} ms`);
      }
    } else if (gap !== 2 * exchange.gap) {
      this.report(at, `${name} is retransmitted ${gap} ms after a gap of ${exchange.gap} ms`);
    }
    exchange.gap = gap;
    exchange.lastAt = at;
  }
}
