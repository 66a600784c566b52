// The system clock behind the Clock port: one Node timer for the earliest of all deadlines.
// Time starts at the wall clock and then runs monotonically: a step of the machine's clock must
// not expire a fleet, so it takes effect at the next start.

import type { Clock, Milliseconds, Task, Timer } from '../ports.ts';
import { TimerHeap } from '../timers.ts';

/** Node fires longer timeouts at once (2^31 ms and above). */
const TIMEOUT_MAX: Milliseconds = 2_000_000_000;

export class SystemClock implements Clock {
  readonly #heap = new TimerHeap();
  readonly #offset = Date.now() - performance.now();
  #wakeUp: NodeJS.Timeout | undefined;
  #wakeUpAt: Milliseconds = Infinity;

  now(): Milliseconds {
    return Math.floor(this.#offset + performance.now());
  }

  schedule(due: Milliseconds, task: Task): Timer {
    const timer = this.#heap.add(due, task);
    if (due < this.#wakeUpAt) this.#arm();
    return timer;
  }

  cancel(timer: Timer): void {
    this.#heap.cancel(timer);
  }

  /** Stops the clock so that the process can end. */
  stop(): void {
    clearTimeout(this.#wakeUp);
    this.#wakeUpAt = -Infinity;
  }

  #arm(): void {
    clearTimeout(this.#wakeUp);
    this.#wakeUpAt = this.#heap.nextDue;
    if (this.#wakeUpAt === Infinity) return;
    const delay = Math.min(Math.max(this.#wakeUpAt - this.now(), 0), TIMEOUT_MAX);
    this.#wakeUp = setTimeout(() => this.#run(), delay);
  }

  #run(): void {
    while (this.#heap.nextDue <= this.now()) this.#heap.pop()?.task.onDue(this.now());
    if (this.#wakeUpAt !== -Infinity) this.#arm();
  }
}
