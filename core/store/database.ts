// The data folder's database as the main thread sees it: a worker thread owns the file, this is
// its mailbox. Group commit of device data is in duckdb-store.ts, SQL for people in history.ts.

import type { Facts } from './changes.ts';

export type SqlValue = number | bigint | string | boolean | null | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export interface DatabaseOptions {
  readonly folder: string;
  /** As DuckDB writes it, like `512MB`. */
  readonly memoryLimit?: string;
  /** Called once when the disk or the writer fails: the caller stops the process. */
  readonly onFailure?: (error: Error) => void;
}

/** Rejects with DataFolderError (core/io/data-folder.ts) in one sentence when it cannot be used. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  throw new Error(`not built yet: ${options.folder}`);
}

export interface Database {
  readonly folder: string;
  /** Reads committed rows, on a connection of its own. */
  query(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** One transaction; resolves when durable with the number of rows each statement changed. */
  write(statements: readonly Statement[]): Promise<number[]>;
  close(): Promise<void>;
  takeFacts(): Facts;
}
