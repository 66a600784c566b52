// The caller's own login: in and out, password, list of sessions. Everything about other people's
// accounts is in users.ts.

import { z } from 'zod';
import type { Context, Identity } from '../context.ts';
import { refuse, TOO_MANY_TRIES } from '../errors.ts';
import { givenPassword, newPassword } from '../inputs.ts';
import { hashPassword, verifyPassword } from '../passwords.ts';
import { anyone, router, viewer } from '../procedure.ts';
import type { Me, SessionView } from '../views.ts';

// One sentence for a wrong name and a wrong password: nobody learns which names exist.
const WRONG = 'That name and password do not belong together.';

const login = anyone
  .input(z.strictObject({ name: z.string().max(64), password: givenPassword }))
  .mutation(async ({ ctx, input }): Promise<Me> => {
    const { accounts, caller, log } = ctx;
    const name = input.name.trim().toLowerCase();
    await limitTries(ctx, name);
    const isRight = await verifyPassword(accounts.user(name)?.passwordHash, input.password);
    const user = accounts.user(name);
    if (!isRight || user === undefined) {
      log.warn('login refused', { address: caller.address });
      refuse('UNAUTHORIZED', WRONG);
    }
    ctx.backOff.succeeded(name);
    await caller.logIn(name, 'password');
    await accounts.audit(name, 'login', caller.address);
    return { name, role: user.role, mustSetPassword: false };
  });

const loginByLink = anyone
  .input(z.strictObject({ token: z.string().max(128) }))
  .mutation(async ({ ctx, input }): Promise<Me> => {
    const { accounts, caller, links } = ctx;
    await limitAddress(ctx);
    const name = links.redeem(input.token);
    if (name === undefined) {
      refuse('UNAUTHORIZED', 'This link was used already or is too old; ask for a new one.');
    }
    // The first start's link names an admin who does not exist until somebody follows it.
    if (accounts.isEmpty) await accounts.add({ name, role: 'admin', passwordHash: '' }, name);
    const user = accounts.user(name);
    if (user === undefined) refuse('UNAUTHORIZED', 'The user of this link was removed.');
    await caller.logIn(name, 'link');
    await accounts.audit(name, 'login by link', caller.address);
    return { name, role: user.role, mustSetPassword: true };
  });

const changePassword = viewer
  .input(z.strictObject({ current: givenPassword, next: newPassword }))
  .mutation(async ({ ctx, input }): Promise<void> => {
    const { accounts, identity } = ctx;
    await limitTries(ctx, identity.name);
    if (!await verifyPassword(accounts.user(identity.name)?.passwordHash, input.current)) {
      refuse('BAD_REQUEST', 'The current password is not right.');
    }
    ctx.backOff.succeeded(identity.name);
    await replacePassword(ctx, identity, input.next);
  });

/** After a login by link: that proved enough, so the old password is not asked. */
const setFirstPassword = viewer
  .input(z.strictObject({ next: newPassword }))
  .mutation(async ({ ctx, input }): Promise<void> => {
    if (!ctx.accounts.mustSetPassword(ctx.identity)) {
      refuse('FORBIDDEN', 'Changing the password needs the current one.');
    }
    await replacePassword(ctx, ctx.identity, input.next);
    // The link's session ends here; an ordinary one goes on under a new id.
    await ctx.caller.logIn(ctx.identity.name, 'password');
  });

export const sessionRouter = router({
  me: anyone.query(({ ctx }): Me | null => {
    const { identity } = ctx.caller;
    if (identity === undefined) return null;
    const { name, role } = identity;
    return { name, role, mustSetPassword: ctx.accounts.mustSetPassword(identity) };
  }),
  login,
  loginByLink,
  logout: anyone.mutation(async ({ ctx }): Promise<void> => {
    await ctx.caller.logOut();
  }),
  changePassword,
  setFirstPassword,
  list: viewer.query(({ ctx }): SessionView[] =>
    ctx.accounts.sessionsOf(ctx.identity.name).map((session) => ({
      id: session.idHash,
      createdAt: session.createdAt,
      lastUsedAt: session.lastUsedAt,
      expiresAt: session.expiresAt,
      address: session.address,
      agent: session.agent,
      isCurrent: session.idHash === ctx.identity.session,
    }))),
  revoke: viewer
    .input(z.strictObject({ id: z.string().max(128) }))
    .mutation(async ({ ctx, input }): Promise<void> => {
      const own = ctx.accounts.sessionsOf(ctx.identity.name);
      if (!own.some(({ idHash }) => idHash === input.id)) {
        refuse('NOT_FOUND', 'You have no such session.');
      }
      await ctx.accounts.closeSession(input.id);
      await ctx.accounts.audit(ctx.identity.name, 'session revoked', input.id.slice(0, 8));
    }),
});

async function limitAddress({ caller }: Context): Promise<void> {
  if (await caller.mayTryLogin()) return;
  refuse('TOO_MANY_REQUESTS', TOO_MANY_TRIES);
}

async function limitTries(ctx: Context, account: string): Promise<void> {
  await limitAddress(ctx);
  const wait = ctx.backOff.begin(account, ctx.clock.now());
  if (wait === 0) return;
  refuse('TOO_MANY_REQUESTS', `Too many tries; wait ${Math.ceil(wait / 1000)} s.`);
}

/** Ends every other session of the user; the one that asks goes on, its live stream too. */
async function replacePassword(ctx: Context, identity: Identity, next: string): Promise<void> {
  const { name, session } = identity;
  const changed = await ctx.accounts.setPassword(name, await hashPassword(next), name, session);
  if (!changed.ok) refuse('CONFLICT', changed.reason);
  ctx.links.drop(name);
}
