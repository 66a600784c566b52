// `flownexus run` and `compare` as others use them: exit codes, files, and sentences about mistakes.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { interruption } from './interruption.ts';
import type { Finished } from './run-job.ts';
import { begun, flownexus, killAll, unheard } from './testing/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-run-'));
afterEach(killAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, expectation: string): string {
  const file = join(folder, name);
  writeFileSync(file, `name: Small
why: To be run by a test.
duration: 30m
fleets:
  meters: { count: 3, lifetime: 10m }
expect:
  - ${expectation}
`);
  return file;
}

const good = written('good.yaml', 'registered meters = 100% from 10m');
const wrong = written('wrong.yaml', 'telemetry stored >= 1000000');
const out = join(folder, 'out');
/** A file is where the folder of the runs would be. */
const taken = join(folder, 'taken');
mkdirSync(taken);
writeFileSync(join(taken, 'small'), '');

describe('run', () => {
  it('ends with 0 when everything held, and prints one JSON line for each run', async () => {
    const { code, stdout } = await flownexus([
      'run', good, '--seed', '5', '--seeds', '2', '--jobs', '2', '--json',
    ]);
    expect(code).toBe(0);
    const runs = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Finished);
    expect(runs.map(({ seed, verdict }) => [seed, verdict])).toEqual([[5, 'held'], [6, 'held']]);
    expect(runs[0]!.traceHash).toMatch(/^[0-9a-f]{64}$/);
    const again = await flownexus(['run', good, '--seed', '5', '--json']);
    expect((JSON.parse(again.stdout) as Finished).traceHash).toBe(runs[0]!.traceHash);
  });

  it('ends with 1 when something failed, and says how to see it again', async () => {
    const { code, stdout } = await flownexus(['run', good, wrong]);
    expect(code).toBe(1);
    expect(stdout).toContain('FAIL telemetry stored >= 1000000');
    expect(stdout).toContain(`again: node dist/app/cli.js run ${wrong} --seed 1`);
    expect(stdout).toContain('1 of 2 runs failed.');
  });

  it('writes a page, JSON, JUnit and a database', async () => {
    expect(await flownexus(['run', good, '--out', out, '--junit', '--seeds', '2']))
      .toMatchObject({ code: 0 });
    const run = join(out, 'small', 'seed-1');
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('Everything held');
    expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toContain('name="Small, seed 2"');
    const { traceHash } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as Finished;
    const instance = await DuckDBInstance.create(join(run, 'run.duckdb'));
    const connection = await instance.connect();
    const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
    expect(await rows('SELECT trace_hash FROM run')).toEqual([[traceHash]]);
    expect(await rows(`SELECT count(DISTINCT endpoint) FROM telemetry WHERE path = '/3/0/0'`))
      .toEqual([[3n]]);
    expect(await rows(`SELECT min(octet_length(datagram)) >= 4 FROM trace`)).toEqual([[true]]);
    expect(await rows(`SELECT max(value) FROM metric WHERE name = 'registered'`)).toEqual([[3]]);
    connection.closeSync();
    instance.closeSync();
  });

  it.for([
    [['run', '/nowhere/x.yaml'], '/nowhere/x.yaml: there is no such file, or it cannot be read'],
    [['run', folder], `${folder} is a folder; name a file`],
    [['run', good, good], `${good} is given twice`],
    [['run', good, '--seed', 'x'], '--seed "x" is no number from 0 to 4294967295'],
    [['run', good, '--seeds', '0'], '--seeds "0" is no number from 1 to 1000000'],
    [['run', good, '--jobs', 'many'], '--jobs "many" is no number from 1 to 256'],
    [['run', good, '--junit'], '--junit needs --out, the folder for junit.xml'],
    [['run'], 'error: missing required argument \'scenario\''],
    [['compare', '/nowhere', '/nowhere'], '/nowhere: there is no such folder'],
    [['compare', good, good], `${good} is no whole result of flownexus run: it cannot be read as JSON`],
  ] as const)('%s is refused', async ([args, sentence]) => {
    expect(await flownexus(args)).toEqual({ code: 2, stdout: '', stderr: `${sentence}\n` });
  });

  it.for([
    [['run', good, '--out', good], '--out', good, 'a file is in its place'],
    [['run', good, '--out', '/proc/none'], '--out', '/proc/none', 'its path cannot be made'],
    [['run', good, '--out', taken], 'the folder in --out,', join(taken, 'small'), 'a file is in its place'],
    [['fuzz', '--out', good], '--out', good, 'a file is in its place'],
    [['compare', folder, folder, '--out', folder], '--out', folder, 'a folder is in its place'],
    [['compare', folder, folder, '--out', '/proc/x.html'], '--out', '/proc/x.html',
      'its path cannot be made'],
    [['compare', folder, folder, '--out', join(good, 'x')], 'the folder of --out', good,
      'a file is in its place'],
  ] as const)('%s is refused before anything is done', async ([args, what, path, reason]) => {
    expect(await flownexus(args)).toEqual({
      code: 2, stdout: '', stderr: `${what} "${path}" cannot be used: ${reason}\n`,
    });
  });

  it.for(['--out', '--shrink'])('with %s two scenarios of one name are refused', async (flag) => {
    const args = flag === '--out' ? ['--out', out] : ['--shrink'];
    expect(await flownexus(['run', good, wrong, ...args])).toEqual({
      code: 2, stdout: '', stderr: `${good} and ${wrong} would both be written as "small", and `
        + 'one replace the other; change the name of one of them\n',
    });
  });

  it('points at every mistake in every file before anything runs', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, 'name: Bad\nwhy: x\nduration: 3 mins\nfleets:\n  meters: { cuont: 3 }\n');
    const { code, stdout, stderr } = await flownexus(['run', good, bad, '--out', join(folder, 'no')]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`${bad}:3:11 `);
    expect(stderr).toMatch(new RegExp(`${bad}:5:\\d+ .*cuont`));
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});

