// The content formats of LwM2M payloads (LwM2M Core 1.1.1 s7.4): their numbers, and the one place
// that chooses a codec by number. What the bytes of a format mean is in that format's own file.

import type { Milliseconds } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import { decodeCbor } from './cbor.ts';
import { encodeCbor } from './cbor-writer.ts';
import { conform } from './conversion.ts';
import { decodeLwm2mCbor, encodeLwm2mCbor } from './lwm2m-cbor.ts';
import { findResource, OBJECTS, type Models } from './objects.ts';
import { decodeOmaJson, encodeOmaJson } from './omajson.ts';
import { formatPath, type Path } from './path.ts';
import {
  entriesOf, patchesOf, pathsOf, recordsOf, recordsOfPatches, recordsOfPaths, type SenmlRecord,
} from './senml.ts';
import { readSenmlCbor, writeSenmlCbor } from './senml-cbor.ts';
import { readSenmlJson, writeSenmlJson } from './senml-json.ts';
import { decodeOpaque, decodeText, encodeOpaque, encodeText } from './text.ts';
import { decodeTlv, encodeTlv } from './tlv.ts';
import type { Entry, Patch, Value } from './value.ts';

/** CoAP Content-Format numbers (IANA core-parameters; OMA's own from 11542 on). */
export const ContentFormat = {
  TEXT: 0, LINK: 40, OPAQUE: 42, CBOR: 60, SENML_JSON: 110, SENML_CBOR: 112,
  SENML_ETCH_JSON: 320, SENML_ETCH_CBOR: 322, TLV: 11_542, OMA_JSON: 11_543, LWM2M_CBOR: 11_544,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
  [ContentFormat.TEXT, 'text'], [ContentFormat.LINK, 'link format'],
  [ContentFormat.OPAQUE, 'opaque'], [ContentFormat.CBOR, 'CBOR'],
  [ContentFormat.SENML_JSON, 'SenML JSON'], [ContentFormat.SENML_CBOR, 'SenML CBOR'],
  [ContentFormat.SENML_ETCH_JSON, 'SenML-ETCH JSON'],
  [ContentFormat.SENML_ETCH_CBOR, 'SenML-ETCH CBOR'], [ContentFormat.TLV, 'TLV'],
  [ContentFormat.OMA_JSON, 'OMA JSON'], [ContentFormat.LWM2M_CBOR, 'LwM2M CBOR'],
]);

/** How the records of SenML are written down. */
interface Notation {
  readonly read: (payload: Uint8Array) => Result<SenmlRecord[]>;
  readonly write: (records: readonly SenmlRecord[]) => Result<Uint8Array>;
}

const IN_JSON: Notation = { read: readSenmlJson, write: writeSenmlJson };
const IN_CBOR: Notation = { read: readSenmlCbor, write: writeSenmlCbor };

/** Core 1.2.2 s7.5.6: SenML holds values, SenML-ETCH changes, and both the paths of a FETCH. */
const OF_VALUES: ReadonlyMap<number, Notation> = new Map([
  [ContentFormat.SENML_JSON, IN_JSON], [ContentFormat.SENML_CBOR, IN_CBOR],
]);
const OF_CHANGES: ReadonlyMap<number, Notation> = new Map([
  [ContentFormat.SENML_ETCH_JSON, IN_JSON], [ContentFormat.SENML_ETCH_CBOR, IN_CBOR],
]);
const OF_PATHS: ReadonlyMap<number, Notation> = new Map([...OF_VALUES, ...OF_CHANGES]);

/** The longest payload that is decoded, blocks put together: a decoder needs the whole. */
export const PAYLOAD_BYTES_MAX = 1_048_576;

/** What clients before the registration of the numbers used (LwM2M 1.0.2 s6.4). */
const LEGACY_FORMATS: ReadonlyMap<number, number> = new Map([
  [1541, ContentFormat.TEXT], [1542, ContentFormat.TLV], [1543, ContentFormat.OMA_JSON],
]);

/** As people call a format. */
export function formatName(format: number): string {
  return NAMES.get(format) ?? `content format ${format}`;
}

/**
 * Decodes what a device sent for `base`, the path it was asked for; undefined is the root, whose
 * payload names its paths itself (Send, composite operations). Entries have full paths, values the
 * types that `models` give them where they fit. Relative times count from `now`.
 */
export function decodePayload(
  format: number | undefined, base: Path | undefined, payload: Uint8Array, now: Milliseconds,
  models: Models = OBJECTS,
): Result<Entry[]> {
  if (format === undefined) {
    // C 6.3.1: the answer to the read of an empty object has no content, hence no format.
    if (payload.length === 0) return ok([]);
    // libcoap's server leaves out a Content-Format of 0: one value alone is taken for text.
    if (base?.resource !== undefined) {
      return decodePayload(ContentFormat.TEXT, base, payload, now, models);
    }
    return fail('no content format says what the payload is');
  }
  // Bytes as they are need no decoder, and may be a firmware.
  const isTooLong = format !== ContentFormat.OPAQUE && payload.length > PAYLOAD_BYTES_MAX;
  if (isTooLong) return fail(`payload is over ${PAYLOAD_BYTES_MAX} bytes`);
  const known = LEGACY_FORMATS.get(format) ?? format;
  return named(known, decodeAs(known, base, payload, now, models));
}

