// What virtual time costs: a day of a fleet with a lossy network, trace and oracles on, the
// production server and the full codec on both ways, and what an idle device weighs.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DEFAULT_CONFIG } from '../actors/config.ts';
import type { Finished, Job } from '../app/run-job.ts';
import { runJobs } from '../app/run-jobs.ts';
import { decodeMessage, encodeMessage } from '../core/coap/codec.ts';
import { ACK, Code, CON, NO_BYTES, OptionNumber, type Message } from '../core/coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import type { Address } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import type { SimulatedDevice } from '../sim/device.ts';
import { deviceOptionsOf } from '../sim/fleet.ts';
import type { NetworkRules } from '../sim/network-rules.ts';
import { SeededRandom } from '../sim/random.ts';
import type { Fleet, Scenario } from '../sim/scenario/model.ts';
import { World } from '../sim/world.ts';
import type { Idle } from './idle-process.ts';
import { figure, type Figure, type Options } from './result.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const IDLE_DEVICES = 20_000;
const IDLE_HEAP_MEGABYTES = 800;

const NETWORK: NetworkRules = {
  latency: { typical: 100, p99: 1500 }, loss: 1000, duplicate: 0, reorder: 0, mtu: 1280,
  natRebindAfter: 0,
};

const config = {
  ...DEFAULT_CONFIG, limits: { ...DEFAULT_CONFIG.limits, devicesPerSourceMax: 200_000 },
};

function fleetOf(count: number, isAsleep: boolean): Fleet {
  return {
    name: 'meters', count, network: 'default', driver: 'world', lifetime: 3600,
    queueMode: isAsleep ? { awake: 20_000, closesAfterAck: false } : undefined,
    start: { at: 0, spread: 5 * MINUTE }, report: { every: 5 * MINUTE, confirmable: true },
    objects: {
      '/3303/0/5700': { signal: 'sine', mean: 21, amplitude: 4, period: 24 * HOUR, noise: 0.2 },
    },
    vices: {}, radio: undefined,
  };
}

const EMPTY: Message = {
  type: ACK, code: Code.EMPTY, mid: 0, token: NO_BYTES, options: [], payload: NO_BYTES,
};

interface Populated {
  readonly world: World;
  readonly devices: readonly SimulatedDevice[];
}

function populate(fleet: Fleet): Populated {
  const world = new World({ seed: 1, network: NETWORK, config });
  const chance = new SeededRandom(1, fleet.name);
  const devices: SimulatedDevice[] = [];
  for (let index = 0; index < fleet.count; index++) {
    const random = chance.fork(String(index));
    const device = world.addDevice(deviceOptionsOf(fleet, index, random));
    const due = world.clock.now() + random.below(fleet.start.spread);
    world.clock.schedule(due, { onDue: () => device.start() });
    devices.push(device);
  }
  return { world, devices };
}

interface Day {
  /** Of one core, all that the process used. */
  readonly seconds: number;
  readonly exchanges: number;
  readonly steps: number;
}

function scenarioOf(hours: number, fleet: Fleet): Scenario {
  return {
    name: 'a day', why: 'It is to be fast.', seed: 1, duration: hours * HOUR,
    server: { awakeWindow: undefined, registration: 'open', restart: undefined },
    networks: { default: NETWORK }, fleets: [fleet], observe: [], timeline: [], expect: [],
  };
}

/** As `flownexus run` plays it, with every oracle watching. */
async function runFor(hours: number, fleet: Fleet): Promise<Day> {
  const begin = process.cpuUsage();
  const job: Job = {
    scenario: scenarioOf(hours, fleet), seed: 1, file: '', folder: undefined, command: '',
    sockets: undefined, onFailure: 'report',
  };
  let result: Finished | undefined;
  await runJobs([job], 1, {
    onProgress: () => undefined, onShrinking: () => undefined,
    onFinished: (_, outcome) => { result = outcome.result; },
  });
  assert(result !== undefined, 'a job has a result');
  const { steps, violations, metrics: { totals } } = result as Finished;
  const { user, system } = process.cpuUsage(begin);
  assert(violations.length === 0, `no oracle objects: ${violations[0]?.what}`);
  const exchanges = totals.find(({ name }) => name === 'values stored')?.value ?? 0;
  assert(exchanges > 0.95 * fleet.count * (hours - 0.5) * 12, 'the devices report');
  return { seconds: (user + system) / 1e6, exchanges, steps };
}

