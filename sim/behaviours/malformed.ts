// Damages some of what it sends: a token length that RFC 7252 s3 reserves, an end cut off, an
// option that is too long, a bit turned over. What is damaged is a copy; the next retransmission
// may be whole.

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
    switch (this.#random.below(4)) {
      case 0:
        // RFC 7252 s3: token lengths 9 to 15 are reserved.
        damaged[0] = (first & 0xf0) | 0x0f;
        return damaged;
      case 1:
        return damaged.subarray(0, this.#random.below(damaged.length));
      case 2: {
        const option = HEADER_LENGTH + (first & 0x0f);
        // RFC 7252 s3.1: a length of 15 is reserved.
        if (option < damaged.length) damaged[option] = (damaged[option] ?? 0) | 0x0f;
        return damaged;
      }
      default: {
        // Not in the header, or it would be another message and not a damaged one.
        const at = HEADER_LENGTH + this.#random.below(Math.max(1, damaged.length - HEADER_LENGTH));
        if (at < damaged.length) damaged[at] = (damaged[at] ?? 0) ^ (1 << this.#random.below(8));
        return damaged;
      }
    }
  }
}
