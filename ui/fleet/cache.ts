// The rows of the current query that this browser knows, by their place in the sorted list. What
// is far from where the reader looks is dropped, so memory does not follow the size of the fleet.

import type { FleetRow, FleetWindow } from '../wire.ts';

export const WINDOW_MAX = 200;
const KEPT_AROUND = 1000;

export class RowCache {
  readonly #rows = new Map<number, FleetRow>();
  /** How many match in all; undefined until the first answer. */
  total: number | undefined;

  at(index: number): FleetRow | undefined {
    return this.#rows.get(index);
  }

  clear(): void {
    this.#rows.clear();
    this.total = undefined;
  }

  put(window: FleetWindow): void {
    this.total = window.total;
    window.rows.forEach((row, index) => this.#rows.set(window.offset + index, row));
    const centre = window.offset + window.rows.length / 2;
    if (this.#rows.size <= 3 * KEPT_AROUND) return;
    for (const index of this.#rows.keys()) {
      if (Math.abs(index - centre) > KEPT_AROUND) this.#rows.delete(index);
    }
  }

  /** Replaces rows that changed without moving. */
  update(rows: readonly FleetRow[]): void {
    const changed = new Map(rows.map((row) => [row.endpoint, row]));
    for (const [index, row] of this.#rows) {
      const next = changed.get(row.endpoint);
      if (next !== undefined) this.#rows.set(index, next);
    }
  }

  /** The window to ask for so that rows first..last are known; undefined when they all are. */
  missing(first: number, last: number): { offset: number; limit: number } | undefined {
    const end = Math.min(last, (this.total ?? Infinity) - 1);
    let index = first;
    while (index <= end && this.#rows.has(index)) index++;
    if (index > end) return undefined;
    return windowAround(first, last);
  }
}

/** The rows in view and as many again on both sides, as far as one window may hold. */
export function windowAround(first: number, last: number): { offset: number; limit: number } {
  const size = last - first + 1;
  const limit = Math.min(WINDOW_MAX, size * 3);
  return { offset: Math.max(0, first - Math.floor((limit - size) / 2)), limit };
}
