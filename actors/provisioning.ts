// Credentials as people give and take them: what is known of a device before it comes, and what
// ends when that is no longer good (LwM2M Transport 1.1.1 s5.2.6).

import type {
  CertifiedFacts, CredentialBook, CredentialFacts, NewCredential, NewKey, ShownCertificate,
} from '../core/api/credential-book.ts';
import { validityAt } from '../core/api/validity.ts';
import type { Clock, Store, Ticket } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import {
  certifiedIdentity, endpointCertified, type Credential, type Credentials,
} from './credentials.ts';
import type { Device } from './device.ts';
import type { Host } from './host.ts';
import { Event } from './session.machine.ts';

/** Told when a credential begins or ceases to be good. */
export interface OnCredential {
  readonly given: (credential: Credential) => void;
  readonly ended: (credential: Credential) => void;
}

/** Whether an authority has taken back the certificate with this serial number, as far as known. */
type IsRevoked = (serial: string) => boolean;

export class Provisioning implements CredentialBook {
  readonly #credentials: Credentials;
  readonly #store: Pick<Store, 'commit'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #on: OnCredential;
  readonly #isRevoked: IsRevoked;

  constructor(
    credentials: Credentials, store: Pick<Store, 'commit'>, clock: Pick<Clock, 'now'>,
    on: OnCredential, isRevoked: IsRevoked,
  ) {
    this.#credentials = credentials;
    this.#store = store;
    this.#clock = clock;
    this.#on = on;
    this.#isRevoked = isRevoked;
  }

  list(): readonly CredentialFacts[] {
    return Array.from(this.#credentials.list(), (one) => this.#factsOf(one));
  }

  #factsOf({ identity, kind, endpoint, createdAt, lastUsedAt }: Credential): CredentialFacts {
    const { certificates } = this.#credentials;
    const shown = kind === 'x509' ? certificates.of(identity) : undefined;
    return {
      identity, kind, endpoint, createdAt,
      // A certificate may have been shown before anybody gave the credential.
      lastUsedAt: shown?.shownAt ?? lastUsedAt,
      // That an endpoint comes with a certificate is no secret.
      isUnreadable: kind !== 'x509' && this.#credentials.isUnreadable(identity),
      notAfter: shown?.notAfter,
      isRevoked: shown !== undefined && this.#isRevoked(shown.serial),
    };
  }

