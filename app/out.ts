// Where results go, tried before there are any: a run may take hours, and its report must not fail
// for want of a folder.

import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf, usableFolder } from '../core/io/folder.ts';
import { UsageError } from './usage-error.ts';

/** Makes the folder if it is missing; `what` names it in the sentence, such as `--out`. */
export function claimFolder(folder: string, what: string): void {
  const usable = usableFolder(folder);
  if (!usable.ok) throw new UsageError(`${what} "${folder}" cannot be used: ${usable.reason}`);
}

/** The same of a single file. Only opening it tells: under /sys a folder looks writable. */
export function claimFile(file: string, what: string): void {
  const isNew = !existsSync(file);
  if (isNew) claimFolder(dirname(file), `the folder of ${what}`);
  try {
    closeSync(openSync(file, 'a'));
    if (isNew) rmSync(file);
  } catch (error) {
    throw new UsageError(`${what} "${file}" cannot be used: ${reasonOf(error)}`);
  }
}
