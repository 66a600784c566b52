// What an oracle is: an observer of a world that knows one rule of the protocols and says when it
// was broken. It judges by datagrams, disk and devices, never by the server's own opinion, and
// keeps its own copy of each constant it judges by.

import type { Milliseconds } from '../../core/ports.ts';
import type { Observer } from '../observer.ts';

/** A rule that was broken. */
export interface Violation {
  readonly oracle: string;
  readonly at: Milliseconds;
  /** One sentence with the device and the numbers. */
  readonly what: string;
}

export interface Oracle extends Observer {
  readonly name: string;
  readonly violations: readonly Violation[];
  /** Looks at what no single event shows; called now and then, and at the end of a run. */
  judge?(at: Milliseconds): void;
  /** Judges convergence: the faults ended and the world had time to come to rest. */
  settled?(at: Milliseconds): void;
}

/** One broken rule breaks often; the first times are what people read. */
const VIOLATIONS_KEPT = 20;

/** The common half of every oracle: a name and what it found. */
export class Findings {
  readonly name: string;
  readonly violations: Violation[] = [];

  constructor(name: string) {
    this.name = name;
  }

  protected report(at: Milliseconds, what: string): void {
    if (this.violations.length >= VIOLATIONS_KEPT) return;
    this.violations.push({ oracle: this.name, at, what });
  }
}
