// SenML records in JSON and CBOR: names, times, values, lists of paths, and what is refused
// (RFC 8428).

import { describe, expect, test } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '../bytes.ts';
import type { Result } from '../result.ts';
import { formatPath, type Path } from './path.ts';
import {
  entriesOf, NAME_LENGTH_MAX, pathOfName, pathsOf, RECORDS_MAX, recordsOf, recordsOfPaths,
  type SenmlRecord,
} from './senml.ts';
import { readSenmlCbor, writeSenmlCbor } from './senml-cbor.ts';
import { readSenmlJson, writeSenmlJson } from './senml-json.ts';
import type { Entry, Value } from './value.ts';

const NOW = 1_700_000_000_000;

function json(source: string, base?: Path) {
  const records = readSenmlJson(encodeUtf8(source));
  return records.ok ? entriesOf(records.value, base, NOW) : records;
}

function cbor(hex: string, base?: Path) {
  const records = readSenmlCbor(fromHex(hex) ?? new Uint8Array(0));
  return records.ok ? entriesOf(records.value, base, NOW) : records;
}

function jsonOf(records: Result<SenmlRecord[]>): string {
  const written = records.ok ? writeSenmlJson(records.value) : records;
  return written.ok ? new TextDecoder().decode(written.value) : written.reason;
}

function cborOf(records: Result<SenmlRecord[]>): string {
  const written = records.ok ? writeSenmlCbor(records.value) : records;
  return written.ok ? toHex(written.value) : written.reason;
}

function temperature(value: Value, time?: number): Entry {
  const path = { object: 3303, instance: 0, resource: 5700 };
  return time === undefined ? { path, value } : { path, value, time };
}

const float = (value: number): Value => ({ type: 'float', value });

describe('values in both notations, both ways', () => {
  const path = (object: number, instance: number, resource: number) =>
    ({ object, instance, resource });

  test.each<[string, string, string, Entry]>([
    ['a float', '[{"bn":"/3303/0/","n":"5700","v":24.5}]',
      '81a321682f333330332f302f00643537303002fa41c40000', temperature(float(24.5))],
    ['a whole float', '[{"bn":"/3303/0/","n":"5700","v":25.0}]',
      '81a321682f333330332f302f00643537303002fa41c80000', temperature(float(25))],
    ['a time', '[{"bn":"/3303/0/","n":"5700","t":1699999990.5,"v":-0.1}]',
      '81a421682f333330332f302f00643537303006fb41d954fc3da0000002fbbfb999999999999a',
      temperature(float(-0.1), 1_699_999_990_500)],
    ['a whole time', '[{"bn":"/3303/0/","n":"5700","t":1699999990,"v":0.0}]',
      '81a421682f333330332f302f006435373030061a6553f0f602fa00000000',
      temperature(float(0), 1_699_999_990_000)],
    ['the smallest integer', '[{"bn":"/3/0/","n":"9","v":-9223372036854775808}]',
      '81a321652f332f302f006139023b7fffffffffffffff',
      { path: path(3, 0, 9), value: { type: 'integer', value: -(2n ** 63n) } }],
    ['the largest unsigned', '[{"bn":"/1/0/","n":"11","v":18446744073709551615}]',
      '81a321652f312f302f00623131021bffffffffffffffff',
      { path: path(1, 0, 11), value: { type: 'unsigned', value: 2n ** 64n - 1n } }],
    ['a boolean', '[{"bn":"/1/0/","n":"6","vb":true}]', '81a321652f312f302f00613604f5',
      { path: path(1, 0, 6), value: { type: 'boolean', value: true } }],
    ['a string', '[{"bn":"/3/0/","n":"0","vs":"é\\"\\u0000"}]',
      '81a321652f332f302f0061300364c3a92200',
      { path: path(3, 0, 0), value: { type: 'string', value: 'é"\0' } }],
    ['bytes', '[{"bn":"/0/0/","n":"3","vd":"-_8"}]', '81a321652f302f302f0061330842fbff',
      { path: path(0, 0, 3), value: { type: 'opaque', value: new Uint8Array([0xfb, 0xff]) } }],
    ['a link', '[{"bn":"/1/0/","n":"10","vlo":"11:65535"}]',
      '81a321652f312f302f0062313063766c6f6831313a3635353335',
      { path: path(1, 0, 10), value: { type: 'objlnk', object: 11, instance: 65_535 } }],
    ['a time resource', '[{"bn":"/3/0/","n":"13","v":1699999990}]',
      '81a321652f332f302f00623133021a6553f0f6',
      { path: path(3, 0, 13), value: { type: 'time', value: 1_699_999_990 } }],
  ])('%s', (_, source, hex, entry) => {
    const records = recordsOf([entry], undefined, '');
    expect(jsonOf(records)).toBe(source);
    expect(cborOf(records)).toBe(hex);
    expect(json(source)).toEqual({ ok: true, value: [entry] });
    expect(cbor(hex)).toEqual({ ok: true, value: [entry] });
  });

  test('a base name for each run of one instance', () => {
    const entries: Entry[] = [
      { path: path(3, 0, 9), value: { type: 'integer', value: 1n } },
      { path: { ...path(3, 0, 6), resourceInstance: 1 }, value: { type: 'integer', value: 2n } },
      { path: path(3303, 1, 5700), value: float(3.5) },
      { path: path(3303, 1, 5601), value: float(3.5) },
    ];
    const source = jsonOf(recordsOf(entries, undefined, ''));
    expect(source).toBe(
      '[{"bn":"/3/0/","n":"9","v":1},{"n":"6/1","v":2},'
      + '{"bn":"/3303/1/","n":"5700","v":3.5},{"n":"5601","v":3.5}]',
    );
    expect(json(source)).toEqual({ ok: true, value: entries });
    const below = jsonOf(recordsOf(entries, undefined, '/lwm2m'));
    expect(below).toBe(source.replaceAll('"bn":"', '"bn":"/lwm2m'));
    expect(json(below)).toEqual({ ok: true, value: entries });
  });
});

