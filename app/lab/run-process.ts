// The child process of one run of the lab. It plays in a thread, so that it hears the server end
// while it plays, and stands back for what the server does for devices.

import { readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { parseScenario } from '../../sim/scenario/file.ts';
import type { Finished, Job } from '../run-job.ts';
import { NoResult, runJobs } from '../run-jobs.ts';
import { readBeside } from './beside.ts';
import { SCENARIO_FILE, type FromRun, type ToRun } from './run-child.ts';

process.on('disconnect', () => process.exit(0));
// What ends the server reaches us too, in a terminal or a service: the server tells us when to end.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

process.once('message', (asked: ToRun) => {
  play(asked).catch((error: Error) => tell({ kind: 'broken', reason: reasonOf(error) }));
});

async function play({ folder, file, seed, command }: ToRun): Promise<void> {
  const text = readFileSync(join(folder, SCENARIO_FILE), 'utf8');
  const scenario = parseScenario(text, file, { readText: (name) => readBeside(folder, name) });
  if (!scenario.ok) throw new Error(scenario.reason[0]?.what ?? '');
  const job: Job = {
    scenario: scenario.value, seed, file, folder, command, sockets: undefined, onFailure: 'report',
  };
  await runJobs([job], 1, {
    onProgress: (_, progress, tookMs) => {
      tell({ kind: 'progress', progress: { ...progress, tookMs } });
    },
    onShrinking: () => undefined,
    onFinished: (_, { result }) => tell({ kind: 'ended', ...endOf(result) }),
  });
}

function endOf({ verdict, duration, steps, tookMs, metrics }: Finished) {
  return { verdict, progress: {
    at: duration, duration, steps, tookMs,
    devices: sum(metrics.fleets.map(({ count }) => count)),
    registered: sum(metrics.samples.at(-1)?.registered ?? []),
  } };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0);
}

/** Which scenario it was the lab knows. */
function reasonOf(error: Error): string {
  return error instanceof NoResult ? error.unplayed.reason : error.message;
}

function tell(message: FromRun): void {
  process.send?.(message);
}
