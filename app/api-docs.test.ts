// docs/api.md against a server and devices in processes of their own: what it shows is sent as it
// stands there and works, and it shows every route.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Route } from '../core/api/rest/route.ts';
import { ROUTES } from '../core/api/rest/routes.ts';
import { Browser } from '../core/api/testing/browser.ts';
import type { MadeToken } from '../core/api/views.ts';
import type { WishKind } from '../core/lwm2m/operation.ts';
import { begun, killAll, serve } from './testing/cli.ts';

interface Shown {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** With -T. */
  readonly isFile?: boolean;
}

const FILE = Buffer.alloc(20_000, 'firmware 2.0.0 ');

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** The first of two simulated devices sleeps most of the time, the second listens. */
const AWAKE = 'sensor-2';
const CONFIG = 'alerts: [{ name: charged, kind: above, path: /3/0/9, limit: 0 }]';
const TEXT = readFileSync('docs/api.md', 'utf8');
const SHOWN = commandsOf(TEXT);
const folder = mkdtempSync(join(tmpdir(), 'flownexus-api-docs-'));
let api = '';
let token = '';

beforeAll(async () => {
  const config = join(folder, 'c.yaml');
  writeFileSync(config, CONFIG);
  const server = await serve(join(folder, 'data'), ['--config', config]);
  api = `${server.http}/rest/v1`;
  const admin = new Browser(server.http);
  await admin.mustCall('session.login', { name: 'admin', password: 'correct horse battery' });
  const about = { name: 'docs', role: 'admin', days: 1 };
  token = (await admin.mustCall<MadeToken>('tokens.make', about)).secret;
  await begun([
    'device', '--server', `coap://127.0.0.1:${server.coapPort}`, '--endpoint', 'sensor',
    '--count', '2',
  ], /2 devices run/);
  // Once an alert of the one that listens is raised, it is registered and observed.
  while (await alertOf(AWAKE) === undefined) await pause(20);
});
afterAll(() => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});

