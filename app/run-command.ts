// `flownexus run`: plays scenario files in virtual time or over sockets, tells how far it is, and
// says what held.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { sentenceOf } from '../core/io/checked-yaml.ts';
import { isRealTime } from '../sim/off.ts';
import { parseScenario } from '../sim/scenario/file.ts';
import type { Scenario } from '../sim/scenario/model.ts';
import { DATABASE_FILE, REPORT_FILE } from './report/files.ts';
import { junitOf } from './report/junit.ts';
import { summaryOf, unplayedWords } from './report/summary.ts';
import { folderName } from './report/words.ts';
import { commandLine } from './command-line.ts';
import { INTERRUPTED, interruption, sayNothingPlayed } from './interruption.ts';
import { InOrder } from './in-order.ts';
import { ProgressLine, runLine, shrinkingLine } from './progress-line.ts';
import { claimFolder } from './out.ts';
import { claimRegressionFolders, writeRegression } from './regression.ts';
import type { Finished, Job, Outcome, Unplayed } from './run-job.ts';
import { runJobs } from './run-jobs.ts';
import { driversOf, socketsFor, type Drivers, type SocketFlags } from './run-sockets.ts';
import { countOf } from './settings.ts';
import { UsageError } from './usage-error.ts';

export const SEED_MAX = 2 ** 32 - 1;
export const SEEDS_MAX = 1_000_000;
const JOBS_MAX = 256;

interface Flags extends SocketFlags {
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
    .description('play scenarios, usually in virtual time, and judge what they expect')
    .argument('<scenario...>', 'files like scenarios/first-light.yaml')
    .option('--seed <n>', 'instead of the scenario\'s own')
    .option('--seeds <n>', 'play each this many times, with the seeds from there on', '1')
    .option('--jobs <n>', 'play this many at once (default: one for each core, over sockets one)')
    .option('--driver <name>', 'who plays the devices: world (virtual time) or udp (real sockets)')
    .option('--target <uri>', 'over sockets against another server, like coap://127.0.0.1:5683')
    .option('--coap <[host:]port>', 'where a run over sockets listens for real devices')
    .option('--out <dir>', `write ${REPORT_FILE}, result.json and ${DATABASE_FILE} of each run`)
    .option('--json', 'print each result as one line of JSON')
    .option('--junit', 'write junit.xml to the folder of --out')
    .option('--shrink', 'make what fails as small as it gets and write it as a scenario')
    .addHelpText('after', '\nExit code: 0 everything held, 1 something did not, 2 bad input or a '
      + 'run died,\n130 when Ctrl-C ended it.')
    .exitOverride()
    .action(async (files: string[], flags: Flags) => {
      process.exitCode = await run(files, flags);
    });
}

async function run(files: readonly string[], flags: Flags): Promise<number> {
  if (flags.junit === true && flags.out === undefined) {
    throw new UsageError('--junit needs --out, the folder for junit.xml');
  }
  const signal = interruption();
  const jobs = jobsOf(files, flags, await driversOf(flags));
  const isOverSockets = jobs.some(({ sockets }) => sockets !== undefined);
  if (isOverSockets && flags.shrink === true) {
    throw new UsageError('--shrink runs a scenario again and again, which takes virtual time; '
      + 'leave it out over sockets');
  }
  claimFolders(jobs, flags);
  const threads = isOverSockets && flags.jobs === undefined ? 1 : threadsOf(flags.jobs);
  const line = new ProgressLine();
  const results = new Map<Job, Finished | Unplayed>();
  const printed = new InOrder(jobs, (text) => {
    line.clear();
    console.log(text);
  });
  const nameOf = ({ scenario: { name }, seed }: Job) => (
    jobs.length === 1 ? name : `${name} seed ${seed} (one of ${jobs.length} runs)`);
  await runJobs(jobs, threads, {
    signal,
    onNote: (text) => {
      line.clear();
      console.error(text);
    },
    onProgress: (job, progress, tookMs) => {
      line.show(`${nameOf(job)}: ${runLine(progress, tookMs)}`);
    },
    onShrinking: (job, smallest, runs) => {
      line.show(`${nameOf(job)} failed, ${shrinkingLine(smallest, runs)}`);
    },
    onFinished: (job, outcome) => {
      results.set(job, outcome.result);
      printed.put(job, wordsOf(job, outcome, flags, signal));
    },
    onUnplayed: (job, unplayed) => {
      results.set(job, unplayed);
      printed.put(job, flags.json === true ? JSON.stringify(unplayed) : unplayedWords(unplayed));
    },
  }).finally(() => printed.end());
  line.clear();
  const played = jobs.flatMap((job) => results.get(job) ?? []);
  if (flags.junit === true && flags.out !== undefined) {
    writeFileSync(join(flags.out, 'junit.xml'), junitOf(played));
  }
  if (jobs.length > 1 && flags.json !== true) console.log(`\n${countsOf(played, jobs.length)}`);
  if (signal.aborted && played.length === 0) sayNothingPlayed();
  if (signal.aborted) return INTERRUPTED;
  if (played.some(({ verdict }) => verdict === 'died')) return 2;
  return played.every(({ verdict }) => verdict === 'held') ? 0 : 1;
}

