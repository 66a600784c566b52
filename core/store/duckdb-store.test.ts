// Stories of the store: what is committed comes back, in groups, exactly, across restarts.

import { afterAll, afterEach, expect, test, vi } from 'vitest';
import type { Value } from '../lwm2m/value.ts';
import type { Ticket } from '../ports.ts';
import type { AlertRow, Change, DeviceRow } from './changes.ts';
import { openDatabase, type Database } from './database.ts';
import { CHANGE_LENGTH, DuckDbStore, UNSTORED_CHANGES_MAX } from './duckdb-store.ts';
import { events, latestValues, operations, valuesAfter, pastAlerts } from './history.ts';
import {
  deviceRow, logRow, newFolder, NOON, operationRow, registrationRow, removeFolders, telemetryRow,
} from './testing.ts';

const opened: Database[] = [];

async function open(folder: string): Promise<{ db: Database; store: DuckDbStore }> {
  const db = await openDatabase({ folder });
  opened.push(db);
  return { db, store: new DuckDbStore(db) };
}

function device(row: DeviceRow): Change {
  return { table: 'device', row };
}

function telemetry(sequence: number, value: Value, of = 1): Change {
  return { table: 'resource', row: telemetryRow(sequence, value, { device: of }) };
}

afterEach(async () => {
  vi.useRealTimers();
  for (const db of opened.splice(0)) await db.close();
});
afterAll(removeFolders);

test('a new data folder begins with nothing but a random seed', async () => {
  const facts = (await open(newFolder())).store.load();
  const { messageIdSeed, ...rest } = facts;
  expect(rest).toEqual({
    devices: [], operations: [], alerts: [], credentials: [], certificates: [], associations: [],
    dtlsSessions: [],
    nextSequence: 1, nextDevice: 1, nextOperation: 1, nextAlert: 1, nextAssociation: 1,
  });
  expect(Number.isInteger(messageIdSeed) && messageIdSeed >= 0 && messageIdSeed < 2 ** 32)
    .toBe(true);
});

test('a restart gives back the alerts that are raised or muted, and their next id', async () => {
  const folder = newFolder();
  const alert = (id: number, change: Partial<AlertRow> = {}): AlertRow => ({
    id, device: 1, rule: 'too warm', severity: 'warning', path: '/3303/0/5700', detail: '31',
    raisedAt: NOON, clearedAt: undefined, acknowledgedBy: '', acknowledgedAt: undefined,
    mutedUntil: undefined, ...change,
  });
  const raised = alert(1, { acknowledgedBy: 'op', acknowledgedAt: NOON + 1 });
  const muted = alert(2, { clearedAt: NOON, mutedUntil: Date.UTC(2099, 0, 1) });
  const first = await open(folder);
  first.store.commit([device(deviceRow(1)), { table: 'alert', row: alert(1) }]);
  await first.store.flushed();
  const past = alert(3, { clearedAt: NOON + 5 });
  // It would have been raised at the end of a mute, and was over before.
  const unseen = alert(4, { raisedAt: NOON + 9, clearedAt: NOON + 6, mutedUntil: NOON + 9 });
  first.store.commit([raised, muted, past, unseen].map((row): Change => ({ table: 'alert', row })));
  await first.store.flushed();
  const { device: _, ...shown } = past;
  expect((await pastAlerts(first.db, 1))[0]).toEqual({ ...shown, endpoint: 'urn:imei:1000001' });
  await first.db.close();
  const facts = (await open(folder)).store.load();
  expect(facts.alerts).toEqual([raised, muted]);
  expect(facts.nextAlert).toBe(5);
});

