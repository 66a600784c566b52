// The HTTP face: headers, origins, errors, files, https, /healthz, the control socket, and ends.

import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addFirstAdmin } from './accounts.ts';
import { controlClient } from './control-client.ts';
import { ApiStartError } from './start.ts';
import { selfSigned } from './testing/certificate.ts';
import { PASSWORD, startWorld, type World } from './testing/world.ts';

let world: World;

beforeAll(async () => { world = await startWorld(); });
afterAll(() => world.end());

test('/healthz names the bound addresses', async () => {
  const { status, text } = await world.browser().fetch('GET', '/healthz');
  expect([status, JSON.parse(text)]).toEqual([
    200, { status: 'up', http: world.api.addresses, coap: ['coap://127.0.0.1:5683'], syslog: [] },
  ]);
});

test.each(['/healthz', '/trpc/session.me', '/nothing', '/trpc/no.such'])(
  'the answer of %s carries the strict headers', async (path) => {
    const { headers } = await world.browser().fetch('GET', path);
    expect(headers['content-security-policy']).toBe(
      "default-src 'self';img-src 'self' data:;object-src 'none';base-uri 'none';"
      + "frame-ancestors 'none';form-action 'none'",
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
  },
);

test('answers of procedures are never kept', async () => {
  const { headers } = await world.browser().call('session.me');
  expect(headers['cache-control']).toBe('no-store');
});

test.each([
  ['none', undefined], ['null', 'null'], ['another site', 'https://example.org'],
  ['another port', 'http://127.0.0.1:1'], ['not a URL', 'here'],
])('a change with origin %s is refused', async (_, origin) => {
  const browser = await world.as('admin');
  browser.origin = origin;
  const answer = await browser.call('users.remove', { name: 'admin' });
  expect([answer.status, answer.sentence]).toEqual([403, origin === undefined
    ? 'A request that changes something needs a token, or the Origin that browsers send.'
    : 'This request comes from another site.']);
  expect(world.api.accounts.user('admin')).toBeDefined();
});

test.each<[string, unknown, string]>([
  ['fleet.window', undefined,
    'The input is not valid: write keys with values.'],
  ['device.detail', { endpoint: 7 },
    '"endpoint" is not valid: write a text.'],
  ['device.series', { endpoint: 'a', path: '/3/0', from: 1, to: 2, buckets: 1 },
    '"path" is not valid: a resource is meant, like /3303/0/5700.'],
  ['device.series', { endpoint: 'a', path: '/3/x/9', from: 1, to: 2, buckets: 1 },
    '"path" is not valid: "/3/x/9" is not a path like /3/0/9.'],
  ['device.series', { endpoint: 'a', path: '/3/0/9', from: 2, to: 1, buckets: 1 },
    '"from" is not valid: lies before "to".'],
  ['device.events', { endpoint: 'a', limit: 1e9 },
    '"limit" is too large (the most is 500).'],
  ['device.request', { endpoint: 'a', wish: { kind: 'read', path: '/70000' } },
    '"wish.path" is not valid: "/70000" has an id above 65534.'],
  ['session.login', { name: 'a', password: 'x'.repeat(300) },
    '"password" is too large (the most is 256 characters).'],
  ['session.login', { name: 'a', password: 'b', extra: 1 },
    'The input is not valid: Unrecognized key: "extra".'],
])('nonsense for %s is answered 400 with one sentence', async (procedure, input, sentence) => {
  const answer = await (await world.as('admin')).call(procedure, input);
  expect([answer.status, answer.sentence]).toEqual([400, sentence]);
  expect(answer.text).not.toMatch(/stack|node_modules|\.ts/);
});

test.each([
  ['POST', '/trpc/session.login', '{"name":', 400, 'The request is not valid JSON.'],
  ['POST', '/trpc/session.login', `"${'x'.repeat(70_000)}"`, 413, 'The request is too large.'],
  ['GET', '/trpc/session.login', undefined, 405,
    'Unsupported GET-request to mutation procedure at path "session.login"'],
  ['GET', '/trpc/no.such', undefined, 404, 'No procedure found on path "no.such"'],
  ['POST', '/nothing', '{}', 404, 'There is nothing here.'],
])('%s %s is answered in the same form', async (method, path, body, status, sentence) => {
  const answer = await world.browser().fetch(method, path, {}, body);
  const { error } = JSON.parse(answer.text) as { error?: { message: string } };
  expect([answer.status, error?.message]).toEqual([status, sentence]);
});

test('a body that is no JSON type is refused', async () => {
  const answer = await world.browser().fetch(
    'POST', '/trpc/session.logout', { 'content-type': 'text/html' }, 'x',
  );
  expect(answer.status).toBe(415);
});

test('what nobody foresaw is a sentence with a reference, the log has the rest', async () => {
  const viewer = await world.as('viewer');
  world.management.statechart = () => { throw new Error('secret detail of the inside'); };
  const { status, sentence, text } = await viewer.call('server.statechart');
  expect(status).toBe(500);
  const found = /^Something went wrong.* under ([0-9a-f]{10})\.$/.exec(sentence ?? '');
  const reference = found?.[1];
  expect(reference).toBeDefined();
  expect(text).not.toContain('secret detail');
  expect(world.log.lines.filter((line) => line.includes(reference ?? '?')).join())
    .toMatch(/server\.statechart.*secret detail of the inside/);
});

test('hashed files are kept for ever, addresses of pages get the page', async () => {
  const own = await startWorld({ uiFolder: builtUi(world.folder) });
  const browser = own.browser();
  const html = { accept: 'text/html,*/*' };
  expect(await browser.fetch('GET', '/assets/app-B3xY9_aQ.js')).toMatchObject({
    status: 200, text: 'app', headers: { 'cache-control': 'public, max-age=31536000, immutable' },
  });
  for (const path of ['/', '/index.html', '/device/urn:imei:49.015', '/fleet?search=a']) {
    expect(await browser.fetch('GET', path, html)).toMatchObject({
      status: 200, text: '<p>page</p>', headers: { 'cache-control': 'no-cache' },
    });
  }
  expect(await browser.fetch('GET', '/icon.svg')).toMatchObject({
    status: 200, headers: { 'cache-control': 'no-cache' },
  });
  for (const path of ['/assets/gone-B3xY9_aQ.js', '/../world.ts', '/%2e%2e/x', '/.secret']) {
    const { status, text } = await browser.fetch('GET', path);
    expect([400, 403, 404], path).toContain(status);
    expect(text).not.toContain('page');
  }
  await own.end();
});

test.each([
  ['/rest/v1', 'application/problem+json', {
    type: 'about:blank', title: 'Not Found', status: 404, detail: 'There is nothing here.',
  }],
  ['/leshan_api', 'application/json', { detail: 'There is nothing here.' }],
])('where nothing is below %s it is said in the form of its other errors', async (at, type, told) => {
  const own = await startWorld({ uiFolder: builtUi(world.folder) });
  for (const browser of [own.browser(), await own.as('admin')]) {
    for (const [method, accept] of [['GET', '*/*'], ['GET', 'text/html'], ['POST', '*/*']] as const) {
      const body = method === 'POST' ? '{}' : undefined;
      const { status, headers, text } = await browser.fetch(method, `${at}/nope`, { accept }, body);
      expect([status, headers['content-type']]).toEqual([404, `${type}; charset=utf-8`]);
      expect(JSON.parse(text)).toEqual(told);
    }
  }
  await own.end();
});

test('without a built dashboard a page says how to build it', async () => {
  const { status, text } = await world.browser().fetch('GET', '/', { accept: 'text/html' });
  expect([status, text]).toEqual([404, 'The dashboard is not built; run "npm run build".\n']);
});

test('https: Secure cookie with the host prefix, HSTS, plain origins refused', async () => {
  const { cert, key } = selfSigned();
  const [certFile, keyFile] = [join(world.folder, 'cert.pem'), join(world.folder, 'key.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const own = await startWorld({
    http: { host: '127.0.0.1', port: 0, tls: { certFile, keyFile } },
  });
  expect(own.api.addresses[0]).toMatch(/^https:/);
  await addFirstAdmin(own.api.accounts, PASSWORD);
  const browser = own.browser();
  const { headers } = await browser.call('session.login', { name: 'admin', password: PASSWORD });
  expect(headers['set-cookie']).toHaveLength(1);
  expect(headers['set-cookie']?.[0]).toMatch(/^__Host-flownexus=[\w-]{32};.*; Secure/);
  expect(headers['strict-transport-security']).toMatch(/max-age=15552000/);
  expect(headers['content-security-policy']).toContain('upgrade-insecure-requests');
  browser.origin = browser.base.replace('https', 'http');
  expect((await browser.call('session.logout')).status).toBe(403);
  await own.end();
});

test('what cannot be started says so in one sentence', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => { taken.once('listening', resolve); });
  const notPem = import.meta.filename;
  const { port } = taken.address() as { port: number };
  const cases = [
    [{ host: '127.0.0.1', port }, `port 127.0.0.1:${port} is in use; choose another with --http`],
    [{ host: '203.0.113.7', port: 0, allowPlain: true },
      '203.0.113.7 is no address of this machine; change --http'],
    [{ host: '0.0.0.0', port: 0 }, '--http 0.0.0.0 is reachable from outside: give --tls-cert and '
      + '--tls-key, or --insecure-http if something else encrypts'],
    [{ host: '127.0.0.1', port: 0, tls: { certFile: '/no/cert', keyFile: '/no/key' } },
      'the file /no/cert of --tls-cert is not there'],
    [{ host: '127.0.0.1', port: 0, tls: { certFile: notPem, keyFile: notPem } },
      '--tls-cert and --tls-key are not a certificate and its key in PEM'],
  ] as const;
  for (const [http, sentence] of cases) {
    await expect(startWorld({ http })).rejects.toEqual(new ApiStartError(sentence));
  }
  taken.close();
});

