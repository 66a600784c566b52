// Object lists are shared by their text, leave with their last holder, and are bounded in all.

import { describe, expect, it } from 'vitest';
import { parseObjectList, type ObjectList } from '../core/lwm2m/registration.ts';
import { ObjectLists } from './object-lists.ts';

function list(source: string): ObjectList {
  const parsed = parseObjectList(source, '1.1');
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

describe('object lists', () => {
  it('with the same text are one, until the last registration leaves', () => {
    const lists = new ObjectLists();
    const first = lists.share(list('</3/0>'), '1.1');
    expect(lists.share(list('</3/0>'), '1.1')).toBe(first);
    expect(lists.share(list('</3/0>'), '1.0')).not.toBe(first);
    lists.release(first);
    expect(lists.size).toBe(2);
    lists.release(first);
    expect(lists.size).toBe(1);
  });

  it('fit as long as their texts together do; one that is there already always fits', () => {
    const lists = new ObjectLists();
    const first = lists.share(list('</3/0>'), '1.1');
    expect(lists.fits(list('</4/0>'), '1.1', 12)).toBe(true);
    expect(lists.fits(list('</4/0>'), '1.1', 11)).toBe(false);
    expect(lists.fits(list('</3/0>'), '1.1', 6)).toBe(true);
    lists.release(first);
    expect(lists.fits(list('</4/0>'), '1.1', 6)).toBe(true);
  });
});
