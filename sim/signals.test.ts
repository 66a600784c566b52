// Shapes over time: their range, their period, and that they are smooth enough to look real.

import { describe, expect, it } from 'vitest';
import { constant, noisy, ramp, randomWalk, replay, wave } from './signals.ts';

const HOUR = 3_600_000;

describe('signals', () => {
  it('a constant is one', () => {
    expect([0, 1, 1e12].map((now) => constant(5)(now))).toEqual([5, 5, 5]);
  });

  it('a wave swings around its mean and comes back after its period', () => {
    const signal = wave(20, 5, HOUR);
    const values = Array.from({ length: 3600 }, (_, second) => signal(second * 1000));
    expect(Math.max(...values)).toBe(25);
    expect(Math.min(...values)).toBe(15);
    expect(Math.abs(values.reduce((sum, one) => sum + one, 0) / 3600 - 20)).toBeLessThan(0.01);
    expect(signal(HOUR + 1234)).toBe(signal(1234));
    expect([signal(0), signal(HOUR / 4), signal(HOUR / 2), signal(HOUR * 3 / 4)])
      .toEqual([20, 25, 20, 15]);
    for (let index = 1; index < values.length; index++) {
      expect(Math.abs(values[index]! - values[index - 1]!)).toBeLessThan(0.05);
    }
  });

  it('a wave is close to a sine', () => {
    const signal = wave(0, 1000, HOUR);
    for (let degree = 0; degree < 360; degree++) {
      const sine = 1000 * Math.sin(degree / 180 * Math.PI);
      expect(Math.abs(signal(degree / 360 * HOUR) - sine)).toBeLessThan(1.8);
    }
  });

  it('a shifted wave is the same wave earlier', () => {
    expect(wave(20, 5, HOUR, HOUR / 4)(0)).toBe(wave(20, 5, HOUR)(HOUR / 4));
  });

  it('a ramp goes from end to end and begins anew', () => {
    const signal = ramp(100, 20, HOUR);
    expect([0, HOUR / 2, HOUR - 1, HOUR].map((now) => signal(now))).toEqual([100, 60, 20, 100]);
    expect(ramp(0, 10, HOUR)(HOUR / 2)).toBe(5);
  });

  it('noise is even, in its range, and another for each device and second', () => {
    const signal = noisy(constant(20), 2);
    const values = Array.from({ length: 4000 }, (_, second) => signal(second * 1000, 7));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(18);
    expect(Math.max(...values)).toBeLessThanOrEqual(22);
    expect(Math.abs(values.reduce((sum, one) => sum + one, 0) / 4000 - 20)).toBeLessThan(0.1);
    expect(values.filter((one) => one < 19).length).toBeGreaterThan(800);
    expect(new Set(values).size).toBeGreaterThan(300);
    expect(signal(5000, 8)).not.toBe(signal(5000, 7));
    expect(signal(5999, 7)).toBe(signal(5000, 7));
  });

  it('a random walk starts where it should, goes by its step and strays with time', () => {
    const signal = randomWalk(50, 1);
    const spreadAfter = (span: number): number => {
      let sum = 0;
      for (let variant = 0; variant < 400; variant++) sum += (signal(span, variant) - 50) ** 2;
      return (sum / 400) ** 0.5;
    };
    expect(signal(0, 3)).toBe(50);
    expect(spreadAfter(60_000)).toBeGreaterThan(0.3);
    expect(spreadAfter(60_000)).toBeLessThan(3);
    // A walk strays as the square root of time: about 8 times as far in 64 times the time.
    const ratio = spreadAfter(64 * HOUR) / spreadAfter(HOUR);
    expect(ratio).toBeGreaterThan(5);
    expect(ratio).toBeLessThan(13);
    expect(signal(HOUR, 3)).not.toBe(signal(HOUR, 4));
  });

  it('a replay goes straight between its points and begins anew', () => {
    const signal = replay([[0, 10], [1000, 20], [3000, 0]]);
    expect([0, 500, 1000, 2000, 3000, 3500].map((now) => signal(now)))
      .toEqual([10, 15, 20, 10, 10, 15]);
    expect(replay([[0, 7]])(5000)).toBe(7);
    expect(replay([])(0)).toBe(0);
  });
});
