// Telemetry over REST: values, buckets, files; and their limits.

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Value } from '../../lwm2m/value.ts';
import { DuckDbStore } from '../../store/duckdb-store.ts';
import { DOWNLOADS_MAX, EXPORT_ROWS_MAX, Exports } from '../../store/exports.ts';
import { EVERYTHING } from '../../store/telemetry.ts';
import type { DeviceDetail } from '../management.ts';
import { tokenOf, type Program } from '../testing/program.ts';
import { startWorld, type World } from '../testing/world.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
let world: World;
let viewer: Program;

beforeAll(async () => {
  world = await startWorld();
  viewer = await tokenOf(world, 'viewer');
  const store = new DuckDbStore(world.db);
  store.load();
  let sequence = 1;
  const put = (device: number, path: readonly number[], value: Value, seconds = 0) => {
    const [object = 0, instance = 0, resource = 0, resourceInstance = -1] = path;
    const deviceTime = NOON + seconds * 1_000;
    store.commit([{ table: 'resource', row: {
      sequence: sequence++, device, object, instance, resource, resourceInstance, deviceTime,
      receiveTime: deviceTime + 5, value,
    } }]);
  };
  for (const [id, endpoint] of [[1, 'cellar'], [2, 'roof, "north"']] as const) {
    world.management.add(endpoint, { id });
    const { row } = world.management.device(endpoint) as DeviceDetail;
    store.commit([{ table: 'device', row }]);
  }
  for (const [index, value] of [20, 22, 21, 25].entries()) {
    put(1, [3303, 0, 5700], { type: 'float', value }, index * 30);
    put(2, [3303, 0, 5700], { type: 'float', value: -value }, index * 30);
  }
  put(1, [3303, 0, 5701], { type: 'string', value: 'a "b",\r\nc' });
  put(1, [3, 0, 10], { type: 'integer', value: -9_007_199_254_740_993n });
  put(1, [3, 0, 11, 2], { type: 'unsigned', value: 2n ** 64n - 1n });
  put(1, [3, 0, 13], { type: 'time', value: 1_700_000_000 });
  put(1, [9, 0, 1], { type: 'opaque', value: Uint8Array.of(0xde, 0xad) });
  put(1, [9, 0, 2], { type: 'objlnk', object: 3, instance: 65_534 });
  put(1, [9, 0, 3], { type: 'boolean', value: true });
  put(1, [9, 0, 4], { type: 'float', value: Number.NaN });
  await store.flushed();
});
afterAll(() => world.end());

const rowsOf = async (query: string): Promise<readonly Record<string, unknown>[]> => {
  const { status, body, text } = await viewer.send('GET', `/telemetry${query}`);
  expect(status, text).toBe(200);
  return (body as { rows: Record<string, unknown>[] }).rows;
};

test('values come as they were stored, and go on where the part before ended', async () => {
  const first = await viewer.send('GET', '/telemetry?limit=2');
  expect(first.body).toEqual({ next: 2, rows: [
    { sequence: 1, device: 'cellar', path: '/3303/0/5700', time: NOON, receivedAt: NOON + 5,
      type: 'float', value: 20 },
    { sequence: 2, device: 'roof, "north"', path: '/3303/0/5700', time: NOON,
      receivedAt: NOON + 5, type: 'float', value: -20 },
  ] });
  expect((await viewer.send('GET', '/telemetry?after=15')).body)
    .toMatchObject({ next: null, rows: [{ sequence: 16 }] });
});

test('each type has its form', async () => {
  const rows = await rowsOf('?path=/3&path=/9&path=/3303/0/5701');
  expect(rows.map(({ path, type, value }) => [path, type, value])).toEqual([
    ['/3303/0/5701', 'string', 'a "b",\r\nc'],
    ['/3/0/10', 'integer', '-9007199254740993'],
    ['/3/0/11/2', 'unsigned', '18446744073709551615'],
    ['/3/0/13', 'time', 1_700_000_000_000],
    ['/9/0/1', 'opaque', 'dead'],
    ['/9/0/2', 'objlnk', '3:65534'],
    ['/9/0/3', 'boolean', true],
    ['/9/0/4', 'float', null],
  ]);
});

