// The legacy OMA JSON of LwM2M 1.0: what is read, and what is written.

import { describe, expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { decodeOmaJson, encodeOmaJson } from './omajson.ts';
import type { Path } from './path.ts';
import { RECORDS_MAX } from './senml.ts';
import type { Entry, Value } from './value.ts';

const NOW = 1_700_000_000_000;
const DEVICE = { object: 3, instance: 0 };
const BATTERY = { ...DEVICE, resource: 9 };

function decode(source: string, base: Path = DEVICE) {
  return decodeOmaJson(base, encodeUtf8(source), NOW);
}

function battery(value: bigint, time?: number): Entry {
  const entry = { path: BATTERY, value: { type: 'integer', value } as Value };
  return time === undefined ? entry : { ...entry, time };
}

test.each<[string, string, Path, Entry[]]>([
  ['with a base name', '{"bn":"/3/0/","e":[{"n":"9","v":95}]}', DEVICE, [battery(95n)]],
  ['with the base name last', '{"e":[{"n":"9","v":95}],"bn":"/3/0/"}', DEVICE, [battery(95n)]],
  ['relative to the path asked for', '{"e":[{"n":"9","v":95}]}', DEVICE, [battery(95n)]],
  ['the resource asked for', '{"e":[{"n":"","v":95}]}', BATTERY, [battery(95n)]],
  ['without a name', '{"e":[{"v":95}]}', BATTERY, [battery(95n)]],
  ['with history', '{"bt":1600000000,"e":[{"n":"9","v":95,"t":0},{"n":"9","v":96,"t":-5}]}', DEVICE,
    [battery(95n, 1_600_000_000_000), battery(96n, 1_599_999_995_000)]],
  ['times without a base count from now', '{"e":[{"n":"9","v":95,"t":-5}]}', DEVICE,
    [battery(95n, NOW - 5000)]],
  ['opaque as base64', '{"e":[{"n":"3","sv":"+/8="}]}', { object: 0, instance: 0 }, [{
    path: { object: 0, instance: 0, resource: 3 },
    value: { type: 'opaque', value: new Uint8Array([0xfb, 0xff]) },
  }]],
  ['a link', '{"e":[{"n":"10","ov":"11:0"}]}', { object: 1, instance: 0 }, [{
    path: { object: 1, instance: 0, resource: 10 },
    value: { type: 'objlnk', object: 11, instance: 0 },
  }]],
  ['unknown members', '{"x":[1],"e":[{"n":"9","y":{},"v":95}]}', DEVICE, [battery(95n)]],
  ['nothing', '{}', DEVICE, []], ['no values', '{"e":[]}', DEVICE, []],
  ['no bytes', '', DEVICE, []],
])('%s', (_, source, base, entries) => {
  expect(decode(source, base)).toEqual({ ok: true, value: entries });
});

describe('what is wrong is named', () => {
  test.each([
    ['[]', 'lacks "{" at 0'], ['{"e":1}', 'lacks "[" at 5'], ['{"e":[1]}', 'lacks "{" at 6'],
    ['{}{}', 'has text after its end'], ['{"e":[{"n":"9"}]}', 'has no value for /3/0/9'],
    ['{"e":[{"v":"a"}]}', 'has a v of another type'], ['{"bn":1}', 'has a bn that is no text'],
    ['{"e":[{"n":"9","v":1,"sv":""}]}', 'has a record with two values'],
    ['{"bn":"/4/0/","e":[{"n":"9","v":1}]}', 'has /4/0/9, which is not within /3/0'],
    ['{"e":[{"n":"9","v":1', 'lacks "," at 20'],
  ])('%s', (source, reason) => expect(decode(source)).toEqual({ ok: false, reason }));

  test('more values than allowed', () => {
    const many = (count: number) => `{"e":[{"v":1}${',{"v":1}'.repeat(count - 1)}]}`;
    expect(decode(many(RECORDS_MAX), BATTERY).ok).toBe(true);
    expect(decode(many(RECORDS_MAX + 1), BATTERY)).toEqual({ ok: false,
      reason: 'has over 8192 values' });
  });
});

describe('what is written', () => {
  const voltage = (resourceInstance: number): Entry => ({
    path: { ...DEVICE, resource: 7, resourceInstance }, value: { type: 'integer', value: 3n },
  });
  const key = {
    path: { object: 0, instance: 0, resource: 3 },
    value: { type: 'opaque', value: Uint8Array.of(0xfb, 0xff) },
  } as const;
  const encode = (base: Path, ...entries: Entry[]) => {
    const made = encodeOmaJson(base, entries);
    return made.ok ? decodeUtf8(made.value) : made.reason;
  };

  test.each<[string, Path, Entry[], string]>([
    ['a resource', BATTERY, [battery(95n)], '{"bn":"/3/0/9","e":[{"n":"","v":95}]}'],
    ['the values of an instance', DEVICE, [battery(95n), voltage(1)],
      '{"bn":"/3/0/","e":[{"n":"9","v":95},{"n":"7/1","v":3}]}'],
    ['a multiple resource', { ...DEVICE, resource: 7 }, [voltage(0), voltage(2)],
      '{"bn":"/3/0/7/","e":[{"n":"0","v":3},{"n":"2","v":3}]}'],
    ['bytes', { object: 0 }, [key], '{"bn":"/0/","e":[{"n":"0/3","sv":"+/8="}]}'],
    ['history', BATTERY, [battery(95n, 1_600_000_000_000), battery(96n, 1_599_999_995_500)],
      '{"bn":"/3/0/9","bt":1600000000,"e":[{"n":"","v":95},{"n":"","v":96,"t":-4.5}]}'],
    ['nothing', DEVICE, [], '{"bn":"/3/0/","e":[]}'],
    ['not what lies elsewhere', { object: 4 }, [battery(1n)], 'has no place for /3/0/9 in /4'],
    ['not times of some', DEVICE, [battery(1n), battery(2n, 5)],
      'has a time for all values or for none'],
    ['not a number that is none', BATTERY,
      [{ path: BATTERY, value: { type: 'float', value: NaN } }], 'has no number for NaN'],
  ])('%s', (_, base, entries, text) => expect(encode(base, ...entries)).toBe(text));
});
