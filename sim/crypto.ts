// Keys and signatures of a run: keys are drawn from its randomness and signatures made as RFC 6979
// says, so that the same seed gives the same bytes. Those of node:crypto differ each time, in
// length too.

import { x25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { SymmetricCrypto } from '../core/io/symmetric.ts';
import type { Crypto, KeyPair, NamedCurve, Random } from '../core/ports.ts';
import { isUncompressed } from '../core/secp256r1.ts';

const PRIVATE_LENGTH = 32;
/** As TLS has signatures: DER, either of the two that belong to a message. */
const ECDSA = { format: 'der', lowS: false } as const;

export class SimulatedCrypto extends SymmetricCrypto implements Crypto {
  readonly #random: Random;

  constructor(random: Random) {
    super();
    this.#random = random;
  }

  newKeyPair(curve: NamedCurve = 'secp256r1'): KeyPair {
    if (curve === 'x25519') {
      const privateKey = this.#random.bytes(PRIVATE_LENGTH);
      return { privateKey, publicKey: x25519.getPublicKey(privateKey) };
    }
    for (;;) {
      const privateKey = this.#random.bytes(PRIVATE_LENGTH);
      // One draw in four billion is above the order of the curve.
      if (!p256.utils.isValidSecretKey(privateKey)) continue;
      return { privateKey, publicKey: p256.getPublicKey(privateKey, false) };
    }
  }

  sharedSecret(
    privateKey: Uint8Array, publicKey: Uint8Array, curve: NamedCurve = 'secp256r1',
  ): Uint8Array | undefined {
    if (curve === 'x25519') return sharedX25519(privateKey, publicKey);
    // The x coordinate of the point alone (RFC 8422 s5.10).
    return isPoint(publicKey)
      ? p256.getSharedSecret(privateKey, publicKey, false).slice(1, 1 + PRIVATE_LENGTH) : undefined;
  }

  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    return p256.sign(message, privateKey, ECDSA);
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (!isPoint(publicKey)) return false;
    try {
      return p256.verify(signature, message, publicKey, ECDSA);
    } catch {
      // It throws at what is no DER.
      return false;
    }
  }
}

function sharedX25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    return x25519.getSharedSecret(privateKey, publicKey);
  } catch {
    // It throws at another length, and at a secret of zeros (RFC 7748 s6.1).
    return undefined;
  }
}

function isPoint(bytes: Uint8Array): boolean {
  return isUncompressed(bytes) && p256.utils.isValidPublicKey(bytes, false);
}
