// Makes a failed scenario small while the same oracle fails: fewer devices, actions and faults, a
// shorter time. Each candidate is run; what stays is the smallest that was seen to fail.

import type { Milliseconds } from '../core/ports.ts';
import { CALM, type NetworkRules } from './network-rules.ts';
import { runScenario, type RunResult } from './run.ts';
import type { Fleet, Scenario } from './scenario/model.ts';

export interface Shrunk {
  readonly scenario: Scenario;
  /** The oracle that fails in it as in the original. */
  readonly oracle: string;
  readonly runs: number;
}

/** Runs one scenario; another one in tests. */
export type Run = (scenario: Scenario) => Pick<RunResult, 'violations'>;

/** After this many runs the smallest so far is good enough. */
const RUNS_MAX = 500;
/** How much longer than its first violation a run stays. */
const AFTERMATH: Milliseconds = 1000;

/** Undefined when the scenario does not fail. */
export function shrink(scenario: Scenario, run: Run = runScenario): Shrunk | undefined {
  const [first] = run(scenario).violations;
  if (first === undefined) return undefined;
  const { oracle } = first;
  let smallest = scenario;
  let runs = 1;
  const fails = (candidate: Scenario): Milliseconds | undefined => {
    runs++;
    return run(candidate).violations.find((one) => one.oracle === oracle)?.at;
  };
  for (;;) {
    const smaller = firstFailing(smallest, fails, () => runs < RUNS_MAX);
    if (smaller === undefined) break;
    smallest = smaller;
  }
  const at = fails(smallest) ?? smallest.duration;
  const shorter = { ...smallest, duration: Math.ceil(at + AFTERMATH) };
  if (shorter.duration < smallest.duration && fails(shorter) !== undefined) smallest = shorter;
  return { scenario: smallest, oracle, runs };
}

function firstFailing(
  scenario: Scenario, fails: (candidate: Scenario) => Milliseconds | undefined,
  goesOn: () => boolean,
): Scenario | undefined {
  for (const candidate of candidatesOf(scenario)) {
    if (!goesOn()) return undefined;
    if (fails(candidate) !== undefined) return candidate;
  }
  return undefined;
}

/** Scenarios that are smaller by one step, the greatest steps first. */
function* candidatesOf(scenario: Scenario): Generator<Scenario> {
  const { fleets, timeline, duration, networks } = scenario;
  for (const { name } of fleets) if (fleets.length > 1) yield withoutFleet(scenario, name);
  // Halves of the timeline, then quarters, down to single actions.
  for (let size = timeline.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < timeline.length; from += size) {
      yield { ...scenario, timeline: timeline.filter((_, at) => at < from || at >= from + size) };
    }
  }
  for (const [index, fleet] of fleets.entries()) {
    for (const smaller of smallerFleets(fleet)) {
      yield { ...scenario, fleets: fleets.with(index, smaller) };
    }
  }
  for (const [name, rules] of Object.entries(networks)) {
    for (const calmer of calmerRules(rules)) {
      yield { ...scenario, networks: { ...networks, [name]: calmer } };
    }
  }
  const half = Math.ceil(duration / 2);
  if (half < duration) yield { ...scenario, duration: half };
}

function withoutFleet(scenario: Scenario, name: string): Scenario {
  return {
    ...scenario,
    fleets: scenario.fleets.filter((fleet) => fleet.name !== name),
    observe: scenario.observe.filter(({ fleet }) => fleet !== name),
    timeline: scenario.timeline.filter(
      ({ action }) => !('devices' in action) || action.devices.fleet !== name,
    ),
  };
}

function* smallerFleets(fleet: Fleet): Generator<Fleet> {
  const { count, vices, objects, start, queueMode, eventLog } = fleet;
  if (count > 1) {
    yield { ...fleet, count: 1 };
    yield { ...fleet, count: Math.ceil(count / 2) };
    yield { ...fleet, count: count - 1 };
  }
  for (const vice of Object.keys(vices)) yield { ...fleet, vices: without(vices, vice) };
  for (const path of Object.keys(objects)) yield { ...fleet, objects: without(objects, path) };
  if (queueMode !== undefined) yield { ...fleet, queueMode: undefined };
  if (eventLog === true) yield { ...fleet, eventLog: false };
  if (start.at + start.spread > 0) yield { ...fleet, start: { at: 0, spread: 0 } };
}

function* calmerRules(rules: NetworkRules): Generator<NetworkRules> {
  const { latency } = rules;
  if (latency.typical !== CALM.latency.typical || latency.p99 !== CALM.latency.p99) {
    yield { ...rules, latency: CALM.latency };
  }
  for (const fault of ['loss', 'duplicate', 'reorder', 'mtu', 'natRebindAfter'] as const) {
    if (rules[fault] > 0) yield { ...rules, [fault]: 0 };
  }
}

function without<Value>(
  record: Readonly<Record<string, Value>>, name: string,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
