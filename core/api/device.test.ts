// The device procedures over the real database: tree, history, and what people ask of a device.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Value } from '../lwm2m/value.ts';
import { DuckDbStore } from '../store/duckdb-store.ts';
import { operationRow } from '../store/testing.ts';
import type { DeviceDetail } from './management.ts';
import type { Browser } from './testing/browser.ts';
import { auditLines, startWorld, type World } from './testing/world.ts';
import type { DeviceDetailView, EventView, ObjectView, SeriesView } from './views.ts';

let world: World;
let admin: Browser;
let store: DuckDbStore;

beforeAll(async () => {
  world = await startWorld();
  admin = await world.as('admin');
  world.management.add('sensor', { id: 1 });
  store = new DuckDbStore(world.db);
  store.load();
  let sequence = 1;
  const put = (path: readonly number[], value: Value, time = 1_000) => {
    const [object = 0, instance = 0, id = 0, resourceInstance = -1] = path;
    store.commit([{ table: 'resource', row: {
      sequence: sequence++, device: 1, object, instance, resource: id, resourceInstance,
      deviceTime: time, receiveTime: time + 1, value,
    } }]);
  };
  put([3, 0, 0], { type: 'string', value: 'Acme' });
  put([3, 0, 11, 0], { type: 'integer', value: 0n });
  put([3, 0, 11, 1], { type: 'integer', value: 3n });
  put([3, 0, 10], { type: 'integer', value: 9_007_199_254_740_993n });
  put([3, 0, 13], { type: 'time', value: 1_700_000_000 });
  put([9999, 0, 1], { type: 'opaque', value: Uint8Array.of(0xde, 0xad) });
  put([9999, 0, 2], { type: 'objlnk', object: 3, instance: 0 });
  for (const [n, value] of [20, 22, 21, 25].entries()) {
    put([3303, 0, 5700], { type: 'float', value }, 10_000 + n * 1_000);
  }
  put([3303, 0, 5701], { type: 'float', value: Number.NaN });
  for (const type of ['registered', 'updated'] as const) {
    store.commit([{ table: 'event', row: { device: 1, type, at: 5, detail: '', sequences: [] } }]);
  }
  await store.flushed();
});
afterAll(() => world.end());

function resource(objects: readonly ObjectView[], object: number, id: number) {
  return objects.find((found) => found.id === object)
    ?.instances[0]?.resources.find((found) => found.id === id);
}

test.each([['1.0', '1.0'], ['1.1', '1.2'], ['1.2', '1.3']])(
  'an object without a version has that of LwM2M %s: %s', async (lwm2mVersion, version) => {
    world.management.add('versions', { id: 2 });
    const { row, ...others } = world.management.device('versions')!;
    const registration = { ...row.registration!, lwm2mVersion, links: '</4/0>' };
    world.management.devices.set('versions', { ...others, row: { ...row, registration } });
    const { objects } =
      await admin.mustCall<DeviceDetailView>('device.detail', { endpoint: 'versions' });
    world.management.devices.delete('versions');
    expect(objects).toMatchObject([{ id: 4, version }]);
  },
);

test('the tree names what is known and shows what is not', async () => {
  const detail = await admin.mustCall<DeviceDetailView>('device.detail', { endpoint: 'sensor' });
  expect(detail.objects.map(({ id, name, known }) => [id, name, known])).toEqual([
    [3, 'Device', true], [3303, 'Temperature', true], [9999, 'Object 9999', false],
  ]);
  expect(resource(detail.objects, 3303, 5700)).toMatchObject({
    name: 'Sensor Value', type: 'float', operations: 'R', source: 'observed', numeric: true,
    values: [{ resourceInstance: null, value: { type: 'float', value: 25 }, sequence: 11 }],
  });
  expect(resource(detail.objects, 3, 0)).toMatchObject({
    name: 'Manufacturer', source: 'read', numeric: false, values: [{ value: { value: 'Acme' } }],
  });
  expect(resource(detail.objects, 3, 11)?.values.map((value) =>
    [value.resourceInstance, value.value.value])).toEqual([[0, '0'], [1, '3']]);
  expect(resource(detail.objects, 3, 2)).toMatchObject({ source: 'never', values: [] });
  expect(resource(detail.objects, 9999, 1)).toMatchObject({
    name: 'Resource 1', type: 'opaque', values: [{ value: { type: 'opaque', value: 'dead' } }],
  });
  expect(resource(detail.objects, 9999, 2)?.values[0]?.value.value).toBe('3:0');
  expect(resource(detail.objects, 3303, 5701)?.values[0]?.value.value).toBeNull();
});

