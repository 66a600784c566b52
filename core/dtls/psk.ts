// The PSK key exchange (RFC 4279 s2): the client says who it is, and both know the rest.

import { ByteWriter, decodeLossy, decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { Reader } from './reader.ts';
import { writeVector } from './handshake-messages.ts';

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

/** RFC 4279 s2: as many zeros as the key has bytes, then the key, each after its length. */
export function pskPremaster(key: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writeVector(writer, new Uint8Array(key.length), 2);
  writeVector(writer, key, 2);
  return writer.finish();
}

/** The identity in a ClientKeyExchange; undefined when it is malformed. */
export function decodePskIdentity(body: Uint8Array): Uint8Array | undefined {
  const reader = new Reader(body);
  const identity = reader.vector(2);
  return reader.isExhausted ? identity : undefined;
}

/** RFC 4279 s5.3, LwM2M Transport 1.1.1 s5.2.8.1: no identity is longer. */
export const IDENTITY_LENGTH_MAX = 128;

/** RFC 4279 s5.1: UTF-8, compared byte by byte; undefined for what names nobody. */
export function identityText(identity: Uint8Array): string | undefined {
  return identity.length <= IDENTITY_LENGTH_MAX ? decodeUtf8(identity) : undefined;
}

/** How an identity that names nobody is shown to people. */
export function identityShown(identity: Uint8Array): string {
  return decodeLossy(identity.subarray(0, IDENTITY_LENGTH_MAX));
}

export function encodePskIdentity(identity: string): Uint8Array {
  const writer = new ByteWriter();
  writeVector(writer, encodeUtf8(identity), 2);
  return writer.finish();
}

/** A hint in a ServerKeyExchange is for people; false when it is malformed (RFC 4279 s5.2). */
export function isPskHint(body: Uint8Array): boolean {
  const reader = new Reader(body);
  reader.vector(2);
  return reader.isExhausted;
}
