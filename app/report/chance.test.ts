// What is told from chance is so: known values of the distribution, like compared with like, and
// differences that must be found.

import { describe, expect, it } from 'vitest';
import type { Random } from '../../core/ports.ts';
import { SeededRandom } from '../../sim/random.ts';
import { chanceOf, chanceOfT, noChance } from './chance.ts';

const FIGURES = 18;
const PAIRS = 1_000;

type Draw = (random: Random) => number;
/** Nearly normal: the sum of twelve. */
const normal: Draw = (random) => {
  let sum = -6;
  for (let index = 0; index < 12; index++) sum += random.uint32() / 2 ** 32;
  return sum;
};
/** As what rarely happens is counted. */
const rare: Draw = (random) => (random.uint32() / 2 ** 32 < 0.3 ? 1 : 0);
/** As latencies are spread. */
const skewed: Draw = (random) => Math.exp(normal(random));

function drawn(random: Random, runs: number, draw: Draw): number[] {
  return Array.from({ length: runs }, () => draw(random));
}

/** The share of comparisons of like with like that list a figure or more. */
function errorsOf(runs: number, draw: Draw): number {
  const random = new SeededRandom(1, 'chance');
  let errors = 0;
  for (let pair = 0; pair < PAIRS; pair++) {
    const chances = Array.from({ length: FIGURES },
      () => chanceOf(drawn(random, runs, draw), drawn(random, runs, draw)));
    if (noChance(chances).includes(true)) errors++;
  }
  return errors / PAIRS;
}

describe('chance', () => {
  it.for([
    // In closed form with one and two degrees of freedom; else from the usual table.
    [1, 1, 0.5], [3, 1, 1 - (2 * Math.atan(3)) / Math.PI], [3, 2, 1 - 3 / Math.sqrt(11)],
    [2.776445, 4, 0.05], [2.228139, 10, 0.05], [3.169273, 10, 0.01], [-2.228139, 10, 0.05],
    [1.959966, 1e6, 0.05], [0, 7, 1],
  ] as const)('of t = %s with %s degrees of freedom', ([t, freedom, chance]) => {
    expect(chanceOfT(t, freedom)).toBeCloseTo(chance, 6);
  });

  it.for([
    // Equal spreads: the degrees of freedom are those of both sides.
    [[1, 2, 3], [3, 4, 5], chanceOfT(-Math.sqrt(6), 4)],
    [[4, 4], [4, 4], 1], [[1, 2], [2, 1], 1],
    [[0, 0], [1, 1], 0.125], [[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], 2 / 1024],
  ] as const)('of %s and %s', ([a, b, chance]) => {
    expect(chanceOf(a, b)).toBeCloseTo(chance, 9);
  });

  it.for([
    [2, normal], [3, normal], [5, normal], [8, normal],
    [2, rare], [3, rare], [5, rare], [3, skewed], [5, skewed],
  ] as const)('lists hardly ever what is alike, with %s runs', ([runs, draw]) => {
    expect(errorsOf(runs, draw)).toBeLessThanOrEqual(0.055);
  });

  it('finds among many alike what differs, with five runs', () => {
    const random = new SeededRandom(2, 'chance');
    const alike = Array.from({ length: FIGURES - 2 },
      () => chanceOf(drawn(random, 5, normal), drawn(random, 5, normal)));
    const apart = chanceOf(drawn(random, 5, normal), drawn(random, 5, (chance) => normal(chance) + 8));
    const constant = chanceOf(drawn(random, 5, () => 7), drawn(random, 5, () => 8));
    const found = noChance([apart, constant, ...alike]);
    expect(found.slice(0, 2)).toEqual([true, true]);
    expect(found.slice(2)).not.toContain(true);
  });

  it.for([
    [[0.04], [true]], [[0.04, 0.04], [false, false]], [[0.04, 0.02], [true, true]],
    [[0.04, 1, 1], [true, false, false]], [[0.03, 0.01, 0.03], [false, true, false]],
    [[], []],
  ] as const)('of %s is corrected for how many there are', ([chances, listed]) => {
    expect(noChance(chances)).toEqual(listed);
  });
});
