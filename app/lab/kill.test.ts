// A whole server that ends while it plays: the process of the run ends too, and the next start says
// what became of the run.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { controlClient } from '../../core/api/control-client.ts';
import type { RunView } from '../../core/api/lab.ts';
import { killAll, serve } from '../testing/cli.ts';
import { isAlive, LONG, until } from './testing.ts';

const data = mkdtempSync(join(tmpdir(), 'flownexus-lab-kill-'));
afterEach(killAll);
afterAll(() => rmSync(data, { recursive: true, force: true }));

it.for([
  ['SIGKILL', 'died', 'the server ended before it'],
  ['SIGTERM', 'stopped', 'the server was stopped'],
] as const)('a server that ends by %s takes its runs along', async ([signal, state, reason]) => {
  mkdirSync(join(data, 'scenarios'), { recursive: true });
  writeFileSync(join(data, 'scenarios', 'long.yaml'), LONG);
  const server = await serve(data);
  const { lab } = controlClient(join(data, 'control.sock'));
  const [run] = await lab.start.mutate({ shelf: 'own', file: 'long.yaml', seeds: 1 });
  const { id } = run as RunView;
  await until('it is under way', async () => (await lab.run.query({ id })).run.progress.at > 0);
  const pid = Number(/"process":(\d+)/.exec(server.said())?.[1]);
  expect(isAlive(pid)).toBe(true);
  await server.end(signal);
  await until('its process is gone', () => !isAlive(pid));

  const again = await serve(data);
  expect((await lab.run.query({ id })).run).toMatchObject({ state, reason });
  expect(await again.end('SIGTERM')).toBe(0);
});
