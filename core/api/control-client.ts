// How a command talks to the running server of its data folder: the typed API over the control
// socket. It does not know what a command does when there is no server.

import { request } from 'node:http';
import { createTRPCClient, httpLink } from '@trpc/client';
import type { AppRouter } from './router.ts';

export type ControlClient = ReturnType<typeof controlClient>;

/** Calls reject with a cause of code ENOENT or ECONNREFUSED when no server listens. */
export function controlClient(socketPath: string) {
  return createTRPCClient<AppRouter>({
    links: [httpLink({
      url: 'http://localhost/trpc',
      fetch: (url, init) => fetchOverSocket(socketPath, url, init),
    })],
  });
}

type Init = { readonly method?: string; readonly body?: unknown; readonly headers?: unknown };

function fetchOverSocket(
  socketPath: string, url: RequestInfo | URL | string, init: Init = {},
): Promise<Response> {
  const { pathname, search } = new URL(String(url));
  const headers = Object.fromEntries(new Headers(init.headers as HeadersInit));
  return new Promise((resolve, reject) => {
    const call = request({
      socketPath, path: pathname + search, method: init.method ?? 'GET', headers,
    }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        resolve(new Response(body, { status: answer.statusCode ?? 500 }));
      });
    });
    call.on('error', reject);
    call.end(typeof init.body === 'string' ? init.body : undefined);
  });
}
