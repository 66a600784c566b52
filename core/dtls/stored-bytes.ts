// What was agreed on in a handshake as bytes, for who stores it: nothing of it is secret, as hellos
// and records show it, but the keys are sealed together with it. Whoever changes what is in them
// gives them another first byte: what an older release stored is then unknown here, and its device
// shakes hands anew.

import { ByteWriter } from '../bytes.ts';
import type { Proven, Role } from './association.ts';
import { Reader } from './reader.ts';
import type { StoredAssociation } from './stored.ts';

const ASSOCIATION_FORMAT = 1;
const ROLES: readonly Role[] = ['server', 'client'];
const PROVEN: readonly Proven[] = ['psk', 'rpk', 'x509'];

/** What does not change while an association lives. */
export type Agreed = Pick<StoredAssociation,
  'role' | 'security' | 'suite' | 'ownCid' | 'peerCid' | 'plaintextMax'>;

export function encodeAgreed(agreed: Agreed): Uint8Array {
  const { role, security, suite, ownCid, peerCid, plaintextMax } = agreed;
  const writer = new ByteWriter();
  writer.byte(ASSOCIATION_FORMAT);
  writer.byte(ROLES.indexOf(role));
  writer.byte(PROVEN.indexOf(security));
  writer.uint(suite, 2);
  writer.uint(plaintextMax, 2);
  writer.byte(ownCid === undefined ? 0 : 1);
  writer.uint(ownCid ?? 0, 4);
  writer.byte(peerCid.length);
  writer.bytes(peerCid);
  return writer.finish();
}

/** Undefined when it is none of this release. */
export function decodeAgreed(bytes: Uint8Array): Agreed | undefined {
  const reader = new Reader(bytes);
  const format = reader.uint(1);
  const role = ROLES[reader.uint(1)];
  const security = PROVEN[reader.uint(1)];
  const suite = reader.uint(2);
  const plaintextMax = reader.uint(2);
  const hasOwnCid = reader.uint(1) === 1;
  // Connection ids of ours are signed numbers.
  const cid = reader.uint(4) | 0;
  const peerCid = reader.vector(1);
  if (!reader.isExhausted || format !== ASSOCIATION_FORMAT) return undefined;
  if (role === undefined || security === undefined) return undefined;
  const ownCid = hasOwnCid ? cid : undefined;
  return { role, security, suite, ownCid, peerCid, plaintextMax };
}
