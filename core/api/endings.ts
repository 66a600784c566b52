// How operations end, for who waits for it: what each brought is told once, to those who wait, and
// kept for a while for those who ask later. Values are in the database too, but not by operation.

import { formatPath } from '../lwm2m/path.ts';
import type { Clock, Milliseconds } from '../ports.ts';
import type { OperationRow } from '../store/changes.ts';
import type { LiveEvent, Management } from './management.ts';
import { valueView } from './present.ts';
import type { ReadValue } from './views.ts';

/** Operations whose values are kept, */
export const ENDINGS_MAX = 200;
/** of each so many characters; of more only who waits is told. */
const KEPT_TEXT_MAX = 16_384;
/** Requests that wait at the same time; one more gets its answer at once, without the end. */
export const WAITING_MAX = 500;

export interface Ending {
  readonly row: OperationRow;
  readonly values: readonly ReadValue[];
}

export class Endings {
  readonly #clock: Clock;
  readonly #kept = new Map<number, readonly ReadValue[]>();
  readonly #waiting = new Map<object, (ending: Ending) => void>();

  constructor(management: Management, clock: Clock) {
    this.#clock = clock;
    management.subscribe((event) => this.#onEvent(event), false);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** The values that the operation brought; undefined when they are not known, or no longer. */
  valuesOf(operation: number): readonly ReadValue[] | undefined {
    return this.#kept.get(operation);
  }

  /** The end of an operation that is still open; undefined when it takes longer. */
  wait(operation: number, atMost: Milliseconds): Promise<Ending | undefined> {
    return new Promise((resolve) => {
      if (atMost <= 0 || this.#waiting.size >= WAITING_MAX) return resolve(undefined);
      const key = {};
      const end = (ending: Ending | undefined): void => {
        this.#waiting.delete(key);
        this.#clock.cancel(timer);
        resolve(ending);
      };
      const due = this.#clock.now() + atMost;
      const timer = this.#clock.schedule(due, { onDue: () => end(undefined) });
      this.#waiting.set(key, (ending) => {
        if (ending.row.id === operation) end(ending);
      });
    });
  }

  #onEvent(event: LiveEvent): void {
    if (event.kind !== 'operation') return;
    const { row, entries } = event;
    const values = entries.map(({ path, value }) =>
      ({ path: formatPath(path), ...valueView(value) }));
    if (JSON.stringify(values).length <= KEPT_TEXT_MAX) this.#keep(row.id, values);
    for (const tell of [...this.#waiting.values()]) tell({ row, values });
  }

  #keep(operation: number, values: readonly ReadValue[]): void {
    this.#kept.set(operation, values);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > ENDINGS_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }
}
