// What is written of a run is well-formed, complete, and fetches nothing, whatever its names are.

import { describe, expect, it } from 'vitest';
import { sessionReactions } from '../../actors/describe.ts';
import { runLine } from '../progress-line.ts';
import type { Finished } from '../run-job.ts';
import { coverageFiles, missedSentence } from './coverage.ts';
import { coarse } from './intervals.ts';
import { compare, comparisonText, fewRunsNote, warningsOf } from './comparison.ts';
import { comparisonHtml } from './comparison-html.ts';
import { htmlOf } from './html.ts';
import { junitOf } from './junit.ts';
import { summaryOf } from './summary.ts';
import { EVIL, held, HOUR } from './testing.ts';
import { traceLine } from './trace-lines.ts';
import { clockTime, count, folderName, several, slug, span, valueWithUnit } from './words.ts';

const failed: Finished = {
  ...held, verdict: 'failed',
  expectations: [{ ...held.expectations[0]!, measured: undefined, held: false }],
  violations: [{ oracle: 'bounds', at: HOUR / 2, what: EVIL }],
  excerpt: [
    '1767225601234 meters-1 up 1 lost 48454711a1b2c3d4e5f607186112ff41', '1767225602000 crash',
  ],
};

/** Over sockets to a server that is not ours, where not everything can be judged. */
const elsewhere: Finished = {
  ...held, driver: 'udp', traceHash: undefined,
  expectations: [held.expectations[0]!, {
    ...held.expectations[0]!, text: 'telemetry lost = 0', measured: undefined, held: undefined,
    off: `no disk ${EVIL}`,
  }],
  off: [
    { what: 'read', why: 'foreign' }, { what: 'observe', why: 'foreign' },
    { what: 'telemetry lost = 0', why: `no disk ${EVIL}` },
  ],
};

