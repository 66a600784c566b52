// Notification attributes: queries and links there and back, what is refused and why, and whose
// attributes hold for a path.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import {
  ATTRIBUTE_NAMES, ATTRIBUTE_NUMBER_LENGTH_MAX, ATTRIBUTE_WHOLE_MAX, attributesOf,
  changeAttributes, checkAttributes, formatAttributes, linkAttributesOf, mergeAttributes,
  parseAttributes, type AttributeChanges, type Attributes,
} from './attributes.ts';
import { formatLinks, parseLinks } from './link-format.ts';
import { parsePath } from './path.ts';

function pathAt(text: string) {
  const path = parsePath(text);
  if (!path.ok) throw new Error(path.reason);
  return path.value;
}

describe('queries of a Write-Attributes', () => {
  test.for<[queries: readonly string[], changes: AttributeChanges]>([
    [[], {}],
    [['pmin=10', 'pmax=60'], { pmin: 10, pmax: 60 }],
    [['pmin'], { pmin: null }],
    [['epmin=1', 'epmax=2'], { epmin: 1, epmax: 2 }],
    [['gt=-5', 'lt=-10.25', 'st=0.5'], { gt: -5, lt: -10.25, st: 0.5 }],
    [['edge=1', 'con=0', 'hqmax=20'], { edge: 1, con: 0, hqmax: 20 }],
  ])('%j are read and written', ([queries, changes]) => {
    expect(parseAttributes(queries)).toEqual({ ok: true, value: changes });
    expect(formatAttributes(changes)).toEqual(queries);
  });

  test.for<[text: string, changes: AttributeChanges]>([
    ['gt=1.0', { gt: 1 }], ['gt=+1', { gt: 1 }], ['gt=.5', { gt: 0.5 }], ['gt=1e3', { gt: 1000 }],
    [`gt=${'0'.repeat(ATTRIBUTE_NUMBER_LENGTH_MAX - 1)}1`, { gt: 1 }],
  ])('%s of another writer is read', ([text, changes]) => {
    expect(parseAttributes([text])).toEqual({ ok: true, value: changes });
  });

  test.for<[queries: readonly string[], reason: string]>([
    [['period=10'], '"period=10" is no attribute'],
    [['toString'], '"toString" is no attribute'],
    [[''], '"" is no attribute'],
    [['pmin=10', 'pmin'], 'pmin is given twice'],
    [['pmin='], 'pmin has a value that is no number'],
    [['pmin=10s'], 'pmin has a value that is no number'],
    [['gt=1=2'], 'gt has a value that is no number'],
    [['gt=Infinity'], 'gt has a value that is no number'],
    [[`gt=${'0'.repeat(ATTRIBUTE_NUMBER_LENGTH_MAX)}1`], 'gt has a value that is no number'],
  ])('%j are refused', ([queries, reason]) => {
    expect(parseAttributes(queries)).toEqual({ ok: false, reason });
  });

  test('set, replace and take away what is attached', () => {
    expect(changeAttributes({ pmin: 1, gt: 5 }, { pmin: null, gt: 6, lt: 1, st: null }))
      .toEqual({ gt: 6, lt: 1 });
  });
});

