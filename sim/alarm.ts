// One timer of an owner that has many of its kind: set again it replaces what it was set to, and
// it needs no closure of its own.

import type { Clock, Milliseconds, Task, Timer } from '../core/ports.ts';

export class Alarm<Owner> implements Task {
  readonly #owner: Owner;
  readonly #ring: (owner: Owner) => void;
  #timer: Timer | undefined = undefined;

  constructor(owner: Owner, ring: (owner: Owner) => void) {
    this.#owner = owner;
    this.#ring = ring;
  }

  set(clock: Clock, delay: Milliseconds): void {
    this.clear(clock);
    this.#timer = clock.schedule(clock.now() + delay, this);
  }

  clear(clock: Clock): void {
    if (this.#timer !== undefined) clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  onDue(): void {
    this.#timer = undefined;
    this.#ring(this.#owner);
  }
}
