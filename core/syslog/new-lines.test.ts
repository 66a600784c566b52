// Which lines of a log are new when the device tells all that it has.

import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { knownOf, LINES_KNOWN_MAX, NO_LINES } from './new-lines.ts';

/** What of the last of several logs is new. */
function newIn(...logs: readonly (readonly string[])[]): string[] {
  let known = NO_LINES;
  let fresh: string[] = [];
  for (const log of logs) {
    const found = knownOf(known, log);
    fresh = log.slice(found.told);
    known = found.known;
  }
  return fresh;
}

test.for<[string, string[], string[], string[]]>([
  ['a first log', [], ['a', 'b'], ['a', 'b']],
  ['a log that is told again', ['a', 'b'], ['a', 'b'], []],
  ['a log that went on', ['a', 'b'], ['a', 'b', 'c', 'd'], ['c', 'd']],
  ['a log that forgot its oldest lines', ['a', 'b', 'c'], ['b', 'c', 'd'], ['d']],
  ['a log that forgot all of them', ['a', 'b'], ['c', 'd'], ['c', 'd']],
  ['a log that was emptied', ['a', 'b'], [], []],
  ['one line again and again', ['a'], ['a', 'a', 'a'], ['a', 'a']],
  ['a line that was cut', ['a', 'b 1'], ['a', 'b 12', 'c'], ['b 12', 'c']],
  ['a log that begins like the middle of the last', ['a', 'b', 'c'], ['b', 'd'], ['b', 'd']],
])('%s', ([, before, now, expected]) => {
  expect(newIn(before, now)).toEqual(expected);
});

test('a log that was empty meanwhile begins anew', () => {
  expect(newIn(['a'], [], ['a'])).toEqual(['a']);
});

test('a long log is known by its last lines, which are few', () => {
  const long = Array.from({ length: 5_000 }, (_, line) => `line ${line}`);
  expect(newIn(long, [...long, 'x'])).toEqual(['x']);
  expect(newIn(long, [...long.slice(100), 'x'])).toEqual(['x']);
  expect(knownOf(NO_LINES, long).known.hashes).toHaveLength(LINES_KNOWN_MAX);
});

test('a log made to be searched for long takes no longer', () => {
  const same = Array.from({ length: 100_000 }, () => 'x');
  expect(newIn([...same, 'y'], same)).toHaveLength(same.length);
});

property.prop([
  fc.integer({ min: 1, max: 400 }), fc.array(fc.tuple(
    fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }))),
])('lines that differ are told once each, if the log never forgets one untold', (keep, steps) => {
  let next = 0;
  let log: string[] = [];
  let known = NO_LINES;
  const told: string[] = [];
  for (const [added] of [[keep], ...steps]) {
    for (let line = 0; line < (added ?? 0); line++) log.push(`line ${next++}`);
    const found = knownOf(known, log);
    told.push(...log.slice(found.told));
    known = found.known;
    // At least one stays, by which the rest is known.
    log = log.slice(-keep);
  }
  expect(told).toEqual(Array.from({ length: next }, (_, line) => `line ${line}`));
});
