// `npm run bench -- mutants`: each planted bug, how many events the swarm needed to find it, and
// with which seed.

import { availableParallelism } from 'node:os';
import { figure, type Figure, type Options } from '../result.ts';
import { MUTANTS, type Mutant } from './list.ts';
import { hunt, patched, type Hunt } from './plant.ts';

/** What the swarm may simulate for one bug. */
const EVENTS_MAX = 2_000_000;
const EVENTS_MAX_QUICK = 200_000;

export async function mutants({ isQuick }: Options): Promise<Figure> {
  // A patch that no longer applies is said before anything takes time.
  for (const mutant of MUTANTS) patched(mutant);
  const hunts = await huntAll(isQuick ? EVENTS_MAX_QUICK : EVENTS_MAX);
  const found = MUTANTS.filter(({ name }) => hunts.get(name)?.seed !== undefined);
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
