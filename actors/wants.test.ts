// Patterns against object lists: what is read and observed of which device.

import { describe, expect, it } from 'vitest';
import type { Wanted } from '../core/api/management.ts';
import { matches } from '../core/endpoint-pattern.ts';
import { formatPath } from '../core/lwm2m/path.ts';
import { parseObjectList } from '../core/lwm2m/registration.ts';
import {
  allWanted, DEFAULT_CONFIG, DEFAULT_PROFILE, groupsOf, NOTHING_WANTED, profileOf,
  type Group,
} from './config.ts';
import { ObjectLists } from './object-lists.ts';
import { formatTarget, TARGET_PATHS_MAX } from '../core/lwm2m/target.ts';
import { observedTargets, STEPS_MAX, wantsOf } from './wants.ts';

function objects(source: string) {
  const parsed = parseObjectList(source, '1.1');
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

const LIST = objects('</1/0>,</3/0>,</3303/0>,</3303/7>,</3311/0>,</33625/0>,</19>');

function expanded(...observe: string[]): string[] {
  return wantsOf(LIST, { ...DEFAULT_PROFILE, observe }).observe.map(formatTarget);
}

describe('a pattern', () => {
  it.for([
    ['/3/0/6/1', ['/3/0/6/1']], ['/3303/0/5700', ['/3303/0/5700']],
    ['/3303/*/5700', ['/3303/0/5700', '/3303/7/5700']],
    ['/3303/7', ['/3303/7']], ['/3303/*', ['/3303/0', '/3303/7']], ['/3303', ['/3303']],
    ['/3304/*/5700', []], ['/3303/1/5700', []], ['/19', []],
    // In place of an object: every one that is known to have the resource.
    ['/*/*/5700', ['/3303/0/5700', '/3303/7/5700']],
    ['/*/0/5850', ['/3311/0/5850']],
    // Nothing is known of 33625 but what its own pattern says.
    ['/33625/*/1', ['/33625/0/1']],
    ['/*', ['/1', '/3', '/3303', '/3311']],
    ['/*/0', ['/1/0', '/3/0', '/3303/0', '/3311/0']],
  ] as const)('%s is %s', ([pattern, paths]) => {
    expect(expanded(pattern)).toEqual(paths);
  });

  it('that overlaps another adds nothing', () => {
    expect(expanded('/3303/0/5700', '/*/*/5700')).toEqual(['/3303/0/5700', '/3303/7/5700']);
  });
});

describe('a long object list', () => {
  const MANY = objects(Array.from({ length: 1_000 }, (_, index) => `</3303/${index}>`).join(','));

  it('has at most so many paths read', () => {
    expect(wantsOf(MANY, { ...DEFAULT_PROFILE, read: ['/3303/*', '/3303/*/5700'] }).steps)
      .toHaveLength(STEPS_MAX);
  });

  it('has at most so many paths observed together', () => {
    const [together] = wantsOf(MANY, {
      ...DEFAULT_PROFILE, observe: [], observeTogether: [['/3303/*/5700']],
    }).observe;
    expect(together).toHaveLength(TARGET_PATHS_MAX);
  });
});

it('what people switched comes over what the profile wants', () => {
  const wants = wantsOf(LIST, { ...DEFAULT_PROFILE, observe: ['/3303/*/5700'] });
  const paths = (also: string[], never: string[]) =>
    observedTargets(wants, also, never).map(formatTarget);
  expect(paths([], [])).toEqual(['/3303/0/5700', '/3303/7/5700']);
  expect(paths(['/3/0/13', '/3303/0/5700'], ['/3303/7/5700']))
    .toEqual(['/3303/0/5700', '/3/0/13']);
  expect(paths(['nonsense'], [])).toEqual(['/3303/0/5700', '/3303/7/5700']);
});

it('lists are observed together, as far as the device has what they name', () => {
  const observeTogether = [['/3/0/9', '/3303/*/5700', '/4/0/2'], ['/4/0']];
  const wants = wantsOf(LIST, { ...DEFAULT_PROFILE, observe: ['/3/0/9'], observeTogether });
  expect(wants.observe.map(formatTarget))
    .toEqual(['/3/0/9', '/3/0/9+/3303/0/5700+/3303/7/5700']);
  expect(observedTargets(wants, [], ['/3/0/9+/3303/0/5700+/3303/7/5700']).map(formatTarget))
    .toEqual(['/3/0/9']);
});

it('values are seen to before attributes, and both before what is only read', () => {
  const wants = wantsOf(LIST, {
    ...DEFAULT_PROFILE, read: ['/3/0'], hold: { '/1/*/1': 300, '/4/0/1': 1 },
    attributes: { '/3303/*/5700': { pmin: 10 } },
  });
  expect(wants.steps.map(({ kind, path }) => `${kind} ${formatPath(path)}`)).toEqual([
    'hold /1/0/1', 'attributes /3303/0/5700', 'attributes /3303/7/5700', 'read /3/0',
  ]);
});

it('what groups want is added to the profile, and the later one holds', () => {
  const group = (name: string, match: string, wanted: Partial<Wanted>): Group => ({
    ...NOTHING_WANTED, name, match, ...wanted,
  });
  const config = { ...DEFAULT_CONFIG, groups: [
    group('all', '*', { read: ['/1/0'], hold: { '/1/0/1': 300, '/1/0/7': 'U' } }),
    group('b', 'b*', { hold: { '/1/0/1': 60 } }),
  ] };
  expect(groupsOf(config, 'a').map(({ name }) => name)).toEqual(['all']);
  expect(allWanted([DEFAULT_PROFILE, ...groupsOf(config, 'b1')])).toMatchObject({
    read: [...DEFAULT_PROFILE.read, '/1/0'], hold: { '/1/0/1': 60, '/1/0/7': 'U' },
  });
  expect(allWanted([DEFAULT_PROFILE])).toBe(DEFAULT_PROFILE);
});

it('wants are computed once for a list and a profile', () => {
  expect(wantsOf(LIST, DEFAULT_PROFILE)).toBe(wantsOf(LIST, DEFAULT_PROFILE));
  for (let index = 0; index < 2000; index++) wantsOf(objects(`</3303/${index}>`), DEFAULT_PROFILE);
  expect(wantsOf(LIST, DEFAULT_PROFILE).observe).toHaveLength(3);
});

describe('an endpoint pattern', () => {
  it.for([
    ['*', '', true], ['*', 'anything', true], ['a', 'a', true], ['a', 'ab', false],
    ['a*', 'a', true], ['a*', 'abc', true], ['a*', 'ba', false], ['*c', 'abc', true],
    ['*c', 'cb', false], ['a*c', 'ac', true], ['a*c', 'abbc', true], ['a*a', 'a', false],
    ['ab*ba', 'aba', false], ['*b*', 'abc', true], ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'aXcYb', false], ['a*b*b', 'ab', false], ['urn:*:1', 'urn:dev:1', true],
    ['', '', true], ['', 'a', false], ['a.c', 'abc', false],
  ] as const)('%s fits "%s": %s', ([pattern, endpoint, expected]) => {
    expect(matches(pattern, endpoint)).toBe(expected);
  });

  it('that comes first gives the profile', () => {
    const first = { ...DEFAULT_PROFILE, name: 'first', match: 'a*' };
    const second = { ...DEFAULT_PROFILE, name: 'second', match: 'ab*' };
    const config = { ...DEFAULT_CONFIG, profiles: [first, second, DEFAULT_PROFILE] };
    expect(profileOf(config, 'abc')).toBe(first);
    expect(profileOf(config, 'b')).toBe(DEFAULT_PROFILE);
    expect(profileOf({ ...config, profiles: [] }, 'b')).toBe(DEFAULT_PROFILE);
  });
});

describe('object lists', () => {
  it('are shared by who sent the same text with the same version, and leave with the last', () => {
    const lists = new ObjectLists();
    const shared = lists.share(objects('</3/0>'), '1.1');
    expect(lists.share(objects('</3/0>'), '1.1')).toBe(shared);
    expect(lists.share(objects('</3/0>'), '1.0')).not.toBe(shared);
    expect(lists.size).toBe(2);
    const restored = lists.restore('</3/0>', '1.1');
    expect(restored).toEqual({ ok: true, value: shared });
    for (let holder = 0; holder < 3; holder++) lists.release(shared);
    expect(lists.size).toBe(1);
    lists.release(shared);
    expect(lists.size).toBe(1);
    expect(lists.restore('nonsense', '1.1').ok).toBe(false);
  });
});