/**
 * Encodes entries at or below `base`, in their order; the entries of an instance and of a multiple
 * resource must stand together. Formats without times leave them out. Formats with names put the
 * device's alternate path before them (C 6.4.1: composites have it nowhere else).
 */
export function encodePayload(
  format: number, base: Path | undefined, entries: readonly Entry[], rootPath = '',
): Result<Uint8Array> {
  if (base === undefined && OF_CHANGES.has(format)) {
    return encodePatches(format, entries, rootPath);
  }
  return named(format, encodeAs(format, base, entries, rootPath));
}

/** The paths that a Read- or Observe-Composite asks for (C 7.4.4), of any level. */
export function decodePaths(format: number | undefined, payload: Uint8Array): Result<Path[]> {
  return readRecords(OF_PATHS, format, payload, pathsOf);
}

export function encodePaths(
  format: number, paths: readonly Path[], rootPath = '',
): Result<Uint8Array> {
  return writeRecords(OF_PATHS, format, recordsOfPaths(paths, rootPath));
}

/** The changes of a Write-Composite in SenML-ETCH; in other formats they are entries. */
export function decodePatches(
  format: number | undefined, payload: Uint8Array, models: Models = OBJECTS,
): Result<Patch[]> {
  return readRecords(OF_CHANGES, format, payload, (records) => patchesOf(records, models));
}

export function encodePatches(
  format: number, patches: readonly Patch[], rootPath = '',
): Result<Uint8Array> {
  return writeRecords(OF_CHANGES, format, recordsOfPatches(patches, rootPath));
}

function decodeAs(
  format: number, base: Path | undefined, payload: Uint8Array, now: Milliseconds, models: Models,
): Result<Entry[]> {
  const notation = OF_VALUES.get(format);
  if (notation !== undefined) {
    const records = notation.read(payload);
    return records.ok ? entriesOf(records.value, base, now, models) : records;
  }
  if (format === ContentFormat.LWM2M_CBOR) return decodeLwm2mCbor(base, payload, models);
  if (base === undefined) return fail('is not read for the root');
  switch (format) {
    case ContentFormat.TLV:
      return decodeTlv(base, payload, models);
    case ContentFormat.OMA_JSON:
      return decodeOmaJson(base, payload, now, models);
    case ContentFormat.TEXT:
      return singleEntry(base, decodeText(payload), models);
    case ContentFormat.CBOR:
      return singleEntry(base, decodeCbor(payload), models);
    case ContentFormat.OPAQUE:
      return singleEntry(base, decodeOpaque(payload), models);
    default:
      return fail('is not read');
  }
}

function encodeAs(
  format: number, base: Path | undefined, entries: readonly Entry[], rootPath: string,
): Result<Uint8Array> {
  const notation = OF_VALUES.get(format);
  if (notation !== undefined) {
    const records = recordsOf(entries, base, rootPath);
    return records.ok ? notation.write(records.value) : records;
  }
  if (format === ContentFormat.LWM2M_CBOR) return encodeLwm2mCbor(base, entries);
  if (base === undefined) return fail('is not written for the root');
  if (format === ContentFormat.TLV) return encodeTlv(base, entries);
  if (format === ContentFormat.OMA_JSON) return encodeOmaJson(base, entries);
  const [entry, ...others] = entries;
  if (entry === undefined || others.length > 0 || formatPath(entry.path) !== formatPath(base)) {
    return fail(`holds the one value of ${formatPath(base)}`);
  }
  switch (format) {
    case ContentFormat.TEXT:
      return encodeText(entry.value);
    case ContentFormat.CBOR:
      return ok(encodeCbor(entry.value));
    case ContentFormat.OPAQUE:
      return encodeOpaque(entry.value);
    default:
      return fail('is not written');
  }
}

function readRecords<Meaning>(
  notations: ReadonlyMap<number, Notation>, format: number | undefined, payload: Uint8Array,
  meaningOf: (records: SenmlRecord[]) => Result<Meaning>,
): Result<Meaning> {
  if (format === undefined) return fail('no content format says what the payload is');
  if (payload.length > PAYLOAD_BYTES_MAX) return fail(`payload is over ${PAYLOAD_BYTES_MAX} bytes`);
  const records = notations.get(format)?.read(payload) ?? fail('is not read here');
  return named(format, records.ok ? meaningOf(records.value) : records);
}

function writeRecords(
  notations: ReadonlyMap<number, Notation>, format: number, records: Result<SenmlRecord[]>,
): Result<Uint8Array> {
  if (!records.ok) return named(format, records);
  return named(format, notations.get(format)?.write(records.value) ?? fail('is not written here'));
}

/** The reason begins with the name of the format. */
function named<Outcome>(format: number, result: Result<Outcome>): Result<Outcome> {
  return result.ok ? result : fail(`${formatName(format)} ${result.reason}`);
}

/** C 7.4.1 to 7.4.3: these formats hold the value of a resource or of one of its instances. */
function singleEntry(path: Path, decoded: Result<Value>, models: Models): Result<Entry[]> {
  if (!decoded.ok) return decoded;
  if (path.resource === undefined) return fail(`cannot hold the values of ${formatPath(path)}`);
  // Zephyr runs the values of a multiple resource together, and nobody can part them again.
  const isMultiple = findResource(path.object, path.resource, models)?.multiple === true;
  if (isMultiple && path.resourceInstance === undefined) {
    return fail(`cannot hold the instances of ${formatPath(path)}`);
  }
  return ok([{ path, value: conform(decoded.value, path, models) }]);
}
