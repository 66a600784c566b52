// SenML packs (RFC 8428; LwM2M Core 1.1.1 s7.4.4): from records, which lean on earlier ones for
// their names and times, to entries with full paths, to paths alone or to changes (RFC 8790), and
// back. The two notations are in senml-json.ts and senml-cbor.ts. Sums and units are not read.

import type { Milliseconds, Seconds } from '../ports.ts';
import { fail, ok, unreachable, type Result } from '../result.ts';
import { conform, convert, integerValue } from './conversion.ts';
import { OBJECTS, type Models } from './objects.ts';
import { formatPath, ID_MAX, isWithin, type Path } from './path.ts';
import type { Entry, Patch, Value, ValueType } from './value.ts';

/** In one pack; its readers refuse more. */
export const RECORDS_MAX = 8192;
/** Room for the longest alternate path and four ids; also keeps joining names linear. */
export const NAME_LENGTH_MAX = 192;
/** RFC 8428 s4.4: the version of SenML this is. */
const VERSION = 10n;
/** RFC 8428 s4.5.3: times below 2^28 seconds count from now, others from the epoch. */
export const ABSOLUTE_TIME_MIN: Seconds = 2 ** 28;
/** The end of the year 9999, the last that RFC 3339 can write. */
const TIME_MAX: Milliseconds = 253_402_300_799_999;

export interface SenmlRecord {
  baseName: string | undefined;
  baseTime: Seconds | undefined;
  baseValue: Value | undefined;
  name: string | undefined;
  time: Seconds | undefined;
  value: Value | null | undefined;
}

export function emptyRecord(): SenmlRecord {
  return {
    baseName: undefined, baseTime: undefined, baseValue: undefined,
    name: undefined, time: undefined, value: undefined,
  };
}

/** The fields that mean something here, by their JSON label (RFC 8428 s12.2; C 7.4.4). */
export type Label = 'bn' | 'bt' | 'bv' | 'bver' | 'n' | 't' | ValueLabel;
export type ValueLabel = 'v' | 'vs' | 'vb' | 'vd' | 'vlo';

const LABELS: ReadonlySet<string> = new Set<Label>([
  'bn', 'bt', 'bv', 'bver', 'n', 't', 'v', 'vs', 'vb', 'vd', 'vlo',
]);

export function isLabel(label: string): label is Label {
  return LABELS.has(label);
}

/** RFC 8428 s4.4: a field that must be understood or the pack refused. */
export function isMandatory(label: string): boolean {
  return label.endsWith('_');
}

/** Puts a field into its record; says what is wrong with it, if anything. */
export function setField(
  record: SenmlRecord, label: Label, value: Value | null,
): string | undefined {
  if (value === null) return setNull(record, label);
  switch (label) {
    case 'bn':
      record.baseName = value.type === 'string' ? value.value : undefined;
      return record.baseName === undefined ? 'has a bn that is no text' : undefined;
    case 'n':
      record.name = value.type === 'string' ? value.value : undefined;
      return record.name === undefined ? 'has an n that is no text' : undefined;
    case 'bt':
      record.baseTime = secondsOf(value);
      return record.baseTime === undefined ? 'has a bt that is no number' : undefined;
    case 't':
      record.time = secondsOf(value);
      return record.time === undefined ? 'has a t that is no number' : undefined;
    case 'bv':
      record.baseValue = value;
      return isNumeric(value) ? undefined : 'has a bv that is no number';
    case 'bver':
      return value.type === 'integer' && value.value <= VERSION
        ? undefined : 'has a bver that is not known';
    default:
      return setValue(record, label, value);
  }
}

/** The entries of the records of a pack, in their order; all at or below `base`. */
export function entriesOf(
  records: readonly SenmlRecord[], base: Path | undefined, now: Milliseconds,
  models: Models = OBJECTS,
): Result<Entry[]> {
  const entries: Entry[] = [];
  for (const { name, time: seconds, value: written } of resolved(records)) {
    const path = pathOfName(name);
    if (path?.resource === undefined) return fail(`has no resource's path in "${shorten(name)}"`);
    if (base !== undefined && !isWithin(path, base)) {
      return fail(`has ${name}, which is not within ${formatPath(base)}`);
    }
    if (written === undefined || written === null) return fail(`has no value for ${name}`);
    const value = conform(written, path, models);
    if (seconds === undefined) {
      entries.push({ path, value });
      continue;
    }
    const time = absoluteTime(seconds, now);
    if (!(Math.abs(time) <= TIME_MAX)) return fail(`has no possible time for ${name}`);
    entries.push({ path, value, time });
  }
  return ok(entries);
}

