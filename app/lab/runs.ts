// The runs of the lab: a queue with few at once, each in a process of its own, and the list of
// those that ended, as long as there is room. What is known of a run lies in its folder.

import type { ChildProcess } from 'node:child_process';
import { join, relative } from 'node:path';
import type { NewRuns, RunProgress, RunState, RunView } from '../../core/api/lab.ts';
import type { Clock, Log, Milliseconds } from '../../core/ports.ts';
import { assert, fail, ok, type Result } from '../../core/result.ts';
import { commandLine } from '../command-line.ts';
import { SCENARIO_FILE, startRun } from './run-child.ts';
import {
  dropFolder, makeFolder, readRecords, removeFolder, removeResults, writeRecord,
} from './run-folder.ts';
import type { FoundScenario } from './shelves.ts';

export const WAITING_MAX = 100;
/** The oldest that ended make room for new ones. */
export const ENDED_KEPT_MAX = 100;
export const RUN_TIME_MAX: Milliseconds = 12 * 3_600_000;
const SEEDS = 2 ** 32;

export interface RunsOptions {
  /** Of the data folder; made when the first run starts. */
  readonly folder: string;
  /** Where the scenarios of the package are. */
  readonly shipped: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How many play at the same time. */
  readonly atOnce: number;
}

export class Runs {
  readonly #options: RunsOptions;
  /** By id, the oldest first. */
  readonly #runs = new Map<string, RunView>();
  readonly #playing = new Map<string, ChildProcess>();
  #list: readonly RunView[] | undefined;
  #isClosed = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: RunsOptions) {
    this.#options = options;
    for (const run of readRecords(options.folder)) {
      this.#put(run);
      if (hasEnded(run)) continue;
      this.#end(run.id, 'died', 'the server ended before it');
      this.#tidyUp(removeResults(this.folderOf(run.id)));
    }
    this.#makeRoom();
  }

  /** Newest first, those of one start in the order of their seeds. */
  list(): readonly RunView[] {
    return this.#list ??= [...this.#runs.values()]
      .sort((a, b) => (a.group === b.group ? a.seed - b.seed : a.group < b.group ? 1 : -1));
  }

  get(id: string): RunView | undefined {
    return this.#runs.get(id);
  }

  folderOf(id: string): string {
    return join(this.#options.folder, id);
  }

  /** `from` is where the scenario's recorded series lie. */
  start(scenario: FoundScenario, from: string, wanted: NewRuns): Result<RunView[]> {
    if (this.#isClosed) return fail('The server is stopping.');
    const { facts } = scenario;
    assert(facts !== null, 'only a scenario without mistakes is played');
    const waiting = this.list().filter(({ state }) => state === 'waiting').length;
    if (waiting + wanted.seeds > WAITING_MAX) {
      return fail(`${waiting} runs are waiting, and no more than ${WAITING_MAX} may; `
        + 'try again when some have ended.');
    }
    const group = this.#newGroup();
    const made: RunView[] = [];
    try {
      for (let index = 0; index < wanted.seeds; index++) {
        // After the last seed comes the first.
        const seed = ((wanted.seed ?? facts.seed) + index) % SEEDS;
        const run = this.#newRun(scenario, group, seed, wanted.by);
        made.push(run);
        makeFolder(this.folderOf(run.id), run, scenario, from);
      }
    } catch (error) {
      for (const { id } of made) dropFolder(this.folderOf(id));
      return fail(`The run cannot be written to the disk: ${(error as Error).message}.`);
    }
    for (const run of made) this.#put(run);
    this.#playNext();
    return ok(made);
  }

  stop(id: string, reason: string): Result<void> {
    const run = this.#runs.get(id);
    if (run === undefined || hasEnded(run)) return fail('This run has ended already.');
    this.#end(id, 'stopped', reason);
    return ok(undefined);
  }

  forget(id: string): Result<void> {
    const run = this.#runs.get(id);
    if (run === undefined || !hasEnded(run)) return fail('This run has not ended; stop it first.');
    this.#remove(id);
    return ok(undefined);
  }

  /** Ends every process and waits until they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { id } of this.list().filter((run) => !hasEnded(run))) {
      this.#end(id, 'stopped', 'the server was stopped');
    }
    if (this.#playing.size > 0) await new Promise<void>((resolve) => { this.#onQuiet = resolve; });
  }

  #newGroup(): string {
    const groups = new Set(this.list().map(({ group }) => group));
    for (let at = this.#options.clock.now(); ; at += 1_000) {
      const group = new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
      if (!groups.has(group)) return group;
    }
  }

  #newRun(scenario: FoundScenario, group: string, seed: number, by: string): RunView {
    const { shelf, file, facts } = scenario;
    assert(facts !== null, 'only a scenario without mistakes is played');
    const { name, why, devices, duration } = facts;
    const id = `${group}-${seed}`;
    const played = this.#fileOf({ id, shelf, file });
    return {
      id, group, shelf, file, scenario: name, why, seed, state: 'waiting', by,
      askedAt: this.#options.clock.now(), endedAt: null, reason: '',
      progress: { at: 0, duration, tookMs: 0, devices, registered: 0, steps: 0 },
      command: commandLine('run', played, '--seed', seed),
    };
  }

  /** An own scenario may be another one tomorrow; its copy beside the results stays. */
  #fileOf({ id, shelf, file }: Pick<RunView, 'id' | 'shelf' | 'file'>): string {
    const path = shelf === 'shipped' ? join(this.#options.shipped, file)
      : join(this.folderOf(id), SCENARIO_FILE);
    // From where the server was started, if it lies below.
    const fromHere = relative(process.cwd(), path);
    return fromHere.startsWith('..') ? path : fromHere;
  }

  #playNext(): void {
    for (const run of this.#runs.values()) {
      if (this.#isClosed || this.#playing.size >= this.#options.atOnce) return;
      if (run.state === 'waiting') this.#play(run);
    }
  }

  #play(run: RunView): void {
    const { id, seed, command } = run;
    const { clock } = this.#options;
    const asked = { folder: this.folderOf(id), file: this.#fileOf(run), seed, command };
    const child = startRun(asked, {
      onProgress: (progress) => this.#advance(id, progress),
      onEnded: (verdict, progress) => {
        this.#advance(id, progress);
        this.#end(id, verdict, '');
      },
      onDied: (reason) => this.#end(id, 'died', reason),
      onGone: () => {
        clock.cancel(timer);
        this.#gone(id);
      },
    });
    const timer = clock.schedule(clock.now() + RUN_TIME_MAX, {
      onDue: () => this.#end(id, 'died', `it took longer than ${RUN_TIME_MAX / 3_600_000} hours`),
    });
    this.#playing.set(id, child);
    this.#options.log.info('a run begins', { run: id, process: child.pid });
    this.#put({ ...run, state: 'running' });
  }

  /** No process of the run is there any more. */
  #gone(id: string): void {
    this.#playing.delete(id);
    const reason = this.#runs.get(id)?.reason ?? '';
    if (reason !== '') this.#tidyUp(removeResults(this.folderOf(id)));
    this.#playNext();
    if (this.#playing.size === 0) this.#onQuiet?.();
  }

  #advance(id: string, progress: RunProgress): void {
    const run = this.#runs.get(id);
    if (run !== undefined && !hasEnded(run)) this.#put({ ...run, progress });
  }

  /** The first end counts. */
  #end(id: string, state: RunState, reason: string): void {
    const run = this.#runs.get(id);
    if (run === undefined || hasEnded(run)) return;
    const { clock, log } = this.#options;
    const ended = { ...run, state, reason, endedAt: clock.now() };
    log.info('a run ended', { run: id, state, reason });
    try {
      writeRecord(this.folderOf(id), ended);
    } catch (error) {
      log.warn('the end of a run is not on the disk', {
        run: id, reason: (error as Error).message,
      });
    }
    this.#put(ended);
    // Nothing in it needs a good-bye; one that said its verdict ends by itself.
    if (reason !== '') this.#playing.get(id)?.kill('SIGKILL');
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (const { id } of this.list().filter(hasEnded).slice(ENDED_KEPT_MAX)) this.#remove(id);
  }

  #put(run: RunView): void {
    this.#runs.set(run.id, run);
    this.#list = undefined;
  }

  #remove(id: string): void {
    this.#runs.delete(id);
    this.#list = undefined;
    this.#tidyUp(removeFolder(this.folderOf(id)));
  }

  #tidyUp(work: Promise<void>): void {
    work.catch((error: Error) => {
      this.#options.log.warn('files of a run could not be removed', { reason: error.message });
    });
  }
}

function hasEnded({ endedAt }: RunView): boolean {
  return endedAt !== null;
}
