// The result of a run in a few lines for a terminal; what failed ends with the command that shows
// it again.

import { join } from 'node:path';
import type { Finished } from '../run-job.ts';
import { REPORT_FILE } from './files.ts';
import { clockTime, count, inWords, slug, span } from './words.ts';

const VIOLATIONS_SHOWN = 10;

export function summaryOf(run: Finished, out: string | undefined): string {
  const { scenario, seed, verdict, expectations, violations, provenance } = run;
  const speed = count(Math.round(run.duration / Math.max(1, run.tookMs)));
  const lines = [
    `${verdict === 'held' ? 'HELD  ' : 'FAILED'} ${scenario}, seed ${seed}: `
      + `${span(run.duration)} in ${span(run.tookMs)} (${speed}x), ${count(run.steps)} events`,
    ...expectations.map((one) => `  ${one.held ? 'ok  ' : 'FAIL'} ${one.text}: ${inWords(one)}`),
    ...violations.slice(0, VIOLATIONS_SHOWN)
      .map(({ at, oracle, what }) => `  RULE ${clockTime(at)} ${oracle}: ${what}`),
  ];
  if (violations.length > VIOLATIONS_SHOWN) {
    lines.push(`       and ${count(violations.length - VIOLATIONS_SHOWN)} more`);
  }
  lines.push(`  trace ${run.traceHash}`);
  if (out !== undefined) {
    lines.push(`  report ${join(out, slug(scenario), `seed-${seed}`, REPORT_FILE)}`);
  }
  if (verdict === 'failed') lines.push(`  again: ${provenance.command}`);
  return lines.join('\n');
}
