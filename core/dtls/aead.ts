// Records protected by an AEAD (RFC 5246 s6.2.3.3, RFC 6655 s3, RFC 5288 s3). The nonce is made of
// the epoch and the sequence number, so that none is used twice with a key.

import type { Aead, Crypto } from '../ports.ts';
import { additionalData } from './additional-data.ts';
import type { Association } from './association.ts';
import { RECORD_HEADER_LENGTH, type RecordFrame } from './record.ts';
import { EXPLICIT_NONCE_LENGTH, IMPLICIT_NONCE_LENGTH, KEY_LENGTH } from './suites.ts';

const SEQUENCE_AT = 3;
/** Where the keys of each direction are: key, then implicit nonce. */
const WRITE_KEYS_AT = 0;
const READ_KEYS_AT = KEY_LENGTH + IMPLICIT_NONCE_LENGTH;

// One record is protected or opened at a time, and each needs the same few places.
const key = new Uint8Array(KEY_LENGTH);
const nonce = new Uint8Array(IMPLICIT_NONCE_LENGTH + EXPLICIT_NONCE_LENGTH);

export function aeadLength(aead: Aead, innerLength: number): number {
  return EXPLICIT_NONCE_LENGTH + innerLength + aead.tagLength;
}

/** Fills the record from `from` on; its header is there. */
export function sealAead(
  crypto: Crypto, association: Association, aead: Aead, inner: Uint8Array, record: Uint8Array,
  from: number,
): void {
  for (let index = 0; index < EXPLICIT_NONCE_LENGTH; index++) {
    record[from + index] = record[SEQUENCE_AT + index] as number;
  }
  takeKeys(association, WRITE_KEYS_AT, record, from);
  const additional = additionalData(record, 0, from - RECORD_HEADER_LENGTH, inner.length);
  crypto.seal(aead, { key, nonce, additional }, inner, record, from + EXPLICIT_NONCE_LENGTH);
}

/** Undefined for what is not authentic. */
export function openAead(
  crypto: Crypto, association: Association, aead: Aead, datagram: Uint8Array, frame: RecordFrame,
): Uint8Array | undefined {
  const { start, cidLength, from, to } = frame;
  const length = to - from - EXPLICIT_NONCE_LENGTH - aead.tagLength;
  if (length < 0) return undefined;
  takeKeys(association, READ_KEYS_AT, datagram, from);
  const additional = additionalData(datagram, start, cidLength, length);
  const sealed = datagram.subarray(from + EXPLICIT_NONCE_LENGTH, to);
  return crypto.open(aead, { key, nonce, additional }, sealed);
}

/** Fills `key`, and `nonce` with the explicit part that stands there. */
function takeKeys(
  association: Association, at: number, explicit: Uint8Array, from: number,
): void {
  association.copyKeys(at, key, KEY_LENGTH);
  association.copyKeys(at + KEY_LENGTH, nonce, IMPLICIT_NONCE_LENGTH);
  for (let index = 0; index < EXPLICIT_NONCE_LENGTH; index++) {
    nonce[IMPLICIT_NONCE_LENGTH + index] = explicit[from + index] as number;
  }
}
