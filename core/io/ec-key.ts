// Keys on secp256r1 as node:crypto has them. Points come and go by JWK (RFC 7518 s6.2.1), which
// OpenSSL reads in half the time of DER.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { fromBase64 } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import { COORDINATE_LENGTH, isUncompressed, pointAt } from '../secp256r1.ts';

/** What a key in JWK has of its point. */
interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

export function jwkOf({ buffer, byteOffset, length }: Uint8Array): PublicJwk {
  const point = Buffer.from(buffer, byteOffset, length);
  const middle = 1 + COORDINATE_LENGTH;
  return {
    kty: 'EC', crv: 'P-256', x: point.toString('base64url', 1, middle),
    y: point.toString('base64url', middle),
  };
}

/** Undefined when it is no point of the curve. */
export function publicKeyOf(point: Uint8Array): KeyObject | undefined {
  if (!isUncompressed(point)) return undefined;
  try {
    return createPublicKey({ key: { ...jwkOf(point) }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** Of a private key too. Fails with the end of a sentence: "is no key on secp256r1". */
export function pointOf(key: KeyObject): Result<Uint8Array> {
  const { crv, x = '', y = '' } =
    key.asymmetricKeyType === 'ec' ? key.export({ format: 'jwk' }) : {};
  if (crv !== 'P-256') return fail('is no key on secp256r1 (P-256), the one curve of LwM2M');
  return ok(pointAt(fromBase64(x) as Uint8Array, fromBase64(y) as Uint8Array));
}
