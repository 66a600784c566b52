// Every datagram of a run and what became of it, in columns, for the database. Bytes lie in blocks:
// a typed array for each datagram would weigh more than the datagram.

import type { Milliseconds } from '../../core/ports.ts';
import type { Fate, Observer } from '../../sim/observer.ts';
import type { Off } from '../../sim/off.ts';
import type { Passing } from '../../sim/passing.ts';
import { DATABASE_FILE } from './files.ts';
import { count } from './words.ts';

/** What comes after these is counted and not kept. */
const DATAGRAMS_MAX = 2_000_000;
const BLOCK_BYTES = 1_048_576;

export interface LoggedDatagram {
  readonly at: Milliseconds;
  readonly endpoint: string;
  readonly direction: string;
  readonly nth: number;
  readonly fate: Fate;
  readonly bytes: Uint8Array;
}

export class DatagramLog implements Observer {
  readonly #most: number;
  readonly #at: number[] = [];
  readonly #endpoint: string[] = [];
  readonly #direction: string[] = [];
  readonly #nth: number[] = [];
  readonly #fate: Fate[] = [];
  readonly #block: number[] = [];
  readonly #offset: number[] = [];
  readonly #length: number[] = [];
  readonly #blocks: Uint8Array[] = [];
  #used = BLOCK_BYTES;
  #leftOut = 0;

  constructor(most = DATAGRAMS_MAX) {
    this.#most = most;
  }

  ended({ at, device, direction, nth, datagram }: Passing, fate: Fate): void {
    if (this.#at.length >= this.#most) {
      this.#leftOut++;
      return;
    }
    if (this.#used + datagram.length > BLOCK_BYTES) {
      this.#blocks.push(new Uint8Array(Math.max(BLOCK_BYTES, datagram.length)));
      this.#used = 0;
    }
    this.#blocks.at(-1)?.set(datagram, this.#used);
    this.#at.push(at);
    this.#endpoint.push(device.options.endpoint);
    this.#direction.push(direction);
    this.#nth.push(nth);
    this.#fate.push(fate);
    this.#block.push(this.#blocks.length - 1);
    this.#offset.push(this.#used);
    this.#length.push(datagram.length);
    this.#used += datagram.length;
  }

  /** What did not fit, for whoever reads the trace; nothing when all did. */
  get off(): Off[] {
    return this.#leftOut === 0 ? [] : [{
      what: `the last ${count(this.#leftOut)} datagrams in the trace of ${DATABASE_FILE}`,
      why: `it keeps the first ${count(this.#most)}`,
    }];
  }

  get count(): number {
    return this.#at.length;
  }

  /** In the order of their ends. */
  at(index: number): LoggedDatagram {
    const offset = this.#offset[index] ?? 0;
    const block = this.#blocks[this.#block[index] ?? 0] ?? new Uint8Array(0);
    return {
      at: this.#at[index] ?? 0, endpoint: this.#endpoint[index] ?? '',
      direction: this.#direction[index] ?? '', nth: this.#nth[index] ?? 0,
      fate: this.#fate[index] ?? 'lost',
      bytes: block.subarray(offset, offset + (this.#length[index] ?? 0)),
    };
  }
}
