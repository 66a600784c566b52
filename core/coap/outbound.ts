// One message of ours that expects something back, and the ways it may end (RFC 7252 s4.2, s5.2,
// RFC 7641 s4.5). What moves it from one phase to the next is in outbox.ts.

import type { Milliseconds, Peer, Task, Timer } from '../ports.ts';
import { encodeMessage } from './codec.ts';
import type { PendingNotification } from './inbound.ts';
import { type Message, NO_BYTES } from './message.ts';

/** How a request ended. */
export type Outcome =
  | {
    readonly kind: 'response'; readonly message: Message;
    /** A confirmable response that is a notification as well: to accept or reject once. */
    readonly notification?: PendingNotification | undefined;
  }
  /** By a Reset (RFC 7252 s4.2). */
  | { readonly kind: 'rejected' }
  /** After all retransmissions, or acknowledged and then silence for MAX_TRANSMIT_WAIT. */
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'cancelled' }
  /** Never sent, or given up on the way, for a limit of ours. */
  | { readonly kind: 'refused'; readonly reason: string }
  /**
   * Answered in blocks that make no whole (RFC 7959), or in more than a body may have. Passing: it
   * changed while it was asked for.
   */
  | { readonly kind: 'incomplete'; readonly reason: string; readonly isPassing: boolean };

/** A response and what it answers. */
export type Response = Outcome & { readonly kind: 'response' };

/** How a notification ended. */
export type NotifyOutcome =
  | { readonly kind: 'acknowledged' }
  /** Non-confirmable: it left, and no Reset has come. */
  | { readonly kind: 'sent' }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'refused'; readonly reason: string };

export type Ending = Outcome | NotifyOutcome;

/** A message without its Message ID, which it gets when its turn comes. */
export type Draft = Omit<Message, 'mid'>;

export type Kind = 'request' | 'response' | 'notification';

export type Phase = 'refused' | 'queued' | 'sent' | 'sent once' | 'acknowledged' | 'ended';

/** Who carries messages along. */
export interface Owner {
  cancel(outbound: Outbound): void;
  onOutboundDue(outbound: Outbound, now: Milliseconds): void;
}

/** One message on its way, as an object that is its own timer. Its owner moves it along. */
export class Outbound implements Task {
  readonly peer: Peer;
  readonly token: Uint8Array;
  readonly owner: Owner;
  readonly kind: Kind;
  readonly draft: Draft;
  readonly done: (ending: Ending) => void;
  phase: Phase = 'queued';
  mid = -1;
  datagram: Uint8Array = NO_BYTES;
  retransmissions = 0;
  timeout: Milliseconds = 0;
  timer: Timer | undefined = undefined;

  constructor(
    peer: Peer, owner: Owner, kind: Kind, draft: Draft, done: (ending: Ending) => void,
  ) {
    this.peer = peer;
    this.token = draft.token;
    this.owner = owner;
    this.kind = kind;
    this.draft = draft;
    this.done = done;
  }

  onDue(now: Milliseconds): void {
    this.owner.onOutboundDue(this, now);
  }
}

export function encodeDraft(draft: Draft, mid: number): Uint8Array {
  const { type, code, token, options, payload } = draft;
  return encodeMessage({ type, code, mid, token, options, payload });
}
