// The shrinker on a made-up failure, where every step can be told, and on planted bugs, where the
// small scenario must fail like the large one, also when it comes back from its file.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { Host } from '../actors/host.ts';
import { NOT_FOUND, RecentMessages } from '../core/coap/deduplication.ts';
import { endpointOf } from './fleet.ts';
import { runScenario } from './run.ts';
import { parseScenario } from './scenario/file.ts';
import type { Scenario, TimedAction } from './scenario/model.ts';
import { writeScenario } from './scenario/write.ts';
import { shrink, type Play, type Shrunk } from './shrink.ts';
import { swarmScenario } from './swarm.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Fails whenever the server is killed while fleet `a` is there. */
const madeUp: Play = ({ fleets, timeline, duration }) => {
  const kill = timeline.find(({ at, action }) => action.kind === 'kill server' && at < duration);
  const isThere = fleets.some(({ name }) => name === 'a');
  const failed = [{ oracle: 'made up', at: kill?.at ?? 0, what: 'a sentence' }];
  return { violations: kill === undefined || !isThere ? [] : failed, expectations: [] };
};

describe('a made-up failure', () => {
  const failing = [...Array(100).keys()].map(swarmScenario)
    .find((one) => one.timeline.length > 6 && madeUp(one).violations.length > 0)!;

  it('leaves one device, one action, no fault and no time after the failure', () => {
    const { scenario, rule, what } = shrink(failing, { play: madeUp })!;
    const { fleets, timeline, networks, duration } = scenario;
    expect([rule, what]).toEqual(['made up', 'a sentence']);
    expect(scenario.why).toBe('It shows that "made up" fails: a sentence');
    expect(fleets.map(({ name, count, vices, objects, queueMode }) => (
      [name, count, vices, objects, queueMode]))).toEqual([['a', 1, {}, {}, undefined]]);
    expect(timeline.map(({ action }) => action.kind)).toEqual(['kill server']);
    expect(networks).toMatchObject({ field: { loss: 0, duplicate: 0, reorder: 0, mtu: 0 } });
    expect(duration - timeline[0]!.at).toBeLessThanOrEqual(2 * SECOND);
    expect(duration % SECOND).toBe(0);
  });

  it('names no device that is not there', () => {
    const timeline: TimedAction[] = ['a-5', 'b-0', 'a-0'].map((device, index) => (
      { at: index, repeat: undefined, action: { kind: 'drop', device, direction: 'up', nth: 1 } }));
    const always: Play = (scenario) => {
      expect(parseScenario(writeScenario(scenario), 'x.yaml')).toMatchObject({ ok: true });
      return { violations: [{ oracle: 'always', at: MINUTE, what: '' }], expectations: [] };
    };
    shrink(scenarioOf({ timeline }, 0, 0), { play: always });
  });

  it('keeps the one device that it takes, wherever in its fleet, and cuts what lasts', () => {
    const timeline: TimedAction[] = [
      { at: MINUTE, repeat: undefined, action: { kind: 'kill server', down: 10 * MINUTE } },
      { at: 2 * MINUTE, repeat: undefined,
        action: { kind: 'clog', network: 'field', span: 16 * MINUTE } },
    ];
    const base = scenarioOf({ timeline }, 0, 0);
    const firmware = {
      version: '1.0.0', downloadTime: MINUTE, updateTime: MINUTE, fails: 'none' as const,
    };
    const fleets = base.fleets.map((fleet) => (
      {
        ...fleet, firmware, eventLog: true, refuses: { write: 0x85 },
        send: { every: MINUTE, keep: 1, format: 'senml-cbor' as const },
      }));
    const devices = (fleet: Scenario['fleets'][number]) => (
      Array.from({ length: fleet.count }, (_, index) => endpointOf(fleet, index)));
    const play: Play = (scenario) => {
      const [kill, clog] = scenario.timeline.map(({ action }) => action);
      const isBad = scenario.fleets.flatMap(devices).includes('b-4')
        && kill?.kind === 'kill server' && kill.down >= MINUTE
        && clog?.kind === 'clog' && clog.span >= 3 * MINUTE
        && scenario.duration >= 40 * MINUTE;
      const failed = { oracle: 'made up', at: 40 * MINUTE, what: '' };
      return { violations: isBad ? [failed] : [], expectations: [] };
    };
    const shrunk = shrink({ ...base, fleets }, { play })!;
    const { scenario } = shrunk;
    expect(scenario.fleets.flatMap(devices)).toEqual(['b-4']);
    expect(scenario.fleets[0]).not.toHaveProperty('firmware');
    expect(scenario.fleets[0]).not.toHaveProperty('eventLog');
    expect(scenario.fleets[0]).not.toHaveProperty('refuses');
    expect(scenario.fleets[0]).not.toHaveProperty('send');
    expect(scenario.timeline.map(({ action }) => action)).toEqual([
      { kind: 'kill server', down: 75 * SECOND },
      { kind: 'clog', network: 'field', span: 4 * MINUTE },
    ]);
    expect(reread(shrunk)).toMatchObject({ fleets: scenario.fleets });
  });

  it('ends after a number of runs, and tells each', () => {
    const told: number[] = [];
    const never: Play = () => ({
      violations: [{ oracle: 'always', at: 5 * MINUTE, what: '' }], expectations: [],
    });
    const { runs } = shrink(failing, { play: never, onProgress: (_, run) => told.push(run) })!;
    expect(runs).toBeLessThanOrEqual(1000);
    expect(told.at(-1)).toBe(runs);
  });

  it('ends when it is told to; the run that this cut short counts for nothing', () => {
    const played: Scenario[] = [];
    const { scenario, runs } = shrink(failing, {
      play: (one) => {
        played.push(one);
        return madeUp(one);
      },
      isEnded: () => played.length >= 2,
    })!;
    expect(runs).toBe(2);
    expect(played[1]!.duration).toBeLessThan(failing.duration);
    expect(scenario.duration).toBe(failing.duration);
  });

  it('has nothing to do with a scenario that holds', () => {
    expect(shrink({ ...failing, timeline: [] }, { play: madeUp })).toBeUndefined();
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** What comes back from the file of the small scenario. */
function reread({ scenario }: Shrunk): Scenario {
  const parsed = parseScenario(writeScenario(scenario, 'x'), 'x.yaml');
  expect(parsed).toMatchObject({ ok: true });
  return (parsed as Extract<typeof parsed, { ok: true }>).value;
}

function isBroken(scenario: Scenario, rule: string): boolean {
  const { violations, expectations } = runScenario(scenario);
  return violations.some(({ oracle }) => oracle === rule)
    || expectations.some(({ text, held }) => text === rule && !held);
}

const NETWORK = { latency: { typical: 50, p99: 400 }, reorder: 0, mtu: 0, natRebindAfter: 0 };

function scenarioOf(changed: Partial<Scenario>, loss: number, duplicate: number): Scenario {
  return {
    name: 'Test', why: 'To be shrunk.', seed: 3, duration: 60 * MINUTE,
    server: { awakeWindow: undefined, registration: 'open', restart: undefined },
    networks: { field: { ...NETWORK, loss, duplicate } },
    fleets: ['a', 'b'].map((name) => ({
      name, count: 6, network: 'field', driver: 'world', lifetime: 300, queueMode: undefined,
      start: { at: SECOND, spread: 5 * MINUTE }, report: { every: MINUTE, confirmable: true },
      objects: { '/3303/0/5700': { signal: 'constant', value: 21 } }, vices: { slow: 200 },
      radio: undefined,
    })),
    observe: [], expect: [], ...changed,
    timeline: changed.timeline ?? [],
  };
}

function actions({ timeline }: Scenario): string[] {
  return timeline.map(({ action }) => action.kind);
}

/** Duplicates are taken for new messages. */
function forgetDuplicates(): void {
  vi.spyOn(RecentMessages.prototype, 'find').mockReturnValue(NOT_FOUND);
}

describe('a planted bug', () => {
  it('that one lost datagram shows ends as that datagram', () => {
    forgetDuplicates();
    const shrunk = shrink(scenarioOf({}, 10_000, 0))!;
    const { networks, fleets } = shrunk.scenario;
    expect(networks['field']).toMatchObject({ loss: 0 });
    expect(actions(shrunk.scenario)).toEqual(['drop']);
    expect(shrunk.scenario.timeline[0]!.action).toMatchObject({ direction: 'down' });
    expect(fleets).toHaveLength(1);
    expect(isBroken(reread(shrunk), shrunk.rule)).toBe(true);
    vi.restoreAllMocks();
    expect(isBroken(reread(shrunk), shrunk.rule)).toBe(false);
  });

  it('that one doubled datagram shows ends as that datagram', () => {
    forgetDuplicates();
    const shrunk = shrink(scenarioOf({}, 0, 5000))!;
    expect(shrunk.scenario.networks['field']).toMatchObject({ duplicate: 0 });
    expect(actions(shrunk.scenario)).toEqual(['duplicate']);
    expect(isBroken(reread(shrunk), shrunk.rule)).toBe(true);
  });

  it('that one of many repetitions shows ends as that one', () => {
    vi.spyOn(Host.prototype, 'afterCommit').mockImplementation((_, act) => act());
    const restart = { every: 7 * MINUTE, down: 10 * SECOND };
    const read: TimedAction = {
      at: MINUTE, repeat: { every: 2 * MINUTE, until: 60 * MINUTE },
      action: { kind: 'read', devices: { fleet: 'b', count: 3 }, path: '/3/0' },
    };
    const server = { awakeWindow: undefined, registration: 'open' as const, restart };
    const shrunk = shrink(scenarioOf({ server, timeline: [read] }, 1000, 1000))!;
    expect(shrunk.scenario.timeline.length).toBeLessThanOrEqual(1);
    expect(shrunk.scenario.server.restart).toBeUndefined();
    expect(isBroken(reread(shrunk), shrunk.rule)).toBe(true);
  });
});

describe('an expectation', () => {
  const expecting = (text: string): Pick<Scenario, 'expect'> => {
    const lines = ['name: x', 'why: x', 'duration: 1h', 'fleets: { a: {} }', `expect: ["${text}"]`];
    const parsed = parseScenario(lines.join('\n'), 'x.yaml');
    return { expect: parsed.ok ? parsed.value.expect : [] };
  };

  it('of which too much was measured is shrunk to what it takes', () => {
    const stop = (fleet: string, at: number): TimedAction => (
      { at, repeat: undefined, action: { kind: 'stop', devices: { fleet, count: undefined } } });
    const timeline = [stop('a', 10 * MINUTE), stop('b', 20 * MINUTE)];
    const shrunk = shrink(scenarioOf({ timeline, ...expecting('expired = 0') }, 1000, 1000))!;
    expect(shrunk.rule).toBe('expired = 0');
    expect(actions(shrunk.scenario)).toEqual(['stop']);
    expect(shrunk.scenario.fleets).toHaveLength(1);
    expect(shrunk.scenario.fleets[0]!.count).toBe(1);
    expect(isBroken(reread(shrunk), shrunk.rule)).toBe(true);
  });

  it('stays in a run that it counts in', () => {
    const shrunk = shrink(scenarioOf(expecting('registered = 0% from 20m'), 0, 0))!;
    expect(shrunk.scenario.duration).toBeGreaterThanOrEqual(20 * MINUTE);
    expect(shrunk.scenario.duration).toBeLessThan(24 * MINUTE);
    expect(isBroken(reread(shrunk), shrunk.rule)).toBe(true);
  });

  it('of which too little was measured is not: less would fail as well', () => {
    expect(shrink(scenarioOf(expecting('telemetry stored > 1000000'), 0, 0))).toBeUndefined();
  });
});
