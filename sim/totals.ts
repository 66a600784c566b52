// A run in a few numbers, each with a name and a unit: what two runs are compared by.

import type { Milliseconds } from '../core/ports.ts';
import { radioUse } from './energy/radio-use.ts';
import { statisticOf, type Unit } from './expect.ts';
import { rank, type Metrics } from './metrics.ts';
import type { World } from './world.ts';

export interface Total {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
}

/** What there was nothing to measure of is left out. */
export function totalsOf(world: World, metrics: Metrics): Total[] {
  const { telemetry, events, operations } = world.disk;
  const { devices, samples } = metrics;
  const perDevice = (value: (one: (typeof devices)[number]) => number) => (
    statisticOf('mean', devices.map(value))
  );
  const ended = [...operations.values()];
  const readTook: Milliseconds[] = ended.filter(({ status }) => status === 'CONFIRMED')
    .map(({ createdAt, changedAt }) => changedAt - createdAt);
  // Sorted once: of a long run they are a million.
  const notifyTook = Float64Array.from(metrics.notifyTook).sort();
  const notifyRank = (percent: number): Milliseconds | undefined => (
    notifyTook.length === 0 ? undefined : rank(notifyTook, percent)
  );
  const hours = (world.clock.now() - metrics.start) / 3_600_000;
  const use = radioUse(metrics.consumed());
  const totals: [string, number | undefined, Unit][] = [
    ['registrations per device', perDevice(({ device }) => device.registrations), 'count'],
    ['values stored', telemetry.length, 'count'],
    ['datagrams up per device', perDevice(({ up }) => up), 'count'],
    ['datagrams down per device', perDevice(({ down }) => down), 'count'],
    ['bytes per device', perDevice(({ bytes }) => bytes), 'count'],
    ['datagrams lost', samples.reduce((sum, { lost }) => sum + lost, 0), 'count'],
    ['notify latency p50', notifyRank(50), 'milliseconds'],
    ['notify latency p95', notifyRank(95), 'milliseconds'],
    ['notify latency p99', notifyRank(99), 'milliseconds'],
    ['read latency p95', statisticOf('p95', readTook), 'milliseconds'],
    ['operations failed', ended.filter(({ status }) => status === 'FAILED').length, 'count'],
    ['operations refused', metrics.wishRefusedAt.length, 'count'],
    ['registrations expired', events.filter(({ type }) => type === 'expired').length, 'count'],
    ['energy per device', use && hours > 0 ? use.joules / hours : undefined, 'joules per hour'],
    ['charge per connection', use?.millicoulombPerConnection, 'millicoulombs'],
    ['airtime up per device', use?.airtime.up, 'milliseconds'],
    ['airtime down per device', use?.airtime.down, 'milliseconds'],
    ['registers refused', metrics.refused.count, 'count'],
  ];
  return totals.flatMap(([name, value, unit]) => (
    value === undefined ? [] : [{ name, value, unit }]
  ));
}
