// The log is put into the database between groups, no group fails when that is not possible, and
// there is a time when nobody reads.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
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
