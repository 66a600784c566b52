// Two sets of runs as one HTML page: the figures that differ, and the first run of each side drawn
// over the other.

import type { Sample } from '../../sim/metrics.ts';
import { chartOf, countLabel, type Chart } from './chart.ts';
import {
  changeOf, differs, fewRunsNote, sideInWords, valueOf, warningsOf, type Compared,
} from './comparison.ts';
import { escaped, page, PANEL } from './html.ts';
import { coarse } from './intervals.ts';
import type { ReadRun } from './result.ts';
import { span } from './words.ts';

export function comparisonHtml(
  a: readonly ReadRun[], b: readonly ReadRun[], compared: readonly Compared[],
): string {
  const [left, right] = [`A: ${sideInWords(a)}`, `B: ${sideInWords(b)}`];
  const few = fewRunsNote(a, b);
  return page(escaped(`${left} and ${right}`), [
    `<header><h1>Two runs compared</h1><p class="why">${escaped(left)}</p>
<p class="why">${escaped(right)}</p>
${warningsOf(a, b).map((one) => `<p><b class="bad">${escaped(one)}</b></p>`).join('')}</header>`,
    table('What differs', compared.filter(differs)),
    few === undefined ? '' : `<p class="why">${escaped(few)}</p>`, charts(a[0], b[0]),
    table('What does not', compared.filter((one) => !differs(one))),
  ]);
}

function table(title: string, compared: readonly Compared[]): string {
  if (compared.length === 0) return '';
  const rows = compared.map((one) => `<tr><td>${escaped(one.name)}</td>
<td class="num">${valueOf(one.a, one.unit)}</td><td class="num">${valueOf(one.b, one.unit)}</td>
<td class="num">${changeOf(one)}</td></tr>`);
  return `<section><h2>${title}</h2>${PANEL}<table><thead><tr><td></td>
<th class="num">A</th><th class="num">B</th><th class="num">change</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div></section>`;
}

/** Of runs of different lengths the longer one sets the scale. */
function charts(a: ReadRun | undefined, b: ReadRun | undefined): string {
  if (a === undefined || b === undefined) return '';
  const [left, right] = [coarse(a.metrics.samples), coarse(b.metrics.samples)];
  const longer = a.duration < b.duration ? right : left;
  if (left.some(({ at }, index) => right[index] !== undefined && right[index].at !== at)) return '';
  const lines = (value: (sample: Sample) => number | undefined) => [
    { name: 'A', values: left.map(value) }, { name: 'B', values: right.map(value) },
  ];
  const times = longer.map(({ at }) => at);
  const sum = (values: readonly (number | undefined)[]) => (
    values.reduce<number>((total, value) => total + (value ?? 0), 0)
  );
  const drawn: Chart[] = [
    { title: 'Registrations', note: 'fewest at once in each interval', times, label: countLabel,
      lines: lines(({ fewest }) => sum(fewest)) },
    { title: 'Traffic', note: 'datagrams in each interval', times, label: countLabel,
      lines: lines(({ up, down }) => up + down) },
    { title: 'Notify latency', note: 'p95, first datagram to ACK', times, label: span,
      lines: lines(({ latency }) => latency?.p95) },
    { title: 'Energy', note: 'joules per device since the start', times, label: countLabel,
      lines: lines(({ joules }) => joules.some((one) => one !== undefined)
        ? sum(joules) : undefined) },
  ];
  return `<section><h2>The first run of each over time</h2><div class="charts">
${drawn.map(chartOf).join('')}</div></section>`;
}
