// SenML in CBOR (RFC 8428 s6; LwM2M Core 1.1.1 s7.4.5), content format 112: an array of records,
// each a map with integer labels; and SenML-ETCH (RFC 8790), 322, which has null besides. What the
// fields mean is in senml.ts.

import { ByteWriter } from '../bytes.ts';
import type { Seconds } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import { CborReader } from './cbor.ts';
import {
  writeCborArray, writeCborFloat, writeCborInteger, writeCborMap, writeCborNull, writeCborNumber,
  writeCborText, writeCborValue,
} from './cbor-writer.ts';
import {
  emptyRecord, isLabel, isMandatory, RECORDS_MAX, setField, shorten, valueLabel,
  type Label, type SenmlRecord, type ValueLabel,
} from './senml.ts';

/** RFC 8428 s6 table 4, from label -6 on; '' for those without meaning here (bs, bu, u, s, ut). */
const LABELS: readonly (Label | '')[] = [
  '', 'bv', '', 'bt', 'bn', 'bver', 'n', '', 'v', 'vs', 'vb', '', 't', '', 'vd',
];
const FIRST_LABEL = -6;
const BASE_NAME = -2;
const BASE_TIME = -3;
const NAME = 0;
const TIME = 6;
/** `vlo` has no number: LwM2M Core 1.1.1 s7.4.5 writes it out. */
const VALUE_LABELS: Readonly<Record<ValueLabel, number | undefined>> = {
  v: 2, vs: 3, vb: 4, vd: 8, vlo: undefined,
};

export function readSenmlCbor(payload: Uint8Array): Result<SenmlRecord[]> {
  if (payload.length === 0) return ok([]);
  const reader = new CborReader(payload);
  const records: SenmlRecord[] = [];
  const count = reader.array();
  while (reader.more(records.length, count)) {
    if (records.length === RECORDS_MAX) return fail(`has over ${RECORDS_MAX} records`);
    const record = emptyRecord();
    const wrong = readRecord(reader, record);
    if (wrong !== undefined) return fail(wrong);
    records.push(record);
  }
  reader.end();
  return reader.failure === undefined ? ok(records) : fail(reader.failure);
}

export function writeSenmlCbor(records: readonly SenmlRecord[]): Result<Uint8Array> {
  const writer = new ByteWriter();
  writeCborArray(writer, records.length);
  for (const record of records) writeRecord(writer, record);
  return ok(writer.finish());
}

/** Says what is wrong with the record's fields; what is wrong with the CBOR stays in the reader. */
function readRecord(reader: CborReader, record: SenmlRecord): string | undefined {
  const count = reader.map();
  for (let index = 0; reader.more(index, count); index++) {
    const key = reader.key();
    if (key === undefined) return undefined;
    const label = typeof key === 'number' ? LABELS[key - FIRST_LABEL] ?? '' : key;
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

function writeRecord(writer: ByteWriter, record: SenmlRecord): void {
  const { baseName, baseTime, name, time, value } = record;
  const others = [baseName, baseTime, time, value].filter((field) => field !== undefined);
  writeCborMap(writer, 1 + others.length);
  if (baseName !== undefined) {
    writeCborNumber(writer, BASE_NAME);
    writeCborText(writer, baseName);
  }
  if (baseTime !== undefined) {
    writeCborNumber(writer, BASE_TIME);
    writeTime(writer, baseTime);
  }
  writeCborNumber(writer, NAME);
  writeCborText(writer, name ?? '');
  if (time !== undefined) {
    writeCborNumber(writer, TIME);
    writeTime(writer, time);
  }
  if (value === undefined) return;
  const label = VALUE_LABELS[valueLabel(value)];
  if (label === undefined) writeCborText(writer, 'vlo');
  else writeCborNumber(writer, label);
  if (value === null) writeCborNull(writer);
  else writeCborValue(writer, value);
}

function writeTime(writer: ByteWriter, time: Seconds): void {
  if (Number.isInteger(time)) writeCborInteger(writer, BigInt(time));
  else writeCborFloat(writer, time);
}
