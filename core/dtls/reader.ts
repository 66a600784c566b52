// Reads what hostile bytes may not have: every length is checked, and whoever reads beyond the end
// gets zeros and a reader that has failed, to be asked once at the end (RFC 5246 s4).

import { readUint } from '../bytes.ts';

const NOTHING = new Uint8Array(0);

export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #hasFailed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Something was read that was not there. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Nothing was read that was not there, and nothing is left. */
  get isExhausted(): boolean {
    return !this.#hasFailed && this.isAtEnd;
  }

  /** Big-endian, of up to 4 bytes. */
  uint(size: number): number {
    const at = this.#take(size);
    return at === -1 ? 0 : readUint(this.#bytes, at, size);
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return at === -1 ? NOTHING : this.#bytes.subarray(at, at + length);
  }

  /** What has its length before it, in so many bytes. */
  vector(lengthSize: number): Uint8Array {
    return this.bytes(this.uint(lengthSize));
  }

  #take(length: number): number {
    const at = this.#at;
    if (this.#hasFailed || at + length > this.#bytes.length) {
      this.#hasFailed = true;
      // Whoever reads to the end must come there.
      this.#at = this.#bytes.length;
      return -1;
    }
    this.#at = at + length;
    return at;
  }
}
