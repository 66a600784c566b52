// What we send to one peer and expect something back for: requests, separate responses and
// notifications, with retransmission (RFC 7252 s4.2), NSTART 1 (s4.7) and the matching of
// responses (s5.3.2). What arrives unasked is in exchange.ts, longer bodies are in transfers.ts.

import { isEqual } from '../bytes.ts';
import type { Milliseconds, Peer, Task, Timer } from '../ports.ts';
import { unreachable } from '../result.ts';
import { mayHaveBlock } from './block.ts';
import type { PendingNotification } from './inbound.ts';
import { type Layer, send } from './layer.ts';
import { NO_ORDINAL } from './message-id.ts';
import { Code, type Message, NO_BYTES } from './message.ts';
import { observe } from './options.ts';
import { REGISTER } from './observe.ts';
import {
  type Draft, encodeDraft, type Ending, type Kind, Outbound, type Owner,
} from './outbound.ts';
import {
  ACK_RANDOM_FACTOR, MAX_RETRANSMIT, maxTransmitWait, nonLifetime,
} from './parameters.ts';

/** Non-confirmable notifications remembered per peer in case a Reset comes. */
export const NON_NOTIFICATIONS_MAX = 8;

const CANCELLED: Ending = { kind: 'cancelled' };
const REJECTED: Ending = { kind: 'rejected' };
const UNANSWERED: Ending = { kind: 'unanswered' };
const ACKNOWLEDGED: Ending = { kind: 'acknowledged' };
const SENT: Ending = { kind: 'sent' };

export class Outbox implements Owner, Task {
  readonly peer: Peer;
  readonly #layer: Layer;
  readonly #queue: Outbound[] = [];
  #inFlight: Outbound | undefined = undefined;
  /** Acknowledged requests: no longer outstanding in the sense of NSTART (RFC 7252 s4.7). */
  readonly #open: Outbound[] = [];
  /** Non-confirmable notifications, the oldest first. */
  readonly #sentOnce: Outbound[] = [];
  #lastOrdinal = NO_ORDINAL;
  /** Runs when a Message ID becomes free. */
  #wake: Timer | undefined = undefined;

  constructor(peer: Peer, layer: Layer) {
    this.peer = peer;
    this.#layer = layer;
  }

  /** Queues a confirmable message. `done` is never called inside. */
  confirmable(kind: Kind, draft: Draft, done: (ending: Ending) => void): Outbound {
    const outbound = new Outbound(this.peer, this, kind, draft, done);
    if (this.#queue.length < this.#layer.limits.queuedPerPeer) {
      this.#queue.push(outbound);
      this.#sendNext();
    } else {
      this.#layer.counters.refused++;
      this.#refuse(outbound);
    }
    return outbound;
  }

