// The memory of oracles: the newest of a group, those before it, and what is over.

import { describe, expect, it } from 'vitest';
import { isNew, Recent } from './recent.ts';

const SPAN = 100;

describe('what happened lately', () => {
  it('is found by group and key until it is over', () => {
    const recent = new Recent<string>(SPAN);
    recent.set(3, 'a', 0, 'first');
    recent.set(3, 'b', 10, 'second');
    recent.set(3, 'a', 20, 'third');
    expect(['a', 'b', 'c'].map((key) => recent.get(3, key, 50))).toEqual([
      'third', 'second', undefined,
    ]);
    expect(recent.get(2, 'a', 50)).toBeUndefined();
    expect(recent.get(3, 'b', 110)).toBeUndefined();
    expect(recent.get(3, 'a', 119)).toBe('third');
    expect(recent.has(3, 119)).toBe(true);
    expect(recent.has(3, 120)).toBe(false);
  });

  it('is kept when groups with higher numbers come', () => {
    const recent = new Recent<number>(SPAN);
    const groups = [0, 63, 64, 65, 127, 128, 5000, 100_000];
    for (const group of groups) recent.set(group, 'key', 0, group);
    expect(groups.map((group) => recent.get(group, 'key', 1))).toEqual(groups);
    expect([1, 4999, 100_001, 1_000_000].some((group) => recent.has(group, 1))).toBe(false);
  });

  it('outlives a sweep only as long as it lasts', () => {
    const recent = new Recent<string>(SPAN);
    recent.set(1, 'old', 0, 'old');
    recent.set(2, 'older', 30, 'older');
    recent.set(2, 'new', 60, 'new');
    recent.sweep(100);
    expect(recent.get(1, 'old', 100)).toBeUndefined();
    expect([recent.get(2, 'older', 100), recent.get(2, 'new', 100)]).toEqual(['older', 'new']);
    recent.set(1, 'again', 110, 'again');
    expect([recent.get(1, 'old', 110), recent.get(1, 'again', 110)]).toEqual([undefined, 'again']);
  });

  it('is all forgotten when it is cleared', () => {
    const recent = new Recent<true>(SPAN);
    expect([isNew(recent, 1, 7, 0), isNew(recent, 1, 7, 1)]).toEqual([true, false]);
    recent.clear();
    expect(recent.has(1, 1)).toBe(false);
    expect([isNew(recent, 1, 7, 1), isNew(recent, 1, 7, 101)]).toEqual([true, true]);
  });
});
