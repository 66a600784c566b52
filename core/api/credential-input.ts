// Credentials as they come in, of each kind. What is refused is said without the key.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fromHex } from '../bytes.ts';
import { IDENTITY_LENGTH_MAX } from '../dtls/psk.ts';
import { readPublicKey } from '../io/public-key-file.ts';
import { endpoint } from './inputs.ts';

/** RFC 7925 s4.2, LwM2M Transport 1.1.1 s5.2.8.1: of a PSK, in bytes. */
export const KEY_LENGTH_MIN = 16;
export const KEY_LENGTH_MAX = 64;
/** Of a public key in PEM, whatever stands around it; its digits are 130 or 182. */
const PUBLIC_KEY_TEXT_MAX = 4_096;

const IDENTITY_WORDS =
  `an identity has 1 to ${IDENTITY_LENGTH_MAX} bytes and no control characters`;
const KEY_WORDS = `a key is ${2 * KEY_LENGTH_MIN} to ${2 * KEY_LENGTH_MAX} hexadecimal digits`;

export const identity = z.string(IDENTITY_WORDS)
  // eslint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u001f\u007f]+$/u, IDENTITY_WORDS)
  .refine((text) => Buffer.byteLength(text) <= IDENTITY_LENGTH_MAX, IDENTITY_WORDS);

/** Of a PSK: hexadecimal digits in, bytes out. */
export const key = z.string(KEY_WORDS).transform((digits, context) => {
  const bytes = fromHex(digits);
  if (bytes !== undefined && bytes.length >= KEY_LENGTH_MIN && bytes.length <= KEY_LENGTH_MAX) {
    return bytes;
  }
  // Without what was given: it may be most of a key.
  context.addIssue({ code: 'custom', message: KEY_WORDS, input: undefined });
  return z.NEVER;
});

/** In any form that a file may have it in, as text. */
const publicKey = z.string('a public key is text').transform((text, context) => {
  const point = readPublicKey(new TextEncoder().encode(text.slice(0, PUBLIC_KEY_TEXT_MAX)));
  if (point.ok) return point.value;
  const message = `this ${point.reason}`;
  context.addIssue({ code: 'custom', message, input: undefined });
  return z.NEVER;
});

/** A raw public key goes by its fingerprint, if no identity is given. */
export const newCredential = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('psk'), endpoint, identity, key }),
  z.strictObject({
    kind: z.literal('rpk'), endpoint, identity: identity.optional(), key: publicKey,
  }).transform((given) => ({ ...given, identity: given.identity ?? fingerprintOf(given.key) })),
  z.strictObject({ kind: z.literal('x509'), endpoint }),
]);

export const newPsk = z.strictObject({ kind: z.literal('psk'), identity, key });

export const newKey = z.discriminatedUnion('kind', [
  newPsk,
  z.strictObject({ kind: z.literal('rpk'), identity, key: publicKey }),
]);

/** As refused attempts call who has a key that nobody knows: SHA-256 of the point. */
export function fingerprintOf(point: Uint8Array): string {
  return createHash('sha256').update(point).digest('hex');
}
