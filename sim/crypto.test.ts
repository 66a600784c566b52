// Two independent implementations of one port against published vectors and against each other,
// and that a run has the same bytes each time.

import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '../core/bytes.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import type { Aead, Crypto, KeyPair, NamedCurve } from '../core/ports.ts';
import { SimulatedCrypto } from './crypto.ts';
import { SeededRandom } from './random.ts';
import { underTripwire } from './tripwire.ts';

const production = new NodeCrypto();
const simulated = new SimulatedCrypto(new SeededRandom(1, 'crypto'));
const BOTH: [string, Crypto][] = [['production', production], ['a run', simulated]];

/** RFC 6979 A.2.5: curve P-256. */
const KEYS: KeyPair = {
  privateKey: fromHex('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721')!,
  publicKey: fromHex('0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6'
    + '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299')!,
};
/** RFC 7748 s6.1. */
const X25519_KEYS: readonly [KeyPair, KeyPair] = [{
  privateKey: fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')!,
  publicKey: fromHex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')!,
}, {
  privateKey: fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')!,
  publicKey: fromHex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')!,
}];
/** Of RFC 6979 with SHA-256; r and s stand in DER as positive integers. */
const SIGNATURES: [message: string, der: string][] = [
  ['sample', '3046'
    + '022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716'
    + '022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8'],
  ['test', '3045'
    + '022100f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367'
    + '0220019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083'],
];

const SEALED: {
  name: string; aead: Aead; key: string; nonce: string; additional: string; plaintext: string;
  sealed: string;
}[] = [
  {
    name: 'CCM of SP 800-38C C.3, with a tag of 8 bytes',
    aead: { algorithm: 'aes-128-ccm', tagLength: 8 },
    key: '404142434445464748494a4b4c4d4e4f', nonce: '101112131415161718191a1b',
    additional: '000102030405060708090a0b0c0d0e0f10111213',
    plaintext: '202122232425262728292a2b2c2d2e2f3031323334353637',
    sealed: 'e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951',
  },
  {
    name: 'GCM of its test case 4',
    aead: { algorithm: 'aes-128-gcm', tagLength: 16 },
    key: 'feffe9928665731c6d6a8f9467308308', nonce: 'cafebabefacedbaddecaf888',
    additional: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    plaintext: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72'
      + '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    sealed: '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e'
      + '21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47',
  },
];

