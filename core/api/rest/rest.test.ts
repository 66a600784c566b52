// The REST interface over HTTP: every route with every role, what is sent and answered, errors, and
// the description that is made of it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { DuckDbStore } from '../../store/duckdb-store.ts';
import { logRow, operationRow } from '../../store/testing.ts';
import { WAITING_MAX } from '../endings.ts';
import type { DeviceDetail } from '../management.ts';
import { RANK } from '../roles.ts';
import { alertView } from '../testing/fake-management.ts';
import { tokenOf, type Program } from '../testing/program.ts';
import { startWorld, until, type World } from '../testing/world.ts';
import { jsonSchema, type JsonSchema } from './route.ts';
import { ROUTES } from './routes.ts';

let world: World;
let viewer: Program;
let operator: Program;
let admin: Program;
let nobody: Program;
let store: DuckDbStore;

beforeAll(async () => {
  world = await startWorld();
  [viewer, operator, admin] =
    [await tokenOf(world, 'viewer'), await tokenOf(world, 'operator'), await tokenOf(world, 'admin')];
  nobody = await tokenOf(world, undefined);
  world.management.add('a/b c', { id: 1 });
  store = new DuckDbStore(world.db);
  store.load();
  const device = world.management.device('a/b c') as DeviceDetail;
  store.commit([{ table: 'device', row: device.row }]);
  await store.flushed();
});
afterAll(() => world.end());

const DEVICE = '/devices/a%2Fb%20c';

test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s lets in who may call its procedure', async (_, { method, path, audience }) => {
    const place = path.replace(/\{\w+\}/g, '0');
    for (const [role, program] of [
      ['anyone', nobody], ['viewer', viewer], ['operator', operator], ['admin', admin],
    ] as const) {
      const { status } = await program.send(method, `${place}?nonsense=1`, {});
      if (RANK[role] >= RANK[audience]) expect([400, 404, 200], role).toContain(status);
      else expect(status, role).toBe(role === 'anyone' ? 401 : 403);
    }
  },
);

test('devices are listed with what was left out as usual', async () => {
  expect(await viewer.send('GET', '/devices')).toMatchObject({
    status: 200, type: 'application/json; charset=utf-8',
    body: { total: 1, offset: 0, rows: [{ endpoint: 'a/b c', state: 'awake' }] },
  });
  expect((await viewer.send('GET', '/devices?offset=1&limit=1&descending=true')).body)
    .toMatchObject({ total: 1, offset: 1, rows: [] });
});

test('a device is read, named, told what is wanted, observed, made known and forgotten', async () => {
  expect((await viewer.send('GET', DEVICE)).body)
    .toMatchObject({ endpoint: 'a/b c', objects: [{ id: 3 }, { id: 3303 }, { id: 9999 }] });
  world.management.asked.length = 0;
  for (const [method, path, body] of [
    ['PUT', DEVICE, { displayName: 'Roof', tags: ['x'] }],
    ['PUT', `${DEVICE}/wanted`, { hold: { '/1/0/1': 60 } }],
    ['PUT', `${DEVICE}/observations`, { path: '/3/0/9', observed: true }],
    ['POST', '/devices', { endpoint: 'new' }],
    ['DELETE', DEVICE, undefined],
  ] as const) {
    const { status, text } = await admin.send(method, path, body);
    expect([status, text], path).toEqual([204, '']);
  }
  expect(world.management.asked.filter((line) => !line.startsWith('durable'))).toEqual([
    'describe a/b c Roof x', 'declare a/b c {"/1/0/1":60}', 'observe a/b c /3/0/9',
    'provision new', 'forget a/b c',
  ]);
});

test('an operation that takes longer is answered with its address', async () => {
  const answer = await operator.send('POST', `${DEVICE}/operations`, { kind: 'read', path: '/3/0' });
  expect(answer).toMatchObject({
    status: 202, headers: { location: `/rest/v1${DEVICE}/operations/1` },
    body: { operation: { id: 1, status: 'QUEUED', requestedBy: 'operator' }, values: null },
  });
});

