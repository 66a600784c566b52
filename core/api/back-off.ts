// Slows down guessing of one account's password, whether there is such an account or not. A login
// link works in spite of it: the owner is never locked out for long.

import type { Milliseconds } from '../ports.ts';

/** Names remembered. Pushing one out takes so many tries of others that nobody gains by it. */
export const ACCOUNTS_MAX = 10_000;
const FREE_TRIES = 5;
const DELAY_FIRST: Milliseconds = 1_000;
const DELAY_MAX: Milliseconds = 60_000;
/** After so long without a try an account starts anew. */
const FORGET_AFTER: Milliseconds = 15 * 60_000;

interface Tries {
  readonly count: number;
  readonly lastAt: Milliseconds;
  readonly notBefore: Milliseconds;
}

export class LoginBackOff {
  /** The longest untouched first. */
  readonly #accounts = new Map<string, Tries>();

  get size(): number {
    return this.#accounts.size;
  }

  /**
   * How long this account must wait; 0 means that the try may go on. It counts at once, before
   * its outcome is known, so that many tries in parallel gain nothing.
   */
  begin(account: string, now: Milliseconds): Milliseconds {
    const before = this.#accounts.get(account);
    if (before !== undefined && now < before.notBefore) return before.notBefore - now;
    const isForgotten = before === undefined || now - before.lastAt > FORGET_AFTER;
    const count = isForgotten ? 1 : before.count + 1;
    this.#accounts.delete(account);
    this.#accounts.set(account, { count, lastAt: now, notBefore: now + delayAfter(count) });
    if (this.#accounts.size > ACCOUNTS_MAX) {
      const [oldest] = this.#accounts.keys();
      if (oldest !== undefined) this.#accounts.delete(oldest);
    }
    return 0;
  }

  succeeded(account: string): void {
    this.#accounts.delete(account);
  }
}

function delayAfter(tries: number): Milliseconds {
  if (tries < FREE_TRIES) return 0;
  return Math.min(DELAY_FIRST * 2 ** (tries - FREE_TRIES), DELAY_MAX);
}
