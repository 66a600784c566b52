// What goes to a thread that plays scenarios, and what comes back.

import type { Progress, RunResult } from '../sim/run.ts';
import type { Scenario } from '../sim/scenario/model.ts';
import type { Sockets } from './run-sockets.ts';

export interface Job {
  readonly scenario: Scenario;
  readonly seed: number;
  /** As given on the command line, to say how to run it again. */
  readonly file: string;
  /** Where its report goes; undefined: nowhere. */
  readonly folder: string | undefined;
  /** Undefined: in virtual time. */
  readonly sockets: Sockets | undefined;
  /** What the command line said of drivers, to say it again. */
  readonly words: readonly string[];
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

export type ToWorker =
  | { readonly kind: 'run'; readonly job: Job }
  /** A run in real time ends with what it has measured. */
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'finished'; readonly result: Finished }
  /** For people, while it runs. */
  | { readonly kind: 'note'; readonly text: string }
  /** It cannot run, and it is for people to change that. */
  | { readonly kind: 'refused'; readonly sentence: string };
