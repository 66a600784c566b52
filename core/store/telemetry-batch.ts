// The telemetry of one group as columns in one buffer, plus one buffer for texts and bytes. Filled
// on the main thread, copied to the journal, transferred to the writer thread and back, used again.
// 64-bit integers are written as two halves, little-endian like every platform of Node's: no BigInt
// is made per row.

import type { Value, ValueType } from '../lwm2m/value.ts';
import { unreachable } from '../result.ts';
import type { TelemetryRow } from './changes.ts';

/** The codes of the database's type `value_type`, in its order. */
export const TYPE_CODES = {
  string: 0, integer: 1, unsigned: 2, float: 3, boolean: 4, opaque: 5, time: 6, objlnk: 7,
  corelnk: 8,
} as const satisfies Record<ValueType, number>;

const BYTES_PER_ROW = 5 * 8 + 3 * 4 + 3 * 2 + 1;
const ROWS_AT_FIRST = 4_096;
const TEXT_BYTES_AT_FIRST = 65_536;
/** Buffers that one burst blew up beyond this are not kept for reuse. */
const BUFFER_KEEP_BYTES_MAX = 4 * 1024 * 1024;
/** The span of JavaScript's Date; DuckDB's timestamps hold it. */
export const TIME_MAX = 8.64e15;
/** The largest double below 2^63. */
const INT64_MAX = 9_223_372_036_854_774_784;
const UTF8_BYTES_PER_UNIT_MAX = 3;

const encoder = new TextEncoder();

/** What travels between the threads; both buffers are transferred. */
export interface TelemetryMessage {
  readonly rows: number;
  readonly columns: ArrayBuffer;
  readonly text: ArrayBuffer;
}

export class TelemetryBatch {
  rows: number;
  /** Two elements a row: low half, high half. */
  sequence!: Int32Array;
  deviceTime!: Int32Array;
  receiveTime!: Int32Array;
  int!: BigInt64Array;
  num!: Float64Array;
  device!: Int32Array;
  resourceInstance!: Int32Array;
  /** Where the row's text or bytes end in `text`; they begin where the row before ends. */
  textEnd!: Uint32Array;
  object!: Uint16Array;
  instance!: Uint16Array;
  resource!: Uint16Array;
  type!: Uint8Array;
  text: Uint8Array;
  /** The same memory as `int`. */
  #intHalves!: Int32Array;
  #capacity!: number;
  #textLength = 0;

  constructor(message?: TelemetryMessage) {
    this.rows = message?.rows ?? 0;
    this.#view(message?.columns ?? new ArrayBuffer(ROWS_AT_FIRST * BYTES_PER_ROW));
    this.text = new Uint8Array(message?.text ?? new ArrayBuffer(TEXT_BYTES_AT_FIRST));
  }

