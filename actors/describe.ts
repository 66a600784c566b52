// The session machine as plain data for people: its regions, states and transitions, read off the
// machine itself so that no picture of it can differ from what runs.

import type { AnyStateNode } from 'xstate';
import type { SessionStates, Statechart } from '../core/api/management.ts';
import { sessionMachine } from './session.machine.ts';

type Region = Statechart['regions'][number];

/** What a region does at an event in one of its states; in place when it stays in the state. */
export type Reaction = Region['transitions'][number] & { readonly region: keyof SessionStates };

/** The chart of the dashboard: only what changes a state is drawn. */
export function describeSession(): Statechart {
  const all = sessionReactions();
  const regions = Object.values(sessionMachine.root.states) as AnyStateNode[];
  return {
    regions: regions.map((region) => ({
      id: region.key as keyof SessionStates,
      states: Object.keys(region.states),
      initial: region.initial.target[0]?.key ?? '',
      transitions: all.filter((one) => one.region === region.key && one.from !== one.to)
        .map(({ from, to, event }) => ({ from, to, event })),
    })),
  };
}

/** Every reaction there is, in the order of the machine. */
export function sessionReactions(): Reaction[] {
  const regions = Object.values(sessionMachine.root.states) as AnyStateNode[];
  return regions.flatMap((region) => {
    const states = Object.values(region.states) as AnyStateNode[];
    const own = states.flatMap((state) => reactionsOf(region, state, [state.key]));
    // A transition of the region itself leaves from each of its other states.
    return [...own, ...reactionsOf(region, region, Object.keys(region.states))];
  });
}

function reactionsOf(
  region: AnyStateNode, node: AnyStateNode, from: readonly string[],
): Reaction[] {
  const found: Reaction[] = [];
  for (const transitions of node.transitions.values()) {
    for (const { eventType, target } of transitions) {
      for (const state of from) {
        const to = target?.[0]?.key;
        if (state === to) continue;
        found.push({
          region: region.key as keyof SessionStates, from: state, to: to ?? state,
          event: eventName(eventType),
        });
      }
    }
  }
  return found;
}

/** `xstate.after.lifetime.session…` is read as `after lifetime`. */
export function eventName(type: string): string {
  const [, after, delay] = type.split('.');
  return after === 'after' ? `after ${delay}` : type;
}
