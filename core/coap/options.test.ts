// Option values and the rules of which options stop a message.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { Code, CON, OptionNumber } from './message.ts';
import {
  accept, contentFormat, inOrder, maxAgeSeconds, observe, optionDefinitions, stringOptionOf,
  uintOption, uintOptionOf, unsupportedCriticalOption, uriPath, uriQuery,
} from './options.ts';
import { fromHex, hex, message } from './testing.ts';

const all = new Set(optionDefinitions.keys());
const option = (number: number, value = '') => ({ number, value: fromHex(value) });
const request = (...options: ReturnType<typeof option>[]) => message(CON, Code.POST, { options });

describe('unsigned integers', () => {
  test.each([
    [0, ''], [1, '01'], [255, 'ff'], [256, '0100'], [65_535, 'ffff'], [65_536, '010000'],
    [0xff_ffff, 'ffffff'], [0x100_0000, '01000000'], [0xffff_ffff, 'ffffffff'],
  ])('%i is %s', (value, bytes) => {
    const written = uintOptionOf(OptionNumber.MAX_AGE, value);
    expect(hex(written.value)).toBe(bytes);
    expect(uintOption(request(written), OptionNumber.MAX_AGE)).toBe(value);
  });

  test.each([-1, 0.5, 2 ** 32, Number.NaN])('%d is not written', (value) => {
    expect(() => uintOptionOf(OptionNumber.MAX_AGE, value)).toThrow('broken invariant');
  });

  test.each([
    ['leading zeros count for nothing', OptionNumber.ACCEPT, '0028', 40],
    ['one byte more than the option may have', OptionNumber.ACCEPT, '000028', undefined],
    ['5 bytes', OptionNumber.MAX_AGE, '0000000001', undefined],
    ['4 bytes of an Observe', OptionNumber.OBSERVE, '00000001', undefined],
    ['4 bytes of an unknown option', 65_000, '00000001', 1],
    ['5 bytes of an unknown option', 65_000, '0000000001', undefined],
  ])('%s', (_name, number, bytes, expected) => {
    expect(uintOption(request(option(number, bytes)), number)).toBe(expected);
  });

  property.prop([fc.nat({ max: 0xffff_ffff })])('read as they were written', (value) => {
    const written = uintOptionOf(OptionNumber.SIZE1, value);
    expect(uintOption(request(written), OptionNumber.SIZE1)).toBe(value);
  });
});

test('the first of a repeated single option counts', () => {
  expect(contentFormat(request(option(12, '28'), option(12, '2a')))).toBe(40);
});

test('an absent option is undefined, Max-Age 60 seconds', () => {
  expect([contentFormat(request()), accept(request()), observe(request())]).toEqual(
    [undefined, undefined, undefined],
  );
  expect(maxAgeSeconds(request())).toBe(60);
  expect(maxAgeSeconds(request(uintOptionOf(OptionNumber.MAX_AGE, 5)))).toBe(5);
});

describe('strings', () => {
  test('segments stay apart: a slash inside one is not a separator', () => {
    const segments = ['a/b', '', 'ü', '😀'];
    const options = segments.map((text) => stringOptionOf(OptionNumber.URI_PATH, text));
    expect(uriPath(request(...options))).toEqual(segments);
  });

  test('one longer than 255 bytes is left out', () => {
    expect(uriQuery(request(option(15, '61'), option(15, '61'.repeat(256))))).toEqual(['a']);
  });

  test('a byte order mark is a character like any other', () => {
    expect(uriQuery(request(option(15, 'efbbbf61')))).toEqual(['\ufeffa']);
  });

  const texts = fc.string({ unit: 'grapheme', maxLength: 60 });
  property.prop([texts])('read as they were written', (text) => {
    expect(uriQuery(request(stringOptionOf(OptionNumber.URI_QUERY, text)))).toEqual([text]);
  });
});

describe('a critical option stops a message', () => {
  test.each([
    ['known and well', [option(11, '7264'), option(17, '28')], undefined],
    ['unknown', [option(11, '7264'), option(2_049, '01')], 2_049],
    ['unknown but elective', [option(2_048, '01')], undefined],
    ['too long', [option(17, '000028')], 17],
    ['too short', [option(3, '')], 3],
    ['not empty although it must be', [option(5, '01')], 5],
    ['elective and too long', [option(12, '000028')], undefined],
    ['repeated although it is single', [option(17, '28'), option(17, '28')], 17],
    ['elective and repeated', [option(12, '28'), option(12, '28')], undefined],
    ['repeatable and repeated', [option(15, '61'), option(15, '61')], undefined],
    ['not UTF-8', [option(11, 'ff')], 11],
    ['UTF-8 beyond ASCII', [option(11, 'c3bc')], undefined],
  ])('%s', (_name, options, expected) => {
    expect(unsupportedCriticalOption(request(...options), all)).toBe(expected);
  });

  test('when it is not among those understood', () => {
    const understood = new Set([OptionNumber.URI_PATH]);
    expect(unsupportedCriticalOption(request(option(11), option(27)), understood)).toBe(27);
  });
});

test('options are put into the order of their numbers, equal ones as they were', () => {
  const ordered = [option(11, '33'), option(11, '30'), option(17, '28')];
  expect(inOrder(ordered)).toBe(ordered);
  const [first, second, third] = ordered as [never, never, never];
  expect(inOrder([third, first, second])).toEqual(ordered);
});
