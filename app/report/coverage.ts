// What a campaign reached of the session machine: a page with its statechart, lit where a run came
// along, and the same as data. What was not reached is said in words and drawn in dashes.

import type { Covered } from '../../actors/coverage.ts';
import { describeSession } from '../../actors/describe.ts';
import { escaped, page, PANEL } from './html.ts';
import { coverageChart } from './statechart.ts';
import { count } from './words.ts';

export const COVERAGE_FILES = ['coverage.html', 'coverage.json'] as const;

export interface CampaignCoverage {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly events: number;
  /** The seeds that failed. */
  readonly failed: readonly number[];
  /** People ended it; the runs that this cut short count for nothing unless they failed. */
  readonly isInterrupted: boolean;
  readonly pairs: readonly Covered[];
  /** In how many runs each interesting state was reached. */
  readonly sometimes: Readonly<Record<string, number>>;
}

/** The contents of the files by their names. */
export function coverageFiles(coverage: CampaignCoverage): Map<string, string> {
  const [html, json] = COVERAGE_FILES;
  return new Map([
    [html, coverageHtml(coverage)], [json, `${JSON.stringify(coverage, undefined, 2)}\n`],
  ]);
}

/** `Session machine: 49 of 51 pairs of state and event reached; not reached: …`. */
export function missedSentence(pairs: readonly Covered[]): string {
  const missed = pairs.filter(({ runs }) => runs === 0);
  const reached = `Session machine: ${pairs.length - missed.length} of ${pairs.length} pairs of `
    + 'state and event reached';
  if (missed.length === 0) return `${reached}.`;
  const lines = missed.map(({ region, from, event, to }) => (
    `  ${region}: ${from}, ${event}${from === to ? '' : `, to ${to}`}`));
  return [`${reached}; not:`, ...lines].join('\n');
}

export function coverageHtml(coverage: CampaignCoverage): string {
  const { pairs, sometimes, seeds } = coverage;
  return page('Coverage of the session machine', [
    header(coverage),
    ...describeSession().regions.map(({ id, states }) => (
      regionSection(id, states, pairs.filter(({ region }) => region === id)))),
    sometimesSection(sometimes, seeds),
  ]);
}

function header(coverage: CampaignCoverage): string {
  const { firstSeed, seeds, events, failed, isInterrupted, pairs } = coverage;
  const missed = pairs.filter(({ runs }) => runs === 0).length;
  const says = missed === 0 ? '<strong class="good">Every pair was reached</strong>'
    : `<strong class="bad">${missed} of ${pairs.length} pairs were not reached</strong>`;
  const verdict = failed.length === 0 ? 'all held' : `failed: ${failed.join(', ')}`;
  return `<header><h1>Coverage of the session machine</h1>
<p class="why">Each arrow is a change of state, each line on it an event that causes it, with the
number of runs that came to it. In a box stand the events that leave its state as it is.</p>
<p class="verdict">${says}<span>${count(seeds)} runs from seed ${firstSeed} on</span>
<span>${count(events)} events</span><span>${verdict}</span>
${isInterrupted ? '<b class="bad">interrupted</b>' : ''}</p></header>`;
}

function regionSection(
  region: string, states: readonly string[], pairs: readonly Covered[],
): string {
  const reached = pairs.filter(({ runs }) => runs > 0).length;
  const rows = pairs.map(({ from, event, to, runs }) => `
<tr${runs > 0 ? '' : ' class="failed"'}><td>${escaped(from)}</td><td>${escaped(event)}</td>
<td>${from === to ? 'stays' : escaped(to)}</td>
<td class="num${runs > 0 ? '' : ' bad'}">${runs > 0 ? count(runs) : 'not reached'}</td></tr>`);
  return `<section><h2>${region}: ${reached} of ${pairs.length}</h2>
<div class="panel chart" tabindex="0">${coverageChart(states, pairs)}</div>
<details><summary>As a table</summary>${PANEL}<table><thead><tr><th>state</th>
<th>event</th><th>next</th><th class="num">runs</th></tr></thead><tbody>${rows.join('')}
</tbody></table></div></details></section>`;
}

function sometimesSection(sometimes: CampaignCoverage['sometimes'], seeds: number): string {
  const rows = Object.entries(sometimes).map(([name, runs]) => (
    `<li${runs > 0 ? '' : ' class="bad"'}>${escaped(name)} <b>${runs > 0
      ? count(runs) : 'never'}</b></li>`));
  return `<section><h2>In how many of ${count(seeds)} runs it came to this</h2>
<ul class="panel facts">${rows.join('')}</ul></section>`;
}
