// Measured values, times and counts in the words of people, the same in every report.

import { parse } from 'node:path';
import type { Milliseconds } from '../../core/ports.ts';
import type { Judged, Unit } from '../../sim/expect.ts';
import type { RunResult } from '../../sim/run.ts';

const SECOND = 1000;
const HUNDRED = 100;

/** `1,234,567`. */
export function count(value: number): string {
  const [whole = '', fraction] = rounded(value).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `1 device`, `1,000 devices`. */
export function several(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`;
}

/** With as many places as a reader needs. */
export function valueWithUnit(value: number, unit: Unit): string {
  if (unit === 'share') return `${Number((value * HUNDRED).toFixed(3))} %`;
  if (unit === 'joules per hour') return `${count(value)} J/h`;
  if (unit === 'millicoulombs') return `${count(value)} mC`;
  if (unit === 'count') return count(value);
  return span(value);
}

/** `340 ms`, `4.2 s`, `12 min`. */
export function span(value: Milliseconds): string {
  if (value < SECOND) return `${rounded(value)} ms`;
  if (value < 120 * SECOND) return `${rounded(value / SECOND)} s`;
  if (value < 7200 * SECOND) return `${rounded(value / 60 / SECOND)} min`;
  return `${rounded(value / 3600 / SECOND)} h`;
}

/** `07:04:09` since the start, with days in front when there are any. */
export function clockTime(at: Milliseconds): string {
  const seconds = Math.floor(at / SECOND);
  const two = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const time = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${days > 0 ? `${days}d ` : ''}${time.map(two).join(':')}`;
}

/** `3, expected <= 2`, or why it was not judged. */
export function inWords({ measured, comparison, bound, unit, off }: Judged): string {
  if (off !== undefined) return off;
  const value = measured === undefined ? 'nothing to measure' : valueWithUnit(measured, unit);
  return `${value}, expected ${comparison} ${valueWithUnit(bound, unit)}`;
}

/** What was left out, that of one reason together. */
export function leftOut({ off, expectations }: RunResult): [why: string, what: string[]][] {
  const reasons = new Map<string, string[]>();
  for (const { what, why } of off) {
    // Of an expectation it is said where it stands.
    if (expectations.some(({ text }) => text === what)) continue;
    reasons.set(why, [...reasons.get(why) ?? [], what]);
  }
  return [...reasons];
}

/** A name as part of a path; what it is otherwise, without a Latin letter or digit. */
export function slug(name: string, otherwise = 'scenario'): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || otherwise;
}

/** The folder of a scenario's runs: its name, or that of its file. */
export function folderName(scenario: string, file: string): string {
  return slug(scenario, slug(parse(file).name));
}

function rounded(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toFixed(Math.abs(value) >= HUNDRED ? 0 : 2)));
}
