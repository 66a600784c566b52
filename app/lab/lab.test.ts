// The lab behind the real API, with runs in real processes: from a scenario to a verdict, and every
// other way a run may end.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SCENARIO_BYTES_MAX, SEEDS_PER_START_MAX } from '../../core/api/inputs.ts';
import type { CheckedText, Comparison, RunDetail, RunState, RunView, ScenarioText, ScenarioView } from '../../core/api/lab.ts';
import { TICK } from '../../core/api/live.ts';
import type { Browser } from '../../core/api/testing/browser.ts';
import { auditLines, HandClock, MemoryLog, startWorld, type World } from '../../core/api/testing/world.ts';
import { ServerLab } from './lab.ts';
import { ENDED_KEPT_MAX, RUN_TIME_MAX, WAITING_MAX } from './runs.ts';
import { OWN_SCENARIOS_MAX } from './shelves.ts';

const DEADLINE_MS = 60_000;
const FIRST_LIGHT = { shelf: 'shipped', file: 'first-light.yaml' };
const SMALL = 'name: Small\nwhy: Is it?\nduration: 5m\nfleets: { meters: { count: 2 } }\n'
  + 'expect: [telemetry stored >= 1000]\n';
/** Nobody waits for its end. */
const LONG = 'name: Long\nwhy: It lasts.\nduration: 90d\nfleets: { meters: { count: 30 } }\n';

const data = mkdtempSync(join(tmpdir(), 'flownexus-lab-'));
const own = join(data, 'scenarios');
const clock = new HandClock();
const log = new MemoryLog();
let lab: ServerLab;
let world: World;
let operator: Browser;

beforeAll(async () => {
  lab = newLab();
  world = await startWorld({ lab });
  operator = await world.as('operator');
});
afterAll(async () => {
  await world.end();
  await lab.close();
  rmSync(data, { recursive: true, force: true });
});

function newLab(folder = data): ServerLab {
  return new ServerLab({ data: folder, clock, log, atOnce: 1 });
}

/** Probes until it holds; what is awaited is an event, the pause only keeps from spinning. */
async function until<Found>(what: string, look: () => Found | undefined | false): Promise<Found> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = look();
    if (found) return found;
    expect(Date.now(), `in time: ${what}`).toBeLessThan(deadline);
    await pause(5);
  }
}

async function start(place: object, seeds = 1, seed?: number): Promise<RunView[]> {
  return operator.mustCall<RunView[]>('lab.start', { ...place, seeds, seed });
}

function ended(id: string): Promise<RunView> {
  return until(`${id} ends`, () => {
    const run = lab.run(id);
    return run?.endedAt === null ? undefined : run;
  });
}

