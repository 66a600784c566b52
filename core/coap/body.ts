// What bodies longer than a message are cut from and put together in, block by block and in order:
// memory, or what the caller keeps elsewhere. Of what it keeps nothing is known here.

import { assert } from '../result.ts';
import { NO_BYTES } from './message.ts';

/** The longest body in either direction, in bytes: 2^20 blocks (RFC 7959 s2.2) of the smallest. */
export const BODY_BYTES_MAX = 16 * 2 ** 20;

/** What a body of ours is cut from: bytes are one, and so is what reads them when they leave. */
export interface BodySource {
  /** In bytes. */
  readonly length: number;
  /** The bytes from `start` up to `end` or its own end; undefined when they are gone. */
  subarray(start: number, end: number): Uint8Array | undefined;
}

/** Where the blocks of a peer's body go. */
export interface BodySink {
  /** Bytes that have come. */
  readonly length: number;
  /** How many may come. */
  readonly lengthMax: number;
  /** Bytes held in memory, used or not. */
  readonly room: number;
  /** Takes the next block; or says, as the end of a sentence, why it did not. */
  append(block: Uint8Array): string | undefined;
  /** The body begins anew. */
  clear(): void;
  /** What its message shall have: all that has come, or nothing when that is kept elsewhere. */
  bytes(): Uint8Array;
}

const ROOM_FIRST = 1_024;

/** In memory: it grows to no more than twice what has come, whatever size was announced. */
export class Body implements BodySink {
  readonly lengthMax: number;
  #bytes: Uint8Array = NO_BYTES;
  #length = 0;

  constructor(lengthMax: number) {
    this.lengthMax = lengthMax;
  }

  get length(): number {
    return this.#length;
  }

  get room(): number {
    return this.#bytes.length;
  }

  /** Copies the block. */
  append(block: Uint8Array): string | undefined {
    const length = this.#length + block.length;
    if (length > this.lengthMax) return longerThan(this.lengthMax);
    if (length > this.#bytes.length) {
      const doubled = Math.max(length, ROOM_FIRST, 2 * this.#bytes.length);
      const grown = new Uint8Array(Math.max(length, Math.min(doubled, this.lengthMax)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(block, this.#length);
    this.#length = length;
    return undefined;
  }

  clear(): void {
    this.#bytes = NO_BYTES;
    this.#length = 0;
  }

  /** Whether these bytes have come already, at that place. */
  has(block: Uint8Array, offset: number): boolean {
    if (offset + block.length > this.#length) return false;
    for (let index = 0; index < block.length; index++) {
      if (this.#bytes[offset + index] !== block[index]) return false;
    }
    return true;
  }

  /** No room beyond what has come: it may be kept for long. */
  bytes(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }
}

export function longerThan(lengthMax: number): string {
  return `is longer than ${lengthMax} bytes`;
}

/** All of it, which must be little; who just gave it has it. */
export function allOf(source: BodySource): Uint8Array {
  const bytes = source.subarray(0, source.length);
  assert(bytes !== undefined, 'a body is there when it is given');
  return bytes;
}
