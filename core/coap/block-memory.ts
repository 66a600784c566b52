// What block-wise transfers of a kind hold, within limits: of each peer and of all together the
// longest unused makes room, so that nobody is turned away by what others left unfinished.

import type { Peer } from '../ports.ts';
import { assert } from '../result.ts';

export interface BlockLimits {
  /** Of one body that is put together in memory, in bytes. */
  readonly bodyLength: number;
  /** Transfers of one peer, of those we ask for and again of those it leaves with us. */
  readonly transfersPerPeer: number;
  /** What transfers hold, in bytes: of one peer, and in all. */
  readonly bytesPerPeer: number;
  readonly bytes: number;
}

/** Counted for each transfer beside its body, in bytes: what an empty one costs, or more. */
export const TRANSFER_BYTES = 1_024;

const LENGTH = 2 ** 20;

/**
 * What is decoded as a whole stays small, and what is longer is read and written block by block.
 * Two of the longest fit a peer's share: a value may be read while another is on its way.
 */
export const BLOCK_LIMITS_DEFAULT: BlockLimits = {
  bodyLength: LENGTH,
  transfersPerPeer: 8,
  bytesPerPeer: 2 * (LENGTH + TRANSFER_BYTES),
  bytes: 32 * LENGTH,
};

/** One transfer, or one answer kept for the blocks that are still to be asked for. */
export interface Held {
  readonly peer: Peer;
  /** Bytes that it counts for; set by the memory. */
  charge: number;
  /** It has to make room; the memory has let go of it. */
  drop(): void;
}

export class BlockMemory {
  readonly #limits: BlockLimits;
  /** The longest unused first, as in each peer's own set. */
  readonly #all = new Set<Held>();
  readonly #byPeer = new Map<number, Set<Held>>();
  #bytes = 0;

  constructor(limits: BlockLimits) {
    const { bodyLength, bytesPerPeer, bytes, transfersPerPeer } = limits;
    const isEnough = bodyLength + TRANSFER_BYTES <= bytesPerPeer && bytesPerPeer <= bytes;
    assert(isEnough && transfersPerPeer > 0, 'the limits leave room for one body of one peer');
    this.#limits = limits;
  }

  get size(): number {
    return this.#all.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes it in, or notes that it was used just now and counts for so many bytes. */
  use(held: Held, bytes: number): void {
    const { peer } = held;
    this.release(held);
    const own = this.#byPeer.get(peer.id) ?? new Set<Held>();
    let ownBytes = 0;
    for (const other of own) ownBytes += other.charge;
    const { transfersPerPeer, bytesPerPeer, bytes: bytesMax } = this.#limits;
    held.charge = Math.min(TRANSFER_BYTES + bytes, bytesPerPeer);
    for (const other of own) {
      if (own.size < transfersPerPeer && ownBytes + held.charge <= bytesPerPeer) break;
      ownBytes -= other.charge;
      this.#drop(other);
    }
    for (const other of this.#all) {
      if (this.#bytes + held.charge <= bytesMax) break;
      this.#drop(other);
    }
    // Dropping may have emptied the peer's set and let go of it.
    const left = this.#byPeer.get(peer.id) ?? new Set<Held>();
    this.#byPeer.set(peer.id, left.add(held));
    this.#all.add(held);
    this.#bytes += held.charge;
  }

  /** It is over; again is harmless. */
  release(held: Held): void {
    if (!this.#all.delete(held)) return;
    this.#bytes -= held.charge;
    const own = this.#byPeer.get(held.peer.id);
    own?.delete(held);
    if (own?.size === 0) this.#byPeer.delete(held.peer.id);
  }

  forget(peer: Peer): void {
    for (const held of this.#byPeer.get(peer.id) ?? []) this.#drop(held);
  }

  #drop(held: Held): void {
    this.release(held);
    held.drop();
  }
}
