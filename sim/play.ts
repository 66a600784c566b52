// A scenario under way in its world: the timeline, those who watch, samples, and the verdict at the
// end. Whoever moves the clock plays it: run.ts as fast as it goes, drivers/real-time.ts with the
// time of day.

import type { Milliseconds, Random } from '../core/ports.ts';
import { radioName } from './energy/radio-model.ts';
import { judge } from './expect.ts';
import { Metrics } from './metrics.ts';
import { canJudge, datagramsOff, isRealTime, partsOff, type Off } from './off.ts';
import { allOracles } from './oracles/all.ts';
import { NotificationOracle } from './oracles/notifications.ts';
import type { Oracle, Violation } from './oracles/oracle.ts';
import { comesToRest } from './oracles/rest.ts';
import { SometimesCounter } from './oracles/sometimes.ts';
import { Player } from './player.ts';
import { SeededRandom } from './random.ts';
import type { FleetEnergy, Progress, RunOptions, RunResult } from './run.ts';
import type { Scenario } from './scenario/model.ts';
import { totalsOf } from './totals.ts';
import type { World } from './world.ts';

/** Samples of a run, evenly spread. */
const SAMPLES = 240;
/** Samples between two judgements: each goes through all that is known of all devices. */
const SAMPLES_PER_JUDGEMENT = 4;
/** Lines of the trace that a result carries, and how many of them come after a violation. */
const LINES = 80;
const LINES_AFTER = 15;
/** Steps between two looks for violations, less one. */
const LOOK_EVERY = 7;

export class Play {
  /** When the scenario begins; its own times count from here. */
  readonly start: Milliseconds;
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #options: RunOptions;
  readonly #random: Random;
  readonly #metrics: Metrics;
  readonly #sometimes: SometimesCounter;
  readonly #oracles: readonly Oracle[];
  /** Of each oracle; they grow. */
  readonly #violations: readonly (readonly Violation[])[];
  readonly #off: Off[];
  readonly #marks: ReadonlySet<Milliseconds>;
  #steps = 0;
  /** The end, or how far it came. */
  #reached: Milliseconds = 0;
  #isInterrupted = false;
  /** What ended the run before its time. */
  #stopped: readonly Violation[] | undefined;
  #excerpt: readonly string[] | undefined;
  #excerptAt = Infinity;

