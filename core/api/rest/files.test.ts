// Files over REST, with the server itself in virtual time behind it: what is sent reaches the device
// as it was sent, what is read comes back as the device has it, in parts, and what breaks off or is
// refused leaves nothing.

import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../../actors/config.ts';
import { ServerManagement } from '../../../actors/management.ts';
import type { SimulatedDevice } from '../../../sim/device.ts';
import { CALM } from '../../../sim/network-rules.ts';
import { opaque, Resources, text } from '../../../sim/resources.ts';
import { World as SimWorld } from '../../../sim/world.ts';
import { BODY_BYTES_MAX } from '../../coap/body.ts';
import type { MadeToken, OperationResult, Role } from '../views.ts';
import { auditLines, startWorld, until, type World } from '../testing/world.ts';

const MINUTE = 60_000;
const DATA = '/19/0/0/0';
const FACTS = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
const LIMITS = { ...DEFAULT_CONFIG.limits, bodyBytesPerDeviceMax: 4_000_000 };
const TYPE = 'application/octet-stream';

const sim = new SimWorld({ seed: 5, network: CALM, config: { ...DEFAULT_CONFIG, limits: LIMITS } });
const { files } = sim.server.host.bodies;
const tokens = new Map<Role, string>();
let world: World;
let device: SimulatedDevice;
/** The longest part that was brought to the disk. */
let partMax = 0;

beforeAll(async () => {
  const management = new ServerManagement(sim.server.host, FACTS);
  world = await startWorld({ management, clock: sim.clock });
  for (const role of ['viewer', 'operator'] as const) {
    const about = { name: role, role, days: 1 };
    const made = await (await world.as(role)).mustCall<MadeToken>('tokens.make', about);
    tokens.set(role, made.secret);
  }
  const resources = new Resources({ '/3/0/0': text('Maker'), [DATA]: opaque(bytesOf(700, 1)) });
  const common = { lifetime: 86_400, notifyEvery: 86_400_000, resources };
  device = sim.addDevice({
    ...common, endpoint: 'a', awake: undefined, bodyBytesMax: BODY_BYTES_MAX,
  });
  device.start();
  sim.addDevice({ ...common, endpoint: 'sleeper', awake: 20_000 }).start();
  sim.run(5 * MINUTE);
  const append = files.append.bind(files);
  files.append = (name, bytes) => {
    partMax = Math.max(partMax, bytes.length);
    return append(name, bytes);
  };
});
afterAll(() => world.end());

function bytesOf(length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (first + index + (index >> 9)) & 0xff);
}

interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

interface Asked {
  readonly role?: Role | undefined;
  readonly body?: Uint8Array | Readable;
  /** Content-Length; default: that of the body, null: none. */
  readonly length?: number | null;
  readonly type?: string;
}

/** Asks, and lets the world's time pass until it is answered: minutes, for what takes long here. */
async function send(method: string, path: string, asked: Asked = {}): Promise<Sent> {
  const { role = 'operator', body, type, length } = asked;
  const said = length === undefined ? body instanceof Uint8Array ? body.length : undefined : length;
  const token = tokens.get(role);
  let isOver = false;
  const answer = new Promise<Sent>((resolve, reject) => {
    const outgoing = httpRequest(`${world.api.addresses[0]}/rest/v1${path}`, {
      method, agent: false, headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(typeof said === 'number' && { 'content-length': said }),
        ...(type !== undefined && { 'content-type': type }),
      },
    }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => resolve({
        status: incoming.statusCode ?? 0, headers: incoming.headers, bytes: Buffer.concat(parts),
      }));
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    if (body instanceof Readable) body.pipe(outgoing);
    else outgoing.end(body);
  }).finally(() => { isOver = true; });
  await until(() => {
    sim.run(10);
    return isOver;
  });
  return answer;
}

const json = ({ bytes }: Sent): unknown => JSON.parse(bytes.toString());
const detailOf = (sent: Sent) => (json(sent) as { detail: string }).detail;
const FILE = '/devices/a/file?path=/19/0/0/0';

function dataOf(): Uint8Array {
  const [entry] = device.entriesAt({ object: 19, instance: 0, resource: 0, resourceInstance: 0 });
  return entry?.value.type === 'opaque' ? entry.value.value : new Uint8Array();
}

