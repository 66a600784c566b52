// Every datagram of a run and what became of it, in columns, for the database. Bytes lie in blocks:
// a typed array for each datagram would weigh more than the datagram. Full blocks wait in a file
// without a name, since a large fleet needs the memory.

import { closeSync, mkdirSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Milliseconds } from '../../core/ports.ts';
import type { Fate, Observer } from '../../sim/observer.ts';
import type { Off } from '../../sim/off.ts';
import type { Passing } from '../../sim/passing.ts';
import type { Direction } from '../../sim/scenario/model.ts';
import { DATABASE_FILE } from './files.ts';
import { count } from './words.ts';

/** What comes after these is counted and not kept. */
const DATAGRAMS_MAX = 2_000_000;
/** No datagram is longer. */
const BLOCK_BYTES = 1_048_576;
const BLOCK_ROWS = 4_096;
/** Of each: when it ended, and where its bytes begin in all blocks. */
const NUMBERS = 2;
/** Of each: its device, how many it was, its length, and what became of it. */
const COUNTS = 4;
const FATES: readonly Fate[] = ['delivered', 'lost', 'duplicate', 'unheard'];
const DIRECTIONS: readonly Direction[] = ['up', 'down'];

interface Rows {
  readonly numbers: Float64Array;
  readonly counts: Int32Array;
}

export interface LoggedDatagram {
  readonly at: Milliseconds;
  readonly endpoint: string;
  readonly direction: Direction;
  readonly nth: number;
  readonly fate: Fate;
  readonly bytes: Uint8Array;
}

export class DatagramLog implements Observer {
  readonly #folder: string;
  #most: number;
  readonly #rows: Rows[] = [];
  /** The last block; those before it are in the file. */
  #block: Uint8Array = new Uint8Array(0);
  #blocks = 0;
  #file: number | undefined;
  /** By device. */
  readonly #endpoints: string[] = [];
  #count = 0;
  /** Of the last block. */
  #used = 0;
  #leftOut = 0;

  /** The folder is for what waits; only a run long enough to need it makes one. */
  constructor(folder: string, most = DATAGRAMS_MAX) {
    this.#folder = folder;
    this.#most = most;
  }

  ended({ at, device, direction, nth, datagram }: Passing, fate: Fate): void {
    if (this.#count >= this.#most) {
      this.#leftOut++;
      return;
    }
    const isFull = this.#used + datagram.length > this.#block.length || this.#blocks === 0;
    if (isFull && !this.#begin()) {
      // No room where it is kept: those so far are all there will be.
      this.#most = this.#count;
      this.#leftOut++;
      return;
    }
    this.#block.set(datagram, this.#used);
    this.#endpoints[device.id] ??= device.options.endpoint;
    const index = this.#count++ % BLOCK_ROWS;
    if (index === 0) {
      this.#rows.push({
        numbers: new Float64Array(BLOCK_ROWS * NUMBERS),
        counts: new Int32Array(BLOCK_ROWS * COUNTS),
      });
    }
    const { numbers, counts } = this.#rows.at(-1) as Rows;
    numbers[index * NUMBERS] = at;
    numbers[index * NUMBERS + 1] = (this.#blocks - 1) * BLOCK_BYTES + this.#used;
    counts[index * COUNTS] = device.id;
    counts[index * COUNTS + 1] = nth;
    counts[index * COUNTS + 2] = datagram.length;
    counts[index * COUNTS + 3] = FATES.indexOf(fate) * DIRECTIONS.length
      + DIRECTIONS.indexOf(direction);
    this.#used += datagram.length;
  }

  /** What did not fit, for whoever reads the trace; nothing when all did. */
  get off(): Off[] {
    return this.#leftOut === 0 ? [] : [{
      what: `the last ${count(this.#leftOut)} datagrams in the trace of ${DATABASE_FILE}`,
      why: `it keeps the first ${count(this.#count)}`,
    }];
  }

  /** In the order of their ends. */
  *[Symbol.iterator](): Iterator<LoggedDatagram> {
    let number = -1;
    let block = this.#block;
    for (let index = 0; index < this.#count; index++) {
      const { numbers } = this.#rows[Math.floor(index / BLOCK_ROWS)] as Rows;
      const position = numbers[(index % BLOCK_ROWS) * NUMBERS + 1] ?? 0;
      if (Math.floor(position / BLOCK_BYTES) !== number) {
        number = Math.floor(position / BLOCK_BYTES);
        block = this.#read(number);
      }
      yield this.#at(index, block);
    }
  }

  /** Lets go of the file. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** The next block; false when the one before it cannot be written. */
  #begin(): boolean {
    if (this.#blocks === 0) this.#block = new Uint8Array(BLOCK_BYTES);
    else if (!this.#write()) return false;
    this.#blocks++;
    this.#used = 0;
    return true;
  }

  #write(): boolean {
    try {
      this.#file ??= openNameless(this.#folder);
      const at = (this.#blocks - 1) * BLOCK_BYTES;
      return writeSync(this.#file, this.#block, 0, BLOCK_BYTES, at) === BLOCK_BYTES;
    } catch {
      return false;
    }
  }

  #read(number: number): Uint8Array {
    if (this.#file === undefined || number === this.#blocks - 1) return this.#block;
    const block = new Uint8Array(BLOCK_BYTES);
    readSync(this.#file, block, 0, BLOCK_BYTES, number * BLOCK_BYTES);
    return block;
  }

  #at(index: number, block: Uint8Array): LoggedDatagram {
    const { numbers, counts } = this.#rows[Math.floor(index / BLOCK_ROWS)] as Rows;
    const number = (index % BLOCK_ROWS) * NUMBERS;
    const [at = 0, position = 0] = numbers.subarray(number, number + NUMBERS);
    const from = (index % BLOCK_ROWS) * COUNTS;
    const [device = 0, nth = 0, length = 0, what = 0] = counts.subarray(from, from + COUNTS);
    const offset = position % BLOCK_BYTES;
    return {
      at, endpoint: this.#endpoints[device] ?? '',
      direction: DIRECTIONS[what % DIRECTIONS.length] ?? 'up', nth,
      fate: FATES[Math.floor(what / DIRECTIONS.length)] ?? 'lost',
      bytes: block.subarray(offset, offset + length),
    };
  }
}

/** Its name is gone at once, so that nothing is left behind however the run ends. */
function openNameless(folder: string): number {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'datagrams.part');
  rmSync(path, { force: true });
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return file;
}
