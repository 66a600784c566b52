// The arguments of an Execute, by the grammar of LwM2M Core 1.1.1 s6.3.5.

import { expect, it } from 'vitest';
import { ARGUMENTS_LENGTH_MAX, isArgumentList } from './execute-arguments.ts';

it.each([
  '', '5', "2='10.3'", "7,0='https://www.oma.org'", '0,1,2,3,4', "0=''", "1='!#&()[]~'",
  `0='${'x'.repeat(ARGUMENTS_LENGTH_MAX - 4)}'`,
])('%j is a list', (text) => expect(isArgumentList(text)).toBe(true));

it.each([
  'a', '10', '1,', ',1', '1 ', "1='", "1=''x", "1='a'b'", "1='\"'", "1='\\'", "1='ü'", '1,1',
  "3='x',3", `0='${'x'.repeat(ARGUMENTS_LENGTH_MAX - 3)}'`,
])('%j is none', (text) => expect(isArgumentList(text)).toBe(false));
