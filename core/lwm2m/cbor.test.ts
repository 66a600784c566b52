// The CBOR reader and writer against the vectors of RFC 8949 and every limit of ours.

import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { CBOR_DEPTH_MAX, CBOR_TAGS_MAX, CborReader, decodeCbor } from './cbor.ts';
import { encodeCbor } from './cbor-writer.ts';
import type { Value } from './value.ts';

function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}

const integer = (value: bigint): Value => ({ type: 'integer', value });
const unsigned = (value: bigint): Value => ({ type: 'unsigned', value });
const float = (value: number): Value => ({ type: 'float', value });
const text = (value: string): Value => ({ type: 'string', value });
const time = (value: number): Value => ({ type: 'time', value });
const opaque = (hex: string): Value => ({ type: 'opaque', value: bytes(hex) });

describe('RFC 8949 appendix A, both ways', () => {
  test.each<[string, Value]>([
    ['00', integer(0n)], ['17', integer(23n)], ['1818', integer(24n)], ['18ff', integer(255n)],
    ['190100', integer(256n)], ['19ffff', integer(65_535n)], ['1a00010000', integer(65_536n)],
    ['1affffffff', integer(2n ** 32n - 1n)], ['1b000000e8d4a51000', integer(1_000_000_000_000n)],
    ['1b7fffffffffffffff', integer(2n ** 63n - 1n)],
    ['1bffffffffffffffff', unsigned(2n ** 64n - 1n)],
    ['20', integer(-1n)], ['37', integer(-24n)], ['3818', integer(-25n)],
    ['3903e7', integer(-1000n)],
    ['3b7fffffffffffffff', integer(-(2n ** 63n))],
    ['fa47c35000', float(100_000)], ['fa7f7fffff', float(3.402_823_466_385_288_6e38)],
    ['fb3ff199999999999a', float(1.1)], ['fb7e37e43c8800759c', float(1e300)],
    ['fa7f800000', float(Infinity)], ['fa7fc00000', float(NaN)], ['faff800000', float(-Infinity)],
    ['f4', { type: 'boolean', value: false }], ['f5', { type: 'boolean', value: true }],
    ['40', opaque('')], ['4401020304', opaque('01020304')],
    ['60', text('')], ['6449455446', text('IETF')], ['62225c', text('"\\')], ['62c3bc', text('ü')],
    ['64f0908591', text('𐅑')], ['c11a514b67b0', time(1_363_896_240)],
  ])('%s', (hex, value) => {
    expect(decodeCbor(bytes(hex))).toEqual({ ok: true, value });
    expect(toHex(encodeCbor(value))).toBe(hex);
  });
});

describe('other spellings are read', () => {
  test.each<[string, string, Value]>([
    ['half 1.5', 'f93e00', float(1.5)], ['half 65504', 'f97bff', float(65_504)],
    ['half subnormal', 'f90001', float(2 ** -24)], ['half -4', 'f9c400', float(-4)],
    ['half -0', 'f98000', float(-0)], ['half infinity', 'f97c00', float(Infinity)],
    ['half NaN', 'f97e00', float(NaN)], ['a longer zero', '1b0000000000000000', integer(0n)],
    ['date as text', `c074${toHex(new TextEncoder().encode('2013-03-21T20:04:00Z'))}`,
      time(1_363_896_240)],
    ['date as float', 'c1fb41d452d9ec200000', time(1_363_896_240)],
    ['bignum 2^63', 'c2488000000000000000', unsigned(2n ** 63n)],
    ['bignum 2^64', 'c249010000000000000000', float(2 ** 64)],
    ['bignum with leading zeros', 'c24b0000000000000000000102', integer(258n)],
    ['negative bignum', 'c3487fffffffffffffff', integer(-(2n ** 63n))],
    ['negative bignum beyond', 'c349010000000000000000', float(-(2 ** 64))],
    ['empty bignum', 'c240', integer(0n)],
    ['below 64 bits', '3bffffffffffffffff', float(-(2 ** 64))],
    ['fraction 273.15', 'c48221196ab3', float(273.15)], ['fraction 5e2', 'c4820205', float(500)],
    ['fraction of a bignum', 'c48220c24101', float(0.1)],
    ['a tag of no meaning', 'd9d9f705', integer(5n)],
    ['indefinite text', '7f657374726561646d696e67ff', text('streaming')],
    ['indefinite bytes', '5f42010243030405ff', opaque('0102030405')],
    ['empty indefinite text', '7fff', text('')],
  ])('%s', (_, hex, value) => expect(decodeCbor(bytes(hex))).toEqual({ ok: true, value }));
});

