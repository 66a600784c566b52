// From the value a format speaks of to the type the object's definition gives the resource (LwM2M
// Core 1.1.1 appendix C). What does not fit keeps its own type: a device that disagrees with the
// definition is shown as it is, not refused. The text forms of values are at home here too.

import { fromBase64 } from '../bytes.ts';
import { findResource, OBJECTS, type Models } from './objects.ts';
import type { Path } from './path.ts';
import type { Value, ValueType } from './value.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** The type the resource's definition gives; undefined when there is none. */
export function definedType(path: Path, models: Models = OBJECTS): ValueType | undefined {
  if (path.resource === undefined) return undefined;
  const type = findResource(path.object, path.resource, models)?.type;
  return type === 'none' ? undefined : type;
}

/** The value in the type of its resource if it fits, else unchanged. */
export function conform(value: Value, path: Path, models: Models = OBJECTS): Value {
  const type = definedType(path, models);
  return type === undefined ? value : convert(value, type);
}

/** The value as `type` if it fits without loss, else unchanged. */
export function convert(value: Value, type: ValueType): Value {
  if (value.type === type) return value;
  switch (value.type) {
    case 'integer':
    case 'unsigned':
      return fromInteger(value, type);
    case 'float':
      return fromFloat(value, value.value, type);
    case 'string':
      return fromText(value, value.value, type);
    default:
      return value;
  }
}

/** An integer as its own type: signed while 64 bits hold it, then unsigned, then float. */
export function integerValue(value: bigint): Value {
  if (value >= INT64_MIN && value <= INT64_MAX) return { type: 'integer', value };
  if (value > INT64_MAX && value <= UINT64_MAX) return { type: 'unsigned', value };
  return { type: 'float', value: Number(value) };
}

/** `object:instance`; a NUL at its end is an old Zephyr's. Undefined when it is no link. */
export function parseObjectLink(text: string): Value | undefined {
  const ids = /^(\d{1,5}):(\d{1,5})\0?$/.exec(text);
  if (ids === null) return undefined;
  const object = Number(ids[1]);
  const instance = Number(ids[2]);
  // 65535:65535 is the null link, so MAX_ID is a fair value here.
  return object > 65_535 || instance > 65_535 ? undefined : { type: 'objlnk', object, instance };
}

/**
 * Decimal without exponent, since the parsers of small devices know none, and always with a
 * fraction, so that it stays a float where nothing else says so.
 */
export function formatDecimal(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '', exponent] = String(value).split('e');
  if (exponent === undefined) return Number.isInteger(value) ? `${mantissa}.0` : mantissa;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.slice(sign.length).split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  return point <= 0 ? `${sign}0.${'0'.repeat(-point)}${digits}`
    : `${sign}${digits.padEnd(point, '0')}.0`;
}

type IntegerValue = Extract<Value, { type: 'integer' | 'unsigned' }>;

function fromInteger(value: IntegerValue, type: ValueType): Value {
  const integer = value.value;
  switch (type) {
    case 'integer':
      return integer <= INT64_MAX ? { type, value: integer } : value;
    case 'unsigned':
      return integer >= 0n ? { type, value: integer } : value;
    case 'float':
      return { type, value: Number(integer) };
    case 'boolean':
      return integer === 0n || integer === 1n ? { type, value: integer === 1n } : value;
    case 'time':
      return Number.isSafeInteger(Number(integer)) ? { type, value: Number(integer) } : value;
    default:
      return value;
  }
}

function fromFloat(value: Value, float: number, type: ValueType): Value {
  switch (type) {
    case 'integer':
    case 'unsigned':
    case 'boolean':
      return Number.isInteger(float) ? fitting(BigInt(float), type, value) : value;
    case 'time': {
      const seconds = Math.floor(float);
      return Number.isSafeInteger(seconds) ? { type, value: seconds } : value;
    }
    default:
      return value;
  }
}

/** Written so that no digit can match in two ways: linear however long the text is. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The text forms of appendix C; also what OMA JSON does with what JSON lacks. */
function fromText(value: Value, text: string, type: ValueType): Value {
  switch (type) {
    case 'integer':
    case 'unsigned':
    case 'boolean':
      return /^[+-]?\d{1,20}$/.test(text)
        ? fitting(BigInt(text.replace('+', '')), type, value) : value;
    case 'float':
      return DECIMAL.test(text) && Number.isFinite(Number(text))
        ? { type, value: Number(text) } : value;
    case 'time':
      return fromTimeText(value, text);
    case 'opaque': {
      const bytes = fromBase64(text);
      return bytes === undefined ? value : { type, value: bytes };
    }
    case 'objlnk':
      return parseObjectLink(text) ?? value;
    case 'corelnk':
      return { type, value: text };
    default:
      return value;
  }
}

function fitting(integer: bigint, type: ValueType, otherwise: Value): Value {
  const found = integerValue(integer);
  if (found.type !== 'integer' && found.type !== 'unsigned') return otherwise;
  const converted = fromInteger(found, type);
  return converted.type === type ? converted : otherwise;
}

const RFC3339 =
  /^([1-9]\d{3})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Seconds in decimal, or RFC 3339 s5.6, which Zephyr sends (with the unknown offset -00:00). */
function fromTimeText(value: Value, text: string): Value {
  if (/^-?\d{1,16}$/.test(text)) return fitting(BigInt(text), 'time', value);
  const fields = RFC3339.exec(text);
  if (fields === null) return value;
  const field = (index: number) => Number(fields[index] ?? 0);
  const isInRange = field(2) >= 1 && field(2) <= 12 && field(3) >= 1 && field(3) <= 31
    && field(4) < 24 && field(5) < 60 && field(6) <= 60 && field(8) < 24 && field(9) < 60;
  if (!isInRange) return value;
  const utc = Date.UTC(field(1), field(2) - 1, field(3), field(4), field(5), field(6)) / 1000;
  const offset = (fields[7] === '-' ? -60 : 60) * (60 * field(8) + field(9));
  return { type: 'time', value: utc - offset };
}
