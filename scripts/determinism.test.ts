// The same commit, scenario and seed give the same trace in two processes, in a smaller heap and
// without the compiler: nothing a run does depends on the machine.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

const SEEDS = 20;
const SCENARIOS = ['lossy-link', 'server-crash', 'firmware-by-vendor'];
/** Half a minute of one core without the compiler, far more on a busy machine. */
const PATIENCE = 300_000;

async function hashes(...flags: readonly string[]): Promise<string[]> {
  const script = ['dist/scripts/determinism-process.js', '1', String(SEEDS), ...SCENARIOS];
  const { stdout } = await run(process.execPath, [...flags, ...script]);
  return stdout.trim().split('\n');
}

it('a run has the same trace in another process, in a smaller heap, without the compiler', async () => {
  const slow = hashes('--jitless');
  const usual = await hashes();
  expect(usual).toHaveLength(SEEDS + SCENARIOS.length);
  expect(new Set(usual).size).toBe(usual.length);
  expect(await hashes('--max-old-space-size=64')).toEqual(usual);
  expect(await slow).toEqual(usual);
}, PATIENCE);
