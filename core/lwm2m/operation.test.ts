// From wishes to operations (LwM2M Core 1.1.1 s6.3): what the device's models make of each, and the
// sentence for what cannot be asked.

import { describe, expect, it } from 'vitest';
import { OBJECTS } from './objects.ts';
import {
  resolveWish, WISHED_MAX, wishOf, wishParameters, wishPath, type Wish, type WishedValue,
} from './operation.ts';

const problemOf = (wish: Wish): string | undefined => {
  const result = resolveWish(wish, OBJECTS);
  return result.ok ? undefined : result.reason;
};
const write = (path: string, value: WishedValue['value'], type?: WishedValue['type']): Wish => ({
  kind: 'write', path, mode: 'replace', values: [{ path, value, type }],
});
const update = (path: string, values: readonly WishedValue[]): Wish => ({
  kind: 'write', path, mode: 'update', values,
});

describe('a value is put into the type of its resource', () => {
  it.each<[string, WishedValue['value'], object]>([
    ['/3/0/14', '+02:00', { type: 'string', value: '+02:00' }],
    ['/1/0/1', 300, { type: 'integer', value: 300n }],
    ['/1/0/1', '300', { type: 'integer', value: 300n }],
    ['/1/0/6', true, { type: 'boolean', value: true }],
    ['/1/0/6', '0', { type: 'boolean', value: false }],
    ['/3/0/13', '2030-01-31T12:00:00Z', { type: 'time', value: 1_896_091_200 }],
    ['/3/0/13', 1_896_091_200, { type: 'time', value: 1_896_091_200 }],
    ['/5/0/0', 'AAEC', { type: 'opaque', value: Uint8Array.of(0, 1, 2) }],
    ['/3340/0/5521', 2, { type: 'float', value: 2 }],
  ])('%s = %s', (path, value, expected) => {
    const result = resolveWish(write(path, value), OBJECTS);
    expect(result).toMatchObject({ ok: true, value: { entries: [{ value: expected }] } });
  });

  it.each<[WishedValue['value'], WishedValue['type'], object]>([
    ['21', undefined, { type: 'string', value: '21' }],
    [21, undefined, { type: 'integer', value: 21n }],
    [21.5, undefined, { type: 'float', value: 21.5 }],
    [21, 'float', { type: 'float', value: 21 }],
    ['3303:0', 'objlnk', { type: 'objlnk', object: 3303, instance: 0 }],
  ])('of which nothing is known: %s as %s', (value, type, expected) => {
    const result = resolveWish(write('/30000/0/1', value, type), OBJECTS);
    expect(result).toMatchObject({ ok: true, value: { entries: [{ value: expected }] } });
  });
});

