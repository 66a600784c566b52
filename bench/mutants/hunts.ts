// `npm run bench -- mutants`: each planted bug, how many events the swarm needed to find it, and
// with which seed. The seeds are kept beside the bugs, so that the tests find each again at once.

import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { INTERRUPTED } from '../../app/interruption.ts';
import { PACKAGE_ROOT } from '../../app/version.ts';
import { figure, type Figure, type Options } from '../result.ts';
import { MUTANTS, type Mutant } from './list.ts';
import { Copy, patched, type Hunt, type Seeds } from './plant.ts';

/** What the swarm may simulate for one bug. */
const EVENTS_MAX = 2_000_000;
const EVENTS_MAX_QUICK = 200_000;

/** The name of each planted bug that was found, and the first seed that finds it. */
const RECORDED = 'bench/mutants/recorded.json';
const AGAIN = 'record again with `npm run bench -- mutants --record`';

export async function mutants({ isQuick, isRecording }: Options): Promise<Figure> {
  // A patch that no longer applies is said before anything takes time.
  for (const mutant of MUTANTS) patched(mutant);
  // By this way the copies are removed as well.
  process.once('SIGINT', () => process.exit(INTERRUPTED));
  const eventsMax = isQuick ? EVENTS_MAX_QUICK : EVENTS_MAX;
  const hunts = await huntAll(MUTANTS, () => ({ first: 1, count: Infinity, eventsMax }),
    (mutant, hunt) => console.error(rowOf(mutant, hunt)));
  const found = MUTANTS.filter(({ name }) => hunts.get(name)?.seed !== undefined);
  const recorded = isRecording ? [record(hunts)] : [];
  return figure('mutants', found.length, 'found', {
    reference: MUTANTS.length,
    notes: [...MUTANTS.map((mutant) => rowOf(mutant, hunts.get(mutant.name))), ...recorded],
  });
}

/** The seeds in the repository, by the names of the bugs. */
export function readRecorded(
  text = readFileSync(join(PACKAGE_ROOT, RECORDED), 'utf8'),
): ReadonlyMap<string, number> {
  const seeds = JSON.parse(text) as Record<string, unknown>;
  return new Map(Object.entries(seeds).map(([name, seed]) => {
    if (!MUTANTS.some((mutant) => mutant.name === name)) {
      throw new Error(`${RECORDED} names "${name}", which is not planted: ${AGAIN}`);
    }
    if (typeof seed !== 'number' || !Number.isSafeInteger(seed) || seed < 1) {
      throw new Error(`${RECORDED} has no seed for "${name}": ${AGAIN}`);
    }
    return [name, seed];
  }));
}

/** Writes the seeds in the order of the list and says which bugs have none. */
function record(hunts: ReadonlyMap<string, Hunt>): string {
  const seeds = MUTANTS.map(({ name }) => [name, hunts.get(name)?.seed] as const);
  const found = Object.fromEntries(seeds.filter(([, seed]) => seed !== undefined));
  writeFileSync(join(PACKAGE_ROOT, RECORDED), `${JSON.stringify(found, null, 2)}\n`);
  const without = seeds.filter(([, seed]) => seed === undefined).map(([name]) => `"${name}"`);
  return `recorded ${Object.keys(found).length} seeds in ${RECORDED}`
    + (without.length > 0 ? `; left out, since not found: ${without.join(', ')}` : '');
}

/** As many at once as there are processors; the results by the names of the bugs. */
export async function huntAll(
  planted: readonly Mutant[], seedsOf: (mutant: Mutant) => Seeds,
  onEnd?: (mutant: Mutant, hunt: Hunt) => void,
): Promise<ReadonlyMap<string, Hunt>> {
  const hunts = new Map<string, Hunt>();
  const left = planted.values();
  let hasFailed = false;
  const work = async (): Promise<void> => {
    const copy = new Copy();
    try {
      // The workers share one iterator: each takes what comes next.
      for (const mutant of left) {
        if (hasFailed) break;
        const hunt = await copy.hunt(mutant, seedsOf(mutant));
        hunts.set(mutant.name, hunt);
        onEnd?.(mutant, hunt);
      }
    } catch (error) {
      hasFailed = true;
      throw error;
    } finally {
      copy.remove();
    }
  };
  // All must have ended, and their copies be gone, before one failure is told.
  const ends = await Promise.allSettled(Array.from({ length: availableParallelism() }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return hunts;
}

function rowOf({ area, name }: Mutant, { events = 0, seed, oracle }: Partial<Hunt> = {}): string {
  const outcome = seed === undefined ? 'NOT FOUND' : `seed ${String(seed).padEnd(4)} ${oracle}`;
  return `${area.padEnd(14)} ${name.padEnd(50)} ${String(events).padStart(9)} events  ${outcome}`;
}