  certified(): readonly CertifiedFacts[] {
    const found: CertifiedFacts[] = [];
    for (const { identity, serial, notAfter, shownAt } of this.#credentials.certificates.list()) {
      if (this.#credentials.findAny(identity) !== undefined) continue;
      const endpoint = endpointCertified(identity) ?? '';
      const isRevoked = this.#isRevoked(serial);
      found.push({ identity, endpoint, lastUsedAt: shownAt, notAfter, isRevoked });
    }
    return found;
  }

  shownBy(endpoint: string): ShownCertificate | undefined {
    const shown = this.#credentials.certificates.of(certifiedIdentity(endpoint) ?? '');
    return shown && {
      serial: shown.serial, notAfter: shown.notAfter,
      validity: this.#isRevoked(shown.serial) ? 'revoked'
        : validityAt(this.#clock.now(), shown.notAfter),
    };
  }

  add(given: NewCredential): Result<Ticket> {
    const named = namedOf(given);
    if (!named.ok) return named;
    const { identity, kind, endpoint, key } = named.value;
    const obstacle = this.#obstacleTo(named.value);
    if (obstacle !== undefined) return fail(obstacle);
    const createdAt = this.#clock.now();
    const secret = this.#credentials.seal(identity, key);
    return ok(this.#give({ kind, identity, endpoint, secret, createdAt, lastUsedAt: undefined }));
  }

  /** Why it cannot be added. */
  #obstacleTo(named: Named): string | undefined {
    const { identity, kind, endpoint } = named;
    // Said first: without a name of its own the same key has the same identity too.
    const owner = this.#ownerOf(named);
    if (owner !== undefined) return `this public key is that of "${owner.identity}" already`;
    const isThere = this.#credentials.find(identity) !== undefined;
    // One that cannot be read is written anew: it has no secret that could be lost by that.
    if (kind === 'x509') {
      return isThere ? `"${endpoint}" is known to come with a certificate already` : undefined;
    }
    if (this.#credentials.isUnreadable(identity)) {
      return `there is a credential "${identity}" already whose secret cannot be read: rotate or `
        + 'revoke it';
    }
    return isThere ? `there is a credential "${identity}" already; rotate it to give it another key`
      : undefined;
  }

  rotate(identity: string, { kind, key }: NewKey): Result<Ticket> {
    const known = this.#credentials.findAny(identity);
    if (known === undefined) return fail(`there is no credential "${identity}"`);
    if (known.kind === 'x509') return fail('a certificate is renewed by its authority');
    if (known.kind !== kind) {
      return fail(known.kind === 'rpk'
        ? `"${identity}" has a public key: give it a new one of those`
        : `"${identity}" has a secret key: give it a new one of those, and no public key`);
    }
    const owner = this.#ownerOf({ kind, key });
    if (owner !== undefined && owner !== known) {
      return fail(`this public key is that of "${owner.identity}" already`);
    }
    const ticket = this.#give({ ...known, secret: this.#credentials.seal(identity, key) });
    this.#on.ended(known);
    return ok(ticket);
  }

  revoke(identity: string): Result<Ticket> {
    const known = this.#credentials.findAny(identity);
    if (known === undefined) return fail(`there is no credential "${identity}"`);
    this.#credentials.remove(identity);
    this.#on.ended(known);
    return ok(this.#store.commit([{ table: 'credential removed', identity }]));
  }

  keyOf(identity: string): Uint8Array | undefined {
    const known = this.#credentials.find(identity);
    return known && this.#credentials.keyOf(known);
  }

  /** Two endpoints with the same key could not be told apart. */
  #ownerOf({ kind, key }: Pick<Named, 'kind' | 'key'>): Credential | undefined {
    return kind === 'rpk' ? this.#credentials.ofPublicKey(key) : undefined;
  }

  #give(credential: Credential): Ticket {
    this.#credentials.set(credential);
    this.#on.given(credential);
    return this.#store.commit([{ table: 'credential', row: { ...credential } }]);
  }
}

interface Named extends Pick<Credential, 'identity' | 'kind' | 'endpoint'> {
  /** Of none for a certificate. */
  readonly key: Uint8Array;
}

/** Under the identity that associations will have. */
function namedOf(given: NewCredential): Result<Named> {
  const { endpoint } = given;
  if (given.kind === 'x509') {
    const identity = certifiedIdentity(endpoint);
    return identity === undefined ? fail('no certificate can name this endpoint')
      : ok({ identity, kind: 'x509', endpoint, key: new Uint8Array(0) });
  }
  const { identity, kind, key } = given;
  if (endpointCertified(identity) === undefined) return ok({ identity, kind, endpoint, key });
  return fail(`"${identity}" is what devices with certificates are called`);
}

/**
 * From now on its endpoint proves itself by what it was given: what it has without security ends,
 * and so does what it has by a certificate that is not among that.
 */
export function onGiven(host: Host, { endpoint }: Credential): void {
  const device = host.devices.get(endpoint);
  const peer = device?.registration?.peer;
  if (device === undefined || peer === undefined) return;
  if (host.credentials.forbids(endpoint, peer) !== undefined) endRegistration(host, device);
}

export function onEnded(host: Host, { identity, endpoint }: Credential): void {
  const device = host.devices.get(endpoint);
  if (device?.registration?.peer.identity === identity) endRegistration(host, device);
  host.associations.forgetIdentity(identity);
}

function endRegistration(host: Host, device: Device): void {
  host.step(device, Event.DEREGISTERED);
}
