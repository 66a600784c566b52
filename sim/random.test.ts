// Seeded randomness: the same draws for ever, streams that do not disturb each other, and ranges.

import { describe, expect, it } from 'vitest';
import { SeededRandom } from './random.ts';

function draws(random: { uint32(): number }, count: number): number[] {
  return Array.from({ length: count }, () => random.uint32());
}

describe('a seed', () => {
  // A change here changes every recorded run: it must be meant.
  it('gives the draws it always gave', () => {
    expect(draws(new SeededRandom(1), 4)).toEqual([3933940843, 982280034, 3741601652, 2152561034]);
    expect(draws(new SeededRandom(1).fork('network'), 2)).toEqual([2692239068, 3719369819]);
  });

  it('gives others than its neighbour, from the first draw on', () => {
    const firsts = Array.from({ length: 1000 }, (_, seed) => new SeededRandom(seed).uint32());
    expect(new Set(firsts).size).toBe(1000);
    // No leading bits in common that would make neighbours alike.
    for (const bit of [0, 1, 8, 31]) {
      const ones = firsts.filter((one) => (one >>> bit & 1) === 1).length;
      expect(Math.abs(ones - 500)).toBeLessThan(100);
    }
  });
});

describe('a stream', () => {
  it('depends on seed and label, not on what was drawn before', () => {
    const quiet = new SeededRandom(7);
    const busy = new SeededRandom(7);
    draws(busy, 100);
    busy.fork('other').uint32();
    expect(draws(quiet.fork('a'), 5)).toEqual(draws(busy.fork('a'), 5));
    expect(draws(quiet, 5)).not.toEqual(draws(busy, 5));
  });

  it('has another one for each label and path of labels', () => {
    const random = new SeededRandom(7);
    const streams = [
      random, random.fork('a'), random.fork('b'), random.fork('a').fork('b'), random.fork('ab'),
      random.fork(''),
    ];
    expect(new Set(streams.map((one) => draws(one, 3).join())).size).toBe(streams.length);
  });
});

describe('draws', () => {
  it.for([1, 2, 3, 1000, 2 ** 24, 2 ** 31 + 1, 2 ** 32])('below %i are', (bound) => {
    const random = new SeededRandom(3);
    for (let count = 0; count < 1000; count++) {
      const draw = random.below(bound);
      expect(Number.isInteger(draw) && draw >= 0 && draw < bound).toBe(true);
    }
  });

  it('below 6 fall evenly', () => {
    const random = new SeededRandom(3);
    const counts = [0, 0, 0, 0, 0, 0];
    for (let count = 0; count < 60_000; count++) counts[random.below(6)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('of bytes have the length asked for and all values', () => {
    const bytes = new SeededRandom(3).bytes(10_000);
    expect(bytes).toHaveLength(10_000);
    expect(new Set(bytes).size).toBe(256);
    expect(new SeededRandom(3).bytes(0)).toHaveLength(0);
  });
});
