// What happened lately, by group and key: the memory of oracles, bounded by time. Groups are numbers
// (of a device or an address); of one group there are few entries, so that looking from the newest
// back costs less than hashing.

import type { Milliseconds } from '../../core/ports.ts';

/** Forgotten entries in front that are worth moving the others. */
const FORGOTTEN_MAX = 16;

/** Entries in the order of their times; of a key that came again the last one counts. */
class Group<Value> {
  readonly keys: (string | number)[] = [];
  readonly times: Milliseconds[] = [];
  readonly values: Value[] = [];
  /** Those before are forgotten. */
  first = 0;
}

export class Recent<Value> {
  readonly #span: Milliseconds;
  #groups: (Group<Value> | undefined)[] = [];

  /** Entries are forgotten `span` after they were set. */
  constructor(span: Milliseconds) {
    this.#span = span;
  }

  /** Whether the group has any entry at all. */
  has(group: number, now: Milliseconds): boolean {
    const times = this.#groups[group]?.times;
    return times !== undefined && now - (times[times.length - 1] ?? -Infinity) < this.#span;
  }

  get(group: number, key: string | number, now: Milliseconds): Value | undefined {
    const entries = this.#groups[group];
    if (entries === undefined) return undefined;
    const { keys, times, values, first } = entries;
    for (let index = keys.length - 1; index >= first; index--) {
      if (now - (times[index] as number) >= this.#span) return undefined;
      if (keys[index] === key) return values[index];
    }
    return undefined;
  }

  set(group: number, key: string | number, now: Milliseconds, value: Value): void {
    const entries = this.#groups[group] ??= new Group();
    const { keys, times, values } = entries;
    while (now - (times[entries.first] ?? Infinity) >= this.#span) entries.first++;
    if (entries.first > FORGOTTEN_MAX) {
      for (const list of [keys, times, values]) list.splice(0, entries.first);
      entries.first = 0;
    }
    keys.push(key);
    times.push(now);
    values.push(value);
  }

  clear(): void {
    this.#groups = [];
  }
}
