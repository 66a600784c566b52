// What is secret and lies on the disk: sealed by AES-128-GCM (RFC 5116) with a key that is made of
// the key file of the data folder, and bound to what it is for, so that none passes for another.

import { encodeUtf8, fromBase64, toBase64Url } from './bytes.ts';
import type { Aead, Crypto, Random } from './ports.ts';

/** Bytes of a key file. */
export const SECRET_KEY_LENGTH = 32;
const AEAD: Aead = { algorithm: 'aes-128-gcm', tagLength: 16 };
const KEY_LENGTH = 16;
/** Random: with one key that is safe for four billion texts (NIST SP 800-38D s8.3). */
const NONCE_LENGTH = 12;
/** Another use of the key file has another label, and so another key (RFC 5869 s3.2). */
const LABEL = encodeUtf8('flownexus secrets at rest');
/** What is sealed says with which file, so that a hundred thousand need not be opened to see it. */
const NAME_LABEL = encodeUtf8('flownexus name of a key file');
const NAME_LENGTH = 6;
/** Between the name and the rest, where base64url has none. */
const NAME_END = '.';

export class SecretBox {
  readonly #crypto: Crypto;
  readonly #random: Random;
  readonly #key: Uint8Array;
  readonly #name: string;

  /** `secretKey` has SECRET_KEY_LENGTH bytes. */
  constructor(crypto: Crypto, random: Random, secretKey: Uint8Array) {
    this.#crypto = crypto;
    this.#random = random;
    this.#key = crypto.hmac(secretKey, LABEL).slice(0, KEY_LENGTH);
    this.#name = toBase64Url(crypto.hmac(secretKey, NAME_LABEL).slice(0, NAME_LENGTH)) + NAME_END;
  }

  /** As text, to be opened for the same purpose alone. */
  seal(purpose: string, plaintext: Uint8Array): string {
    const nonce = this.#random.bytes(NONCE_LENGTH);
    const sealed = new Uint8Array(NONCE_LENGTH + plaintext.length + AEAD.tagLength);
    sealed.set(nonce);
    const secrets = { key: this.#key, nonce, additional: encodeUtf8(purpose) };
    this.#crypto.seal(AEAD, secrets, plaintext, sealed, NONCE_LENGTH);
    return this.#name + toBase64Url(sealed);
  }

  /** Whether it was sealed with this key file, as it says; `open` finds out if that is so. */
  isOurs(purpose: string, sealed: string): boolean {
    return sealed.includes(NAME_END) ? sealed.startsWith(this.#name)
      : this.open(purpose, sealed) !== undefined;
  }

  /** Undefined when it was sealed with another key, for another purpose, or changed since then. */
  open(purpose: string, sealed: string): Uint8Array | undefined {
    // Older releases put no name before it.
    const isNamed = sealed.startsWith(this.#name);
    const bytes = fromBase64(isNamed ? sealed.slice(this.#name.length) : sealed);
    if (bytes === undefined || bytes.length < NONCE_LENGTH) return undefined;
    const nonce = bytes.subarray(0, NONCE_LENGTH);
    const secrets = { key: this.#key, nonce, additional: encodeUtf8(purpose) };
    return this.#crypto.open(AEAD, secrets, bytes.subarray(NONCE_LENGTH));
  }
}