test.each([
  ['?device=cellar&path=/3303/0/5700', [1, 3, 5, 7]],
  ['?device=cellar&device=roof%2C%20%22north%22&path=/3303/0/5700&limit=3', [1, 2, 3]],
  ['?path=/3/0/11', [11]],
  ['?path=/3/0/11/2', [11]],
  ['?path=/3/0/11/3', []],
  [`?path=/3303&from=${NOON + 60_000}`, [5, 6, 7, 8]],
  ['?path=/3303/0/5700&from=2026-11-22T12:00:30Z&to=2026-11-22T13:01:00%2B01:00', [3, 4]],
])('%s finds what it names', async (query, sequences) => {
  expect((await rowsOf(query)).map(({ sequence }) => sequence)).toEqual(sequences);
});

test('buckets sum up numbers by device, path and time', async () => {
  const all = ['min', 'max', 'mean', 'last', 'count', 'sum'].map((one) => `&aggregate=${one}`);
  expect(await rowsOf(`/buckets?device=cellar&path=/3303&bucket=60${all.join('')}`)).toEqual([
    { time: NOON, device: 'cellar', path: '/3303/0/5700', min: 20, max: 22, mean: 21, last: 22,
      count: 2, sum: 42 },
    { time: NOON + 60_000, device: 'cellar', path: '/3303/0/5700', min: 21, max: 25, mean: 23,
      last: 25, count: 2, sum: 46 },
  ]);
  expect(await rowsOf('/buckets?path=/3303&bucket=86400')).toEqual([
    { time: Date.UTC(2026, 10, 22), device: 'cellar', path: '/3303/0/5700', mean: 22 },
    { time: Date.UTC(2026, 10, 22), device: 'roof, "north"', path: '/3303/0/5700', mean: -22 },
  ]);
});

test('CSV has lines of RFC 4180 and times of RFC 3339', async () => {
  const answer = await viewer.send('GET', '/telemetry.csv?device=cellar&path=/3303/0/5701&path=/3/0/10');
  expect(answer).toMatchObject({
    status: 200, type: 'text/csv; charset=utf-8',
    headers: { 'content-disposition': 'attachment; filename="telemetry.csv"' },
  });
  expect(answer.text).toBe(
    'sequence,device,path,device_time,receive_time,type,number,text\r\n'
    + '9,cellar,/3303/0/5701,2026-11-22T12:00:00.000Z,2026-11-22T12:00:00.005Z,string,,'
    + '"a ""b"",\r\nc"\r\n'
    + '10,cellar,/3/0/10,2026-11-22T12:00:00.000Z,2026-11-22T12:00:00.005Z,integer,'
    + '-9007199254740992.0,-9007199254740993\r\n',
  );
  const buckets = '/telemetry/buckets.csv?path=/3303&bucket=3600&aggregate=max&aggregate=count';
  expect((await viewer.send('GET', buckets)).text).toBe(
    'time,device,path,max,count\r\n'
    + '2026-11-22T12:00:00.000Z,cellar,/3303/0/5700,25.0,4\r\n'
    + '2026-11-22T12:00:00.000Z,"roof, ""north""",/3303/0/5700,-20.0,4\r\n',
  );
});

