// Columns into DuckDB's data chunks and back, in the writer thread. Memory is copied column by
// column through the bindings; no value object is made per cell.

import {
  BIGINT, BLOB, BOOLEAN, DOUBLE, DuckDBDataChunk, ENUM, INTEGER, TIMESTAMP_MS, USMALLINT, VARCHAR,
  type DuckDBAppender, type DuckDBResult, type DuckDBType,
} from '@duckdb/node-api';
import bindings, { type Vector } from '@duckdb/node-bindings';
import type { ValueType } from '../lwm2m/value.ts';
import type { Cell, ColumnType, TableMessage } from './table-columns.ts';
import { putInteger, TIME_MAX, TYPE_CODES, type TelemetryBatch } from './telemetry-batch.ts';

/** DuckDB's vectors hold this many rows. */
const CHUNK_ROWS = 2_048;

const TYPES: Readonly<Record<ColumnType, DuckDBType>> =
  { INTEGER, BIGINT, DOUBLE, BOOLEAN, TIMESTAMP_MS, VARCHAR };

const RESOURCE_TYPES = [
  BIGINT, INTEGER, USMALLINT, USMALLINT, USMALLINT, INTEGER, TIMESTAMP_MS, TIMESTAMP_MS,
  ENUM(Object.keys(TYPE_CODES)), DOUBLE, BIGINT, VARCHAR, BLOB,
];

/** Columns of table `resource` of which each row has one. */
const NUM = 9;
const INT = 10;
const TXT = 11;
const BIN = 12;

/** Which of them, by type code. */
const VALUE_COLUMNS = Uint8Array.from(Object.keys(TYPE_CODES), (type) => {
  switch (type as ValueType) {
    case 'float': return NUM;
    case 'string': case 'corelnk': return TXT;
    case 'opaque': return BIN;
    default: return INT;
  }
});

const encoder = new TextEncoder();

/** Adds a batch to the appender of table `resource`. */
export function appendTelemetry(appender: DuckDBAppender, batch: TelemetryBatch): void {
  for (let first = 0; first < batch.rows; first += CHUNK_ROWS) {
    const end = Math.min(first + CHUNK_ROWS, batch.rows);
    const chunk = DuckDBDataChunk.create(RESOURCE_TYPES, end - first);
    copy(chunk, 0, batch.sequence.subarray(2 * first, 2 * end));
    copy(chunk, 1, batch.device.subarray(first, end));
    copy(chunk, 2, batch.object.subarray(first, end));
    copy(chunk, 3, batch.instance.subarray(first, end));
    copy(chunk, 4, batch.resource.subarray(first, end));
    copy(chunk, 5, batch.resourceInstance.subarray(first, end));
    copy(chunk, 6, batch.deviceTime.subarray(2 * first, 2 * end));
    copy(chunk, 7, batch.receiveTime.subarray(2 * first, 2 * end));
    copy(chunk, 8, batch.type.subarray(first, end));
    copy(chunk, NUM, batch.num.subarray(first, end));
    copy(chunk, INT, batch.int.subarray(first, end));
    copyTexts(chunk, batch, first, end);
    for (let column = NUM; column <= BIN; column++) {
      copyValidity(chunk, column, end - first,
        (index) => VALUE_COLUMNS[batch.type[first + index] as number] === column);
    }
    appender.appendDataChunk(chunk);
  }
}

/** Adds the rows of a small table to an appender whose columns have these types. */
export function appendTable(
  appender: DuckDBAppender, types: readonly ColumnType[], table: TableMessage,
): void {
  const duckTypes = types.map((type) => TYPES[type]);
  for (let first = 0; first < table.rows; first += CHUNK_ROWS) {
    const end = Math.min(first + CHUNK_ROWS, table.rows);
    const chunk = DuckDBDataChunk.create(duckTypes, end - first);
    for (const [column, type] of types.entries()) {
      copyCells(chunk, column, type, (table.columns[column] as Cell[]).slice(first, end));
    }
    appender.appendDataChunk(chunk);
  }
}

