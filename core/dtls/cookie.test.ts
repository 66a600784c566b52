// Cookies are good for one client at one address, for a while, and then no longer.

import { describe, expect, it } from 'vitest';
import { SymmetricCrypto } from '../io/symmetric.ts';
import { SeededRandom } from '../../sim/random.ts';
import type { Crypto } from '../ports.ts';
import { COOKIE_LENGTH, Cookies, SECRET_LIFETIME } from './cookie.ts';
import { NO_EXTENSIONS } from './extensions.ts';
import type { ClientHello } from './handshake-messages.ts';

const HELLO: ClientHello = {
  version: 0xfefd, random: new Uint8Array(32), sessionId: Uint8Array.of(1, 2),
  cookie: new Uint8Array(0), suites: [0xc0a8, 0x00ff], compressions: Uint8Array.of(0),
  extensions: NO_EXTENSIONS,
};
const HOME = '0 192.0.2.1 4000';

function cookies(): Cookies {
  return new Cookies(new SymmetricCrypto() as Crypto, new SeededRandom(1), 0);
}

describe('a cookie', () => {
  it('is good for who got it, from there', () => {
    const jar = cookies();
    const cookie = jar.cookieOf(HOME, HELLO, 0);
    expect(cookie).toHaveLength(COOKIE_LENGTH);
    expect(jar.isGood(HOME, { ...HELLO, cookie }, 0)).toBe(true);
  });

  it.for<[string, string, Partial<ClientHello>]>([
    ['another address', '0 192.0.2.1 4001', {}],
    ['another version', HOME, { version: 0xfefc }],
    ['another random', HOME, { random: new Uint8Array(32).fill(1) }],
    ['another session', HOME, { sessionId: Uint8Array.of(1, 3) }],
    ['a byte moved from one field to the next', `\x02${HOME}`, { sessionId: Uint8Array.of(1) }],
  ])('is bad with %s', ([, source, change]) => {
    const jar = cookies();
    const cookie = jar.cookieOf(HOME, HELLO, 0);
    expect(jar.isGood(source, { ...HELLO, ...change, cookie }, 0)).toBe(false);
  });

  it('is bad with any bit changed, cut, empty, or from another server', () => {
    const jar = cookies();
    const cookie = jar.cookieOf(HOME, HELLO, 0);
    for (let at = 0; at < cookie.length; at++) {
      const wrong = cookie.slice();
      wrong[at]! ^= 1 << (at % 8);
      expect(jar.isGood(HOME, { ...HELLO, cookie: wrong }, 0)).toBe(false);
      expect(jar.isGood(HOME, { ...HELLO, cookie: cookie.subarray(0, at) }, 0)).toBe(false);
    }
    const other = new Cookies(new SymmetricCrypto() as Crypto, new SeededRandom(2), 0);
    expect(other.isGood(HOME, { ...HELLO, cookie }, 0)).toBe(false);
  });

  it.for([
    ['made at the start of a period', 0, 2 * SECRET_LIFETIME - 1, true],
    ['made at its end', SECRET_LIFETIME - 1, 2 * SECRET_LIFETIME - 1, true],
    ['made two periods ago', SECRET_LIFETIME - 1, 2 * SECRET_LIFETIME, false],
    ['made long before a rest', 0, 10 * SECRET_LIFETIME, false],
  ] as const)('%s', ([, madeAt, shownAt, isGood]) => {
    const jar = cookies();
    const cookie = jar.cookieOf(HOME, HELLO, madeAt);
    // Somebody comes in between, or nobody.
    if (shownAt < 3 * SECRET_LIFETIME) jar.cookieOf('x', HELLO, SECRET_LIFETIME);
    expect(jar.isGood(HOME, { ...HELLO, cookie }, shownAt)).toBe(isGood);
  });

  it('is good whatever stands in a later fragment', () => {
    const jar = cookies();
    const cookie = jar.cookieOf(HOME, HELLO, 0);
    expect(jar.isGood(HOME, { ...HELLO, cookie, suites: [1] } as ClientHello, 0)).toBe(true);
  });
});
