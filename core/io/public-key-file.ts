// Public keys on secp256r1 in files: SubjectPublicKeyInfo (RFC 5480 s2) in PEM or DER, or the point
// itself in hexadecimal digits.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { fromBase64, fromHex, toBase64Url } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import { pemOf } from './pem.ts';

const POINT_LENGTH = 65;
const COORDINATE_LENGTH = 32;
const UNCOMPRESSED = 4;
const SEQUENCE = 0x30;
/** Of the point in hexadecimal digits; those of DER begin otherwise. */
const DIGITS = /^\s*(04[0-9a-f]{128})\s*$/i;

/** The uncompressed point. Fails with the end of a sentence: "is no public key". */
export function readPublicKey(file: Uint8Array): Result<Uint8Array> {
  const [, digits] = DIGITS.exec(new TextDecoder('latin1').decode(file.subarray(0, 1_024))) ?? [];
  if (digits !== undefined) {
    const point = fromHex(digits) as Uint8Array;
    return isPoint(point) ? ok(point) : fail('is no point on secp256r1 (P-256)');
  }
  const key = parseKey(file);
  if (key === undefined) return fail('is no public key that can be read');
  if (key === 'private') return fail('is a private key: the device keeps it, give its public one');
  const { crv, x = '', y = '' } =
    key.asymmetricKeyType === 'ec' ? key.export({ format: 'jwk' }) : {};
  if (crv !== 'P-256') return fail('is no key on secp256r1 (P-256), the one curve of LwM2M');
  return ok(Uint8Array.of(UNCOMPRESSED,
    ...fromBase64(x) as Uint8Array, ...fromBase64(y) as Uint8Array));
}

/** Whether it is an uncompressed point of the curve. */
export function isPoint(bytes: Uint8Array): boolean {
  return bytes.length === POINT_LENGTH && bytes[0] === UNCOMPRESSED && keyOf(bytes) !== undefined;
}

/** SubjectPublicKeyInfo in DER, and the same as PEM. Throws at what is no point. */
export function writePublicKey(point: Uint8Array): { der: Uint8Array; pem: string } {
  const key = keyOf(point) as KeyObject;
  const der = new Uint8Array(key.export({ format: 'der', type: 'spki' }));
  return { der, pem: pemOf(der, 'PUBLIC KEY') };
}

function keyOf(point: Uint8Array): KeyObject | undefined {
  const middle = 1 + COORDINATE_LENGTH;
  const [x, y] = [point.subarray(1, middle), point.subarray(middle)].map(toBase64Url);
  try {
    const key = { kty: 'EC', crv: 'P-256', x: x as string, y: y as string };
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function parseKey(file: Uint8Array): KeyObject | 'private' | undefined {
  const key = Buffer.from(file);
  try {
    if (file[0] === SEQUENCE) return createPublicKey({ key, format: 'der', type: 'spki' });
    // Node would make the public key of a private one; who gives that has taken the wrong file.
    return key.includes('PRIVATE KEY') ? 'private' : createPublicKey({ key, format: 'pem' });
  } catch {
    return undefined;
  }
}