  append(row: TelemetryRow): void {
    if (this.rows === this.#capacity) this.#grow();
    const index = this.rows++;
    putInteger(this.sequence, index, row.sequence);
    putInteger(this.deviceTime, index, withinTime(row.deviceTime, row.receiveTime));
    putInteger(this.receiveTime, index, row.receiveTime);
    this.device[index] = row.device;
    this.object[index] = row.object;
    this.instance[index] = row.instance;
    this.resource[index] = row.resource;
    this.resourceInstance[index] = row.resourceInstance;
    this.#putValue(index, row.value);
    this.textEnd[index] = this.#textLength;
  }

  message(): TelemetryMessage {
    return {
      rows: this.rows,
      columns: this.sequence.buffer as ArrayBuffer,
      text: this.text.buffer as ArrayBuffer,
    };
  }

  /** What is filled of each column, as they lie in the buffer of a batch without spare rows. */
  usedColumns(): ArrayBufferView[] {
    const { rows } = this;
    return [
      this.sequence.subarray(0, 2 * rows), this.deviceTime.subarray(0, 2 * rows),
      this.receiveTime.subarray(0, 2 * rows), this.int.subarray(0, rows),
      this.num.subarray(0, rows), this.device.subarray(0, rows),
      this.resourceInstance.subarray(0, rows), this.textEnd.subarray(0, rows),
      this.object.subarray(0, rows), this.instance.subarray(0, rows),
      this.resource.subarray(0, rows), this.type.subarray(0, rows),
    ];
  }

  usedText(): Uint8Array {
    return this.text.subarray(0, this.rows === 0 ? 0 : this.textEnd[this.rows - 1]);
  }

  /** An empty batch over returned buffers, unless they are too large to keep. */
  static reuse(message: TelemetryMessage): TelemetryBatch {
    const isKept = message.columns.byteLength + message.text.byteLength <= BUFFER_KEEP_BYTES_MAX;
    return isKept ? new TelemetryBatch({ ...message, rows: 0 }) : new TelemetryBatch();
  }

  #putValue(index: number, value: Value): void {
    this.type[index] = TYPE_CODES[value.type];
    switch (value.type) {
      case 'float':
        this.num[index] = value.value;
        return;
      case 'integer':
      case 'unsigned':
        // What a codec let through beyond 64 bits is cut here, as a BigInt64Array does.
        this.int[index] = value.value;
        return;
      case 'boolean':
        putInteger(this.#intHalves, index, value.value ? 1 : 0);
        return;
      case 'time':
        putInteger(this.#intHalves, index, Math.max(-INT64_MAX, Math.min(INT64_MAX, value.value)));
        return;
      case 'objlnk':
        putInteger(this.#intHalves, index, value.object * 65_536 + value.instance);
        return;
      case 'string':
      case 'corelnk':
        this.#putText(value.value);
        return;
      case 'opaque':
        this.#putBytes(value.value);
        return;
      default:
        unreachable(value);
    }
  }

  #putText(text: string): void {
    this.#ensureText(text.length * UTF8_BYTES_PER_UNIT_MAX);
    const free = this.text.subarray(this.#textLength);
    this.#textLength += encoder.encodeInto(text, free).written;
  }

  #putBytes(bytes: Uint8Array): void {
    this.#ensureText(bytes.length);
    this.text.set(bytes, this.#textLength);
    this.#textLength += bytes.length;
  }

  #ensureText(free: number): void {
    const needed = this.#textLength + free;
    if (needed <= this.text.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.text.length));
    larger.set(this.text.subarray(0, this.#textLength));
    this.text = larger;
  }

  #grow(): void {
    const {
      sequence, deviceTime, receiveTime, int, num, device, resourceInstance, textEnd, object,
      instance, resource, type,
    } = this;
    this.#view(new ArrayBuffer(2 * this.#capacity * BYTES_PER_ROW));
    this.sequence.set(sequence);
    this.deviceTime.set(deviceTime);
    this.receiveTime.set(receiveTime);
    this.int.set(int);
    this.num.set(num);
    this.device.set(device);
    this.resourceInstance.set(resourceInstance);
    this.textEnd.set(textEnd);
    this.object.set(object);
    this.instance.set(instance);
    this.resource.set(resource);
    this.type.set(type);
  }

  /** Lays the columns out in the buffer, the widest first so that each is aligned. */
  #view(buffer: ArrayBuffer): void {
    const capacity = buffer.byteLength / BYTES_PER_ROW;
    let offset = 0;
    const next = (width: number): number => (offset += capacity * width) - capacity * width;
    this.#capacity = capacity;
    this.sequence = new Int32Array(buffer, next(8), 2 * capacity);
    this.deviceTime = new Int32Array(buffer, next(8), 2 * capacity);
    this.receiveTime = new Int32Array(buffer, next(8), 2 * capacity);
    this.int = new BigInt64Array(buffer, next(8), capacity);
    this.#intHalves = new Int32Array(buffer, this.int.byteOffset, 2 * capacity);
    this.num = new Float64Array(buffer, next(8), capacity);
    this.device = new Int32Array(buffer, next(4), capacity);
    this.resourceInstance = new Int32Array(buffer, next(4), capacity);
    this.textEnd = new Uint32Array(buffer, next(4), capacity);
    this.object = new Uint16Array(buffer, next(2), capacity);
    this.instance = new Uint16Array(buffer, next(2), capacity);
    this.resource = new Uint16Array(buffer, next(2), capacity);
    this.type = new Uint8Array(buffer, next(1), capacity);
  }
}

/** The whole part of a double below 2^63, exactly. */
export function putInteger(halves: Int32Array, index: number, value: number): void {
  const whole = Math.floor(value);
  const high = Math.floor(whole / 4_294_967_296);
  halves[2 * index] = whole - high * 4_294_967_296;
  halves[2 * index + 1] = high;
}

/** What `putInteger` put there. */
export function integerAt(halves: Int32Array, index: number): number {
  return (halves[2 * index + 1] as number) * 4_294_967_296 + ((halves[2 * index] as number) >>> 0);
}

/** A device may say any time, even one no calendar has; then the time of receipt stands. */
function withinTime(deviceTime: number, receiveTime: number): number {
  return deviceTime >= -TIME_MAX && deviceTime <= TIME_MAX ? deviceTime : receiveTime;
}