/** How many times faster than life a day of 1,000 devices is, in queue mode or without. */
export async function simDay1k({ isQuick }: Options): Promise<Figure> {
  const hours = isQuick ? 4 : 24;
  const awake = await runFor(hours, fleetOf(1000, false));
  const asleep = await runFor(hours, fleetOf(1000, true));
  const speedOf = ({ seconds }: Day): number => hours * 3600 / seconds;
  return figure('sim.day.1k', Math.min(speedOf(awake), speedOf(asleep)), 'times real time', {
    notes: [
      `${hours} h: ${sentenceOf(awake)}, ${Math.round(speedOf(awake))} times real time`,
      `in queue mode: ${sentenceOf(asleep)}, ${Math.round(speedOf(asleep))} times real time`,
    ],
  });
}

export async function simDay10k({ isQuick }: Options): Promise<Figure> {
  const hours = isQuick ? 2 : 24;
  const day = await runFor(hours, fleetOf(10_000, false));
  return figure('sim.day.10k', day.seconds, 's', { notes: [`${hours} h: ${sentenceOf(day)}`] });
}

/**
 * How much memory a process has at most that plays 100,000 sleeping devices with the server and
 * every oracle. V8 takes what it may, so that a limit of its heap says what it needs.
 */
export async function simIdle100k({ isQuick }: Options): Promise<Figure> {
  const count = isQuick ? 10_000 : 100_000;
  const fleet: Fleet = {
    ...fleetOf(count, true), lifetime: 24 * 3600, start: { at: 0, spread: HOUR / 2 },
    report: { every: 12 * HOUR, confirmable: true },
  };
  const child = fork(fileURLToPath(new URL('./idle-process.js', import.meta.url)), [], {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${IDLE_HEAP_MEGABYTES}`, '--max-semi-space-size=16'],
  });
  child.send(scenarioOf(1, fleet));
  const [answer] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  assert(typeof answer === 'object', `the world fits into ${IDLE_HEAP_MEGABYTES} MB of heap`);
  const { registered, bytes, seconds, violations } = answer as Idle;
  assert(violations === 0, 'no oracle objects');
  assert(registered === count, 'all devices are registered');
  return figure('sim.idle.100k', bytes / 2 ** 20, 'MiB', {
    notes: [`${count} in queue mode registered within 30 min of an hour, with the server, its disk `
      + `and every oracle, in ${seconds.toFixed(1)} s; heap limited to ${IDLE_HEAP_MEGABYTES} MB`],
  });
}

function sentenceOf({ seconds, exchanges, steps }: Day): string {
  const each = seconds * 1e6 / exchanges;
  return `${exchanges} exchanges in ${seconds.toFixed(1)} s, ${each.toFixed(1)} us each, `
    + `${steps} events`;
}

/** The device side alone: registered devices that are observed and have nothing to say. */
export function simDeviceBytes(): Figure {
  const collect = globalThis.gc;
  assert(collect !== undefined, 'run with --expose-gc, as npm run bench does');
  const weigh = (): number => {
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const weighed = (count: number): Populated => {
    const populated = populate({
      ...fleetOf(count, true), name: 'a-usual-endpoint-name',
      report: { every: HOUR, confirmable: true },
    });
    populated.world.network.heal();
    serveBarely(populated.world);
    populated.world.run(HOUR / 2);
    return populated;
  };
  weighed(100);
  const before = weigh();
  const { devices } = weighed(IDLE_DEVICES);
  const bytes = (weigh() - before) / IDLE_DEVICES;
  assert(devices.every((one) => one.isRegistered && one.observed.length === 1), 'all are in place');
  return figure('sim.device.bytes', bytes, 'bytes/device', {
    notes: [`${IDLE_DEVICES} in queue mode, registered, one path observed and reported each 5 min;`
      + ' the server is not in it'],
  });
}

/** A server that keeps nothing: it answers a Register, observes one path and acknowledges. */
function serveBarely(world: World): void {
  world.crashServer(true);
  const { network } = world;
  const send = (to: Address, message: Partial<Message>): void => {
    network.sendDown(to, encodeMessage({ ...EMPTY, ...message }));
  };
  const location = ['rd', '12345678'].map((one) => (
    stringOptionOf(OptionNumber.LOCATION_PATH, one)
  ));
  const path = ['3303', '0', '5700'].map((one) => stringOptionOf(OptionNumber.URI_PATH, one));
  network.serve((from, datagram) => {
    const decoded = decodeMessage(datagram);
    assert(decoded.ok, 'devices speak CoAP');
    const { type, code, mid, token } = decoded.value;
    if (type !== CON) return;
    if (code === Code.CONTENT) return send(from, { mid });
    send(from, { mid, token, code: Code.CREATED, options: location });
    send(from, {
      type: CON, code: Code.GET, mid: 1, token: new Uint8Array(8),
      options: [uintOptionOf(OptionNumber.OBSERVE, 0), ...path],
    });
  });
}
