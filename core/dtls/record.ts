// The frame of records (RFC 6347 s4.1, RFC 9146 s4): where the next record of a datagram begins and
// ends. What is inside, and whether it is authentic, is for protection.ts.

import { readUint } from '../bytes.ts';

export const ContentType = {
  CHANGE_CIPHER_SPEC: 20,
  ALERT: 21,
  HANDSHAKE: 22,
  APPLICATION_DATA: 23,
  /** The type is inside, behind the content (RFC 9146 s4). */
  TLS12_CID: 25,
} as const;

/** DTLS 1.2 and 1.0, whose numbers count down. */
export const VERSION_1_2 = 0xfefd;
export const VERSION_1_0 = 0xfeff;

/** Type, version, epoch, sequence number and length; a connection id comes before the length. */
export const RECORD_HEADER_LENGTH = 13;
export const CID_AT = 11;
/** RFC 5246 s6.2.1. */
export const PLAINTEXT_LENGTH_MAX = 2 ** 14;
/** RFC 5246 s6.2.3: what protection may add. */
export const CIPHERTEXT_LENGTH_MAX = PLAINTEXT_LENGTH_MAX + 2048;
/** RFC 6347 s4.1: 48 bits, and never the same again with the same keys. */
export const SEQUENCE_MAX = 2 ** 48 - 1;

/** One record of a datagram, by places in it: it is read more often than copied. */
export interface RecordFrame {
  readonly type: number;
  readonly epoch: number;
  readonly sequence: number;
  /** Where the record begins. */
  readonly start: number;
  readonly cidLength: number;
  /** Where the fragment is. */
  readonly from: number;
  readonly to: number;
}

/**
 * The record that begins there; undefined when there is none, and then nothing behind it can be
 * found either (RFC 6347 s4.1.2.7: dropped in silence). `cidLength` is that of the connection ids
 * we give out, which all have one (RFC 9146 s3).
 */
export function parseRecord(
  datagram: Uint8Array, start: number, cidLength: number,
): RecordFrame | undefined {
  if (datagram.length - start < RECORD_HEADER_LENGTH) return undefined;
  const type = datagram[start] as number;
  const version = readUint(datagram, start + 1, 2);
  const epoch = readUint(datagram, start + 3, 2);
  // The first ClientHello may say any version it could begin with (RFC 5246 appendix E.1).
  if (version !== VERSION_1_2 && (version !== VERSION_1_0 || epoch !== 0)) return undefined;
  const ofCid = type === ContentType.TLS12_CID ? cidLength : 0;
  const from = start + RECORD_HEADER_LENGTH + ofCid;
  if (from > datagram.length) return undefined;
  const length = readUint(datagram, from - 2, 2);
  const to = from + length;
  if (length > CIPHERTEXT_LENGTH_MAX || to > datagram.length) return undefined;
  const sequence = readUint(datagram, start + 5, 2) * 2 ** 32 + readUint(datagram, start + 7, 4);
  return { type, epoch, sequence, start, cidLength: ofCid, from, to };
}

/** Writes the header of a record whose connection id may be empty. */
export function writeRecordHeader(
  target: Uint8Array, type: number, epoch: number, sequence: number, cid: Uint8Array,
  length: number,
): void {
  target[0] = type;
  target[1] = VERSION_1_2 >>> 8;
  target[2] = VERSION_1_2 & 0xff;
  target[3] = epoch >>> 8;
  target[4] = epoch;
  writeSequence(target, 5, sequence);
  target.set(cid, CID_AT);
  target[CID_AT + cid.length] = length >>> 8;
  target[CID_AT + cid.length + 1] = length;
}

/** Six bytes. */
function writeSequence(target: Uint8Array, at: number, sequence: number): void {
  const high = Math.floor(sequence / 2 ** 32);
  const low = sequence >>> 0;
  target[at] = high >>> 8;
  target[at + 1] = high;
  target[at + 2] = low >>> 24;
  target[at + 3] = low >>> 16;
  target[at + 4] = low >>> 8;
  target[at + 5] = low;
}

const NO_CID = new Uint8Array(0);

/** A record of epoch 0, which nothing protects. */
export function plainRecord(type: number, sequence: number, fragment: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD_HEADER_LENGTH + fragment.length);
  writeRecordHeader(record, type, 0, sequence, NO_CID, fragment.length);
  record.set(fragment, RECORD_HEADER_LENGTH);
  return record;
}
