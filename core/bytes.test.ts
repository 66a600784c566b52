// Bytes, integers, floats, UTF-8, hex and base64: each against its inverse and its edges.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ByteWriter, decodeLossy, decodeUtf8, encodeUtf8, fromBase64, fromHex, isFloat32, readFloat32,
  readFloat64, readSigned, readUnsigned, toBase64, toBase64Url, toHex,
} from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 80 });

describe('integers', () => {
  test.each([
    ['00', 0n, 0n], ['7f', 127n, 127n], ['80', -128n, 128n], ['ff', -1n, 255n],
    ['8000', -32_768n, 32_768n], ['ffffff', -1n, 16_777_215n],
    ['80000000', -(2n ** 31n), 2n ** 31n],
    ['ffffffff', -1n, 2n ** 32n - 1n], ['0020000000000001', 2n ** 53n + 1n, 2n ** 53n + 1n],
    ['7fffffffffffffff', 2n ** 63n - 1n, 2n ** 63n - 1n],
    ['8000000000000000', -(2n ** 63n), 2n ** 63n], ['ffffffffffffffff', -1n, 2n ** 64n - 1n],
  ])('%s is %s signed and %s unsigned', (hex, signed, unsigned) => {
    const source = fromHex(hex) as Uint8Array;
    expect(readSigned(source, 0, source.length)).toBe(signed);
    expect(readUnsigned(source, 0, source.length)).toBe(unsigned);
    const writer = new ByteWriter();
    writer.integer(signed, source.length);
    writer.integer(unsigned, source.length);
    expect(toHex(writer.finish())).toBe(hex + hex);
  });
});

test('floats keep every bit but the payload of a NaN', () => {
  fc.assert(fc.property(fc.double(), fc.float(), (double, single) => {
    const writer = new ByteWriter();
    writer.float64(double);
    writer.float32(single);
    const written = writer.finish();
    expect(readFloat64(written, 0)).toBe(double);
    expect(readFloat32(written, 8)).toBe(single);
    expect(isFloat32(single)).toBe(true);
  }));
  expect(isFloat32(0.1)).toBe(false);
});

test('a writer grows as needed', () => {
  const writer = new ByteWriter();
  for (let index = 0; index < 1000; index++) writer.uint(index, 3);
  writer.byte(1);
  writer.bytes(new Uint8Array(5000));
  expect(writer.length).toBe(8001);
  expect(writer.finish().subarray(2997, 3001)).toEqual(new Uint8Array([0, 3, 231, 1]));
});

test('UTF-8 comes back as it was, invalid bytes as undefined', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
    expect(decodeUtf8(encodeUtf8(text))).toBe(text);
  }));
  expect(decodeUtf8(encodeUtf8('\ufeffa'))).toBe('\ufeffa');
  for (const hex of ['ff', 'c3', 'c080', 'eda080', 'f4908080', `${'61'.repeat(40)}80`]) {
    expect(decodeUtf8(fromHex(hex) as Uint8Array)).toBeUndefined();
  }
});

test('any bytes are some text', () => {
  expect(decodeLossy(encodeUtf8('\ufeffé'))).toBe('\ufeffé');
  expect(decodeLossy(Uint8Array.of(0x6f, 0xff, 0x6b, 0xe2, 0x82))).toBe('o\ufffdk\ufffd');
});

test('hex comes back as it was', () => {
  fc.assert(fc.property(bytes, (value) => {
    expect(fromHex(toHex(value))).toEqual(value);
  }));
  expect(fromHex('0')).toBeUndefined();
  expect(fromHex('0g')).toBeUndefined();
  expect(fromHex('AbCd')).toEqual(new Uint8Array([0xab, 0xcd]));
});

describe('base64', () => {
  test.each([
    ['', ''], ['f', 'Zg=='], ['fo', 'Zm8='], ['foo', 'Zm9v'], ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='], ['foobar', 'Zm9vYmFy'],
  ])('RFC 4648 s10: "%s" is "%s"', (text, base64) => {
    expect(toBase64(encodeUtf8(text))).toBe(base64);
    expect(fromBase64(base64)).toEqual(encodeUtf8(text));
    expect(fromBase64(base64.replaceAll('=', ''))).toEqual(encodeUtf8(text));
  });

  test('both alphabets come back as they were', () => {
    fc.assert(fc.property(bytes, (value) => {
      expect(fromBase64(toBase64(value))).toEqual(value);
      expect(fromBase64(toBase64Url(value))).toEqual(value);
      expect(toBase64(value)).toBe(Buffer.from(value).toString('base64'));
      expect(toBase64Url(value)).toBe(Buffer.from(value).toString('base64url'));
    }));
  });

  test.each([
    'A', 'A===', 'Zg=', 'Zg===', 'Zh==', 'Zm9=', 'Zm 9', '=', '====', 'Zm9v\n', 'Zg==Zg==', 'é',
  ])('"%s" is refused', (text) => expect(fromBase64(text)).toBeUndefined());
});
