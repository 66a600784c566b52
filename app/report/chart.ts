// A line chart as inline SVG: few lines, a quiet grid, the last value named beside each line.
// Colours are custom properties of the page, so that it follows the reader's theme.

import type { Milliseconds } from '../../core/ports.ts';
import { count } from './words.ts';

const WIDTH = 640;
const HEIGHT = 190;
const LEFT = 62;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 24;
const HOUR = 3_600_000;
const TIME_STEPS = [
  1000, 5000, 15_000, 60_000, 300_000, 900_000, HOUR, 3 * HOUR, 6 * HOUR, 24 * HOUR, 168 * HOUR,
  720 * HOUR,
] as const;

export interface Line {
  readonly name: string;
  /** One for each time; undefined: nothing to draw there. */
  readonly values: readonly (number | undefined)[];
}

export interface Chart {
  readonly title: string;
  /** Explains the title in a few words. */
  readonly note: string;
  readonly times: readonly Milliseconds[];
  readonly lines: readonly Line[];
  readonly label: (value: number) => string;
  /** A moment to point at. */
  readonly marked?: Milliseconds;
}

/** Nothing when there is nothing to draw. */
export function chartOf(chart: Chart): string {
  const { title, note, times, lines, label, marked } = chart;
  const all = lines.flatMap(({ values }) => values.filter((one) => one !== undefined));
  if (all.length === 0) return '';
  const end = times.at(-1) ?? 1;
  const step = niceStep(Math.max(...all, 0));
  const most = Math.max(step, Math.ceil(Math.max(...all, 0) / step) * step);
  const x = (at: Milliseconds) => LEFT + ((WIDTH - LEFT - RIGHT) * at) / Math.max(1, end);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most);
  const grid: string[] = [];
  for (let value = 0; value <= most + step / 2; value += step) {
    grid.push(`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" `
      + `y1="${fixed(y(value))}" y2="${fixed(y(value))}"/>`
      + `<text class="tick" x="${LEFT - 8}" y="${fixed(y(value) + 3.5)}" text-anchor="end">`
      + `${label(value)}</text>`);
  }
  const ticks = timeTicks(end).map((at) => (
    `<text class="tick" x="${fixed(x(at))}" y="${HEIGHT - 6}" text-anchor="middle">`
    + `${timeLabel(at, end)}</text>`
  ));
  const paths = lines.map(({ values }, index) => (
    `<path class="line s${index + 1}" d="${pathOf(times, values, x, y)}"/>`
  ));
  const at = marked === undefined ? '' : `<line class="marked" x1="${fixed(x(marked))}" `
    + `x2="${fixed(x(marked))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`;
  return `<figure><figcaption><strong>${title}</strong> <span>${note}</span>${legend(lines)}`
    + `</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">`
    + `${grid.join('')}${ticks.join('')}${at}${paths.join('')}</svg></figure>`;
}

export function countLabel(value: number): string {
  if (value >= 1_000_000) return `${count(value / 1_000_000)}M`;
  return value >= 10_000 ? `${count(value / 1000)}k` : count(value);
}

function legend(lines: readonly Line[]): string {
  if (lines.length === 1) return '';
  // A line without values keeps its colour, so that a fleet has the same in every chart.
  const items = lines.map(({ name, values }, index) => (
    values.every((one) => one === undefined) ? '' : `<li class="s${index + 1}">${name}</li>`));
  return `<ul class="legend">${items.join('')}</ul>`;
}

/** Lines break where there is no value; a value between two gaps is a dot. */
function pathOf(
  times: readonly Milliseconds[], values: Line['values'],
  x: (at: Milliseconds) => number, y: (value: number) => number,
): string {
  const parts: string[] = [];
  let isDrawing = false;
  for (const [index, value] of values.entries()) {
    if (value !== undefined) {
      const point = `${fixed(x(times[index] ?? 0))} ${fixed(y(value))}`;
      parts.push(isDrawing ? `L${point}` : `M${point}h0`);
    }
    isDrawing = value !== undefined;
  }
  return parts.join('');
}

/** 1, 2 or 5 times a power of ten, about four steps in all. */
function niceStep(most: number): number {
  if (most <= 0) return 1;
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
}

function timeTicks(end: Milliseconds): Milliseconds[] {
  const step = TIME_STEPS.find((one) => end / one <= 9) ?? end;
  const ticks: Milliseconds[] = [];
  for (let at = 0; at <= end; at += step) ticks.push(at);
  return ticks;
}

function timeLabel(at: Milliseconds, end: Milliseconds): string {
  if (end > 96 * HOUR) return `${count(at / 24 / HOUR)}d`;
  if (end > 2 * HOUR) return `${count(at / HOUR)}h`;
  return end > 120_000 ? `${count(at / 60_000)}m` : `${count(at / 1000)}s`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
