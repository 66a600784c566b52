// What the server wants of a device: the paths to read at each registration and to observe, from
// the profile's patterns, the registered objects and what people switched on or off.

import type { ObjectList } from '../core/lwm2m/registration.ts';
import { findObject, findResource } from '../core/lwm2m/objects.ts';
import { formatPath, parsePath, pathOf, type Path } from '../core/lwm2m/path.ts';
import type { Profile } from './config.ts';

export interface Wants {
  readonly read: readonly Path[];
  readonly observe: readonly Path[];
}

/** Objects with the same list share their plans; the table is cleared when it holds this many. */
const REMEMBERED_MAX = 1000;
const remembered = new Map<ObjectList, Map<Profile, Wants>>();

/** The wants of a profile for an object list; shared by all devices that have both. */
export function wantsOf(objects: ObjectList, profile: Profile): Wants {
  let byProfile = remembered.get(objects);
  const known = byProfile?.get(profile);
  if (known !== undefined) return known;
  const wants = {
    read: profile.read.flatMap((pattern) => expand(pattern, objects)),
    observe: unique(profile.observe.flatMap((pattern) => expand(pattern, objects))),
  };
  if (byProfile === undefined) {
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    byProfile = new Map();
    remembered.set(objects, byProfile);
  }
  byProfile.set(profile, wants);
  return wants;
}

/** The observed paths after what people switched on (`also`) and off (`never`). */
export function observedPaths(
  wants: Wants, also: readonly string[], never: readonly string[],
): readonly Path[] {
  if (also.length === 0 && never.length === 0) return wants.observe;
  const added = also.flatMap((text) => {
    const path = parsePath(text);
    return path.ok ? [path.value] : [];
  });
  return unique([...wants.observe, ...added])
    .filter((path) => !never.includes(formatPath(path)));
}

// A pattern like `/3303/*/5700` as the paths the device has; none if it has no such object.
function expand(pattern: string, objects: ObjectList): Path[] {
  const [object, instance, resource] = pattern.split('/').slice(1);
  const found = objects.instances.filter((one) => fits(object, one.object)
    && fits(instance, one.instance)
    && (object !== '*' || isDefined(one.object, resource)));
  if (instance === undefined) return unique(found.map((one) => pathOf([one.object])));
  return found.map((one) => (resource === undefined
    ? pathOf([one.object, one.instance])
    : pathOf([one.object, one.instance, Number(resource)])));
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
  const seen = new Set<string>();
  return paths.filter((path) => {
    const text = formatPath(path);
    return seen.has(text) ? false : seen.add(text);
  });
}
