// Tables of what charts and lists are told about the past.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Value } from '../lwm2m/value.ts';
import { openDatabase, type Database } from './database.ts';
import { DuckDbStore } from './duckdb-store.ts';
import { BUCKETS_MAX, events, latestValues, operations, series, valuesAfter } from './history.ts';
import { newFolder, NOON, operationRow, removeFolders, telemetryRow } from './testing.ts';

let db: Database;
let store: DuckDbStore;
let sequence = 0;

const PLACE = { object: 3303, instance: 0, resource: 5700, resourceInstance: -1 };
const MINUTE = 60_000;

/** Stores values of one device, one a second from noon on. */
async function storeValues(device: number, values: readonly Value[]): Promise<void> {
  store.commit(values.map((value, index) => ({
    table: 'resource',
    row: telemetryRow(++sequence, value, { device, deviceTime: NOON + index * 1_000 }),
  })));
  await store.flushed();
}

function floats(...values: number[]): Value[] {
  return values.map((value) => ({ type: 'float', value }));
}

beforeAll(async () => {
  db = await openDatabase({ folder: newFolder() });
  store = new DuckDbStore(db);
});
afterAll(async () => {
  await db.close();
  removeFolders();
});

test('a series cuts the span into buckets and leaves empty ones out', async () => {
  await storeValues(1, floats(1, 2, 3, 10));
  const query = { device: 1, ...PLACE, from: NOON, to: NOON + 8_000, buckets: 4 };
  expect(await series(db, query)).toEqual({
    lastSequence: sequence,
    points: [
      { time: NOON, min: 1, mean: 1.5, max: 2, count: 2 },
      { time: NOON + 2_000, min: 3, mean: 6.5, max: 10, count: 2 },
    ],
  });
  expect((await series(db, { ...query, from: NOON + 1_000, to: NOON + 3_000, buckets: 1 })).points)
    .toEqual([{ time: NOON + 1_000, min: 2, mean: 2.5, max: 3, count: 2 }]);
});

test('outside the span there are no points, but live values know where to go on', async () => {
  await storeValues(2, floats(1));
  expect(await series(db, { device: 2, ...PLACE, from: 0, to: 1, buckets: 10 }))
    .toEqual({ points: [], lastSequence: sequence });
  expect(await series(db, { device: 99, ...PLACE, from: 0, to: NOON * 2, buckets: 10 }))
    .toEqual({ points: [], lastSequence: 0 });
});

test('what is no finite number is left out of a series, and nothing overflows', async () => {
  await storeValues(3, [
    ...floats(NaN, Infinity, -Infinity, 1.7e308, 1.7e308), { type: 'string', value: '7' },
  ]);
  expect((await series(db, { device: 3, ...PLACE, from: NOON, to: NOON + MINUTE, buckets: 1 }))
    .points).toEqual([{ time: NOON + 3_000, min: 1.7e308, mean: 1.7e308, max: 1.7e308, count: 2 }]);
});

test.each<[number, Value, number]>([
  [11, { type: 'integer', value: -5n }, -5],
  [12, { type: 'unsigned', value: 2n ** 64n - 1n }, 2 ** 64],
  [13, { type: 'boolean', value: true }, 1],
  [14, { type: 'time', value: 12 }, 12],
])('what can be counted makes a series (device %i)', async (device, value, number) => {
  await storeValues(device, [value]);
  const { points } = await series(
    db, { device, ...PLACE, from: NOON, to: NOON + MINUTE, buckets: BUCKETS_MAX * 2 });
  expect(points).toEqual([{ time: NOON, min: number, mean: number, max: number, count: 1 }]);
});

test('a series is of one resource instance of one device', async () => {
  store.commit([
    telemetryRow(++sequence, { type: 'float', value: 1 }, { device: 4, resourceInstance: 0 }),
    telemetryRow(++sequence, { type: 'float', value: 2 }, { device: 4, resourceInstance: 1 }),
    telemetryRow(++sequence, { type: 'float', value: 3 }, { device: 4, instance: 1 }),
  ].map((row) => ({ table: 'resource', row })));
  await store.flushed();
  const { points, lastSequence } = await series(
    db, { device: 4, ...PLACE, resourceInstance: 1, from: NOON, to: NOON + 1e9, buckets: 1 });
  expect(points.map(({ mean }) => mean)).toEqual([2]);
  expect(lastSequence).toBe(sequence - 1);
});

test('the latest value is the one measured last, if its clock is not ahead', async () => {
  const received = (receiveTime: number, deviceTime: number, value: number, resource = 5700) =>
    telemetryRow(++sequence, { type: 'float', value },
      { device: 5, receiveTime, deviceTime, resource });
  store.commit([
    received(NOON, NOON + 60_000, 1), received(NOON + 1, NOON + 1, 2),
    received(NOON + 2, NOON - 60_000, 3),
    received(NOON, NOON, 5, 5601), received(NOON, NOON, 4, 5601),
    telemetryRow(++sequence, { type: 'string', value: 'x' }, { device: 5, object: 3, resource: 0 }),
  ].map((row) => ({ table: 'resource', row })));
  await store.flushed();
  expect((await latestValues(db, 5)).map(({ object, resource, value }) =>
    ({ object, resource, value }))).toEqual([
    { object: 3, resource: 0, value: { type: 'string', value: 'x' } },
    { object: 3303, resource: 5601, value: { type: 'float', value: 4 } },
    { object: 3303, resource: 5700, value: { type: 'float', value: 2 } },
  ]);
  expect(await latestValues(db, 98)).toEqual([]);
});

test('a chart resumes with the oldest values after the sequence it knows', async () => {
  await storeValues(6, floats(1, 2, 3, 4, 5));
  const values = await valuesAfter(db, { device: 6, ...PLACE }, sequence - 3, 2);
  expect(values.map(({ value }) => value)).toEqual(floats(3, 4));
});

test('events and operations come newest first, of all devices or of one', async () => {
  store.commit([
    { table: 'event', row: { device: 7, type: 'registered', at: NOON, detail: 'a', sequences: [] } },
    { table: 'event', row: { device: 8, type: 'expired', at: NOON, detail: 'b', sequences: [] } },
    { table: 'event', row: { device: 7, type: 'updated', at: NOON - 1, detail: 'c', sequences: [] } },
    { table: 'device_operation', row: operationRow(1, { device: 7 }) },
    { table: 'device_operation', row: operationRow(2, { device: 8 }) },
    { table: 'device_operation', row: operationRow(3, { device: 7, status: 'FAILED' }) },
  ]);
  await store.flushed();
  const details = async (query: { device?: number; limit: number }) =>
    (await events(db, query)).map(({ detail }) => detail);
  expect(await details({ limit: 10 })).toEqual(['c', 'b', 'a']);
  expect(await details({ limit: 2 })).toEqual(['c', 'b']);
  expect(await details({ device: 7, limit: 10 })).toEqual(['c', 'a']);
  expect((await operations(db, { limit: 2 })).map(({ id }) => id)).toEqual([3, 2]);
  expect(await operations(db, { device: 7, limit: 10 })).toEqual([
    operationRow(3, { device: 7, status: 'FAILED' }), operationRow(1, { device: 7 }),
  ]);
});

test('the known resources are in the database for people who query it', async () => {
  expect(await db.query(`SELECT object_name, name, type FROM resource_type
    WHERE object = 3303 AND resource = 5700`))
    .toEqual([{ object_name: 'Temperature', name: 'Sensor Value', type: 'float' }]);
});
