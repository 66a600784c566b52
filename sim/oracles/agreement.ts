// When the world has come to rest, the server's disk and the devices agree: every device that is
// on is registered on both sides with the same registration and address, both hold the same
// observations, the value of its newest acknowledged notification is on the disk as the device
// said it, what lists show of it is the newest on the disk, and no operation of it is still open.

import { toHex } from '../../core/bytes.ts';
import { formatPath, parsePath, type Path } from '../../core/lwm2m/path.ts';
import type { Value } from '../../core/lwm2m/value.ts';
import type { Address, Milliseconds } from '../../core/ports.ts';
import type { DeviceRow, TelemetryRow } from '../../core/store/changes.ts';
import { pathOfRow } from '../../core/store/row-path.ts';
import type { SimulatedDevice } from '../device.ts';
import type { DeviceNews } from '../observer.ts';
import type { Passing } from '../passing.ts';
import type { World } from '../world.ts';
import { EXCHANGE_LIFETIME, keyOf } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';
import { isOfItsType, isSameValue, wordsOf } from './values.ts';

/** Rows of one path among which an acknowledged value must be. */
const ROWS_KEPT = 8;

interface Known {
  readonly device: SimulatedDevice;
  /** Whence it last sent. */
  address: Address | undefined;
}

export class AgreementOracle extends Findings implements Oracle {
  readonly #world: World;
  /** By device. */
  readonly #devices: (Known | undefined)[] = [];

  constructor(world: World) {
    super('agreement');
    this.#world = world;
  }

  device(_: Milliseconds, device: SimulatedDevice, what: DeviceNews): void {
    if (what !== 'started') return;
    this.#devices[device.id] ??= { device, address: undefined };
  }

  deviceSent({ device, address }: Passing): void {
    const known = this.#devices[device.id];
    if (known !== undefined) known.address = address;
  }

  settled(at: Milliseconds): void {
    const rows = new Map<string, DeviceRow>();
    for (const row of this.#world.disk.devices.values()) rows.set(row.endpoint, row);
    const values = newestValues(this.#world.disk.telemetry, this.#rowsKept(rows));
    const open = this.#openOperations();
    for (const known of this.#devices) {
      if (known === undefined) continue;
      const { device } = known;
      // Of vices only sending twice leaves a device that comes to rest.
      const { endpoint, vices = [] } = device.options;
      if (!device.isOn || vices.some((vice) => vice !== 'duplicateSender')) continue;
      const row = rows.get(endpoint);
      for (const what of [
        ...disagreements(device, known.address, row), ...lost(device, row, values),
        ...misshown(row, values),
      ]) this.report(at, `${endpoint} ${what}`);
      const waiting = row === undefined ? undefined : open.get(row.id);
      if (waiting !== undefined) this.report(at, `${endpoint} was not asked operation ${waiting}`);
    }
  }

  /** Of devices that send by themselves, by row: what they send comes between notifications. */
  #rowsKept(rows: ReadonlyMap<string, DeviceRow>): Map<number, number> {
    const kept = new Map<number, number>();
    for (const known of this.#devices) {
      const { endpoint, send, notifyEvery } = known?.device.options ?? {};
      const row = rows.get(endpoint ?? '');
      if (row === undefined || send === undefined || notifyEvery === undefined) continue;
      // The newest notification of all may still be retransmitted, and the one before is meant.
      const sends = Math.ceil((2 * notifyEvery + EXCHANGE_LIFETIME) / send.every);
      kept.set(row.id, ROWS_KEPT + sends * send.keep);
    }
    return kept;
  }

  #openOperations(): Map<number, number> {
    const open = new Map<number, number>();
    for (const { id, device, status } of this.#world.disk.operations.values()) {
      if (status === 'QUEUED' || status === 'SENDING') open.set(device, id);
    }
    return open;
  }
}

