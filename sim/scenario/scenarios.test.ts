// Every scenario of the repository is well written, and holds in its short form.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sentenceOf } from '../../core/io/checked-yaml.ts';
import { runScenario } from '../run.ts';
import { underTripwire } from '../tripwire.ts';
import { parseScenario } from './file.ts';
import type { Scenario } from './model.ts';

const FOLDER = new URL('../../scenarios/', import.meta.url);
const FILES = readdirSync(FOLDER, { encoding: 'utf8', recursive: true })
  .filter((file) => file.endsWith('.yaml')).sort();

/** In virtual time, also what is meant for sockets. */
function read(file: string, form: 'full' | 'short'): Scenario {
  return parse(readFileSync(new URL(file, FOLDER), 'utf8'), file, form);
}

function parse(text: string, file: string, form: 'full' | 'short'): Scenario {
  const parsed = parseScenario(text, file, {
    form, driver: 'world', readText: (path) => readFileSync(new URL(path, FOLDER), 'utf8'),
  });
  const mistakes = parsed.ok
    ? [] : parsed.reason.map((problem) => sentenceOf(problem.file, problem));
  expect(mistakes).toEqual([]);
  return (parsed as Extract<typeof parsed, { ok: true }>).value;
}

it('there are twelve at least', () => {
  expect(FILES.length).toBeGreaterThanOrEqual(12);
});

describe.for(FILES)('%s', (file) => {
  it('is well written', () => {
    const scenario = read(file, 'full');
    // What a bug left behind is judged by the oracle that found it.
    if (!file.startsWith('regressions')) expect(scenario.expect).not.toHaveLength(0);
  });

  it('holds', () => {
    expect(complaints(file, read(file, 'short'))).toEqual([]);
  });
});

it('a regression that names a datagram too late is refused', () => {
  const file = 'regressions/late.yaml';
  const drop = '{ at: 1m, drop: { device: meters-0, direction: up, nth: 1 } }';
  const text = `{ name: Late, why: None, duration: 2m, fleets: { meters: { start: { spread: 0s } } },
    timeline: [${drop}] }`;
  const [first = '', ...others] = complaints(file, parse(text, file, 'full'));
  expect(first).toMatch(/^drop of meters-0 up 1: the datagram was on its way or past/);
  expect(others).toEqual([]);
});

function complaints(file: string, scenario: Scenario): string[] {
  // As the command does it.
  const { expectations, violations, off } = underTripwire(() => runScenario(scenario));
  const broken = expectations.filter(({ held }) => !held)
    .map(({ text, measured }) => `${text}, but it is ${measured}`);
  // What a bug left behind says no more of it once a part of it is left out.
  const missing = file.startsWith('regressions') ? off : [];
  return [
    ...broken, ...violations.map(({ oracle, what }) => `${oracle}: ${what}`),
    ...missing.map(({ what, why }) => `${what}: ${why}`),
  ];
}
