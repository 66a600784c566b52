// The server under test: the command as people run it, as a child process, spoken to over its API
// like the dashboard does.

import { createTRPCClient, httpLink } from '@trpc/client';
import type { AppRouter } from '../core/api/router.ts';
import { Child } from './child.ts';
import { until } from './until.ts';

const PASSWORD = 'interop check, one run only';

export type Api = ReturnType<typeof createTRPCClient<AppRouter>>;

export interface ServerUnderTest {
  readonly api: Api;
  readonly coapPort: number;
  stop(): Promise<void>;
}

export async function startServer(folder: string): Promise<ServerUnderTest> {
  const child = new Child('the server', process.execPath, [
    'dist/app/cli.js', 'serve', '--http', '127.0.0.1:0', '--coap', '127.0.0.1:0',
    '--data', folder, '--demo', '0', '--log-level', 'info',
  ], { env: { ...process.env, FLOWNEXUS_ADMIN_PASSWORD: PASSWORD } });
  const [http] = await child.line(/http:\/\/127\.0\.0\.1:\d+/);
  const health = await until('the server is healthy', async () => {
    const answer = await fetch(`${http}/healthz`).catch(() => undefined);
    return answer?.ok ? await answer.json() as { readonly coap: readonly string[] } : undefined;
  }, () => child.last());
  const coapPort = Number(health.coap[0]?.split(':').at(-1));
  return { api: await logIn(http), coapPort, stop: () => child.stop() };
}

/** A client that keeps its session cookie and says its origin, as a browser would. */
async function logIn(http: string): Promise<Api> {
  let cookie = '';
  const api = createTRPCClient<AppRouter>({
    links: [httpLink({
      url: `${http}/trpc`,
      async fetch(url, request) {
        const headers = new Headers(request?.headers as HeadersInit);
        headers.set('origin', http);
        if (cookie) headers.set('cookie', cookie);
        const answer = await fetch(url, { ...request as RequestInit, headers });
        const given = answer.headers.getSetCookie()[0];
        if (given) cookie = given.split(';')[0] ?? '';
        return answer;
      },
    })],
  });
  await api.session.login.mutate({ name: 'admin', password: PASSWORD });
  return api;
}
