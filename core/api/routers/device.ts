// One device: what is known of it, its history, and what people ask of it. A mutation answers
// once what it did is on disk.

import { z } from 'zod';
import type { Result } from '../../result.ts';
import type { Ticket } from '../../ports.ts';
import type { Wish } from '../../lwm2m/operation.ts';
import { askDevice, asked, audit, durable, findDevice as find } from '../asking.ts';
import type { Context } from '../context.ts';
import { events, latestValues, operations, series } from '../../store/history.ts';
import { track, type Place } from '../../store/track.ts';
import { refuse } from '../errors.ts';
import { wantedShape } from '../wanted-input.ts';
import { endpoint, seriesSpan, target, trackSpan, waitingSeconds, wish } from '../inputs.ts';
import {
  deviceView, eventView, linkViews, mergeOperations, operationView, seriesPath,
  STORED_OPERATIONS_MAX,
} from '../present.ts';
import { admin, operator, router, viewer } from '../procedure.ts';
import { objectTree } from '../tree.ts';
import type {
  DeviceDetailView, EventView, LinkView, OperationView, SeriesView,
} from '../views.ts';

const device = z.strictObject({ endpoint });
const recent = device.extend({ limit: z.number().int().min(1).max(500) });
const resource = z.strictObject({ endpoint, path: target });
const oneOperation = device.extend({ operation: z.number().int().min(1) });
const request = z.strictObject({ endpoint, wish, waitAtMost: waitingSeconds.optional() });
const description = z.strictObject({
  endpoint,
  displayName: z.string().trim().max(100),
  tags: z.array(z.string().trim().min(1).max(50)).max(20),
});

export const deviceRouter = router({
  detail: viewer.input(device).query(async ({ ctx, input }): Promise<DeviceDetailView> => {
    const { id } = find(ctx, input.endpoint).row;
    const [latest, stored] = await Promise.all([
      latestValues(ctx.db, id),
      operations(ctx.db, { device: id, limit: STORED_OPERATIONS_MAX }),
    ]);
    // What the server reports is asked last: it must not be older than what was read.
    const detail = find(ctx, input.endpoint);
    return {
      ...deviceView(detail, mergeOperations(detail, stored)),
      objects: objectTree(detail, latest, ctx.models.known),
    };
  }),
  series: viewer.input(seriesSpan).query(async ({ ctx, input }): Promise<SeriesView> => {
    const { path: of, from, to, buckets } = input;
    const place = seriesPath(find(ctx, input.endpoint).row.id, of);
    return { path: of, ...await series(ctx.db, { ...place, from, to, buckets }) };
  }),
  /** Where it was, the oldest place first. */
  track: viewer.input(trackSpan).query(({ ctx, input }): Promise<Place[]> => {
    const { row } = find(ctx, input.endpoint);
    const [object = 0, instance = 0] = input.path.slice(1).split('/').map(Number);
    // LwM2M Core 1.1.1 E.7, and IPSO's Location.
    const [latitude, longitude] = object === 6 ? [0, 1] : [5514, 5515];
    const { from, to } = input;
    return track(ctx.db, { device: row.id, object, instance, latitude, longitude, from, to });
  }),
  /** Newest first. */
  events: viewer.input(recent).query(async ({ ctx, input }): Promise<EventView[]> => {
    const { row } = find(ctx, input.endpoint);
    return (await events(ctx.db, { device: row.id, limit: input.limit })).map(eventView);
  }),
  /** What a Discover, one of the device's last operations, was answered with. */
  links: viewer.input(oneOperation).query(async ({ ctx, input }): Promise<LinkView[]> => {
    const detail = find(ctx, input.endpoint);
    const query = { device: detail.row.id, limit: STORED_OPERATIONS_MAX };
    const found = mergeOperations(detail, await operations(ctx.db, query))
      .find(({ id, kind }) => id === input.operation && kind === 'discover');
    return found === undefined ? refuse('NOT_FOUND', 'There is no such Discover any more.')
      : linkViews(found);
  }),
  /** Asks the device for an operation, now or when it next listens. */
  request: operator.input(request).mutation(async ({ ctx, input }): Promise<OperationView> => {
    find(ctx, input.endpoint);
    const { endpoint: name, wish: wished, waitAtMost } = input;
    const made = askDevice(ctx, name, wished as Wish, waitAtMost);
    await asked(ctx, name, made);
    return operationView(made.operation);
  }),
  /** Takes back what has not left yet. */
  cancel: operator.input(oneOperation).mutation(async ({ ctx, input }): Promise<void> => {
    find(ctx, input.endpoint);
    const { endpoint: name, operation: id } = input;
    await settle(ctx, ctx.management.cancel(name, id, ctx.identity.name));
    await audit(ctx, 'operation cancelled', `${name} ${id}`);
  }),
  setObserved: operator.input(resource.extend({ observed: z.boolean() }))
    .mutation(async ({ ctx, input }): Promise<void> => {
      find(ctx, input.endpoint);
      const { endpoint: name, path: of, observed } = input;
      await settle(ctx, ctx.management.setObserved(name, of, observed));
      await audit(ctx, observed ? 'observation on' : 'observation off', `${name} ${of}`);
    }),
  /** Declares what is wanted of this device, in place of what was declared before. */
  declare: operator.input(z.strictObject({ endpoint, wanted: z.strictObject(wantedShape) }))
    .mutation(async ({ ctx, input }): Promise<void> => {
      find(ctx, input.endpoint);
      await settle(ctx, ctx.management.declare(input.endpoint, input.wanted));
      await audit(ctx, 'wants declared', input.endpoint);
    }),
  describe: operator.input(description).mutation(async ({ ctx, input }): Promise<void> => {
    find(ctx, input.endpoint);
    const { endpoint: name, displayName, tags } = input;
    await settle(ctx, ctx.management.describe(name, { displayName, tags }));
    await audit(ctx, 'device described', name);
  }),
  provision: admin.input(device).mutation(async ({ ctx, input }): Promise<void> => {
    await settle(ctx, ctx.management.provision(input.endpoint));
    await audit(ctx, 'device provisioned', input.endpoint);
  }),
  forget: admin.input(device).mutation(async ({ ctx, input }): Promise<void> => {
    find(ctx, input.endpoint);
    await settle(ctx, ctx.management.forget(input.endpoint));
    await audit(ctx, 'device forgotten', input.endpoint);
  }),
});

/** What a device or our own rules refuse is a conflict; what they accept is awaited on disk. */
async function settle({ management }: Context, result: Result<Ticket>): Promise<void> {
  if (!result.ok) refuse('CONFLICT', result.reason);
  await durable(management, result.value);
}
