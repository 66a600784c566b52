// Values on their way from a device to the store: rows with their sequence numbers, the few facts
// that lists show, and the firmware state that the session follows. No actor step unless a
// decision changes (ARCHITECTURE.md, "Data flows around the actor").

import { decodeLossy } from '../core/bytes.ts';
import { EVENT_LOG } from '../core/lwm2m/event-log.ts';
import { formatPath, pathIds } from '../core/lwm2m/path.ts';
import { formatTarget, type Target } from '../core/lwm2m/target.ts';
import type { Entry, Value } from '../core/lwm2m/value.ts';
import type { Milliseconds, Ticket } from '../core/ports.ts';
import type { Change, TelemetryRow } from '../core/store/changes.ts';
import { factsOfResource } from '../core/syslog/lines.ts';
import { rowOf, type Device } from './device.ts';
import { eventLogLines, isLogData, noteLogFormats } from './event-logs.ts';
import type { Host } from './host.ts';
import { isShown, type Fact } from './recency.ts';
import { eventsOf, type Report } from './reports.ts';
import { FIRMWARE_EVENTS } from './session.machine.ts';
import { isMeant } from './wants.ts';

/** What a JavaScript date and the database's timestamps both hold. */
const TIME_MAX: Milliseconds = 8.64e15;

const NO_CHANGES: readonly Change[] = [];

/**
 * Stores what a device said; the ticket says when it may be acknowledged. `report` is how, when it
 * said it by itself: then it may make an event.
 */
export function storeValues(
  host: Host, device: Device, entries: readonly Entry[], now: Milliseconds, report?: Report,
): Ticket {
  const changes: Change[] = [];
  const logged: Change[] = [];
  let factsChanged = false;
  noteLogFormats(device, entries);
  for (const entry of inOrderOfTime(entries, now)) {
    if (entry.path.resource === undefined) continue;
    const row = telemetryRow(host.nextSequence++, device.id, entry, now);
    changes.push({ table: 'resource', row });
    if (entry.path.object <= 5 && noteFact(host, device, row)) factsChanged = true;
    if (device.wanted.logs.length > 0 || entry.path.object === EVENT_LOG) {
      for (const change of logLines(host, device, entry, now)) logged.push(change);
    }
  }
  host.counters.valuesStored += changes.length;
  const events = eventsFrom(host, device, changes, report);
  changes.push(...events);
  for (const change of logged) changes.push(change);
  if (factsChanged) {
    changes.push({ table: 'device', row: rowOf(device) });
    host.tell({ kind: 'device', endpoint: device.endpoint });
  }
  const ticket = host.store.commit(changes);
  host.tellEvents(device, ticket, events);
  if (host.isWatched) host.afterCommit(ticket, () => tellValues(host, device, changes));
  return ticket;
}

/** Judges the values by the rules for alerts; gives the events they make. */
function eventsFrom(
  host: Host, device: Device, changes: readonly Change[], report: Report | undefined,
): readonly Change[] {
  const mayBeEvent = report !== undefined
    && (report !== 'alone' || device.profile.events.length > 0);
  if (!mayBeEvent && !host.alerts.watchesValues) return NO_CHANGES;
  const rows = changes.flatMap((change) => change.table === 'resource' ? [change.row] : []);
  host.alerts.onValues(device, rows);
  if (!mayBeEvent) return NO_CHANGES;
  return eventsOf(device, rows, report).map((row): Change => ({ table: 'event', row }));
}

/** Only what is on disk is shown: a crash must not take back a value somebody has seen. */
function tellValues(host: Host, device: Device, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.table !== 'resource') continue;
    host.tell({ kind: 'value', endpoint: device.endpoint, row: change.row });
  }
  const hasLogged = changes.some(({ table }) => table === 'device_log');
  if (hasLogged) host.tell({ kind: 'logged', endpoint: device.endpoint });
}

