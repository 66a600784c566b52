// `flownexus fuzz` and `run --shrink` as others use them: what a search says and leaves behind, and
// from a planted bug to the file that shows it. The bug is planted in the process under test.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { sessionReactions } from '../actors/describe.ts';
import { parseScenario } from '../sim/scenario/file.ts';
import { regressionFolder } from './regression.ts';
import type { CampaignCoverage } from './report/coverage.ts';
import { begun, flownexus, killAll, type Ended } from './testing/cli.ts';
import { PACKAGE_ROOT } from './version.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-fuzz-'));
afterEach(killAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const host = pathToFileURL(join(PACKAGE_ROOT, 'dist', 'actors', 'host.js')).href;
/** Everything is acknowledged at once, on disk or not. */
const bug = join(folder, 'bug.mjs');
writeFileSync(bug, `import { Host } from '${host}';
Host.prototype.afterCommit = (ticket, act) => act();
`);

const clock = pathToFileURL(join(PACKAGE_ROOT, 'dist', 'sim', 'clock.js')).href;
/** Nothing ever happens. */
const calm = join(folder, 'calm.mjs');
writeFileSync(calm, `import { VirtualClock } from '${clock}';
VirtualClock.prototype.step = () => false;
`);

/** In a folder that is no checkout. */
function inFolder(args: readonly string[], planted: 'sound' | 'buggy' | 'calm'): Promise<Ended> {
  const file = planted === 'buggy' ? bug : calm;
  const options = planted === 'sound' ? {} : { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` };
  return flownexus(args, '', options, folder);
}

describe('fuzz', () => {
  it('ends with 0 when all held, and says what it reached', async () => {
    const out = join(folder, 'out');
    const { code, stdout } = await inFolder(['fuzz', '--seeds', '3', '--out', out], 'sound');
    expect(code).toBe(0);
    const [drawn = ''] = stdout.split('\n');
    expect(drawn).toMatch(/^seed 1; field: \{ latency: .* \}; a: \{ count: .*\d read/);
    expect(stdout).not.toContain('objects');
    expect(stdout.match(/^seed \d+;/gm)).toEqual(['seed 1;', 'seed 2;', 'seed 3;']);
    expect(stdout).toMatch(/^3 seeds, [\d,]+ events in .*, [\d,]+ a second\. All held\.$/m);
    expect(stdout).toMatch(/^Session machine: \d+ of \d+ pairs of state and event reached/m);
    const coverage = JSON.parse(readFileSync(join(out, 'coverage.json'), 'utf8')) as CampaignCoverage;
    expect(coverage).toMatchObject({ firstSeed: 1, seeds: 3, failed: [] });
    expect(coverage.pairs).toHaveLength(sessionReactions().length);
    expect(coverage.pairs[0]).toEqual({
      region: 'registration', from: 'unregistered', event: 'REGISTERED', to: 'registered', runs: 3,
    });
    expect(readFileSync(join(out, 'coverage.html'), 'utf8')).toContain('registered 3');
  });

  it('ends with the seed that had the last of so many events', async () => {
    const { code, stdout } = await inFolder(
      ['fuzz', '--events', '10000', '--jobs', '1', '--json'], 'sound');
    expect(code).toBe(0);
    const { events, seeds } = JSON.parse(stdout) as CampaignCoverage;
    expect(events).toBeGreaterThanOrEqual(10_000);
    const fewer = await inFolder(['fuzz', '--seeds', String(seeds - 1), '--json'], 'sound');
    expect((JSON.parse(fewer.stdout) as CampaignCoverage).events).toBeLessThan(10_000);
  });

  it('finds a planted bug, makes it small, and prints the command that shows it again', async () => {
    const { code, stdout } = await inFolder(['fuzz', '--seed', '7'], 'buggy');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAILED seed 7\n {2}field: \{ latency/m);
    expect(stdout).toContain('RULE ');
    expect(stdout).toContain('Stopped at the first failure.');
    const [, file = ''] = /shrunk in \d+ runs to 1 device, .*: (\S+)/.exec(stdout) ?? [];
    const text = readFileSync(join(folder, file), 'utf8');
    expect(parseScenario(text, file)).toMatchObject({ ok: true, value: { seed: 7 } });
    const [, command = ''] = /again: (.*)/.exec(stdout) ?? [];
    const [node, , ...words] = command.split(' ');
    expect(node).toBe('node');
    expect(words).toEqual(['run', file, '--seed', '7']);
    expect((await inFolder(words, 'buggy')).code).toBe(1);
    expect((await inFolder(words, 'sound')).code).toBe(0);
  });

  it('fails when a hundred seeds did not come to what they are for', async () => {
    const few = await inFolder(['fuzz', '--seeds', '99'], 'calm');
    expect(few.code).toBe(0);
    expect(few.stdout).toContain('\nNever came to it: device registered again, ');
    const many = await inFolder(['fuzz', '--seeds', '100'], 'calm');
    expect(many.code).toBe(1);
    expect(many.stdout).toContain('\nFAILED 100 seeds never came to it: device registered again, ');
  });

  it('goes on when it is told to, and prints one line of JSON for each failure', async () => {
    const out = join(folder, 'several');
    const { code, stdout } = await inFolder(
      ['fuzz', '--seeds', '2', '--keep-going', '--json', '--out', out], 'buggy');
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as {
      seed?: number; failed?: number[]; regression?: { file: string };
    });
    expect(lines.map(({ seed }) => seed).sort()).toEqual([1, 2, undefined]);
    expect(lines.at(-1)).toMatchObject({ verdict: 'failed', failed: [1, 2] });
    for (const { regression } of lines.slice(0, -1)) {
      expect(existsSync(join(folder, regression!.file))).toBe(true);
    }
  });

  it('ends when it is told to, with what it reached', async () => {
    const out = join(folder, 'ended');
    const running = await begun(['fuzz', '--seeds', '100000', '--out', out], /seeds, /, folder);
    const { code, stdout } = await running.end('SIGTERM');
    expect(code).toBe(130);
    expect(stdout).toMatch(/^[\d,]+ seeds, .* a second\. Interrupted\. All held\.$/m);
    const coverage = JSON.parse(readFileSync(join(out, 'coverage.json'), 'utf8')) as CampaignCoverage;
    expect(coverage).toMatchObject({ failed: [], isInterrupted: true });
    expect(readFileSync(join(out, 'coverage.html'), 'utf8')).toContain('interrupted</b>');
  });

  it.for([
    [['fuzz', '--seed', 'x'], '--seed "x" is no number from 0 to 4294967295'],
    [['fuzz', '--seeds', '0'], '--seeds "0" is no number from 1 to 1000000'],
    [['fuzz', '--events', '1e6'], '--events "1e6" is no number from 1 to 999999999999'],
    [['fuzz', '--jobs', '0'], '--jobs "0" is no number from 1 to 256'],
    [['fuzz', 'more'], 'error: too many arguments for \'fuzz\'. Expected 0 arguments but got 1.'],
  ] as const)('%s is refused', async ([args, sentence]) => {
    expect(await inFolder(args, 'sound')).toEqual({ code: 2, stdout: '', stderr: `${sentence}\n` });
  });
});

describe('run --shrink', () => {
  const written = (name: string, ...expected: readonly string[]): string => {
    const file = join(folder, 'mine', name);
    mkdirSync(join(folder, 'mine'), { recursive: true });
    writeFileSync(file, `name: Two fleets
why: To be shrunk.
duration: 30m
fleets: { meters: { count: 3, lifetime: 2m }, others: { count: 5 } }
timeline:
  - { every: 5m, read: { devices: 1 random other, path: 3/0 } }
  - { at: 10m, stop: 2 random meters }
expect: [${expected.join(', ')}]
`);
    return file;
  };

  it('leaves what it takes to miss an expectation, beside the file', async () => {
    const file = written('gone.yaml', 'expired = 0', 'telemetry lost = 0');
    const { code, stdout } = await inFolder(['run', file, '--shrink'], 'sound');
    expect(code).toBe(1);
    expect(stdout).toContain('to 1 device, 1 action, ');
    const small = 'mine/two-fleets-1-expired-0.yaml';
    expect(stdout).toMatch(new RegExp(`again: node \\S+ run ${small} --seed 1\n$`));
    expect(readFileSync(join(folder, small), 'utf8')).toContain('stop: 1 random meters');
    expect((await inFolder(['run', small], 'sound')).code).toBe(1);
  });

  it('leaves nothing of a missed expectation among the regressions of a checkout', async () => {
    const file = written('inside.yaml', 'expired = 0');
    const inside = ['run', file, '--shrink', '--json'];
    const { stdout } = await flownexus(inside, '', {}, PACKAGE_ROOT);
    const { regression } = JSON.parse(stdout) as { regression: { file: string } };
    const small = 'two-fleets-1-expired-0.yaml';
    expect(join(PACKAGE_ROOT, regression.file)).toBe(join(folder, 'mine', small));
  });

  it('says what cannot be shrunk, and how to see it again', async () => {
    const file = written('little.yaml', 'telemetry stored > 1000000');
    const { code, stdout } = await inFolder(['run', file, '--shrink'], 'sound');
    expect(code).toBe(1);
    expect(stdout).toMatch(/not shrunk: .*\n {2}again: node \S+ run \S+little.yaml --seed 1\n$/);
  });
});

it('a broken rule goes to the regressions of a checkout, an expectation beside its file', () => {
  const ours = join(PACKAGE_ROOT, 'scenarios', 'regressions');
  const places = { out: undefined, beside: 'mine' };
  const inDocs = join(PACKAGE_ROOT, 'docs');
  expect(regressionFolder(PACKAGE_ROOT, 'rule', places)).toBe(ours);
  expect(regressionFolder(inDocs, 'rule', places)).toBe(ours);
  expect(regressionFolder(inDocs, 'expectation', places)).toBe('mine');
  expect(regressionFolder(folder, 'rule', places)).toBe('mine');
  for (const broken of ['rule', 'expectation'] as const) {
    expect(regressionFolder(PACKAGE_ROOT, broken, { ...places, out: 'out' })).toBe('out');
  }
});
