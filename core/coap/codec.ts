// The CoAP wire format (RFC 7252 s3): datagram to message and back, strict and total. Every valid
// datagram has exactly one encoding. What options mean is in options.ts, what messages mean for
// one another in exchange.ts; block-wise transfer is not here either.

import { assert, fail, ok, type Failure, type Result } from '../result.ts';
import { Code, NO_BYTES, type Message, type Option, type Type } from './message.ts';

/** The longest UDP payload over IPv4. */
export const DATAGRAM_LENGTH_MAX = 65_507;
export const TOKEN_LENGTH_MAX = 8;
export const OPTION_NUMBER_MAX = 0xffff;
/** No protocol here needs half of it; without it a datagram of zeros is 65,000 options. */
export const OPTIONS_MAX = 128;

const HEADER_LENGTH = 4;
const VERSION = 1;
const PAYLOAD_MARKER = 0xff;
/** RFC 7252 s3.1: a nibble of 13 or 14 announces one or two more bytes, from these bases. */
const ONE_BYTE_BASE = 13;
const TWO_BYTE_BASE = 269;
/**
 * Up to this, copying is cheaper than a view, and does not keep the datagram alive. V8 keeps arrays
 * of up to 64 bytes in its heap: a view of one moves it out, which costs more than all the rest.
 */
const COPY_LENGTH_MAX = 64;

export type FormatError =
  | 'header truncated'
  | 'datagram too long'
  | 'unknown version'
  | 'reserved token length'
  | 'token truncated'
  | 'reserved code class'
  | 'empty message with content'
  | 'reserved option delta'
  | 'reserved option length'
  | 'option truncated'
  | 'option number too large'
  | 'too many options'
  | 'payload marker without payload';

export interface DecodeFailure {
  readonly error: FormatError;
  /** What a Reset needs (RFC 7252 s4.2); absent when the header itself was not readable. */
  readonly header: { readonly type: Type; readonly mid: number } | undefined;
}

/** Reads one datagram; values are views of it or shared, so nothing is to be written to them. */
export function decodeMessage(datagram: Uint8Array): Result<Message, DecodeFailure> {
  const length = datagram.length;
  if (length < HEADER_LENGTH) return fail({ error: 'header truncated', header: undefined });
  const first = datagram[0] as number;
  // RFC 7252 s3: messages of an unknown version are ignored in silence, hence no header.
  if (first >> 6 !== VERSION) return fail({ error: 'unknown version', header: undefined });
  const code = datagram[1] as number;
  const tokenEnd = HEADER_LENGTH + (first & 0x0f);
  const error = headerError(datagram, code, tokenEnd);
  if (error !== undefined) return formatError(datagram, error);

  const options: Option[] = [];
  const payloadStart = decodeOptions(datagram, tokenEnd, options);
  if (typeof payloadStart === 'string') return formatError(datagram, payloadStart);
  return ok({
    type: ((first >> 4) & 0x03) as Type,
    code,
    mid: ((datagram[2] as number) << 8) | (datagram[3] as number),
    token: bytesOf(datagram, HEADER_LENGTH, tokenEnd),
    options,
    payload: payloadStart === length ? NO_BYTES : bytesOf(datagram, payloadStart, length),
  });
}

function headerError(
  datagram: Uint8Array, code: number, tokenEnd: number,
): FormatError | undefined {
  if (datagram.length > DATAGRAM_LENGTH_MAX) return 'datagram too long';
  // RFC 7252 s3: lengths 9-15 are reserved and processed as a message format error.
  if (tokenEnd > HEADER_LENGTH + TOKEN_LENGTH_MAX) return 'reserved token length';
  // RFC 7252 s4.1: an Empty message has no bytes after the Message ID.
  if (code === Code.EMPTY && datagram.length > HEADER_LENGTH) return 'empty message with content';
  if (tokenEnd > datagram.length) return 'token truncated';
  // RFC 7252 s4.2, s4.3: messages with a reserved class (1, 6, 7) are rejected. The details of
  // class 0 are methods; which of them exist is not the codec's business.
  const codeClass = code >> 5;
  if (codeClass === 1 || codeClass > 5) return 'reserved code class';
  return undefined;
}

/** Appends the options to `into` and returns where the payload starts. */
function decodeOptions(
  datagram: Uint8Array, start: number, into: Option[],
): number | FormatError {
  const length = datagram.length;
  let offset = start;
  let number = 0;
  while (offset < length) {
    const head = datagram[offset++] as number;
    if (head === PAYLOAD_MARKER) {
      // RFC 7252 s3: a marker followed by nothing is a message format error.
      return offset === length ? 'payload marker without payload' : offset;
    }
    let delta = head >> 4;
    let valueLength = head & 0x0f;
    // RFC 7252 s3.1: 15 is reserved for the payload marker, in either nibble.
    if (delta === 15) return 'reserved option delta';
    if (valueLength === 15) return 'reserved option length';
    if (delta >= ONE_BYTE_BASE) {
      const end = offset + delta - (ONE_BYTE_BASE - 1);
      if (end > length) return 'option truncated';
      delta = extended(datagram, offset, end);
      offset = end;
    }
    if (valueLength >= ONE_BYTE_BASE) {
      const end = offset + valueLength - (ONE_BYTE_BASE - 1);
      if (end > length) return 'option truncated';
      valueLength = extended(datagram, offset, end);
      offset = end;
    }
    number += delta;
    if (number > OPTION_NUMBER_MAX) return 'option number too large';
    if (valueLength > length - offset) return 'option truncated';
    if (into.length === OPTIONS_MAX) return 'too many options';
    into.push({ number, value: bytesOf(datagram, offset, offset + valueLength) });
    offset += valueLength;
  }
  return length;
}

