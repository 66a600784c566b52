// What stands in a field, what is wrong with it, and what is sent.

import { describe, expect, test } from 'vitest';
import type { ResourceFacts, Value } from '../wire.ts';
import { draftNamed, draftOf, problemIn, wishedOf, type ValueType } from './drafts.ts';
import { unknownResource } from './resources.ts';

const facts = (type: ValueType, more: Partial<ResourceFacts> = {}): ResourceFacts =>
  ({ ...unknownResource(1), type, ...more });
const limits = (from: number, to: number, of: 'number' | 'bytes' = 'number') =>
  ({ limits: { from, to, of } });

test.each<[Value, string, string | boolean]>([
  [{ type: 'string', value: ' as it is ' }, ' as it is ', ' as it is '],
  [{ type: 'integer', value: '-9223372036854775808' }, '-9223372036854775808',
    '-9223372036854775808'],
  [{ type: 'float', value: 22.5 }, '22.5', '22.5'],
  [{ type: 'boolean', value: true }, 'true', true],
  [{ type: 'boolean', value: false }, 'false', false],
  [{ type: 'time', value: 1_700_000_000_000 }, '1700000000', '1700000000'],
  [{ type: 'opaque', value: '00ff' }, '00ff', 'AP8='],
  [{ type: 'opaque', value: '' }, '', ''],
  [{ type: 'objlnk', value: '3303:0' }, '3303:0', '3303:0'],
])('%o stands as %j and is sent as %j', (value, text, sent) => {
  const draft = draftOf('/9/0/1', facts(value.type), value);
  expect(draft.text).toBe(text);
  expect(problemIn(draft)).toBeUndefined();
  expect(wishedOf(draft)).toEqual({ path: '/9/0/1', value: sent });
});

test.each<[ValueType, Partial<ResourceFacts>, string, string | undefined]>([
  ['integer', limits(0, 100), '100', undefined],
  ['integer', limits(0, 100), '101', 'It is from 0 to 100.'],
  ['integer', {}, '1.5', 'A whole number belongs here.'],
  ['float', limits(-1, 1), '-1.01', 'It is from -1 to 1.'],
  ['float', {}, '', 'A number belongs here.'],
  ['time', {}, 'noon', 'A whole number belongs here.'],
  ['objlnk', {}, '/3303/0', 'An object and an instance belong here, like 3303:0.'],
  ['opaque', {}, 'de:ad be-ef, 0x01', undefined],
  ['opaque', {}, 'abc', 'Pairs of the digits 0 to 9 and a to f belong here.'],
  ['opaque', limits(2, 2, 'bytes'), '00', 'It is from 2 to 2 bytes long.'],
  ['string', limits(0, 3, 'bytes'), 'üü', 'It is from 0 to 3 bytes long.'],
  ['string', limits(0, 3), '12345', undefined],
])('%s %o %j: %j', (type, more, text, problem) => {
  expect(problemIn({ ...draftOf('/9/0/1', facts(type, more)), text })).toBe(problem);
});

describe('a resource without a definition', () => {
  test('has the type of its value, or one by hand, which is said', () => {
    const value: Value = { type: 'integer', value: '7' };
    const draft = draftOf('/9999/0/1', undefined, value);
    expect(draft).toMatchObject({ type: 'integer', text: '7', facts: { name: 'Resource 1' } });
    expect(wishedOf(draft)).toEqual({ path: '/9999/0/1', value: '7', type: 'integer' });
    expect(draftOf('/9999/0/2', undefined)).toMatchObject({ type: 'string', text: '' });
  });
});

test('a file takes the place of the bytes in the field', () => {
  const file = { name: 'image.bin', bytes: 3, base64: 'AAAA' };
  const draft = { ...draftOf('/5/0/0', facts('opaque')), text: 'not hex', file };
  expect(problemIn(draft)).toBeUndefined();
  expect(wishedOf(draft).value).toBe('AAAA');
});

test('a sentence of the server finds its field', () => {
  const drafts = ['/3/0/1', '/3/0/14'].map((path) => draftOf(path, undefined));
  expect(draftNamed(drafts, '/3/0/14 is a text.')).toBe(1);
  expect(draftNamed(drafts, 'The device is not registered.')).toBe(-1);
});
