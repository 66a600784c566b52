// SenML in JSON (RFC 8428 s5; LwM2M Core 1.1.1 s7.4.4), content format 110: an array of records,
// each an object; and SenML-ETCH (RFC 8790), 320, which has null besides. What the fields mean is
// in senml.ts.

import { decodeUtf8, encodeUtf8, toBase64Url } from '../bytes.ts';
import type { Seconds } from '../ports.ts';
import { fail, ok, unreachable, type Result } from '../result.ts';
import { formatDecimal } from './conversion.ts';
import { JsonReader } from './json.ts';
import {
  emptyRecord, isLabel, isMandatory, RECORDS_MAX, setField, shorten, valueLabel,
  type SenmlRecord,
} from './senml.ts';
import type { Value } from './value.ts';

export function readSenmlJson(payload: Uint8Array): Result<SenmlRecord[]> {
  if (payload.length === 0) return ok([]);
  const text = decodeUtf8(payload);
  if (text === undefined) return fail('is not UTF-8');
  const reader = new JsonReader(text);
  const records: SenmlRecord[] = [];
  reader.open('[');
  while (reader.more(records.length, ']')) {
    if (records.length === RECORDS_MAX) return fail(`has over ${RECORDS_MAX} records`);
    const record = emptyRecord();
    const wrong = readRecord(reader, record);
    if (wrong !== undefined) return fail(wrong);
    records.push(record);
  }
  reader.end();
  return reader.failure === undefined ? ok(records) : fail(reader.failure);
}

export function writeSenmlJson(records: readonly SenmlRecord[]): Result<Uint8Array> {
  const objects: string[] = [];
  for (const { baseName, baseTime, name, time, value } of records) {
    if (value?.type === 'float' && !Number.isFinite(value.value)) {
      return fail(`has no number for ${value.value}`);
    }
    let object = baseName === undefined ? '{' : `{"bn":${JSON.stringify(baseName)},`;
    if (baseTime !== undefined) object += `"bt":${formatSeconds(baseTime)},`;
    object += `"n":${JSON.stringify(name)}`;
    if (time !== undefined) object += `,"t":${formatSeconds(time)}`;
    if (value !== undefined) object += `,"${valueLabel(value)}":${formatJsonValue(value)}`;
    objects.push(`${object}}`);
  }
  return ok(encodeUtf8(`[${objects.join(',')}]`));
}

/** Says what is wrong with the record's fields; what is wrong with the JSON stays in the reader. */
function readRecord(reader: JsonReader, record: SenmlRecord): string | undefined {
  reader.open('{');
  for (let index = 0; reader.more(index, '}'); index++) {
    const label = reader.key();
    if (label === undefined) return undefined;
    if (!isLabel(label)) {
      if (isMandatory(label)) return `has a field "${shorten(label)}" not understood`;
      reader.skip();
      continue;
    }
    const value = reader.null() ? null : reader.scalar();
    if (value === undefined) return undefined;
    const wrong = setField(record, label, value);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

export function formatSeconds(time: Seconds): string {
  return Number.isInteger(time) ? String(time) : formatDecimal(time);
}

export function formatJsonValue(value: Value | null): string {
  if (value === null) return 'null';
  switch (value.type) {
    case 'integer':
    case 'unsigned':
    case 'boolean':
    case 'time':
      return String(value.value);
    case 'float':
      return formatDecimal(value.value);
    case 'opaque':
      return `"${toBase64Url(value.value)}"`;
    case 'string':
    case 'corelnk':
      return JSON.stringify(value.value);
    case 'objlnk':
      return `"${value.object}:${value.instance}"`;
    default:
      return unreachable(value);
  }
}
