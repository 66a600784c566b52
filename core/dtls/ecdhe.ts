// Ephemeral keys (RFC 8422 s5.4, s5.7): on which curve, and how they stand in messages. Who signs
// them is in ecdhe-ecdsa.ts, who joins a PSK to them in ecdhe-psk.ts.

import type { Crypto, NamedCurve } from '../ports.ts';
import { assert } from '../result.ts';
import { POINT_LENGTH } from '../secp256r1.ts';
import type { Extensions } from './extensions.ts';
import type { Handshake } from './handshake.ts';
import { concat } from './prf.ts';
import type { Reader } from './reader.ts';

export interface Group {
  /** Its number in supported_groups (RFC 8422 s5.1.1). */
  readonly id: number;
  readonly curve: NamedCurve;
  /** RFC 8422 s5.4.1: secp256r1 has its points uncompressed, x25519 has one coordinate. */
  readonly pointLength: number;
}

/** What associations begin with, and what who names no groups is taken to mean. */
export const SECP256R1: Group = { id: 0x0017, curve: 'secp256r1', pointLength: POINT_LENGTH };
/**
 * What a server takes first is first: most devices have hardware for secp256r1. x25519 is for those
 * that offer nothing else, and have a PSK.
 */
const GROUPS: readonly Group[] =
  [SECP256R1, { id: 0x001d, curve: 'x25519', pointLength: 32 }];

const NAMED_CURVE = 3;

/** For the hello of a client: those on the curves, or all. */
export function groupsOn(curves: readonly NamedCurve[] | undefined): number[] {
  return GROUPS.filter(({ curve }) => curves?.includes(curve) ?? true).map(({ id }) => id);
}

/** What a server takes of what the client offers, for ephemeral keys. */
export function groupFor({ groups }: Extensions): Group | undefined {
  // RFC 8422 s4: who names no groups takes any.
  return groups === undefined ? SECP256R1 : GROUPS.find(({ id }) => groups.includes(id));
}

/**
 * Whether a client can do with the key that the server shows, which is on secp256r1. RFC 8422 s4,
 * s5.3: in this version the list is also about that one, and who does not list its curve is to be
 * given no suite that needs it. TLS 1.3 alone leaves that to signature_algorithms.
 */
export function takesOwnKey({ groups }: Extensions): boolean {
  return groups === undefined || groups.includes(SECP256R1.id);
}

/** ServerECDHParams with keys made for this handshake. */
export function offerParameters(crypto: Crypto, handshake: Handshake): Uint8Array {
  const group = groupFor(handshake.hello.extensions);
  assert(group !== undefined, 'a suite without a group is not chosen');
  handshake.group = group;
  handshake.ephemeral = crypto.newKeyPair(group.curve);
  return encodeParameters(group, handshake.ephemeral.publicKey);
}

/** What the server offers, as it stands there; undefined for a group that was not offered. */
export function takeParameters(reader: Reader, handshake: Handshake): Uint8Array | undefined {
  const [kind, id] = [reader.uint(1), reader.uint(2)];
  const point = reader.vector(1).slice();
  const group = GROUPS.find((known) => known.id === id);
  const isOffered = handshake.hello.extensions.groups?.includes(id) === true;
  if (kind !== NAMED_CURVE || !isOffered || point.length !== group?.pointLength) return undefined;
  handshake.group = group;
  handshake.peerPoint = point;
  return encodeParameters(group, point);
}

/** The client's point and what it comes to; undefined when the server's is none. */
export function answerParameters(
  crypto: Crypto, { group: { curve }, peerPoint }: Handshake,
): { readonly point: Uint8Array; readonly secret: Uint8Array } | undefined {
  assert(peerPoint !== undefined, 'the server has said its point');
  const { publicKey, privateKey } = crypto.newKeyPair(curve);
  const secret = crypto.sharedSecret(privateKey, peerPoint, curve);
  return secret && { point: publicKey, secret };
}

/** What the client's point comes to at the server; undefined when it is none. */
export function acceptPoint(
  crypto: Crypto, { group: { curve }, ephemeral }: Handshake, point: Uint8Array,
): Uint8Array | undefined {
  assert(ephemeral !== undefined, 'it was offered');
  return crypto.sharedSecret(ephemeral.privateKey, point, curve);
}

function encodeParameters({ id }: Group, point: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(NAMED_CURVE, id >>> 8, id & 0xff, point.length), point);
}
