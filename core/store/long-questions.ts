// Questions that people word or that may read much, in the thread that owns the file: one at a
// time, each on a connection of its own, for so long and no longer. Short ones wait for none.

import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { fail, type Result } from '../result.ts';
import type { Unanswered } from './messages.ts';
import { connect } from './opening.ts';

export const LONG_WAITING_MAX = 16;
const CHECK_EVERY_MS = 50;

export interface LongLimits {
  /** From the asking on: what waits for others before has less for itself. */
  readonly milliseconds: number;
  /** Asked again and again while it runs. */
  readonly isTooMuch?: () => boolean;
}

export class LongQuestions {
  readonly #instance: DuckDBInstance;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #running: DuckDBConnection | undefined;

  constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  /** Rejects when the fault is ours; what asks too much is told so. */
  async ask<Answer>(
    { milliseconds, isTooMuch = () => false }: LongLimits,
    work: (connection: DuckDBConnection) => Promise<Result<Answer, Unanswered>>,
  ): Promise<Result<Answer, Unanswered>> {
    if (this.#waiting >= LONG_WAITING_MAX) return fail(BUSY);
    this.#waiting++;
    const due = performance.now() + milliseconds;
    const isOver = (): boolean => performance.now() >= due;
    const answer = this.#last.then(async () => isOver() ? fail(BUSY)
      : this.#run(() => isOver() ? TOO_LONG : isTooMuch() ? TOO_MUCH : undefined, work));
    this.#last = answer.catch(() => undefined);
    return answer.finally(() => this.#waiting--);
  }

  interrupt(): void {
    this.#running?.interrupt();
  }

  async #run<Answer>(
    obstacle: () => Unanswered | undefined,
    work: (connection: DuckDBConnection) => Promise<Result<Answer, Unanswered>>,
  ): Promise<Result<Answer, Unanswered>> {
    const connection = await connect(this.#instance, 'report');
    this.#running = connection;
    let stoppedBy: Unanswered | undefined;
    // Again and again: what comes between two steps of the work is not heard.
    const timer = setInterval(() => {
      stoppedBy ??= obstacle();
      if (stoppedBy !== undefined) connection.interrupt();
    }, CHECK_EVERY_MS);
    try {
      return await work(connection);
    } catch (error) {
      if (stoppedBy !== undefined) return fail(stoppedBy);
      if (String(error).includes('Out of Memory')) return fail(TOO_MUCH);
      throw error;
    } finally {
      clearInterval(timer);
      this.#running = undefined;
      connection.closeSync();
    }
  }
}

const BUSY: Unanswered = {
  kind: 'busy', sentence: 'Others are asking much at this moment; try again.',
};
const TOO_LONG: Unanswered = {
  kind: 'too much', sentence: 'This takes too long; ask for less.',
};
const TOO_MUCH: Unanswered = {
  kind: 'too much', sentence: 'This is too much at once; ask for less.',
};
