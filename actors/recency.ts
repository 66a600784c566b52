// What comes late: a device that kept values while it had no network sends them after newer ones.
// They are stored like all others, and change neither what lists show nor what alerts say. After a
// restart the first value is news whatever its time: a device whose clock is behind is not ignored.

import type { TelemetryRow } from '../core/store/changes.ts';
import { holdsFrom } from '../core/store/newest.ts';
import type { Device } from './device.ts';

/** More are all taken for new: a device has few facts, and rules name few of its resources. */
export const HELD_MAX = 256;

/** Whether the value holds rather than what was known by this name before; remembers since when. */
export function holdsNow(device: Device, name: string, row: TelemetryRow): boolean {
  const from = holdsFrom(row);
  if (from < (device.heldSince?.get(name) ?? -Infinity)) return false;
  device.heldSince ??= new Map();
  if (device.heldSince.has(name) || device.heldSince.size < HELD_MAX) {
    device.heldSince.set(name, from);
  }
  return true;
}