async function send({ method, path, body, isFile }: Shown): Promise<Answer> {
  const answer = await fetch(api + path, {
    method, headers: { authorization: `Bearer ${token}`, ...(body !== undefined && JSON_TYPE) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(isFile === true && { body: FILE }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  return { status: answer.status, text, json: isJson ? JSON.parse(text) as unknown : undefined };
}

const JSON_TYPE = { 'content-type': 'application/json' };

async function alertOf(endpoint: string): Promise<number | undefined> {
  const { json } = await send({ method: 'GET', path: '/alerts', body: undefined });
  return (json as { id: number; endpoint: string }[]).find((one) => one.endpoint === endpoint)?.id;
}

/** What the numbers and names of the text are here. */
class Places {
  readonly #known = new Map<string, string>([['sensor-1', AWAKE]]);

  constructor(alert: number) {
    this.#known.set('/alerts/7', `/alerts/${alert}`);
  }

  of(path: string): string {
    let place = path;
    for (const [shown, meant] of this.#known) place = place.replace(shown, meant);
    return place;
  }

  note({ path, body }: Shown, { json }: Answer): void {
    const made = json as { id?: string; operation?: { id: number } } | undefined;
    if (path === '/webhooks' && made?.id !== undefined) this.#known.set('ID', made.id);
    const id = made?.operation?.id;
    if (id === undefined || body === undefined) return;
    this.#known.set('operations/42', `operations/${id}`);
    const { kind, into } = body as { kind?: string; into?: string };
    if (kind === 'discover') this.#known.set('operations/43', `operations/${id}`);
    if (into === 'file') this.#known.set('operations/44', `operations/${id}`);
  }
}

test('how an observation went is seen at the device, as the description says', async () => {
  const place = `/devices/${AWAKE}/observations`;
  const body = { path: '/3/0/99', observed: true };
  expect((await send({ method: 'PUT', path: place, body })).status).toBe(204);
  const refusal = async (): Promise<string | undefined> => {
    const { json } = await send({ method: 'GET', path: `/devices/${AWAKE}`, body: undefined });
    return (json as { notObserving: { path: string; reason: string }[] }).notObserving
      .find(({ path }) => path === body.path)?.reason;
  };
  while (!(await refusal())?.includes('4.04')) await pause(20);
  expect(ROUTES.find(({ path }) => path.endsWith('/observations'))?.summary)
    .toContain('notObserving');
  expect(TEXT).toContain('`notObserving`');
});

test('everything that is shown works and is described, and devices confirm each operation', async () => {
  const places = new Places(await alertOf(AWAKE) ?? 0);
  const failed: string[] = [];
  // What forgets the device comes last.
  const isEnd = ({ method, path }: Shown): boolean =>
    method === 'DELETE' && path === '/devices/sensor-1';
  for (const shown of [...SHOWN.filter((one) => !isEnd(one)), ...SHOWN.filter(isEnd)]) {
    const asked = { ...shown, path: places.of(shown.path) };
    const answer = await send(asked);
    places.note(asked, answer);
    if (!isRight(shown, answer) || !isPromised(shown, answer)) {
      failed.push(`${shown.method} ${asked.path}: ${answer.status} ${answer.text.slice(0, 300)}`);
    }
  }
  expect(failed).toEqual([]);
});

function isRight({ method, path }: Shown, { status, json }: Answer): boolean {
  // The operation has ended by then, as it says.
  if (method === 'DELETE' && path.includes('operations')) return [204, 409].includes(status);
  if (method === 'POST' && path.includes('operations') || path.includes('/file?')) {
    return (json as { operation?: { status: string } }).operation?.status === 'CONFIRMED';
  }
  return [200, 201, 204].includes(status);
}

/** Parsing leaves out what the description does not name. */
function isPromised({ method, path }: Shown, { json }: Answer): boolean {
  const output = ROUTES.find((route) => route.method === method && formOf(route).test(path))?.output;
  return output === undefined || isDeepStrictEqual(output.safeParse(json).data, json);
}

function formOf({ path }: Route): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, '[^/?]+')}(\\?|$)`);
}

test('the signature that it checks is in the documentation word for word', () => {
  expect(TEXT).toContain('createHmac(\'sha256\', secret).update(`${time}.${body}`)');
});

test('every route is shown', () => {
  const unshown = ROUTES.filter((route) => !SHOWN.some(({ method, path }) =>
    method === route.method && formOf(route).test(path)));
  expect(unshown.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});

const KINDS: Readonly<Record<WishKind, true>> = {
  read: true, discover: true, write: true, 'write-attributes': true, execute: true, create: true,
  delete: true, 'read-composite': true, 'write-composite': true,
};

test('every operation is shown, and each way to observe', () => {
  const kinds = SHOWN.map(({ body }) => (body as { kind?: string } | undefined)?.kind);
  expect(Object.keys(KINDS).filter((kind) => !kinds.includes(kind))).toEqual([]);
  const observed = SHOWN.flatMap(({ path, body }) => (
    path.endsWith('/observations') ? [body as { path: string; observed: boolean }] : []
  ));
  expect(observed.map((one) => `${one.path.includes('+') ? 'composite' : 'path'} ${one.observed}`))
    .toEqual(['path true', 'path false', 'composite true', 'composite false']);
});

/** The lines of curl, each as the request it makes. */
function commandsOf(text: string): Shown[] {
  const commands = text.matchAll(/^api ((?:'[^']*'|"[^"]*"|[^'"\n])*)/gm);
  return [...commands].map(([, line = '']) => {
    const words = [...line.replace(/ #.*/, '').matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)]
      .map(([word]) => word.replace(/^'([^]*)'$|^"([^]*)"$/, '$1$2'));
    const json = words.indexOf('--json');
    const isFile = words.includes('-T');
    const address = words.find((word) => /^\$(API|OPERATIONS)/.test(word)) ?? '';
    return {
      method: words[words.indexOf('-X') + 1]?.match(/^[A-Z]+$/)?.[0]
        ?? (isFile ? 'PUT' : json === -1 ? 'GET' : 'POST'),
      path: address.replace('$OPERATIONS', '/devices/sensor-1/operations').replace('$API', ''),
      body: json === -1 ? undefined : JSON.parse(words[json + 1] ?? '') as unknown, isFile,
    };
  });
}
