// Which word was meant, and when none is close enough to say.

import { describe, expect, it } from 'vitest';
import { closest } from './closest.ts';

describe('the closest word', () => {
  it.for([
    ['htpp', 'http'], ['HTTP', 'http'], ['log-levl', 'log-level'], ['dat', 'data'],
    ['colour', undefined], ['', undefined],
  ] as const)('of %s is %s', ([word, expected]) => {
    expect(closest(word, ['http', 'coap', 'data', 'log-level'])).toBe(expected);
  });
});
