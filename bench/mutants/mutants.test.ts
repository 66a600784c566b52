// Every planted bug is found again with the seed that was recorded for it, and the sources without
// it are silent with the same seeds. When the simulation changed on purpose, seeds come to mean
// other scenarios: record again with `npm run bench -- mutants --record`.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { allOracles } from '../../sim/oracles/all.ts';
import { CALM } from '../../sim/network-rules.ts';
import { DEFAULT_CONFIG } from '../../actors/config.ts';
import { runScenario } from '../../sim/run.ts';
import { swarmScenario } from '../../sim/swarm.ts';
import { underTripwire } from '../../sim/tripwire.ts';
import { World } from '../../sim/world.ts';
import { huntAll, readRecorded } from './hunts.ts';
import { MUTANTS, NEVER_ENDED, type Area, type Mutant } from './list.ts';
import { Copy, patched, type Hunt } from './plant.ts';

const MUTANTS_MIN = 25;
const MUTANTS_OF_AREA_MIN = 4;
const FOUND_MIN = 23;
const AREAS: readonly Area[] = [
  'message layer', 'observe', 'registration', 'queue mode', 'values', 'store', 'clock',
];
/** A process for each bug: half a minute of two cores, far more on a busy machine. */
const PATIENCE = 600_000;

const recorded = readRecorded();
const [mutant] = MUTANTS as readonly [Mutant];

describe('planted bugs', () => {
  it('are many, in every part, each with a name of its own', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(MUTANTS_MIN);
    for (const area of AREAS) {
      const count = MUTANTS.filter((one) => one.area === area).length;
      expect(count, area).toBeGreaterThanOrEqual(MUTANTS_OF_AREA_MIN);
    }
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect(recorded.size).toBeGreaterThanOrEqual(FOUND_MIN);
  });

  it.each(MUTANTS)('can be planted: $name', (one) => {
    expect(() => patched(one)).not.toThrow();
  });

  it('do not apply where their text is not, or stands twice', () => {
    expect(() => patched({ ...mutant, find: 'stands nowhere' }))
      .toThrow(`"${mutant.name}" does not apply: its text stands 0 times in ${mutant.file}`);
    expect(() => patched({ ...mutant, find: '\n' })).toThrow('does not apply');
  });

  it('are found as well when they never end', async () => {
    const copy = new Copy();
    const endless = {
      ...mutant, file: 'actors/uplink.ts', find: 'observation.sequence = sequence;',
      replace: 'for (;;);',
    };
    const hunt = await copy.hunt(endless, { first: 1, count: 1, eventsMax: 1 }, 5_000);
    copy.remove();
    expect(hunt).toEqual({ events: 0, seed: 1, oracle: NEVER_ENDED });
  }, PATIENCE);

  it('are recorded with seeds under names that are planted', () => {
    expect(readRecorded(`{ "${mutant.name}": 7 }`)).toEqual(new Map([[mutant.name, 7]]));
    expect(() => readRecorded('{ "nobody planted this": 7 }')).toThrow('which is not planted');
    for (const seed of ['"7"', '0', '1.5', 'null']) {
      expect(() => readRecorded(`{ "${mutant.name}": ${seed} }`)).toThrow('has no seed for');
    }
  });
});

it('a hunt that ends badly leaves no copy behind, nor do those beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flownexus-hunts-'));
  vi.stubEnv('TMPDIR', folder);
  try {
    const planted = [{ ...mutant, replace: 'is no TypeScript' }, mutant, mutant, mutant];
    await expect(huntAll(planted, () => ({ first: 1, count: 1, eventsMax: 1 })))
      .rejects.toThrow(`the hunt for "${mutant.name}" ended badly`);
    expect(readdirSync(folder).filter((name) => name.startsWith('flownexus-'))).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  }
}, PATIENCE);

describe('with the recorded seeds', () => {
  // An assertion or a crash would show that the patch is no small mistake.
  const oracles = allOracles(new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG }))
    .map(({ name }) => name);

  const found = MUTANTS.filter(({ name }) => recorded.has(name));
  const seedOf = ({ name }: Mutant) => recorded.get(name) as number;
  let hunts: ReadonlyMap<string, Hunt>;

  beforeAll(async () => {
    hunts = await huntAll(found, (one) => ({ first: seedOf(one), count: 1, eventsMax: 1 }));
  }, PATIENCE);

  it.each(found)('the swarm finds: $name', (one) => {
    expect(hunts.get(one.name)).toMatchObject({
      seed: seedOf(one), oracle: expect.toBeOneOf([...oracles, NEVER_ENDED]) as string,
    });
  });

  it('the swarm finds nothing in sound sources', async () => {
    for (const seed of new Set(recorded.values())) {
      const { violations } = underTripwire(() => runScenario(swarmScenario(seed)));
      expect(violations, `seed ${seed}`).toEqual([]);
    }
    // Nor in a copy of them: it is the patch that is found, not the copying.
    const copy = new Copy();
    const hunt = await copy.hunt(undefined, { first: 1, count: 1, eventsMax: 1 })
      .finally(() => copy.remove());
    expect(hunt).toEqual({ events: expect.any(Number) as number });
  }, PATIENCE);
});
