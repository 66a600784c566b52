// What is secret and lies on the disk: sealed by AES-128-GCM (RFC 5116) with a key that is made of
// the key file of the data folder, and bound to what it is for, so that none passes for another.

import { decodeUtf8, encodeUtf8, fromBase64, toBase64Url } from './bytes.ts';
import type { Aead, Crypto, Random } from './ports.ts';

/** Bytes of a key file. */
export const SECRET_KEY_LENGTH = 32;
const AEAD: Aead = { algorithm: 'aes-128-gcm', tagLength: 16 };
const KEY_LENGTH = 16;
/** Random: with one key that is safe for four billion texts (NIST SP 800-38D s8.3). */
const NONCE_LENGTH = 12;
/** Another use of the key file has another label, and so another key (RFC 5869 s3.2). */
const LABEL = encodeUtf8('flownexus secrets at rest');

export class SecretBox {
  readonly #crypto: Crypto;
  readonly #random: Random;
  readonly #key: Uint8Array;

  /** `secretKey` has SECRET_KEY_LENGTH bytes. */
  constructor(crypto: Crypto, random: Random, secretKey: Uint8Array) {
    this.#crypto = crypto;
    this.#random = random;
    this.#key = crypto.hmac(secretKey, LABEL).slice(0, KEY_LENGTH);
  }

  /** As base64url, to be opened for the same purpose alone. */
  seal(purpose: string, text: string): string {
    const plaintext = encodeUtf8(text);
    const nonce = this.#random.bytes(NONCE_LENGTH);
    const sealed = new Uint8Array(NONCE_LENGTH + plaintext.length + AEAD.tagLength);
    sealed.set(nonce);
    const secrets = { key: this.#key, nonce, additional: encodeUtf8(purpose) };
    this.#crypto.seal(AEAD, secrets, plaintext, sealed, NONCE_LENGTH);
    return toBase64Url(sealed);
  }

  /** Undefined when it was sealed with another key, for another purpose, or changed since then. */
  open(purpose: string, sealed: string): string | undefined {
    const bytes = fromBase64(sealed);
    if (bytes === undefined || bytes.length < NONCE_LENGTH) return undefined;
    const nonce = bytes.subarray(0, NONCE_LENGTH);
    const secrets = { key: this.#key, nonce, additional: encodeUtf8(purpose) };
    const plaintext = this.#crypto.open(AEAD, secrets, bytes.subarray(NONCE_LENGTH));
    return plaintext && decodeUtf8(plaintext);
  }
}
