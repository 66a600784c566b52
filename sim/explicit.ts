// Chance made explicit: what recurs becomes single actions, and what a network lost and doubled by
// chance in one run becomes the list of those datagrams. A list can be shortened, a share cannot.

import type { Milliseconds } from '../core/ports.ts';
import { EPOCH } from './epoch.ts';
import type { NetworkRules } from './network-rules.ts';
import type { Fate, Observer } from './observer.ts';
import type { Passing } from './passing.ts';
import type { Action, Direction, Scenario, TimedAction } from './scenario/model.ts';

/** Longer lists are no help, and a file may not have many more. */
const LIST_MAX = 500;
const SECOND: Milliseconds = 1000;

/** Each repetition on its own; undefined when there is none, or too many. */
export function withoutRepetitions(scenario: Scenario): Scenario | undefined {
  const { server, duration } = scenario;
  const { restart } = server;
  const timeline = restart === undefined ? scenario.timeline : [...scenario.timeline, {
    at: restart.every, repeat: { every: restart.every, until: duration },
    action: { kind: 'kill server', down: restart.down } as const,
  }];
  if (timeline.every(({ repeat }) => repeat === undefined)) return undefined;
  const single = timeline.flatMap(({ at, repeat, action }): TimedAction[] => {
    const count = repeat === undefined ? 1 : 1 + Math.floor((repeat.until - at) / repeat.every);
    return Array.from({ length: Math.min(count, LIST_MAX + 1) }, (_, index) => (
      { at: at + index * (repeat?.every ?? 0), repeat: undefined, action }));
  });
  if (single.length > LIST_MAX) return undefined;
  return {
    ...scenario, server: { ...server, restart: undefined },
    timeline: single.sort((a, b) => a.at - b.at),
  };
}

type Fault = 'loss' | 'duplicate';

interface Datagram {
  readonly device: string;
  readonly direction: Direction;
  readonly nth: number;
  readonly sentAt: Milliseconds;
  arrived: number;
  lost: number;
}

/** Watches one run and remembers what became of each datagram. */
export class ChanceRecorder implements Observer {
  readonly #datagrams = new Map<string, Datagram>();

  passed({ at, device, direction, nth }: Passing, what: 'sent' | Fate): void {
    const { endpoint } = device.options;
    const key = `${endpoint} ${direction} ${nth}`;
    const datagram = this.#datagrams.get(key);
    if (what === 'sent') {
      this.#datagrams.set(key, {
        device: endpoint, direction, nth, sentAt: at - EPOCH, arrived: 0, lost: 0,
      });
    } else if (datagram === undefined) return;
    else if (what === 'lost') datagram.lost++;
    else datagram.arrived++;
  }

  /** The scenario with its lost or doubled datagrams by name; undefined when that is no help. */
  explicit(scenario: Scenario, fault: Fault): Scenario | undefined {
    const calmer = withoutFault(scenario, fault);
    if (calmer === scenario) return undefined;
    const kind = fault === 'loss' ? 'drop' : 'duplicate';
    const list: TimedAction[] = [];
    for (const { device, direction, nth, sentAt, arrived, lost } of this.#datagrams.values()) {
      // Of a doubled datagram one may be lost: then it arrived once, as if nothing had happened.
      if (fault === 'loss' ? lost === 0 || arrived > 0 : arrived < 2) continue;
      const action: Action = { kind, device, direction, nth };
      list.push({ at: sentAt - sentAt % SECOND, repeat: undefined, action });
    }
    const timeline = [...calmer.timeline, ...list].sort((a, b) => a.at - b.at);
    return timeline.length > LIST_MAX ? undefined : { ...calmer, timeline };
  }
}

/** The same scenario when nothing in it has the fault. */
function withoutFault(scenario: Scenario, fault: Fault): Scenario {
  const { networks, timeline } = scenario;
  const hasFault = Object.values(networks).some((rules) => rules[fault] > 0)
    || timeline.some(({ action }) => action.kind === 'network' && (action.rules[fault] ?? 0) > 0);
  if (!hasFault) return scenario;
  return {
    ...scenario,
    networks: Object.fromEntries(Object.entries(networks)
      .map(([name, rules]) => [name, { ...rules, [fault]: 0 }])),
    timeline: timeline.flatMap((timed): TimedAction[] => {
      if (timed.action.kind !== 'network') return [timed];
      const rules: Partial<NetworkRules> = Object.fromEntries(
        Object.entries(timed.action.rules).filter(([rule]) => rule !== fault),
      );
      return Object.keys(rules).length === 0
        ? [] : [{ ...timed, action: { ...timed.action, rules } }];
    }),
  };
}