  /** Sends a non-confirmable notification; only the `done` of an older one is called inside. */
  nonConfirmable(draft: Draft, done: (ending: Ending) => void): void {
    const outbound = new Outbound(this.peer, this, 'notification', draft, done);
    const mid = this.sendOnce(draft);
    if (mid === undefined) {
      this.#refuse(outbound);
      return;
    }
    outbound.phase = 'sent once';
    outbound.mid = mid;
    this.#sentOnce.push(outbound);
    const { clock, ackTimeout } = this.#layer;
    this.#schedule(outbound, clock.now() + nonLifetime(ackTimeout(this.peer)));
    const oldest = this.#sentOnce[0] as Outbound;
    if (this.#sentOnce.length > NON_NOTIFICATIONS_MAX) this.#end(oldest, SENT);
  }

  /** Sends what nothing is expected for; undefined if Message IDs have outrun the clock. */
  sendOnce(draft: Draft): number | undefined {
    const mid = this.#takeMessageId();
    if (mid === undefined) this.#layer.counters.refused++;
    else send(this.#layer, this.peer, encodeDraft(draft, mid));
    return mid;
  }

  cancel(outbound: Outbound): void {
    if (outbound.phase !== 'ended') this.#end(outbound, CANCELLED);
  }

  cancelAll(): void {
    const all = [...this.#queue, ...this.#open, ...this.#sentOnce];
    if (this.#inFlight !== undefined) all.unshift(this.#inFlight);
    // First all of them out of the queue, so that ending one does not send the next.
    this.#queue.length = 0;
    if (this.#wake !== undefined) this.#layer.clock.cancel(this.#wake);
    this.#wake = undefined;
    for (const outbound of all) this.cancel(outbound);
  }

  /** An ACK, empty or with a piggybacked response; false if nobody waits for it. */
  onAcknowledgement(message: Message): boolean {
    if (message.code === Code.EMPTY) {
      if (this.#inFlight?.mid !== message.mid) return false;
      this.#onAcknowledged(this.#inFlight);
      return true;
    }
    const outbound = this.#withMessageId(message.mid);
    // RFC 7252 s5.3.2: of a piggybacked response Message ID and token must match.
    if (outbound?.kind !== 'request' || !isEqual(outbound.token, message.token)) return false;
    this.#end(outbound, { kind: 'response', message });
    return true;
  }

  /** False if the Reset belongs to nothing. */
  onReset(mid: number): boolean {
    const outbound = this.#withMessageId(mid);
    if (outbound === undefined) return false;
    this.#end(outbound, REJECTED);
    return true;
  }

  /** Whether a request waits for this response, sent in a message of its own (s5.2.2). */
  isAwaiting(message: Message): boolean {
    return this.#awaiting(message) !== undefined;
  }

  /** RFC 7252 s5.2.2: a response that overtook its ACK acknowledges as well. */
  onResponse(message: Message, notification: PendingNotification | undefined): void {
    const outbound = this.#awaiting(message);
    if (outbound !== undefined) this.#end(outbound, { kind: 'response', message, notification });
  }

  onOutboundDue(outbound: Outbound, now: Milliseconds): void {
    outbound.timer = undefined;
    switch (outbound.phase) {
      case 'sent':
        this.#onTimeout(outbound, now);
        return;
      case 'acknowledged':
        this.#layer.counters.unanswered++;
        this.#end(outbound, UNANSWERED);
        return;
      case 'sent once':
        this.#end(outbound, SENT);
        return;
      case 'refused':
        this.#end(outbound, { kind: 'refused', reason: 'too many messages to this peer' });
        return;
      case 'queued':
      case 'ended':
        return;
      default:
        unreachable(outbound.phase);
    }
  }

  onDue(): void {
    this.#wake = undefined;
    this.#sendNext();
  }

  /** Nothing expected, and no Message ID that would have to be remembered. */
  isForgettable(now: Milliseconds): boolean {
    return this.size === 0 && this.#layer.messageIds.hasCaughtUp(this.#lastOrdinal, now);
  }

  /** Messages held, for whatever reason. */
  get size(): number {
    const inFlight = this.#inFlight === undefined ? 0 : 1;
    return inFlight + this.#queue.length + this.#open.length + this.#sentOnce.length;
  }

  #sendNext(): void {
    const isBusy = this.#inFlight !== undefined || this.#wake !== undefined;
    if (isBusy || this.#open.length >= this.#layer.limits.openPerPeer) return;
    const next = this.#queue[0];
    if (next === undefined) return;
    const { clock, messageIds, randomOf, ackTimeout } = this.#layer;
    const mid = this.#takeMessageId();
    if (mid === undefined) {
      const due = Math.max(messageIds.availableAt(this.#lastOrdinal), clock.now() + 1);
      this.#wake = clock.schedule(due, this);
      return;
    }
    this.#queue.shift();
    this.#inFlight = next;
    next.phase = 'sent';
    next.mid = mid;
    next.datagram = encodeDraft(next.draft, mid);
    // RFC 7252 s4.2: between ACK_TIMEOUT and ACK_TIMEOUT * ACK_RANDOM_FACTOR.
    const shortest = ackTimeout(this.peer);
    const spread = Math.floor(shortest * (ACK_RANDOM_FACTOR - 1)) + 1;
    next.timeout = shortest + randomOf(this.peer).below(spread);
    this.#schedule(next, clock.now() + next.timeout);
    send(this.#layer, this.peer, next.datagram);
  }

  #takeMessageId(): number | undefined {
    const { messageIds, clock } = this.#layer;
    const ordinal = messageIds.next(this.#lastOrdinal, clock.now());
    if (ordinal === undefined) return undefined;
    this.#lastOrdinal = ordinal;
    return messageIds.messageId(this.peer, ordinal);
  }

  #onTimeout(outbound: Outbound, now: Milliseconds): void {
    if (outbound.retransmissions === MAX_RETRANSMIT) {
      this.#layer.counters.unanswered++;
      this.#end(outbound, UNANSWERED);
      return;
    }
    outbound.retransmissions++;
    this.#layer.counters.retransmissions++;
    outbound.timeout *= 2;
    this.#schedule(outbound, now + outbound.timeout);
    send(this.#layer, this.peer, outbound.datagram);
  }

  #onAcknowledged(outbound: Outbound): void {
    if (outbound.kind !== 'request') {
      this.#end(outbound, ACKNOWLEDGED);
      return;
    }
    const { clock, ackTimeout } = this.#layer;
    this.#inFlight = undefined;
    outbound.phase = 'acknowledged';
    outbound.datagram = NO_BYTES;
    this.#open.push(outbound);
    this.#schedule(outbound, clock.now() + maxTransmitWait(ackTimeout(this.peer)));
    this.#sendNext();
  }

  /** By a timer, for `done` must not be called before the caller has its handle. */
  #refuse(outbound: Outbound): void {
    outbound.phase = 'refused';
    this.#schedule(outbound, this.#layer.clock.now());
  }

  /**
   * The one way out: exactly one `done`, which may still cancel who is next, then the next. Of an
   * answer in blocks `done` is called when it is complete.
   */
  #end(outbound: Outbound, ending: Ending): void {
    if (outbound.timer !== undefined) this.#layer.clock.cancel(outbound.timer);
    outbound.timer = undefined;
    outbound.phase = 'ended';
    if (this.#inFlight === outbound) this.#inFlight = undefined;
    else if (!remove(this.#open, outbound) && !remove(this.#queue, outbound)) {
      remove(this.#sentOnce, outbound);
    }
    const isTaken = ending.kind === 'response' && mayHaveBlock(ending.message)
      && this.#layer.takeBlock(outbound, ending);
    if (!isTaken) outbound.done(ending);
    this.#sendNext();
  }

  #schedule(outbound: Outbound, due: Milliseconds): void {
    if (outbound.timer !== undefined) this.#layer.clock.cancel(outbound.timer);
    outbound.timer = this.#layer.clock.schedule(due, outbound);
  }

  #withMessageId(mid: number): Outbound | undefined {
    if (this.#inFlight?.mid === mid) return this.#inFlight;
    return this.#sentOnce.find((outbound) => outbound.mid === mid) ??
      this.#open.find((outbound) => outbound.mid === mid);
  }

  #awaiting(message: Message): Outbound | undefined {
    if (this.#inFlight !== undefined && isAnswer(this.#inFlight, message)) return this.#inFlight;
    for (let index = 0; index < this.#open.length; index++) {
      const outbound = this.#open[index] as Outbound;
      if (isAnswer(outbound, message)) return outbound;
    }
    return undefined;
  }
}

function isAnswer(outbound: Outbound, message: Message): boolean {
  if (outbound.kind !== 'request' || !isEqual(outbound.token, message.token)) return false;
  // RFC 7641 s3.6: while the cancellation of an observation is under way, a notification may still
  // come with the same token; only the answer to a registration carries Observe.
  return observe(message) === undefined || observe(outbound.draft) === REGISTER;
}

function remove(list: Outbound[], outbound: Outbound): boolean {
  const index = list.indexOf(outbound);
  if (index === -1) return false;
  list.splice(index, 1);
  return true;
}
