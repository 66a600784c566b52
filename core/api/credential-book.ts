// What people do with the credentials of devices, and what they see of them.

import type { Milliseconds, Security, Ticket } from '../ports.ts';
import type { Result } from '../result.ts';
import type { Validity } from './validity.ts';

/** What proves who a device is, as people see it: never the secret in it. */
export interface CredentialFacts {
  readonly identity: string;
  readonly kind: Exclude<Security, 'none'>;
  readonly endpoint: string;
  readonly createdAt: Milliseconds;
  /** Of the last handshake; undefined before the first. Of its certificate, where it has one. */
  readonly lastUsedAt?: Milliseconds | undefined;
  /** Its secret does not open, so that it lets nobody in; its endpoint stays closed. */
  readonly isUnreadable: boolean;
  /** The end of the certificate that its endpoint has shown last. */
  readonly notAfter?: Milliseconds | undefined;
  /** A revocation list has the serial number of that certificate. */
  readonly isRevoked: boolean;
}

/** By endpoint and then identity, as they have no order that lasts of their own. */
export function inOrder(list: readonly CredentialFacts[]): CredentialFacts[] {
  return [...list].sort((a, b) =>
    compare(a.endpoint, b.endpoint) || compare(a.identity, b.identity));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of a device that comes with a certificate, though nobody has said that it does. */
export interface CertifiedFacts {
  readonly identity: string;
  readonly endpoint: string;
  readonly lastUsedAt: Milliseconds;
  readonly notAfter: Milliseconds;
  readonly isRevoked: boolean;
}

/** The certificate that a device has shown last. */
export interface ShownCertificate {
  /** In hex: by this its authority takes it back. */
  readonly serial: string;
  readonly notAfter: Milliseconds;
  readonly validity: Validity;
}

/** A secret that both have, or the point of a public key; the device has the private one. */
export interface NewKey {
  readonly kind: 'psk' | 'rpk';
  readonly key: Uint8Array;
}

/**
 * Who may register as one endpoint. Of certificates it says that the endpoint comes with one, so
 * that nobody may come as it without; their names say the rest.
 */
export type NewCredential =
  | NewKey & { readonly identity: string; readonly endpoint: string }
  | { readonly kind: 'x509'; readonly endpoint: string };

/** The credentials of all devices. What a call did is on disk when its ticket is. */
export interface CredentialBook {
  list(): readonly CredentialFacts[];
  /** Who comes with a certificate and is not in the list. */
  certified(): readonly CertifiedFacts[];
  shownBy(endpoint: string): ShownCertificate | undefined;
  /** Fails when the identity is there already, or the public key, whose ever it is. */
  add(credential: NewCredential): Result<Ticket>;
  /**
   * Gives it another key of the same kind; what was there by the old one ends. One that could not
   * be read can be from then on.
   */
  rotate(identity: string, key: NewKey): Result<Ticket>;
  revoke(identity: string): Result<Ticket>;
  /**
   * The key itself, for who sits at the machine; empty where certificates have it. Undefined when
   * there is none, or it cannot be read.
   */
  keyOf(identity: string): Uint8Array | undefined;
}
