// One certificate taken apart (RFC 5280 s4): a library reads the ASN.1, node:crypto the key. What
// is verified and what is believed are the same bytes, read once, so that no two readers can differ
// about them. Whether it is believed is for certificates.ts.

import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints, Certificate, ExtendedKeyUsage, id_ce_basicConstraints, id_ce_extKeyUsage,
  id_ce_keyUsage, id_ce_nameConstraints, id_ce_subjectAltName, KeyUsage,
  SubjectAlternativeName, Version, type AlgorithmIdentifier, type Extension, type KeyUsageFlags,
  type Name, type SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509';
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { toHex } from '../bytes.ts';
import type { CertificateFacts, CertificateRefusal } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';

/** Bytes of one certificate: those of secp256r1 have 400 to 800. */
export const CERTIFICATE_LENGTH_MAX = 4_096;
/** Deep nesting takes the library long, and a certificate has little of it. */
const READING = { berOptions: { maxDepth: 16, maxNodes: 1_000 } };

const COMMON_NAME = '2.5.4.3';
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
/** The parameters that name secp256r1 (RFC 5480 s2.1.1.1). */
const SECP256R1 = '06082a8648ce3d030107';
const POINT_LENGTH = 65;
const UNCOMPRESSED = 4;
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
  /** The key in whichever form authorities have them; undefined when it is none of those. */
  readonly key: KeyObject | undefined;
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
  if (der.length > CERTIFICATE_LENGTH_MAX || !isWhole(der)) return fail('malformed certificate');
  try {
    return takeApart(AsnConvert.parse(der, Certificate, READING));
  } catch {
    // The library throws at what is none.
    return fail('malformed certificate');
  }
}

function takeApart(certificate: Certificate): Result<ReadCertificate, CertificateRefusal> {
  const { tbsCertificate: body, tbsCertificateRaw: raw, signatureAlgorithm } = certificate;
  const extensions = [...body.extensions ?? []];
  const ids = extensions.map(({ extnID }) => extnID);
  // RFC 5280 s4.1.1.2, s4.2: both say the same algorithm, extensions come once, in v3 alone.
  const isSound = raw !== undefined && body.signature.isEqual(signatureAlgorithm)
    && new Set(ids).size === ids.length && (ids.length === 0 || body.version === Version.v3);
  if (!isSound) return fail('malformed certificate');
  // What narrows it is not passed over, whether it is critical or not.
  const isUnderstood = extensions.every(({ extnID, critical }) =>
    UNDERSTOOD.includes(extnID) || !critical && extnID !== id_ce_nameConstraints);
  if (!isUnderstood) return fail('unsupported extension');
  const find = (id: string): Extension | undefined => extensions[ids.indexOf(id)];
  const constraints = parsed(find(id_ce_basicConstraints), BasicConstraints);
  const purposes = parsed(find(id_ce_extKeyUsage), ExtendedKeyUsage);
  const notBefore = body.validity.notBefore.getTime().getTime();
  const notAfter = body.validity.notAfter.getTime().getTime();
  if (Number.isNaN(notBefore + notAfter)) return fail('malformed certificate');
  return ok({
    facts: {
      ...namesOf(body.subject, parsed(find(id_ce_subjectAltName), SubjectAlternativeName)),
      issuer: textOf(body.issuer), serial: toHex(new Uint8Array(body.serialNumber)),
      notBefore, notAfter,
    },
    point: pointOf(body.subjectPublicKeyInfo), key: keyOf(body.subjectPublicKeyInfo),
    signed: signedOf(raw, signatureAlgorithm, certificate.signatureValue),
    subject: derHex(body.subject), issuer: derHex(body.issuer),
    isAuthority: constraints?.cA === true,
    pathLengthMax: constraints?.pathLenConstraint ?? Infinity,
    keyUsage: parsed(find(id_ce_keyUsage), KeyUsage)?.toNumber(),
    purposes: purposes && [...purposes],
  });
}

export function signedOf(
  content: ArrayBuffer, { algorithm }: AlgorithmIdentifier, signature: ArrayBuffer,
): Signed {
  return { content: new Uint8Array(content), algorithm, signature: new Uint8Array(signature) };
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

/** One DER element and nothing behind it; the library would also take less, and more. */
export function isWhole(der: Uint8Array): boolean {
  const [tag, first = 0, ...length] = der.subarray(0, 6);
  if (tag !== 0x30 || first === 0x80 || first > 0x84) return false;
  const size = first < 0x80 ? 0 : first - 0x80;
  const rest = length.slice(0, size).reduce((sum, byte) => sum * 256 + byte, 0);
  return der.length === 2 + size + (size === 0 ? first : rest);
}

export function derHex(name: Name): string {
  return toHex(new Uint8Array(AsnConvert.serialize(name)));
}

function parsed<Value>(
  extension: Extension | undefined, type: new () => Value,
): Value | undefined {
  return extension && AsnConvert.parse(extension.extnValue.buffer, type, READING);
}

function pointOf({ algorithm, subjectPublicKey }: SubjectPublicKeyInfo): Uint8Array | undefined {
  const parameters = toHex(new Uint8Array(algorithm.parameters ?? new ArrayBuffer(0)));
  const point = new Uint8Array(subjectPublicKey);
  return algorithm.algorithm === EC_PUBLIC_KEY && parameters === SECP256R1
    && point.length === POINT_LENGTH && point[0] === UNCOMPRESSED ? point : undefined;
}

function keyOf(info: SubjectPublicKeyInfo): KeyObject | undefined {
  try {
    const key = createPublicKey({
      key: Buffer.from(AsnConvert.serialize(info)), format: 'der', type: 'spki',
    });
    const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    return CURVES.includes(namedCurve) || modulusLength >= RSA_LENGTH_MIN ? key : undefined;
  } catch {
    return undefined;
  }
}

function namesOf(
  subject: Name, alternatives: SubjectAlternativeName | undefined,
): Pick<CertificateFacts, 'commonName' | 'uris' | 'dnsNames'> {
  const names = [...alternatives ?? []];
  const common = subject.flatMap((part) => [...part]).filter(({ type }) => type === COMMON_NAME);
  const [first] = common;
  return {
    // Of two nobody could say which is meant.
    commonName: common.length === 1 ? first?.value.toString() : undefined,
    uris: names.map((name) => name.uniformResourceIdentifier).filter((name) => name !== undefined),
    dnsNames: names.map((name) => name.dNSName).filter((name) => name !== undefined),
  };
}

function textOf(name: Name): string {
  return name.flatMap((part) => part.map(({ type, value }) =>
    `${ATTRIBUTES.get(type) ?? type}=${value.toString()}`)).join(', ');
}
