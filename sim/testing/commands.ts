// Model commands over a world, for fast-check: devices come, go and move, operators want things,
// faults begin and pass, time goes by. After each command the oracles judge, and a model of the
// registrations says who must be known by now. All that happens can be said as a scenario.

import fc from 'fast-check';
import type { Milliseconds } from '../../core/ports.ts';
import { unreachable } from '../../core/result.ts';
import type { NetworkRules } from '../network-rules.ts';
import type { Action, Scenario } from '../scenario/model.ts';
import type { World } from '../world.ts';
import { KINDS, NETWORK, WorldModel, type Habits, type Kind, type Step } from './model.ts';
import { networkRules } from './scenarios.ts';
import { Recorder, WorldUnderTest, type Stage } from './stage.ts';

const SECOND: Milliseconds = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const COMMANDS_MAX = 40;
const PATHS = ['3/0', '3303/0/5700', '1/0/1', '9/9/9'];

/** What a command wants; devices are numbers that the model turns into those that are there. */
type Wish =
  | { readonly kind: 'add'; readonly of: Kind; readonly habits: Habits }
  | { readonly kind: 'wait'; readonly span: Milliseconds }
  | {
    readonly kind: 'start' | 'stop' | 'reboot' | 'deregister' | 'rebind'; readonly device: number;
  }
  | {
    readonly kind: 'read' | 'observe' | 'unobserve'; readonly device: number;
    readonly path: string;
  }
  | { readonly kind: 'partition'; readonly share: number; readonly span: Milliseconds }
  | { readonly kind: 'clog'; readonly span: Milliseconds }
  | { readonly kind: 'network'; readonly rules: NetworkRules; readonly span: Milliseconds }
  | { readonly kind: 'crash'; readonly down: Milliseconds };

class WorldCommand implements fc.Command<WorldModel, Stage> {
  readonly #wish: Wish;

  constructor(wish: Wish) {
    this.#wish = wish;
  }

  check(model: Readonly<WorldModel>): boolean {
    return stepOf(this.#wish, model) !== undefined;
  }

  run(model: WorldModel, stage: Stage): void {
    take(stepOf(this.#wish, model) as Step, model, stage);
  }

  /** `wait 60000`, `stop device 2`. */
  toString(): string {
    const { kind, ...rest } = this.#wish;
    if ('of' in rest) return `add ${rest.of.name} ${JSON.stringify(rest.habits)}`;
    return `${kind} ${Object.entries(rest).map(([name, value]) => (
      `${name} ${JSON.stringify(value)}`)).join(', ')}`;
  }
}

function take(step: Step, model: WorldModel, stage: Stage): void {
  stage.take(step, model);
  model.take(step);
  stage.judge(model);
}

export type WorldCommands = Iterable<fc.Command<WorldModel, Stage>>;

/** Commands as they come; a counterexample prints its `replayPath`, to be given here. */
export function worldCommands(
  constraints: Pick<fc.CommandsContraints, 'maxCommands' | 'replayPath'> = {},
): fc.Arbitrary<WorldCommands> {
  const commands = wishes().map((wish) => wish.map((one) => new WorldCommand(one)));
  return fc.commands(commands, { maxCommands: COMMANDS_MAX, size: '+1', ...constraints });
}

/** An arbitrary for each kind, the usual ones several times. */
function wishes(): fc.Arbitrary<Wish>[] {
  const device = fc.nat({ max: 9 });
  const span = fc.constantFrom(10 * SECOND, MINUTE, 10 * MINUTE);
  const add = fc.record({
    kind: fc.constant('add'), of: fc.constantFrom(...KINDS), habits: fc.record({
      lifetime: fc.constantFrom(60, 300, 900),
      report: fc.record({
        every: fc.constantFrom(30 * SECOND, 5 * MINUTE), confirmable: fc.boolean(),
      }),
    }),
  });
  const wait = fc.record({
    kind: fc.constant('wait'),
    span: fc.constantFrom(10, SECOND, 20 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR),
  });
  const power = fc.record({
    kind: fc.constantFrom('start', 'stop', 'reboot', 'deregister', 'rebind'), device,
  });
  const operator = fc.record({
    kind: fc.constantFrom('read', 'observe', 'unobserve'), device,
    path: fc.constantFrom(...PATHS),
  });
  return [
    add, add, add, wait, wait, wait, wait, power, power, operator, operator,
    fc.record({
      kind: fc.constant('partition'), share: fc.constantFrom(500, 1000), span,
    }),
    fc.record({ kind: fc.constant('clog'), span: fc.constantFrom(10 * SECOND, MINUTE) }),
    fc.record({ kind: fc.constant('network'), rules: networkRules(), span }),
    fc.record({ kind: fc.constant('crash'), down: span }),
  ];
}

/** What the wish comes to in the model's state; undefined when it cannot come true there. */
function stepOf(wish: Wish, model: Readonly<WorldModel>): Step | undefined {
  switch (wish.kind) {
    case 'add': return model.newcomer(wish.of, wish.habits);
    case 'wait': return wish;
    case 'start': case 'stop': case 'reboot': case 'deregister': case 'rebind': case 'read':
    case 'observe': case 'unobserve': {
      const fleet = model.deviceAt(wish.device);
      const devices = fleet === undefined ? undefined : { fleet, count: undefined };
      if (devices === undefined) return undefined;
      const action: Action = 'path' in wish
        ? { kind: wish.kind, devices, path: wish.path } : { kind: wish.kind, devices };
      return { kind: 'act', action };
    }
    case 'partition': case 'clog': case 'network':
      return { kind: 'act', action: { ...wish, network: NETWORK } };
    case 'crash':
      return model.isServerUp
        ? { kind: 'act', action: { kind: 'kill server', down: wish.down } } : undefined;
    default: return unreachable(wish);
  }
}

export interface PlayOptions {
  /** Where all chance of the world comes from. */
  readonly seed?: number;
  /** Asked after each command and at the end: throws when something is not as it should be. */
  readonly check?: (world: World) => void;
}

/**
 * Does what the commands say, then lets everything come to rest; throws when a rule is broken.
 * Returns the world as it is then.
 */
export function playCommands(
  commands: WorldCommands, { seed = 1, check = () => undefined }: PlayOptions = {},
): World {
  const model = new WorldModel();
  const stage = new WorldUnderTest(seed, check);
  fc.modelRun(() => ({ model, real: stage }), commands);
  take(model.untilRest(), model, stage);
  return stage.world;
}

/** The same as a scenario, for a file: `playCommands` with this seed does nothing else. */
export function scenarioOf(commands: WorldCommands, seed = 1): Scenario {
  const model = new WorldModel();
  const recorder = new Recorder();
  fc.modelRun(() => ({ model, real: recorder }), commands);
  model.take(model.untilRest());
  return recorder.scenario(seed, model.now - 1);
}
