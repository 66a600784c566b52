// Seeded randomness (sfc32): 32-bit integers only, so that every engine draws the same, and
// forked by label, so that one more draw in the network changes nothing in the workload.

import type { Random } from '../core/ports.ts';

/** The first outputs of sfc32 still resemble its seed. */
const WARM_UP_ROUNDS = 12;
const FNV_OFFSET = 0x811c9dc5;

export class SeededRandom implements Random {
  readonly #seed: number;
  /** Of the whole label: a hundred thousand devices would each keep several texts. */
  readonly #hash: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** The seed is a 32-bit integer; the label names the stream, behind what was hashed before. */
  constructor(seed: number, label = '', before = FNV_OFFSET) {
    this.#seed = seed;
    this.#hash = hash(label, before);
    this.#a = seed | 0;
    this.#b = this.#hash;
    this.#c = hash('/', this.#hash);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  below(bound: number): number {
    // Rejection keeps the draw uniform for bounds that do not divide 2^32.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let draw = this.uint32();
    while (draw >= limit) draw = this.uint32();
    return draw % bound;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index++) bytes[index] = this.uint32() >>> 24;
    return bytes;
  }

  /** Depends on seed and label alone, not on how much was drawn before. */
  fork(label: string): Random {
    return new SeededRandom(this.#seed, label, hash('/', this.#hash));
  }
}

/** FNV-1a over the code units: the same on every engine. */
function hash(text: string, before: number): number {
  let value = before;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value | 0;
}
