// Shapes of measured values over time, in rational arithmetic alone: every engine computes the
// same bits, which Math.sin does not promise.

import type { Milliseconds } from '../core/ports.ts';

export type Signal = (now: Milliseconds) => number;

export function constant(value: number): Signal {
  return () => value;
}

/** A smooth wave around `mean`, rounded to two decimals. */
export function wave(
  mean: number, amplitude: number, period: Milliseconds, shift: Milliseconds = 0,
): Signal {
  return (now) => {
    const phase = ((now + shift) % period) / period;
    return Math.round((mean + amplitude * sineOf(phase)) * 100) / 100;
  };
}

/** From `from` down or up to `to` within a period, then again; whole numbers. */
export function ramp(from: number, to: number, period: Milliseconds): Signal {
  return (now) => Math.round(from + (to - from) * ((now % period) / period));
}

/** Bhaskara's approximation of the sine of a full turn, off by at most 0.0017. */
function sineOf(turn: number): number {
  const half = turn < 0.5 ? turn * 2 : turn * 2 - 1;
  const bow = half * (1 - half);
  const sine = (16 * bow) / (5 - 4 * bow);
  return turn < 0.5 ? sine : -sine;
}
