// What composite operations carry besides values: lists of paths, and changes that can take an
// instance away.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '../bytes.ts';
import { patches } from '../../sim/testing/values.ts';
import {
  ContentFormat, decodePatches, decodePaths, encodePatches, encodePaths, PAYLOAD_BYTES_MAX,
} from './content-format.ts';
import { ID_MAX, pathOf } from './path.ts';

const {
  SENML_JSON, SENML_CBOR, TLV, LWM2M_CBOR, SENML_ETCH_JSON, SENML_ETCH_CBOR,
} = ContentFormat;

function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}

describe('lists of paths', () => {
  const id = fc.nat({ max: ID_MAX });
  const list = fc.array(fc.array(id, { minLength: 1, maxLength: 4 }).map(pathOf));
  const rootPath = fc.constantFrom('', '/lwm2m', `/${'x'.repeat(39)}`.repeat(4));

  test.each([
    SENML_JSON, SENML_CBOR, SENML_ETCH_JSON, SENML_ETCH_CBOR,
  ])('decoding what was encoded in %i gives it back, and encoding that the payload', (format) => {
    fc.assert(fc.property(list, rootPath, (paths, root) => {
      const encoded = encodePaths(format, paths, root);
      const decoded = encoded.ok ? decodePaths(format, encoded.value) : encoded;
      expect(decoded).toEqual({ ok: true, value: paths });
      expect(decoded.ok && encodePaths(format, decoded.value, root)).toEqual(encoded);
    }));
  });

  test.each<[string, number | undefined, Uint8Array, string]>([
    ['without a format', undefined, bytes('80'), 'no content format says what the payload is'],
    ['as TLV', TLV, bytes('80'), 'TLV is not read here'],
    ['as LwM2M CBOR, which has no names', LWM2M_CBOR, bytes('a0'), 'LwM2M CBOR is not read here'],
    ['as a map', SENML_CBOR, bytes('a0'), 'SenML CBOR is not an array where it should be'],
    ['with a value', SENML_CBOR, bytes('81a200662f332f302f390201'),
      'SenML CBOR has a value for /3/0/9 where names alone belong'],
    ['too long', SENML_CBOR, new Uint8Array(PAYLOAD_BYTES_MAX + 1),
      'payload is over 1048576 bytes'],
  ])('%s is refused', (_, format, payload, reason) => {
    expect(decodePaths(format, payload)).toEqual({ ok: false, reason });
  });

  test('TLV is not written', () => {
    expect(encodePaths(TLV, [])).toEqual({ ok: false, reason: 'TLV is not written here' });
  });
});

describe('changes', () => {
  test.each([
    ['JSON', SENML_ETCH_JSON, 'finite' as const], ['CBOR', SENML_ETCH_CBOR, 'with NaN' as const],
  ])('decoding what was encoded in SenML-ETCH %s gives it back', (_, format, notANumber) => {
    fc.assert(fc.property(patches(notANumber), fc.constantFrom('', '/lwm2m'), (list, root) => {
      const encoded = encodePatches(format, list, root);
      const decoded = encoded.ok ? decodePatches(format, encoded.value) : encoded;
      expect(decoded).toEqual({ ok: true, value: list });
      expect(decoded.ok && encodePatches(format, decoded.value, root)).toEqual(encoded);
    }));
  });

  test.each([
    ['JSON', SENML_ETCH_JSON,
      toHex(encodeUtf8('[{"bn":"/3/0/","n":"14","vs":"+02:00"},{"n":"6/1","v":null}]'))],
    ['CBOR', SENML_ETCH_CBOR, '82a321652f332f302f0062313403662b30323a3030a20063362f3102f6'],
  ])('encoding what was decoded from SenML-ETCH %s gives it back', (_, format, hex) => {
    const decoded = decodePatches(format, bytes(hex));
    expect(decoded).toEqual({ ok: true, value: [
      { path: { object: 3, instance: 0, resource: 14 }, value: { type: 'string', value: '+02:00' } },
      { path: { object: 3, instance: 0, resource: 6, resourceInstance: 1 }, value: null },
    ] });
    const encoded = decoded.ok ? encodePatches(format, decoded.value) : decoded;
    expect(encoded.ok && toHex(encoded.value)).toBe(hex);
  });

  const json = (text: string) => encodeUtf8(text);
  test.each<[string, number | undefined, Uint8Array, string]>([
    ['without a format', undefined, bytes('80'), 'no content format says what the payload is'],
    ['as SenML, where they are entries', SENML_CBOR, bytes('80'), 'SenML CBOR is not read here'],
    ['of a resource to nothing', SENML_ETCH_JSON, json('[{"n":"/3/0/14","v":null}]'),
      'SenML-ETCH JSON has null for /3/0/14, which is no resource instance'],
    ['of an instance', SENML_ETCH_JSON, json('[{"n":"/3/0","v":1}]'),
      'SenML-ETCH JSON has no resource\'s path in "/3/0"'],
    ['to no value', SENML_ETCH_JSON, json('[{"n":"/3/0/14"}]'),
      'SenML-ETCH JSON has no value for /3/0/14'],
    ['to two values', SENML_ETCH_JSON, json('[{"n":"/3/0/6/1","v":null,"vs":null}]'),
      'SenML-ETCH JSON has a record with two values'],
    ['without a name', SENML_ETCH_JSON, json('[{"n":null,"v":1}]'),
      'SenML-ETCH JSON has n without a value'],
    ['to what only begins like null', SENML_ETCH_JSON, json('[{"n":"/3/0/6/1","v":nil}]'),
      'SenML-ETCH JSON lacks "null" at 21'],
    ['too long', SENML_ETCH_CBOR, new Uint8Array(PAYLOAD_BYTES_MAX + 1),
      'payload is over 1048576 bytes'],
  ])('%s are refused', (_, format, payload, reason) => {
    expect(decodePatches(format, payload)).toEqual({ ok: false, reason });
  });

  test('null in any value field takes an instance away', () => {
    for (const label of ['v', 'vs', 'vb', 'vd', 'vlo']) {
      expect(decodePatches(SENML_ETCH_JSON, json(`[{"n":"/3/0/6/1","${label}":null}]`)))
        .toMatchObject({ ok: true, value: [{ value: null }] });
    }
  });

  test('a resource is not taken away, and nothing else is written', () => {
    const path = { object: 3, instance: 0, resource: 14 };
    expect(encodePatches(SENML_ETCH_CBOR, [{ path, value: null }])).toEqual({ ok: false,
      reason: 'SenML-ETCH CBOR has null for /3/0/14, which is no resource instance' });
    expect(encodePatches(SENML_CBOR, []))
      .toEqual({ ok: false, reason: 'SenML CBOR is not written here' });
  });
});
