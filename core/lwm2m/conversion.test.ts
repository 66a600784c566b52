// How values become the type their definition asks for, and when they stay as they came.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conform, convert, formatDecimal, integerValue, parseObjectLink } from './conversion.ts';
import type { Value, ValueType } from './value.ts';

const integer = (value: bigint): Value => ({ type: 'integer', value });
const unsigned = (value: bigint): Value => ({ type: 'unsigned', value });
const float = (value: number): Value => ({ type: 'float', value });
const text = (value: string): Value => ({ type: 'string', value });
const time = (value: number): Value => ({ type: 'time', value });
const boolean = (value: boolean): Value => ({ type: 'boolean', value });

describe('a value that fits takes the type', () => {
  test.each<[Value, ValueType, Value]>([
    [integer(5n), 'unsigned', unsigned(5n)], [unsigned(5n), 'integer', integer(5n)],
    [integer(-5n), 'float', float(-5)], [integer(1n), 'boolean', boolean(true)],
    [integer(0n), 'boolean', boolean(false)], [integer(5n), 'time', time(5)],
    [float(5), 'integer', integer(5n)], [float(2 ** 63), 'unsigned', unsigned(2n ** 63n)],
    [float(1), 'boolean', boolean(true)], [float(5.9), 'time', time(5)],
    [float(-0.5), 'time', time(-1)],
    [text('+5'), 'integer', integer(5n)],
    [text('-9223372036854775808'), 'integer', integer(-(2n ** 63n))],
    [text('18446744073709551615'), 'unsigned', unsigned(2n ** 64n - 1n)],
    [text('24.5'), 'float', float(24.5)], [text('-.5'), 'float', float(-0.5)],
    [text('5.'), 'float', float(5)],
    [text('1e3'), 'float', float(1000)], [text('0'), 'boolean', boolean(false)],
    [text('1'), 'boolean', boolean(true)], [text('-5'), 'time', time(-5)],
    [text('3:0'), 'objlnk', { type: 'objlnk', object: 3, instance: 0 }],
    [text('3:0\0'), 'objlnk', { type: 'objlnk', object: 3, instance: 0 }],
    [text('</3/0>'), 'corelnk', { type: 'corelnk', value: '</3/0>' }],
    [text('AQI='), 'opaque', { type: 'opaque', value: new Uint8Array([1, 2]) }],
  ])('%o as %s', (value, type, converted) => expect(convert(value, type)).toEqual(converted));
});

describe('a value that does not fit stays', () => {
  test.each<[Value, ValueType]>([
    [integer(-5n), 'unsigned'], [unsigned(2n ** 63n), 'integer'], [integer(2n), 'boolean'],
    [integer(2n ** 53n), 'time'], [integer(5n), 'string'], [integer(5n), 'opaque'],
    [float(5.5), 'integer'], [float(-5), 'unsigned'], [float(2 ** 64), 'unsigned'],
    [float(NaN), 'integer'],
    [float(Infinity), 'integer'], [float(NaN), 'time'], [float(1e300), 'time'],
    [float(5), 'string'],
    [text(''), 'integer'], [text('5a'), 'integer'], [text('0x5'), 'integer'],
    [text(' 5'), 'integer'],
    [text('99999999999999999999'), 'integer'], [text('9'.repeat(100_000)), 'integer'],
    [text('-1'), 'unsigned'], [text('.'), 'float'], [text('NaN'), 'float'],
    [text('1e999'), 'float'],
    [text('true'), 'boolean'], [text('2'), 'boolean'], [text('A'), 'opaque'], [text('3'), 'objlnk'],
    [text('65536:0'), 'objlnk'], [text('yesterday'), 'time'], [time(5), 'string'],
    [boolean(true), 'integer'], [{ type: 'opaque', value: new Uint8Array(1) }, 'string'],
  ])('%o as %s', (value, type) => expect(convert(value, type)).toBe(value));
});

describe('RFC 3339 as a time', () => {
  test.each([
    ['1970-01-01T00:00:01-00:00', 1], ['2013-03-21T20:04:00Z', 1_363_896_240],
    ['2013-03-21t20:04:00.999z', 1_363_896_240], ['2013-03-21T21:04:00+01:00', 1_363_896_240],
    ['2013-03-21T14:34:00-05:30', 1_363_896_240], ['1969-12-31T23:59:59Z', -1],
    ['2016-12-31T23:59:60Z', 1_483_228_800], ['9999-12-31T23:59:59Z', 253_402_300_799],
  ])('%s', (source, seconds) => expect(convert(text(source), 'time')).toEqual(time(seconds)));

  test.each([
    '2013-03-21', '2013-03-21T20:04:00', '2013-13-21T20:04:00Z', '2013-00-21T20:04:00Z',
    '2013-03-32T20:04:00Z', '2013-03-21T24:00:00Z', '2013-03-21T20:60:00Z', '2013-03-21T20:04:61Z',
    '2013-03-21T20:04:00+24:00', '0001-01-01T00:00:00Z', ' 2013-03-21T20:04:00Z',
  ])('%s is none', (source) => expect(convert(text(source), 'time').type).toBe('string'));
});

test('integers take the smallest type that holds them', () => {
  expect(integerValue(2n ** 63n - 1n)).toEqual(integer(2n ** 63n - 1n));
  expect(integerValue(2n ** 63n)).toEqual(unsigned(2n ** 63n));
  expect(integerValue(2n ** 64n)).toEqual(float(2 ** 64));
  expect(integerValue(-(2n ** 63n))).toEqual(integer(-(2n ** 63n)));
  expect(integerValue(-(2n ** 63n) - 1n)).toEqual(float(-(2 ** 63)));
});

test.each([
  [0, '0.0'], [-0, '-0.0'], [25, '25.0'], [24.5, '24.5'], [-0.1, '-0.1'], [1e-7, '0.0000001'],
  [-1.25e-7, '-0.000000125'], [1e21, '1000000000000000000000.0'],
  [-1.5e21, '-1500000000000000000000.0'],
  [123_456_789.125, '123456789.125'],
])('%d in decimal is %s', (value, source) => expect(formatDecimal(value)).toBe(source));

test('decimals read back exactly, without an exponent', () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    expect(formatDecimal(value)).toMatch(/^-?\d+\.\d+$/);
    expect(Number(formatDecimal(value))).toBe(value);
  }));
});

test('the definition says the type; without one the value stays', () => {
  expect(conform(float(95), { object: 3, instance: 0, resource: 9 })).toEqual(integer(95n));
  expect(conform(float(95), { object: 9999, instance: 0, resource: 9 })).toEqual(float(95));
  // Executable: it has no type.
  expect(conform(float(95), { object: 3, instance: 0, resource: 4 })).toEqual(float(95));
  expect(parseObjectLink('3:0:0')).toBeUndefined();
});
