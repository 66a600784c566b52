// `flownexus fuzz`: plays scenarios drawn from seeds until one fails, and leaves behind a small one
// that fails alike. Says what was never reached, for what is not reached is not tested.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SessionCoverage } from '../actors/coverage.ts';
import { describeSwarm, swarmLine, swarmScenario } from '../sim/swarm.ts';
import { commandLine } from './command-line.ts';
import { INTERRUPTED, interruption } from './interruption.ts';
import { claimFolder } from './out.ts';
import { ProgressLine, shrinkingLine } from './progress-line.ts';
import { claimRegressionFolders, writeRegression } from './regression.ts';
import { COVERAGE_FILES, coverageFiles, missedSentence } from './report/coverage.ts';
import { replayLines, violationLines } from './report/summary.ts';
import { count, span } from './report/words.ts';
import { SEED_MAX, seedOf, SEEDS_MAX, threadsOf } from './run-command.ts';
import type { Job, Outcome } from './run-job.ts';
import { runJobs } from './run-jobs.ts';
import { countOf } from './settings.ts';

const SEEDS_USUAL = '100';
/** The first ones say it; the others follow from them as a rule. */
const VIOLATIONS_SHOWN = 3;
const EVENTS_MAX = 999_999_999_999;
/** So many come to every state that the search is there for: of the rarest one of ten tells. */
const SEEDS_FOR_ALL = 100;

interface Flags {
  readonly seed: string;
  readonly seeds?: string;
  readonly events?: string;
  readonly jobs?: string;
  readonly out?: string;
  readonly json?: true;
  readonly keepGoing?: true;
}

export function addFuzzCommand(program: Command): void {
  program.command('fuzz')
    .description('search with scenarios drawn from seeds: faults first, then all must come to rest')
    .option('--seed <n>', 'the first one', '1')
    .option('--seeds <n>', `how many (default: ${SEEDS_USUAL}; with --events as many as it takes)`)
    .option('--events <n>', 'stop after this many simulated events')
    .option('--jobs <n>', 'play this many at once (default: one for each core)')
    .option('--keep-going', 'do not stop at the first failure')
    .option('--out <dir>', `write ${COVERAGE_FILES.join(' and ')}`)
    .option('--json', 'print each failure and the result as one line of JSON')
    .addHelpText('after', '\nWhat fails is made as small as it gets and written as a scenario: to '
      + '--out,\nelse to scenarios/regressions/ in a checkout, or here. Exit code: 0 everything '
      + 'held, 1 something did not,\n2 bad input or a run died, 130 when Ctrl-C ended it.')
    .exitOverride()
    .action(async (flags: Flags) => {
      process.exitCode = await new Campaign(flags).run();
    });
}

class Campaign {
  readonly #flags: Flags;
  readonly #firstSeed: number;
  readonly #seedsMax: number;
  readonly #eventsMax: number;
  readonly #threads: number;
  readonly #signal = interruption();
  readonly #line = new ProgressLine();
  readonly #coverage = new SessionCoverage();
  /** In how many runs each interesting state was reached. */
  readonly #sometimes = new Map<string, number>();
  readonly #failed: number[] = [];
  #seeds = 0;
  #events = 0;
  #began = 0;

  constructor(flags: Flags) {
    const { seed, seeds, events, jobs } = flags;
    this.#flags = flags;
    this.#firstSeed = seedOf(seed);
    this.#eventsMax = events === undefined
      ? Infinity : countOf(events, '--events', EVENTS_MAX, 1);
    this.#seedsMax = seeds === undefined && events !== undefined
      ? Infinity : countOf(seeds ?? SEEDS_USUAL, '--seeds', SEEDS_MAX, 1);
    this.#threads = threadsOf(jobs);
  }

