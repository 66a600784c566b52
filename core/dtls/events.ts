// What the layer tells its owner, and what it counts. For people and for the store; without
// secrets.

import type { Address, Milliseconds } from '../ports.ts';
import type { Association } from './association.ts';
import type { FailureReason } from './handshake.ts';

export type ClosedReason =
  | 'closed by peer' | 'fatal alert' | 'ended here' | 'replaced by another'
  | 'too many associations' | 'sequence numbers used up' | 'keys are lost';

export type DtlsEvent =
  | {
    readonly kind: 'established'; readonly association: Association;
    /** By a session, without its keys being agreed on anew. */
    readonly isResumed: boolean;
    /** The certificates that the peer has shown, in the handshake that the session is of. */
    readonly peerChain: readonly Uint8Array[] | undefined;
  }
  | {
    /** Of a handshake; what lived at the address before lives on. */
    readonly kind: 'failed'; readonly association: Association; readonly reason: FailureReason;
    /** The alert that was sent or received (alerts.ts). */
    readonly alert: number | undefined;
    /** The public key that was shown. Whose identity is unknown has proven it. */
    readonly peerKey: Uint8Array | undefined;
  }
  | {
    /** Too many of a host failed, this one last: it may begin none before `until`. */
    readonly kind: 'paused'; readonly association: Association;
    /** As sourceOf() or siteOf() have it. */
    readonly source: string; readonly until: Milliseconds;
  }
  | {
    readonly kind: 'closed'; readonly association: Association; readonly reason: ClosedReason;
  }
  /** The peer is heard from another address, where it is answered from now on. */
  | { readonly kind: 'moved'; readonly association: Association; readonly from: Address }
  /**
   * `reservedSequence` grew, or a record counted that says nothing to the owner: to be stored, and
   * then to be confirmed by DtlsLayer.reserved().
   * Half of SEQUENCES_RESERVED may be sent meanwhile; nothing at all by one that was imported.
   */
  | { readonly kind: 'reserved'; readonly association: Association };

/**
 * What became of a record: `unreserved` was not sent, as its number is not reserved on disk yet;
 * `ended` was not, as there are no numbers left or its owner has ended it.
 */
export type SendOutcome = 'sent' | 'unreserved' | 'ended';

/** Who has the sockets, and who gets what came. */
export interface Owner {
  send(listener: number, address: Address, datagram: Uint8Array): void;
  /** What a peer said; the bytes are the owner's from then on. */
  plaintext(association: Association, content: Uint8Array): void;
  event(event: DtlsEvent): void;
}

/** Datagrams or records, each counted once where it ends. */
export interface Counters {
  received: number;
  /** No record, or one cut short. */
  malformed: number;
  /** Of an association that is not here. */
  unknown: number;
  /** Not authentic, not new, or of a kind that has no place there. */
  dropped: number;
  /** ClientHellos that no HelloVerifyRequest can answer: malformed, too long, or a later part. */
  unreadableHellos: number;
  helloVerifyRequests: number;
  /** ClientHellos of hosts that pause, as too many of their handshakes failed. */
  pausedHellos: number;
  /** Handshakes that made room for newer ones; of those of peers no event tells. */
  evicted: number;
  /** Address changes that came too soon after the last. */
  heldBack: number;
}

export function newCounters(): Counters {
  return {
    received: 0, malformed: 0, unknown: 0, dropped: 0, unreadableHellos: 0,
    helloVerifyRequests: 0, pausedHellos: 0, evicted: 0, heldBack: 0,
  };
}
