// The swarm in its short form, and the shrinker on a made-up failure.

import { describe, expect, it } from 'vitest';
import { runScenario } from './run.ts';
import type { Scenario } from './scenario/model.ts';
import { comesToRest } from './oracles/rest.ts';
import { shrink } from './shrink.ts';
import { describeSwarm, swarmScenario } from './swarm.ts';
import { underTripwire } from './tripwire.ts';

describe('the swarm', () => {
  it('draws the same scenario from the same seed, and prints what it drew', () => {
    expect(swarmScenario(7)).toEqual(swarmScenario(7));
    expect(swarmScenario(7)).not.toEqual(swarmScenario(8));
    expect(describeSwarm(swarmScenario(7))[0]).toBe('seed 7');
  });

  it('leaves its worlds time to come to rest', () => {
    for (let seed = 1; seed <= 200; seed++) expect(comesToRest(swarmScenario(seed))).toBe(true);
  });

  it('finds nothing with its first seeds, and reaches what it should', () => {
    const reached: Record<string, number> = {};
    for (let seed = 1; seed <= 8; seed++) {
      const { violations, sometimes } = underTripwire(() => runScenario(swarmScenario(seed)));
      expect(violations).toEqual([]);
      for (const [name, count] of Object.entries(sometimes)) {
        reached[name] = (reached[name] ?? 0) + count;
      }
    }
    expect(Object.entries(reached).filter(([, count]) => count === 0)).toEqual([]);
  }, 60_000);
});

describe('shrinking', () => {
  /** Fails whenever the server is killed while fleet `a` is there. */
  const run = ({ fleets, timeline, duration }: Scenario) => {
    const kill = timeline.find(({ at, action }) => action.kind === 'kill server' && at < duration);
    const isThere = fleets.some(({ name }) => name === 'a');
    return {
      violations: kill === undefined || !isThere ? []
        : [{ oracle: 'made up', at: kill.at, what: 'a sentence' }],
    };
  };

  it('leaves one device, one action, no fault and no time after the failure', () => {
    const failing = [...Array(100).keys()].map(swarmScenario)
      .find((one) => one.timeline.length > 6 && run(one).violations.length > 0);
    const shrunk = shrink(failing!, run)!;
    const { fleets, timeline, networks, duration } = shrunk.scenario;
    expect(shrunk.oracle).toBe('made up');
    expect(fleets.map(({ name, count, vices }) => [name, count, vices])).toEqual([['a', 1, {}]]);
    expect(timeline.map(({ action }) => action.kind)).toEqual(['kill server']);
    expect(networks).toMatchObject({ field: { loss: 0, duplicate: 0, reorder: 0 } });
    expect(duration).toBe(timeline[0]!.at + 1000);
  });

  it('has nothing to do with a scenario that holds', () => {
    expect(shrink({ ...swarmScenario(1), timeline: [] }, run)).toBeUndefined();
  });
});
