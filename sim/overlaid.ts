// Rules that change for a while or for good. Where changes overlap, of each rule what began last
// and still holds is in force: the end of one undoes nothing of another.

import type { Milliseconds } from '../core/ports.ts';

interface Change<Rules> {
  readonly rules: Partial<Rules>;
  /** Infinity: for good. */
  readonly until: Milliseconds;
}

export class Overlaid<Rules extends object> {
  readonly #usual: Rules;
  /** Those that may still be heard of, in the order in which they began. */
  #changes: readonly Change<Rules>[] = [];

  constructor(usual: Rules) {
    this.#usual = usual;
  }

  /** Changes are told in the order of time. */
  change(rules: Partial<Rules>, now: Milliseconds, until: Milliseconds): void {
    const holding = this.#changes.filter((one) => one.until > now);
    // What ends no later than this one never says these rules again.
    const before = holding
      .map((one) => (one.until > until ? one : { ...one, rules: without(one.rules, rules) }))
      .filter((one) => Object.keys(one.rules).length > 0);
    this.#changes = [...before, { rules, until }];
  }

  /** What is in force then, unless it changes once more. */
  at(time: Milliseconds): Rules {
    return this.#changes.filter(({ until }) => until > time)
      .reduce((all, { rules }) => ({ ...all, ...rules }), this.#usual);
  }
}

function without<Rules extends object>(rules: Partial<Rules>, hidden: object): Partial<Rules> {
  const left = Object.entries(rules).filter(([rule]) => !(rule in hidden));
  return Object.fromEntries(left) as Partial<Rules>;
}
