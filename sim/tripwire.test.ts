// What is ambient throws under the tripwire and works again after it.

import { describe, expect, it } from 'vitest';
import { underTripwire } from './tripwire.ts';

describe('under the tripwire', () => {
  it.each<[string, () => unknown]>([
    ['Date.now', () => Date.now()],
    ['Math.random', () => Math.random()],
    ['performance.now', () => performance.now()],
    ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
    ['crypto.randomUUID', () => crypto.randomUUID()],
    ['globalThis.setTimeout', () => setTimeout(() => undefined, 0)],
    ['globalThis.queueMicrotask', () => queueMicrotask(() => undefined)],
    ['Date', () => new Date()],
  ])('%s throws', (name, use) => {
    expect(() => underTripwire(use)).toThrow(`a run in virtual time used ${name}`);
    expect(use).not.toThrow();
  });

  it('the result of the run comes back, and dates of given times are dates', () => {
    expect(underTripwire(() => new Date(0).getTime() + 1)).toBe(1);
  });
});
