// OMA's own JSON of LwM2M 1.0 (LwM2M 1.0.2 s6.4.4), content format 11543: one base name and time
// for all, then a list of values. The server never chooses it; old devices send it, and people may
// write in it.

import { decodeUtf8, encodeUtf8, toBase64 } from '../bytes.ts';
import type { Milliseconds } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import { JsonReader } from './json.ts';
import { OBJECTS, type Models } from './objects.ts';
import { formatPath, isWithin, type Path } from './path.ts';
import {
  ABSOLUTE_TIME_MIN, emptyRecord, entriesOf, RECORDS_MAX, setField, valueLabel,
  type Label, type SenmlRecord,
} from './senml.ts';
import { formatJsonValue, formatSeconds } from './senml-json.ts';
import type { Entry, Value } from './value.ts';

/** Its fields, as those of SenML that mean the same. */
const SENML_LABELS: ReadonlyMap<string, Label> = new Map<string, Label>([
  ['n', 'n'], ['t', 't'], ['v', 'v'], ['bv', 'vb'], ['sv', 'vs'], ['ov', 'vlo'],
]);

export function decodeOmaJson(
  base: Path, payload: Uint8Array, now: Milliseconds, models: Models = OBJECTS,
): Result<Entry[]> {
  if (payload.length === 0) return ok([]);
  const text = decodeUtf8(payload);
  if (text === undefined) return fail('is not UTF-8');
  const reader = new JsonReader(text);
  const head = emptyRecord();
  const records: SenmlRecord[] = [];
  reader.open('{');
  for (let index = 0; reader.more(index, '}'); index++) {
    const wrong = readMember(reader, head, records);
    if (wrong !== undefined) return fail(wrong);
  }
  reader.end();
  if (reader.failure !== undefined) return fail(reader.failure);
  for (const record of records) {
    record.baseName = head.baseName ?? relativeBaseName(base, record);
    record.baseTime = head.baseTime;
  }
  return entriesOf(records, base, now, models);
}

/** Names are relative to `base`, times to the first one. */
export function encodeOmaJson(base: Path, entries: readonly Entry[]): Result<Uint8Array> {
  if (entries.length > RECORDS_MAX) return fail(`has over ${RECORDS_MAX} values`);
  const start = entries[0]?.time;
  if (entries.some(({ time }) => (time === undefined) !== (start === undefined))) {
    return fail('has a time for all values or for none');
  }
  // Written down, it would be read as relative.
  if (start !== undefined && start / 1000 < ABSOLUTE_TIME_MIN) {
    return fail('has no form for a time before 1978');
  }
  const stem = formatPath(base);
  const isLeaf = entries.length > 0 && entries.every(({ path }) => formatPath(path) === stem);
  const values: string[] = [];
  for (const { path, value, time } of entries) {
    if (path.resource === undefined || !isWithin(path, base)) {
      return fail(`has no place for ${formatPath(path)} in ${stem}`);
    }
    if (!isLeaf && formatPath(path) === stem) return fail(`has ${stem} and what is below it`);
    if (value.type === 'float' && !Number.isFinite(value.value)) {
      return fail(`has no number for ${value.value}`);
    }
    const name = isLeaf ? '' : formatPath(path).slice(stem.length + 1);
    const at = time === undefined || time === start ? ''
      : `,"t":${formatSeconds((time - (start ?? 0)) / 1000)}`;
    values.push(`{"n":"${name}","${LABELS[valueLabel(value)]}":${textOf(value)}${at}}`);
  }
  const baseTime = start === undefined ? '' : `"bt":${formatSeconds(start / 1000)},`;
  return ok(encodeUtf8(
    `{"bn":"${stem}${isLeaf ? '' : '/'}",${baseTime}"e":[${values.join(',')}]}`));
}

/** Its names of SenML's labels. */
const LABELS = { v: 'v', vb: 'bv', vs: 'sv', vd: 'sv', vlo: 'ov' } as const;

function textOf(value: Value): string {
  return value.type === 'opaque' ? `"${toBase64(value.value)}"` : formatJsonValue(value);
}

/** Without a base name, names count from the path that was asked for. */
function relativeBaseName(base: Path, record: SenmlRecord): string {
  return formatPath(base) + (record.name === undefined || record.name === '' ? '' : '/');
}

function readMember(
  reader: JsonReader, head: SenmlRecord, records: SenmlRecord[],
): string | undefined {
  const key = reader.key();
  if (key === 'e') return readValues(reader, records);
  if (key === 'bn' || key === 'bt') return readField(reader, head, key);
  reader.skip();
  return undefined;
}

function readValues(reader: JsonReader, records: SenmlRecord[]): string | undefined {
  reader.open('[');
  for (let index = 0; reader.more(index, ']'); index++) {
    if (records.length === RECORDS_MAX) return `has over ${RECORDS_MAX} values`;
    const record = emptyRecord();
    reader.open('{');
    for (let field = 0; reader.more(field, '}'); field++) {
      const label = SENML_LABELS.get(reader.key() ?? '');
      if (label === undefined) {
        reader.skip();
        continue;
      }
      const wrong = readField(reader, record, label);
      if (wrong !== undefined) return wrong;
    }
    records.push(record);
  }
  return undefined;
}

function readField(reader: JsonReader, record: SenmlRecord, label: Label): string | undefined {
  const value = reader.scalar();
  return value === undefined ? undefined : setField(record, label, value);
}
