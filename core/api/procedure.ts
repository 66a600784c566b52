// The tRPC ground all routers stand on: the one place where roles are enforced, and the one place
// where an error becomes the sentence a person reads.

import { initTRPC, TRPCError } from '@trpc/server';
import type { Caller, Context, Identity, Services } from './context.ts';
import { refuse, shapeOf } from './errors.ts';
import { RANK, type Audience } from './roles.ts';

export interface Meta {
  readonly audience: Audience;
}

const t = initTRPC.context<Context>().meta<Meta>().create({
  isDev: false,
  sse: {
    ping: { enabled: true, intervalMs: 15_000 },
    client: { reconnectAfterInactivityMs: 45_000 },
  },
  errorFormatter: ({ error }) => shapeOf(error),
});

/** What a token never opens: who finds one must not make a longer lasting way in of it. */
const OF_PEOPLE = /^(session\.(?!me$)|users\.|tokens\.)/;

export const { router, createCallerFactory } = t;

/** Throws unless the caller belongs to the audience; `path` names what is asked for. */
export function admit(
  { accounts, caller }: Pick<Services, 'accounts'> & { readonly caller: Caller },
  needed: Audience, path: string,
): void {
  const { identity } = caller;
  if (needed !== 'anyone' && identity === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' });
  if (RANK[needed] > RANK[identity?.role ?? 'anyone']) throw new TRPCError({ code: 'FORBIDDEN' });
  // A login by link is for setting a password; until that is done it opens nothing else.
  if (identity !== undefined && !path.startsWith('session.')
    && accounts.mustSetPassword(identity)) refuse('FORBIDDEN', 'Please set a password first.');
  if (identity?.isToken === true && OF_PEOPLE.test(path)) {
    refuse('FORBIDDEN', 'Accounts are for people: log in to the dashboard.');
  }
}

// A procedure that names no audience can be called by nobody: forgetting is safe.
const guarded = t.procedure.use(({ ctx, meta, path, next }) => {
  if (meta?.audience === undefined) throw new TRPCError({ code: 'FORBIDDEN' });
  admit(ctx, meta.audience, path);
  return next();
});

// The guard above has refused everybody without identity; this only tells the compiler.
const identified = guarded.use(({ ctx, next }) =>
  next({ ctx: { identity: ctx.caller.identity as Identity } }));

export const anyone = guarded.meta({ audience: 'anyone' });
export const viewer = identified.meta({ audience: 'viewer' });
export const operator = identified.meta({ audience: 'operator' });
export const admin = identified.meta({ audience: 'admin' });
