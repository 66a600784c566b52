// Keys and signatures of production, by node:crypto, synchronously: no queue of threads comes
// between a datagram and its answer. ECDH and ECDSA on secp256r1 (RFC 8422), and X25519 (RFC 7748).

import {
  createECDH, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, sign, verify,
  type ECDH, type KeyObject,
} from 'node:crypto';
import type { Crypto, KeyPair, NamedCurve } from '../ports.ts';
import { isUncompressed } from '../secp256r1.ts';
import { publicKeyOf } from './ec-key.ts';
import { SymmetricCrypto } from './symmetric.ts';

const CURVE = 'prime256v1';
const PRIVATE_LENGTH = 32;
const X25519_LENGTH = 32;
const DER = { dsaEncoding: 'der' } as const;
/** What stands before the key in an ECPrivateKey (RFC 5915 s3) and after it: version, curve. */
const PRIVATE_HEAD = Buffer.from('30310201010420', 'hex');
const PRIVATE_TAIL = Buffer.from('a00a06082a8648ce3d030107', 'hex');

/** The same for x25519, as a PrivateKeyInfo (RFC 8410 s7). */
const X25519_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** As many handshakes end before others begin. */
const SPARES_MAX = 64;

export class NodeCrypto extends SymmetricCrypto implements Crypto {
  /**
   * What made a private key, and computes with it: from the key alone OpenSSL would have to make
   * both it and the public one again. There are as many as there are handshakes under way.
   */
  readonly #agreements = new WeakMap<Uint8Array, ECDH>();
  /** Of those that have done their work, with the next key: to make one takes as long as that. */
  readonly #spares: ECDH[] = [];
  /** The key that signed last. */
  #signer: { readonly privateKey: Uint8Array; readonly key: KeyObject } | undefined;

  newKeyPair(curve: NamedCurve = 'secp256r1'): KeyPair {
    if (curve === 'x25519') return newX25519();
    const agreement = this.#spares.pop() ?? newAgreement();
    const publicKey = new Uint8Array(agreement.getPublicKey());
    // Node leaves out leading zeros.
    const privateKey = new Uint8Array(PRIVATE_LENGTH);
    const number = agreement.getPrivateKey();
    privateKey.set(number, PRIVATE_LENGTH - number.length);
    this.#agreements.set(privateKey, agreement);
    return { privateKey, publicKey };
  }

  sharedSecret(
    privateKey: Uint8Array, publicKey: Uint8Array, curve: NamedCurve = 'secp256r1',
  ): Uint8Array | undefined {
    if (curve === 'x25519') return sharedX25519(privateKey, publicKey);
    if (!isUncompressed(publicKey)) return undefined;
    const agreement = this.#agreements.get(privateKey) ?? agreementOf(privateKey);
    try {
      return new Uint8Array(agreement.computeSecret(publicKey));
    } catch {
      return undefined;
    } finally {
      // Most keys are for one agreement; of others the next takes a little longer.
      this.#agreements.delete(privateKey);
      if (this.#spares.length < SPARES_MAX) {
        // At once, so that nobody finds the old one in memory (forward secrecy).
        agreement.generateKeys();
        this.#spares.push(agreement);
      }
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

function newAgreement(): ECDH {
  const agreement = createECDH(CURVE);
  agreement.generateKeys();
  return agreement;
}

function agreementOf(privateKey: Uint8Array): ECDH {
  const agreement = createECDH(CURVE);
  agreement.setPrivateKey(privateKey);
  return agreement;
}

function newX25519(): KeyPair {
  const { d = '', x = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  const [privateKey, publicKey] = [d, x].map((text) =>
    new Uint8Array(Buffer.from(text, 'base64url'))) as [Uint8Array, Uint8Array];
  return { privateKey, publicKey };
}

function sharedX25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  if (publicKey.length !== X25519_LENGTH) return undefined;
  const key = Buffer.concat([X25519_HEAD, privateKey]);
  const x = Buffer.from(publicKey).toString('base64url');
  try {
    const secret = diffieHellman({
      privateKey: createPrivateKey({ key, format: 'der', type: 'pkcs8' }),
      publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' }),
    });
    return new Uint8Array(secret);
  } catch {
    // OpenSSL refuses a secret of zeros (RFC 7748 s6.1); a test holds it to that.
    return undefined;
  }
}
