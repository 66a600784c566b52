// Runs of the lab behind the real API, in real processes: from a start to a verdict, and every
// other way a run may end.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SEEDS_PER_START_MAX } from '../../core/api/inputs.ts';
import type { Comparison, RunDetail, RunState, RunView } from '../../core/api/lab.ts';
import { TICK } from '../../core/api/live.ts';
import type { Browser } from '../../core/api/testing/browser.ts';
import { auditLines, type World } from '../../core/api/testing/world.ts';
import { ServerLab } from './lab.ts';
import { ENDED_KEPT_MAX, RUN_TIME_MAX, WAITING_MAX } from './runs.ts';
import {
  ended, FIRST_LIGHT, isAlive, LONG, longRun, SMALL, start, startLabBench, until, type LabBench,
} from './testing.ts';

let bench: LabBench;
let data: string;
let lab: ServerLab;
let world: World;
let operator: Browser;

beforeAll(async () => {
  bench = await startLabBench();
  ({ data, lab, world, operator } = bench);
});
afterAll(() => bench.end());

describe('a run', () => {
  test('is followed from its start to the verdict, and leaves its files', async () => {
    const viewer = await world.as('viewer');
    const stream = await viewer.stream({ page: 'lab' });
    await stream.until(() => stream.of('runs').length > 0);
    const [begun] = await start(bench, FIRST_LIGHT, 1, 7) as [RunView];
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
    expect(findings?.violations).toEqual([]);
    expect(findings?.traceHash).toMatch(/^[0-9a-f]{64}$/);

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
    const [{ id }] = await start(bench, FIRST_LIGHT) as [RunView];
    await ended(bench, id);
    const stranger = world.browser();
    for (const path of [`/files/runs/${id}/report.html`, '/files/comparison.html?a=1&b=1']) {
      expect(await stranger.fetch('GET', path)).toMatchObject({ status: 401 });
    }
    const linked = world.browser();
    await world.as('admin');
    const token = new URL(world.api.loginLink('admin')).hash.slice(1);
    await linked.mustCall('session.loginByLink', { token });
    expect((await linked.fetch('GET', `/files/runs/${id}/report.html`)).status).toBe(403);
    writeFileSync(join(data, 'runs', 'outside.json'), 'secret');
    for (const path of [
      `${id}/run.json`, `${id}/../outside.json`, `${id}/..%2foutside.json`, '../outside.json',
      '..%2f..%2fsecret.csv', '%2e%2e/report.html', '20261122-140211-1/report.html', `${id}/`,
      `${id}%00/report.html`, `${id}/report.html%00`, `${id}%2freport.html`,
    ]) {
      const accept = { accept: 'text/html' };
      const { status, text } = await operator.fetch('GET', `/files/runs/${path}`, accept);
      expect([400, 404], path).toContain(status);
      expect(text).not.toMatch(/secret|"askedAt"/);
    }
  });

  test('is stopped by who asks, and is gone when it is deleted', async () => {
    const { id, pid } = await longRun(bench);
    expect((await operator.call('lab.forget', { id })).sentence)
      .toBe('This run has not ended; stop it first.');
    await operator.mustCall('lab.stop', { id });
    const run = await ended(bench, id);
    expect(run).toMatchObject({ state: 'stopped', reason: 'stopped by operator' });
    expect(run.progress.at).toBeGreaterThan(0);
    await until('its process is gone', () => !isAlive(pid));
    expect((await operator.call('lab.stop', { id })).sentence).toBe('This run has ended already.');
    expect(await operator.mustCall('lab.run', { id })).toMatchObject({ findings: null });
    expect((await operator.fetch('GET', `/files/runs/${id}/report.html`)).status).toBe(404);
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
    const { id, pid } = await longRun(bench);
    const [next] = await start(bench, FIRST_LIGHT) as [RunView];
    expect(lab.run(next.id)).toMatchObject({ state: 'waiting' });
    process.kill(pid, 'SIGKILL');
    expect(await ended(bench, id))
      .toMatchObject({ state: 'died', reason: 'its process was ended by SIGKILL' });
    expect(await ended(bench, next.id)).toMatchObject({ state: 'held' });
  });

  test('that takes too long is ended', async () => {
    const { id, pid } = await longRun(bench);
    bench.clock.advance(RUN_TIME_MAX);
    expect(lab.run(id)).toMatchObject({ state: 'died', reason: 'it took longer than 12 hours' });
    await until('its process is gone', () => !isAlive(pid));
  });

  test('that cannot write its results says why', async () => {
    const { id } = await longRun(bench);
    const [next] = await start(bench, FIRST_LIGHT) as [RunView];
    mkdirSync(join(data, 'runs', next.id, 'result.json'));
    await operator.mustCall('lab.stop', { id });
    const { state, reason } = await ended(bench, next.id);
    expect({ state, reason }).toEqual({ state: 'died', reason: expect.stringContaining('EISDIR') });
  });

  test.for<[object, string]>([
    [{ seeds: 0 }, '"seeds" is too small (the least is 1).'],
    [{ seeds: SEEDS_PER_START_MAX + 1 },
      '"seeds" is too large (the most is 20).'],
    [{ seeds: 1, seed: -1 }, '"seed" is too small (the least is 0).'],
    [{ seeds: 1, seed: 2 ** 32 },
      '"seed" is too large (the most is 4294967295).'],
    [{ seeds: 1, shelf: 'theirs' },
      '"shelf" is not valid: Invalid option: expected one of "shipped"|"own".'],
    [{ seeds: 1, file: 'none.yaml' }, 'There is no such scenario.'],
  ])('%j is answered with one sentence', async ([wrong, sentence]) => {
    const answer = await operator.call('lab.start', { ...FIRST_LIGHT, ...wrong });
    expect(answer.sentence).toBe(sentence);
  });
});


