// Peers interned by (listener, canonical address): the key of all protocol state. Peers that no
// registration holds are few and forgettable, so that spoofed sources cannot grow memory.

import type { Peer } from './ports.ts';

/** How many peers without a registration are remembered; the longest silent one goes first. */
export const UNHELD_PEERS_MAX = 10_000;

interface Entry extends Peer {
  readonly key: string;
  /** How many registrations hold the peer. */
  holders: number;
}

export class PeerTable {
  readonly #byKey = new Map<string, Entry>();
  /** Peers nobody holds, longest silent first. */
  readonly #unheld = new Map<string, Entry>();
  readonly #onDropped: (peer: Peer) => void;
  readonly #unheldMax: number;
  #nextId = 1;

  constructor(onDropped: (peer: Peer) => void, unheldMax = UNHELD_PEERS_MAX) {
    this.#onDropped = onDropped;
    this.#unheldMax = unheldMax;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The peer at an address, made at the first meeting. */
  meet(listener: number, host: string, port: number): Peer {
    const key = `${host} ${port} ${listener}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      if (known.holders === 0) this.#touch(known);
      return known;
    }
    const peer: Entry = {
      id: this.#nextId++, listener, security: 'none', address: { host, port }, key, holders: 0,
    };
    this.#byKey.set(key, peer);
    this.#unheld.set(key, peer);
    if (this.#unheld.size > this.#unheldMax) this.#dropLongestSilent();
    return peer;
  }

  /** Keeps the peer while a registration lives on it. */
  hold(peer: Peer): void {
    const entry = peer as Entry;
    if (entry.holders++ > 0) return;
    this.#unheld.delete(entry.key);
    // The peer may have been dropped between its datagram and this call.
    this.#byKey.set(entry.key, entry);
  }

  release(peer: Peer): void {
    const entry = peer as Entry;
    if (--entry.holders > 0) return;
    this.#unheld.set(entry.key, entry);
    if (this.#unheld.size > this.#unheldMax) this.#dropLongestSilent();
  }

  #touch(peer: Entry): void {
    this.#unheld.delete(peer.key);
    this.#unheld.set(peer.key, peer);
  }

  #dropLongestSilent(): void {
    for (const peer of this.#unheld.values()) {
      this.#unheld.delete(peer.key);
      this.#byKey.delete(peer.key);
      this.#onDropped(peer);
      return;
    }
  }
}
