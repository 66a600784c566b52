// Shapes over time: their range, their period, and that they are smooth enough to look real.

import { describe, expect, it } from 'vitest';
import { constant, ramp, wave } from './signals.ts';

const HOUR = 3_600_000;

describe('signals', () => {
  it('a constant is one', () => {
    expect([0, 1, 1e12].map(constant(5))).toEqual([5, 5, 5]);
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
    expect([0, HOUR / 2, HOUR - 1, HOUR].map(signal)).toEqual([100, 60, 20, 100]);
    expect(ramp(0, 10, HOUR)(HOUR / 2)).toBe(5);
  });
});
