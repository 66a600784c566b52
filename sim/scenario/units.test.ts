// Spans and shares as people write them, and what they are told when it is no such thing.

import { describe, expect, it } from 'vitest';
import { DURATION_MAX, formatDuration, parseDuration, parsePercent } from './units.ts';

describe('a duration', () => {
  it.for([
    ['0s', 0], ['500ms', 500], ['1.5s', 1500], ['90s', 90_000], ['5m', 300_000],
    ['2h', 7_200_000], ['366d', DURATION_MAX],
  ] as const)('%s', ([text, span]) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: span });
    expect(parseDuration(formatDuration(span))).toEqual({ ok: true, value: span });
  });

  it.for([
    ['367d', '"367d" is too long (the most is 366d)'],
    ['0.5ms', '"0.5ms" is finer than 1ms'],
    ['25', '"25" has no unit (use 25s or 25m)'],
    ['3 mins', 'unknown unit "3 mins" (use 3m)'], ['2hrs', 'unknown unit "2hrs" (use 2h)'],
    ['3 Seconds', 'unknown unit "3 Seconds" (use 3s)'], ['1H', 'unknown unit "1H" (use 1h)'],
    ['3 s', 'no space goes in "3 s" (use 3s)'],
    ['3y', 'unknown unit "3y" (use ms, s, m, h or d)'],
    ['-3s', '"-3s" is no duration (use 500ms, 25s, 5m, 2h or 1d)'],
    ['', '"" is no duration (use 500ms, 25s, 5m, 2h or 1d)'],
  ] as const)('is not %s', ([text, reason]) => {
    expect(parseDuration(text)).toEqual({ ok: false, reason });
  });
});

describe('a share', () => {
  it.for([['0%', 0], ['0.5%', 0.5], ['100%', 100]] as const)('%s', ([text, percent]) => {
    expect(parsePercent(text)).toEqual({ ok: true, value: percent });
  });

  it.for([
    ['5', '"5" has no unit (use 5%)'], ['101%', '"101%" is more than the whole (use 100%)'],
    ['half', '"half" is no share (use 3%)'],
  ] as const)('is not %s', ([text, reason]) => {
    expect(parsePercent(text)).toEqual({ ok: false, reason });
  });
});
