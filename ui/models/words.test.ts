// Addresses and the search of models.

import { expect, test } from 'vitest';
import { matchesWords, modelAddress, modelOfAddress } from './words.ts';

const MODEL = {
  object: 3303, version: '1.1', name: 'Temperature', origin: 'built-in', resources: 9,
} as const;

test('an address leads back to its model, and others to none', () => {
  expect(modelOfAddress(modelAddress(MODEL))).toEqual({ object: 3303, version: '1.1' });
  for (const path of ['/models/', '/models/3303', '/models/3303/1', '/models/x/1.1']) {
    expect(modelOfAddress(path)).toBeUndefined();
  }
});

test.for([
  ['', true], ['temp', true], ['3303', true], ['1.1 temp', true], ['built in', true],
  ['temp uploaded', false], ['humidity', false],
] as const)('"%s": %s', ([words, isFound]) => {
  expect(matchesWords(MODEL, words)).toBe(isFound);
});
