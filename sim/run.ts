// Plays a scenario in virtual time: starts the fleets, does what the timeline says, lets the
// observers watch, and judges the expectations at the end. Synchronous; a run is a value.

import { DEFAULT_CONFIG, DEFAULT_PROFILE, type ServerConfig } from '../actors/config.ts';
import type { Milliseconds, Random } from '../core/ports.ts';
import { judge, type Judged } from './expect.ts';
import { LostValues } from './lost-values.ts';
import { Metrics, type Sample } from './metrics.ts';
import { CALM } from './network-rules.ts';
import type { Observer } from './observer.ts';
import { allOracles } from './oracles/all.ts';
import type { Oracle, Violation } from './oracles/oracle.ts';
import { comesToRest } from './oracles/rest.ts';
import { SometimesCounter } from './oracles/sometimes.ts';
import { Player } from './player.ts';
import { SeededRandom } from './random.ts';
import type { Fleet, Scenario } from './scenario/model.ts';
import { totalsOf, type Total } from './totals.ts';
import { EPOCH, World } from './world.ts';

export interface RunMetrics {
  readonly fleets: readonly { readonly name: string; readonly count: number }[];
  readonly samples: readonly Sample[];
  readonly totals: readonly Total[];
}

export interface RunResult {
  readonly scenario: string;
  readonly why: string;
  readonly seed: number;
  /** When it began, in virtual time since 1970; the times of a result count from here. */
  readonly start: Milliseconds;
  readonly duration: Milliseconds;
  readonly verdict: 'held' | 'failed';
  readonly expectations: readonly Judged[];
  readonly violations: readonly Violation[];
  /** How often each interesting state was reached. */
  readonly sometimes: Readonly<Record<string, number>>;
  readonly traceHash: string;
  /** Events of the clock. */
  readonly steps: number;
  readonly metrics: RunMetrics;
  /** The trace around the first violation, or its end; oldest first, times since 1970. */
  readonly excerpt: readonly string[];
}

export interface Progress {
  /** Virtual time since the start. */
  readonly at: Milliseconds;
  readonly duration: Milliseconds;
  readonly steps: number;
  readonly registered: number;
  readonly devices: number;
}

export interface RunOptions {
  /** Instead of the scenario's own. */
  readonly seed?: number;
  /** Called after each sample. */
  readonly onProgress?: (progress: Progress) => void;
  /** Who else watches. */
  readonly observers?: readonly Observer[];
  /** Called with the world as it was at the end. */
  readonly onEnd?: (world: World) => void;
}

/** Samples of a run, evenly spread. */
const SAMPLES = 240;
/** Lines of the trace that a result carries, and how many of them come after a violation. */
const LINES = 80;
const LINES_AFTER = 15;

export function runScenario(scenario: Scenario, options: RunOptions = {}): RunResult {
  const seed = options.seed ?? scenario.seed;
  const world = new World({ seed, network: CALM, config: configOf(scenario) });
  for (const [name, rules] of Object.entries(scenario.networks)) world.network.define(name, rules);
  const metrics = new Metrics(world, scenario.fleets.map(({ name }) => name));
  const lost = new LostValues(world);
  const oracles = allOracles(world);
  const sometimes = new SometimesCounter(world);
  const watching = [metrics, metrics.energy, lost, sometimes, ...oracles];
  for (const one of [...watching, ...options.observers ?? []]) world.watch(one);
  const { steps, stopped, excerpt } = play(world, scenario, metrics, oracles,
    new SeededRandom(seed, 'scenario'), options);
  options.onEnd?.(world);
  const expectations = stopped === undefined ? judge(scenario, world, metrics, lost) : [];
  const violations = [...oracles.flatMap((oracle) => oracle.violations), ...stopped ?? []]
    .map((violation) => ({ ...violation, at: violation.at - EPOCH }))
    .sort((a, b) => a.at - b.at);
  const isHeld = violations.length === 0 && expectations.every(({ held }) => held);
  return {
    scenario: scenario.name, why: scenario.why, seed, start: EPOCH, duration: scenario.duration,
    verdict: isHeld ? 'held' : 'failed', expectations, violations,
    sometimes: sometimes.counts, traceHash: world.trace.hash, steps,
    metrics: {
      fleets: scenario.fleets.map(({ name, count }) => ({ name, count })),
      samples: metrics.samples, totals: totalsOf(world, metrics),
    },
    excerpt: excerpt ?? world.trace.last(LINES),
  };
}

