// The JSON reader: exact 64-bit integers, depth and size limits, what it refuses.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JSON_DEPTH_MAX, JsonReader } from './json.ts';

function scalar(source: string) {
  const reader = new JsonReader(source);
  const value = reader.scalar();
  reader.end();
  return reader.failure ?? value;
}

describe('scalars', () => {
  test.each([
    ['0', { type: 'integer', value: 0n }], ['-1', { type: 'integer', value: -1n }],
    ['9007199254740993', { type: 'integer', value: 9_007_199_254_740_993n }],
    ['9223372036854775807', { type: 'integer', value: 2n ** 63n - 1n }],
    ['-9223372036854775808', { type: 'integer', value: -(2n ** 63n) }],
    ['9223372036854775808', { type: 'unsigned', value: 2n ** 63n }],
    ['18446744073709551615', { type: 'unsigned', value: 2n ** 64n - 1n }],
    ['18446744073709551616', { type: 'float', value: 2 ** 64 }],
    ['-9223372036854775809', { type: 'float', value: -(2 ** 63) }],
    [`1${'0'.repeat(100)}`, { type: 'float', value: 1e100 }],
    ['1.5', { type: 'float', value: 1.5 }], ['1.6e9', { type: 'float', value: 1.6e9 }],
    ['-2E-3', { type: 'float', value: -0.002 }], ['25.0', { type: 'float', value: 25 }],
    ['true', { type: 'boolean', value: true }], [' false ', { type: 'boolean', value: false }],
    ['"a"', { type: 'string', value: 'a' }],
    ['"\\u00e9\\n\\"\\/"', { type: 'string', value: 'é\n"/' }],
    ['"\\ud83d\\ude00"', { type: 'string', value: '😀' }], ['""', { type: 'string', value: '' }],
  ])('%s', (source, value) => expect(scalar(source)).toEqual(value));

  test.each([
    ['', 'lacks a value at 0'], ['01', 'has text after its end'], ['+1', 'lacks a value at 0'],
    ['.5', 'lacks a value at 0'], ['1.', 'has text after its end'], ['-', 'lacks a value at 0'],
    ['NaN', 'lacks a value at 0'], ['null', 'lacks a value at 0'], ['tru', 'lacks "true" at 0'],
    ['truer', 'has text after its end'], ['[', 'lacks a value at 0'], ['"', 'ends inside a string'],
    ['"\\"', 'ends inside a string'], ['"\n"', 'has a control character in a string at 1'],
    ['"\\x"', 'has a bad escape in the string at 0'],
    ['"\\u12"', 'has a bad escape in the string at 0'],
    ['"\\ud800"', 'has a lone surrogate'], ['1e999', 'has too large a number'],
  ])('%s is refused', (source, reason) => expect(scalar(source)).toBe(reason));

  test('read like JSON.parse reads them', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: JSON_DEPTH_MAX + 2 }), (value) => {
      const source = JSON.stringify(value);
      const reader = new JsonReader(` ${source}\r\n\t`);
      reader.skip();
      reader.end();
      const isShallow = depthOf(value) <= JSON_DEPTH_MAX;
      expect(reader.failure === undefined).toBe(isShallow);
    }));
  });
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('skipping', () => {
  test.each([
    ['null'], ['[]'], ['{}'], ['[1,"a",{"b":[true]}]'], ['{"a":{"b":null},"c":[[]]}'],
    [`${'['.repeat(JSON_DEPTH_MAX)}${']'.repeat(JSON_DEPTH_MAX)}`],
  ])('%s', (source) => {
    const reader = new JsonReader(`${source} 5`);
    reader.skip();
    expect(reader.scalar()).toEqual({ type: 'integer', value: 5n });
  });

  test.each([
    ['[1,]', 'lacks a value at 3'], ['[1 2]', 'lacks "," at 3'], ['[,1]', 'lacks a value at 1'],
    ['{"a"}', 'lacks ":" at 4'], ['{a:1}', 'lacks a string at 1'],
    ['{"a":1,}', 'lacks a string at 7'],
    ['[1', 'lacks "," at 2'], ['[1}', 'lacks "," at 2'], ['nul', 'lacks "null" at 0'],
    [`${'['.repeat(JSON_DEPTH_MAX + 1)}${']'.repeat(JSON_DEPTH_MAX + 1)}`, 'is nested too deeply'],
    ['['.repeat(100_000), 'is nested too deeply'],
    ['{"a":'.repeat(100_000), 'is nested too deeply'],
  ])('%.20s is refused', (source, reason) => {
    const reader = new JsonReader(source);
    reader.skip();
    expect(reader.failure).toBe(reason);
  });
});
