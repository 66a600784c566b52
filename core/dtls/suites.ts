// The cipher suites as data (RFC 6655, RFC 5487, RFC 7251, RFC 5289, RFC 8442): how keys are agreed
// on and how records are protected. LwM2M Transport 1.1.1 s5.2.8 says which.

import type { Aead } from '../ports.ts';

export type KeyExchangeName = 'PSK' | 'ECDHE_PSK' | 'ECDHE_ECDSA';

export interface Suite {
  /** Its number in hellos. */
  readonly id: number;
  readonly name: string;
  readonly keyExchange: KeyExchangeName;
  readonly aead: Aead;
}

const CCM_8: Aead = { algorithm: 'aes-128-ccm', tagLength: 8 };
const CCM: Aead = { algorithm: 'aes-128-ccm', tagLength: 16 };
const GCM: Aead = { algorithm: 'aes-128-gcm', tagLength: 16 };

/**
 * What a server takes first is first. The shorter tag is what devices save their radio with, and
 * who can do with a PSK alone saves the work of points, which costs a small device a second.
 */
export const SUITES: readonly Suite[] = [
  aeadSuite(0xc0a8, 'PSK', 'AES_128_CCM_8', CCM_8),
  aeadSuite(0xc0a4, 'PSK', 'AES_128_CCM', CCM),
  aeadSuite(0x00a8, 'PSK', 'AES_128_GCM_SHA256', GCM),
  aeadSuite(0xc0ae, 'ECDHE_ECDSA', 'AES_128_CCM_8', CCM_8),
  aeadSuite(0xc0ac, 'ECDHE_ECDSA', 'AES_128_CCM', CCM),
  aeadSuite(0xc02b, 'ECDHE_ECDSA', 'AES_128_GCM_SHA256', GCM),
  aeadSuite(0xd003, 'ECDHE_PSK', 'AES_128_CCM_8_SHA256', CCM_8),
  aeadSuite(0xd005, 'ECDHE_PSK', 'AES_128_CCM_SHA256', CCM),
  aeadSuite(0xd001, 'ECDHE_PSK', 'AES_128_GCM_SHA256', GCM),
];

/** RFC 5746 s3.3: no suite, but the empty renegotiation_info of who has no extensions. */
export const RENEGOTIATION_SCSV = 0x00ff;

export const KEY_LENGTH = 16;
/** The part of the nonce that is made with the keys (RFC 6655 s3, RFC 5288 s3). */
export const IMPLICIT_NONCE_LENGTH = 4;
/** The part that records carry. */
export const EXPLICIT_NONCE_LENGTH = 8;
/** A key and an implicit nonce for each direction. */
export const KEY_BLOCK_LENGTH = 2 * (KEY_LENGTH + IMPLICIT_NONCE_LENGTH);

export function suiteOf(id: number): Suite | undefined {
  return SUITES.find((suite) => suite.id === id);
}

function aeadSuite(
  id: number, keyExchange: KeyExchangeName, cipher: string, aead: Aead,
): Suite {
  return { id, name: `TLS_${keyExchange}_WITH_${cipher}`, keyExchange, aead };
}
