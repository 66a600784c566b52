// RFC 7252 s4.2 of what the server sends confirmably: at most four retransmissions, the first
// after ACK_TIMEOUT to 1.5 times that, each later one after twice the time of the one before, and
// none once it was acknowledged or reset.

import { matches, type ServerConfig } from '../../actors/config.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { Fate, Passing } from '../observer.ts';
import type { World } from '../world.ts';
import { ACK, CON, hex, isEqual, keyOf, messageIdOf, typeOf } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';

const MAX_RETRANSMIT = 4;
/** Longer than any exchange: what is older is forgotten. */
const KEPT: Milliseconds = 1_000_000;

interface Exchange {
  readonly datagram: Uint8Array;
  lastAt: Milliseconds;
  gap: Milliseconds;
  retransmissions: number;
  isOver: boolean;
}

export class RetransmissionOracle extends Findings implements Oracle {
  readonly #world: World;
  /** By address, then by Message ID in the order of first transmission. */
  readonly #exchanges = new Map<string, Map<number, Exchange>>();

  constructor(world: World) {
    super('retransmission');
    this.#world = world;
  }

  server(): void {
    this.#exchanges.clear();
  }

  sent(passing: Passing): void {
    const { at, address, direction, datagram } = passing;
    if (direction !== 'down' || typeOf(datagram) !== CON) return;
    const exchanges = this.#exchangesOf(keyOf(address));
    const messageId = messageIdOf(datagram);
    const exchange = exchanges.get(messageId);
    if (exchange !== undefined && isEqual(exchange.datagram, datagram)) {
      this.#onRetransmission(passing, exchange);
      return;
    }
    for (const [old, { lastAt }] of exchanges) {
      if (at - lastAt < KEPT) break;
      exchanges.delete(old);
    }
    exchanges.delete(messageId);
    exchanges.set(messageId, { datagram, lastAt: at, gap: 0, retransmissions: 0, isOver: false });
  }

  ended({ address, direction, datagram }: Passing, fate: Fate): void {
    if (direction !== 'up' || fate === 'lost' || fate === 'unheard') return;
    if (typeOf(datagram) < ACK) return;
    const exchange = this.#exchanges.get(keyOf(address))?.get(messageIdOf(datagram));
    if (exchange !== undefined) exchange.isOver = true;
  }

  #onRetransmission({ at, device, datagram }: Passing, exchange: Exchange): void {
    const { endpoint } = device.options;
    const name = `${endpoint}: message ${hex(messageIdOf(datagram))}`;
    const gap = at - exchange.lastAt;
    exchange.retransmissions++;
    if (exchange.isOver) this.report(at, `${name} is retransmitted after its acknowledgement`);
    if (exchange.retransmissions > MAX_RETRANSMIT) {
      this.report(at, `${name} is retransmitted ${exchange.retransmissions} times`);
    } else if (exchange.gap === 0) {
      const shortest = ackTimeoutOf(this.#world.config, endpoint);
      if (gap < shortest || gap > 1.5 * shortest) {
        this.report(at, `${name} is first retransmitted after ${gap} ms`);
      }
    } else if (gap !== 2 * exchange.gap) {
      this.report(at, `${name} is retransmitted ${gap} ms after a gap of ${exchange.gap} ms`);
    }
    exchange.gap = gap;
    exchange.lastAt = at;
  }

  #exchangesOf(address: string): Map<number, Exchange> {
    const known = this.#exchanges.get(address);
    if (known !== undefined) return known;
    const exchanges = new Map<number, Exchange>();
    this.#exchanges.set(address, exchanges);
    return exchanges;
  }
}

/** What the configuration says; the last profile matches everything. */
function ackTimeoutOf({ profiles }: ServerConfig, endpoint: string): Milliseconds {
  return profiles.find(({ match }) => matches(match, endpoint))?.ackTimeout ?? 2000;
}
