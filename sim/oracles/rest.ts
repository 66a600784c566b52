// Whether a scenario leaves its world alone for long enough before its end that everything must
// have come to rest: only then is convergence judged.

import type { Milliseconds } from '../../core/ports.ts';
import type { NetworkRules } from '../network-rules.ts';
import { Overlaid } from '../overlaid.ts';
import type { Action, Fleet, Scenario, TimedAction } from '../scenario/model.ts';

/** Retransmissions, a retried Register and everything that is wanted, one after the other. */
export const RETRY_SPAN: Milliseconds = 600_000;
/** Between the steps of an update: a vendor's pause, the boot. */
const UPDATE_PAUSES: Milliseconds = 60_000;
/** An operation fails after so many times without an answer. */
const ATTEMPTS_MAX = 3;

export function comesToRest(scenario: Scenario): boolean {
  const { duration, server, fleets, networks, timeline } = scenario;
  if (server.restart !== undefined || timeline.some(isForever)) return false;
  for (const [name, usual] of Object.entries(networks)) {
    if (!isCalm(rulesAtEnd(scenario, name, usual))) return false;
  }
  const disturbed = Math.max(
    0, ...fleets.map(({ start }) => start.at + start.spread),
    ...timeline.map((timed) => endOf(timed, fleets)),
  );
  return disturbed + Math.max(0, ...fleets.map(cycleOf)) + RETRY_SPAN <= duration;
}

/**
 * Every device speaks at least once in its lifetime, and what waits for it goes on then; to one
 * that does not listen after its Update, all attempts may have to fail.
 */
export function cycleOf(
  { lifetime, report, queueMode }: Pick<Fleet, 'lifetime' | 'report' | 'queueMode'>,
): Milliseconds {
  const attempts = queueMode?.closesAfterAck === true ? ATTEMPTS_MAX : 1;
  return attempts * lifetime * 1000 + report.every;
}

/** A datagram that is lost or doubled by number may be the last one. */
function isForever({ action: { kind } }: TimedAction): boolean {
  return kind === 'drop' || kind === 'duplicate';
}

function endOf({ at, repeat, action }: TimedAction, fleets: readonly Fleet[]): Milliseconds {
  return (repeat?.until ?? at) + spanOf(action, fleets);
}

function spanOf(action: Action, fleets: readonly Fleet[]): Milliseconds {
  switch (action.kind) {
    case 'update firmware': {
      const plan = fleets.find(({ name }) => name === action.devices.fleet)?.firmware;
      return plan === undefined ? 0 : plan.downloadTime + plan.updateTime + UPDATE_PAUSES;
    }
    case 'kill server': return action.down;
    case 'partition': case 'clog': return action.span;
    // The last group may have begun at its end.
    case 'slow disk': return action.span + action.commit;
    case 'network': return action.span ?? 0;
    default: return 0;
  }
}

function rulesAtEnd(
  { duration, timeline }: Scenario, network: string, usual: NetworkRules,
): NetworkRules {
  const rules = new Overlaid(usual);
  for (const { last, action } of timeline.map(lastOf).sort(inOrder)) {
    if (action.kind !== 'network' || action.network !== network) continue;
    rules.change(action.rules, last, last + (action.span ?? Infinity));
  }
  return rules.at(duration);
}

interface LastTime {
  readonly action: Action;
  readonly first: Milliseconds;
  readonly last: Milliseconds;
  /** When its last time was put on the clock. */
  readonly scheduled: Milliseconds;
}

/** The last time of an action; what it did before is over by then, or is done again. */
function lastOf({ at, repeat, action }: TimedAction): LastTime {
  if (repeat === undefined) return { action, first: at, last: at, scheduled: -Infinity };
  const { every, until } = repeat;
  const last = at + Math.floor((until - at) / every) * every;
  return { action, first: at, last, scheduled: last > at ? last - every : -Infinity };
}

/** As the clock has them: of one time what was scheduled first, in the beginning or by a repeat. */
function inOrder(a: LastTime, b: LastTime): number {
  if (a.last !== b.last) return a.last - b.last;
  // Two that recur together go on in the order in which the later of them came in.
  return a.scheduled === b.scheduled ? b.first - a.first : a.scheduled - b.scheduled;
}

function isCalm({ loss, duplicate, reorder, mtu, natRebindAfter }: NetworkRules): boolean {
  return loss + duplicate + reorder + mtu + natRebindAfter === 0;
}
