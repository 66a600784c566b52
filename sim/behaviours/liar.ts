// Reports values of the wrong type now and then, as firmware with a mixed-up table does: a text
// where a number belongs, and a number where a text does.

import type { Entry } from '../../core/lwm2m/value.ts';
import type { Random } from '../../core/ports.ts';
import type { Behaviour, Surroundings } from './behaviour.ts';

/** One read in so many is a lie. */
const ONE_IN = 4;

export class Liar implements Behaviour {
  readonly #random: Random;

  constructor({ random }: Surroundings) {
    this.#random = random;
  }

  said(entries: Entry[]): Entry[] {
    return this.#random.below(ONE_IN) === 0 ? entries.map(lieOf) : entries;
  }
}

function lieOf({ path, value }: Entry): Entry {
  return value.type === 'string' ? { path, value: { type: 'float', value: -1.5 } }
    : { path, value: { type: 'string', value: 'not available' } };
}
