// One certificate taken apart (RFC 5280 s4); node:crypto reads the key. What is verified and what
// is believed are the same bytes, read once, so that no two readers can differ about them. The
// library that writes certificates takes as long to read one as the rest of a handshake takes; a
// test holds this to what it reads. Whether a certificate is believed is for certificates.ts.

import {
  id_ce_basicConstraints, id_ce_extKeyUsage, id_ce_keyUsage, id_ce_nameConstraints,
  id_ce_subjectAltName, type KeyUsageFlags,
} from '@peculiar/asn1-x509';
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { isEqual, toHex } from '../bytes.ts';
import type { CertificateFacts, CertificateRefusal, Milliseconds } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import { isUncompressed } from '../secp256r1.ts';
import { DerReader, latin1Of, Tag } from './der.ts';

/** Bytes of one certificate: those of secp256r1 have 400 to 800. */
export const CERTIFICATE_LENGTH_MAX = 4_096;
/** v3 is said as 2 (RFC 5280 s4.1.2.1). */
const VERSION_3 = 2;
/** What may be in a TBSCertificate, by tag. */
const VERSION = 0xa0;
const UNIQUE_ISSUER = 0x81;
const UNIQUE_SUBJECT = 0x82;
const EXTENSIONS = 0xa3;
/** The tags of a GeneralName (RFC 5280 s4.2.1.6). */
const DNS_NAME = 0x82;
const URI = 0x86;

const COMMON_NAME = '2.5.4.3';
/** The AlgorithmIdentifier of a key on secp256r1 (RFC 5480 s2.1.1). */
const SECP256R1 = '301306072a8648ce3d020106082a8648ce3d030107';
const RSA_LENGTH_MIN = 2_048;
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];
/** How authorities sign (RFC 5758 s3.2, RFC 4055 s5): by which kind of key, with which hash. */
const SIGNATURES: ReadonlyMap<string, readonly ['ec' | 'rsa', string]> = new Map([
  ['1.2.840.10045.4.3.2', ['ec', 'sha256']], ['1.2.840.10045.4.3.3', ['ec', 'sha384']],
  ['1.2.840.10045.4.3.4', ['ec', 'sha512']], ['1.2.840.113549.1.1.11', ['rsa', 'sha256']],
  ['1.2.840.113549.1.1.12', ['rsa', 'sha384']], ['1.2.840.113549.1.1.13', ['rsa', 'sha512']],
]);
const UNDERSTOOD: readonly string[] =
  [id_ce_basicConstraints, id_ce_keyUsage, id_ce_extKeyUsage, id_ce_subjectAltName];
/** RFC 4514 s3. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  [COMMON_NAME, 'CN'], ['2.5.4.6', 'C'], ['2.5.4.7', 'L'], ['2.5.4.8', 'ST'], ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
]);

/** What somebody signed. */
export interface Signed {
  readonly content: Uint8Array;
  readonly algorithm: string;
  readonly signature: Uint8Array;
}

export interface ReadCertificate {
  readonly facts: Omit<CertificateFacts, 'publicKey'>;
  /** Its point, if it is one on secp256r1. */
  readonly point: Uint8Array | undefined;
  /**
   * The key in whichever form authorities have them; undefined when it is none of those. To make it
   * takes OpenSSL 0.2 ms, and of devices nobody asks for it.
   */
  readonly key: () => KeyObject | undefined;
  readonly signed: Signed;
  /** Both names in DER, as hex, to be compared. */
  readonly subject: string;
  readonly issuer: string;
  /** basicConstraints say that it is one. */
  readonly isAuthority: boolean;
  /** How many authorities may stand between it and the last certificate. */
  readonly pathLengthMax: number;
  /** Flags; undefined when nothing is said of them, and then it is good for all. */
  readonly keyUsage: number | undefined;
  readonly purposes: readonly string[] | undefined;
}

/** Reads one in DER. What it asks for and we cannot do is a refusal (RFC 5280 s4.2). */
export function readCertificate(der: Uint8Array): Result<ReadCertificate, CertificateRefusal> {
  if (der.length > CERTIFICATE_LENGTH_MAX) return fail('malformed certificate');
  // Of its own: what came in is in a message that is longer, and forgotten earlier.
  const reader = new DerReader(new Uint8Array(der));
  const read = takeApart(reader);
  return reader.hasFailed ? fail('malformed certificate') : read;
}

