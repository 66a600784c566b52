// Scenarios of the lab behind the real API: what is listed, written, refused, and what a text may
// reach.

import {
  mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCENARIO_BYTES_MAX } from '../../core/api/inputs.ts';
import type { CheckedText, RunView, ScenarioText, ScenarioView } from '../../core/api/lab.ts';
import type { Browser } from '../../core/api/testing/browser.ts';
import { auditLines } from '../../core/api/testing/world.ts';
import { OWN_SCENARIOS_MAX } from './shelves.ts';
import { ended, FIRST_LIGHT, LONG, SMALL, start, startLabBench, type LabBench } from './testing.ts';

let bench: LabBench;
let data: string;
let own: string;
let operator: Browser;

beforeAll(async () => {
  bench = await startLabBench();
  ({ data, own, operator } = bench);
});
afterAll(() => bench.end());

test('the shipped ones are listed with what they are about', async () => {
  const list = await operator.mustCall<ScenarioView[]>('lab.scenarios');
  expect(list.find(({ file }) => file === 'first-light.yaml')).toEqual({
    ...FIRST_LIGHT, mistakes: 0,
    facts: {
      name: 'First light', seed: 1, duration: 3_600_000, devices: 1, why: expect.any(String),
      fleets: ['meters: 1 device on lte-m'], isOutside: false,
    },
  });
  expect(list.every(({ shelf }) => shelf === 'shipped')).toBe(true);
  expect(list.every(({ mistakes }) => mistakes === 0)).toBe(true);
  // What runs over sockets takes a person at the command line.
  expect(list.filter(({ facts }) => facts?.isOutside).map(({ file }) => file))
    .toEqual(['over-sockets.yaml']);
  expect(await operator.call('lab.start',
    { shelf: 'shipped', file: 'over-sockets.yaml', seeds: 1 })).toMatchObject({
    status: 409,
    sentence: 'over-sockets.yaml reaches programs outside; play it with flownexus run.',
  });
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
  expect((await auditLines(bench.world.db)).slice(-3)).toEqual([
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
  mkdirSync(join(own, 'folder.yaml'));
  for (const replaces of [true, false]) {
    const input = { file: 'folder.yaml', text: SMALL, replaces };
    expect(await operator.call('lab.save', input)).toMatchObject({ status: 409 });
  }
  rmdirSync(join(own, 'folder.yaml'));
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
  expect((await save('large.yaml')).sentence)
    .toBe('"text" is not valid: a scenario has at most 48 KB.');
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
  const [{ id }] = await start(bench, { shelf: 'own', file: 'series.yaml' }) as [RunView];
  expect(await ended(bench, id)).toMatchObject({ state: 'failed', reason: '' });
  expect(readFileSync(join(data, 'runs', id, 'beside.csv'), 'utf8')).toBe('0s,21.5\n1m,22\n');
});
