// The thread that plays scenarios, one job after the other, and shrinks what failed: what a run
// does to the global objects of its thread, or to its memory, is not the command's affair.

import { parentPort } from 'node:worker_threads';
import { forgetTaken } from '../actors/transitions.ts';
import { runScenario, type Progress } from '../sim/run.ts';
import { shrink, type Shrunk } from '../sim/shrink.ts';
import { underTripwire } from '../sim/tripwire.ts';
import type { World } from '../sim/world.ts';
import { DatagramLog } from './report/datagram-log.ts';
import { writeDatabase } from './report/database.ts';
import { writeReport } from './report/files.ts';
import { provenanceOf } from './provenance.ts';
import type { FromWorker, Job } from './run-job.ts';

const PROGRESS_EVERY_MS = 100;
/** Taken before a run is on, which must not know it. */
const clock = performance.now.bind(performance);

parentPort?.on('message', (job: Job) => void run(job));

async function run(job: Job): Promise<void> {
  const began = clock();
  const provenance = provenanceOf(job);
  let end: World | undefined;
  const log = new DatagramLog();
  forgetTaken();
  const result = underTripwire(() => runScenario(job.scenario, {
    seed: job.seed,
    observers: job.folder === undefined ? [] : [log],
    onEnd: (world) => { end = world; },
    onProgress: nowAndThen((progress: Progress) => tell({ kind: 'progress', progress })),
  }));
  const taken = forgetTaken();
  const finished = {
    ...result, file: job.file, tookMs: Math.round(clock() - began), provenance,
  };
  if (job.folder !== undefined && end !== undefined) {
    writeReport(job.folder, finished);
    await writeDatabase(job.folder, finished, end.disk, log);
  }
  const isShrunk = job.onFailure === 'shrink' && result.verdict === 'failed';
  const shrunk = isShrunk ? shrunkOf(job) : undefined;
  tell({ kind: 'finished', outcome: { result: finished, shrunk, taken } });
}

function shrunkOf({ scenario, seed }: Job): Shrunk | undefined {
  tell({ kind: 'shrinking', smallest: scenario, runs: 0 });
  const onProgress = nowAndThen((smallest: typeof scenario, runs: number) => {
    tell({ kind: 'shrinking', smallest, runs });
  });
  return underTripwire(() => shrink({ ...scenario, seed }, { onProgress }));
}

function nowAndThen<Told extends readonly unknown[]>(
  act: (...told: Told) => void,
): (...told: Told) => void {
  let actedAt = 0;
  return (...told) => {
    if (clock() - actedAt < PROGRESS_EVERY_MS) return;
    actedAt = clock();
    act(...told);
  };
}

function tell(message: FromWorker): void {
  parentPort?.postMessage(message, []);
}
