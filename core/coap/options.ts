// Typed access to options and what the layer understands of them: RFC 7252 s5.4 and s5.10, with
// the options of RFC 7641, 7959 and 9175. Block values are in block.ts.

import { assert } from '../result.ts';
import { NO_BYTES, OptionNumber, type Message, type Option } from './message.ts';

export type OptionFormat = 'empty' | 'opaque' | 'uint' | 'string';

export interface OptionDefinition {
  readonly number: number;
  readonly format: OptionFormat;
  readonly repeatable: boolean;
  readonly lengthMin: number;
  readonly lengthMax: number;
}

/** A message, or what is to become one. */
export type OptionsHolder = Pick<Message, 'options'>;

const ONCE = false;
const REPEATABLE = true;

function define(
  number: number, format: OptionFormat, repeatable: boolean, lengthMin: number, lengthMax: number,
): [number, OptionDefinition] {
  return [number, { number, format, repeatable, lengthMin, lengthMax }];
}

/** RFC 7252 s5.10 table 4, RFC 7641 s2, RFC 7959 s2.1 and s4, RFC 9175 s2.2 and s3.2. */
export const optionDefinitions: ReadonlyMap<number, OptionDefinition> = new Map([
  define(OptionNumber.IF_MATCH, 'opaque', REPEATABLE, 0, 8),
  define(OptionNumber.URI_HOST, 'string', ONCE, 1, 255),
  define(OptionNumber.ETAG, 'opaque', REPEATABLE, 1, 8),
  define(OptionNumber.IF_NONE_MATCH, 'empty', ONCE, 0, 0),
  define(OptionNumber.OBSERVE, 'uint', ONCE, 0, 3),
  define(OptionNumber.URI_PORT, 'uint', ONCE, 0, 2),
  define(OptionNumber.LOCATION_PATH, 'string', REPEATABLE, 0, 255),
  define(OptionNumber.URI_PATH, 'string', REPEATABLE, 0, 255),
  define(OptionNumber.CONTENT_FORMAT, 'uint', ONCE, 0, 2),
  define(OptionNumber.MAX_AGE, 'uint', ONCE, 0, 4),
  define(OptionNumber.URI_QUERY, 'string', REPEATABLE, 0, 255),
  define(OptionNumber.ACCEPT, 'uint', ONCE, 0, 2),
  define(OptionNumber.LOCATION_QUERY, 'string', REPEATABLE, 0, 255),
  define(OptionNumber.BLOCK2, 'uint', ONCE, 0, 3),
  define(OptionNumber.BLOCK1, 'uint', ONCE, 0, 3),
  define(OptionNumber.SIZE2, 'uint', ONCE, 0, 4),
  define(OptionNumber.PROXY_URI, 'string', ONCE, 1, 1034),
  define(OptionNumber.PROXY_SCHEME, 'string', ONCE, 1, 255),
  define(OptionNumber.SIZE1, 'uint', ONCE, 0, 4),
  define(OptionNumber.ECHO, 'opaque', ONCE, 1, 40),
  define(OptionNumber.REQUEST_TAG, 'opaque', REPEATABLE, 0, 8),
]);

/** RFC 7252 s5.10.5: Max-Age is 60 seconds when it is not said. */
export const MAX_AGE_DEFAULT_SECONDS = 60;

/** RFC 7252 s5.4.6: odd numbers are critical. */
export function isCritical(number: number): boolean {
  return (number & 1) === 1;
}

/**
 * The number of the first critical option that must be treated as unrecognized (RFC 7252 s5.4.1):
 * not in `understood`, of a length outside its range (s5.4.3), or repeated where it may not be
 * (s5.4.5). The caller decides by the kind of message what to answer.
 */
export function unsupportedCriticalOption(
  message: Message, understood: ReadonlySet<number>,
): number | undefined {
  const { options } = message;
  for (let index = 0; index < options.length; index++) {
    const { number, value } = options[index] as Option;
    if (!isCritical(number)) continue;
    const definition = understood.has(number) ? optionDefinitions.get(number) : undefined;
    if (definition === undefined || !isWithinLength(definition, value)) return number;
    if (!definition.repeatable && options[index - 1]?.number === number) return number;
    // RFC 7252 s3.2: strings are UTF-8; two ways of being invalid must not read as one name.
    if (definition.format === 'string' && !isUtf8(value)) return number;
  }
  return undefined;
}

