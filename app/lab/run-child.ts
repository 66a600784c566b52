// A run of the lab in a process of its own, seen from the server: what is asked of it, what it
// tells, and how it ended.

import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { RunProgress } from '../../core/api/lab.ts';
import { PACKAGE_ROOT } from '../version.ts';

export const SCENARIO_FILE = 'scenario.yaml';
const AT_ONCE_MAX = 8;
/** Half of the machine's memory is for runs. */
const MEGABYTES_OF_ALL = Math.floor(totalmem() / 2 ** 21);
/** A run that needs more ends, and nothing else does. */
const MEGABYTES_MAX = Math.min(4_096, MEGABYTES_OF_ALL);

export interface ToRun {
  /** Holds the scenario, and gets what comes out. */
  readonly folder: string;
  /** As the report names the scenario. */
  readonly file: string;
  readonly seed: number;
  /** Plays it again. */
  readonly command: string;
}

export type FromRun =
  | { readonly kind: 'progress'; readonly progress: RunProgress }
  | {
    readonly kind: 'ended'; readonly verdict: 'held' | 'failed'; readonly progress: RunProgress;
  }
  | { readonly kind: 'broken'; readonly reason: string };

export interface Watcher {
  onProgress(progress: RunProgress): void;
  onEnded(verdict: 'held' | 'failed', progress: RunProgress): void;
  /** It ended otherwise, by itself or by others. */
  onDied(reason: string): void;
  /** The process is gone, after one of the above. */
  onGone(): void;
}

/** How many runs this machine bears at once: one core stays for the devices. */
export function runsAtOnce(): number {
  const byMemory = Math.floor(MEGABYTES_OF_ALL / MEGABYTES_MAX);
  return Math.max(1, Math.min(AT_ONCE_MAX, availableParallelism() - 1, byMemory));
}

export function startRun(asked: ToRun, watcher: Watcher): ChildProcess {
  const program = join(PACKAGE_ROOT, 'dist', 'app', 'lab', 'run-process.js');
  const child = fork(program, [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [`--max-old-space-size=${MEGABYTES_MAX}`],
  });
  child.on('message', (message: FromRun) => {
    if (message.kind === 'progress') return watcher.onProgress(message.progress);
    if (message.kind === 'ended') watcher.onEnded(message.verdict, message.progress);
    else watcher.onDied(message.reason);
    // With this channel it ends.
    if (child.connected) child.disconnect();
  });
  child.on('error', (error) => {
    watcher.onDied(error.message);
    // One that never started tells of no end.
    if (child.pid === undefined) watcher.onGone();
  });
  child.on('exit', (code, signal) => {
    watcher.onDied(signal === null ? `its process ended with code ${code}`
      : `its process was ended by ${signal}`);
    watcher.onGone();
  });
  child.send(asked);
  return child;
}
