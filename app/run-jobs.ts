// Runs jobs on several threads at once, taking the next one when a thread is free.

import { Worker } from 'node:worker_threads';
import type { Progress } from '../sim/run.ts';
import type { Scenario } from '../sim/scenario/model.ts';
import type { FromWorker, Job, Outcome } from './run-job.ts';

export interface Watching {
  onProgress(job: Job, progress: Progress): void;
  onShrinking(job: Job, smallest: Scenario, runs: number): void;
  onFinished(job: Job, outcome: Outcome): void;
}

/** The jobs may be made as they are asked for. */
export async function runJobs(
  jobs: Iterable<Job>, threads: number, watching: Watching,
): Promise<void> {
  const waiting = jobs[Symbol.iterator]();
  const work = async (): Promise<void> => {
    let next = waiting.next();
    if (next.done === true) return;
    const worker = new Worker(new URL('run-worker.js', import.meta.url));
    try {
      for (; next.done !== true; next = waiting.next()) {
        watching.onFinished(next.value, await runOne(worker, next.value, watching));
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
}

async function runOne(worker: Worker, job: Job, watching: Watching): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'finished') resolve(message.outcome);
      else if (message.kind === 'progress') watching.onProgress(job, message.progress);
      else watching.onShrinking(job, message.smallest, message.runs);
    });
    worker.on('error', (error) => {
      const { scenario: { name }, seed } = job;
      reject(new Error(`${name} with seed ${seed} ended: ${error.message}`, { cause: error }));
    });
    worker.postMessage(job, []);
  });
}
