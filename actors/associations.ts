// What the server makes of DTLS: what peers say is handed on as from any other peer, what becomes
// of associations is stored and told, and a registration goes on when its device has shaken hands
// anew.

import type { Refusal } from '../core/api/management.ts';
import { fromBase64, toBase64Url, toHex } from '../core/bytes.ts';
import { Association } from '../core/dtls/association.ts';
import type { DtlsEvent, Owner } from '../core/dtls/events.ts';
import { DtlsLayer } from '../core/dtls/layer.ts';
import type { RawKeys } from '../core/dtls/key-exchange.ts';
import type { PskIdentity } from '../core/dtls/psk.ts';
import type { Session } from '../core/dtls/resumption.ts';
import { exportAssociation, type StoredAssociation } from '../core/dtls/stored.ts';
import {
  decodeAgreed, decodeSession, encodeAgreed, encodeSession, type Agreed,
} from '../core/dtls/stored-bytes.ts';
import type { Suite } from '../core/dtls/suites.ts';
import { endpointNames, factsOf, type X509 } from '../core/dtls/x509.ts';
import type {
  Address, CertificateFacts, Clock, Crypto, Milliseconds, Peer, Random, Transport,
} from '../core/ports.ts';
import type { SecretBox } from '../core/secret-box.ts';
import type {
  AssociationRow, AssociationStateRow, Change, DtlsSessionRow, Facts, RegistrationRow,
} from '../core/store/changes.ts';
import { certifiedIdentity, endpointCertified, isSameIdentity } from './credentials.ts';
import type { Host } from './host.ts';
import { Event } from './session.machine.ts';

/** The first byte of connection ids: there is one node. */
const NODE = 0;
const NOTHING = new Uint8Array(0);
const UNKNOWN = 'unknown identity';

/** What the server can besides keys that both have. What it shows may change while it runs. */
export interface ServerProofs {
  readonly rawKeys?: Omit<RawKeys, 'identityOf'> | undefined;
  readonly x509?: Omit<X509, 'identityOf'> | undefined;
  /** SUITES unless others are named. */
  readonly suites?: readonly Suite[] | undefined;
}

export interface AssociationParts {
  readonly proofs: ServerProofs;
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly transport: Transport;
  readonly box: SecretBox;
}

export class Associations implements Owner {
  /** Takes a message of a peer; set by the server. */
  onMessage: (peer: Peer, message: Uint8Array) => void = () => undefined;
  readonly #host: Host;
  readonly #transport: Transport;
  readonly #box: SecretBox;
  readonly #x509: ServerProofs['x509'];
  readonly #dtls: DtlsLayer;
  /**
   * Of restored ones that have not been spoken with: keys are opened when they are needed, since to
   * open a hundred thousand takes seconds.
   */
  readonly #sleeping = new Map<number, string>();

