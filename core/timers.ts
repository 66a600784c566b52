// A binary heap of timers ordered by (due, sequence): the inside of both clocks. Cancelled timers
// leave at once, so that memory follows what is pending.

import type { Milliseconds, Task, Timer } from './ports.ts';

interface Entry extends Timer {
  readonly sequence: number;
  readonly task: Task;
  /** Index in the heap, -1 when it has run or was cancelled. */
  position: number;
}

export class TimerHeap {
  readonly #heap: Entry[] = [];
  #sequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the earliest timer is due; Infinity when there is none. */
  get nextDue(): Milliseconds {
    return this.#heap[0]?.due ?? Infinity;
  }

  add(due: Milliseconds, task: Task): Timer {
    const entry: Entry = { due, sequence: this.#sequence++, task, position: this.#heap.length };
    this.#heap.push(entry);
    this.#up(entry);
    return entry;
  }

  cancel(timer: Timer): void {
    const entry = timer as Entry;
    if (entry.position === -1) return;
    this.#removeAt(entry.position);
  }

  /** Takes the earliest timer out, to be run by the caller. */
  pop(): { due: Milliseconds; task: Task } | undefined {
    const first = this.#heap[0];
    if (first === undefined) return undefined;
    this.#removeAt(0);
    return first;
  }

  #removeAt(position: number): void {
    const removed = this.#heap[position] as Entry;
    const last = this.#heap.pop() as Entry;
    removed.position = -1;
    if (last === removed) return;
    this.#place(last, position);
    this.#up(last);
    this.#down(last);
  }

  #place(entry: Entry, position: number): void {
    this.#heap[position] = entry;
    entry.position = position;
  }

  #up(entry: Entry): void {
    while (entry.position > 0) {
      const parent = this.#heap[(entry.position - 1) >> 1] as Entry;
      if (!isBefore(entry, parent)) return;
      const position = parent.position;
      this.#place(parent, entry.position);
      this.#place(entry, position);
    }
  }

  #down(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.position + 1];
      const right = this.#heap[2 * entry.position + 2];
      if (left === undefined) return;
      const child = right !== undefined && isBefore(right, left) ? right : left;
      if (!isBefore(child, entry)) return;
      const position = child.position;
      this.#place(child, entry.position);
      this.#place(entry, position);
    }
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.sequence < b.sequence);
}
