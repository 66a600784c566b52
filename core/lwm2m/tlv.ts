// TLV (LwM2M Core 1.1.1 s7.4.6), content format 11542: object instances hold resources, multiple
// resources hold resource instances, every element with its own length. Types are not in it, so a
// resource without a definition is opaque.

import {
  ByteWriter, decodeUtf8, encodeUtf8, isFloat32, readFloat32, readFloat64, readSigned, readUint,
  readUnsigned,
} from '../bytes.ts';
import { fail, ok, unreachable, type Result } from '../result.ts';
import { definedType } from './conversion.ts';
import { OBJECTS, type Models } from './objects.ts';
import { formatPath, ID_MAX, isWithin, type Path } from './path.ts';
import type { Entry, Value, ValueType } from './value.ts';

/** In one payload; more is refused. */
export const TLV_ENTRIES_MAX = 8192;
/** What three length bytes can say. */
export const TLV_LENGTH_MAX = 0xff_ffff;

const OBJECT_INSTANCE = 0;
const RESOURCE_INSTANCE = 1;
const MULTIPLE_RESOURCE = 2;
const RESOURCE = 3;

export function decodeTlv(
  base: Path, payload: Uint8Array, models: Models = OBJECTS,
): Result<Entry[]> {
  const reader = new TlvReader(base, payload, models);
  readTop(reader);
  return reader.failure === undefined ? ok(reader.entries) : fail(reader.failure);
}

/** Steps from element to element; the last one's header stands in the fields. */
class TlvReader {
  failure: string | undefined;
  readonly entries: Entry[] = [];
  readonly base: Path;
  readonly bytes: Uint8Array;
  readonly models: Models;
  at = 0;
  kind = 0;
  id = 0;
  end = 0;

  constructor(base: Path, bytes: Uint8Array, models: Models) {
    this.base = base;
    this.bytes = bytes;
    this.models = models;
  }

  /** Reads the header of the element at `at`, which ends within `limit`. */
  header(limit: number): boolean {
    const type = this.bytes[this.at] as number;
    const idSize = type & 0x20 ? 2 : 1;
    const lengthSize = (type >> 3) & 3;
    const idAt = this.at + 1;
    const valueAt = idAt + idSize + lengthSize;
    if (valueAt > limit) return this.fail('ends inside a header');
    this.kind = type >> 6;
    this.id = readUint(this.bytes, idAt, idSize);
    if (this.id > ID_MAX) return this.fail('has the reserved id 65535');
    const length = lengthSize === 0
      ? type & 7 : readUint(this.bytes, idAt + idSize, lengthSize);
    this.at = valueAt;
    this.end = valueAt + length;
    return this.end <= limit || this.fail('has an element longer than what holds it');
  }

  fail(reason: string): false {
    this.failure ??= reason;
    return false;
  }
}

/** What stands at the top depends on the path: s7.4.6 lets a payload begin at any level. */
function readTop(reader: TlvReader): void {
  const { base, bytes } = reader;
  while (reader.at < bytes.length && reader.header(bytes.length)) {
    if (reader.kind === OBJECT_INSTANCE) {
      readInstance(reader, base.object, reader.id, reader.end);
    } else if (reader.kind === RESOURCE_INSTANCE) {
      if (base.resource === undefined) reader.fail('has a resource instance without its resource');
      else readValue(reader, { ...base, resourceInstance: reader.id });
    } else {
      // Clients of 1.0 leave the instance out of the read of a single-instance object.
      readResource(reader, base.object, base.instance ?? 0);
    }
    if (reader.failure !== undefined) return;
  }
}

function readInstance(reader: TlvReader, object: number, instance: number, limit: number): void {
  while (reader.at < limit && reader.header(limit)) {
    readResource(reader, object, instance);
    if (reader.failure !== undefined) return;
  }
}

/** The element whose header was just read must be a resource. */
function readResource(reader: TlvReader, object: number, instance: number): void {
  const resource = reader.id;
  switch (reader.kind) {
    case RESOURCE:
      readValue(reader, { object, instance, resource });
      return;
    case MULTIPLE_RESOURCE:
      readResourceInstances(reader, { object, instance, resource }, reader.end);
      return;
    default:
      reader.fail(`has no resource where one belongs in /${object}/${instance}`);
  }
}

function readResourceInstances(reader: TlvReader, path: Path, limit: number): void {
  while (reader.at < limit && reader.header(limit)) {
    if (reader.kind !== RESOURCE_INSTANCE) {
      reader.fail(`has no resource instance where one belongs in ${formatPath(path)}`);
      return;
    }
    readValue(reader, { ...path, resourceInstance: reader.id });
    if (reader.failure !== undefined) return;
  }
}

function readValue(reader: TlvReader, path: Path): void {
  if (!isWithin(path, reader.base)) {
    reader.fail(`has ${formatPath(path)} in ${formatPath(reader.base)}`);
  } else if (reader.entries.length === TLV_ENTRIES_MAX) {
    reader.fail(`has over ${TLV_ENTRIES_MAX} values`);
  } else {
    const value = valueOf(reader.bytes, reader.at, reader.end, definedType(path, reader.models));
    reader.entries.push({ path, value });
    reader.at = reader.end;
  }
}

/** The bytes in the type of the resource; opaque when it has none or they do not fit it. */
function valueOf(
  bytes: Uint8Array, at: number, end: number, type: ValueType | undefined,
): Value {
  return (type && typedValue(bytes, at, end, type))
    ?? { type: 'opaque', value: bytes.slice(at, end) };
}

