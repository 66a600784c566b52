// A scenario file: text in, a checked scenario out, or every mistake at its line and column.
// Whoever calls reads the files; here is no disk.

import { CheckedYaml, type Problem as Mistake } from '../../core/io/checked-yaml.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Milliseconds } from '../../core/ports.ts';
import { RADIO_MODELS } from '../energy/radio-model.ts';
import { driverMistakes, driverOf, type SimulatingDriver } from './drivers.ts';
import type {
  DriverName, Expectation, Fleet, Scenario, Selection, SignalPlan, TimedAction,
} from './model.ts';
import { networkNamed, NETWORKS } from './network-schema.ts';
import type { FleetFacts, Names } from './names.ts';
import {
  QUEUE_MODE_AWAKE, scenarioSchema, type FleetFile, type ScenarioFile,
} from './schema.ts';
import type { ReadText } from './signal-schema.ts';
import { parseDuration } from './units.ts';

export interface Problem extends Mistake {
  readonly file: string;
}

export interface ParseOptions {
  /** The whole, or what its `short` makes of it. */
  readonly form?: 'full' | 'short';
  /** Reads CSV files; paths are as written. */
  readonly readText?: ReadText;
  /** Who plays the simulated devices, whatever the file says. */
  readonly driver?: SimulatingDriver;
}

/** Words of the format whose feature does not exist yet. */
const UNAVAILABLE: ReadonlySet<string> = new Set([
  'write', 'execute', 'firmware', 'pmin', 'pmax', 'bootstrap', 'native_sim', 'renode',
]);

export function parseScenario(
  text: string, fileName: string, options: ParseOptions = {},
): Result<Scenario, Problem[]> {
  const yaml = CheckedYaml.parse(text, UNAVAILABLE);
  if (!yaml.ok) return fail(inFile(fileName, yaml.reason));
  const names = namesOf(yaml.value.content, options.readText ?? (() => undefined));
  // In a text that is not all YAML a name may stand where it could not be read.
  const schema = scenarioSchema(yaml.value.isWhole ? names : undefined);
  const checked = yaml.value.check(schema, 'keys like name: First light');
  if (!checked.ok) return fail(inFile(fileName, checked.reason));
  const { driver } = options;
  const written = recordIn(yaml.value.content, 'fleets') as Record<string, object>;
  const mistakes = driverMistakes(checked.value, driver, written);
  if (mistakes.length > 0) {
    const placed = mistakes.map(({ at, what }) => ({ ...yaml.value.placeOf(at), what }));
    return fail(inFile(fileName, placed.sort((a, b) => a.line - b.line || a.column - b.column)));
  }
  const isShort = options.form === 'short';
  const file = isShort ? shortened(checked.value) : checked.value;
  const sentences = isShort && checked.value.short?.expect !== undefined ? ['short', 'expect']
    : ['expect'];
  const expect = file.expect.map((sentence, index): Expectation => {
    const at = [...sentences, index];
    const { line } = yaml.value.placeOf(at);
    return { ...sentence, text: String(yaml.value.valueAt(at)), line };
  });
  return ok(scenarioOf(file, expect, driver));
}

function inFile(file: string, mistakes: readonly Mistake[]): Problem[] {
  return mistakes.map((mistake) => ({ file, ...mistake }));
}

/** What the parts of a file say of each other, as far as it can be read before the check. */
function namesOf(content: unknown, readText: ReadText): Names {
  const fleets = Object.entries(recordIn(content, 'fleets'));
  const short = recordIn(content, 'short');
  const duration = spanIn(asRecord(content));
  return {
    fleets: new Map(fleets.map(([name, fleet]) => [name, factsOf(asRecord(fleet))])),
    networks: Object.keys({ ...recordIn(content, 'network'), ...NETWORKS }),
    radios: [...RADIO_MODELS.keys()],
    duration, shortDuration: spanIn(short) ?? duration,
    isShortJudgedApart: short['expect'] !== undefined,
    readText,
  };
}

function spanIn({ duration }: Readonly<Record<string, unknown>>): Milliseconds | undefined {
  const span = typeof duration === 'string' ? parseDuration(duration) : undefined;
  return span?.ok === true ? span.value : undefined;
}

