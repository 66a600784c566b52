// Answers a request only after a while, longer than the server waits before it asks again.

import type { Clock, Random } from '../../core/ports.ts';
import type { Behaviour, Pass, Surroundings } from './behaviour.ts';
import { isRequest } from './datagram.ts';

const LEAST = 1000;
const MOST = 20_000;

export class Slow implements Behaviour {
  readonly #clock: Clock;
  readonly #random: Random;

  constructor({ clock, random }: Surroundings) {
    this.#clock = clock;
    this.#random = random;
  }

  incoming(datagram: Uint8Array, pass: Pass): void {
    if (!isRequest(datagram)) return pass(datagram);
    const due = this.#clock.now() + LEAST + this.#random.below(MOST - LEAST + 1);
    this.#clock.schedule(due, { onDue: () => pass(datagram) });
  }
}
