// The handshakes under way, of servers and clients: who may begin one, what a step leaves to be
// done, their timers, and how an association comes to live (RFC 6347 s4.2). What is said in them
// is in server.ts and client.ts.

import { isEqual, toHex } from '../bytes.ts';
import { addressKey } from '../peer.ts';
import type { Address, Clock, Crypto, Milliseconds, Task } from '../ports.ts';
import { assert } from '../result.ts';
import { Alert } from './alerts.ts';
import { Association, type Role } from './association.ts';
import { beginClient } from './client.ts';
import type { Cookies } from './cookie.ts';
import type { Counters, DtlsEvent, Owner } from './events.ts';
import { FailureLimits } from './failure-limits.ts';
import {
  failHandshake, nameOf, nextDue, onHandshakeDue, type ClientProfile, type Failure,
  type FailureReason, type Handshake, type Surroundings,
} from './handshake.ts';
import { decodeClientHelloStart, decodeFragments, HandshakeType } from './handshake-messages.ts';
import { onContent, onHandshakeRecord } from './handshake-records.ts';
import { answerHello } from './hello.ts';
import { ContentType, type RecordFrame } from './record.ts';
import { beginServer } from './server.ts';
import { SEQUENCES_RESERVED } from './stored.ts';
import type { Suite } from './suites.ts';
import type { AssociationTable } from './table.ts';

const NOTHING = new Uint8Array(0);

export class Handshakes {
  readonly #clock: Clock;
  readonly #owner: Owner;
  readonly #counters: Counters;
  readonly #table: AssociationTable;
  readonly #cookies: Cookies;
  readonly #failures: FailureLimits;
  readonly #surroundings: Surroundings;
  /** Closes those that make place for one about to live. */
  readonly #makePlace: (association: Association) => void;

  constructor(
    clock: Clock, owner: Owner, counters: Counters, table: AssociationTable, cookies: Cookies,
    surroundings: Surroundings, makePlace: (association: Association) => void,
  ) {
    this.#clock = clock;
    this.#owner = owner;
    this.#counters = counters;
    this.#table = table;
    this.#cookies = cookies;
    this.#failures = new FailureLimits(table.limits.failures);
    this.#surroundings = surroundings;
    this.#makePlace = makePlace;
  }

