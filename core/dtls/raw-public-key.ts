// Raw public keys instead of certificates (RFC 7250), and the messages that prove who has the
// private one (RFC 5246 s7.4.4, s7.4.8; RFC 8422 s5.5, s5.8): ECDSA with SHA-256 on secp256r1.

import { ByteWriter } from '../bytes.ts';
import { INFO_HEAD, pointIn } from '../secp256r1.ts';
import { concat } from './prf.ts';
import { Reader } from './reader.ts';
import { writeVector } from './handshake-messages.ts';

export const CertificateType = { X509: 0, RAW_PUBLIC_KEY: 2 } as const;
export const ECDSA_SHA256 = 0x0403;
const ECDSA_SIGN = 64;

/** RFC 7250 s3: a Certificate message that has but the key. */
export function encodeRawPublicKey(point: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writeVector(writer, concat(INFO_HEAD, point), 3);
  return writer.finish();
}

/** The point; undefined for a key of any other kind. */
export function decodeRawPublicKey(body: Uint8Array): Uint8Array | undefined {
  const reader = new Reader(body);
  const info = reader.vector(3);
  return reader.isExhausted ? pointIn(info) : undefined;
}

/**
 * RFC 5246 s7.4.4: any key that we can verify; no authority is named. The algorithms are also those
 * that certificates are signed with.
 */
export function encodeCertificateRequest(algorithms: readonly number[]): Uint8Array {
  const writer = new ByteWriter();
  writeVector(writer, Uint8Array.of(ECDSA_SIGN), 1);
  writer.uint(2 * algorithms.length, 2);
  for (const algorithm of algorithms) writer.uint(algorithm, 2);
  writer.uint(0, 2);
  return writer.finish();
}

/** Whether a client with such a key may answer the request; undefined when it is malformed. */
export function acceptsOurSignature(body: Uint8Array): boolean | undefined {
  const reader = new Reader(body);
  const types = reader.vector(1);
  const algorithms = new Reader(reader.vector(2));
  reader.vector(2);
  if (!reader.isExhausted) return undefined;
  let isNamed = false;
  while (!algorithms.isAtEnd) isNamed = algorithms.uint(2) === ECDSA_SHA256 || isNamed;
  return types.includes(ECDSA_SIGN) && isNamed;
}

/** DigitallySigned (RFC 5246 s4.7). */
export function writeSignature(writer: ByteWriter, signature: Uint8Array): void {
  writer.uint(ECDSA_SHA256, 2);
  writeVector(writer, signature, 2);
}

/** The signature in DER, or undefined for another algorithm. */
export function readSignature(reader: Reader): Uint8Array | undefined {
  const algorithm = reader.uint(2);
  const signature = reader.vector(2);
  return algorithm === ECDSA_SHA256 && reader.isExhausted ? signature : undefined;
}