function factsOf(
  { count = 1, numbers, endpoint, radio, firmware }: Readonly<Record<string, unknown>>,
): FleetFacts {
  return {
    count: Number(count), numbers: Array.isArray(numbers) ? numbers : undefined,
    isReal: endpoint !== undefined, hasRadio: radio !== undefined,
    hasFirmware: firmware !== undefined,
  };
}

function recordIn(content: unknown, key: string): Readonly<Record<string, unknown>> {
  return asRecord(asRecord(content)[key]);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
}

/** The same in little: `short` says how. */
function shortened(file: ScenarioFile): ScenarioFile {
  const { duration = file.duration, count = Infinity, expect = file.expect } = file.short ?? {};
  const fleets = Object.entries(file.fleets).map(([name, fleet]) => (
    [name, {
      ...fleet, count: Math.min(fleet.count, count), numbers: fleet.numbers?.slice(0, count),
    }]));
  return { ...file, duration, expect, fleets: Object.fromEntries(fleets) };
}

function scenarioOf(
  file: ScenarioFile, expect: readonly Expectation[], driver: SimulatingDriver | undefined,
): Scenario {
  const { name, why, seed, duration, server, observe } = file;
  const fleets = Object.entries(file.fleets).map(([called, fleet]) => (
    fleetOf(called, fleet, driverOf(fleet, file, driver))));
  const networks = [...new Set([...Object.keys(file.network), ...fleets.map((one) => one.network)])]
    .map((called) => [called, networkNamed(called, file.network[called] ?? {})] as const);
  const { restart } = server;
  return {
    name, why, seed, duration,
    server: {
      awakeWindow: server.awakeWindow, registration: server.registration,
      restart: restart && { every: restart.every, down: restart.down },
    },
    networks: Object.fromEntries(networks), fleets,
    // A profile's patterns begin with a slash.
    observe: observe.map(({ fleet, path }) => ({ fleet, path: `/${path}` })),
    timeline: file.timeline.flat().filter(({ at }) => at <= duration)
      .map((timed) => within(timed, duration, fleets)).sort((a, b) => a.at - b.at),
    expect,
  };
}

/** In a short form there may be fewer devices than are asked for, and less time. */
function within(timed: TimedAction, end: Milliseconds, fleets: readonly Fleet[]): TimedAction {
  const { at, repeat, action } = timed;
  const until = Math.min(repeat?.until ?? 0, end);
  const possible = 'devices' in action
    ? { ...action, devices: available(action.devices, fleets) } : action;
  return { at, repeat: repeat && { every: repeat.every, until }, action: possible };
}

function available(devices: Selection, fleets: readonly Fleet[]): Selection {
  const { fleet, count } = devices;
  const most = fleets.find((one) => one.name === fleet)?.count ?? 0;
  return { fleet, count: count === undefined ? undefined : Math.min(count, most) };
}

/** A thermometer with a battery, as far as the file says nothing else. */
const DEFAULT_OBJECTS: Readonly<Record<string, SignalPlan>> = {
  '3/0/9': { signal: 'constant', value: 100 },
  '3303/0/5700': { signal: 'sine', mean: 21, amplitude: 4, period: 86_400_000, noise: 0 },
};

function fleetOf(name: string, fleet: FleetFile, driver: DriverName): Fleet {
  const {
    count, numbers, network, endpoint, start, report, radio, queueMode, firmware, eventLog,
    refuses, send, security,
  } = fleet;
  const sleeps = queueMode === true
    ? { awake: QUEUE_MODE_AWAKE, closesAfterAck: false } : queueMode;
  const vices = Object.entries(fleet.vices).filter(([, share]) => share !== undefined);
  return {
    name, count, ...(numbers !== undefined && { numbers }), network, driver,
    ...(endpoint !== undefined && { endpoint }),
    lifetime: fleet.lifetime / 1000,
    queueMode: sleeps === false ? undefined : sleeps, start, report,
    objects: fleet.objects ?? DEFAULT_OBJECTS, vices: Object.fromEntries(vices), radio,
    ...(firmware !== undefined && { firmware }), ...(eventLog === true && { eventLog }),
    ...(refuses !== undefined && { refuses }), ...(send !== undefined && { send }),
    ...(security !== undefined && { security }),
  };
}
