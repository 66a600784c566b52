// Plain text and opaque: one value of each type, both ways.

import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../bytes.ts';
import { decodeOpaque, decodeText, encodeOpaque, encodeText } from './text.ts';
import type { Value } from './value.ts';

describe('text, LwM2M Core 1.1.1 appendix C', () => {
  test.each<[Value, string]>([
    [{ type: 'string', value: 'é' }, 'é'], [{ type: 'string', value: '' }, ''],
    [{ type: 'integer', value: -(2n ** 63n) }, '-9223372036854775808'],
    [{ type: 'unsigned', value: 2n ** 64n - 1n }, '18446744073709551615'],
    [{ type: 'float', value: 24.5 }, '24.5'], [{ type: 'float', value: 25 }, '25.0'],
    [{ type: 'boolean', value: true }, '1'], [{ type: 'boolean', value: false }, '0'],
    [{ type: 'opaque', value: new Uint8Array([0xfb, 0xff]) }, '+/8='],
    [{ type: 'time', value: 1_367_491_215 }, '1367491215'],
    [{ type: 'objlnk', object: 10, instance: 65_535 }, '10:65535'],
    [{ type: 'corelnk', value: '</3/0>' }, '</3/0>'],
  ])('%o is "%s"', (value, text) => {
    expect(encodeText(value)).toEqual({ ok: true, value: encodeUtf8(text) });
    expect(decodeText(encodeUtf8(text))).toEqual({ ok: true, value: { type: 'string',
      value: text } });
  });

  test.each([NaN, Infinity, -Infinity])('%d has no form', (value) => {
    expect(encodeText({ type: 'float', value })).toEqual({ ok: false,
      reason: `has no number for ${value}` });
  });

  test('bytes that are not UTF-8 are refused', () => {
    expect(decodeText(new Uint8Array([0xff]))).toEqual({ ok: false, reason: 'is not UTF-8' });
  });
});

test('opaque is the bytes themselves, as a copy', () => {
  const payload = new Uint8Array([1, 2, 3]);
  const decoded = decodeOpaque(payload);
  payload.fill(0);
  expect(decoded).toEqual({ ok: true, value: { type: 'opaque', value: new Uint8Array([1, 2,
    3]) } });
  expect(encodeOpaque({ type: 'opaque', value: payload })).toEqual({ ok: true, value: payload });
  expect(encodeOpaque({ type: 'float', value: 1 }).ok).toBe(false);
});
