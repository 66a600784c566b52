// The cookies of HelloVerifyRequests (RFC 6347 s4.2.1): who shows one receives at the address he
// says. Nothing is kept for it but a secret that changes.

import { encodeUtf8 } from '../bytes.ts';
import type { Crypto, Milliseconds, Random } from '../ports.ts';
import type { ClientHelloStart } from './handshake-messages.ts';
import { concat } from './prf.ts';

/** A cookie is good in the period of its secret and in the next one. */
export const SECRET_LIFETIME: Milliseconds = 60_000;
const SECRET_LENGTH = 32;
/**
 * No longer, so that a HelloVerifyRequest (28 bytes and the cookie) is never longer than the
 * shortest first fragment of a ClientHello (61 bytes): nobody can make us send more than he does.
 */
export const COOKIE_LENGTH = 32;

export class Cookies {
  readonly #crypto: Crypto;
  readonly #random: Random;
  #secret: Uint8Array;
  #previous: Uint8Array;
  #changesAt: Milliseconds;

  constructor(crypto: Crypto, random: Random, now: Milliseconds) {
    this.#crypto = crypto;
    this.#random = random;
    this.#secret = random.bytes(SECRET_LENGTH);
    this.#previous = random.bytes(SECRET_LENGTH);
    this.#changesAt = now + SECRET_LIFETIME;
  }

  /** For this client at this address; `source` is any text that names the address. */
  cookieOf(source: string, hello: ClientHelloStart, now: Milliseconds): Uint8Array {
    this.#change(now);
    return this.#cookie(this.#secret, source, hello);
  }

  isGood(source: string, hello: ClientHelloStart, now: Milliseconds): boolean {
    if (hello.cookie.length !== COOKIE_LENGTH) return false;
    this.#change(now);
    return this.#crypto.isEqual(hello.cookie, this.#cookie(this.#secret, source, hello))
      || this.#crypto.isEqual(hello.cookie, this.#cookie(this.#previous, source, hello));
  }

  /**
   * RFC 6347 s4.2.1: over the address and what must be the same in the second ClientHello; but not
   * over suites and compressions, which may be in a later fragment. Who changed them under way is
   * found out by the Finished, which is over the whole second ClientHello.
   */
  #cookie(secret: Uint8Array, source: string, hello: ClientHelloStart): Uint8Array {
    const { version, random, sessionId } = hello;
    const head = Uint8Array.of(version >>> 8, version, sessionId.length);
    return this.#crypto.hmac(secret, concat(head, random, sessionId, encodeUtf8(source)));
  }

  #change(now: Milliseconds): void {
    if (now < this.#changesAt) return;
    // After a longer rest both are old.
    const isPreviousGood = now < this.#changesAt + SECRET_LIFETIME;
    this.#previous = isPreviousGood ? this.#secret : this.#random.bytes(SECRET_LENGTH);
    this.#secret = this.#random.bytes(SECRET_LENGTH);
    this.#changesAt = now + SECRET_LIFETIME;
  }
}