describe('many runs', () => {
  let full: ServerLab;
  let folder: string;
  const newLab = () =>
    new ServerLab({ data: folder, clock: bench.clock, log: bench.log, atOnce: 1 });
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
    full = newLab();
    const ask = (seeds: number) =>
      full.start({ shelf: 'own', file: 'long.yaml' }, { seed: 2 ** 32 - 1, seeds, by: 'ann' });
    const first = await ask(2);
    expect(first.ok && first.value.map(({ seed }) => seed)).toEqual([2 ** 32 - 1, 0]);
    for (let waiting = 1; waiting < WAITING_MAX; waiting += 9) {
      expect(await ask(9)).toMatchObject({ ok: true });
    }
    const reason = '100 runs are waiting, and no more than 100 may; '
      + 'try again when some have ended.';
    expect(await ask(1)).toEqual({ ok: false, reason });
    const count = (state: RunState) => full.runs().filter((run) => run.state === state).length;
    expect([count('running'), count('waiting')]).toEqual([1, WAITING_MAX]);
    await full.close();
    expect([count('stopped'), full.runs().length]).toEqual([ENDED_KEPT_MAX, ENDED_KEPT_MAX]);
    expect(full.runs().every((run) => run.reason === 'the server was stopped')).toBe(true);
    expect(await ask(1)).toEqual({ ok: false, reason: 'The server is stopping.' });
  });

  test('are kept over a restart, but for the oldest when there are too many', async () => {
    const old = newLab();
    await old.start({ shelf: 'own', file: 'long.yaml' }, { seed: 1, seeds: 1, by: 'ann' });
    await old.close();
    const [run] = old.runs() as [RunView];
    for (let second = 1; second <= ENDED_KEPT_MAX; second++) {
      const group = `20200101-${String(second).padStart(6, '0')}`;
      const open = { state: 'running', endedAt: null } as const;
      const over = { state: 'held', endedAt: 1 } as const;
      putRecord({ ...run, id: `${group}-1`, group, ...(second === 5 ? open : over) });
    }
    putRecord({ ...run, id: '20190101-000000-1', state: 'no such state' as 'held' });
    mkdirSync(join(folder, 'runs', 'what-people-put-there'));
    full = newLab();
    const ids = full.runs().map(({ id }) => id);
    expect(ids).toHaveLength(ENDED_KEPT_MAX);
    expect(ids[0]).toBe(run.id);
    expect(ids).not.toContain('20200101-000001-1');
    expect(full.run('20200101-000005-1'))
      .toMatchObject({ state: 'died', reason: 'the server ended before it' });
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
    const more = SMALL.replace('count: 2', 'count: 9').replace('Small', 'More')
      .replace(/duration: .*/, 'duration: 7m');
    await operator.mustCall('lab.save', { file: 'more.yaml', text: more, replaces: true });
    const [a] = await start(bench, { shelf: 'own', file: 'small.yaml' }, 5) as [RunView];
    const [b] = await start(bench, { shelf: 'own', file: 'more.yaml' }, 5) as [RunView];
    const few = await start(bench, { shelf: 'own', file: 'small.yaml' }, 2);
    for (const { id } of few) await ended(bench, id);
    const compared = await operator.mustCall<Comparison>('lab.compare', { a: a.group, b: b.group });
    expect(compared)
      .toMatchObject({
        a: 'Small, seeds 1, 2, 3, 4, 5', b: 'More, seeds 1, 2, 3, 4, 5', knowsNoise: true,
        warnings: [expect.stringMatching(/^A lasted .*, B 7 min$/)],
      });
    expect(compared.figures.find(({ name }) => name === 'registers refused'))
      .toEqual({ name: 'registers refused', a: '0', b: '0', change: '', differs: false });
    expect(compared.figures.find(({ name }) => name === 'values stored'))
      .toMatchObject({ differs: true, change: expect.stringMatching(/^\+\d+ %$/) });
    expect(await operator.mustCall('lab.compare', { a: few[0]?.group, b: a.group }))
      .toMatchObject({ warnings: [expect.stringMatching(/^With 2 runs on a side chance hides /)] });
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
    const page = async (sides: string) =>
      (await operator.fetch('GET', `/files/comparison.html?${sides}`)).status;
    expect(await page(`a=${a}&b=${b}`)).toBe(409);
    expect(await operator.call('lab.compare', { a: '../x', b })).toMatchObject({ status: 400 });
    expect(await page('a=../x')).toBe(400);
  });
});
