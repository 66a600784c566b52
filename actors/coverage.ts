// How much of the session machine a campaign reached: each reaction of each region, with the number
// of runs that came to it. The table of transitions remembers what was taken; the machine says
// which of its regions reacted, and how.

import type { SessionStates } from '../core/api/management.ts';
import { eventName, sessionReactions, type Reaction } from './describe.ts';
import { sessionMachine, type SessionEvent } from './session.machine.ts';
import { stateOf, type Taken } from './transitions.ts';

export interface Covered extends Reaction {
  /** In how many runs it happened. */
  readonly runs: number;
}

export class SessionCoverage {
  readonly #runs = new Map(sessionReactions().map((one) => [keyOf(one), 0]));
  readonly #reactions = new Map<string, readonly string[]>();

  /** One more run, with what was taken in it. */
  add(run: readonly Taken[]): void {
    for (const key of new Set(run.flatMap((taken) => this.#reactionsTo(taken)))) {
      const runs = this.#runs.get(key);
      // A region that enters again where it is has not gone anywhere.
      if (runs !== undefined) this.#runs.set(key, runs + 1);
    }
  }

  /** Every reaction of the machine, in its order. */
  get all(): Covered[] {
    return sessionReactions().map((one) => ({ ...one, runs: this.#runs.get(keyOf(one)) ?? 0 }));
  }

  #reactionsTo(taken: Taken): readonly string[] {
    const key = JSON.stringify(taken);
    const known = this.#reactions.get(key) ?? reactionsTo(taken).map(keyOf);
    this.#reactions.set(key, known);
    return known;
  }
}

/** What the regions do at the event, and at what it makes them raise. */
export function reactionsTo({ states, event }: Taken): Reaction[] {
  const { snapshot } = stateOf(states);
  const first = sessionMachine.getTransitionData(snapshot, event);
  const raised = first.flatMap(({ actions }) => actions.flatMap((action) => {
    const { event: one } = Object(action) as { readonly event?: SessionEvent };
    return one ?? [];
  }));
  // Who raises an event does not react to it, so that the others still are where they were.
  const rest = raised.flatMap((one) => sessionMachine.getTransitionData(snapshot, one));
  return [...first, ...rest].map(({ source, target, eventType }) => {
    const region = source.path[0] as keyof SessionStates;
    const from = states[region];
    return { region, from, to: target?.[0]?.key ?? from, event: eventName(eventType) };
  });
}

function keyOf({ region, from, event, to }: Reaction): string {
  return `${region}: ${from}, ${event}: ${to}`;
}
