// Scenarios that are smaller by one step, the greatest steps first: what the shrinker tries. Each
// is as a file may have it: nothing happens after its end, and nobody is named who is not there.

import type { Milliseconds } from '../core/ports.ts';
import { endpointOf } from './fleet.ts';
import { CALM, type NetworkRules } from './network-rules.ts';
import type { Action, Fleet, Scenario, SignalPlan, TimedAction } from './scenario/model.ts';

const SECOND: Milliseconds = 1000;
const MINUTE = 60 * SECOND;

/** A shorter time: half of it, three quarters, seven eighths. */
export function* shorter(scenario: Scenario): Generator<Scenario> {
  const half = Math.ceil(scenario.duration / 2);
  if (half === scenario.duration) return;
  yield ending(scenario, half);
  yield timesHalved(scenario, half);
  for (const rest of [4, 8]) {
    const end = scenario.duration - scenario.duration / rest;
    const duration = Math.ceil(end / SECOND) * SECOND;
    if (duration < scenario.duration) yield ending(scenario, duration);
  }
}

function timesHalved(scenario: Scenario, half: Milliseconds): Scenario {
  const { fleets, timeline } = scenario;
  const halved = (at: Milliseconds) => Math.floor(at / 2);
  return fitting({
    ...scenario, duration: half,
    fleets: fleets.map((fleet) => ({
      ...fleet, start: { at: halved(fleet.start.at), spread: halved(fleet.start.spread) },
    })),
    timeline: timeline.map((timed) => ({ ...timed, at: halved(timed.at) })),
  });
}

/** The same up to an earlier end. */
export function ending(scenario: Scenario, duration: Milliseconds): Scenario {
  return fitting({ ...scenario, duration });
}

export function* fewerFleets(scenario: Scenario): Generator<Scenario> {
  const { fleets } = scenario;
  if (fleets.length === 1) return;
  for (const { name } of fleets) {
    yield fitting({ ...scenario, fleets: fleets.filter((fleet) => fleet.name !== name) });
  }
}

/** Without the devices from one place to another of a fleet; undefined when none would be left. */
export function withoutDevices(
  scenario: Scenario, index: number, from: number, to: number,
): Scenario | undefined {
  const { numbers, ...fleet } = scenario.fleets[index] as Fleet;
  const all = numbers ?? Array.from({ length: fleet.count }, (_, number) => number);
  const left = all.filter((_, at) => at < from || at >= to);
  if (left.length === 0) return undefined;
  const isFirst = left.every((number, at) => number === at);
  return withFleet(scenario, index, {
    ...fleet, count: left.length, ...(!isFirst && { numbers: left }),
  });
}

/** Faults that pass sooner. */
export function* briefer(scenario: Scenario): Generator<Scenario> {
  const { timeline } = scenario;
  for (const [index, timed] of timeline.entries()) {
    const action = brieferForm(timed.action);
    if (action !== undefined) {
      yield { ...scenario, timeline: timeline.with(index, { ...timed, action }) };
    }
  }
}

/** Half as long, in whole seconds; undefined when it cannot be. */
function brieferForm(action: Action): Action | undefined {
  const span = action.kind === 'kill server' ? action.down : 'span' in action ? action.span : 0;
  const half = Math.ceil((span ?? 0) / 2 / SECOND) * SECOND;
  if (half === 0 || half >= (span ?? 0)) return undefined;
  return action.kind === 'kill server' ? { ...action, down: half }
    : { ...action, span: half } as Action;
}

/** Without the actions from one place to another. */
export function withoutActions(scenario: Scenario, from: number, to: number): Scenario {
  const { timeline } = scenario;
  return { ...scenario, timeline: timeline.filter((_, at) => at < from || at >= to) };
}

export function* plainerFleets(scenario: Scenario): Generator<Scenario> {
  for (const [index, fleet] of scenario.fleets.entries()) {
    for (const plainer of plainerForms(fleet)) yield withFleet(scenario, index, plainer);
  }
}

function* plainerForms(fleet: Fleet): Generator<Fleet> {
  const { vices, objects, queueMode, start, report, radio } = fleet;
  for (const vice of Object.keys(vices)) yield { ...fleet, vices: without(vices, vice) };
  for (const path of Object.keys(objects)) yield { ...fleet, objects: without(objects, path) };
  for (const [path, plan] of Object.entries(objects)) {
    const value = firstValue(plan);
    if (value === undefined) continue;
    yield { ...fleet, objects: { ...objects, [path]: { signal: 'constant', value } } };
  }
  if (queueMode !== undefined) yield { ...fleet, queueMode: undefined };
  if (queueMode?.closesAfterAck === true) {
    yield { ...fleet, queueMode: { ...queueMode, closesAfterAck: false } };
  }
  if (start.at + start.spread > 0) yield { ...fleet, start: { at: 0, spread: 0 } };
  if (!report.confirmable) yield { ...fleet, report: { ...report, confirmable: true } };
  if (radio !== undefined) yield { ...fleet, radio: undefined };
  const { firmware, ...withoutFirmware } = fleet;
  if (firmware !== undefined) yield withoutFirmware;
  const { eventLog, ...withoutLog } = fleet;
  if (eventLog !== undefined) yield withoutLog;
  const { send, ...withoutSend } = fleet;
  if (send !== undefined) yield withoutSend;
  const { refuses, ...withoutRefusals } = fleet;
  if (refuses !== undefined) yield withoutRefusals;
  const { security, ...withoutSecurity } = fleet;
  if (security !== undefined) yield withoutSecurity;
}