describe('other spellings are read', () => {
  const integer = (value: bigint): Entry =>
    ({ path: { object: 3, instance: 0, resource: 9 }, value: { type: 'integer', value } });

  test.each<[string, string, Entry[]]>([
    ['the whole name as base name', '[{"bn":"/3/0/9","v":5}]', [integer(5n)]],
    ['an empty name', '[{"bn":"/3/0/9","n":"","v":5}]', [integer(5n)]],
    ['no base name', '[{"n":"/3/0/9","v":5}]', [integer(5n)]],
    ['an alternate path', '[{"bn":"/lwm2m/3/0/","n":"9","v":5}]', [integer(5n)]],
    ['space and any order', ' [ { "v" : 5 , "n" : "9" , "bn" : "/3/0/" } ] ', [integer(5n)]],
    ['a whole number with a fraction', '[{"n":"/3/0/9","v":5.0}]', [integer(5n)]],
    ['a whole number with an exponent', '[{"n":"/3/0/9","v":5e1}]', [integer(50n)]],
    ['a float without a fraction', '[{"n":"/3303/0/5700","v":5}]', [temperature(float(5))]],
    ['a base value', '[{"bv":9007199254740993,"n":"/3/0/9","v":2}]', [integer(2n ** 53n + 3n)]],
    ['a base value for a float', '[{"bv":20,"n":"/3303/0/5700","v":4.5}]',
      [temperature(float(24.5))]],
    ['a base version', '[{"bver":10,"n":"/3/0/9","v":5}]', [integer(5n)]],
    ['unknown fields', '[{"n":"/3/0/9","u":"%","s":1,"ut":9,"x":[{"y":null}],"v":5}]',
      [integer(5n)]],
    ['padded base64 of the other alphabet', '[{"n":"/0/0/3","vd":"+/8="}]', [
      { path: { object: 0, instance: 0, resource: 3 },
        value: { type: 'opaque', value: new Uint8Array([0xfb, 0xff]) } }]],
    ['another type than the definition has', '[{"n":"/3/0/9","vs":"full"}]', [
      { path: { object: 3, instance: 0, resource: 9 }, value: { type: 'string', value: 'full' } }]],
    ['nothing', '[]', []],
  ])('JSON: %s', (_, source, entries) => {
    expect(json(source)).toEqual({ ok: true, value: entries });
  });

  test.each<[string, string, Entry[]]>([
    ['indefinite lengths', '9fbf00662f332f302f390205ffff', [integer(5n)]],
    ['a half float', '81a2006c2f333330332f302f3537303002f94e20', [temperature(float(24.5))]],
    ['a decimal fraction', '81a2006c2f333330332f302f3537303002c4822018f5',
      [temperature(float(24.5))]],
    ['a bignum', '81a200662f332f302f3902c24105', [integer(5n)]],
    ['labels as text', '81a2616e662f332f302f39617605', [integer(5n)]],
    ['an unknown label', '81a300662f332f302f3918638201020205', [integer(5n)]],
    ['a unit and a sum', '81a400662f332f302f3901612505010205', [integer(5n)]],
    ['indefinite text', '81a2007f632f332f63302f39ff0205', [integer(5n)]],
  ])('CBOR: %s', (_, hex, entries) => {
    expect(cbor(hex)).toEqual({ ok: true, value: entries });
  });
});