test('the tree says what an instance may have, and which ones the device lists', async () => {
  const { objects } = await admin.mustCall<DeviceDetailView>('device.detail', {
    endpoint: 'sensor',
  });
  const [device, temperature, unknown] = objects;
  expect(device).toMatchObject({ multiple: false, instances: [{ id: 0, isListed: true }] });
  expect(temperature?.resources.find(({ id }) => id === 5700)).toEqual({
    id: 5700, name: 'Sensor Value', unit: '', type: 'float', operations: 'R', multiple: false,
    mandatory: true, range: '', limits: null, choices: [],
  });
  expect(unknown).toMatchObject({ multiple: true, resources: [] });
  expect(resource(objects, 9999, 1)).toMatchObject({ operations: 'RW', mandatory: false });
});

test('64-bit integers are exact, times are milliseconds', async () => {
  const input = { endpoint: 'sensor' };
  const { objects } = await admin.mustCall<DeviceDetailView>('device.detail', input);
  expect(resource(objects, 3, 10)?.values[0]?.value.value).toBe('9007199254740993');
  expect(resource(objects, 3, 13)?.values[0]?.value.value).toBe(1_700_000_000_000);
});

test('what only the protocol needs is not told', async () => {
  const { text } = await admin.call('device.detail', { endpoint: 'sensor' });
  expect(text).not.toMatch(/tokenBase|c0ffee/);
});

test('a series comes in buckets with the sequence live values go on from', async () => {
  const series = await admin.mustCall<SeriesView>('device.series', {
    endpoint: 'sensor', path: '/3303/0/5700', from: 10_000, to: 14_000, buckets: 2,
  });
  expect(series).toEqual({
    path: '/3303/0/5700', lastSequence: 11,
    points: [
      { time: 10_000, min: 20, mean: 21, max: 22, count: 2 },
      { time: 12_000, min: 21, mean: 23, max: 25, count: 2 },
    ],
  });
});

test('events come newest first', async () => {
  const input = { endpoint: 'sensor', limit: 5 };
  const events = await admin.mustCall<EventView[]>('device.events', input);
  expect(events).toEqual([
    { type: 'updated', at: 5, detail: '' }, { type: 'registered', at: 5, detail: '' },
  ]);
});

test('operations from before the start are shown, each as the server knows it now', async () => {
  const ended = operationRow(1, { status: 'CONFIRMED', attempts: 1, outcome: '2.05' });
  const sending = operationRow(2, { status: 'SENDING' });
  const alien = operationRow(3, { device: 2 });
  for (const row of [ended, sending, alien]) store.commit([{ table: 'device_operation', row }]);
  await store.flushed();
  const news = operationRow(4, { status: 'FAILED', outcome: 'the device answered 4.04' });
  world.management.devices.set('sensor', {
    ...world.management.device('sensor') as DeviceDetail,
    operations: [{ ...sending, status: 'QUEUED' }, news],
  });
  const input = { endpoint: 'sensor' };
  const { operations } = await admin.mustCall<DeviceDetailView>('device.detail', input);
  expect(operations.map(({ id, status, outcome }) => [id, status, outcome])).toEqual([
    [4, 'FAILED', 'the device answered 4.04'], [2, 'QUEUED', ''], [1, 'CONFIRMED', '2.05'],
  ]);
});

test('what a Discover found is told link by link, without an alternate path', async () => {
  const found = operationRow(5, {
    kind: 'discover', path: '/3303', status: 'CONFIRMED',
    answer: '</lwm2m/3303>;ver=1.1;pmin=10,</lwm2m/3303/0/5700>;gt=22.5',
  });
  store.commit([{ table: 'device_operation', row: found }]);
  await store.flushed();
  const endpoint = 'sensor';
  expect(await admin.mustCall('device.links', { endpoint, operation: 5 })).toEqual([
    { path: '/3303', attributes: [{ name: 'ver', value: '1.1' }, { name: 'pmin', value: '10' }] },
    { path: '/3303/0/5700', attributes: [{ name: 'gt', value: '22.5' }] },
  ]);
  const { operations } = await admin.mustCall<DeviceDetailView>('device.detail', { endpoint });
  expect(operations[0]).toMatchObject({ id: 5, answer: '' });
  for (const operation of [1, 99]) {
    expect(await admin.call('device.links', { endpoint, operation })).toMatchObject({
      status: 404, sentence: 'There is no such Discover any more.',
    });
  }
});

