// A heap of timers ordered by (due, sequence): the inside of both clocks. Cancelled timers leave
// at once, so that memory follows what is pending. Four children to a node and the due times side
// by side: a walk through the heap then touches few cache lines.

import type { Milliseconds, Task, Timer } from './ports.ts';

interface Entry extends Timer {
  readonly sequence: number;
  readonly task: Task;
  /** Index in the heap, -1 when it has run or was cancelled. */
  position: number;
}

const CHILDREN = 4;

export class TimerHeap {
  readonly #heap: Entry[] = [];
  /** The due time of each entry of the heap. */
  readonly #dues: Milliseconds[] = [];
  #sequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the earliest timer is due; Infinity when there is none. */
  get nextDue(): Milliseconds {
    return this.#heap.length === 0 ? Infinity : this.#dues[0] as Milliseconds;
  }

  add(due: Milliseconds, task: Task): Timer {
    const position = this.#heap.length;
    const entry: Entry = { due, sequence: this.#sequence++, task, position };
    this.#heap.push(entry);
    this.#dues.push(due);
    this.#up(entry, position);
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
    this.#dues.pop();
    removed.position = -1;
    if (last === removed) return;
    // The last one takes the place and goes where it belongs: down, or if not, up.
    if (this.#down(last, position) === position) this.#up(last, position);
  }

  #place(entry: Entry, position: number): void {
    this.#heap[position] = entry;
    this.#dues[position] = entry.due;
    entry.position = position;
  }

  /** Puts the entry at the position or above it. */
  #up(entry: Entry, from: number): void {
    const { due, sequence } = entry;
    let position = from;
    while (position > 0) {
      const above = Math.floor((position - 1) / CHILDREN);
      if (!this.#isAfter(above, due, sequence)) break;
      this.#place(this.#heap[above] as Entry, position);
      position = above;
    }
    this.#place(entry, position);
  }

  /** Puts the entry at the position or below it, and says where. */
  #down(entry: Entry, from: number): number {
    const { due, sequence } = entry;
    const size = this.#heap.length;
    let position = from;
    for (;;) {
      const first = CHILDREN * position + 1;
      if (first >= size) break;
      let least = first;
      const end = Math.min(first + CHILDREN, size);
      for (let child = first + 1; child < end; child++) {
        if (this.#isBefore(child, least)) least = child;
      }
      if (this.#isAfter(least, due, sequence)) break;
      this.#place(this.#heap[least] as Entry, position);
      position = least;
    }
    this.#place(entry, position);
    return position;
  }

  #isBefore(a: number, b: number): boolean {
    const dueA = this.#dues[a] as Milliseconds;
    const dueB = this.#dues[b] as Milliseconds;
    if (dueA !== dueB) return dueA < dueB;
    return (this.#heap[a] as Entry).sequence < (this.#heap[b] as Entry).sequence;
  }

  #isAfter(position: number, due: Milliseconds, sequence: number): boolean {
    const other = this.#dues[position] as Milliseconds;
    if (other !== due) return other > due;
    return (this.#heap[position] as Entry).sequence > sequence;
  }
}
