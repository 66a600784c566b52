// Times in syslog headers: RFC 3339 as RFC 5424 s6.2.3 narrows it, and the `Nov 22 14:02:11` of
// RFC 3164 s4.1.2, which has neither year nor zone.

import type { Milliseconds } from '../ports.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const SHORT_MONTHS: readonly number[] = [3, 5, 8, 10];
const YEAR: Milliseconds = 31_556_952_000;
/** After 400 years the calendar comes again. */
const CYCLE_YEARS = 400;
const CYCLE: Milliseconds = 146_097 * 86_400_000;
const MINUTE: Milliseconds = 60_000;

const TIMESTAMP = new RegExp(/^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?/.source
  + /(?:Z|([+-])(\d\d):(\d\d))$/.source);
/** With the year and the fraction that some devices add, and the colon of others. */
const OLD_TIMESTAMP = new RegExp(`^(${MONTHS.join('|')}) ([ \\d]?\\d) (?:(\\d{4}) )?`
  + /(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?:? /.source);

type TimeOfDay = readonly [hour: number, minute: number, second: number];

/** RFC 5424 s6.2.3; undefined for what is no such time. */
export function parseTimestamp(text: string): Milliseconds | undefined {
  const found = TIMESTAMP.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute, second, digits, sign, ...offset] = found;
  const time = utc(Number(year), Number(month) - 1, Number(day),
    [Number(hour), Number(minute), Number(second)]);
  const [offsetHours, offsetMinutes] = [Number(offset[0] ?? 0), Number(offset[1] ?? 0)];
  if (time === undefined || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const ahead = (offsetHours * 60 + offsetMinutes) * MINUTE;
  return time + fraction(digits) - (sign === '-' ? -ahead : ahead);
}

/**
 * RFC 3164 s4.1.2 at the beginning of a text, taken for UTC. Without a year it is of the one that
 * brings it nearest to `now`: a line of December may come in January.
 */
export function takeOldTimestamp(
  text: string, now: Milliseconds,
): { readonly time: Milliseconds; readonly length: number } | undefined {
  const found = OLD_TIMESTAMP.exec(text);
  if (found === null) return undefined;
  const [whole, month = '', day, year, hour, minute, second, digits] = found;
  const thisYear = 1970 + Math.floor(now / YEAR);
  const years = year === undefined ? [thisYear, thisYear - 1, thisYear + 1] : [Number(year)];
  const [nearest] = years.flatMap((one) => utc(one, MONTHS.indexOf(month), Number(day),
    [Number(hour), Number(minute), Number(second)]) ?? [])
    .sort((a, b) => Math.abs(a - now) - Math.abs(b - now));
  return nearest === undefined
    ? undefined : { time: nearest + fraction(digits), length: whole.length };
}

/** Undefined when the calendar has no such day or the clock no such time, like a leap second. */
function utc(
  year: number, month: number, day: number, [hour, minute, second]: TimeOfDay,
): Milliseconds | undefined {
  const isDay = month >= 0 && month < 12 && day >= 1 && day <= daysOf(year, month);
  if (!isDay || hour > 23 || minute > 59 || second > 59) return undefined;
  // Date.UTC takes the years 0 to 99 for those of the last century.
  return Date.UTC(year + CYCLE_YEARS, month, day, hour, minute, second) - CYCLE;
}

function daysOf(year: number, month: number): number {
  if (month !== 1) return SHORT_MONTHS.includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Of a second, as its digits; what is finer than a millisecond is cut. */
function fraction(digits = ''): Milliseconds {
  return Number(digits.padEnd(3, '0').slice(0, 3));
}
