// The ring of recent Message IDs: how it fills, forgets and refuses.

import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import {
  ACKNOWLEDGED, keptReply, NOT_FOUND, PENDING, RecentMessages, replyBytes, TAKEN,
} from './deduplication.ts';

const LIMIT = 8;
const LATER = 247_000;

function filled(count: number, reply: typeof PENDING | typeof TAKEN): RecentMessages {
  const recent = new RecentMessages();
  for (let mid = 0; mid < count; mid++) recent.add(mid, reply, LATER, 0, LIMIT);
  return recent;
}

test('a Message ID is found until it expires', () => {
  const recent = filled(1, TAKEN);
  expect(recent.find(0, LATER - 1)).not.toBe(NOT_FOUND);
  expect(recent.find(0, LATER)).toBe(NOT_FOUND);
  expect(recent.isExpired(LATER)).toBe(true);
});

test('all up to the limit are found', () => {
  const recent = filled(LIMIT, TAKEN);
  expect(recent.count(0)).toBe(LIMIT);
  for (let mid = 0; mid < LIMIT; mid++) expect(recent.find(mid, 0)).not.toBe(NOT_FOUND);
});

test('beyond the limit the oldest one goes', () => {
  const recent = filled(LIMIT, TAKEN);
  recent.add(100, TAKEN, LATER, 0, LIMIT);
  expect(recent.find(0, 0)).toBe(NOT_FOUND);
  expect(recent.find(1, 0)).not.toBe(NOT_FOUND);
  expect(recent.count(0)).toBe(LIMIT);
});

test('a pending one does not go: an answered one does, though younger', () => {
  const recent = new RecentMessages();
  recent.add(0, PENDING, LATER, 0, LIMIT);
  for (let mid = 1; mid < 3 * LIMIT; mid++) recent.add(mid, TAKEN, LATER, 0, LIMIT);
  expect(recent.find(0, 0)).not.toBe(NOT_FOUND);
});

test('when all are pending a further one is refused, until one is answered', () => {
  const recent = filled(LIMIT, PENDING);
  expect(recent.add(100, PENDING, LATER, 0, LIMIT)).toBe(NOT_FOUND);
  recent.settle(recent.find(5, 0), 5, ACKNOWLEDGED);
  expect(recent.add(100, PENDING, LATER, 0, LIMIT)).not.toBe(NOT_FOUND);
  expect(recent.find(5, 0)).toBe(NOT_FOUND);
});

test('expired ones make room before the ring grows', () => {
  const recent = new RecentMessages();
  for (let mid = 0; mid < 100; mid++) {
    recent.add(mid, PENDING, 1_000 * (mid + 2), 1_000 * mid, LIMIT);
    expect(recent.count(1_000 * mid)).toBeLessThanOrEqual(2);
  }
});

test('settling a Message ID that was forgotten changes nothing', () => {
  const recent = filled(1, TAKEN);
  const slot = recent.find(0, 0);
  recent.remove(slot, 0);
  recent.settle(slot, 0, ACKNOWLEDGED);
  expect(recent.find(0, 0)).toBe(NOT_FOUND);
  recent.add(9, PENDING, LATER, 0, LIMIT);
  recent.settle(slot, 0, ACKNOWLEDGED);
  expect(recent.replyAt(recent.find(9, 0))).toBe(PENDING);
});

property.prop([fc.array(fc.nat({ max: 20 }), { maxLength: 200 })])(
  'it finds what a plain list of the last ones finds', (mids) => {
    const recent = new RecentMessages();
    let model: number[] = [];
    for (const mid of mids) {
      expect(recent.find(mid, 0) !== NOT_FOUND).toBe(model.includes(mid));
      if (model.includes(mid)) continue;
      recent.add(mid, TAKEN, LATER, 0, LIMIT);
      model = [...model, mid].slice(-LIMIT);
    }
  },
);

property.prop([fc.uint8Array({ maxLength: 200 })])('a kept reply is the reply', (datagram) => {
  expect(replyBytes(keptReply(datagram))).toEqual(datagram);
});
