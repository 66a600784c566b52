// The thread that plays scenarios, one job after the other: what a run does to the global objects
// of its thread, or to its memory, is not the command's affair.

import { parentPort } from 'node:worker_threads';
import { runScenario } from '../sim/run.ts';
import { DatagramLog } from './report/datagram-log.ts';
import { writeDatabase } from './report/database.ts';
import { writeReport } from './report/files.ts';
import { provenanceOf } from './provenance.ts';
import type { FromWorker, Job } from './run-job.ts';
import type { World } from '../sim/world.ts';

const PROGRESS_EVERY_MS = 100;

parentPort?.on('message', (job: Job) => void run(job));

async function run(job: Job): Promise<void> {
  const began = performance.now();
  const provenance = provenanceOf(job);
  let toldAt = 0;
  let end: World | undefined;
  const log = new DatagramLog();
  const result = runScenario(job.scenario, {
    seed: job.seed,
    observers: job.folder === undefined ? [] : [log],
    onEnd: (world) => { end = world; },
    onProgress: (progress) => {
      const now = performance.now();
      if (now - toldAt < PROGRESS_EVERY_MS) return;
      toldAt = now;
      tell({ kind: 'progress', progress });
    },
  });
  const finished = {
    ...result, file: job.file, tookMs: Math.round(performance.now() - began), provenance,
  };
  if (job.folder !== undefined && end !== undefined) {
    writeReport(job.folder, finished);
    await writeDatabase(job.folder, finished, end.disk, log);
  }
  tell({ kind: 'finished', result: finished });
}

function tell(message: FromWorker): void {
  parentPort?.postMessage(message, []);
}