/** A run of an hour of work, well under way. */
async function longRun(): Promise<RunView & { readonly pid: number }> {
  await operator.mustCall('lab.save', { file: 'long.yaml', text: LONG, replaces: true });
  const [{ id }] = await start({ shelf: 'own', file: 'long.yaml' }) as [RunView];
  const run = await until('it is under way', () => {
    const found = lab.run(id);
    return found !== undefined && found.progress.at > 0 && found;
  });
  const line = log.lines.findLast((one) => one.startsWith('a run begins') && one.includes(id)) ?? '';
  return { ...run, pid: (JSON.parse(/\{.*/.exec(line)![0]) as { process: number }).process };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('scenarios', () => {
  test('the shipped ones are listed with what they are about', async () => {
    const list = await operator.mustCall<ScenarioView[]>('lab.scenarios');
    expect(list.find(({ file }) => file === 'first-light.yaml')).toEqual({
      ...FIRST_LIGHT, mistakes: 0,
      facts: {
        name: 'First light', seed: 1, duration: 3_600_000, devices: 1,
        why: 'A meter that is switched on is registered at once and its temperature is on the disk.',
        fleets: ['meters: 1 device on lte-m'],
      },
    });
    expect(list.every(({ shelf }) => shelf === 'shipped')).toBe(true);
    // What runs over sockets takes a person at the command line.
    expect(list.filter(({ mistakes }) => mistakes > 0).map(({ file }) => file))
      .toEqual(['over-sockets.yaml']);
    const { text } = await operator.mustCall<ScenarioText>('lab.scenario', FIRST_LIGHT);
    expect(text).toContain('name: First light');
  });

  test('one is written, listed, corrected and removed', async () => {
    const bad = SMALL.replace('5m', '5 mins').replace('count', 'cuont');
    const { mistakes, facts } = await operator.mustCall<CheckedText>('lab.check', { text: bad });
    expect(facts).toBeNull();
    expect(mistakes).toEqual([
      { line: 3, column: 11, what: 'unknown unit "5 mins" (use 5m)' },
      { line: 4, column: 21, what: 'unknown key "cuont" (use count)' },
    ]);
    await operator.mustCall('lab.save', { file: 'mine.yaml', text: bad, replaces: false });
    const mine = async () => (await operator.mustCall<ScenarioView[]>('lab.scenarios'))
      .find(({ file }) => file === 'mine.yaml');
    expect(await mine()).toEqual({ shelf: 'own', file: 'mine.yaml', facts: null, mistakes: 2 });
    expect(await operator.call('lab.start', { shelf: 'own', file: 'mine.yaml', seeds: 1 }))
      .toMatchObject({ status: 409, sentence: 'mine.yaml has mistakes; correct them first.' });
    await operator.mustCall('lab.save', { file: 'mine.yaml', text: SMALL, replaces: true });
    expect(await mine()).toMatchObject({ facts: { name: 'Small', devices: 2 }, mistakes: 0 });
    await operator.mustCall('lab.remove', { file: 'mine.yaml' });
    expect(await mine()).toBeUndefined();
    expect(await operator.call('lab.remove', { file: 'mine.yaml' })).toMatchObject({ status: 404 });
    expect((await auditLines(world.db)).slice(-3)).toEqual([
      'operator: scenario saved mine.yaml', 'operator: scenario saved mine.yaml',
      'operator: scenario removed mine.yaml',
    ]);
  });

  test('nothing that is there is written over by chance', async () => {
    const save = (file: string, text = SMALL) =>
      operator.call('lab.save', { file, text, replaces: false });
    expect((await save('first-light.yaml')).sentence)
      .toBe('first-light.yaml is a scenario that came with the program; choose another name.');
    await save('kept.yaml');
    expect((await save('kept.yaml', LONG)).sentence)
      .toBe('There is a scenario kept.yaml already; choose another name.');
    expect(readFileSync(join(own, 'kept.yaml'), 'utf8')).toBe(SMALL);
    await operator.mustCall('lab.remove', { file: 'kept.yaml' });
    expect(readdirSync(own)).toEqual([]);
  });

  test.for([
    '../evil.yaml', '/etc/passwd', '.hidden.yaml', 'a/b.yaml', 'a\\b.yaml', 'x.yml', 'x.yaml\n',
    '', '..yaml', `${'x'.repeat(70)}.yaml`, 'x\0.yaml', '%2e%2e.yaml',
  ])('%j is no name of a scenario', async (file) => {
    for (const [procedure, more] of [
      ['lab.save', { text: SMALL, replaces: true }], ['lab.remove', {}],
      ['lab.scenario', { shelf: 'own' }], ['lab.start', { shelf: 'own', seeds: 1 }],
    ] as const) {
      expect(await operator.call(procedure, { file, ...more })).toMatchObject({ status: 400 });
    }
    expect(readdirSync(own)).toEqual([]);
  });

  test('a text has a size, a folder a number of files', async () => {
    const text = `${SMALL}#${'x'.repeat(SCENARIO_BYTES_MAX)}`;
    const save = (file: string) => operator.call('lab.save', { file, text, replaces: true });
    expect((await save('large.yaml')).sentence).toBe('"text" is not valid: a scenario has at most 48 KB.');
    writeFileSync(join(own, 'large.yaml'), text);
    const { mistakes } = await operator.mustCall<ScenarioText>(
      'lab.scenario', { shelf: 'own', file: 'large.yaml' });
    expect(mistakes.map(({ what }) => what))
      .toEqual(['larger than 48 KB; play this file with flownexus run']);
    for (let n = 1; n < OWN_SCENARIOS_MAX; n++) writeFileSync(join(own, `n${n}.yaml`), SMALL);
    const more = { text: SMALL, replaces: false };
    expect((await operator.call('lab.save', { file: 'more.yaml', ...more })).sentence)
      .toBe(`There are ${OWN_SCENARIOS_MAX} scenarios already; delete one of them first.`);
    await operator.mustCall('lab.save', { file: 'n1.yaml', text: SMALL, replaces: true });
    for (const file of readdirSync(own)) rmSync(join(own, file));
  });

  test('a scenario reads series beside it and nothing else', async () => {
    const secret = join(data, 'secret.csv');
    writeFileSync(secret, '0s,1\n');
    writeFileSync(join(own, 'beside.csv'), '0s,21.5\n1m,22\n');
    symlinkSync(secret, join(own, 'link.csv'));
    const reading = (file: string) => SMALL.replace('count: 2',
      `count: 2, objects: { 3303/0/5700: { signal: csv, file: ${JSON.stringify(file)} } }`);
    const check = async (file: string) =>
      (await operator.mustCall<CheckedText>('lab.check', { text: reading(file) })).mistakes.length;
    expect(await check('beside.csv')).toBe(0);
    for (const file of ['../secret.csv', secret, 'link.csv', '/etc/passwd', 'gone.csv', '']) {
      expect(await check(file), file).toBe(1);
    }
    await operator.mustCall('lab.save', {
      file: 'series.yaml', text: reading('beside.csv'), replaces: false,
    });
    const [{ id }] = await start({ shelf: 'own', file: 'series.yaml' }) as [RunView];
    expect(await ended(id)).toMatchObject({ state: 'failed', reason: '' });
    expect(readFileSync(join(data, 'runs', id, 'beside.csv'), 'utf8')).toBe('0s,21.5\n1m,22\n');
  });
});

describe('a run', () => {
  test('is followed from its start to the verdict, and leaves its files', async () => {
    const viewer = await world.as('viewer');
    const stream = await viewer.stream({ page: 'lab' });
    await stream.until(() => stream.of('runs').length > 0);
    const [begun] = await start(FIRST_LIGHT, 1, 7) as [RunView];
    const { id } = begun;
    expect(begun).toMatchObject({
      scenario: 'First light', seed: 7, by: 'operator', endedAt: null,
      progress: { at: 0, duration: 3_600_000, devices: 1 },
      command: 'flownexus run scenarios/first-light.yaml --seed 7',
    });
    const told = () => stream.messages.flatMap((message) =>
      message.kind === 'runs' || message.kind === 'runRows' ? message.runs : [])
      .filter((run) => run.id === id).map(({ state }) => state);
    await until('the verdict is told', () => {
      world.clock.advance(TICK);
      return told().at(-1) === 'held';
    });
    expect(new Set(told())).toEqual(new Set(['running', 'held']));
    stream.leave();
    const { run, findings } = await viewer.mustCall<RunDetail>('lab.run', { id });
    expect(run).toMatchObject({ state: 'held', progress: { at: 3_600_000, registered: 1 } });
    expect(findings?.expectations[0]).toEqual({
      text: 'registered meters = 100% from 5m', measured: '100 %', bound: '= 100 %', held: true,
    });
    expect(findings).toMatchObject({ violations: [], traceHash: expect.stringMatching(/^[0-9a-f]{64}$/) });

    const report = await viewer.fetch('GET', `/files/runs/${id}/report.html`);
    expect(report.text).toContain('Everything held');
    expect(report.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store',
      'content-security-policy': "default-src 'none';style-src 'unsafe-inline';base-uri 'none';"
        + "frame-ancestors 'none';form-action 'none';sandbox",
      'x-content-type-options': 'nosniff',
    });
    const result = await viewer.fetch('GET', `/files/runs/${id}/result.json`);
    expect(result.headers['content-disposition'])
      .toBe('attachment; filename="first-light-seed-7.json"');
    expect(JSON.parse(result.text)).toMatchObject({ verdict: 'held', seed: 7 });
    const database = await viewer.fetch('GET', `/files/runs/${id}/run.duckdb`);
    expect(Number(database.headers['content-length'])).toBeGreaterThan(10_000);
    expect(database.text.slice(8, 12)).toBe('DUCK');
    const scenario = await viewer.fetch('GET', `/files/runs/${id}/scenario.yaml`);
    expect(scenario.text).toContain('name: First light');
  });

  test('its files are for who is logged in, and no other file is reached', async () => {
    const [{ id }] = await start(FIRST_LIGHT) as [RunView];
    await ended(id);
    const stranger = world.browser();
    for (const path of [`/files/runs/${id}/report.html`, '/files/comparison.html?a=1&b=1']) {
      expect(await stranger.fetch('GET', path)).toMatchObject({ status: 401 });
    }
    const linked = world.browser();
    await world.as('admin');
    const token = new URL(world.api.loginLink('admin')).hash.slice(1);
    await linked.mustCall('session.loginByLink', { token });
    expect(await linked.fetch('GET', `/files/runs/${id}/report.html`)).toMatchObject({ status: 403 });
    writeFileSync(join(data, 'runs', 'outside.json'), 'secret');
    for (const path of [
      `${id}/run.json`, `${id}/../outside.json`, `${id}/..%2foutside.json`, '../outside.json',
      '..%2f..%2fsecret.csv', '%2e%2e/report.html', '20261122-140211-1/report.html', `${id}/`,
      `${id}%00/report.html`, `${id}/report.html%00`, `${id}%2freport.html`,
    ]) {
      const { status, text } = await operator.fetch('GET', `/files/runs/${path}`, { accept: 'text/html' });
      expect([400, 404], path).toContain(status);
      expect(text).not.toMatch(/secret|"askedAt"/);
    }
  });

  test('is stopped by who asks, and is gone when it is deleted', async () => {
    const { id, pid } = await longRun();
    expect((await operator.call('lab.forget', { id })).sentence)
      .toBe('This run has not ended; stop it first.');
    await operator.mustCall('lab.stop', { id });
    const run = await ended(id);
    expect(run).toMatchObject({ state: 'stopped', reason: 'stopped by operator' });
    expect(run.progress.at).toBeGreaterThan(0);
    await until('its process is gone', () => !isAlive(pid));
    expect((await operator.call('lab.stop', { id })).sentence).toBe('This run has ended already.');
    expect(await operator.mustCall('lab.run', { id })).toMatchObject({ findings: null });
    expect(await operator.fetch('GET', `/files/runs/${id}/report.html`)).toMatchObject({ status: 404 });
    await operator.mustCall('lab.forget', { id });
    for (const procedure of ['lab.run', 'lab.stop', 'lab.forget']) {
      expect(await operator.call(procedure, { id }))
        .toMatchObject({ status: 404, sentence: 'There is no such run.' });
    }
    await until('its files are gone', () => !existsSync(join(data, 'runs', id)));
    expect((await auditLines(world.db)).slice(-2))
      .toEqual([`operator: run stopped ${id}`, `operator: run deleted ${id}`]);
  });

  test('whose process is killed is told as such, and the next one has its turn', async () => {
    const { id, pid } = await longRun();
    const [next] = await start(FIRST_LIGHT) as [RunView];
    expect(lab.run(next.id)).toMatchObject({ state: 'waiting' });
    process.kill(pid, 'SIGKILL');
    expect(await ended(id))
      .toMatchObject({ state: 'died', reason: 'its process was ended by SIGKILL' });
    expect(await ended(next.id)).toMatchObject({ state: 'held' });
  });

  test('that takes too long is ended', async () => {
    const { id, pid } = await longRun();
    clock.advance(RUN_TIME_MAX);
    expect(lab.run(id)).toMatchObject({ state: 'died', reason: 'it took longer than 12 hours' });
    await until('its process is gone', () => !isAlive(pid));
  });

  test('that cannot write its results says why', async () => {
    const { id } = await longRun();
    const [next] = await start(FIRST_LIGHT) as [RunView];
    mkdirSync(join(data, 'runs', next.id, 'result.json'));
    await operator.mustCall('lab.stop', { id });
    const { state, reason } = await ended(next.id);
    expect({ state, reason }).toEqual({ state: 'died', reason: expect.stringContaining('EISDIR') });
  });

  test.for<[object, string]>([
    [{ seeds: 0 }, '"seeds" is not valid: Too small: expected number to be >=1.'],
    [{ seeds: SEEDS_PER_START_MAX + 1 }, '"seeds" is not valid: Too big: expected number to be <=20.'],
    [{ seeds: 1, seed: -1 }, '"seed" is not valid: Too small: expected number to be >=0.'],
    [{ seeds: 1, seed: 2 ** 32 }, '"seed" is not valid: Too big: expected number to be <=4294967295.'],
    [{ seeds: 1, shelf: 'theirs' }, '"shelf" is not valid: Invalid option: expected one of "shipped"|"own".'],
    [{ seeds: 1, file: 'none.yaml' }, 'There is no such scenario.'],
  ])('%j is answered with one sentence', async ([wrong, sentence]) => {
    expect((await operator.call('lab.start', { ...FIRST_LIGHT, ...wrong })).sentence).toBe(sentence);
  });
});

describe('many runs', () => {
  let full: ServerLab;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flownexus-lab-full-'));
    mkdirSync(join(folder, 'scenarios'));
    writeFileSync(join(folder, 'scenarios', 'long.yaml'), LONG);
    return async () => {
      await full.close();
      rmSync(folder, { recursive: true, force: true });
    };
  });

  test('wait in a queue that has an end, and stop with the server', async () => {
    full = newLab(folder);
    const ask = (seeds: number) =>
      full.start({ shelf: 'own', file: 'long.yaml' }, { seed: 2 ** 32 - 1, seeds, by: 'ann' });
    const first = await ask(2);
    expect(first.ok && first.value.map(({ seed }) => seed)).toEqual([2 ** 32 - 1, 0]);
    for (let waiting = 1; waiting < WAITING_MAX; waiting += 9) expect(await ask(9)).toMatchObject({ ok: true });
    expect(await ask(1)).toEqual({
      ok: false, reason: '100 runs are waiting, and no more than 100 may; try again when some have ended.',
    });
    const count = (state: RunState) => full.runs().filter((run) => run.state === state).length;
    expect([count('running'), count('waiting')]).toEqual([1, WAITING_MAX]);
    await full.close();
    expect([count('stopped'), full.runs().length]).toEqual([ENDED_KEPT_MAX, ENDED_KEPT_MAX]);
    expect(new Set(full.runs().map(({ reason }) => reason))).toEqual(new Set(['the server was stopped']));
    expect(await ask(1)).toEqual({ ok: false, reason: 'The server is stopping.' });
  });

  test('are kept over a restart, but for the oldest when there are too many', async () => {
    const old = newLab(folder);
    await old.start({ shelf: 'own', file: 'long.yaml' }, { seed: 1, seeds: 1, by: 'ann' });
    await old.close();
    const [run] = old.runs() as [RunView];
    for (let second = 1; second <= ENDED_KEPT_MAX; second++) {
      const id = `20200101-0000${String(second).padStart(2, '0')}-1`.replace('-0000100-', '-000100-');
      putRecord({ ...run, id, group: id.slice(0, 15), state: second === 5 ? 'running' : 'held', endedAt: second === 5 ? null : 1 });
    }
    putRecord({ ...run, id: '20190101-000000-1', state: 'no such state' as 'held' });
    mkdirSync(join(folder, 'runs', 'what-people-put-there'));
    full = newLab(folder);
    const ids = full.runs().map(({ id }) => id);
    expect(ids).toHaveLength(ENDED_KEPT_MAX);
    expect(ids[0]).toBe(run.id);
    expect(ids).not.toContain('20200101-000001-1');
    expect(full.run('20200101-000005-1')).toMatchObject({ state: 'died', reason: 'the server ended before it' });
    await until('the oldest is gone', () => !existsSync(join(folder, 'runs', '20200101-000001-1')));
    expect(existsSync(join(folder, 'runs', 'what-people-put-there'))).toBe(true);
  });

  function putRecord(run: RunView): void {
    mkdirSync(join(folder, 'runs', run.id), { recursive: true });
    writeFileSync(join(folder, 'runs', run.id, 'run.json'), JSON.stringify(run));
  }
});

