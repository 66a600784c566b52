// The cipher suites as data (RFC 6655, RFC 5487, RFC 7251, RFC 5289, RFC 8442): how keys are agreed
// on and how records are protected. LwM2M Transport 1.1.1 s5.2.8 says which. What they do is in
// aead.ts and cbc.ts.

import type { Aead } from '../ports.ts';

export type KeyExchangeName = 'PSK' | 'ECDHE_PSK' | 'ECDHE_ECDSA';

export interface Suite {
  /** Its number in hellos. */
  readonly id: number;
  readonly name: string;
  readonly keyExchange: KeyExchangeName;
  /** Undefined for AES_128_CBC with a MAC by HMAC-SHA256 (RFC 5246 s6.2.3.2). */
  readonly aead: Aead | undefined;
}

const CCM_8: Aead = { algorithm: 'aes-128-ccm', tagLength: 8 };
const CCM: Aead = { algorithm: 'aes-128-ccm', tagLength: 16 };
const GCM: Aead = { algorithm: 'aes-128-gcm', tagLength: 16 };

/**
 * What a server takes first is first. The shorter tag is what devices save their radio with, and
 * who can do with a PSK alone saves the work of points, which costs a small device a second.
 */
export const SUITES: readonly Suite[] = [
  suite(0xc0a8, 'PSK', 'AES_128_CCM_8', CCM_8),
  suite(0xc0a4, 'PSK', 'AES_128_CCM', CCM),
  suite(0x00a8, 'PSK', 'AES_128_GCM_SHA256', GCM),
  suite(0xc0ae, 'ECDHE_ECDSA', 'AES_128_CCM_8', CCM_8),
  suite(0xc0ac, 'ECDHE_ECDSA', 'AES_128_CCM', CCM),
  suite(0xc02b, 'ECDHE_ECDSA', 'AES_128_GCM_SHA256', GCM),
  suite(0xd003, 'ECDHE_PSK', 'AES_128_CCM_8_SHA256', CCM_8),
  suite(0xd005, 'ECDHE_PSK', 'AES_128_CCM_SHA256', CCM),
  suite(0xd001, 'ECDHE_PSK', 'AES_128_GCM_SHA256', GCM),
];

/**
 * LwM2M Transport 1.1.1 s5.2.8 wants servers to have these too, and some modems have nothing else.
 * They are for who asks for them: records grow by 40 bytes and more, and with peers that cannot
 * encrypt-then-MAC the order of things invites padding oracles (cbc.ts says what is done there).
 */
export const SUITES_WITH_CBC: readonly Suite[] = [
  ...SUITES,
  suite(0x00ae, 'PSK', 'AES_128_CBC_SHA256', undefined),
  suite(0xc023, 'ECDHE_ECDSA', 'AES_128_CBC_SHA256', undefined),
];

/** RFC 5746 s3.3: no suite, but the empty renegotiation_info of who has no extensions. */
export const RENEGOTIATION_SCSV = 0x00ff;

export const KEY_LENGTH = 16;
/** The part of the nonce that is made with the keys (RFC 6655 s3, RFC 5288 s3). */
export const IMPLICIT_NONCE_LENGTH = 4;
/** The part that records carry. */
export const EXPLICIT_NONCE_LENGTH = 8;
/** RFC 5246 appendix C: of HMAC-SHA256, and of the MACs that it makes. */
export const MAC_LENGTH = 32;

const AEAD_PARTS: readonly number[] = [KEY_LENGTH, IMPLICIT_NONCE_LENGTH];
const CBC_PARTS: readonly number[] = [MAC_LENGTH, KEY_LENGTH];

/**
 * RFC 5246 s6.3: lengths of what each direction has in the key block, in the order of it. CBC has
 * no IV there, as each record brings its own.
 */
export function keyPartsOf({ aead }: Suite): readonly number[] {
  return aead === undefined ? CBC_PARTS : AEAD_PARTS;
}

/** For both directions. */
export function keyBlockLengthOf(of: Suite): number {
  return 2 * keyPartsOf(of).reduce((sum, length) => sum + length, 0);
}

/** Of all that we know, whatever a layer is set up with. */
export function suiteOf(id: number): Suite | undefined {
  return SUITES_WITH_CBC.find((known) => known.id === id);
}

function suite(
  id: number, keyExchange: KeyExchangeName, cipher: string, aead: Aead | undefined,
): Suite {
  return { id, name: `TLS_${keyExchange}_WITH_${cipher}`, keyExchange, aead };
}