/** What device and row tell differently. */
function disagreements(
  device: SimulatedDevice, address: Address | undefined, row: DeviceRow | undefined,
): string[] {
  const registration = row?.registration;
  if (device.location === undefined) return ['is not registered by its own word'];
  if (registration === undefined) return ['is registered by its own word, but not on disk'];
  const here = `rd/${registration.id}`;
  if (device.location !== here) return [`is registered as ${device.location}, on disk as ${here}`];
  const found: string[] = [];
  if (address !== undefined && keyOf(address) !== keyOf(registration)) {
    found.push(`sends from ${keyOf(address)}, on disk from ${keyOf(registration)}`);
  }
  const observed = device.observed.map(({ token }) => toHex(token)).sort().join(' ');
  const tokens = registration.observed.flatMap((text, slot) => (
    // An established observation is its path and nothing in front of it.
    text.startsWith('/') ? [registration.tokenBase + slot.toString(16).padStart(4, '0')] : []
  )).sort().join(' ');
  for (const text of registration.observed) {
    const path = parsePath(text.slice(1));
    // In front of a path stands why it is not observed; that it is not there is a good reason, and
    // so is that the device refuses. The rest of a long answer is asked for by plain reads.
    if (!'?!.'.includes(text[0] ?? '') || !path.ok) continue;
    const { refuses } = device.options;
    if (refuses?.observe !== undefined || refuses?.read !== undefined) continue;
    if (device.resources.pathsWithin(path.value).length === 0) continue;
    found.push(`is not observed at ${text.slice(1)}, which it has`);
  }
  if (observed !== tokens) found.push(`is observed by tokens ${observed}, on disk by ${tokens}`);
  return found;
}

/** What the newest acknowledged notifications said and is not among the newest on disk. */
function lost(
  { observed }: SimulatedDevice, row: DeviceRow | undefined,
  values: ReadonlyMap<string, readonly Value[]>,
): string[] {
  if (row === undefined) return [];
  const said = observed.flatMap(({ acknowledged = [] }) => acknowledged);
  return said.filter((entry) => {
    const { path, value } = entry;
    const stored = values.get(keyOfValue(row.id, path)) ?? [];
    return !stored.some((one) => isSameValue(one, value) || !isOfItsType(entry));
  }).map(({ value }) => `said ${wordsOf(value)}, which was acknowledged and is not on disk`);
}

/** What lists of devices show, and where a device tells it (objects 3, 4 and 5). */
const SHOWN = [
  ['manufacturer', { object: 3, instance: 0, resource: 0 }],
  ['model', { object: 3, instance: 0, resource: 1 }],
  ['firmwareVersion', { object: 3, instance: 0, resource: 3 }],
  ['batteryPercent', { object: 3, instance: 0, resource: 9 }],
  ['signalDbm', { object: 4, instance: 0, resource: 2 }],
  ['firmwareState', { object: 5, instance: 0, resource: 3 }],
] as const;
/** Longer texts are cut for a table. */
const SHOWN_LENGTH_MAX = 64;
/** /5/0/3 has no others (LwM2M Core 1.1.1 E.6). */
const FIRMWARE_STATE_MAX = 3;

/** What lists show of a device and is not the newest on disk. */
function misshown(
  row: DeviceRow | undefined, values: ReadonlyMap<string, readonly Value[]>,
): string[] {
  if (row === undefined) return [];
  return SHOWN.flatMap(([fact, path]) => {
    const newest = values.get(keyOfValue(row.id, path))?.at(-1);
    // What a list cannot show is stored, and leaves the list as it was.
    if (newest === undefined || !isOfItsType({ path, value: newest })) return [];
    const words = wordsOf(newest).slice(0, SHOWN_LENGTH_MAX);
    const isState = fact !== 'firmwareState' || Number(words) <= FIRMWARE_STATE_MAX;
    if (!isState || String(row[fact]) === words) return [];
    return [`is shown with ${fact} ${row[fact]}, and the newest on disk is ${words}`];
  });
}

function newestValues(
  telemetry: Iterable<TelemetryRow>, rowsKept: ReadonlyMap<number, number>,
): Map<string, Value[]> {
  const newest = new Map<string, Value[]>();
  for (const row of telemetry) {
    const key = keyOfValue(row.device, pathOfRow(row));
    const values = newest.get(key) ?? [];
    if (values.length === 0) newest.set(key, values);
    else if (values.length === (rowsKept.get(row.device) ?? ROWS_KEPT)) values.shift();
    values.push(row.value);
  }
  return newest;
}

function keyOfValue(device: number, path: Path): string {
  return `${device} ${formatPath(path)}`;
}
