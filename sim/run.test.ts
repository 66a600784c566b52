// A scenario as an object goes in, a verdict comes out: what is measured, what the timeline does,
// and that a run is a value.

import { describe, expect, it } from 'vitest';
import { statisticOf } from './expect.ts';
import { CALM } from './network-rules.ts';
import { runScenario, type Progress } from './run.ts';
import { parseScenario } from './scenario/file.ts';
import type {
  Action, Expectation, Fleet, Measure, Scenario, TimedAction,
} from './scenario/model.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const meters: Fleet = {
  name: 'meters', count: 5, network: 'calm', driver: 'world', lifetime: 600, queueMode: undefined,
  start: { at: 0, spread: 10 * SECOND }, report: { every: 5 * MINUTE, confirmable: true },
  objects: { '/3303/0/5700': { signal: 'constant', value: 21 } }, vices: {}, radio: undefined,
};

const everyMeter = { fleet: 'meters', count: undefined };

function scenario(changed: Partial<Scenario> = {}): Scenario {
  return {
    name: 'Test', why: 'To be run.', seed: 1, duration: HOUR,
    server: { awakeWindow: undefined, registration: 'open', restart: undefined },
    networks: { calm: CALM }, fleets: [meters], observe: [], timeline: [], expect: [], ...changed,
  };
}

function at(time: number, action: Action, repeat?: TimedAction['repeat']): TimedAction {
  return { at: time, repeat, action };
}

function expecting(measure: Measure, from = 0): Expectation {
  return { text: measure.of, line: undefined, measure, comparison: '>=', bound: 0, from };
}

/** What one measure gives. */
function measured(measure: Measure, changed: Partial<Scenario> = {}, from = 0) {
  const run = runScenario(scenario({ ...changed, expect: [expecting(measure, from)] }));
  expect(run.violations).toEqual([]);
  return run.expectations[0]!.measured;
}

const registered: Measure = { of: 'registered', fleet: 'meters' };
const registrations: Measure = { of: 'registrations', per: 'meters', statistic: 'max' };

