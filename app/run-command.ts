// `flownexus run`: plays scenario files in virtual time, tells how far it is, and says what held.

import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { sentenceOf } from '../core/io/checked-yaml.ts';
import { parseScenario } from '../sim/scenario/file.ts';
import type { Scenario } from '../sim/scenario/model.ts';
import { DATABASE_FILE } from './report/database.ts';
import { REPORT_FILE } from './report/files.ts';
import { junitOf } from './report/junit.ts';
import { summaryOf } from './report/summary.ts';
import { slug } from './report/words.ts';
import { commandLine } from './command-line.ts';
import { ProgressLine, runLine, shrinkingLine } from './progress-line.ts';
import { writeRegression } from './regression.ts';
import type { Finished, Job, Outcome } from './run-job.ts';
import { runJobs } from './run-jobs.ts';
import { countOf } from './settings.ts';
import { UsageError } from './usage-error.ts';

export const SEED_MAX = 2 ** 32 - 1;
export const SEEDS_MAX = 1_000_000;
const JOBS_MAX = 256;

interface Flags {
  readonly seed?: string;
  readonly seeds: string;
  readonly jobs?: string;
  readonly out?: string;
  readonly json?: true;
  readonly junit?: true;
  readonly shrink?: true;
}

interface Planned {
  readonly file: string;
  readonly scenario: Scenario;
}

export function addRunCommand(program: Command): void {
  program.command('run')
    .description('play scenarios in virtual time and judge what they expect')
    .argument('<scenario...>', 'files like scenarios/first-light.yaml')
    .option('--seed <n>', 'instead of the scenario\'s own')
    .option('--seeds <n>', 'play each this many times, with the seeds from there on', '1')
    .option('--jobs <n>', 'play this many at once (default: one for each core)')
    .option('--out <dir>', `write ${REPORT_FILE}, result.json and ${DATABASE_FILE} of each run`)
    .option('--json', 'print each result as one line of JSON')
    .option('--junit', 'write junit.xml to the folder of --out')
    .option('--shrink', 'make what fails as small as it gets and write it as a scenario')
    .addHelpText('after', '\nExit code: 0 everything held, 1 something did not, 2 bad input.')
    .exitOverride()
    .action(async (files: string[], flags: Flags) => {
      process.exitCode = await run(files, flags);
    });
}

async function run(files: readonly string[], flags: Flags): Promise<number> {
  if (flags.junit === true && flags.out === undefined) {
    throw new UsageError('--junit needs --out, the folder for junit.xml');
  }
  const threads = threadsOf(flags.jobs);
  const jobs = jobsOf(files, flags);
  const line = new ProgressLine();
  const results: Finished[] = [];
  const began = new Map<Job, number>();
  const nameOf = ({ scenario: { name }, seed }: Job) => (
    jobs.length === 1 ? name : `${name} seed ${seed} (one of ${jobs.length} runs)`);
  await runJobs(jobs, threads, {
    onProgress: (job, progress) => {
      const since = began.get(job) ?? performance.now();
      began.set(job, since);
      line.show(`${nameOf(job)}: ${runLine(progress, performance.now() - since)}`);
    },
    onShrinking: (job, smallest, runs) => {
      line.show(`${nameOf(job)} failed, ${shrinkingLine(smallest, runs)}`);
    },
    onFinished: (job, outcome) => {
      line.clear();
      results[jobs.indexOf(job)] = outcome.result;
      console.log(wordsOf(job, outcome, flags));
    },
  });
  if (flags.junit === true && flags.out !== undefined) {
    writeFileSync(join(flags.out, 'junit.xml'), junitOf(results));
  }
  if (results.length > 1 && flags.json !== true) console.log(`\n${countsOf(results)}`);
  return results.every(({ verdict }) => verdict === 'held') ? 0 : 1;
}

function wordsOf(job: Job, { result, shrunk }: Outcome, { json, out }: Flags): string {
  const regression = shrunk && writeRegression(job, shrunk, out ?? dirname(job.file));
  if (json === true) return JSON.stringify({ ...result, ...(regression && { regression }) });
  return summaryOf(result, out, regression ?? job.onFailure);
}

function jobsOf(files: readonly string[], { seed, seeds, out, shrink }: Flags): Job[] {
  const first = seed === undefined ? undefined : seedOf(seed);
  const times = countOf(seeds, '--seeds', SEEDS_MAX, 1);
  return readScenarios(files).flatMap(({ file, scenario }) => (
    Array.from({ length: times }, (_, index): Job => {
      // After the last seed comes the first.
      const one = ((first ?? scenario.seed) + index) % (SEED_MAX + 1);
      const folder = out && join(out, slug(scenario.name), `seed-${one}`);
      return {
        scenario, seed: one, file, folder: folder && resolve(folder),
        command: commandLine('run', file, '--seed', one),
        onFailure: shrink === true ? 'shrink' : 'report',
      };
    })
  ));
}

/** All of them, or everything that is wrong with any of them. */
function readScenarios(files: readonly string[]): Planned[] {
  const mistakes: string[] = [];
  const planned: Planned[] = [];
  for (const file of files) {
    const text = readText(file);
    if (text === undefined) {
      mistakes.push(`${file}: there is no such file, or it cannot be read`);
      continue;
    }
    const scenario = parseScenario(text, file, {
      readText: (path) => readText(resolve(dirname(file), path)),
    });
    if (scenario.ok) planned.push({ file, scenario: scenario.value });
    else mistakes.push(...scenario.reason.map((problem) => sentenceOf(problem.file, problem)));
  }
  if (mistakes.length > 0) throw new UsageError(mistakes.join('\n'));
  return planned;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

export function seedOf(text: string): number {
  return countOf(text, '--seed', SEED_MAX);
}

/** How many threads play; by default one for each core. */
export function threadsOf(jobs: string | undefined): number {
  return jobs === undefined ? availableParallelism() : countOf(jobs, '--jobs', JOBS_MAX, 1);
}

function countsOf(results: readonly Finished[]): string {
  const failed = results.filter(({ verdict }) => verdict === 'failed').length;
  return failed === 0 ? `All ${results.length} runs held.`
    : `${failed} of ${results.length} runs failed.`;
}
