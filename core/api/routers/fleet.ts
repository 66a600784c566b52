// The server as a whole and the fleet table.

import { fleetQuery } from '../inputs.ts';
import type { FleetWindow, Refusal, Statechart } from '../management.ts';
import { router, viewer } from '../procedure.ts';
import type { ServerView } from '../views.ts';

export const serverRouter = router({
  facts: viewer.query(({ ctx: { management, addresses } }): ServerView =>
    ({ ...management.facts(), http: addresses(), now: management.now() })),
  statechart: viewer.query(({ ctx: { management } }): Statechart => management.statechart()),
});

export const fleetRouter = router({
  window: viewer.input(fleetQuery)
    .query(({ ctx: { management }, input }): FleetWindow => management.fleet(input)),
  refusals: viewer.query(({ ctx: { management } }): Refusal[] => [...management.refusals()]),
});
