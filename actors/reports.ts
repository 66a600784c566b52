// What several values mean together: an event for what one Send or composite notification reports
// of one moment, and for every rule of the profile whose paths a device has reported within the
// rule's window. Which values they were is kept beside the event.

import { formatPath, type Path } from '../core/lwm2m/path.ts';
import type { Milliseconds } from '../core/ports.ts';
import type { EventRow, TelemetryRow } from '../core/store/changes.ts';
import type { Device } from './device.ts';

/** An event of a name of its own, once each of its paths was reported within the window. */
export interface EventRule {
  readonly type: string;
  /** `*` in place of an instance stands for every one. */
  readonly paths: readonly string[];
  /** Between the first and the last by the device's times; 0: of one moment. */
  readonly window: Milliseconds;
}

/**
 * How values came: one path by itself, several that the device put together, or an object as a
 * gateway tells it, which is an event however little it has.
 */
export type Report = 'alone' | 'together' | 'as one';

/** A rule of which a part was reported. */
export interface Gathering {
  readonly rule: EventRule;
  /** By the rule's paths, the newest of each. */
  readonly found: readonly (TelemetryRow | undefined)[];
}

/** The type of what a device reports together and no rule names. */
const TOGETHER = 'report';
/** Paths in the words of an event. */
const DETAIL_PATHS_MAX = 8;

/** The events that a report completes, in the order of its values. */
export function eventsOf(
  device: Device, rows: readonly TelemetryRow[], report: Report,
): EventRow[] {
  const events: EventRow[] = [];
  const named = new Set<Milliseconds>();
  for (const rule of device.profile.events) {
    for (const row of rows) {
      const complete = gather(device, rule, row);
      if (complete === undefined) continue;
      named.add(row.deviceTime);
      events.push(eventOf(device, rule.type, complete));
    }
  }
  const isEvent = report === 'as one' ? () => true : hasSeveral;
  if (report === 'alone' || !isEvent(rows)) return events;
  for (const [time, group] of byTime(rows)) {
    if (isEvent(group) && !named.has(time)) events.push(eventOf(device, TOGETHER, group));
  }
  return events;
}

/** Notes a value for a rule; all of the rule's values when it was the last that was missing. */
function gather(
  device: Device, rule: EventRule, row: TelemetryRow,
): readonly TelemetryRow[] | undefined {
  const index = rule.paths.findIndex((pattern) => fits(pattern, row));
  if (index === -1) return undefined;
  const open = device.gatherings.find((one) => one.rule === rule);
  const others = device.gatherings.filter((one) => one.rule !== rule);
  const before = open?.found ?? rule.paths.map(() => undefined);
  const found = inWindow(before.map((one, at) => (at === index ? row : one)), row, rule.window);
  const complete = found.filter((one) => one !== undefined);
  const isComplete = complete.length === found.length;
  device.gatherings = isComplete ? others : [...others, { rule, found }];
  return isComplete ? complete : undefined;
}

/** Those that are within one window with the row; where two windows would do, the later one. */
function inWindow(
  found: Gathering['found'], row: TelemetryRow, window: Milliseconds,
): Gathering['found'] {
  const near = found.map((one) => (
    one !== undefined && Math.abs(one.deviceTime - row.deviceTime) <= window ? one : undefined
  ));
  const latest = Math.max(...near.map((one) => one?.deviceTime ?? -Infinity));
  return near.map((one) => (
    one !== undefined && latest - one.deviceTime <= window ? one : undefined
  ));
}

function byTime(rows: readonly TelemetryRow[]): Map<Milliseconds, TelemetryRow[]> {
  const groups = new Map<Milliseconds, TelemetryRow[]>();
  for (const row of rows) {
    const group = groups.get(row.deviceTime);
    if (group === undefined) groups.set(row.deviceTime, [row]);
    else group.push(row);
  }
  return groups;
}

function fits(pattern: string, { object, instance, resource }: TelemetryRow): boolean {
  const [, ofObject, ofInstance, ofResource] = pattern.split('/');
  return ofObject === String(object) && ofResource === String(resource)
    && (ofInstance === '*' || ofInstance === String(instance));
}

/** More than one resource: a history of one alone is no event. */
function hasSeveral([first, ...others]: readonly TelemetryRow[]): boolean {
  return first !== undefined && others.some((row) => row.resource !== first.resource
    || row.instance !== first.instance || row.object !== first.object);
}

function eventOf(device: Device, type: string, rows: readonly TelemetryRow[]): EventRow {
  const paths = [...new Set(rows.map((row) => formatPath(resourceOf(row))))];
  const left = paths.length - DETAIL_PATHS_MAX;
  const more = left > 0 ? ` and ${left} more` : '';
  return {
    device: device.id, type, at: Math.max(...rows.map(({ deviceTime }) => deviceTime)),
    detail: paths.slice(0, DETAIL_PATHS_MAX).join(', ') + more,
    sequences: rows.map(({ sequence }) => sequence),
  };
}

function resourceOf({ object, instance, resource }: TelemetryRow): Path {
  return { object, instance, resource };
}
