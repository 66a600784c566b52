// Sees to it that what devices logged does not stay for ever: now and then old rows are deleted,
// a few at a time, so that what waits in the journal never waits long.

import type { Clock, Log, Milliseconds, Timer } from '../ports.ts';
import type { Database } from './database.ts';
import { DELETED_AT_ONCE_MAX, deleteOldLog } from './device-log.ts';

/** From one look for old rows to the next. */
export const RETENTION_INTERVAL: Milliseconds = 600_000;
/** Between two steps when there is more to delete. */
export const RETENTION_PAUSE: Milliseconds = 100;

export interface RetentionParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly retention: Milliseconds;
}

export class LogRetention {
  readonly #parts: RetentionParts;
  #timer: Timer;
  #isStopped = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#timer = this.#schedule(RETENTION_PAUSE);
  }

  stop(): void {
    this.#isStopped = true;
    this.#parts.clock.cancel(this.#timer);
  }

  #schedule(wait: Milliseconds): Timer {
    const { clock } = this.#parts;
    return clock.schedule(clock.now() + wait, { onDue: (now) => void this.#step(now) });
  }

  async #step(now: Milliseconds): Promise<void> {
    const { db, log, retention } = this.#parts;
    const deleted = await deleteOldLog(db, now - retention).catch((error: Error) => {
      if (!this.#isStopped) log.warn('old lines were not deleted', { reason: error.message });
      return 0;
    });
    if (this.#isStopped) return;
    const isMore = deleted === DELETED_AT_ONCE_MAX;
    this.#timer = this.#schedule(isMore ? RETENTION_PAUSE : RETENTION_INTERVAL);
  }
}