function extended(datagram: Uint8Array, start: number, end: number): number {
  const first = datagram[start] as number;
  if (end - start === 1) return ONE_BYTE_BASE + first;
  return TWO_BYTE_BASE + ((first << 8) | (datagram[start + 1] as number));
}

/** Most options are a number of one byte, and a typed array for each is 200 bytes. */
const ONE_BYTE: readonly Uint8Array[] = Array.from({ length: 256 }, (_, byte) => (
  Uint8Array.of(byte)));

function bytesOf(datagram: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length === 0) return NO_BYTES;
  if (length === 1) return ONE_BYTE[datagram[start] as number] as Uint8Array;
  // Not subarray(): of a subclass of Uint8Array it would make that subclass, and slowly.
  if (length > COPY_LENGTH_MAX) {
    return new Uint8Array(datagram.buffer, datagram.byteOffset + start, length);
  }
  const copy = new Uint8Array(length);
  for (let index = 0; index < length; index++) copy[index] = datagram[start + index] as number;
  return copy;
}

function formatError(datagram: Uint8Array, error: FormatError): Failure<DecodeFailure> {
  const type = (((datagram[0] as number) >> 4) & 0x03) as Type;
  const mid = ((datagram[2] as number) << 8) | (datagram[3] as number);
  return fail({ error, header: { type, mid } });
}

/** Writes one message. What cannot be written is a mistake of ours, hence the assertions. */
export function encodeMessage(message: Message): Uint8Array {
  const { options, payload, token } = message;
  assert(token.length <= TOKEN_LENGTH_MAX, 'a token has at most 8 bytes');
  assert(message.mid >= 0 && message.mid <= 0xffff, 'a Message ID has 16 bits');
  const length = encodedLength(message);
  assert(length <= DATAGRAM_LENGTH_MAX, 'a message fits a datagram');
  assert(message.code !== Code.EMPTY || length === HEADER_LENGTH, 'an Empty message is empty');

  const datagram = new Uint8Array(length);
  datagram[0] = (VERSION << 6) | (message.type << 4) | token.length;
  datagram[1] = message.code;
  datagram[2] = message.mid >> 8;
  datagram[3] = message.mid & 0xff;
  let offset = write(datagram, HEADER_LENGTH, token);
  let previous = 0;
  for (let index = 0; index < options.length; index++) {
    const option = options[index] as Option;
    offset = writeOption(datagram, offset, option.number - previous, option.value);
    previous = option.number;
  }
  if (payload.length > 0) {
    datagram[offset++] = PAYLOAD_MARKER;
    write(datagram, offset, payload);
  }
  return datagram;
}

/** An empty ACK or Reset, or a ping (RFC 7252 s4.2, s4.3). */
export function encodeEmpty(type: Type, mid: number): Uint8Array {
  const datagram = new Uint8Array(HEADER_LENGTH);
  datagram[0] = (VERSION << 6) | (type << 4);
  datagram[2] = mid >> 8;
  datagram[3] = mid & 0xff;
  return datagram;
}

function encodedLength(message: Message): number {
  const { options, payload } = message;
  let length = HEADER_LENGTH + message.token.length;
  let previous = 0;
  assert(options.length <= OPTIONS_MAX, 'a message has few options');
  for (let index = 0; index < options.length; index++) {
    const { number, value } = options[index] as Option;
    assert(number >= previous && number <= OPTION_NUMBER_MAX, 'options are ordered by number');
    length += 1 + extraBytes(number - previous) + extraBytes(value.length) + value.length;
    previous = number;
  }
  return payload.length === 0 ? length : length + 1 + payload.length;
}

function extraBytes(value: number): number {
  if (value < ONE_BYTE_BASE) return 0;
  return value < TWO_BYTE_BASE ? 1 : 2;
}

function writeOption(
  datagram: Uint8Array, start: number, delta: number, value: Uint8Array,
): number {
  const length = value.length;
  datagram[start] = (nibble(delta) << 4) | nibble(length);
  const offset = writeExtended(datagram, writeExtended(datagram, start + 1, delta), length);
  return write(datagram, offset, value);
}

function nibble(value: number): number {
  return value < ONE_BYTE_BASE ? value : ONE_BYTE_BASE - 1 + extraBytes(value);
}

function writeExtended(datagram: Uint8Array, start: number, value: number): number {
  if (value < ONE_BYTE_BASE) return start;
  if (value < TWO_BYTE_BASE) {
    datagram[start] = value - ONE_BYTE_BASE;
    return start + 1;
  }
  datagram[start] = (value - TWO_BYTE_BASE) >> 8;
  datagram[start + 1] = (value - TWO_BYTE_BASE) & 0xff;
  return start + 2;
}

function write(datagram: Uint8Array, start: number, bytes: Uint8Array): number {
  const length = bytes.length;
  if (length > COPY_LENGTH_MAX) {
    datagram.set(bytes, start);
  } else {
    for (let index = 0; index < length; index++) datagram[start + index] = bytes[index] as number;
  }
  return start + length;
}
