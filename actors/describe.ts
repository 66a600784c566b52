// The session machine as plain JSON for the dashboard: its regions, states and transitions, read
// off the machine itself so that the picture cannot differ from what runs.

import type { AnyStateNode } from 'xstate';
import type { SessionStates, Statechart } from '../core/api/management.ts';
import { sessionMachine } from './session.machine.ts';

export function describeSession(): Statechart {
  const regions = Object.values(sessionMachine.root.states) as AnyStateNode[];
  return { regions: regions.map(describeRegion) };
}

type Region = Statechart['regions'][number];

function describeRegion(region: AnyStateNode): Region {
  const states = Object.values(region.states) as AnyStateNode[];
  const own = states.flatMap((state) => transitionsOf(state, [state.key]));
  // A transition of the region itself leaves from each of its states.
  const common = transitionsOf(region, states.map(({ key }) => key));
  return {
    id: region.key as keyof SessionStates,
    states: states.map(({ key }) => key),
    initial: region.initial.target[0]?.key ?? '',
    transitions: [...own, ...common],
  };
}

function transitionsOf(node: AnyStateNode, from: readonly string[]): Region['transitions'] {
  const found: { from: string; to: string; event: string }[] = [];
  for (const transitions of node.transitions.values()) {
    for (const { eventType, target } of transitions) {
      const to = target?.[0]?.key;
      if (to === undefined) continue;
      const event = eventName(eventType);
      for (const state of from) if (state !== to) found.push({ from: state, to, event });
    }
  }
  return found;
}

/** `xstate.after.lifetime.session…` is read as `after lifetime`. */
function eventName(type: string): string {
  const [, after, delay] = type.split('.');
  return after === 'after' ? `after ${delay}` : type;
}
