// Answers operations with an error, each with its own: what a server has to cope with from devices
// that lack an operation, have no room, or are broken.

import type { Operation } from '../requests/operation.ts';
import type { Behaviour } from './behaviour.ts';

/** The code of the answer by operation; what is not named is answered as ever. */
export type Refusals = Readonly<Partial<Record<Operation, number>>>;

export class Refusing implements Behaviour {
  readonly #refusals: Refusals;

  constructor(refusals: Refusals) {
    this.#refusals = refusals;
  }

  refusal(operation: Operation): number | undefined {
    return this.#refusals[operation];
  }
}
