// The few forms in which the dashboard writes numbers and times.

import { describe, expect, test } from 'vitest';
import { ago, count, exact, left, lifetime, measured, registeredFor, span } from './format.ts';

describe('numbers and spans', () => {
  test.each([
    [0, '0'], [999, '999'], [1000, '1\u202f000'], [10_412, '10\u202f412'],
    [1_234_567, '1\u202f234\u202f567'], [-4, '−4'],
  ])('count %d', (value, text) => expect(count(value)).toBe(text));

  test.each([
    [0, '0 s'], [999, '0 s'], [26_000, '26 s'], [59_999, '59 s'], [60_000, '1 min'],
    [3_599_999, '59 min'], [3_600_000, '1 h'], [47 * 3_600_000, '47 h'], [172_800_000, '2 d'],
  ])('span %d', (value, text) => expect(span(value)).toBe(text));

  test.each([
    [30, '30 s'], [60, '1 min'], [86_400, '1 d'], [90, '1 min 30 s'], [5400, '1 h 30 min'],
    [3601, '3\u202f601 s'], [604_800, '7 d'],
  ])('lifetime %d', (value, text) => expect(lifetime(value)).toBe(text));

  test.each([
    [0, 'without end'], [300, '5 min'],
  ])('registered for %d', (value, text) => expect(registeredFor(value)).toBe(text));

  test.each([
    [21.4, '21.4'], [-102, '−102'], [3300, '3300'], [1_000_000, '1\u202f000\u202f000'],
    [0.1 + 0.2, '0.3'], [0.000_001, '1.000e−6'], [-0.5, '−0.5'],
  ])('measured %d', (value, text) => expect(measured(value)).toBe(text));

  test('times before and after now', () => {
    expect(ago(1000, 1500)).toBe('now');
    expect(ago(1000, 5000)).toBe('4 s ago');
    expect(left(5000, 1000)).toBe('4 s');
    expect(left(1000, 14_401_000)).toBe('4 h over');
  });

  test('exact times carry milliseconds and zone', () => {
    expect(exact(1_763_820_131_482)).toMatch(/^2025-11-2\d \d\d:\d\d:\d\d\.482 [+−]\d\d:\d\d$/);
  });
});
