// The messages of handshakes (RFC 6347 s4.2, s4.3.2; RFC 5246 s7.4): bytes in, a Result out, and
// back. What they mean is for server.ts and client.ts.

import { ByteWriter, readUint } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import { Alert, type AlertDescription } from './alerts.ts';
import {
  decodeExtensions, encodeExtensions, NO_EXTENSIONS, type Extensions, type HelloSide,
} from './extensions.ts';
import { Reader } from './reader.ts';
import { VERSION_1_0, VERSION_1_2 } from './record.ts';

export const HandshakeType = {
  HELLO_REQUEST: 0,
  CLIENT_HELLO: 1,
  SERVER_HELLO: 2,
  HELLO_VERIFY_REQUEST: 3,
  CERTIFICATE: 11,
  SERVER_KEY_EXCHANGE: 12,
  CERTIFICATE_REQUEST: 13,
  SERVER_HELLO_DONE: 14,
  CERTIFICATE_VERIFY: 15,
  CLIENT_KEY_EXCHANGE: 16,
  FINISHED: 20,
} as const;

/** Type, length, message sequence, and of the fragment offset and length (RFC 6347 s4.2.2). */
export const HANDSHAKE_HEADER_LENGTH = 12;
export const RANDOM_LENGTH = 32;
export const SESSION_ID_LENGTH_MAX = 32;
const NULL_COMPRESSION = 0;
const NOTHING = new Uint8Array(0);

