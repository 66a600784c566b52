// What was agreed on in a handshake as bytes, for who stores it. Of an association nothing of it is
// a secret, as hellos and records show it; a session is one as a whole. Whoever changes what is in
// them gives them another first byte: what an older release stored is then unknown, and its device
// shakes hands anew.

import { ByteWriter, decodeUtf8, encodeUtf8 } from '../bytes.ts';
import type { Proven, Role } from './association.ts';
import { Reader } from './reader.ts';
import type { Session } from './resumption.ts';
import type { StoredAssociation } from './stored.ts';
import { suiteOf } from './suites.ts';

const ASSOCIATION_FORMAT = 1;
const SESSION_FORMAT = 1;
const ROLES: readonly Role[] = ['server', 'client'];
const PROVEN: readonly Proven[] = ['psk', 'rpk', 'x509'];
const NOTHING = new Uint8Array(0);

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

/** What is not its identity. Secret. */
export function encodeSession(session: Session): Uint8Array {
  const { id, master, suite, security, hasExtendedMasterSecret, serverName } = session;
  const { peerKey, peerChain = [] } = session;
  const writer = new ByteWriter();
  const add = (bytes: Uint8Array): void => {
    writer.uint(bytes.length, 2);
    writer.bytes(bytes);
  };
  writer.byte(SESSION_FORMAT);
  writer.byte(PROVEN.indexOf(security));
  writer.uint(suite.id, 2);
  writer.byte(hasExtendedMasterSecret ? 1 : 0);
  for (const part of [id, master, encodeUtf8(serverName ?? ''), peerKey ?? NOTHING]) add(part);
  for (const certificate of peerChain) add(certificate);
  return writer.finish();
}

/** Undefined when it is none of this release. */
export function decodeSession(bytes: Uint8Array, identity: string): Session | undefined {
  const reader = new Reader(bytes);
  const format = reader.uint(1);
  const security = PROVEN[reader.uint(1)];
  const suite = suiteOf(reader.uint(2));
  const hasExtendedMasterSecret = reader.uint(1) === 1;
  // Copies: a view would keep what it was opened with.
  const take = (): Uint8Array => reader.vector(2).slice();
  const [id, master, serverName, peerKey] = [take(), take(), decodeUtf8(take()), take()];
  const chain: Uint8Array[] = [];
  while (!reader.isAtEnd) chain.push(take());
  if (reader.hasFailed || format !== SESSION_FORMAT) return undefined;
  if (security === undefined || suite === undefined) return undefined;
  return {
    id, master, suite, hasExtendedMasterSecret, identity, security,
    serverName: serverName === '' ? undefined : serverName,
    peerKey: peerKey.length === 0 ? undefined : peerKey,
    peerChain: chain.length === 0 ? undefined : chain,
  };
}