/** The lines of the event log and of resources that are named as logs, beside the value itself. */
function logLines(
  host: Host, device: Device, entry: Entry, now: Milliseconds,
): Change[] {
  const { path, value, time } = entry;
  if (isLogData(path)) return eventLogLines(host, device, entry, usableTime(time), now);
  if (!device.wanted.logs.some((pattern) => isMeant(pattern, path))) return [];
  if (value.type !== 'string' && value.type !== 'opaque') return [];
  const text = value.type === 'string' ? value.value : decodeLossy(value.value);
  const facts = factsOfResource(usableTime(time));
  return host.logs.changes(device, { source: formatPath(path), text, facts }, now);
}

/** What one notification brought, as a whole. */
export function tellNotification(
  host: Host, { endpoint }: Device, target: Target, entries: readonly Entry[], ticket: Ticket,
): void {
  host.afterCommit(ticket, () => {
    host.tell({ kind: 'notification', endpoint, path: formatTarget(target), entries });
  });
}

/** The newest last, whatever order a history comes in: lists and alerts show what came last. */
function inOrderOfTime(entries: readonly Entry[], now: Milliseconds): readonly Entry[] {
  const isOrdered = entries.every(({ time }, index) => (
    index === 0 || (entries[index - 1]?.time ?? now) <= (time ?? now)));
  return isOrdered ? entries
    : [...entries].sort((left, right) => (left.time ?? now) - (right.time ?? now));
}

function telemetryRow(
  sequence: number, device: number, entry: Entry, now: Milliseconds,
): TelemetryRow {
  const { path, value, time } = entry;
  const [object = 0, instance = 0, resource = 0, resourceInstance = -1] = pathIds(path);
  return {
    sequence, device, object, instance, resource, resourceInstance,
    deviceTime: usableTime(time) ?? now, receiveTime: now, value,
  };
}

function usableTime(time: Milliseconds | undefined): Milliseconds | undefined {
  return time !== undefined && Math.abs(time) <= TIME_MAX ? Math.round(time) : undefined;
}

/** Keeps what lists show of a device; true when it is news. */
function noteFact(host: Host, device: Device, row: TelemetryRow): boolean {
  const { object, instance, resource, value } = row;
  if (instance !== 0) return false;
  switch (`${object}/${resource}`) {
    case '3/0': return note(device, 'manufacturer', textOf(value), row);
    case '3/1': return note(device, 'model', textOf(value), row);
    case '3/3': return note(device, 'firmwareVersion', textOf(value), row);
    case '3/9': return note(device, 'batteryPercent', numberOf(value), row);
    case '4/2': return note(device, 'signalDbm', numberOf(value), row);
    case '5/3': return noteFirmwareState(host, device, numberOf(value));
    default: return false;
  }
}

function note<Name extends Fact>(
  device: Device, name: Name, value: Device[Name], row: TelemetryRow,
): boolean {
  if (value === undefined || !isShown(device, name, row) || device[name] === value) return false;
  device[name] = value;
  return true;
}

/** /5/0/3 (Core E.6): 0 idle, 1 downloading, 2 downloaded, 3 updating. */
function noteFirmwareState(host: Host, device: Device, state: number | undefined): boolean {
  // As it comes: a device that reboots into its new firmware may have lost its clock.
  if (state !== 0 && state !== 1 && state !== 2 && state !== 3) return false;
  if (device.firmwareState === state) return false;
  device.firmwareState = state;
  host.step(device, FIRMWARE_EVENTS[state]);
  return true;
}

function numberOf(value: Value): number | undefined {
  if (value.type === 'integer' || value.type === 'unsigned') return Number(value.value);
  return value.type === 'float' ? value.value : undefined;
}

const TEXT_LENGTH_MAX = 64;
/** Each once: a fleet of 100,000 says the same of its maker. */
const texts = new Map<string, string>();
const TEXTS_MAX = 1_024;

/** A device's own words, cut to what a table can show. */
function textOf(value: Value): string | undefined {
  if (value.type !== 'string') return undefined;
  const cut = value.value.slice(0, TEXT_LENGTH_MAX);
  const known = texts.get(cut);
  if (known !== undefined) return known;
  // Made anew: as a part of what it was decoded from it would keep all of that in memory.
  const text = [...cut].join('');
  if (texts.size < TEXTS_MAX) texts.set(text, text);
  return text;
}