/** The value of the first such option; undefined if there is none or its length is wrong. */
export function uintOption(message: OptionsHolder, number: number): number | undefined {
  const value = optionValue(message, number);
  if (value === undefined || value.length > lengthMaxOf(number)) return undefined;
  let uint = 0;
  // Not by shifts: 4 bytes would turn negative.
  for (let index = 0; index < value.length; index++) uint = uint * 256 + (value[index] as number);
  return uint;
}

/** All values of a string option in their order; those of a wrong length are left out. */
export function stringOptions(message: Message, number: number): string[] {
  const strings: string[] = [];
  const definition = optionDefinitions.get(number);
  for (const option of message.options) {
    if (option.number !== number) continue;
    if (definition === undefined || isWithinLength(definition, option.value)) {
      strings.push(text(option.value));
    }
  }
  return strings;
}

/** The segments, never joined: a segment may itself hold a slash (RFC 7252 s6.5). */
export function uriPath(message: Message): string[] {
  return stringOptions(message, OptionNumber.URI_PATH);
}

export function uriQuery(message: Message): string[] {
  return stringOptions(message, OptionNumber.URI_QUERY);
}

export function locationPath(message: Message): string[] {
  return stringOptions(message, OptionNumber.LOCATION_PATH);
}

export function contentFormat(message: OptionsHolder): number | undefined {
  return uintOption(message, OptionNumber.CONTENT_FORMAT);
}

export function accept(message: OptionsHolder): number | undefined {
  return uintOption(message, OptionNumber.ACCEPT);
}

export function observe(message: OptionsHolder): number | undefined {
  return uintOption(message, OptionNumber.OBSERVE);
}

export function maxAgeSeconds(message: Message): number {
  return uintOption(message, OptionNumber.MAX_AGE) ?? MAX_AGE_DEFAULT_SECONDS;
}

/** The value of the first option of that number, as it came. */
export function optionValue(message: OptionsHolder, number: number): Uint8Array | undefined {
  const { options } = message;
  for (let index = 0; index < options.length; index++) {
    const option = options[index] as Option;
    if (option.number === number) return option.value;
  }
  return undefined;
}

/** RFC 7252 s3.2: as few bytes as the value needs, none for 0. */
export function uintOptionOf(number: number, value: number): Option {
  const isUint32 = Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
  assert(isUint32, 'an option holds at most 32 bits');
  let length = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) length++;
  if (length === 0) return { number, value: NO_BYTES };
  const bytes = new Uint8Array(length);
  for (let index = length - 1, rest = value; index >= 0; index--) {
    bytes[index] = rest & 0xff;
    rest = Math.floor(rest / 256);
  }
  return { number, value: bytes };
}

export function stringOptionOf(number: number, value: string): Option {
  return { number, value: value === '' ? NO_BYTES : encoder.encode(value) };
}

/** `options` in the order the wire wants; the same array when it is so already. */
export function inOrder(options: readonly Option[]): readonly Option[] {
  for (let index = 1; index < options.length; index++) {
    if ((options[index - 1] as Option).number > (options[index] as Option).number) {
      return [...options].sort((a, b) => a.number - b.number);
    }
  }
  return options;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

function lengthMaxOf(number: number): number {
  return optionDefinitions.get(number)?.lengthMax ?? 4;
}

function isWithinLength(definition: OptionDefinition, value: Uint8Array): boolean {
  return value.length >= definition.lengthMin && value.length <= definition.lengthMax;
}

function isAscii(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) {
    if ((bytes[index] as number) > 0x7f) return false;
  }
  return true;
}

function isUtf8(bytes: Uint8Array): boolean {
  if (isAscii(bytes)) return true;
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function text(bytes: Uint8Array): string {
  // Calling into the decoder costs more than a short name takes to build.
  if (!isAscii(bytes)) return decoder.decode(bytes);
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}
