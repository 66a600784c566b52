// Values of a device as the nodes of the compatible interface: numbers of the wire are strings
// there, times milliseconds, bytes hex.

import { toHex } from '../../bytes.ts';
import { formatDecimal } from '../../lwm2m/conversion.ts';
import { formatPath, isWithin, type Path } from '../../lwm2m/path.ts';
import type { Entry, Value, ValueType } from '../../lwm2m/value.ts';

/** What its types are called. */
export const TYPE_NAMES: Readonly<Record<ValueType | 'none', string>> = {
  string: 'STRING', integer: 'INTEGER', unsigned: 'UNSIGNED_INTEGER', float: 'FLOAT',
  boolean: 'BOOLEAN', opaque: 'OPAQUE', time: 'TIME', objlnk: 'OBJLNK', corelnk: 'CORELINK',
  none: 'NONE',
};

/** A link that leads nowhere (LwM2M Core 1.1.1 appendix C). */
const NULL_ID = 65_535;

/** What entries say of a path, the newest of each; undefined when they say nothing of it. */
export function nodeAt(path: Path, entries: readonly Entry[]): object | undefined {
  const found = entries.filter((entry) => isWithin(entry.path, path));
  return found.length === 0 ? undefined : nodeOf(path, found);
}

/** The node of a path that was answered with these entries, which may be none. */
export function nodeOf(path: Path, entries: readonly Entry[]): object {
  const newest = newestOf(entries);
  const { object, instance, resource, resourceInstance } = path;
  if (instance === undefined) {
    const instances = grouped(newest, (entry) => entry.path.instance);
    return { kind: 'obj', id: object, instances: instances.map(instanceNode) };
  }
  if (resource === undefined) return instanceNode([instance, newest]);
  if (resourceInstance === undefined) return resourceNode([resource, newest]);
  return { kind: 'resourceInstance', id: resourceInstance, ...valueOf(newest[0]) };
}

/** The newest entry of each path, under its path. */
export function nodesByPath(entries: readonly Entry[]): Record<string, object> {
  return Object.fromEntries(newestOf(entries)
    .map((entry) => [formatPath(entry.path), nodeOf(entry.path, [entry])]));
}

/** Formats with times tell a history; the interface knows one value of each resource. */
function newestOf(entries: readonly Entry[]): readonly Entry[] {
  const newest = new Map<string, Entry>();
  for (const entry of entries) {
    const key = formatPath(entry.path);
    const known = newest.get(key);
    if (known === undefined || (entry.time ?? Infinity) >= (known.time ?? Infinity)) {
      newest.set(key, entry);
    }
  }
  return [...newest.values()];
}

type Group = readonly [id: number, entries: readonly Entry[]];

/** By the id at one level, in the order in which ids first occur. */
function grouped(
  entries: readonly Entry[], idOf: (entry: Entry) => number | undefined,
): Group[] {
  const groups = new Map<number, Entry[]>();
  for (const entry of entries) {
    const id = idOf(entry);
    if (id === undefined) continue;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [entry]);
    else group.push(entry);
  }
  return [...groups];
}

function instanceNode([id, entries]: Group): object {
  const resources = grouped(entries, (entry) => entry.path.resource);
  return { kind: 'instance', id, resources: resources.map(resourceNode) };
}

function resourceNode([id, entries]: Group): object {
  const [first] = entries;
  if (first !== undefined && first.path.resourceInstance === undefined) {
    return { kind: 'singleResource', id, ...valueOf(first) };
  }
  return {
    kind: 'multiResource', id, type: TYPE_NAMES[first?.value.type ?? 'none'],
    values: Object.fromEntries(entries
      .map(({ path, value }) => [String(path.resourceInstance), jsonOf(value)])),
  };
}

function valueOf(entry: Entry | undefined): object {
  if (entry === undefined) return { type: TYPE_NAMES.none };
  return { type: TYPE_NAMES[entry.value.type], value: jsonOf(entry.value) };
}

function jsonOf(value: Value): unknown {
  switch (value.type) {
    case 'integer':
    case 'unsigned': return value.value.toString();
    case 'float': return formatDecimal(value.value);
    case 'opaque': return toHex(value.value);
    case 'time': return value.value * 1_000;
    case 'objlnk': {
      const { object: objectId, instance: objectInstanceId } = value;
      const nullLink = objectId === NULL_ID && objectInstanceId === NULL_ID;
      return { objectId, objectInstanceId, nullLink };
    }
    default: return value.value;
  }
}
