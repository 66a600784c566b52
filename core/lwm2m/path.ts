// A path in the LwM2M object tree: /object[/instance[/resource[/resource instance]]]
// (LwM2M Core 1.1.1 s7.1). Identifiers are 16 bit, 65535 is reserved (MAX_ID).

import { fail, ok, type Result } from '../result.ts';

export interface Path {
  readonly object: number;
  readonly instance?: number;
  readonly resource?: number;
  readonly resourceInstance?: number;
}

export const ID_MAX = 65_534;

/** Paths by their text: a fleet is asked for the same few, again and again. */
const parsed = new Map<string, Result<Path>>();
const PARSED_MAX = 4_096;

/** Parses `/3/0/9` or `3/0/9`, one to four ids. The root path has no Path; callers handle "/". */
export function parsePath(text: string): Result<Path> {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const path = parseNew(text);
  if (!path.ok || parsed.size === PARSED_MAX) return path;
  // Not the text itself: as a part of a long one it would keep the whole.
  const ids = pathIds(path.value).join('/');
  parsed.set(text.startsWith('/') ? `/${ids}` : ids, path);
  return path;
}

function parseNew(text: string): Result<Path> {
  const segments = (text.startsWith('/') ? text.slice(1) : text).split('/');
  const ids: number[] = [];
  for (const segment of segments) {
    if (!/^(0|[1-9]\d{0,4})$/.test(segment)) return fail(`"${text}" is not a path like /3/0/9`);
    const id = Number(segment);
    if (id > ID_MAX) return fail(`"${text}" has an id above ${ID_MAX}`);
    ids.push(id);
  }
  return ids.length > 4 ? fail(`"${text}" has more than four ids`) : ok(pathOf(ids));
}

/** Builds a path from one to four ids. */
export function pathOf(ids: readonly number[]): Path {
  const [object = 0, instance, resource, resourceInstance] = ids;
  if (instance === undefined) return { object };
  if (resource === undefined) return { object, instance };
  if (resourceInstance === undefined) return { object, instance, resource };
  return { object, instance, resource, resourceInstance };
}

/** The ids of a path in order, without the absent ones. */
export function pathIds(path: Path): number[] {
  const ids = [path.object];
  for (const id of [path.instance, path.resource, path.resourceInstance]) {
    if (id === undefined) break;
    ids.push(id);
  }
  return ids;
}

/** `/3/0/9` */
export function formatPath(path: Path): string {
  let text = `/${path.object}`;
  if (path.instance !== undefined) text += `/${path.instance}`;
  if (path.resource !== undefined) text += `/${path.resource}`;
  if (path.resourceInstance !== undefined) text += `/${path.resourceInstance}`;
  return text;
}

/** True when `path` is `ancestor` or lies below it. */
export function isWithin(path: Path, ancestor: Path): boolean {
  if (path.object !== ancestor.object) return false;
  if (ancestor.instance === undefined) return true;
  if (path.instance !== ancestor.instance) return false;
  if (ancestor.resource === undefined) return true;
  if (path.resource !== ancestor.resource) return false;
  return ancestor.resourceInstance === undefined
    || path.resourceInstance === ancestor.resourceInstance;
}
