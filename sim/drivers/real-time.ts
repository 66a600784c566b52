// Plays a scenario in real time over real sockets, against our own server or one elsewhere. The
// devices, the timeline and the judgement are those of virtual time; only the clock, the sockets
// and the disk are real, so that no two runs are the same.

import type { Address, Milliseconds } from '../../core/ports.ts';
import { Play } from '../play.ts';
import { managementOf } from '../player.ts';
import { worldOf, type RunOptions, type RunResult } from '../run.ts';
import type { Fleet, Scenario } from '../scenario/model.ts';
import type { World } from '../world.ts';
import { OwnServer } from './own-server.ts';
import { Pace } from './pace.ts';
import { ServerElsewhere } from './server-elsewhere.ts';

export interface RealTimeOptions extends RunOptions {
  /** Another server; undefined: one of our own, which listens at `coap`. */
  readonly target: Address | undefined;
  readonly coap: Address;
  /** Ends the run before its time. */
  readonly signal: AbortSignal;
  /** Told which real devices the run waits for, and where it does. */
  readonly onWaiting?: (endpoints: readonly string[], at: Address) => void;
  /** Told that the scenario begins, and which server it has. */
  readonly onBegin?: (server: Address) => void;
  /** Told that a server elsewhere has sent nothing for 10 s, or to the end. */
  readonly onSilence?: (server: Address) => void;
  /** Told that it has sent something. */
  readonly onAnswered?: () => void;
}

/** A real device did not come, or the run was ended while it waited. */
export class NobodyCame extends Error {
  override readonly name = 'NobodyCame';
}

/** A device that was refused once may stay away for 20 minutes. */
const WAITING_MAX: Milliseconds = 3_600_000;
const PROGRESS_EVERY: Milliseconds = 1000;

/** Rejects with the system's error when sockets cannot be opened, or with NobodyCame. */
export async function runInRealTime(
  scenario: Scenario, options: RealTimeOptions,
): Promise<RunResult> {
  const seed = options.seed ?? scenario.seed;
  const pace = new Pace();
  const driver = await driverFor(scenario, options, pace);
  try {
    const world = worldOf(scenario, seed, driver);
    if (driver instanceof OwnServer) await realDevices(scenario, world, driver, pace, options);
    // The clock stood still while the sockets were opened; the scenario begins at the present.
    pace.enter(() => undefined);
    options.onBegin?.(driver.address);
    const play = new Play(world, scenario, seed, options);
    try {
      await playOn(play, pace, options);
    } catch (error) {
      play.fail(error as Error);
    }
    if (driver instanceof ServerElsewhere) driver.tellSilence();
    options.onEnd?.(world);
    return play.result();
  } finally {
    pace.stop();
    await driver.close();
  }
}

async function driverFor(
  { fleets }: Scenario, { target, coap, onSilence, onAnswered }: RealTimeOptions, pace: Pace,
): Promise<OwnServer | ServerElsewhere> {
  const devices = fleets.filter(isSimulated).reduce((sum, { count }) => sum + count, 0);
  if (target === undefined) return OwnServer.open(pace, coap, devices);
  const elsewhere = await ServerElsewhere.open(pace, target, devices);
  elsewhere.onSilence = () => onSilence?.(target);
  elsewhere.onAnswered = () => onAnswered?.();
  return elsewhere;
}

function isSimulated({ endpoint }: Fleet): boolean {
  return endpoint === undefined;
}

/** The scenario begins when all real devices are registered. */
async function realDevices(
  { fleets, server: { registration } }: Scenario, world: World, { address }: OwnServer,
  pace: Pace, { signal, onWaiting }: RealTimeOptions,
): Promise<void> {
  const expected = fleets.flatMap(({ endpoint }) => endpoint ?? []);
  if (expected.length === 0) return;
  if (registration === 'known') {
    const management = managementOf(world);
    for (const endpoint of expected) management.provision(endpoint);
  }
  onWaiting?.(expected, address);
  const end = world.clock.now() + WAITING_MAX;
  world.clock.schedule(end, { onDue: () => undefined });
  const missing = (): string[] => {
    const registered = [...world.disk.devices.values()]
      .filter((row) => row.registration !== undefined).map(({ endpoint }) => endpoint);
    return expected.filter((endpoint) => !registered.includes(endpoint));
  };
  await untilOrAborted(pace, signal, () => missing().length === 0 || world.clock.now() >= end);
  if (missing().length === 0) return;
  throw new NobodyCame(`${missing().join(', ')} did not register; nothing was measured`);
}

async function playOn(
  play: Play, pace: Pace, { signal, onProgress }: RealTimeOptions,
): Promise<void> {
  const { clock } = pace;
  let isOver = false;
  play.begin();
  pace.step = (until) => play.step(until);
  for (const at of play.stops) {
    clock.schedule(play.start + at, { onDue: () => play.reach(at) });
  }
  const last = play.start + (play.stops.at(-1) ?? 0);
  clock.schedule(last, {
    onDue: () => {
      play.settle();
      isOver = true;
    },
  });
  const tell = (now: Milliseconds): void => {
    onProgress?.(play.progress(now - play.start));
    clock.schedule(now + PROGRESS_EVERY, { onDue: tell });
  };
  clock.schedule(play.start + PROGRESS_EVERY, { onDue: tell });
  await untilOrAborted(pace, signal, () => isOver);
  if (!isOver) play.interrupt(clock.now() - play.start);
}

async function untilOrAborted(
  pace: Pace, signal: AbortSignal, isOver: () => boolean,
): Promise<void> {
  const wake = (): void => pace.enter(() => undefined);
  signal.addEventListener('abort', wake);
  try {
    await pace.until(() => signal.aborted || isOver());
  } finally {
    signal.removeEventListener('abort', wake);
  }
}
