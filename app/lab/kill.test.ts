// A whole server that is killed while it plays: the process of the run ends too, and the next start
// says what became of the run.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, expect, it } from 'vitest';
import { controlClient } from '../../core/api/control-client.ts';
import { killAll, serve } from '../testing/cli.ts';

const DEADLINE_MS = 60_000;
const LONG = 'name: Long\nwhy: It lasts.\nduration: 90d\nfleets: { meters: { count: 30 } }\n';

const data = mkdtempSync(join(tmpdir(), 'flownexus-lab-kill-'));
afterEach(killAll);
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** Probes until it holds; what is awaited is an event, the pause only keeps from spinning. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!await holds()) {
    expect(Date.now(), `in time: ${what}`).toBeLessThan(deadline);
    await pause(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it.for(['SIGKILL', 'SIGTERM'] as const)('a server that ends by %s takes its runs along', async (signal) => {
  mkdirSync(join(data, 'scenarios'), { recursive: true });
  writeFileSync(join(data, 'scenarios', 'long.yaml'), LONG);
  const server = await serve(data);
  const control = controlClient(join(data, 'control.sock'));
  const [run] = await control.lab.start.mutate({ shelf: 'own', file: 'long.yaml', seeds: 1 });
  const progress = async () => (await control.lab.run.query({ id: run!.id })).run.progress;
  await until('it is under way', async () => (await progress()).at > 0);
  const pid = Number(/"process":(\d+)/.exec(server.said())?.[1]);
  expect(isAlive(pid)).toBe(true);
  await server.end(signal);
  await until('its process is gone', () => !isAlive(pid));

  const again = await serve(data);
  const found = (await controlClient(join(data, 'control.sock')).lab.run.query({ id: run!.id })).run;
  expect(found).toMatchObject(signal === 'SIGKILL'
    ? { state: 'died', reason: 'the server ended before it' }
    : { state: 'stopped', reason: 'the server was stopped' });
  expect(await again.end('SIGTERM')).toBe(0);
});