  async run(): Promise<number> {
    const { out } = this.#flags;
    if (out !== undefined) claimFolder(out, '--out');
    claimRegressionFolders({ out, beside: process.cwd() });
    this.#began = performance.now();
    await this.#play(this.#jobs(), (outcome) => this.#count(outcome));
    // All before it have been played, so that it is the same one however many play at once.
    const first = Math.min(...this.#failed);
    const again = this.#failed.length > 0 && this.#flags.keepGoing !== true
      ? [jobOf(first, 'shrink')] : [];
    await this.#play(again, () => undefined);
    this.#line.clear();
    this.#conclude();
    if (this.#signal.aborted) return INTERRUPTED;
    return this.#failed.length === 0 && !this.#isTooTame ? 0 : 1;
  }

  /** Interesting states that no run came to. */
  get #never(): string[] {
    return [...this.#sometimes].filter(([, runs]) => runs === 0).map(([name]) => name);
  }

  /** An oracle that never saw such a state has proved nothing about it. */
  get #isTooTame(): boolean {
    return this.#seeds >= SEEDS_FOR_ALL && this.#never.length > 0;
  }

  async #play(jobs: Iterable<Job>, onOutcome: (outcome: Outcome) => void): Promise<void> {
    await runJobs(jobs, this.#threads, {
      signal: this.#signal,
      onProgress: () => this.#line.show(this.#countsLine()),
      onShrinking: ({ seed }, smallest, runs) => {
        this.#line.show(`seed ${seed} failed, ${shrinkingLine(smallest, runs)}`);
      },
      onFinished: (job, outcome) => {
        onOutcome(outcome);
        if (outcome.result.verdict === 'failed' && job.onFailure === 'shrink') {
          this.#report(job, outcome);
        }
      },
    });
  }

  *#jobs(): Generator<Job> {
    const isToGoOn = this.#flags.keepGoing === true;
    for (let index = 0; index < this.#seedsMax; index++) {
      if (this.#events >= this.#eventsMax || (this.#failed.length > 0 && !isToGoOn)) return;
      const seed = (this.#firstSeed + index) % (SEED_MAX + 1);
      const job = jobOf(seed, isToGoOn ? 'shrink' : 'report');
      this.#announce(job);
      yield job;
    }
  }

  /** What a seed means stands there before it is played, whatever becomes of it then. */
  #announce({ scenario }: Job): void {
    if (this.#flags.json === true) return;
    this.#line.clear();
    // What they measure is not on the line, and must not seem to be nothing.
    console.log(swarmLine(scenario).replaceAll(', objects: {}', ''));
  }

  #count({ result, taken }: Outcome): void {
    if (result.isInterrupted && result.verdict === 'held') return;
    this.#seeds++;
    this.#events += result.steps;
    this.#coverage.add(taken);
    for (const [name, times] of Object.entries(result.sometimes)) {
      this.#sometimes.set(name, (this.#sometimes.get(name) ?? 0) + (times > 0 ? 1 : 0));
    }
    if (result.verdict === 'failed') this.#failed.push(result.seed);
  }

  #report(job: Job, { result, shrunk }: Outcome): void {
    const { out, json } = this.#flags;
    const { scenario, seed, command } = job;
    const { violations } = result;
    const regression = shrunk && writeRegression(job, shrunk, { out, beside: process.cwd() });
    const [first = '', ...drawn] = describeSwarm(scenario);
    this.#line.clear();
    console.log(json === true
      ? JSON.stringify({ verdict: 'failed', seed, drawn, violations, command, regression })
      : [
        `FAILED ${first}`, ...drawn.map((line) => `  ${line}`),
        ...violationLines(violations, VIOLATIONS_SHOWN),
        ...replayLines(command, regression ?? (this.#signal.aborted ? 'report' : 'shrink')),
      ].join('\n'));
  }

  #conclude(): void {
    const { out, json } = this.#flags;
    const never = this.#never;
    const covered = {
      firstSeed: this.#firstSeed, seeds: this.#seeds, events: this.#events,
      failed: this.#failed.sort((a, b) => a - b), isInterrupted: this.#signal.aborted,
      pairs: this.#coverage.all, sometimes: Object.fromEntries(this.#sometimes),
    };
    if (out !== undefined) {
      for (const [name, text] of coverageFiles(covered)) writeFileSync(join(out, name), text);
    }
    if (json === true) {
      const verdict = this.#failed.length === 0 && !this.#isTooTame ? 'held' : 'failed';
      console.log(JSON.stringify({ verdict, ...covered, never }));
      return;
    }
    const isCut = this.#failed.length > 0 && this.#flags.keepGoing !== true;
    console.log(`${this.#countsLine()}. ${this.#verdict(isCut)}`);
    // Of a search that ended early it says nothing that it reached little.
    if (!isCut) {
      console.log(missedSentence(covered.pairs));
      const whose = this.#isTooTame ? `FAILED ${count(this.#seeds)} seeds never` : 'Never';
      if (never.length > 0) console.log(`${whose} came to it: ${never.join(', ')}.`);
    }
    if (out !== undefined) console.log(`Coverage: ${join(out, COVERAGE_FILES[0])}`);
  }

  #verdict(isCut: boolean): string {
    const [first] = this.#failed;
    if (this.#signal.aborted && isCut && first !== undefined) {
      return `Interrupted.\n  again: ${jobOf(first, 'report').command}`;
    }
    const verdict = first === undefined ? 'All held.'
      : isCut ? 'Stopped at the first failure.' : `${count(this.#failed.length)} failed.`;
    return this.#signal.aborted ? `Interrupted. ${verdict}` : verdict;
  }

  /** `120 seeds, 880,000 events in 14 s, 62,000 a second`. */
  #countsLine(): string {
    const took = performance.now() - this.#began;
    const speed = count(Math.round(this.#events / (took / 1000)));
    return `${count(this.#seeds)} ${this.#seeds === 1 ? 'seed' : 'seeds'}, `
      + `${count(this.#events)} events in ${span(Math.round(took))}, ${speed} a second`;
  }
}

function jobOf(seed: number, onFailure: Job['onFailure']): Job {
  return {
    scenario: swarmScenario(seed), seed, file: 'drawn from the seed', folder: undefined,
    sockets: undefined, command: commandLine('fuzz', '--seed', seed, '--seeds', 1), onFailure,
  };
}
