// The server as a whole and the fleet table.

import { fleetQuery } from '../inputs.ts';
import type { FleetWindow, Refusal, Statechart } from '../management.ts';
import { router, viewer } from '../procedure.ts';
import { eventWords, picture, words } from '../statechart-layout.ts';
import type { ServerView, StatechartView } from '../views.ts';

/** The machine is the same as long as the process runs. */
let drawn: StatechartView | undefined;

function draw({ regions }: Statechart): StatechartView {
  return { regions: regions.map((region) => ({
    id: region.id,
    picture: picture(region),
    next: region.transitions.map(({ from, to, event }) => (
      { from, to: words(to), event: eventWords(event) })),
  })) };
}

export const serverRouter = router({
  facts: viewer.query(({ ctx: { management, addresses } }): ServerView =>
    ({ ...management.facts(), http: addresses(), now: management.now() })),
  statechart: viewer.query(({ ctx: { management } }): StatechartView => {
    drawn ??= draw(management.statechart());
    return drawn;
  }),
});

export const fleetRouter = router({
  window: viewer.input(fleetQuery)
    .query(({ ctx: { management }, input }): FleetWindow => management.fleet(input)),
  refusals: viewer.query(({ ctx: { management } }): Refusal[] => [...management.refusals()]),
});