/** Undefined when it has nothing simpler. */
function firstValue(plan: SignalPlan): number | undefined {
  switch (plan.signal) {
    case 'sine': return plan.mean;
    case 'ramp': return plan.from;
    case 'randomWalk': return plan.start;
    case 'csv': return plan.points[0]?.[1];
    default: return undefined;
  }
}

export function* calmerNetworks(scenario: Scenario): Generator<Scenario> {
  const { networks, timeline } = scenario;
  for (const [name, rules] of Object.entries(networks)) {
    for (const calmer of calmerRules(rules)) {
      yield { ...scenario, networks: { ...networks, [name]: calmer } };
    }
  }
  for (const [index, timed] of timeline.entries()) {
    const { action } = timed;
    if (action.kind !== 'network') continue;
    const said = Object.keys(action.rules);
    for (const rule of said.length > 1 ? said : []) {
      const calmer = { ...action, rules: without(action.rules, rule) };
      yield { ...scenario, timeline: timeline.with(index, { ...timed, action: calmer }) };
    }
  }
}

function* calmerRules(rules: NetworkRules): Generator<NetworkRules> {
  const { latency: { typical, p99 } } = rules;
  const { latency: calm } = CALM;
  if (typical !== calm.typical || p99 !== calm.p99) yield { ...rules, latency: calm };
  if (typical !== p99) yield { ...rules, latency: { typical, p99: typical } };
  for (const fault of ['loss', 'duplicate', 'reorder', 'mtu', 'natRebindAfter'] as const) {
    if (rules[fault] > 0) yield { ...rules, [fault]: 0 };
  }
}

/** Without what is said of the server, observed in addition, or expected. */
export function* plainerRest(scenario: Scenario): Generator<Scenario> {
  const { server, observe } = scenario;
  if (server.restart !== undefined) {
    yield { ...scenario, server: { ...server, restart: undefined } };
  }
  if (server.registration === 'known') {
    yield { ...scenario, server: { ...server, registration: 'open' } };
  }
  if (server.awakeWindow !== undefined) {
    yield { ...scenario, server: { ...server, awakeWindow: undefined } };
  }
  for (const one of observe) {
    yield { ...scenario, observe: observe.filter((other) => other !== one) };
  }
}

/** Actions at round times, and of one device. */
export function* rounder(scenario: Scenario): Generator<Scenario> {
  for (const [index, timed] of scenario.timeline.entries()) {
    const { at, repeat, action } = timed;
    const changed = (one: TimedAction) => fitting({
      ...scenario, timeline: scenario.timeline.with(index, one),
    });
    if (repeat === undefined) {
      for (const unit of [10 * MINUTE, MINUTE, SECOND]) {
        if (at % unit > 0) yield changed({ ...timed, at: at - at % unit });
      }
    }
    if ('devices' in action && (action.devices.count ?? 0) > 1) {
      yield changed({ ...timed, action: { ...action, devices: { ...action.devices, count: 1 } } });
    }
  }
}

function withFleet(scenario: Scenario, index: number, fleet: Fleet): Scenario {
  return fitting({ ...scenario, fleets: scenario.fleets.with(index, fleet) });
}

function without<Value>(
  record: Readonly<Record<string, Value>>, name: string,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

/** As a file may have it. */
export function fitting(scenario: Scenario): Scenario {
  const { duration, fleets, observe, timeline } = scenario;
  const counts = new Map(fleets.map(({ name, count }) => [name, count]));
  const updatable = new Set(fleets.filter(({ firmware }) => firmware !== undefined)
    .map(({ name }) => name));
  const devices = new Set(fleets.flatMap((fleet) => (
    Array.from({ length: fleet.count }, (_, index) => endpointOf(fleet, index)))));
  return {
    ...scenario,
    fleets: fleets.map((fleet) => (
      { ...fleet, start: { ...fleet.start, at: Math.min(fleet.start.at, duration) } })),
    observe: observe.filter(({ fleet }) => counts.has(fleet)),
    timeline: timeline.filter(({ at, action }) => (
      at <= duration && (!('devices' in action) || counts.has(action.devices.fleet))
      && (!('device' in action) || devices.has(action.device))
      && (action.kind !== 'update firmware' || updatable.has(action.devices.fleet))
    )).map(({ at, repeat, action }) => ({
      at, action: available(action, counts),
      repeat: repeat && { every: repeat.every, until: Math.min(repeat.until, duration) },
    })).sort((a, b) => a.at - b.at),
  };
}

function available(action: Action, counts: ReadonlyMap<string, number>): Action {
  if (!('devices' in action) || action.devices.count === undefined) return action;
  const { fleet, count } = action.devices;
  return { ...action, devices: { fleet, count: Math.min(count, counts.get(fleet) ?? 0) } };
}
