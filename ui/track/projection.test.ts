// Places as points: north up, true to scale, gaps told apart, and the odd corners of the globe.

import { describe, expect, test } from 'vitest';
import type { Place } from '../wire.ts';
import { nearestTo, niceLength, project } from './projection.ts';

const MINUTE = 60_000;

type Degrees = readonly [latitude: number, longitude: number];

function places(...degrees: readonly Degrees[]): Place[] {
  return degrees.map(([latitude, longitude], index) => (
    { time: index * MINUTE, latitude, longitude }));
}

function drawn(...degrees: readonly Degrees[]) {
  return project(places(...degrees), 400, 300, 20);
}

describe('points', () => {
  test('stand in the middle when there is one', () => {
    expect(drawn([60, 10]).points).toEqual([{ x: 200, y: 150 }]);
    expect(project([], 400, 300, 20)).toMatchObject({ points: [], runs: [], gaps: [] });
  });

  test('have north above and east on the right', () => {
    const [a, b] = drawn([0, 0], [0.001, 0.001]).points;
    expect(b?.y).toBeLessThan(a?.y ?? 0);
    expect(b?.x).toBeGreaterThan(a?.x ?? 0);
  });

  test('at 60 degrees are half as far apart from west to east as from south to north', () => {
    const { points: [a, b, c] } = drawn([60, 10], [60, 10.01], [60.01, 10]);
    const across = (b?.x ?? 0) - (a?.x ?? 0);
    const up = (a?.y ?? 0) - (c?.y ?? 0);
    expect(across / up).toBeCloseTo(0.5, 2);
  });

  test('fit the drawing', () => {
    for (const { x, y } of drawn([10, 20], [-30, 140], [80, -60]).points) {
      expect(x >= 20 && x <= 380 && y >= 20 && y <= 280).toBe(true);
    }
  });

  test('go on beyond the 180th meridian', () => {
    const [a, b, c] = drawn([0, 179.999], [0, -179.999], [0, 179.999]).points;
    expect(b?.x).toBeGreaterThan(a?.x ?? 0);
    expect(c).toEqual(a);
  });

  test('are numbers at the pole too', () => {
    for (const { x, y } of drawn([90, 0], [90, 120]).points) {
      expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
    }
  });

  test('of a receiver that stands still keep together', () => {
    const [a, b] = drawn([60, 10], [60.000_001, 10]).points;
    expect(Math.abs((a?.y ?? 0) - (b?.y ?? 0))).toBeLessThan(3);
  });
});

describe('lines', () => {
  test('are one while the device reports as usual', () => {
    const { runs, gaps } = drawn([0, 0], [0, 1], [0, 2]);
    expect([runs.length, gaps.length]).toEqual([1, 0]);
    expect(runs[0]).toMatch(/^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){2}$/);
  });

  test('are parted where it was silent for long', () => {
    const all = places([0, 0], [0, 1], [0, 2], [0, 3]);
    const silent = all.map((place, index) => (
      index < 2 ? place : { ...place, time: place.time + 60 * MINUTE }));
    const { runs, gaps } = project(silent, 400, 300, 20);
    expect([runs.length, gaps.length]).toEqual([2, 1]);
  });
});

test('the scale is as long as it says', () => {
  const { points: [a, b], bar } = drawn([0, 0], [0, 0.1]);
  const metres = 0.1 * 111_195;
  expect(bar.length / bar.metres).toBeCloseTo(((b?.x ?? 0) - (a?.x ?? 0)) / metres, 4);
  expect(bar.length).toBeLessThanOrEqual(100);
});

test.for([[1, 1], [1.9, 1], [2, 2], [49, 20], [50, 50], [0.3, 0.2], [123_456, 100_000]] as const)(
  'at most %s is %s', ([most, nice]) => expect(niceLength(most)).toBeCloseTo(nice, 9));

test('the nearest point is found', () => {
  expect(nearestTo([{ x: 0, y: 0 }, { x: 10, y: 0 }], 7, 3)).toBe(1);
  expect(nearestTo([], 1, 1)).toBe(-1);
});
