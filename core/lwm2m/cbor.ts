// Reads CBOR as LwM2M needs it (RFC 8949; LwM2M Core 1.1.1 s7.4.3): scalars with the tags of
// times, bignums and decimal fractions, and the arrays and maps of SenML, one item at a time. A
// failure sticks to the reader: what is read after it is empty, so that callers check once.

import {
  bigintOf, ByteWriter, decodeUtf8, readFloat32, readFloat64, readUint, readUnsigned,
} from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import { convert, integerValue } from './conversion.ts';
import type { Value } from './value.ts';

/** Arrays, maps and tags inside one another in what a reader skips. */
export const CBOR_DEPTH_MAX = 8;
/** Tags before one value; each is read in a loop, more than these say nothing. */
export const CBOR_TAGS_MAX = 4;

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const SIMPLE = 7;
const INDEFINITE = 31;
const NULL = 0xf6;
const BREAK = 0xff;

/** One value and nothing after it. */
export function decodeCbor(payload: Uint8Array): Result<Value> {
  const reader = new CborReader(payload);
  const value = reader.scalar();
  reader.end();
  if (value === undefined || reader.failure !== undefined) return fail(`${reader.failure}`);
  return ok(value);
}

export class CborReader {
  /** What was wrong first; undefined while all is well. */
  failure: string | undefined;
  readonly #bytes: Uint8Array;
  #at = 0;
  #major = 0;
  #information = 0;
  #high = 0;
  #low = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Enters an array and returns its length, -1 when indefinite. */
  array(): number {
    return this.#container(ARRAY, 'an array');
  }

  /** Enters a map and returns its number of pairs, -1 when indefinite. */
  map(): number {
    return this.#container(MAP, 'a map');
  }

  /** Whether an array is next. */
  startsArray(): boolean {
    return this.#next() >> 5 === ARRAY;
  }

  /** Whether a map is next. */
  startsMap(): boolean {
    return this.#next() >> 5 === MAP;
  }

