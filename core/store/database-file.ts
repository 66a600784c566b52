// The database file while it is open: one connection writes, others read, and all are made anew
// when DuckDB's tables in memory are not to be trusted any more.

import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { assert } from '../result.ts';
import { connect, openInstance, type OpenOptions } from './opening.ts';

/** Each running query holds one of libuv's threads (scripts/threads.cjs). */
export const QUERIES_AT_ONCE = 2;

interface Connections {
  readonly instance: DuckDBInstance;
  /** Writes. */
  readonly main: DuckDBConnection;
  /** Reads what is moved to files. */
  readonly moving: DuckDBConnection;
  /** Those for short questions that nobody uses. */
  readonly idle: DuckDBConnection[];
}

export class DatabaseFile {
  readonly #options: OpenOptions;
  #connections: Connections | undefined;
  readonly #reads = new Set<Promise<unknown>>();
  #aloneness: Promise<unknown> = Promise.resolve();

  private constructor(options: OpenOptions) {
    this.#options = options;
  }

  static async open(options: OpenOptions): Promise<DatabaseFile> {
    const file = new DatabaseFile(options);
    await file.#open();
    return file;
  }

  get connections(): Connections {
    assert(this.#connections !== undefined, 'the database is open');
    return this.#connections;
  }

  /** Many at a time, and none while somebody is alone. Others than the writer read within. */
  async reading<Answer>(work: (connections: Connections) => Promise<Answer>): Promise<Answer> {
    for (let seen; seen !== this.#aloneness;) await (seen = this.#aloneness);
    const read = work(this.connections);
    const end = read.then(() => undefined, () => undefined);
    this.#reads.add(end);
    void end.then(() => this.#reads.delete(end));
    return read;
  }

  /** Begins when none reads, and none does until `work` is done. The writer calls this. */
  alone<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const done = this.#allRead().then(work);
    this.#aloneness = done.catch(() => undefined);
    return done;
  }

  /** As after a crash: what was not committed is gone. `work` is done alone, on what is new. */
  reopenFor<Answer>(work: (main: DuckDBConnection) => Promise<Answer>): Promise<Answer> {
    return this.alone(async () => {
      this.close();
      const { onLocked: _, ...options } = this.#options;
      await this.#open(options);
      return work(this.connections.main);
    });
  }

  /** When none reads. The file is put in order first if all went well. */
  async end(isInOrder: boolean): Promise<void> {
    await this.#allRead();
    // The log has what does not come into the file.
    if (isInOrder) await this.connections.main.run('CHECKPOINT').catch(() => undefined);
    this.close();
  }

  /** Breaks off what is read for files, if anything is. */
  interruptMoving(): void {
    this.#connections?.moving.interrupt();
  }

  close(): void {
    if (this.#connections === undefined) return;
    const { instance, main, moving, idle } = this.#connections;
    this.#connections = undefined;
    // What an appender still holds would be stored if it was closed before its connection.
    for (const connection of [main, moving, ...idle]) connection.closeSync();
    instance.closeSync();
  }

  async #allRead(): Promise<void> {
    while (this.#reads.size > 0) await Promise.all(this.#reads);
  }

  async #open(options = this.#options): Promise<void> {
    const instance = await openInstance(options);
    const idle: DuckDBConnection[] = [];
    this.#connections = {
      instance, main: await connect(instance), moving: await connect(instance), idle,
    };
    while (idle.length < QUERIES_AT_ONCE) idle.push(await connect(instance));
  }
}
