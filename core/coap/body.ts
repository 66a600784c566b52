// A body that arrives in blocks, in order: bytes that grow up to a limit. It holds no more than
// twice what has come, whatever size was announced.

const ROOM_FIRST = 1_024;

export class Body {
  readonly #lengthMax: number;
  #bytes = new Uint8Array(0);
  #length = 0;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes held, used or not. */
  get room(): number {
    return this.#bytes.length;
  }

  /** Copies the block; false, and as it was, if the whole would be too long. */
  append(block: Uint8Array): boolean {
    const length = this.#length + block.length;
    if (length > this.#lengthMax) return false;
    if (length > this.#bytes.length) {
      const doubled = Math.max(length, ROOM_FIRST, 2 * this.#bytes.length);
      const grown = new Uint8Array(Math.max(length, Math.min(doubled, this.#lengthMax)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(block, this.#length);
    this.#length = length;
    return true;
  }

  /** Whether these bytes have come already, at that place. */
  has(block: Uint8Array, offset: number): boolean {
    if (offset + block.length > this.#length) return false;
    for (let index = 0; index < block.length; index++) {
      if (this.#bytes[offset + index] !== block[index]) return false;
    }
    return true;
  }

  /** All that has come, and no room beyond it: it may be kept for long. */
  bytes(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }
}
