// The files by which the server and its devices know each other in DTLS: the server's certificate
// and key, the authorities of devices and their revocation lists. Read at the start and again when
// somebody asks; when the new ones are bad the old ones stay.

import type { ServerProofs } from '../actors/associations.ts';
import { validityAt, type DatedFile } from '../core/api/validity.ts';
import type { X509Credential } from '../core/dtls/x509.ts';
import { isSignedBy, readCertificate, type ReadCertificate } from '../core/io/certificate.ts';
import { isMeantFor, TrustedCertificates, type Span } from '../core/io/certificates.ts';
import { readKey } from '../core/io/key-file.ts';
import { derOf } from '../core/io/pem.ts';
import type { Certificates, KeyPair, Log, Milliseconds } from '../core/ports.ts';
import { contentOf } from './given-file.ts';
import { UsageError } from './usage-error.ts';

export interface DtlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly authorities: readonly string[];
  readonly lists: readonly string[];
}

/** Undefined when none is given; throws a UsageError when one of them misses another. */
export function dtlsFilesOf(files: DtlsFiles): DtlsFiles | undefined {
  const { cert, key, authorities, lists } = files;
  if ((cert === '') !== (key === '')) {
    throw new UsageError('--dtls-cert and --dtls-key go together; give both or neither');
  }
  if (cert !== '' && authorities.length === 0) {
    throw new UsageError('--dtls-cert needs a --dtls-ca: without an authority no certificate of a '
      + 'device is believed');
  }
  if (cert !== '') return files;
  const [flag] = [
    ...(authorities.length > 0 ? ['--dtls-ca'] : []), ...(lists.length > 0 ? ['--dtls-crl'] : []),
  ];
  if (flag === undefined) return undefined;
  throw new UsageError(`${flag} needs --dtls-cert and --dtls-key: devices with certificates want `
    + 'one of the server');
}

interface Read {
  readonly own: X509Credential;
  readonly certificates: Certificates;
  readonly leaf: ReadCertificate;
  readonly dated: readonly DatedFile[];
}

/** What ends in each of the files, what that means, and what to do before. */
const ENDS = {
  '--dtls-cert': {
    effect: 'devices will not believe it',
    remedy: 'Renew it, as by "flownexus pki renew server", and send the server SIGHUP.',
  },
  '--dtls-ca': {
    effect: 'no device that it certifies is let in',
    remedy: 'Renew it, as by "flownexus pki renew ca", and send the server SIGHUP.',
  },
  '--dtls-crl': {
    effect: 'no device that its authority certifies is let in',
    remedy: 'Have its authority make a newer list, and send the server SIGHUP.',
  },
} as const;

export class DtlsCertificates implements NonNullable<ServerProofs['x509']> {
  readonly #files: DtlsFiles;
  readonly #log: Log;
  #read: Read;

  /** Throws a UsageError that says what is wrong with which file. */
  constructor(files: DtlsFiles, log: Log, now: Milliseconds) {
    this.#files = files;
    this.#log = log;
    this.#read = readAll(files);
    this.#warn(now);
  }

  get own(): X509Credential {
    return this.#read.own;
  }

  get certificates(): Certificates {
    return this.#read.certificates;
  }

  /** What the files have in them now. */
  get dated(): readonly DatedFile[] {
    return this.#read.dated;
  }

  /** From the next handshake on with what is in the files now, unless something is wrong there. */
  reload(now: Milliseconds): void {
    try {
      this.#read = readAll(this.#files);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#log.error(`the files of DTLS are as before: ${error.message}`);
      return;
    }
    const { serial, notAfter } = this.#read.leaf.facts;
    this.#log.info('the files of DTLS are read again', {
      serial, until: new Date(notAfter).toISOString(),
    });
    this.#warn(now);
  }

  #warn(now: Milliseconds): void {
    const { leaf } = this.#read;
    if (!isMeantFor(leaf, 'server')) {
      this.#log.warn(`--dtls-cert "${this.#files.cert}" (${leaf.facts.commonName ?? ''}) is not `
        + 'for a server, as its extended key usage has no serverAuth: devices that look at it will '
        + 'not believe it. Have one made for a server, as by "flownexus pki server".');
    }
    for (const { flag, file, name, from, until, remedy } of this.#read.dated) {
      const validity = validityAt(now, until, from);
      if (validity !== 'over' && validity !== 'not yet') continue;
      const when = validity === 'over' ? `no longer good since ${new Date(until).toISOString()}`
        : `good from ${new Date(from).toISOString()} on`;
      this.#log.warn(`${flag} "${file}" (${name}) is ${when}: ${ENDS[flag].effect}. ${remedy}`);
    }
  }
}

