// What goes to a thread that plays scenarios, and what comes back.

import type { Taken } from '../actors/transitions.ts';
import type { Progress, RunResult } from '../sim/run.ts';
import type { Scenario } from '../sim/scenario/model.ts';
import type { Shrunk } from '../sim/shrink.ts';
import type { RESULT_FORMAT } from './report/files.ts';
import type { Sockets } from './run-sockets.ts';

export interface Job {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Where the scenario comes from, as given on the command line. */
  readonly file: string;
  /** What runs it again. */
  readonly command: string;
  /** Where its report goes; undefined: nowhere. */
  readonly folder: string | undefined;
  /** Undefined: in virtual time. */
  readonly sockets: Sockets | undefined;
  /** What becomes of it when it fails. */
  readonly onFailure: 'shrink' | 'report';
}

/** What a result is worth depends on what made it. */
export interface Provenance {
  readonly version: string;
  readonly node: string;
  /** Of the checkout it ran from; undefined when it is none. */
  readonly commit: string | undefined;
  /** The command that runs it again. */
  readonly command: string;
  /** Tells runs of one name apart that were played before and after the file was edited. */
  readonly scenarioHash: string;
}

export interface Finished extends RunResult {
  /** Of result.json. */
  readonly format: typeof RESULT_FORMAT;
  readonly file: string;
  /** How long it took on the clock of the machine. */
  readonly tookMs: number;
  readonly provenance: Provenance;
}

/** What a job came to. */
export interface Outcome {
  readonly result: Finished;
  /** Undefined when it held, was not to be shrunk, or could not be. */
  readonly shrunk: Shrunk | undefined;
  /** What its sessions went through. */
  readonly taken: readonly Taken[];
}

/** A run without a result: its thread died, or people ended it before it began. */
export interface Unplayed {
  readonly verdict: 'died' | 'interrupted';
  readonly scenario: string;
  readonly seed: number;
  /** The end of a sentence about it. */
  readonly reason: string;
  /** What plays it again. */
  readonly command: string;
}

export type ToWorker =
  /** A run in virtual time hears nothing before its end: it looks whether `ending` is still 0. */
  | { readonly kind: 'run'; readonly job: Job; readonly ending: Int32Array }
  /** A run in real time ends with what it has measured. */
  | { readonly kind: 'stop' };

export type FromWorker =
  /** `tookMs`: since it began, without the time it waited for real devices. */
  | { readonly kind: 'progress'; readonly progress: Progress; readonly tookMs: number }
  /** It failed; this is the smallest that still does. */
  | { readonly kind: 'shrinking'; readonly smallest: Scenario; readonly runs: number }
  | { readonly kind: 'finished'; readonly outcome: Outcome }
  /** For people, while it runs. */
  | { readonly kind: 'note'; readonly text: string }
  /** People ended it before it began. */
  | { readonly kind: 'unplayed'; readonly reason: string }
  /** It cannot run, and it is for people to change that. */
  | { readonly kind: 'refused'; readonly sentence: string };
