// What one part of a scenario file says of another: names of fleets and networks, devices, paths,
// times of the run. Names are known before the check, so that a wrong one is found at its place.

import { closest } from '../../core/closest.ts';
import { formatPath, parsePath } from '../../core/lwm2m/path.ts';
import type { Milliseconds } from '../../core/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { unknownFleet } from './expectations.ts';
import type { Selection } from './model.ts';
import type { ReadText } from './signal-schema.ts';
import { formatDuration, time, written } from './units.ts';

/** Of a fleet, as far as it can be read before the check. */
export interface FleetFacts {
  readonly count: number;
  /** Undefined: from 0 on. */
  readonly numbers: readonly number[] | undefined;
  /** Its one device is called by its endpoint, and is not ours. */
  readonly isReal: boolean;
  readonly hasRadio: boolean;
  readonly hasFirmware: boolean;
}

/** What other parts of the file say, needed to check one part; undefined: anything goes. */
export interface Names {
  readonly fleets: ReadonlyMap<string, FleetFacts>;
  readonly networks: readonly string[];
  readonly radios: readonly string[];
  readonly duration: Milliseconds | undefined;
  /** Of the short form; the run's own where it does not say. */
  readonly shortDuration: Milliseconds | undefined;
  /** Whether the short form has expectations of its own. */
  readonly isShortJudgedApart: boolean;
  readonly readText: ReadText;
}

export const COUNT_MAX = 1_000_000;
export const NAME_PATTERN = '^[a-z][a-z0-9-]{0,39}$';

/** One of `names`, if they are known. */
export function nameOf(what: string, names: readonly string[] | undefined) {
  return written<string>((text) => {
    if (names === undefined || names.includes(text)) return ok(text);
    const right = closest(text, names) ?? names.join(' or ');
    return fail(`unknown ${what} "${text}"${right === '' ? '' : ` (use ${right})`}`);
  }, NAME_PATTERN, `the name of a ${what}`);
}

/** `3303/0/5700`; `levels` are how many ids it may have. */
export function pathWith(...levels: readonly number[]) {
  const example = ['3', '3/0', '3303/0/5700', '3/0/6/1'][(levels[0] ?? 3) - 1] ?? '3303/0/5700';
  return written<string>((text) => {
    if (text.startsWith('/')) return fail(`"${text}" begins with a slash (use ${text.slice(1)})`);
    const path = parsePath(text);
    if (!path.ok) return fail(`${path.reason.replace('/3/0/9', example)}`);
    return levels.includes(text.split('/').length)
      ? ok(formatPath(path.value).slice(1)) : fail(`"${text}" is no path like ${example}`);
  }, String.raw`^\d+(/\d+){0,3}$`, `a path like ${example}`);
}

const VERSION_PATTERN = String.raw`^[\w.+-]{1,32}$`;

/** Of a firmware. */
export const version = written<string>((text) => (
  new RegExp(VERSION_PATTERN).test(text) ? ok(text) : fail(`"${text}" is no version (use 1.2.0)`)
), VERSION_PATTERN, 'a version like 1.2.0');

/** `meters`, `all meters` or `10 random meters`. */
export function selection(names: Names | undefined) {
  return written<Selection>((text) => parseSelection(text, names?.fleets),
    String.raw`^((all|\d+ random) )?[a-z][a-z0-9-]*$`, 'devices like meters or 10 random meters');
}

function parseSelection(
  text: string, fleets: Names['fleets'] | undefined,
): Result<Selection> {
  const found = /^(?:(?:all|(\d+) random) )?(\S+)$/.exec(text);
  if (found === null) return fail(`"${text}" names no devices (use meters or 10 random meters)`);
  const [, digits, word = ''] = found;
  const count = digits === undefined ? undefined : Number(digits);
  if (fleets === undefined) return ok({ fleet: word, count });
  const fleet = [word, `${word}s`].find((one) => fleets.has(one));
  if (fleet === undefined) return fail(unknownFleet(word, [...fleets.keys()]));
  const most = fleets.get(fleet)?.count ?? COUNT_MAX;
  if (count !== undefined && (count < 1 || count > most)) {
    return fail(`"${text}": there are ${most} ${fleet} (use 1 to ${most})`);
  }
  return ok({ fleet, count });
}

/** `meters-3`: one simulated device. */
export function deviceOf(names: Names | undefined) {
  return written<string>((text) => {
    if (names === undefined) return ok(text);
    const fleets = new Map([...names.fleets].filter(([, { isReal }]) => !isReal));
    const [, word = text, digits = '0'] = /^(.+)-(\d+)$/.exec(text) ?? [];
    const number = Number(digits);
    if (has(fleets.get(word), number) && text === `${word}-${number}`) return ok(text);
    return fail(`there is no device "${text}" (use ${deviceLike(word, number, fleets)})`);
  }, String.raw`^[a-z][a-z0-9-]*-\d+$`, 'a device like meters-3');
}

/** The device that was probably meant, or all that there are. */
function deviceLike(word: string, number: number, fleets: Names['fleets']): string {
  const fleet = closest(word, [...fleets.keys()]);
  if (fleet !== undefined && has(fleets.get(fleet), number)) return `${fleet}-${number}`;
  return [...fleets].filter(([name]) => fleet === undefined || name === fleet)
    .map(([name, { count, numbers }]) => {
      if (numbers !== undefined) return numbers.map((one) => `${name}-${one}`).join(' or ');
      return count === 1 ? `${name}-0` : `${name}-0 to ${name}-${count - 1}`;
    }).join(' or ');
}

/** Whether the fleet has a device of this number. */
export function has(
  fleet: Pick<FleetFacts, 'count' | 'numbers'> | undefined, number: number,
): boolean {
  return fleet !== undefined && (fleet.numbers?.includes(number) ?? number < fleet.count);
}

/** A time of the run, not after its end. */
export function timeWithin(end: Milliseconds | undefined) {
  return time.superRefine((at, context) => {
    if (end === undefined || at <= end) return;
    context.addIssue(isAfter('run', at, end));
  });
}

/** What is wrong with a time that comes later than the end of a form. */
export function isAfter(form: 'run' | 'short form', at: Milliseconds, end: Milliseconds): string {
  return `${formatDuration(at)} is after the end of the ${form} (${formatDuration(end)})`;
}
