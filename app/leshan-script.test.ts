// The script of docs/leshan.md against a server and a device in processes of their own. Machines
// without curl have a small one here, so that the script itself is what runs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, expect, it } from 'vitest';
import { begun, killAll, serve } from './testing/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-leshan-'));
afterEach(killAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Knows what the script uses: -s, -N, -X, -H, -d. */
const CURL = `#!${process.execPath}
const [args, headers] = [process.argv.slice(2), {}];
let url; let method = 'GET'; let body;
while (args.length > 0) {
  const word = args.shift();
  if (word === '-X') method = args.shift();
  else if (word === '-d') body = args.shift();
  else if (word === '-H') { const [name, value] = args.shift().split(': '); headers[name] = value; }
  else if (!word.startsWith('-')) url = word;
}
const answer = await fetch(url, { method, headers, body });
for await (const part of answer.body ?? []) process.stdout.write(part);
`;

function programs(): string {
  const file = join(folder, 'curl');
  writeFileSync(file, CURL);
  chmodSync(file, 0o700);
  // Without a package.json beside it a script with top-level await is no module.
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return `${folder}:${dirname(process.execPath)}:${process.env.PATH}`;
}

async function runs(script: string, args: readonly string[]): Promise<Map<string, string>> {
  const child = spawn('sh', [script, ...args], { env: { ...process.env, PATH: programs() } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => { said += text.toString(); });
  }
  const [code] = await once(child, 'close') as [number];
  expect(code, said).toBe(0);
  const parts = said.split(/^([a-z]+)$/m);
  return new Map(parts.flatMap((part, index) => (
    index % 2 === 1 ? [[part, (parts[index + 1] ?? '').trim()]] : []
  )));
}

/** The pause only keeps from spinning. */
async function registered(compat: string, endpoint: string): Promise<void> {
  while ((await fetch(`${compat}/clients/${endpoint}`)).status !== 200) {
    await pause(20);
  }
}

it('a script for the reference server runs as it is', async () => {
  const server = await serve(join(folder, 'data'), ['--compat-http', '127.0.0.1:0']);
  const compat = /Compatible (http\S+)/.exec(server.said())?.[1] ?? '';
  expect(compat).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api$/);
  await begun([
    'device', '--server', `coap://127.0.0.1:${server.coapPort}`, '--endpoint', 'lab',
    '--count', '2',
  ], /2 devices run/);
  await registered(compat, 'lab-2');
  const said = await runs('docs/leshan-script.sh', [compat.replace(/\/api$/, ''), 'lab-2']);
  const json = (part: string) => JSON.parse(said.get(part) ?? '') as unknown;
  const ofText = (value: string, id: number) => (
    { kind: 'singleResource', id, type: 'STRING', value }
  );
  expect(json('clients')).toEqual(expect.arrayContaining([
    expect.objectContaining({ endpoint: 'lab-2', lwM2mVersion: '1.1', queuemode: false }) as object,
  ]));
  expect(json('read')).toMatchObject({ status: 'CONTENT(205)', content: ofText('Flownexus', 0) });
  expect(json('discover')).toMatchObject({ objectLinks: expect.arrayContaining([
    { url: '/3', attributes: {} }, { url: '/3/0/9', attributes: {} },
  ]) as object[] });
  expect(json('write')).toEqual({
    status: 'CHANGED(204)', valid: true, success: true, failure: false,
  });
  for (const part of ['attributes', 'composite']) {
    expect(json(part)).toHaveProperty('status');
  }
  expect(json('observe')).toMatchObject({ content: ofText('Cel', 5701) });
  expect(JSON.parse(said.get('event')?.replace(/^data: /, '') ?? '')).toEqual({
    ep: 'lab-2', kind: 'single', res: '/3303/0/5701', val: ofText('Cel', 5701),
  });
  expect(json('cancel')).toMatchObject({ success: true });
  expect(await server.end('SIGTERM')).toBe(0);
});
