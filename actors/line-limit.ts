// How many lines one sender may log: a burst, and so many a second after it. What is beyond is
// counted, so that the gap can be told.

import type { Milliseconds } from '../core/ports.ts';
import type { Limits } from './config.ts';

export interface Gap {
  readonly lines: number;
  readonly from: Milliseconds;
  readonly to: Milliseconds;
}

export class LineLimit {
  readonly #limits: Limits;
  #tokens: number;
  #refilledAt: Milliseconds;
  #gap: Gap | undefined;

  constructor(limits: Limits, now: Milliseconds) {
    this.#limits = limits;
    this.#tokens = limits.logBurstMax;
    this.#refilledAt = now;
  }

  /** Whether one more line is within the limit. */
  take(now: Milliseconds): boolean {
    const { logBurstMax, logLinesPerSecondMax } = this.#limits;
    const refilled = this.#tokens + (now - this.#refilledAt) / 1_000 * logLinesPerSecondMax;
    this.#tokens = Math.min(logBurstMax, refilled);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Counts a line that is dropped; true for the first of a gap. */
  drop(now: Milliseconds): boolean {
    const gap = this.#gap;
    this.#gap = { lines: (gap?.lines ?? 0) + 1, from: gap?.from ?? now, to: now };
    return gap === undefined;
  }

  /** What was dropped since the first of them; it is counted anew from here. */
  takeGap(): Gap | undefined {
    const gap = this.#gap;
    this.#gap = undefined;
    return gap;
  }
}
