// The window against its model: a set that forgets nothing.

import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { isNew, markSeen, WINDOW_RECORDS, type ReplayWindow } from './replay.ts';
import { SEQUENCE_MAX } from './record.ts';

const empty = (): ReplayWindow => ({ newest: -1, seenLow: 0, seenHigh: 0 });

const steps = fc.array(
  fc.oneof(fc.nat(3), fc.nat(40), fc.nat(150)).chain((by) => fc.constantFrom(by, -by)),
  { minLength: 1, maxLength: 200 },
);

property.prop([steps, fc.constantFrom(0, 2 ** 31 - 50, 2 ** 40, SEQUENCE_MAX - 500)])(
  'takes each sequence number once, and every one that is not older than 63', (walk, start) => {
    const window = empty();
    const seen = new Set<number>();
    let newest = -1;
    for (const step of walk) {
      const sequence = Math.min(Math.max(0, (newest === -1 ? start : newest) + step), SEQUENCE_MAX);
      const isRecent = sequence > newest - WINDOW_RECORDS;
      expect(isNew(window, sequence)).toBe(isRecent && !seen.has(sequence));
      if (!isNew(window, sequence)) continue;
      markSeen(window, sequence);
      seen.add(sequence);
      newest = Math.max(newest, sequence);
      expect(isNew(window, sequence)).toBe(false);
    }
    expect(window.newest).toBe(newest);
  });

test('the 64th before the newest is too old, the 63rd is not', () => {
  const window = empty();
  markSeen(window, 100);
  expect(isNew(window, 37)).toBe(true);
  expect(isNew(window, 36)).toBe(false);
});
