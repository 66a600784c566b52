// Stories of values that are moved to Parquet files: nobody who asks sees a difference, whenever
// it ends and whatever is done to the files.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { Value } from '../lwm2m/value.ts';
import type { TelemetryRow } from './changes.ts';
import { ArchiveFiles } from './archive-files.ts';
import { openDatabase, type Database, type RetainOrder } from './database.ts';
import { DuckDbStore } from './duckdb-store.ts';
import { latestValues, series, valuesAfter } from './history.ts';
import { deviceRow, newFolder, NOON, removeFolders, telemetryRow } from './testing.ts';

const DAY = 86_400_000;
/** NOON is in the day before. */
const TODAY = Date.UTC(2026, 10, 23);
const PLACE = { device: 1, object: 3303, instance: 0, resource: 5700, resourceInstance: -1 };

const opened: Database[] = [];
let warnings: string[] = [];

async function open(folder: string): Promise<{ db: Database; store: DuckDbStore }> {
  const db = await openDatabase({ folder, onWarning: (sentence) => warnings.push(sentence) });
  opened.push(db);
  return { db, store: new DuckDbStore(db) };
}

async function put(store: DuckDbStore, ...rows: TelemetryRow[]): Promise<void> {
  store.commit(rows.map((row) => ({ table: 'resource', row })));
  await store.flushed();
}

function float(sequence: number, at: number, change: Partial<TelemetryRow> = {}): TelemetryRow {
  return telemetryRow(sequence, { type: 'float', value: sequence },
    { deviceTime: at, receiveTime: at, ...change });
}

function order(change: Partial<RetainOrder> = {}): RetainOrder {
  return {
    today: TODAY, keepFrom: undefined, rowsAtOnce: 1_000, bytesAtOnce: 1_000_000,
    tableRowsMax: 1_000, ...change,
  };
}

/** All that people can ask about one device. */
async function pastOf(db: Database, device = 1): Promise<unknown> {
  return {
    latest: await latestValues(db, device),
    all: await valuesAfter(db, { ...PLACE, device }, 0, 10_000),
    series: await series(db,
      { ...PLACE, device, from: TODAY - 30 * DAY, to: TODAY + DAY, buckets: 1_000 }),
  };
}

async function inTable(db: Database): Promise<number[]> {
  return (await db.query('SELECT sequence FROM resource ORDER BY sequence'))
    .map(({ sequence }) => Number(sequence));
}

function files(folder: string): string[] {
  return readdirSync(join(folder, 'telemetry')).sort();
}

