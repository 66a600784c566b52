// Runs jobs on several threads at once, taking the next one when a thread is free.

import { Worker } from 'node:worker_threads';
import type { Progress } from '../sim/run.ts';
import type { Scenario } from '../sim/scenario/model.ts';
import type { FromWorker, Job, Outcome, ToWorker, Unplayed } from './run-job.ts';
import { UsageError } from './usage-error.ts';

/**
 * Three parts of 32 MB. Much of a run lives for EXCHANGE_LIFETIME: of a large fleet that is more
 * than 16 MB hold, and is then copied as if it lived forever (10,000 devices: a quarter faster).
 */
const YOUNG_MEGABYTES = 96;

export interface Watching {
  onProgress(job: Job, progress: Progress, tookMs: number): void;
  onShrinking(job: Job, smallest: Scenario, runs: number): void;
  onFinished(job: Job, outcome: Outcome): void;
  /** Left out, it ends all the others. */
  onUnplayed?(job: Job, unplayed: Unplayed): void;
  onNote?(text: string): void;
  /** Ends runs with what they have measured, and begins no more. */
  readonly signal?: AbortSignal;
}

/** A job came to no result. */
export class NoResult extends Error {
  override readonly name = 'NoResult';
  readonly unplayed: Unplayed;

  constructor(verdict: Unplayed['verdict'], job: Job, reason: string) {
    const { scenario: { name: scenario }, seed, command } = job;
    super(`${scenario} with seed ${seed} ${verdict}: ${reason}`);
    this.unplayed = { verdict, scenario, seed, reason, command };
  }
}

/** The jobs may be made as they are asked for. */
export async function runJobs(
  jobs: Iterable<Job>, threads: number, watching: Watching,
): Promise<void> {
  const waiting = jobs[Symbol.iterator]();
  const ending = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workers = new Set<Worker>();
  const stop = (): void => {
    Atomics.store(ending, 0, 1);
    for (const worker of workers) worker.postMessage({ kind: 'stop' } satisfies ToWorker, []);
  };
  watching.signal?.addEventListener('abort', stop);
  const work = async (): Promise<void> => {
    let worker: Worker | undefined;
    const drop = async (): Promise<void> => {
      if (worker === undefined) return;
      workers.delete(worker);
      await worker.terminate();
      worker = undefined;
    };
    try {
      for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
        if (watching.signal?.aborted === true) break;
        const job = next.value;
        workers.add(worker ??= newWorker());
        const outcome = await runOne(worker, job, ending, watching)
          .catch((error: unknown) => unplayedOf(error, watching));
        if ('result' in outcome) watching.onFinished(job, outcome);
        else {
          await drop();
          watching.onUnplayed?.(job, outcome);
        }
      }
    } finally {
      await drop();
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, work));
  } finally {
    watching.signal?.removeEventListener('abort', stop);
  }
}

function newWorker(): Worker {
  return new Worker(new URL('run-worker.js', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
}

function unplayedOf(error: unknown, { onUnplayed }: Watching): Unplayed {
  if (error instanceof NoResult && onUnplayed !== undefined) return error.unplayed;
  throw error;
}

/** Rejects with NoResult when there is none. */
async function runOne(
  worker: Worker, job: Job, ending: Int32Array, watching: Watching,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'finished') resolve(message.outcome);
      else if (message.kind === 'progress') {
        watching.onProgress(job, message.progress, message.tookMs);
      }
      else if (message.kind === 'note') watching.onNote?.(message.text);
      else if (message.kind === 'unplayed') {
        reject(new NoResult('interrupted', job, message.reason));
      }
      else if (message.kind === 'refused') reject(new UsageError(message.sentence));
      else watching.onShrinking(job, message.smallest, message.runs);
    });
    worker.on('error', (error) => reject(new NoResult('died', job, reasonOf(error))));
    worker.on('exit', (code) => {
      reject(new NoResult('died', job, `its thread ended with code ${code}`));
    });
    worker.postMessage({ kind: 'run', job, ending } satisfies ToWorker, []);
  });
}

function reasonOf({ code, message, stack = '' }: NodeJS.ErrnoException): string {
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'it needed too much memory';
  // Where it happened is all that helps to repair what nobody expected.
  return [message, stack.split('\n')[1]?.trim() ?? ''].filter((part) => part !== '').join(', ');
}