function takeApart(reader: DerReader): Result<ReadCertificate, CertificateRefusal> {
  const certificate = reader.enter(Tag.SEQUENCE);
  reader.end();
  const content = certificate.takeWhole(Tag.SEQUENCE);
  const algorithm = certificate.takeWhole(Tag.SEQUENCE);
  const signature = certificate.wholeBits();
  certificate.end();
  const body = bodyOf(reader.within(content).enter(Tag.SEQUENCE));
  const { extensions, validity, info } = body;
  const ids = extensions.map(({ id }) => id);
  // RFC 5280 s4.1.1.2, s4.2: both say the same algorithm, extensions come once, in v3 alone.
  const isSound = isEqual(body.algorithm, algorithm) && new Set(ids).size === ids.length
    && (ids.length === 0 || body.version === VERSION_3);
  if (reader.hasFailed || !isSound) return fail('malformed certificate');
  // What narrows it is not passed over, whether it is critical or not.
  const isUnderstood = extensions.every(({ id, isCritical }) =>
    UNDERSTOOD.includes(id) || !isCritical && id !== id_ce_nameConstraints);
  if (!isUnderstood) return fail('unsupported extension');
  const find = (id: string): DerReader | undefined => {
    const extension = extensions[ids.indexOf(id)];
    return extension && reader.within(extension.value);
  };
  const constraints = constraintsOf(find(id_ce_basicConstraints));
  const issuer = attributesOf(reader.within(body.issuer));
  return ok({
    facts: {
      commonName: commonNameOf(attributesOf(reader.within(body.subject))),
      ...alternativesOf(find(id_ce_subjectAltName)),
      issuer: issuer.map(([type, value]) => `${ATTRIBUTES.get(type) ?? type}=${value}`).join(', '),
      serial: toHex(body.serial), notBefore: validity[0], notAfter: validity[1],
    },
    point: pointOf(reader.within(info)), key: once(() => keyOf(info)),
    signed: { content, algorithm: algorithmOf(reader.within(algorithm)), signature },
    subject: toHex(body.subject), issuer: toHex(body.issuer),
    ...constraints, keyUsage: keyUsageOf(find(id_ce_keyUsage)),
    purposes: purposesOf(find(id_ce_extKeyUsage)),
  });
}

/** Its parameters are for who can do it (isSignedBy()); where it is signed they count as well. */
function algorithmOf(reader: DerReader): string {
  return reader.enter(Tag.SEQUENCE).objectIdentifier();
}

