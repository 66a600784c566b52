// The pseudorandom function against the vector that was given on the list of the TLS group, and
// against another way to say the same.

import { createHmac } from 'node:crypto';
import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '../bytes.ts';
import { SymmetricCrypto } from '../io/symmetric.ts';
import type { Crypto } from '../ports.ts';
import { prf } from './prf.ts';

const crypto = new SymmetricCrypto() as Crypto;

test('the vector for P_SHA256', () => {
  const secret = fromHex('9bbe436ba940f017b17652849a71db35')!;
  const seed = fromHex('a0ba9f936cda311827a6f796ffd5198c')!;
  expect(toHex(prf(crypto, secret, encodeUtf8('test label'), seed, 100))).toBe(
    'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af'
    + '0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff7'
    + '0187347b66');
});

property.prop([fc.uint8Array(), fc.uint8Array(), fc.integer({ min: 1, max: 200 })])(
  'as RFC 5246 s5 writes it', (secret, seed, length) => {
    const label = encodeUtf8('master secret');
    const hmac = (input: Uint8Array) => createHmac('sha256', secret).update(input).digest();
    const labelled = Buffer.concat([label, seed]);
    let expected = Buffer.alloc(0);
    let a: Buffer = labelled;
    while (expected.length < length) {
      a = hmac(a);
      expected = Buffer.concat([expected, hmac(Buffer.concat([a, labelled]))]);
    }
    expect(toHex(prf(crypto, secret, label, seed, length)))
      .toBe(expected.subarray(0, length).toString('hex'));
  });
