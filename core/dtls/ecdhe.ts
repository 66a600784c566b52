// Ephemeral keys on secp256r1, the one curve of LwM2M (RFC 8422 s5.4, s5.7): how they stand in
// messages. Who signs them is in ecdhe-ecdsa.ts, who joins a PSK to them in ecdhe-psk.ts.

import type { Reader } from './reader.ts';

export const SECP256R1 = 0x0017;
const NAMED_CURVE = 3;
/** Uncompressed, as TLS knows no other form (RFC 8422 s5.1.2). */
const POINT_LENGTH = 65;

/** ServerECDHParams. */
export function encodeParameters(point: Uint8Array): Uint8Array {
  return Uint8Array.of(NAMED_CURVE, SECP256R1 >>> 8, SECP256R1 & 0xff, point.length, ...point);
}

/** The point; undefined for another curve, and then the reader is of no use. */
export function readParameters(reader: Reader): Uint8Array | undefined {
  const [kind, curve] = [reader.uint(1), reader.uint(2)];
  const point = reader.vector(1).slice();
  return kind === NAMED_CURVE && curve === SECP256R1 && point.length === POINT_LENGTH ? point
    : undefined;
}