function readAll(files: DtlsFiles): Read {
  const keys = keysOf(files);
  const { chain, read } = chainOf(files, keys);
  const [leaf] = read;
  const trust = trustOf(files);
  const own = read.map(({ facts: { commonName = '', notBefore, notAfter } }) =>
    dated('--dtls-cert', files.cert, { name: commonName, from: notBefore, until: notAfter }));
  return {
    own: { keys, chain }, leaf, certificates: trust.certificates,
    dated: [...own, ...trust.dated],
  };
}

function dated(
  flag: DatedFile['flag'], file: string, { name, from, until }: Omit<Span, 'subject'>,
): DatedFile {
  return { flag, file, name, from, until, remedy: ENDS[flag].remedy };
}

function keysOf({ key }: DtlsFiles): KeyPair {
  const keys = readKey(contentOf('--dtls-key', key));
  if (keys.ok) return keys.value;
  throw new UsageError(`--dtls-key "${key}" ${keys.reason}`);
}

function chainOf(
  { cert, key }: DtlsFiles, { publicKey }: KeyPair,
): {
  readonly chain: readonly Uint8Array[];
  readonly read: readonly [ReadCertificate, ...ReadCertificate[]];
} {
  const chain = blocksOf('--dtls-cert', cert, 'CERTIFICATE');
  const read = chain.map((der, index) => {
    const one = readCertificate(der);
    if (one.ok) return one.value;
    throw new UsageError(`--dtls-cert "${cert}": ${placeOf(index)} is refused: ${one.reason}`);
  });
  const leaf = read[0] as ReadCertificate;
  if (leaf.point === undefined) {
    throw new UsageError(`--dtls-cert "${cert}" has no key on secp256r1 (P-256), the one curve `
      + 'of LwM2M');
  }
  if (!Buffer.from(leaf.point).equals(publicKey)) {
    throw new UsageError(`--dtls-key "${key}" is not the key of --dtls-cert "${cert}"`);
  }
  for (const [index, one] of read.slice(1).entries()) {
    // RFC 5246 s7.4.2; a device that finds it otherwise ends the handshake.
    const before = read[index] as ReadCertificate;
    if (before.issuer === one.subject && isSignedBy(before.signed, one.key())) continue;
    throw new UsageError(
      `--dtls-cert "${cert}": ${placeOf(index + 1)} does not certify the one before it`);
  }
  return { chain, read: [leaf, ...read.slice(1)] };
}

function placeOf(index: number): string {
  return `certificate ${index + 1}`;
}

/** File by file first, so that what is said names the bad one. */
function trustOf(
  { authorities, lists }: DtlsFiles,
): { readonly certificates: Certificates; readonly dated: readonly DatedFile[] } {
  const found: DatedFile[] = [];
  const ofAuthorities = authorities.flatMap((file) => {
    const blocks = blocksOf('--dtls-ca', file, 'CERTIFICATE');
    const { spans } = trusted(blocks, [], `--dtls-ca "${file}"`);
    found.push(...spans.authorities.map((span) => dated('--dtls-ca', file, span)));
    return blocks;
  });
  const listed: (Span & { readonly file: string })[] = [];
  const ofLists = lists.flatMap((file) => {
    const blocks = blocksOf('--dtls-crl', file, 'X509 CRL');
    const { spans } = trusted(ofAuthorities, blocks, `--dtls-crl "${file}"`);
    listed.push(...spans.lists.map((span) => ({ ...span, file })));
    return blocks;
  });
  const certificates = trusted(ofAuthorities, ofLists, '--dtls-ca');
  // Of two lists of an authority the older one counts for nothing, and may end.
  for (const { subject, from } of certificates.spans.lists) {
    const span = listed.find((one) => one.subject === subject && one.from === from);
    if (span !== undefined) found.push(dated('--dtls-crl', span.file, span));
  }
  return { certificates, dated: found };
}

function trusted(
  authorities: readonly Uint8Array[], lists: readonly Uint8Array[], what: string,
): TrustedCertificates {
  const found = TrustedCertificates.of(authorities, lists);
  if (found.ok) return found.value;
  throw new UsageError(`${what}: ${found.reason}`);
}

function blocksOf(
  flag: string, file: string, label: 'CERTIFICATE' | 'X509 CRL',
): readonly Uint8Array[] {
  const blocks = derOf(contentOf(flag, file), label);
  if (blocks.length > 0) return blocks;
  const what = label === 'CERTIFICATE' ? 'certificate' : 'revocation list';
  throw new UsageError(`${flag} "${file}" has no ${what} in it, in PEM or DER`);
}
