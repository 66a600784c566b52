// What goes by --retention besides values, in a real database.

import { afterAll, expect, test } from 'vitest';
import type { AlertRow, Change } from './changes.ts';
import { openDatabase } from './database.ts';
import { DuckDbStore } from './duckdb-store.ts';
import { DELETED_AT_ONCE_MAX, deleteOldRows } from './old-rows.ts';
import { deviceRow, newFolder, NOON, operationRow, removeFolders } from './testing.ts';

afterAll(removeFolders);

function alert(id: number, change: Partial<AlertRow>): Change {
  return { table: 'alert', row: {
    id, device: 1, rule: 'too warm', severity: 'warning', path: '/3303/0/5700', detail: '',
    raisedAt: NOON - 9, clearedAt: undefined, acknowledgedBy: '', acknowledgedAt: undefined,
    mutedUntil: undefined, ...change,
  } };
}

function event(at: number, sequences: readonly number[]): Change {
  return { table: 'event', row: { device: 1, type: 'report', at, detail: '', sequences } };
}

async function opened(folder: string) {
  const db = await openDatabase({ folder });
  const store = new DuckDbStore(db);
  const ids = async (table: string, column = 'id') =>
    (await db.query(`SELECT ${column} AS one FROM ${table} ORDER BY 1`))
      .map(({ one }) => Number(one));
  return { db, store, ids };
}

test('what is over goes with its age, what is open stays, and no id comes again', async () => {
  const folder = newFolder();
  const { db, store, ids } = await opened(folder);
  const [before, after] = [NOON - 1, NOON];
  store.commit([
    { table: 'device', row: deviceRow(1) },
    event(before, [11]), event(after, [12]), event(before, [13, 14]),
    ...([['CONFIRMED', before], ['QUEUED', before], ['FAILED', after], ['FAILED', before]] as const)
      .map(([status, changedAt], index): Change => (
        { table: 'device_operation', row: operationRow(index + 1, { status, changedAt }) })),
    alert(1, { clearedAt: after }), alert(2, {}), alert(3, { clearedAt: before, mutedUntil: after }),
    alert(4, { clearedAt: before, mutedUntil: before }), alert(5, { clearedAt: before }),
  ]);
  await store.flushed();
  expect(await deleteOldRows(db, NOON)).toBe(false);
  expect([await ids('event'), await ids('event_resource', 'sequence'),
    await ids('device_operation'), await ids('alert')])
    .toEqual([[2], [12], [2, 3], [1, 2, 3]]);
  await db.close();
  const again = await opened(folder);
  expect(again.store.load()).toMatchObject({ nextOperation: 5, nextAlert: 6 });
  again.store.commit([event(after, [])]);
  await again.store.flushed();
  expect(await again.ids('event')).toEqual([2, 4]);
  await again.db.close();
});

test('it goes in steps, each short', async () => {
  const { db, ids } = await opened(newFolder());
  await db.write([{ values: [], sql: `INSERT INTO event
    SELECT range + 1, 1, '', epoch_ms(1), '' FROM range(${DELETED_AT_ONCE_MAX + 5})` }]);
  await db.write([{ values: [], sql: `INSERT INTO event_resource
    SELECT 1, range FROM range(${DELETED_AT_ONCE_MAX + 5})` }]);
  expect(await deleteOldRows(db, NOON)).toBe(true);
  expect([(await ids('event_resource', 'sequence')).length, (await ids('event')).length])
    .toEqual([5, DELETED_AT_ONCE_MAX + 5]);
  expect(await deleteOldRows(db, NOON)).toBe(true);
  expect(await ids('event')).toHaveLength(5);
  expect(await deleteOldRows(db, NOON)).toBe(false);
  expect(await ids('event')).toEqual([]);
  await db.close();
});