const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

test('a file is written and read again, and is never whole in memory on its way', async () => {
  const whole = bytesOf(3_000_000, 7);
  partMax = 0;
  const written = await send('PUT', `${FILE}&wait=60`, { body: whole });
  let { operation } = json(written) as OperationResult;
  while (operation.status === 'SENDING') {
    expect(operation.answer).toMatch(/^\d+ of 3000000 bytes$/);
    const got = await send('GET', `/devices/a/operations/${operation.id}?wait=60`);
    ({ operation } = json(got) as OperationResult);
  }
  expect(operation).toMatchObject({
    kind: 'write', path: DATA, status: 'CONFIRMED', outcome: '2.04',
    detail: 'a file of 3000000 bytes', requestedBy: 'operator',
  });
  expect(isSame(dataOf(), whole)).toBe(true);
  expect(partMax).toBeGreaterThan(0);
  expect(partMax).toBeLessThanOrEqual(65_536);
  expect(await auditLines(world.db)).toContain('operator: write a /19/0/0/0');

  const wish = Buffer.from(JSON.stringify({ kind: 'read', path: DATA, into: 'file' }));
  const asked = await send('POST', '/devices/a/operations', { body: wish, type: 'application/json' });
  expect(asked.status).toBe(202);
  const place = String(asked.headers['location']).replace('/rest/v1', '');
  const early = await send('GET', `${place}/file`);
  expect([early.status, detailOf(early)]).toEqual([404, 'There is no such file, or no longer.']);
  sim.run(5 * MINUTE);
  expect((json(await send('GET', place)) as OperationResult).operation).toMatchObject({
    kind: 'read', status: 'CONFIRMED', outcome: '2.05', detail: 'into a file',
    answer: '3000000 bytes',
  });
  const file = await send('GET', `${place}/file`, { role: 'viewer' });
  expect([file.status, file.headers['content-type'], file.headers['content-length']])
    .toEqual([200, TYPE, '3000000']);
  expect(file.headers['content-disposition']).toMatch(/^attachment; filename="operation-\d+\.bin"$/);
  expect(isSame(file.bytes, whole)).toBe(true);
  // Not what another device gave.
  const other = await send('GET', `${place.replace('/a/', '/sleeper/')}/file`);
  expect(other.status).toBe(404);
});

test.each(['application/json', TYPE, 'text/plain'])('a file sent as %s is its bytes', async (type) => {
  const body = Buffer.from('{"not": json');
  const written = await send('PUT', `${FILE}&wait=10`, { body, type });
  expect(written.status).toBe(200);
  expect(Buffer.from(dataOf()).toString()).toBe('{"not": json');
});

test('a file may be empty', async () => {
  const written = await send('PUT', `${FILE}&wait=10`, { body: new Uint8Array(0), length: 0 });
  expect([written.status, dataOf().length]).toEqual([200, 0]);
});

test('a file for a device that sleeps waits for it', async () => {
  const body = bytesOf(900, 3);
  const place = '/devices/sleeper/file?path=/19/0/0/0&waitAtMost=36000';
  const sent = await send('PUT', place, { body });
  expect(sent.status).toBe(202);
  expect(json(sent)).toMatchObject({ operation: { status: 'QUEUED' } });
  const names = () => [...sim.disk.bodies.keys()].filter((name) => name.startsWith('write-2-'));
  expect(names()).toHaveLength(1);
  sim.run(11 * 60 * MINUTE);
  const end = await send('GET', String(sent.headers['location']).replace('/rest/v1', ''));
  expect(json(end)).toMatchObject({
    operation: { status: 'FAILED', outcome: 'the device did not listen in time' },
  });
  expect(names()).toEqual([]);
});

