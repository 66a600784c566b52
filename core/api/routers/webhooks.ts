// Webhooks, for admins: they send what all devices say to somewhere else.

import { z } from 'zod';
import { deliveries } from '../../store/webhooks.ts';
import type { Context } from '../context.ts';
import { refuse } from '../errors.ts';
import { before, newWebhook, pageLimit } from '../inputs.ts';
import { admin, router } from '../procedure.ts';
import type { DeliveryView, MadeWebhook, Page, WebhookView } from '../views.ts';

const one = z.strictObject({ webhook: z.string().max(64) });
const list = one.extend({ before, limit: pageLimit });

export const webhooksRouter = router({
  list: admin.query(({ ctx }): { readonly items: readonly WebhookView[] } => ({
    items: ctx.webhooks.list().map(({ webhook: { secret: _, ...webhook }, ...counts }) =>
      ({ ...webhook, ...counts })),
  })),
  make: admin.input(newWebhook).mutation(async ({ ctx, input }): Promise<MadeWebhook> => {
    const made = await ctx.webhooks.make(input, ctx.identity.name);
    if (!made.ok) return refuse('CONFLICT', made.reason);
    // The rest of an address often is a secret.
    const { host } = new URL(input.url);
    await ctx.accounts.audit(ctx.identity.name, 'webhook made', `${made.value.id} to ${host}`);
    return made.value;
  }),
  remove: admin.input(one).mutation(async ({ ctx, input }): Promise<void> => {
    if (!await ctx.webhooks.remove(input.webhook)) notFound();
    await ctx.accounts.audit(ctx.identity.name, 'webhook removed', input.webhook);
  }),
  /** Newest first. */
  deliveries: admin.input(list).query(async ({ ctx, input }): Promise<Page<DeliveryView>> => {
    find(ctx, input.webhook);
    const found = await deliveries(ctx.db, input);
    return {
      items: found.map(({ webhook: _, ...delivery }) => delivery),
      next: found.length < input.limit ? null : found.at(-1)?.id ?? null,
    };
  }),
});

function find({ webhooks }: Context, id: string): void {
  if (!webhooks.list().some(({ webhook }) => webhook.id === id)) notFound();
}

function notFound(): never {
  return refuse('NOT_FOUND', 'There is no such webhook.');
}
