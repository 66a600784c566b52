// The Event Log object (20) as a log: what its data says becomes lines, each once, however often a
// device tells all that it has collected. What is known of a log is lost when the server ends: the
// first data after a start may bring lines a second time (ARCHITECTURE.md, rule 6).

import {
  EVENT_LOG, LogResource, logTexts, type LogText,
} from '../core/lwm2m/event-log.ts';
import { formatPath, type Path } from '../core/lwm2m/path.ts';
import type { Entry, Value } from '../core/lwm2m/value.ts';
import type { Milliseconds } from '../core/ports.ts';
import type { Change } from '../core/store/changes.ts';
import { factsOfResource, rawLines } from '../core/syslog/lines.ts';
import { knownOf, NO_LINES, type KnownLines } from '../core/syslog/new-lines.ts';
import type { Device } from './device.ts';
import type { Host } from './host.ts';

/** What is known of one instance. */
export interface EventLog {
  /** As the device last said; undefined: it has not. */
  format: number | undefined;
  lines: KnownLines;
}

/** Instances of one device of which something is kept; of others every line is new. */
export const EVENT_LOGS_MAX = 16;

/** True for what becomes lines by this file. */
export function isLogData({ object, resource }: Path): boolean {
  return object === EVENT_LOG
    && (resource === LogResource.DATA || resource === LogResource.INCREMENTAL);
}

/** The format comes after the data in an instance that is read as a whole, and is needed first. */
export function noteLogFormats(device: Device, entries: readonly Entry[]): void {
  for (const { path, value } of entries) {
    if (path.object !== EVENT_LOG || path.resource !== LogResource.FORMAT) continue;
    const format = integerOf(value);
    const log = eventLogOf(device, path.instance ?? 0);
    if (format !== undefined && log !== undefined) log.format = Number(format);
  }
}

/** The lines that a value of the log brings; `time` is when the device says it measured it. */
export function eventLogLines(
  host: Host, device: Device, { path, value }: Entry, time: Milliseconds | undefined,
  now: Milliseconds,
): Change[] {
  const { registration } = device;
  if (value.type !== 'opaque' || registration === undefined) return [];
  const { instance = 0, resource } = path;
  const log = eventLogOf(device, instance);
  const format = log?.format ?? device.wanted.eventLog?.format;
  const models = host.models.of(registration.objects);
  const texts = logTexts(format, instance, value.value, now, models);
  const fresh = resource === LogResource.DATA && log !== undefined ? newTexts(log, texts) : texts;
  const source = formatPath(path);
  return fresh.flatMap(({ text, time: ofText = time }) => (
    host.logs.changes(device, { source, text, facts: factsOfResource(ofText) }, now)));
}

/** LogData is all that was collected: only the end of it may be news. */
function newTexts(log: EventLog, texts: readonly LogText[]): LogText[] {
  const lines = texts.flatMap(({ text, time }) => (
    rawLines(text).map((line) => ({ text: line, time }))));
  const { told, known } = knownOf(log.lines, lines.map(({ text }) => text));
  log.lines = known;
  return lines.slice(told);
}

function eventLogOf(device: Device, instance: number): EventLog | undefined {
  const logs = device.eventLogs ??= new Map();
  let log = logs.get(instance);
  if (log === undefined && logs.size < EVENT_LOGS_MAX) {
    logs.set(instance, log = { format: undefined, lines: NO_LINES });
  }
  return log;
}

function integerOf(value: Value): bigint | undefined {
  return value.type === 'integer' || value.type === 'unsigned' ? value.value : undefined;
}