describe('what cannot be asked is said in one sentence', () => {
  it.each<[string, Wish, string]>([
    ['no path', { kind: 'read', path: '/3/x' }, '"/3/x" is not a path like /3/0/9'],
    ['what is only executed', { kind: 'read', path: '/3/0/4' },
      '/3/0/4 (Reboot) can only be executed'],
    ['a part of a single resource', { kind: 'read', path: '/3/0/9/0' },
      '/3/0/9/0 is of a single resource'],
    ['what is only read', write('/3/0/0', 'me'), '/3/0/0 (Manufacturer) can only be read'],
    ['a text for a number, forced', { ...write('/1/0/1', 'soon'), isForced: true },
      '/1/0/1 is an integer, which "soon" is not'],
    ['a text for a number', write('/1/0/1', 'soon'),
      '/1/0/1 is an integer, which "soon" is not'],
    ['a fraction for an integer', write('/1/0/1', 1.5), '/1/0/1 is an integer, which "1.5" is not'],
    ['half a link', write('/30000/0/1', '3303', 'objlnk'),
      '/30000/0/1 is an object link (like 3303:0), which "3303" is not'],
    ['a long wrong value', write('/1/0/1', 'x'.repeat(50)),
      `/1/0/1 is an integer, which "${'x'.repeat(40)}..." is not`],
    ['a whole object written', { kind: 'write', path: '/3', mode: 'replace', values: [] },
      '/3 is an object, and there is no write of one'],
    ['nothing to write', update('/3/0', []), 'names neither a value nor a path'],
    ['a value elsewhere', update('/3/0', [{ path: '/1/0/1', value: 1 }]),
      '/1/0/1 is not within /3/0'],
    ['a value of an instance', update('/3/0', [{ path: '/3/0', value: 1 }]),
      '/3/0 is no resource, so it has no value'],
    ['an update of a resource', update('/3/0/14', [{ path: '/3/0/14', value: 'x' }]),
      'an update names an instance; a resource is replaced'],
    ['too much', { kind: 'read-composite', paths: Array(WISHED_MAX + 1).fill('/3') },
      `names more than ${WISHED_MAX} values or paths`],
    ['no such execution', { kind: 'execute', path: '/3/0/9', arguments: '' },
      '/3/0/9 (Battery Level) can only be read'],
    ['an instance executed', { kind: 'execute', path: '/3/0', arguments: '' },
      '/3/0 is an instance, and there is no execute of one'],
    ['arguments twice', { kind: 'execute', path: '/3/0/4', arguments: '0,0' },
      "arguments are like 0='on',5 with at most 1024 characters"],
    ['a resource deleted', { kind: 'delete', path: '/3/0/9' },
      '/3/0/9 is a resource, and there is no delete of one'],
    ['a resource created', { kind: 'create', path: '/3303/0/5700', values: [] },
      '/3303/0/5700 is a resource, and there is no create of one'],
    ['a command as a value', {
      kind: 'create', path: '/3', values: [{ path: '/3/0/4', value: 1 }],
    }, '/3/0/4 (Reboot) has no value'],
    ['a key made', { kind: 'create', path: '/21', values: [{ path: '/21/0/0', value: 'key' }] },
      '/21/0/0 may be a key, which is for the bootstrap server alone'],
    ['a key written, forced', { ...write('/23/0/1', 'key', 'string'), isForced: true },
      '/23/0/1 may be a key, which is for the bootstrap server alone'],
    ['no attribute', { kind: 'write-attributes', path: '/3/0/9', attributes: {} },
      'names no attribute'],
    ['a threshold for a text', {
      kind: 'write-attributes', path: '/3/0/0', attributes: { gt: 1 },
    }, 'gt is for a numeric resource, and /3/0/0 has the type string'],
    ['no composite value', { kind: 'write-composite', values: [] },
      'names neither a value nor a path'],
  ])('%s', (_, wish, sentence) => {
    expect(problemOf(wish)).toBe(sentence);
  });
});

describe('what the definition allows is left to the device', () => {
  it.each<[string, Wish]>([
    ['an unknown object', { kind: 'read', path: '/30000/0/1' }],
    ['the security object', { kind: 'read', path: '/0/0' }],
    ['an object', { kind: 'discover', path: '/3' }],
    ['an attribute taken away', {
      kind: 'write-attributes', path: '/3303/0/5700', attributes: { gt: null },
    }],
    ['a new instance with what is only read later', {
      kind: 'create', path: '/3303', values: [{ path: '/3303/0/5700', value: 21.5 }],
    }],
    ['a new instance with nothing', { kind: 'create', path: '/3303/4', values: [] }],
    ['a resource instance deleted', { kind: 'delete', path: '/3/0/6/1' }],
    ['an instance of a multiple resource', write('/30000/0/1/2', 3)],
    ['a forced read of what is only executed', { kind: 'read', path: '/3/0/4', isForced: true }],
    ['a forced write of what is only read', {
      ...write('/3/0/0', 'me'), isForced: true,
    }],
    ['forced attributes that contradict each other', {
      kind: 'write-attributes', path: '/3303/0/5700', attributes: { pmin: 50, pmax: 5 },
      isForced: true,
    }],
    ['a forced threshold for a text', {
      kind: 'write-attributes', path: '/3/0/0', attributes: { gt: 1 }, isForced: true,
    }],
    ['a forced write of several paths', {
      kind: 'write-composite', values: [{ path: '/3/0/0', value: 'me' }], isForced: true,
    }],
    ['a forced execution of what is only read', {
      kind: 'execute', path: '/3/0/0', arguments: '', isForced: true,
    }],
  ])('%s', (_, wish) => {
    expect(problemOf(wish)).toBeUndefined();
  });
});

