// The cipher suites as data (RFC 6655, RFC 5487, RFC 7251): how keys are agreed on and how records
// are protected. LwM2M Transport 1.1.1 s5.2.8 says which.

import type { Aead } from '../ports.ts';

export interface Suite {
  /** Its number in hellos. */
  readonly id: number;
  readonly name: string;
  readonly keyExchange: 'PSK';
  readonly aead: Aead;
}

const CCM_8: Aead = { algorithm: 'aes-128-ccm', tagLength: 8 };
const CCM: Aead = { algorithm: 'aes-128-ccm', tagLength: 16 };
const GCM: Aead = { algorithm: 'aes-128-gcm', tagLength: 16 };

/** What a server takes first is first: the shorter tag is what devices save their radio with. */
export const SUITES: readonly Suite[] = [
  { id: 0xc0a8, name: 'TLS_PSK_WITH_AES_128_CCM_8', keyExchange: 'PSK', aead: CCM_8 },
  { id: 0xc0a4, name: 'TLS_PSK_WITH_AES_128_CCM', keyExchange: 'PSK', aead: CCM },
  { id: 0x00a8, name: 'TLS_PSK_WITH_AES_128_GCM_SHA256', keyExchange: 'PSK', aead: GCM },
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
