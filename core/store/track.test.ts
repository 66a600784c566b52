// Tracks from stored values: pairs of two resources, thinned, with what is no place left out.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Value } from '../lwm2m/value.ts';
import { openDatabase, type Database } from './database.ts';
import { DuckDbStore } from './duckdb-store.ts';
import { newFolder, NOON, removeFolders, telemetryRow } from './testing.ts';
import { track, TRACK_PLACES_MAX } from './track.ts';

let db: Database;
let store: DuckDbStore;
let sequence = 0;

const MINUTE = 60_000;
const LATITUDE = 0;
const LONGITUDE = 1;

beforeAll(async () => {
  db = await openDatabase({ folder: newFolder() });
  store = new DuckDbStore(db);
});
afterAll(async () => {
  await db.close();
  removeFolders();
});

type Said = readonly [after: number, resource: number, value: number | string];

async function say(device: number, said: readonly Said[], object = 6): Promise<void> {
  store.commit(said.map(([after, resource, degrees]) => {
    const value: Value = typeof degrees === 'string'
      ? { type: 'string', value: degrees } : { type: 'float', value: degrees };
    return { table: 'resource', row: telemetryRow(++sequence, value, {
      device, object, instance: 0, resource, resourceInstance: -1, deviceTime: NOON + after,
    }) };
  }));
  await store.flushed();
}

function trackOf(device: number, from = 0, to = 10 * MINUTE) {
  return track(db, {
    device, object: 6, instance: 0, latitude: LATITUDE, longitude: LONGITUDE,
    from: NOON + from, to: NOON + to,
  });
}

test('what came together or shortly after another is one place', async () => {
  await say(1, [
    [0, LATITUDE, 59.1], [0, LONGITUDE, 10.1],
    [60_000, LATITUDE, 59.2], [60_400, LONGITUDE, 10.2],
  ]);
  expect(await trackOf(1)).toEqual([
    { time: NOON, latitude: 59.1, longitude: 10.1 },
    { time: NOON + 60_400, latitude: 59.2, longitude: 10.2 },
  ]);
});

test('what is not said again still holds, and half a place is none', async () => {
  await say(2, [[0, LATITUDE, 1], [MINUTE, LONGITUDE, 2], [2 * MINUTE, LONGITUDE, 3]]);
  expect(await trackOf(2)).toEqual([
    { time: NOON + MINUTE, latitude: 1, longitude: 2 },
    { time: NOON + 2 * MINUTE, latitude: 1, longitude: 3 },
  ]);
});

test('what is nowhere on Earth is left out', async () => {
  await say(3, [
    [0, LATITUDE, 91], [0, LONGITUDE, 2], [1_000, LATITUDE, 4], [1_000, LONGITUDE, -181],
    [2_000, LATITUDE, Number.NaN], [2_000, LONGITUDE, 5],
  ]);
  expect(await trackOf(3)).toEqual([
    { time: NOON + 1_000, latitude: 4, longitude: 2 },
    { time: NOON + 2_000, latitude: 4, longitude: 5 },
  ]);
});

test('degrees may be said as text, as the Location of IPSO has them', async () => {
  await say(4, [[0, 5514, '-43.5'], [0, 5515, '172.6'], [MINUTE, 5514, 'unknown']], 3336);
  expect(await track(db, {
    device: 4, object: 3336, instance: 0, latitude: 5514, longitude: 5515,
    from: NOON, to: NOON + MINUTE * 2,
  })).toEqual([{ time: NOON, latitude: -43.5, longitude: 172.6 }]);
});

test('only the span counts, and a long track is thinned to its last places', async () => {
  const seconds = 2 * TRACK_PLACES_MAX;
  await say(5, Array.from({ length: 2 * seconds }, (_, index): Said => (
    [Math.floor(index / 2) * 1_000, index % 2, Math.floor(index / 2) / 100])));
  const places = await trackOf(5, 0, seconds * 1_000);
  expect(places).toHaveLength(TRACK_PLACES_MAX);
  expect(places[0]).toEqual({ time: NOON + 1_000, latitude: 0.01, longitude: 0.01 });
  expect(await trackOf(5, 5_000, 7_000)).toHaveLength(2);
  expect(await trackOf(99)).toEqual([]);
});