function typedValue(
  bytes: Uint8Array, at: number, end: number, type: ValueType,
): Value | undefined {
  const length = end - at;
  switch (type) {
    case 'integer':
      return isIntegerLength(length) ? { type, value: readSigned(bytes, at, length) } : undefined;
    case 'unsigned':
      return isIntegerLength(length) ? { type, value: readUnsigned(bytes, at, length) } : undefined;
    case 'time': {
      if (!isIntegerLength(length)) return undefined;
      const value = Number(readSigned(bytes, at, length));
      return Number.isSafeInteger(value) ? { type, value } : undefined;
    }
    case 'float':
      if (length === 4) return { type, value: readFloat32(bytes, at) };
      return length === 8 ? { type, value: readFloat64(bytes, at) } : undefined;
    case 'boolean': {
      const byte = length === 1 ? bytes[at] as number : 2;
      return byte <= 1 ? { type, value: byte === 1 } : undefined;
    }
    case 'objlnk':
      return length !== 4 ? undefined
        : { type, object: readUint(bytes, at, 2), instance: readUint(bytes, at + 2, 2) };
    case 'string':
    case 'corelnk': {
      const value = decodeUtf8(bytes, at, end);
      return value === undefined ? undefined : { type, value };
    }
    case 'opaque':
      return undefined;
    default:
      return unreachable(type);
  }
}

/** Appendix C: 1, 2, 4 or 8 bytes. */
function isIntegerLength(length: number): boolean {
  return length === 1 || length === 2 || length === 4 || length === 8;
}

/** Entries within `base`; those of an instance and of a multiple resource stand together. */
export function encodeTlv(base: Path, entries: readonly Entry[]): Result<Uint8Array> {
  for (const { path } of entries) {
    if (path.resource === undefined || !isWithin(path, base)) {
      return fail(`has no place for ${formatPath(path)} in ${formatPath(base)}`);
    }
  }
  const writer = new ByteWriter();
  if (base.instance === undefined) writeInstances(writer, entries);
  // A resource instance asked for by itself comes without the resource around it.
  else if (base.resourceInstance !== undefined) writeResourceInstances(writer, entries);
  else writeResources(writer, entries);
  return writer.length > TLV_LENGTH_MAX ? fail('is too long') : ok(writer.finish());
}

function writeInstances(writer: ByteWriter, entries: readonly Entry[]): void {
  for (let from = 0; from < entries.length;) {
    const instance = (entries[from] as Entry).path.instance as number;
    let to = from + 1;
    while (entries[to]?.path.instance === instance) to++;
    const inner = new ByteWriter();
    writeResources(inner, entries.slice(from, to));
    writeElement(writer, OBJECT_INSTANCE, instance, inner.finish());
    from = to;
  }
}

/** Resources of one instance. */
function writeResources(writer: ByteWriter, entries: readonly Entry[]): void {
  for (let from = 0; from < entries.length;) {
    const { path, value } = entries[from] as Entry;
    const resource = path.resource as number;
    let to = from + 1;
    if (path.resourceInstance === undefined) {
      writeElement(writer, RESOURCE, resource, bytesOf(value));
    } else {
      while (isInstanceOf(entries[to]?.path, resource)) to++;
      const inner = new ByteWriter();
      writeResourceInstances(inner, entries.slice(from, to));
      writeElement(writer, MULTIPLE_RESOURCE, resource, inner.finish());
    }
    from = to;
  }
}

function isInstanceOf(path: Path | undefined, resource: number): boolean {
  return path?.resource === resource && path.resourceInstance !== undefined;
}

function writeResourceInstances(writer: ByteWriter, entries: readonly Entry[]): void {
  for (const { path, value } of entries) {
    writeElement(writer, RESOURCE_INSTANCE, path.resourceInstance as number, bytesOf(value));
  }
}

function writeElement(writer: ByteWriter, kind: number, id: number, value: Uint8Array): void {
  const idSize = id > 0xff ? 2 : 1;
  const length = value.length;
  const lengthSize = length < 8 ? 0 : length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3;
  const shortLength = lengthSize === 0 ? length : 0;
  writer.byte((kind << 6) | ((idSize - 1) << 5) | (lengthSize << 3) | shortLength);
  writer.uint(id, idSize);
  if (lengthSize > 0) writer.uint(length, lengthSize);
  writer.bytes(value);
}

function bytesOf(value: Value): Uint8Array {
  const writer = new ByteWriter();
  switch (value.type) {
    case 'integer':
      writer.integer(value.value, signedSize(value.value));
      break;
    case 'unsigned':
      writer.integer(value.value, unsignedSize(value.value));
      break;
    case 'time':
      writer.integer(BigInt(value.value), signedSize(BigInt(value.value)));
      break;
    case 'float':
      if (isFloat32(value.value)) writer.float32(value.value);
      else writer.float64(value.value);
      break;
    case 'boolean':
      writer.byte(value.value ? 1 : 0);
      break;
    case 'objlnk':
      writer.uint(value.object, 2);
      writer.uint(value.instance, 2);
      break;
    case 'opaque':
      return value.value;
    case 'string':
    case 'corelnk':
      return encodeUtf8(value.value);
    default:
      return unreachable(value);
  }
  return writer.finish();
}

function signedSize(value: bigint): number {
  return unsignedSize(2n * (value < 0n ? -1n - value : value));
}

function unsignedSize(value: bigint): number {
  return value < 0x100n ? 1 : value < 0x1_0000n ? 2 : value < 0x1_0000_0000n ? 4 : 8;
}
