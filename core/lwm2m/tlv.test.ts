// TLV against hand-made vectors (the examples in the specification have wrong lengths).

import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import type { Path } from './path.ts';
import { decodeTlv, encodeTlv, TLV_ENTRIES_MAX, TLV_LENGTH_MAX } from './tlv.ts';
import type { Entry, Value } from './value.ts';

const DEVICE = { object: 3, instance: 0 };
const SENSOR = { object: 3303, instance: 0 };

function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}

function entry(base: Path, resource: number, value: Value): Entry {
  return { path: { ...base, resource }, value };
}

function integer(base: Path, resource: number, value: bigint): Entry {
  return entry(base, resource, { type: 'integer', value });
}

const opaque = (hex: string): Value => ({ type: 'opaque', value: bytes(hex) });

describe('values, both ways', () => {
  const battery = (value: bigint) => integer(DEVICE, 9, value);
  const alert = (value: bigint) => entry({ object: 1, instance: 0 }, 11, { type: 'unsigned',
    value });
  const time = (value: number) => entry(DEVICE, 13, { type: 'time', value });
  const sensor = (value: number) => entry(SENSOR, 5700, { type: 'float', value });

  test.each<[string, string, Entry]>([
    // LwM2M Core 1.1.1 s7.4.6 has these resources among its examples for /3/0.
    ['the manufacturer', 'c800144f70656e204d6f62696c6520416c6c69616e6365',
      entry(DEVICE, 0, { type: 'string', value: 'Open Mobile Alliance' })],
    ['the battery level', 'c10964', battery(100n)],
    ['the current time', 'c40d5182428f', time(1_367_491_215)],
    ['the largest byte', 'c1097f', battery(127n)], ['one more', 'c2090080', battery(128n)],
    ['the smallest byte', 'c10980', battery(-128n)], ['one less', 'c209ff7f', battery(-129n)],
    ['two bytes', 'c2097fff', battery(32_767n)], ['four bytes', 'c40900008000', battery(32_768n)],
    ['four bytes at most', 'c4097fffffff', battery(2n ** 31n - 1n)],
    ['eight bytes', 'c809080000000080000000', battery(2n ** 31n)],
    ['the largest', 'c809087fffffffffffffff', battery(2n ** 63n - 1n)],
    ['the smallest', 'c809088000000000000000', battery(-(2n ** 63n))],
    ['unsigned byte', 'c10bff', alert(255n)], ['unsigned, one more', 'c20b0100', alert(256n)],
    ['unsigned at most', 'c80b08ffffffffffffffff', alert(2n ** 64n - 1n)],
    ['time after 2038', 'c80d080000000100000000', time(2 ** 32)],
    ['single precision', 'e4164441c40000', sensor(24.5)],
    ['double precision', 'e8164408403819999999999a', sensor(24.1)],
    ['false', 'c10600', entry({ object: 1, instance: 0 }, 6, { type: 'boolean', value: false })],
    ['true', 'c10601', entry({ object: 1, instance: 0 }, 6, { type: 'boolean', value: true })],
    ['a link', 'c40a0003ffff',
      entry({ object: 1, instance: 0 }, 10, { type: 'objlnk', object: 3, instance: 65_535 })],
    ['no bytes', 'c000', entry(DEVICE, 0, { type: 'string', value: '' })],
    ['opaque', 'c303010203', entry({ object: 0, instance: 0 }, 3, opaque('010203'))],
    ['a resource without a definition', 'c2c8cafe', entry({ object: 9999, instance: 0 }, 200,
      opaque('cafe'))],
  ])('%s', (_, hex, expected) => {
    const { object, instance = 0 } = expected.path;
    expect(decodeTlv({ object, instance }, bytes(hex))).toEqual({ ok: true, value: [expected] });
    const encoded = encodeTlv({ object, instance }, [expected]);
    expect(encoded.ok && toHex(encoded.value)).toBe(hex);
  });
});

describe('lengths', () => {
  test.each([[7, 'c700'], [8, 'c80008'], [255, 'c800ff'], [256, 'd0000100'], [65_535, 'd000ffff'],
    [65_536, 'd800010000'],
  ])('%i bytes', (length, header) => {
    const value = entry(DEVICE, 0, { type: 'string', value: 'a'.repeat(length) });
    const encoded = encodeTlv(DEVICE, [value]);
    if (!encoded.ok) throw new Error(encoded.reason);
    expect(toHex(encoded.value.subarray(0, header.length / 2))).toBe(header);
    expect(decodeTlv(DEVICE, encoded.value)).toEqual({ ok: true, value: [value] });
  });

  test('more than three bytes can say is refused', () => {
    const value = entry(DEVICE, 0, { type: 'opaque', value: new Uint8Array(TLV_LENGTH_MAX) });
    expect(encodeTlv(DEVICE, [value])).toEqual({ ok: false, reason: 'is too long' });
  });
});

