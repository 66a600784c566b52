// What a handshake costs a server, with a PSK, raw public keys and certificates. Each with what
// node:crypto alone takes for the same, since nothing of ours can be faster than that.

import { X509Certificate } from 'node:crypto';
import { SUITES } from '../core/dtls/suites.ts';
import type { X509 } from '../core/dtls/x509.ts';
import { TrustedCertificates } from '../core/io/certificates.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import type { Aead, KeyPair, Secrets } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import { SimulatedCrypto } from '../sim/crypto.ts';
import { SeededRandom } from '../sim/random.ts';
import { TestAuthority } from '../sim/testing/authority.ts';
import { best, identityOf, SERVER_KEYS, Site, withPsk, type Proof } from './dtls-site.ts';
import { figure, type Figure, type Options } from './result.ts';

const DEVICE_KEYS = new SimulatedCrypto(new SeededRandom(2)).newKeyPair();
const ECDSA_CCM_8 = SUITES.filter(({ id }) => id === 0xc0ae);

const withRawKey: Proof = () => ({
  rawKey: { identity: 'device', keys: DEVICE_KEYS, serverKey: SERVER_KEYS.publicKey },
  suites: ECDSA_CCM_8,
});

export function dtlsHandshakePsk({ isQuick }: Options): Figure {
  return handshakeRate('dtls.handshake.psk', withPsk, isQuick ? 300 : 3_000);
}

/** With raw public keys on both sides. */
export function dtlsHandshakeEcdsa({ isQuick }: Options): Figure {
  return handshakeRate('dtls.handshake.ecdsa', withRawKey, isQuick ? 100 : 1_000);
}

/** With certificates on both sides, each device with one of its own that nobody has seen before. */
export function dtlsHandshakeX509({ isQuick }: Options): Figure {
  const count = isQuick ? 100 : 1_000;
  const authority = new TestAuthority('bench');
  const chains = Array.from({ length: count }, (_, index) =>
    [authority.certify(DEVICE_KEYS.publicKey, { commonName: identityOf(index) })]);
  const own = {
    keys: SERVER_KEYS,
    chain: [authority.certify(SERVER_KEYS.publicKey, { role: 'server', commonName: 'server' })],
  };
  /** Of one server, which knows nothing yet. */
  const x509 = (): X509 => {
    const certificates = TrustedCertificates.of([authority.certificate]);
    assert(certificates.ok, 'it is an authority');
    return { certificates: certificates.value, own, identityOf: (facts) => facts.commonName };
  };
  const { certificates } = x509();
  const proof: Proof = (index) => ({
    x509: {
      identity: identityOf(index), keys: DEVICE_KEYS, chain: chains[index] as Uint8Array[],
      certificates, serverName: undefined,
    },
    suites: ECDSA_CCM_8,
  });
  const { publicKey } = new X509Certificate(authority.certificate);
  return handshakeRate('dtls.handshake.x509', proof, count, x509, () => {
    for (const [certificate] of chains as [Uint8Array][]) {
      assert(new X509Certificate(certificate).verify(publicKey), 'it is certified');
    }
  });
}

/**
 * The server alone: what clients said to a server of the same seed is said again, and as nothing
 * is left to chance it answers the same. `more` is what the reference has to do besides.
 */
function handshakeRate(
  name: string, proof: Proof, count: number, x509: () => X509 | undefined = () => undefined,
  more = (): void => undefined,
): Figure {
  const original = new Recorder();
  const site = new Site(original, x509());
  const clientCrypto = new NodeCrypto();
  for (let index = 0; index < count; index++) site.connect(clientCrypto, index, proof);
  assert(site.server.sizes().associations === count, 'all handshakes came to their end');
  const [ours, bare] = best(count, [
    () => {
      const again = new Site(new Repeater(original), x509());
      for (const [address, datagram] of site.datagrams) again.server.receive(0, address, datagram);
      assert(again.server.sizes().associations === count, 'it is as before');
    },
    () => {
      original.repeat();
      more();
    },
  ]);
  return figure(name, ours, 'handshakes/s', { reference: bare });
}

/** Does all the work, and then says what was said before where chance is in it. */
class Repeater extends NodeCrypto {
  readonly #original: Recorder;
  /** Whose agreement is computed, as it would be with what was made. */
  #made: KeyPair | undefined;
  #pairs = 0;
  #secrets = 0;
  #signatures = 0;

  constructor(original: Recorder) {
    super();
    this.#original = original;
  }

  override newKeyPair(): KeyPair {
    this.#made = super.newKeyPair();
    return this.#original.pairs[this.#pairs++] as KeyPair;
  }

  override sharedSecret(_privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
    super.sharedSecret((this.#made as KeyPair).privateKey, publicKey);
    return this.#original.secrets[this.#secrets++];
  }

  override sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    super.sign(privateKey, message);
    return this.#original.signatures[this.#signatures++] as Uint8Array;
  }
}

/** Remembers the calls, with arguments of their own, to make them again without us. */
class Recorder extends NodeCrypto {
  readonly pairs: KeyPair[] = [];
  readonly secrets: (Uint8Array | undefined)[] = [];
  readonly signatures: Uint8Array[] = [];
  readonly #calls: (() => unknown)[] = [];
  /** Made when the calls are made again. */
  #again: KeyPair | undefined;

  override newKeyPair(): KeyPair {
    this.#calls.push(() => this.#again = super.newKeyPair());
    const keys = super.newKeyPair();
    this.pairs.push(keys);
    return keys;
  }

  override sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
    const own = publicKey.slice();
    this.#calls.push(() => super.sharedSecret((this.#again as KeyPair).privateKey, own));
    const secret = super.sharedSecret(privateKey, publicKey);
    this.secrets.push(secret);
    return secret;
  }

  override sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    const own = message.slice();
    this.#calls.push(() => super.sign(privateKey, own));
    const signature = super.sign(privateKey, message);
    this.signatures.push(signature);
    return signature;
  }

  override verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const [own, ownSignature] = [message.slice(), signature.slice()];
    this.#calls.push(() => super.verify(publicKey, own, ownSignature));
    return super.verify(publicKey, message, signature);
  }

  override hash(message: Uint8Array): Uint8Array {
    const own = message.slice();
    this.#calls.push(() => super.hash(own));
    return super.hash(message);
  }

  override hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
    const [ownKey, own] = [key.slice(), message.slice()];
    this.#calls.push(() => super.hmac(ownKey, own));
    return super.hmac(key, message);
  }

  override seal(
    aead: Aead, secrets: Secrets, plaintext: Uint8Array, target: Uint8Array, at: number,
  ): void {
    const [own, ownPlaintext, ownTarget] = [copyOf(secrets), plaintext.slice(), target.slice()];
    this.#calls.push(() => super.seal(aead, own, ownPlaintext, ownTarget, at));
    super.seal(aead, secrets, plaintext, target, at);
  }

  override open(aead: Aead, secrets: Secrets, sealed: Uint8Array): Uint8Array | undefined {
    const [own, ownSealed] = [copyOf(secrets), sealed.slice()];
    this.#calls.push(() => super.open(aead, own, ownSealed));
    return super.open(aead, secrets, sealed);
  }

  repeat(): void {
    for (const call of this.#calls) call();
  }
}

function copyOf({ key, nonce, additional }: Secrets): Secrets {
  return { key: key.slice(), nonce: nonce.slice(), additional: additional.slice() };
}
