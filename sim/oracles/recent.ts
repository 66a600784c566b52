// What happened lately, by group and key: the memory of oracles, bounded by time. Groups are
// numbers (of a device or an address), and most hold one entry that matters: the newest of each lie
// side by side, and only what is not over when the next one comes goes to a list.

import type { Milliseconds } from '../../core/ports.ts';

type Key = string | number;

/** Forgotten entries in front that are worth moving the others. */
const FORGOTTEN_MAX = 16;
const GROUPS_FIRST = 64;

/** Entries before the newest, in the order of their times; of a key the last one counts. */
class Older<Value> {
  readonly keys: Key[] = [];
  readonly times: Milliseconds[] = [];
  readonly values: Value[] = [];
  /** Those before are forgotten. */
  first = 0;
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
  readonly #older: (Older<Value> | undefined)[] = [];
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
    const older = this.#older[group];
    if (older === undefined) return undefined;
    const { keys, times, values, first } = older;
    for (let index = keys.length - 1; index >= first; index--) {
      if (now - (times[index] as number) >= this.#span) return undefined;
      if (keys[index] === key) return values[index];
    }
    return undefined;
  }

  set(group: number, key: Key, now: Milliseconds, value: Value): void {
    if (group >= this.#times.length) this.#grow(group);
    if (now - this.#sweptAt >= this.#span) this.sweep(now);
    if (this.has(group, now)) this.#putBehind(group, now);
    else if (this.#older[group] !== undefined) this.#older[group] = undefined;
    this.#times[group] = now;
    this.#keys[group] = key;
    this.#values[group] = value;
  }

  clear(): void {
    this.#times.fill(-Infinity);
    this.#keys.fill(undefined);
    this.#values.fill(undefined);
    this.#older.fill(undefined);
  }

  #grow(group: number): void {
    const length = Math.max(GROUPS_FIRST, 2 * group);
    const times = new Float64Array(length).fill(-Infinity);
    times.set(this.#times);
    this.#times = times;
    for (const list of [this.#keys, this.#values, this.#older]) {
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
      this.#older[group] = undefined;
    }
  }

  #putBehind(group: number, now: Milliseconds): void {
    const older = this.#older[group] ??= new Older();
    const { keys, times, values } = older;
    while (now - (times[older.first] ?? Infinity) >= this.#span) older.first++;
    if (older.first > FORGOTTEN_MAX) {
      for (const list of [keys, times, values]) list.splice(0, older.first);
      older.first = 0;
    }
    keys.push(this.#keys[group] as Key);
    times.push(this.#times[group] as number);
    values.push(this.#values[group] as Value);
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
