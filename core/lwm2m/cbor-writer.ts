// Writes CBOR as LwM2M needs it (RFC 8949; LwM2M Core 1.1.1 s7.4.3), always in the shortest
// definite form, floats in single or double precision: half is not understood everywhere.

import { ByteWriter, encodeUtf8, isFloat32, isShortAscii } from '../bytes.ts';
import { unreachable } from '../result.ts';
import type { Value } from './value.ts';

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;

/** One value as a payload of its own. */
export function encodeCbor(value: Value): Uint8Array {
  const writer = new ByteWriter();
  // RFC 8949 s3.4.2: tag 1 says that the number is a time; outside of SenML nothing else would.
  if (value.type === 'time') writeHead(writer, TAG, 1);
  writeCborValue(writer, value);
  return writer.finish();
}

/** An integer, a float, a text, bytes or a boolean; times and object links as SenML has them. */
export function writeCborValue(writer: ByteWriter, value: Value): void {
  switch (value.type) {
    case 'integer':
    case 'unsigned':
      writeCborInteger(writer, value.value);
      return;
    case 'time':
      writeCborInteger(writer, BigInt(value.value));
      return;
    case 'float':
      writeCborFloat(writer, value.value);
      return;
    case 'boolean':
      writer.byte(value.value ? 0xf5 : 0xf4);
      return;
    case 'opaque':
      writeHead(writer, BYTES, value.value.length);
      writer.bytes(value.value);
      return;
    case 'string':
    case 'corelnk':
      writeCborText(writer, value.value);
      return;
    case 'objlnk':
      writeCborText(writer, `${value.object}:${value.instance}`);
      return;
    default:
      unreachable(value);
  }
}

export function writeCborInteger(writer: ByteWriter, value: bigint): void {
  const major = value < 0n ? NEGATIVE : UNSIGNED;
  const argument = value < 0n ? -1n - value : value;
  if (argument < 0x1_0000_0000n) {
    writeHead(writer, major, Number(argument));
    return;
  }
  writer.byte((major << 5) | 27);
  writer.integer(argument, 8);
}

export function writeCborFloat(writer: ByteWriter, value: number): void {
  if (isFloat32(value)) {
    writer.byte(0xfa);
    writer.float32(value);
  } else {
    writer.byte(0xfb);
    writer.float64(value);
  }
}

/** A whole number of at most 32 bits, as labels are. */
export function writeCborNumber(writer: ByteWriter, value: number): void {
  if (value < 0) writeHead(writer, NEGATIVE, -1 - value);
  else writeHead(writer, UNSIGNED, value);
}

export function writeCborText(writer: ByteWriter, text: string): void {
  if (isShortAscii(text)) {
    writeHead(writer, TEXT, text.length);
    writer.ascii(text);
    return;
  }
  const bytes = encodeUtf8(text);
  writeHead(writer, TEXT, bytes.length);
  writer.bytes(bytes);
}

export function writeCborNull(writer: ByteWriter): void {
  writer.byte(0xf6);
}

export function writeCborArray(writer: ByteWriter, length: number): void {
  writeHead(writer, ARRAY, length);
}

export function writeCborMap(writer: ByteWriter, pairs: number): void {
  writeHead(writer, MAP, pairs);
}

/** RFC 8949 s4.2.1: the shortest form; an argument of up to 32 bits. */
function writeHead(writer: ByteWriter, major: number, argument: number): void {
  if (argument < 24) writer.byte((major << 5) | argument);
  else if (argument < 0x100) writeLongHead(writer, (major << 5) | 24, argument, 1);
  else if (argument < 0x1_0000) writeLongHead(writer, (major << 5) | 25, argument, 2);
  else writeLongHead(writer, (major << 5) | 26, argument, 4);
}

function writeLongHead(writer: ByteWriter, initial: number, argument: number, size: number): void {
  writer.byte(initial);
  writer.uint(argument, size);
}