test('Parquet is read by another DuckDB, and leaves no file behind', async () => {
  const { status, type, bytes } = await viewer.send('GET', '/telemetry.parquet?path=/3303/0/5700');
  expect([status, type]).toEqual([200, 'application/vnd.apache.parquet']);
  const file = join(world.folder, 'answer.parquet');
  writeFileSync(file, bytes);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT device, epoch_ms(min(device_time)), max(number) FROM '${file}' GROUP BY 1 ORDER BY 1`);
  expect(reader.getRows()).toEqual([
    ['cellar', BigInt(NOON), 25], ['roof, "north"', BigInt(NOON), -20],
  ]);
  connection.closeSync();
  instance.closeSync();
  expect(readdirSync(join(world.folder, 'exports'))).toEqual([]);
});

test.each([
  ['/telemetry?device=nobody', 404, 'There is no such device.'],
  ['/telemetry.csv?device=nobody', 404, 'There is no such device.'],
  ['/telemetry?path=/x', 400, '"path.0" is not valid: "/x" is not a path like /3/0/9.'],
  ['/telemetry?from=yesterday', 400, '"from" is not valid: a time is in milliseconds since 1970, '
    + 'or like 2030-01-31T12:00:00Z.'],
  ['/telemetry?limit=10001', 400, '"limit" is too large (the most is 10000).'],
  ['/telemetry.csv?limit=5', 400, 'There is no "limit" in the query.'],
  ['/telemetry/buckets', 400,
    '"bucket" is not valid: write a number.'],
  ['/telemetry/buckets.csv?bucket=0&aggregate=min', 400,
    '"bucket" is too small (the least is 1).'],
  ['/telemetry/buckets?bucket=1&aggregate=median', 400, '"aggregate.0" is not valid: Invalid '
    + 'option: expected one of "min"|"max"|"mean"|"last"|"count"|"sum".'],
])('%s is refused', async (path, status, detail) => {
  expect(await viewer.send('GET', path)).toMatchObject({ status, body: { detail } });
});

test('more buckets than an answer has are refused, not left out', async () => {
  await world.db.write([{ sql: `INSERT INTO resource SELECT 1000 + i, 1, 77, 0, 1, -1,
    epoch_ms(i * 1000), epoch_ms(i * 1000), 'float', i, NULL, NULL, NULL
    FROM range(10001) t(i)`, values: [] }]);
  expect(await viewer.send('GET', '/telemetry/buckets?path=/77&bucket=1')).toMatchObject({
    status: 422, body: { detail: 'This has more than 10000 rows; take wider buckets or less time.' },
  });
  expect(await rowsOf('/buckets?path=/77&bucket=2&aggregate=sum')).toHaveLength(5_001);
});

test('a file has only so many rows, and only so many are made at once', async () => {
  const exports = new Exports(world.db);
  const many = { sql: `SELECT * FROM range(${EXPORT_ROWS_MAX + 1})`, values: [], span: EVERYTHING };
  expect(await exports.make(many, 'csv')).toMatchObject({ reason: { kind: 'too much' } });
  const one = { sql: 'SELECT 1 AS a', values: [], span: EVERYTHING };
  const made = await Promise.all(
    Array.from({ length: DOWNLOADS_MAX }, () => exports.make(one, 'csv')));
  expect(made.every(({ ok }) => ok)).toBe(true);
  expect(await exports.make(one, 'csv')).toMatchObject({ reason: { kind: 'busy' } });
  const [first] = made;
  if (first?.ok === true) {
    first.value.content.destroy();
    await new Promise((resolve) => { first.value.content.once('close', resolve); });
  }
  expect(await exports.make(one, 'csv')).toMatchObject({ ok: true });
  expect(readdirSync(join(world.folder, 'exports'))).toEqual([]);
});

test('values that were moved to Parquet files are answered and downloaded as all others', async () => {
  const before = await rowsOf('?device=cellar');
  const admin = await tokenOf(world, 'admin');
  const question = { sql: 'SELECT device, count(*), sum(number) FROM telemetry GROUP BY ALL ORDER BY 1' };
  const { body: counted } = await admin.send('POST', '/sql', question);
  expect(before.length).toBeGreaterThan(0);
  const csv = (await viewer.send('GET', '/telemetry.csv?device=cellar')).text;
  const { written } = await world.db.retain({
    today: NOON + 86_400_000, keepFrom: undefined, rowsAtOnce: 100_000, bytesAtOnce: 1_000_000,
    tableRowsMax: 100_000,
  });
  expect(written).toBeGreaterThan(0);
  expect(await world.db.query('SELECT 1 FROM resource')).toEqual([]);
  expect(await rowsOf('?device=cellar')).toEqual(before);
  expect((await viewer.send('GET', '/telemetry.csv?device=cellar')).text).toBe(csv);
  expect((await admin.send('POST', '/sql', question)).body).toEqual(counted);
});
