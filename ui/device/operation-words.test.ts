// What is asked by itself once a change is confirmed.

import { expect, test } from 'vitest';
import type { Wish } from './actions.ts';
import { readAfter, subjectOf } from './operation-words.ts';

const at = (path: string) => ({ path, value: 1 });
const isReadable = (path: string) => path !== '/5/0/0';

test.each<[Wish, Wish | undefined]>([
  [{ kind: 'write', path: '/3/0/14', mode: 'replace', values: [at('/3/0/14')] },
    { kind: 'read', path: '/3/0/14' }],
  [{ kind: 'write', path: '/5/0/0', mode: 'replace', values: [at('/5/0/0')] }, undefined],
  [{ kind: 'write-composite', values: [at('/5/0/0'), at('/1/0/1')] },
    { kind: 'read-composite', paths: ['/1/0/1'] }],
  [{ kind: 'write-composite', values: [at('/5/0/0')] }, undefined],
  [{ kind: 'create', path: '/3303', values: [] }, { kind: 'read', path: '/3303/4' }],
  [{ kind: 'delete', path: '/3303/4' }, undefined],
])('after %o: %o', (wish, next) => {
  expect(readAfter(wish, '/3303/4', isReadable)).toEqual(next);
});

test('composites are about no path', () => {
  expect(subjectOf({ kind: 'read-composite', path: '/' })).toBe('Read together');
  expect(subjectOf({ kind: 'write-attributes', path: '/3' })).toBe('Attributes of /3');
});