  constructor(world: World, scenario: Scenario, seed: number, options: RunOptions) {
    this.#world = world;
    this.#scenario = { ...scenario, seed };
    this.#options = options;
    this.#random = new SeededRandom(seed, 'scenario');
    this.#metrics = new Metrics(world, scenario.fleets.map(({ name }) => name));
    this.start = this.#metrics.start;
    this.#sometimes = new SometimesCounter(world);
    const { isServerElsewhere } = world;
    const oracles = allOracles(world);
    this.#oracles = oracles.filter(({ name }) => canJudge(name, isServerElsewhere));
    this.#violations = this.#oracles.map(({ violations }) => violations);
    const blind = oracles.filter((one) => !this.#oracles.includes(one)).map(({ name }) => name);
    this.#off = partsOff(scenario, isServerElsewhere, blind);
    const { registered, energy } = this.#metrics;
    const watching = [this.#metrics, registered, energy, this.#sometimes, ...this.#oracles];
    for (const one of [...watching, ...options.observers ?? []]) world.watch(one);
    this.#marks = new Set(scenario.expect.map(({ from }) => Math.min(from, scenario.duration)));
  }

  begin(): void {
    new Player(this.#world, this.#scenario, this.#random, this.#metrics).begin();
  }

  /** When samples are taken: evenly, and where expectations begin to count. */
  get stops(): Milliseconds[] {
    const { duration } = this.#scenario;
    const every = Math.max(1, Math.ceil(duration / SAMPLES));
    const stops = new Set([0, duration, ...this.#marks]);
    for (let at = every; at < duration; at += every) stops.add(at);
    return [...stops].sort((a, b) => a - b);
  }

  /** Runs the next event if it is due by then. */
  step(until: Milliseconds): boolean {
    const { clock, trace } = this.#world;
    if (!clock.step(until)) return false;
    this.#steps++;
    if (this.#excerptAt === Infinity) {
      // Now and then is soon enough: the trace keeps many more lines than are shown.
      if ((this.#steps & LOOK_EVERY) === 0 && isViolated(this.#violations)) {
        this.#excerptAt = trace.count + LINES_AFTER;
      }
    } else if (this.#excerpt === undefined && trace.count >= this.#excerptAt) {
      this.#excerpt = trace.last(LINES);
    }
    return true;
  }

  /** The clock stands at a stop. */
  reach(at: Milliseconds): void {
    this.#reached = at;
    this.#metrics.sample();
    if (this.#marks.has(at)) this.#metrics.mark();
    const isLast = at === this.#scenario.duration || this.#isInterrupted;
    if (isLast || this.#metrics.samples.length % SAMPLES_PER_JUDGEMENT === 0) this.#judge();
    this.#options.onProgress?.(this.progress(at));
  }

  #judge(): void {
    for (const one of [this.#sometimes, ...this.#oracles]) one.judge?.(this.#world.clock.now());
  }

  progress(at: Milliseconds): Progress {
    const { devices, slots } = this.#metrics;
    return {
      at, duration: this.#scenario.duration, steps: this.#steps,
      devices: devices.length + slots.size,
      registered: this.#metrics.registered.all,
    };
  }

  /** All stops were reached. */
  settle(): void {
    if (!comesToRest(this.#scenario)) return;
    for (const oracle of this.#oracles) oracle.settled?.(this.#world.clock.now());
  }

  /** Somebody ended the run at this time, before its own. */
  interrupt(at: Milliseconds): void {
    this.#isInterrupted = true;
    this.reach(at);
    this.#off.push({ what: 'the rest of the run', why: 'it was interrupted' });
  }

  /** An assertion failed, which ends a run at once. */
  fail({ message, stack = '' }: Error): void {
    const { clock, trace } = this.#world;
    trace.note(clock.now(), `stopped by ${message}`);
    const what = `${message}, ${stack.split('\n')[1]?.trim() ?? ''}`;
    this.#stopped = [{ oracle: 'no assertion fails', at: clock.now(), what }];
  }

  #energy(): FleetEnergy[] {
    return this.#metrics.radioUses().flatMap((use, index) => {
      const { name: fleet, radio } = this.#scenario.fleets[index] ?? {};
      const isCounted = fleet !== undefined && radio !== undefined && use !== undefined;
      return isCounted ? [{ fleet, radio: radioName(radio), ...use }] : [];
    });
  }

  result(): RunResult {
    const { name, why, seed, fleets } = this.#scenario;
    const { trace, network } = this.#world;
    const isReal = isRealTime(this.#scenario);
    const expectations = this.#stopped === undefined
      ? judge(this.#scenario, this.#world, this.#metrics, lostAt(this.#oracles)) : [];
    const violations = [...this.#oracles.flatMap((oracle) => oracle.violations),
      ...this.#stopped ?? []]
      .map((violation) => ({ ...violation, at: violation.at - this.start }))
      .sort((a, b) => a.at - b.at);
    const isHeld = violations.length === 0 && expectations.every(({ held }) => held !== false);
    return {
      scenario: name, why, seed, driver: isReal ? 'udp' : 'world', start: this.start,
      duration: this.#reached, isInterrupted: this.#isInterrupted,
      verdict: isHeld ? 'held' : 'failed', expectations, violations,
      off: [
        ...this.#off, ...datagramsOff(network.missed),
        ...expectations.flatMap(({ text, off }) => (
          off === undefined ? [] : [{ what: text, why: off }])),
      ],
      sometimes: this.#sometimes.counts, steps: this.#steps,
      traceHash: isReal || this.#isInterrupted ? undefined : trace.hash,
      metrics: {
        fleets: fleets.map((fleet) => ({
          name: fleet.name, count: fleet.count, driver: fleet.driver,
        })),
        samples: this.#metrics.samples, totals: totalsOf(this.#world, this.#metrics),
        energy: this.#energy(),
      },
      excerpt: this.#excerpt ?? trace.last(LINES),
    };
  }
}

function lostAt(oracles: readonly Oracle[]): readonly Milliseconds[] {
  return oracles.find((one) => one instanceof NotificationOracle)?.lostAt ?? [];
}

function isViolated(violations: readonly (readonly Violation[])[]): boolean {
  for (const found of violations) if (found.length > 0) return true;
  return false;
}