test('an operation that ends in time is answered with its values, which are kept', async () => {
  const sent = operator.send('POST', `${DEVICE}/operations?wait=60`, { kind: 'read', path: '/3' });
  await until(() => world.api.endings.waiting === 1);
  const endpoint = 'a/b c';
  const row = operationRow(1, { path: '/3', status: 'CONFIRMED', outcome: '2.05' });
  const ending = { kind: 'answered', code: 0x45, words: '' } as const;
  world.management.tell({
    kind: 'operation', endpoint, row: { ...row, id: 2 }, entries: [], ending,
  });
  world.management.tell({ kind: 'operation', endpoint, row, ending, entries: [
    { path: { object: 3, instance: 0, resource: 10 } as never, value: { type: 'integer', value: 7n } },
  ] });
  const values = [{ path: '/3/0/10', type: 'integer', value: '7' }];
  expect(await sent).toMatchObject({
    status: 200, body: { operation: { status: 'CONFIRMED', outcome: '2.05' }, values },
  });
  store.commit([{ table: 'device_operation', row }]);
  await store.flushed();
  const later = await viewer.send('GET', `${DEVICE}/operations/1`);
  expect(later).toMatchObject({ status: 200, body: { operation: { id: 1 }, values } });
  expect((await viewer.send('GET', `${DEVICE}/operations`)).body)
    .toMatchObject({ items: [{ id: 1 }], next: null });
  expect((await viewer.send('GET', `${DEVICE}/operations/7`)).status).toBe(404);
});

test('waiting ends by itself, and only so many wait', async () => {
  const wish = { kind: 'read', path: '/3/0' };
  const sent = operator.send('POST', `${DEVICE}/operations?wait=10`, wish);
  await until(() => world.api.endings.waiting === 1);
  world.clock.advance(10_000);
  expect((await sent).status).toBe(202);
  const { endings } = world.api;
  const all = Array.from({ length: WAITING_MAX }, () => endings.wait(5, 1_000));
  expect(await endings.wait(5, 1_000)).toBeUndefined();
  world.clock.advance(1_000);
  expect(new Set(await Promise.all(all))).toEqual(new Set([undefined]));
  expect(endings.waiting).toBe(0);
});

test('an operation is taken back', async () => {
  expect((await operator.send('DELETE', `${DEVICE}/operations/1`)).status).toBe(204);
  expect(await operator.send('DELETE', `${DEVICE}/operations/2`))
    .toMatchObject({ status: 409, body: { detail: 'it has ended' } });
});

test('alerts are listed, acknowledged and muted', async () => {
  world.management.raised = [alertView(7)];
  world.management.asked.length = 0;
  const [listed] = (await viewer.send('GET', '/alerts')).body as [object];
  expect(listed).toMatchObject({ id: 7, rule: 'hot', acknowledgedBy: '' });
  expect((await operator.send('POST', '/alerts/7/acknowledge')).status).toBe(204);
  expect((await operator.send('POST', '/alerts/7/mute', { seconds: 60 })).status).toBe(204);
  expect(world.management.asked.filter((line) => !line.startsWith('durable')))
    .toEqual(['acknowledge 7 by operator', `mute 7 until ${world.clock.now() + 60_000}`]);
  const { endpoint: _, ...row } = { ...alertView(8), device: 1, clearedAt: 6 };
  store.commit([{ table: 'alert', row }]);
  await store.flushed();
  for (const [alert, status, detail] of [
    [8, 409, 'it was cleared already'], [999_999, 404, 'There is no such alert.'],
  ] as const) {
    expect(await operator.send('POST', `/alerts/${alert}/acknowledge`))
      .toMatchObject({ status, body: { detail } });
    expect(await operator.send('POST', `/alerts/${alert}/mute`, { seconds: 60 }))
      .toMatchObject({ status, body: { detail } });
  }
  expect(await operator.send('POST', '/alerts/7/mute', { seconds: 1 })).toMatchObject({ status: 400 });
});