describe('a run that needs too much memory', () => {
  const greedy = join(folder, 'greedy.mjs');
  writeFileSync(greedy, `import { parentPort } from 'node:worker_threads';
const on = parentPort?.on.bind(parentPort);
if (on) parentPort.on = (name, act) => on(name, (message) => {
  if (message.job?.seed === 2) for (const all = [];;) all.push(Array(1e5).fill(0));
  act(message);
});
`);
  const options = {
    NODE_OPTIONS: `--max-old-space-size=60 --import=${pathToFileURL(greedy).href}`,
  };
  const said = ['HELD   Small, seed 1:', 'DIED   Small, seed 2: it needed too much memory',
    '  again: ', 'HELD   Small, seed 3:', '1 of 3 runs died; none failed.'];

  it.for(['1', '2'])('is the end of that run alone, with --jobs %s', async (threads) => {
    const dead = join(folder, `dead-${threads}`);
    const args = ['run', good, '--seeds', '3', '--jobs', threads, '--out', dead, '--junit'];
    const { code, stdout, stderr } = await flownexus(args, '', options);
    expect(code).toBe(2);
    expect(stderr).not.toContain('Error');
    const lines = stdout.split('\n').filter((line) => said.some((one) => line.startsWith(one)));
    expect(lines.map((line, index) => line.startsWith(said[index]!))).toEqual(said.map(() => true));
    const junit = readFileSync(join(dead, 'junit.xml'), 'utf8');
    expect(junit.match(/errors="\d"/g)).toEqual(['errors="0"', 'errors="1"', 'errors="0"']);
    expect(junit).toContain('<error message="it needed too much memory">');
  });

  it('is a line of JSON, and ends a search with a sentence', async () => {
    const { stdout } = await flownexus(['run', good, '--seed', '2', '--json'], '', options);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'died', scenario: 'Small', seed: 2, reason: 'it needed too much memory',
    });
    const { code, stderr } = await flownexus(['fuzz', '--seed', '2', '--seeds', '1'], '', options);
    expect({ code, stderr }).toEqual({
      code: 2, stderr: 'Swarm with seed 2 died: it needed too much memory\n',
    });
  });
});

it.for([['--help'], ['--json']])('run %s ends without a word when its reader has gone', async ([flag]) => {
  expect(await unheard(['run', good, flag!])).toEqual({ code: 141, stderr: '' });
});