interface Played {
  readonly steps: number;
  /** What ended the run before its time. */
  readonly stopped: readonly Violation[] | undefined;
  readonly excerpt: readonly string[] | undefined;
}

/** Runs to the end, from one stop to the next; an assertion that fails ends it at once. */
function play(
  world: World, scenario: Scenario, metrics: Metrics, oracles: readonly Oracle[], random: Random,
  { onProgress }: RunOptions,
): Played {
  const { clock, trace } = world;
  const marks = new Set(scenario.expect.map(({ from }) => Math.min(from, scenario.duration)));
  let steps = 0;
  let excerpt: readonly string[] | undefined;
  let excerptAt = Infinity;
  try {
    new Player(world, scenario, random, metrics).begin();
    for (const at of stopsOf(scenario)) {
      while (clock.step(EPOCH + at)) {
        steps++;
        if (excerptAt === Infinity) {
          if (isViolated(oracles)) excerptAt = trace.count + LINES_AFTER;
        } else if (excerpt === undefined && trace.count >= excerptAt) excerpt = trace.last(LINES);
      }
      clock.runUntil(EPOCH + at);
      metrics.sample();
      if (marks.has(at)) metrics.mark();
      for (const oracle of oracles) oracle.judge?.(clock.now());
      onProgress?.(progressOf(at, scenario, metrics, steps));
    }
    if (comesToRest(scenario)) for (const oracle of oracles) oracle.settled?.(clock.now());
    return { steps, stopped: undefined, excerpt };
  } catch (error) {
    const { message, stack = '' } = error as Error;
    trace.note(clock.now(), `stopped by ${message}`);
    const what = `${message}, ${stack.split('\n')[1]?.trim() ?? ''}`;
    const stopped = [{ oracle: 'no assertion fails', at: clock.now(), what }];
    return { steps, stopped, excerpt };
  }
}

function isViolated(oracles: readonly Oracle[]): boolean {
  for (const { violations } of oracles) if (violations.length > 0) return true;
  return false;
}

function progressOf(
  at: Milliseconds, { duration }: Scenario, metrics: Metrics, steps: number,
): Progress {
  const registered = metrics.samples.at(-1)?.registered ?? [];
  return {
    at, duration, steps, devices: metrics.devices.length,
    registered: registered.reduce((sum, one) => sum + one, 0),
  };
}

/** When samples are taken: evenly, and where expectations begin to count. */
function stopsOf({ duration, expect }: Scenario): Milliseconds[] {
  const every = Math.max(1, Math.ceil(duration / SAMPLES));
  const stops = new Set([0, duration, ...expect.map(({ from }) => Math.min(from, duration))]);
  for (let at = every; at < duration; at += every) stops.add(at);
  return [...stops].sort((a, b) => a - b);
}

/** The server's configuration: one profile for each fleet, then the one for all others. */
export function configOf({ server, fleets, observe }: Scenario): ServerConfig {
  const profileOf = ({ name, queueMode }: Fleet) => ({
    ...DEFAULT_PROFILE, name, match: `${name}-*`,
    awakeWindow: queueMode?.awake ?? server.awakeWindow,
    observe: [
      ...DEFAULT_PROFILE.observe,
      ...observe.filter(({ fleet }) => fleet === name).map(({ path }) => path),
    ],
  });
  // The longest name first: `meters-*` matches devices of `meters-north` too.
  const byLength = [...fleets].sort((a, b) => b.name.length - a.name.length);
  return {
    ...DEFAULT_CONFIG, registration: server.registration,
    profiles: [
      ...byLength.map(profileOf), { ...DEFAULT_PROFILE, awakeWindow: server.awakeWindow },
    ],
  };
}
