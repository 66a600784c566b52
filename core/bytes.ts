// Bytes as numbers and as text: big-endian integers and IEEE 754 floats, a growing writer, UTF-8
// (RFC 3629), hex and base64 (RFC 4648). Knows no protocol.

const scratch = new DataView(new ArrayBuffer(8));
const utf8Encoder = new TextEncoder();
/** `ignoreBOM` keeps a leading U+FEFF: what was encoded is what is decoded. */
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lossyDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Names and readings are short and ASCII; there a loop beats calling a decoder. */
const SHORT_TEXT_BYTES = 32;

/** Big-endian unsigned integer of up to 4 bytes; the caller has checked the bounds. */
export function readUint(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let index = at; index < at + length; index++) value = value * 256 + (bytes[index] as number);
  return value;
}

/** Big-endian two's complement integer of 1 to 8 bytes. */
export function readSigned(bytes: Uint8Array, at: number, length: number): bigint {
  if (length <= 4) {
    const shift = 32 - 8 * length;
    return BigInt((readUint(bytes, at, length) << shift) >> shift);
  }
  return BigInt.asIntN(8 * length, readUnsigned(bytes, at, length));
}

/** Big-endian unsigned integer of 1 to 8 bytes. */
export function readUnsigned(bytes: Uint8Array, at: number, length: number): bigint {
  if (length <= 4) return BigInt(readUint(bytes, at, length));
  const high = readUint(bytes, at, length - 4);
  return bigintOf(high, readUint(bytes, at + length - 4, 4));
}

/** The 64-bit unsigned integer of two 32-bit halves. */
export function bigintOf(high: number, low: number): bigint {
  // Up to 2^53 a double is exact, and one conversion is cheaper than three operations.
  if (high < 0x20_0000) return BigInt(high * 0x1_0000_0000 + low);
  return (BigInt(high) << 32n) | BigInt(low);
}

export function readFloat32(bytes: Uint8Array, at: number): number {
  scratch.setUint32(0, readUint(bytes, at, 4));
  return scratch.getFloat32(0);
}

export function readFloat64(bytes: Uint8Array, at: number): number {
  scratch.setUint32(0, readUint(bytes, at, 4));
  scratch.setUint32(4, readUint(bytes, at + 4, 4));
  return scratch.getFloat64(0);
}

/** True when a single-precision float holds the value; NaN counts as held. */
export function isFloat32(value: number): boolean {
  return Object.is(Math.fround(value), value);
}

/** Not for secrets: it takes longer the later they differ. */
export function isEqual(a: Uint8Array, b: Uint8Array, from = 0): boolean {
  if (a.length !== b.length) return false;
  for (let index = from; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Collects bytes; big-endian like everything on this wire. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** There is room for more than `expected` bytes: it is made when it is needed. */
  constructor(expected = 64) {
    this.#bytes = new Uint8Array(expected);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** The lowest `size` bytes (up to 4) of a non-negative integer. */
  uint(value: number, size: number): void {
    this.#reserve(size);
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) {
      this.#bytes[this.#length++] = value >>> shift;
    }
  }

  /** The lowest `size` bytes (up to 8) of an integer, two's complement when negative. */
  integer(value: bigint, size: number): void {
    scratch.setBigUint64(0, BigInt.asUintN(64, value));
    this.#copyScratch(8 - size, size);
  }

  float32(value: number): void {
    scratch.setFloat32(0, value);
    this.#copyScratch(0, 4);
  }

  float64(value: number): void {
    scratch.setFloat64(0, value);
    this.#copyScratch(0, 8);
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A text of ASCII characters, as they are. */
  ascii(text: string): void {
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index++) {
      this.#bytes[this.#length++] = text.charCodeAt(index);
    }
  }

  /** Everything written so far, as an array of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** The same without a copy, for who is done with it before more is written. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #copyScratch(from: number, size: number): void {
    this.#reserve(size);
    for (let index = 0; index < size; index++) {
      this.#bytes[this.#length++] = scratch.getUint8(from + index);
    }
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** Lone surrogates become U+FFFD, as TextEncoder does. */
export function encodeUtf8(text: string): Uint8Array {
  if (!isShortAscii(text)) return utf8Encoder.encode(text);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Whether a loop over the characters is the quickest way to their bytes. */
export function isShortAscii(text: string): boolean {
  if (text.length > SHORT_TEXT_BYTES) return false;
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) >= 0x80) return false;
  }
  return true;
}

/** The bytes from `from` to before `to` as text; undefined when they are not UTF-8. */
export function decodeUtf8(
  bytes: Uint8Array, from = 0, to: number = bytes.length,
): string | undefined {
  if (to - from <= SHORT_TEXT_BYTES) {
    const text = decodeAscii(bytes, from, to);
    if (text !== undefined) return text;
  }
  try {
    return utf8Decoder.decode(bytes.subarray(from, to));
  } catch {
    return undefined;
  }
}

/** Any bytes as text: what is no UTF-8 in them becomes U+FFFD. */
export function decodeLossy(bytes: Uint8Array): string {
  return lossyDecoder.decode(bytes);
}

function decodeAscii(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = '';
  for (let index = from; index < to; index++) {
    const byte = bytes[index] as number;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex without separators. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index++) text += HEX_OF_BYTE[bytes[index] as number];
  return text;
}

/** Undefined unless the text is pairs of hex digits. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64URL = `${BASE64.slice(0, 62)}-_`;

/** The six bits of a character code in either alphabet, 255 for others. */
const SEXTETS = new Uint8Array(128).fill(255);
for (let sextet = 0; sextet < 64; sextet++) {
  SEXTETS[BASE64.charCodeAt(sextet)] = sextet;
  SEXTETS[BASE64URL.charCodeAt(sextet)] = sextet;
}

/** RFC 4648 s4, with padding. */
export function toBase64(bytes: Uint8Array): string {
  const text = encodeSextets(bytes, BASE64);
  return text + '='.repeat((4 - (text.length % 4)) % 4);
}

/** RFC 4648 s5, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return encodeSextets(bytes, BASE64URL);
}

/** Takes both alphabets, padded or not: devices mix them. Undefined when it is neither. */
export function fromBase64(text: string): Uint8Array | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = text.length - padding;
  if (length % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) return undefined;
  const bytes = new Uint8Array((length * 3) >> 2);
  let bits = 0;
  let at = 0;
  for (let index = 0; index < length; index++) {
    const sextet = SEXTETS[text.charCodeAt(index)] ?? 255;
    if (sextet === 255) return undefined;
    bits = ((bits << 6) | sextet) & 0xff_ffff;
    const held = (index % 4) * 2;
    if (held !== 0) bytes[at++] = bits >> (6 - held);
  }
  // RFC 4648 s3.5: bits beyond the last byte are zero, or the text has a second meaning.
  const spare = length % 4 === 2 ? 0b1111 : length % 4 === 3 ? 0b11 : 0;
  return (bits & spare) === 0 ? bytes : undefined;
}

function encodeSextets(bytes: Uint8Array, alphabet: string): string {
  let text = '';
  let bits = 0;
  for (let index = 0; index < bytes.length; index++) {
    bits = ((bits << 8) | (bytes[index] as number)) & 0xffff;
    const held = 2 + (index % 3) * 2;
    text += alphabet[(bits >> held) & 63];
    if (held === 6) text += alphabet[bits & 63];
  }
  const rest = bytes.length % 3;
  if (rest === 1) text += alphabet[(bits << 4) & 63];
  if (rest === 2) text += alphabet[(bits << 2) & 63];
  return text;
}
