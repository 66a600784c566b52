// What happened to devices.

import { z } from 'zod';
import { eventPage } from '../../store/history.ts';
import { findDevice } from '../asking.ts';
import { before, endpoint, pageLimit } from '../inputs.ts';
import { router, viewer } from '../procedure.ts';
import type { FleetEvent, Page } from '../views.ts';

const list = z.strictObject({ endpoint: endpoint.optional(), before, limit: pageLimit });

export const eventsRouter = router({
  /** Of all devices or of one, newest first. */
  list: viewer.input(list).query(async ({ ctx, input }): Promise<Page<FleetEvent>> => {
    const device = input.endpoint === undefined ? undefined
      : findDevice(ctx, input.endpoint).row.id;
    const found = await eventPage(ctx.db, { device, before: input.before, limit: input.limit });
    const items = found.map(({ device: _, ...event }) => event);
    return { items, next: items.length < input.limit ? null : items.at(-1)?.id ?? null };
  }),
});
