// A clock that is off by up to a day and runs up to one per cent too fast or too slow: what the
// device says of time is wrong, and its Updates come early or late.

import type { Milliseconds } from '../../core/ports.ts';
import type { Behaviour, Surroundings } from './behaviour.ts';

const OFFSET_MOST: Milliseconds = 86_400_000;
/** Of 10,000: one per cent, three minutes in five hours, is worse than a bad crystal. */
const DRIFT_MOST = 100;

export class ClockSkew implements Behaviour {
  readonly #offset: Milliseconds;
  readonly #drift: number;

  constructor({ random }: Surroundings) {
    this.#offset = random.below(2 * OFFSET_MOST + 1) - OFFSET_MOST;
    this.#drift = random.below(2 * DRIFT_MOST + 1) - DRIFT_MOST;
  }

  clock(now: Milliseconds): Milliseconds {
    return now + this.#offset;
  }

  span(span: Milliseconds): Milliseconds {
    return span + Math.trunc((span * this.#drift) / 10_000);
  }
}