  connect(listener: number, address: Address, profile: ClientProfile): Association {
    const association = this.#newAssociation('client', listener, address);
    const displaced = this.#makeRoom(association);
    if (profile.connectionId === 'own') this.#surroundings.giveCid(association);
    const now = this.#clock.now();
    const key = clientKey(this.#surroundings.crypto, association, profile);
    const session = this.#surroundings.sessions.find(key, now);
    beginClient(this.#surroundings, association, profile, session, now);
    this.#begin(association, displaced);
    this.#settle(association);
    return association;
  }

  /** A record of epoch 0: of a handshake, or of who begins one. */
  onPlain(listener: number, address: Address, datagram: Uint8Array, frame: RecordFrame): void {
    const pending = this.#table.handshakeAt(addressKey(listener, address.host, address.port));
    if (isClientHello(datagram, frame) && !isOf(pending, datagram, frame)) {
      this.#onClientHello(listener, address, datagram, frame, pending);
    } else if (pending !== undefined) this.step(pending, datagram, frame);
    else this.#counters.unknown++;
  }

  /** A record for who does not live yet. */
  step(association: Association, datagram: Uint8Array, frame: RecordFrame): void {
    onHandshakeRecord(this.#surroundings, association, datagram, frame, this.#clock.now());
    this.#settle(association);
  }

  /** A message to who lives, and may have to repeat his last flight. */
  onLateMessage(association: Association, content: Uint8Array): void {
    const now = this.#clock.now();
    onContent(this.#surroundings, association, ContentType.HANDSHAKE, content, now);
    this.#settle(association);
  }

  /** RFC 5246 s7.2.1, s7.2.2: ends it for no fault of the peer, who need not wait for more. */
  cancel(association: Association): void {
    const { handshake } = association;
    assert(handshake !== undefined && !association.isLive, 'only a handshake is canceled');
    for (const alert of [Alert.USER_CANCELED, Alert.CLOSE_NOTIFY]) {
      failHandshake(this.#surroundings, association, handshake, 'closed', alert);
    }
    this.#settle(association);
  }

  /** Forgets the handshake, whether it led to something or not. */
  letGo(association: Association): void {
    const { handshake } = association;
    if (handshake === undefined) return;
    if (handshake.timer !== undefined) this.#clock.cancel(handshake.timer);
    this.#table.dropHandshake(association);
    association.handshake = undefined;
  }

  /** A flight is to be sent again, or kept no longer. */
  onDue(association: Association, now: Milliseconds): void {
    const { handshake } = association;
    if (handshake === undefined) return;
    handshake.timer = undefined;
    if (nextDue(handshake) > now) this.#arm(association, handshake);
    else if (association.isLive) this.letGo(association);
    else {
      onHandshakeDue(this.#surroundings, association, handshake, now);
      this.#settle(association);
    }
  }

  #onClientHello(
    listener: number, address: Address, datagram: Uint8Array, frame: RecordFrame,
    pending: Association | undefined,
  ): void {
    const now = this.#clock.now();
    // Before anything that takes time, as this is for who comes too often.
    if (this.#failures.isPaused(address.host, now)) {
      this.#counters.pausedHellos++;
      return;
    }
    const source = `${listener} ${address.host} ${address.port}`;
    const answer = answerHello(this.#cookies, source, datagram, frame, now);
    if (answer.kind === 'unreadable') {
      this.#counters.unreadableHellos++;
    } else if (answer.kind === 'good') {
      const association = this.#newAssociation('server', listener, address);
      const displaced = this.#makeRoom(association);
      const { start, sequence } = answer;
      beginServer(this.#surroundings, association, start, sequence, frame.sequence, now);
      this.#begin(association, displaced);
      if (association.handshake !== undefined) this.step(association, datagram, frame);
    } else {
      if (answer.kind === 'verify') this.#counters.helloVerifyRequests++;
      if (pending?.handshake !== undefined) pending.handshake.isBegunAnew = true;
      this.#owner.send(listener, address, answer.datagram);
    }
  }

  #newAssociation(role: Role, listener: number, address: Address): Association {
    return new Association(this.#table.newId(), role, listener, address);
  }

  /**
   * Handshakes are few: the one at the same address goes, else one of too many. What its owner is
   * to hear of it he is told once the place is taken, as he may begin another when he hears it.
   */
  #makeRoom({ addressKey: key }: Association): readonly DtlsEvent[] {
    // RFC 6347 s4.2.8: whoever begins anew at an address has given up what he began before.
    const before = this.#table.handshakeAt(key);
    const association = before ?? this.#table.dispensableHandshake;
    if (association === undefined) return [];
    if (before === undefined) this.#counters.evicted++;
    const { isLive, role } = association;
    this.#giveUp(association);
    if (isLive) return [];
    const pauses = this.#countFailure(association);
    // Of floods the counter tells, as an event for each of them would be the next flood.
    if (before === undefined && role === 'server') return pauses;
    const reason: FailureReason =
      before === undefined ? 'too many handshakes' : 'replaced by another';
    const failed = {
      kind: 'failed', association, reason, alert: undefined, peerKey: undefined,
    } as const;
    return [failed, ...pauses];
  }

  #begin(association: Association, displaced: readonly DtlsEvent[]): void {
    this.#table.addHandshake(association);
    for (const event of displaced) this.#owner.event(event);
  }

  /** Of a peer; the event that his host has to pause. */
  #countFailure(association: Association): DtlsEvent[] {
    const { role, address: { host } } = association;
    const pause = role === 'server' ? this.#failures.onFailed(host, this.#clock.now()) : undefined;
    return pause === undefined ? [] : [{ kind: 'paused', association, ...pause }];
  }

  #fail(association: Association, { reason, alert }: Failure): void {
    const peerKey = association.handshake?.peerKey;
    this.#giveUp(association);
    // What we ended ourselves was no fault of the peer.
    const pauses = reason === 'closed' ? [] : this.#countFailure(association);
    this.#owner.event({ kind: 'failed', association, reason, alert, peerKey });
    for (const event of pauses) this.#owner.event(event);
  }

  #giveUp(association: Association): void {
    const { handshake, isLive, role, identity } = association;
    assert(handshake !== undefined, 'only a handshake is given up');
    // The session may be why, and must not be why for ever.
    if (handshake.session !== undefined && role === 'client' && !isLive) {
      this.#surroundings.sessions.forget(identity);
    }
    this.letGo(association);
  }

  /** Does what a step left to be done. */
  #settle(association: Association): void {
    const { handshake, address, listener } = association;
    if (handshake === undefined) return;
    const { out, failure } = handshake;
    handshake.out = [];
    for (const datagram of out) this.#owner.send(listener, address, datagram);
    if (association.handshake !== handshake) return;
    if (failure !== undefined) {
      if (!association.isLive) this.#fail(association, failure);
      return;
    }
    if (handshake.state === 'DONE' && !association.isLive) this.#establish(association, handshake);
    // Whoever heard of it may have ended it.
    if (association.handshake !== undefined) this.#arm(association, handshake);
  }

  #establish(association: Association, handshake: Handshake): void {
    this.#makePlace(association);
    // Whoever heard of who had it may have ended this one.
    if (association.handshake !== handshake) return;
    this.#keepSession(association, handshake);
    const { peerChain } = handshake.session ?? handshake;
    // What is left of it may be here for minutes, and needs no secrets.
    handshake.master = NOTHING;
    handshake.ephemeral = undefined;
    handshake.peerChain = undefined;
    association.reservedSequence = association.writeSequence + SEQUENCES_RESERVED;
    // Nothing is on disk that says less, and what never gets there is never gone on with.
    association.durableSequence = association.reservedSequence;
    this.#table.addLive(association);
    if (handshake.flight.length === 0) this.letGo(association);
    const isResumed = handshake.session !== undefined;
    this.#owner.event({ kind: 'established', association, isResumed, peerChain });
  }

