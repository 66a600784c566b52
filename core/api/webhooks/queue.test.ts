// The queue of one webhook by itself: order, pauses, giving up, and what it holds at most.

import { expect, test } from 'vitest';
import type { WebhookEvent } from './event.ts';
import {
  ATTEMPTS_MAX, DELIVERIES_WAITING_MAX, EVENTS_PER_DELIVERY_MAX, WAITING_LENGTH_MAX, WebhookQueue,
} from './queue.ts';

const FAILED = { isDelivered: false, outcome: '500' };
const DELIVERED = { isDelivered: true, outcome: '204' };

function event(at: number): WebhookEvent {
  return { type: 'registered', device: 'sensor', at, detail: '' };
}

function numbered(): () => number {
  let next = 1;
  return () => next++;
}

test('events leave together and in their order', () => {
  const queue = new WebhookQueue('w', []);
  for (let at = 0; at < EVENTS_PER_DELIVERY_MAX + 1; at++) queue.offer(event(at));
  expect(queue.next()).toBeUndefined();
  const made = queue.gather(7, numbered());
  expect(made.map(({ id, events, createdAt, nextAt }) => [id, events, createdAt, nextAt]))
    .toEqual([[1, EVENTS_PER_DELIVERY_MAX, 7, 7], [2, 1, 7, 7]]);
  expect(JSON.parse(made[1]?.body ?? '')).toEqual({
    webhook: 'w', delivery: 2, events: [event(EVENTS_PER_DELIVERY_MAX)],
  });
  expect(queue.next()).toEqual(made[0]);
  expect(queue.attempted(DELIVERED, 8)).toMatchObject({
    id: 1, state: 'delivered', attempts: 1, outcome: '204', changedAt: 8,
  });
  expect(queue.next()).toEqual(made[1]);
  expect(queue.gather(9, numbered())).toEqual([]);
});

test('a delivery is tried after longer and longer pauses, then given up; the next has its turn', () => {
  const queue = new WebhookQueue('w', []);
  const nextId = numbered();
  queue.offer(event(1));
  queue.gather(0, nextId);
  queue.offer(event(2));
  queue.gather(0, nextId);
  const pauses: (number | string)[] = [];
  let now = 0;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    expect(queue.next()?.id).toBe(1);
    const { state, nextAt } = queue.attempted(FAILED, now) ?? {};
    pauses.push(state === 'waiting' ? ((nextAt ?? 0) - now) / 1_000 : state ?? '');
    now = nextAt ?? 0;
  }
  expect(pauses).toEqual([
    10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 'given up',
  ]);
  expect(queue.next()?.id).toBe(2);
});

test('what finds no room is dropped and counted, and there is room again', () => {
  const queue = new WebhookQueue('w', []);
  const room = DELIVERIES_WAITING_MAX * EVENTS_PER_DELIVERY_MAX;
  for (let at = 0; at < room + 3; at++) queue.offer(event(at));
  expect(queue.gather(0, numbered())).toHaveLength(DELIVERIES_WAITING_MAX);
  queue.offer(event(0));
  expect([queue.waiting, queue.dropped]).toEqual([DELIVERIES_WAITING_MAX, 4]);
  queue.attempted(DELIVERED, 1);
  queue.offer(event(0));
  expect(queue.dropped).toBe(4);
});

test('long events fill it before many do, and what arrived makes room', () => {
  const queue = new WebhookQueue('w', []);
  const nextId = numbered();
  const detail = 'x'.repeat(WAITING_LENGTH_MAX / EVENTS_PER_DELIVERY_MAX);
  const offer = (): void => {
    for (let at = 0; at < EVENTS_PER_DELIVERY_MAX; at++) queue.offer({ ...event(at), detail } as WebhookEvent);
  };
  offer();
  expect(queue.gather(0, nextId)).toHaveLength(1);
  offer();
  expect(queue.gather(0, nextId)).toEqual([]);
  expect([queue.waiting, queue.dropped]).toEqual([1, EVENTS_PER_DELIVERY_MAX]);
  queue.attempted(DELIVERED, 0);
  offer();
  expect(queue.gather(0, nextId)).toHaveLength(1);
});
