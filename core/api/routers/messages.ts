// The CoAP messages of a device while somebody looks. To look takes no more than to see values; to
// have the server record takes an operator, since there are few recordings.

import { z } from 'zod';
import { refuse } from '../errors.ts';
import { endpoint, MESSAGES_MAX, messagesQuery } from '../inputs.ts';
import { messagesPage } from '../message-view.ts';
import { operator, router, viewer } from '../procedure.ts';
import type { MessagesPage } from '../views.ts';

export const messagesRouter = router({
  /** Newest first. */
  page: viewer.input(messagesQuery).query(({ ctx, input }): MessagesPage => {
    const { management } = ctx;
    if (management.device(input.endpoint) === undefined) noDevice();
    const { before } = input;
    return messagesPage(management.recorded(input.endpoint),
      { ...(before !== undefined && { before }), limit: MESSAGES_MAX });
  }),
  /** Begins, goes on with, or begins anew what the server records of a device. */
  record: operator.input(z.strictObject({ endpoint, anew: z.boolean() }))
    .mutation(async ({ ctx, input }): Promise<void> => {
      const { management, accounts, identity } = ctx;
      if (management.device(input.endpoint) === undefined) noDevice();
      const wasRecorded = management.recorded(input.endpoint) !== undefined;
      if (input.anew) management.endRecord(input.endpoint);
      const begun = management.record(input.endpoint);
      if (!begun.ok) return refuse('TOO_MANY_REQUESTS', sentence(begun.reason));
      if (begun.value === 'begun' && !wasRecorded) {
        await accounts.audit(identity.name, 'messages recorded', input.endpoint);
      }
    }),
});

function noDevice(): never {
  return refuse('NOT_FOUND', 'There is no such device.');
}

function sentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}