/** What the records of a FETCH ask for: names without values (C 7.4.4), of any level. */
export function pathsOf(records: readonly SenmlRecord[]): Result<Path[]> {
  const paths: Path[] = [];
  for (const { name, value } of resolved(records)) {
    const path = pathOfName(name);
    if (path === undefined) return fail(`has no path in "${shorten(name)}"`);
    if (value !== undefined) return fail(`has a value for ${name} where names alone belong`);
    paths.push(path);
  }
  return ok(paths);
}

/** Records for paths, each with its whole name, which no reader can join wrongly. */
export function recordsOfPaths(
  paths: readonly Path[], rootPath: string,
): Result<SenmlRecord[]> {
  if (paths.length > RECORDS_MAX) return fail(`has over ${RECORDS_MAX} records`);
  return ok(paths.map((path) => ({ ...emptyRecord(), name: rootPath + formatPath(path) })));
}

/**
 * The changes that the records of an iPATCH make (RFC 8790 s3.2). Times, which would choose among
 * records of one name, mean nothing where a name has one value.
 */
export function patchesOf(
  records: readonly SenmlRecord[], models: Models = OBJECTS,
): Result<Patch[]> {
  const patches: Patch[] = [];
  for (const { name, value } of resolved(records)) {
    const path = pathOfName(name);
    if (path?.resource === undefined) return fail(`has no resource's path in "${shorten(name)}"`);
    if (value === undefined) return fail(`has no value for ${name}`);
    const wrong = wrongNull(path, value);
    if (wrong !== undefined) return fail(wrong);
    patches.push({ path, value: value && conform(value, path, models) });
  }
  return ok(patches);
}

export function recordsOfPatches(
  patches: readonly Patch[], rootPath: string,
): Result<SenmlRecord[]> {
  const wrong = patches.map(({ path, value }) => wrongNull(path, value))
    .find((reason) => reason !== undefined);
  return wrong === undefined ? recordsOf(patches, undefined, rootPath) : fail(wrong);
}

/** The label a value is written with; a null is as good in any. */
export function valueLabel(value: Value | null): ValueLabel {
  switch (value?.type) {
    case 'string':
    case 'corelnk':
      return 'vs';
    case 'boolean':
      return 'vb';
    case 'opaque':
      return 'vd';
    case 'objlnk':
      return 'vlo';
    default:
      return 'v';
  }
}

/**
 * Records for entries: a base name for each run of one instance, and times from the first one on if
 * there are several and all have one, else absolute.
 */
export function recordsOf(
  entries: readonly (Patch & Pick<Entry, 'time'>)[], base: Path | undefined, rootPath: string,
): Result<SenmlRecord[]> {
  if (entries.length > RECORDS_MAX) return fail(`has over ${RECORDS_MAX} records`);
  const records: SenmlRecord[] = [];
  const isTimed = entries.length > 1 && entries.every(({ time }) => time !== undefined);
  const start = isTimed ? entries[0]?.time ?? 0 : 0;
  let baseName = '';
  for (const { path, value, time } of entries) {
    if (path.resource === undefined || (base !== undefined && !isWithin(path, base))) {
      return fail(`has no place for ${formatPath(path)} in ${base ? formatPath(base) : '/'}`);
    }
    const record = emptyRecord();
    const instance = `${rootPath}/${path.object}/${path.instance}/`;
    if (instance !== baseName) record.baseName = baseName = instance;
    record.name = path.resourceInstance === undefined
      ? `${path.resource}` : `${path.resource}/${path.resourceInstance}`;
    record.value = value;
    if (time !== undefined) {
      // RFC 8428 s4.5.3: written down, it would be read as relative.
      if (time / 1000 < ABSOLUTE_TIME_MIN) return fail('has no form for a time before 1978');
      if (isTimed && records.length === 0) record.baseTime = start / 1000;
      if (time !== start) record.time = (time - start) / 1000;
    }
    records.push(record);
  }
  return ok(records);
}

/**
 * The path a full name spells. An alternate path before it (C 6.4.1: `/lwm2m/3/0`) is passed over.
 * Undefined when it spells none.
 */
