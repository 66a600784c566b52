// What the server of a run shows of itself, and what devices need to be believed by it: the same in
// each world, since what is in one is nobody's secret. Made when first asked for, as most runs have
// no use for it.

import type { ServerProofs } from '../actors/associations.ts';
import type { RawIdentity } from '../core/dtls/key-exchange.ts';
import type { X509Identity } from '../core/dtls/x509.ts';
import {
  makeCertificate, type CertificateWish, type Issuer,
} from '../core/io/certificate-maker.ts';
import { TrustedCertificates } from '../core/io/certificates.ts';
import type { Certificates, KeyPair, Milliseconds, Random } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import { SimulatedCrypto } from './crypto.ts';
import { EPOCH } from './epoch.ts';
import { SeededRandom } from './random.ts';

const YEAR: Milliseconds = 365 * 86_400_000;
/** Also over sockets, where worlds have the time of day. */
const SPAN = { notBefore: EPOCH - YEAR, notAfter: EPOCH + 20 * YEAR };
const SERVER_NAME = 'server.example';

interface Made {
  readonly authority: Issuer;
  readonly certificates: Certificates;
  readonly keys: KeyPair;
  readonly own: { readonly keys: KeyPair; readonly chain: readonly Uint8Array[] };
}

let made: Made | undefined;

export const SERVER_PROOFS: ServerProofs = {
  rawKeys: { get own() { return theMade().keys; } },
  x509: {
    get own() { return theMade().own; },
    get certificates() { return theMade().certificates; },
  },
};

/** A device that knows the server, and goes by a public key; `identity` is for people. */
export function rawIdentityOf(identity: string, random: Random): RawIdentity {
  const keys = new SimulatedCrypto(random).newKeyPair();
  return { identity, keys, serverKey: theMade().keys.publicKey };
}

/** A device that goes by a certificate of the run's authority, which names the endpoint. */
export function certifiedAs(
  endpoint: string, random: Random, changes: Partial<CertificateWish> = {},
): X509Identity {
  const { authority, certificates } = theMade();
  const crypto = new SimulatedCrypto(random);
  const keys = crypto.newKeyPair();
  const certificate = makeCertificate(crypto, random, {
    role: 'client', commonName: endpoint, publicKey: keys.publicKey, ...SPAN, ...changes,
  }, authority);
  return { identity: endpoint, keys, chain: [certificate], certificates, serverName: SERVER_NAME };
}

function theMade(): Made {
  return made ??= make();
}

function make(): Made {
  const random = new SeededRandom(1, 'server proofs');
  const crypto = new SimulatedCrypto(random);
  const authorityKeys = crypto.newKeyPair();
  const root = makeCertificate(crypto, random, {
    role: 'authority', commonName: 'Simulated CA', publicKey: authorityKeys.publicKey, ...SPAN,
  }, { keys: authorityKeys, certificate: undefined });
  const authority = { keys: authorityKeys, certificate: root };
  const keys = crypto.newKeyPair();
  const certificate = makeCertificate(crypto, random, {
    role: 'server', commonName: SERVER_NAME, dnsNames: [SERVER_NAME], publicKey: keys.publicKey,
    ...SPAN,
  }, authority);
  const trusted = TrustedCertificates.of([root]);
  assert(trusted.ok, 'an authority is believed by itself');
  return { authority, certificates: trusted.value, keys, own: { keys, chain: [certificate] } };
}
