// CoAP's message layer, one class for servers and clients (RFC 7252 s4, s5.2, s5.3; RFC 7641 s3.5
// for Resets of notifications). Bodies longer than a message (RFC 7959) are in blockwise.ts, which
// stands between this class and its callers; here a block is a message like any other.

import type { Clock, Milliseconds, Peer, Random, Transport } from '../ports.ts';
import { assert } from '../result.ts';
import { decodeMessage, encodeMessage, type DecodeFailure } from './codec.ts';
import {
  ACKNOWLEDGED, keptReply, NOT_FOUND, PENDING, REJECTED, replyBytes, TAKEN, type RecentMessages,
} from './deduplication.ts';
import { PendingInboundRequest, PendingNotification } from './inbound.ts';
import {
  type Counters, type Layer, LIMITS_DEFAULT, type MessageLimits, newCounters, send,
  sendAcknowledgement, sendReset,
} from './layer.ts';
import { MessageIds } from './message-id.ts';
import {
  ACK, Code, CON, type Message, NO_BYTES, NON, type Option, OptionNumber, RST,
} from './message.ts';
import { inOrder, observe, optionDefinitions, unsupportedCriticalOption } from './options.ts';
import {
  type Draft, encodeDraft, type Ending, type NotifyOutcome, Outbound, type Outcome, type Response,
} from './outbound.ts';
import {
  ACK_TIMEOUT_MAX, acknowledgementDelay, exchangeLifetime, nonLifetime,
} from './parameters.ts';
import { PeerStates, type PeerState } from './peer-state.ts';

export type { Counters, MessageLimits } from './layer.ts';
export type { NotifyOutcome, Outcome } from './outbound.ts';

export interface MessageLayerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** For a stream of its own for each peer: what one draws changes nothing for the others. */
  readonly randomOf?: ((peer: Peer) => Random) | undefined;
  readonly transport: Transport<Peer>;
  /** The peer's own ACK_TIMEOUT (RFC 7252 s4.8); all other spans derive from it. */
  readonly ackTimeout: (peer: Peer) => Milliseconds;
  /** The same in every process that serves the same peers; see message-id.ts. */
  readonly messageIdSeed: number;
  readonly limits?: Partial<MessageLimits>;
  /** Takes a response with a Block option; false, as without it: it is for who asked. */
  readonly takeBlock?: (request: Outbound, response: Response) => boolean;
}

export interface RequestContent {
  readonly code: number;
  readonly options: readonly Option[];
  readonly payload: Uint8Array;
  /** Given where it must be known beforehand (Observe); else 8 random bytes. */
  readonly token?: Uint8Array | undefined;
}

export interface ResponseContent {
  readonly code: number;
  readonly options?: readonly Option[] | undefined;
  readonly payload?: Uint8Array | undefined;
}

export interface NotificationContent {
  readonly type: typeof CON | typeof NON;
  readonly code: number;
  readonly token: Uint8Array;
  readonly options: readonly Option[];
  readonly payload: Uint8Array;
}

/** A request of ours, to cancel it by. */
export interface OutboundRequest {
  readonly peer: Peer;
  readonly token: Uint8Array;
}

/** A request of a peer, to respond to once. */
export interface InboundRequest {
  readonly peer: Peer;
  readonly message: Message;
}

/** A response that no open request of ours asked for, to accept or reject once. */
export interface InboundNotification {
  readonly peer: Peer;
  readonly message: Message;
}

export type Received =
  | { readonly kind: 'request'; readonly request: InboundRequest }
  | { readonly kind: 'notification'; readonly notification: InboundNotification }
  /** Nothing to do: an ACK, a Reset, a duplicate, malformed, a response handed to its request. */
  | { readonly kind: 'handled' };

const HANDLED: Received = { kind: 'handled' };

/** Longer replies to GET and FETCH are not kept (see #keep). */
const KEPT_REPLY_LENGTH_MAX = 128;

const UNDERSTOOD: ReadonlySet<number> = new Set(optionDefinitions.keys());

const diagnostic = new TextEncoder();

export class MessageLayer {
  readonly #layer: Layer;
  readonly #peers: PeerStates;

