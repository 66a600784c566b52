// Sends some datagrams again although nobody asked for it: at once, or long after their exchange
// has ended but while RFC 7252 s4.5 still calls them duplicates.

import type { Clock, Milliseconds, Random } from '../../core/ports.ts';
import type { Behaviour, Pass, Surroundings } from './behaviour.ts';

/** One datagram in so many is sent twice. */
const ONE_IN = 3;
/** Well within EXCHANGE_LIFETIME, 247 s. */
const LATEST: Milliseconds = 120_000;

export class DuplicateSender implements Behaviour {
  readonly #clock: Clock;
  readonly #random: Random;

  constructor({ clock, random }: Surroundings) {
    this.#clock = clock;
    this.#random = random;
  }

  outgoing(datagram: Uint8Array, pass: Pass): void {
    pass(datagram);
    if (this.#random.below(ONE_IN) !== 0) return;
    if (this.#random.below(2) === 0) return pass(datagram);
    const due = this.#clock.now() + this.#random.below(LATEST);
    this.#clock.schedule(due, { onDue: () => pass(datagram) });
  }
}
