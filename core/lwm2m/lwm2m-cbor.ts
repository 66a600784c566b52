// LwM2M CBOR (LwM2M Core 1.2.2 s7.5.4), content format 11544: maps of ids that hold values or maps
// again. A key is one id or an array of several; the keys on the way to a value are its path, from
// the object on, whatever was asked for. It has no times; prefixes of gateways are not read.

import { ByteWriter } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import { CborReader } from './cbor.ts';
import { writeCborArray, writeCborMap, writeCborNumber, writeCborValue } from './cbor-writer.ts';
import { conform } from './conversion.ts';
import { OBJECTS, type Models } from './objects.ts';
import { formatPath, ID_MAX, isWithin, pathIds, pathOf, type Path } from './path.ts';
import type { Entry, Value } from './value.ts';

/** In one payload; more is neither read nor written. */
export const LWM2M_CBOR_ENTRIES_MAX = 8192;
/** The instance of a Create that leaves its id to the device (Core 1.2.2 s7.5.4). */
export const NO_INSTANCE = 65_535;

const RESOURCE_LEVEL = 3;
const LEVELS = 4;

export function decodeLwm2mCbor(
  base: Path | undefined, payload: Uint8Array, models: Models = OBJECTS,
): Result<Entry[]> {
  if (payload.length === 0) return ok([]);
  const reader = new CborReader(payload);
  const entries: Entry[] = [];
  readMap(reader, [], entries, models);
  reader.end();
  if (reader.failure !== undefined) return fail(reader.failure);
  const stray = entries.find(({ path }) => !belongs(path, base));
  return stray === undefined ? ok(entries) : noPlaceFor(stray, base);
}

/** Entries in any order; each object stands where its first entry does. */
export function encodeLwm2mCbor(
  base: Path | undefined, entries: readonly Entry[],
): Result<Uint8Array> {
  if (entries.length > LWM2M_CBOR_ENTRIES_MAX) {
    return fail(`has over ${LWM2M_CBOR_ENTRIES_MAX} values`);
  }
  const root: Branch = new Map();
  for (const entry of entries) {
    const { path, value } = entry;
    if (path.resource === undefined || !belongs(path, base)) return noPlaceFor(entry, base);
    if (!plant(root, pathIds(path), value)) return fail(`has no place for two ${formatPath(path)}`);
  }
  const writer = new ByteWriter();
  writeCborMap(writer, root.size);
  for (const [object, node] of root) writeTop(writer, [object], node);
  return ok(writer.finish());
}

/** Only a Create may name no instance, and only where the object is the target. */
function belongs(path: Path, base: Path | undefined): boolean {
  const isCreate = base !== undefined && base.instance === undefined;
  const isInstance = isCreate && path.instance === NO_INSTANCE;
  const ids = pathIds(isInstance ? { ...path, instance: 0 } : path);
  return ids.every((id) => id <= ID_MAX) && (base === undefined || isWithin(path, base));
}

function noPlaceFor({ path }: Entry, base: Path | undefined): Result<never> {
  return fail(`has no place for ${formatPath(path)} in ${base ? formatPath(base) : '/'}`);
}

/** Reads a map that stands below `above`. Each key adds an id, so this goes no deeper than ids. */
function readMap(
  reader: CborReader, above: readonly number[], entries: Entry[], models: Models,
): void {
  const count = reader.map();
  for (let index = 0; reader.more(index, count); index++) {
    const ids = readKey(reader, above);
    if (reader.startsMap()) readMap(reader, ids, entries, models);
    // Appendix C: null stands where there is nothing but Execute, so it tells of no value.
    else if (!reader.null()) readValue(reader, ids, entries, models);
  }
}

/** The ids above and those of the key. */
function readKey(reader: CborReader, above: readonly number[]): number[] {
  const ids = [...above];
  if (reader.startsArray()) {
    const count = reader.array();
    for (let index = 0; reader.more(index, count); index++) readId(reader, ids);
  } else {
    readId(reader, ids);
  }
  if (ids.length === above.length) reader.failure ??= 'has a key without ids';
  return ids;
}

function readId(reader: CborReader, ids: number[]): void {
  const id = reader.key();
  if (typeof id !== 'number' || id < 0 || id > NO_INSTANCE) {
    reader.failure ??= 'has a key that is no id';
  } else if (ids.length === LEVELS) {
    reader.failure ??= 'has a path of more than four ids';
  } else {
    ids.push(id);
  }
}

function readValue(
  reader: CborReader, ids: readonly number[], entries: Entry[], models: Models,
): void {
  const path = pathOf(ids);
  if (ids.length < RESOURCE_LEVEL) {
    reader.failure ??= `has a value for ${formatPath(path)}, which is no resource`;
  } else if (entries.length === LWM2M_CBOR_ENTRIES_MAX) {
    reader.failure ??= `has over ${LWM2M_CBOR_ENTRIES_MAX} values`;
  }
  const value = reader.scalar();
  if (value !== undefined) entries.push({ path, value: conform(value, path, models) });
}

/** A level of the tree that is written: what stands below each id. */
type Branch = Map<number, Branch | Value>;

/** Puts a value at its ids; false when another is there, above or below. */
function plant(root: Branch, ids: readonly number[], value: Value): boolean {
  let branch = root;
  for (const id of ids.slice(0, -1)) {
    let below = branch.get(id);
    if (below === undefined) branch.set(id, below = new Map());
    if (!(below instanceof Map)) return false;
    branch = below;
  }
  const last = ids.at(-1) as number;
  if (branch.has(last)) return false;
  branch.set(last, value);
  return true;
}

/** As the examples of s7.5.4 have it: one key down to the first fork, then a map for each id. */
function writeTop(writer: ByteWriter, ids: readonly number[], node: Branch | Value): void {
  const only = node instanceof Map && node.size === 1 ? [...node][0] : undefined;
  if (only !== undefined) {
    writeTop(writer, [...ids, only[0]], only[1]);
    return;
  }
  if (ids.length > 1) writeCborArray(writer, ids.length);
  for (const id of ids) writeCborNumber(writer, id);
  writeNode(writer, node);
}

function writeNode(writer: ByteWriter, node: Branch | Value): void {
  if (!(node instanceof Map)) {
    writeCborValue(writer, node);
    return;
  }
  writeCborMap(writer, node.size);
  for (const [id, below] of node) {
    writeCborNumber(writer, id);
    writeNode(writer, below);
  }
}