describe('attributes that may be attached', () => {
  test.for<[path: string, attributes: Attributes]>([
    ['/3303', { pmin: 10, pmax: 60, epmin: 1, epmax: 2, con: 1, hqmax: 5 }],
    ['/3303/0', { pmin: 10, pmax: 10 }],
    ['/3303/0/5700', { gt: 30, lt: 10, st: 9.5 }],
    ['/3303/0/5700', { pmin: 60, pmax: 0 }],
    ['/3/0/6/1', { gt: 1, pmin: ATTRIBUTE_WHOLE_MAX }],
    ['/33625/0/1', { gt: 1, edge: 1 }],
    ['/3311/0/5850', { edge: 0 }],
    ['/3303/0/5700', { gt: 10 ** (ATTRIBUTE_NUMBER_LENGTH_MAX - 20) }],
  ])('to %s: %j', ([path, attributes]) => {
    expect(checkAttributes(attributes, pathAt(path))).toBeUndefined();
  });

  test.for<[path: string, attributes: Attributes, problem: string]>([
    ['/3303', { gt: 1 }, 'gt is for a numeric resource, and /3303 is none'],
    ['/3303/0', { st: 1 }, 'st is for a numeric resource, and /3303/0 is none'],
    ['/3/0/0', { lt: 1 }, 'lt is for a numeric resource, and /3/0/0 has the type string'],
    ['/3303/0/5700', { edge: 1 }, 'edge is for a boolean resource, and /3303/0/5700 has the type float'],
    ['/3311/0/5850', { edge: 2 }, 'edge is 0 or 1'],
    ['/3311/0/5850', { con: 0.5 }, 'con is 0 or 1'],
    ['/3', { pmin: -1 }, `pmin is a whole number from 0 to ${ATTRIBUTE_WHOLE_MAX}`],
    ['/3', { pmax: 0.5 }, `pmax is a whole number from 0 to ${ATTRIBUTE_WHOLE_MAX}`],
    ['/3', { hqmax: ATTRIBUTE_WHOLE_MAX + 1 }, `hqmax is a whole number from 0 to ${ATTRIBUTE_WHOLE_MAX}`],
    ['/3303/0/5700', { st: -1 }, 'st is a step of 0 or more'],
    ['/3303/0/5700', { gt: 1e60 }, `gt has more than ${ATTRIBUTE_NUMBER_LENGTH_MAX} digits`],
    ['/3', { pmin: 61, pmax: 60 }, 'pmin 61 is more than pmax 60'],
    ['/3', { epmin: 60, epmax: 60 }, 'epmin 60 is not less than epmax 60'],
    ['/3303/0/5700', { gt: 5, lt: 5 }, 'lt 5 is not less than gt 5'],
    ['/3303/0/5700', { gt: 30, lt: 10, st: 10 }, 'lt 10 and twice st 10 are not less than gt 30'],
  ])('not to %s: %j', ([path, attributes, problem]) => {
    expect(checkAttributes(attributes, pathAt(path))).toBe(problem);
  });
});

test('what is nearer to the path goes before, each attribute by itself', () => {
  const attached = new Map<string, Attributes>([
    ['/3', { pmin: 1, pmax: 100 }], ['/3/0', { pmin: 2 }], ['/3/0/6', { pmin: 3, gt: 5 }],
    ['/3/0/6/1', { pmin: 4 }], ['/4', { pmin: 9 }],
  ]);
  const of = (path: string) => mergeAttributes(pathAt(path), attached, { pmin: 0, epmin: 7 });
  expect(of('/3')).toEqual({ pmin: 1, pmax: 100, epmin: 7 });
  expect(of('/3/0')).toEqual({ pmin: 2, pmax: 100, epmin: 7 });
  expect(of('/3/0/9')).toEqual({ pmin: 2, pmax: 100, epmin: 7 });
  expect(of('/3/0/6/1')).toEqual({ pmin: 4, pmax: 100, epmin: 7, gt: 5 });
  expect(of('/5')).toEqual({ pmin: 0, epmin: 7 });
});

test('in a link there may be other attributes, and some that cannot be read', () => {
  const links = parseLinks('</3/0/6>;dim=2;pmin=10;pmax="60";gt=-1.5;lt=low;st;ver=1.1');
  expect(links.ok && links.value.map(attributesOf)).toEqual([{ pmin: 10, pmax: 60, gt: -1.5 }]);
  const text = formatLinks([{
    target: '/3/0/6', attributes: linkAttributesOf({ lt: -2.5, pmin: 10 }),
  }]);
  expect(text).toBe('</3/0/6>;pmin=10;lt=-2.5');
});

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => (
  checkAttributes({ gt: value }, { object: 3303, instance: 0, resource: 5700 }) === undefined));
const attributes = fc.dictionary(fc.constantFrom(...ATTRIBUTE_NAMES), number);

property.prop([fc.dictionary(fc.constantFrom(...ATTRIBUTE_NAMES), fc.option(number))])(
  'parse(format(changes)) is the changes', (changes) => {
    expect(parseAttributes(formatAttributes(changes))).toEqual({ ok: true, value: changes });
  });

property.prop([attributes])('attributes of a link come back from its text', (value) => {
  const links = parseLinks(formatLinks([{ target: '/3', attributes: linkAttributesOf(value) }]));
  expect(links.ok && links.value.map(attributesOf)).toEqual([value]);
});