describe('times', () => {
  test('of several records are written from the first one on', () => {
    const entries = [1_699_999_990_250, 1_699_999_990_250, 1_699_999_991_500, 1_699_999_980_250]
      .map((time) => temperature(float(1), time));
    const records = recordsOf(entries, undefined, '');
    expect(jsonOf(records)).toBe('[{"bn":"/3303/0/","bt":1699999990.25,"n":"5700","v":1.0},'
      + '{"n":"5700","v":1.0},{"n":"5700","t":1.25,"v":1.0},{"n":"5700","t":-10,"v":1.0}]');
    expect(json(jsonOf(records))).toEqual({ ok: true, value: entries });
    expect(cbor(cborOf(records))).toEqual({ ok: true, value: entries });
  });

  test('of some records only are written as they are', () => {
    const entries = [temperature(float(1), 1_699_999_990_000), temperature(float(1))];
    expect(jsonOf(recordsOf(entries, undefined, '')))
      .toBe('[{"bn":"/3303/0/","n":"5700","t":1699999990,"v":1.0},{"n":"5700","v":1.0}]');
  });

  const at = (source: string) => {
    const decoded = json(source);
    return decoded.ok ? decoded.value.map(({ time }) => time) : decoded.reason;
  };

  test.each<[string, string, (number | undefined)[]]>([
    ['none: the reader takes the time of receipt', '[{"n":"/3/0/9","v":1}]', [undefined]],
    ['absolute', '[{"n":"/3/0/9","t":1.6e9,"v":1}]', [1_600_000_000_000]],
    ['now', '[{"n":"/3/0/9","t":0,"v":1}]', [NOW]],
    ['ten seconds ago', '[{"n":"/3/0/9","t":-10,"v":1}]', [NOW - 10_000]],
    ['the largest relative', `[{"n":"/3/0/9","t":${2 ** 28 - 1},"v":1}]`,
      [NOW + (2 ** 28 - 1) * 1000]],
    ['the smallest absolute', `[{"n":"/3/0/9","t":${2 ** 28},"v":1}]`, [2 ** 28 * 1000]],
    ['a base and steps from it',
      '[{"bn":"/3/0/9","bt":1600000000.25,"v":1},{"t":1,"v":2},{"t":-0.5,"v":3}]',
      [1_600_000_000_250, 1_600_000_001_250, 1_599_999_999_750]],
    ['a relative base', '[{"bn":"/3/0/9","bt":-60,"t":10,"v":1},{"v":2}]', [NOW - 50_000,
      NOW - 60_000]],
    ['a later base', '[{"bn":"/3/0/9","bt":1600000000,"v":1},{"bt":1600000100,"v":2}]',
      [1_600_000_000_000, 1_600_000_100_000]],
  ])('%s', (_, source, times) => expect(at(source)).toEqual(times));

  test('beyond the year 9999 is refused', () => {
    expect(at('[{"n":"/3/0/9","t":253402300800,"v":1}]')).toBe('has no possible time for /3/0/9');
    expect(at('[{"n":"/3/0/9","t":-1e300,"v":1}]')).toBe('has no possible time for /3/0/9');
  });
});