describe('what is measured', () => {
  it('registered is the least share from its time on', () => {
    expect(measured(registered)).toBe(0);
    expect(measured(registered, {}, MINUTE)).toBe(1);
    const timeline = [
      at(20 * MINUTE, { kind: 'stop', devices: { fleet: 'meters', count: 1 } }),
      at(30 * MINUTE, { kind: 'start', devices: everyMeter }),
    ];
    expect(measured(registered, { timeline }, MINUTE)).toBe(0.8);
    expect(measured(registered, { timeline }, 40 * MINUTE)).toBe(1);
  });

  it('registered falls with each change, however short', () => {
    const devices = { fleet: 'meters', count: 2 };
    const timeline = [at(20 * MINUTE + SECOND, { kind: 'reboot', devices })];
    expect(measured(registered, { timeline }, MINUTE)).toBe(0.6);
    const lamp = { ...meters, name: 'lamps', count: 1 };
    const ofAll: Measure = { of: 'registered', fleet: undefined };
    expect(measured(ofAll, { timeline, fleets: [meters, lamp] }, MINUTE)).toBe(4 / 6);
    expect(measured({ of: 'registered', fleet: 'lamps' }, { timeline, fleets: [meters, lamp] }, MINUTE))
      .toBe(1);
  });

  it('registrations, datagrams and stored values count from their time on', () => {
    const timeline = [at(30 * MINUTE, { kind: 'reboot', devices: everyMeter })];
    expect(measured(registrations, { timeline })).toBe(2);
    expect(measured(registrations, { timeline }, 20 * MINUTE)).toBe(1);
    expect(measured(registrations, { timeline }, 40 * MINUTE)).toBe(0);
    const datagrams: Measure = { of: 'datagrams', per: 'meters', statistic: 'mean' };
    expect(measured(datagrams, {}, 50 * MINUTE)!).toBeLessThan(measured(datagrams)! / 2);
    const stored: Measure = { of: 'telemetry stored', fleet: 'meters' };
    expect(measured(stored, {}, 50 * MINUTE)!).toBeLessThan(measured(stored)! / 2);
    expect(measured(stored, {}, 50 * MINUTE)!).toBeGreaterThanOrEqual(5);
  });

  it('operations and their latency are those of the disk', () => {
    const timeline = [at(10 * MINUTE, { kind: 'read', devices: everyMeter, path: '/3/0' },
      { every: 10 * MINUTE, until: 30 * MINUTE })];
    expect(measured({ of: 'operations', status: 'confirmed' }, { timeline })).toBe(15);
    expect(measured({ of: 'operations', status: 'failed' }, { timeline })).toBe(0);
    expect(measured({ of: 'operations', status: 'waiting' }, { timeline })).toBe(0);
    const took = measured({ of: 'latency', what: 'read', statistic: 'p50' }, { timeline })!;
    expect(took).toBeGreaterThanOrEqual(10);
    expect(took).toBeLessThan(200);
  });

  it('what the server did not take of operators is refused, and no operation', () => {
    const read: Action = { kind: 'read', devices: everyMeter, path: '/3/0' };
    const timeline = [
      // Nobody is registered yet; then the server is down.
      at(0, read), at(MINUTE, read), at(10 * MINUTE, { kind: 'kill server', down: MINUTE }),
      at(10 * MINUTE + SECOND, { kind: 'observe', devices: everyMeter, path: '/1/0/1' }),
    ];
    const refused: Measure = { of: 'operations', status: 'refused' };
    expect(measured(refused, { timeline })).toBe(10);
    expect(measured(refused, { timeline }, MINUTE)).toBe(5);
    expect(measured({ of: 'operations', status: 'failed' }, { timeline })).toBe(0);
    expect(measured({ of: 'operations', status: 'confirmed' }, { timeline })).toBe(5);
    expect(runScenario(scenario({ timeline })).metrics.totals)
      .toContainEqual({ name: 'operations refused', value: 10, unit: 'count' });
  });

  it('what a file wants observed is', () => {
    const parsed = parseScenario([
      'name: s', 'why: s', 'duration: 10m', 'fleets: { meters: {} }',
      'observe: [{ fleet: meters, path: 3/0/10 }]',
    ].join('\n'), 's.yaml');
    expect(parsed.ok).toBe(true);
    if (!parsed.ok) return;
    runScenario(parsed.value, { onEnd: ({ disk }) => {
      const { observed = [] } = disk.devices.get(1)?.registration ?? {};
      expect(observed).toContainEqual(expect.stringMatching(/\/3\/0\/10$/));
    } });
    expect.assertions(2);
  });

  it('what an operator observes is stored, and no more when not', () => {
    const devices = { fleet: 'meters', count: 1 };
    const wish = (time: number, kind: 'observe' | 'unobserve') => (
      at(time, { kind, devices, path: '/1/0/1' }));
    const stored: Measure = { of: 'telemetry stored', fleet: 'meters' };
    const usual = measured(stored)!;
    const fleets = [{ ...meters, count: 1 }];
    const [one, observed, ended] = [
      [], [wish(10 * MINUTE, 'observe')],
      [wish(10 * MINUTE, 'observe'), wish(30 * MINUTE, 'unobserve')],
    ].map((timeline) => measured(stored, { timeline, fleets })!);
    expect(usual).toBe(5 * one!);
    expect(observed).toBe(one! + 11);
    expect(ended).toBe(one! + 5);
  });

  it('notify latency is the way up, the commit and the way down', () => {
    const took = measured({ of: 'latency', what: 'notify', statistic: 'p50' })!;
    expect(took).toBeGreaterThanOrEqual(10 + 1);
    expect(took).toBeLessThan(60);
  });

  it('devices that leave without a word expire', () => {
    const timeline = [at(10 * MINUTE, { kind: 'stop', devices: { fleet: 'meters', count: 2 } })];
    expect(measured({ of: 'expired', fleet: 'meters' }, { timeline })).toBe(2);
    expect(measured({ of: 'expired', fleet: undefined }, { timeline }, 50 * MINUTE)).toBe(0);
  });

  it('nothing of the known is refused, and a deregistered device is gone', () => {
    const server = { ...scenario().server, registration: 'known' as const };
    expect(measured(registered, { server }, MINUTE)).toBe(1);
    expect(measured({ of: 'refused' }, { server })).toBe(0);
    const timeline = [at(10 * MINUTE, { kind: 'deregister', devices: everyMeter })];
    expect(measured(registered, { timeline }, 11 * MINUTE)).toBe(0);
    expect(measured({ of: 'expired', fleet: undefined }, { timeline })).toBe(0);
  });

  it('what there is nothing to measure of does not hold', () => {
    const energy: Measure = { of: 'energy', per: 'meters', statistic: 'mean' };
    const run = runScenario(scenario({ expect: [expecting(energy)] }));
    expect(run.expectations[0]).toMatchObject({ measured: undefined, held: false });
    expect(run.verdict).toBe('failed');
  });

  it.for([
    ['mean', 2.5], ['p50', 2], ['p95', 4], ['p99', 4], ['max', 4],
  ] as const)('%s of 4, 2, 1, 3 is %s', ([statistic, value]) => {
    expect(statisticOf(statistic, [4, 2, 1, 3])).toBe(value);
    expect(statisticOf(statistic, [])).toBeUndefined();
  });
});

