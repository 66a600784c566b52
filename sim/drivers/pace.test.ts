// Real time moves a virtual clock: each event at its own time, and none while one is handled.

import { expect, it } from 'vitest';
import { Pace } from './pace.ts';

it('events run in the order of their times, each at its own', async () => {
  const pace = new Pace();
  const { clock } = pace;
  const start = clock.now();
  const ran: number[] = [];
  for (const after of [3, 1, 2, 1]) {
    clock.schedule(start + after, { onDue: (now) => ran.push(now - start, clock.now() - start) });
  }
  await pace.until(() => ran.length === 8);
  expect(ran).toEqual([1, 1, 1, 1, 2, 2, 3, 3]);
  pace.stop();
});

it('time stands still while something from outside is handled, and what it makes due follows', () => {
  const pace = new Pace();
  const { clock } = pace;
  const seen: (number | string)[] = [];
  pace.enter(() => {
    const now = clock.now();
    clock.schedule(now, { onDue: () => seen.push('due') });
    const until = performance.now() + 3;
    while (performance.now() < until);
    seen.push(clock.now() - now);
  });
  expect(seen).toEqual([0, 'due']);
  pace.stop();
  pace.enter(() => seen.push('too late'));
  expect(seen).toHaveLength(2);
});

it('a failure ends the waiting, also one that came before', async () => {
  const pace = new Pace();
  pace.clock.schedule(pace.clock.now() + 1, { onDue: () => { throw new Error('first'); } });
  await expect(pace.until(() => false)).rejects.toThrow('first');
  pace.fail(new Error('second'));
  await expect(pace.until(() => false)).rejects.toThrow('first');
  pace.stop();
});
