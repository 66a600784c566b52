// Shapes of measured values over time, in rational arithmetic alone: every engine computes the
// same bits, which Math.sin does not promise. Pure functions of time, also where they look like
// chance, so that a device needs no memory for them and may be asked at any moment.

import type { Milliseconds } from '../core/ports.ts';

/** `variant`, a number below 2^32, tells devices apart that share a signal. */
export type Signal = (now: Milliseconds, variant?: number) => number;

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

/** Adds an even draw from -amplitude to +amplitude, another each second. */
export function noisy(signal: Signal, amplitude: number): Signal {
  return (now, variant = 0) => {
    const second = Math.floor(now / 1000);
    return round(signal(now, variant) + amplitude * drawOf(variant, NOISE_LEVEL, second));
  };
}

/** Moves by about `step` a minute, away from `start` and back, as far as a walk goes in a month. */
export function randomWalk(start: number, step: number): Signal {
  return (now, variant = 0) => {
    const walked = displacementOf(now, variant) - displacementOf(0, variant);
    return round(start + step * walked);
  };
}

/** Through the points in the order of time, straight from one to the next, then from the first. */
export function replay(points: readonly (readonly [Milliseconds, number])[]): Signal {
  const end = points.at(-1)?.[0] ?? 0;
  return (now) => {
    const at = end === 0 ? 0 : now % end;
    const next = points.findIndex(([time]) => time > at);
    const [toTime, to] = points[next] ?? points.at(-1) ?? [0, 0];
    const [fromTime, from] = points[next - 1] ?? [toTime, to];
    return toTime === fromTime ? to : from + (to - from) * ((at - fromTime) / (toTime - fromTime));
  };
}

const MINUTE: Milliseconds = 60_000;
/** Periods of a walk: 1 minute, doubled each time, to 45 days. */
const WALK_LEVELS = 16;
const NOISE_LEVEL = -1;

/**
 * A sum of waves of chance, each half as fast as the one before and larger by 3/2 and 4/3 in
 * turn, which is about the square root of 2: what makes the sum look like a walk.
 */
function displacementOf(now: Milliseconds, variant: number): number {
  let sum = 0;
  let size = 1;
  for (let level = 0; level < WALK_LEVELS; level++) {
    const place = now / (MINUTE * 2 ** level);
    const corner = Math.floor(place);
    const from = drawOf(variant, level, corner);
    sum += size * (from + (drawOf(variant, level, corner + 1) - from) * (place - corner));
    size *= level % 2 === 0 ? 3 / 2 : 4 / 3;
  }
  return sum;
}

/** From -1 to 1, the same for the same three numbers. */
function drawOf(variant: number, level: number, index: number): number {
  let hash = Math.imul(variant ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(level + 2, 0xc2b2ae35);
  hash = Math.imul(hash ^ index, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  hash ^= hash >>> 15;
  return (hash >>> 0) / 0x8000_0000 - 1;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Bhaskara's approximation of the sine of a full turn, off by at most 0.0017. */
function sineOf(turn: number): number {
  const half = turn < 0.5 ? turn * 2 : turn * 2 - 1;
  const bow = half * (1 - half);
  const sine = (16 * bow) / (5 - 4 * bow);
  return turn < 0.5 ? sine : -sine;
}