test('a restart gives back every fact of devices and open operations', async () => {
  const folder = newFolder();
  const rows = [
    deviceRow(1),
    deviceRow(2, {
      endpoint: 'x', displayName: 'Pump "7"', tags: ['north', 'a,b', '\u0000'], ended: 'expired',
      registration: undefined, batteryPercent: 93.5, signalDbm: -101, firmwareVersion: '1.2.3',
      manufacturer: 'Zephyr', model: 'nRF', firmwareState: 3, observeAlso: ['/3303/0/5701'],
      observeNever: ['/5/0/3', '/3/0/9'],
    }),
    deviceRow(3, {
      ended: 'never registered', registration: registrationRow({
        lifetime: 4_294_967_295, queueMode: false, smsNumber: '+15550100', expiresAt: NOON + 5e12,
        unknownParameters: ['foo=bar', 'q'], observed: ['', '/3/0/9'], host: '2001:db8::1',
      }),
    }),
  ];
  const first = await open(folder);
  const seed = first.store.load().messageIdSeed;
  first.store.commit([
    ...rows.map(device),
    { table: 'device_operation', row: operationRow(4) },
    { table: 'device_operation', row: operationRow(5, { status: 'SENDING', attempts: 2 }) },
    { table: 'device_operation', row: operationRow(6, { status: 'FAILED', outcome: '4.04' }) },
    telemetry(41, { type: 'float', value: 1 }),
  ]);
  await first.store.flushed();
  await first.db.close();

  const facts = (await open(folder)).store.load();
  expect(facts.devices.toSorted((a, b) => a.id - b.id)).toEqual(rows);
  expect(facts.operations).toEqual(
    [operationRow(4), operationRow(5, { status: 'SENDING', attempts: 2 })]);
  expect(facts).toMatchObject(
    { messageIdSeed: seed, nextDevice: 4, nextOperation: 7, nextSequence: 42 });
});

test('equal link strings and equal lists are one object after a restart', async () => {
  const folder = newFolder();
  const first = await open(folder);
  first.store.commit([device(deviceRow(1)), device(deviceRow(2))]);
  await first.store.flushed();
  await first.db.close();
  const [a, b] = (await open(folder)).store.load().devices;
  expect(a?.registration?.observed).toBe(b?.registration?.observed);
  expect(a?.registration?.links).toBe(b?.registration?.links);
});

const HUGE = new Uint8Array(3_000_000).map((_, index) => index * 7);
const VALUES: readonly [string, Value][] = [
  ['an empty string', { type: 'string', value: '' }],
  ['SQL in a string', { type: 'string', value: `'); DROP TABLE resource; --` }],
  ['a NUL in a string', { type: 'string', value: 'a\u0000b' }],
  ['many scripts', { type: 'string', value: '\u{1F600}\u05D0\u4E2D\uFFFE'.repeat(500) }],
  ['the least integer', { type: 'integer', value: -(2n ** 63n) }],
  ['the greatest integer', { type: 'integer', value: 2n ** 63n - 1n }],
  ['an integer no double holds', { type: 'integer', value: 9_007_199_254_740_993n }],
  ['zero', { type: 'unsigned', value: 0n }],
  ['the greatest unsigned', { type: 'unsigned', value: 2n ** 64n - 1n }],
  ['a float', { type: 'float', value: 0.1 }],
  ['minus zero', { type: 'float', value: -0 }],
  ['not a number', { type: 'float', value: NaN }],
  ['infinity', { type: 'float', value: -Infinity }],
  ['the least float', { type: 'float', value: 5e-324 }],
  ['true', { type: 'boolean', value: true }],
  ['false', { type: 'boolean', value: false }],
  ['no bytes', { type: 'opaque', value: new Uint8Array(0) }],
  ['bytes that are no text', { type: 'opaque', value: Uint8Array.of(0, 255, 254, 128) }],
  ['three megabytes', { type: 'opaque', value: HUGE }],
  ['a time before 1970', { type: 'time', value: -1 }],
  ['a time past 2^32', { type: 'time', value: 8_589_934_592 }],
  ['the last objlnk', { type: 'objlnk', object: 65_535, instance: 65_535 }],
  ['a corelnk', { type: 'corelnk', value: '</3/0>;ver=1.1' }],
];

test('a value of every type comes back exactly', async () => {
  const { db, store } = await open(newFolder());
  for (const [index, [, value]] of VALUES.entries()) {
    store.commit([telemetry(1, value, index)]);
  }
  await store.flushed();
  for (const [index, [name, value]] of VALUES.entries()) {
    const [stored, ...more] = await latestValues(db, index);
    expect(more).toEqual([]);
    expect(stored).toMatchObject({
      sequence: 1, object: 3303, instance: 0, resource: 5700, resourceInstance: -1,
      deviceTime: NOON + 1_000, receiveTime: NOON + 1_040,
    });
    expect(bytesAsHex(stored?.value), name).toEqual(bytesAsHex(value));
  }
});

