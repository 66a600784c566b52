// Webhooks over the real database, in virtual time, with a receiver that the test holds; and one
// delivery over a real socket.

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { httpPost } from '../../io/http-post.ts';
import type { EventRow, TelemetryRow } from '../../store/changes.ts';
import { DELIVERIES_KEPT, listWebhooks } from '../../store/webhooks.ts';
import { operationRow, telemetryRow } from '../../store/testing.ts';
import type { AlertTurn } from '../management.ts';
import { alertView } from '../testing/fake-management.ts';
import { tokenOf, type Program } from '../testing/program.ts';
import { startWorld, until, type World } from '../testing/world.ts';
import type { MadeWebhook } from '../views.ts';
import type { WebhookEvent } from './event.ts';
import { GATHER, signatureOf, Webhooks, WEBHOOKS_MAX, type Post } from './webhooks.ts';

const URL_OF_RECEIVER = 'http://10.0.0.7/hook';
const CONTENT = { kind: 'answered', code: 0x45, words: '' } as const;
let world: World;
let admin: Program;
/** What the receiver got, and what it answers with. */
let got: { readonly headers: Readonly<Record<string, string>>; readonly body: string }[];
let answer: { isDelivered: boolean; outcome: string };
const post: Post = async (_url, headers, body) => {
  got.push({ headers, body });
  return answer;
};

beforeEach(async () => {
  got = [];
  answer = { isDelivered: true, outcome: '200' };
  world = await startWorld({ post });
  admin = await tokenOf(world, 'admin');
});
afterEach(() => world.end());

async function make(about: object): Promise<MadeWebhook> {
  const { status, body, text } = await admin.send('POST', '/webhooks', {
    url: URL_OF_RECEIVER, ...about,
  });
  expect(status, text).toBe(201);
  return body as MadeWebhook;
}

function tell(type: EventRow['type'], endpoint = 'sensor-1'): void {
  const row = { device: 1, type, at: world.clock.now(), detail: '', sequences: [] };
  world.management.tell({ kind: 'event', endpoint, row });
}

/** Lets what was gathered leave, and gives all events so far. */
async function arrived(deliveries: number): Promise<readonly WebhookEvent[]> {
  world.clock.advance(GATHER);
  await until(() => got.length >= deliveries);
  return got.flatMap(({ body }) => (JSON.parse(body) as { events: WebhookEvent[] }).events);
}

const logOf = async (id: string): Promise<readonly Record<string, unknown>[]> =>
  ((await admin.send('GET', `/webhooks/${id}/deliveries`)).body as {
    items: Record<string, unknown>[];
  }).items;

/** Writes to the database come after their effects. */
async function logged(id: string, state: string): Promise<Record<string, unknown>> {
  for (let turn = 0; turn < 1_000; turn++) {
    const found = (await logOf(id)).find((one) => one['state'] === state);
    if (found !== undefined) return found;
  }
  throw new Error(`nothing is ${state}`);
}

test('events of the wanted types and devices are sent, signed, and logged', async () => {
  const { id, secret } = await make({ events: ['registered', 'expired'], devices: 'sensor-*' });
  tell('registered');
  tell('updated');
  tell('registered', 'other');
  tell('expired');
  const at = world.clock.now();
  expect(await arrived(1)).toEqual([
    { type: 'registered', device: 'sensor-1', at, detail: '' },
    { type: 'expired', device: 'sensor-1', at, detail: '' },
  ]);
  const [{ headers, body } = { headers: {}, body: '' }] = got;
  const timestamp = headers['flownexus-timestamp'] ?? '';
  expect(Number(timestamp)).toBe(Math.floor(world.clock.now() / 1_000));
  expect(headers['flownexus-signature']).toBe(
    `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`);
  expect(await logged(id, 'delivered')).toMatchObject({
    id: 1, events: 2, attempts: 1, outcome: '200', body,
  });
});

test('values of the wanted paths and ends of operations are sent', async () => {
  await make({ events: ['value', 'operation'], paths: ['/3303/0/5700', '/4'] });
  const endpoint = 'sensor-1';
  const value = (change: Partial<TelemetryRow>, text = 'x') => world.management.value(
    endpoint, telemetryRow(7, { type: 'string', value: text }, change));
  value({});
  value({ resource: 5701 });
  value({ instance: 10, resource: 5700 });
  value({ object: 4, resource: 2, resourceInstance: 1 }, 'y'.repeat(2_000));
  const row = operationRow(3, { status: 'CONFIRMED', outcome: '2.05' });
  world.management.tell({ kind: 'operation', endpoint, row, entries: [], ending: CONTENT });
  world.management.tell({ kind: 'device', endpoint });
  expect(await arrived(1)).toMatchObject([
    { type: 'value', path: '/3303/0/5700', value: { type: 'string', value: 'x' }, isCut: false },
    { type: 'value', path: '/4/0/2/1', value: { value: 'y'.repeat(1_024) }, isCut: true },
    { type: 'operation', device: endpoint, operation: { id: 3, status: 'CONFIRMED' } },
  ]);
});

