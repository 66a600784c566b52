// DER (X.690 s8, s10): elements one behind another, each with a tag, a length in the one form that
// is allowed, and a content. Whoever reads what is not there gets nothing, and a fault that all
// readers of the same bytes share, to be asked for once at the end. What is in a content is for who
// knows it.

import { decodeUtf8, toHex } from '../bytes.ts';

export const Tag = {
  BOOLEAN: 0x01, INTEGER: 0x02, BIT_STRING: 0x03, OCTET_STRING: 0x04, OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c, NUMERIC_STRING: 0x12, PRINTABLE_STRING: 0x13, TELETEX_STRING: 0x14,
  IA5_STRING: 0x16, UTC_TIME: 0x17, GENERALIZED_TIME: 0x18, VISIBLE_STRING: 0x1a,
  BMP_STRING: 0x1e, SEQUENCE: 0x30, SET: 0x31,
} as const;

/** Tags with higher numbers have more bytes; nothing here has them. */
const NUMBER_MAX = 30;
const utf16Decoder = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });

interface Fault {
  isThere: boolean;
}

export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #fault: Fault;
  #at = 0;

  constructor(bytes: Uint8Array, fault: Fault = { isThere: false }) {
    this.#bytes = bytes;
    this.#fault = fault;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  get hasFailed(): boolean {
    return this.#fault.isThere;
  }

  /** Of the next element; -1 behind the last one. */
  get tag(): number {
    return this.#bytes[this.#at] ?? -1;
  }

  /** The content of the next element, which has that tag: a view. */
  take(tag: number): Uint8Array {
    const { from, to } = this.#next(tag);
    return this.#bytes.subarray(from, to);
  }

  /** The same with its tag and length. */
  takeWhole(tag: number): Uint8Array {
    const start = this.#at;
    return this.#bytes.subarray(start, this.#next(tag).to);
  }

  /** A reader of its content. */
  enter(tag: number): DerReader {
    return this.within(this.take(tag));
  }

  /** A reader of other bytes, or of these again, that has the same fault. */
  within(bytes: Uint8Array): DerReader {
    return new DerReader(bytes, this.#fault);
  }

  /** There is nothing more. */
  end(): void {
    if (!this.isAtEnd) this.fail();
  }

  /** What was read is not what it should be. */
  fail(): void {
    this.#fault.isThere = true;
    // Whoever reads to the end must come there.
    this.#at = this.#bytes.length;
  }

  #next(tag: number): { readonly from: number; readonly to: number } {
    const bytes = this.#bytes;
    const first = bytes[this.#at + 1] ?? 0x80;
    let from = this.#at + 2;
    let length = first;
    if (first >= 0x80) {
      length = 0;
      const size = first - 0x80;
      for (let index = 0; index < size && index < 4; index++) {
        length = length * 256 + (bytes[from++] ?? 0);
      }
      // X.690 s10.1: as few bytes as it takes. None stand for an end that is to be looked for.
      if (size > 4 || length < 0x80 || length < 256 ** (size - 1)) from = Infinity;
    }
    const isGood = this.tag === tag && (tag & 0x1f) <= NUMBER_MAX && from + length <= bytes.length;
    if (!isGood) {
      this.fail();
      return { from: this.#at, to: this.#at };
    }
    this.#at = from + length;
    return { from, to: this.#at };
  }

  boolean(): boolean {
    const content = this.take(Tag.BOOLEAN);
    const [value] = content;
    // X.690 s11.1 has but one way to say yes.
    if (content.length !== 1 || value !== 0 && value !== 0xff) this.fail();
    return value === 0xff;
  }

  /** Of up to four bytes, and not below zero. */
  integer(): number {
    const content = this.take(Tag.INTEGER);
    const [first = 0x80] = content;
    // X.690 s8.3.2: as few bytes as it takes.
    const isLong = first === 0 && (content[1] ?? 0x80) < 0x80;
    if (content.length > 4 || first >= 0x80 || isLong) this.fail();
    return content.reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** The bytes of a BIT STRING, the last of which may have bits that are none. */
  bits(): Uint8Array {
    const content = this.take(Tag.BIT_STRING);
    const [unused = 8] = content;
    const last = content.length > 1 ? content.at(-1) as number : 0;
    // X.690 s8.6.2.3, s11.2.1: of nothing there is nothing unused, and what is unused is zero.
    const isGood = unused <= 7 && (last & ((1 << unused) - 1)) === 0
      && (content.length > 1 || unused === 0);
    if (!isGood) this.fail();
    return content.subarray(1);
  }

  /** Of one that has whole bytes. */
  wholeBits(): Uint8Array {
    const content = this.take(Tag.BIT_STRING);
    if (content[0] !== 0) this.fail();
    return content.subarray(1);
  }

  /** In the form with dots; in hex what has a number larger than any that is known. */
  objectIdentifier(): string {
    const content = this.take(Tag.OBJECT_IDENTIFIER);
    const numbers: number[] = [];
    let number = 0;
    let largest = 0;
    for (const byte of content) {
      // X.690 s8.19.2: no leading zeros.
      if (byte === 0x80 && number === 0) this.fail();
      number = number * 128 + (byte & 0x7f);
      largest = Math.max(largest, number);
      if (byte >= 0x80) continue;
      numbers.push(number);
      number = 0;
    }
    const [head = 0, ...others] = numbers;
    if (content.length === 0 || (content.at(-1) as number) >= 0x80) this.fail();
    if (largest > Number.MAX_SAFE_INTEGER) return toHex(content);
    // X.690 s8.19.4: the first one stands for two.
    const root = Math.min(2, Math.floor(head / 40));
    return [root, head - 40 * root, ...others].join('.');
  }

  /** The text of any kind of string; of what is none, all of it in hex (RFC 4514 s2.4). */
  text(): string {
    const { tag } = this;
    const whole = this.takeWhole(tag);
    const content = this.within(whole).take(tag);
    switch (tag) {
      case Tag.UTF8_STRING: return decodeUtf8(content) ?? this.#nothing();
      case Tag.BMP_STRING: return this.#utf16Of(content);
      case Tag.NUMERIC_STRING: case Tag.PRINTABLE_STRING: case Tag.TELETEX_STRING:
      case Tag.IA5_STRING: case Tag.VISIBLE_STRING: return latin1Of(content);
      default: return `#${toHex(whole)}`;
    }
  }

  /** RFC 5280 s4.1.2.5: in seconds, in UTC. */
  time(): number {
    const { tag } = this;
    const text = latin1Of(this.take(tag));
    // RFC 5280 s4.1.2.5.1: two digits of the year are of 1950 to 2049.
    const full = tag === Tag.UTC_TIME ? `${text < '50' ? '20' : '19'}${text}` : text;
    const isTime = tag === Tag.UTC_TIME || tag === Tag.GENERALIZED_TIME;
    const digits = isTime && /^\d{14}Z$/.test(full) ? full : '';
    const part = (from: number, to: number): number => Number(digits.slice(from, to));
    const [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)];
    const [hour, minute, second] = [part(8, 10), part(10, 12), part(12, 14)];
    const at = Date.UTC(year, month - 1, day, hour, minute, second);
    // There is no 31st of June; and what has two digits only would be taken for another year.
    const isThere = year >= 100 && hour < 24 && minute < 60 && second < 60
      && new Date(at).getUTCMonth() === month - 1 && new Date(at).getUTCDate() === day;
    if (!isThere) this.fail();
    return at;
  }

  #utf16Of(content: Uint8Array): string {
    try {
      return utf16Decoder.decode(content);
    } catch {
      return this.#nothing();
    }
  }

  #nothing(): string {
    this.fail();
    return '';
  }
}

/** A character for each byte. */
export function latin1Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
