// The swarm in its short form.

import { describe, expect, it } from 'vitest';
import { BLOCK_SIZE_DEFAULT } from '../core/coap/block.ts';
import { runScenario } from './run.ts';
import { comesToRest } from './oracles/rest.ts';
import { describeSwarm, swarmScenario } from './swarm.ts';
import type { Fleet, Scenario } from './scenario/model.ts';
import { underTripwire } from './tripwire.ts';

/** The first in which more operations are asked for than may wait. */
const FLOODED = 26;

describe('the swarm', () => {
  it('draws the same scenario from the same seed, and prints what it drew', () => {
    expect(swarmScenario(7)).toEqual(swarmScenario(7));
    expect(swarmScenario(7)).not.toEqual(swarmScenario(8));
    expect(describeSwarm(swarmScenario(7))[0]).toBe('seed 7');
  });

  it('draws known devices, several vices at once and more operations than may wait', () => {
    const drawn = Array.from({ length: 50 }, (_, seed) => swarmScenario(seed));
    const isDrawn = (is: (scenario: Scenario) => boolean) => drawn.some(is);
    expect(isDrawn(({ server }) => server.registration === 'known')).toBe(true);
    expect(isDrawn(({ fleets }) => fleets.some(({ vices }) => Object.keys(vices).length > 1))).toBe(true);
    expect(isDrawn(({ timeline }) => timeline.some(({ repeat }) => repeat !== undefined))).toBe(true);
  });

  it('draws all that a file may say of a fleet', () => {
    const fleets = Array.from({ length: 50 }, (_, seed) => swarmScenario(seed).fleets).flat();
    const isDrawn = (is: (fleet: Fleet) => boolean) => fleets.some(is) && !fleets.every(is);
    const isLong = ({ objects }: Fleet) => Object.values(objects)
      .some((plan) => plan.signal === 'constant' && String(plan.value).length > BLOCK_SIZE_DEFAULT);
    expect(isDrawn(isLong)).toBe(true);
    expect(isDrawn(({ send }) => send !== undefined)).toBe(true);
    expect(isDrawn(({ eventLog }) => eventLog === true)).toBe(true);
    expect(isDrawn(({ refuses }) => refuses !== undefined)).toBe(true);
  });

  it('leaves its worlds time to come to rest', () => {
    for (let seed = 1; seed <= 200; seed++) expect(comesToRest(swarmScenario(seed))).toBe(true);
  });

  it('finds nothing with its first seeds, and reaches what it should', () => {
    const reached: Record<string, number> = {};
    for (const seed of [...Array.from({ length: 16 }, (_, index) => index + 1), FLOODED]) {
      const { violations, sometimes } = underTripwire(() => runScenario(swarmScenario(seed)));
      expect(violations).toEqual([]);
      for (const [name, count] of Object.entries(sometimes)) {
        reached[name] = (reached[name] ?? 0) + count;
      }
    }
    expect(Object.entries(reached).filter(([, count]) => count === 0)).toEqual([]);
  }, 60_000);
});