  #keepSession(association: Association, handshake: Handshake): void {
    const { sessionId: id, master, hasExtendedMasterSecret, profile, serverName } = handshake;
    const { peerKey, peerChain } = handshake;
    if (handshake.session !== undefined || id.length === 0) return;
    const { identity, security, suite } = association;
    const key = profile === undefined ? toHex(id)
      : clientKey(this.#surroundings.crypto, association, profile);
    const session = {
      id, master, suite, hasExtendedMasterSecret, identity, security, serverName, peerKey,
      peerChain,
    };
    this.#surroundings.sessions.add(key, session, this.#clock.now());
  }

  /** A timer that is too early is not worth cancelling. */
  #arm(association: Association, handshake: Handshake): void {
    const { timer } = handshake;
    const due = nextDue(handshake);
    if (timer !== undefined && timer.due <= due) return;
    if (timer !== undefined) this.#clock.cancel(timer);
    handshake.timer = this.#clock.schedule(due, new HandshakeTimer(this, association));
  }
}

class HandshakeTimer implements Task {
  readonly #handshakes: Handshakes;
  readonly #association: Association;

  constructor(handshakes: Handshakes, association: Association) {
    this.#handshakes = handshakes;
    this.#association = association;
  }

  onDue(now: Milliseconds): void {
    this.#handshakes.onDue(this.#association, now);
  }
}

function isClientHello(datagram: Uint8Array, { type, from, to }: RecordFrame): boolean {
  return type === ContentType.HANDSHAKE && to > from
    && datagram[from] === HandshakeType.CLIENT_HELLO;
}

/**
 * Whether the ClientHello is the one that this handshake began with, or a part of it. There are
 * devices that draw the same random after each start, and so get the same cookie in the period of
 * a secret: byte by byte, their hello is the one before. Until the client has gone on, both have
 * the same answer; after that, it is another if it was asked for without a cookie again.
 */
function isOf(
  pending: Association | undefined, datagram: Uint8Array, { from, to }: RecordFrame,
): boolean {
  const handshake = pending?.role === 'server' ? pending.handshake : undefined;
  const [first] = decodeFragments(datagram.subarray(from, to)) ?? [];
  if (handshake === undefined || first?.sequence !== handshake.helloSequence) return false;
  if (first.offset > 0) return true;
  const { hello: { random, cookie }, helloSequence, reassembly, isBegunAnew } = handshake;
  if (isBegunAnew && reassembly.next > helloSequence + 1) return false;
  const start = decodeClientHelloStart(first.body);
  return start !== undefined && isEqual(start.random, random) && isEqual(start.cookie, cookie);
}

/**
 * Where a client finds the session it had: by server, by who it was there, and by the keys that its
 * suites are with. Who has others since then has to prove them, and so has his server.
 */
function clientKey(
  crypto: Crypto, { listener, address }: Association, profile: ClientProfile,
): string {
  const { psk, rawKey, x509, suites, serverName = '' } = profile;
  const isCertified = (suite: Suite): boolean => suite.keyExchange === 'ECDHE_ECDSA';
  const keys: string[] = [];
  if (psk !== undefined && !suites.every(isCertified)) keys.push('psk', hashOf(crypto, psk.key));
  if (rawKey !== undefined && suites.some(isCertified)) {
    const { serverKey, keys: { publicKey } } = rawKey;
    keys.push('raw', hashOf(crypto, serverKey), hashOf(crypto, publicKey));
  }
  if (x509 !== undefined && suites.some(isCertified)) {
    keys.push('x509', hashOf(crypto, x509.keys.publicKey), x509.serverName ?? '');
  }
  const { host, port } = address;
  return [listener, host, port, serverName, ...keys, nameOf(profile)].join(' ');
}

function hashOf(crypto: Crypto, key: Uint8Array): string {
  return toHex(crypto.hash(key));
}
