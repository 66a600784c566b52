// The system's cryptographic randomness behind the Random port, drawn in blocks.

import { randomFillSync } from 'node:crypto';
import type { Random } from '../ports.ts';

const BLOCK_BYTES = 4096;

export class SystemRandom implements Random {
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  #used = BLOCK_BYTES;

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  below(bound: number): number {
    // Rejection keeps the draw uniform for bounds that do not divide 2^32.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let draw = this.uint32();
    while (draw >= limit) draw = this.uint32();
    return draw % bound;
  }

  bytes(length: number): Uint8Array {
    if (length > BLOCK_BYTES) return randomFillSync(new Uint8Array(length));
    const start = this.#take(length);
    return this.#block.slice(start, start + length);
  }

  /** System randomness has no streams to keep apart. */
  fork(): Random {
    return this;
  }

  #take(length: number): number {
    if (this.#used + length > BLOCK_BYTES) {
      randomFillSync(this.#block);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += length;
    return start;
  }
}
