// DTLS 1.2 between sockets and CoAP, one class for servers and clients (RFC 6347, RFC 9146): gives
// each record to whom it is for, and protects what is sent. Handshakes are in handshakes.ts, how
// records are protected in protection.ts.

import { addressKey } from '../peer.ts';
import type { Address, Clock, Crypto, Milliseconds, Random } from '../ports.ts';
import { assert } from '../result.ts';
import { Alert, decodeAlert, encodeAlert, type AlertDescription } from './alerts.ts';
import { cidAt, cidBytes, CID_LENGTH, type Association } from './association.ts';
import { Cookies } from './cookie.ts';
import {
  newCounters, type ClosedReason, type Counters, type Owner, type SendOutcome,
} from './events.ts';
import type { ClientProfile } from './handshake.ts';
import { HANDSHAKE_HEADER_LENGTH, HandshakeType } from './handshake-messages.ts';
import { Handshakes } from './handshakes.ts';
import type { RawKeys } from './key-exchange.ts';
import { openRecord, sealRecord, type Opened } from './protection.ts';
import type { PskOf } from './psk.ts';
import { CID_AT, ContentType, parseRecord, SEQUENCE_MAX, type RecordFrame } from './record.ts';
import { SESSION_LIFETIME, Sessions, type Session, type SessionKeeper } from './resumption.ts';
import { importAssociation, SEQUENCES_RESERVED, type StoredAssociation } from './stored.ts';
import { SUITES, type Suite } from './suites.ts';
import {
  ASSOCIATIONS_OF_IDENTITY_MAX, AssociationTable, LIMITS_DEFAULT, type TableLimits,
} from './table.ts';
import type { X509 } from './x509.ts';

/** RFC 9146 s6: how often an address is followed at most, so that nobody is flooded by proxy. */
export const MOVE_INTERVAL_SECONDS = 2;

export interface DtlsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly owner: Owner;
  /** Of clients; without it there is no PSK for them. */
  readonly pskOf?: PskOf | undefined;
  /** Without either there is no ECDSA for them. */
  readonly rawKeys?: RawKeys | undefined;
  readonly x509?: X509 | undefined;
  /**
   * The keys, as exported, of an association that was imported without them, the first time it is
   * spoken with; undefined when they are lost, which ends it.
   */
  readonly keysOf?: (association: Association) => Uint8Array | undefined;
  /** Told of the sessions of clients that may be gone on with. */
  readonly sessionKeeper?: SessionKeeper;
  /** Of associations; their owner may have other peers. From 1 on, if absent. */
  readonly newId?: () => number;
  /** From 0 to 255: the first byte of connection ids we give out. */
  readonly node: number;
  /** SUITES unless others are named; SUITES_WITH_CBC for all that the standard wants. */
  readonly suites?: readonly Suite[];
  readonly limits?: Partial<TableLimits>;
}

export class DtlsLayer {
  readonly counters: Counters = newCounters();
  readonly #clock: Clock;
  readonly #crypto: Crypto;
  readonly #suites: readonly Suite[];
  readonly #random: Random;
  readonly #owner: Owner;
  readonly #keysOf: (association: Association) => Uint8Array | undefined;
  readonly #node: number;
  readonly #table: AssociationTable;
  readonly #sessions: Sessions;
  readonly #handshakes: Handshakes;

