// The PSK key exchange (RFC 4279 s2): the client says who it is, and both know the rest.

import { ByteWriter, decodeLossy, decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { assert, fail, ok } from '../result.ts';
import { Alert } from './alerts.ts';
import type { Association } from './association.ts';
import type { Handshake, Surroundings } from './handshake.ts';
import { writeVector } from './handshake-messages.ts';
import type { KeyExchange } from './key-exchange.ts';
import { Reader } from './reader.ts';
import { KEY_LENGTH } from './suites.ts';

/**
 * What servers ask: the identity with its key, or undefined. Associations keep the text that is
 * given, so that it is there but once. Synchronous.
 */
export type PskOf = (identity: string) => PskIdentity | undefined;

export interface PskIdentity {
  readonly identity: string;
  /** A secret of 1 to 64 bytes. */
  readonly key: Uint8Array;
}

/** RFC 4279 s5.3, LwM2M Transport 1.1.1 s5.2.8.1: no identity is longer. */
export const IDENTITY_LENGTH_MAX = 128;

export const psk: KeyExchange = {
  isCertified: false,
  isPossible: ({ pskOf }) => pskOf !== undefined,
  offer: () => undefined,
  take(_surroundings, _handshake, body) {
    if (body === undefined) return undefined;
    // A hint is for people (RFC 4279 s5.2).
    const reader = new Reader(body);
    reader.vector(2);
    return reader.isExhausted ? undefined : Alert.DECODE_ERROR;
  },
  answer(_surroundings, handshake) {
    const { identity, key } = pskOfClient(handshake);
    const writer = new ByteWriter();
    writeVector(writer, encodeUtf8(identity), 2);
    return ok({ body: writer.finish(), premaster: pskPremaster(new Uint8Array(key.length), key) });
  },
  accept(surroundings, association, handshake, body) {
    const reader = new Reader(body);
    const identity = reader.vector(2);
    if (!reader.isExhausted) return fail(Alert.DECODE_ERROR);
    const key = keyOf(surroundings, association, handshake, identity);
    return ok(pskPremaster(new Uint8Array(key.length), key));
  },
};

/** RFC 4279 s2: the other secret (as many zeros, if there is none) and the key, with lengths. */
export function pskPremaster(other: Uint8Array, key: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writeVector(writer, other, 2);
  writeVector(writer, key, 2);
  return writer.finish();
}

/** The key a client has. */
export function pskOfClient({ profile }: Handshake): PskIdentity {
  const known = profile?.psk;
  assert(known !== undefined, 'a client offers what it has the key for');
  return known;
}

/** The key of that identity; a random one for nobody, so that he fails as a wrong key does. */
export function keyOf(
  { pskOf, random }: Surroundings, association: Association, handshake: Handshake,
  bytes: Uint8Array,
): Uint8Array {
  assert(pskOf !== undefined, 'a server without keys cannot get here');
  // RFC 4279 s5.1: UTF-8, compared byte by byte.
  const identity = bytes.length <= IDENTITY_LENGTH_MAX ? decodeUtf8(bytes) : undefined;
  const known = identity === undefined ? undefined : pskOf(identity);
  association.identity =
    known?.identity ?? identity ?? decodeLossy(bytes.subarray(0, IDENTITY_LENGTH_MAX));
  handshake.isIdentityKnown = known !== undefined;
  // Drawn for known ones too, so that the next draw does not tell them apart; that time does not is
  // up to pskOf, which may have to open the key.
  const nobodys = random.bytes(KEY_LENGTH);
  return known?.key ?? nobodys;
}
