// The result of a run in a few lines for a terminal; what failed ends with the command that shows
// it again.

import { join } from 'node:path';
import type { Regression } from '../regression.ts';
import type { Finished, Job } from '../run-job.ts';
import { REPORT_FILE } from './files.ts';
import { clockTime, count, inWords, slug, span } from './words.ts';

const VIOLATIONS_SHOWN = 10;

export function summaryOf(
  run: Finished, out: string | undefined, attempt: Regression | Job['onFailure'],
): string {
  const { scenario, seed, verdict, expectations, violations, provenance } = run;
  const speed = count(Math.round(run.duration / Math.max(1, run.tookMs)));
  const lines = [
    `${verdict === 'held' ? 'HELD  ' : 'FAILED'} ${scenario}, seed ${seed}: `
      + `${span(run.duration)} in ${span(run.tookMs)} (${speed}x), ${count(run.steps)} events`,
    ...expectations.map((one) => `  ${one.held ? 'ok  ' : 'FAIL'} ${one.text}: ${inWords(one)}`),
    ...violationLines(violations, VIOLATIONS_SHOWN), `  trace ${run.traceHash}`,
  ];
  if (out !== undefined) {
    lines.push(`  report ${join(out, slug(scenario), `seed-${seed}`, REPORT_FILE)}`);
  }
  if (verdict === 'failed') lines.push(...replayLines(provenance.command, attempt));
  return lines.join('\n');
}

export function violationLines(violations: Finished['violations'], most: number): string[] {
  const shown = violations.slice(0, most)
    .map(({ at, oracle, what }) => `  RULE ${clockTime(at)} ${oracle}: ${what}`);
  const more = violations.length - shown.length;
  return more === 0 ? shown : [...shown, `       and ${count(more)} more`];
}

/** The one command that shows it again: of the small scenario, if shrinking made one. */
export function replayLines(command: string, attempt: Regression | Job['onFailure']): string[] {
  if (attempt === 'report') return [`  again: ${command}`];
  if (attempt === 'shrink') {
    return ['  not shrunk: a scenario in which less happens fails as well', `  again: ${command}`];
  }
  const { rule, size, runs, file } = attempt;
  return [
    `  shrunk in ${count(runs)} runs to ${size} (${rule}): ${file}`, `  again: ${attempt.command}`,
  ];
}
