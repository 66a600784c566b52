// Makes a failed scenario small while the same rule fails: a shorter time, fewer devices, actions
// and faults, single datagrams in place of chance. Each candidate is run; what stays is the
// smallest that was seen to fail. It is to be read, so its sentence says what it shows.

import type { Milliseconds } from '../core/ports.ts';
import type { Judged } from './expect.ts';
import { ChanceRecorder, withoutRepetitions } from './explicit.ts';
import type { Observer } from './observer.ts';
import { runScenario, type RunResult } from './run.ts';
import type { Scenario } from './scenario/model.ts';
import {
  briefer, calmerNetworks, ending, fewerFleets, fitting, plainerFleets, plainerRest, rounder,
  shorter, withoutActions, withoutDevices,
} from './smaller.ts';

export interface Shrunk {
  readonly scenario: Scenario;
  /** The oracle that fails in it as in the original, or the expectation as written. */
  readonly rule: string;
  /** How it fails, in a sentence. */
  readonly what: string;
  readonly runs: number;
}

/** Plays one scenario; another one in tests. */
export type Play = (
  scenario: Scenario, observer?: Observer,
) => Pick<RunResult, 'violations' | 'expectations'>;

export interface ShrinkOptions {
  readonly play?: Play;
  /** Asked in each run; once it is true the smallest so far is good enough. */
  readonly isEnded?: () => boolean;
  /** Called after each run with the smallest so far. */
  readonly onProgress?: (smallest: Scenario, runs: number) => void;
}

/** After this many runs the smallest so far is good enough. */
const RUNS_MAX = 1000;
const SECOND: Milliseconds = 1000;
/** How much longer than its first violation a run stays. */
const AFTERMATH = SECOND;
/** So many lost datagrams are easier to read than a share of them. */
const SINGLE_MAX = 20;
const SUFFIX = ', shrunk';
const NAME_MAX = 100 - SUFFIX.length;
const WHY_MAX = 1000;

/** Undefined when the scenario holds, or fails in a way that doing less would cause as well. */
export function shrink(scenario: Scenario, options: ShrinkOptions = {}): Shrunk | undefined {
  const { isEnded = () => false, play = playUnless(isEnded) } = options;
  const first = firstFailure(play(scenario));
  if (first === undefined) return undefined;
  const shrinker = new Shrinker(scenario, first, { ...options, play, isEnded });
  shrinker.shrink();
  const { failure: { rule, what }, runs } = shrinker;
  const name = `${scenario.name.replace(SUFFIX, '').slice(0, NAME_MAX)}${SUFFIX}`;
  const why = `It shows that "${rule}" fails: ${withoutPlace(what)}`.slice(0, WHY_MAX);
  return { scenario: { ...shrinker.smallest, name, why }, rule, what, runs };
}

function playUnless(isEnded: () => boolean): Play {
  return (scenario, observer) => (
    runScenario(scenario, { observers: observer === undefined ? [] : [observer], isEnded }));
}

interface Failure {
  readonly rule: string;
  readonly what: string;
  /** When it failed; the end of the run for an expectation. */
  readonly at: Milliseconds | undefined;
}

function firstFailure({ violations, expectations }: ReturnType<Play>): Failure | undefined {
  const [violation] = violations;
  if (violation !== undefined) return { ...violation, rule: violation.oracle };
  const missed = expectations.find(isTooMuch);
  return missed && failureOf(missed);
}

function sameFailure(
  { violations, expectations }: ReturnType<Play>, { rule }: Failure,
): Failure | undefined {
  const violation = violations.find(({ oracle }) => oracle === rule);
  if (violation !== undefined) return { ...violation, rule };
  const missed = expectations.find((one) => one.text === rule && isTooMuch(one));
  return missed && failureOf(missed);
}

function failureOf({ text, measured }: Judged): Failure {
  return { rule: text, what: `${measured} was measured`, at: undefined };
}

/**
 * More was measured than the expectation allows. Only such a failure is shrunk: where less was
 * measured than is wanted, a scenario in which nothing happens fails as well.
 */
function isTooMuch({ held, measured, comparison, bound }: Judged): boolean {
  const isUpperBound = comparison === '<' || comparison === '<=' || comparison === '=';
  return !held && isUpperBound && measured !== undefined && measured >= bound;
}

/** A failed assertion tells its place on this machine, which means nothing on another. */
function withoutPlace(what: string): string {
  return what.replace(/, at .*$/, '');
}

type Shrinking = ShrinkOptions & Required<Pick<ShrinkOptions, 'play' | 'isEnded'>>;