  constructor(options: MessageLayerOptions) {
    const { clock, random, transport, ackTimeout, messageIdSeed, limits } = options;
    this.#layer = {
      clock, transport,
      randomOf: options.randomOf ?? (() => random),
      ackTimeout: (peer) => Math.min(ackTimeout(peer), ACK_TIMEOUT_MAX),
      messageIds: new MessageIds(clock.now(), messageIdSeed),
      limits: { ...LIMITS_DEFAULT, ...limits },
      counters: newCounters(),
      takeBlock: options.takeBlock ?? (() => false),
    };
    this.#peers = new PeerStates(this.#layer);
  }

  get counters(): Readonly<Counters> {
    return this.#layer.counters;
  }

  /** What is held, for tests of boundedness; walks over everything. */
  sizes(): { peers: number; recent: number; outbound: number } {
    const now = this.#layer.clock.now();
    const sizes = { peers: 0, recent: 0, outbound: 0 };
    for (const state of this.#peers.values()) {
      sizes.peers++;
      sizes.recent += state.recent.count(now);
      sizes.outbound += state.outbox?.size ?? 0;
    }
    return sizes;
  }

  /** Takes any datagram; what is left to the caller is in the result. */
  receive(peer: Peer, datagram: Uint8Array): Received {
    this.#layer.counters.received++;
    const decoded = decodeMessage(datagram);
    if (!decoded.ok) return this.#onMalformed(peer, decoded.reason);
    const message = decoded.value;
    if (message.type === ACK) return this.#onAcknowledgement(peer, message);
    if (message.type === RST) return this.#onReset(peer, message);
    if (message.code === Code.EMPTY) return this.#onPing(peer, message);
    const isRequest = message.code < 0x20;
    if (isRequest ? !this.#isServable(peer, message) : !this.#isReadable(peer, message)) {
      return HANDLED;
    }
    const state = this.#peers.getOrAdd(peer);
    if (state === undefined) return this.#onOverload();
    const now = this.#layer.clock.now();
    const slot = state.recent.find(message.mid, now);
    if (slot !== NOT_FOUND) return this.#onDuplicate(peer, message, state.recent, slot);
    return isRequest ? this.#onRequest(state, message, now) : this.#onResponse(state, message, now);
  }

  /** Answers now or later: piggybacked, or after the empty ACK in a message of its own. */
  respond(request: InboundRequest, response: ResponseContent): void {
    assert(request instanceof PendingInboundRequest, 'a request comes from receive()');
    assert(request.phase !== 'answered', 'a request is answered once');
    const { peer, message, recent, slot, phase } = request;
    request.stopTimer();
    request.phase = 'answered';
    const { code, options = [], payload = NO_BYTES } = response;
    // RFC 7252 s5.2: piggybacked, separate, or non-confirmable like the request.
    const type = message.type === NON ? NON : phase === 'acknowledged' ? CON : ACK;
    const { token } = message;
    const draft: Draft = { type, code, token, options: inOrder(options), payload };
    if (type === ACK) {
      const datagram = encodeDraft(draft, message.mid);
      this.#keep(request, datagram);
      send(this.#layer, peer, datagram);
      return;
    }
    const outbox = this.#peers.outbox(peer);
    if (type === NON) {
      outbox.sendOnce(draft);
    } else {
      recent.settle(slot, message.mid, ACKNOWLEDGED);
      outbox.confirmable('response', draft, ignoreEnding);
    }
  }

  /** Acknowledges; until then duplicates are swallowed, afterwards they get the ACK again. */
  accept(notification: InboundNotification): void {
    const { peer, message, recent, slot } = answered(notification);
    if (message.type === NON) return;
    recent.settle(slot, message.mid, ACKNOWLEDGED);
    sendAcknowledgement(this.#layer, peer, message.mid);
  }

  /** Sends a Reset, also for a NON: the peer then ends the observation (RFC 7641 s3.5). */
  reject(notification: InboundNotification): void {
    const { peer, message, recent, slot } = answered(notification);
    recent.settle(slot, message.mid, REJECTED);
    sendReset(this.#layer, peer, message.mid);
  }

  /** As if it had never come: its retransmission will be a new one. */
  ignore(notification: InboundNotification): void {
    const { message, recent, slot } = answered(notification);
    recent.remove(slot, message.mid);
  }

  /** Sends when all earlier ones to the peer are acknowledged; `done` is never called inside. */
  request(peer: Peer, content: RequestContent, done: (outcome: Outcome) => void): OutboundRequest {
    const { code, payload } = content;
    const token = content.token ?? this.#layer.randomOf(peer).bytes(8);
    const draft: Draft = { type: CON, code, token, options: inOrder(content.options), payload };
    const ended = done as (ending: Ending) => void;
    return this.#peers.outbox(peer).confirmable('request', draft, ended);
  }

  /** Ends the request as cancelled, if it has not ended. */
  cancel(request: OutboundRequest): void {
    assert(request instanceof Outbound, 'a request comes from request()');
    request.owner.cancel(request);
  }

  /** The server's side of an observation. Confirmable ones take turns with requests. */
  notify(
    peer: Peer, content: NotificationContent, done: (outcome: NotifyOutcome) => void,
  ): void {
    const { type, code, token, payload } = content;
    const draft = { type, code, token, options: inOrder(content.options), payload };
    const outbox = this.#peers.outbox(peer);
    const ended = done as (ending: Ending) => void;
    if (type === CON) outbox.confirmable('notification', draft, ended);
    else outbox.nonConfirmable(draft, ended);
  }

  /** Drops all state of the peer; what is open ends as cancelled. */
  forget(peer: Peer): void {
    this.#peers.forget(peer);
  }

  #onMalformed(peer: Peer, { header }: DecodeFailure): Received {
    this.#layer.counters.malformed++;
    // RFC 7252 s4.2, s4.3: a malformed CON is rejected by a Reset, anything else in silence.
    if (header?.type === CON) sendReset(this.#layer, peer, header.mid);
    return HANDLED;
  }

  #onAcknowledgement(peer: Peer, message: Message): Received {
    // RFC 7252 s5.4.1: a response with an unknown critical option is rejected; of an ACK that
    // means in silence (s4.2). The same goes for an ACK with a request in it.
    const isRequest = message.code !== Code.EMPTY && message.code < 0x20;
    const isUseful = !isRequest &&
      unsupportedCriticalOption(message, UNDERSTOOD) === undefined;
    const outbox = isUseful ? this.#peers.get(peer)?.outbox : undefined;
    if (outbox?.onAcknowledgement(message) !== true) this.#layer.counters.ignored++;
    return HANDLED;
  }

  #onReset(peer: Peer, message: Message): Received {
    // RFC 7252 s4.2: a Reset is Empty; any other is ignored.
    const outbox = message.code === Code.EMPTY ? this.#peers.get(peer)?.outbox : undefined;
    if (outbox?.onReset(message.mid) === true) this.#layer.counters.resetsReceived++;
    else this.#layer.counters.ignored++;
    return HANDLED;
  }

  /** RFC 7252 s4.3: an Empty CON provokes a Reset ("CoAP ping"); an Empty NON is ignored. */
  #onPing(peer: Peer, message: Message): Received {
    if (message.type === CON) sendReset(this.#layer, peer, message.mid);
    else this.#layer.counters.ignored++;
    return HANDLED;
  }

  /** Refuses what no handler could serve; without state, so a duplicate gets the same again. */
  #isServable(peer: Peer, message: Message): boolean {
    const refusal = refusalOf(message);
    if (refusal === undefined) return true;
    if (message.type === CON) {
      const { mid, token } = message;
      const { code, payload } = refusal;
      send(this.#layer, peer, encodeMessage({ type: ACK, code, mid, token, options: [], payload }));
    } else {
      // RFC 7252 s4.3, s5.4.1: a NON that cannot be processed is rejected in silence.
      this.#layer.counters.ignored++;
    }
    return false;
  }

  #isReadable(peer: Peer, message: Message): boolean {
    if (unsupportedCriticalOption(message, UNDERSTOOD) === undefined) return true;
    // RFC 7252 s5.4.1: such a response is rejected, by a Reset or in silence.
    if (message.type === CON) sendReset(this.#layer, peer, message.mid);
    else this.#layer.counters.ignored++;
    return false;
  }

  #onDuplicate(peer: Peer, message: Message, recent: RecentMessages, slot: number): Received {
    this.#layer.counters.duplicates++;
    const reply = recent.replyAt(slot);
    // Message IDs of CON and NON share one space, but a NON never gets an ACK.
    if (reply === REJECTED) sendReset(this.#layer, peer, message.mid);
    else if (message.type === NON) return HANDLED;
    else if (reply === ACKNOWLEDGED) sendAcknowledgement(this.#layer, peer, message.mid);
    else if (typeof reply === 'string') send(this.#layer, peer, replyBytes(reply));
    else if (typeof reply === 'object') reply.onDuplicate();
    return HANDLED;
  }

  #onRequest(state: PeerState, message: Message, now: Milliseconds): Received {
    const { peer, recent } = state;
    const request = new PendingInboundRequest(peer, message, recent, this.#layer);
    const isConfirmable = message.type === CON;
    request.slot = this.#remember(state, message, isConfirmable ? request : TAKEN, now);
    if (request.slot === NOT_FOUND) return this.#onOverload();
    if (isConfirmable) {
      const due = now + acknowledgementDelay(this.#layer.ackTimeout(peer));
      request.timer = this.#layer.clock.schedule(due, request);
    }
    return { kind: 'request', request };
  }

  #onResponse(state: PeerState, message: Message, now: Milliseconds): Received {
    const { peer, recent, outbox } = state;
    const isConfirmable = message.type === CON;
    const isAwaited = outbox !== undefined && outbox.isAwaiting(message);
    // A notification may overtake the answer to the request for it and is taken for that answer;
    // as any notification it is acknowledged only once the caller has its value safe.
    if (isAwaited && !(isConfirmable && observe(message) !== undefined)) {
      this.#remember(state, message, isConfirmable ? ACKNOWLEDGED : TAKEN, now);
      if (isConfirmable) sendAcknowledgement(this.#layer, peer, message.mid);
      outbox.onResponse(message, undefined);
      return HANDLED;
    }
    const slot = this.#remember(state, message, isConfirmable ? PENDING : TAKEN, now);
    if (slot === NOT_FOUND) return this.#onOverload();
    const notification = new PendingNotification(peer, message, recent, slot);
    if (!isAwaited) return { kind: 'notification', notification };
    outbox.onResponse(message, notification);
    return HANDLED;
  }

  #remember(
    state: PeerState, message: Message, reply: Parameters<RecentMessages['add']>[1],
    now: Milliseconds,
  ): number {
    const ackTimeout = this.#layer.ackTimeout(state.peer);
    const lifetime = message.type === CON ? exchangeLifetime(ackTimeout) : nonLifetime(ackTimeout);
    const limit = this.#layer.limits.recentPerPeer;
    return state.recent.add(message.mid, reply, now + lifetime, now, limit);
  }

  #keep(request: PendingInboundRequest, datagram: Uint8Array): void {
    const { message, recent, slot } = request;
    const isSafe = message.code === Code.GET || message.code === Code.FETCH;
    // RFC 7252 s4.5: a safe request may be executed again instead of keeping a large reply for
    // EXCHANGE_LIFETIME; what changes anything is executed once, whatever it costs.
    if (isSafe && datagram.length > KEPT_REPLY_LENGTH_MAX) recent.remove(slot, message.mid);
    else recent.settle(slot, message.mid, keptReply(datagram));
  }

  #onOverload(): Received {
    // Dropped like a lost datagram; a CON comes again.
    this.#layer.counters.refused++;
    return HANDLED;
  }
}

function refusalOf(request: Message): { code: number; payload: Uint8Array } | undefined {
  const unsupported = unsupportedCriticalOption(request, UNDERSTOOD);
  if (unsupported !== undefined) {
    // RFC 7252 s5.4.1: 4.02 should say which option it was.
    const payload = diagnostic.encode(`critical option ${unsupported} not supported`);
    return { code: Code.BAD_OPTION, payload };
  }
  // RFC 7252 s5.8: an unrecognized method.
  if (request.code > Code.IPATCH) return { code: Code.METHOD_NOT_ALLOWED, payload: NO_BYTES };
  // RFC 7252 s5.10.2: we are no proxy.
  const isProxied = request.options.some(
    ({ number }) => number === OptionNumber.PROXY_URI || number === OptionNumber.PROXY_SCHEME,
  );
  return isProxied ? { code: Code.PROXYING_NOT_SUPPORTED, payload: NO_BYTES } : undefined;
}

function answered(notification: InboundNotification): PendingNotification {
  assert(notification instanceof PendingNotification, 'a notification comes from receive()');
  assert(!notification.isAnswered, 'a notification is accepted or rejected once');
  notification.isAnswered = true;
  return notification;
}

function ignoreEnding(): void {}
