// Whom to believe (RFC 5280 s6): chains of certificates up to authorities that are trusted, and the
// lists of those they have taken back. Authorities and lists are read once; whoever gets new ones
// makes a new one of these. Not here: names that authorities are confined to, policies, OCSP.

import {
  anyExtendedKeyUsage, id_kp_clientAuth, id_kp_serverAuth, KeyUsageFlags,
} from '@peculiar/asn1-x509';
import type {
  CertificateFacts, CertificateRefusal, Certificates, Milliseconds,
} from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import {
  isSignedBy, mayBeUsedFor, readCertificate, type ReadCertificate,
} from './certificate.ts';
import { latin1Of } from './der.ts';
import { derOf } from './pem.ts';
import { readRevocationList, type RevocationList } from './revocation-list.ts';

/**
 * Certificates that are kept taken apart, each of at most CERTIFICATE_LENGTH_MAX: of authorities
 * that are shown in every handshake, and of devices that come again.
 */
export const KNOWN_MAX = 1_000;
/** A device's certificate, two authorities between, and the root that need not be shown. */
export const CHAIN_LENGTH_MAX = 4;

/** Both ends are within. */
export interface Span {
  /** Of the authority, in DER, as hex. */
  readonly subject: string;
  readonly name: string;
  readonly from: Milliseconds;
  readonly until: Milliseconds;
}

const PURPOSES = { client: id_kp_clientAuth, server: id_kp_serverAuth } as const;
type Role = keyof typeof PURPOSES;

export class TrustedCertificates implements Certificates {
  readonly #authorities: readonly ReadCertificate[];
  /** By issuer: the newest of each. */
  readonly #lists: ReadonlyMap<string, RevocationList>;
  /**
   * Of those that an authority vouched for, by their bytes, longest unused first. Nobody else gets
   * in, since whoever makes certificates of his own could push out all others.
   */
  readonly #known = new Map<string, ReadCertificate>();
  /** Who has been seen to have signed what: that does not change, as all the rest may. */
  readonly #signers = new WeakMap<ReadCertificate, ReadCertificate>();
  /** A handshake reads a certificate, and soon judges it. */
  #last: { readonly der: Uint8Array; readonly read: ReadCertificate } | undefined;

  private constructor(
    authorities: readonly ReadCertificate[], lists: ReadonlyMap<string, RevocationList>,
  ) {
    this.#authorities = authorities;
    this.#lists = lists;
  }

  /**
   * Files of authorities and of revocation lists (RFC 5280 s5), in PEM, of several each, or in DER.
   * Fails with the end of a sentence when one is none, or a list of no authority among these. A
   * list that is out of date is taken; nobody its authority certifies is believed then.
   */
  static of(
    authorityFiles: readonly Uint8Array[], listFiles: readonly Uint8Array[] = [],
  ): Result<TrustedCertificates> {
    const authorities: ReadCertificate[] = [];
    for (const der of authorityFiles.flatMap((file) => derOf(file, 'CERTIFICATE'))) {
      const read = readCertificate(der);
      if (!read.ok) return fail(`an authority is refused: ${read.reason}`);
      const { key, facts: { commonName }, isAuthority } = read.value;
      if (!isAuthority) return fail(`"${commonName ?? ''}" is the certificate of no authority`);
      if (key() === undefined) return fail(`"${commonName ?? ''}" has an unsupported key`);
      authorities.push(read.value);
    }
    const lists = new Map<string, RevocationList>();
    for (const der of listFiles.flatMap((file) => derOf(file, 'X509 CRL'))) {
      const list = readRevocationList(der);
      if (!list.ok) return fail(`a revocation list is refused: ${list.reason}`);
      const { issuer, signed, thisUpdate } = list.value;
      const isKnown = authorities.some((one) => one.subject === issuer
        && mayBeUsedFor(one, KeyUsageFlags.cRLSign) && isSignedBy(signed, one.key()));
      if (!isKnown) return fail('a revocation list is signed by none of the authorities');
      if (thisUpdate > (lists.get(issuer)?.thisUpdate ?? -Infinity)) lists.set(issuer, list.value);
    }
    return ok(new TrustedCertificates(authorities, lists));
  }

  /** How many are kept, for tests of boundedness. */
  get known(): number {
    return this.#known.size;
  }