describe('what is wrong is named', () => {
  test.each<[string, string]>([
    ['{}', 'lacks "[" at 0'], ['[1]', 'lacks "{" at 1'], ['[{}', 'lacks "," at 3'],
    ['[{}]', 'has no resource\'s path in ""'], ['[]]', 'has text after its end'],
    ['[{"n":"/3/0/9"}]', 'has no value for /3/0/9'],
    ['[{"n":"/3/0/9","v":null}]', 'has no value for /3/0/9'],
    ['[{"n":"/3/0/9","t":null,"v":1}]', 'has t without a value'],
    ['[{"n":"/3/0/9","v":1,"v":2}]', 'has a record with two values'],
    ['[{"n":"/3/0/9","v":1,"vs":"a"}]', 'has a record with two values'],
    ['[{"n":"/3/0","v":1}]', 'has no resource\'s path in "/3/0"'],
    ['[{"n":"3/0/9","v":1}]', 'has no resource\'s path in "3/0/9"'],
    [`[{"n":"${'a'.repeat(50)}","v":1}]`, `has no resource's path in "${'a'.repeat(40)}..."`],
    ['[{"n":9,"v":1}]', 'has an n that is no text'], ['[{"bn":9}]', 'has a bn that is no text'],
    ['[{"t":"a"}]', 'has a t that is no number'], ['[{"bt":true}]', 'has a bt that is no number'],
    ['[{"bv":"a"}]', 'has a bv that is no number'],
    ['[{"bver":11}]', 'has a bver that is not known'],
    ['[{"v":"1"}]', 'has a v of another type'], ['[{"vs":1}]', 'has a vs of another type'],
    ['[{"vb":1}]', 'has a vb of another type'], ['[{"vd":"!"}]', 'has a vd of another type'],
    ['[{"vlo":"3"}]', 'has a vlo of another type'],
    ['[{"vlo":"70000:0"}]', 'has a vlo of another type'],
    ['[{"x_":1}]', 'has a field "x_" not understood'],
  ])('JSON %s', (source, reason) => expect(json(source)).toEqual({ ok: false, reason }));

  test.each<[string, string]>([
    ['a0', 'is not an array where it should be'], ['8101', 'is not a map where it should be'],
    ['81a1', 'ends too early'], ['81a10061', 'ends too early'], ['82a1', 'ends too early'],
    ['81a200662f332f302f39020500', 'has bytes after its end'],
    ['81a14000', 'has a key that is neither integer nor text'],
    ['81a10080', 'has a container where a value should be'],
    ['81a102f6', 'has no resource\'s path in ""'],
    ['81a1f602', 'has a key that is neither integer nor text'],
    ['81a102f7', 'has null or another simple value where a value should be'],
    ['81a20061790803', 'has a vd of another type'],
    ['81a1625f5f01', 'has a field "__" not understood'],
    ['9bffffffffffffffff', 'ends too early'],
  ])('CBOR %s', (hex, reason) => expect(cbor(hex)).toEqual({ ok: false, reason }));

  test('a name outside of what was asked for', () => {
    expect(json('[{"n":"/3/1/9","v":1}]', { object: 3, instance: 0 }))
      .toEqual({ ok: false, reason: 'has /3/1/9, which is not within /3/0' });
  });

  test('as many records as allowed are read, one more is not', () => {
    const pack = (count: number) =>
      `[{"bn":"/3/0/9","v":1}${',{"v":1}'.repeat(count - 1)}]`;
    const read = json(pack(RECORDS_MAX));
    expect(read.ok && read.value.length).toBe(RECORDS_MAX);
    expect(json(pack(RECORDS_MAX + 1))).toEqual({ ok: false, reason: 'has over 8192 records' });
    const entry: Entry = { path: { object: 3, instance: 0, resource: 9 }, value: float(1) };
    const most = Array.from({ length: RECORDS_MAX }, () => entry);
    expect(recordsOf(most, undefined, '').ok).toBe(true);
    expect(recordsOf([...most, entry], undefined, ''))
      .toEqual({ ok: false, reason: 'has over 8192 records' });
  });
});

