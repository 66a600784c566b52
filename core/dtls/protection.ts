// How records are protected (RFC 5246 s6.2.3.3, RFC 6655 s3, RFC 5288 s3) and how they carry a
// connection id (RFC 9146 s4, s5.3). The nonce is made of the epoch and the sequence number, so
// that none is used twice with a key.

import type { Crypto } from '../ports.ts';
import { assert } from '../result.ts';
import { PROTECTED_EPOCH, READ_KEYS_AT, WRITE_KEYS_AT, type Association } from './association.ts';
import {
  CID_AT, ContentType, RECORD_HEADER_LENGTH, SEQUENCE_MAX, VERSION_1_2, writeRecordHeader,
  type RecordFrame,
} from './record.ts';
import { isNew, markSeen } from './replay.ts';
import { EXPLICIT_NONCE_LENGTH, IMPLICIT_NONCE_LENGTH, KEY_LENGTH } from './suites.ts';

/** Epoch and sequence number. */
const SEQUENCE_LENGTH = 8;
const SEQUENCE_AT = 3;
const NONCE_LENGTH = IMPLICIT_NONCE_LENGTH + EXPLICIT_NONCE_LENGTH;
const ADDITIONAL_LENGTH = 13;
/** Without the connection id. */
const CID_ADDITIONAL_LENGTH = 23;
const CID_LENGTH_MAX = 255;

// One record is protected or opened at a time, and each needs the same few places.
const key = new Uint8Array(KEY_LENGTH);
const nonce = new Uint8Array(NONCE_LENGTH);
const additionalPlain = new Uint8Array(ADDITIONAL_LENGTH);
const additionalCid = new Uint8Array(CID_ADDITIONAL_LENGTH + CID_LENGTH_MAX);

/** A record of the next sequence number; the caller keeps to `plaintextMax`. */
export function sealRecord(
  crypto: Crypto, association: Association, type: number, content: Uint8Array,
): Uint8Array {
  const { suite: { aead }, peerCid, writeSequence } = association;
  assert(writeSequence <= SEQUENCE_MAX, 'no sequence number is used twice');
  association.writeSequence++;
  const hasCid = peerCid.length > 0;
  const inner = hasCid ? innerPlaintext(content, type) : content;
  const length = EXPLICIT_NONCE_LENGTH + inner.length + aead.tagLength;
  const from = RECORD_HEADER_LENGTH + peerCid.length;
  const record = new Uint8Array(from + length);
  const outer = hasCid ? ContentType.TLS12_CID : type;
  writeRecordHeader(record, outer, PROTECTED_EPOCH, writeSequence, peerCid, length);
  for (let index = 0; index < SEQUENCE_LENGTH; index++) {
    record[from + index] = record[SEQUENCE_AT + index] as number;
  }
  takeKeys(association, WRITE_KEYS_AT, record, from);
  const additional = additionalOf(record, outer, peerCid.length, inner.length);
  const target = from + EXPLICIT_NONCE_LENGTH;
  crypto.seal(aead, { key, nonce, additional }, inner, record, target);
  return record;
}

/** RFC 9146 s4: the type hides behind the content; we add no padding. */
function innerPlaintext(content: Uint8Array, type: number): Uint8Array {
  const inner = new Uint8Array(content.length + 1);
  inner.set(content);
  inner[content.length] = type;
  return inner;
}

export interface Opened {
  readonly type: number;
  readonly content: Uint8Array;
  /** Newer than all before it: the one an address may be followed by (RFC 9146 s6). */
  readonly isNewest: boolean;
}

/** What a record says, once; undefined for what is not authentic, not new or not ours. */
export function openRecord(
  crypto: Crypto, association: Association, datagram: Uint8Array, frame: RecordFrame,
): Opened | undefined {
  const { suite: { aead }, ownCid, plaintextMax } = association;
  const hasCid = frame.type === ContentType.TLS12_CID;
  // RFC 9146 s3: whoever was given a connection id uses it, in every record.
  if (frame.epoch !== PROTECTED_EPOCH || hasCid !== (ownCid !== undefined)) return undefined;
  if (!isNew(association, frame.sequence)) return undefined;
  const length = frame.to - frame.from - EXPLICIT_NONCE_LENGTH - aead.tagLength;
  if (length < 0) return undefined;
  takeKeys(association, READ_KEYS_AT, datagram, frame.from);
  const header = frame.start === 0 ? datagram : datagram.subarray(frame.start);
  const additional = additionalOf(header, frame.type, frame.cidLength, length);
  const sealed = datagram.subarray(frame.from + EXPLICIT_NONCE_LENGTH, frame.to);
  const inner = crypto.open(aead, { key, nonce, additional }, sealed);
  if (inner === undefined) return undefined;
  const isNewest = frame.sequence > association.newest;
  markSeen(association, frame.sequence);
  const opened =
    hasCid ? withoutPadding(inner, isNewest) : { type: frame.type, content: inner, isNewest };
  // RFC 6066 s4, RFC 5246 s6.2.1: what is agreed on holds in both directions.
  return opened !== undefined && opened.content.length <= plaintextMax ? opened : undefined;
}

/** RFC 9146 s4: zeros, and before them the type; a record of zeros alone says nothing. */
function withoutPadding(inner: Uint8Array, isNewest: boolean): Opened | undefined {
  let end = inner.length - 1;
  while (end >= 0 && inner[end] === 0) end--;
  if (end < 0) return undefined;
  return { type: inner[end] as number, content: inner.subarray(0, end), isNewest };
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

/** What is authenticated beside the content (RFC 5246 s6.2.3.3; RFC 9146 s5.3). */
function additionalOf(
  header: Uint8Array, type: number, cidLength: number, length: number,
): Uint8Array {
  if (type !== ContentType.TLS12_CID) {
    copySequence(header, additionalPlain, 0);
    writeTypeAndLength(additionalPlain, SEQUENCE_LENGTH, type, length);
    return additionalPlain;
  }
  // Eight bytes of ones, which no sequence number is: the two forms are never mistaken.
  additionalCid.fill(0xff, 0, 8);
  additionalCid[8] = ContentType.TLS12_CID;
  additionalCid[9] = cidLength;
  additionalCid[10] = ContentType.TLS12_CID;
  additionalCid[11] = VERSION_1_2 >>> 8;
  additionalCid[12] = VERSION_1_2 & 0xff;
  copySequence(header, additionalCid, 13);
  for (let index = 0; index < cidLength; index++) {
    additionalCid[21 + index] = header[CID_AT + index] as number;
  }
  additionalCid[21 + cidLength] = length >>> 8;
  additionalCid[22 + cidLength] = length;
  return additionalCid.subarray(0, CID_ADDITIONAL_LENGTH + cidLength);
}

function copySequence(header: Uint8Array, target: Uint8Array, at: number): void {
  for (let index = 0; index < SEQUENCE_LENGTH; index++) {
    target[at + index] = header[SEQUENCE_AT + index] as number;
  }
}

function writeTypeAndLength(target: Uint8Array, at: number, type: number, length: number): void {
  target[at] = type;
  target[at + 1] = VERSION_1_2 >>> 8;
  target[at + 2] = VERSION_1_2 & 0xff;
  target[at + 3] = length >>> 8;
  target[at + 4] = length;
}
