// Which Message IDs we send (RFC 7252 s4.4): none to the same peer twice within EXCHANGE_LIFETIME,
// although nothing is persisted and what is known of a peer may be dropped when it is idle.

import type { Milliseconds, Peer } from '../ports.ts';

// IDs are the low 16 bits of an ordinal that follows the clock: at any time t it is at least
// tick(t) = floor(t / TICK), and at most LEAD above it, so that bursts are possible. Hence:
//
// - An ID comes again 65,536 ordinals later. The first use was at or above its tick, the second
//   is at most LEAD above its own, so (65,536 - LEAD - 1) ticks lie between, and TICK is chosen
//   so that this is the longest EXCHANGE_LIFETIME there is (ACK_TIMEOUT_MAX). A profile that
//   changes while the server runs changes nothing here.
// - Once the clock has caught up with a peer's last ordinal, it need not be remembered.
// - A process that starts at t takes ordinals from tick(t) + LEAD on, beyond what the one before
//   it may have used; for the first LEAD ticks it therefore sends each peer one ID a tick. (Two
//   starts within one tick, or a wall clock set back in between, are not covered.)
//
// A sender that outruns this waits: RFC 7252 itself allows 265 a second to one peer.

export const MESSAGE_ID_TICK: Milliseconds = 15;
export const MESSAGE_ID_LEAD = 4_096;
export const MESSAGE_ID_SPACE = 65_536;

/** No ordinal yet. */
export const NO_ORDINAL = -1;

/** Deals out ordinals, counted from the start of the process so that they stay small. */
export class MessageIds {
  readonly #startTick: number;
  readonly #seed: number;

  /** The seed must be the same in every process that serves the same peers. */
  constructor(now: Milliseconds, seed: number) {
    this.#startTick = Math.floor(now / MESSAGE_ID_TICK);
    this.#seed = seed;
  }

  /** The ordinal after `last`; undefined if it would outrun the clock. */
  next(last: number, now: Milliseconds): number | undefined {
    const tick = this.#tick(now);
    const ordinal = Math.max(last + 1, tick, MESSAGE_ID_LEAD);
    return ordinal <= Math.max(tick + MESSAGE_ID_LEAD - 1, MESSAGE_ID_LEAD) ? ordinal : undefined;
  }

  /** When `next(last)` will give an ordinal again. */
  availableAt(last: number): Milliseconds {
    return (this.#startTick + last + 2 - MESSAGE_ID_LEAD) * MESSAGE_ID_TICK;
  }

  hasCaughtUp(last: number, now: Milliseconds): boolean {
    return last < this.#tick(now) || last === NO_ORDINAL;
  }

  /** Peers start at different IDs, so that one's are no hint at another's. */
  messageId(peer: Peer, ordinal: number): number {
    return (this.#startTick + ordinal + mix(this.#seed, peer)) & 0xffff;
  }

  #tick(now: Milliseconds): number {
    return Math.floor(now / MESSAGE_ID_TICK) - this.#startTick;
  }
}

/** FNV-1a over what stays the same of a peer across a restart; `peer.id` does not. */
function mix(seed: number, peer: Peer): number {
  const { host, port } = peer.address;
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let index = 0; index < host.length; index++) {
    hash = Math.imul(hash ^ host.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ port, 0x01000193);
  hash = Math.imul(hash ^ peer.listener, 0x01000193);
  return (hash ^ (hash >>> 16)) & 0xffff;
}