it.each<Wish>([
  { kind: 'read', path: '/3/0' },
  { kind: 'read', path: '/3/0', format: 110, isForced: true },
  { kind: 'execute', path: '/3/0/4', arguments: "0='a'" },
  update('/3/0', [{ path: '/3/0/14', value: 'ü' }, { path: '/3/0/15', value: 'x' }]),
  { kind: 'write-attributes', path: '/3/0/9', attributes: { pmin: 10, gt: null } },
  { kind: 'read-composite', paths: ['/3/0/9', '/1'] },
])('a wish survives being kept: %j', (wish) => {
  const kept = { kind: wish.kind, path: wishPath(wish), parameters: wishParameters(wish) };
  expect(wishOf(kept)).toEqual('path' in wish ? wish : { ...wish, path: '/' });
});

describe('a file', () => {
  const from = (path: string, more: object = {}): Wish => (
    { kind: 'write', path, file: 'x', length: 5_000_000, ...more });
  const into = (path: string, more: object = {}): Wish => (
    { kind: 'read', path, into: 'file', ...more });

  it('is bytes, whatever else the device speaks', () => {
    expect(resolveWish(from('/5/0/0'), OBJECTS)).toEqual({ ok: true, value: {
      kind: 'write-file', path: { object: 5, instance: 0, resource: 0 }, format: 42,
    } });
    expect(resolveWish(into('/19/0/0/1'), OBJECTS)).toMatchObject({ ok: true, value: {
      kind: 'read-file', format: 42,
    } });
    // What no definition knows, the device may.
    expect(problemOf(from('/30000/0/1'))).toBeUndefined();
    expect(problemOf(into('/30000/0/1', { format: 42 }))).toBeUndefined();
  });

  it.each<[Wish, string]>([
    [into('/5/0/0'), '/5/0/0 (Package) can only be written'],
    [from('/7/0/3'), '/7/0/3 (Rx Data) can only be read'],
    [from('/3/0'), '/3/0 is no resource, so it has no value'],
    [from('/3/0/14'), '/3/0/14 (UTC Offset) does not hold bytes, which a file is for'],
    [from('/19/0/0'), '/19/0/0 (Data) may have several instances: name one of them'],
    [from('/5/0/0', { format: 11_542 }), 'a file holds bytes as they are, in no format'],
    [from('/0/0/5', { isForced: true }),
      '/0/0/5 may be a key, which is for the bootstrap server alone'],
    [into('/0/0/5', { isForced: true }),
      '/0/0/5 may be a key, which is for the bootstrap server alone'],
  ])('%j: %s', (wish, problem) => expect(problemOf(wish)).toBe(problem));

  it('is as long as its definition lets it', () => {
    const object = OBJECTS.get(10)!;
    const resource = { ...object.resources.get(8)!, range: '1..1000 bytes' };
    const resources = new Map([...object.resources, [8, resource]]);
    const models = new Map([...OBJECTS, [10, { ...object, resources }]]);
    expect(resolveWish(from('/10/0/8', { length: 1_000 }), models).ok).toBe(true);
    expect(resolveWish(from('/10/0/8', { length: 1_001 }), models))
      .toEqual({ ok: false, reason: '/10/0/8 is from 1 to 1000 bytes long' });
  });

  it('may be forced where a definition speaks against it, but stays bytes', () => {
    expect(problemOf(from('/3/0/14', { isForced: true }))).toBeUndefined();
    expect(problemOf(into('/5/0/0', { isForced: true }))).toBeUndefined();
  });

  it('is kept as it was asked for', () => {
    for (const wish of [from('/5/0/0'), into('/19/0/0/0')]) {
      const { kind } = wish;
      const kept = { kind, path: wishPath(wish), parameters: wishParameters(wish) };
      expect(wishOf(kept)).toEqual(wish);
    }
  });
});