/** All that is written to, before anything is played. */
function claimFolders(jobs: readonly Job[], { out, shrink }: Flags): void {
  if (out !== undefined) claimFolder(out, '--out');
  const parents = jobs.flatMap(({ folder }) => (folder === undefined ? [] : [dirname(folder)]));
  for (const parent of new Set(parents)) claimFolder(parent, 'the folder in --out,');
  if (shrink !== true) return;
  for (const { file } of jobs) claimRegressionFolders({ out, beside: dirname(file) });
}

function wordsOf(
  job: Job, { result, shrunk }: Outcome, { json, out }: Flags, { aborted }: AbortSignal,
): string {
  const regression = shrunk && writeRegression(job, shrunk, { out, beside: dirname(job.file) });
  if (json === true) return JSON.stringify({ ...result, ...(regression && { regression }) });
  return summaryOf(result, out, regression ?? (aborted ? 'report' : job.onFailure));
}

function jobsOf(
  files: readonly string[], { seed, seeds, out, shrink }: Flags, drivers: Drivers,
): Job[] {
  const first = seed === undefined ? undefined : seedOf(seed);
  const times = countOf(seeds, '--seeds', SEEDS_MAX, 1);
  const { words } = drivers;
  const planned = readScenarios(files, drivers);
  if (out !== undefined || shrink === true) refuseSameNames(planned);
  if (words.includes('--coap') && !planned.some(({ scenario }) => isRealTime(scenario))) {
    throw new UsageError('--coap is for runs over sockets, and this is in virtual time; add '
      + '--driver udp');
  }
  return planned.flatMap(({ file, scenario }) => {
    const sockets = socketsFor(scenario, file, drivers);
    return Array.from({ length: times }, (_, index): Job => {
      // After the last seed comes the first.
      const one = ((first ?? scenario.seed) + index) % (SEED_MAX + 1);
      const folder = out && join(out, folderName(scenario.name, file), `seed-${one}`);
      return {
        scenario, seed: one, file, folder: folder && resolve(folder), sockets,
        command: commandLine('run', file, '--seed', one, ...words),
        onFailure: shrink === true ? 'shrink' : 'report',
      };
    });
  });
}

/** What is written of a scenario is found by its name. */
function refuseSameNames(planned: readonly Planned[]): void {
  const files = new Map<string, string>();
  for (const { file, scenario: { name } } of planned) {
    const folder = folderName(name, file);
    const other = files.get(folder);
    if (other !== undefined) {
      throw new UsageError(`${other} and ${file} would both be written as "${folder}", and one `
        + 'replace the other; change the name of one of them');
    }
    files.set(folder, file);
  }
}

/** All of them, or everything that is wrong with any of them. */
function readScenarios(files: readonly string[], { driver }: Drivers): Planned[] {
  const mistakes: string[] = [];
  const planned: Planned[] = [];
  const given = new Set<string>();
  for (const file of files) {
    if (given.has(resolve(file))) {
      mistakes.push(`${file} is given twice`);
      continue;
    }
    given.add(resolve(file));
    const text = readText(file);
    if (text === undefined) {
      mistakes.push(isFolder(file) ? `${file} is a folder; name a file`
        : `${file}: there is no such file, or it cannot be read`);
      continue;
    }
    const scenario = parseScenario(text, file, {
      readText: (path) => readText(resolve(dirname(file), path)),
      ...(driver !== undefined && { driver }),
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

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

export function seedOf(text: string): number {
  return countOf(text, '--seed', SEED_MAX);
}

/** How many threads play; by default one for each core. */
export function threadsOf(jobs: string | undefined): number {
  return jobs === undefined ? availableParallelism() : countOf(jobs, '--jobs', JOBS_MAX, 1);
}

function countsOf(played: readonly (Finished | Unplayed)[], planned: number): string {
  const failed = played.filter(({ verdict }) => verdict === 'failed').length;
  const died = played.filter(({ verdict }) => verdict === 'died').length;
  const whole = played.filter((one) => 'isInterrupted' in one && !one.isInterrupted).length;
  const counts = failed === 0 ? 'none failed' : `${failed} failed`;
  if (whole + died < planned) {
    return `Interrupted: ${whole} of ${planned} runs came to their end; ${counts}.`;
  }
  if (died > 0) return `${died} of ${planned} runs died; ${counts}.`;
  return failed === 0 ? `All ${planned} runs held.` : `${failed} of ${planned} runs failed.`;
}
