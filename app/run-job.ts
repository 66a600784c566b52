// What goes to a thread that plays scenarios, and what comes back.

import type { Progress, RunResult } from '../sim/run.ts';
import type { Scenario } from '../sim/scenario/model.ts';

export interface Job {
  readonly scenario: Scenario;
  readonly seed: number;
  /** As given on the command line, to say how to run it again. */
  readonly file: string;
  /** Where its report goes; undefined: nowhere. */
  readonly folder: string | undefined;
}

/** What a result is worth depends on what made it. */
export interface Provenance {
  readonly version: string;
  readonly node: string;
  /** Of the checkout it ran from; undefined when it is none. */
  readonly commit: string | undefined;
  /** The command that runs it again. */
  readonly command: string;
}

export interface Finished extends RunResult {
  readonly file: string;
  /** How long it took on the clock of the machine. */
  readonly tookMs: number;
  readonly provenance: Provenance;
}

export type FromWorker =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'finished'; readonly result: Finished };
