// Where model commands happen: in a world that is judged after each of them, or on paper, as a
// scenario.

import type { Milliseconds } from '../../core/ports.ts';
import { EPOCH } from '../epoch.ts';
import { Metrics } from '../metrics.ts';
import { CALM } from '../network-rules.ts';
import { allOracles } from '../oracles/all.ts';
import type { Oracle } from '../oracles/oracle.ts';
import { Player } from '../player.ts';
import { SeededRandom } from '../random.ts';
import { configOf } from '../run.ts';
import type { Fleet, Scenario, TimedAction } from '../scenario/model.ts';
import { World } from '../world.ts';
import { KINDS, NETWORK, spanOf, type Step, type WorldModel } from './model.ts';

export interface Stage {
  /** Lets the step happen before the model takes it. */
  take(step: Step, model: WorldModel): void;
  /** After the model has taken it. */
  judge(model: WorldModel): void;
}

function scenarioWith(
  seed: number, duration: Milliseconds, fleets: readonly Fleet[], timeline: readonly TimedAction[],
): Scenario {
  return {
    name: 'Counterexample', why: 'Commands of a property that failed.', seed, duration,
    server: { awakeWindow: undefined, registration: 'open', restart: undefined },
    networks: { [NETWORK]: CALM }, fleets, observe: [], timeline, expect: [],
  };
}

export class WorldUnderTest implements Stage {
  readonly world: World;
  readonly #player: Player;
  readonly #oracles: readonly Oracle[];
  readonly #check: (world: World) => void;

  constructor(seed: number, check: (world: World) => void) {
    // The server is told how long each kind listens, as it is in the scenario of a file.
    const fleets = KINDS.map((kind) => ({ ...kind, count: 0 } as unknown as Fleet));
    const scenario = scenarioWith(seed, 0, fleets, []);
    this.world = new World({ seed, network: CALM, config: configOf(scenario) });
    this.world.network.define(NETWORK, CALM);
    this.#oracles = allOracles(this.world);
    for (const oracle of this.#oracles) this.world.watch(oracle);
    const random = new SeededRandom(seed, 'scenario');
    this.#player = new Player(this.world, scenario, random, new Metrics(this.world, []));
    this.#check = check;
  }

  take(step: Step, model: WorldModel): void {
    const { clock } = this.world;
    // A player has scheduled it before all else: of what is due at one time it comes first.
    clock.runBefore(EPOCH + model.now);
    if (step.kind === 'add') for (const device of this.#player.make(step.fleet)) device.start();
    else if (step.kind === 'act') this.#player.act(step.action);
    clock.runUntil(EPOCH + model.now + spanOf(step) - 1);
  }

  /** Throws when a rule is broken, or the model knows better. */
  judge(model: WorldModel): void {
    this.#check(this.world);
    const now = this.world.clock.now();
    for (const oracle of this.#oracles) {
      oracle.judge?.(now);
      if (model.isAtRest) oracle.settled?.(now);
      const [violation] = oracle.violations;
      if (violation !== undefined) throw new Error(`${violation.oracle}: ${violation.what}`);
    }
    const { known, gone } = model.expected();
    const registered = new Set([...this.world.disk.devices.values()]
      .flatMap(({ endpoint, registration }) => registration === undefined ? [] : [endpoint]));
    const missing = known.find((endpoint) => !registered.has(endpoint));
    if (missing !== undefined) throw new Error(`${missing} is on, but not registered`);
    const left = gone.find((endpoint) => registered.has(endpoint));
    if (left !== undefined) throw new Error(`${left} is off, but still registered`);
  }
}

export class Recorder implements Stage {
  readonly #fleets: Fleet[] = [];
  readonly #timeline: TimedAction[] = [];

  judge(): void {
    // There is nothing on paper that could be wrong.
  }

  take(step: Step, { now }: WorldModel): void {
    if (step.kind === 'add') this.#fleets.push(step.fleet);
    if (step.kind === 'act') {
      this.#timeline.push({ at: now, repeat: undefined, action: step.action });
    }
  }

  scenario(seed: number, duration: Milliseconds): Scenario {
    return scenarioWith(seed, duration, this.#fleets, this.#timeline);
  }
}