class Shrinker {
  smallest: Scenario;
  failure: Failure;
  runs = 1;
  readonly #options: Shrinking;

  constructor(scenario: Scenario, failure: Failure, options: Shrinking) {
    this.smallest = scenario;
    this.failure = failure;
    this.#options = options;
  }

  shrink(): void {
    this.#withoutOtherExpectations();
    this.#pass();
    // Once all else is small, what is left of chance can be told by name, and shortened again.
    this.#byName(() => this.#try(withoutRepetitions(this.smallest)));
    this.#byName(() => this.#withoutChance());
    this.#each(rounder);
    const { at } = this.failure;
    if (at === undefined || at >= this.smallest.duration) return;
    this.#try(ending(this.smallest, Math.ceil((at + AFTERMATH) / SECOND) * SECOND));
  }

  #withoutOtherExpectations(): void {
    const { expect } = this.smallest;
    const kept = expect.filter(({ text }) => text === this.failure.rule);
    if (kept.length < expect.length) this.#try({ ...this.smallest, expect: kept });
  }

  /** All kinds of steps, until none leads further. */
  #pass(): void {
    let before: Scenario;
    do {
      before = this.smallest;
      this.#end();
      this.#each(fewerFleets);
      this.#fewerActions();
      this.#fewerDevices();
      this.#each(plainerRest);
      this.#each(calmerNetworks);
      this.#each(briefer);
      this.#each(plainerFleets);
      this.#each(shorter);
    } while (this.smallest !== before);
  }

  /** What comes after the failure is no part of it. */
  #end(): void {
    const { at = Infinity } = this.failure;
    const duration = at + AFTERMATH;
    if (duration < this.smallest.duration) this.#try(ending(this.smallest, duration));
  }

  /** Smaller forms one after the other; after each that fails too, its own. */
  #each(formsOf: (scenario: Scenario) => Iterable<Scenario>): void {
    let before: Scenario;
    do {
      before = this.smallest;
      for (const form of formsOf(before)) if (this.#try(form)) break;
    } while (this.smallest !== before);
  }

  /** Halves of the timeline, then quarters, down to single actions. */
  #fewerActions(): void {
    for (let size = this.smallest.timeline.length; size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < this.smallest.timeline.length;) {
        if (!this.#try(withoutActions(this.smallest, from, from + size))) from += size;
      }
    }
  }

  /** Of each fleet halves, then quarters, down to single devices; the last ones first. */
  #fewerDevices(): void {
    for (const index of this.smallest.fleets.keys()) {
      const count = (): number => this.smallest.fleets[index]?.count ?? 0;
      for (let size = Math.ceil(count() / 2); size >= 1; size = Math.floor(size / 2)) {
        for (let to = count(); to > 0; to -= size) {
          this.#try(withoutDevices(this.smallest, index, Math.max(0, to - size), to));
        }
      }
    }
  }

  /** Goes on with single events in place of many, unless they end up as a list no one reads. */
  #byName(makeSingle: () => boolean): void {
    const { smallest, failure } = this;
    if (!makeSingle()) return;
    this.#pass();
    if (this.smallest.timeline.length <= smallest.timeline.length + SINGLE_MAX) return;
    this.smallest = smallest;
    this.failure = failure;
  }

  #withoutChance(): boolean {
    const { play } = this.#options;
    const recorder = new ChanceRecorder();
    play(this.smallest, recorder);
    const before = this.smallest;
    const singly = (scenario: Scenario | undefined, fault: 'loss' | 'duplicate') => (
      scenario && recorder.explicit(scenario, fault));
    if (!this.#try(singly(singly(before, 'duplicate'), 'loss'))) {
      this.#try(singly(before, 'duplicate'));
      this.#try(singly(before, 'loss'));
    }
    return this.smallest !== before;
  }

  /** True when the candidate fails as well: then it is the smallest so far. */
  #try(candidate: Scenario | undefined): boolean {
    if (candidate === undefined || this.runs >= RUNS_MAX) return false;
    const { play, isEnded, onProgress } = this.#options;
    if (isEnded()) return false;
    const scenario = fitting(candidate);
    // A file does not expect what would count from after its end.
    if (scenario.expect.some(({ from }) => from > scenario.duration)) return false;
    this.runs++;
    const failure = sameFailure(play(scenario), this.failure);
    // It may have been cut short, and then it shows nothing.
    if (isEnded()) return false;
    if (failure !== undefined) {
      this.failure = failure;
      this.smallest = scenario;
    }
    onProgress?.(this.smallest, this.runs);
    return failure !== undefined;
  }
}
