// An authority for tests, the same in each run: it certifies whatever a test needs, good or not.

import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier, Certificate, CertificateList, RevokedCertificate, TBSCertList, Time,
} from '@peculiar/asn1-x509';
import { makeCertificate, type CertificateWish } from '../../core/io/certificate-maker.ts';
import type { KeyPair, Milliseconds } from '../../core/ports.ts';
import { SimulatedCrypto } from '../crypto.ts';
import { EPOCH } from '../epoch.ts';
import { SeededRandom } from '../random.ts';

export const DAY: Milliseconds = 86_400_000;

export class TestAuthority {
  readonly keys: KeyPair;
  readonly certificate: Uint8Array;
  readonly #random: SeededRandom;
  readonly #crypto: SimulatedCrypto;

  /** Certified by another, or by itself; of the same name and seed it has the same keys. */
  constructor(
    commonName: string,
    { by, role = 'authority', seed = 1 }: {
      by?: TestAuthority; role?: CertificateWish['role']; seed?: number;
    } = {},
  ) {
    this.#random = new SeededRandom(seed, commonName);
    this.#crypto = new SimulatedCrypto(this.#random);
    this.keys = this.#crypto.newKeyPair();
    const wish = {
      role, commonName, publicKey: this.keys.publicKey,
      notBefore: EPOCH - 100 * DAY, notAfter: EPOCH + 3_650 * DAY,
    };
    const own = { keys: this.keys, certificate: undefined };
    this.certificate = by === undefined ? makeCertificate(this.#crypto, this.#random, wish, own)
      : by.certify(this.keys.publicKey, wish);
  }

  /** Of a device called `x`, for 30 days to both sides, unless it is wished for otherwise. */
  certify(publicKey: Uint8Array, changes: Partial<CertificateWish> = {}): Uint8Array {
    return makeCertificate(this.#crypto, this.#random, {
      role: 'client', commonName: 'x', publicKey,
      notBefore: EPOCH - 30 * DAY, notAfter: EPOCH + 30 * DAY, ...changes,
    }, this);
  }

  /** A revocation list of a week, of certificates in DER. */
  revoke(certificates: readonly Uint8Array[], thisUpdate = EPOCH): Uint8Array {
    const algorithm = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });
    const body = new TBSCertList({
      version: 1, signature: algorithm,
      issuer: AsnConvert.parse(this.certificate, Certificate).tbsCertificate.subject,
      thisUpdate: new Time(thisUpdate), nextUpdate: new Time(thisUpdate + 7 * DAY),
      ...(certificates.length === 0 ? {} : { revokedCertificates: certificates.map((der) =>
        new RevokedCertificate({
          userCertificate: AsnConvert.parse(der, Certificate).tbsCertificate.serialNumber,
          revocationDate: new Time(thisUpdate),
        })) }),
    });
    const signature = this.#crypto.sign(
      this.keys.privateKey, new Uint8Array(AsnConvert.serialize(body)));
    return new Uint8Array(AsnConvert.serialize(new CertificateList({
      tbsCertList: body, signatureAlgorithm: algorithm,
      signature: Uint8Array.from(signature).buffer,
    })));
  }
}
