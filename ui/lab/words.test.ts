// How the lab writes times and speeds.

import { expect, test } from 'vitest';
import type { Run } from '../wire.ts';
import { clock, speed, took, virtual } from './words.ts';

test.each([
  [0, ''], [66, '66 ms'], [999, '999 ms'], [4_540, '4.5 s'], [60_000, '1 min'],
  [200_400, '3 min 20 s'], [5 * 3_600_000, '5 h'],
])('took %d', (value, text) => expect(took(value)).toBe(text));

test.each([
  [500, '500 ms'], [300_000, '5 min'], [5_400_000, '1 h 30 min'], [86_400_000, '1 d'],
])('virtual %d', (value, text) => expect(virtual(value)).toBe(text));

test.each([
  [0, '00:00:00'], [25_449_999, '07:04:09'], [86_400_000, '1 d 00:00:00'],
])('clock %d', (value, text) => expect(clock(value)).toBe(text));

test.each([[3_600_000, 66, '54\u202f545'], [0, 20, ''], [60_000, 0, ''], [10, 1000, '1']])(
  'speed of %d in %d', (at, tookMs, text) =>
    expect(speed({ progress: { at, tookMs } } as Run)).toBe(text),
);