/** Every element that was opened is closed, in order. */
function isBalanced(markup: string): boolean {
  const open: string[] = [];
  const text = markup.replace(/<!doctype html>|<\?xml[^>]*\?>|<(meta|line|path)\b[^>]*>/g, '')
    .replace(/<style>[^]*?<\/style>/, '');
  for (const [, close, name = '', isEmpty] of text.matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g)) {
    if (isEmpty === '/') continue;
    if (close === '') open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

describe('the page', () => {
  it.for([held, failed])('of a run that $verdict is whole and fetches nothing', (run) => {
    const html = htmlOf(run);
    expect(isBalanced(html)).toBe(true);
    expect(html).not.toMatch(/<script|<link|<img|https?:|url\(|<b> &/);
    for (const text of ['Day &lt;b&gt;', 'abc', 'c0ffee', run.provenance.command, '99 %']) {
      expect(html).toContain(text);
    }
    expect(html.match(/<svg /g)).toHaveLength(4);
  });

  it('says what failed, where, and what the trace said then', () => {
    const html = htmlOf(failed);
    for (const text of ['1 of 1 expectations failed', '1 broken rule<', 'not measured',
      '00:30:00', '00:00:01.234', 'CON 2.05 mid 18193', 'class="marked"']) {
      expect(html).toContain(text);
    }
  });

  it('shows in the trace where a rule was broken, behind what happened until then', () => {
    const { excerpt } = failed;
    const html = htmlOf({ ...failed, violations: [
      { oracle: 'expiry', at: 2000, what: 'too late' }, { oracle: 'values', at: 1234, what: EVIL },
      { oracle: 'tokens', at: 2001, what: 'after the end of the excerpt' },
    ] });
    const table = /<div class="panel trace"[^]*?<\/table>/.exec(html)?.[0] ?? '';
    const rows = [...table.matchAll(/<tr( class="failed")?><td>([^<]*)<\/td><td>(\w+)/g)]
      .map(([, isRule, time, what]) => [isRule !== undefined, time, what]);
    expect(rows).toEqual([
      [false, '00:00:01.234', 'meters'], [true, '00:00:01.234', 'values'],
      [false, '00:00:02.000', 'crash'], [true, '00:00:02.000', 'expiry'],
    ]);
    expect(html).toContain(`${excerpt.length} lines`);
  });

  it('of one device says so', () => {
    const fleets = held.metrics.fleets.map((fleet) => ({ ...fleet, count: 1 }));
    expect(htmlOf({ ...held, metrics: { ...held.metrics, fleets } })).toContain('>1 device<');
  });

  it('of a run over sockets says what was not judged, what was left out, and no trace hash', () => {
    const html = htmlOf(elsewhere);
    expect(isBalanced(html)).toBe(true);
    for (const text of ['All that was judged held', 'over sockets in real time', '>not judged<',
      'no disk &lt;b&gt;', 'Left out', '<td>read, observe</td><td>foreign</td>', '<code>udp</code>']) {
      expect(html).toContain(text);
    }
    expect(html).not.toMatch(/<dt>Trace|class="failed"/);
  });

  it('names of the fleets in a chart only those that have values there', () => {
    const fleets = ['mains', 'meters'].map((name) => ({ ...held.metrics.fleets[0]!, name }));
    const samples = held.metrics.samples.map((one) => ({ ...one, joules: [undefined, 5] }));
    const html = htmlOf({ ...held, metrics: { ...held.metrics, fleets, samples } });
    expect(html).toMatch(/Energy<.*<ul class="legend"><li class="s2">meters<\/li><\/ul>/);
  });

  it('of two runs is whole as well', () => {
    const html = comparisonHtml([held], [failed], compare([held], [failed]));
    expect(isBalanced(html)).toBe(true);
    expect(html).toContain('What differs');
  });
});

describe('coverage', () => {
  const pairs = sessionReactions().map((one, index) => ({ ...one, runs: index % 3 }));
  const campaign = {
    firstSeed: 1, seeds: 2, events: 12_345, failed: [7], isInterrupted: false, pairs,
    sometimes: { 'device expired': 2, 'server killed': 0 },
  };

  it('is a whole page that fetches nothing and says each pair that was not reached', () => {
    const html = coverageFiles(campaign).get('coverage.html')!;
    expect(isBalanced(html)).toBe(true);
    expect(html).not.toMatch(/<script|<link|<img|https?:/);
    expect(html.match(/<svg /g)).toHaveLength(4);
    expect(html.match(/✕ [^<]*: never</g)).toHaveLength(17);
    expect(html.match(/>not reached</g)).toHaveLength(17);
    expect(html).toContain('17 of 51 pairs were not reached');
    expect(html).toContain('server killed <b>never</b>');
  });

  it('draws an arrow for each two states, dashed when nothing came along it', () => {
    const drawn = (runs: number) => {
      const html = coverageFiles({ ...campaign, pairs: pairs.map((one) => ({ ...one, runs })) })
        .get('coverage.html')!;
      return ['reached', 'missed'].map((kind) => html.split(`class="arrow ${kind}"`).length - 1);
    };
    const changes = new Set(pairs.filter(({ from, to }) => from !== to)
      .map(({ region, from, to }) => `${region} ${from} ${to}`));
    expect(drawn(1)).toEqual([changes.size, 0]);
    expect(drawn(0)).toEqual([0, changes.size]);
  });

  it('is a sentence', () => {
    expect(missedSentence(pairs.map((one) => ({ ...one, runs: 1 }))))
      .toBe('Session machine: 51 of 51 pairs of state and event reached.');
    expect(missedSentence(pairs.map((one, index) => ({ ...one, runs: index })))).toBe(
      'Session machine: 50 of 51 pairs of state and event reached; not:\n'
        + '  registration: unregistered, REGISTERED, to registered');
  });
});

describe('JUnit', () => {
  it('counts cases and failures, and is XML whatever the names are', () => {
    const xml = junitOf([held, failed]);
    expect(isBalanced(xml)).toBe(true);
    expect(xml).not.toMatch(/<b>|& /);
    expect(xml).not.toContain(EVIL.at(-1));
    expect(xml.match(/<testcase/g)).toHaveLength(4);
    expect(xml.match(/<failure/g)).toHaveLength(2);
    expect(xml.match(/failures="(\d)"/g)).toEqual(['failures="0"', 'failures="2"']);
    expect(xml).toContain('flownexus run scenarios/day.yaml --seed 7');
  });

  it('has what came to no result', () => {
    const unplayed = { scenario: EVIL, seed: 7, reason: `why ${EVIL}`, command: 'again' };
    const xml = junitOf([
      { ...unplayed, verdict: 'died' }, { ...unplayed, verdict: 'interrupted' },
    ]);
    expect(isBalanced(xml)).toBe(true);
    expect(xml.match(/errors="\d" skipped="\d"/g))
      .toEqual(['errors="1" skipped="0"', 'errors="0" skipped="1"']);
    expect(xml.match(/<(error|skipped) message="why /g)).toHaveLength(2);
  });

  it('skips what was not judged', () => {
    const xml = junitOf([elsewhere]);
    expect(isBalanced(xml)).toBe(true);
    expect(xml).toContain('tests="3" failures="0" errors="0" skipped="1"');
    expect(xml).toContain('<skipped message="no disk &lt;b&gt;');
  });
});

describe('the summary', () => {
  it('says of a run over sockets what was not judged and what was left out', () => {
    expect(summaryOf(elsewhere, undefined, 'report').split('\n')).toEqual([
      `HELD   Day ${EVIL}, seed 7: 60 min over sockets in real time, 12,345 events; `
        + '1 of 2 expectations not judged',
      `  ok   registered ${EVIL}: 99.5 %, expected >= 99 %`,
      `  ---- telemetry lost = 0: no disk ${EVIL}`,
      '  off  read, observe: foreign',
    ]);
  });

  it('ends with the command that shows a failure again, and only then', () => {
    expect(summaryOf(held, undefined, 'report')).not.toContain('again:');
    expect(summaryOf(failed, undefined, 'report').split('\n').at(-1))
      .toBe('  again: flownexus run scenarios/day.yaml --seed 7');
    expect(summaryOf(failed, 'out', 'report')).toContain('out/day-b-quoted/seed-7/report.html');
  });
});

describe('comparison', () => {
  const runs = (values: readonly number[]): Finished[] => values.map((value) => ({
    ...held, expectations: [],
    metrics: { ...held.metrics, totals: [{ name: 'values stored', value, unit: 'count' }] },
  }));

  it.for([
    [[100, 101, 99], [120, 121, 119], true],
    [[100, 140, 60], [110, 150, 70], false],
    [[100, 101, 99], [102.4, 104.4, 100.4], false],
    [[0, 0], [1, 1], false],
    [[100], [101], undefined],
  ] as const)('of %s and %s exceeds the noise: %s', ([a, b, exceeds]) => {
    expect(compare(runs(a), runs(b))[0]!.exceedsNoise).toBe(exceeds);
  });

  it('prints what differs, and its change', () => {
    expect(comparisonText(compare(runs([100]), runs([112.5])))).toBe(
      '                 A    B   change\nvalues stored  100  113  +12.5 %');
    expect(comparisonText(compare(runs([1]), runs([1])))).toBe('Nothing differs beyond the noise.');
  });

  it.for([
    [1, 5, 'How much of this is chance is not known: compare folders of runs with --seeds 5 or '
      + 'more.'],
    [5, 3, 'With 3 runs on a side chance hides much that differs: compare 5 seeds or more of '
      + 'each.'],
    [5, 5, undefined],
  ] as const)('of %s and %s runs says whether they are few', ([ofA, ofB, note]) => {
    const [a, b] = [runs(Array<number>(ofA).fill(1)), runs(Array<number>(ofB).fill(1))];
    expect(fewRunsNote(a, b)).toBe(note);
    expect(comparisonHtml(a, b, compare(a, b)).includes(note ?? 'or more'))
      .toBe(note !== undefined);
  });

  it('lists what one side alone measured, unless by chance', () => {
    const none = runs([1, 1, 1, 1, 1]).map((run) => (
      { ...run, metrics: { ...run.metrics, totals: [] } }));
    const [one] = runs([1]);
    expect(comparisonText(compare(runs([1, 2, 1, 2, 1]), none))).toContain('values stored  1.4  -');
    expect(comparisonText(compare([one!, ...none.slice(1)], none)))
      .toBe('Nothing differs beyond the noise.');
  });

  const long = { ...held, duration: 48 * HOUR };
  const ended = { ...held, duration: HOUR / 30, isInterrupted: true };
  it.for([
    [[held], [held], []],
    [[held], [long], ['A lasted 60 min, B 48 h']],
    [[held, long], [long], ['A lasted 60 min or 48 h, B 48 h']],
    [[ended], [held], ['A: interrupted after 2 min']],
    [[long], [held, { ...ended, seed: 8 }],
      ['A lasted 48 h, B 60 min', 'B: seed 8 interrupted after 2 min']],
  ] as const)('warns of what cannot be compared', ([a, b, warnings]) => {
    expect(warningsOf(a, b)).toEqual(warnings);
    const html = comparisonHtml(a, b, compare(a, b));
    for (const one of warnings) expect(html).toContain(one);
  });
});

const progress = { at: 1000, duration: HOUR, steps: 9, registered: 1, devices: 2 };

describe('words', () => {
  it.for([
    [count(1_234_567), '1,234,567'], [count(0.126), '0.13'], [count(12_345.6), '12,346'],
    [span(20), '20 ms'], [span(4200), '4.2 s'], [span(5 * HOUR), '5 h'],
    [clockTime(26 * HOUR + 61_000), '1d 02:01:01'],
    [valueWithUnit(0.9951, 'share'), '99.51 %'], [valueWithUnit(2.5, 'joules per hour'), '2.5 J/h'],
    [slug('Queue-mode day on NB-IoT'), 'queue-mode-day-on-nb-iot'], [slug('...'), 'scenario'], [folderName('Zähler im Keller', 'a.yaml'), 'z-hler-im-keller'],
    [folderName('水表', 'mine/meters.yaml'), 'meters'], [folderName('水表', '水.yaml'), 'scenario'],
    [runLine(progress, 997), '00:00:01 of 01:00:00, 1x, 1 of 2 registered, 9 events'],
    [runLine({ ...progress, at: 1_800_000 }, 500),
      '00:30:00 of 01:00:00, 3,600x, 1 of 2 registered, 9 events'],
    [runLine({ ...progress, at: 0 }, 500), '00:00:00 of 01:00:00, 1 of 2 registered, 9 events'],
    [traceLine('1000 x up 1 delivered zz', 0).message, ''],
    [traceLine('1000 x up 1 delivered 00', 0).message, 'no message, 1 byte'],
    [traceLine('1000 committed 3 with 1 changes', 0).what, 'committed 3 with 1 change'],
    [traceLine('1000 committed 3 with 21 changes', 0).what, 'committed 3 with 21 changes'],
    [several(1, 'device'), '1 device'], [several(1000, 'device'), '1,000 devices'],
  ] as const)('%s', ([said, right]) => {
    expect(said).toBe(right);
  });

  it('intervals keep sums, ends and worst moments', () => {
    const { samples } = held.metrics;
    const many = Array.from({ length: 121 }, (_, index) => ({ ...samples[1]!, at: index }));
    const joined = coarse(many);
    expect(joined.length).toBeLessThanOrEqual(60);
    expect(joined.at(-1)!.at).toBe(120);
    expect(coarse(samples)).toEqual(samples);
  });
});
