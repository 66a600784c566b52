// Scenarios drawn from a seed: how many devices, which habits, which faults, how strong. The faults
// fill the first part; then the network heals and the rest is long enough for everything to come to
// rest, so that what stalls is found as well as what breaks.

import { Code } from '../core/coap/message.ts';
import type { Milliseconds, Random } from '../core/ports.ts';
import { VICES } from './fleet.ts';
import { CALM, type NetworkRules } from './network-rules.ts';
import { SeededRandom } from './random.ts';
import type { Operation } from './requests/operation.ts';
import { scenarioLines } from './scenario/write.ts';
import type {
  Action, FirmwarePlan, Fleet, QueueMode, Scenario, SignalPlan, TimedAction, Vice,
} from './scenario/model.ts';

const SECOND: Milliseconds = 1000;
const MINUTE = 60 * SECOND;
/** Faults and actions happen in here. */
const ROUGH: Milliseconds = 90 * MINUTE;
/** Longer than any lifetime that is drawn, with grace and every retry after it. */
const CALM_SPAN: Milliseconds = 60 * MINUTE;
const NETWORK = 'field';

const LIFETIMES = [60, 120, 300, 900, 1800];
const LIFETIME_OF_DEAF_MAX = 900;
const REPORTS = [30 * SECOND, MINUTE, 5 * MINUTE];
const AWAKE = [10 * SECOND, 25 * SECOND, 93 * SECOND];
const FAILURES: readonly FirmwarePlan['fails'][] = [
  'none', 'none', 'outOfStorage', 'connectionLost', 'badIntegrity', 'updateFailed',
];
const PATHS = ['/3/0', '/3/0/9', '/3303/0', '/3303/0/5700', '/9/9/9'];
/** What an operator may want observed: there or not, in the profile or not. */
const OBSERVED = ['/3303/0/5700', '/3/0/9', '/1/0/1', '/9/9/9'];
/** More than the 100 operations that may wait for a device. */
const FLOOD_READS = 150;
const FLOOD_EVERY: Milliseconds = 100;
/** What a long value is made of, and how often it says it: a block is 512 bytes. */
const WORDS = 'This value is longer than one message. ';
const WORDS_TIMES = [20, 60, 120];
const LONG_PATH = '/3/0/17';
const LONG_READS_EVERY: Milliseconds = 5 * MINUTE;
/** Within a transfer on a fast or a slow network. */
const MEANWHILE: readonly Milliseconds[] = [30, 300, 2 * SECOND, 8 * SECOND];
const REFUSED: readonly Operation[] = ['read', 'observe', 'writeAttributes', 'discover'];
const REFUSALS = [Code.UNAUTHORIZED, Code.METHOD_NOT_ALLOWED, Code.SERVICE_UNAVAILABLE];
/** /5/0/3 (Core E.6) has this many states. */
const FIRMWARE_STATES = 4;

/** The same seed gives the same scenario. */
export function swarmScenario(seed: number): Scenario {
  const random = new SeededRandom(seed, 'swarm');
  const drawn = fleetsOf(new Draws(random.fork('fleets')));
  const network = networkOf(new Draws(random.fork('network')));
  const actions = timelineOf(new Draws(random.fork('timeline')), drawn);
  // The last draws: they leave all others as they were.
  const late = new Draws(random.fork('firmware'));
  const habits = new Draws(random.fork('habits'));
  const plain = drawn.map((fleet) => withHabits(habits, withFirmware(late, fleet)));
  const long = new Draws(random.fork(LONG_PATH));
  const fleets = withManners(random, plain).map((fleet) => withLongValue(long, fleet));
  const isKnown = habits.once(6);
  const timeline = [
    ...actions, ...updatesOf(late, fleets), ...floodOf(habits, fleets),
    ...slowDiskOf(new Draws(random.fork('disk'))), ...longReadsOf(long, fleets),
    { at: ROUGH, repeat: undefined, action: healing() },
  ];
  return {
    name: 'Swarm',
    why: 'Options drawn from a seed: faults first, then a calm in which all must come to rest.',
    seed,
    duration: ROUGH + CALM_SPAN,
    server: {
      awakeWindow: undefined, registration: isKnown ? 'known' : 'open', restart: undefined,
    },
    networks: { [NETWORK]: network },
    fleets, observe: [], timeline: timeline.sort((a, b) => a.at - b.at), expect: [],
  };
}

