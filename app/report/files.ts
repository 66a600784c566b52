// The files of one run, in a folder of their own: what people read and what programs read.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finished } from '../run-job.ts';
import { htmlOf } from './html.ts';

export const RESULT_FILE = 'result.json';
export const REPORT_FILE = 'report.html';
export const DATABASE_FILE = 'run.duckdb';
/** Of result.json; another number whenever what is read changes its meaning or its place. */
export const RESULT_FORMAT = 1;

export function writeReport(folder: string, run: Finished): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, RESULT_FILE), `${JSON.stringify(run, undefined, 2)}\n`);
  writeFileSync(join(folder, REPORT_FILE), htmlOf(run));
}
