// The part of the Crypto port that is the same in the world and in a run, since it is a function
// of its arguments: SHA-256, HMAC, AEAD and CBC by node:crypto. Keys of agreements and signatures
// are added by crypto.ts, and by the simulation.

import {
  createCipheriv, createDecipheriv, createHmac, hash, timingSafeEqual, type CipherCCM,
  type CipherCCMTypes, type DecipherCCM,
} from 'node:crypto';
import type { Aead, Secrets } from '../ports.ts';

/** Kept, because node looks at each of them anew. */
const TAG_LENGTHS = { 8: { authTagLength: 8 }, 16: { authTagLength: 16 } } as const;

const CBC = 'aes-128-cbc';

export class SymmetricCrypto {
  hash(message: Uint8Array): Uint8Array {
    return plain(hash('sha256', message, 'buffer'));
  }

  hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
    return plain(createHmac('sha256', key).update(message).digest());
  }

  seal(aead: Aead, secrets: Secrets, plaintext: Uint8Array, target: Uint8Array, at: number): void {
    const { key, nonce, additional } = secrets;
    // GCM has the same calls and ignores the length, which CCM must know beforehand.
    const algorithm = aead.algorithm as CipherCCMTypes;
    const cipher: CipherCCM = createCipheriv(algorithm, key, nonce, TAG_LENGTHS[aead.tagLength]);
    cipher.setAAD(additional, { plaintextLength: plaintext.length });
    target.set(cipher.update(plaintext), at);
    cipher.final();
    target.set(cipher.getAuthTag(), at + plaintext.length);
  }

  open(aead: Aead, secrets: Secrets, sealed: Uint8Array): Uint8Array | undefined {
    const { key, nonce, additional } = secrets;
    const length = sealed.length - aead.tagLength;
    if (length < 0) return undefined;
    const algorithm = aead.algorithm as CipherCCMTypes;
    const decipher: DecipherCCM =
      createDecipheriv(algorithm, key, nonce, TAG_LENGTHS[aead.tagLength]);
    decipher.setAuthTag(sealed.subarray(length));
    decipher.setAAD(additional, { plaintextLength: length });
    try {
      const plaintext = decipher.update(sealed.subarray(0, length));
      decipher.final();
      return plain(plaintext);
    } catch {
      return undefined;
    }
  }

  encryptCbc(
    key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, target: Uint8Array, at: number,
  ): void {
    const cipher = createCipheriv(CBC, key, iv).setAutoPadding(false);
    target.set(cipher.update(plaintext), at);
    cipher.final();
  }

  decryptCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    // Without padding OpenSSL judges nothing, and takes as long for anything.
    const decipher = createDecipheriv(CBC, key, iv).setAutoPadding(false);
    const plaintext = decipher.update(ciphertext);
    decipher.final();
    return plain(plaintext);
  }

  isEqual(one: Uint8Array, other: Uint8Array): boolean {
    return one.length === other.length && timingSafeEqual(one, other);
  }
}

/** The same bytes, but no Buffer: its slice() is a view where everybody expects a copy. */
function plain({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
