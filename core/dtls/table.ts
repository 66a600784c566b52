// Where associations are found: by our connection id, or by the address of a peer that writes none
// (RFC 9146 s3), by identity, and by how long they were silent; handshakes by address alone, beside
// what lives there (handshake-slots.ts).

import type { AddressKey } from '../peer.ts';
import type { Address, Random } from '../ports.ts';
import { Association } from './association.ts';
import { FAILURES_MAX } from './failure-limits.ts';
import { HandshakeSlots } from './handshake-slots.ts';
import { Link } from './ring.ts';

export const ASSOCIATIONS_MAX = 1_000_000;
/**
 * Of one identity: a device may have its LwM2M and a download, and begin each anew after a restart
 * that ended nothing.
 */
export const ASSOCIATIONS_OF_IDENTITY_MAX = 4;
/** Handshakes at a time, also those that only wait to repeat their last flight. */
export const HANDSHAKES_MAX = 10_000;

export interface TableLimits {
  readonly associations: number;
  readonly handshakes: number;
  /** Handshakes of a host that may fail at once (failure-limits.ts). */
  readonly failures: number;
}

export const LIMITS_DEFAULT: TableLimits =
  { associations: ASSOCIATIONS_MAX, handshakes: HANDSHAKES_MAX, failures: FAILURES_MAX };

export class AssociationTable {
  readonly limits: TableLimits;
  /** Those in a handshake too. */
  readonly #byCid = new Map<number, Association>();
  /** Those that live, and have no connection id of ours. */
  readonly #byAddress = new Map<AddressKey, Association>();
  readonly #handshakes = new HandshakeSlots();
  /** Those that live; longest silent first where there are several, and no list where not. */
  readonly #byIdentity = new Map<string, Association | readonly Association[]>();
  /** The head of the ring of those that live: longest silent first. */
  readonly #ring = new Link();
  #size = 0;
  readonly newId: () => number;

  constructor(limits: TableLimits, newId = counter()) {
    this.limits = limits;
    this.newId = newId;
  }

  /** Live ones. */
  get size(): number {
    return this.#size;
  }

  get handshakes(): number {
    return this.#handshakes.size;
  }

  /** Longest silent first; a list of its own, so that each may be ended on the way. */
  live(): Association[] {
    const all: Association[] = [];
    for (let link = this.#ring.after; link !== this.#ring; link = link.after) {
      all.push(link as Association);
    }
    return all;
  }

  /** Of those that live, heard or come to live longest ago. */
  get longestSilent(): Association | undefined {
    const { after } = this.#ring;
    return after === this.#ring ? undefined : after as Association;
  }

  /** Those that live, longest silent first. */
  ofIdentity(identity: string): readonly Association[] {
    const held = this.#byIdentity.get(identity);
    return held === undefined ? [] : held instanceof Association ? [held] : held;
  }

  /** Something authentic has come of it. */
  onHeard(association: Association): void {
    if (association.after === this.#ring) return;
    association.moveBefore(this.#ring);
    const { identity } = association;
    const held = this.#byIdentity.get(identity);
    if (held instanceof Association) return;
    this.#setIdentity(identity, this.#othersOf(association).concat(association));
  }

  inHandshake(): Association[] {
    return this.#handshakes.all();
  }

  ofCid(cid: number): Association | undefined {
    return this.#byCid.get(cid);
  }

  /** Who lives there and has no connection id of ours. */
  ofAddress(key: AddressKey): Association | undefined {
    return this.#byAddress.get(key);
  }

  handshakeAt(key: AddressKey): Association | undefined {
    return this.#handshakes.at(key);
  }

  /** The handshake that makes room when there are too many; undefined while there is room. */
  get dispensableHandshake(): Association | undefined {
    const isFull = this.#handshakes.size >= this.limits.handshakes;
    return isFull ? this.#handshakes.dispensable : undefined;
  }

  addHandshake(association: Association): void {
    this.#handshakes.add(association);
  }

  /** One that no other association has. */
  giveCid(association: Association, random: Random): void {
    let cid: number;
    // As a signed number, which needs no object of its own.
    do cid = random.uint32() | 0; while (this.#byCid.has(cid));
    association.ownCid = cid;
    this.#byCid.set(cid, association);
  }

  /** The other side wants no connection ids. */
  giveUpCid(association: Association): void {
    if (association.ownCid === undefined) return;
    this.#byCid.delete(association.ownCid);
    association.ownCid = undefined;
  }

  /**
   * To where it was heard last; of one with a connection id, which finds it anywhere. The caller
   * lets go of its handshake first when there is another.
   */
  move(association: Association, listener: number, address: Address): void {
    const isRepeating = this.#handshakes.at(association.addressKey) === association;
    this.#handshakes.drop(association);
    association.listener = listener;
    association.address = address;
    if (isRepeating) this.#handshakes.add(association);
  }

  dropHandshake(association: Association): void {
    this.#handshakes.drop(association);
    if (association.isLive || association.ownCid === undefined) return;
    if (this.#byCid.get(association.ownCid) === association) this.#byCid.delete(association.ownCid);
  }

  /** Its place is free: by address, by identity and among all. */
  addLive(association: Association): void {
    const { ownCid, identity, addressKey } = association;
    association.isLive = true;
    if (ownCid === undefined) this.#byAddress.set(addressKey, association);
    else this.#byCid.set(ownCid, association);
    // A list that is spread has room for sixteen more.
    this.#setIdentity(identity, this.ofIdentity(identity).concat(association));
    association.moveBefore(this.#ring);
    this.#size++;
  }

  dropLive(association: Association): void {
    const { ownCid } = association;
    association.isLive = false;
    if (ownCid === undefined) this.#byAddress.delete(association.addressKey);
    else this.#byCid.delete(ownCid);
    this.#setIdentity(association.identity, this.#othersOf(association));
    association.leave();
    this.#size--;
  }

  #othersOf(association: Association): Association[] {
    return this.ofIdentity(association.identity).filter((other) => other !== association);
  }

  #setIdentity(identity: string, associations: readonly Association[]): void {
    const [first] = associations;
    if (first === undefined) this.#byIdentity.delete(identity);
    else this.#byIdentity.set(identity, associations.length === 1 ? first : associations);
  }
}

function counter(): () => number {
  let last = 0;
  return () => ++last;
}
