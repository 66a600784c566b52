// Runs jobs on several threads at once and gives their results in the order of the jobs.

import { Worker } from 'node:worker_threads';
import type { Progress } from '../sim/run.ts';
import type { Finished, FromWorker, Job, ToWorker } from './run-job.ts';
import { UsageError } from './usage-error.ts';

export interface Watching {
  onProgress(job: Job, progress: Progress): void;
  onFinished(result: Finished): void;
  onNote(text: string): void;
  /** Ends runs in real time with what they have measured, and begins no more. */
  readonly signal: AbortSignal;
}

export async function runJobs(
  jobs: readonly Job[], threads: number, watching: Watching,
): Promise<Finished[]> {
  const results: Finished[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('run-worker.js', import.meta.url));
    const stop = (): void => worker.postMessage({ kind: 'stop' } satisfies ToWorker, []);
    watching.signal.addEventListener('abort', stop);
    try {
      while (next < jobs.length && !watching.signal.aborted) {
        const index = next++;
        const result = await runOne(worker, jobs[index] as Job, watching);
        results[index] = result;
        watching.onFinished(result);
      }
    } finally {
      watching.signal.removeEventListener('abort', stop);
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work));
  return results.filter((result) => result !== undefined);
}

async function runOne(
  worker: Worker, job: Job, { onProgress, onNote }: Watching,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'progress') onProgress(job, message.progress);
      else if (message.kind === 'note') onNote(message.text);
      else if (message.kind === 'refused') reject(new UsageError(message.sentence));
      else resolve(message.result);
    });
    worker.on('error', (error) => {
      const { scenario: { name }, seed } = job;
      reject(new Error(`${name} with seed ${seed} ended: ${error.message}`, { cause: error }));
    });
    worker.postMessage({ kind: 'run', job } satisfies ToWorker, []);
  });
}
