// At most once (RFC 7252 s4.5): the Message IDs lately received from one peer, each with what a
// duplicate of it gets. Nothing is sent from here, and matching of replies to requests is not here.

import type { Milliseconds, Seconds } from '../ports.ts';

/** Not answered yet: a duplicate is swallowed. */
export const PENDING = 0;
/** Acknowledged by an empty ACK: a duplicate gets it again. */
export const ACKNOWLEDGED = 1;
/** Rejected: a duplicate gets the Reset again. */
export const REJECTED = 2;
/** A NON that was taken: a duplicate is swallowed, and nothing will change that. */
export const TAKEN = 3;

/** A request with its handler at work; it decides itself about a duplicate. */
export interface PendingRequest {
  onDuplicate(): void;
  onForgotten(): void;
}

/** A finished reply is kept as a string of its bytes: a Uint8Array costs 200 bytes before any. */
export type Reply =
  | typeof PENDING
  | typeof ACKNOWLEDGED
  | typeof REJECTED
  | typeof TAKEN
  | PendingRequest
  | string;

export const NOT_FOUND = -1;

const NO_MID = -1;
/** An entry is a MID, when it expires in Seconds, and a Reply: flat, for 64 are searched a time. */
const STRIDE = 3;
type Slots = (number | PendingRequest | string)[];

/** A ring that starts with 2 entries and doubles up to its limit. */
export class RecentMessages {
  #slots: Slots = [NO_MID, 0, PENDING, NO_MID, 0, PENDING];
  /** Where the oldest entry is, and the next one goes. */
  #hand = 0;

  /** The slot of a MID that has not expired. */
  find(mid: number, now: Milliseconds): number {
    const slots = this.#slots;
    for (let slot = 0; slot < slots.length; slot += STRIDE) {
      if (slots[slot] === mid && !this.#isExpired(slot, now)) return slot;
    }
    return NOT_FOUND;
  }

  replyAt(slot: number): Reply {
    return this.#slots[slot + 2] as Reply;
  }

  /** Remembers a MID; NOT_FOUND if all that fits is still pending. */
  add(
    mid: number, reply: Reply, expires: Milliseconds, now: Milliseconds, limit: number,
  ): number {
    const slot = this.#place(now, limit);
    if (slot === NOT_FOUND) return NOT_FOUND;
    const slots = this.#slots;
    slots[slot] = mid;
    slots[slot + 1] = Math.ceil(expires / 1000) satisfies Seconds;
    slots[slot + 2] = reply;
    this.#hand = (slot + STRIDE) % slots.length;
    return slot;
  }

  /** Sets what a duplicate gets from now on, if the entry is still there. */
  settle(slot: number, mid: number, reply: Reply): void {
    if (this.#slots[slot] === mid) this.#slots[slot + 2] = reply;
  }

  /** A further message with this MID will be a new one. */
  remove(slot: number, mid: number): void {
    if (this.#slots[slot] !== mid) return;
    this.#slots[slot] = NO_MID;
    this.#slots[slot + 2] = PENDING;
  }

  isExpired(now: Milliseconds): boolean {
    return this.count(now) === 0;
  }

  hasPending(now: Milliseconds): boolean {
    for (let slot = 0; slot < this.#slots.length; slot += STRIDE) {
      if (this.#isPending(slot, now)) return true;
    }
    return false;
  }

  count(now: Milliseconds): number {
    let count = 0;
    for (let slot = 0; slot < this.#slots.length; slot += STRIDE) {
      if (!this.#isExpired(slot, now)) count++;
    }
    return count;
  }

  forget(): void {
    for (const value of this.#slots) if (typeof value === 'object') value.onForgotten();
  }

  #place(now: Milliseconds, limit: number): number {
    const slots = this.#slots;
    if (this.#isExpired(this.#hand, now)) return this.#hand;
    if (slots.length < limit * STRIDE) return this.#grow(limit);
    // Full: the oldest entry that is answered goes. One that is pending must not, or its duplicate
    // would be executed again; if there is nothing else, the peer has to wait.
    for (let step = 0; step < slots.length; step += STRIDE) {
      const slot = (this.#hand + step) % slots.length;
      if (!this.#isPending(slot, now)) return slot;
    }
    return NOT_FOUND;
  }

  #grow(limit: number): number {
    const length = this.#slots.length;
    const added = Math.min(length, limit * STRIDE - length);
    this.#slots = this.#slots.concat(Array.from({ length: added }, () => NO_MID));
    return length;
  }

  #isExpired(slot: number, now: Milliseconds): boolean {
    return this.#slots[slot] === NO_MID || (this.#slots[slot + 1] as number) * 1000 <= now;
  }

  #isPending(slot: number, now: Milliseconds): boolean {
    const reply = this.#slots[slot + 2];
    return (reply === PENDING || typeof reply === 'object') && !this.#isExpired(slot, now);
  }
}

export function keptReply(datagram: Uint8Array): string {
  return String.fromCharCode.apply(null, datagram as unknown as number[]);
}

export function replyBytes(kept: string): Uint8Array {
  const datagram = new Uint8Array(kept.length);
  for (let index = 0; index < kept.length; index++) datagram[index] = kept.charCodeAt(index);
  return datagram;
}
