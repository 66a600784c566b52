// One live stream per page. `stream` opens it and says its id first; `watch` changes what it shows.

import { tracked, type TrackedEnvelope } from '@trpc/server';
import { z } from 'zod';
import { refuse } from '../errors.ts';
import { lastEventId, streamId, view } from '../inputs.ts';
import { router, viewer } from '../procedure.ts';
import type { LiveMessage } from '../views.ts';

export const liveRouter = router({
  stream: viewer.input(z.strictObject({ view, lastEventId })).subscription(
    async function* ({ ctx: { live, identity }, input, signal }):
    AsyncGenerator<TrackedEnvelope<LiveMessage>, void> {
      const opened = live.open(identity, input.view, input.lastEventId);
      if (!opened.ok) refuse('TOO_MANY_REQUESTS', opened.reason);
      const stream = opened.value;
      // A browser that left is noticed at once, not at the next message.
      signal?.addEventListener('abort', () => live.close(stream), { once: true });
      try {
        for await (const { id, message } of stream.messages()) {
          yield tracked(id, message);
        }
      } finally {
        live.close(stream);
      }
    },
  ),
  watch: viewer.input(z.strictObject({ id: streamId, view }))
    .mutation(({ ctx: { live, identity }, input }): void => {
      if (!live.watch(input.id, identity, input.view)) {
        refuse('NOT_FOUND', 'This live stream has ended; open a new one.');
      }
    }),
});