/** What was drawn, one line each, to be printed before what came of it. */
export function describeSwarm(scenario: Scenario): string[] {
  const { seed, server: { registration } } = scenario;
  return [
    `seed ${seed}`, ...(registration === 'known' ? ['server: { registration: known }'] : []),
    ...scenarioLines(scenario),
  ];
}

/** The same on one line: without what the devices measure and the times of actions. */
export function swarmLine(scenario: Scenario): string {
  const { fleets, timeline } = scenario;
  const bare = fleets.map((fleet) => ({ ...fleet, objects: {} }));
  const times = new Map<string, number>();
  for (const { action: { kind } } of timeline) times.set(kind, (times.get(kind) ?? 0) + 1);
  return [
    ...describeSwarm({ ...scenario, fleets: bare, timeline: [] }),
    [...times].map(([kind, count]) => `${count} ${kind}`).join(', '),
  ].join('; ');
}

/** Draws in words. */
class Draws {
  readonly #random: { below(bound: number): number };

  constructor(random: { below(bound: number): number }) {
    this.#random = random;
  }

  /** From `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.#random.below(most - least + 1);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.#random.below(times) === 0;
  }

  of<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)] as Item;
  }
}

function networkOf(draws: Draws): NetworkRules {
  // The boring draw belongs to the swarm: many defects need no fault at all.
  if (draws.once(6)) return CALM;
  const typical = draws.of([5, 50, 200, 1000]);
  return {
    latency: { typical, p99: typical * draws.of([1, 3, 20]) },
    loss: draws.once(3) ? 0 : draws.between(0, 30_000),
    duplicate: draws.once(2) ? 0 : draws.between(0, 20_000),
    reorder: draws.once(2) ? 0 : draws.between(0, 20_000),
    mtu: draws.once(4) ? 512 : 0,
    natRebindAfter: draws.once(4) ? draws.between(1, 10) * MINUTE : 0,
  };
}

function fleetsOf(draws: Draws): Fleet[] {
  const names = draws.once(2) ? ['a'] : ['a', 'b'];
  return names.map((name): Fleet => {
    // Few devices mostly: what goes wrong with three is easier to read.
    const count = draws.once(4) ? draws.between(4, 20) : draws.between(1, 3);
    const queueMode: QueueMode | undefined = draws.once(2) ? undefined
      : { awake: draws.of(AWAKE), closesAfterAck: draws.once(4) };
    const spread = draws.of([0, MINUTE, 10 * MINUTE]);
    // One that does not listen after its Update takes several lifetimes to come to rest.
    const most = queueMode?.closesAfterAck === true ? LIFETIME_OF_DEAF_MAX : Infinity;
    const lifetime = draws.of(LIFETIMES.filter((one) => one <= most));
    return {
      name, count, network: NETWORK, driver: 'world', lifetime, queueMode,
      start: { at: draws.of([0, SECOND]), spread },
      report: { every: draws.of(REPORTS), confirmable: !draws.once(4) },
      objects: objectsOf(draws), vices: vicesOf(draws), radio: undefined,
    };
  });
}

function objectsOf(draws: Draws): Record<string, SignalPlan> {
  const sine: SignalPlan = {
    signal: 'sine', mean: 20, amplitude: 5, period: 60 * MINUTE, noise: 0,
  };
  const ramp: SignalPlan = { signal: 'ramp', from: 100, to: 0, period: 600 * MINUTE };
  return {
    '/3303/0/5700': sine,
    ...(draws.once(2) ? { '/3/0/9': ramp } : {}),
    ...(draws.once(3) ? { '/3304/0/5700': sine } : {}),
    ...(draws.once(3) ? { '/5/0/3': firmwareOf(draws) } : {}),
  };
}

/** A device whose firmware update goes from state to state in any order, for minutes each. */
function firmwareOf(draws: Draws): SignalPlan {
  const points: [Milliseconds, number][] = [];
  let at = 0;
  for (let count = draws.between(3, 9); count > 0; count--) {
    const state = draws.between(0, FIRMWARE_STATES - 1);
    const span = draws.between(1, 10) * MINUTE;
    points.push([at, state], [at + span - SECOND, state]);
    at += span;
  }
  return { signal: 'csv', points };
}

function vicesOf(draws: Draws): Partial<Record<Vice, number>> {
  if (!draws.once(3)) return {};
  return { [draws.of(VICES)]: draws.of([200, 1000]) };
}

function timelineOf(draws: Draws, fleets: readonly Fleet[]): TimedAction[] {
  const count = draws.once(4) ? 0 : draws.between(1, 12);
  const timeline: TimedAction[] = [];
  for (let index = 0; index < count; index++) {
    const action = actionOf(draws, fleets);
    const first = draws.between(0, ROUGH / 2);
    timeline.push({ at: first, repeat: undefined, action });
    // Now and then the server ends before it can do what an operator wants.
    if ('path' in action && draws.once(3)) {
      const kill: Action = { kind: 'kill server', down: draws.of([SECOND, MINUTE]) };
      const at = first + draws.of([8, 20, SECOND, 20 * SECOND]);
      timeline.push({ at, repeat: undefined, action: kill });
    }
    // What was stopped comes back, so that it must come to rest with the others.
    if (action.kind !== 'stop' && action.kind !== 'deregister') continue;
    const devices = { ...action.devices, count: undefined };
    const at = draws.between(ROUGH / 2, ROUGH);
    timeline.push({ at, repeat: undefined, action: { kind: 'start', devices } });
  }
  // A crash is worth most while something is under way.
  const read = timeline.find(({ action }) => action.kind === 'read');
  if (read !== undefined && draws.once(2)) {
    const at = read.at + draws.of([20, 200, 2000, 20 * SECOND]);
    const down = draws.of([SECOND, 30 * SECOND]);
    timeline.push({ at, repeat: undefined, action: { kind: 'kill server', down } });
  }
  return timeline;
}

function withFirmware(draws: Draws, fleet: Fleet): Fleet {
  if (!draws.once(3)) return fleet;
  return { ...fleet, firmware: {
    version: '1.0.0', downloadTime: draws.of([10 * SECOND, 5 * MINUTE]),
    updateTime: draws.of([SECOND, MINUTE]), fails: draws.of(FAILURES),
  } };
}

/** A second vice on top of the first, and a radio whose reception is below zero. */
function withHabits(draws: Draws, fleet: Fleet): Fleet {
  const { vices, objects } = fleet;
  const isWorse = Object.keys(vices).length > 0 && draws.once(2);
  const reception: SignalPlan = { signal: 'ramp', from: -60, to: -120, period: 600 * MINUTE };
  return {
    ...fleet,
    vices: isWorse ? inOrder({ ...vices, [draws.of(VICES)]: draws.of([200, 1000]) }) : vices,
    objects: draws.once(3) ? { ...objects, '/4/0/2': reception } : objects,
  };
}

/** As a file has them once it is read: a scenario is written the same every time. */
function inOrder(vices: Fleet['vices']): Fleet['vices'] {
  const entries = VICES.map((vice) => [vice, vices[vice]] as const);
  return Object.fromEntries(entries.filter(([, share]) => share !== undefined));
}

/** What they send by themselves, what they refuse and whether they keep a log of what they do. */
function withManners(random: Random, fleets: readonly Fleet[]): Fleet[] {
  const sending = new Draws(random.fork('telemetry'));
  const refusing = new Draws(random.fork('answers'));
  const logging = new Draws(random.fork('events'));
  return fleets.map((fleet) => ({
    ...fleet,
    ...(logging.once(5) && { eventLog: true }),
    ...(sending.once(5) && { send: {
      every: sending.of([30 * SECOND, 5 * MINUTE]), keep: sending.of([1, 10]),
      format: sending.of(['senml-cbor', 'senml-json'] as const),
    } }),
    ...(refusing.once(8) && { refuses: { [refusing.of(REFUSED)]: refusing.of(REFUSALS) } }),
  }));
}

function withLongValue(draws: Draws, fleet: Fleet): Fleet {
  if (!draws.once(5)) return fleet;
  const value = WORDS.repeat(draws.of(WORDS_TIMES));
  return {
    ...fleet, objects: { ...fleet.objects, [LONG_PATH]: { signal: 'constant', value } },
    // More blocks at once than the server keeps Message IDs of one device would be no duplicates.
    ...(fleet.send !== undefined && { send: { ...fleet.send, keep: 1 } }),
  };
}

/** Long values are observed and read, and the devices move or reboot meanwhile. */
function longReadsOf(draws: Draws, fleets: readonly Fleet[]): TimedAction[] {
  // As for a flood: what takes a lifetime for each attempt would not come to rest.
  const asked = fleets.filter(({ objects, queueMode }) => (
    LONG_PATH in objects && queueMode?.closesAfterAck !== true));
  return asked.flatMap(({ name: fleet }) => {
    const devices = { fleet, count: undefined };
    const first = draws.between(0, ROUGH / 4);
    const until = first + draws.between(0, 6) * LONG_READS_EVERY;
    const recurring = (at: Milliseconds, action: Action): TimedAction => (
      { at, repeat: { every: LONG_READS_EVERY, until: until + MINUTE }, action });
    const meanwhile: Action = { kind: draws.of(['rebind', 'rebind', 'reboot']), devices };
    return [
      { at: first, repeat: undefined, action: { kind: 'observe', devices, path: '/3/0' } },
      recurring(first, { kind: 'read', devices, path: '/3/0' }),
      recurring(first + draws.of(MEANWHILE), meanwhile),
    ];
  });
}

/** An operator's script that asks for more than may wait for one device. */
function floodOf(draws: Draws, fleets: readonly Fleet[]): TimedAction[] {
  const { name: fleet, queueMode } = draws.of(fleets);
  // To one that does not listen each attempt takes a lifetime: it would not come to rest.
  if (!draws.once(8) || queueMode?.closesAfterAck === true) return [];
  const at = draws.between(0, ROUGH / 2);
  const repeat = { every: FLOOD_EVERY, until: at + FLOOD_READS * FLOOD_EVERY };
  const devices = { fleet, count: undefined };
  return [{ at, repeat, action: { kind: 'read', devices, path: draws.of(PATHS) } }];
}

/** A disk that takes longer than devices wait for an acknowledgement, or nearly. */
function slowDiskOf(draws: Draws): TimedAction[] {
  if (!draws.once(5)) return [];
  const commit = draws.of([SECOND, 3 * SECOND, 20 * SECOND]);
  const span = draws.between(1, 10) * MINUTE;
  const action: Action = { kind: 'slow disk', commit, span };
  return [{ at: draws.between(0, ROUGH / 2), repeat: undefined, action }];
}

function updatesOf(draws: Draws, fleets: readonly Fleet[]): TimedAction[] {
  return fleets.filter(({ firmware }) => firmware !== undefined).map(({ name: fleet }) => ({
    at: draws.between(0, ROUGH / 2), repeat: undefined,
    action: {
      kind: 'update firmware', devices: { fleet, count: undefined }, version: '2.0.0',
    },
  }));
}

function actionOf(draws: Draws, fleets: readonly Fleet[]): Action {
  const { name: fleet, count: size } = draws.of(fleets);
  const devices = { fleet, count: draws.once(2) ? undefined : draws.between(1, size) };
  const span = draws.between(1, 20) * MINUTE;
  switch (draws.between(0, 11)) {
    case 0: case 1: case 2: return { kind: 'read', devices, path: draws.of(PATHS) };
    case 3: return { kind: 'observe', devices, path: draws.of(OBSERVED) };
    case 4: return { kind: 'unobserve', devices, path: draws.of(OBSERVED) };
    case 5: return { kind: 'reboot', devices };
    case 6: return { kind: 'stop', devices };
    case 7: return { kind: 'deregister', devices };
    case 8: return { kind: 'rebind', devices };
    case 9: return {
      kind: 'partition', network: NETWORK, share: draws.of([200, 500, 1000]), span,
    };
    case 10: return { kind: 'clog', network: NETWORK, span: draws.between(1, 90) * SECOND };
    default: return { kind: 'kill server', down: draws.of([SECOND, 30 * SECOND, 10 * MINUTE]) };
  }
}

function healing(): Action {
  return { kind: 'network', network: NETWORK, rules: CALM, span: undefined };
}
