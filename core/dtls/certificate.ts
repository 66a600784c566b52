// What either side shows of itself, a raw public key or a chain of X.509, and which of the two: the
// Certificate message (RFC 5246 s7.4.2) and its types (RFC 7250 s4).

import { toHex } from '../bytes.ts';
import type { Crypto, Certificates, KeyPair, Milliseconds } from '../ports.ts';
import { assert, fail, ok, type Result } from '../result.ts';
import { Alert, type AlertDescription } from './alerts.ts';
import type { Proven } from './association.ts';
import type { Extensions } from './extensions.ts';
import type { ClientProfile, FailureReason, Handshake, Surroundings } from './handshake.ts';
import type { RawKeys } from './key-exchange.ts';
import { IDENTITY_LENGTH_MAX } from './psk.ts';
import {
  CertificateType, decodeRawPublicKey, ECDSA_SHA256, encodeRawPublicKey,
} from './raw-public-key.ts';
import { alertOf, clientOf, decodeChain, encodeChain, factsOf, type X509 } from './x509.ts';

/** Which type each side shows. */
export interface CertificateTypes {
  readonly server: number;
  readonly client: number;
}

/** What the operator learns, and what the peer. */
export interface Refusal {
  readonly reason: FailureReason;
  readonly alert: AlertDescription;
}

/** RFC 5246 s7.4.1.4.1: what only authorities sign with. */
const ECDSA_SHA384 = 0x0503;
const RSA_SHA256 = 0x0401;
/** RFC 7250 s4.1: who names no types has X.509 alone. */
const UNNAMED: readonly number[] = [CertificateType.X509];

/** What the client likes best of what the server can; undefined when there is nothing. */
export function agreeOnTypes(
  { rawKeys, x509 }: Surroundings,
  { serverCertificateTypes = UNNAMED, clientCertificateTypes = UNNAMED }: Extensions,
): CertificateTypes | undefined {
  const isPossible = (type: number): boolean => type === CertificateType.X509 ? x509 !== undefined
    : type === CertificateType.RAW_PUBLIC_KEY && rawKeys !== undefined;
  const server = serverCertificateTypes.find(isPossible);
  const client = clientCertificateTypes.find(isPossible);
  return server === undefined || client === undefined ? undefined : { server, client };
}

/** What a client can do, best first. */
export function typesOf({ rawKey, x509 }: ClientProfile): number[] {
  return [
    ...(rawKey === undefined ? [] : [CertificateType.RAW_PUBLIC_KEY]),
    ...(x509 === undefined ? [] : [CertificateType.X509]),
  ];
}

/** What the server took of it; undefined when that was not offered. */
export function takenTypes(
  profile: ClientProfile, hello: Extensions,
): CertificateTypes | undefined {
  const [server = CertificateType.X509] = hello.serverCertificateTypes ?? [];
  const [client = CertificateType.X509] = hello.clientCertificateTypes ?? [];
  const offered = typesOf(profile);
  // RFC 7250 s4.2: a server that will not ask for the client's says nothing of its type.
  const isOffered = offered.includes(server)
    && (hello.clientCertificateTypes === undefined || offered.includes(client));
  return isOffered ? { server, client } : undefined;
}

/** What shows of these types are signed with; of certificates, also by their authorities. */
export function signatureAlgorithmsOf(types: readonly number[]): readonly number[] {
  return types.includes(CertificateType.X509)
    ? [ECDSA_SHA256, ECDSA_SHA384, RSA_SHA256] : [ECDSA_SHA256];
}

/** By what the client is known. */
export function securityOf({ client }: CertificateTypes): Proven {
  return client === CertificateType.X509 ? 'x509' : 'rpk';
}

/** The Certificate message of one who has both, and the key that proves it. */
export function ownCertificate(
  type: number, rawKeys: KeyPair | undefined, x509: X509['own'] | undefined,
): { readonly body: Uint8Array; readonly privateKey: Uint8Array } | undefined {
  if (type === CertificateType.X509) {
    return x509 && { body: encodeChain(x509.chain), privateKey: x509.keys.privateKey };
  }
  return rawKeys
    && { body: encodeRawPublicKey(rawKeys.publicKey), privateKey: rawKeys.privateKey };
}

/** Notes what the peer shows; whether anybody believes it comes later. */
export function takeCertificate(
  handshake: Handshake, type: number, certificates: Certificates | undefined, body: Uint8Array,
): Refusal | undefined {
  if (type !== CertificateType.X509) {
    handshake.peerKey = decodeRawPublicKey(body);
    return handshake.peerKey === undefined ? refusalFor('unsupported key') : undefined;
  }
  const chain = decodeChain(body);
  if (chain === undefined) return { reason: 'malformed message', alert: Alert.DECODE_ERROR };
  const [first] = chain;
  // RFC 5246 s7.4.6: a client may say so, and then it is nobody.
  if (first === undefined) return { reason: 'no certificate', alert: Alert.HANDSHAKE_FAILURE };
  assert(certificates !== undefined, 'who agreed on X.509 can read it');
  const facts = certificates.read(first);
  if (!facts.ok) return refusalFor(facts.reason);
  handshake.peerKey = facts.value.publicKey;
  handshake.peerChain = chain;
  return undefined;
}

/** Who has shown the key or the chain of it, now; or why that is nobody for us. */
export function whoShows(
  rawKeys: RawKeys | undefined, x509: X509 | undefined, peerKey: Uint8Array,
  peerChain: readonly Uint8Array[] | undefined, now: Milliseconds,
): Result<string, Refusal> {
  if (peerChain !== undefined && x509 !== undefined) {
    const client = clientOf(x509, peerChain, now);
    return client.ok ? client : fail(refusalFor(client.reason));
  }
  const identity = peerChain === undefined ? rawKeys?.identityOf(peerKey) : undefined;
  return identity === undefined ? fail(refusalFor('unknown identity')) : ok(identity);
}

/** Whom somebody wants to be taken for who has not even the key of what he shows. */
export function claimedIdentity({ crypto, rawKeys, x509 }: Surroundings, shown: Handshake): string {
  const { peerKey, peerChain } = shown;
  const facts = x509 && factsOf(x509.certificates, peerChain ?? []);
  const identity = peerChain === undefined ? rawKeys?.identityOf(peerKey as Uint8Array)
    : facts && x509?.identityOf(facts);
  return identity ?? claimedName(crypto, x509, shown);
}

/** How the operator may recognize who is nobody: the name that is claimed, or the key's hash. */
export function claimedName(
  crypto: Crypto, x509: X509 | undefined, { peerKey, peerChain }: Handshake,
): string {
  const facts = x509 && factsOf(x509.certificates, peerChain ?? []);
  return facts?.commonName?.slice(0, IDENTITY_LENGTH_MAX)
    ?? toHex(crypto.hash(peerKey as Uint8Array));
}

export function refusalFor(reason: Parameters<typeof alertOf>[0]): Refusal {
  return { reason, alert: alertOf(reason) };
}
