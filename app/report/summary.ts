// The result of a run in a few lines for a terminal; what failed ends with the command that shows
// it again.

import { join } from 'node:path';
import type { Regression } from '../regression.ts';
import type { Finished, Job, Unplayed } from '../run-job.ts';
import { REPORT_FILE } from './files.ts';
import { clockTime, count, folderName, inWords, leftOut, span } from './words.ts';

const VIOLATIONS_SHOWN = 10;
const MARKS: Readonly<Record<string, string>> = { true: 'ok  ', false: 'FAIL', undefined: '----' };

export function summaryOf(
  run: Finished, out: string | undefined, attempt: Regression | Job['onFailure'],
): string {
  const { scenario, seed, verdict, expectations, violations, traceHash, provenance } = run;
  const notJudged = expectations.filter(({ held }) => held === undefined).length;
  const lines = [
    `${firstWord(run)} ${scenario}, seed ${seed}: ${tookOf(run)}, `
      + `${count(run.steps)} events${notJudged === 0 ? '' : `; ${notJudged} of `
      + `${expectations.length} expectations not judged`}`,
    ...expectations.map((one) => `  ${MARKS[String(one.held)]} ${one.text}: ${inWords(one)}`),
    ...violationLines(violations, VIOLATIONS_SHOWN),
  ];
  lines.push(...leftOut(run).map(([why, what]) => `  off  ${what.join(', ')}: ${why}`));
  if (traceHash !== undefined) lines.push(`  trace ${traceHash}`);
  if (out !== undefined) {
    const folder = join(out, folderName(scenario, run.file), `seed-${seed}`);
    lines.push(`  report ${join(folder, REPORT_FILE)}`);
  }
  if (verdict !== 'failed') return lines.join('\n');
  // Only the same commit does the same again.
  if (provenance.commit !== undefined) lines.push(`  commit ${provenance.commit}`);
  lines.push(...replayLines(provenance.command, attempt));
  return lines.join('\n');
}

export function unplayedWords(
  { verdict, scenario, seed, reason, command }: Unplayed,
): string {
  const first = verdict === 'died' ? 'DIED  ' : 'INTERRUPTED';
  return `${first} ${scenario}, seed ${seed}: ${reason}\n  again: ${command}`;
}

function firstWord({ verdict, isInterrupted }: Finished): string {
  if (verdict === 'failed') return 'FAILED';
  // Nobody knows what the rest would have held.
  return isInterrupted ? 'INTERRUPTED' : 'HELD  ';
}

function tookOf({ driver, duration, tookMs, isInterrupted }: Finished): string {
  const interrupted = isInterrupted ? 'interrupted after ' : '';
  if (driver === 'udp') return `${interrupted}${span(duration)} over sockets in real time`;
  const speed = count(Math.round(duration / Math.max(1, tookMs)));
  return `${interrupted}${span(duration)} in ${span(tookMs)} (${speed}x)`;
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
