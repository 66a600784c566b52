// Alerts: those that are raised, those of the past, and what people do about them.

import { z } from 'zod';
import type { Ticket } from '../../ports.ts';
import type { Result } from '../../result.ts';
import { hasAlert, pastAlerts, type PastAlert } from '../../store/history.ts';
import type { Context } from '../context.ts';
import { refuse } from '../errors.ts';
import type { Alert } from '../management.ts';
import { operator, router, viewer } from '../procedure.ts';

const PAST_MAX = 200;
/** The longest that one is muted for: 30 days, in seconds. */
const MUTE_MAX = 2_592_000;

const id = z.number().int().min(1);

export const alertsRouter = router({
  open: viewer.query(({ ctx: { management } }): readonly Alert[] => management.alerts()),
  /** The last ones that were cleared, the newest first. */
  past: viewer.query(({ ctx: { db } }): Promise<PastAlert[]> => pastAlerts(db, PAST_MAX)),
  acknowledge: operator.input(z.strictObject({ id })).mutation(async ({ ctx, input }) => {
    await settle(ctx, input.id, ctx.management.acknowledgeAlert(input.id, ctx.identity.name));
    await ctx.accounts.audit(ctx.identity.name, 'alert acknowledged', String(input.id));
  }),
  /** For so many seconds. */
  mute: operator.input(z.strictObject({ id, seconds: z.number().int().min(60).max(MUTE_MAX) }))
    .mutation(async ({ ctx, input }) => {
      const until = ctx.management.now() + input.seconds * 1_000;
      await settle(ctx, input.id, ctx.management.muteAlert(input.id, until));
      await ctx.accounts.audit(ctx.identity.name, 'alert muted', String(input.id));
    }),
});

async function settle(
  { management, db }: Context, alert: number, result: Result<Ticket>,
): Promise<void> {
  if (!result.ok) {
    // The server knows those that are raised, the database those that were, for some time.
    return await hasAlert(db, alert) ? refuse('CONFLICT', result.reason)
      : refuse('NOT_FOUND', 'There is no such alert.');
  }
  await new Promise<void>((resolve) => management.afterCommit(result.value, resolve));
}
