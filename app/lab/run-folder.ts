// One folder for each run of the lab: what is known of it in run.json, beside what it was played
// from and what came out. The list of runs is read from these folders at every start.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runId, scenarioPlace } from '../../core/api/inputs.ts';
import type { RunFile, RunView } from '../../core/api/lab.ts';
import { DATABASE_FILE, REPORT_FILE, RESULT_FILE } from '../report/files.ts';
import { readBeside } from './beside.ts';
import { SCENARIO_FILE } from './run-child.ts';
import type { FoundScenario } from './shelves.ts';

const RECORD_FILE = 'run.json';
/** What a run that ended by itself leaves. */
const RESULTS: readonly RunFile[] = [REPORT_FILE, RESULT_FILE, DATABASE_FILE];

const count = z.number().min(0);
const record = scenarioPlace.extend({
  id: runId, group: z.string(), scenario: z.string(), why: z.string(), seed: z.number(),
  state: z.enum(['waiting', 'running', 'held', 'failed', 'stopped', 'died']), by: z.string(),
  askedAt: z.number(), endedAt: z.number().nullable(), reason: z.string(), command: z.string(),
  progress: z.strictObject({
    at: count, duration: count, tookMs: count, devices: count, registered: count, steps: count,
  }),
});

/** Writes what a run is played from. `from` is where recorded series lie. */
export function makeFolder(
  folder: string, run: RunView, { text, beside }: FoundScenario, from: string,
): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, SCENARIO_FILE), text);
  for (const name of beside) {
    const series = readBeside(from, name);
    if (series !== undefined) writeFileSync(join(folder, name), series);
  }
  writeRecord(folder, run);
}

export function writeRecord(folder: string, run: RunView): void {
  writeFileSync(join(folder, RECORD_FILE), `${JSON.stringify(run, undefined, 2)}\n`);
}

/** The runs below a folder, the oldest first; what is no run of ours is let alone. */
export function readRecords(runsFolder: string): RunView[] {
  return readFolder(runsFolder).filter((name) => runId.safeParse(name).success).sort()
    .flatMap((name) => {
      const run = readRecord(join(runsFolder, name, RECORD_FILE));
      return run?.id === name ? [run] : [];
    });
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readRecord(file: string): RunView | undefined {
  try {
    return record.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Half of a result is none. */
export async function removeResults(folder: string): Promise<void> {
  for (const name of RESULTS) await rm(join(folder, name), { force: true });
  await rm(join(folder, `${DATABASE_FILE}.wal`), { force: true });
}

/** The record goes last: a run whose removal was cut short is there to be removed again. */
export async function removeFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== RECORD_FILE) await rm(join(folder, name), { force: true });
  }
  await rm(folder, { recursive: true, force: true });
}

/** At once, for one that was not finished being made. */
export function dropFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
