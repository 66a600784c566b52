// Where results go, tried before there are any: a run may take hours, and its report must not fail
// for want of a folder.

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { usableFolder } from '../core/io/folder.ts';
import { UsageError } from './usage-error.ts';

/** Makes the folder if it is missing; `what` names it in the sentence, such as `--out`. */
export function claimFolder(folder: string, what: string): void {
  const usable = usableFolder(folder);
  if (!usable.ok) throw new UsageError(`${what} "${folder}" cannot be used: ${usable.reason}`);
}

/** The same of a single file. */
export function claimFile(file: string, what: string): void {
  if (!existsSync(file)) {
    claimFolder(dirname(file), `the folder of ${what}`);
    return;
  }
  const reason = whyNotWritten(file);
  if (reason !== undefined) throw new UsageError(`${what} "${file}" cannot be used: ${reason}`);
}

function whyNotWritten(file: string): string | undefined {
  if (statSync(file).isDirectory()) return 'a folder is in its place';
  try {
    accessSync(file, constants.W_OK);
    return undefined;
  } catch {
    return 'this user may not write it';
  }
}
