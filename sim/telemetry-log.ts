// The telemetry on a simulated disk, in columns: millions of rows as objects would keep the garbage
// collector busy for the rest of the run, and what 100,000 devices say once would be most of its
// memory.

import type { Value } from '../core/lwm2m/value.ts';
import type { TelemetryRow } from '../core/store/changes.ts';
import { assert } from '../core/result.ts';

const BLOCK_ROWS = 4_096;
/** Serial numbers are of one device each. */
const TEXTS_MAX = 1_024;
/** Of each row: sequence, time at the device, time of arrival, value. */
const NUMBERS = 4;
/** Object, instance, resource, resource instance, and the kind of the value. */
const IDS = 5;
/** Of a single resource; LwM2M Core 1.1.1 s7.1 reserves it. */
const NO_INSTANCE = 65_535;

/** The value is the number itself, or else one of those kept beside the rows. */
const KINDS = ['float', 'time', 'boolean', 'integer', 'unsigned', 'kept'] as const;
const KEPT = KINDS.indexOf('kept');

interface Block {
  readonly numbers: Float64Array;
  readonly devices: Int32Array;
  readonly ids: Uint16Array;
}

export class TelemetryLog implements Iterable<TelemetryRow> {
  #blocks: Block[] = [];
  #length = 0;
  readonly #kept: Value[] = [];
  /** Where texts are among those kept, by type and text: many devices say the same. */
  readonly #texts = new Map<string, number>();

  get length(): number {
    return this.#length;
  }

  push(row: TelemetryRow): void {
    const index = this.#length++;
    if (index % BLOCK_ROWS === 0) {
      this.#blocks.push({
        numbers: new Float64Array(BLOCK_ROWS * NUMBERS), devices: new Int32Array(BLOCK_ROWS),
        ids: new Uint16Array(BLOCK_ROWS * IDS),
      });
    }
    const { numbers, devices, ids } = this.#blocks[this.#blocks.length - 1] as Block;
    const number = numberOf(row.value);
    devices[index % BLOCK_ROWS] = row.device;
    const at = (index % BLOCK_ROWS) * NUMBERS;
    numbers[at] = row.sequence;
    numbers[at + 1] = row.deviceTime;
    numbers[at + 2] = row.receiveTime;
    numbers[at + 3] = number ?? this.#keep(row.value);
    const id = (index % BLOCK_ROWS) * IDS;
    ids[id] = row.object;
    ids[id + 1] = row.instance;
    ids[id + 2] = row.resource;
    ids[id + 3] = row.resourceInstance === -1 ? NO_INSTANCE : row.resourceInstance;
    ids[id + 4] = number === undefined ? KEPT : KINDS.indexOf(row.value.type as 'float');
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
    this.#kept.length = 0;
    this.#texts.clear();
    this.#length = 0;
  }

  #keep(value: Value): number {
    const text = value.type === 'string' || value.type === 'corelnk'
      ? `${value.type} ${value.value}` : undefined;
    const known = text === undefined ? undefined : this.#texts.get(text);
    if (known !== undefined) return known;
    const index = this.#kept.push(value) - 1;
    if (text !== undefined && this.#texts.size < TEXTS_MAX) this.#texts.set(text, index);
    return index;
  }

  #row(index: number): TelemetryRow {
    const { numbers, devices, ids } = this.#blocks[Math.floor(index / BLOCK_ROWS)] as Block;
    const at = (index % BLOCK_ROWS) * NUMBERS;
    const from = (index % BLOCK_ROWS) * IDS;
    const number = (offset: number): number => numbers[at + offset] as number;
    const id = (offset: number): number => ids[from + offset] as number;
    return {
      sequence: number(0), device: devices[index % BLOCK_ROWS] as number,
      object: id(0), instance: id(1), resource: id(2),
      resourceInstance: id(3) === NO_INSTANCE ? -1 : id(3),
      deviceTime: number(1), receiveTime: number(2), value: this.#value(id(4), number(3)),
    };
  }

  #value(kind: number, number: number): Value {
    const type = KINDS[kind] ?? 'kept';
    switch (type) {
      case 'float': case 'time': return { type, value: number };
      case 'boolean': return { type, value: number === 1 };
      case 'integer': case 'unsigned': return { type, value: BigInt(number) };
      default: {
        const kept = this.#kept[number];
        assert(kept !== undefined, 'a value beside the rows was kept');
        return kept;
      }
    }
  }
}

/** Undefined for what no number says exactly. */
function numberOf(value: Value): number | undefined {
  switch (value.type) {
    case 'float': case 'time': return value.value;
    case 'boolean': return value.value ? 1 : 0;
    case 'integer': case 'unsigned': {
      const number = Number(value.value);
      return Number.isSafeInteger(number) ? number : undefined;
    }
    default: return undefined;
  }
}
