// The thread that plays scenarios, one job after the other: what a run does to the global objects
// of its thread, or to its memory, is not the command's affair.

import { parentPort } from 'node:worker_threads';
import { DataFolderError } from '../core/io/data-folder.ts';
import { NobodyCame, runInRealTime } from '../sim/drivers/real-time.ts';
import { runScenario, type RunOptions, type RunResult } from '../sim/run.ts';
import type { World } from '../sim/world.ts';
import { reachable, uriOf } from './address.ts';
import { listenError } from './listen-error.ts';
import { DatagramLog } from './report/datagram-log.ts';
import { writeDatabase } from './report/database.ts';
import { writeReport } from './report/files.ts';
import { span } from './report/words.ts';
import { provenanceOf } from './provenance.ts';
import type { FromWorker, Job, ToWorker } from './run-job.ts';
import type { Sockets } from './run-sockets.ts';

const PROGRESS_EVERY_MS = 100;

const stopping = new AbortController();

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') stopping.abort();
  else void run(message.job);
});

async function run(job: Job): Promise<void> {
  const began = performance.now();
  const provenance = provenanceOf(job);
  let toldAt = 0;
  let end: World | undefined;
  const log = new DatagramLog();
  const options: RunOptions = {
    seed: job.seed,
    observers: job.folder === undefined ? [] : [log],
    onEnd: (world) => { end = world; },
    onProgress: (progress) => {
      const now = performance.now();
      if (now - toldAt < PROGRESS_EVERY_MS) return;
      toldAt = now;
      tell({ kind: 'progress', progress });
    },
  };
  const result = job.sockets === undefined ? runScenario(job.scenario, options)
    : await runOverSockets(job, job.sockets, options);
  if (result === undefined) return;
  const finished = {
    ...result, file: job.file, tookMs: Math.round(performance.now() - began), provenance,
  };
  if (job.folder !== undefined && end !== undefined) {
    writeReport(job.folder, finished);
    await writeDatabase(job.folder, finished, end.disk, log);
  }
  tell({ kind: 'finished', result: finished });
}

/** Undefined when it could not run, which was told. */
async function runOverSockets(
  { scenario }: Job, { target, coap }: Sockets, options: RunOptions,
): Promise<RunResult | undefined> {
  try {
    return await runInRealTime(scenario, {
      ...options, target, coap, signal: stopping.signal,
      onWaiting: (endpoints, at) => note(`waiting for ${endpoints.join(', ')} to register at `
        + reachable(at).map((address) => uriOf('coap', address)).join(' or ')),
      onBegin: (server) => note(`${scenario.name}: ${span(scenario.duration)} in real time at `
        + `${uriOf('coap', server)}; Ctrl-C ends it with what was measured`),
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isPlain = error instanceof NobodyCame || error instanceof DataFolderError;
    if (!isPlain && code === undefined) throw error;
    const sentence = isPlain ? message
      : listenError(error as NodeJS.ErrnoException, uriOf('coap', coap)).message;
    tell({ kind: 'refused', sentence });
    return undefined;
  }
}

function note(text: string): void {
  tell({ kind: 'note', text });
}

function tell(message: FromWorker): void {
  parentPort?.postMessage(message, []);
}
