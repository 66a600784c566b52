// Datagrams that somebody named ahead to have something done to them, by device, direction and
// number; and which of them there was nothing to do to, so that nobody believes that it was done.

import type { Direction } from './scenario/model.ts';

interface Named {
  readonly name: string;
  readonly direction: Direction;
  readonly nth: number;
  /** Whether as many had been sent before it was named. */
  readonly isLate: boolean;
  hasCome: boolean;
}

export interface Missed {
  readonly kind: 'drop' | 'duplicate';
  readonly name: string;
  readonly direction: Direction;
  readonly nth: number;
  readonly why: 'passed' | 'not come';
}

export class NamedDatagrams {
  readonly #kind: Missed['kind'];
  readonly #named = new Map<string, Named>();

  constructor(kind: Missed['kind']) {
    this.#kind = kind;
  }

  /** `sent` is how many the device has had in this direction so far. */
  add(name: string, direction: Direction, nth: number, sent: number): void {
    const key = keyOf(name, direction, nth);
    if (this.#named.has(key)) return;
    this.#named.set(key, { name, direction, nth, isLate: sent >= nth, hasCome: false });
  }

  /** Whether the one that comes was named. */
  take(name: string, direction: Direction, nth: number): boolean {
    if (this.#named.size === 0) return false;
    const named = this.#named.get(keyOf(name, direction, nth));
    if (named === undefined) return false;
    named.hasCome = true;
    return true;
  }

  missed(): Missed[] {
    const kind = this.#kind;
    return [...this.#named.values()].flatMap(({ name, direction, nth, isLate, hasCome }) => (
      hasCome ? [] : [{ kind, name, direction, nth, why: isLate ? 'passed' : 'not come' }]));
  }
}

function keyOf(name: string, direction: Direction, nth: number): string {
  return `${name} ${direction} ${nth}`;
}