/** Reads a result whose columns are DOUBLE without NULL. */
export async function readNumbers(result: DuckDBResult): Promise<{
  rows: number; numbers: Record<string, Float64Array>;
}> {
  const chunks: DuckDBDataChunk[] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    chunks.push(chunk);
  }
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const numbers: Record<string, Float64Array> = {};
  for (let column = 0; column < result.columnCount; column++) {
    numbers[result.columnName(column)] = numbersIn(chunks, column, rows);
  }
  return { rows, numbers };
}

function numbersIn(chunks: readonly DuckDBDataChunk[], column: number, rows: number): Float64Array {
  const numbers = new Float64Array(rows);
  let row = 0;
  for (const chunk of chunks) {
    const data = bindings.vector_get_data(vectorOf(chunk, column), 8 * chunk.rowCount);
    numbers.set(new Float64Array(data.buffer, data.byteOffset, chunk.rowCount), row);
    row += chunk.rowCount;
  }
  return numbers;
}

function copyCells(
  chunk: DuckDBDataChunk, column: number, type: ColumnType, cells: readonly Cell[],
): void {
  if (type === 'VARCHAR') {
    const vector = vectorOf(chunk, column);
    for (const [index, cell] of cells.entries()) {
      if (cell !== null) assignText(vector, index, cell as string);
    }
  } else {
    copy(chunk, column, numbersOf(type, cells));
  }
  if (cells.includes(null)) {
    copyValidity(chunk, column, cells.length, (index) => cells[index] !== null);
  }
}

function numbersOf(
  type: Exclude<ColumnType, 'VARCHAR'>, cells: readonly Cell[],
): ArrayBufferView {
  if (type === 'INTEGER') return Int32Array.from(cells, Number);
  if (type === 'DOUBLE') return Float64Array.from(cells, Number);
  if (type === 'BOOLEAN') return Uint8Array.from(cells, Number);
  const halves = new Int32Array(2 * cells.length);
  for (const [index, cell] of cells.entries()) {
    putInteger(halves, index, Math.max(-TIME_MAX, Math.min(TIME_MAX, Number(cell))));
  }
  return halves;
}

function assignText(vector: Vector, index: number, text: string): void {
  // Twice as fast, but it ends at the first NUL.
  if (!text.includes('\0')) bindings.vector_assign_string_element(vector, index, text);
  else bindings.vector_assign_string_element_len(vector, index, encoder.encode(text));
}

function copyTexts(
  chunk: DuckDBDataChunk, batch: TelemetryBatch, first: number, end: number,
): void {
  let begin = first === 0 ? 0 : batch.textEnd[first - 1] as number;
  for (let row = first; row < end; row++) {
    const column = VALUE_COLUMNS[batch.type[row] as number] as number;
    if (column < TXT) continue;
    const textEnd = batch.textEnd[row] as number;
    bindings.vector_assign_string_element_len(
      vectorOf(chunk, column), row - first, batch.text.subarray(begin, textEnd));
    begin = textEnd;
  }
}

function copy(chunk: DuckDBDataChunk, column: number, data: ArrayBufferView): void {
  bindings.copy_data_to_vector(vectorOf(chunk, column), 0,
    data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

/** One bit a row, 1 for a value and 0 for NULL, in words of 64. */
function copyValidity(
  chunk: DuckDBDataChunk, column: number, rows: number, isValid: (index: number) => boolean,
): void {
  const bits = new Uint8Array(8 * Math.ceil(rows / 64));
  for (let index = 0; index < rows; index++) {
    if (isValid(index)) bits[index >> 3] = (bits[index >> 3] as number) | 1 << (index & 7);
  }
  const vector = vectorOf(chunk, column);
  bindings.vector_ensure_validity_writable(vector);
  bindings.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.byteLength);
}

function vectorOf(chunk: DuckDBDataChunk, column: number): Vector {
  return bindings.data_chunk_get_vector(chunk.chunk, column);
}
