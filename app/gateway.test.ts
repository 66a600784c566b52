// A gateway that keeps its devices elsewhere, against a server in a process of its own: what it
// posts is stored, judged by the rules and answered for; who has no token, or too little of one, is
// turned away.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Browser } from '../core/api/testing/browser.ts';
import type { MadeToken, Role } from '../core/api/views.ts';
import { begun, killAll, serve, type Serving } from './testing/cli.ts';

const CONFIG = `
alerts:
  - { name: hot, kind: above, match: '*', path: /3303/*/5700, limit: 30, severity: warning }
`;
const folder = mkdtempSync(join(tmpdir(), 'flownexus-gateway-'));
const tokens = new Map<Role | 'nobody', string>();
let server: Serving;

beforeAll(async () => {
  const config = join(folder, 'c.yaml');
  writeFileSync(config, CONFIG);
  server = await serve(join(folder, 'data'), ['--config', config]);
  const admin = new Browser(server.http);
  await admin.mustCall('session.login', { name: 'admin', password: 'correct horse battery' });
  for (const role of ['viewer', 'operator'] as const) {
    const { secret } = await admin.mustCall<MadeToken>('tokens.make', { name: role, role, days: 1 });
    tokens.set(role, secret);
  }
});
afterAll(async () => {
  await server.end('SIGTERM');
  killAll();
  rmSync(folder, { recursive: true, force: true });
});