describe.for(BOTH)('the crypto of %s', ([, crypto]) => {
  it.for(SIGNATURES)('verifies the signature of "%s" in RFC 6979', ([message, der]) => {
    expect(crypto.verify(KEYS.publicKey, encodeUtf8(message), fromHex(der)!)).toBe(true);
    expect(crypto.verify(KEYS.publicKey, encodeUtf8(`${message}.`), fromHex(der)!)).toBe(false);
  });

  it('computes the secret of RFC 5903 s8.1', () => {
    const mine = fromHex('c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433')!;
    const theirs = fromHex('04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63'
      + '56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab')!;
    expect(toHex(crypto.sharedSecret(mine, theirs)!))
      .toBe('d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de');
  });

  it('computes the secret of RFC 7748 s6.1, from either end', () => {
    const [mine, theirs] = X25519_KEYS;
    for (const [one, other] of [[mine, theirs], [theirs, mine]] as const) {
      expect(toHex(crypto.sharedSecret(one.privateKey, other.publicKey, 'x25519')!))
        .toBe('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
    }
  });

  it.for([
    ['nothing', ''], ['a coordinate without its end', '09'.repeat(31)],
    ['a coordinate with more behind it', '09'.repeat(33)],
    ['zero', '00'.repeat(32)], ['one', `01${'00'.repeat(31)}`],
    ['a point of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
    ['another', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
    ['one less than the prime', `ec${'ff'.repeat(30)}7f`], ['the prime', `ed${'ff'.repeat(30)}7f`],
    ['one more than the prime', `ee${'ff'.repeat(30)}7f`],
  ] as const)('takes %s for no key of x25519, as its secret is always zero', ([, hex]) => {
    for (const { privateKey } of X25519_KEYS) {
      expect(crypto.sharedSecret(privateKey, fromHex(hex)!, 'x25519')).toBeUndefined();
    }
  });

  it.for([
    ['nothing', ''], ['infinity', '00'], ['a point beside the curve', `04${'11'.repeat(64)}`],
    ['a compressed point', `03${toHex(KEYS.publicKey).slice(2, 66)}`],
    ['a hybrid point', `06${toHex(KEYS.publicKey).slice(2)}`],
    ['a point without its end', toHex(KEYS.publicKey).slice(0, -2)],
  ] as const)('takes %s for no key', ([, hex]) => {
    const point = fromHex(hex)!;
    expect(crypto.sharedSecret(KEYS.privateKey, point)).toBeUndefined();
    expect(crypto.verify(point, encodeUtf8('x'), fromHex(SIGNATURES[1]![1])!)).toBe(false);
  });

  it('hashes as FIPS 180-4 and RFC 4231 s4.3 say', () => {
    expect(toHex(crypto.hash(encodeUtf8('abc'))))
      .toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(toHex(crypto.hmac(encodeUtf8('Jefe'), encodeUtf8('what do ya want for nothing?'))))
      .toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });

  it.for(SEALED)('seals and opens $name, and nothing that was changed', (vector) => {
    const { aead } = vector;
    const secrets = {
      key: fromHex(vector.key)!, nonce: fromHex(vector.nonce)!,
      additional: fromHex(vector.additional)!,
    };
    const plaintext = fromHex(vector.plaintext)!;
    const target = new Uint8Array(3 + plaintext.length + aead.tagLength);
    crypto.seal(aead, secrets, plaintext, target, 3);
    expect(toHex(target)).toBe(`000000${vector.sealed}`);
    const sealed = target.subarray(3);
    expect(toHex(crypto.open(aead, secrets, sealed)!)).toBe(vector.plaintext);
    for (let at = 0; at < sealed.length; at++) {
      expect(crypto.open(aead, secrets, sealed.subarray(0, at))).toBeUndefined();
      const changed = sealed.slice();
      changed[at]! ^= 0x10;
      expect(crypto.open(aead, secrets, changed)).toBeUndefined();
    }
    const additional = secrets.additional.slice(1);
    expect(crypto.open(aead, { ...secrets, additional }, sealed)).toBeUndefined();
  });

  it('encrypts and decrypts CBC of SP 800-38A F.2.1, F.2.2', () => {
    const [key, iv] = ['2b7e151628aed2a6abf7158809cf4f3c', '000102030405060708090a0b0c0d0e0f']
      .map((hex) => fromHex(hex)!) as [Uint8Array, Uint8Array];
    const plaintext = '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51';
    const ciphertext = '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2';
    const target = new Uint8Array(33);
    crypto.encryptCbc(key, iv, fromHex(plaintext)!, target, 1);
    expect(toHex(target)).toBe(`00${ciphertext}`);
    expect(toHex(crypto.decryptCbc(key, iv, fromHex(ciphertext)!))).toBe(plaintext);
  });

  it('knows what is equal', () => {
    const one = Uint8Array.of(1, 2, 3);
    expect(crypto.isEqual(one, one.slice())).toBe(true);
    expect(crypto.isEqual(one, Uint8Array.of(1, 2, 4))).toBe(false);
    expect(crypto.isEqual(one, Uint8Array.of(1, 2))).toBe(false);
  });

  it('makes keys of the lengths of the curve, each another', () => {
    const [one, other] = [crypto.newKeyPair(), crypto.newKeyPair()];
    expect([one.privateKey.length, one.publicKey.length, one.publicKey[0]]).toEqual([32, 65, 4]);
    expect(toHex(one.privateKey)).not.toBe(toHex(other.privateKey));
    const [mine, theirs] = [crypto.newKeyPair('x25519'), crypto.newKeyPair('x25519')];
    expect([mine.privateKey.length, mine.publicKey.length]).toEqual([32, 32]);
    expect(toHex(mine.privateKey)).not.toBe(toHex(theirs.privateKey));
  });

  test.prop([fc.uint8Array({ maxLength: 90 })])('takes no bytes for a signature', (bytes) => {
    expect(crypto.verify(KEYS.publicKey, encodeUtf8('x'), bytes)).toBe(false);
  });
});

describe('both', () => {
  test.prop([fc.uint8Array({ maxLength: 300 })], { numRuns: 20 })(
    'verify what the other signed, and nothing that was changed', (message) => {
      for (const [signer, verifier] of [[production, simulated], [simulated, production]] as const) {
        const { privateKey, publicKey } = signer.newKeyPair();
        const signature = signer.sign(privateKey, message);
        expect(verifier.verify(publicKey, message, signature)).toBe(true);
        signature[signature.length - 1]! ^= 1;
        expect(verifier.verify(publicKey, message, signature)).toBe(false);
      }
    });

  it.for(['secp256r1', 'x25519'] satisfies NamedCurve[])(
    'agree on secrets of %s, from either end', (curve) => {
      for (let round = 0; round < 20; round++) {
        const [mine, theirs] = [production.newKeyPair(curve), simulated.newKeyPair(curve)];
        const secret = toHex(production.sharedSecret(mine.privateKey, theirs.publicKey, curve)!);
        expect(toHex(simulated.sharedSecret(theirs.privateKey, mine.publicKey, curve)!))
          .toBe(secret);
        expect(secret).toHaveLength(64);
      }
    });

  const coordinate = fc.uint8Array({ minLength: 32, maxLength: 32 });
  test.prop([coordinate, coordinate], { numRuns: 50 })(
    'compute the same from any 32 bytes on x25519', (privateKey, publicKey) => {
      const [one, other] = [production, simulated].map((crypto) =>
        crypto.sharedSecret(privateKey, publicKey, 'x25519'));
      expect(one && toHex(one)).toBe(other && toHex(other));
    });
});

describe('a run', () => {
  it.for(SIGNATURES)('signs "%s" as RFC 6979 says', ([message, der]) => {
    expect(toHex(simulated.sign(KEYS.privateKey, encodeUtf8(message)))).toBe(der);
  });

  it('has the same keys and signatures with the same seed, and takes no chance from outside', () => {
    const bytes = (seed: number) => underTripwire(() => {
      const crypto = new SimulatedCrypto(new SeededRandom(seed, 'crypto'));
      const { privateKey, publicKey } = crypto.newKeyPair();
      return [crypto.newKeyPair('x25519').publicKey, publicKey, crypto.sign(privateKey, publicKey)].map(toHex);
    });
    expect(bytes(7)).toEqual(bytes(7));
    expect(bytes(7)).not.toEqual(bytes(8));
  });
});

test('a key agrees as before when others have been made and used since', () => {
  const [own, peer] = [production.newKeyPair(), production.newKeyPair()];
  const secret = production.sharedSecret(own.privateKey, peer.publicKey);
  const use = (): void => {
    const other = production.newKeyPair();
    production.sharedSecret(other.privateKey, peer.publicKey);
    expect(production.sharedSecret(own.privateKey, peer.publicKey)).toEqual(secret);
  };
  use();
  // A point that is none ends the first use all the same.
  const spoilt = production.newKeyPair();
  const expected = simulated.sharedSecret(spoilt.privateKey, peer.publicKey);
  const none = peer.publicKey.with(64, (peer.publicKey[64] as number) ^ 1);
  expect(production.sharedSecret(spoilt.privateKey, none)).toBeUndefined();
  use();
  expect(production.sharedSecret(spoilt.privateKey, peer.publicKey)).toEqual(expected);
});
