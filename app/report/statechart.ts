// One region of the session machine as inline SVG, laid out as on the dashboard, with what a
// campaign reached: solid and counted, or dashed, crossed and said to be missing.

import type { Covered } from '../../actors/coverage.ts';
import { arrange, eventWords, words, type Picture } from '../../core/api/statechart-layout.ts';
import { escaped } from './html.ts';
import { count } from './words.ts';

const LINE = 15;
const LETTER = 6.8;
const LETTER_BOLD = 8;
const PADDING = 12;
const GAP = 8;

interface Sized {
  readonly width: number;
  readonly height: number;
}

export function coverageChart(states: readonly string[], pairs: readonly Covered[]): string {
  const inPlace = (state: string) => pairs.filter(({ from, to }) => from === state && to === state);
  const along = (from: string, to: string) => (
    pairs.filter((one) => one.from === from && one.to === to));
  const arrows = new Map(pairs.filter(({ from, to }) => from !== to)
    .map(({ from, to }) => [`${from} ${to}`, { from, to, ...sizeOf(along(from, to).map(label)) }]));
  const picture = arrange(states.map((state) => {
    const { width, height } = sizeOf(['', ...inPlace(state).map(label)]);
    const name = words(state).length * LETTER_BOLD;
    return { state, width: Math.max(width, name) + PADDING, height: height + GAP };
  }), [...arrows.values()]);
  const { width, height } = extent(picture);
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img"
aria-label="Statechart of the region, ${pairs.filter(({ runs }) => runs > 0).length} of ${
  pairs.length} pairs reached"><defs>${head('reached')}${head('missed')}</defs>
${picture.arrows.map(({ from, to, path }) => line(path, along(from, to))).join('\n')}
${picture.places.map((place) => box(place, inPlace(place.state))).join('\n')}
${picture.arrows.map(({ from, to, x, y }) => labels(x, y, along(from, to))).join('\n')}
</svg>`;
}

/** `heard 120`, or with a cross what never happened. */
function label({ event, runs }: Covered): string {
  return runs > 0 ? `${eventWords(event)} ${count(runs)}` : `✕ ${eventWords(event)}: never`;
}

function sizeOf(lines: readonly string[]): Sized {
  const longest = Math.max(0, ...lines.map(({ length }) => length));
  return { width: Math.ceil(longest * LETTER) + GAP, height: lines.length * LINE + GAP };
}

/** Labels at the edge may stand out of what dagre counts. */
function extent({ width, height, places, arrows }: Picture): Sized {
  return {
    width: Math.ceil(Math.max(width, ...places.map((one) => one.x + one.width))) + GAP,
    height: Math.ceil(Math.max(height, ...arrows.map(({ y }) => y + LINE))) + GAP,
  };
}

function head(kind: 'reached' | 'missed'): string {
  return `<marker id="${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6"
markerHeight="6" orient="auto"><path class="head ${kind}" d="M0 0L8 4L0 8z"/></marker>`;
}

/** An arrow is lit when anything led along it. */
function line(path: string, pairs: readonly Covered[]): string {
  const kind = pairs.some(({ runs }) => runs > 0) ? 'reached' : 'missed';
  return `<path class="arrow ${kind}" d="${path}" marker-end="url(#${kind})"/>`;
}

function box(
  { state, x, y, width, height }: Picture['places'][number], pairs: readonly Covered[],
): string {
  const middle = x + width / 2;
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>
<text class="state" x="${middle}" y="${y + LINE + 1}">${escaped(words(state))}</text>
${pairs.map((pair, index) => text(middle, y + (index + 2) * LINE, pair)).join('')}`;
}

function labels(x: number, y: number, pairs: readonly Covered[]): string {
  const { width } = sizeOf(pairs.map(label));
  const height = pairs.length * LINE;
  const top = y - height / 2;
  return `<rect class="backing" x="${x - width / 2}" y="${top}" width="${width}"
height="${height}"/>
${pairs.map((pair, index) => text(x, top + (index + 0.75) * LINE, pair)).join('')}`;
}

function text(x: number, y: number, pair: Covered): string {
  return `<text class="${pair.runs > 0 ? 'reached' : 'missed'}" x="${x}" y="${y}">${
    escaped(label(pair))}</text>`;
}