interface Extension {
  readonly id: string;
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** TBSCertificate (RFC 5280 s4.1); names, algorithm and key as they stand there. */
interface Body {
  readonly version: number;
  readonly serial: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly issuer: Uint8Array;
  readonly validity: readonly [Milliseconds, Milliseconds];
  readonly subject: Uint8Array;
  readonly info: Uint8Array;
  readonly extensions: readonly Extension[];
}

function bodyOf(reader: DerReader): Body {
  const version = reader.tag === VERSION ? versionOf(reader.enter(VERSION)) : 0;
  const serial = reader.take(Tag.INTEGER);
  const algorithm = reader.takeWhole(Tag.SEQUENCE);
  const issuer = reader.takeWhole(Tag.SEQUENCE);
  const dates = reader.enter(Tag.SEQUENCE);
  const validity = [dates.time(), dates.time()] as const;
  dates.end();
  const subject = reader.takeWhole(Tag.SEQUENCE);
  const info = reader.takeWhole(Tag.SEQUENCE);
  // Unique identifiers, which nobody has (RFC 5280 s4.1.2.8).
  for (const tag of [UNIQUE_ISSUER, UNIQUE_SUBJECT]) if (reader.tag === tag) reader.take(tag);
  const extensions = reader.isAtEnd ? [] : extensionsOf(reader.enter(EXTENSIONS));
  reader.end();
  return { version, serial, algorithm, issuer, validity, subject, info, extensions };
}

function versionOf(reader: DerReader): number {
  const version = reader.integer();
  reader.end();
  return version;
}

function extensionsOf(reader: DerReader): Extension[] {
  const list = reader.enter(Tag.SEQUENCE);
  reader.end();
  const extensions: Extension[] = [];
  while (!list.isAtEnd) {
    const one = list.enter(Tag.SEQUENCE);
    const id = one.objectIdentifier();
    const isCritical = one.tag === Tag.BOOLEAN && one.boolean();
    extensions.push({ id, isCritical, value: one.take(Tag.OCTET_STRING) });
    one.end();
  }
  return extensions;
}

/** The attributes of a Name (RFC 5280 s4.1.2.4), by type. */
function attributesOf(reader: DerReader): [string, string][] {
  const names = reader.enter(Tag.SEQUENCE);
  const attributes: [string, string][] = [];
  while (!names.isAtEnd) {
    const part = names.enter(Tag.SET);
    while (!part.isAtEnd) {
      const one = part.enter(Tag.SEQUENCE);
      attributes.push([one.objectIdentifier(), one.text()]);
      one.end();
    }
  }
  return attributes;
}

/** Of two nobody could say which is meant. */
function commonNameOf(attributes: readonly [string, string][]): string | undefined {
  const names = attributes.filter(([type]) => type === COMMON_NAME);
  return names.length === 1 ? names[0]?.[1] : undefined;
}

/** RFC 5280 s4.2.1.6: IA5 strings; names of other kinds are passed over. */
function alternativesOf(
  reader: DerReader | undefined,
): Pick<CertificateFacts, 'uris' | 'dnsNames'> {
  const names = { uris: [] as string[], dnsNames: [] as string[] };
  if (reader === undefined) return names;
  const list = reader.enter(Tag.SEQUENCE);
  reader.end();
  while (!list.isAtEnd) {
    const { tag } = list;
    const content = list.take(tag);
    if (tag !== URI && tag !== DNS_NAME) continue;
    if (content.some((byte) => byte >= 0x80)) list.fail();
    (tag === URI ? names.uris : names.dnsNames).push(latin1Of(content));
  }
  return names;
}

/** RFC 5280 s4.2.1.9. */
function constraintsOf(
  reader: DerReader | undefined,
): Pick<ReadCertificate, 'isAuthority' | 'pathLengthMax'> {
  if (reader === undefined) return { isAuthority: false, pathLengthMax: Infinity };
  const constraints = reader.enter(Tag.SEQUENCE);
  reader.end();
  const isAuthority = constraints.tag === Tag.BOOLEAN && constraints.boolean();
  const pathLengthMax = constraints.isAtEnd ? Infinity : constraints.integer();
  constraints.end();
  return { isAuthority, pathLengthMax };
}

/** RFC 5280 s4.2.1.3: the first bit is the lowest flag. */
function keyUsageOf(reader: DerReader | undefined): number | undefined {
  if (reader === undefined) return undefined;
  const bytes = reader.bits();
  reader.end();
  let flags = 0;
  for (let bit = 0; bit < 8 * Math.min(bytes.length, 2); bit++) {
    if (((bytes[bit >> 3] as number) & (0x80 >> (bit & 7))) !== 0) flags |= 1 << bit;
  }
  return flags;
}

function purposesOf(reader: DerReader | undefined): string[] | undefined {
  if (reader === undefined) return undefined;
  const list = reader.enter(Tag.SEQUENCE);
  reader.end();
  const purposes: string[] = [];
  while (!list.isAtEnd) purposes.push(list.objectIdentifier());
  return purposes;
}

/** Whether the key made the signature; false also for what we cannot verify. */
export function isSignedBy({ content, algorithm, signature }: Signed, key?: KeyObject): boolean {
  const [kind, hash] = SIGNATURES.get(algorithm) ?? [];
  if (key === undefined || hash === undefined || key.asymmetricKeyType !== kind) return false;
  try {
    return verify(hash, content, { key, dsaEncoding: 'der' }, signature);
  } catch {
    return false;
  }
}

/** Whether keyUsage, where it says something, has one of the flags. */
export function mayBeUsedFor({ keyUsage }: ReadCertificate, flag: KeyUsageFlags): boolean {
  return keyUsage === undefined || (keyUsage & flag) !== 0;
}

function pointOf(reader: DerReader): Uint8Array | undefined {
  const info = reader.enter(Tag.SEQUENCE);
  const algorithm = info.takeWhole(Tag.SEQUENCE);
  const point = info.wholeBits();
  info.end();
  if (toHex(algorithm) !== SECP256R1) {
    // It is still to be one.
    algorithmOf(reader.within(algorithm));
    return undefined;
  }
  return isUncompressed(point) ? point : undefined;
}

function keyOf(info: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(info), format: 'der', type: 'spki' });
    const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    return CURVES.includes(namedCurve) || modulusLength >= RSA_LENGTH_MIN ? key : undefined;
  } catch {
    return undefined;
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
