// Judges the expectations of a scenario by what was measured. Each gets its measured value beside
// its bound, held or not; what there was nothing to measure of does not hold. What a driver cannot
// measure at all is not judged, and says why.

import type { Milliseconds } from '../core/ports.ts';
import { assert, unreachable } from '../core/result.ts';
import type { OperationStatus } from '../core/store/changes.ts';
import { rank, type Mark, type Metrics } from './metrics.ts';
import { whyNotMeasured } from './off.ts';
import type { Expectation, Measure, Scenario, Statistic } from './scenario/model.ts';
import type { World } from './world.ts';

export type Unit = 'share' | 'count' | 'milliseconds' | 'joules per hour' | 'millicoulombs';

export interface Judged {
  /** As written. */
  readonly text: string;
  readonly line: number | undefined;
  /** Undefined when there was nothing to measure. */
  readonly measured: number | undefined;
  readonly comparison: Expectation['comparison'];
  readonly bound: number;
  readonly unit: Unit;
  /** Undefined when it could not be judged; `off` says why. */
  readonly held: boolean | undefined;
  readonly off?: string;
}

/** Where measured values come from, and from when on they count. */
interface Evidence {
  readonly scenario: Scenario;
  readonly world: World;
  readonly metrics: Metrics;
  /** When values were acknowledged that were not on disk. */
  readonly lostAt: readonly Milliseconds[];
  readonly mark: Mark;
  /** As the disk writes times. */
  readonly since: Milliseconds;
}

export function judge(
  scenario: Scenario, world: World, metrics: Metrics, lostAt: readonly Milliseconds[],
): Judged[] {
  const elapsed = world.clock.now() - metrics.start;
  return scenario.expect.map((expectation) => {
    const { text, line, measure, comparison, bound } = expectation;
    const common = { text, line, comparison, bound, unit: unitOf(measure) };
    const from = Math.min(expectation.from, scenario.duration);
    const off = whyNotMeasured(measure, scenario, world.isServerElsewhere)
      ?? (from > elapsed ? 'the run was ended before it counts' : undefined);
    if (off !== undefined) return { ...common, measured: undefined, held: undefined, off };
    const mark = metrics.marks.find(({ at }) => at === from);
    assert(mark !== undefined, 'a mark is made where an expectation begins to count');
    const since = metrics.start + from;
    const measured = measureOf(measure, { scenario, world, metrics, lostAt, mark, since });
    const held = measured !== undefined && compares(measured, comparison, bound);
    const early = held || elapsed >= scenario.duration ? undefined
      : whyTooEarly(measured, expectation);
    if (early !== undefined) return { ...common, measured, held: undefined, off: early };
    return { ...common, measured, held };
  });
}

/** Why nobody can tell of a run that was ended whether it would have failed; undefined: it has. */
function whyTooEarly(
  measured: number | undefined, { measure, comparison, bound }: Expectation,
): string | undefined {
  if (measured === undefined) return 'the run was ended before there was anything to measure';
  const changes = changesOf(measure);
  const isFinal = changes === 'grows' && measured >= bound && !comparison.startsWith('>')
    || changes === 'falls' && measured <= bound && !comparison.startsWith('<');
  return isFinal ? undefined : 'the run was ended while it could still change';
}

/** How a measure changes in the course of a run. */
function changesOf(measure: Measure): 'grows' | 'falls' | 'both ways' {
  switch (measure.of) {
    case 'registered': return 'falls';
    case 'operations': return measure.status === 'waiting' ? 'both ways' : 'grows';
    case 'latency': case 'energy': return 'both ways';
    case 'telemetry lost': case 'telemetry stored': case 'registrations': case 'datagrams':
    case 'handshakes': case 'expired': case 'refused': return 'grows';
    default: return unreachable(measure);
  }
}

function measureOf(measure: Measure, evidence: Evidence): number | undefined {
  const { metrics, mark } = evidence;
  switch (measure.of) {
    case 'registered': return leastRegistered(measure.fleet, evidence);
    case 'telemetry lost':
      return evidence.lostAt.filter((at) => at >= evidence.since).length;
    case 'telemetry stored': return storedValues(measure.fleet, evidence);
    case 'operations': return operations(measure.status, evidence);
    case 'registrations': return overDevices(measure, evidence,
      (index) => (metrics.devices[index]?.device.registrations ?? 0)
        - (mark.registrations[index] ?? 0));
    case 'handshakes': return overDevices(measure, evidence,
      (index) => (metrics.devices[index]?.device.dtls?.handshakes ?? 0)
        - (mark.handshakes[index] ?? 0));
    case 'latency': return latency(measure.what, measure.statistic, evidence);
    case 'energy': return energy(measure, evidence);
    case 'datagrams': return overDevices(measure, evidence, (index) => {
      const { up = 0, down = 0 } = metrics.devices[index] ?? {};
      return up + down - (mark.datagrams[index] ?? 0);
    });
    case 'expired': return expired(measure.fleet, evidence);
    case 'refused': return metrics.refused.count - mark.refused;
    default: return unreachable(measure);
  }
}