test.each<[string, number, string, string, Asked]>([
  ['longer than 16 MB', 413, FILE, 'The file is longer than 16777216 bytes.',
    { length: BODY_BYTES_MAX + 1, body: Readable.from([bytesOf(1_000, 1)]) }],
  ['of no length', 400, FILE, 'The request must say its Content-Length.',
    { length: null, body: Readable.from([bytesOf(10, 1)]) }],
  ['for an instance', 400, '/devices/a/file?path=/19/0',
    '"path" is not valid: a resource is meant, like /3303/0/5700.', { body: bytesOf(10, 1) }],
  ['for a text', 409, '/devices/a/file?path=/3/0/14',
    '/3/0/14 (UTC Offset) does not hold bytes, which a file is for', { body: bytesOf(10, 1) }],
  ['for nobody', 404, '/devices/none/file?path=/5/0/0', 'There is no such device.',
    { body: bytesOf(10, 1) }],
  ['with more in the query', 400, `${FILE}&file=write-1-0`, 'There is no "file" in the query.',
    { body: bytesOf(10, 1) }],
  ['beyond the share of its device', 409, FILE,
    'the file has no room: those of one device take 4000000 bytes at most',
    { body: bytesOf(3_999_999, 1) }],
])('a file %s is refused: %i', async (_, status, path, sentence, asked) => {
  const before = sim.disk.operations.size;
  const sent = await send('PUT', path, asked);
  expect([sent.status, detailOf(sent)]).toEqual([status, sentence]);
  expect(sim.disk.operations.size).toBe(before);
  expect([...sim.disk.bodies.keys()].filter((name) => name.startsWith('write'))).toEqual([]);
});

test('who may only look brings nothing, and is told before all of it has come', async () => {
  partMax = 0;
  const sent = await send('PUT', FILE, { role: 'viewer', body: bytesOf(100_000, 1) });
  expect([sent.status, detailOf(sent)]).toEqual([403, 'Your role does not allow this.']);
  expect(partMax).toBe(0);
});

test('what the disk refuses in the middle is told, and nothing is left', async () => {
  const { append } = files;
  files.append = () => 'cannot be kept: the disk is full';
  const sent = await send('PUT', FILE, { body: bytesOf(300_000, 1) });
  files.append = append;
  expect([sent.status, detailOf(sent)])
    .toEqual([409, 'The file cannot be kept: the disk is full.']);
  expect(sim.server.host.bodies.sizes().bodies).toBe(held());
});

test('an upload that breaks off leaves nothing', async () => {
  const before = held();
  let isGone = false;
  const outgoing = httpRequest(`${world.api.addresses[0]}/rest/v1${FILE}`, {
    method: 'PUT', agent: false,
    headers: { authorization: `Bearer ${tokens.get('operator')}`, 'content-length': 100_000 },
  });
  outgoing.on('error', () => { isGone = true; });
  outgoing.write(bytesOf(50_000, 1));
  await until(() => sim.server.host.bodies.sizes().bodies > before);
  outgoing.destroy();
  await until(() => isGone && sim.server.host.bodies.sizes().bodies === before);
  // A bad link is nothing unforeseen.
  expect(world.log.lines.filter((line) => line.startsWith('a request failed'))).toEqual([]);
});

/** Whole ones: what was read and is kept. */
const held = () => sim.disk.bodies.size;

test('a name that nobody brought a file under is none', async () => {
  const browser = await world.as('operator');
  const { sentence, code } = await browser.call('operations.writeFile', {
    endpoint: 'a', path: DATA, file: { name: 'write-1-0000000000000000', length: 3 }, wait: 0,
  });
  expect([code, sentence]).toEqual(['CONFLICT', 'there is no such file']);
});

test('the description says what is sent and what comes', async () => {
  const { paths } = json(await send('GET', '/openapi.json')) as {
    paths: Record<string, Record<string, {
      parameters: { name: string; in: string; required: boolean }[];
      requestBody: unknown; responses: Record<string, { content?: object }>;
    }>>;
  };
  const put = paths['/devices/{endpoint}/file']?.['put'];
  expect(put?.requestBody).toEqual({ required: true, content: { [TYPE]: {} } });
  expect(put?.parameters.map(({ name, required }) => `${name}${required ? '' : '?'}`)).toEqual([
    'endpoint', 'path', 'isForced?', 'waitAtMost?', 'wait?',
  ]);
  expect(Object.keys(put?.responses ?? {})).toEqual(['200', '202', 'default']);
  const get = paths['/devices/{endpoint}/operations/{operation}/file']?.['get'];
  expect(get?.responses['200']?.content).toEqual({ [TYPE]: {} });
});