test('alerts are sent with what became of them, and what devices report with its values', async () => {
  await make({ events: ['alert', 'report'], devices: 'sensor-*' });
  const alert = (turn: AlertTurn, endpoint: string, raisedAt = 5) => world.management.tell({
    kind: 'alert', endpoint, turn, at: 9,
    row: { ...alertView(7), device: 1, acknowledgedBy: 'ada', raisedAt },
  });
  // A mute holds it back to its own end.
  alert('raised', 'sensor-1', 10);
  for (const turn of ['raised', 'acknowledged', 'cleared'] as const) alert(turn, 'sensor-1');
  alert('raised', 'valve-1');
  tell('registered');
  world.management.tell({ kind: 'event', endpoint: 'sensor-2', row: {
    device: 2, type: 'flood', at: 5, detail: '/3303/0/5700', sequences: [8, 9],
  } });
  const about = { id: 7, rule: 'hot', severity: 'warning', path: '/3303/0/5700', raisedAt: 5 };
  const sent = { type: 'alert', device: 'sensor-1', at: 9, alert: about };
  expect(await arrived(1)).toMatchObject([
    { ...sent, turn: 'raised' }, { ...sent, turn: 'acknowledged' }, { ...sent, turn: 'cleared' },
    { type: 'report', device: 'sensor-2', at: 5, name: 'flood', sequences: [8, 9] },
  ]);
});

test('what is not taken is sent again later, in order, also after a restart', async () => {
  answer = { isDelivered: false, outcome: 'connect ECONNREFUSED' };
  const { id } = await make({ events: ['registered', 'expired'] });
  tell('registered');
  await arrived(1);
  tell('expired');
  world.clock.advance(GATHER);
  expect(await logged(id, 'waiting')).toMatchObject({});
  await until(() => got.length === 1);
  world.clock.advance(10_000);
  await until(() => got.length === 2);
  expect(got[1]?.body).toBe(got[0]?.body);
  while ((await logOf(id)).at(-1)?.['attempts'] !== 2);
  expect(await logOf(id)).toMatchObject([
    { id: 2, state: 'waiting', attempts: 0, outcome: '' },
    { id: 1, state: 'waiting', attempts: 2, outcome: 'connect ECONNREFUSED' },
  ]);
  await world.api.close();
  answer = { isDelivered: true, outcome: '200' };
  world.clock.advance(3_600_000);
  const { management, db, clock, log } = world;
  const again = await Webhooks.open({ management, db, clock, log, post });
  await until(() => got.length === 4);
  expect(got.slice(2).map(({ body }) => (JSON.parse(body) as { delivery: number }).delivery))
    .toEqual([1, 2]);
  await again.close();
});

test('one webhook that fails keeps no other waiting, and a removed one is let go', async () => {
  answer = { isDelivered: false, outcome: '500' };
  const { id } = await make({ events: ['registered'] });
  tell('registered');
  await arrived(1);
  answer = { isDelivered: true, outcome: '200' };
  const other = await make({ events: ['registered'], url: 'http://10.0.0.8/hook' });
  tell('registered');
  await arrived(2);
  await logged(other.id, 'delivered');
  expect((await admin.send('DELETE', `/webhooks/${id}`)).status).toBe(204);
  world.clock.advance(60_000);
  tell('registered');
  await arrived(3);
  expect(new Set(got.slice(1).map(({ body }) => (JSON.parse(body) as { webhook: string }).webhook)))
    .toEqual(new Set([other.id]));
  expect((await admin.send('GET', `/webhooks/${id}/deliveries`)).status).toBe(404);
  expect(await listWebhooks(world.db)).toHaveLength(1);
});

test('values are heard only while a webhook wants them', async () => {
  const heard: boolean[] = [];
  const { management } = world;
  const subscribe = management.subscribe.bind(management);
  management.subscribe = (listener: Parameters<typeof subscribe>[0], hearsValues?: boolean) => {
    heard.push(hearsValues === true);
    return subscribe(listener);
  };
  const before = management.listeners;
  const first = await make({ events: ['registered'] });
  const second = await make({ events: ['value'], paths: ['/3'] });
  await admin.send('DELETE', `/webhooks/${second.id}`);
  await admin.send('DELETE', `/webhooks/${first.id}`);
  expect([heard, management.listeners]).toEqual([[false, true, false], before]);
});