test('logs are listed, narrowed and downloaded', async () => {
  store.commit([
    logRow('up'), logRow('down', { severity: 3 }), logRow('stray', { device: undefined }),
  ].map((row) => ({ table: 'device_log', row })));
  await store.flushed();
  const place = 'endpoint=a%2Fb%20c';
  const texts = async (query: string): Promise<string[]> =>
    ((await viewer.send('GET', `/logs${query}`)).body as { rows: { text: string }[] }).rows
      .map(({ text }) => text);
  expect(await texts(`?${place}`)).toEqual(['down', 'up']);
  expect(await texts(`?${place}&severity=4`)).toEqual(['down']);
  expect(await texts(`?${place}&search=UP&limit=1`)).toEqual(['up']);
  expect(await texts(`?${place}&before=2`)).toEqual(['up']);
  expect(await texts('')).toEqual(['stray']);
  const file = await viewer.send('GET', `/logs.txt?${place}&severity=7`);
  expect(file).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8' });
  expect(file.text.split('\n').map((line) => line.split('\t').at(-1))).toEqual(['up', 'down', '']);
  expect((await viewer.send('GET', '/logs?endpoint=nobody')).status).toBe(404);
});

test('a device whose name is a number is found', async () => {
  world.management.add('4711', { id: 9 });
  expect((await viewer.send('GET', '/devices/4711')).body).toMatchObject({ endpoint: '4711' });
  expect((await viewer.send('GET', '/logs?endpoint=4711')).status).toBe(200);
  world.management.devices.delete('4711');
});

test('events come in parts, newest first', async () => {
  for (const type of ['registered', 'updated', 'expired'] as const) {
    store.commit([{ table: 'event', row: { device: 1, type, at: 5, detail: '', sequences: [] } }]);
  }
  await store.flushed();
  const first = await viewer.send('GET', '/events?limit=2');
  expect(first.body).toMatchObject({ next: 2, items: [
    { id: 3, endpoint: 'a/b c', type: 'expired', at: 5 }, { id: 2, type: 'updated' },
  ] });
  expect((await viewer.send('GET', '/events?limit=2&before=2&endpoint=a%2Fb%20c')).body)
    .toMatchObject({ next: null, items: [{ id: 1, type: 'registered' }] });
  expect((await viewer.send('GET', '/events?endpoint=x')).status).toBe(404);
});

test.each([
  ['GET', '/devices?limit=x', undefined, 400,
    '"limit" is not valid: write a number.'],
  ['GET', '/devices?colour=red', undefined, 400, 'There is no "colour" in the query.'],
  ['GET', '/devices/nobody', undefined, 404, 'There is no such device.'],
  ['POST', `${DEVICE}/operations`, { kind: 'read', path: '/70000' }, 400,
    '"wish.path" is not valid: "/70000" has an id above 65534.'],
  ['POST', `${DEVICE}/operations`, { kind: 'reed', path: '/3' }, 400,
    '"wish.kind" is not valid: read, discover, delete, write, write-attributes, execute, create, '
    + 'read-composite or write-composite is meant.'],
  ['POST', `${DEVICE}/operations?wait=61`, { kind: 'read', path: '/3' }, 400,
    '"wait" is too large (the most is 60).'],
  ['POST', `${DEVICE}/operations`, { kind: 'read', path: '/1/0' }, 409,
    'The Server object is not read.'],
  ['PUT', DEVICE, { endpoint: 'other', displayName: 1 }, 400,
    '"displayName" is not valid: write a text.'],
  ['GET', '/nothing', undefined, 404, 'There is nothing here.'],
  ['PUT', '/devices', {}, 404, 'There is nothing here.'],
] as const)('%s %s is answered as a problem', async (method, path, body, status, detail) => {
  const answer = await admin.send(method, path, body);
  expect(answer).toMatchObject({
    status, type: 'application/problem+json; charset=utf-8', body: { type: 'about:blank', status, detail },
  });
});

test('a program without a token, or with a wrong one, is told so', async () => {
  expect(await nobody.send('GET', '/devices')).toMatchObject({
    status: 401, headers: { 'www-authenticate': 'Bearer' }, type: 'application/problem+json; charset=utf-8',
    body: { title: 'Unauthorized', detail: 'Please log in.' },
  });
  const browser = world.browser();
  const wrong = await browser.fetch('GET', '/rest/v1/me', { authorization: 'Bearer wrong' });
  expect([wrong.status, wrong.headers['www-authenticate']]).toEqual([401, 'Bearer']);
  expect((await nobody.send('GET', '/me')).text).toBe('null');
  expect((await viewer.send('GET', '/me')).body).toMatchObject({ name: 'viewer', role: 'viewer' });
});

