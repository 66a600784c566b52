// Runs jobs on several threads at once, taking the next one when a thread is free.

import { Worker } from 'node:worker_threads';
import type { Progress } from '../sim/run.ts';
import type { Scenario } from '../sim/scenario/model.ts';
import type { FromWorker, Job, Outcome, ToWorker } from './run-job.ts';
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
  onNote?(text: string): void;
  /** Ends runs with what they have measured, and begins no more. */
  readonly signal?: AbortSignal;
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
    let next = waiting.next();
    if (next.done === true) return;
    const worker = new Worker(new URL('run-worker.js', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    workers.add(worker);
    try {
      for (; next.done !== true; next = waiting.next()) {
        if (watching.signal?.aborted === true) break;
        watching.onFinished(next.value, await runOne(worker, next.value, ending, watching));
      }
    } finally {
      workers.delete(worker);
      await worker.terminate();
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, work));
  } finally {
    watching.signal?.removeEventListener('abort', stop);
  }
}

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
      else if (message.kind === 'refused') reject(new UsageError(message.sentence));
      else watching.onShrinking(job, message.smallest, message.runs);
    });
    worker.on('error', (error) => {
      const { scenario: { name }, seed } = job;
      reject(new Error(`${name} with seed ${seed} ended: ${error.message}`, { cause: error }));
    });
    worker.postMessage({ kind: 'run', job, ending } satisfies ToWorker, []);
  });
}
