// Rows of an answer, read no further than it may be large: a thousand values of a megabyte each are
// otherwise copied three times before anybody counts them.

import type { DuckDBConnection, DuckDBResult, DuckDBValueConverter } from '@duckdb/node-api';
import type { SqlValue } from './messages.ts';
import { bound } from './writer.ts';

/** Of a value beside its text or bytes. */
const VALUE_BYTES = 8;
const NO_CHUNK = { rowCount: 0 };

export interface RowLimits {
  readonly rowsMax: number;
  readonly bytesMax: number;
}

export interface BoundedRows<Cell> {
  readonly result: DuckDBResult;
  readonly rows: readonly (readonly (Cell | null)[])[];
}

/** The rows ended before their end, for a reason that DuckDB's binding does not tell. */
export class BrokenOff extends Error {
  constructor() {
    super('the answer broke off');
  }
}

/**
 * In a transaction that is good for nothing afterwards. What is beyond `rowsMax` is never made;
 * undefined when the rows take more than `bytesMax`. Throws BrokenOff.
 */
export async function readBounded<Cell>(
  connection: DuckDBConnection,
  { sql, values = [] }: { readonly sql: string; readonly values?: readonly SqlValue[] },
  converter: DuckDBValueConverter<Cell>, { rowsMax, bytesMax }: RowLimits,
): Promise<BoundedRows<Cell> | undefined> {
  const result = await connection.stream(sql, bound(values));
  try {
    return await readRows(connection, result, converter, { rowsMax, bytesMax });
  } finally {
    // One that is not at its end holds the whole database open until it is collected as garbage.
    connection.interrupt();
    while ((await result.fetchChunk().catch(() => null) ?? NO_CHUNK).rowCount > 0);
  }
}

async function readRows<Cell>(
  connection: DuckDBConnection, result: DuckDBResult, converter: DuckDBValueConverter<Cell>,
  { rowsMax, bytesMax }: RowLimits,
): Promise<BoundedRows<Cell> | undefined> {
  const rows: (Cell | null)[][] = [];
  let bytes = 0;
  while (rows.length < rowsMax) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) {
      // A failure looks like the end, but leaves a transaction in which nothing can be asked.
      await connection.run('SELECT 1').catch(() => { throw new BrokenOff(); });
      break;
    }
    const count = Math.min(chunk.rowCount, rowsMax - rows.length);
    for (let index = 0; index < count; index++) {
      const row = chunk.convertRowValues(index, converter);
      bytes += sizeOf(row);
      if (bytes > bytesMax) return undefined;
      rows.push(row);
    }
  }
  return { result, rows };
}

/** About as many bytes as it takes, of texts the characters. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (value instanceof Uint8Array) return VALUE_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  return Object.entries(value).reduce(
    (sum, [key, one]) => sum + (Array.isArray(value) ? 0 : key.length) + sizeOf(one), VALUE_BYTES);
}
