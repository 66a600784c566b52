// No Message ID twice within EXCHANGE_LIFETIME: in one process, across restarts, after forgetting.

import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import type { Milliseconds } from '../ports.ts';
import {
  MESSAGE_ID_LEAD, MESSAGE_ID_SPACE, MESSAGE_ID_TICK, MessageIds, NO_ORDINAL,
} from './message-id.ts';
import { ACK_TIMEOUT_MAX, exchangeLifetime } from './parameters.ts';
import { peerOf } from './testing.ts';

const START: Milliseconds = 1_800_000_000_000;
const SEED = 7;
const LIFETIME = exchangeLifetime(ACK_TIMEOUT_MAX);

test('an ID comes again only after the longest EXCHANGE_LIFETIME', () => {
  const ticksBetween = MESSAGE_ID_SPACE - MESSAGE_ID_LEAD - 1;
  expect(ticksBetween * MESSAGE_ID_TICK).toBeGreaterThanOrEqual(LIFETIME);
});

test('the first is there at once, the second follows the clock', () => {
  const ids = new MessageIds(START, SEED);
  const first = ids.next(NO_ORDINAL, START) as number;
  expect(first).toBe(MESSAGE_ID_LEAD);
  expect(ids.next(first, START)).toBeUndefined();
  const due = ids.availableAt(first);
  expect(ids.next(first, due - 1)).toBeUndefined();
  expect(ids.next(first, due)).toBe(first + 1);
});

test('once the start is past, a burst of the lead goes out at once and no more', () => {
  const ids = new MessageIds(START, SEED);
  const now = START + 2 * MESSAGE_ID_LEAD * MESSAGE_ID_TICK;
  let last = NO_ORDINAL;
  let count = 0;
  for (let next = ids.next(last, now); next !== undefined; next = ids.next(last, now)) {
    last = next;
    count++;
  }
  expect(count).toBe(MESSAGE_ID_LEAD);
  expect(ids.hasCaughtUp(last, now)).toBe(false);
  expect(ids.hasCaughtUp(last, now + MESSAGE_ID_LEAD * MESSAGE_ID_TICK)).toBe(true);
});

test('peers, listeners and seeds start at different IDs', () => {
  const ids = new MessageIds(START, SEED);
  const here = peerOf(1);
  const starts = [
    ids.messageId(here, 0),
    ids.messageId(peerOf(1, 5684), 0),
    ids.messageId({ ...here, listener: 1 }, 0),
    new MessageIds(START, SEED + 1).messageId(here, 0),
  ];
  expect(new Set(starts).size).toBe(starts.length);
  expect(ids.messageId(peerOf(2), 0)).toBe(starts[0]);
});

type Step = { wait: Milliseconds; burst: number; after: 'go on' | 'forget' | 'restart' };
const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({
  wait: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 200_000 })),
  burst: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 6_000 })),
  after: fc.constantFrom('go on', 'forget', 'restart'),
}), { minLength: 1, maxLength: 30 });

property.prop([steps], { numRuns: 200 })(
  'whatever is sent, forgotten and restarted, no ID is met again too early', (story) => {
    const peer = peerOf(1);
    const lastUse = new Map<number, Milliseconds>();
    let shortest = Infinity;
    let now = START;
    let ids = new MessageIds(now, SEED);
    let last = NO_ORDINAL;
    for (const { wait, burst, after } of story) {
      now += wait;
      for (let count = 0; count < burst; count++) {
        const next = ids.next(last, now);
        if (next === undefined) break;
        last = next;
        const mid = ids.messageId(peer, next);
        shortest = Math.min(shortest, now - (lastUse.get(mid) ?? -Infinity));
        lastUse.set(mid, now);
      }
      if (after === 'forget' && ids.hasCaughtUp(last, now)) last = NO_ORDINAL;
      if (after === 'restart') {
        now += MESSAGE_ID_TICK;
        ids = new MessageIds(now, SEED);
        last = NO_ORDINAL;
      }
    }
    expect(shortest).toBeGreaterThanOrEqual(LIFETIME);
  },
);