describe('levels', () => {
  const sources = [0, 1].map((resourceInstance) => ({
    path: { ...DEVICE, resource: 6, resourceInstance },
    value: { type: 'integer', value: BigInt(1 + 4 * resourceInstance) },
  }) as Entry);

  test.each<[string, Path, string, Entry[]]>([
    ['an object holds instances', { object: 3303 }, '0702e4164400000000', [
      entry({ object: 3303, instance: 2 }, 5700, { type: 'float', value: 0 })]],
    ['an object of one instance may leave it out', { object: 3 }, 'c10964', [integer(DEVICE, 9,
      100n)]],
    ['an instance may stand around its resources', DEVICE, '0300c10964', [integer(DEVICE, 9,
      100n)]],
    ['an instance may be empty', { object: 3 }, '0000', []],
    ['an empty multiple resource says nothing', DEVICE, '8006', []],
    ['a multiple resource', DEVICE, '8606410001410105', sources],
    ['a multiple resource by itself', { ...DEVICE, resource: 6 }, '8606410001410105', sources],
    ['its instances without it', { ...DEVICE, resource: 6 }, '410001410105', sources],
    ['one of its instances', { ...DEVICE, resource: 6, resourceInstance: 1 }, '410105',
      sources.slice(1)],
    ['one of its instances inside it', { ...DEVICE, resource: 6, resourceInstance: 1 },
      '8306410105',
      sources.slice(1)],
    ['16-bit ids', { object: 3303 }, '27fffee4164400000000', [
      entry({ object: 3303, instance: 65_534 }, 5700, { type: 'float', value: 0 })]],
  ])('%s', (_, base, hex, expected) => {
    expect(decodeTlv(base, bytes(hex))).toEqual({ ok: true, value: expected });
  });

  test('what does not fit the type is kept as bytes', () => {
    for (const [resource, hex] of [[9, '010203'], [9, ''], [0, 'ff'], [13,
      '7fffffffffffffff']] as const) {
      const header = toHex(new Uint8Array(hex.length < 16 ? [0xc0 | (hex.length / 2), resource]
        : [0xc8, resource, 8]));
      expect(decodeTlv(DEVICE, bytes(header + hex)))
        .toEqual({ ok: true, value: [entry(DEVICE, resource, opaque(hex))] });
    }
  });
});

describe('what is wrong is named', () => {
  test.each<[string, Path, string, string]>([
    ['a lone type', DEVICE, 'c1', 'ends inside a header'],
    ['half an id', DEVICE, 'e109', 'ends inside a header'],
    ['half a length', DEVICE, 'd00001', 'ends inside a header'],
    ['a value cut short', DEVICE, 'c4090000', 'has an element longer than what holds it'],
    ['a child longer than its parent', DEVICE, '83064200000000',
      'has an element longer than what holds it'],
    ['a child header beyond its parent', DEVICE, '8106410001', 'ends inside a header'],
    ['the reserved id', DEVICE, 'e1ffff00', 'has the reserved id 65535'],
    ['another resource', { ...DEVICE, resource: 9 }, 'c10a00', 'has /3/0/10 in /3/0/9'],
    ['another instance', DEVICE, '0301c10964', 'has /3/1/9 in /3/0'],
    ['an instance in an instance', DEVICE, '05000300c10964',
      'has no resource where one belongs in /3/0'],
    ['a resource instance in an instance', { object: 3 }, '0300410001',
      'has no resource where one belongs in /3/0'],
    ['a resource instance without its resource', DEVICE, '410001',
      'has a resource instance without its resource'],
    ['a resource in a resource', DEVICE, '8306c10001',
      'has no resource instance where one belongs in /3/0/6'],
    ['a multiple resource in another', DEVICE, '85068306410001',
      'has no resource instance where one belongs in /3/0/6'],
  ])('%s', (_, base, hex, reason) => {
    expect(decodeTlv(base, bytes(hex))).toEqual({ ok: false, reason });
  });

  test('as many values as allowed are read, one more is not', () => {
    const many = (count: number) => new Uint8Array(2 * count).fill(0xc0);
    const decoded = decodeTlv(DEVICE, many(TLV_ENTRIES_MAX));
    expect(decoded.ok && decoded.value.length).toBe(TLV_ENTRIES_MAX);
    expect(decodeTlv(DEVICE, many(TLV_ENTRIES_MAX + 1)))
      .toEqual({ ok: false, reason: 'has over 8192 values' });
  });
});

test('an opaque value does not hold on to the datagram', () => {
  const datagram = bytes('c2c8cafe');
  const decoded = decodeTlv({ object: 9999, instance: 0 }, datagram);
  datagram.fill(0);
  expect(decoded.ok && decoded.value[0]?.value).toEqual(opaque('cafe'));
});
