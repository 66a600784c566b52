// What happened lately, by group and key: the memory of oracles, bounded by time.

import type { Milliseconds } from '../../core/ports.ts';

interface Entry<Value> {
  readonly at: Milliseconds;
  readonly value: Value;
}

export class Recent<Value> {
  readonly #span: Milliseconds;
  readonly #groups = new Map<string, Map<string | number, Entry<Value>>>();

  /** Entries are forgotten `span` after they were set. */
  constructor(span: Milliseconds) {
    this.#span = span;
  }

  get(group: string, key: string | number, now: Milliseconds): Value | undefined {
    const entry = this.#groups.get(group)?.get(key);
    return entry === undefined || now - entry.at >= this.#span ? undefined : entry.value;
  }

  set(group: string, key: string | number, now: Milliseconds, value: Value): void {
    let entries = this.#groups.get(group);
    if (entries === undefined) {
      entries = new Map();
      this.#groups.set(group, entries);
    }
    // In the order of their times, for a key that comes again goes to the end.
    for (const [old, { at }] of entries) {
      if (now - at < this.#span) break;
      entries.delete(old);
    }
    entries.delete(key);
    entries.set(key, { at: now, value });
  }

  clear(): void {
    this.#groups.clear();
  }
}
