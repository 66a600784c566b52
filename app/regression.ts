// Shrunk scenarios as files: in the folder of --out, or else beside what failed. A broken rule is a
// bug, and every bug found stays tested: in a checkout its file goes to those of the project.

import { writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { writeScenario } from '../sim/scenario/write.ts';
import type { Shrunk } from '../sim/shrink.ts';
import { commandLine } from './command-line.ts';
import { claimFolder } from './out.ts';
import { sizeOf } from './progress-line.ts';
import { slug } from './report/words.ts';
import type { Job } from './run-job.ts';
import { PACKAGE_ROOT } from './version.ts';

const SCENARIOS = join(PACKAGE_ROOT, 'scenarios');

export interface Regression {
  readonly file: string;
  /** What runs it. */
  readonly command: string;
  readonly rule: string;
  /** How small it is, in words. */
  readonly size: string;
  readonly runs: number;
}

export interface Places {
  /** Where --out points. */
  readonly out: string | undefined;
  /** Of what failed. */
  readonly beside: string;
}

/** Before anything is played, since what was found must not get lost. */
export function claimRegressionFolders(places: Places): void {
  const here = process.cwd();
  const folders = (['rule', 'expectation'] as const)
    .map((broken) => regressionFolder(here, broken, places));
  for (const folder of new Set(folders)) claimFolder(folder, 'the folder for what fails,');
}

/** Writes what is left of a job's scenario. */
export function writeRegression(
  job: Job, { scenario, rule, runs }: Shrunk, places: Places,
): Regression {
  const isExpectation = job.scenario.expect.some(({ text }) => text === rule);
  const broken = isExpectation ? 'expectation' : 'rule';
  const folder = regressionFolder(process.cwd(), broken, places);
  const name = job.scenario.name.replace(/, shrunk$/, '');
  const path = join(folder, `${slug(`${name} ${job.seed} ${rule}`)}.yaml`);
  const schema = relative(folder, join(SCENARIOS, 'scenario.schema.json')).split(sep).join('/');
  writeFileSync(path, writeScenario(scenario, schema));
  const file = relative(process.cwd(), path);
  const command = commandLine('run', file, '--seed', scenario.seed);
  return { file, command, rule, size: sizeOf(scenario), runs };
}

/** That of the project for a rule, if the command was typed somewhere in it. */
export function regressionFolder(
  here: string, broken: 'rule' | 'expectation', { out, beside }: Places,
): string {
  if (out !== undefined) return out;
  const isInside = !relative(PACKAGE_ROOT, here).startsWith('..');
  // An expectation is its author's: that it is missed says nothing of the server.
  return isInside && broken === 'rule' ? join(SCENARIOS, 'regressions') : beside;
}