/** A whole message, with the sequence number it came by. */
export interface HandshakeMessage {
  readonly type: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** A part of a message, often all of it; `body` is a view of the record. */
export interface Fragment extends HandshakeMessage {
  /** Of the whole message. */
  readonly length: number;
  readonly offset: number;
}

/** The fragments of one record, which may be of several messages; undefined when it has others. */
export function decodeFragments(record: Uint8Array): Fragment[] | undefined {
  const fragments: Fragment[] = [];
  let at = 0;
  while (at < record.length) {
    const from = at + HANDSHAKE_HEADER_LENGTH;
    if (from > record.length) return undefined;
    const length = readUint(record, at + 1, 3);
    const sequence = readUint(record, at + 4, 2);
    const offset = readUint(record, at + 6, 3);
    const to = from + readUint(record, at + 9, 3);
    if (to > record.length || offset + (to - from) > length) return undefined;
    fragments.push({
      type: record[at] as number, length, sequence, offset, body: record.subarray(from, to),
    });
    at = to;
  }
  // RFC 5246 s6.2.1: records of handshakes are never empty.
  return fragments.length === 0 ? undefined : fragments;
}

/** A message in one fragment: also how it stands in the transcript (RFC 6347 s4.2.6). */
export function encodeMessage({ type, sequence, body }: HandshakeMessage): Uint8Array {
  const whole = new Uint8Array(HANDSHAKE_HEADER_LENGTH + body.length);
  writeHeader(whole, type, body.length, sequence, 0, body.length);
  whole.set(body, HANDSHAKE_HEADER_LENGTH);
  return whole;
}

/** The part from `offset` on of a message as encodeMessage() made it. */
export function encodeFragment(message: Uint8Array, offset: number, length: number): Uint8Array {
  const fragment = new Uint8Array(HANDSHAKE_HEADER_LENGTH + length);
  const whole = message.length - HANDSHAKE_HEADER_LENGTH;
  writeHeader(fragment, message[0] as number, whole, readUint(message, 4, 2), offset, length);
  const from = HANDSHAKE_HEADER_LENGTH + offset;
  fragment.set(message.subarray(from, from + length), HANDSHAKE_HEADER_LENGTH);
  return fragment;
}

function writeHeader(
  target: Uint8Array, type: number, whole: number, sequence: number, offset: number,
  length: number,
): void {
  const view = new DataView(target.buffer);
  view.setUint32(0, type * 2 ** 24 + whole);
  view.setUint16(4, sequence);
  view.setUint32(5, offset);
  view.setUint8(5, sequence);
  view.setUint32(8, length);
  view.setUint8(8, offset);
}

/** How a ClientHello begins, and so its first fragment, unless it is too short for a cookie. */
export interface ClientHelloStart {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cookie: Uint8Array;
}

export interface ClientHello extends ClientHelloStart {
  readonly suites: readonly number[];
  readonly compressions: Uint8Array;
  readonly extensions: Extensions;
}

/** What is kept of a hello, once it is answered or before all of it is here. */
export function withoutLists({ version, random, cookie }: ClientHelloStart): ClientHello {
  return {
    version, random, cookie, sessionId: NOTHING, suites: [], compressions: NOTHING,
    extensions: NO_EXTENSIONS,
  };
}

/** Of all of it or of its first fragment; undefined when that is too short. */
export function decodeClientHelloStart(body: Uint8Array): ClientHelloStart | undefined {
  const reader = new Reader(body);
  const start = readClientHelloStart(reader);
  return reader.hasFailed || start.sessionId.length > SESSION_ID_LENGTH_MAX ? undefined : start;
}

function readClientHelloStart(reader: Reader): ClientHelloStart {
  return {
    version: reader.uint(2), random: reader.bytes(RANDOM_LENGTH).slice(),
    sessionId: reader.vector(1).slice(), cookie: reader.vector(1).slice(),
  };
}

export function decodeClientHello(body: Uint8Array): Result<ClientHello, AlertDescription> {
  const reader = new Reader(body);
  const start = readClientHelloStart(reader);
  const listed = reader.vector(2);
  const compressions = reader.vector(1).slice();
  const extensions = readExtensions(reader, 'client');
  const isWellFormed = reader.isExhausted && start.sessionId.length <= SESSION_ID_LENGTH_MAX
    && listed.length >= 2 && listed.length % 2 === 0;
  if (!isWellFormed) return fail(Alert.DECODE_ERROR);
  if (!extensions.ok) return extensions;
  // RFC 5246 s7.4.1.2: a list without the null compression is wrong.
  if (!compressions.includes(NULL_COMPRESSION)) return fail(Alert.ILLEGAL_PARAMETER);
  const suites = Array.from({ length: listed.length / 2 }, (_, at) => readUint(listed, 2 * at, 2));
  return ok({ ...start, suites, compressions, extensions: extensions.value });
}

export function encodeClientHello(hello: ClientHello): Uint8Array {
  const writer = new ByteWriter();
  writer.uint(hello.version, 2);
  writer.bytes(hello.random);
  writeVector(writer, hello.sessionId, 1);
  writeVector(writer, hello.cookie, 1);
  writer.uint(2 * hello.suites.length, 2);
  for (const suite of hello.suites) writer.uint(suite, 2);
  writeVector(writer, hello.compressions, 1);
  writeExtensions(writer, hello.extensions, 'client');
  return writer.finish();
}

export interface ServerHello {
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly suite: number;
  readonly extensions: Extensions;
}

export function decodeServerHello(body: Uint8Array): Result<ServerHello, AlertDescription> {
  const reader = new Reader(body);
  const version = reader.uint(2);
  const random = reader.bytes(RANDOM_LENGTH).slice();
  const sessionId = reader.vector(1).slice();
  const suite = reader.uint(2);
  const compression = reader.uint(1);
  const extensions = readExtensions(reader, 'server');
  if (!reader.isExhausted || sessionId.length > SESSION_ID_LENGTH_MAX) {
    return fail(Alert.DECODE_ERROR);
  }
  if (version !== VERSION_1_2) return fail(Alert.PROTOCOL_VERSION);
  if (compression !== NULL_COMPRESSION) return fail(Alert.ILLEGAL_PARAMETER);
  return extensions.ok
    ? ok({ random, sessionId, suite, extensions: extensions.value }) : extensions;
}

export function encodeServerHello(hello: ServerHello): Uint8Array {
  const writer = new ByteWriter();
  writer.uint(VERSION_1_2, 2);
  writer.bytes(hello.random);
  writeVector(writer, hello.sessionId, 1);
  writer.uint(hello.suite, 2);
  writer.byte(NULL_COMPRESSION);
  writeExtensions(writer, hello.extensions, 'server');
  return writer.finish();
}

/** The cookie in it; the version decides nothing (RFC 6347 s4.2.1). */
export function decodeHelloVerifyRequest(body: Uint8Array): Result<Uint8Array, AlertDescription> {
  const reader = new Reader(body);
  reader.uint(2);
  const cookie = reader.vector(1).slice();
  return reader.isExhausted ? ok(cookie) : fail(Alert.DECODE_ERROR);
}

export function encodeHelloVerifyRequest(cookie: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  // RFC 6347 s4.2.1: DTLS 1.0 whatever will be negotiated.
  writer.uint(VERSION_1_0, 2);
  writeVector(writer, cookie, 1);
  return writer.finish();
}

function readExtensions(reader: Reader, side: HelloSide): Result<Extensions, AlertDescription> {
  return reader.isAtEnd ? ok(NO_EXTENSIONS) : decodeExtensions(reader.vector(2), side);
}

function writeExtensions(writer: ByteWriter, extensions: Extensions, side: HelloSide): void {
  const encoded = encodeExtensions(extensions, side);
  if (encoded.length > 0) writeVector(writer, encoded, 2);
}

export function writeVector(writer: ByteWriter, bytes: Uint8Array, lengthSize: number): void {
  writer.uint(bytes.length, lengthSize);
  writer.bytes(bytes);
}
