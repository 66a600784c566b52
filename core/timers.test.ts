// The heap of timers against the obvious model: a list sorted by (due, order of adding).

import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import type { Timer } from './ports.ts';
import { TimerHeap } from './timers.ts';

const idle = { onDue: () => undefined };

test('an empty heap is never due', () => {
  const heap = new TimerHeap();
  expect(heap.nextDue).toBe(Infinity);
  expect(heap.pop()).toBeUndefined();
  expect(heap.size).toBe(0);
});

test('equal due times come in the order of adding', () => {
  const heap = new TimerHeap();
  const tasks = Array.from({ length: 20 }, () => ({ onDue: () => undefined }));
  for (const task of tasks) heap.add(5, task);
  expect(tasks.map(() => heap.pop()?.task)).toEqual(tasks);
});

test('cancelling twice, or what has run, does nothing', () => {
  const heap = new TimerHeap();
  const [first, second] = [heap.add(1, idle), heap.add(2, idle)];
  heap.pop();
  heap.cancel(first);
  expect(heap.size).toBe(1);
  heap.cancel(second);
  heap.cancel(second);
  expect(heap.size).toBe(0);
});

type Step = { add: number } | { cancel: number } | 'pop';

const steps = fc.array(fc.oneof(
  fc.record({ add: fc.integer({ min: 0, max: 20 }) }),
  fc.record({ cancel: fc.nat(60) }),
  fc.constant('pop' as const),
), { maxLength: 80 });

property.prop([steps])('whatever is added and cancelled, the earliest comes first', (run: Step[]) => {
  const heap = new TimerHeap();
  const added: { timer: Timer; task: object }[] = [];
  let model: { timer: Timer; task: object }[] = [];
  for (const step of run) {
    // A stable sort keeps the order of adding among equals.
    model.sort((a, b) => a.timer.due - b.timer.due);
    if (step === 'pop') {
      expect(heap.pop()?.task).toBe(model.shift()?.task);
    } else if ('add' in step) {
      const task = { onDue: () => undefined };
      const entry = { timer: heap.add(step.add, task), task };
      added.push(entry);
      model.push(entry);
    } else {
      const entry = added[step.cancel];
      if (entry) heap.cancel(entry.timer);
      model = model.filter((candidate) => candidate !== entry);
    }
    expect(heap.size).toBe(model.length);
    expect(heap.nextDue).toBe(Math.min(Infinity, ...model.map(({ timer }) => timer.due)));
  }
});
