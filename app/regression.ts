// Shrunk scenarios as files: beside those of the project when run from its checkout, for every bug
// found stays tested there; elsewhere in the folder of --out or beside what failed.

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

/** Before anything is played, since what was found must not get lost. */
export function claimRegressionFolder(elsewhere: string): void {
  claimFolder(regressionFolder(process.cwd(), elsewhere), 'the folder for what fails,');
}

/** Writes what is left of a job's scenario; `elsewhere` is the folder outside of a checkout. */
export function writeRegression(
  job: Job, { scenario, rule, runs }: Shrunk, elsewhere: string,
): Regression {
  const folder = regressionFolder(process.cwd(), elsewhere);
  const name = job.scenario.name.replace(/, shrunk$/, '');
  const path = join(folder, `${slug(`${name} ${job.seed} ${rule}`)}.yaml`);
  const schema = relative(folder, join(SCENARIOS, 'scenario.schema.json')).split(sep).join('/');
  writeFileSync(path, writeScenario(scenario, schema));
  const file = relative(process.cwd(), path);
  const command = commandLine('run', file, '--seed', scenario.seed);
  return { file, command, rule, size: sizeOf(scenario), runs };
}

/** That of the project if the command was typed somewhere in it. */
export function regressionFolder(here: string, elsewhere: string): string {
  const isInside = !relative(PACKAGE_ROOT, here).startsWith('..');
  return isInside ? join(SCENARIOS, 'regressions') : elsewhere;
}