test('what is asked of a device is durable before it is answered, and audited', async () => {
  const { asked } = world.management;
  const endpoint = 'sensor';
  const wish = { kind: 'read', path: '/3/0' };
  expect(await admin.mustCall('device.request', { endpoint, wish }))
    .toMatchObject({ path: '/3/0', status: 'QUEUED', requestedBy: 'admin' });
  await admin.mustCall('device.setObserved', { endpoint, path: '/3/0/9', observed: true });
  await admin.mustCall('device.describe', { endpoint, displayName: ' Roof ', tags: ['north'] });
  await admin.mustCall('device.provision', { endpoint: 'new one' });
  await admin.mustCall('device.forget', { endpoint });
  expect(asked).toEqual([
    'read sensor /3/0 by admin', 'durable 7', 'observe sensor /3/0/9', 'durable 7',
    'describe sensor Roof north', 'durable 7', 'provision new one', 'durable 7',
    'forget sensor', 'durable 7',
  ]);
  expect((await auditLines(world.db)).slice(-4)).toEqual([
    'admin: observation on sensor /3/0/9', 'admin: device described sensor',
    'admin: device provisioned new one', 'admin: device forgotten sensor',
  ]);
});

test.for<[object, string]>([
  [{ observe: ['3303'] }, '"wanted.observe.0" is not valid: write a path like /3/0'],
  [{ hold: { '/1/0': 5 } }, '"wanted.hold./1/0" is not valid: write a resource like /1/0/1'],
  [{ attributes: { '/3': { pmin: 'soon' } } },
    '"wanted.attributes./3.pmin" is not valid: write a whole number.'],
  [{ attributes: { '/3': { pmn: 1 } } },
    '"wanted.attributes./3" is not valid: write attributes like { pmin: 10, pmax: 60 }.'],
  [{ attributes: { '/3': { gt: '' } } },
    '"wanted.attributes./3.gt" is not valid: write a number.'],
  [{ attributes: { '/3': { pmin: 9, pmax: 5 } } },
    '"wanted.attributes./3" is not valid: pmin 9 is more than pmax 5'],
  [{ eventLog: { class: 256 } }, '"wanted.eventLog.class" is too large (the most is 255).'],
])('what is wrong with a declaration is said with its place: %j', async ([wanted, sentence]) => {
  expect(await admin.call('device.declare', { endpoint: 'sensor', wanted })).toMatchObject({
    status: 400, sentence: expect.stringContaining(sentence) as string,
  });
});

test('attributes that contradict each other may be asked of a device', async () => {
  const wish = {
    kind: 'write-attributes', path: '/3/0/9', attributes: { pmin: 9, pmax: 5 }, isForced: true,
  };
  expect(await admin.mustCall('device.request', { endpoint: 'sensor', wish }))
    .toMatchObject({ path: '/3/0/9', status: 'QUEUED' });
});

test('what the server refuses and who is not there are said so', async () => {
  const wish = { kind: 'read', path: '/1/0' };
  expect(await admin.call('device.request', { endpoint: 'sensor', wish }))
    .toMatchObject({ status: 409, sentence: 'The Server object is not read.' });
  for (const procedure of ['device.detail', 'device.forget']) {
    expect(await admin.call(procedure, { endpoint: 'nobody' }))
      .toMatchObject({ status: 404, sentence: 'There is no such device.' });
  }
});

test('the server and the fleet', async () => {
  expect(await admin.mustCall('server.facts')).toMatchObject({
    version: '0.1.0', http: world.api.addresses, coap: ['coap://127.0.0.1:5683'],
    now: world.clock.now(),
  });
  const query = {
    search: '', state: 'all', sort: 'endpoint', descending: false, offset: 0, limit: 10,
  };
  expect(await admin.mustCall('fleet.window', query)).toMatchObject({
    total: 1, rows: [{ endpoint: 'sensor', state: 'awake', batteryPercent: 80 }],
  });
  expect((await admin.call('fleet.window', { ...query, limit: 201 })).status).toBe(400);
  expect(await admin.mustCall('fleet.refusals')).toEqual([]);
});
