// Rows that are read no further than they may be large, over a real DuckDB.

import { DuckDBInstance, JSDuckDBValueConverter } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { BrokenOff, readBounded } from './bounded-rows.ts';

test('rows that break off after some were read are no answer', async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run('BEGIN');
  // Longer than what DuckDB makes ahead of the reading, so that the fault comes in its midst.
  const read = async (rows: number) => (await readBounded(connection, { sql: `SELECT CAST(
    CASE WHEN range < 500000 THEN '1' ELSE 'x' END AS INTEGER) FROM range(${rows})` },
  JSDuckDBValueConverter, { rowsMax: Infinity, bytesMax: Infinity }))?.rows.length;
  expect(await read(500_000)).toBe(500_000);
  await expect(read(600_000)).rejects.toThrow(BrokenOff);
  await connection.run('ROLLBACK');
  connection.closeSync();
  instance.closeSync();
});