describe('Ctrl-C', () => {
  it.for(['SIGINT', 'SIGTERM'])('is answered before the command is loaded: %s', async (signal) => {
    const early = join(folder, `${signal}.mjs`);
    writeFileSync(early, `import { isMainThread } from 'node:worker_threads';
const on = process.on.bind(process);
if (isMainThread) process.on = (name, act) => {
  on(name, act);
  if (name === 'SIGTERM') process.kill(process.pid, '${signal}');
  return process;
};
`);
    const options = { NODE_OPTIONS: `--import=${pathToFileURL(early).href}` };
    expect(await flownexus(['run', good], '', options)).toEqual({
      code: 130, stdout: '', stderr: 'Interrupted before anything was played.\n',
    });
  });

  it('ends a run in virtual time with the reports of what was done', async () => {
    const file = join(folder, 'years.yaml');
    writeFileSync(file, readFileSync(good, 'utf8').replace('30m', '366d').replace('Small', 'Years')
      .replace('count: 3', 'count: 20').replace(/registered.*/, 'telemetry lost = 0'));
    const args = ['run', file, good, '--jobs', '1', '--out', out, '--junit'];
    const running = await begun(args, /Years seed 1 .* events/);
    const { code, stdout } = await running.end('SIGINT');
    expect(code).toBe(130);
    expect(stdout).toMatch(/^INTERRUPTED Years, seed 1: interrupted after [\d,.]+ h in /);
    expect(stdout).toContain('Interrupted: 0 of 2 runs came to their end; none failed.');
    const run = join(out, 'years', 'seed-1');
    const result = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as Finished;
    expect(result).toMatchObject({ isInterrupted: true, verdict: 'held' });
    expect(result.metrics.samples.at(-1)!.at).toBe(result.duration);
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('interrupted</b> after ');
    expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toContain('"interrupted at ');
    expect(existsSync(join(run, 'run.duckdb'))).toBe(true);
  });
});

it('a second Ctrl-C finds nobody listening, and so ends the process; the echo of one does not', () => {
  vi.useFakeTimers();
  const listeners = () => ['SIGINT', 'SIGTERM'].map((name) => process.listenerCount(name));
  const before = listeners();
  const signal = interruption();
  process.emit('SIGTERM');
  expect(signal.aborted).toBe(true);
  expect(listeners()).toEqual(before.map((count) => count + 1));
  vi.runAllTimers();
  expect(listeners()).toEqual(before);
  vi.useRealTimers();
});

describe('compare', () => {
  it('prints what differs and writes a page', async () => {
    const page = join(folder, 'comparison.html');
    expect(await flownexus(['run', good, '--out', out, '--seeds', '2'])).toMatchObject({ code: 0 });
    const run = join(out, 'small');
    const { code, stdout } = await flownexus(['compare', run, run, '--out', page]);
    expect({ code, stdout }).toEqual({
      code: 0, stdout: `A  ${run}: Small, 2 runs\nB  ${run}: Small, 2 runs\n\n`
        + 'Nothing differs beyond the noise.\n\nWith 2 runs on a side chance hides much that '
        + `differs: compare 5 seeds or more of each.\n\nreport ${page}\n`,
    });
    expect(readFileSync(page, 'utf8')).toContain('Two runs compared');
  });

  it('refuses runs from before and after an edit, but not those that do not say', async () => {
    const file = written('edited.yaml', 'telemetry lost = 0');
    const mixed = join(folder, 'mixed');
    await flownexus(['run', file, '--seed', '1', '--out', mixed]);
    const text = readFileSync(file, 'utf8').replace('why: To be run', '# So.\nwhy: Run');
    writeFileSync(file, text);
    await flownexus(['run', file, '--seed', '2', '--out', mixed]);
    expect(await flownexus(['compare', mixed, mixed])).toMatchObject({ code: 0 });
    writeFileSync(file, text.replace('count: 3', 'count: 4'));
    await flownexus(['run', file, '--seed', '3', '--out', mixed]);
    expect(await flownexus(['compare', mixed, mixed])).toEqual({
      code: 2, stdout: '', stderr: `${mixed}: Small was edited between the runs of seed 1 and seed `
        + '3; play all seeds again, or to another folder\n',
    });
    const result = join(mixed, 'small', 'seed-3', 'result.json');
    writeFileSync(result, readFileSync(result, 'utf8').replace(/,\s*"scenarioHash": "\w+"/, ''));
    expect(await flownexus(['compare', mixed, mixed])).toMatchObject({ code: 0 });
  });
});
