// What happened lately, by group and key: the memory of oracles, bounded by time. Groups are
// numbers (of a device or an address), and most hold one entry that matters: the newest of each lie
// side by side, and only what is not over when the next one comes goes to a chain.

import type { Milliseconds } from '../../core/ports.ts';
import type { Passing } from '../passing.ts';

type Key = string | number;

const GROUPS_FIRST = 64;

/** Behind the newest entry, one after the other: lists would take ahead for each of 100,000. */
interface Older<Value> {
  readonly key: Key;
  readonly at: Milliseconds;
  readonly value: Value;
  before: Older<Value> | undefined;
}

export class Recent<Value> {
  readonly #span: Milliseconds;
  /**
   * The newest entry of each group. All as long as the highest group needs and filled from the
   * start: what V8 holds as a hash, or as several kinds of array, takes several times as long.
   */
  #times = new Float64Array(0);
  readonly #keys: (Key | undefined)[] = [];
  readonly #values: (Value | undefined)[] = [];
  /** By group: of most there is none. */
  readonly #older = new Map<number, Older<Value>>();
  #sweptAt: Milliseconds = -Infinity;

  /** Entries are forgotten `span` after they were set. */
  constructor(span: Milliseconds) {
    this.#span = span;
  }

  /** Whether the group has any entry at all. */
  has(group: number, now: Milliseconds): boolean {
    return group < this.#times.length && now - (this.#times[group] as number) < this.#span;
  }

  get(group: number, key: Key, now: Milliseconds): Value | undefined {
    if (!this.has(group, now)) return undefined;
    if (this.#keys[group] === key) return this.#values[group];
    let older = this.#older.get(group);
    while (older !== undefined && now - older.at < this.#span) {
      if (older.key === key) return older.value;
      older = older.before;
    }
    return undefined;
  }

  set(group: number, key: Key, now: Milliseconds, value: Value): void {
    if (group >= this.#times.length) this.#grow(group);
    if (now - this.#sweptAt >= this.#span) this.sweep(now);
    if (this.has(group, now)) this.#putBehind(group, now);
    else if (this.#older.size > 0) this.#older.delete(group);
    this.#times[group] = now;
    this.#keys[group] = key;
    this.#values[group] = value;
  }

  clear(): void {
    this.#times.fill(-Infinity);
    this.#keys.fill(undefined);
    this.#values.fill(undefined);
    this.#older.clear();
  }

  #grow(group: number): void {
    const length = Math.max(GROUPS_FIRST, 2 * group);
    const times = new Float64Array(length).fill(-Infinity);
    times.set(this.#times);
    this.#times = times;
    for (const list of [this.#keys, this.#values]) {
      while (list.length < length) list.push(undefined);
    }
  }

  /** Groups that fell silent let go of what they held: 100,000 of them are most of a memory. */
  sweep(now: Milliseconds): void {
    this.#sweptAt = now;
    for (let group = 0; group < this.#times.length; group++) {
      if (this.has(group, now)) continue;
      this.#keys[group] = undefined;
      this.#values[group] = undefined;
    }
    for (const [group, older] of this.#older) {
      if (this.has(group, now) && now - older.at < this.#span) this.#cut(older, now);
      else this.#older.delete(group);
    }
  }

  #putBehind(group: number, now: Milliseconds): void {
    const before = this.#older.get(group);
    this.#older.set(group, {
      key: this.#keys[group] as Key, at: this.#times[group] as number,
      value: this.#values[group] as Value,
      before: before !== undefined && now - before.at < this.#span ? before : undefined,
    });
  }

  /** Lets go of what is over; the first of them is not. */
  #cut(newest: Older<Value>, now: Milliseconds): void {
    let older = newest;
    while (older.before !== undefined && now - older.before.at < this.#span) older = older.before;
    older.before = undefined;
  }
}

/**
 * Likewise, by who speaks and the token of what is said: an address, or a device that has security,
 * which is the same to the server from whatever address its repetition comes (RFC 9146 s6).
 */
export class RecentOfPeers<Value> {
  readonly #byAddress: Recent<Value>;
  readonly #byDevice: Recent<Value>;

  constructor(span: Milliseconds) {
    this.#byAddress = new Recent(span);
    this.#byDevice = new Recent(span);
  }

  get({ device, address, token, at }: Passing): Value | undefined {
    return device.dtls === undefined ? this.#byAddress.get(address.number, token, at)
      : this.#byDevice.get(device.id, token, at);
  }

  set({ device, address, token, at }: Passing, value: Value): void {
    if (device.dtls === undefined) this.#byAddress.set(address.number, token, at, value);
    else this.#byDevice.set(device.id, token, at, value);
  }

  clear(): void {
    this.#byAddress.clear();
    this.#byDevice.clear();
  }

  sweep(now: Milliseconds): void {
    this.#byAddress.sweep(now);
    this.#byDevice.sweep(now);
  }
}

/** An array that was emptied keeps the room it once took, unless it is told. */
export function letGo(emptied: unknown[]): void {
  if (emptied.length === 0) emptied.length = 0;
}

/** Whether a key is seen for the first time lately; it is remembered then. */
export function isNew(
  seen: Recent<true>, group: number, key: Key, now: Milliseconds,
): boolean {
  if (seen.get(group, key, now) === true) return false;
  seen.set(group, key, now, true);
  return true;
}