describe('what a run tells of itself', () => {
  it('ended by people it has the results of its time so far, and says that it was ended', () => {
    let asked = 0;
    const read: Measure = { of: 'latency', what: 'read', statistic: 'p95' };
    const wanted = [
      expecting(registered), expecting(read), { ...expecting(registrations), bound: 1000 },
      { ...expecting(registered, 50 * MINUTE), text: 'later' },
    ];
    const run = runScenario(scenario({ expect: wanted }), { isEnded: () => ++asked > 100 });
    const { duration, isInterrupted, verdict, traceHash, expectations, metrics } = run;
    expect({ isInterrupted, verdict, traceHash })
      .toEqual({ isInterrupted: true, verdict: 'held', traceHash: undefined });
    expect(duration).toBeGreaterThan(0);
    expect(duration).toBeLessThan(50 * MINUTE);
    expect(metrics.samples.at(-1)!.at).toBe(duration);
    expect(expectations.map(({ held }) => held)).toEqual([true, undefined, undefined, undefined]);
    expect(run.off.slice(1)).toEqual([
      { what: 'latency', why: 'the run was ended before there was anything to measure' },
      { what: 'registrations', why: 'the run was ended while it could still change' },
      { what: 'later', why: 'the run was ended before it counts' },
    ]);
  });

  const latency: Measure = { of: 'latency', what: 'notify', statistic: 'p95' };
  const drawn: Measure = { of: 'energy', per: 'meters', statistic: 'mean' };
  const waiting: Measure = { of: 'operations', status: 'waiting' };
  it.for([
    [waiting, '=', 0, undefined], [latency, '<', 1, undefined], [drawn, '<', 0.1, undefined],
    [registrations, '<', 1, false], [registrations, '=', 0, false],
    [registrations, '=', 2, undefined], [registrations, '>', 1, undefined],
    [registered, '>=', 0.5, false], [registered, '=', 1, false], [registered, '<', 0, undefined],
  ] as const)('ended by people it fails only by what cannot recover: %j %s %s', (
    [measure, comparison, bound, held],
  ) => {
    const read = at(12 * MINUTE, { kind: 'read', devices: everyMeter, path: '/3/0' });
    const stop = at(11 * MINUTE, { kind: 'stop', devices: everyMeter });
    const wanted = { ...expecting(measure), comparison, bound };
    const fleets = [{ ...meters, radio: 'lte-m' }];
    let reached = 0;
    const run = runScenario(scenario({ fleets, timeline: [stop, read], expect: [wanted] }), {
      onProgress: (progress) => { reached = progress.at; },
      isEnded: () => reached > 12 * MINUTE,
    });
    expect(run.expectations[0]).toMatchObject({ held });
  });

  it('ended before its first event it is still a result', () => {
    const fleets = [{ ...meters, radio: 'lte-m' }];
    const run = runScenario(
      scenario({ fleets, expect: [expecting(registered)] }), { isEnded: () => true });
    expect(run).toMatchObject({ isInterrupted: true, duration: 0, steps: 0 });
    expect(run.metrics.totals.every(({ value }) => Number.isFinite(value))).toBe(true);
  });

  it('charge, connections and airtime of the radios of each fleet are told', () => {
    const radios = { ...meters, name: 'radios', radio: 'lte-m', count: 2 };
    const { metrics } = runScenario(scenario({ fleets: [meters, radios] }));
    const [energy, ...others] = metrics.energy;
    expect(others).toEqual([]);
    const { joules, charge, connections, millicoulombPerConnection: each, airtime } = energy!;
    expect(energy).toMatchObject({ fleet: 'radios', radio: 'lte-m', devices: 2 });
    expect(connections).toBeGreaterThan(10);
    const total = charge.setup + charge.air + charge.tail + charge.idle + charge.sleep;
    expect(each).toBeCloseTo(total / connections, 6);
    // At 3.7 V.
    expect(joules).toBeCloseTo(total * 3.7 / 1000, 6);
    expect(metrics.totals).toEqual(expect.arrayContaining([
      { name: 'energy per device', value: joules, unit: 'joules per hour' },
      { name: 'charge per connection', value: each, unit: 'millicoulombs' },
      { name: 'airtime up per device', value: airtime.up, unit: 'milliseconds' },
      { name: 'airtime down per device', value: airtime.down, unit: 'milliseconds' },
    ]));
    expect(metrics.samples.at(-1)).toMatchObject({
      joules: [undefined, joules], charge: [undefined, each],
      airtime: [undefined, airtime.up + airtime.down],
    });
  });
});

