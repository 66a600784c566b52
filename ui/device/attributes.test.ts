// What is attached, what is in effect, and what an edit changes.

import { describe, expect, test } from 'vitest';
import type { Link, Operation } from '../wire.ts';
import { attachedBy, attributesFor, changesOf, discoversOf, placesOf } from './attributes.ts';

const PATH = '/3303/0/5700';
const link = (path: string, attributes: Record<string, string>): Link => ({
  path, attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
});
const attached = attachedBy(PATH, new Map([
  ['/3303', [link('/3303', { ver: '1.1', pmin: '10' }), link(PATH, { pmin: '3' })]],
  ['/3303/0', [link('/3303/0', { pmin: '20', pmax: '60' })]],
  // This device repeats what the resource inherits.
  [PATH, [link(PATH, { dim: '1', pmin: '20', pmax: '60', gt: '30' })]],
]));

test('each level has what it adds to the ones above', () => {
  expect([...attached]).toEqual([
    ['/3303', { pmin: '10' }], ['/3303/0', { pmin: '20', pmax: '60' }], [PATH, { gt: '30' }],
  ]);
});

test('a resource instance is told of by its resource', () => {
  const at = '/3/0/7/1';
  const links = new Map([['/3/0/7', [link('/3/0/7', {}), link(at, { st: '2' })]]]);
  expect(attachedBy(at, links).get(at)).toEqual({ st: '2' });
});

describe('in effect is', () => {
  const told = (value: string) => [{
    resourceInstance: null, value: { type: 'integer', value }, deviceTime: 0, receiveTime: 0,
    sequence: 1,
  } as const];

  test('what is nearest, before the server\'s default', () => {
    const values = { '/1/0/2': told('5'), '/1/0/3': told('300'), '/31/0/2': told('7') };
    expect(placesOf('pmin', PATH, attached, values)).toEqual([
      { at: '/3303/0', value: '20' }, { at: '/3303', value: '10' }, { at: '/1/0/2', value: '5' },
    ]);
    expect(placesOf('gt', PATH, attached, values)).toEqual([{ at: PATH, value: '30' }]);
    expect(placesOf('lt', PATH, attached, values)).toEqual([]);
  });

  test('no default when several servers have one', () => {
    const values = { '/1/0/2': told('5'), '/1/1/2': told('6') };
    expect(placesOf('pmin', '/4', new Map(), values)).toEqual([]);
  });
});

test('the last Discover of each level counts, until attributes are written', () => {
  const operation = (id: number, kind: Operation['kind'], path: string, status = 'CONFIRMED') =>
    ({ id, kind, path, status }) as Operation;
  const operations = [
    operation(9, 'write-attributes', '/4'), operation(8, 'discover', PATH),
    operation(7, 'write-attributes', PATH, 'FAILED'), operation(6, 'discover', PATH),
    operation(5, 'discover', '/3303'), operation(4, 'write-attributes', '/3303/0'),
    operation(3, 'discover', '/3303/0'),
  ];
  const found = [...discoversOf(PATH, operations)].map(([path, { id }]) => [path, id]);
  expect(found).toEqual([[PATH, 8], ['/3303', 5]]);
});

test.each([
  ['/3303', 'unknown', '1.1', 'pmin pmax epmin epmax'],
  ['/3303/0', 'unknown', '1.0', 'pmin pmax'],
  [PATH, 'float', '1.1', 'pmin pmax epmin epmax gt lt st'],
  ['/3/0/14', 'string', '1.1', 'pmin pmax epmin epmax'],
  ['/3311/0/5850', 'boolean', '1.2', 'pmin pmax epmin epmax edge con hqmax'],
  ['/9999/0/1', 'unknown', '1.2', 'pmin pmax epmin epmax gt lt st edge con hqmax'],
])('%s, %s, of a %s client may have %s', (path, type, version, names) => {
  expect(attributesFor(path, type, version).join(' ')).toBe(names);
});

test('only what differs is written, and an empty field takes away', () => {
  expect(changesOf({ pmin: '20', pmax: '', gt: ' 1.5 ', lt: '' }, { pmin: '20', pmax: '60' }))
    .toEqual({ pmax: null, gt: 1.5 });
});
