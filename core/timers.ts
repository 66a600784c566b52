// A heap of timers ordered by (due, sequence): the inside of both clocks. Cancelled timers leave
// at once, so that their tasks are let go; the columns keep the room of the most there were. Four
// children to a node, and what a walk through the heap compares and moves are numbers side by side:
// the timers themselves lie all over the memory, and to touch one on each level costs more than the
// rest of the walk.

import type { Milliseconds, Task, Timer } from './ports.ts';

interface Entry extends Timer {
  readonly task: Task;
  /** -1 when it has run or was cancelled. */
  slot: number;
}

const CHILDREN = 4;

export class TimerHeap {
  /** By slot, which a timer keeps from first to last. */
  readonly #entries: (Entry | undefined)[] = [];
  readonly #sequences: number[] = [];
  /** Where in the heap. */
  readonly #positions: number[] = [];
  readonly #freeSlots: number[] = [];
  /** By position. */
  readonly #slots: number[] = [];
  readonly #dues: Milliseconds[] = [];
  #sequence = 0;

  get size(): number {
    return this.#slots.length;
  }

  /** When the earliest timer is due; Infinity when there is none. */
  get nextDue(): Milliseconds {
    return this.#dues.length === 0 ? Infinity : this.#dues[0] as Milliseconds;
  }

  add(due: Milliseconds, task: Task): Timer {
    const slot = this.#freeSlots.pop() ?? this.#entries.length;
    const entry: Entry = { due, task, slot };
    this.#entries[slot] = entry;
    this.#sequences[slot] = this.#sequence++;
    const position = this.#slots.length;
    this.#slots.push(slot);
    this.#dues.push(due);
    this.#up(slot, due, position);
    return entry;
  }

  cancel(timer: Timer): void {
    const entry = timer as Entry;
    if (entry.slot !== -1) this.#remove(entry);
  }

  /** Takes the earliest timer out, to be run by the caller. */
  pop(): { due: Milliseconds; task: Task } | undefined {
    if (this.#slots.length === 0) return undefined;
    const first = this.#entries[this.#slots[0] as number] as Entry;
    this.#remove(first);
    return first;
  }

  #remove(entry: Entry): void {
    const removed = entry.slot;
    const position = this.#positions[removed] as number;
    entry.slot = -1;
    this.#entries[removed] = undefined;
    this.#freeSlots.push(removed);
    const last = this.#slots.pop() as number;
    const due = this.#dues.pop() as Milliseconds;
    if (last === removed) return;
    // The last one takes the place and goes where it belongs: down, or if not, up.
    if (this.#down(last, due, position) === position) this.#up(last, due, position);
  }

  #place(slot: number, due: Milliseconds, position: number): void {
    this.#slots[position] = slot;
    this.#dues[position] = due;
    this.#positions[slot] = position;
  }

  /** Puts the timer at the position or above it. */
  #up(slot: number, due: Milliseconds, from: number): void {
    let position = from;
    while (position > 0) {
      const above = Math.floor((position - 1) / CHILDREN);
      if (!this.#isAfter(above, due, slot)) break;
      this.#move(above, position);
      position = above;
    }
    this.#place(slot, due, position);
  }

  /** Puts the timer at the position or below it, and says where. */
  #down(slot: number, due: Milliseconds, from: number): number {
    const size = this.#slots.length;
    let position = from;
    for (;;) {
      const first = CHILDREN * position + 1;
      if (first >= size) break;
      let least = first;
      const end = Math.min(first + CHILDREN, size);
      for (let child = first + 1; child < end; child++) {
        const isBefore = this.#isAfter(
          least, this.#dues[child] as Milliseconds, this.#slots[child] as number,
        );
        if (isBefore) least = child;
      }
      if (this.#isAfter(least, due, slot)) break;
      this.#move(least, position);
      position = least;
    }
    this.#place(slot, due, position);
    return position;
  }

  #move(from: number, to: number): void {
    this.#place(this.#slots[from] as number, this.#dues[from] as Milliseconds, to);
  }

  /** Whether the timer there comes after that of the slot, due then. */
  #isAfter(position: number, due: Milliseconds, slot: number): boolean {
    const other = this.#dues[position] as Milliseconds;
    if (other !== due) return other > due;
    const sequence = this.#sequences[this.#slots[position] as number] as number;
    return sequence > (this.#sequences[slot] as number);
  }
}
