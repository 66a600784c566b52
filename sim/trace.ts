// The log of a run: one line per thing that happened, hashed as it grows, so that two runs are
// equal exactly when their hashes are. The last lines are kept for people.

import { createHash } from 'node:crypto';
import { toHex } from '../core/bytes.ts';
import type { Milliseconds } from '../core/ports.ts';

const LINES_KEPT = 1000;
/** Lines are hashed in blocks: a hash call costs more than a line. */
const BLOCK_BYTES = 65_536;

interface Line {
  readonly at: Milliseconds;
  readonly what: string;
  readonly datagram: Uint8Array | undefined;
}

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #encoder = new TextEncoder();
  readonly #last: Line[] = [];
  #used = 0;
  count = 0;

  /** Something happened. */
  note(at: Milliseconds, what: string): void {
    this.#add({ at, what, datagram: undefined });
  }

  /** A datagram came to its end. */
  datagram(
    at: Milliseconds, device: string, direction: string, nth: number, fate: string,
    datagram: Uint8Array,
  ): void {
    this.#add({ at, what: `${device} ${direction} ${nth} ${fate}`, datagram });
  }

  /** Of all lines so far; the trace goes on. */
  get hash(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  /** The newest lines, oldest first. */
  last(count: number): readonly string[] {
    return this.#last.slice(-count).map(({ at, what, datagram }) => (
      datagram === undefined ? `${at} ${what}` : `${at} ${what} ${toHex(datagram)}`
    ));
  }

  #add(line: Line): void {
    this.count++;
    this.#last.push(line);
    if (this.#last.length > 2 * LINES_KEPT) this.#last.splice(0, LINES_KEPT);
    const { at, what, datagram } = line;
    const text = `${at} ${what}\n`;
    // UTF-8 takes at most three bytes for a code unit.
    const most = 3 * text.length + (datagram?.length ?? 0);
    if (this.#used + most > BLOCK_BYTES) this.#flush();
    if (most > BLOCK_BYTES) {
      this.#hash.update(text);
      if (datagram !== undefined) this.#hash.update(datagram);
      return;
    }
    this.#used += this.#encoder.encodeInto(text, this.#block.subarray(this.#used)).written;
    if (datagram === undefined) return;
    this.#block.set(datagram, this.#used);
    this.#used += datagram.length;
  }

  #flush(): void {
    this.#hash.update(this.#block.subarray(0, this.#used));
    this.#used = 0;
  }
}
