// RFC 7252 s4.4: no Message ID goes to the same address twice within EXCHANGE_LIFETIME, whatever
// happens to the server in between. A retransmission is the same datagram and no new use.

import type { Milliseconds } from '../../core/ports.ts';
import type { Passing } from '../observer.ts';
import { hex, isEqual, keyOf, messageIdOf, typeOf, ACK } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';

/** RFC 7252 s4.8.2, with the default ACK_TIMEOUT. */
const EXCHANGE_LIFETIME: Milliseconds = 247_000;

interface Use {
  readonly firstAt: Milliseconds;
  readonly datagram: Uint8Array;
}

export class MessageIdOracle extends Findings implements Oracle {
  /** By address, then by Message ID in the order of first use. */
  readonly #uses = new Map<string, Map<number, Use>>();

  constructor() {
    super('message ids');
  }

  sent({ at, device, address, direction, datagram }: Passing): void {
    // ACK and RST carry the peer's own Message ID.
    if (direction !== 'down' || typeOf(datagram) >= ACK) return;
    const uses = this.#usesOf(keyOf(address));
    for (const [messageId, { firstAt }] of uses) {
      if (at - firstAt < EXCHANGE_LIFETIME) break;
      uses.delete(messageId);
    }
    const messageId = messageIdOf(datagram);
    const earlier = uses.get(messageId);
    if (earlier === undefined) uses.set(messageId, { firstAt: at, datagram });
    else if (!isEqual(earlier.datagram, datagram)) {
      this.report(at, `${device.options.endpoint} is sent another message with the Message ID `
        + `${hex(messageId)}, used ${at - earlier.firstAt} ms before`);
    }
  }

  #usesOf(address: string): Map<number, Use> {
    const known = this.#uses.get(address);
    if (known !== undefined) return known;
    const uses = new Map<number, Use>();
    this.#uses.set(address, uses);
    return uses;
  }
}
