// The grammar of expectations: each measure, its unit, and what a wrong sentence is told.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectationsHelp, parseExpectation, type Sentence } from './expectations.ts';

const FLEETS = ['meters', 'lamps'];

describe('a sentence', () => {
  it.for<[text: string, measure: Sentence['measure'], bound: number]>([
    ['registered >= 99.5%', { of: 'registered', fleet: undefined }, 0.995],
    ['registered meters >= 100%', { of: 'registered', fleet: 'meters' }, 1],
    ['telemetry lost = 0', { of: 'telemetry lost' }, 0],
    ['telemetry stored lamps > 10', { of: 'telemetry stored', fleet: 'lamps' }, 10],
    ['operations failed = 0', { of: 'operations', status: 'failed' }, 0],
    ['operations refused = 0', { of: 'operations', status: 'refused' }, 0],
    ['operations confirmed >= 5', { of: 'operations', status: 'confirmed' }, 5],
    ['operations waiting <= 5', { of: 'operations', status: 'waiting' }, 5],
    ['registrations per meter max <= 3',
      { of: 'registrations', per: 'meters', statistic: 'max' }, 3],
    ['notify latency p95 < 2.5s', { of: 'latency', what: 'notify', statistic: 'p95' }, 2500],
    ['read latency mean < 1h', { of: 'latency', what: 'read', statistic: 'mean' }, 3_600_000],
    ['energy per lamp < 3.5 J/h', { of: 'energy', per: 'lamps', statistic: 'mean' }, 3.5],
    ['datagrams per meters p50 < 700', { of: 'datagrams', per: 'meters', statistic: 'p50' }, 700],
    ['expired meters = 0', { of: 'expired', fleet: 'meters' }, 0],
    ['refused = 0', { of: 'refused' }, 0],
  ])('%s', ([text, measure, bound]) => {
    expect(parseExpectation(text, FLEETS))
      .toMatchObject({ ok: true, value: { measure, bound, from: 0 } });
    expect(parseExpectation(`${text} from 90m`, FLEETS))
      .toMatchObject({ ok: true, value: { measure, bound, from: 5_400_000 } });
  });
});

describe('a wrong sentence', () => {
  it.for<[text: string, within: number, what: string]>([
    ['', 0, 'write one of = < <= > >= here, with spaces around it, as in "telemetry lost = 0"'],
    ['telemetry lost == 0', 15,
      'write one of = < <= > >= here, with spaces around it, as in "telemetry lost = 0"'],
    ['registred >= 5%', 0, 'unknown measure "registred" (use registered)'],
    ['registered metres >= 5%', 11, 'unknown fleet "metres" (use meters)'],
    ['registered meters lamps >= 5%', 18, '"lamps" is too much (write registered [FLEET])'],
    ['registered >= 5', 14, '"5" has no unit (use 5%)'],
    ['registered >=', 13, 'the bound is missing (write a share like 99.5%)'],
    ['telemetry lost = 0%', 17, '"0%" is no bound here (write a number)'],
    ['notify latency < 3s', 14,
      'STATISTIC is missing (write one of mean, p50, p95, p99, max)'],
    ['notify latency p96 < 3s', 15,
      '"p96" is no STATISTIC (write one of mean, p50, p95, p99, max)'],
    ['notify latency p95 < 3 mins', 21, 'unknown unit "3 mins" (use 3m)'],
    ['energy per meter < 3', 19, '"3" is no bound here (write joules an hour like 3 J/h)'],
    ['registered >= 5% from 3', 22, '"3" has no unit (use 3s or 3m)'],
    ['firmware per meter <= 2', 0, '"firmware" is not available yet'],
    ['every execute delivered at most once', 0, '"every" is not available yet'],
  ])('%s', ([text, within, what]) => {
    expect(parseExpectation(text, FLEETS)).toEqual({ ok: false, reason: { within, what } });
  });
});

it('the help stands in the guide as well', () => {
  const guide = readFileSync(new URL('../../docs/scenarios.md', import.meta.url), 'utf8');
  expect(guide).toContain(expectationsHelp());
});

it('every example of the help is right', () => {
  const examples = [...expectationsHelp().matchAll(/e\.g\. (.+)$/gm)].map(([, one = '']) => one);
  expect(examples.length).toBeGreaterThan(10);
  for (const one of examples) {
    expect(parseExpectation(one, ['meters'])).toMatchObject({ ok: true });
  }
});
