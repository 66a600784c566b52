// Records protected by AES-128-CBC and HMAC-SHA256 (RFC 5246 s6.2.3.2), with the MAC over what was
// encrypted (encrypt-then-MAC, RFC 7366), or over the content for peers that know no better.
//
// MAC-then-encrypt leaks. Who changes a record and learns whether its padding or its MAC was wrong
// reads the plaintext byte by byte (Vaudenay), and the time until something happens tells it too,
// since the padding decides how much the MAC is over (Lucky Thirteen, AlFardan and Paterson 2013).
// DTLS is worse off than TLS, as a dropped record ends nothing and can be tried for ever. So here
// there is one way out for all that is wrong, in silence, and the work before it depends on the
// length of the record alone: all bytes that may be padding are looked at without a branch, and as
// many blocks are hashed as the shortest padding would take, those that the MAC does not need for
// nothing. What is left is what JavaScript and OpenSSL do underneath: caches, some bytes more
// or less that are copied. That should be below what a network lets anybody measure, but nobody
// promises it; therefore encrypt-then-MAC is preferred, and the suites are off unless asked for.

import type { Crypto, Random } from '../ports.ts';
import { additionalData } from './additional-data.ts';
import type { Association } from './association.ts';
import { concat } from './prf.ts';
import { RECORD_HEADER_LENGTH, type RecordFrame } from './record.ts';
import { KEY_LENGTH, MAC_LENGTH } from './suites.ts';

const BLOCK_LENGTH = 16;
/** What records bring with them, in the place of the explicit nonce. */
const IV_LENGTH = BLOCK_LENGTH;
/** RFC 5246 s6.2.3.2: a byte says how many others there are. */
const PADDING_MAX = 255;
/** Of the hash in the MAC; and what it pads by at least: a bit, a length (FIPS 180-4 s5.1.1). */
const HASH_BLOCK_LENGTH = 64;
const HASH_PADDING_MIN = 9;
/** Where the keys of each direction are: of the MAC, then of the cipher. */
const WRITE_KEYS_AT = 0;
const READ_KEYS_AT = MAC_LENGTH + KEY_LENGTH;

// One record is protected or opened at a time.
const key = new Uint8Array(KEY_LENGTH);
const macKey = new Uint8Array(MAC_LENGTH);
/** As many blocks as the longest padding can spare the MAC. */
const SPARED = new Uint8Array(Math.ceil(PADDING_MAX / HASH_BLOCK_LENGTH) * HASH_BLOCK_LENGTH);

/** With the shortest padding. */
export function cbcLength(innerLength: number, isEncryptThenMac: boolean): number {
  return isEncryptThenMac ? IV_LENGTH + paddedLength(innerLength) + MAC_LENGTH
    : IV_LENGTH + paddedLength(innerLength + MAC_LENGTH);
}

/** To whole blocks; there is one byte of padding at least, its length. */
function paddedLength(length: number): number {
  return length + BLOCK_LENGTH - length % BLOCK_LENGTH;
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(paddedLength(bytes.length));
  whole.fill(whole.length - bytes.length - 1, bytes.length);
  whole.set(bytes);
  return whole;
}

/** Fills the record from `from` on; its header is there. */
export function sealCbc(
  crypto: Crypto, random: Random, association: Association, inner: Uint8Array, record: Uint8Array,
  from: number,
): void {
  takeKeys(association, WRITE_KEYS_AT);
  const cidLength = from - RECORD_HEADER_LENGTH;
  const macOf = (bytes: Uint8Array) =>
    crypto.hmac(macKey, concat(additionalData(record, 0, cidLength, bytes.length), bytes));
  // RFC 5246 s6.2.3.2: a new one that nobody can foresee for each record.
  const iv = random.bytes(IV_LENGTH);
  record.set(iv, from);
  if (association.isEncryptThenMac) {
    const macAt = record.length - MAC_LENGTH;
    crypto.encryptCbc(key, iv, padded(inner), record, from + IV_LENGTH);
    // RFC 7366 s3, RFC 9146 s5.2: the IV too, and the length without the MAC.
    record.set(macOf(record.subarray(from, macAt)), macAt);
  } else {
    // RFC 5246 s6.2.3.1, RFC 9146 s5.1.
    crypto.encryptCbc(key, iv, padded(concat(inner, macOf(inner))), record, from + IV_LENGTH);
  }
}

