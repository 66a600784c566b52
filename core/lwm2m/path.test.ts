// Paths: text and ids there and back, their edges, and which path lies within which.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { formatPath, ID_MAX, isWithin, parsePath, pathIds, pathOf } from './path.ts';

describe('text becomes a path', () => {
  test.for([
    ['/3', [3]],
    ['/3/0', [3, 0]],
    ['/3/0/9', [3, 0, 9]],
    ['/3/0/6/1', [3, 0, 6, 1]],
    ['3/0/9', [3, 0, 9]],
    ['/0/0/0/0', [0, 0, 0, 0]],
    ['/65534/65534/65534/65534', [ID_MAX, ID_MAX, ID_MAX, ID_MAX]],
  ] as const)('%s', ([text, ids]) => {
    const path = parsePath(text);
    expect(path.ok && pathIds(path.value)).toEqual(ids);
  });
});

describe('what is no path is refused', () => {
  test.for([
    '', '/', '//3', '/3/', '/3//0', '/65535', '/3/65535', '/99999', '/100000', '/03', '/-1', '/+1',
    '/1.0', '/a', '/3 ', ' /3', '/3/0/6/1/0', '/٣', '/0x3', '/1e1', '/3\n',
  ])('"%s"', (text) => {
    expect(parsePath(text).ok).toBe(false);
  });
});

const ids = fc.array(fc.integer({ min: 0, max: ID_MAX }), { minLength: 1, maxLength: 4 });

property.prop([ids])('a path survives its text', (list) => {
  const path = pathOf(list);
  expect(pathIds(path)).toEqual(list);
  expect(parsePath(formatPath(path))).toEqual({ ok: true, value: path });
});

property.prop([ids])('a text survives its path', (list) => {
  const text = `/${list.join('/')}`;
  const path = parsePath(text);
  expect(path.ok && formatPath(path.value)).toBe(text);
});

test.for([
  ['/3', '/3', true],
  ['/3/0/9', '/3', true],
  ['/3/0/9', '/3/0', true],
  ['/3/0/9', '/3/0/9', true],
  ['/3/0/6/1', '/3/0/6', true],
  ['/3/0/6/1', '/3/0/6/1', true],
  ['/3', '/3/0', false],
  ['/3/0', '/3/0/9', false],
  ['/3/0/6', '/3/0/6/0', false],
  ['/3/1/9', '/3/0', false],
  ['/3/0/90', '/3/0/9', false],
  ['/30/0', '/3', false],
  ['/3/0/6/1', '/3/0/6/2', false],
] as const)('%s lies within %s: %s', ([path, ancestor, within]) => {
  const [inner, outer] = [parsePath(path), parsePath(ancestor)];
  expect(inner.ok && outer.ok && isWithin(inner.value, outer.value)).toBe(within);
});
