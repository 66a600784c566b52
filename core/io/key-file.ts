// Private keys on secp256r1 in files: PEM or DER of PKCS #8 (RFC 5958), or the older form of
// OpenSSL (RFC 5915), by node:crypto.

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { fromBase64, toBase64Url } from '../bytes.ts';
import type { KeyPair } from '../ports.ts';
import { fail, ok, type Result } from '../result.ts';
import { jwkOf, pointOf } from './ec-key.ts';
import { pemOf } from './pem.ts';

const SEQUENCE = 0x30;
/** RFC 7468 s11, and RFC 1421 s4.6.1.1 for the older form. */
const ENCRYPTED = /^(-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m;

/** PKCS #8 in DER, and the same as PEM. */
export function writeKey({ privateKey, publicKey }: KeyPair): { der: Uint8Array; pem: string } {
  const key = createPrivateKey({
    key: { ...jwkOf(publicKey), d: toBase64Url(privateKey) }, format: 'jwk',
  });
  const der = new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }));
  return { der, pem: pemOf(der, 'PRIVATE KEY') };
}

/** Fails with the end of a sentence: "is no private key". */
export function readKey(file: Uint8Array): Result<KeyPair> {
  const key = parseKey(file);
  if (key === undefined) return fail('is no private key that can be read');
  if (key === 'encrypted') {
    return fail('is encrypted; "openssl ec -in KEY -out PLAIN" makes one that is not');
  }
  const point = pointOf(key);
  if (!point.ok) return point;
  const { d = '' } = key.export({ format: 'jwk' });
  return ok({ privateKey: fromBase64(d) as Uint8Array, publicKey: point.value });
}

function parseKey(file: Uint8Array): KeyObject | 'encrypted' | undefined {
  const key = Buffer.from(file);
  const forms = file[0] === SEQUENCE
    ? [{ key, format: 'der', type: 'pkcs8' }, { key, format: 'der', type: 'sec1' }] as const
    : [{ key, format: 'pem' }] as const;
  for (const form of forms) {
    try {
      return createPrivateKey(form);
    } catch (error) {
      // Node says this of DER alone.
      if ((error as NodeJS.ErrnoException).code === 'ERR_MISSING_PASSPHRASE') return 'encrypted';
      // Another form, or none.
    }
  }
  return ENCRYPTED.test(key.toString('latin1')) ? 'encrypted' : undefined;
}
