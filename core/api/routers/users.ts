// Accounts, for admins. The last admin can neither be removed nor made less.

import { z } from 'zod';
import type { Result } from '../../result.ts';
import type { Accounts } from '../accounts.ts';
import { refuse } from '../errors.ts';
import { newPassword, role, userName } from '../inputs.ts';
import { hashPassword } from '../passwords.ts';
import { admin, router } from '../procedure.ts';
import type { LoginLink, UserView } from '../views.ts';

const name = z.string().max(64);

export const usersRouter = router({
  list: admin.query(({ ctx: { accounts } }): UserView[] =>
    accounts.users().map((user) => ({
      name: user.name,
      role: user.role,
      hasPassword: user.passwordHash !== '',
      sessions: accounts.sessionsOf(user.name).length,
    }))),
  add: admin
    .input(z.strictObject({ name: userName, password: newPassword, role }))
    .mutation(async ({ ctx: { accounts, identity }, input }): Promise<void> => {
      const passwordHash = await hashPassword(input.password);
      settle(await accounts.add(
        { name: input.name, role: input.role, passwordHash }, identity.name,
      ));
    }),
  setRole: admin
    .input(z.strictObject({ name, role }))
    .mutation(async ({ ctx: { accounts, identity }, input }): Promise<void> => {
      requireUser(accounts, input.name);
      settle(await accounts.setRole(input.name, input.role, identity.name));
    }),
  setPassword: admin
    .input(z.strictObject({ name, password: newPassword }))
    .mutation(async ({ ctx: { accounts, identity, links }, input }): Promise<void> => {
      requireUser(accounts, input.name);
      const passwordHash = await hashPassword(input.password);
      settle(await accounts.setPassword(
        input.name, passwordHash, identity.name, identity.session,
      ));
      links.drop(input.name);
    }),
  remove: admin
    .input(z.strictObject({ name }))
    .mutation(async ({ ctx: { accounts, identity, links, tokens }, input }): Promise<void> => {
      requireUser(accounts, input.name);
      settle(await accounts.remove(input.name, identity.name));
      links.drop(input.name);
      tokens.drop(input.name);
    }),
  /** A link that logs `name` in once, to set a new password. */
  loginLink: admin
    .input(z.strictObject({ name }))
    .mutation(async ({ ctx: { accounts, identity, links }, input }): Promise<LoginLink> => {
      requireUser(accounts, input.name);
      await accounts.audit(identity.name, 'login link made', input.name);
      return links.make(input.name);
    }),
});

function requireUser(accounts: Accounts, user: string): void {
  if (accounts.user(user) === undefined) refuse('NOT_FOUND', 'There is no such user.');
}

function settle(result: Result<void>): void {
  if (!result.ok) refuse('CONFLICT', result.reason);
}
