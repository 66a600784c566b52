// What the server wants of a device, from the patterns of its profile, of its groups and of what
// people declared, and the registered objects: the steps at each registration - values that shall
// hold, attributes, reads - and what is observed.

import type { AttributeChanges } from '../core/lwm2m/attributes.ts';
import { EVENT_LOG, LogResource } from '../core/lwm2m/event-log.ts';
import type { ObjectList } from '../core/lwm2m/registration.ts';
import { findObject, findResource } from '../core/lwm2m/objects.ts';
import { formatPath, pathOf, type Path } from '../core/lwm2m/path.ts';
import type { Wanted, WantedValue } from '../core/api/management.ts';
import {
  formatTarget, parseTarget, TARGET_PATHS_MAX, type Target,
} from '../core/lwm2m/target.ts';

/** One thing that is seen to at a registration, in its turn. */
export type Step =
  /** Read, and written if the device says another value. */
  | { readonly kind: 'hold'; readonly path: Path; readonly value: WantedValue }
  | { readonly kind: 'attributes'; readonly path: Path; readonly attributes: AttributeChanges }
  | { readonly kind: 'read'; readonly path: Path }
  /** The event log of an instance collects, or does not: its status is read, and set right. */
  | { readonly kind: 'run'; readonly path: Path; readonly run: boolean };

export interface Wants {
  readonly steps: readonly Step[];
  readonly observe: readonly Target[];
  /** Attributes wanted, by the path they are attached to: what pmax holds for is known by these. */
  readonly attributes: ReadonlyMap<string, AttributeChanges>;
}

/** What one device is asked for at a registration: patterns and instances multiply. */
export const STEPS_MAX = 1024;
/** Objects with the same list share their plans; the table is cleared when it holds this many. */
const REMEMBERED_MAX = 1000;
const remembered = new Map<ObjectList, WeakMap<Wanted, Wants>>();

/** The wants of a profile for an object list; shared by all devices that have both. */
export function wantsOf(objects: ObjectList, wanted: Wanted): Wants {
  let byWanted = remembered.get(objects);
  const known = byWanted?.get(wanted);
  if (known !== undefined) return known;
  const wants = expandAll(objects, wanted);
  if (byWanted === undefined) {
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    byWanted = new WeakMap();
    remembered.set(objects, byWanted);
  }
  byWanted.set(wanted, wants);
  return wants;
}

function expandAll(objects: ObjectList, given: Wanted): Wants {
  const wanted = withEventLog(given);
  const run = wanted.eventLog?.run;
  const held = new Map<string, Step>();
  for (const [pattern, value] of Object.entries(wanted.hold)) {
    // Of two that mean the same resource the later one holds, or it would be written twice.
    for (const path of expand(pattern, objects)) {
      held.set(formatPath(path), { kind: 'hold', path, value });
    }
  }
  const attributes = new Map<string, AttributeChanges>();
  const attached = Object.entries(wanted.attributes).flatMap(([pattern, changes]) => (
    expand(pattern, objects).map((path): Step => {
      attributes.set(formatPath(path), changes);
      return { kind: 'attributes', path, attributes: changes };
    })));
  const started = run === undefined ? [] : expand(`/${EVENT_LOG}/*`, objects)
    .map((path): Step => ({ kind: 'run', path, run }));
  const read = wanted.read.flatMap((pattern) => (
    expand(pattern, objects).map((path): Step => ({ kind: 'read', path }))));
  const single = wanted.observe.flatMap((pattern) => (
    expand(pattern, objects).map((path): Target => [path])));
  const together = wanted.observeTogether.map((patterns): Target => (
    unique(patterns.flatMap((pattern) => expand(pattern, objects))).slice(0, TARGET_PATHS_MAX)));
  return {
    steps: [...held.values(), ...attached, ...started, ...read].slice(0, STEPS_MAX),
    observe: uniqueTargets([...single, ...together.filter(({ length }) => length > 0)]),
    attributes,
  };
}

/** What is wanted of the event log, in the words that all objects are wanted in. */
function withEventLog(wanted: Wanted): Wanted {
  const { eventLog, hold, read, observe } = wanted;
  if (eventLog === null) return wanted;
  const at = (resource: number) => `/${EVENT_LOG}/*/${resource}`;
  const { data = 'observe' } = eventLog;
  const values = [
    [LogResource.CLASS, eventLog.class], [LogResource.FORMAT, eventLog.format],
    [LogResource.SEND_INTERVAL, eventLog.sendInterval],
  ] as const;
  const held = values.flatMap(([resource, value]) => (
    value === undefined ? [] : [[at(resource), value] as const]));
  return {
    ...wanted,
    // What is said of a resource itself comes after what is said of all logs.
    hold: { ...Object.fromEntries(held), ...hold },
    // By the format the data is understood; a device may take another than it was told.
    read: [at(LogResource.FORMAT), ...read, ...data === 'read' ? [at(LogResource.DATA)] : []],
    observe: data === 'observe' ? [...observe, at(LogResource.DATA)] : observe,
  };
}

/** The observed targets after what people switched on (`also`) and off (`never`). */
export function observedTargets(
  wants: Wants, also: readonly string[], never: readonly string[],
): readonly Target[] {
  if (also.length === 0 && never.length === 0) return wants.observe;
  const added = also.flatMap((text) => {
    const target = parseTarget(text);
    return target.ok ? [target.value] : [];
  });
  return uniqueTargets([...wants.observe, ...added])
    .filter((target) => !never.includes(formatTarget(target)));
}

// A pattern like `/3303/*/5700` as the paths the device has; none if it has no such object.
function expand(pattern: string, objects: ObjectList): Path[] {
  const [object, instance, resource, ...within] = pattern.split('/').slice(1);
  const found = objects.instances.filter((one) => fits(object, one.object)
    && fits(instance, one.instance)
    && (object !== '*' || isDefined(one.object, resource)));
  if (instance === undefined) return unique(found.map((one) => pathOf([one.object])));
  return found.map((one) => (resource === undefined
    ? pathOf([one.object, one.instance])
    : pathOf([one.object, one.instance, ...[resource, ...within].map(Number)])));
}

// Whether the path is of a resource that a pattern like `/3303/*/5700` means.
export function isMeant(pattern: string, { object, instance = -1, resource = -1 }: Path): boolean {
  const [ofObject, ofInstance, ofResource] = pattern.split('/').slice(1);
  return fits(ofObject, object) && fits(ofInstance, instance) && fits(ofResource, resource);
}

function fits(pattern: string | undefined, id: number): boolean {
  return pattern === undefined || pattern === '*' || pattern === String(id);
}

/**
 * `*` in place of an object means: every object that this server brings and that defines the
 * resource. Models that people add change what values are called, not what devices are asked for.
 */
function isDefined(object: number, resource: string | undefined): boolean {
  return resource === undefined
    ? findObject(object) !== undefined
    : findResource(object, Number(resource)) !== undefined;
}

function unique(paths: readonly Path[]): Path[] {
  return uniqueTargets(paths.map((path) => [path])).flat();
}

function uniqueTargets(targets: readonly Target[]): Target[] {
  const seen = new Set<string>();
  return targets.filter((target) => {
    const text = formatTarget(target);
    return seen.has(text) ? false : seen.add(text);
  });
}
