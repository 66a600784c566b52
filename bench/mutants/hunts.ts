// `npm run bench -- mutants`: each planted bug, how many events the swarm needed to find it, and
// with which seed. With --record the seeds are written down, for the tests to replay.

import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../app/version.ts';
import { figure, type Figure, type Options } from '../result.ts';
import { MUTANTS, type Mutant } from './list.ts';
import { hunt, patched, type Hunt } from './plant.ts';

/** What the swarm may simulate for one bug. */
const EVENTS_MAX = 2_000_000;
const EVENTS_MAX_QUICK = 200_000;
const RECORD = join(PACKAGE_ROOT, 'bench', 'mutants', 'recorded.json');

/** The seed that found each, by name. */
export type Recorded = Readonly<Record<string, number>>;

export function readRecorded(): Recorded {
  return JSON.parse(readFileSync(RECORD, 'utf8')) as Recorded;
}

export async function mutants({ isQuick, isRecorded }: Options): Promise<Figure> {
  // A patch that no longer applies is said before anything takes time.
  for (const mutant of MUTANTS) patched(mutant);
  const hunts = await huntAll(isQuick ? EVENTS_MAX_QUICK : EVENTS_MAX);
  const found = MUTANTS.filter(({ name }) => hunts.get(name)?.seed !== undefined);
  if (isRecorded) {
    const seeds = Object.fromEntries(found.map(({ name }) => [name, hunts.get(name)?.seed]));
    writeFileSync(RECORD, `${JSON.stringify(seeds, null, 2)}\n`);
  }
  return figure('mutants', found.length, 'found', {
    reference: MUTANTS.length,
    notes: MUTANTS.map((mutant) => rowOf(mutant, hunts.get(mutant.name))),
  });
}

async function huntAll(eventsMax: number): Promise<ReadonlyMap<string, Hunt>> {
  const hunts = new Map<string, Hunt>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let mutant = MUTANTS[next++]; mutant !== undefined; mutant = MUTANTS[next++]) {
      const result = await hunt(mutant, { first: 1, count: Infinity, eventsMax });
      hunts.set(mutant.name, result);
      console.error(rowOf(mutant, result));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return hunts;
}

function rowOf({ area, name }: Mutant, { events = 0, seed, oracle }: Partial<Hunt> = {}): string {
  const outcome = seed === undefined ? 'NOT FOUND' : `seed ${String(seed).padEnd(4)} ${oracle}`;
  return `${area.padEnd(14)} ${name.padEnd(50)} ${String(events).padStart(9)} events  ${outcome}`;
}
