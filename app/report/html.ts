// The report of one run as a single HTML file without scripts or anything to fetch: verdict,
// expectations, charts, the trace around what failed, and where it all came from.

import type { Judged } from '../../sim/expect.ts';
import type { Finished } from '../run-job.ts';
import { chartOf, countLabel, type Chart } from './chart.ts';
import { coarse } from './intervals.ts';
import { STYLE } from './style.ts';
import { timeOf, traceLine } from './trace-lines.ts';
import { clockTime, count, leftOut, several, span, valueWithUnit } from './words.ts';

/** Beyond this a chart is a tangle. */
const LINES_MAX = 4;
/** Begins what may scroll sideways, by keyboard too. */
export const PANEL = '<div class="panel" tabindex="0">';

export function htmlOf(run: Finished): string {
  const { scenario, verdict } = run;
  const title = escaped(`${scenario}: ${verdict}`);
  return page(title, [
    header(run), expectations(run.expectations), violations(run), left(run), charts(run),
    energy(run), totals(run), trace(run), sometimes(run), provenance(run),
  ]);
}

/** A whole document around sections. */
export function page(title: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body><main>
${sections.filter((section) => section !== '').join('\n')}
</main></body>
</html>
`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function header(run: Finished): string {
  const { scenario, why, verdict, expectations: judged, violations: broken, metrics } = run;
  const failed = judged.filter(({ held }) => held === false).length;
  const good = run.isInterrupted || judged.some(({ held }) => held === undefined)
    ? 'All that was judged held' : 'Everything held';
  const devices = metrics.fleets.reduce((sum, fleet) => sum + fleet.count, 0);
  const rules = broken.length === 1 ? 'rule' : 'rules';
  const says = verdict === 'held' ? `<strong class="good">${good}</strong>`
    : `<strong class="bad">${[
      ...(failed > 0 ? [`${failed} of ${judged.length} expectations failed`] : []),
      ...(broken.length > 0 ? [`${count(broken.length)} broken ${rules}`] : []),
    ].join(', ')}</strong>`;
  const speed = count(Math.round(run.duration / Math.max(1, run.tookMs)));
  const time = run.driver === 'udp' ? `${span(run.duration)} over sockets in real time`
    : `${span(run.duration)} in ${span(run.tookMs)},\n${speed} times real time`;
  const interrupted = run.isInterrupted ? '<b class="bad">interrupted</b> after ' : '';
  return `<header><h1>${escaped(scenario)}</h1><p class="why">${escaped(why)}</p>
<p class="verdict">${says}<span>seed ${run.seed}</span><span>${several(devices, 'device')}</span>
<span>${interrupted}${time}</span>
<span>${several(run.steps, 'event')}</span></p></header>`;
}

function expectations(judged: readonly Judged[]): string {
  if (judged.length === 0) return '';
  const rows = judged.map((one) => {
    const { text, measured, comparison, bound, unit, held, off } = one;
    const mark = held === undefined ? '">not judged' : held ? ' good">held' : ' bad">failed';
    const why = off === undefined ? '' : `<p class="why">${escaped(off)}</p>`;
    const nothing = off === undefined ? 'not measured' : '';
    return `
<tr${held === false ? ' class="failed"' : ''}><td class="mark${mark}</td>
<td>${escaped(text)}${why}</td>
<td class="num">${measured === undefined ? nothing : valueWithUnit(measured, unit)}</td>
<td class="num">${escaped(comparison)} ${valueWithUnit(bound, unit)}</td></tr>`;
  });
  return `<section><h2>Expectations</h2>${PANEL}<table><thead><tr><td></td><td></td>
<th class="num">measured</th><th class="num">bound</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div></section>`;
}

function violations({ violations: broken }: Finished): string {
  if (broken.length === 0) return '';
  const rows = broken.map(({ at, oracle, what }) => `
<tr class="failed"><td class="mark">${clockTime(at)}</td>
<td class="mark bad">${escaped(oracle)}</td>
<td>${escaped(what)}</td></tr>`);
  return `<section><h2>Broken rules</h2>${PANEL}<table><tbody>${rows.join('')}
</tbody></table></div></section>`;
}

function left(run: Finished): string {
  const reasons = leftOut(run);
  if (reasons.length === 0) return '';
  const rows = reasons.map(([why, what]) => (
    `<tr><td>${escaped(what.join(', '))}</td><td>${escaped(why)}</td></tr>`));
  return `<section><h2>Left out</h2>${PANEL}<table><tbody>${rows.join('')}
</tbody></table></div></section>`;
}

function charts(run: Finished): string {
  const { metrics: { fleets } } = run;
  const samples = coarse(run.metrics.samples);
  const [first] = run.violations;
  const times = samples.map(({ at }) => at);
  const common = { times, ...(first !== undefined && { marked: first.at }) };
  const drawn: Chart[] = [
    {
      ...common, title: 'Registrations', note: 'fewest at once in each interval', label: countLabel,
      lines: fleets.slice(0, LINES_MAX).map(({ name }, index) => ({
        name: escaped(name), values: samples.map(({ fewest }) => fewest[index]),
      })),
    },
    {
      ...common, title: 'Traffic', note: 'datagrams in each interval', label: countLabel,
      lines: [
        { name: 'to the server', values: samples.map(({ up }) => up) },
        { name: 'to devices', values: samples.map(({ down }) => down) },
        { name: 'lost', values: samples.map(({ lost }) => lost) },
      ],
    },
    {
      ...common, title: 'Notify latency', note: 'first datagram to ACK', label: span,
      lines: [
        { name: 'p95', values: samples.map(({ latency }) => latency?.p95) },
        { name: 'p50', values: samples.map(({ latency }) => latency?.p50) },
      ],
    },
    {
      ...common, title: 'Queue depth', note: 'not ended or not on the disk', label: countLabel,
      lines: [
        { name: 'operations', values: samples.map(({ operations }) => operations) },
        { name: 'changes for the disk', values: samples.map(({ backlog }) => backlog) },
      ],
    },
    {
      ...common, title: 'Energy', note: 'joules per device since the start', label: countLabel,
      lines: fleets.slice(0, LINES_MAX).map(({ name }, index) => ({
        name: escaped(name), values: samples.map(({ joules }) => joules[index]),
      })),
    },
  ];
  return `<section><h2>Over time</h2><div class="charts">${drawn.map(chartOf).join('')}
</div></section>`;
}

function energy({ duration, metrics: { energy: fleets } }: Finished): string {
  if (fleets.length === 0) return '';
  const rows = fleets.map(({ fleet, radio, joules, charge, connections, airtime, ...use }) => {
    const total = Object.values(charge).reduce((sum, one) => sum + one, 0);
    const parts = Object.entries(charge).map(([name, one]) => (
      `${name} ${total === 0 ? 0 : Math.round(one * 100 / total)} %`));
    const hours = duration / 3_600_000;
    const rate = hours === 0 ? '' : valueWithUnit(joules / hours, 'joules per hour');
    const cells = [
      count(use.devices), rate, valueWithUnit(use.millicoulombPerConnection, 'millicoulombs'),
      count(connections), span(airtime.up), span(airtime.down),
    ];
    return `<tr><td>${escaped(fleet)}, ${escaped(radio)}<p class="why">${parts.join(', ')}</p></td>
${cells.map((cell) => `<td class="num">${cell}</td>`).join('')}</tr>`;
  });
  const heads = ['devices', 'energy', 'charge per connection', 'connections per device',
    'airtime up per device', 'airtime down per device'];
  return `<section><h2>Energy of radios</h2>${PANEL}<table><thead><tr><td></td>
${heads.map((head) => `<th class="num">${head}</th>`).join('')}</tr></thead>
<tbody>${rows.join('')}</tbody></table></div></section>`;
}

function totals({ metrics: { totals: numbers } }: Finished): string {
  return facts('In numbers', numbers.map(({ name, value, unit }) => (
    [name, valueWithUnit(value, unit)]
  )));
}

function facts(title: string, items: readonly (readonly [name: string, value: string])[]): string {
  if (items.length === 0) return '';
  const rows = items.map(([name, value]) => `<li>${escaped(name)} <b>${value}</b></li>`);
  return `<section><h2>${title}</h2><ul class="panel facts">${rows.join('')}</ul></section>`;
}

function trace({ excerpt, start, verdict, violations: broken }: Finished): string {
  const lines = excerpt.map((line) => {
    const { at, time, what, message } = traceLine(line, start);
    const cells = `<td>${time}</td><td>${escaped(what)}</td><td>${escaped(message)}</td>`;
    return { at, row: `<tr>${cells}</tr>` };
  });
  const [first, last] = [lines[0]?.at ?? Infinity, lines.at(-1)?.at ?? -Infinity];
  // Each broken rule stands behind what happened until then.
  const shown = broken.filter(({ at }) => at >= first && at <= last);
  const rules = shown.map(({ at, oracle, what }) => ({
    at, row: `<tr class="failed"><td>${timeOf(at)}</td><td>${escaped(oracle)}</td>`
      + `<td>${escaped(what)}</td></tr>`,
  }));
  const rows = [...lines, ...rules].sort((a, b) => a.at - b.at).map(({ row }) => row);
  const where = broken.length > 0 ? 'around the first broken rule' : 'at the end of the run';
  return `<section><details${verdict === 'held' ? '' : ' open'}>
<summary>The trace ${where}, ${count(lines.length)} lines</summary>
<div class="panel trace" tabindex="0"><table><tbody>${rows.join('')}</tbody></table></div>
</details></section>`;
}

function sometimes({ sometimes: reached }: Finished): string {
  return facts('How often it came to this', Object.entries(reached).map(([name, times]) => (
    [name, count(times)]
  )));
}

function provenance(run: Finished): string {
  const { provenance: { version, commit, node, command }, file, seed, driver, traceHash } = run;
  const origins: [string, string][] = [
    ['Run it again', command], ['File', file], ['Seed', String(seed)], ['Driver', driver],
    // In real time nothing repeats exactly.
    ...(traceHash === undefined ? [] : [['Trace', traceHash] satisfies [string, string]]),
    ['Flownexus', `${version}${commit === undefined ? '' : `, commit ${commit}`}`],
    ['Node.js', node],
  ];
  const items = origins.map(([name, value]) => (
    `<dt>${name}</dt><dd><code>${escaped(value)}</code></dd>`
  ));
  return `<section><h2>Where this comes from</h2><div class="panel"><dl>${items.join('')}
</dl></div></section>`;
}