test('the control socket is the same API as admin, for the owner of the file alone', async () => {
  const socket = join(world.folder, 'control.sock');
  const own = await startWorld({ controlSocket: socket });
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  const control = controlClient(socket);
  await control.users.add.mutate({ name: 'ann', password: PASSWORD, role: 'viewer' });
  expect((await control.users.list.query()).map(({ name }) => name)).toEqual(['ann']);
  await expect(control.users.add.mutate({ name: 'ann', password: PASSWORD, role: 'viewer' }))
    .rejects.toThrow('This name is taken.');
  await expect(control.session.login.mutate({ name: 'ann', password: PASSWORD }))
    .rejects.toThrow('The control socket needs no login.');
  await own.end();
  await expect(control.users.list.query()).rejects.toThrow(/ENOENT/);
});

test('neither a socket left behind nor a path too long stops the start', async () => {
  const stale = join(world.folder, 'stale.sock');
  const gone = createServer().listen(stale);
  await new Promise((resolve) => { gone.once('listening', resolve); });
  const own = await startWorld({ controlSocket: stale });
  expect(await controlClient(stale).server.facts.query()).toMatchObject({ version: '0.1.0' });
  await own.end();
  gone.close();
  const long = await startWorld({ controlSocket: join(world.folder, 'x'.repeat(120)) });
  expect(long.log.lines.join()).toContain('no control socket');
  await long.end();
});

test('closing does not wait for open streams', async () => {
  const own = await startWorld();
  const viewer = await own.as('viewer');
  const stream = await viewer.stream({ page: 'other' });
  await stream.until(() => stream.of('counts').length > 0);
  const began = performance.now();
  await own.api.close();
  await stream.closed;
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(stream.events.some(({ event }) => event === 'return')).toBe(false);
  await own.db.close();
});

function builtUi(folder: string): string {
  const root = join(folder, 'ui');
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(root, 'index.html'), '<p>page</p>');
  writeFileSync(join(root, 'icon.svg'), '<svg/>');
  writeFileSync(join(root, '.secret'), 'page');
  writeFileSync(join(root, 'assets', 'app-B3xY9_aQ.js'), 'app');
  return root;
}
