// Plays a scenario in virtual time, as fast as it goes. Synchronous; a run is a value. In real time
// the same is played by drivers/real-time.ts.

import { DEFAULT_CONFIG, DEFAULT_PROFILE, type ServerConfig } from '../actors/config.ts';
import type { Milliseconds } from '../core/ports.ts';
import type { Driver } from './driver.ts';
import type { RadioUse } from './energy/radio-use.ts';
import type { Judged } from './expect.ts';
import type { Sample } from './metrics.ts';
import { CALM } from './network-rules.ts';
import type { Observer } from './observer.ts';
import type { Off } from './off.ts';
import type { Violation } from './oracles/oracle.ts';
import { Play } from './play.ts';
import type { DriverName, Fleet, Scenario } from './scenario/model.ts';
import type { Total } from './totals.ts';
import { World } from './world.ts';

export interface RunMetrics {
  readonly fleets: readonly {
    readonly name: string; readonly count: number; readonly driver: DriverName;
  }[];
  readonly samples: readonly Sample[];
  readonly totals: readonly Total[];
  /** Of each fleet with a radio. */
  readonly energy: readonly FleetEnergy[];
}

export interface FleetEnergy extends RadioUse {
  readonly fleet: string;
  /** The model of its radio. */
  readonly radio: string;
}

export interface RunResult {
  readonly scenario: string;
  readonly why: string;
  readonly seed: number;
  /** In virtual time, or over real sockets in real time. */
  readonly driver: 'world' | 'udp';
  /** When it began, in its own time since 1970; the times of a result count from here. */
  readonly start: Milliseconds;
  /** How far it came, if something ended it before its time. */
  readonly duration: Milliseconds;
  /** People ended it before its time; what it had measured was judged. */
  readonly isInterrupted: boolean;
  readonly verdict: 'held' | 'failed';
  readonly expectations: readonly Judged[];
  readonly violations: readonly Violation[];
  /** What was left out, and why; expectations that were not judged among them. */
  readonly off: readonly Off[];
  /** How often each interesting state was reached. */
  readonly sometimes: Readonly<Record<string, number>>;
  /** Of all that happened, the same for the same seed; undefined where it never is: in real time,
   *  and when it was interrupted. */
  readonly traceHash: string | undefined;
  /** Events of the clock. */
  readonly steps: number;
  readonly metrics: RunMetrics;
  /** The trace around the first violation, or its end; oldest first, times since 1970. */
  readonly excerpt: readonly string[];
}

export interface Progress {
  /** Since the start. */
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
  /** Asked before each event; once it is true the run ends with what it has measured. */
  readonly isEnded?: () => boolean;
  /** Called with the world as it was at the end. */
  readonly onEnd?: (world: World) => void;
}

/** In virtual time, and so as fast as it goes. */
export function runScenario(scenario: Scenario, options: RunOptions = {}): RunResult {
  const seed = options.seed ?? scenario.seed;
  const world = worldOf(scenario, seed);
  const play = new Play(world, scenario, seed, options);
  try {
    play.begin();
    if (playOn(play, world, options)) play.settle();
    else play.interrupt(world.clock.now() - play.start);
  } catch (error) {
    play.fail(error as Error);
  }
  options.onEnd?.(world);
  return play.result();
}

/** False when it was ended before its time. */
function playOn(play: Play, { clock }: World, { isEnded = () => false }: RunOptions): boolean {
  for (const at of play.stops) {
    while (!isEnded() && play.step(play.start + at));
    if (isEnded()) return false;
    clock.runUntil(play.start + at);
    play.reach(at);
  }
  return true;
}

/** With the scenario's networks and a server as it wishes. */
export function worldOf(scenario: Scenario, seed: number, driver?: Driver): World {
  const world = new World({
    seed, network: CALM, config: configOf(scenario), ...(driver !== undefined && { driver }),
  });
  for (const [name, rules] of Object.entries(scenario.networks)) world.network.define(name, rules);
  return world;
}

/** The server's configuration: one profile for each fleet, then the one for all others. */
export function configOf({ server, fleets, observe }: Scenario): ServerConfig {
  const profileOf = ({ name, endpoint, queueMode }: Fleet) => ({
    ...DEFAULT_PROFILE, name, match: endpoint ?? `${name}-*`,
    awakeWindow: queueMode?.awake ?? server.awakeWindow,
    observe: [
      ...DEFAULT_PROFILE.observe,
      ...observe.filter(({ fleet }) => fleet === name).map(({ path }) => path),
    ],
  });
  const real = fleets.filter(({ endpoint }) => endpoint !== undefined);
  // The longest name first: `meters-*` matches devices of `meters-north` too.
  const byLength = fleets.filter(({ endpoint }) => endpoint === undefined)
    .sort((a, b) => b.name.length - a.name.length);
  return {
    ...DEFAULT_CONFIG, registration: server.registration,
    profiles: [
      ...real.map(profileOf), ...byLength.map(profileOf),
      { ...DEFAULT_PROFILE, awakeWindow: server.awakeWindow },
    ],
  };
}