export function unitOf(measure: Measure): Unit {
  if (measure.of === 'registered') return 'share';
  if (measure.of === 'latency') return 'milliseconds';
  return measure.of === 'energy' ? 'joules per hour' : 'count';
}

function compares(
  measured: number, comparison: Expectation['comparison'], bound: number,
): boolean {
  switch (comparison) {
    case '=': return measured === bound;
    case '<': return measured < bound;
    case '<=': return measured <= bound;
    case '>': return measured > bound;
    case '>=': return measured >= bound;
    default: return unreachable(comparison);
  }
}

function leastRegistered(
  fleet: string | undefined, { scenario: { fleets }, mark: { registered } }: Evidence,
): number | undefined {
  if (fleet === undefined) {
    return registered.ofAll / fleets.reduce((sum, { count }) => sum + count, 0);
  }
  const index = fleets.findIndex(({ name }) => name === fleet);
  const { count } = fleets[index] ?? {};
  return count === undefined ? undefined : (registered.ofFleet[index] ?? 0) / count;
}

function storedValues(fleet: string | undefined, evidence: Evidence): number {
  const { world: { disk: { telemetry } }, since } = evidence;
  const isCounted = ofFleet(fleet, evidence);
  let count = 0;
  for (const { receiveTime, device } of telemetry) {
    if (receiveTime >= since && isCounted(device)) count++;
  }
  return count;
}

function expired(fleet: string | undefined, evidence: Evidence): number {
  const { world: { disk: { events } }, since } = evidence;
  const isCounted = ofFleet(fleet, evidence);
  return events.filter(({ type, at, device }) => (
    type === 'expired' && at >= since && isCounted(device)
  )).length;
}

/** Whether the device with this number on the disk belongs to the fleet. */
function ofFleet(
  fleet: string | undefined, { scenario, world, metrics }: Evidence,
): (device: number) => boolean {
  if (fleet === undefined) return () => true;
  const index = scenario.fleets.findIndex(({ name }) => name === fleet);
  const endpoints = new Set(metrics.devices.filter((one) => one.fleet === index)
    .map(({ device }) => device.options.endpoint));
  for (const [endpoint, of] of metrics.slots) if (of === index) endpoints.add(endpoint);
  const numbers = new Set<number>();
  for (const { id, endpoint } of world.disk.devices.values()) {
    if (endpoints.has(endpoint)) numbers.add(id);
  }
  return (device) => numbers.has(device);
}

function operations(
  status: Extract<Measure, { of: 'operations' }>['status'],
  { world, metrics, mark, since }: Evidence,
): number {
  if (status === 'refused') return metrics.wishRefusedAt.filter((at) => at >= mark.at).length;
  const counted: Record<typeof status, readonly OperationStatus[]> = {
    failed: ['FAILED'], confirmed: ['CONFIRMED'], waiting: ['QUEUED', 'SENDING'],
  };
  let count = 0;
  for (const operation of world.disk.operations.values()) {
    if (operation.createdAt < since) continue;
    if (counted[status].includes(operation.status)) count++;
  }
  return count;
}

function latency(
  what: 'notify' | 'read', statistic: Statistic, { world, metrics, mark, since }: Evidence,
): number | undefined {
  if (what === 'notify') {
    return statisticOf(statistic, metrics.notifyTook.filter((_, index) => (
      (metrics.notifySentAt[index] ?? 0) >= mark.at
    )));
  }
  const took: Milliseconds[] = [];
  for (const { createdAt, changedAt, status } of world.disk.operations.values()) {
    if (createdAt >= since && status === 'CONFIRMED') took.push(changedAt - createdAt);
  }
  return statisticOf(statistic, took);
}

function overDevices(
  { per, statistic }: { readonly per: string; readonly statistic: Statistic },
  { scenario, metrics }: Evidence, count: (index: number) => number,
): number | undefined {
  const fleet = scenario.fleets.findIndex(({ name }) => name === per);
  const counts: number[] = [];
  for (const [index, device] of metrics.devices.entries()) {
    if (fleet === -1 || device.fleet === fleet) counts.push(count(index));
  }
  return statisticOf(statistic, counts);
}

/** Joules per hour since the mark; devices without a radio are not counted. */
function energy(
  { per, statistic }: { readonly per: string; readonly statistic: Statistic },
  { scenario, world, metrics, mark }: Evidence,
): number | undefined {
  const hours = (world.clock.now() - metrics.start - mark.at) / 3_600_000;
  const fleet = scenario.fleets.findIndex(({ name }) => name === per);
  const rates = metrics.joules().flatMap((joules, index) => {
    const isCounted = fleet === -1 || metrics.devices[index]?.fleet === fleet;
    if (!isCounted || joules === undefined || hours === 0) return [];
    return [(joules - (mark.joules[index] ?? 0)) / hours];
  });
  return statisticOf(statistic, rates);
}

/** Undefined of nothing. */
export function statisticOf(
  statistic: Statistic, values: readonly number[],
): number | undefined {
  if (values.length === 0) return undefined;
  if (statistic === 'mean') return values.reduce((sum, one) => sum + one, 0) / values.length;
  const sorted = Float64Array.from(values).sort();
  return rank(sorted, statistic === 'max' ? 100 : Number(statistic.slice(1)));
}
