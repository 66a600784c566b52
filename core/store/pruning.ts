// Sees to it that rows that are not values do not stay for ever: now and then old ones are deleted,
// a few at a time, so that what waits in the journal never waits long.

import type { Clock, Log, Milliseconds, Timer } from '../ports.ts';

/** From one look for old rows to the next. */
export const PRUNING_INTERVAL: Milliseconds = 600_000;
/** Between two steps when there is more to delete. */
export const PRUNING_PAUSE: Milliseconds = 100;

export interface PruningParts {
  readonly clock: Clock;
  readonly log: Log;
  /** As the log names it when it fails. */
  readonly what: string;
  /** One step; says whether there is more to delete. */
  readonly step: (now: Milliseconds) => Promise<boolean>;
}

export class Pruning {
  readonly #parts: PruningParts;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(parts: PruningParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#schedule(PRUNING_PAUSE);
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#parts.clock.cancel(this.#timer);
  }

  #schedule(wait: Milliseconds): void {
    const { clock } = this.#parts;
    this.#timer = clock.schedule(clock.now() + wait, { onDue: (now) => void this.#step(now) });
  }

  async #step(now: Milliseconds): Promise<void> {
    const { log, what, step } = this.#parts;
    const isMore = await step(now).catch((error: Error) => {
      if (!this.#isStopped) log.warn(`${what} were not deleted`, { reason: error.message });
      return false;
    });
    if (this.#isStopped) return;
    this.#schedule(isMore ? PRUNING_PAUSE : PRUNING_INTERVAL);
  }
}