test('a cookie opens it as well, but no change that another site asks for', async () => {
  const browser = await world.as('admin');
  expect((await browser.fetch('GET', '/rest/v1/devices')).status).toBe(200);
  browser.origin = 'https://example.org';
  const { status, headers } = await browser.fetch('DELETE', `/rest/v1${DEVICE}`);
  expect([status, headers['content-type']]).toEqual([403, 'application/problem+json; charset=utf-8']);
});

test('every answer keeps what its schema promises, and says nothing beyond it', async () => {
  const made = await admin.send('POST', '/webhooks', { url: 'http://x/', events: ['expired'] });
  world.management.raised = [alertView(7)];
  const found = operationRow(2, { kind: 'discover', status: 'CONFIRMED', answer: '</3>;pmin=1' });
  store.commit([{ table: 'device_operation', row: found }]);
  await store.flushed();
  for (const { method, path, output } of ROUTES) {
    if (method !== 'GET' || output === undefined) continue;
    const place = path.replace('{endpoint}', 'a%2Fb%20c').replace('{operation}/links', '2/links')
      .replace('{operation}', '1')
      .replace('{webhook}', (made.body as { id: string }).id)
      .replace('buckets', 'buckets?bucket=1');
    const { status, body } = await admin.send('GET', place);
    expect(status, path).toBe(200);
    // Parsing leaves out what the schema does not name.
    expect(output.parse(body), path).toEqual(body);
  }
});

const ASKING = ['POST /devices/{endpoint}/operations', 'PUT /devices/{endpoint}/file'];

test('the description has the very statuses that are answered', async () => {
  const { body } = await nobody.send('GET', '/openapi.json');
  const { paths } = body as { paths: Record<string, Record<string, { responses: object }>> };
  for (const { method, path, successes, output, download } of ROUTES) {
    const { default: _, ...told } = (paths[path]?.[method.toLowerCase()]?.responses ?? {}) as
      Record<string, { content?: object; headers?: object }>;
    const name = `${method} ${path}`;
    const meant = name === 'POST /webhooks' ? ['201']
      : ASKING.includes(name) ? ['200', '202']
        : output === undefined && download === undefined ? ['204'] : ['200'];
    expect(Object.keys(told), name).toEqual(meant);
    for (const { status, location } of successes) {
      expect(Object.keys(told[status]?.headers ?? {}), name)
        .toEqual(location === undefined ? [] : ['Location']);
      expect(told[status]?.content !== undefined, name).toBe(status !== 204);
    }
  }
});

test('the description is OpenAPI 3.1 of all routes, for everybody', async () => {
  const { status, body } = await nobody.send('GET', '/openapi.json');
  const document = body as {
    openapi: string; paths: Record<string, Record<string, {
      operationId: string; parameters: { name: string; required: boolean; schema: JsonSchema }[];
    }>>;
  };
  expect([status, document.openapi]).toEqual([200, '3.1.0']);
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  expect(operations).toHaveLength(ROUTES.length);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(ROUTES.length);
  const parameters = document.paths['/devices']?.['get']?.parameters ?? [];
  expect(parameters.find(({ name }) => name === 'limit')).toEqual({
    name: 'limit', in: 'query', required: false,
    schema: { type: 'integer', minimum: 1, maximum: 200, default: 100 },
  });
  for (const [path, methods] of Object.entries(document.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters: all } of Object.values(methods)) {
      expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
    }
  }
  for (const { output } of ROUTES) {
    if (output === undefined) continue;
    expect(Object.keys(jsonSchema(output, 'output'))).not.toEqual([]);
    expect(JSON.stringify(jsonSchema(output, 'output'))).not.toContain('"additionalProperties":false');
  }
});

test('the page is one document without scripts, and asks for its styles alone', async () => {
  const { text, type } = await nobody.send('GET', '/');
  expect(type).toBe('text/html; charset=utf-8');
  for (const { path } of ROUTES) expect(text).toContain(`<code>${path}</code>`);
  expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=|https?:/);
  expect((await nobody.send('GET', '/style.css')).type).toBe('text/css; charset=utf-8');
});
