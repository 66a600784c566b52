// Long questions over values in the table and in Parquet files: to who asks they are one.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { Value } from '../lwm2m/value.ts';
import type { TelemetryRow } from './changes.ts';
import { openDatabase, type Database, type RetainOrder } from './database.ts';
import { DuckDbStore } from './duckdb-store.ts';
import { bucketsStatement, valuesFileStatement, valuesStatement } from './telemetry.ts';
import { deviceRow, newFolder, NOON, removeFolders, telemetryRow } from './testing.ts';

const DAY = 86_400_000;
/** NOON is in the day before. */
const TODAY = Date.UTC(2026, 10, 23);
const ALL = { devices: undefined, paths: [], from: 0, to: TODAY + DAY };
const PATIENCE = 20_000;
const LIMITS = { bytesMax: 1e6, milliseconds: PATIENCE };
const ORDER: RetainOrder = {
  today: TODAY, keepFrom: undefined, rowsAtOnce: 1_000, bytesAtOnce: 1_000_000,
  tableRowsMax: 1_000,
};

const opened: Database[] = [];
let warnings: string[] = [];

async function open(folder: string): Promise<{ db: Database; store: DuckDbStore }> {
  const db = await openDatabase({ folder, onWarning: (sentence) => warnings.push(sentence) });
  opened.push(db);
  return { db, store: new DuckDbStore(db) };
}

/** Values 1 and 2 of two days that are over, 3 of today; the first two are in files. */
async function moved(): Promise<{ folder: string; db: Database }> {
  const folder = newFolder();
  const { db, store } = await open(folder);
  const rows = [float(1, NOON - DAY), float(2, NOON), float(3, TODAY)];
  store.commit([
    { table: 'device', row: deviceRow(1) },
    ...rows.map((row) => ({ table: 'resource', row }) as const),
    { table: 'event', row: {
      device: 1, type: 'flood', at: NOON, detail: '', sequences: [1, 3],
    } },
  ]);
  await store.flushed();
  expect(await db.retain(ORDER)).toMatchObject({ written: 2 });
  expect(await db.query('SELECT sequence FROM resource')).toHaveLength(1);
  return { folder, db };
}

function float(sequence: number, at: number): TelemetryRow {
  return telemetryRow(sequence, { type: 'float', value: sequence },
    { deviceTime: at, receiveTime: at });
}

async function sequences(db: Database, span = ALL, after = 0, limit = 10): Promise<number[]> {
  const answer = await db.ask(valuesStatement(span, after, limit), LIMITS);
  if (!answer.ok) throw new Error(answer.reason.sentence);
  return answer.value.map(({ sequence }) => Number(sequence));
}

const sql = async (db: Database, text: string): Promise<unknown> => {
  const answer = await db.sql(text, { rowsMax: 10, milliseconds: PATIENCE });
  return answer.ok ? answer.value.rows : answer.reason.sentence;
};

afterEach(async () => {
  for (const db of opened.splice(0)) await db.close();
  warnings = [];
});
afterAll(removeFolders);

test('values are found in both, from any place and in any time', async () => {
  const { db } = await moved();
  expect(await sequences(db)).toEqual([1, 2, 3]);
  expect(await sequences(db, ALL, 1)).toEqual([2, 3]);
  expect(await sequences(db, ALL, 0, 1)).toEqual([1]);
  expect(await sequences(db, { ...ALL, to: NOON })).toEqual([1]);
  expect(await sequences(db, { ...ALL, from: NOON, to: NOON + 1 })).toEqual([2]);
  expect(await db.ask(bucketsStatement(ALL, 86_400, ['sum'], 10), LIMITS)).toMatchObject({
    ok: true, value: [{ sum: 1 }, { sum: 2 }, { sum: 3 }],
  });
});

test('an answer that takes more than it may is not read to its end', async () => {
  const { db, store } = await open(newFolder());
  const long = (length: number): Value => ({ type: 'string', value: 'x'.repeat(length) });
  store.commit([{ table: 'device', row: deviceRow(1) }, ...[1, 2, 3].map((sequence) =>
    ({ table: 'resource', row: telemetryRow(sequence, long(400_000)) }) as const)]);
  await store.flushed();
  expect(await sequences(db, ALL, 0, 2)).toEqual([1, 2]);
  expect(await db.ask(valuesStatement(ALL, 0, 3), LIMITS)).toEqual({ ok: false, reason: {
    kind: 'too much', sentence: 'This is too much at once; ask for less.',
  } });
});

test.each(['csv', 'parquet'] as const)('a download as %s has both', async (format) => {
  const { db, folder } = await moved();
  const file = join(folder, `all.${format}`);
  const limits = { bytesMax: 1e9, milliseconds: PATIENCE };
  expect(await db.export(valuesFileStatement(ALL, 10), format, file, limits))
    .toEqual({ ok: true, value: 3 });
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`SELECT sequence, text FROM '${file}'`);
  expect(reader.getRows().map(([sequence]) => Number(sequence))).toEqual([1, 2, 3]);
  connection.closeSync();
  instance.closeSync();
});

test('SQL sees both, and which values an event is about', async () => {
  const { db } = await moved();
  expect(await sql(db, 'SELECT count(*)::INT, max(number), min(device) FROM telemetry'))
    .toEqual([[3, 3, deviceRow(1).endpoint]]);
  expect(await sql(db, `SELECT event.type, number FROM event JOIN event_resource ON event = event.id
    JOIN telemetry USING (sequence) ORDER BY sequence`)).toEqual([['flood', 1], ['flood', 3]]);
  for (const name of ['resource', 'telemetry_file', 'temp.telemetry', 'main.resource']) {
    expect(await sql(db, `SELECT * FROM ${name}`)).toContain('is no table here');
  }
});

test.each<[string, (path: string) => void]>([
  ['deleted', (path) => rmSync(path)],
  ['empty', (path) => writeFileSync(path, '')],
  ['cut off', (path) => writeFileSync(path, readFileSync(path).subarray(0, 300))],
  ['damaged inside', (path) => writeFileSync(path, readFileSync(path).fill(0x55, 4, 200))],
])('a file that is %s is said once and left out', async (_, harm) => {
  const { db, folder } = await moved();
  harm(join(folder, 'telemetry', '2026-11-21-1.parquet'));
  expect(await sql(db, 'SELECT sequence::INT, text FROM telemetry ORDER BY 1'))
    .toEqual([[2, null], [3, null]]);
  expect(await sequences(db)).toEqual([2, 3]);
  expect(warnings).toEqual([
    'telemetry/2026-11-21-1.parquet in the data folder cannot be read, left out']);
});

test('what somebody asks wrongly, or that takes too long, is no fault of a file', async () => {
  const { db } = await moved();
  const impossible = `SELECT strptime(path, '%Y') FROM telemetry WHERE number < 3`;
  expect(await sql(db, impossible)).toMatch(/^Invalid Input Error/);
  const endless = 'SELECT count(*) FROM telemetry, range(1000000000000)';
  expect(await db.sql(endless, { rowsMax: 1, milliseconds: 300 }))
    .toMatchObject({ ok: false, reason: { kind: 'too much' } });
  expect(await sequences(db)).toEqual([1, 2, 3]);
  expect(warnings).toEqual([]);
});
