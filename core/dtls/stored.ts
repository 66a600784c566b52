// An association as plain data, so that it outlives the process: a device that sleeps must not have
// to shake hands again because the server was started anew. It has keys in it; whoever stores it
// encrypts it.

import { assert } from '../result.ts';
import { Association, type Proven, type Role } from './association.ts';
import { suiteOf } from './suites.ts';

/**
 * How many sequence numbers a stored association is ahead of what was sent. After a crash sending
 * goes on from there, since a number used twice would give the key away (RFC 5116 s5.1.1): but not
 * before the next block is on disk, or another crash would lead to the same numbers.
 */
export const SEQUENCES_RESERVED = 1_024;

export interface StoredAssociation {
  readonly id: number;
  readonly role: Role;
  readonly listener: number;
  readonly host: string;
  readonly port: number;
  readonly identity: string;
  readonly security: Proven;
  /** Its number in hellos. */
  readonly suite: number;
  /**
   * Secrets. With encrypt-then-MAC there is one byte behind them (association.ts). Undefined: the
   * owner is asked for them when they are needed (DtlsOptions.keysOf).
   */
  readonly keys: Uint8Array | undefined;
  readonly ownCid: number | undefined;
  readonly peerCid: Uint8Array;
  readonly plaintextMax: number;
  /** No record has this number or a higher one. */
  readonly reservedSequence: number;
  readonly newest: number;
  readonly seenLow: number;
  readonly seenHigh: number;
}

/** Of one that lives and has its keys, after the event that says it has changed. */
export function exportAssociation(
  association: Association,
): StoredAssociation & { readonly keys: Uint8Array } {
  assert(association.isLive, 'what is stored has done its handshake');
  const { id, role, listener, identity, security, ownCid, plaintextMax } = association;
  const { reservedSequence, newest, seenLow, seenHigh } = association;
  const { host, port } = association.address;
  return {
    id, role, listener, host, port, identity, security, suite: association.suite.id,
    keys: association.exportKeys(), ownCid,
    peerCid: new Uint8Array(association.peerCid), plaintextMax, reservedSequence, newest, seenLow,
    seenHigh,
  };
}

/** As it was. */
export function importAssociation(stored: StoredAssociation): Association {
  const { id, role, listener, host, port, keys, peerCid } = stored;
  const suite = suiteOf(stored.suite);
  assert(suite !== undefined, 'what was stored had a suite of ours');
  const association = new Association(id, role, listener, { host, port });
  association.identity = stored.identity;
  association.security = stored.security;
  association.suite = suite;
  if (keys !== undefined) association.importKeys(keys);
  association.ownCid = stored.ownCid;
  association.peerCid = peerCid.length === 0 ? association.peerCid : new Uint8Array(peerCid);
  association.plaintextMax = stored.plaintextMax;
  association.writeSequence = stored.reservedSequence;
  association.reservedSequence = stored.reservedSequence;
  association.durableSequence = stored.reservedSequence;
  association.newest = stored.newest;
  association.seenLow = stored.seenLow;
  association.seenHigh = stored.seenHigh;
  association.isLive = true;
  return association;
}
