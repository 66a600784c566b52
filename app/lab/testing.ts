// A lab behind the real API, for tests: in a folder of its own, with an operator logged in, and
// what is awaited of processes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunView } from '../../core/api/lab.ts';
import type { Browser } from '../../core/api/testing/browser.ts';
import { HandClock, MemoryLog, startWorld, type World } from '../../core/api/testing/world.ts';
import { ServerLab } from './lab.ts';

const DEADLINE_MS = 60_000;

export const FIRST_LIGHT = { shelf: 'shipped', file: 'first-light.yaml' };
/** Takes moments, and fails. */
export const SMALL = 'name: Small\nwhy: Is it?\nduration: 5m\nfleets: { meters: { count: 2 } }\n'
  + 'expect: [telemetry stored >= 1000]\n';
/** Nobody waits for its end. */
export const LONG = 'name: Long\nwhy: It lasts.\nduration: 90d\n'
  + 'fleets: { meters: { count: 30 } }\n';

export interface LabBench {
  readonly data: string;
  /** Where own scenarios lie. */
  readonly own: string;
  readonly clock: HandClock;
  readonly log: MemoryLog;
  readonly lab: ServerLab;
  readonly world: World;
  readonly operator: Browser;
  end(): Promise<void>;
}

export async function startLabBench(): Promise<LabBench> {
  const data = mkdtempSync(join(tmpdir(), 'flownexus-lab-'));
  const [clock, log] = [new HandClock(), new MemoryLog()];
  const lab = new ServerLab({ data, clock, log, atOnce: 1 });
  const world = await startWorld({ lab });
  const operator = await world.as('operator');
  return {
    data, own: join(data, 'scenarios'), clock, log, lab, world, operator,
    async end() {
      await world.end();
      await lab.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Probes until it holds; what is awaited is an event, the pause only keeps from spinning. */
export async function until<Found>(
  what: string, look: () => Found | Promise<Found>,
): Promise<NonNullable<Found>> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`it never came: ${what}`);
    await pause(5);
  }
}

export async function start(
  { operator }: LabBench, place: object, seeds = 1, seed?: number,
): Promise<RunView[]> {
  return operator.mustCall<RunView[]>('lab.start', { ...place, seeds, seed });
}

/** The run once it is over. */
export async function ended({ lab }: LabBench, id: string): Promise<RunView> {
  return until(`${id} ends`, () => {
    const run = lab.run(id);
    return run?.endedAt === null ? undefined : run;
  });
}

/** A run well under way, with its process. */
export async function longRun(bench: LabBench): Promise<RunView & { readonly pid: number }> {
  const { lab, log, operator } = bench;
  await operator.mustCall('lab.save', { file: 'long.yaml', text: LONG, replaces: true });
  const [{ id }] = await start(bench, { shelf: 'own', file: 'long.yaml' }) as [RunView];
  const run = await until('it is under way', () => {
    const found = lab.run(id);
    return (found?.progress.at ?? 0) > 0 ? found : undefined;
  });
  const begun = log.lines.findLast((line) => line.startsWith('a run begins') && line.includes(id));
  return { ...run, pid: Number(/"process":(\d+)/.exec(begun ?? '')?.[1]) };
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
