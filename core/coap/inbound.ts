// A request or notification of a peer between its arrival and its answer: what keeps it from being
// executed twice (RFC 7252 s4.5), and the empty ACK ahead of a late response (s5.2.2). How answers
// are written is in exchange.ts.

import type { Milliseconds, Peer, Task, Timer } from '../ports.ts';
import type { PendingRequest, RecentMessages } from './deduplication.ts';
import { type Layer, sendAcknowledgement } from './layer.ts';
import type { Message } from './message.ts';

export class PendingNotification {
  readonly peer: Peer;
  readonly message: Message;
  readonly recent: RecentMessages;
  /** Where `recent` has its Message ID. */
  readonly slot: number;
  isAnswered = false;

  constructor(peer: Peer, message: Message, recent: RecentMessages, slot: number) {
    this.peer = peer;
    this.message = message;
    this.recent = recent;
    this.slot = slot;
  }
}

/** A non-confirmable request waits like a confirmable one, but has no timer. */
export class PendingInboundRequest implements PendingRequest, Task {
  readonly peer: Peer;
  /** Of a body in blocks the last block, and the whole body once it is there. */
  message: Message;
  readonly recent: RecentMessages;
  slot = 0;
  phase: 'waiting' | 'acknowledged' | 'answered' = 'waiting';
  timer: Timer | undefined = undefined;
  readonly #layer: Layer;

  constructor(peer: Peer, message: Message, recent: RecentMessages, layer: Layer) {
    this.peer = peer;
    this.message = message;
    this.recent = recent;
    this.#layer = layer;
  }

  onDue(_now: Milliseconds): void {
    this.timer = undefined;
    this.#acknowledge();
  }

  /** The peer did not hear of us in time: tell it at once that its request is here. */
  onDuplicate(): void {
    this.#acknowledge();
  }

  onForgotten(): void {
    this.stopTimer();
  }

  stopTimer(): void {
    if (this.timer !== undefined) this.#layer.clock.cancel(this.timer);
    this.timer = undefined;
  }

  #acknowledge(): void {
    this.stopTimer();
    this.phase = 'acknowledged';
    sendAcknowledgement(this.#layer, this.peer, this.message.mid);
  }
}
