// Slows down guessing of one account's password. A fixed table: an account falls into a slot by a
// keyed hash, so memory is bounded whatever names are tried and nobody can aim at a neighbour's
// slot. A login link works in spite of it: the owner is never locked out for long.

import { createHmac, randomBytes } from 'node:crypto';
import type { Milliseconds } from '../ports.ts';

const SLOTS = 4_096;
const FREE_TRIES = 5;
const DELAY_FIRST: Milliseconds = 1_000;
const DELAY_MAX: Milliseconds = 60_000;
/** After so long without a try a slot starts anew. */
const FORGET_AFTER: Milliseconds = 15 * 60_000;

export class LoginBackOff {
  readonly #key = randomBytes(32);
  readonly #tries = new Uint8Array(SLOTS);
  readonly #lastTry = new Float64Array(SLOTS);
  readonly #notBefore = new Float64Array(SLOTS);

  /**
   * How long this account must wait; 0 means that the try may go on. It counts at once, before
   * its outcome is known, so that many tries in parallel gain nothing.
   */
  begin(account: string, now: Milliseconds): Milliseconds {
    const slot = this.#slotOf(account);
    if (now - (this.#lastTry[slot] ?? 0) > FORGET_AFTER) this.#tries[slot] = 0;
    const wait = (this.#notBefore[slot] ?? 0) - now;
    if (wait > 0) return wait;
    const tries = Math.min((this.#tries[slot] ?? 0) + 1, 255);
    this.#tries[slot] = tries;
    this.#lastTry[slot] = now;
    if (tries >= FREE_TRIES) {
      const delay = DELAY_FIRST * 2 ** Math.min(tries - FREE_TRIES, 16);
      this.#notBefore[slot] = now + Math.min(delay, DELAY_MAX);
    }
    return 0;
  }

  succeeded(account: string): void {
    const slot = this.#slotOf(account);
    this.#tries[slot] = 0;
    this.#notBefore[slot] = 0;
  }

  #slotOf(account: string): number {
    return createHmac('sha256', this.#key).update(account).digest().readUInt32BE(0) % SLOTS;
  }
}