/** Comparing megabytes element by element takes seconds. */
function bytesAsHex(value: Value | undefined): unknown {
  return value?.type === 'opaque' ? Buffer.from(value.value).toString('hex') : value;
}

test('values of all types in one group keep their rows apart', async () => {
  const { db, store } = await open(newFolder());
  const rows = Array.from({ length: 9_000 }, (_, index) => ({
    sequence: index + 1, value: VALUES[index % VALUES.length]?.[1] as Value,
  })).filter(({ value }) => value.type !== 'opaque' || value.value.length < 100);
  store.commit(rows.map(({ sequence, value }) => telemetry(sequence, value)));
  await store.flushed();
  const path =
    { device: 1, object: 3303, instance: 0, resource: 5700, resourceInstance: -1 };
  const stored = await valuesAfter(db, path, 0, 10_000);
  expect(stored.map(({ sequence, value }) => ({ sequence, value }))).toEqual(rows);
});

test('ids at their limits and impossible device times are stored sensibly', async () => {
  const { db, store } = await open(newFolder());
  const times = [NaN, Infinity, -1e300, 1.5, -8.64e15];
  store.commit(times.map((deviceTime, index) => ({
    table: 'resource', row: telemetryRow(2 ** 40 + index, { type: 'boolean', value: true }, {
      object: 65_534, instance: 65_534, resource: 65_534, resourceInstance: 65_534 - index,
      deviceTime, receiveTime: NOON + index,
    }),
  })));
  await store.flushed();
  const values = await latestValues(db, 1);
  expect(values.map((value) => value.deviceTime).toReversed())
    .toEqual([NOON, NOON + 1, NOON + 2, 1, -8.64e15]);
  expect(values[0]).toMatchObject({
    sequence: 2 ** 40 + 4, object: 65_534, instance: 65_534, resource: 65_534,
    resourceInstance: 65_530,
  });
});

test('tickets come back in order, each once, the highest of a group', async () => {
  const { store } = await open(newFolder());
  const committed: Ticket[] = [];
  store.onCommitted((ticket) => committed.push(ticket));
  const first = store.commit([telemetry(1, { type: 'float', value: 1 })]);
  expect(store.commit([])).toBe(first);
  expect(store.backlog()).toBe(1);
  expect(committed).toEqual([]);
  await store.flushed();
  expect(committed).toEqual([first]);
  expect(store.backlog()).toBe(0);
  const second = store.commit([telemetry(2, { type: 'float', value: 1 })]);
  expect(second).toBeGreaterThan(first);
  await store.flushed();
  expect(store.commit([])).toBeGreaterThan(second);
  await store.flushed();
  expect(committed).toEqual([first, second, second + 1]);
});

test('what is committed while a group is in flight goes into the next group', async () => {
  const { db, store } = await open(newFolder());
  const counts: [Ticket, number][] = [];
  let sequence = 1;
  store.onCommitted((ticket) => {
    counts.push([ticket, sequence]);
    if (sequence < 6) store.commit([telemetry(++sequence, { type: 'float', value: 1 })]);
  });
  store.commit([telemetry(sequence, { type: 'float', value: 1 })]);
  await store.settled();
  expect(counts.map(([ticket]) => ticket)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await db.query('SELECT count(*) AS n FROM resource')).toEqual([{ n: 6n }]);
});

test('of a row that changes twice in a group, and again later, the last state stands', async () => {
  const folder = newFolder();
  const { store, db } = await open(folder);
  store.commit([device(deviceRow(1)), device(deviceRow(1, { displayName: 'second' }))]);
  store.commit([{ table: 'device_operation', row: operationRow(1) }]);
  await store.flushed();
  store.commit([device(deviceRow(1, { displayName: 'third', lastSeenAt: NOON + 9 }))]);
  store.commit([{ table: 'device_operation', row: operationRow(1, { status: 'CONFIRMED' }) }]);
  await store.flushed();
  expect(await operations(db, { limit: 10 })).toEqual([operationRow(1, { status: 'CONFIRMED' })]);
  await db.close();
  const facts = (await open(folder)).store.load();
  expect(facts.devices).toEqual([deviceRow(1, { displayName: 'third', lastSeenAt: NOON + 9 })]);
  expect(facts.operations).toEqual([]);
});

