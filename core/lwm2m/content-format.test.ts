// The one door to the codecs: every format both ways, recorded payloads, mutated payloads.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '../bytes.ts';
import { ContentFormat, decodePayload, encodePayload,
  PAYLOAD_BYTES_MAX } from './content-format.ts';
import { entriesOf, valueOfType, withTimes } from '../../sim/testing/values.ts';
import { OBJECTS } from './objects.ts';
import { formatPath, parsePath, type Path } from './path.ts';
import type { Entry, ValueType } from './value.ts';

const {
  TEXT, LINK, OPAQUE, CBOR, SENML_JSON, SENML_CBOR, TLV, OMA_JSON, LWM2M_CBOR, SENML_ETCH_CBOR,
} = ContentFormat;

interface Read {
  readonly path: string;
  readonly format: number;
  readonly payload: string;
}

/** When the payloads arrive: 14 November 2023. */
const NOW = 1_700_000_000_000;

const fixture = new URL('./fixtures/zephyr-reads.json', import.meta.url);
const reads = (JSON.parse(readFileSync(fixture, 'utf8')) as { reads: Read[] }).reads;

function basePath(text: string): Path | undefined {
  if (text === '/') return undefined;
  const parsed = parsePath(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}

/** `/3/0/9 integer 95`, as a person checks it. */
function line({ path, value }: Entry): string {
  const shown = value.type === 'objlnk' ? `${value.object}:${value.instance}`
    : value.type === 'opaque' ? toHex(value.value) : value.value;
  return `${formatPath(path)} ${value.type} ${shown}`.trimEnd();
}

const DEVICE = [
  '/3/0/0 string Zephyr', '/3/0/1 string client-1', '/3/0/2 string serial-1',
  '/3/0/3 string 1.2.3', '/3/0/6/0 integer 1', '/3/0/6/1 integer 5', '/3/0/7/0 integer 3800',
  '/3/0/7/1 integer 5000', '/3/0/8/0 integer 125', '/3/0/8/1 integer 900', '/3/0/11/0 integer 0',
  '/3/0/13 time 0', '/3/0/14 string', '/3/0/15 string', '/3/0/16 string U',
  '/3/0/17 string native_sim', '/3/0/18 string', '/3/0/19 string',
];
const SERVER = [
  '/1/0/0 integer 1', '/1/0/1 integer 86400', '/1/0/2 integer 1', '/1/0/3 integer 10',
  '/1/0/5 integer 86400', '/1/0/6 boolean false', '/1/0/7 string U', '/1/0/13 unsigned 0',
  '/1/0/16 boolean true', '/1/0/22 string', '/1/0/23 boolean false',
];
const READS: Readonly<Record<string, readonly string[]>> = {
  '/3': DEVICE, '/3/0': DEVICE, '/1': SERVER, '/1/0': SERVER,
  '/5/0': [
    '/5/0/1 string', '/5/0/3 integer 0', '/5/0/5 integer 0', '/5/0/6 string', '/5/0/7 string',
    '/5/0/8/0 integer 0', '/5/0/9 integer 2',
  ],
  '/3/0/0': ['/3/0/0 string Zephyr'],
  '/3/0/7': ['/3/0/7/0 integer 3800', '/3/0/7/1 integer 5000'],
  '/3/0/7/0': ['/3/0/7/0 integer 3800'],
  '/3/0/13': ['/3/0/13 time 1'],
  '/1/0/1': ['/1/0/1 integer 86400'],
  '/1/0/6': ['/1/0/6 boolean false'],
  '/3/0/16': ['/3/0/16 string U'],
};

const MISREAD: Readonly<Record<string, string>> = {
  // Zephyr leaves the instance out of its names here; /3/0 might be an instance or a resource.
  '/3 11543': 'OMA JSON has no resource\'s path in "/3/0"',
  '/1 11543': 'OMA JSON has no resource\'s path in "/1/0"',
  // It runs the values together; text would be the integer 38005000.
  '/3/0/7 0': 'text cannot hold the instances of /3/0/7',
  '/3/0/7 60': 'CBOR has bytes after its end',
};

describe('what a Zephyr client answered', () => {
  const single = reads.filter(({ path }) => path in READS);

  test.each(single)('$path in $format', ({ path, format, payload }) => {
    const decoded = decodePayload(format, basePath(path), bytes(payload), NOW);
    const misread = MISREAD[`${path} ${format}`];
    if (misread !== undefined) {
      expect(decoded).toEqual({ ok: false, reason: misread });
      return;
    }
    expect(decoded.ok && decoded.value.map(line)).toEqual(expectedOf(path, payload));
  });

  test('is what we encode, byte for byte', () => {
    for (const { path, format, payload } of reads) {
      const decoded = decodePayload(format, basePath(path), bytes(payload), NOW);
      // Times in CBOR are theirs as text, ours as numbers.
      if (!decoded.ok || format === OMA_JSON || (format === CBOR && path === '/3/0/13')) continue;
      const encoded = encodePayload(format, basePath(path), decoded.value);
      expect(encoded.ok && toHex(encoded.value)).toBe(payload);
    }
  });

  test('as composite reads and Send has many objects', () => {
    const found = reads.filter(({ path }) => path === '/').map(({ format, payload }) => {
      const decoded = decodePayload(format, undefined, bytes(payload), NOW);
      return decoded.ok ? decoded.value.map(line) : [];
    });
    expect(found.map((lines) => lines.length)).toEqual([2, 12, 38, 2, 29]);
    expect(found[0]).toEqual(['/1/0/1 integer 3600', '/3/0/0 string Zephyr']);
    expect(found[2]).toContain('/16/0/0/1 string b');
    expect(found[4]).toContain('/3/0/7/0 integer 3500');
  });
});

/** Later reads of the recording show the changed voltage. */
function expectedOf(path: string, payload: string): readonly string[] {
  const expected = READS[path] ?? [];
  const isLater = path === '/3/0/7/0' && payload.endsWith('0bb8');
  return isLater ? ['/3/0/7/0 integer 3000'] : expected;
}

describe('the format by its number', () => {
  const battery = { object: 3, instance: 0, resource: 9 };

  test.each<[number, string, Path | undefined, string]>([
    [TEXT, '3935', battery, '95'], [1541, '3935', battery, '95'],
    [CBOR, '185f', battery, '95'], [TLV, 'c1095f', battery, '95'], [1542, 'c1095f', battery, '95'],
    [OMA_JSON, toHex(encodeUtf8('{"e":[{"v":95}]}')), battery, '95'],
    [1543, toHex(encodeUtf8('{"e":[{"v":95}]}')), battery, '95'],
    [SENML_JSON, toHex(encodeUtf8('[{"n":"/3/0/9","v":95}]')), undefined, '95'],
    [SENML_CBOR, '81a200662f332f302f3902185f', undefined, '95'],
    [LWM2M_CBOR, 'a183030009185f', undefined, '95'],
  ])('%i', (format, hex, base, value) => {
    const decoded = decodePayload(format, base, bytes(hex), NOW);
    expect(decoded.ok && decoded.value.map(line)).toEqual([`/3/0/9 integer ${value}`]);
  });

  test('one value without a format is text: libcoap leaves out a Content-Format of 0', () => {
    const decoded = decodePayload(undefined, battery, bytes('3935'), NOW);
    expect(decoded.ok && decoded.value.map(line)).toEqual(['/3/0/9 integer 95']);
  });

  test.each<[string, number | undefined, Path | undefined, string, string]>([
    ['no format', undefined, { object: 3, instance: 0 }, '00', 'no content format says what the payload is'],
    ['an unknown format', 9999, battery, '00', 'content format 9999 is not read'],
    ['links', LINK, battery, '00', 'link format is not read'],
    ['TLV of the root', TLV, undefined, '00', 'TLV is not read for the root'],
    ['changes', SENML_ETCH_CBOR, undefined, '80', 'SenML-ETCH CBOR is not read for the root'],
    ['null', SENML_CBOR, undefined, '81a200682f332f302f362f3102f6',
      'SenML CBOR has no value for /3/0/6/1'],
    ['text of an instance', TEXT, { object: 3, instance: 0 }, '61',
      'text cannot hold the values of /3/0'],
    ['text of a multiple resource', TEXT, { object: 3, instance: 0, resource: 6 }, '31',
      'text cannot hold the instances of /3/0/6'],
  ])('%s is refused', (_, format, base, hex, reason) => {
    expect(decodePayload(format, base, bytes(hex), NOW)).toEqual({ ok: false, reason });
  });

  test('an empty object has no content, with or without a format', () => {
    for (const format of [undefined, TLV, SENML_JSON, SENML_CBOR, OMA_JSON, LWM2M_CBOR]) {
      expect(decodePayload(format, { object: 16 }, bytes(''), NOW)).toEqual({ ok: true,
        value: [] });
    }
  });

  test('a payload of the longest size is looked at, a longer one is not', () => {
    const path = { object: 3, instance: 0, resource: 0 };
    const longest = decodePayload(TEXT, path, new Uint8Array(PAYLOAD_BYTES_MAX), NOW);
    expect(longest.ok).toBe(true);
    const longer = new Uint8Array(PAYLOAD_BYTES_MAX + 1);
    expect(decodePayload(TEXT, path, longer, NOW))
      .toEqual({ ok: false, reason: 'payload is over 1048576 bytes' });
    const firmware = { object: 5, instance: 0, resource: 0 };
    expect(decodePayload(OPAQUE, firmware, longer, NOW).ok).toBe(true);
  });

  test.each<[string, number, Path | undefined, Entry[], string]>([
    ['links', LINK, battery, [{ path: battery, value: { type: 'integer', value: 1n } }],
      'link format is not written'],
    ['nothing as text', TEXT, battery, [], 'text holds the one value of /3/0/9'],
    ['another path as text', TEXT, { object: 3, instance: 0, resource: 10 },
      [{ path: battery, value: { type: 'integer', value: 1n } }],
        'text holds the one value of /3/0/10'],
    ['NaN as text', TEXT, battery, [{ path: battery, value: { type: 'float', value: NaN } }],
      'text has no number for NaN'],
    ['NaN as JSON', SENML_JSON, battery, [{ path: battery, value: { type: 'float', value: NaN } }],
      'SenML JSON has no number for NaN'],
    ['a string as opaque', OPAQUE, battery, [{ path: battery, value: { type: 'string',
      value: '' } }],
      'opaque has no form for string'],
    ['another object as TLV', TLV, { object: 1 }, [{ path: battery, value: { type: 'integer',
      value: 1n } }],
      'TLV has no place for /3/0/9 in /1'],
    ['another object as SenML', SENML_CBOR, { object: 1 },
      [{ path: battery, value: { type: 'integer', value: 1n } }],
      'SenML CBOR has no place for /3/0/9 in /1'],
    ['1970 as SenML', SENML_CBOR, battery,
      [{ path: battery, value: { type: 'integer', value: 1n }, time: 1000 }],
      'SenML CBOR has no form for a time before 1978'],
  ])('%s cannot be written', (_, format, base, entries, reason) => {
    expect(encodePayload(format, base, entries)).toEqual({ ok: false, reason });
  });
});

describe('decoding what was encoded gives it back, and encoding that the payload', () => {
  const objects = fc.constantFrom(...OBJECTS.keys());

  function back(format: number, base: Path | undefined, entries: Entry[]): void {
    const encoded = encodePayload(format, base, entries);
    if (!encoded.ok) throw new Error(encoded.reason);
    const decoded = decodePayload(format, base, encoded.value, NOW);
    expect(decoded).toEqual({ ok: true, value: entries });
    expect(decoded.ok && encodePayload(format, base, decoded.value)).toEqual(encoded);
  }

  test('TLV, whole objects and single instances', () => {
    const drawn = objects.chain((object) => entriesOf(object, 'with NaN'));
    fc.assert(fc.property(drawn, (entries) => {
      const path = entries[0]?.path;
      if (path === undefined) return;
      back(TLV, { object: path.object }, entries);
      const { object, instance = 0 } = path;
      back(TLV, { object, instance }, entries.filter((entry) => entry.path.instance === instance));
      back(TLV, path, [entries[0] as Entry]);
    }));
  });

  test('LwM2M CBOR, many objects and single instances', () => {
    const drawn = fc.uniqueArray(objects, { maxLength: 3 })
      .chain((ids) => fc.tuple(...ids.map((object) => entriesOf(object, 'with NaN'))));
    fc.assert(fc.property(drawn, (lists) => {
      back(LWM2M_CBOR, undefined, lists.flat());
      for (const entries of lists) {
        const { object, instance = 0 } = entries[0]?.path ?? { object: 0 };
        back(LWM2M_CBOR, { object }, entries);
        back(LWM2M_CBOR, { object, instance },
          entries.filter((entry) => entry.path.instance === instance));
      }
    }));
  });

  test.each([
    ['SenML CBOR', SENML_CBOR, 'with NaN' as const], ['SenML JSON', SENML_JSON, 'finite' as const],
  ])('%s, with times and many objects', (_, format, notANumber) => {
    const one = objects.chain((object) => entriesOf(object, notANumber));
    const drawn = withTimes(fc.tuple(one, one).map((lists) => lists.flat()));
    fc.assert(fc.property(drawn, (entries) => back(format, undefined, entries)));
  });

  test.each<[string, number, readonly ValueType[]]>([
    ['text', TEXT, ['string', 'integer', 'unsigned', 'float', 'boolean', 'opaque', 'time',
      'objlnk']],
    ['CBOR', CBOR, ['string', 'integer', 'unsigned', 'float', 'boolean', 'opaque', 'time',
      'objlnk']],
    ['opaque', OPAQUE, ['opaque']],
  ])('%s, one value', (_, format, types) => {
    const paths: Record<string, Path> = {
      string: { object: 3, instance: 0, resource: 0 }, integer: { object: 3, instance: 0,
        resource: 9 },
      unsigned: { object: 1, instance: 7, resource: 11 }, time: { object: 3, instance: 0,
        resource: 13 },
      float: { object: 3303, instance: 0, resource: 5700 }, opaque: { object: 0, instance: 0,
        resource: 3 },
      boolean: { object: 1, instance: 0, resource: 6 }, objlnk: { object: 1, instance: 0,
        resource: 10 },
    };
    const drawn = fc.constantFrom(...types).chain((type) => valueOfType(type, 'finite'));
    fc.assert(fc.property(drawn, (value) => {
      const path = paths[value.type] as Path;
      back(format, path, [{ path, value }]);
    }));
  });
});

test('an object without a definition keeps what the format says', () => {
  const base = { object: 33_625, instance: 0 };
  const json = '[{"bn":"/33625/0/","n":"0","v":5},{"n":"1","v":5.5},{"n":"2","vs":"a"},'
    + '{"n":"3","vb":true},{"n":"4","vd":"_-8"},{"n":"5","vlo":"3:0"},{"n":"6","v":5.0}]';
  const decoded = decodePayload(SENML_JSON, base, encodeUtf8(json), NOW);
  expect(decoded.ok && decoded.value.map(line)).toEqual([
    '/33625/0/0 integer 5', '/33625/0/1 float 5.5', '/33625/0/2 string a',
    '/33625/0/3 boolean true', '/33625/0/4 opaque ffef', '/33625/0/5 objlnk 3:0',
    '/33625/0/6 float 5',
  ]);
  const tlv = decodePayload(TLV, base, bytes('c10005'), NOW);
  expect(tlv.ok && tlv.value.map(line)).toEqual(['/33625/0/0 opaque 05']);
  const text = decodePayload(TEXT, { ...base, resource: 0 }, bytes('35'), NOW);
  expect(text.ok && text.value.map(line)).toEqual(['/33625/0/0 string 5']);
});
