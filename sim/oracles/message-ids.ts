// RFC 7252 s4.4: no Message ID goes to the same address twice within EXCHANGE_LIFETIME, whatever
// happens to the server in between. A retransmission is the same datagram and no new use.

import { isEqual } from '../../core/bytes.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { Passing } from '../passing.ts';
import { ACK, EXCHANGE_LIFETIME, hex } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';
import { Recent } from './recent.ts';

export class MessageIdOracle extends Findings implements Oracle {
  /** First uses, by address and Message ID. */
  readonly #uses = new Recent<Uint8Array>(EXCHANGE_LIFETIME);

  constructor() {
    super('message ids');
  }

  /** What is over is let go of, whoever has fallen silent. */
  judge(at: Milliseconds): void {
    this.#uses.sweep(at);
  }

  serverSent({ at, device, address, type, messageId, datagram }: Passing): void {
    // ACK and RST carry the peer's own Message ID.
    if (type >= ACK) return;
    const earlier = this.#uses.get(address.number, messageId, at);
    if (earlier === undefined) this.#uses.set(address.number, messageId, at, datagram);
    else if (!isEqual(earlier, datagram)) {
      this.report(at, `${device.options.endpoint} is sent another message with the Message ID `
        + `${hex(messageId)} within 247 s`);
    }
  }
}
