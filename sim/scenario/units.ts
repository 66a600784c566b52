// Numbers with their units as people write them: spans of time, shares, devices by fleet. What is
// wrong with one is said together with what would be right.

import { z } from 'zod';
import type { Milliseconds } from '../../core/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';

const UNITS = [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000], ['ms', 1]] as const;

/** How people write a unit who do not think of it as one letter. */
const OTHER_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(msecs?|millis?|milliseconds?)$/i, 'ms'], [/^(secs?|seconds?)$/i, 's'],
  [/^(mins?|minutes?)$/i, 'm'], [/^(hrs?|hours?)$/i, 'h'], [/^(days?)$/i, 'd'],
];

export const DURATION_MAX: Milliseconds = 366 * 86_400_000;

/** `25s` as milliseconds. */
export function parseDuration(text: string): Result<Milliseconds> {
  const found = /^(\d+(?:\.\d+)?)(\s*)([a-z]*)$/i.exec(text.trim());
  const [, digits = '', space = '', unit = ''] = found ?? [];
  if (found === null) return fail(`"${text}" is no duration (use 500ms, 25s, 5m, 2h or 1d)`);
  if (unit === '') return fail(`"${text}" has no unit (use ${digits}s or ${digits}m)`);
  const known = UNITS.find(([name]) => name === unit);
  if (known === undefined || space !== '') {
    const right = known?.[0] ?? otherWord(unit);
    const hint = right === undefined ? 'use ms, s, m, h or d' : `use ${digits}${right}`;
    return fail(`${known === undefined ? 'unknown unit' : 'no space goes in'} "${text}" (${hint})`);
  }
  const span = Number(digits) * known[1];
  if (span > DURATION_MAX) return fail(`"${text}" is too long (the most is 366d)`);
  return Number.isInteger(span) ? ok(span) : fail(`"${text}" is finer than 1ms`);
}

function otherWord(unit: string): string | undefined {
  return OTHER_WORDS.find(([words]) => words.test(unit))?.[1]
    ?? UNITS.find(([name]) => name === unit.toLowerCase())?.[0];
}

/** The shortest way to write a span that loses nothing. */
export function formatDuration(span: Milliseconds): string {
  if (span === 0) return '0s';
  const [name, length] = UNITS.find(([, one]) => span >= one && span % one === 0) ?? UNITS[4];
  return `${span / length}${name}`;
}

/** `3%` as a number from 0 to 100. */
export function parsePercent(text: string): Result<number> {
  const found = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (found === null) {
    const number = /^\d+(\.\d+)?$/.test(text);
    return fail(number ? `"${text}" has no unit (use ${text}%)` : `"${text}" is no share (use 3%)`);
  }
  const percent = Number(found[1]);
  return percent <= 100 ? ok(percent) : fail(`"${text}" is more than the whole (use 100%)`);
}

/** A text read by a parser above; `pattern` helps editors only. */
export function written<Value>(
  parse: (text: string) => Result<Value>, pattern: string, example: string,
) {
  const kind = z.string({
    error: ({ input }) => {
      if (input === undefined) return undefined;
      const parsed = parse(String(input));
      if (typeof input !== 'number') return `write ${example}`;
      return parsed.ok ? `write it in quotes: "${input}"` : parsed.reason;
    },
  });
  return kind.meta({ pattern }).transform((text, context) => {
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    context.addIssue(parsed.reason);
    return z.NEVER;
  });
}

const DURATION_PATTERN = String.raw`^\d+(\.\d+)?(ms|s|m|h|d)$`;

/** From 0 up. */
export const time = written(parseDuration, DURATION_PATTERN, 'a time like 90s or 2h');

/** Above 0. */
export const duration = written<Milliseconds>((text) => {
  const parsed = parseDuration(text);
  return parsed.ok && parsed.value === 0 ? fail(`"${text}" is no time at all (use 1s)`) : parsed;
}, DURATION_PATTERN, 'a duration like 90s or 2h');

/** A share of `whole`, as an integer. */
export function share(whole: number) {
  return written<number>((text) => {
    const percent = parsePercent(text);
    return percent.ok ? ok(Math.round((percent.value * whole) / 100)) : percent;
  }, String.raw`^\d+(\.\d+)?%$`, 'a share like 3%');
}
