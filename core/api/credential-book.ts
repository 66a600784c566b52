// What people do with the credentials of devices, and what they see of them.

import type { Milliseconds, Security, Ticket } from '../ports.ts';
import type { Result } from '../result.ts';

/** What proves who a device is, as people see it: never the secret in it. */
export interface CredentialFacts {
  readonly identity: string;
  readonly kind: Exclude<Security, 'none'>;
  readonly endpoint: string;
  readonly createdAt: Milliseconds;
  /** Of the last handshake; undefined before the first. */
  readonly lastUsedAt?: Milliseconds | undefined;
}

/** A key for an identity that may register as one endpoint. */
export interface NewCredential {
  readonly identity: string;
  readonly endpoint: string;
  /** A secret. */
  readonly key: Uint8Array;
}

/** The credentials of all devices. What a call did is on disk when its ticket is. */
export interface CredentialBook {
  list(): readonly CredentialFacts[];
  /** Fails when the identity is there already. */
  add(credential: NewCredential): Result<Ticket>;
  /** Gives it another key; what was there by the old one ends. */
  rotate(identity: string, key: Uint8Array): Result<Ticket>;
  revoke(identity: string): Result<Ticket>;
  /** The key itself, for who sits at the machine. */
  keyOf(identity: string): Uint8Array | undefined;
}
