// Telemetry is told apart by its sequence number, and whoever reads on from the last one he has
// seen must miss nothing: numbers on the disk only grow, whatever happens to the server meanwhile.

import type { Milliseconds, Ticket } from '../../core/ports.ts';
import type { Change } from '../../core/store/changes.ts';
import { Findings, type Oracle } from './oracle.ts';

export class SequenceOracle extends Findings implements Oracle {
  #last = 0;

  constructor() {
    super('sequence numbers');
  }

  committed(at: Milliseconds, _: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table !== 'resource') continue;
      const { sequence } = change.row;
      if (sequence <= this.#last) {
        this.report(at, `a value was stored with the number ${sequence} after ${this.#last}`);
      }
      this.#last = Math.max(this.#last, sequence);
    }
  }
}
