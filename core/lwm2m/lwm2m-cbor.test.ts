// LwM2M CBOR: the examples of Core 1.2.2 s7.5.4, every layout its grammar allows, and each limit.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter, fromHex, toHex } from '../bytes.ts';
import type { Random } from '../ports.ts';
import { SeededRandom } from '../../sim/random.ts';
import { entriesOf } from '../../sim/testing/values.ts';
import { writeCborArray, writeCborMap, writeCborNumber, writeCborValue } from './cbor-writer.ts';
import {
  decodeLwm2mCbor, encodeLwm2mCbor, LWM2M_CBOR_ENTRIES_MAX, NO_INSTANCE,
} from './lwm2m-cbor.ts';
import { OBJECTS } from './objects.ts';
import { formatPath, parsePath, pathIds, type Path } from './path.ts';
import type { Entry, Value } from './value.ts';

function pathAt(text: string): Path | undefined {
  if (text === '/') return undefined;
  const parsed = parsePath(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

function decode(base: string, hex: string) {
  return decodeLwm2mCbor(pathAt(base), fromHex(hex) as Uint8Array);
}

/** `/3/0/9 integer 95`, as a person checks it. */
function line({ path, value }: Entry): string {
  const shown = value.type === 'objlnk' ? `${value.object}:${value.instance}`
    : value.type === 'opaque' ? toHex(value.value) : value.value;
  return `${formatPath(path)} ${value.type} ${shown}`.trimEnd();
}

function lines(base: string, hex: string): string[] | string {
  const decoded = decode(base, hex);
  return decoded.ok ? decoded.value.map(line) : decoded.reason;
}

const DEVICE = 'a1820300ad00744f70656e204d6f62696c6520416c6c69616e636501764c696768747765696768'
  + '74204d324d20436c69656e7402693334353030303132330363312e3006a20001010507a200190ed80119138808'
  + 'a200187d011903840918640a0f0ba100000d1a5182428f0e662b30323a3030106155';
const SERVERS = 'a101a200a7001865011a000151800219012c03191770051a0001518006f507615501a700186601'
  + '1a000151800219025803191770051a0001518006f4076155';

describe('both ways', () => {
  test.each<[string, string, string, string[]]>([
    ['s7.5.4.1, a resource', '/3/0/0', 'a183030000744f70656e204d6f62696c6520416c6c69616e6365',
      ['/3/0/0 string Open Mobile Alliance']],
    ['s7.5.4.2, a multiple resource', '/3/0/6', 'a183030006a200010105',
      ['/3/0/6/0 integer 1', '/3/0/6/1 integer 5']],
    ['s7.5.4.3, an instance', '/3/0', DEVICE, [
      '/3/0/0 string Open Mobile Alliance', '/3/0/1 string Lightweight M2M Client',
      '/3/0/2 string 345000123', '/3/0/3 string 1.0', '/3/0/6/0 integer 1', '/3/0/6/1 integer 5',
      '/3/0/7/0 integer 3800', '/3/0/7/1 integer 5000', '/3/0/8/0 integer 125',
      '/3/0/8/1 integer 900', '/3/0/9 integer 100', '/3/0/10 integer 15', '/3/0/11/0 integer 0',
      '/3/0/13 time 1367491215', '/3/0/14 string +02:00', '/3/0/16 string U',
    ]],
    ['s7.5.4.4, an object', '/1', SERVERS, [
      '/1/0/0 integer 101', '/1/0/1 integer 86400', '/1/0/2 integer 300', '/1/0/3 integer 6000',
      '/1/0/5 integer 86400', '/1/0/6 boolean true', '/1/0/7 string U', '/1/1/0 integer 102',
      '/1/1/1 integer 86400', '/1/1/2 integer 600', '/1/1/3 integer 6000',
      '/1/1/5 integer 86400', '/1/1/6 boolean false', '/1/1/7 string U',
    ]],
    ['s7.5.4.5, a composite', '/',
      'a2820300a200744f70656e204d6f62696c6520416c6c69616e6365091864830100011a00015180',
      ['/3/0/0 string Open Mobile Alliance', '/3/0/9 integer 100', '/1/0/1 integer 86400']],
    ['a resource instance', '/3/0/6/1', 'a1840300060105', ['/3/0/6/1 integer 5']],
    ['the largest ids', '/', 'a18419fffe19fffe19fffe19fffe00',
      ['/65534/65534/65534/65534 integer 0']],
    ['the smallest integer', '/', 'a1830300093b7fffffffffffffff',
      ['/3/0/9 integer -9223372036854775808']],
    ['the largest unsigned', '/', 'a18301000b1bffffffffffffffff',
      ['/1/0/11 unsigned 18446744073709551615']],
    ['a float', '/', 'a183190ce700191644fb3fb999999999999a', ['/3303/0/5700 float 0.1']],
    ['bytes', '/', 'a183000003430102ff', ['/0/0/3 opaque 0102ff']],
    ['a link', '/', 'a18301000a6b36353533353a3635353335', ['/1/0/10 objlnk 65535:65535']],
    ['nothing', '/', 'a0', []],
  ])('%s', (_, base, hex, expected) => {
    const decoded = decode(base, hex);
    expect(decoded.ok && decoded.value.map(line)).toEqual(expected);
    const encoded = encodeLwm2mCbor(pathAt(base), decoded.ok ? decoded.value : []);
    expect(encoded.ok && toHex(encoded.value)).toBe(hex);
  });
});

describe('other layouts are read', () => {
  test.each<[string, string, string, string[]]>([
    ['s7.5.4.1, a map for each id', '/3/0/0',
      'a103a100a100744f70656e204d6f62696c6520416c6c69616e6365',
      ['/3/0/0 string Open Mobile Alliance']],
    ['s7.5.4.6, an array below a map', '/2', 'a1820205a4000501008202186600031865',
      ['/2/5/0 integer 5', '/2/5/1 integer 0', '/2/5/2/102 integer 0', '/2/5/3 integer 101']],
    ['s7.5.4.6, a Create without an id', '/2', 'a1820219ffffa20005031865',
      [`/2/${NO_INSTANCE}/0 integer 5`, `/2/${NO_INSTANCE}/3 integer 101`]],
    ['arrays of one id', '/3/0/9', 'a18103a18100a181091864', ['/3/0/9 integer 100']],
    ['a path for each value', '/3/0/6', 'a2840300060001840300060105',
      ['/3/0/6/0 integer 1', '/3/0/6/1 integer 5']],
    ['an instance in two places', '/3/0', 'a2820300a10918648303000a0f',
      ['/3/0/9 integer 100', '/3/0/10 integer 15']],
    ['without lengths', '/3/0', 'bf9f0300ffbf06bf0001ff0905ffff',
      ['/3/0/6/0 integer 1', '/3/0/9 integer 5']],
    ['longer numbers than needed', '/', 'a183030018091b0000000000000005', ['/3/0/9 integer 5']],
    ['a half float', '/', 'a183190ce700191644f94e20', ['/3303/0/5700 float 24.5']],
    ['a time with its tag', '/', 'a18303000dc11a5182428f', ['/3/0/13 time 1367491215']],
    ['a time as text', '/', 'a18303000dc074323031332d30352d30325431303a34303a31355a',
      ['/3/0/13 time 1367491215']],
    ['text in chunks', '/', 'a1830300007f62686560636c6c6fff', ['/3/0/0 string hello']],
    ['an object without a definition', '/', 'a18219835900a20005014102',
      ['/33625/0/0 integer 5', '/33625/0/1 opaque 02']],
    ['null, where there is no value', '/3/0', 'a1820300a204f60905', ['/3/0/9 integer 5']],
    ['empty maps', '/3', 'a203a100a006a0', []],
    ['an empty map without a length, Anjay Lite\'s empty object', '/3', 'bfff', []],
    ['no content', '/3', '', []],
  ])('%s', (_, base, hex, expected) => expect(lines(base, hex)).toEqual(expected));
});

describe('any layout of the grammar', () => {
  const BREAK = 0xff;

  /** Writes the entries, which are alike in their first `depth` ids, in a layout by chance. */
  function write(
    writer: ByteWriter, entries: readonly Entry[], depth: number, chance: Random,
  ): void {
    const keys = new Map<string, { ids: number[]; below: Entry[] }>();
    for (const entry of entries) {
      const rest = pathIds(entry.path).slice(depth);
      const ids = rest.slice(0, 1 + chance.below(rest.length));
      const key = keys.get(ids.join('/'));
      if (key === undefined) keys.set(ids.join('/'), { ids, below: [entry] });
      else key.below.push(entry);
    }
    const isDefinite = chance.below(2) === 0;
    if (isDefinite) writeCborMap(writer, keys.size);
    else writer.byte(0xbf);
    for (const { ids, below } of keys.values()) {
      writeKey(writer, ids, chance);
      const [first] = below;
      if (first !== undefined && pathIds(first.path).length === depth + ids.length) {
        writeCborValue(writer, first.value);
      } else {
        write(writer, below, depth + ids.length, chance);
      }
    }
    if (!isDefinite) writer.byte(BREAK);
  }

  function writeKey(writer: ByteWriter, ids: readonly number[], chance: Random): void {
    const kind = ids.length === 1 ? chance.below(3) : chance.below(2);
    if (kind === 0) writeCborArray(writer, ids.length);
    if (kind === 1) writer.byte(0x9f);
    for (const id of ids) writeCborNumber(writer, id);
    if (kind === 1) writer.byte(BREAK);
  }

  test('says the same', () => {
    const drawn = fc.uniqueArray(fc.constantFrom(...OBJECTS.keys()), { maxLength: 3 })
      .chain((ids) => fc.tuple(...ids.map((object) => entriesOf(object))));
    fc.assert(fc.property(drawn, fc.integer(), (lists, seed) => {
      const entries = lists.flat();
      const writer = new ByteWriter();
      write(writer, entries, 0, new SeededRandom(seed));
      const decoded = decodeLwm2mCbor(undefined, writer.finish());
      expect(decoded.ok && decoded.value.map(line).sort()).toEqual(entries.map(line).sort());
      const encoded = encodeLwm2mCbor(undefined, decoded.ok ? decoded.value : []);
      const again = encoded.ok ? decodeLwm2mCbor(undefined, encoded.value) : encoded;
      expect(again.ok && again.value.map(line).sort()).toEqual(entries.map(line).sort());
    }));
  });
});

describe('what is wrong is named', () => {
  test.each<[string, string, string, string]>([
    ['an array', '/', '8100', 'is not a map where it should be'],
    ['a number', '/', '05', 'is not a map where it should be'],
    ['null', '/', 'f6', 'is not a map where it should be'],
    ['a float for a key', '/', 'a1f93c0005', 'has a key that is neither integer nor text'],
    ['a negative key', '/', 'a12005', 'has a key that is no id'],
    ['a text for a key, as gateways have', '/', 'a16130a10005', 'has a key that is no id'],
    ['bytes for a key', '/', 'a1410305', 'has a key that is neither integer nor text'],
    ['an id of 17 bits', '/', 'a18303001a0001000005', 'has a key that is no id'],
    ['an id of 64 bits', '/', 'a11bffffffffffffffff05', 'has a key that is no id'],
    ['an array in a key', '/', 'a1820381000905', 'has a key that is neither integer nor text'],
    ['a key of no ids', '/', 'a18005', 'has a key without ids'],
    ['a key of no ids, without a length', '/', 'a19fff05', 'has a key without ids'],
    ['five ids', '/', 'a185030006000005', 'has a path of more than four ids'],
    ['a map below four ids', '/', 'a18403000600a10005', 'has a path of more than four ids'],
    ['a value of an instance', '/3/0', 'a182030005',
      'has a value for /3/0, which is no resource'],
    ['a value of an object', '/3', 'a10305', 'has a value for /3, which is no resource'],
    ['an array as a value', '/', 'a1830300098105', 'has a container where a value should be'],
    ['undefined', '/', 'a183030009f7',
      'has null or another simple value where a value should be'],
    ['a break for a value', '/', 'bf83030009ff',
      'has null or another simple value where a value should be'],
    ['a path elsewhere', '/3/0/9', 'a18303000a05', 'has no place for /3/0/10 in /3/0/9'],
    ['no instance in a Send', '/', 'a1820219ffffa10005', 'has no place for /2/65535/0 in /'],
    ['no object', '/', 'a18319ffff000005', 'has no place for /65535/0/0 in /'],
    ['no resource', '/3', 'a183030019ffff05', 'has no place for /3/0/65535 in /3'],
    ['the end inside a key', '/', 'a1830300', 'ends too early'],
    ['the end inside a map', '/', 'a28303000905', 'ends too early'],
    ['no break at the end', '/', 'bf8303000905', 'ends too early'],
    ['more behind its end', '/', 'a1830300090500', 'has bytes after its end'],
    ['text that is not UTF-8', '/', 'a18303000062c328', 'has text that is not UTF-8'],
  ])('%s', (_, base, hex, reason) => expect(lines(base, hex)).toBe(reason));
});

describe('limits', () => {
  /** So many instances of /3/0/6, each with its whole path. */
  function many(count: number): Uint8Array {
    const ids = Array.from({ length: count }, (_, id) =>
      `8403000619${id.toString(16).padStart(4, '0')}05`);
    return fromHex(`bf${ids.join('')}ff`) as Uint8Array;
  }

  test('as many values as allowed are read and written, one more is not', () => {
    const reason = `has over ${LWM2M_CBOR_ENTRIES_MAX} values`;
    const most = decodeLwm2mCbor(undefined, many(LWM2M_CBOR_ENTRIES_MAX));
    if (!most.ok) throw new Error(most.reason);
    expect(most.value.length).toBe(LWM2M_CBOR_ENTRIES_MAX);
    expect(encodeLwm2mCbor(undefined, most.value).ok).toBe(true);
    expect(decodeLwm2mCbor(undefined, many(LWM2M_CBOR_ENTRIES_MAX + 1)))
      .toEqual({ ok: false, reason });
    expect(encodeLwm2mCbor(undefined, [...most.value, ...most.value.slice(0, 1)]))
      .toEqual({ ok: false, reason });
  });

  test.each([
    ['maps in maps', 'a103'.repeat(100_000), 'has a path of more than four ids'],
    ['maps whose keys add no id', 'bf9fff'.repeat(100_000), 'has a key without ids'],
    ['a key that never ends', `bf9f${'00'.repeat(100_000)}`, 'has a path of more than four ids'],
  ])('%s: left at the limit', (_, hex, reason) => expect(lines('/', hex)).toBe(reason));
});

describe('what cannot be written', () => {
  const one: Value = { type: 'integer', value: 1n };
  const entry = (path: string): Entry => ({ path: pathAt(path) as Path, value: one });

  test.each<[string, string, string[], string]>([
    ['a path elsewhere', '/1', ['/3/0/9'], 'has no place for /3/0/9 in /1'],
    ['an instance', '/', ['/3/0'], 'has no place for /3/0 in /'],
    ['a path twice', '/', ['/3/0/9', '/3/0/9'], 'has no place for two /3/0/9'],
    ['a resource and then its instance', '/', ['/3/0/6', '/3/0/6/0'],
      'has no place for two /3/0/6/0'],
    ['an instance and then its resource', '/', ['/3/0/6/0', '/3/0/6'],
      'has no place for two /3/0/6'],
  ])('%s', (_, base, paths, reason) => {
    expect(encodeLwm2mCbor(pathAt(base), paths.map(entry))).toEqual({ ok: false, reason });
  });

  test('no instance but in a Create', () => {
    const created: Entry = { path: { object: 2, instance: NO_INSTANCE, resource: 0 }, value: one };
    const encoded = encodeLwm2mCbor({ object: 2 }, [created]);
    expect(encoded.ok && toHex(encoded.value)).toBe('a1830219ffff0001');
    expect(encodeLwm2mCbor(undefined, [created]))
      .toEqual({ ok: false, reason: 'has no place for /2/65535/0 in /' });
  });

  test('entries in any order share the keys they can', () => {
    const encoded = encodeLwm2mCbor(undefined, ['/3/0/9', '/1/0/1', '/3/0/10'].map(entry));
    expect(encoded.ok && toHex(encoded.value)).toBe('a2820300a209010a018301000101');
  });
});
