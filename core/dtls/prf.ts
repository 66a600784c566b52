// The pseudorandom function of TLS 1.2 and what is made by it (RFC 5246 s5, s6.3, s7.4.9, s8.1;
// RFC 7627 s4). All our suites use SHA-256.

import { encodeUtf8 } from '../bytes.ts';
import type { Crypto } from '../ports.ts';

const HASH_LENGTH = 32;
export const MASTER_SECRET_LENGTH = 48;
export const VERIFY_DATA_LENGTH = 12;

const MASTER_SECRET = encodeUtf8('master secret');
const EXTENDED_MASTER_SECRET = encodeUtf8('extended master secret');
const KEY_EXPANSION = encodeUtf8('key expansion');
export const CLIENT_FINISHED = encodeUtf8('client finished');
export const SERVER_FINISHED = encodeUtf8('server finished');

/** RFC 5246 s5: P_SHA256(secret, label + seed), so many bytes of it. */
export function prf(
  crypto: Crypto, secret: Uint8Array, label: Uint8Array, seed: Uint8Array, length: number,
): Uint8Array {
  const labelled = concat(label, seed);
  const output = new Uint8Array(Math.ceil(length / HASH_LENGTH) * HASH_LENGTH);
  // A(i) and the seed behind it, in one place that is filled anew each time.
  const input = new Uint8Array(HASH_LENGTH + labelled.length);
  input.set(labelled, HASH_LENGTH);
  let chain = crypto.hmac(secret, labelled);
  for (let at = 0; at < length; at += HASH_LENGTH) {
    input.set(chain);
    output.set(crypto.hmac(secret, input), at);
    if (at + HASH_LENGTH < length) chain = crypto.hmac(secret, chain);
  }
  return output.subarray(0, length);
}

/** RFC 5246 s8.1: from the randoms alone. */
export function masterSecret(
  crypto: Crypto, premaster: Uint8Array, clientRandom: Uint8Array, serverRandom: Uint8Array,
): Uint8Array {
  const seed = concat(clientRandom, serverRandom);
  return prf(crypto, premaster, MASTER_SECRET, seed, MASTER_SECRET_LENGTH);
}

/** RFC 7627 s4: from everything said up to the ClientKeyExchange. */
export function extendedMasterSecret(
  crypto: Crypto, premaster: Uint8Array, transcript: Uint8Array,
): Uint8Array {
  const sessionHash = crypto.hash(transcript);
  return prf(crypto, premaster, EXTENDED_MASTER_SECRET, sessionHash, MASTER_SECRET_LENGTH);
}

/** RFC 5246 s6.3: the server's random comes first. */
export function keyBlock(
  crypto: Crypto, master: Uint8Array, clientRandom: Uint8Array, serverRandom: Uint8Array,
  length: number,
): Uint8Array {
  return prf(crypto, master, KEY_EXPANSION, concat(serverRandom, clientRandom), length);
}

/** What a Finished message says (RFC 5246 s7.4.9); the label says whose. */
export function verifyData(
  crypto: Crypto, master: Uint8Array, label: Uint8Array, transcript: Uint8Array,
): Uint8Array {
  return prf(crypto, master, label, crypto.hash(transcript), VERIFY_DATA_LENGTH);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
