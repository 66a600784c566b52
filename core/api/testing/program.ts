// A program that uses the REST interface, as far as the tests need it: a token and no cookie.

import type { IncomingHttpHeaders } from 'node:http';
import type { MadeToken, Role } from '../views.ts';
import type { World } from './world.ts';

export interface Program {
  send(method: string, path: string, body?: unknown): Promise<{
    readonly status: number;
    readonly type: string | undefined;
    readonly headers: IncomingHttpHeaders;
    readonly bytes: Buffer;
    readonly text: string;
    /** Undefined when the answer is no JSON. */
    readonly body: unknown;
  }>;
}

/** Without a role it has no token. */
export async function tokenOf(world: World, role: Role | undefined): Promise<Program> {
  const about = { name: 'program', role, days: 365 };
  const token = role === undefined ? undefined
    : await (await world.as(role)).mustCall<MadeToken>('tokens.make', about);
  return {
    async send(method, path, body) {
      const browser = world.browser();
      // Only what has a token may name no site.
      if (token !== undefined) browser.origin = undefined;
      const { status, headers, bytes, text } = await browser.fetch(
        method, `/rest/v1${path}`,
        token === undefined ? {} : { authorization: `Bearer ${token.secret}` },
        method === 'POST' || method === 'PUT' ? JSON.stringify(body) : undefined,
      );
      const type = headers['content-type'];
      return {
        status, headers, bytes, text, type,
        body: type?.includes('json') === true ? JSON.parse(text) as unknown : undefined,
      };
    },
  };
}
