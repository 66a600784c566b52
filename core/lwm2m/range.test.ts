// Ranges as definitions write them (LwM2M Core 1.1.1 appendix D).

import { describe, expect, it } from 'vitest';
import { CHOICES_MAX, lengthProblem, parseChoices, rangeProblem } from './range.ts';
import type { Value } from './value.ts';

const float = (value: number): Value => ({ type: 'float', value });
const text = (value: string): Value => ({ type: 'string', value });

describe('a value within', () => {
  it.each<[Value, string]>([
    [float(0), '0..100'], [float(100), '0..100'], [float(-24), '-24..24'],
    [float(0.5), '0.0..1.0'], [{ type: 'unsigned', value: 2n ** 64n - 1n },
      '0..18446744073709551615'],
    [text('four'), '1..4 bytes'], [{ type: 'opaque', value: new Uint8Array(0) }, '0..64 bytes'],
  ])('%o is in %s', (value, words) => expect(rangeProblem(value, words)).toBeUndefined());
});

describe('a value without', () => {
  it.each<[Value, string, string]>([
    [float(100.5), '0..100', 'from 0 to 100'],
    [float(NaN), '0..100', 'from 0 to 100'],
    [{ type: 'integer', value: -25n }, '-24..24', 'from -24 to 24'],
    // Two characters of two bytes each, and one more.
    [text('üüx'), '1..4 bytes', 'from 1 to 4 bytes long'],
  ])('%o is not in %s', (value, words, problem) => (
    expect(rangeProblem(value, words)).toBe(problem)));
});

it.each(['', '255', '8 bit', '2 Instances', 'ON;OFF', '0..', '1..2..3'])(
  'words that say no range, %j, allow every value', (words) => {
    expect(rangeProblem(float(1e9), words)).toBeUndefined();
  });

it.each<[number, string, string | undefined]>([
  [4, '1..4 bytes', undefined], [5, '1..4 bytes', 'from 1 to 4 bytes long'],
  [0, '1..4 bytes', 'from 1 to 4 bytes long'], [5, '1..4', undefined], [5, '', undefined],
])('of %i bytes that nobody has seen, by %j', (length, words, problem) => {
  expect(lengthProblem(length, words)).toBe(problem);
});

it('the length of a number and the number of a text say nothing', () => {
  expect(rangeProblem(float(1e9), '0..4 bytes')).toBeUndefined();
  expect(rangeProblem(text('100000'), '0..4')).toBeUndefined();
});

describe('an enumeration', () => {
  it.each<[string, string[]]>([
    ['5, 10, 15', ['5', '10', '15']], ['ON;OFF', ['ON', 'OFF']],
    ['0: RELEASED\n\t\t\t1: PRESSED', ['0 RELEASED', '1 PRESSED']],
    ['-1,0,1.5', ['-1', '0', '1.5']],
  ])('%j has its values', (words, found) => {
    expect(parseChoices(words).map(({ value, name }) => `${value} ${name}`.trim())).toEqual(found);
  });

  it.each(['', '255', '0..3, 99', '0..100', 'see table 3, or 4', '0: disabled', '1,,2'])(
    '%j is none', (words) => expect(parseChoices(words)).toEqual([]));

  it('is none with more values than a person chooses from', () => {
    const words = (count: number) => Array.from({ length: count }, (_, n) => n).join();
    expect(parseChoices(words(CHOICES_MAX))).toHaveLength(CHOICES_MAX);
    expect(parseChoices(words(CHOICES_MAX + 1))).toEqual([]);
  });
});
