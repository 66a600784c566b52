// Credentials as they come in, of each kind. What is refused is said without the key.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fromHex } from '../bytes.ts';
import { isPoint } from '../io/public-key-file.ts';
import { identity, key } from './credential-list.ts';
import { endpoint } from './inputs.ts';

const POINT_WORDS = 'a public key is a point on secp256r1 (P-256): 130 hexadecimal digits';
const publicKey = z.string(POINT_WORDS).transform((digits, context) => {
  const point = fromHex(digits);
  if (point !== undefined && isPoint(point)) return point;
  context.addIssue({ code: 'custom', message: POINT_WORDS, input: undefined });
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

export const newKey = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('psk'), identity, key }),
  z.strictObject({ kind: z.literal('rpk'), identity, key: publicKey }),
]);

/** As refused attempts call who has a key that nobody knows: SHA-256 of the point. */
export function fingerprintOf(point: Uint8Array): string {
  return createHash('sha256').update(point).digest('hex');
}
