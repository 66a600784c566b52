// `flownexus/testing` from outside, as docs/testing.md shows it: its examples do what it says, the
// types are there, and the patch that plants a bug still fits.

import { execFile } from 'node:child_process';
import {
  existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const GUIDE = readFileSync(join(ROOT, 'docs', 'testing.md'), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'flownexus-mine-'));
mkdirSync(join(folder, 'node_modules'));
symlinkSync(ROOT, join(folder, 'node_modules', 'flownexus'), 'dir');
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The first block of a language after some words. */
function block(language: string, after: string): string {
  const from = GUIDE.indexOf(after);
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(GUIDE.slice(from));
  expect(from === -1 ? undefined : found?.[1], `a block after ${after}`).toBeDefined();
  return found![1]!;
}

interface Ended {
  readonly code: number;
  readonly said: string;
}

function node(...args: readonly string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: folder }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : 1, said: stdout + stderr });
    });
  });
}

describe('the guide', () => {
  it('plants a bug where the source is as it says', () => {
    const lines = block('diff', 'Save it as `early.patch`').trimEnd().split('\n').slice(3);
    const before = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
    expect(readFileSync(join(ROOT, 'actors', 'uplink.ts'), 'utf8')).toContain(before.join('\n'));
  });

  it('has a property that holds', async () => {
    writeFileSync(join(folder, 'registers.mjs'), block('js', 'Save as `registers.mjs`'));
    expect(await node('registers.mjs')).toEqual({ code: 0, said: '' });
  });

  it('has one that does not, and its counterexample is a scenario', async () => {
    writeFileSync(join(folder, 'reads.mjs'), block('js', '`reads.mjs`:'));
    const { code, said } = await node('reads.mjs');
    expect(code).toBe(1);
    expect(said).toMatch(/seed: -?\d+, path: "[\d:]+"/);
    expect(said).toContain('As a scenario: flownexus run reads.yaml');
    expect(existsSync(join(folder, 'reads.yaml'))).toBe(true);
  });

  it('has a world by hand', async () => {
    writeFileSync(join(folder, 'world.mjs'), block('js', '`world.mjs`:'));
    expect(await node('world.mjs')).toMatchObject({
      code: 0, said: expect.stringMatching(/^[0-9a-f]{64} \d+ \d+\n$/) as string,
    });
  });
});

it('brings its types', async () => {
  writeFileSync(join(folder, 'own.ts'), `import {
  fc, playCommands, scenario, worldCommands, type Scenario, type World,
} from 'flownexus/testing';
export const drawn: fc.Arbitrary<Scenario> = scenario();
export const world: World = playCommands(fc.sample(worldCommands(), 1)[0]!);
// @ts-expect-error The seed is a number.
playCommands([], { seed: 'x' });
`);
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  expect(await node(compiler, '--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext',
    '--types', 'node', '--typeRoots', join(ROOT, 'node_modules', '@types'), 'own.ts'))
    .toEqual({ code: 0, said: '' });
});
