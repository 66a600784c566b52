// Damages some of what it sends: a token length that RFC 7252 s3 reserves, an end cut off, an
// option of a reserved length, a bit of the payload turned over. What is damaged is a copy; the
// next retransmission may be whole.

import { decodeMessage } from '../../core/coap/codec.ts';
import type { Random } from '../../core/ports.ts';
import type { Behaviour, Pass, Surroundings } from './behaviour.ts';

/** One datagram in so many is damaged. */
const ONE_IN = 10;
const HEADER_LENGTH = 4;

export class Malformed implements Behaviour {
  readonly #random: Random;

  constructor({ random }: Surroundings) {
    this.#random = random;
  }

  outgoing(datagram: Uint8Array, pass: Pass): void {
    pass(this.#random.below(ONE_IN) === 0 ? this.#damaged(datagram) : datagram);
  }

  #damaged(datagram: Uint8Array): Uint8Array {
    const damaged = datagram.slice();
    const first = damaged[0] ?? 0;
    const tokenEnd = HEADER_LENGTH + (first & 0x0f);
    const kind = this.#random.below(4);
    if (kind === 0) {
      // RFC 7252 s3: token lengths 9 to 15 are reserved.
      damaged[0] = first | 0x0f;
      return damaged;
    }
    // Within header or token: cut later it would be whole again, only shorter.
    if (kind === 1) return damaged.subarray(0, this.#random.below(tokenEnd));
    if (kind === 2 && tokenEnd < damaged.length) {
      // RFC 7252 s3.1: a length of 15 is reserved.
      damaged[tokenEnd] = (damaged[tokenEnd] ?? 0) | 0x0f;
      return damaged;
    }
    const decoded = decodeMessage(datagram);
    const length = decoded.ok ? decoded.value.payload.length : 0;
    if (length === 0) return damaged;
    const at = damaged.length - 1 - this.#random.below(length);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << this.#random.below(8));
    return damaged;
  }
}