/** As people with a tool of their own read them. */
async function read(
  folder: string, columns: string, glob = 'telemetry/*.parquet', group = 'ORDER BY sequence',
) {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT ${columns} FROM read_parquet('${join(folder, glob)}', filename = true) ${group}`);
  connection.closeSync();
  instance.closeSync();
  return reader.getRows();
}

afterEach(async () => {
  for (const db of opened.splice(0)) await db.close();
  warnings = [];
});
afterAll(removeFolders);

const VALUES: readonly Value[] = [
  { type: 'float', value: 21.5 }, { type: 'float', value: NaN }, { type: 'float', value: -0 },
  { type: 'integer', value: -(2n ** 63n) }, { type: 'unsigned', value: 2n ** 64n - 1n },
  { type: 'boolean', value: true }, { type: 'time', value: 12 }, { type: 'string', value: 'a\u0000ü' },
  { type: 'string', value: '' }, { type: 'opaque', value: Uint8Array.of(0, 255) },
  { type: 'objlnk', object: 65_535, instance: 1 }, { type: 'corelnk', value: '</3/0>' },
];

test('a day that is over lies in a file, and who asks sees no difference', async () => {
  const folder = newFolder();
  const { db, store } = await open(folder);
  store.commit([{ table: 'device', row: deviceRow(1) }]);
  await put(store,
    ...VALUES.map((value, index) => telemetryRow(index + 1, value, { resource: index })),
    ...VALUES.map((value, index) => telemetryRow(index + 21, value)),
    float(50, TODAY), float(51, TODAY + 1, { deviceTime: NOON }));
  const before = await pastOf(db);
  expect(await db.retain(order())).toEqual({ written: 1, removed: 0 });
  expect(await inTable(db)).toEqual([50, 51]);
  expect(files(folder)).toEqual(['2026-11-22-1.parquet']);
  expect(await pastOf(db)).toEqual(before);
  expect(await db.retain(order())).toEqual({ written: 0, removed: 0 });
  await db.close();
  const again = await open(folder);
  expect(await pastOf(again.db)).toEqual(before);
  expect((await read(folder, 'sequence, endpoint, type, num')).slice(0, 1))
    .toEqual([[1n, 'urn:imei:1000001', 'float', 21.5]]);
  expect(warnings).toEqual([]);
});

test('each day has files of its own, which never change', async () => {
  const folder = newFolder();
  const { db, store } = await open(folder);
  await put(store, float(1, NOON - 2 * DAY), float(2, NOON), float(3, NOON + 1), float(4, TODAY));
  await db.retain(order());
  expect(files(folder)).toEqual(['2026-11-20-1.parquet', '2026-11-22-2.parquet']);
  const first = files(folder).map((name) => readFileSync(join(folder, 'telemetry', name)));
  // The machine's clock was set back before a restart.
  await put(store, float(5, NOON + 2), float(6, TODAY + 1));
  const before = await pastOf(db);
  await db.retain(order());
  expect(await inTable(db)).toEqual([6]);
  expect(await pastOf(db)).toEqual(before);
  expect(files(folder)).toEqual([
    '2026-11-20-1.parquet', '2026-11-22-2.parquet', '2026-11-22-4.parquet',
    '2026-11-23-5.parquet']);
  expect(files(folder).slice(0, 2).map((name) => readFileSync(join(folder, 'telemetry', name))))
    .toEqual(first);
});

test('values are found by the time of the device, however late they came', async () => {
  const { db, store } = await open(newFolder());
  const everyDay = Array.from({ length: 70 }, (_, index) =>
    float(index + 10, NOON, { deviceTime: NOON - index * DAY, device: 2 }));
  await put(store, float(1, NOON - DAY, { deviceTime: NOON - 9 * DAY }),
    float(2, NOON, { deviceTime: -5 }), float(3, NOON, { deviceTime: NOON + 9 * DAY }), ...everyDay);
  await db.retain(order());
  expect(await inTable(db)).toEqual([]);
  const points = async (device: number, from: number, to: number) =>
    (await series(db, { ...PLACE, device, from, to, buckets: 1 })).points.map(({ mean }) => mean);
  expect(await points(1, NOON - 9 * DAY, NOON - 8 * DAY)).toEqual([1]);
  expect(await points(1, -5, 0)).toEqual([2]);
  expect(await points(1, NOON, NOON + 10 * DAY)).toEqual([3]);
  expect(await points(1, NOON - 8 * DAY, NOON)).toEqual([]);
  expect(await points(2, NOON - 69 * DAY, NOON - 68 * DAY)).toEqual([79]);
});

test('a chart goes on after the newest value, wherever it lies', async () => {
  const { db, store } = await open(newFolder());
  await put(store, float(1, NOON - 5 * DAY), float(2, NOON), float(3, NOON, { device: 2 }));
  await db.retain(order());
  expect(await series(db, { ...PLACE, from: NOON - 5 * DAY, to: NOON - 4 * DAY, buckets: 1 }))
    .toMatchObject({ points: [{ mean: 1 }], lastSequence: 2 });
  expect(await valuesAfter(db, PLACE, 2, 10)).toEqual([]);
});

test('a value that came late is in the files what it was in the table', async () => {
  const { db, store } = await open(newFolder());
  const late = (sequence: number, receiveTime: number, deviceTime: number) =>
    telemetryRow(sequence, { type: 'float', value: sequence }, { receiveTime, deviceTime });
  await put(store,
    late(1, NOON - 2 * DAY, NOON - 2 * DAY), late(2, NOON - 2 * DAY, NOON - 3 * DAY));
  const before = await pastOf(db);
  expect((await latestValues(db, 1)).map(({ sequence }) => sequence)).toEqual([1]);
  await db.retain(order());
  expect(await pastOf(db)).toEqual(before);
  expect((await series(db, { ...PLACE, from: NOON, to: TODAY, buckets: 1 })).lastSequence).toBe(2);
  await put(store, late(3, TODAY, NOON - 3 * DAY));
  await db.retain(order({ keepFrom: TODAY }));
  expect((await latestValues(db, 1)).map(({ sequence }) => sequence)).toEqual([1]);
});

test('a table that is too long gives up values of today, a step at a time', async () => {
  const folder = newFolder();
  const { db, store } = await open(folder);
  const rows = Array.from({ length: 24 }, (_, index) => float(index + 1, TODAY + index));
  await put(store, ...rows);
  const before = await pastOf(db);
  await db.retain(order({ rowsAtOnce: 5, tableRowsMax: 12 }));
  expect(await inTable(db)).toEqual(rows.slice(15).map(({ sequence }) => sequence));
  expect(files(folder)).toHaveLength(3);
  expect(await pastOf(db)).toEqual(before);
});

test('long values move in smaller steps, and one that is too long alone', async () => {
  const folder = newFolder();
  const { db, store } = await open(folder);
  const values: Value[] = [
    ...[40, 40, 40, 40].map((length): Value => ({ type: 'string', value: 'x'.repeat(length) })),
    { type: 'opaque', value: new Uint8Array(1_000) }, { type: 'float', value: 1 },
  ];
  await put(store, ...values.map((value, index) => telemetryRow(index + 1, value)));
  const before = await pastOf(db);
  await db.retain(order({ bytesAtOnce: 100 }));
  expect(await pastOf(db)).toEqual(before);
  expect((await read(folder, 'filename, min(sequence)', 'telemetry/*.parquet',
    'GROUP BY filename ORDER BY 2')).map(([, first]) => first)).toEqual([1n, 2n, 4n, 5n, 6n]);
});

test('days beyond the limit are deleted, the newest value of each resource stays', async () => {
  const folder = newFolder();
  const { db, store } = await open(folder);
  await put(store, float(1, NOON - 3 * DAY), float(2, NOON - 3 * DAY, { resource: 5701 }),
    float(3, NOON - 2 * DAY), float(4, NOON - DAY));
  // To the millisecond: what came at the end of the 20th is as old as the limit now.
  const keepFrom = TODAY - 2 * DAY;
  await db.retain(order({ keepFrom: keepFrom - 1 }));
  expect(await valuesAfter(db, PLACE, 0, 10)).toHaveLength(2);
  expect(await db.retain(order({ keepFrom }))).toEqual({ written: 0, removed: 1 });
  await db.retain(order({ keepFrom: TODAY }));
  await db.retain(order({ keepFrom: TODAY }));
  expect(files(folder)).toEqual([]);
  expect(await valuesAfter(db, PLACE, 0, 10)).toEqual([]);
  expect((await latestValues(db, 1)).map(({ sequence }) => sequence)).toEqual([4, 2]);
  await db.close();
  // Nothing is left to tell the numbers from, and still none is given twice.
  expect((await open(folder)).store.load().nextSequence).toBe(5);
});

test('a forgotten device leaves the files too, the others stay in them', async () => {
  const folder = newFolder();
  const { db, store } = await open(folder);
  store.commit([1, 2].map((id) => ({ table: 'device', row: deviceRow(id) })));
  await put(store, float(1, NOON - DAY), float(2, NOON - DAY, { device: 2 }), float(3, NOON));
  await db.retain(order());
  const before = await pastOf(db);
  const ofDayWithout = readFileSync(join(folder, 'telemetry', '2026-11-22-2.parquet'));
  store.commit([{ table: 'device forgotten', id: 2 }]);
  await store.flushed();
  // The second pass deletes what the first one replaced.
  await db.retain(order());
  await db.retain(order());
  expect(await pastOf(db)).toEqual(before);
  expect(await latestValues(db, 2)).toEqual([]);
  expect(await read(folder, 'sequence, endpoint')).toEqual(
    [[1n, 'urn:imei:1000001'], [3n, 'urn:imei:1000001']]);
  expect(await read(folder, 'device', 'newest/*.parquet')).toEqual([[1]]);
  expect(readFileSync(join(folder, 'telemetry', '2026-11-22-2.parquet'))).toEqual(ofDayWithout);
  expect(await db.query('SELECT id FROM forgotten_device')).toEqual([]);
});

test.each<[string, (path: string) => void, RegExp[]]>([
  ['deleted', (path) => rmSync(path), [/^telemetry\/2026-11-21-1.parquet in the .* missing, /]],
  ['empty', (path) => writeFileSync(path, ''), [/^telemetry\/2026-11-21-1.parquet .* cannot be read/]],
  ['cut off', (path) => writeFileSync(path, readFileSync(path).subarray(0, 300)),
    [/^telemetry\/2026-11-21-1.parquet in the data folder cannot be read, left out$/]],
  ['damaged inside', (path) => writeFileSync(path, readFileSync(path).fill(0x55, 4, 200)),
    [/^telemetry\/2026-11-21-1.parquet in the data folder cannot be read, left out$/]],
])('a file that is %s is said once, and the rest is answered', async (_, harm, sentences) => {
  const folder = newFolder();
  const { db, store } = await open(folder);
  await put(store, float(1, NOON - DAY), float(2, NOON), float(3, TODAY));
  await db.retain(order());
  await db.close();
  harm(join(folder, 'telemetry', '2026-11-21-1.parquet'));
  const again = await open(folder);
  for (let time = 0; time < 2; time++) {
    expect((await valuesAfter(again.db, PLACE, 0, 10)).map(({ sequence }) => sequence))
      .toEqual([2, 3]);
  }
  expect(warnings).toEqual(sentences.map((sentence) => expect.stringMatching(sentence)));
  await put(again.store, float(4, TODAY + 1));
  await again.db.retain(order({ today: TODAY + DAY }));
  expect((await valuesAfter(again.db, PLACE, 0, 10)).map(({ sequence }) => sequence))
    .toEqual([2, 3, 4]);
});

test('no file is left out because memory was short meanwhile', async () => {
  const said: string[] = [];
  const archived = new ArchiveFiles({
    folder: newFolder(), ask: async () => [], write: async () => undefined,
    warn: (sentence) => said.push(sentence),
  });
  const short = new Error('Out of Memory Error: could not allocate block of size 256.0 KiB');
  const attempt = (faults: Error[]) => archived.reading(async (isUsed) => {
    if (isUsed('day')) throw faults.shift() ?? short;
  });
  await expect(attempt([])).rejects.toBe(short);
  await expect(attempt([new Error('IO Error: no answer of the disk')])).rejects.toBe(short);
  expect([archived.isSound('day'), said]).toEqual([true, []]);
});

test('without the file of newest values the next step makes it from the days', async () => {
  const folder = newFolder();
  const { db, store } = await open(folder);
  await put(store, float(1, NOON - DAY, { resource: 1 }), float(2, NOON), float(3, TODAY));
  await db.retain(order());
  for (const name of readdirSync(join(folder, 'newest'))) {
    writeFileSync(join(folder, 'newest', name), 'no Parquet');
  }
  await db.retain(order({ today: TODAY + DAY }));
  expect((await latestValues(db, 1)).map(({ sequence }) => sequence)).toEqual([1, 3]);
  expect(warnings).toEqual(['newest/3.parquet in the data folder cannot be read, left out']);
});

test('files of others are said in one sentence and left alone', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'telemetry'));
  const names = [1, 2, 3, 4, 5].map((id) => `telemetry/2026-11-22-${id}.parquet`);
  for (const name of names) writeFileSync(join(folder, name), name);
  writeFileSync(join(folder, 'telemetry', 'notes.txt'), '');
  const { db, store } = await open(folder);
  expect(warnings).toEqual([`${names.slice(0, 3).join(', ')} and 2 more in the data folder: `
    + 'not written by this server, left out']);
  await put(store, float(1, NOON));
  await db.retain(order());
  expect(await valuesAfter(db, PLACE, 0, 10)).toHaveLength(1);
  expect(names.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(names);
});

test('where no file can be made nothing is deleted, and the next pass goes on', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'telemetry'), 'in the way');
  const { db, store } = await open(folder);
  await put(store, float(1, NOON), float(2, TODAY));
  const before = await pastOf(db);
  await expect(db.retain(order())).rejects.toThrow(/EEXIST|ENOTDIR/);
  expect(await inTable(db)).toEqual([1, 2]);
  expect(await pastOf(db)).toEqual(before);
  rmSync(join(folder, 'telemetry'));
  await db.retain(order());
  expect(await inTable(db)).toEqual([2]);
  expect(await pastOf(db)).toEqual(before);
});

test('a pass that is under way ends with the database', async () => {
  const folder = newFolder();
  const { db, store } = await open(folder);
  await put(store, ...Array.from({ length: 5_000 }, (_, index) => float(index + 1, NOON)));
  const pass = db.retain(order({ rowsAtOnce: 10 }));
  const ended = expect(pass).rejects.toThrow();
  while ((await inTable(db)).length === 5_000);
  await db.close();
  await ended;
  const again = await open(folder);
  expect(await valuesAfter(again.db, PLACE, 0, 10_000)).toHaveLength(5_000);
  expect((await inTable(again.db)).length).toBeGreaterThan(0);
});
