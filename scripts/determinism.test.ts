// The same commit, scenario and seed give the same trace in two processes, in a smaller heap and
// without the compiler: nothing a run does depends on the machine.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

async function hashes(flags: readonly string[], ...numbers: readonly number[]): Promise<string> {
  const script = ['dist/scripts/determinism-process.js', ...numbers.map(String)];
  const { stdout } = await run(process.execPath, [...flags, ...script]);
  return stdout;
}

describe('a run', () => {
  it('has the same trace in another process with a smaller heap, for 20 seeds', async () => {
    const usual = await hashes([], 1, 20, 30);
    expect(usual.trim().split('\n')).toHaveLength(20);
    expect(await hashes(['--max-old-space-size=64'], 1, 20, 30)).toBe(usual);
  }, 60_000);

  it('has the same trace without the just-in-time compiler', async () => {
    const usual = await hashes([], 1, 3, 15);
    expect(await hashes(['--jitless'], 1, 3, 15)).toBe(usual);
  }, 60_000);
});
