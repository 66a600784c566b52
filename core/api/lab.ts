// What the API asks of the lab, as one interface, and what it hands out of it: core/api must know
// neither the simulator nor child processes. app/lab/ implements it. Files and ids were checked at
// the door (inputs.ts); what they name need not be there.

import type { Milliseconds } from '../ports.ts';
import type { Result } from '../result.ts';

/** Those that come with the program, and those people wrote into the data folder. */
export type Shelf = 'shipped' | 'own';

export interface ScenarioPlace {
  readonly shelf: Shelf;
  /** Its name in the folder, like `first-light.yaml`. */
  readonly file: string;
}

/** A scenario without mistakes in a few words. */
export interface ScenarioFacts {
  readonly name: string;
  readonly why: string;
  readonly seed: number;
  /** In virtual time. */
  readonly duration: Milliseconds;
  readonly devices: number;
  /** Each in words, like `300 meters on nb-iot in queue mode`. */
  readonly fleets: readonly string[];
  /** It reaches programs outside, which takes a person at the command line. */
  readonly isOutside: boolean;
}

export interface Mistake {
  readonly line: number;
  readonly column: number;
  /** What is wrong and what would be right. */
  readonly what: string;
}

/** What is known of a text; facts are null while it has mistakes. */
export interface CheckedText {
  readonly facts: ScenarioFacts | null;
  /** The first MISTAKES_MAX, in the order of the text. */
  readonly mistakes: readonly Mistake[];
}

export interface ScenarioView extends ScenarioPlace {
  readonly facts: ScenarioFacts | null;
  readonly mistakes: number;
}

export interface ScenarioText extends ScenarioPlace, CheckedText {
  readonly text: string;
}

/**
 * `held` and `failed` are verdicts. Somebody `stopped` it; or its process `died`, or the server's
 * did.
 */
export type RunState = 'waiting' | 'running' | 'held' | 'failed' | 'stopped' | 'died';

/** How far a run is, or came. */
export interface RunProgress {
  /** Virtual time since its start. */
  readonly at: Milliseconds;
  readonly duration: Milliseconds;
  /** On the clock of the machine. */
  readonly tookMs: Milliseconds;
  readonly devices: number;
  readonly registered: number;
  /** Events of the virtual clock. */
  readonly steps: number;
}

/** One run of the lab's list. Never changed, only replaced. */
export interface RunView extends ScenarioPlace {
  readonly id: string;
  /** Shared by the runs that were started together, each with its seed. */
  readonly group: string;
  readonly scenario: string;
  readonly why: string;
  readonly seed: number;
  readonly state: RunState;
  /** Who started it. */
  readonly by: string;
  readonly askedAt: Milliseconds;
  readonly endedAt: Milliseconds | null;
  /** Why it was stopped or died; '' for every other state. */
  readonly reason: string;
  readonly progress: RunProgress;
  /** The command that plays it again. */
  readonly command: string;
}

/** What came out of a run that ended by itself; values are in words with their units. */
export interface RunFindings {
  readonly expectations: readonly {
    readonly text: string;
    readonly measured: string;
    readonly bound: string;
    readonly held: boolean;
  }[];
  readonly violations: readonly {
    /** Virtual time, like `07:04:09`. */
    readonly at: string;
    readonly oracle: string;
    readonly what: string;
  }[];
  readonly traceHash: string;
  /** Version and, of a checkout, commit. */
  readonly version: string;
}

export interface RunDetail {
  readonly run: RunView;
  /** null: it has not ended, or not by itself. */
  readonly findings: RunFindings | null;
}

export interface Comparison {
  /** Names and seeds of the two sides. */
  readonly a: string;
  readonly b: string;
  /** False with a single run on either side: how much of it is chance is not known. */
  readonly knowsNoise: boolean;
  /** Why the figures say less than they seem to: unlike lengths, interruptions, few runs. */
  readonly warnings: readonly string[];
  readonly figures: readonly {
    readonly name: string;
    readonly a: string;
    readonly b: string;
    /** `+12 %`; '' where a share makes no sense. */
    readonly change: string;
    readonly differs: boolean;
  }[];
}

/** What a run leaves behind; `scenario.yaml` is the text it was played from. */
export const RUN_FILES = ['report.html', 'result.json', 'run.duckdb', 'scenario.yaml'] as const;
export type RunFile = (typeof RUN_FILES)[number];

export interface FoundFile {
  readonly path: string;
  /** As whose name it is downloaded. */
  readonly name: string;
}

export interface NewRuns {
  /** The first; the scenario's own when undefined. */
  readonly seed: number | undefined;
  /** How many seeds from there on, each a run of its own. */
  readonly seeds: number;
  readonly by: string;
}

export interface Lab {
  scenarios(): Promise<readonly ScenarioView[]>;
  scenario(place: ScenarioPlace): Promise<ScenarioText | undefined>;
  check(text: string): Promise<CheckedText>;
  /** Writes an own one; an existing one only with `replaces`. */
  save(file: string, text: string, replaces: boolean): Promise<Result<void>>;
  /** Removes an own one; false when there is none. */
  remove(file: string): Promise<boolean>;
  /** Newest first; the same array while nothing changed, as live streams look often. */
  runs(): readonly RunView[];
  run(id: string): RunView | undefined;
  findings(id: string): Promise<RunFindings | null>;
  /** The runs wait for their turn when they are on the disk. */
  start(place: ScenarioPlace, wanted: NewRuns): Promise<Result<readonly RunView[]>>;
  /** Ends a run that waits or runs. */
  stop(id: string, by: string): Result<void>;
  /** Removes a run that has ended, with its files. */
  forget(id: string): Result<void>;
  /** Undefined when the run has left no such file. */
  file(id: string, file: RunFile): FoundFile | undefined;
  /** Sides are ids of runs, or of groups for all of their runs that ended by themselves. */
  compare(a: string, b: string): Promise<Result<Comparison>>;
  /** The same as a page with charts. */
  comparisonPage(a: string, b: string): Promise<Result<string>>;
}
