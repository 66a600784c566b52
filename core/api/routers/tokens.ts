// API tokens: everybody makes and revokes their own, admins revoke all. A token cannot do this
// (procedure.ts): else one that leaked would outlive its expiry.

import { z } from 'zod';
import { refuse } from '../errors.ts';
import { role, tokenDays, tokenName } from '../inputs.ts';
import { router, viewer } from '../procedure.ts';
import { RANK } from '../roles.ts';
import type { MadeToken, TokenView } from '../views.ts';

const newToken = z.strictObject({ name: tokenName, role, days: tokenDays });

export const tokensRouter = router({
  /** One's own; an admin sees all. */
  list: viewer.query(({ ctx: { tokens, identity } }): TokenView[] => tokens.list()
    .filter(({ user }) => user === identity.name || identity.role === 'admin')
    .map(({ id, user, name, role: of, createdAt, expiresAt, lastUsedAt }) =>
      ({ id, user, name, role: of, createdAt, expiresAt, lastUsedAt: lastUsedAt ?? null }))),
  make: viewer.input(newToken).mutation(async ({ ctx, input }): Promise<MadeToken> => {
    const { tokens, accounts, identity } = ctx;
    if (accounts.user(identity.name) === undefined) refuse('FORBIDDEN', 'Only users have tokens.');
    if (RANK[input.role] > RANK[identity.role]) {
      refuse('FORBIDDEN', 'A token may not do more than you.');
    }
    const made = await tokens.make(identity, input);
    return made.ok ? made.value : refuse('CONFLICT', made.reason);
  }),
  revoke: viewer.input(z.strictObject({ id: z.string().max(64) }))
    .mutation(async ({ ctx: { tokens, identity }, input }): Promise<void> => {
      const found = tokens.list().find(({ id, user }) =>
        id === input.id && (user === identity.name || identity.role === 'admin'));
      if (found === undefined) refuse('NOT_FOUND', 'There is no such token.');
      await tokens.revoke(found, identity.name);
    }),
});
