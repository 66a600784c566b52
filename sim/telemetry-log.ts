// The telemetry on a simulated disk, in columns: millions of rows as objects would keep the garbage
// collector busy for the rest of the run.

import type { TelemetryRow } from '../core/store/changes.ts';
import type { Value } from '../core/lwm2m/value.ts';

const BLOCK_ROWS = 4_096;
const COLUMNS = 9;

export class TelemetryLog implements Iterable<TelemetryRow> {
  #blocks: Float64Array[] = [];
  /** Values other than floats, by row. */
  readonly #others = new Map<number, Value>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(row: TelemetryRow): void {
    const index = this.#length++;
    if (index % BLOCK_ROWS === 0) this.#blocks.push(new Float64Array(BLOCK_ROWS * COLUMNS));
    const block = this.#blocks[this.#blocks.length - 1] as Float64Array;
    const at = (index % BLOCK_ROWS) * COLUMNS;
    block[at] = row.sequence;
    block[at + 1] = row.device;
    block[at + 2] = row.object;
    block[at + 3] = row.instance;
    block[at + 4] = row.resource;
    block[at + 5] = row.resourceInstance;
    block[at + 6] = row.deviceTime;
    block[at + 7] = row.receiveTime;
    if (row.value.type === 'float') block[at + 8] = row.value.value;
    else this.#others.set(index, row.value);
  }

  *[Symbol.iterator](): Iterator<TelemetryRow> {
    for (let index = 0; index < this.#length; index++) yield this.#row(index);
  }

  /** Drops every row that is not to be kept. */
  keep(isKept: (row: TelemetryRow) => boolean): void {
    const kept = [...this].filter(isKept);
    this.clear();
    for (const row of kept) this.push(row);
  }

  clear(): void {
    this.#blocks = [];
    this.#others.clear();
    this.#length = 0;
  }

  #row(index: number): TelemetryRow {
    const block = this.#blocks[Math.floor(index / BLOCK_ROWS)] as Float64Array;
    const at = (index % BLOCK_ROWS) * COLUMNS;
    const column = (offset: number): number => block[at + offset] as number;
    return {
      sequence: column(0), device: column(1), object: column(2), instance: column(3),
      resource: column(4), resourceInstance: column(5), deviceTime: column(6),
      receiveTime: column(7),
      value: this.#others.get(index) ?? { type: 'float', value: column(8) },
    };
  }
}
