// How public keys on secp256r1, the one curve of LwM2M, are written: points without compression
// (SEC 1 s2.3.3), and what stands before one in a SubjectPublicKeyInfo (RFC 5480 s2).

import { isEqual } from './bytes.ts';

export const COORDINATE_LENGTH = 32;
export const POINT_LENGTH = 1 + 2 * COORDINATE_LENGTH;
const UNCOMPRESSED = 4;

/** A SubjectPublicKeyInfo in DER, up to its point. */
export const INFO_HEAD = Uint8Array.of(
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
  0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
);

/** By its form alone: whether it is on the curve is not looked at. */
export function isUncompressed(bytes: Uint8Array): boolean {
  return bytes.length === POINT_LENGTH && bytes[0] === UNCOMPRESSED;
}

/** From coordinates of 32 bytes. */
export function pointAt(x: Uint8Array, y: Uint8Array): Uint8Array {
  return Uint8Array.of(UNCOMPRESSED, ...x, ...y);
}

/** What stands behind the head, and nothing else; undefined for a key of any other kind. */
export function pointIn(info: Uint8Array): Uint8Array | undefined {
  const isOurs = info.length === INFO_HEAD.length + POINT_LENGTH
    && isEqual(info.subarray(0, INFO_HEAD.length), INFO_HEAD);
  return isOurs ? info.slice(INFO_HEAD.length) : undefined;
}