  /** Whether null is next; takes it. */
  null(): boolean {
    if (this.#next() !== NULL) return false;
    this.#at++;
    return true;
  }

  /** Whether item `index` follows in the container entered with `count`; takes the break. */
  more(index: number, count: number): boolean {
    if (this.failure !== undefined) return false;
    if (count >= 0) return index < count;
    if (this.#next() !== BREAK) return true;
    this.#at++;
    return false;
  }

  /** A map's key: an integer or a text. */
  key(): number | string | undefined {
    if (!this.#head()) return undefined;
    if (this.#major === UNSIGNED) return this.#argument();
    if (this.#major === NEGATIVE) return -1 - this.#argument();
    if (this.#major === TEXT) return this.#text();
    return this.#fail('has a key that is neither integer nor text');
  }

  /** Any value that is not a container, in the type CBOR itself gives it. */
  scalar(): Value | undefined {
    if (!this.#head()) return undefined;
    for (let tags = 0; this.#major === TAG; tags++) {
      const tag = this.#argument();
      if (tags === CBOR_TAGS_MAX) return this.#fail('has too many tags');
      if (!this.#head()) return undefined;
      if (tag === 4) return this.#decimalFraction();
      if (tag === 2 || tag === 3) return this.#bignum(tag === 3);
      // RFC 8949 s3.4.1, s3.4.2: time as RFC 3339 text or as a number; other tags add nothing.
      if ((tag === 0 || tag === 1) && this.#major !== TAG) {
        const value = this.#untagged();
        return value && convert(value, 'time');
      }
    }
    return this.#untagged();
  }

  /** Passes over one item of any kind. */
  skip(depth = 0): void {
    if (!this.#head()) return;
    const holdsOthers = this.#major >= ARRAY && this.#major <= TAG;
    if (holdsOthers && depth === CBOR_DEPTH_MAX) this.#fail('is nested too deeply');
    if (this.failure !== undefined) return;
    const count = this.#information === INDEFINITE ? -1 : this.#argument();
    switch (this.#major) {
      case BYTES:
      case TEXT:
        this.#string(this.#major);
        return;
      case TAG:
        this.skip(depth + 1);
        return;
      case ARRAY:
      case MAP:
        this.#skipItems(count, this.#major === MAP ? 2 : 1, depth + 1);
        return;
      default:
        if (count === -1) this.#fail('has a break where a value should be');
    }
  }

  /** Nothing may follow. */
  end(): void {
    if (this.#at < this.#bytes.length) this.#fail('has bytes after its end');
  }

  #skipItems(count: number, itemsEach: number, depth: number): void {
    for (let index = 0; this.more(index, count); index++) {
      for (let item = 0; item < itemsEach; item++) this.skip(depth);
    }
  }

  #fail(reason: string): undefined {
    this.failure ??= reason;
    return undefined;
  }

  /** The next initial byte; -1 when there is none or something was wrong. */
  #next(): number {
    return this.failure === undefined ? this.#bytes[this.#at] ?? -1 : -1;
  }

  /** Reads an initial byte and its argument (RFC 8949 s3). */
  #head(): boolean {
    const initial = this.#next();
    if (initial === -1) {
      this.#fail('ends too early');
      return false;
    }
    this.#at++;
    this.#major = initial >> 5;
    this.#information = initial & 0x1f;
    this.#high = 0;
    this.#low = this.#information;
    if (this.#information < 24) return true;
    if (this.#information < 28) return this.#longArgument(1 << (this.#information - 24));
    // RFC 8949 s3.2: an indefinite length has a meaning for strings, containers and the break.
    const mayBeIndefinite = this.#major >= BYTES && this.#major !== TAG;
    if (this.#information !== INDEFINITE || !mayBeIndefinite) this.#fail('has a reserved byte');
    return this.failure === undefined;
  }

  #longArgument(size: number): boolean {
    const from = this.#at;
    if (from + size > this.#bytes.length) {
      this.#fail('ends too early');
      return false;
    }
    this.#at += size;
    if (size === 8) this.#high = readUint(this.#bytes, from, 4);
    this.#low = size === 8
      ? readUint(this.#bytes, from + 4, 4) : readUint(this.#bytes, from, size);
    return true;
  }

  #argument(): number {
    return this.#high * 0x1_0000_0000 + this.#low;
  }

  #container(major: number, name: string): number {
    if (!this.#head()) return 0;
    if (this.#major !== major) {
      this.#fail(`is not ${name} where it should be`);
      return 0;
    }
    return this.#information === INDEFINITE ? -1 : this.#argument();
  }

  #untagged(): Value | undefined {
    switch (this.#major) {
      case UNSIGNED:
      case NEGATIVE:
        return integerValue(this.#integer());
      case BYTES: {
        const value = this.#string(BYTES);
        return value && { type: 'opaque', value };
      }
      case TEXT: {
        const value = this.#text();
        return value === undefined ? undefined : { type: 'string', value };
      }
      case SIMPLE:
        return this.#simple();
      default:
        return this.#fail('has a container where a value should be');
    }
  }

  #integer(): bigint {
    const argument = bigintOf(this.#high, this.#low);
    return this.#major === NEGATIVE ? -1n - argument : argument;
  }

  #simple(): Value | undefined {
    switch (this.#information) {
      case 20:
        return { type: 'boolean', value: false };
      case 21:
        return { type: 'boolean', value: true };
      case 25:
        return { type: 'float', value: halfFloat(this.#low) };
      case 26:
        return { type: 'float', value: readFloat32(this.#bytes, this.#at - 4) };
      case 27:
        return { type: 'float', value: readFloat64(this.#bytes, this.#at - 8) };
      default:
        return this.#fail('has null or another simple value where a value should be');
    }
  }

  #text(): string | undefined {
    if (this.#information !== INDEFINITE) return this.#definiteText();
    let text = '';
    while (this.more(0, -1)) {
      // RFC 8949 s3.2.3: chunks are of the same kind and definite, each UTF-8 by itself.
      if (!this.#chunk(TEXT)) return undefined;
      text += this.#definiteText() ?? '';
    }
    return this.failure === undefined ? text : undefined;
  }

  #definiteText(): string | undefined {
    const length = this.#argument();
    if (!this.#pass(length)) return undefined;
    const text = decodeUtf8(this.#bytes, this.#at - length, this.#at);
    return text ?? this.#fail('has text that is not UTF-8');
  }

  /** The bytes of a string as an array of its own: values outlive the datagram. */
  #string(major: number): Uint8Array | undefined {
    if (this.#information !== INDEFINITE) return this.#take()?.slice();
    const writer = new ByteWriter();
    while (this.more(0, -1)) {
      if (!this.#chunk(major)) return undefined;
      writer.bytes(this.#take() ?? new Uint8Array(0));
    }
    return this.failure === undefined ? writer.finish() : undefined;
  }

  #chunk(major: number): boolean {
    if (!this.#head()) return false;
    if (this.#major !== major || this.#information === INDEFINITE) {
      this.#fail('has a string with a chunk of another kind');
    }
    return this.failure === undefined;
  }

  #take(): Uint8Array | undefined {
    const length = this.#argument();
    return this.#pass(length) ? this.#bytes.subarray(this.#at - length, this.#at) : undefined;
  }

  /** Goes on behind so many bytes, if there are. */
  #pass(length: number): boolean {
    if (length > this.#bytes.length - this.#at) {
      this.#fail('ends too early');
      return false;
    }
    this.#at += length;
    return true;
  }

  /** RFC 8949 s3.4.3; beyond 64 bits only the nearest float is kept. */
  #bignum(isNegative: boolean): Value | undefined {
    const bytes = this.#major === BYTES ? this.#string(BYTES) : this.#fail('has a bad bignum');
    if (bytes === undefined) return undefined;
    let from = 0;
    while (bytes[from] === 0) from++;
    if (bytes.length - from <= 8) {
      const magnitude = readUnsigned(bytes, from, bytes.length - from);
      return integerValue(isNegative ? -1n - magnitude : magnitude);
    }
    let magnitude = 0;
    for (let index = from; index < bytes.length; index++) {
      magnitude = magnitude * 256 + (bytes[index] as number);
    }
    return { type: 'float', value: isNegative ? -magnitude : magnitude };
  }

  /** RFC 8949 s3.4.4: [exponent, mantissa]; neither may be a fraction again. */
  #decimalFraction(): Value | undefined {
    if (this.#major !== ARRAY || this.#argument() !== 2) return this.#fail('has a bad fraction');
    const exponent = this.#fractionPart();
    const mantissa = this.#fractionPart();
    if (exponent === undefined || mantissa === undefined) return undefined;
    return { type: 'float', value: Number(`${mantissa}e${exponent}`) };
  }

  #fractionPart(): bigint | undefined {
    if (!this.#head()) return undefined;
    if (this.#major === UNSIGNED || this.#major === NEGATIVE) return this.#integer();
    const tag = this.#major === TAG ? this.#argument() : 0;
    const isBignum = (tag === 2 || tag === 3) && this.#head();
    const value = isBignum ? this.#bignum(tag === 3) : undefined;
    if (value?.type === 'integer' || value?.type === 'unsigned') return value.value;
    return this.#fail('has a bad fraction');
  }
}

/** RFC 8949 appendix D: 1 sign, 5 exponent and 10 fraction bits. */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const magnitude = exponent === 0 ? fraction * 2 ** -24
    : exponent < 31 ? (fraction + 1024) * 2 ** (exponent - 25)
    : fraction === 0 ? Infinity : NaN;
  return bits & 0x8000 ? -magnitude : magnitude;
}
