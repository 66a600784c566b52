// Public keys on secp256r1 in files: SubjectPublicKeyInfo (RFC 5480 s2) in PEM or DER, which may be
// in base64 or hexadecimal digits, or the point itself in those digits.

import { createPublicKey, ECDH, X509Certificate, type KeyObject } from 'node:crypto';
import { fromBase64, fromHex } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import { isUncompressed, pointIn } from '../secp256r1.ts';
import { pointOf, publicKeyOf } from './ec-key.ts';
import { pemOf } from './pem.ts';

const SEQUENCE = 0x30;
/** Longer is none that has a point of ours in it, in whatever form. */
const TEXT_LENGTH_MAX = 1_024;
/** Two by two, as OpenSSL shows them with colons between. */
const DIGITS = /^(?:[0-9a-f]{2}[\s:]*)+$/i;
const BASE64 = /^[a-z0-9+/]+={0,2}$/i;

/** The uncompressed point. Fails with the end of a sentence: "is no public key". */
export function readPublicKey(file: Uint8Array): Result<Uint8Array> {
  const bytes = bytesOf(file);
  const point = bytes && (isUncompressed(bytes) ? bytes : pointIn(bytes));
  if (point !== undefined) {
    return isPoint(point) ? ok(point) : fail('is no point on secp256r1 (P-256)');
  }
  const key = parseKey(bytes ?? file);
  if (key === undefined) return fail('is no public key that can be read');
  if (key === 'private') return fail('is a private key: the device keeps it, give its public one');
  if (key === 'certificate') {
    return fail('is a certificate: x509 (--x509) is for devices that come with one');
  }
  return pointOf(key);
}

/** Of lists there are 50,000 in a row: to make a key of each takes Node eight times as long. */
function isPoint(point: Uint8Array): boolean {
  try {
    ECDH.convertKey(point, 'prime256v1');
    return isUncompressed(point);
  } catch {
    return false;
  }
}

/** SubjectPublicKeyInfo in DER, and the same as PEM. Throws at what is no point. */
export function writePublicKey(point: Uint8Array): { der: Uint8Array; pem: string } {
  const key = publicKeyOf(point) as KeyObject;
  const der = new Uint8Array(key.export({ format: 'der', type: 'spki' }));
  return { der, pem: pemOf(der, 'PUBLIC KEY') };
}

/** What text says in digits or base64; undefined for what is in neither. */
function bytesOf(file: Uint8Array): Uint8Array | undefined {
  // DER begins with what is the digit 0 in text, and text has no zeros.
  if (file.length > TEXT_LENGTH_MAX || file.includes(0)) return undefined;
  const text = new TextDecoder('latin1').decode(file).trim();
  if (DIGITS.test(text)) return fromHex(text.replaceAll(/[\s:]/g, ''));
  const words = text.replaceAll(/\s/g, '');
  return BASE64.test(words) ? fromBase64(words) : undefined;
}

function parseKey(file: Uint8Array): KeyObject | 'private' | 'certificate' | undefined {
  const key = Buffer.from(file);
  // Node would make the public key of a private one, and take that of a certificate; who gives
  // those has taken the wrong file.
  try {
    if (file[0] === SEQUENCE) return createPublicKey({ key, format: 'der', type: 'spki' });
    if (key.includes('PRIVATE KEY')) return 'private';
    if (key.includes('PUBLIC KEY')) return createPublicKey({ key, format: 'pem' });
  } catch {
    // None; maybe a certificate.
  }
  return isCertificate(key) ? 'certificate' : undefined;
}

function isCertificate(file: Buffer): boolean {
  try {
    return new X509Certificate(file).raw.length > 0;
  } catch {
    return false;
  }
}
