// Folders that are made when missing, and why one cannot be used, in the words of people.

import { accessSync, constants, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fail, ok, type Result } from '../result.ts';

const USUAL_MODE = 0o777;

/** Makes a folder and those above it; its real path when this user may write there. */
export function usableFolder(folder: string, mode = USUAL_MODE): Result<string> {
  try {
    makeMissing(resolve(folder), mode);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok(realpathSync(folder));
  } catch (error) {
    return fail(reasonOf(error));
  }
}

/** Node's own recursive mkdir never returns where nothing can be made, as under /proc. */
function makeMissing(path: string, mode: number): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(path) !== path) makeMissing(dirname(path), mode);
  mkdirSync(path, { mode });
}

/** Why the file system refused something; the end of a sentence. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR': return 'a file is in its place';
    case 'EISDIR': return 'a folder is in its place';
    case 'EACCES':
    case 'EPERM': return 'this user may not write there';
    case 'EROFS': return 'the file system is read-only';
    case 'ENOSPC': return 'the disk is full';
    case 'ENOENT': return 'its path cannot be made';
    default: return message;
  }
}
