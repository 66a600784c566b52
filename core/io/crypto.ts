// Keys and signatures of production, by node:crypto, synchronously: no queue of threads comes
// between a datagram and its answer. ECDH and ECDSA on secp256r1 (RFC 8422).

import {
  createECDH, createPrivateKey, createPublicKey, sign, verify, type KeyObject,
} from 'node:crypto';
import type { Crypto, KeyPair } from '../ports.ts';
import { SymmetricCrypto } from './symmetric.ts';

const CURVE = 'prime256v1';
const PRIVATE_LENGTH = 32;
const PUBLIC_LENGTH = 65;
const UNCOMPRESSED = 4;
const DER = { dsaEncoding: 'der' } as const;
/** What stands before the key in an ECPrivateKey (RFC 5915 s3) and after it: version, curve. */
const PRIVATE_HEAD = Buffer.from('30310201010420', 'hex');
const PRIVATE_TAIL = Buffer.from('a00a06082a8648ce3d030107', 'hex');

export class NodeCrypto extends SymmetricCrypto implements Crypto {
  /** The key that signed last. */
  #signer: { readonly privateKey: Uint8Array; readonly key: KeyObject } | undefined;

  newKeyPair(): KeyPair {
    const agreement = createECDH(CURVE);
    const publicKey = new Uint8Array(agreement.generateKeys());
    // Node leaves out leading zeros.
    const privateKey = new Uint8Array(PRIVATE_LENGTH);
    const number = agreement.getPrivateKey();
    privateKey.set(number, PRIVATE_LENGTH - number.length);
    return { privateKey, publicKey };
  }

  sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
    const agreement = createECDH(CURVE);
    agreement.setPrivateKey(privateKey);
    if (!isUncompressed(publicKey)) return undefined;
    try {
      return new Uint8Array(agreement.computeSecret(publicKey));
    } catch {
      return undefined;
    }
  }

  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    // To read a key takes OpenSSL three times as long as to sign, and a server has but one.
    if (this.#signer?.privateKey !== privateKey) {
      this.#signer = { privateKey, key: createPrivateKey({
        key: Buffer.concat([PRIVATE_HEAD, privateKey, PRIVATE_TAIL]), format: 'der', type: 'sec1',
      }) };
    }
    return new Uint8Array(sign('sha256', message, { key: this.#signer.key, ...DER }));
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const key = publicKeyOf(publicKey);
    return key !== undefined && verify('sha256', message, { key, ...DER }, signature);
  }
}

/** Undefined when it is no point of the curve. */
function publicKeyOf(point: Uint8Array): KeyObject | undefined {
  if (!isUncompressed(point)) return undefined;
  try {
    // As JWK (RFC 7518 s6.2.1), which OpenSSL reads five times as fast as DER.
    const bytes = Buffer.from(point);
    return createPublicKey({
      key: {
        kty: 'EC', crv: 'P-256', x: bytes.toString('base64url', 1, 33),
        y: bytes.toString('base64url', 33),
      },
      format: 'jwk',
    });
  } catch {
    return undefined;
  }
}

function isUncompressed(point: Uint8Array): boolean {
  return point.length === PUBLIC_LENGTH && point[0] === UNCOMPRESSED;
}
