// Options and codes as people read them.

import { expect, test } from 'vitest';
import { fromHex } from '../bytes.ts';
import { codeName, optionName, optionText, typeName } from './option-text.ts';
import { OptionNumber } from './message.ts';
import { optionDefinitions } from './options.ts';

test.for<[number, string, string, string]>([
  [OptionNumber.URI_PATH, '33303333', 'Uri-Path', '3033'],
  [OptionNumber.URI_PATH, 'ff', 'Uri-Path', 'ff'],
  [OptionNumber.OBSERVE, '', 'Observe', '0'],
  [OptionNumber.OBSERVE, '010203', 'Observe', '66051'],
  [OptionNumber.OBSERVE, '01020304', 'Observe', '01020304'],
  [OptionNumber.MAX_AGE, 'ffffffff', 'Max-Age', '4294967295'],
  [OptionNumber.IF_NONE_MATCH, '', 'If-None-Match', ''],
  [OptionNumber.ETAG, 'c0ffee', 'ETag', 'c0ffee'],
  [OptionNumber.BLOCK2, '', 'Block2', 'block 0 of 16 bytes, last'],
  [OptionNumber.BLOCK2, '1e', 'Block2', 'block 1 of 1024 bytes, more follow'],
  [OptionNumber.BLOCK1, 'ffffff', 'Block1', '16777215'],
  [2_049, 'beef', 'Option 2049', 'beef'],
])('option %s of %s is %s: %s', ([number, hex, name, text]) => {
  const option = { number, value: fromHex(hex) as Uint8Array };
  expect([optionName(option), optionText(option)]).toEqual([name, text]);
});

test('every option that is understood has a name', () => {
  for (const number of optionDefinitions.keys()) {
    expect(optionName({ number, value: new Uint8Array() })).not.toMatch(/^Option/);
  }
});

test.for<[number, string]>([
  [0x00, 'Empty'], [0x01, 'GET'], [0x07, 'iPATCH'], [0x1f, '0.31'], [0x45, '2.05 Content'],
  [0x9d, '4.29 Too Many Requests'], [0x9f, '4.31'],
])('code %s is %s', ([code, name]) => {
  expect(codeName(code)).toBe(name);
});

test('types have the names of RFC 7252', () => {
  expect([0, 1, 2, 3].map(typeName)).toEqual(['CON', 'NON', 'ACK', 'RST']);
});
