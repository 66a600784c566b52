// The system's randomness: ranges, evenness, and that no byte is handed out twice.

import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { SystemRandom } from './random.ts';

describe('the system\'s randomness', () => {
  const random = new SystemRandom();

  it('draws 32-bit integers over their whole range', () => {
    const draws = Array.from({ length: 2000 }, () => random.uint32());
    expect(draws.every((one) => Number.isInteger(one) && one >= 0 && one < 2 ** 32)).toBe(true);
    expect(new Set(draws).size).toBeGreaterThan(1990);
    expect(Math.max(...draws)).toBeGreaterThan(2 ** 31);
  });

  it.for([1, 2, 3, 62, 2 ** 24, 2 ** 31 + 1, 2 ** 32])('draws below %i', (bound) => {
    for (let count = 0; count < 500; count++) {
      const draw = random.below(bound);
      expect(Number.isInteger(draw) && draw >= 0 && draw < bound).toBe(true);
    }
  });

  it('draws each of a few values about as often', () => {
    const counts = [0, 0, 0];
    for (let count = 0; count < 30_000; count++) counts[random.below(3)]!++;
    // Eight standard deviations: fails by chance once in 10^15.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(8 * 82);
  });

  it.for([0, 1, 8, 4095, 4096, 4097, 70_000])('gives %i bytes', (length) => {
    expect(random.bytes(length)).toHaveLength(length);
  });

  it('never gives the same bytes twice, also at the borders of its blocks', () => {
    const seen = new Set<string>();
    for (let count = 0; count < 3000; count++) seen.add(toHex(random.bytes(13)));
    expect(seen.size).toBe(3000);
  });

  it('gives bytes that later draws do not change', () => {
    const bytes = random.bytes(16);
    const before = toHex(bytes);
    for (let count = 0; count < 2000; count++) random.uint32();
    expect(toHex(bytes)).toBe(before);
  });
});
