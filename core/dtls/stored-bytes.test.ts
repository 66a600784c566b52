// What is stored of handshakes comes back as it was, and what is no such thing is none.

import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { decodeAgreed, decodeSession, encodeAgreed, encodeSession } from './stored-bytes.ts';
import { SUITES_WITH_CBC } from './suites.ts';

const security = fc.constantFrom('psk', 'rpk', 'x509');
const suite = fc.constantFrom(...SUITES_WITH_CBC);
const bytes = (maxLength: number) => fc.uint8Array({ minLength: 1, maxLength });

const agreed = fc.record({
  role: fc.constantFrom('server', 'client'), security, suite: suite.map(({ id }) => id),
  ownCid: fc.option(fc.integer(), { nil: undefined }), peerCid: fc.uint8Array({ maxLength: 255 }),
  plaintextMax: fc.integer({ min: 1, max: 16_384 }),
});

const session = fc.record({
  id: bytes(32), master: bytes(48), suite, security, hasExtendedMasterSecret: fc.boolean(),
  identity: fc.string(), serverName: fc.option(fc.domain(), { nil: undefined }),
  peerKey: fc.option(bytes(91), { nil: undefined }),
  peerChain: fc.option(fc.array(bytes(500), { minLength: 1, maxLength: 4 }), { nil: undefined }),
});

describe('what was agreed on', () => {
  test.prop([agreed])('comes back', (one) => {
    expect(decodeAgreed(encodeAgreed(one))).toEqual(one);
  });

  test.prop([agreed, fc.nat()])('is nothing when it is cut short or longer', (one, at) => {
    const whole = encodeAgreed(one);
    expect(decodeAgreed(whole.slice(0, at % whole.length))).toBeUndefined();
    expect(decodeAgreed(Uint8Array.of(...whole, 0))).toBeUndefined();
    expect(decodeAgreed(whole.with(0, 2))).toBeUndefined();
  });

  test.prop([fc.uint8Array()])('is read of any bytes without an exception', (any) => {
    decodeAgreed(any);
    decodeSession(any, 'x');
  });
});

describe('a session', () => {
  test.prop([session])('comes back', (one) => {
    expect(decodeSession(encodeSession(one), one.identity)).toEqual(one);
  });

  test.prop([session])('of another release is none', (one) => {
    const whole = encodeSession(one);
    expect(decodeSession(whole.with(0, 2), one.identity)).toBeUndefined();
    expect(decodeSession(whole.slice(0, -1), one.identity)).toBeUndefined();
  });
});
