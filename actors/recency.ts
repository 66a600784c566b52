// What comes late: a device that kept values while it had no network sends them after newer ones.
// They are stored like all others, and change neither what lists show nor what alerts say. After a
// restart the first value is news whatever its time: a device whose clock is behind is not ignored.

import type { Milliseconds } from '../core/ports.ts';
import type { TelemetryRow } from '../core/store/changes.ts';
import { holdsFrom } from '../core/store/newest.ts';
import type { Device } from './device.ts';

/** What lists show of a device; the times of these stand in this order. */
const FACTS = [
  'manufacturer', 'model', 'firmwareVersion', 'batteryPercent', 'signalDbm',
] as const;
export type Fact = (typeof FACTS)[number];

/** Paths of one device whose times are remembered; what is beyond them is all taken for new. */
export const JUDGED_MAX = 256;

/** Whether lists show this value rather than the one before; remembers since when. */
export function isShown(device: Device, fact: Fact, row: TelemetryRow): boolean {
  // Five numbers and no table, since every device has them.
  const since: Milliseconds[] = device.shownSince ??= FACTS.map(() => -Infinity);
  const index = FACTS.indexOf(fact);
  const from = holdsFrom(row);
  if (from < (since[index] ?? -Infinity)) return false;
  since[index] = from;
  return true;
}

/** Whether rules judge this value after the one before of this path; remembers since when. */
export function isJudged(device: Device, path: string, row: TelemetryRow): boolean {
  const from = holdsFrom(row);
  if (from < (device.judgedSince?.get(path) ?? -Infinity)) return false;
  const since = device.judgedSince ??= new Map();
  if (since.has(path) || since.size < JUDGED_MAX) since.set(path, from);
  return true;
}
