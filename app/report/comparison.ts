// Two sets of runs side by side: what differs by more than repeated seeds differ among themselves.

import type { Unit } from '../../sim/expect.ts';
import { chanceOf, meanOf, noChance } from './chance.ts';
import type { ReadRun } from './result.ts';
import { span, valueWithUnit } from './words.ts';

/** With fewer runs on a side only what differs by much is told from chance. */
const RUNS_ENOUGH = 5;

export interface Compared {
  readonly name: string;
  readonly unit: Unit;
  /** The mean over the runs of each side; undefined where no run measured it. */
  readonly a: number | undefined;
  readonly b: number | undefined;
  /** Undefined with a single run on either side: then nobody knows the noise. */
  readonly exceedsNoise: boolean | undefined;
}

/** Everything both sides counted, and the expectations they share. */
export function compare(a: readonly ReadRun[], b: readonly ReadRun[]): Compared[] {
  const names = new Map<string, Unit>();
  for (const run of [...a, ...b]) {
    for (const { name, unit } of figuresOf(run)) names.set(name, unit);
  }
  const figures = Array.from(names, ([name, unit]) => {
    const [left, right] = [measuredOf(a, name), measuredOf(b, name)];
    return { name, unit, a: mean(left), b: mean(right), chance: chanceOfBoth(left, right) };
  });
  const isNoiseKnown = a.length > 1 && b.length > 1;
  const exceeding = noChance(figures.map(({ chance }) => chance));
  return figures.map(({ chance: _, ...figure }, index) => (
    { ...figure, exceedsNoise: isNoiseKnown ? exceeding[index] : undefined }));
}

/** What so few runs can tell; undefined where they are enough. */
export function fewRunsNote(a: readonly ReadRun[], b: readonly ReadRun[]): string | undefined {
  const fewest = Math.min(a.length, b.length);
  if (fewest >= RUNS_ENOUGH) return undefined;
  return fewest < 2 ? 'How much of this is chance is not known: compare folders of runs with '
    + `--seeds ${RUNS_ENOUGH} or more.`
    : `With ${fewest} runs on a side chance hides much that differs: compare ${RUNS_ENOUGH} seeds `
    + 'or more of each.';
}

export function differs({ a, b, exceedsNoise }: Compared): boolean {
  return exceedsNoise ?? a !== b;
}

/** Which runs one side is. */
export function sideInWords(runs: readonly ReadRun[]): string {
  const seeds = runs.map(({ seed }) => seed).join(', ');
  return `${runs[0]?.scenario ?? ''}, ${runs.length === 1 ? 'seed' : 'seeds'} ${seeds}`;
}

/** Why the figures may not be comparable: unlike lengths, interruptions; a line each. */
export function warningsOf(a: readonly ReadRun[], b: readonly ReadRun[]): string[] {
  const [left, right] = [lengthsOf(a), lengthsOf(b)];
  const areAlike = left === '' || right === '' || left === right;
  return [
    ...areAlike ? [] : [`A lasted ${left}, B ${right}`],
    ...interruptions('A', a), ...interruptions('B', b),
  ];
}

/** Of the runs that came to their end. */
function lengthsOf(runs: readonly ReadRun[]): string {
  const whole = runs.filter(({ isInterrupted }) => isInterrupted !== true);
  const lengths = new Set(whole.map(({ duration }) => duration));
  return [...lengths].sort((one, other) => one - other).map(span).join(' or ');
}

function interruptions(side: string, runs: readonly ReadRun[]): string[] {
  return runs.flatMap(({ isInterrupted, seed, duration }) => (isInterrupted === true
    ? [`${side}: ${runs.length === 1 ? '' : `seed ${seed} `}interrupted after ${span(duration)}`]
    : []));
}

/** Those that differ, as a table for a terminal. */
export function comparisonText(compared: readonly Compared[]): string {
  const rows = compared.filter(differs).map((one) => (
    [one.name, valueOf(one.a, one.unit), valueOf(one.b, one.unit), changeOf(one)]
  ));
  if (rows.length === 0) return 'Nothing differs beyond the noise.';
  const table = [['', 'A', 'B', 'change'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => (
    Math.max(...table.map((row) => row[column]?.length ?? 0))
  ));
  return table.map((row) => row.map((cell, column) => (
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  )).join('  ').trimEnd()).join('\n');
}

export function valueOf(value: number | undefined, unit: Unit): string {
  return value === undefined ? '-' : valueWithUnit(Number(value.toPrecision(4)), unit);
}

/** `+12 %`; empty where a share makes no sense. */
export function changeOf({ a, b }: Compared): string {
  if (a === undefined || b === undefined || a === 0) return '';
  const percent = Number((((b - a) / a) * 100).toPrecision(3));
  return `${percent > 0 ? '+' : ''}${percent} %`;
}

function figuresOf({ metrics, expectations }: ReadRun) {
  return [
    ...metrics.totals,
    ...expectations.map(({ text, measured, unit }) => ({ name: text, value: measured, unit })),
  ];
}

/** A value for each run; undefined where there was nothing to measure. */
function measuredOf(runs: readonly ReadRun[], name: string): (number | undefined)[] {
  return runs.map((run) => figuresOf(run).find((figure) => figure.name === name)?.value);
}

/** Where too few runs measured it to know its spread, whether they did is what is compared. */
function chanceOfBoth(
  a: readonly (number | undefined)[], b: readonly (number | undefined)[],
): number {
  const sides = [a, b].map((side) => side.filter((value) => value !== undefined));
  const [left = [], right = []] = sides.every(({ length }) => length > 1) ? sides
    : [a, b].map((side) => side.map((value) => (value === undefined ? 0 : 1)));
  return left.length > 1 && right.length > 1 ? chanceOf(left, right) : 1;
}

function mean(measured: readonly (number | undefined)[]): number | undefined {
  const values = measured.filter((value) => value !== undefined);
  return values.length === 0 ? undefined : meanOf(values);
}
