// Reads JSON one item at a time (RFC 8259), for the two JSON formats of LwM2M: JSON.parse rounds
// 64-bit integers and says nothing of depth. A failure sticks to the reader: what is read after it
// is empty, so that callers check once.

import { integerValue } from './conversion.ts';
import type { Value } from './value.ts';

/** Arrays and objects inside one another in what a reader skips. */
export const JSON_DEPTH_MAX = 8;
/** No 64-bit integer is longer; what is becomes a float, since BigInt takes quadratic time. */
const INTEGER_LENGTH_MAX = 20;

export class JsonReader {
  /** What was wrong first; undefined while all is well. */
  failure: string | undefined;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Enters an array or object. */
  open(bracket: '[' | '{'): void {
    this.#skipSpace();
    this.#take(bracket);
  }

  /** Whether another item follows the first `index`; takes its comma, or the closing bracket. */
  more(index: number, bracket: ']' | '}'): boolean {
    this.#skipSpace();
    if (this.failure !== undefined) return false;
    if (this.#text[this.#at] === bracket) {
      this.#at++;
      return false;
    }
    if (index > 0) this.#take(',');
    return this.failure === undefined;
  }

  /** A member's name and its colon. */
  key(): string | undefined {
    this.#skipSpace();
    const key = this.#string();
    this.#skipSpace();
    this.#take(':');
    return key;
  }

  /** Whether null is next; takes it. */
  null(): boolean {
    this.#skipSpace();
    if (this.failure !== undefined || this.#text[this.#at] !== 'n') return false;
    this.#take('null');
    return this.failure === undefined;
  }

  /** A string, number or boolean; whole numbers are exact integers. */
  scalar(): Value | undefined {
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '"') {
      const value = this.#string();
      return value === undefined ? undefined : { type: 'string', value };
    }
    if (first === 't' || first === 'f') return this.#boolean(first === 't');
    return this.#number();
  }

  /** Passes over one value of any kind. */
  skip(depth = 0): void {
    this.#skipSpace();
    const first = this.#text[this.#at];
    const holdsOthers = first === '[' || first === '{';
    if (holdsOthers && depth === JSON_DEPTH_MAX) this.#fail('is nested too deeply');
    if (this.failure !== undefined) return;
    if (first === '[') {
      this.open('[');
      for (let index = 0; this.more(index, ']'); index++) this.skip(depth + 1);
    } else if (first === '{') {
      this.open('{');
      for (let index = 0; this.more(index, '}'); index++) {
        this.key();
        this.skip(depth + 1);
      }
    } else if (!this.null()) {
      this.scalar();
    }
  }

  /** Nothing but space may follow. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('has text after its end');
  }

  #fail(reason: string): undefined {
    this.failure ??= reason;
    return undefined;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #take(expected: string): void {
    if (this.failure !== undefined) return;
    if (this.#text.startsWith(expected, this.#at)) this.#at += expected.length;
    else this.#fail(`lacks "${expected}" at ${this.#at}`);
  }

  #boolean(value: boolean): Value {
    this.#take(value ? 'true' : 'false');
    return { type: 'boolean', value };
  }

  #number(): Value | undefined {
    if (this.failure !== undefined) return undefined;
    const pattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return this.#fail(`lacks a value at ${this.#at}`);
    const source = match[0];
    this.#at += source.length;
    const isWhole = match[1] === undefined && match[2] === undefined;
    if (isWhole && source.length <= INTEGER_LENGTH_MAX) return integerValue(BigInt(source));
    const value = Number(source);
    return Number.isFinite(value) ? { type: 'float', value } : this.#fail('has too large a number');
  }

  #string(): string | undefined {
    if (this.failure !== undefined) return undefined;
    const from = this.#at;
    if (this.#text[from] !== '"') return this.#fail(`lacks a string at ${from}`);
    let isPlain = true;
    for (let at = from + 1; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return isPlain ? this.#text.slice(from + 1, at) : this.#unescape(from);
      }
      if (code === 0x5c) {
        isPlain = false;
        at++;
      } else if (code < 0x20) {
        return this.#fail(`has a control character in a string at ${at}`);
      }
    }
    return this.#fail('ends inside a string');
  }

  #unescape(from: number): string | undefined {
    try {
      const text = JSON.parse(this.#text.slice(from, this.#at)) as string;
      // RFC 8259 s8.2: what a lone surrogate means is anyone's guess, and UTF-8 has none.
      return /\p{Cs}/u.test(text) ? this.#fail('has a lone surrogate') : text;
    } catch {
      return this.#fail(`has a bad escape in the string at ${from}`);
    }
  }
}
