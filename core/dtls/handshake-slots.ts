// Who has the slots for handshakes, one at an address (RFC 6347 s4.2.8). When all are taken the
// host that has most of them gives one up: who floods from many ports does so at his own expense.

import { sourceOf, type AddressKey } from '../peer.ts';
import { assert } from '../result.ts';
import type { Association } from './association.ts';

/** The handshakes of a host, longest begun first. */
type Host = Set<Association>;

export class HandshakeSlots {
  readonly #byAddress = new Map<AddressKey, Association>();
  readonly #hosts = new Map<string, Host>();
  /** The hosts that have so many: each goes to the next number, and so none is searched for. */
  readonly #byCount = new Map<number, Set<Host>>();
  #most = 0;

  get size(): number {
    return this.#byAddress.size;
  }

  all(): Association[] {
    return [...this.#byAddress.values()];
  }

  at(key: AddressKey): Association | undefined {
    return this.#byAddress.get(key);
  }

  /** The oldest of the host that has most. */
  get dispensable(): Association | undefined {
    const [host] = this.#byCount.get(this.#most) ?? [];
    const [oldest] = host ?? [];
    return oldest;
  }

  add(association: Association): void {
    const { addressKey, address } = association;
    assert(!this.#byAddress.has(addressKey), 'nobody is displaced');
    this.#byAddress.set(addressKey, association);
    const source = sourceOf(address.host);
    const host = this.#hosts.get(source) ?? new Set();
    this.#hosts.set(source, host);
    host.add(association);
    this.#count(host, host.size - 1);
  }

  /** Nothing happens when it has none. */
  drop(association: Association): void {
    const { addressKey, address } = association;
    if (this.#byAddress.get(addressKey) !== association) return;
    this.#byAddress.delete(addressKey);
    const source = sourceOf(address.host);
    const host = this.#hosts.get(source);
    assert(host?.delete(association) === true, 'who has a slot counts for his host');
    if (host.size === 0) this.#hosts.delete(source);
    this.#count(host, host.size + 1);
  }

  #count(host: Host, before: number): void {
    const { size } = host;
    const alike = this.#byCount.get(size) ?? new Set();
    if (size > 0) this.#byCount.set(size, alike.add(host));
    const left = this.#byCount.get(before);
    left?.delete(host);
    if (left?.size === 0) this.#byCount.delete(before);
    // Who had most alone has it still, with one less.
    if (size > this.#most || !this.#byCount.has(this.#most)) this.#most = size;
  }
}