describe('lists of paths', () => {
  const paths = (source: string) => {
    const records = readSenmlJson(encodeUtf8(source));
    const found = records.ok ? pathsOf(records.value) : records;
    return found.ok ? found.value.map(formatPath).join(' ') : found.reason;
  };
  const battery = { object: 3, instance: 0, resource: 9 };

  test.each<[string, Path[], string, string, string]>([
    ['one of each level',
      [{ object: 3 }, { object: 3, instance: 0 }, battery,
        { object: 3, instance: 0, resource: 6, resourceInstance: 1 }], '',
      '[{"n":"/3"},{"n":"/3/0"},{"n":"/3/0/9"},{"n":"/3/0/6/1"}]',
      '84a100622f33a100642f332f30a100662f332f302f39a100682f332f302f362f31'],
    ['the largest ids',
      [{ object: 65_534, instance: 65_534, resource: 65_534, resourceInstance: 65_534 }], '',
      '[{"n":"/65534/65534/65534/65534"}]',
      '81a10078182f36353533342f36353533342f36353533342f3635353334'],
    ['below an alternate path', [battery, { object: 1 }], '/lwm2m',
      '[{"n":"/lwm2m/3/0/9"},{"n":"/lwm2m/1"}]',
      '82a1006c2f6c776d326d2f332f302f39a100682f6c776d326d2f31'],
    ['none', [], '', '[]', '80'],
  ])('%s, both ways', (_, list, rootPath, source, hex) => {
    const records = recordsOfPaths(list, rootPath);
    expect(jsonOf(records)).toBe(source);
    expect(cborOf(records)).toBe(hex);
    expect(paths(source)).toBe(list.map(formatPath).join(' '));
    const read = readSenmlCbor(fromHex(hex) as Uint8Array);
    expect(read.ok && pathsOf(read.value)).toEqual({ ok: true, value: list });
  });

  test.each<[string, string, string]>([
    ['with a base name', '[{"bn":"/3/0/","n":"0"},{"n":"9"},{"bn":"/1/0/1"}]',
      '/3/0/0 /3/0/9 /1/0/1'],
    ['with a base name alone', '[{"bn":"/3"}]', '/3'],
    ['with times, which mean nothing there', '[{"bt":1,"n":"/3","t":2}]', '/3'],
    ['twice the same', '[{"n":"/3"},{"n":"/3"}]', '/3 /3'],
    ['with a value', '[{"n":"/3/0/9","v":1}]',
      'has a value for /3/0/9 where names alone belong'],
    ['with an empty record', '[{}]', 'has no path in ""'],
    ['of the root', '[{"n":"/"}]', 'has no path in "/"'],
    ['too deep', '[{"n":"/3/0/6/0/1"}]', 'has no path in "/3/0/6/0/1"'],
  ])('%s', (_, source, found) => expect(paths(source)).toBe(found));

  test('as many as allowed are written, one more is not', () => {
    const most = Array.from({ length: RECORDS_MAX }, () => battery);
    expect(recordsOfPaths(most, '').ok).toBe(true);
    expect(recordsOfPaths([...most, battery], ''))
      .toEqual({ ok: false, reason: 'has over 8192 records' });
  });
});

describe('names', () => {
  test.each([
    ['/3', '/3'], ['/3/0', '/3/0'], ['/3/0/9', '/3/0/9'], ['/3/0/6/0', '/3/0/6/0'],
    ['/65534/65534/65534/65534', '/65534/65534/65534/65534'], ['/lwm2m/3/0/9', '/3/0/9'],
    ['/a/b/3/0', '/3/0'],
    [`/${'a'.repeat(NAME_LENGTH_MAX - 7)}/3/0/9`, '/3/0/9'],
  ])('%s', (name, path) => {
    const parsed = pathOfName(name.slice(0, NAME_LENGTH_MAX));
    expect(parsed && formatPath(parsed)).toBe(path);
  });

  test.each([
    '', '/', '3/0/9', '/3/', '/3//9', '/03/0', '/00', '/65535/0/0', '/3/0/99999', '/3/0/9/',
    '/3/0/6/0/1', '/3/0/9a', '/lwm2m', '/lwm2m/', '/3 /0',
    `/3/0/${'0'.repeat(NAME_LENGTH_MAX)}`, '/999999999999999999999/0/0',
  ])('"%s" is none', (name) => expect(pathOfName(name)).toBeUndefined());
});
