// Hellos and their like: what is written is read, what is cut or changed is never more than wrong.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { Alert } from './alerts.ts';
import { decodeExtensions, encodeExtensions, NO_EXTENSIONS } from './extensions.ts';
import {
  decodeClientHello, decodeHelloVerifyRequest, decodeServerHello, encodeClientHello,
  encodeHelloVerifyRequest, encodeServerHello, type ClientHello,
} from './handshake-messages.ts';

/** The second ClientHello of Zephyr in fixtures/dtls-psk-cid-bootstrap-request.json. */
const ZEPHYR = fromHex('fefdd046dbb870c88ba7b920bffd0f53a1ef623ef361a03b7c5b81831e334fa83276'
  + '00206b02a203d3949504334c1db57050fe071f1a9d6d5d6985aefe6a2b567cf9ba310004c0a800ff0100000a'
  + '00360001000001000102')!;

const random = fc.uint8Array({ minLength: 32, maxLength: 32 });
const id = fc.uint8Array({ maxLength: 32 });
const extensions = fc.record({
  hasEncryptThenMac: fc.boolean(), hasExtendedMasterSecret: fc.boolean(),
  hasRenegotiationInfo: fc.boolean(),
  connectionId: fc.option(fc.uint8Array({ maxLength: 254 }), { nil: undefined }),
  maxFragmentLength: fc.constantFrom(undefined, 512, 1024, 2048, 4096),
}).map((some) => ({ ...some, types: [] }));

const known = ({ types: _, ...rest }: typeof NO_EXTENSIONS) => rest;

describe('hellos', () => {
  property.prop([fc.record({
    version: fc.constantFrom(0xfefd, 0xfeff, 0xfefc), random, sessionId: id,
    cookie: fc.uint8Array({ maxLength: 255 }),
    suites: fc.array(fc.nat(65_535), { minLength: 1, maxLength: 40 }),
    compressions: fc.uint8Array({ maxLength: 9 }).map((some) => Uint8Array.of(0, ...some)),
    extensions,
  })])('of clients are read as they were written', (hello: ClientHello) => {
    const decoded = decodeClientHello(encodeClientHello(hello));
    expect(decoded.ok).toBe(true);
    if (!decoded.ok) return;
    expect({ ...decoded.value, extensions: undefined })
      .toEqual({ ...hello, extensions: undefined });
    expect(known(decoded.value.extensions)).toEqual(known(hello.extensions));
  });

  property.prop([fc.record({ random, sessionId: id, suite: fc.nat(65_535), extensions })])(
    'of servers are read as they were written', (hello) => {
      const decoded = decodeServerHello(encodeServerHello(hello));
      expect(decoded.ok).toBe(true);
      if (!decoded.ok) return;
      expect(known(decoded.value.extensions)).toEqual(known(hello.extensions));
      expect({ ...decoded.value, extensions: undefined })
        .toEqual({ ...hello, extensions: undefined });
    });

  it('of Zephyr says PSK with CCM_8, an empty connection id and 1024 bytes', () => {
    const decoded = decodeClientHello(ZEPHYR);
    expect(decoded).toMatchObject({ ok: true, value: { suites: [0xc0a8, 0xff], extensions: {
      maxFragmentLength: 1024, connectionId: new Uint8Array(0), hasExtendedMasterSecret: false,
    } } });
    // But for the order of extensions it is what we write.
    expect(decoded.ok && toHex(encodeClientHello(decoded.value)).slice(0, -20))
      .toBe(toHex(ZEPHYR).slice(0, -20));
  });

  it('of clients are wrong when they are cut anywhere but before the extensions', () => {
    const beforeExtensions = ZEPHYR.length - 12;
    for (let length = 0; length < ZEPHYR.length; length++) {
      expect(decodeClientHello(ZEPHYR.subarray(0, length)).ok).toBe(length === beforeExtensions);
    }
    expect(decodeClientHello(Uint8Array.of(...ZEPHYR, 0)).ok).toBe(false);
  });

  property.prop([fc.uint8Array({ maxLength: 255 })])('verify requests carry any cookie', (cookie) => {
    const decoded = decodeHelloVerifyRequest(encodeHelloVerifyRequest(cookie));
    expect(decoded).toEqual({ ok: true, value: cookie });
  });

  property.prop([fc.uint8Array({ maxLength: 200 }), fc.nat(100), fc.nat(255)])(
    'never throw, whatever they are', (noise, at, byte) => {
      const changed = ZEPHYR.slice();
      changed[at % changed.length] = byte;
      for (const bytes of [noise, changed]) {
        for (const decode of [decodeClientHello, decodeServerHello, decodeHelloVerifyRequest]) {
          expect(typeof decode(bytes).ok).toBe('boolean');
        }
      }
    });
});

describe('extensions', () => {
  it.for([
    ['one of them twice', '0017000000170000', Alert.DECODE_ERROR],
    ['one cut short', '00360002', Alert.DECODE_ERROR],
    ['a connection id shorter than it says', '003600020200', Alert.DECODE_ERROR],
    ['a fragment length nobody knows', '0001000105', Alert.ILLEGAL_PARAMETER],
    ['a fragment length of 0', '0001000100', Alert.ILLEGAL_PARAMETER],
    ['an extended master secret with content', '0017000100', Alert.DECODE_ERROR],
    ['a renegotiation', 'ff01000201aa', Alert.HANDSHAKE_FAILURE],
  ] as const)('with %s are refused', ([, hex, reason]) => {
    expect(decodeExtensions(fromHex(hex)!, 'client')).toEqual({ ok: false, reason });
  });

  it('that nobody knows are passed over', () => {
    expect(decodeExtensions(fromHex('abcd0002ffff00170000')!, 'client')).toMatchObject({
      ok: true, value: { hasExtendedMasterSecret: true, types: [0xabcd, 23] },
    });
    expect(encodeExtensions(NO_EXTENSIONS, 'client')).toHaveLength(0);
  });
});
