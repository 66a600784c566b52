// The Block options by the numbers of RFC 7959 s2.2 and s3, and everything that is none.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import {
  type Block, blockOf, blockOption, isPart, mayHaveBlock, NUM_MAX, offsetOf, sizeOf, szxOf,
} from './block.ts';
import { ACK, Code, OptionNumber } from './message.ts';
import { fromHex, hex, message, observed, path } from './testing.ts';

const { BLOCK1, BLOCK2 } = OptionNumber;

describe('an option', () => {
  test.each<[string, Block]>([
    ['', { num: 0, more: false, szx: 0 }],
    ['08', { num: 0, more: true, szx: 0 }],
    // RFC 7959 s3.1: 2:0/1/128, 2:3/1/128 and 2:4/0/64.
    ['0b', { num: 0, more: true, szx: 3 }],
    ['3b', { num: 3, more: true, szx: 3 }],
    ['42', { num: 4, more: false, szx: 2 }],
    ['fe', { num: 15, more: true, szx: 6 }],
    ['0106', { num: 16, more: false, szx: 6 }],
    ['010000', { num: 4_096, more: false, szx: 0 }],
    ['ffffe6', { num: 1_048_574, more: false, szx: 6 }],
    ['fffff8', { num: NUM_MAX, more: true, szx: 0 }],
  ])('%s', (text, block) => {
    const options = [{ number: BLOCK1, value: fromHex(text) }];
    expect(blockOf({ options }, BLOCK1)).toEqual(block);
    expect(hex(blockOption(BLOCK1, block).value)).toBe(text);
    expect(blockOf({ options }, BLOCK2)).toBeUndefined();
  });

  property.prop([
    fc.nat({ max: NUM_MAX }), fc.boolean(), fc.nat({ max: 6 }),
  ])('is read as it was written', (num, more, szx) => {
    const options = [blockOption(BLOCK2, { num, more, szx })];
    expect(blockOf({ options }, BLOCK2)).toEqual({ num, more, szx });
  });

  test.each(['07', '0f', 'fffff7'])('%s has the reserved size', (text) => {
    expect(blockOf({ options: [{ number: BLOCK2, value: fromHex(text) }] }, BLOCK2))
      .toBe('reserved');
  });

  test.each([
    [{ num: NUM_MAX + 1, more: false, szx: 0 }], [{ num: -1, more: false, szx: 0 }],
    [{ num: 0, more: false, szx: 7 }],
  ])('%j is a mistake of ours', (block) => {
    expect(() => blockOption(BLOCK2, block)).toThrow('broken invariant');
  });
});

test('sizes are powers of two from 16 to 1024', () => {
  expect([0, 1, 2, 3, 4, 5, 6].map(sizeOf)).toEqual([16, 32, 64, 128, 256, 512, 1_024]);
  expect([1, 16, 31, 32, 512, 1_000, 1_024, 9_999].map(szxOf)).toEqual([0, 0, 0, 1, 5, 5, 6, 6]);
  expect(offsetOf({ num: NUM_MAX, more: false, szx: 0 })).toBe(16 * 2 ** 20 - 16);
});

test.each([
  ['nothing', [], false, false],
  ['an Observe', [observed(1)], false, false],
  ['a path', path('3'), false, false],
  ['a Size2', [{ number: OptionNumber.SIZE2, value: fromHex('01') }], true, false],
  ['the only block', [blockOption(BLOCK2, { num: 0, more: false, szx: 5 })], true, false],
  ['the first of more', [blockOption(BLOCK2, { num: 0, more: true, szx: 5 })], true, true],
  ['the last of more', [blockOption(BLOCK2, { num: 1, more: false, szx: 5 })], true, true],
  ['a reserved size', [{ number: BLOCK2, value: fromHex('07') }], true, true],
])('a response with %s', (_name, options, may, part) => {
  expect(mayHaveBlock({ options })).toBe(may);
  expect(isPart(message(ACK, Code.CONTENT, { options }))).toBe(part);
});
