// Sessions as @fastify/session wants to keep them, over accounts.ts. The cookie holds 192 random
// bits and no signature: they are looked up by their hash, there is nothing to forge.

import { createHash } from 'node:crypto';
import type { FastifySessionOptions, SessionStore } from '@fastify/session';
import type { Accounts, Login } from './accounts.ts';
import { SESSION_LIFE_MAX } from './accounts.ts';

declare module 'fastify' {
  interface Session {
    /** Set once, by a login; a session without it is nobody's and is not kept. */
    login?: Login;
  }
}

export const plainIds: FastifySessionOptions['secret'] = {
  sign: (id) => id,
  unsign: (id) => ({ valid: true, renew: false, value: id }),
};

export function hashOfSession(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

export function cookieSessions(accounts: Accounts): SessionStore {
  return {
    get(id, done) {
      const isKnown = accounts.identify(hashOfSession(id)) !== undefined;
      done(null, isKnown ? { cookie: { originalMaxAge: SESSION_LIFE_MAX } } : null);
    },
    set(id, { login }, done) {
      if (login === undefined) done();
      else accounts.openSession(hashOfSession(id), login).then(() => done(), done);
    },
    destroy(id, done) {
      accounts.closeSession(hashOfSession(id)).then(() => done(), done);
    },
  };
}
