// X.509 certificates in handshakes (RFC 5246 s7.4.2, RFC 5280): how a chain stands in a message,
// whose it is, and what a peer is told that nobody believes. The port judges them.

import { ByteWriter } from '../bytes.ts';
import type {
  CertificateFacts, CertificateRefusal, Certificates, KeyPair, Milliseconds,
} from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import { Alert, type AlertDescription } from './alerts.ts';
import { writeVector } from './handshake-messages.ts';
import { Reader } from './reader.ts';

/** What one shows of oneself, in DER: each of the chain certifies the one before it. */
export interface X509Credential {
  readonly keys: KeyPair;
  readonly chain: readonly Uint8Array[];
}

/** What servers know of certificates. All of it is asked anew by each handshake. */
export interface X509 {
  readonly certificates: Certificates;
  /** Of the server, the same object as long as it is the same; another from the next handshake. */
  readonly own: X509Credential;
  /** The endpoint that goes by it; undefined when none does (endpointNames()). Synchronous. */
  readonly identityOf: (facts: CertificateFacts) => string | undefined;
}

/** What a client is set up with for certificates. */
export interface X509Identity extends X509Credential {
  /** How the client calls itself in what it tells us; its server reads its certificate. */
  readonly identity: string;
  readonly certificates: Certificates;
  /** What the server's certificate must name it by; undefined: whatever it names. */
  readonly serverName: string | undefined;
}

/**
 * What a certificate may name an endpoint by, best first: LwM2M Transport 1.1.1 s5.2.8.3 has it in
 * the CN, RFC 7925 s4.4.2 in the subjectAltName, as a URI or a DNS name.
 */
export function endpointNames({ commonName, uris, dnsNames }: CertificateFacts): string[] {
  return [...(commonName === undefined ? [] : [commonName]), ...uris, ...dnsNames];
}

/** The Certificate message. */
export function encodeChain(chain: readonly Uint8Array[]): Uint8Array {
  const list = new ByteWriter();
  for (const certificate of chain) writeVector(list, certificate, 3);
  const writer = new ByteWriter();
  writeVector(writer, list.finish(), 3);
  return writer.finish();
}

/** Empty of who has none (RFC 5246 s7.4.6); undefined when it is malformed. */
export function decodeChain(body: Uint8Array): Uint8Array[] | undefined {
  const reader = new Reader(body);
  const list = new Reader(reader.vector(3));
  const chain: Uint8Array[] = [];
  while (!list.isAtEnd) chain.push(list.vector(3));
  const isWellFormed = reader.isExhausted && list.isExhausted
    && chain.every(({ length }) => length > 0);
  return isWellFormed ? chain : undefined;
}

/** The endpoint of a client that has shown the chain, and has the key. */
export function clientOf(
  { certificates, identityOf }: X509, chain: readonly Uint8Array[], now: Milliseconds,
): Result<string, CertificateRefusal | 'unknown identity'> {
  const refusal = certificates.refusalOf(chain, 'client', now);
  if (refusal !== undefined) return fail(refusal);
  const facts = factsOf(certificates, chain);
  const identity = facts && identityOf(facts);
  return identity === undefined ? fail('unknown identity') : ok(identity);
}

/** Why a client does not believe that it is its server who shows the chain. */
export function serverRefusal(
  { certificates, serverName }: X509Identity, chain: readonly Uint8Array[], now: Milliseconds,
): CertificateRefusal | 'unknown identity' | undefined {
  const refusal = certificates.refusalOf(chain, 'server', now);
  if (refusal !== undefined || serverName === undefined) return refusal;
  const { dnsNames = [], commonName = '' } = factsOf(certificates, chain) ?? {};
  // RFC 7252 s9.1.3.3: the CN counts where there is no subjectAltName. RFC 6125 s6.4.1: letters of
  // either case; RFC 7925 s4.4.1 has no wildcards.
  const names = dnsNames.length > 0 ? dnsNames : [commonName];
  return names.some((name) => name.toLowerCase() === serverName.toLowerCase()) ? undefined
    : 'unknown identity';
}

/** Of the peer itself, who comes first. */
export function factsOf(
  certificates: Certificates, [first]: readonly Uint8Array[],
): CertificateFacts | undefined {
  const facts = first === undefined ? undefined : certificates.read(first);
  return facts?.ok === true ? facts.value : undefined;
}

const ALERTS: Readonly<Record<CertificateRefusal | 'unknown identity', AlertDescription>> = {
  'malformed certificate': Alert.BAD_CERTIFICATE,
  'unsupported key': Alert.UNSUPPORTED_CERTIFICATE,
  'unsupported extension': Alert.UNSUPPORTED_CERTIFICATE,
  'wrong key usage': Alert.UNSUPPORTED_CERTIFICATE,
  'chain too long': Alert.UNKNOWN_CA,
  'unknown authority': Alert.UNKNOWN_CA,
  'certificate expired': Alert.CERTIFICATE_EXPIRED,
  // RFC 5246 s7.2.2 has certificate_expired for what is "not currently valid" as well.
  'certificate not yet valid': Alert.CERTIFICATE_EXPIRED,
  'certificate revoked': Alert.CERTIFICATE_REVOKED,
  // It is our list that will be replaced: LwM2M Transport 1.1.1 s5.2.9 has devices try again after
  // this alert, and bootstrap anew after all the others.
  'revocation list out of date': Alert.HANDSHAKE_FAILURE,
  'unknown identity': Alert.CERTIFICATE_UNKNOWN,
};

/** RFC 5246 s7.2.2. */
export function alertOf(refusal: CertificateRefusal | 'unknown identity'): AlertDescription {
  return ALERTS[refusal];
}
