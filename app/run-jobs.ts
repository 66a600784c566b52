// Runs jobs on several threads at once and gives their results in the order of the jobs.

import { Worker } from 'node:worker_threads';
import type { Progress } from '../sim/run.ts';
import type { Finished, FromWorker, Job } from './run-job.ts';

export interface Watching {
  onProgress(job: Job, progress: Progress): void;
  onFinished(result: Finished): void;
}

export async function runJobs(
  jobs: readonly Job[], threads: number, watching: Watching,
): Promise<Finished[]> {
  const results: Finished[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('run-worker.js', import.meta.url));
    try {
      while (next < jobs.length) {
        const index = next++;
        const result = await runOne(worker, jobs[index] as Job, watching);
        results[index] = result;
        watching.onFinished(result);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work));
  return results;
}

async function runOne(worker: Worker, job: Job, { onProgress }: Watching): Promise<Finished> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'progress') onProgress(job, message.progress);
      else resolve(message.result);
    });
    worker.on('error', (error) => {
      const { scenario: { name }, seed } = job;
      reject(new Error(`${name} with seed ${seed} ended: ${error.message}`, { cause: error }));
    });
    worker.postMessage(job, []);
  });
}
