// Networks, fleets and whole scenarios drawn by fast-check, each as a file may have it: what is
// written of one is read as the same. They shrink toward few devices on a calm network.

import fc from 'fast-check';
import type { Milliseconds } from '../../core/ports.ts';
import type { RadioPlan } from '../energy/radio-model.ts';
import { CALM, SHARE_WHOLE, type NetworkRules } from '../network-rules.ts';
import { NETWORKS } from '../scenario/network-schema.ts';
import type {
  Action, Fleet, QueueMode, Scenario, SignalPlan, TimedAction, Vice,
} from '../scenario/model.ts';

const SECOND: Milliseconds = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const THOUSAND = 1000;
const MTU_MIN = 100;
const VICES: readonly Vice[] = [
  'slow', 'forgetful', 'deaf', 'liar', 'malformed', 'duplicateSender', 'clockSkew',
];
/** Of resources that simulated devices have, and of one they have not. */
const PATHS = ['3/0', '3/0/9', '3303/0/5700', '1/0/1', '9/9/9'];

/**
 * Any fault in any strength, but that no datagram takes longer than MAX_LATENCY, 100 s: beyond it
 * the message layer promises nothing (RFC 7252 s4.8.2). One that is overtaken waits for up to
 * eleven times the typical latency.
 */
export function networkRules(): fc.Arbitrary<NetworkRules> {
  const share = fc.oneof(fc.constant(0), fc.nat({ max: SHARE_WHOLE }));
  const lateShare = fc.oneof(fc.constant(0), fc.nat({ max: 0.3 * SHARE_WHOLE }));
  const latency = fc.tuple(span(0, 9 * SECOND), span(0, 40 * SECOND))
    .map(([typical, more]) => ({ typical, p99: typical + more }));
  return fc.record({
    latency: fc.oneof(fc.constant(CALM.latency), latency),
    loss: share, duplicate: share, reorder: lateShare,
    mtu: fc.oneof(fc.constant(0), fc.integer({ min: MTU_MIN, max: 1500 })),
    natRebindAfter: fc.oneof(fc.constant(0), span(SECOND, HOUR)),
  });
}

/** A whole number of milliseconds, seconds more often than not. */
function span(least: Milliseconds, most: Milliseconds): fc.Arbitrary<Milliseconds> {
  const seconds = fc.integer({ min: Math.ceil(least / SECOND), max: Math.floor(most / SECOND) });
  return fc.oneof(
    { weight: 3, arbitrary: seconds.map((one) => one * SECOND) },
    fc.integer({ min: least, max: most }),
  );
}

/** A fleet on one of the networks. */
export function fleet(name: string, networks: readonly string[]): fc.Arbitrary<Fleet> {
  const queueMode: fc.Arbitrary<QueueMode | undefined> = fc.option(fc.record({
    awake: span(SECOND, 2 * MINUTE), closesAfterAck: fc.boolean(),
  }), { nil: undefined });
  const vices = fc.dictionary(fc.constantFrom(...VICES), fc.nat({ max: THOUSAND }), { maxKeys: 2 });
  return fc.record({
    name: fc.constant(name), count: fc.integer({ min: 1, max: 4 }),
    network: fc.constantFrom(...networks), driver: fc.constant('world'),
    lifetime: fc.integer({ min: 10, max: 7200 }), queueMode,
    start: fc.record({ at: span(0, 5 * MINUTE), spread: span(0, 10 * MINUTE) }),
    report: fc.record({ every: span(10 * SECOND, 10 * MINUTE), confirmable: fc.boolean() }),
    objects: objects(), vices: vices.map((drawn) => ({ ...drawn })),
    radio: fc.option(fc.oneof(fc.constantFrom('lte-m', 'nb-iot-release'), radioPlan()),
      { nil: undefined }),
  });
}

function radioPlan(): fc.Arbitrary<RadioPlan> {
  const figure = fc.nat({ max: 1_000_000 });
  return fc.record({
    like: fc.constantFrom('lte-m', 'nb-iot'), setup: figure, attach: figure,
    millivolts: fc.integer({ min: 1, max: 1_000_000 }),
    transmit: figure, receive: figure, fixed: span(0, SECOND), connected: figure,
    bitsPerMillisecond: fc.integer({ min: 1, max: 1000 }), connectedSpan: span(0, SECOND),
    connectedDrx: figure, inactivity: span(0, MINUTE), releaseAfter: span(0, MINUTE),
    idle: figure, sleep: figure, trackingEvery: span(MINUTE, 24 * HOUR), tracking: figure,
  }, { requiredKeys: ['like'] });
}

