// Reading scenarios in a thread: what takes too long ends, what is too much is refused, and the
// next text is read as if nothing had been.

import { afterEach, expect, test } from 'vitest';
import { MISTAKES_MAX } from './check-worker.ts';
import { CHECKS_WAITING_MAX, ScenarioChecker } from './checker.ts';

const SMALL = 'name: Small\nwhy: Is it?\nduration: 5m\nfleets: { meters: { count: 2 } }\n';

let checker: ScenarioChecker;
afterEach(() => checker.close());

test('a text that takes too long is refused, and so is the next that does', async () => {
  // No thread has begun by then, let alone read anything.
  checker = new ScenarioChecker(1);
  for (let n = 0; n < 2; n++) {
    expect((await checker.check({ text: SMALL, folder: '' })).checked).toEqual({
      facts: null,
      mistakes: [{ line: 1, column: 1, what: 'this takes too long to read; make it smaller' }],
    });
  }
});

test('only so many texts wait, and those are read', async () => {
  checker = new ScenarioChecker();
  const asked = Array.from({ length: CHECKS_WAITING_MAX + 1 }, () =>
    checker.check({ text: SMALL, folder: '' }));
  const names = (await Promise.all(asked)).map(({ checked: { facts, mistakes } }) =>
    facts?.name ?? mistakes[0]?.what);
  expect(names.slice(0, -1)).toEqual(Array(CHECKS_WAITING_MAX).fill('Small'));
  expect(names.at(-1)).toBe('too many scenarios are being checked; try again in a moment');
  expect((await checker.check({ text: SMALL, folder: '' })).checked.facts?.name).toBe('Small');
});

test.each<[string, string]>([
  ['nesting beyond any stack', '['.repeat(40_000)],
  ['aliases of aliases', 'a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b]'],
  ['no text', ''],
  ['no YAML', '\u0000: ]['],
])('%s is a mistake with its place', async (_, text) => {
  checker = new ScenarioChecker();
  const { checked: { facts, mistakes } } = await checker.check({ text, folder: '' });
  expect(facts).toBeNull();
  expect(mistakes[0]).toEqual({
    line: expect.any(Number), column: expect.any(Number), what: expect.stringMatching(/./),
  });
});

test('of many mistakes the first are told', async () => {
  checker = new ScenarioChecker();
  const text = Array.from({ length: MISTAKES_MAX + 1 }, (_, n) => `k${n}: 1`).join('\n');
  const { checked: { mistakes } } = await checker.check({ text, folder: '' });
  expect(mistakes).toHaveLength(MISTAKES_MAX);
});
