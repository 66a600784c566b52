// The data folder: made when missing, readable by its owner alone, used by one server at a time.
// What lies in it is core/store's affair; this file knows only the database's name.

import { accessSync, constants, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/** Why a data folder cannot be used, as one sentence for the person who started the server. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}

export const DATABASE_FILE = 'flownexus.duckdb';

export interface DataFolder {
  readonly path: string;
  readonly database: string;
  /** Lets this process use the folder again. */
  release(): void;
}

/** Makes the folder ready for this process, or throws a DataFolderError. */
export function claimDataFolder(folder: string): DataFolder {
  // DuckDB writes password and session hashes with the process's default permissions.
  if (isMainThread) process.umask(0o077);
  const path = makeFolder(folder);
  // Between processes DuckDB's own lock on the file decides; the system drops it when its holder
  // dies. Inside one process a second opening would succeed and silently lose writes.
  const claimed = claimedFolders();
  if (claimed.has(path)) {
    throw new DataFolderError(`the data folder "${folder}" is open in this process already`);
  }
  claimed.add(path);
  return { path, database: join(path, DATABASE_FILE), release: () => claimed.delete(path) };
}

/** Turns what DuckDB says when it cannot open the file into a sentence with a way out. */
export function databaseOpenError(folder: string, message: string): DataFolderError {
  const holder = /Conflicting lock is held in .*\(PID (\d+)\)/.exec(message);
  if (holder !== null) {
    return new DataFolderError(`the data folder "${folder}" is in use by another server `
      + `(process ${holder[1]}): stop it, or choose another folder with --data`);
  }
  if (message.includes('not a valid DuckDB database file')) {
    return new DataFolderError(`"${join(folder, DATABASE_FILE)}" is not a database: `
      + 'move it away, or choose another folder with --data');
  }
  const [firstLine = ''] = message.split('\n');
  return new DataFolderError(`the database in "${folder}" cannot be opened: ${firstLine}`);
}

function makeFolder(folder: string): string {
  try {
    makeMissing(resolve(folder));
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(folder);
  } catch (error) {
    throw new DataFolderError(`the data folder "${folder}" cannot be used: ${reasonOf(error)}`);
  }
}

/** Node's own recursive mkdir never returns where nothing can be made, as under /proc. */
function makeMissing(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(path) !== path) makeMissing(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR': return 'a file is in its place';
    case 'EACCES':
    case 'EPERM': return 'this user may not write there';
    case 'EROFS': return 'the file system is read-only';
    case 'ENOSPC': return 'the disk is full';
    case 'ENOENT': return 'its path cannot be made';
    default: return message;
  }
}

/** One set per process, also when the module is loaded twice (sources beside dist in tests). */
function claimedFolders(): Set<string> {
  const key = Symbol.for('flownexus.dataFolders');
  const shared = globalThis as { [key]?: Set<string> };
  return (shared[key] ??= new Set());
}
