// Peers interned by (listener, canonical address): the key of all protocol state. Peers that no
// registration holds are few and forgettable, so that spoofed sources cannot grow memory.

import type { Peer } from './ports.ts';

/** How many peers without a registration are remembered; the longest silent one goes first. */
export const UNHELD_PEERS_MAX = 10_000;

/** A number for IPv4 (it hashes faster and weighs less than its text), else a text. */
export type AddressKey = number | string;

interface Entry extends Peer {
  readonly security: 'none';
  readonly key: AddressKey;
  /** How many registrations hold the peer. */
  holders: number;
}

export class PeerTable {
  readonly #byKey = new Map<AddressKey, Entry>();
  /** Peers nobody holds, longest silent first. */
  readonly #unheld = new Map<AddressKey, Entry>();
  readonly #onDropped: (peer: Peer) => void;
  readonly #unheldMax: number;
  #nextId: number;

  constructor(
    onDropped: (peer: Peer) => void, { unheldMax = UNHELD_PEERS_MAX, nextId = 1 } = {},
  ) {
    this.#onDropped = onDropped;
    this.#unheldMax = unheldMax;
    this.#nextId = nextId;
  }

  /** For a peer that is an association: no two peers have the same. */
  readonly newId = (): number => this.#nextId++;

  get size(): number {
    return this.#byKey.size;
  }

  /** The peer at an address, made at the first meeting. */
  meet(listener: number, host: string, port: number): Peer {
    const key = addressKey(listener, host, port);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      if (known.holders === 0) this.#touch(known);
      return known;
    }
    const peer: Entry = {
      id: this.newId(), listener, security: 'none', identity: '', address: { host, port }, key,
      holders: 0,
    };
    this.#byKey.set(key, peer);
    this.#unheld.set(key, peer);
    if (this.#unheld.size > this.#unheldMax) this.#dropLongestSilent();
    return peer;
  }

  /** Keeps the peer while a registration lives on it; associations are kept elsewhere. */
  hold(peer: Peer): void {
    if (peer.security !== 'none') return;
    const entry = peer as Entry;
    if (entry.holders++ > 0) return;
    this.#unheld.delete(entry.key);
    // The peer may have been dropped between its datagram and this call.
    this.#byKey.set(entry.key, entry);
  }

  release(peer: Peer): void {
    if (peer.security !== 'none') return;
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

/** Listeners that fit beside an IPv4 address and a port in the 53 bits of an exact integer. */
const LISTENERS_PACKED = 32;

/** What finds an address that a listener heard. */
export function addressKey(listener: number, host: string, port: number): AddressKey {
  const address = ipv4Of(host);
  if (address === -1 || listener >= LISTENERS_PACKED) return `${host} ${port} ${listener}`;
  return (address * 65_536 + port) * LISTENERS_PACKED + listener;
}

/** A dotted address, as sockets report it, as a number; -1 for any other text. */
function ipv4Of(host: string): number {
  let address = 0;
  let part = 0;
  let dots = 0;
  for (let index = 0; index < host.length; index++) {
    const character = host.charCodeAt(index);
    if (character === 46) {
      address = address * 256 + part;
      part = 0;
      dots++;
    } else if (character >= 48 && character <= 57) part = part * 10 + character - 48;
    else return -1;
  }
  return dots === 3 ? address * 256 + part : -1;
}

/** What counts as one host: an IPv4 address, or the /64 prefix of an IPv6 address. */
export function sourceOf(host: string): string {
  return host.includes(':') ? prefixOf(host, 64) : host;
}

/** What one owner of IPv6 addresses may have in all (RFC 6177 s2); undefined for IPv4. */
export function siteOf(host: string): string | undefined {
  return host.includes(':') ? prefixOf(host, 48) : undefined;
}

function prefixOf(host: string, bits: 48 | 64): string {
  const [head = '', tail] = host.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    // `::` stands for as many zero groups as are missing of eight.
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return `${groups.slice(0, bits / 16).join(':')}::/${bits}`;
}