test('a forgotten device leaves nothing behind, and its ids are not given again', async () => {
  const folder = newFolder();
  const { store, db } = await open(folder);
  const ofDevice = (id: number): Change[] => [
    device(deviceRow(id)),
    telemetry(id * 10, { type: 'float', value: id }, id),
    {
      table: 'event',
      row: { device: id, type: 'registered', at: NOON, detail: '', sequences: [10 * id] },
    },
    { table: 'device_operation', row: operationRow(id, { device: id }) },
    { table: 'device_log', row: logRow('up', { device: id }) },
  ];
  store.commit([...ofDevice(1), ...ofDevice(2), ...ofDevice(3)]);
  await store.flushed();
  const last = telemetry(31, { type: 'float', value: 0 }, 3);
  store.commit([{ table: 'device forgotten', id: 3 }, last]);
  store.commit([{ table: 'device forgotten', id: 2 }]);
  await store.flushed();
  for (const [table, column] of [
    ['device', 'id'], ['resource', 'device'], ['event', 'device'], ['device_operation', 'device'],
    ['event_resource', 'event'], ['device_log', 'device'],
  ]) {
    expect(await db.query(`SELECT ${column} AS id FROM ${table}`), table)
      .toEqual([{ id: table === 'event_resource' ? 1n : 1 }]);
  }
  await db.close();
  const again = await open(folder);
  expect(again.store.load())
    .toMatchObject({ nextDevice: 4, nextOperation: 4, nextSequence: 32 });
  again.store.commit([{
    table: 'event',
    row: { device: 1, type: 'updated', at: NOON + 1, detail: 'x', sequences: [11, 12] },
  }, { table: 'device_log', row: logRow('down') }]);
  await again.store.flushed();
  expect(await again.db.query('SELECT id FROM device_log ORDER BY id'))
    .toEqual([{ id: 1n }, { id: 4n }]);
  expect(await again.db.query('SELECT id FROM event ORDER BY id'))
    .toEqual([{ id: 1n }, { id: 4n }]);
  expect(await again.db.query('SELECT event, sequence FROM event_resource ORDER BY sequence'))
    .toEqual([[1n, 10n], [4n, 11n], [4n, 12n]].map(([event, sequence]) => ({ event, sequence })));
  expect(await events(again.db, { device: 1, limit: 5 })).toEqual([
    { device: 1, type: 'updated', at: NOON + 1, detail: 'x' },
    { device: 1, type: 'registered', at: NOON, detail: '' },
  ]);
});

test('a burst far beyond the first buffers is one group, and the buffers serve again', async () => {
  const { db, store } = await open(newFolder());
  const text = 'x'.repeat(100);
  for (let round = 0; round < 3; round++) {
    for (let index = 1; index <= 20_000; index++) {
      store.commit([telemetry(round * 20_000 + index, { type: 'string', value: text + index })]);
    }
    expect(store.backlog()).toBe(20_000);
    await store.flushed();
  }
  expect(await db.query(`SELECT count(*) AS n FROM resource
    WHERE txt = '${text}' || (CASE sequence % 20000 WHEN 0 THEN 20000 ELSE sequence % 20000 END)`))
    .toEqual([{ n: 60_000n }]);
});

test('a group waits while the database is as far behind as it may be, and no longer', async () => {
  const { store } = await open(newFolder());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
  const committed: Ticket[] = [];
  store.onCommitted((ticket) => committed.push(ticket));
  // One row that changes again and again counts each time, and is written once.
  const changes = 1_000;
  const long = device(deviceRow(1, { declared: 'x'.repeat(CHANGE_LENGTH * (changes - 1)) }));
  const first = store.commit(Array(UNSTORED_CHANGES_MAX / changes).fill(long));
  expect(store.backlog()).toBe(UNSTORED_CHANGES_MAX);
  vi.runAllTimers();
  await store.flushed();
  // The database has heard of the group in this very turn, so that it cannot have stored it.
  const second = store.commit([telemetry(1, { type: 'float', value: 1 })]);
  vi.runAllTimers();
  // Had the second begun, this would be of a third.
  const other = store.commit([telemetry(2, { type: 'float', value: 1 })]);
  expect(store.backlog()).toBe(2);
  vi.useRealTimers();
  await store.flushed();
  expect(other).toBe(second);
  expect(committed).toEqual([first, second]);
  expect(store.backlog()).toBe(0);
});