describe('what is wrong is named', () => {
  test.each([
    ['', 'ends too early'], ['18', 'ends too early'], ['1900', 'ends too early'],
    ['1b00000000000000', 'ends too early'], ['fb00000000000000', 'ends too early'],
    ['61', 'ends too early'], ['4200', 'ends too early'], ['7f', 'ends too early'],
    ['7f6161', 'ends too early'], ['5bffffffffffffffff', 'ends too early'],
    ['c1', 'ends too early'],
    ['c4', 'ends too early'], ['c482', 'ends too early'], ['1c', 'has a reserved byte'],
    ['fe', 'has a reserved byte'], ['1f', 'has a reserved byte'], ['df', 'has a reserved byte'],
    ['61ff', 'has text that is not UTF-8'], ['0000', 'has bytes after its end'],
    ['80', 'has a container where a value should be'],
    ['a0', 'has a container where a value should be'],
    ['f6', 'has null or another simple value where a value should be'],
    ['ff', 'has null or another simple value where a value should be'],
    ['7f4161ff', 'has a string with a chunk of another kind'],
    ['7f7f6161ffff', 'has a string with a chunk of another kind'],
    ['7f61c361bcff', 'has text that is not UTF-8'], ['c205', 'has a bad bignum'],
    ['c405', 'has a bad fraction'], ['c4830102', 'has a bad fraction'],
    ['c48201c4820102', 'has a bad fraction'], ['c4820160', 'has a bad fraction'],
    [`${'d9d9f7'.repeat(CBOR_TAGS_MAX + 1)}05`, 'has too many tags'],
  ])('%s %s', (hex, reason) => {
    expect(decodeCbor(bytes(hex))).toEqual({ ok: false, reason });
  });

  test('as many tags as allowed are passed over', () => {
    const tagged = bytes(`${'d9d9f7'.repeat(CBOR_TAGS_MAX)}05`);
    expect(decodeCbor(tagged)).toEqual({ ok: true, value: integer(5n) });
  });
});

describe('skipping', () => {
  test.each([
    ['a number', '1a00010000'], ['null', 'f6'], ['a float', 'fb3ff199999999999a'],
    ['text', '6449455446'], ['indefinite bytes', '5f42010243030405ff'],
    ['an array', '83010203'], ['a map', 'a201020304'], ['indefinite', '9f018202039f0405ffff'],
    ['an indefinite map', 'bf61610161629f0203ffff'], ['tags', 'c1c1fb41d452d9ec200000'],
    ['the deepest', `${'81'.repeat(CBOR_DEPTH_MAX)}00`],
  ])('%s is passed over as one item', (_, hex) => {
    const reader = new CborReader(bytes(`${hex}05`));
    reader.skip();
    expect(reader.scalar()).toEqual(integer(5n));
    expect(reader.failure).toBeUndefined();
  });

  test.each([
    ['too deep', `${'81'.repeat(CBOR_DEPTH_MAX)}80`, 'is nested too deeply'],
    ['very deep', '9f'.repeat(100_000), 'is nested too deeply'],
    ['tags too deep', `${'c1'.repeat(100_000)}00`, 'is nested too deeply'],
    ['a lone break', 'ff', 'has a break where a value should be'],
    ['a break for a value', 'bf01ff', 'has a break where a value should be'],
    ['a huge array', '9bffffffffffffffff', 'ends too early'],
    ['a huge map', 'bbffffffffffffffff01', 'ends too early'],
  ])('%s is refused', (_, hex, reason) => {
    const reader = new CborReader(bytes(hex));
    reader.skip();
    expect(reader.failure).toBe(reason);
  });
});

test('an opaque value does not hold on to the datagram', () => {
  const datagram = bytes('42abcd');
  const decoded = decodeCbor(datagram);
  datagram.fill(0);
  expect(decoded).toEqual({ ok: true, value: opaque('abcd') });
});