export function pathOfName(name: string): Path | undefined {
  if (name.length > NAME_LENGTH_MAX || !name.startsWith('/')) return undefined;
  const start = isDigit(name.charCodeAt(1)) ? 0 : name.search(/\/\d/);
  if (start === -1) return undefined;
  const ids: [number, number, number, number] = [-1, -1, -1, -1];
  let count = 0;
  let at = start;
  while (at < name.length) {
    if (count === 4 || name.charCodeAt(at++) !== 0x2f) return undefined;
    let id = -1;
    for (; isDigit(name.charCodeAt(at)); at++) {
      if (id === 0) return undefined;
      id = Math.max(id, 0) * 10 + name.charCodeAt(at) - 0x30;
    }
    if (id === -1 || id > ID_MAX) return undefined;
    ids[count++] = id;
  }
  const [object, instance, resource, resourceInstance] = ids;
  if (count === 3) return { object, instance, resource };
  if (count === 4) return { object, instance, resource, resourceInstance };
  return count === 1 ? { object } : { object, instance };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** For reasons, which end up in logs: what a peer sends there stays short. */
export function shorten(name: string): string {
  return name.length <= 40 ? name : `${name.slice(0, 40)}...`;
}

interface ResolvedRecord {
  readonly name: string;
  readonly time: Seconds | undefined;
  readonly value: Value | null | undefined;
}

/** RFC 8428 s4.6: records that stand for themselves. */
function* resolved(records: readonly SenmlRecord[]): Generator<ResolvedRecord> {
  let baseName = '';
  let baseTime: Seconds | undefined;
  let baseValue: Value | undefined;
  for (const record of records) {
    // RFC 8428 s4.1: base fields hold for their own and all later records.
    baseName = record.baseName ?? baseName;
    baseTime = record.baseTime ?? baseTime;
    baseValue = record.baseValue ?? baseValue;
    const hasTime = baseTime !== undefined || record.time !== undefined;
    yield {
      name: baseName + (record.name ?? ''),
      time: hasTime ? (baseTime ?? 0) + (record.time ?? 0) : undefined,
      value: record.value && addBase(baseValue, record.value),
    };
  }
}

/** Core 1.2.2 s7.5.6: what a null takes away is an instance of a resource, never a resource. */
function wrongNull(path: Path, value: Value | null): string | undefined {
  return value !== null || path.resourceInstance !== undefined
    ? undefined : `has null for ${formatPath(path)}, which is no resource instance`;
}

function setNull(record: SenmlRecord, label: Label): string | undefined {
  if (!label.startsWith('v')) return `has ${label} without a value`;
  if (record.value !== undefined) return 'has a record with two values';
  record.value = null;
  return undefined;
}

function setValue(record: SenmlRecord, label: ValueLabel, value: Value): string | undefined {
  if (record.value !== undefined) return 'has a record with two values';
  record.value = fieldValue(label, value);
  return record.value === undefined ? `has a ${label} of another type` : undefined;
}

function fieldValue(label: ValueLabel, value: Value): Value | undefined {
  switch (label) {
    case 'v':
      return isNumeric(value) ? value : undefined;
    case 'vs':
      // Zephyr writes times as CBOR's tagged date text.
      return value.type === 'string' || value.type === 'time' ? value : undefined;
    case 'vb':
      return value.type === 'boolean' ? value : undefined;
    case 'vd':
      // Bytes in CBOR, base64url in JSON (RFC 8428 s5).
      return ofType(convert(value, 'opaque'), 'opaque');
    case 'vlo':
      return ofType(convert(value, 'objlnk'), 'objlnk');
    default:
      return unreachable(label);
  }
}

function ofType(value: Value, type: ValueType): Value | undefined {
  return value.type === type ? value : undefined;
}

function isNumeric(value: Value): boolean {
  return value.type === 'integer' || value.type === 'unsigned' || value.type === 'float'
    || value.type === 'time';
}

function secondsOf(value: Value): Seconds | undefined {
  switch (value.type) {
    case 'float':
    case 'time':
      return value.value;
    case 'integer':
    case 'unsigned':
      return Number(value.value);
    default:
      return undefined;
  }
}

/** RFC 8428 s4.1: the base value is added to v; whole numbers stay exact. */
function addBase(baseValue: Value | undefined, value: Value): Value {
  if (baseValue === undefined || !isNumeric(value)) return value;
  if ('value' in value && 'value' in baseValue && typeof value.value === 'bigint'
    && typeof baseValue.value === 'bigint') {
    return integerValue(value.value + baseValue.value);
  }
  return { type: 'float', value: (secondsOf(baseValue) ?? 0) + (secondsOf(value) ?? 0) };
}

function absoluteTime(time: Seconds, now: Milliseconds): Milliseconds {
  const milliseconds = Math.round(time * 1000);
  return time >= ABSOLUTE_TIME_MIN ? milliseconds : now + milliseconds;
}
