// Places on Earth as points of a drawing, north up and true to scale near its middle: an
// equirectangular projection. Pure; knows no map.

import type { Place } from '../wire.ts';

/** IUGG's mean radius: 111.195 km a degree. */
const METRES_PER_DEGREE = 6_371_008.8 * Math.PI / 180;
/** A device that stands still does not make a track of the noise of its receiver. */
const EXTENT_MIN_METRES = 20;
/** A meridian has no width at the poles. */
const COSINE_MIN = 0.01;
/** A pause is a gap when it is so many times the usual one, and as long as that. */
const GAP_TIMES = 5;
const GAP_MIN = 5 * 60_000;
const BAR_SHARE = 1 / 4;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Drawing {
  readonly points: readonly Point[];
  /** Runs of points without a gap, as the data of SVG paths. */
  readonly runs: readonly string[];
  /** From the last point before to the first after each gap. */
  readonly gaps: readonly string[];
  readonly bar: { readonly metres: number; readonly length: number };
}

export function project(
  places: readonly Place[], width: number, height: number, padding: number,
): Drawing {
  const longitudes = unwrapped(places);
  const [south, north] = bounds(places.map(({ latitude }) => latitude));
  const [west, east] = bounds(longitudes);
  const cosine = Math.max(COSINE_MIN, Math.cos((south + north) / 2 * Math.PI / 180));
  const across = METRES_PER_DEGREE * cosine;
  const [inner, outer] = [width - 2 * padding, height - 2 * padding];
  const scale = Math.min(
    inner / Math.max(EXTENT_MIN_METRES, (east - west) * across),
    outer / Math.max(EXTENT_MIN_METRES, (north - south) * METRES_PER_DEGREE),
  );
  const points = places.map(({ latitude }, index) => ({
    x: rounded(width / 2 + ((longitudes[index] ?? 0) - (west + east) / 2) * across * scale),
    y: rounded(height / 2 - (latitude - (south + north) / 2) * METRES_PER_DEGREE * scale),
  }));
  const metres = niceLength(width * BAR_SHARE / scale);
  return { points, ...lines(places, points), bar: { metres, length: rounded(metres * scale) } };
}

/** Who crosses the 180th meridian goes on, not around the Earth. */
function unwrapped(places: readonly Place[]): number[] {
  let turns = 0;
  return places.map(({ longitude }, index) => {
    const before = places[index - 1]?.longitude ?? longitude;
    if (longitude - before > 180) turns--;
    if (before - longitude > 180) turns++;
    return longitude + 360 * turns;
  });
}

function bounds(numbers: readonly number[]): [least: number, most: number] {
  if (numbers.length === 0) return [0, 0];
  return [
    numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b)),
  ];
}

function lines(
  places: readonly Place[], points: readonly Point[],
): Pick<Drawing, 'runs' | 'gaps'> {
  const longest = gapOf(places);
  const runs: string[] = [];
  const gaps: string[] = [];
  let run = '';
  points.forEach((point, index) => {
    const before = points[index - 1];
    const pause = (places[index]?.time ?? 0) - (places[index - 1]?.time ?? 0);
    if (before !== undefined && pause > longest) {
      runs.push(run);
      run = '';
      gaps.push(`M${before.x} ${before.y}L${point.x} ${point.y}`);
    }
    run += `${run === '' ? 'M' : 'L'}${point.x} ${point.y}`;
  });
  if (run !== '') runs.push(run);
  return { runs, gaps };
}

/** By the pause that half of all are shorter than. */
function gapOf(places: readonly Place[]): number {
  const pauses = places.slice(1).map(({ time }, index) => time - (places[index]?.time ?? 0))
    .sort((a, b) => a - b);
  return Math.max(GAP_MIN, GAP_TIMES * (pauses[Math.floor((pauses.length - 1) / 2)] ?? 0));
}

/** The longest of 1, 2 and 5 times a power of ten that is not longer. */
export function niceLength(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return ([5, 2].find((times) => times * power <= most) ?? 1) * power;
}

/** The point that is nearest to a place on the drawing; -1 without points. */
export function nearestTo(points: readonly Point[], x: number, y: number): number {
  let nearest = -1;
  let least = Infinity;
  points.forEach((point, index) => {
    const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (distance < least) [nearest, least] = [index, distance];
  });
  return nearest;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
