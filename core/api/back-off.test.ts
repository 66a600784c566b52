// The back-off of logins by itself: delays, forgetting, and memory that does not grow.

import { expect, test } from 'vitest';
import { ACCOUNTS_MAX, LoginBackOff } from './back-off.ts';

/** Tries until told to wait; gives the number of tries and the wait. */
function tryOut(backOff: LoginBackOff, now: number): { tries: number; wait: number } {
  for (let tries = 0; ; tries++) {
    const wait = backOff.begin('ann', now);
    if (wait > 0) return { tries, wait };
  }
}

test('five tries are free, then each waits twice as long, up to a minute', () => {
  const backOff = new LoginBackOff();
  let now = 1_000;
  const seen = [];
  for (let round = 0; round < 9; round++) {
    const { tries, wait } = tryOut(backOff, now);
    seen.push([tries, wait / 1_000]);
    now += wait;
  }
  expect(seen).toEqual([
    [5, 1], [1, 2], [1, 4], [1, 8], [1, 16], [1, 32], [1, 60], [1, 60], [1, 60],
  ]);
});

test('a success and a quarter of an hour of rest make it forget', () => {
  const backOff = new LoginBackOff();
  expect(tryOut(backOff, 0).tries).toBe(5);
  backOff.succeeded('ann');
  expect(tryOut(backOff, 0).tries).toBe(5);
  expect(tryOut(backOff, 15 * 60_000).tries).toBe(1);
  expect(tryOut(backOff, 31 * 60_000).tries).toBe(5);
});

test('a flood of names leaves memory bounded', () => {
  const backOff = new LoginBackOff();
  for (let n = 0; n < 2 * ACCOUNTS_MAX; n++) backOff.begin(`name ${n}`, n);
  expect(backOff.size).toBe(ACCOUNTS_MAX);
});
