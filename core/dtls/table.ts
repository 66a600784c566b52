// Where associations are found: by our connection id, or by the address of a peer that writes none
// (RFC 9146 s3); handshakes by address alone, beside what lives there.

import { addressKey, type AddressKey } from '../peer.ts';
import type { Address, Random } from '../ports.ts';
import { assert } from '../result.ts';
import type { Association } from './association.ts';

export const ASSOCIATIONS_MAX = 1_000_000;
/** Handshakes at a time, also those that only wait to repeat their last flight. */
export const HANDSHAKES_MAX = 10_000;

export interface TableLimits {
  readonly associations: number;
  readonly handshakes: number;
}

export const LIMITS_DEFAULT: TableLimits =
  { associations: ASSOCIATIONS_MAX, handshakes: HANDSHAKES_MAX };

export class AssociationTable {
  readonly limits: TableLimits;
  /** Those in a handshake too. */
  readonly #byCid = new Map<number, Association>();
  /** Those that live, and have no connection id of ours. */
  readonly #byAddress = new Map<AddressKey, Association>();
  /** Longest begun first. */
  readonly #handshakes = new Map<AddressKey, Association>();
  #withCid = 0;
  readonly newId: () => number;

  constructor(limits: TableLimits, newId = counter()) {
    this.limits = limits;
    this.newId = newId;
  }

  /** Live ones. */
  get size(): number {
    return this.#byAddress.size + this.#withCid;
  }

  get handshakes(): number {
    return this.#handshakes.size;
  }

  * live(): Generator<Association> {
    for (const association of this.#byCid.values()) if (association.isLive) yield association;
    yield* this.#byAddress.values();
  }

  inHandshake(): Iterable<Association> {
    return this.#handshakes.values();
  }

  ofCid(cid: number): Association | undefined {
    return this.#byCid.get(cid);
  }

  ofAddress(key: AddressKey): Association | undefined {
    return this.#byAddress.get(key);
  }

  handshakeAt(key: AddressKey): Association | undefined {
    return this.#handshakes.get(key);
  }

  /** The handshake that makes room when there are too many. */
  get oldestHandshake(): Association | undefined {
    for (const association of this.#handshakes.values()) return association;
    return undefined;
  }

  /** A connection id that no association has. */
  newCid(random: Random): number {
    for (;;) {
      // As a signed number, which needs no object of its own.
      const cid = random.uint32() | 0;
      if (!this.#byCid.has(cid)) return cid;
    }
  }

  addHandshake(association: Association): void {
    this.#handshakes.set(keyOf(association), association);
    if (association.ownCid !== undefined) this.#byCid.set(association.ownCid, association);
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
    const isRepeating = this.#handshakes.get(keyOf(association)) === association;
    if (isRepeating) this.#handshakes.delete(keyOf(association));
    association.listener = listener;
    association.address = address;
    if (!isRepeating) return;
    assert(!this.#handshakes.has(keyOf(association)), 'nobody is displaced');
    this.#handshakes.set(keyOf(association), association);
  }

  /** Another may be there by now. */
  dropHandshake(association: Association): void {
    const key = keyOf(association);
    if (this.#handshakes.get(key) === association) this.#handshakes.delete(key);
    if (association.isLive || association.ownCid === undefined) return;
    if (this.#byCid.get(association.ownCid) === association) this.#byCid.delete(association.ownCid);
  }

  /** Gives the one it takes the place of. */
  addLive(association: Association): Association | undefined {
    association.isLive = true;
    if (association.ownCid !== undefined) {
      this.#byCid.set(association.ownCid, association);
      this.#withCid++;
      return undefined;
    }
    const key = keyOf(association);
    const replaced = this.#byAddress.get(key);
    this.#byAddress.set(key, association);
    return replaced;
  }

  dropLive(association: Association): void {
    association.isLive = false;
    if (association.ownCid !== undefined) {
      this.#byCid.delete(association.ownCid);
      this.#withCid--;
      return;
    }
    const key = keyOf(association);
    if (this.#byAddress.get(key) === association) this.#byAddress.delete(key);
  }
}

function counter(): () => number {
  let last = 0;
  return () => ++last;
}

function keyOf({ listener, address }: Association): AddressKey {
  return addressKey(listener, address.host, address.port);
}
