// The fleet as a table: search, filter, sort, and the window of rows that a page shows. The
// order of a large fleet is reused for a moment; the rows in it are always current.

import type {
  FleetColumn, FleetQuery, FleetRow, FleetWindow,
} from '../core/api/management.ts';
import type { Milliseconds } from '../core/ports.ts';
import { deviceState, type Device } from './device.ts';

/** Devices per millisecond that their order is reused: 10,000 are sorted 4 times a second. */
const DEVICES_PER_MILLISECOND = 40;

/** An ICCID has 20. */
const DIGITS = 20;

export class Fleet {
  #order: readonly Device[] = [];
  #orderOf = '';
  #reusableUntil: Milliseconds = 0;

  window(devices: ReadonlyMap<string, Device>, query: FleetQuery, now: Milliseconds): FleetWindow {
    const { search, state, sort, descending, offset, limit } = query;
    const orderOf = JSON.stringify([search, state, sort, descending]);
    if (orderOf !== this.#orderOf || now >= this.#reusableUntil) {
      this.#order = order(devices, query);
      this.#orderOf = orderOf;
      this.#reusableUntil = now + Math.floor(devices.size / DEVICES_PER_MILLISECOND);
    }
    const rows = this.#order.slice(offset, offset + limit).map(rowOf);
    return { at: now, total: this.#order.length, offset, rows };
  }
}

/** One line of the table. */
function rowOf(device: Device): FleetRow {
  const { registration } = device;
  const isCounting = device.isAwake && device.awakeUntil !== Infinity;
  return {
    endpoint: device.endpoint,
    displayName: device.displayName,
    profile: device.profile.name,
    state: deviceState(device),
    lastSeenAt: device.lastSeenAt,
    awakeUntil: isCounting ? device.awakeUntil : undefined,
    expiresAt: registration?.expiresAt,
    batteryPercent: device.batteryPercent,
    signalDbm: device.signalDbm,
    firmwareVersion: device.firmwareVersion,
    operationsWaiting: device.operations.length,
  };
}

function order(devices: ReadonlyMap<string, Device>, query: FleetQuery): Device[] {
  const needle = query.search.toLowerCase();
  const found: Device[] = [];
  for (const device of devices.values()) {
    if (query.state !== 'all' && deviceState(device) !== query.state) continue;
    if (needle === '' || isMatch(device, needle)) found.push(device);
  }
  const key = KEYS[query.sort];
  const direction = query.descending ? -1 : 1;
  const keyed = found.map((device) => ({ device, key: key(device) }));
  keyed.sort(({ device: a, key: left }, { device: b, key: right }) => {
    // What has no value stands last in either direction.
    if (left === undefined || right === undefined) {
      return left === right ? a.id - b.id : left === undefined ? 1 : -1;
    }
    return left < right ? -direction : left > right ? direction : a.id - b.id;
  });
  return keyed.map(({ device }) => device);
}

/** Sorts `pump-10` after `pump-9`, and firmware 1.10 after 1.9. */
function inNumbers(text: string): string {
  return text.replace(/\d+/g, (digits) => digits.padStart(DIGITS, '0'));
}

function isMatch(device: Device, needle: string): boolean {
  return device.endpoint.toLowerCase().includes(needle)
    || device.displayName.toLowerCase().includes(needle)
    || device.tags.some((tag) => tag.toLowerCase().includes(needle))
    || (device.manufacturer ?? '').toLowerCase().includes(needle)
    || (device.model ?? '').toLowerCase().includes(needle);
}

const STATE_ORDER = ['awake', 'asleep', 'silent', 'expired', 'deregistered', 'never'];

const KEYS: Record<FleetColumn, (device: Device) => string | number | undefined> = {
  state: (device) => STATE_ORDER.indexOf(deviceState(device)),
  endpoint: (device) => inNumbers(device.endpoint),
  profile: (device) => inNumbers(device.profile.name),
  awakeUntil: (device) => rowOf(device).awakeUntil,
  lastSeenAt: (device) => device.lastSeenAt,
  expiresAt: (device) => device.registration?.expiresAt,
  batteryPercent: (device) => device.batteryPercent,
  signalDbm: (device) => device.signalDbm,
  firmwareVersion: (device) => device.firmwareVersion && inNumbers(device.firmwareVersion),
  operationsWaiting: (device) => device.operations.length,
};