async function send(
  path: string, body?: unknown, role: Role | 'nobody' = 'operator',
): Promise<{ readonly status: number; readonly body: unknown }> {
  const token = tokens.get(role);
  const answer = await fetch(`${server.http}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const warmth = (value: string, ep = 'urn:imei:1') =>
  ({ ep, obj_id: 3303, val: { kind: 'singleResource', id: 5700, type: 'FLOAT', value } });

test('a value is stored, charted by its name and judged by the rules', async () => {
  expect(await send('/leshan_api/data/temperature/')).toEqual({ status: 200, body: [] });
  const before = Date.now();
  expect(await send('/leshan_api/resource/single', warmth('24.5')))
    .toEqual({ status: 201, body: warmth('24.5') });
  expect((await send('/leshan_api/resource/single', warmth('31'))).status).toBe(201);
  const { body } = await send('/leshan_api/data/temperature/', undefined, 'viewer');
  expect(body).toMatchObject([
    { value: 24.5, resource_type: 'temperature' }, { value: 31, resource_type: 'temperature' },
  ]);
  const [{ timestamp_created: at }] = body as [{ timestamp_created: string }];
  // The server's clock began at another moment than ours.
  expect(Math.abs(Date.parse(at) - before)).toBeLessThan(300_000);
  const key = { ep: 'urn:imei:1', obj_id: 21,
    val: { kind: 'singleResource', id: 0, type: 'OPAQUE', value: '00ff' } };
  expect((await send('/leshan_api/resource/single', key)).status).toBe(201);
  expect((await send('/rest/v1/telemetry?device=urn:imei:1&path=/21')).body)
    .toMatchObject({ rows: [] });
  expect((await send('/rest/v1/alerts')).body)
    .toMatchObject([{ endpoint: 'urn:imei:1', rule: 'hot', detail: '31 is above 30' }]);
  expect((await send('/rest/v1/devices/urn:imei:1')).body).toMatchObject({
    state: 'never', registration: null,
  });
});

test('objects make an event each, and a registration that is told is one', async () => {
  const of = (id: number) => ({ kind: 'obj', id, instances: [{ kind: 'instance', id: 0, resources: [
    { kind: 'singleResource', id: 0, type: 'STRING', value: 'Zephyr' },
    { kind: 'multiResource', id: 6, type: 'INTEGER', values: { 0: '1', 1: '5' } },
  ] }] });
  const ep = 'qemu_x86';
  expect((await send('/leshan_api/resource/composite', { ep, val: { '/3': of(3), '/9': of(9) } }))
    .status).toBe(201);
  expect((await send('/leshan_api/resource/composite', { ep, val: of(3) })).status).toBe(201);
  const registered = { ep, obj_id: 10240, val: {
    kind: 'singleResource', id: 0, type: 'TIME', value: 1_722_781_234_567,
  } };
  expect((await send('/leshan_api/resource/single', registered)).status).toBe(201);
  const { items } = (await send(`/rest/v1/events?endpoint=${ep}`)).body as
    { items: { type: string; detail: string }[] };
  expect(items.map(({ type, detail }) => `${type} ${detail}`)).toEqual([
    'registered told by a gateway', 'report /3/0/0, /3/0/6', 'report /9/0/0, /9/0/6',
    'report /3/0/0, /3/0/6',
  ]);
  const { rows } = (await send(`/rest/v1/telemetry?device=${ep}&path=/9`)).body as
    { rows: { path: string; value: unknown }[] };
  expect(rows.map(({ path, value }) => `${path} ${String(value)}`))
    .toEqual(['/9/0/0 Zephyr', '/9/0/6/0 1', '/9/0/6/1 5']);
});

test('an object of one resource is an event too, one resource by itself is none', async () => {
  const ep = 'urn:imei:3';
  const of = (id: number) => ({ kind: 'obj', id, instances: [{ kind: 'instance', id: 0, resources: [
    { kind: 'singleResource', id: 5700, type: 'FLOAT', value: '21' },
  ] }] });
  const val = { '/3303': of(3303), '/3304': of(3304) };
  expect((await send('/leshan_api/resource/composite', { ep, val })).status).toBe(201);
  expect((await send('/leshan_api/resource/single', warmth('22', ep))).status).toBe(201);
  const { items } = (await send(`/rest/v1/events?endpoint=${ep}`)).body as
    { items: { type: string; detail: string }[] };
  expect(items.map(({ type, detail }) => `${type} ${detail}`))
    .toEqual(['report /3304/0/5700', 'report /3303/0/5700']);
});

test('names that only the older server had are answered too', async () => {
  const data = async (name: string) => {
    const { status, body } = await send(`/leshan_api/data/${name}/`, undefined, 'viewer');
    expect(status, name).toBe(200);
    return body as { timestamp_created: string; value: unknown; resource_type: string }[];
  };
  const post = async (of: number, id: number, type: string, value: unknown) => {
    const body = { ep: 'old', obj_id: of, val: { kind: 'singleResource', id, type, value } };
    expect((await send('/leshan_api/resource/single', body)).status).toBe(201);
  };
  expect(await data('package_version')).toEqual([]);
  expect(await data('ep_unregistered')).toEqual([]);
  await post(5, 6, 'STRING', '1.2');
  await post(3, 22, 'STRING', '33:0');
  for (const id of [0, 1, 2]) await post(10240, id, 'TIME', 1_722_781_234_567);
  for (const [name, value] of [['package_version', '1.2'], ['ext_dev_info', '33:0']] as const) {
    expect(await data(name)).toMatchObject([{ value, resource_type: name }]);
  }
  for (const name of ['ep_registered', 'ep_unregistered', 'ep_registration_update']) {
    const newest = (await data(name)).at(-1);
    expect(newest).toMatchObject({ value: expect.any(Number), resource_type: name });
    expect(newest?.timestamp_created).toBe(new Date(Number(newest?.value)).toISOString());
  }
  expect(await data('ep_unregistered')).toHaveLength(1);
});

test('what is wrong is said by field', async () => {
  const post = (body: unknown) => send('/leshan_api/resource/single', body);
  expect(await post(warmth('warm'))).toEqual({
    status: 400, body: { val: { value: ['A valid FLOAT is required.'] } },
  });
  expect(await post({ val: warmth('1').val })).toMatchObject({
    status: 400, body: { ep: [expect.any(String)], obj_id: [expect.any(String)] },
  });
  expect(await post('{')).toEqual({
    status: 400, body: { detail: 'The request is not valid.' },
  });
  expect(await send('/leshan_api/data/nonsense/'))
    .toEqual({ status: 404, body: { error: 'nonsense not found' } });
});

test('a device that is registered here tells its values itself', async () => {
  await begun([
    'device', '--server', `coap://127.0.0.1:${server.coapPort}`, '--endpoint', 'lab', '--count', '1',
  ], /1 device/);
  let answer = await send('/rest/v1/devices/lab');
  while (answer.status !== 200) answer = await send('/rest/v1/devices/lab');
  expect(await send('/leshan_api/resource/single', warmth('1', 'lab'))).toEqual({
    status: 400, body: { ep: ['it is registered at this server and tells its values itself'] },
  });
});

test.each([
  ['nobody', '/leshan_api/resource/single', 403], ['viewer', '/leshan_api/resource/single', 403],
  ['nobody', '/leshan_api/resource/composite', 403], ['nobody', '/leshan_api/data/x/', 401],
] as const)('%s is turned away from %s', async (role, path, status) => {
  const body = path.includes('data') ? undefined : {};
  expect(await send(path, body, role)).toMatchObject({ status, body: { detail: expect.any(String) } });
});