function objects(): fc.Arbitrary<Record<string, SignalPlan>> {
  const number = fc.integer({ min: -1000, max: 1000 });
  const period = span(MINUTE, 24 * HOUR);
  const plan: fc.Arbitrary<SignalPlan> = fc.oneof(
    fc.record({ signal: fc.constant('constant'), value: number }),
    fc.record({
      signal: fc.constant('sine'), mean: number, amplitude: number, period,
      noise: fc.nat({ max: 10 }),
    }),
    fc.record({ signal: fc.constant('ramp'), from: number, to: number, period }),
    fc.record({ signal: fc.constant('randomWalk'), start: number, step: fc.nat({ max: 10 }) }),
  );
  const sensors = fc.uniqueArray(fc.constantFrom('3303/0/5700', '3304/0/5700', '3/0/9'));
  return sensors.chain((paths) => fc.tuple(...paths.map(() => plan)).map((plans) => (
    Object.fromEntries(paths.map((path, index) => [path, plans[index] as SignalPlan])))));
}

/** A whole scenario: a network of its own, one or two fleets, and what happens to them. */
export function scenario(): fc.Arbitrary<Scenario> {
  const network = 'field';
  const names = fc.constantFrom(['meters'], ['meters', 'trackers']);
  const fleets = names.chain((each) => fc.tuple(
    ...each.map((name) => fleet(name, [network, ...Object.keys(NETWORKS)]))));
  const duration = span(10 * MINUTE, 2 * HOUR);
  return fc.tuple(fleets, duration).chain(([devices, end]) => fc.record({
    name: fc.constant('Drawn'), why: fc.constant('It was drawn at random.'),
    seed: fc.nat({ max: 0xffff_ffff }), duration: fc.constant(end),
    server: fc.record({
      awakeWindow: fc.option(span(SECOND, 2 * MINUTE), { nil: undefined }),
      registration: fc.constantFrom('open', 'known'),
      restart: fc.option(fc.record({
        every: span(MINUTE, HOUR), down: span(SECOND, 5 * MINUTE),
      }), { nil: undefined }),
    }),
    networks: networkRules().map((rules) => ({ ...networksOf(devices), [network]: rules })),
    fleets: fc.constant(devices.map((one) => (
      { ...one, start: { ...one.start, at: Math.min(one.start.at, end) } }))),
    observe: fc.subarray(devices.map(({ name }) => ({ fleet: name, path: '/1/0/1' }))),
    timeline: fc.array(timedAction(devices, network, end), { maxLength: 8 })
      .map((timeline) => timeline.sort((a, b) => a.at - b.at)),
    expect: fc.constant([]),
  }));
}

/** The known ones that somebody is on. */
function networksOf(fleets: readonly Fleet[]): Record<string, NetworkRules> {
  return Object.fromEntries(Object.entries(NETWORKS)
    .filter(([name]) => fleets.some((one) => one.network === name)));
}

function timedAction(
  fleets: readonly Fleet[], network: string, end: Milliseconds,
): fc.Arbitrary<TimedAction> {
  return fc.record({
    at: span(0, end), action: anyAction(fleets, network),
    repeat: fc.option(span(MINUTE, HOUR), { nil: undefined }),
  }).map(({ at, action, repeat }) => ({
    at, action, repeat: repeat === undefined ? undefined : { every: repeat, until: end },
  }));
}

/** Anything that may happen to these fleets and their network. */
export function anyAction(fleets: readonly Fleet[], network: string): fc.Arbitrary<Action> {
  const devices = fc.constantFrom(...fleets).chain(({ name, count }) => fc.record({
    fleet: fc.constant(name),
    count: fc.option(fc.integer({ min: 1, max: count }), { nil: undefined }),
  }));
  const during = span(SECOND, 20 * MINUTE);
  return fc.oneof(
    fc.record({
      kind: fc.constantFrom('read', 'observe', 'unobserve'), devices,
      path: fc.constantFrom(...PATHS),
    }),
    fc.record({
      kind: fc.constantFrom('reboot', 'stop', 'start', 'deregister', 'rebind'), devices,
    }),
    fc.record({ kind: fc.constant('kill server'), down: during }),
    fc.record({
      kind: fc.constant('partition'), network: fc.constant(network),
      share: fc.nat({ max: THOUSAND }), span: during,
    }),
    fc.record({ kind: fc.constant('clog'), network: fc.constant(network), span: during }),
    fc.record({
      kind: fc.constant('network'), network: fc.constant(network), span: during,
      rules: networkRules(),
    }),
    fc.record({
      kind: fc.constantFrom('drop', 'duplicate'),
      device: fc.constantFrom(...fleets.map(({ name }) => `${name}-0`)),
      direction: fc.constantFrom('up', 'down'), nth: fc.integer({ min: 1, max: 100 }),
    }),
  );
}
