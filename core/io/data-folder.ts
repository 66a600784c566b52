// The data folder: made when missing, readable by its owner alone, used by one server at a time.
// What lies in it is core/store's affair; this file knows only the database's name.

import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { usableFolder } from './folder.ts';

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
  const usable = usableFolder(folder, 0o700);
  if (!usable.ok) {
    throw new DataFolderError(`the data folder "${folder}" cannot be used: ${usable.reason}`);
  }
  const path = usable.value;
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

/** One set per process, also when the module is loaded twice (sources beside dist in tests). */
function claimedFolders(): Set<string> {
  const key = Symbol.for('flownexus.dataFolders');
  const shared = globalThis as { [key]?: Set<string> };
  return (shared[key] ??= new Set());
}