describe('faults', () => {
  it('of datagrams that had passed or never came are left out, with a word', () => {
    const named = { device: 'meters-0', direction: 'up' } as const;
    const timeline = [
      at(0, { kind: 'drop', ...named, nth: 1 }),
      at(10 * MINUTE, { kind: 'drop', ...named, nth: 2 }),
      at(10 * MINUTE, { kind: 'duplicate', ...named, nth: 1000 }),
    ];
    expect(runScenario(scenario({ timeline })).off).toEqual([
      {
        what: 'drop of meters-0 up 2',
        why: 'the datagram was on its way or past when the timeline named it',
      },
      {
        what: 'duplicate of meters-0 up 1000', why: 'the run ended before the datagram came',
      },
    ]);
  });

  it('a killed server loses nothing that it acknowledged', () => {
    const server = { ...scenario().server, restart: { every: 7 * MINUTE, down: 10 * SECOND } };
    for (const seed of [1, 2, 3]) {
      expect(measured({ of: 'telemetry lost' }, { server, seed })).toBe(0);
      expect(measured(registered, { server, seed }, 55 * MINUTE)).toBe(1);
    }
  });

  it('a slow disk holds back what waits for it, and nothing else goes wrong', () => {
    const took: Measure = { of: 'latency', what: 'notify', statistic: 'p95' };
    const timeline = [at(10 * MINUTE, { kind: 'slow disk', commit: 7000, span: 20 * MINUTE })];
    const run = runScenario(scenario({ timeline, expect: [expecting(took)] }));
    expect(run.violations).toEqual([]);
    expect(run.expectations[0]!.measured).toBeGreaterThan(7000);
    expect(run.metrics.samples.some(({ backlog }) => backlog > 0)).toBe(true);
    const last = run.metrics.samples.findLast(({ latency }) => latency !== undefined);
    expect(last!.latency!.p95).toBeLessThan(3000);
  });

  it('a partition, a clog and worse rules pass, and the devices are there again', () => {
    const timeline = [
      at(10 * MINUTE, { kind: 'partition', network: 'calm', share: 1000, span: 5 * MINUTE }),
      at(20 * MINUTE, { kind: 'clog', network: 'calm', span: MINUTE }),
      at(25 * MINUTE, { kind: 'network', network: 'calm', rules: { loss: 50_000 }, span: MINUTE }),
      at(30 * MINUTE, { kind: 'rebind', devices: everyMeter }),
      at(31 * MINUTE, { kind: 'drop', device: 'meters-0', direction: 'up', nth: 100 }),
    ];
    expect(measured(registered, { timeline }, 50 * MINUTE)).toBe(1);
  });
});

describe('a run', () => {
  it('is a value: the same seed gives the same result, watched or not', () => {
    const told: Progress[] = [];
    const first = runScenario(scenario(), { onProgress: (progress) => told.push(progress) });
    expect(runScenario(scenario())).toEqual(first);
    expect(runScenario(scenario(), { seed: 2 }).traceHash).not.toBe(first.traceHash);
    expect(told.at(-1)).toEqual({
      at: HOUR, duration: HOUR, steps: first.steps, registered: 5, devices: 5,
    });
  });

  it('has the same device with or without those before it', () => {
    const startOf = (fleet: Fleet): number => {
      let startedAt = 0;
      runScenario(scenario({ fleets: [fleet] }), { observers: [{
        device: (time, { options }, what) => {
          if (options.endpoint === 'meters-4' && what === 'started') startedAt = time;
        },
      }] });
      return startedAt;
    };
    expect(startOf({ ...meters, count: 2, numbers: [1, 4] })).toBe(startOf(meters));
  });

  it('that an assertion stops has failed, and says where', () => {
    const fleets = [{ ...meters, network: 'nowhere' }];
    const run = runScenario(scenario({ fleets, expect: [expecting(registered)] }));
    expect(run.verdict).toBe('failed');
    expect(run.violations).toEqual([{
      oracle: 'no assertion fails', at: expect.any(Number) as number,
      what: expect.stringContaining('nowhere') as string,
    }]);
    expect(run.excerpt.at(-1)).toContain('stopped by');
  });
});
