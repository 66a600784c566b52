// What is wanted of a device as lines, and back.

import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { placeOf, textsOf, unmetIn, wantsIn, type Wants } from './wants.ts';

const NOTHING: Wants = {
  read: [], observe: [], observeTogether: [], attributes: {}, hold: {}, logs: [], eventLog: null,
};
const ALL: Wants = {
  read: ['/3/0'], observe: ['/3303/*/5700', '/3/0/9'], observeTogether: [['/3/0/9', '/4/0/2']],
  attributes: { '/3303/*/5700': { pmin: 10, st: 0.5, pmax: null } },
  hold: { '/1/0/1': 3600, '/3/0/14': '+02:00', '/3/0/2': '17', '/5/0/9': true, '/3/0/15': '' },
  logs: ['/10259/0/0'], eventLog: { run: true },
};

test('lines are as people write them, and mean the same again', () => {
  expect(textsOf(ALL)).toEqual({
    observe: '/3303/*/5700\n/3/0/9\n/3/0/9 + /4/0/2',
    attributes: '/3303/*/5700 pmin=10 st=0.5 pmax', read: '/3/0',
    hold: '/1/0/1 = 3600\n/3/0/14 = +02:00\n/3/0/2 = "17"\n/5/0/9 = true\n/3/0/15 = ',
  });
  expect(wantsIn(textsOf(ALL), ALL)).toEqual(ALL);
});

test('what no line is about stays as it was declared', () => {
  expect(wantsIn({ observe: '', attributes: '', read: '', hold: '' }, ALL))
    .toEqual({ ...NOTHING, logs: ALL.logs, eventLog: ALL.eventLog });
});

test('what is wrong goes to the server as it was written', () => {
  const wants = wantsIn({
    observe: ' 3303\n\n/3+x ', attributes: '/3 pmin=soon pmax=', read: '', hold: '/1/0/1\n= 5',
  }, NOTHING);
  expect(wants).toMatchObject({
    observe: ['3303'], observeTogether: [['/3', 'x']],
    attributes: { '/3': { pmin: 'soon', pmax: '' } }, hold: { '/1/0/1': '', '': 5 },
  });
  expect([
    'wanted.observe.0', 'wanted.observeTogether.0.1', 'wanted.attributes./3.pmin',
    'wanted.hold./1/0/1', 'wanted.read.7',
  ].map((name) => Object.values(placeOf(name, wants)))).toEqual([
    ['observe', '3303'], ['observe', '/3 + x'], ['attributes', '/3 pmin'], ['hold', '/1/0/1'],
    ['read', ''],
  ]);
});

test('what is not so is told where it was wanted', () => {
  const news = {
    notObserving: [{ path: '/3/0/9', reason: 'not asked for yet' }],
    unmet: [
      { kind: 'write', path: '/1/0/1', reason: 'no' },
      { kind: 'write-attributes', path: '/3', reason: 'no' },
    ],
  } as unknown as Parameters<typeof unmetIn>[1];
  expect((['observe', 'attributes', 'read', 'hold'] as const)
    .map((area) => unmetIn(area, news).map(({ path }) => path)))
    .toEqual([['/3/0/9'], ['/3'], [], ['/1/0/1']]);
});

property.prop([fc.oneof(
  fc.string().filter((text) => !/[\n\r\u2028\u2029]/.test(text)), fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
    .filter((value) => !String(value).includes('e') && !Object.is(value, -0)),
)])('any value on one line stays what it is', (value) => {
  const wants = { ...NOTHING, hold: { '/1/0/1': value } };
  expect(wantsIn(textsOf(wants), NOTHING).hold).toEqual(wants.hold);
});
