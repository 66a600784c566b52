// Files on their way to a device when the server is killed, in processes of their own on a real
// disk: the write goes again from its file, what was read can still be fetched, and what no
// operation asks for is gone after the start.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { Browser } from '../core/api/testing/browser.ts';
import type { MadeToken, OperationResult } from '../core/api/views.ts';
import { begun, killAll, serve, type Serving } from './testing/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-files-'));
const data = join(folder, 'data');
const bodies = join(data, 'bodies');
afterAll(() => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});

const DEVICE = '/devices/lab-2';
const PATH = '/19/0/0/0';
const LONG = Uint8Array.from({ length: 400_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
/** A device gets one Message ID in 15 ms: large blocks spare the test seconds. */
const CONFIG = 'profiles: [{ name: lab, match: lab-*, blockSize: 1024, read: [], observe: [] }]';

let token = '';

async function send(
  { http }: Serving, path: string, init: RequestInit = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...init.headers as object };
  return fetch(`${http}/rest/v1${path}`, { ...init, headers });
}

async function operationOf(
  server: Serving, id: number, wait = 0,
): Promise<OperationResult['operation']> {
  const answer = await send(server, `${DEVICE}/operations/${id}?wait=${wait}`);
  return (await answer.json() as OperationResult).operation;
}

async function read(server: Serving): Promise<number> {
  const answer = await send(server, `${DEVICE}/operations?wait=60`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'read', path: PATH, into: 'file' }),
  });
  const { operation } = await answer.json() as OperationResult;
  expect(operation).toMatchObject({ status: 'CONFIRMED', outcome: '2.05' });
  return operation.id;
}

async function fetched(server: Serving, id: number): Promise<Uint8Array> {
  const answer = await send(server, `${DEVICE}/operations/${id}/file`);
  expect(answer.status).toBe(200);
  return new Uint8Array(await answer.arrayBuffer());
}

it('a server that is killed in the middle of a file goes on with it', async () => {
  const config = join(folder, 'c.yaml');
  writeFileSync(config, CONFIG);
  const first = await serve(data, ['--config', config]);
  const admin = new Browser(first.http);
  await admin.mustCall('session.login', { name: 'admin', password: 'correct horse battery' });
  const about = { name: 'test', role: 'operator', days: 1 };
  token = (await admin.mustCall<MadeToken>('tokens.make', about)).secret;
  await begun([
    'device', '--server', `coap://127.0.0.1:${first.coapPort}`, '--endpoint', 'lab', '--count', '2',
  ], /2 devices run/);
  while ((await send(first, DEVICE)).status !== 200) await pause(20);

  const before = await read(first);
  const sent = await send(first, `${DEVICE}/file?path=${PATH}`, { method: 'PUT', body: LONG });
  expect(sent.status).toBe(202);
  const { operation: { id } } = await sent.json() as OperationResult;
  const isUnderWay = async (): Promise<boolean> => {
    const { status, answer } = await operationOf(first, id);
    expect(['QUEUED', 'SENDING']).toContain(status);
    return Number.parseInt(answer, 10) > 30_000;
  };
  while (!await isUnderWay()) await pause(20);
  await first.end('SIGKILL');
  expect(readdirSync(bodies).map((name) => name.replace(/\d-\w+$/, ''))).toEqual(['read-', 'write-']);
  for (const name of ['.draft-read-2-99', 'write-2-0000000000000000']) {
    writeFileSync(join(bodies, name), 'left over');
  }

  const second = await serve(data, ['--config', config], {}, first.coapPort);
  expect(readdirSync(bodies)).toHaveLength(2);
  expect(await operationOf(second, id, 60)).toMatchObject({ status: 'CONFIRMED', outcome: '2.04' });
  expect(Buffer.from(await fetched(second, before)).toString()).toMatch(/^bytes of demo-/);
  const after = await fetched(second, await read(second));
  expect(Buffer.compare(after, LONG)).toBe(0);
  expect(readdirSync(bodies).every((name) => name.startsWith('read-'))).toBe(true);
  await second.end('SIGTERM');
});