  constructor(options: DtlsOptions) {
    const { clock, random, crypto, owner, pskOf, rawKeys, x509, node, limits } = options;
    const { suites = SUITES } = options;
    this.#clock = clock;
    this.#crypto = crypto;
    this.#suites = suites;
    this.#random = random;
    this.#owner = owner;
    this.#sessions = new Sessions(options.sessionKeeper);
    this.#keysOf = options.keysOf ?? (() => undefined);
    this.#node = node;
    this.#table = new AssociationTable({ ...LIMITS_DEFAULT, ...limits }, options.newId);
    const cookies = new Cookies(crypto, random, clock.now());
    this.#handshakes = new Handshakes(clock, owner, this.counters, this.#table, cookies, {
      crypto, random, suites, pskOf, rawKeys, x509, sessions: this.#sessions,
      cidOf: ({ ownCid }) => ownCid === undefined ? undefined : cidBytes(node, ownCid),
      giveCid: (association) => this.#table.giveCid(association, random),
      giveUpCid: (association) => this.#table.giveUpCid(association),
    }, (association) => this.#makePlace(association));
  }

  /** What is held, for tests of boundedness. */
  sizes(): { associations: number; handshakes: number; sessions: number } {
    const { size: associations, handshakes } = this.#table;
    return { associations, handshakes, sessions: this.#sessions.size };
  }

  /** Those that live, to be stored; longest silent first, and so they are to be imported. */
  live(): Iterable<Association> {
    return this.#table.live();
  }

  /** Takes any datagram; whatever follows from it has happened when this returns. */
  receive(listener: number, address: Address, received: Uint8Array): void {
    this.counters.received++;
    // What sockets give is a Buffer, whose slice() is no copy: years later an association would
    // still hold the datagram that its connection id came in.
    const datagram = new Uint8Array(received.buffer, received.byteOffset, received.length);
    let start = 0;
    while (start < datagram.length) {
      const frame = parseRecord(datagram, start, CID_LENGTH);
      if (frame === undefined) {
        this.counters.malformed++;
        return;
      }
      if (frame.type === ContentType.TLS12_CID) this.#onCid(listener, address, datagram, frame);
      else if (frame.epoch === 0) this.#handshakes.onPlain(listener, address, datagram, frame);
      else this.#onProtected(listener, address, datagram, frame);
      start = frame.to;
    }
  }

  /** One record of at most `plaintextMax` bytes to who lives. */
  send(association: Association, plaintext: Uint8Array): SendOutcome {
    assert(association.isLive, 'only to who has done his handshake');
    assert(plaintext.length <= association.plaintextMax, 'no longer than the peer takes');
    return this.#sendRecord(association, ContentType.APPLICATION_DATA, plaintext);
  }

  /**
   * What is on disk says that numbers below `upTo` may have been used: the `reservedSequence` of
   * what was stored there after an event of this name.
   */
  reserved(association: Association, upTo: number): void {
    assert(upTo <= association.reservedSequence, 'stored is what its owner was told');
    association.durableSequence = Math.max(association.durableSequence, upTo);
  }

  /** Begins a handshake as a client; it lives from the event on that says so. */
  connect(listener: number, address: Address, profile: ClientProfile): Association {
    return this.#handshakes.connect(listener, address, profile);
  }

  /**
   * Says goodbye and forgets it (RFC 5246 s7.2.1), also in the middle of a handshake, which fails
   * as `closed` then. Nothing happens to what has ended.
   */
  end(association: Association): void {
    if (association.isLive) {
      this.#sayGoodbye(association, 'ended here');
    } else if (association.handshake !== undefined) {
      this.#handshakes.cancel(association);
    }
  }

  /** Ends what the identity has, alive or to be gone on with: its key is no longer good. */
  forgetIdentity(identity: string): void {
    this.#sessions.forget(identity);
    for (const association of this.#table.ofIdentity(identity)) this.end(association);
    for (const association of this.#table.inHandshake()) {
      if (association.identity === identity) this.end(association);
    }
  }

  /**
   * As it was before the process ended (stored.ts); undefined when there is no room, among all or
   * for its identity, when its suite is allowed no more, or when another has its place. The first
   * record to it asks for numbers and is not sent: none is before its owner has confirmed them.
   */
  import(stored: StoredAssociation): Association | undefined {
    const { ownCid, listener, host, port } = stored;
    const known = ownCid === undefined ? this.#table.ofAddress(addressKey(listener, host, port))
      : this.#table.ofCid(ownCid);
    // What agrees on the disk with another was damaged there.
    if (known !== undefined) return undefined;
    if (this.#table.size >= this.#table.limits.associations) return undefined;
    // What was allowed then may not be now.
    if (!this.#suites.some(({ id }) => id === stored.suite)) return undefined;
    if (this.#hasEnough(stored)) return undefined;
    const association = importAssociation(stored);
    this.#table.addLive(association);
    return association;
  }

  /** One that was kept before the process ended, oldest first; false when it is no longer good. */
  importSession(key: string, session: Session, until: Milliseconds): boolean {
    // What was allowed then may not be now.
    const isAllowed = this.#suites.some(({ id }) => id === session.suite.id);
    // The clock may have been ahead then, and been set back since.
    const left = until - this.#clock.now();
    if (!isAllowed || left <= 0 || left > SESSION_LIFETIME) return false;
    this.#sessions.restore(key, session, until);
    return true;
  }

  #onCid(listener: number, address: Address, datagram: Uint8Array, frame: RecordFrame): void {
    const at = frame.start + CID_AT;
    const association =
      datagram[at] === this.#node ? this.#table.ofCid(cidAt(datagram, at)) : undefined;
    if (association === undefined) {
      this.counters.unknown++;
    } else if (!association.isLive) {
      this.#handshakes.step(association, datagram, frame);
    } else {
      const opened = this.#open(association, datagram, frame);
      if (opened?.isNewest === true) this.#follow(association, listener, address);
      // Whoever heard of the move may have ended it.
      if (association.isLive) this.#onOpened(association, opened);
    }
  }

  /** Of a peer without a connection id of ours: who lives there, or a handshake beside it. */
  #onProtected(
    listener: number, address: Address, datagram: Uint8Array, frame: RecordFrame,
  ): void {
    const key = addressKey(listener, address.host, address.port);
    const association = this.#table.ofAddress(key);
    const opened = association && this.#open(association, datagram, frame);
    const pending = opened === undefined ? this.#table.handshakeAt(key) : undefined;
    if (pending !== undefined && !pending.isLive && pending.ownCid === undefined) {
      this.#handshakes.step(pending, datagram, frame);
    } else if (association !== undefined) this.#onOpened(association, opened);
    else this.counters.unknown++;
  }

  #open(
    association: Association, datagram: Uint8Array, frame: RecordFrame,
  ): Opened | undefined {
    if (!this.#hasKeys(association)) return undefined;
    return openRecord(this.#crypto, association, datagram, frame);
  }

  /** One that was imported may get them now. */
  #hasKeys(association: Association): boolean {
    if (association.hasKeys) return true;
    const keys = this.#keysOf(association);
    if (keys === undefined) this.#close(association, 'keys are lost');
    else association.importKeys(keys);
    return association.hasKeys;
  }

  #onOpened(association: Association, opened: Opened | undefined): void {
    if (opened !== undefined) this.#table.onHeard(association);
    switch (opened?.type) {
      case ContentType.APPLICATION_DATA:
        // Who speaks has heard our Finished.
        this.#handshakes.letGo(association);
        this.#owner.plaintext(association, opened.content);
        return;
      case ContentType.ALERT: this.#onAlert(association, opened.content); break;
      case ContentType.HANDSHAKE: this.#onMessage(association, opened.content); break;
      default: this.counters.dropped++;
    }
    // Nobody hears of it, but it must not count again after a restart.
    if (opened !== undefined && association.isLive) {
      this.#owner.event({ kind: 'reserved', association });
    }
  }

  #onAlert(association: Association, content: Uint8Array): void {
    const alert = decodeAlert(content);
    if (!alert.ok) {
      this.counters.dropped++;
    } else if (alert.value.description === Alert.CLOSE_NOTIFY) {
      // RFC 5246 s7.2.1: answered by the same.
      this.#sayGoodbye(association, 'closed by peer');
    } else if (alert.value.isFatal) {
      // RFC 5246 s7.2.2: nobody goes on with such a session.
      this.#sessions.forget(association.identity);
      this.#close(association, 'fatal alert');
    }
  }

  /** After the handshake: its last message again, or the wish for another one. */
  #onMessage(association: Association, content: Uint8Array): void {
    const wish =
      association.role === 'server' ? HandshakeType.CLIENT_HELLO : HandshakeType.HELLO_REQUEST;
    if (content[0] === wish && content.length >= HANDSHAKE_HEADER_LENGTH) {
      // RFC 5746 s4.5, RFC 5246 s7.2.2: we never negotiate again, and say so.
      this.#sendAlert(association, Alert.NO_RENEGOTIATION);
    } else if (association.handshake !== undefined) {
      this.#handshakes.onLateMessage(association, content);
    } else this.counters.dropped++;
  }

  /** RFC 9146 s6: authentic and newer than all before it, so this is where the peer is now. */
  #follow(association: Association, listener: number, address: Address): void {
    const from = association.address;
    const isThere = from.port === address.port && from.host === address.host
      && association.listener === listener;
    if (isThere) return;
    const now = Math.floor(this.#clock.now() / 1000);
    if (now < association.movedAt + MOVE_INTERVAL_SECONDS) {
      this.counters.heldBack++;
      return;
    }
    association.movedAt = now;
    // Who shakes hands there stays; one flight may wait at an address, and this one was the last.
    const there = this.#table.handshakeAt(addressKey(listener, address.host, address.port));
    if (there !== undefined && there !== association) this.#handshakes.letGo(association);
    this.#table.move(association, listener, address);
    this.#owner.event({ kind: 'moved', association, from });
  }

  #sendAlert(association: Association, description: AlertDescription): void {
    this.#sendRecord(association, ContentType.ALERT, encodeAlert(description));
  }

  #sendRecord(association: Association, type: number, content: Uint8Array): SendOutcome {
    if (association.writeSequence > SEQUENCE_MAX) {
      // RFC 6347 s4.1: ended before a number comes again.
      this.#close(association, 'sequence numbers used up');
      return 'ended';
    }
    if (association.writeSequence >= association.reservedSequence - SEQUENCES_RESERVED / 2) {
      this.#reserve(association);
      // Whoever heard of that may have ended it.
      if (!association.isLive) return 'ended';
    }
    // A number that the disk calls free would be used again after a crash.
    if (!association.isNextReserved) return 'unreserved';
    if (!this.#hasKeys(association)) return 'ended';
    const record = sealRecord(this.#crypto, this.#random, association, type, content);
    this.#owner.send(association.listener, association.address, record);
    return 'sent';
  }

  #reserve(association: Association): void {
    association.reservedSequence = association.writeSequence + SEQUENCES_RESERVED;
    this.#owner.event({ kind: 'reserved', association });
  }

  /**
   * Only for who has proved his identity, and so nobody closes more associations of others than
   * he can have himself.
   */
  #makePlace(association: Association): void {
    const { ownCid, identity } = association;
    const there =
      ownCid === undefined ? this.#table.ofAddress(association.addressKey) : undefined;
    // Who speaks from there would not understand a goodbye.
    if (there !== undefined) this.#close(there, 'replaced by another');
    if (this.#hasEnough(association)) {
      this.#sayGoodbye(this.#table.ofIdentity(identity)[0], 'replaced by another');
    }
    if (this.#table.size >= this.#table.limits.associations) {
      this.#sayGoodbye(this.#table.longestSilent, 'too many associations');
    }
  }

  /** Of who is a client here, the identity is our own, and what it connects to our affair. */
  #hasEnough({ role, identity }: Pick<Association, 'role' | 'identity'>): boolean {
    return role === 'server'
      && this.#table.ofIdentity(identity).length >= ASSOCIATIONS_OF_IDENTITY_MAX;
  }

  /** RFC 5246 s7.2.1: if it still listens, it need not speak to nobody from then on. */
  #sayGoodbye(association: Association | undefined, reason: ClosedReason): void {
    if (association === undefined) return;
    this.#sendAlert(association, Alert.CLOSE_NOTIFY);
    this.#close(association, reason);
  }

  #close(association: Association, reason: ClosedReason): void {
    this.#handshakes.letGo(association);
    if (!association.isLive) return;
    this.#table.dropLive(association);
    this.#owner.event({ kind: 'closed', association, reason });
  }
}
