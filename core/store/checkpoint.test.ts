// The log is put into the database between groups, no group fails when that is not possible, and
// there is a time when nobody reads, in which the file can be opened anew.

import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { JSDuckDBValueConverter } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';
import { readBounded } from './bounded-rows.ts';
import { DatabaseFile } from './database-file.ts';
import { newFolder, removeFolders } from './testing.ts';
import { createWriter } from './writer.ts';

afterAll(removeFolders);

async function open(): Promise<{ file: DatabaseFile; database: string }> {
  const folder = newFolder();
  const database = join(folder, 'flownexus.duckdb');
  return { file: await DatabaseFile.open({ folder, database, memoryLimit: '256MB' }), database };
}

// As when somebody's read ends behind which rows were updated: DuckDB clears their old versions
// away under the same lock. That takes milliseconds; an update that is not over holds it for sure.
test('a checkpoint that others do not let begin is put off', async () => {
  const { file, database } = await open();
  const { main, moving } = file.connections;
  const writer = await createWriter(main);
  const insert = 'INSERT INTO event_resource SELECT i, i FROM range(10000) t(i)';
  const logBytes = (): number => statSync(`${database}.wal`, { throwIfNoEntry: false })?.size ?? 0;
  await main.run(insert);
  const before = logBytes();
  await moving.run('BEGIN TRANSACTION');
  await moving.run('UPDATE event_resource SET event = 0');
  await writer.checkpoint();
  expect(logBytes()).toBe(before);
  await moving.run('ROLLBACK');
  await writer.checkpoint();
  expect(logBytes()).toBe(0);
  await file.end(true);
});

test('who is alone waits for those that read, and others for him', async () => {
  const { file } = await open();
  const order: string[] = [];
  let endRead = (): void => undefined;
  const read = file.reading(() => new Promise<void>((resolve) => { endRead = resolve; }))
    .then(() => order.push('read'));
  await new Promise(setImmediate);
  const alone = file.alone(async () => {
    await file.connections.main.run('SELECT 1');
    order.push('alone');
  });
  const later = file.reading(async () => order.push('read later'));
  await new Promise(setImmediate);
  expect(order).toEqual([]);
  endRead();
  await Promise.all([read, alone, later]);
  expect(order).toEqual(['read', 'alone', 'read later']);
  await file.end(true);
});

function descriptorsOf(path: string): number {
  const files = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return undefined;
    }
  });
  return files.filter((file) => file === path).length;
}

// Whoever closes one of two descriptors of a file gives away the lock of both (fcntl, POSIX), and
// the file would be anybody's.
test.runIf(process.platform === 'linux')('an answer that was cut holds no file open', async () => {
  const { file, database } = await open();
  for (const limits of [{ rowsMax: 10, bytesMax: 1e9 }, { rowsMax: 1e9, bytesMax: 1_000 }]) {
    await file.reading(async ({ instance }) => {
      const connection = await instance.connect();
      const sql = 'SELECT i FROM range(100000000) t(i) WHERE i > $1';
      await connection.run('BEGIN TRANSACTION');
      await readBounded(connection, { sql, values: [1] }, JSDuckDBValueConverter, limits);
      connection.closeSync();
    });
  }
  await file.reopenFor(async () => undefined);
  expect(descriptorsOf(database)).toBe(1);
  await file.end(true);
  expect(descriptorsOf(database)).toBe(0);
});