  /** The authorities, and the lists that count: whose each is and from when until when. */
  get spans(): { readonly authorities: readonly Span[]; readonly lists: readonly Span[] } {
    const authorities = this.#authorities.map(({ subject, facts }) => ({
      subject, name: facts.commonName ?? '', from: facts.notBefore, until: facts.notAfter,
    }));
    const lists = Array.from(this.#lists.values(), ({ issuer, thisUpdate, nextUpdate }) => ({
      subject: issuer, name: authorities.find(({ subject }) => subject === issuer)?.name ?? '',
      from: thisUpdate, until: nextUpdate,
    }));
    return { authorities, lists };
  }

  read(certificate: Uint8Array): Result<CertificateFacts, CertificateRefusal> {
    const read = this.#read(certificate);
    if (!read.ok) return read;
    this.#last = { der: certificate, read: read.value };
    const { facts, point: publicKey } = read.value;
    return publicKey === undefined ? fail('unsupported key') : ok({ ...facts, publicKey });
  }

  refusalOf(
    chain: readonly Uint8Array[], role: 'client' | 'server', now: Milliseconds,
  ): CertificateRefusal | undefined {
    const path = this.#pathOf(chain);
    if (!path.ok) return path.reason;
    for (const [index, certificate] of path.value.entries()) {
      const refusal = validityRefusal(certificate, now)
        ?? usageRefusal(certificate, index, role) ?? this.#revocation(certificate, now);
      if (refusal !== undefined) return refusal;
    }
    for (const [index, der] of chain.slice(0, path.value.length - 1).entries()) {
      this.#keep(der, path.value[index] as ReadCertificate);
    }
    return undefined;
  }

  isRevoked(serial: string): boolean {
    for (const { serials } of this.#lists.values()) if (serials.has(serial)) return true;
    return false;
  }

  #read(der: Uint8Array): Result<ReadCertificate, CertificateRefusal> {
    const known = this.#known.get(latin1Of(der));
    if (known !== undefined) return ok(known);
    return this.#last?.der === der ? ok(this.#last.read) : readCertificate(der);
  }

  #keep(der: Uint8Array, read: ReadCertificate): void {
    const text = latin1Of(der);
    this.#known.delete(text);
    this.#known.set(text, read);
    if (this.#known.size <= KNOWN_MAX) return;
    const [longestUnused = ''] = this.#known.keys();
    this.#known.delete(longestUnused);
  }

  /** From the first of the chain to an authority; what is shown beyond that is not looked at. */
  #pathOf(chain: readonly Uint8Array[]): Result<readonly ReadCertificate[], CertificateRefusal> {
    if (chain.length > CHAIN_LENGTH_MAX) return fail('chain too long');
    const path: ReadCertificate[] = [];
    for (const der of chain) {
      const read = this.#read(der);
      if (!read.ok) return read;
      const certificate = read.value;
      const before = path.at(-1);
      // RFC 5246 s7.4.2: each certifies the one before it.
      if (before !== undefined && !this.#isIssuedBy(before, certificate)) break;
      path.push(certificate);
      const authority = this.#authorities.find((one) => this.#isIssuedBy(certificate, one));
      if (authority !== undefined) return ok([...path, authority]);
    }
    return fail('unknown authority');
  }

  #isIssuedBy(certificate: ReadCertificate, by: ReadCertificate): boolean {
    const { issuer, signed } = certificate;
    if (issuer !== by.subject) return false;
    if (this.#signers.get(certificate) === by) return true;
    if (!isSignedBy(signed, by.key())) return false;
    this.#signers.set(certificate, by);
    return true;
  }

  #revocation(
    { issuer, facts: { serial } }: ReadCertificate, now: Milliseconds,
  ): CertificateRefusal | undefined {
    const list = this.#lists.get(issuer);
    if (list === undefined) return undefined;
    if (list.serials.has(serial)) return 'certificate revoked';
    // Whoever is revoked since would be believed; nobody is until a newer list is there.
    return isOutOfDate(list, now) ? 'revocation list out of date' : undefined;
  }
}

function isOutOfDate({ thisUpdate, nextUpdate }: RevocationList, now: Milliseconds): boolean {
  return now < thisUpdate || now > nextUpdate;
}

function validityRefusal(
  { facts: { notBefore, notAfter } }: ReadCertificate, now: Milliseconds,
): CertificateRefusal | undefined {
  if (now < notBefore) return 'certificate not yet valid';
  return now > notAfter ? 'certificate expired' : undefined;
}

/** RFC 5280 s6.1.4: of the first what its role needs, of the others that they may certify it. */
function usageRefusal(
  certificate: ReadCertificate, index: number, role: Role,
): CertificateRefusal | undefined {
  const { isAuthority, pathLengthMax } = certificate;
  const isFit = index === 0 ? mayBeUsedFor(certificate, KeyUsageFlags.digitalSignature)
    : isAuthority && mayBeUsedFor(certificate, KeyUsageFlags.keyCertSign)
      && index - 1 <= pathLengthMax;
  return isFit && isMeantFor(certificate, role) ? undefined : 'wrong key usage';
}

/** RFC 5280 s4.2.1.12: who says nothing of it may do all. */
export function isMeantFor({ purposes }: ReadCertificate, role: Role): boolean {
  return purposes === undefined
    || purposes.includes(PURPOSES[role]) || purposes.includes(anyExtendedKeyUsage);
}
