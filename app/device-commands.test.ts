// `flownexus device` at a server that does not take it: it says why.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { begun, flownexus, killAll, serve, type Serving } from './testing/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-device-'));
const data = join(folder, 'data');
const right = join(folder, 'right');
const wrong = join(folder, 'wrong');
writeFileSync(right, '00'.repeat(16));
writeFileSync(wrong, '11'.repeat(16));
let server: Serving;
let secured = '';

beforeAll(async () => {
  server = await serve(data, ['--coaps', '127.0.0.1:0', '--registration', 'known']);
  [secured = ''] = /coaps:\/\/127\.0\.0\.1:\d+/.exec(server.said()) ?? [];
  const added = await flownexus(
    ['credential', 'add', 'meter', '--key-file', right, '--data', data]);
  expect(added.code).toBe(0);
});
afterAll(() => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});

/** What it says of its registration at first, and all that it has said when it is ended. */
async function told(...words: string[]): Promise<string> {
  const device = await begun(['device', ...words], /\d of \d registered.*\n/);
  const { stderr } = await device.end('SIGTERM');
  return /^\d of \d registered.*$/m.exec(stderr)?.[0] ?? '';
}

it.for(['meter', 'stranger'])('an identity or a key that the server does not have: %s', async (id) => {
  expect(await told('--server', secured, '--endpoint', id, '--key-file', wrong)).toBe(
    '0 of 1 registered; the server refused the handshake (decrypt_error): does it know the '
    + 'identity, and is the key the one it has for it?');
});

it('a registration that the server answers otherwise', async () => {
  const plain = `coap://127.0.0.1:${server.coapPort}`;
  expect(await told('--server', plain, '--endpoint', 'stranger'))
    .toBe('0 of 1 registered; the server answered 4.03 Forbidden');
  expect(await told('--server', plain, '--endpoint', 'stranger', '--count', '2'))
    .toBe('0 of 2 registered; stranger-1: the server answered 4.03 Forbidden');
});

it('a port where nobody listens', async () => {
  expect(await told('--server', 'coap://127.0.0.1:9', '--endpoint', 'meter'))
    .toBe('0 of 1 registered; nothing answers at coap://127.0.0.1:9: does a server listen there?');
});

it('a port where somebody speaks another language', async () => {
  const other = createSocket('udp4', (_, { port, address }) => other.send('x', port, address));
  other.bind(0, '127.0.0.1');
  await once(other, 'listening');
  const uri = `coap://127.0.0.1:${other.address().port}`;
  expect(await told('--server', uri, '--endpoint', 'meter')).toBe(
    '0 of 1 registered; the server answered and fell silent: does it speak LwM2M there?');
  other.close();
});

it('nothing more once it is in', async () => {
  expect(await told('--server', secured, '--endpoint', 'meter', '--key-file', right))
    .toBe('1 of 1 registered');
});
