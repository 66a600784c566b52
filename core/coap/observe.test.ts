// Freshness of notifications, RFC 7641 s3.4.

import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { Code, NON } from './message.ts';
import { endsObservation, isNewer, isSequenceNewer, nextSequence } from './observe.ts';
import { message, observed } from './testing.ts';

test.each([
  ['the next', 5, 6, 0, true],
  ['the same', 5, 5, 0, false],
  ['the one before', 5, 4, 0, false],
  ['wrapped', 0xff_ffff, 0, 0, true],
  ['just under half ahead', 0, 2 ** 23 - 1, 0, true],
  ['half ahead', 0, 2 ** 23, 0, false],
  ['half behind', 2 ** 23, 0, 0, false],
  ['just over half behind', 2 ** 23 + 1, 0, 0, true],
  ['the one before, after 128 s', 5, 4, 128_000, false],
  ['the one before, after more than 128 s', 5, 4, 128_001, true],
  ['the same, after more than 128 s', 5, 5, 128_001, true],
])('%s', (_name, previous, sequence, later, expected) => {
  expect(isNewer({ sequence: previous, at: 1_000 }, sequence, 1_000 + later)).toBe(expected);
});

test('sequence numbers wrap at 24 bits', () => {
  expect([nextSequence(0), nextSequence(0xff_ffff)]).toEqual([1, 0]);
});

const sequences = fc.nat({ max: 0xff_ffff });
property.prop([sequences, fc.integer({ min: 1, max: 2 ** 23 - 1 })])(
  'of two numbers less than half the circle apart exactly one is newer', (first, distance) => {
    const second = (first + distance) % 2 ** 24;
    expect([isSequenceNewer(first, second), isSequenceNewer(second, first)]).toEqual([true, false]);
  },
);

test('an error, or a success without Observe, is the last word', () => {
  const options = [observed(3)];
  expect(endsObservation(message(NON, Code.CONTENT, { options }))).toBe(false);
  expect(endsObservation(message(NON, Code.NOT_FOUND, { options }))).toBe(true);
  expect(endsObservation(message(NON, Code.CONTENT))).toBe(true);
});
