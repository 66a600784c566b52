// Virtual time: order, that it stands still between events, and that a dead process's timers
// never run.

import { describe, expect, it } from 'vitest';
import type { Clock } from '../core/ports.ts';
import { EVENTS_OF_INSTANT_MAX, ProcessClock, VirtualClock } from './clock.ts';

function logging(clock: Clock, log: string[]) {
  return (name: string, due: number) => clock.schedule(due, {
    onDue: (now) => log.push(`${name}@${now}`),
  });
}

describe('virtual time', () => {
  it('goes from event to event, in the order of due times and of scheduling', () => {
    const clock = new VirtualClock(100);
    const log: string[] = [];
    const at = logging(clock, log);
    at('c', 130);
    at('a', 110);
    at('b1', 120);
    at('b2', 120);
    expect(clock.now()).toBe(100);
    expect(clock.nextDue).toBe(110);
    clock.runUntil(120);
    expect(log).toEqual(['a@110', 'b1@120', 'b2@120']);
    expect(clock.now()).toBe(120);
    clock.runUntil(1000);
    expect(log.at(-1)).toBe('c@130');
    expect(clock.now()).toBe(1000);
    expect(clock.nextDue).toBe(Infinity);
  });

  it('runs one event a step, and none that is due later', () => {
    const clock = new VirtualClock(0);
    const log: string[] = [];
    logging(clock, log)('a', 5);
    expect(clock.step(4)).toBe(false);
    expect(clock.now()).toBe(0);
    expect(clock.step(5)).toBe(true);
    expect(clock.step(5)).toBe(false);
    expect(log).toEqual(['a@5']);
  });

  it('runs what an event schedules for the same instant after what is there already', () => {
    const clock = new VirtualClock(0);
    const log: string[] = [];
    const at = logging(clock, log);
    clock.schedule(5, { onDue: () => at('later', 5) });
    at('there', 5);
    clock.runUntil(5);
    expect(log).toEqual(['there@5', 'later@5']);
  });

  it('refuses more events at one time than its limit', () => {
    const clock = new VirtualClock(100);
    let left = EVENTS_OF_INSTANT_MAX;
    const task = {
      onDue: (now: number) => {
        left--;
        if (left > 0) clock.schedule(now, task);
      },
    };
    // The limit is of each time by itself.
    clock.schedule(130, task);
    clock.runUntil(130);
    expect(left).toBe(0);
    left = EVENTS_OF_INSTANT_MAX + 1;
    clock.schedule(150, task);
    expect(() => clock.runUntil(200)).toThrow('more than 10000000 events at one time, 50 ms after '
      + 'the start: something schedules itself again at once');
  });

  it('never goes back: what is overdue runs now', () => {
    const clock = new VirtualClock(100);
    const log: string[] = [];
    logging(clock, log)('a', 5);
    clock.runUntil(100);
    expect(log).toEqual(['a@100']);
    clock.runUntil(50);
    expect(clock.now()).toBe(100);
  });

  it('forgets what was cancelled, also twice and afterwards', () => {
    const clock = new VirtualClock(0);
    const log: string[] = [];
    const at = logging(clock, log);
    const timer = at('a', 5);
    at('b', 5);
    clock.cancel(timer);
    clock.cancel(timer);
    clock.runUntil(10);
    clock.cancel(timer);
    expect(log).toEqual(['b@5']);
  });
});

describe('the clock of a process', () => {
  it('is the world\'s, until the process dies', () => {
    const world = new VirtualClock(0);
    const clock = new ProcessClock(world);
    const log: string[] = [];
    const at = logging(clock, log);
    at('before', 5);
    at('after', 15);
    clock.cancel(at('cancelled', 5));
    world.runUntil(10);
    expect(clock.now()).toBe(10);
    clock.kill();
    world.runUntil(20);
    expect(log).toEqual(['before@5']);
  });
});
