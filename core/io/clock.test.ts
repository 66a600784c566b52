// The system's clock, with Node's timers replaced: one timeout for the earliest deadline, order by
// due time, time that never goes back. And once with real ones.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from './clock.ts';

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function logged(clock: SystemClock, log: string[]) {
    return (name: string, delay: number) => clock.schedule(clock.now() + delay, {
      onDue: () => log.push(name),
    });
  }

  it('starts at the wall clock, in whole milliseconds', () => {
    const clock = new SystemClock();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThanOrEqual(1);
    expect(Number.isInteger(clock.now())).toBe(true);
  });

  it('goes on evenly when the wall clock is set', () => {
    const clock = new SystemClock();
    const before = clock.now();
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(clock.now() - before).toBeLessThan(10);
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });

  it('runs what is due in the order of due times, equal ones as they were scheduled', () => {
    const clock = new SystemClock();
    const log: string[] = [];
    const at = logged(clock, log);
    at('c', 30);
    at('a', 10);
    at('b1', 20);
    at('b2', 20);
    vi.advanceTimersByTime(15);
    expect(log).toEqual(['a']);
    vi.advanceTimersByTime(20);
    expect(log).toEqual(['a', 'b1', 'b2', 'c']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has one timeout in Node, however much is scheduled', () => {
    const clock = new SystemClock();
    const at = logged(clock, []);
    for (let delay = 1000; delay > 0; delay--) at('', delay);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('does not run what was cancelled, and cancelling twice is allowed', () => {
    const clock = new SystemClock();
    const log: string[] = [];
    const at = logged(clock, log);
    const cancelled = at('a', 10);
    at('b', 20);
    clock.cancel(cancelled);
    clock.cancel(cancelled);
    vi.advanceTimersByTime(50);
    expect(log).toEqual(['b']);
  });

  it('waits longer than Node can', () => {
    const clock = new SystemClock();
    const log: string[] = [];
    logged(clock, log)('far', 40 * 24 * 3_600_000);
    vi.advanceTimersByTime(39 * 24 * 3_600_000);
    expect(log).toEqual([]);
    vi.advanceTimersByTime(2 * 24 * 3_600_000);
    expect(log).toEqual(['far']);
  });

  it('runs what is overdue at once, and what a task schedules in its turn', () => {
    const clock = new SystemClock();
    const log: string[] = [];
    const at = logged(clock, log);
    clock.schedule(clock.now() - 1000, { onDue: () => at('next', 0) });
    vi.advanceTimersByTime(2);
    expect(log).toEqual(['next']);
  });

  it('is silent after it was stopped', () => {
    const clock = new SystemClock();
    const log: string[] = [];
    const at = logged(clock, log);
    at('a', 10);
    clock.stop();
    at('b', 10);
    vi.advanceTimersByTime(50);
    expect(log).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be stopped by a task', () => {
    const clock = new SystemClock();
    const log: string[] = [];
    clock.schedule(clock.now() + 1, { onDue: () => clock.stop() });
    logged(clock, log)('b', 20);
    vi.advanceTimersByTime(50);
    expect(log).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('with Node\'s own timers a task runs no earlier than it is due', async () => {
  const clock = new SystemClock();
  const due = clock.now() + 5;
  const ranAt = await new Promise<number>((resolve) => {
    clock.schedule(due, { onDue: resolve });
  });
  expect(ranAt).toBeGreaterThanOrEqual(due);
  clock.stop();
});