test('the secret is told once, and the list says what waits', async () => {
  const { id, secret } = await make({ events: ['registered'], devices: 'a*' });
  const list = await admin.send('GET', '/webhooks');
  expect(list.body).toEqual({ items: [{
    id, url: URL_OF_RECEIVER, events: ['registered'], devices: 'a*', paths: [],
    createdBy: 'admin', createdAt: world.clock.now(), waiting: 0, dropped: 0,
  }] });
  expect(list.text).not.toContain(secret);
});

test.each([
  [{ events: [] }, '"events" is empty'],
  [{ events: ['nonsense'] }, '"events.0" is not valid'],
  [{ events: ['value'] }, '"paths" is not valid: name paths for the event "value"'],
  [{ events: ['expired'], paths: ['/3'] }, '"paths" is not valid'],
  [{ events: ['expired'], url: 'ftp://x/' }, '"url" is not valid'],
  [{ events: ['expired'], url: 'file:///etc/passwd' }, '"url" is not valid'],
  [{ events: ['expired'], url: 'http://a:b@x/' }, '"url" is not valid'],
  [{ events: ['expired'], url: 'http://169.254.169.254/latest' }, 'nothing is sent to link-local'],
  [{ events: ['expired'], url: 'http://2852039166/' }, 'nothing is sent to link-local'],
  [{ events: ['expired'], url: 'http://[fe80::1]/' }, 'nothing is sent to link-local'],
  [{ events: ['expired'], url: 'http://[::ffff:169.254.169.254]/' }, 'nothing is sent to link-'],
  [{ events: ['expired'], url: 'here' }, '"url" is not valid'],
])('no webhook is made of %j', async (about, detail) => {
  const { status, body } = await admin.send('POST', '/webhooks', { url: URL_OF_RECEIVER, ...about });
  expect([status, (body as { detail: string }).detail]).toEqual([400, expect.stringContaining(detail)]);
});

test('there are only so many webhooks, and only so much of the log is kept', async () => {
  const { id } = await make({ events: ['registered'] });
  for (let sent = 1; sent <= DELIVERIES_KEPT + 5; sent++) {
    tell('registered');
    await arrived(sent);
  }
  while ((await world.db.query(
    `SELECT 1 FROM webhook_delivery WHERE state = 'delivered' AND id = ${DELIVERIES_KEPT + 5}`,
  )).length === 0);
  const [row] = await world.db.query('SELECT count(*) AS n, min(id) AS first FROM webhook_delivery');
  expect([Number(row?.['n']), Number(row?.['first'])]).toEqual([DELIVERIES_KEPT, 6]);
  await admin.send('DELETE', `/webhooks/${id}`);
  for (let made = 0; made < WEBHOOKS_MAX; made++) await make({ events: ['registered'] });
  expect((await admin.send('POST', '/webhooks', { url: URL_OF_RECEIVER, events: ['expired'] })).body)
    .toMatchObject({ status: 409, detail: `There are ${WEBHOOKS_MAX} webhooks already.` });
});

test('a real receiver gets the body; redirections, silence and closed doors are failures', async () => {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => { body += chunk.toString(); });
    request.on('end', () => {
      requests.push(`${request.method} ${request.url} ${request.headers['x-a']} ${body}`);
      if (request.url === '/silent') return;
      const status = Number(request.url?.slice(1));
      response.writeHead(status, { location: '/204' }).end('x'.repeat(100_000));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = (path: string) => httpPost(base + path, { 'x-a': 'b' }, '{"ä":1}', 500);
  expect(await send('/204')).toEqual({ isDelivered: true, outcome: '204' });
  expect(await send('/500')).toEqual({ isDelivered: false, outcome: '500' });
  expect(await send('/302')).toEqual({ isDelivered: false, outcome: '302, which is not followed' });
  expect(await send('/silent')).toEqual({ isDelivered: false, outcome: 'no answer in 0.5 s' });
  expect(requests.map((line) => line.split(' ')[1])).toEqual(['/204', '/500', '/302', '/silent']);
  expect(requests[0]).toBe('POST /204 b {"ä":1}');
  server.closeAllConnections();
  await new Promise((resolve) => { server.close(resolve); });
  expect((await send('/204')).outcome).toContain('ECONNREFUSED');
});

test('the signature is that of the documentation', () => {
  expect(signatureOf('secret', '1700000000', '{}'))
    .toBe('b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163');
});
