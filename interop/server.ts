// The server under test: the command as people run it, as a child process, spoken to over its API
// like the dashboard does.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTRPCClient, httpLink } from '@trpc/client';
import type { AppRouter } from '../core/api/router.ts';
import { Child } from './child.ts';
import { until } from './until.ts';

/** The endpoint that operations are asked of. */
export const OPERATED = 'interop-operated';
const SETTINGS_FILE = 'interop.yaml';
const PASSWORD = 'interop check, one run only';

export type Api = ReturnType<typeof createTRPCClient<AppRouter>>;

/** As `fetch`, for what is below the server's HTTP address, as the same person. */
export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

export interface ServerUnderTest {
  readonly api: Api;
  readonly fetch: Fetch;
  /** Stays the same over a restart. */
  readonly coapPort: number;
  /** Likewise. */
  readonly coapsPort: number;
  /** As a power cut would: SIGKILL, then a new start on the same data. */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

interface LoggedIn {
  readonly api: Api;
  readonly fetch: Fetch;
}

interface Started extends LoggedIn {
  readonly child: Child;
  readonly ports: Ports;
}

interface Ports {
  readonly coap: number;
  readonly coaps: number;
}

/**
 * What the file of the configuration says; a device of the stories is asked for nothing else. Large
 * blocks halve the time that its files take.
 */
const SETTINGS = `
profiles:
  - { name: operated, match: ${OPERATED}, read: [], observe: [], blockSize: 1024 }
  - { name: default, match: '*' }
`;

/** With more words for `serve`, if it shall have more. */
export async function startServer(
  folder: string, words: readonly string[] = [],
): Promise<ServerUnderTest> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, SETTINGS_FILE), SETTINGS);
  let started = await start(folder, { coap: 0, coaps: 0 }, words);
  return {
    get api() { return started.api; },
    get fetch() { return started.fetch; },
    coapPort: started.ports.coap,
    coapsPort: started.ports.coaps,
    async killAndRestart() {
      await started.child.stop('SIGKILL');
      started = await start(folder, started.ports, words);
    },
    stop: () => started.child.stop(),
  };
}

async function start(
  folder: string, { coap, coaps }: Ports, words: readonly string[],
): Promise<Started> {
  const child = new Child('the server', process.execPath, [
    'dist/app/cli.js', 'serve', '--http', '127.0.0.1:0', '--coap', `127.0.0.1:${coap}`,
    '--coaps', `127.0.0.1:${coaps}`, '--data', folder, '--demo', '0',
    '--config', join(folder, SETTINGS_FILE), ...words,
  ], { env: { ...process.env, FLOWNEXUS_ADMIN_PASSWORD: PASSWORD } });
  const [http] = await child.line(/http:\/\/127\.0\.0\.1:\d+/);
  const health = await until('the server is healthy', async () => {
    const answer = await fetch(`${http}/healthz`).catch(() => undefined);
    return answer?.ok ? await answer.json() as { readonly coap: readonly string[] } : undefined;
  }, () => child.last());
  const [plain = 0, secured = 0] = health.coap.map((uri) => Number(uri.split(':').at(-1)));
  return { child, ...await logIn(http), ports: { coap: plain, coaps: secured } };
}

/** A client that keeps its session cookie and says its origin, as a browser would. */
async function logIn(http: string): Promise<LoggedIn> {
  let cookie = '';
  const send = async (url: URL | RequestInfo, init?: RequestInit): Promise<Response> => {
    const headers = new Headers(init?.headers);
    headers.set('origin', http);
    if (cookie) headers.set('cookie', cookie);
    const answer = await fetch(url, { ...init, headers });
    const given = answer.headers.getSetCookie()[0];
    if (given) cookie = given.split(';')[0] ?? '';
    return answer;
  };
  const api = createTRPCClient<AppRouter>({
    links: [httpLink({
      url: `${http}/trpc`, fetch: (url, request) => send(url, request as RequestInit),
    })],
  });
  await api.session.login.mutate({ name: 'admin', password: PASSWORD });
  return { api, fetch: (path, init) => send(http + path, init) };
}
