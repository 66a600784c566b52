// Virtual time: one event at a time by (due, sequence), `now` being the due time of the event
// that runs. Time moves only between events.

import type { Clock, Milliseconds, Task, Timer } from '../core/ports.ts';
import { assert } from '../core/result.ts';
import { TimerHeap } from '../core/timers.ts';

/** A million devices, more than a fleet may have, that start at once take a fifth of it. */
export const EVENTS_OF_INSTANT_MAX = 10_000_000;

export class VirtualClock implements Clock {
  readonly #heap = new TimerHeap();
  readonly #start: Milliseconds;
  #now: Milliseconds;
  /** Events since time last moved. */
  #events = 0;

  constructor(start: Milliseconds) {
    this.#start = start;
    this.#now = start;
  }

  now(): Milliseconds {
    return this.#now;
  }

  schedule(due: Milliseconds, task: Task): Timer {
    return this.#heap.add(Math.max(due, this.#now), task);
  }

  cancel(timer: Timer): void {
    this.#heap.cancel(timer);
  }

  /** When the next event is due; Infinity when nothing is left to happen. */
  get nextDue(): Milliseconds {
    return this.#heap.nextDue;
  }

  /**
   * Runs the next event if it is due by `until`; false when there is none. Throws when time would
   * never move again.
   */
  step(until: Milliseconds): boolean {
    if (this.#heap.nextDue > until) return false;
    const next = this.#heap.pop();
    assert(next !== undefined, 'a due time belongs to a timer');
    this.#moveTo(next.due);
    if (++this.#events > EVENTS_OF_INSTANT_MAX) this.#refuse();
    next.task.onDue(next.due);
    return true;
  }

  /** Runs everything due by `until` and leaves the clock there. */
  runUntil(until: Milliseconds): void {
    while (this.step(until));
    this.#moveTo(until);
  }

  #moveTo(time: Milliseconds): void {
    if (time <= this.#now) return;
    this.#now = time;
    this.#events = 0;
  }

  #refuse(): never {
    throw new Error(`more than ${EVENTS_OF_INSTANT_MAX} events at one time, `
      + `${this.#now - this.#start} ms after the start: something schedules itself again at once`);
  }

  /** Runs what is due before then and leaves the clock there: what is done now comes first. */
  runBefore(due: Milliseconds): void {
    while (this.#heap.nextDue < due) this.step(due);
    this.#moveTo(due);
  }
}

/** The clock as one process sees it: when the process dies, what it scheduled never happens. */
export class ProcessClock implements Clock {
  readonly #world: VirtualClock;
  #isAlive = true;

  constructor(world: VirtualClock) {
    this.#world = world;
  }

  now(): Milliseconds {
    return this.#world.now();
  }

  schedule(due: Milliseconds, task: Task): Timer {
    return this.#world.schedule(due, new ProcessTask(this, task));
  }

  cancel(timer: Timer): void {
    this.#world.cancel(timer);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  kill(): void {
    this.#isAlive = false;
  }
}

class ProcessTask implements Task {
  readonly #process: ProcessClock;
  readonly #task: Task;

  constructor(process: ProcessClock, task: Task) {
    this.#process = process;
    this.#task = task;
  }

  onDue(now: Milliseconds): void {
    if (this.#process.isAlive) this.#task.onDue(now);
  }
}
