// What is authenticated beside the content of a record: its number, type, version and length, and
// its connection id. The same bytes are the additional data of an AEAD (RFC 5246 s6.2.3.3, RFC 9146
// s5.3) and stand before what a MAC is over (RFC 5246 s6.2.3.1, RFC 7366 s3, RFC 9146 s5.1, s5.2).

import { CID_AT, ContentType, VERSION_1_2 } from './record.ts';

/** Epoch and sequence number. */
const SEQUENCE_LENGTH = 8;
const SEQUENCE_AT = 3;
const PLAIN_LENGTH = 13;
/** Without the connection id. */
const CID_FORM_LENGTH = 23;
const CID_LENGTH_MAX = 255;

// One record is protected or opened at a time.
const plain = new Uint8Array(PLAIN_LENGTH);
const withCid = new Uint8Array(CID_FORM_LENGTH + CID_LENGTH_MAX);

/**
 * Of the record whose header begins at `start`; `length` is that of what is authenticated. Good
 * until it is asked for again.
 */
export function additionalData(
  datagram: Uint8Array, start: number, cidLength: number, length: number,
): Uint8Array {
  const type = datagram[start] as number;
  if (type !== ContentType.TLS12_CID) {
    copySequence(datagram, start, plain, 0);
    writeTypeAndLength(plain, SEQUENCE_LENGTH, type, length);
    return plain;
  }
  // Eight bytes of ones, which no sequence number is: the two forms are never mistaken.
  withCid.fill(0xff, 0, 8);
  withCid[8] = ContentType.TLS12_CID;
  withCid[9] = cidLength;
  withCid[10] = ContentType.TLS12_CID;
  withCid[11] = VERSION_1_2 >>> 8;
  withCid[12] = VERSION_1_2 & 0xff;
  copySequence(datagram, start, withCid, 13);
  for (let index = 0; index < cidLength; index++) {
    withCid[21 + index] = datagram[start + CID_AT + index] as number;
  }
  withCid[21 + cidLength] = length >>> 8;
  withCid[22 + cidLength] = length;
  return withCid.subarray(0, CID_FORM_LENGTH + cidLength);
}

function copySequence(
  datagram: Uint8Array, start: number, target: Uint8Array, at: number,
): void {
  for (let index = 0; index < SEQUENCE_LENGTH; index++) {
    target[at + index] = datagram[start + SEQUENCE_AT + index] as number;
  }
}

function writeTypeAndLength(target: Uint8Array, at: number, type: number, length: number): void {
  target[at] = type;
  target[at + 1] = VERSION_1_2 >>> 8;
  target[at + 2] = VERSION_1_2 & 0xff;
  target[at + 3] = length >>> 8;
  target[at + 4] = length;
}
