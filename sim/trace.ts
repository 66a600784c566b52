// The log of a run: one line per thing that happened, hashed as it grows, so that two runs are
// equal exactly when their hashes are. The last lines are kept for people.

import { createHash } from 'node:crypto';
import type { Milliseconds } from '../core/ports.ts';

const LINES_KEPT = 1000;

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #last: string[] = [];
  count = 0;

  note(at: Milliseconds, what: string): void {
    const line = `${at} ${what}`;
    this.count++;
    this.#hash.update(line).update('\n');
    this.#last.push(line);
    if (this.#last.length > 2 * LINES_KEPT) this.#last.splice(0, LINES_KEPT);
  }

  /** Of all lines so far; the trace goes on. */
  get hash(): string {
    return this.#hash.copy().digest('hex');
  }

  /** The newest lines, oldest first. */
  last(count: number): readonly string[] {
    return this.#last.slice(-count);
  }
}
