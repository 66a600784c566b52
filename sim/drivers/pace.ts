// Keeps a virtual clock at the present. What is due runs when its time has come, in the order of
// times; what comes from outside, a datagram or a commit, comes in between. Time stands still while
// either is handled, as it does in virtual time: observers see the very times that the server saw.

import type { Milliseconds } from '../../core/ports.ts';
import { VirtualClock } from '../clock.ts';

/** Node fires longer timeouts at once (2^31 ms and above). */
const TIMEOUT_MAX: Milliseconds = 2_000_000_000;

interface Waiting {
  readonly isOver: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Pace {
  readonly clock: VirtualClock;
  /** Runs the next event if it is due by then. */
  step: (until: Milliseconds) => boolean;
  readonly #offset = Date.now() - performance.now();
  #wakeUp: NodeJS.Timeout | undefined;
  #wakeUpAt: Milliseconds = Infinity;
  #waiting: Waiting | undefined;
  #failure: Error | undefined;
  #isStopped = false;

  constructor() {
    this.clock = new VirtualClock(this.#now());
    this.step = (until) => this.clock.step(until);
  }

  /** Something happens outside. */
  enter(act: () => void): void {
    if (this.#isStopped) return;
    try {
      this.#advance();
      act();
      // What it has made due at once.
      this.#advance();
    } catch (error) {
      this.fail(error as Error);
    }
    if (this.#waiting?.isOver() === true) this.#waiting.resolve();
    this.#arm();
  }

  /** Time passes until this is so; rejects when something fails meanwhile. */
  async until(isOver: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting = { isOver, resolve, reject };
      if (this.#failure !== undefined) reject(this.#failure);
      else this.enter(() => undefined);
    });
  }

  /** Ends the waiting, or the next one. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(error);
  }

  /** Time stands still from now on. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#wakeUp);
  }

  #now(): Milliseconds {
    return Math.floor(this.#offset + performance.now());
  }

  #advance(): void {
    const now = this.#now();
    while (this.step(now));
    this.clock.runUntil(now);
  }

  #arm(): void {
    const { nextDue } = this.clock;
    if (nextDue === this.#wakeUpAt) return;
    clearTimeout(this.#wakeUp);
    this.#wakeUpAt = nextDue;
    if (nextDue === Infinity) return;
    const delay = Math.min(Math.max(nextDue - this.#now(), 0), TIMEOUT_MAX);
    this.#wakeUp = setTimeout(() => {
      this.#wakeUpAt = Infinity;
      this.enter(() => undefined);
    }, delay);
  }
}
