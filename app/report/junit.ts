// Runs as JUnit XML, which continuous integration shows: one suite for a run, one case for each
// expectation, and one for all oracles together; a run that died is an error.

import type { Finished, Unplayed } from '../run-job.ts';
import { clockTime, inWords } from './words.ts';

export function junitOf(runs: readonly (Finished | Unplayed)[]): string {
  const suites = runs.map((run) => ('reason' in run ? suiteWithout(run) : suiteOf(run)));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', '',
  ].join('\n');
}

function suiteWithout({ verdict, scenario, seed, reason, command }: Unplayed): string {
  const name = escaped(`${scenario}, seed ${seed}`);
  const [what, errors] = ['it comes to its end', verdict === 'died' ? 1 : 0];
  const only = errors === 0 ? skippedOf(name, what, reason) : `${openingOf(name, what)}>
      <error message="${escaped(reason)}">${escaped(`${reason}\n${command}`)}</error>
    </testcase>`;
  return `  <testsuite name="${name}" tests="1" failures="0" errors="${errors}" `
    + `skipped="${1 - errors}" time="0.000">\n${only}\n  </testsuite>`;
}

function suiteOf(run: Finished): string {
  const { scenario, seed, expectations, violations, tookMs, provenance } = run;
  const name = escaped(`${scenario}, seed ${seed}`);
  const cases = expectations.map((one) => {
    if (one.held === undefined) return skippedOf(name, one.text, inWords(one));
    return caseOf(name, one.text,
      one.held ? [] : [`${inWords(one)}\n${provenance.command}`]);
  });
  if (run.isInterrupted) {
    const why = `interrupted at ${clockTime(run.duration)}`;
    cases.push(skippedOf(name, 'the rest of the run', why));
  }
  cases.push(caseOf(name, 'no rule is broken', violations.map(({ at, oracle, what }) => (
    `${clockTime(at)} ${oracle}: ${what}\n${provenance.command}`
  ))));
  const skipped = expectations.filter(({ held }) => held === undefined).length
    + (run.isInterrupted ? 1 : 0);
  const failures = expectations.filter(({ held }) => held === false).length
    + Math.min(1, violations.length);
  const seconds = (tookMs / 1000).toFixed(3);
  return `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}" `
    + `errors="0" skipped="${skipped}" time="${seconds}">\n${cases.join('\n')}\n  </testsuite>`;
}

function openingOf(suite: string, name: string): string {
  return `    <testcase classname="${suite}" name="${escaped(name)}"`;
}

function skippedOf(suite: string, name: string, why: string): string {
  return `${openingOf(suite, name)}>\n      <skipped message="${escaped(why)}"/>\n    </testcase>`;
}

function caseOf(suite: string, name: string, failures: readonly string[]): string {
  const open = openingOf(suite, name);
  if (failures.length === 0) return `${open}/>`;
  const [first = ''] = failures;
  const message = escaped(first.split('\n')[0] ?? '');
  return `${open}>\n      <failure message="${message}">${escaped(failures.join('\n'))}</failure>\n`
    + '    </testcase>';
}

/** Characters XML 1.0 does not allow are left out. */
function escaped(text: string): string {
  const allowed = Array.from(text).filter((one) => one >= ' ' || one === '\n' || one === '\t');
  return allowed.join('').replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
