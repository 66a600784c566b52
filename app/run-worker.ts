// The thread that plays scenarios, one job after the other, and shrinks what failed: what a run
// does to the global objects of its thread, or to its memory, is not the command's affair.

import { parentPort } from 'node:worker_threads';
import { forgetTaken } from '../actors/transitions.ts';
import { DataFolderError } from '../core/io/data-folder.ts';
import { NobodyCame, runInRealTime } from '../sim/drivers/real-time.ts';
import { runScenario, type Progress, type RunOptions, type RunResult } from '../sim/run.ts';
import { shrink, type Shrunk } from '../sim/shrink.ts';
import type { Disk } from '../sim/store.ts';
import { underTripwire } from '../sim/tripwire.ts';
import { reachable, uriOf } from './address.ts';
import { listenError } from './listen-error.ts';
import { DatagramLog } from './report/datagram-log.ts';
import { RESULT_FORMAT, writeReport } from './report/files.ts';
import { span } from './report/words.ts';
import { provenanceOf } from './provenance.ts';
import type { FromWorker, Job, ToWorker } from './run-job.ts';
import type { Sockets } from './run-sockets.ts';

const PROGRESS_EVERY_MS = 100;
/** Taken before a run is on, which must not know it. */
const clock = performance.now.bind(performance);

const stopping = new AbortController();

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') stopping.abort();
  else void run(message.job, message.ending);
});

async function run(job: Job, ending: Int32Array): Promise<void> {
  let began = clock();
  const took = (): number => Math.round(clock() - began);
  const provenance = provenanceOf(job);
  let disk: Disk | undefined;
  const log = new DatagramLog(job.folder ?? '');
  const isEnded = (): boolean => Atomics.load(ending, 0) !== 0;
  const options: RunOptions = {
    seed: job.seed,
    observers: job.folder === undefined ? [] : [log],
    isEnded,
    onEnd: (world) => { disk = world.disk; },
    onProgress: nowAndThen((progress: Progress) => {
      tell({ kind: 'progress', progress, tookMs: took() });
    }),
  };
  forgetTaken();
  const result = job.sockets === undefined
    ? underTripwire(() => runScenario(job.scenario, options))
    : await runOverSockets(job, job.sockets, options, () => { began = clock(); });
  if (result === undefined) return;
  const taken = forgetTaken();
  const finished = {
    format: RESULT_FORMAT, ...result, off: [...result.off, ...log.off], file: job.file,
    tookMs: took(), provenance,
  } as const;
  if (job.folder !== undefined && disk !== undefined) {
    writeReport(job.folder, finished);
    // Most runs leave none, as those of a search, and need not wait for DuckDB to be loaded.
    const { writeDatabase } = await import('./report/database.ts');
    await writeDatabase(job.folder, finished, disk, log);
  }
  log.close();
  const isShrunk = job.onFailure === 'shrink' && result.verdict === 'failed'
    && !result.isInterrupted;
  const shrunk = isShrunk ? shrunkOf(job, isEnded) : undefined;
  tell({ kind: 'finished', outcome: { result: finished, shrunk, taken } });
}

function shrunkOf(
  { scenario, seed }: Job, isEnded: () => boolean,
): Shrunk | undefined {
  tell({ kind: 'shrinking', smallest: scenario, runs: 0 });
  const onProgress = nowAndThen((smallest: typeof scenario, runs: number) => {
    tell({ kind: 'shrinking', smallest, runs });
  });
  return underTripwire(() => shrink({ ...scenario, seed }, { isEnded, onProgress }));
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

/** Undefined when it could not run, which was told. */
async function runOverSockets(
  { scenario }: Job, { target, coap }: Sockets, options: RunOptions, onBegin: () => void,
): Promise<RunResult | undefined> {
  let silence: string | undefined;
  try {
    const result = await runInRealTime(scenario, {
      ...options, target, coap, signal: stopping.signal,
      onWaiting: (endpoints, at) => note(`waiting for ${endpoints.join(', ')} to register at `
        + reachable(at).map((address) => uriOf('coap', address)).join(' or ')),
      onBegin: (server) => {
        onBegin();
        note(`${scenario.name}: ${span(scenario.duration)} in real time at `
          + `${uriOf('coap', server)}; Ctrl-C ends it with what was measured`);
      },
      onSilence: (server) => {
        silence = `nothing has answered at ${uriOf('coap', server)}; is a server there?`;
        note(silence);
      },
      onAnswered: () => { silence = undefined; },
    });
    const off = silence === undefined ? [] : [{ what: 'the server', why: silence }];
    return { ...result, off: [...result.off, ...off] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof NobodyCame && stopping.signal.aborted) {
      tell({ kind: 'unplayed', reason: message });
      return undefined;
    }
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
