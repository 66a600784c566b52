// What leaves the page as CSV: quoted where it must be, harmless in a spreadsheet.

import { expect, test } from 'vitest';
import { cellText, csvOf } from './csv.ts';

test('cells are quoted where RFC 4180 wants it, and nothing is taken for a formula', () => {
  expect(csvOf([{ name: 'device' }, { name: 'a "b"' }], [
    ['one,two', 'line\nbreak'], ['=1+1', -5], ['plain', null], [true, [1, 'x']],
  ])).toBe('device,"a ""b"""\r\n"one,two","line\nbreak"\r\n\'=1+1,-5\r\nplain,\r\ntrue,"[1,""x""]"\r\n');
});

test('NULL is shown as nothing, lists and structures as JSON', () => {
  expect([null, undefined, 0, '', { a: [1] }].map(cellText)).toEqual(['', '', '0', '', '{"a":[1]}']);
});