  constructor(host: Host, parts: AssociationParts) {
    const { clock, random, crypto, transport, box, proofs: { rawKeys, x509, suites } } = parts;
    this.#host = host;
    this.#transport = transport;
    this.#box = box;
    this.#x509 = x509;
    this.#dtls = new DtlsLayer({
      clock, random, crypto, owner: this, node: NODE, newId: host.peers.newId,
      keysOf: (association) => this.#takeKeys(association),
      sessionKeeper: {
        kept: (id, session, until) => this.#keepSession(id, session, until),
        gone: (id) => host.store.commit([{ table: 'dtls_session ended', id }]),
      },
      pskOf: (identity) => this.#pskOf(identity),
      rawKeys: rawKeys && {
        get own() { return rawKeys.own; },
        identityOf: (point) => host.credentials.ofPublicKey(point)?.identity,
      },
      x509: x509 && {
        // Asked anew by each handshake: files may have been read again.
        get own() { return x509.own; },
        get certificates() { return x509.certificates; },
        identityOf: (facts) => this.#certifiedOf(facts),
      },
      ...(suites && { suites }),
    });
  }

  #pskOf(identity: string): PskIdentity | undefined {
    const { credentials } = this.#host;
    const credential = credentials.find(identity);
    if (credential?.kind !== 'psk') {
      credentials.openDecoy();
      return undefined;
    }
    const isTold = credentials.isUnreadable(identity);
    const key = credentials.keyOf(credential);
    if (key !== undefined) return { identity: credential.identity, key };
    if (!isTold) {
      this.#host.log.error('the secret of a credential is damaged: rotate it', { identity });
    }
    return undefined;
  }

  /** The authority vouches for the name: nothing else need be known of it. */
  #certifiedOf(facts: CertificateFacts): string | undefined {
    const [name = ''] = endpointNames(facts);
    const identity = certifiedIdentity(name);
    return identity && (this.#host.credentials.find(identity)?.identity ?? identity);
  }

  /** Takes in one datagram of a listener with security; none makes it throw. */
  receive(listener: number, address: Address, datagram: Uint8Array): void {
    this.#dtls.receive(listener, address, datagram);
  }

  /** To a peer with security: drops what is for one that is gone, or what it could not take. */
  transmit(peer: Peer, message: Uint8Array): void {
    if (!(peer instanceof Association) || !peer.isLive) return;
    if (message.length > peer.plaintextMax) return;
    if (this.#dtls.send(peer, message) !== 'unreserved') return;
    // As the first after a restart: its number is in the group that the layer has just asked for.
    const { store } = this.#host;
    this.#host.afterCommit(store.commit([]), () => this.transmit(peer, message));
  }

  /** Says goodbye to a peer whose place another has taken. */
  end(peer: Peer): void {
    if (peer instanceof Association && peer.isLive) this.#dtls.end(peer);
  }

  /** Ends all that was done with a credential that is no longer good. */
  forgetIdentity(identity: string): void {
    this.#dtls.forgetIdentity(identity);
  }

  // --- Owner

  send(listener: number, address: Address, datagram: Uint8Array): void {
    this.#transport.send({ listener, address }, datagram);
  }

  plaintext(association: Association, content: Uint8Array): void {
    // In the group of whatever follows from it, or in an earlier one: it is never taken twice.
    this.#host.store.commit([stateChange(association)]);
    this.#continue(association);
    this.onMessage(association, content);
  }

  event(event: DtlsEvent): void {
    const { association } = event;
    const { store } = this.#host;
    switch (event.kind) {
      case 'established': {
        store.commit([
          ...this.#used(association), ...this.#shown(event),
          this.#agreedChange(association), stateChange(association),
        ]);
        break;
      }
      case 'failed': this.#onFailed(event); break;
      case 'paused': this.#onPaused(event); break;
      case 'closed':
        this.#host.layer.forget(association);
        this.#sleeping.delete(association.id);
        if (event.reason === 'keys are lost') {
          this.#host.log.warn('the keys of a stored association are damaged: its device shakes '
            + 'hands anew', { identity: association.identity });
        }
        store.commit([{ table: 'association ended', id: association.id }]);
        break;
      case 'moved':
        this.#host.moved(association, event.from.host);
        store.commit([stateChange(association)]);
        break;
      default: {
        const { reservedSequence } = association;
        const ticket = store.commit([stateChange(association)]);
        this.#host.afterCommit(ticket, () => {
          if (association.isLive) this.#dtls.reserved(association, reservedSequence);
        });
      }
    }
  }

  #used({ identity }: Association): Change[] {
    const { credentials, clock } = this.#host;
    const credential = credentials.find(identity);
    if (credential === undefined) return [];
    credential.lastUsedAt = clock.now();
    return [{ table: 'credential', row: { ...credential } }];
  }

  /** When the certificate of who comes with one ends, so that somebody renews it before. */
  #shown({ association, peerChain }: DtlsEvent & { kind: 'established' }): Change[] {
    const { identity, security } = association;
    if (security !== 'x509' || this.#x509 === undefined) return [];
    const facts = factsOf(this.#x509.certificates, peerChain ?? []);
    if (facts === undefined) return [];
    const { serial, notAfter } = facts;
    const endpoint = endpointCertified(identity) ?? '';
    if (this.#host.devices.has(endpoint)) this.#host.tell({ kind: 'device', endpoint });
    return this.#host.credentials.certificates.note(
      { identity, serial, notAfter, shownAt: this.#host.clock.now() });
  }

  #onFailed({ association, reason, peerKey }: DtlsEvent & { kind: 'failed' }): void {
    const { identity, security, address: { host, port } } = association;
    const why = reason === UNKNOWN ? this.#whyUnknown(association) : reason;
    const isStranger = why === UNKNOWN && security === 'rpk';
    this.#noteRefusal({
      endpoint: identity, address: `${host}:${port}`, reason: `DTLS handshake: ${why}`,
      retryAt: undefined, security: identity === '' ? undefined : security,
      publicKey: isStranger && peerKey !== undefined ? toHex(peerKey) : undefined,
    });
  }

  /** To add what is there, though nobody can come by it, would help nobody. */
  #whyUnknown({ identity, security }: Association): string {
    const { credentials } = this.#host;
    if (credentials.findAny(identity)?.kind !== security) return UNKNOWN;
    if (credentials.isUnreadable(identity)) return 'unreadable credential';
    // A credential that is called by the fingerprint of its first key may have another by now.
    return security === 'rpk' ? 'replaced key' : UNKNOWN;
  }

  /** Once for each pause; what comes meanwhile is only counted. */
  #onPaused({ source, until }: DtlsEvent & { kind: 'paused' }): void {
    const reason = `too many DTLS handshakes of ${source} failed: it may begin none for `
      + `${Math.round((until - this.#host.clock.now()) / 1_000)} s`;
    this.#noteRefusal({
      endpoint: '', address: source, reason, retryAt: until, security: undefined,
      publicKey: undefined,
    });
  }

  #noteRefusal(refusal: Omit<Refusal, 'at' | 'answer' | 'count'>): void {
    this.#host.refusals.note({ at: this.#host.clock.now(), answer: '', ...refusal });
    this.#host.tell({ kind: 'refused' });
  }

  /**
   * The registration of who shook hands anew goes on here: devices without a connection id do so
   * after each change of address. What they observed is gone with the association before.
   */
  #continue(association: Association): void {
    const { byPeer, credentials, devices } = this.#host;
    if (byPeer.has(association.id)) return;
    const device = devices.get(credentials.endpointOf(association) ?? '');
    const before = device?.registration?.peer;
    if (device?.registration === undefined || before === undefined) return;
    if (!isSameIdentity(before, association)) return;
    if (before instanceof Association && before.isLive) return;
    this.#host.move(device, device.registration, association);
    this.#host.step(device, Event.ADDRESS_CHANGED, { persist: true });
  }

  // --- restarts

  restore({ associations, dtlsSessions }: Facts): void {
    for (const row of dtlsSessions) this.#restoreSession(row);
    const { log, store } = this.#host;
    let unknown = 0;
    let foreign = 0;
    for (const row of associations) {
      const { id, identity } = row;
      // Or it would go on when its credential is given anew.
      if (this.#host.credentials.isUnreadable(identity)) unknown++;
      else if (!this.#box.isOurs(purposeOf(row), row.keys)) foreign++;
      else if (this.#restoreAssociation(row)) continue;
      else log.warn('stored association not understood', { identity });
      store.commit([{ table: 'association ended', id }]);
    }
    if (unknown > 0) {
      log.warn('associations ended whose credentials cannot be read', { associations: unknown });
    }
    if (foreign > 0) {
      log.warn('associations ended that were damaged, or sealed with another key file', {
        associations: foreign,
      });
    }
  }

  #restoreAssociation(row: AssociationRow & AssociationStateRow): boolean {
    const stored = this.#storedOf(row);
    if (stored === undefined || this.#dtls.import(stored) === undefined) return false;
    this.#sleeping.set(row.id, row.keys);
    return true;
  }

  /** The peers of restored registrations, by association; of those that are gone as they were. */
  restoredPeers(): (row: RegistrationRow) => Peer {
    const live = new Map<number, Peer>();
    for (const association of this.#dtls.live()) live.set(association.id, association);
    return ({ association, listener, host, port, security, identity }) => {
      if (security === 'none') return this.#host.peers.meet(listener, host, port);
      const id = association ?? this.#host.peers.newId();
      return live.get(id) ?? { id, listener, address: { host, port }, security, identity };
    };
  }

  #keepSession(id: string, session: Session, until: Milliseconds): void {
    const { identity } = session;
    const purpose = sessionPurposeOf({ id, identity, until });
    const secret = this.#box.seal(purpose, encodeSession(session));
    this.#host.store.commit([{ table: 'dtls_session', row: { id, identity, until, secret } }]);
  }

  #restoreSession(row: DtlsSessionRow): void {
    const { id, identity, until, secret } = row;
    const opened = this.#box.open(sessionPurposeOf(row), secret);
    const session = opened && decodeSession(opened, identity);
    const isKept = session !== undefined && !this.#host.credentials.isUnreadable(identity)
      && this.#dtls.importSession(id, session, until);
    if (!isKept) this.#host.store.commit([{ table: 'dtls_session ended', id }]);
  }

  #takeKeys(association: Association): Uint8Array | undefined {
    const { id, identity } = association;
    const sealed = this.#sleeping.get(id);
    this.#sleeping.delete(id);
    if (sealed === undefined) return undefined;
    const { role, security, suite, ownCid, peerCid, plaintextMax } = association;
    const agreed = agreedOf({ role, security, suite: suite.id, ownCid, peerCid, plaintextMax });
    return this.#box.open(purposeOf({ id, identity, agreed }), sealed);
  }

  #agreedChange(association: Association): Change {
    const stored = exportAssociation(association);
    const { id, identity } = stored;
    const agreed = agreedOf(stored);
    const keys = this.#box.seal(purposeOf({ id, identity, agreed }), stored.keys);
    return { table: 'association', row: { id, identity, agreed, keys } };
  }

  #storedOf(row: AssociationRow & AssociationStateRow): StoredAssociation | undefined {
    const agreed = decodeAgreed(fromBase64(row.agreed) ?? NOTHING);
    if (agreed === undefined) return undefined;
    const { role, security, suite, ownCid, peerCid, plaintextMax } = agreed;
    const { id, listener, address: { host, port } } = row;
    const { reservedSequence, newest, seenLow, seenHigh } = row;
    // The text that its credential has, so that it is there but once.
    const identity = this.#host.credentials.find(row.identity)?.identity ?? row.identity;
    // Spreads would take most of the time that a restart does.
    return {
      id, role, listener, host, port, identity, security, suite, keys: undefined, ownCid, peerCid,
      plaintextMax, reservedSequence, newest, seenLow, seenHigh,
    };
  }
}

function agreedOf(association: Agreed): string {
  return toBase64Url(encodeAgreed(association));
}

/** The keys open for what they were agreed on for, and for nothing else. */
function purposeOf({ id, identity, agreed }: Omit<AssociationRow, 'keys'>): string {
  return `association ${id} ${agreed} ${identity}`;
}

function sessionPurposeOf({ id, identity, until }: Omit<DtlsSessionRow, 'secret'>): string {
  return `session ${id} ${until} ${identity}`;
}

/** As it stands now. */
function stateChange(association: Association): Change {
  const { id, listener, address, reservedSequence, newest, seenLow, seenHigh } = association;
  const row = { id, listener, address, reservedSequence, newest, seenLow, seenHigh };
  return { table: 'association_state', row };
}