/** Undefined for what is not authentic, whatever is wrong with it. */
export function openCbc(
  crypto: Crypto, association: Association, datagram: Uint8Array, frame: RecordFrame,
): Uint8Array | undefined {
  const { start, cidLength, from, to } = frame;
  const { isEncryptThenMac } = association;
  // Lengths can be seen by all, so that a wrong one may take less time.
  const encryptedTo = isEncryptThenMac ? to - MAC_LENGTH : to;
  const least = IV_LENGTH + paddedLength(isEncryptThenMac ? 0 : MAC_LENGTH);
  const length = encryptedTo - from;
  if (length < least || length % BLOCK_LENGTH !== 0) return undefined;
  takeKeys(association, READ_KEYS_AT);
  if (isEncryptThenMac) {
    const additional = additionalData(datagram, start, cidLength, length);
    const mac = crypto.hmac(macKey, concat(additional, datagram.subarray(from, encryptedTo)));
    if (!crypto.isEqual(mac, datagram.subarray(encryptedTo, to))) return undefined;
  }
  const iv = datagram.subarray(from, from + IV_LENGTH);
  const plaintext = crypto.decryptCbc(key, iv, datagram.subarray(from + IV_LENGTH, encryptedTo));
  return isEncryptThenMac ? withoutPadding(plaintext)
    : withoutPaddingAndMac(crypto, plaintext, datagram, frame);
}

/** Of what is authentic already: nobody learns anything from how long this takes. */
function withoutPadding(plaintext: Uint8Array): Uint8Array | undefined {
  const padding = goodPaddingOf(plaintext, 0);
  return padding === undefined ? undefined : plaintext.subarray(0, plaintext.length - 1 - padding);
}

/** In the same time for every plaintext of this length, as far as that can be had (see above). */
function withoutPaddingAndMac(
  crypto: Crypto, plaintext: Uint8Array, datagram: Uint8Array, { start, cidLength }: RecordFrame,
): Uint8Array | undefined {
  const padding = goodPaddingOf(plaintext, MAC_LENGTH);
  const contentMax = plaintext.length - 1 - MAC_LENGTH;
  // RFC 5246 s6.2.3.2: wrong padding is taken for none, so that the MAC is computed all the same.
  const length = contentMax - (padding ?? 0);
  const additional = additionalData(datagram, start, cidLength, length);
  const before = additional.length;
  const input = concat(additional, plaintext);
  const mac = crypto.hmac(macKey, input.subarray(0, before + length));
  const spared = hashBlocks(before + contentMax) - hashBlocks(before + length);
  crypto.hash(SPARED.subarray(0, spared * HASH_BLOCK_LENGTH));
  const isAuthentic = crypto.isEqual(mac, plaintext.subarray(length, length + MAC_LENGTH));
  return isAuthentic && padding !== undefined ? plaintext.subarray(0, length) : undefined;
}

/**
 * RFC 5246 s6.2.3.2: how many bytes of padding there are before the last, which says so, if each of
 * them says the same and there is room for `behind` bytes too. Takes as long whatever they are.
 */
function goodPaddingOf(plaintext: Uint8Array, behind: number): number | undefined {
  const last = plaintext.length - 1;
  const claimed = plaintext[last] as number;
  // Negative numbers shifted are all ones, and others nothing.
  let wrong = (last - behind - claimed) >> 31;
  for (let back = Math.min(last, PADDING_MAX); back > 0; back--) {
    const isPadding = (back - claimed - 1) >> 31;
    wrong |= isPadding & ((plaintext[last - back] as number) ^ claimed);
  }
  return wrong === 0 ? claimed : undefined;
}

/** How many blocks the hash of a MAC over so many bytes goes through, but for those of the key. */
function hashBlocks(length: number): number {
  return Math.ceil((length + HASH_PADDING_MIN) / HASH_BLOCK_LENGTH);
}

function takeKeys(association: Association, at: number): void {
  association.copyKeys(at, macKey, MAC_LENGTH);
  association.copyKeys(at + MAC_LENGTH, key, KEY_LENGTH);
}