describe('two sides', () => {
  test('are compared, seeds with seeds and run with run', async () => {
    await operator.mustCall('lab.save', { file: 'small.yaml', text: SMALL, replaces: true });
    const more = SMALL.replace('count: 2', 'count: 9').replace('Small', 'More');
    await operator.mustCall('lab.save', { file: 'more.yaml', text: more, replaces: true });
    const [a] = await start({ shelf: 'own', file: 'small.yaml' }, 2) as [RunView];
    const [b, last] = await start({ shelf: 'own', file: 'more.yaml' }, 2) as [RunView, RunView];
    await ended(last.id);
    const compared = await operator.mustCall<Comparison>('lab.compare', { a: a.group, b: b.group });
    expect(compared).toMatchObject({ a: 'Small, seeds 1, 2', b: 'More, seeds 1, 2', knowsNoise: true });
    expect(compared.figures.find(({ name }) => name === 'registers refused'))
      .toEqual({ name: 'registers refused', a: '0', b: '0', change: '', differs: false });
    expect(compared.figures.find(({ name }) => name === 'values stored'))
      .toMatchObject({ differs: true, change: expect.stringMatching(/^\+\d+ %$/) });
    expect(await operator.mustCall('lab.compare', { a: a.id, b: b.group }))
      .toMatchObject({ a: 'Small, seed 1', knowsNoise: false });
    const page = await operator.fetch('GET', `/files/comparison.html?a=${a.id}&b=${b.group}`);
    expect(page.text).toContain('Two runs compared');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  });

  test('that are not there, or nonsense, are told so', async () => {
    const [a, b] = ['20200101-000000', '20200101-000000-7'];
    const sentence = `${a} has no result: no run of it has ended by itself, or it was deleted.`;
    expect(await operator.call('lab.compare', { a, b })).toMatchObject({ status: 409, sentence });
    expect(await operator.fetch('GET', `/files/comparison.html?a=${a}&b=${b}`)).toMatchObject({ status: 409 });
    expect(await operator.call('lab.compare', { a: '../x', b })).toMatchObject({ status: 400 });
    expect(await operator.fetch('GET', '/files/comparison.html?a=../x')).toMatchObject({ status: 400 });
  });
});
