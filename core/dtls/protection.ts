// How records are protected (RFC 5246 s6.2.3) and how they carry a connection id (RFC 9146 s4):
// what is the same with every suite. The rest is in aead.ts and cbc.ts.

import type { Crypto, Random } from '../ports.ts';
import { assert } from '../result.ts';
import { aeadLength, openAead, sealAead } from './aead.ts';
import { PROTECTED_EPOCH, type Association } from './association.ts';
import { cbcLength, openCbc, sealCbc } from './cbc.ts';
import {
  ContentType, RECORD_HEADER_LENGTH, SEQUENCE_MAX, writeRecordHeader, type RecordFrame,
} from './record.ts';
import { isNew, markSeen } from './replay.ts';

/** A record of the next sequence number; the caller keeps to `plaintextMax`. */
export function sealRecord(
  crypto: Crypto, random: Random, association: Association, type: number, content: Uint8Array,
): Uint8Array {
  const { suite: { aead }, peerCid, writeSequence } = association;
  assert(writeSequence <= SEQUENCE_MAX, 'no sequence number is used twice');
  association.writeSequence++;
  const hasCid = peerCid.length > 0;
  const inner = hasCid ? innerPlaintext(content, type) : content;
  const length = fragmentLength(association, inner.length);
  const from = RECORD_HEADER_LENGTH + peerCid.length;
  const record = new Uint8Array(from + length);
  const outer = hasCid ? ContentType.TLS12_CID : type;
  writeRecordHeader(record, outer, PROTECTED_EPOCH, writeSequence, peerCid, length);
  if (aead !== undefined) sealAead(crypto, association, aead, inner, record, from);
  else sealCbc(crypto, random, association, inner, record, from);
  return record;
}

/** How long a fragment is that protects so much, without padding that nothing needs. */
export function fragmentLength(association: Association, innerLength: number): number {
  const { suite: { aead } } = association;
  return aead !== undefined ? aeadLength(aead, innerLength)
    : cbcLength(innerLength, association.isEncryptThenMac);
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
  const inner = aead !== undefined ? openAead(crypto, association, aead, datagram, frame)
    : openCbc(crypto, association, datagram, frame);
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
