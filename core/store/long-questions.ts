// Questions that people word or that may read much, in the thread that owns the file: one at a
// time, each on a connection of its own, in one transaction, for so long and no longer. Short ones
// wait for none. Telemetry is shown to them as one, whether it is in the table or in files.

import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { fail, type Result } from '../result.ts';
import { BrokenOff } from './bounded-rows.ts';
import { type ArchiveFiles, OF_NO_FILE } from './archive-files.ts';
import type { DatabaseFile } from './database-file.ts';
import type { Span, Unanswered } from './messages.ts';
import { connect } from './opening.ts';
import { viewTelemetry } from './telemetry-view.ts';

export const LONG_WAITING_MAX = 16;
const CHECK_EVERY_MS = 50;

export interface LongLimits {
  /** From the asking on: what waits for others before has less for itself. */
  readonly milliseconds: number;
  /** Asked again and again while it runs. */
  readonly isTooMuch?: () => boolean;
}

export interface LongWork<Answer> {
  /** Of the telemetry that is looked at. */
  readonly span: Span;
  /** Done once more without the files that turn out to be damaged. */
  readonly run: (connection: DuckDBConnection) => Promise<Result<Answer, Unanswered>>;
  /** What who asked is told of a fault that is theirs; undefined for one of ours. */
  readonly faultOf?: (error: Error) => Unanswered | undefined;
}

export class LongQuestions {
  readonly #database: DatabaseFile;
  readonly #files: ArchiveFiles;
  readonly #storeAll: () => Promise<unknown>;
  #last: Promise<unknown> = Promise.resolve();
  #breakOff = (): void => undefined;
  #waiting = 0;
  #isEnding = false;

  /** `storeAll` resolves when what was committed before is in the database. */
  constructor(database: DatabaseFile, files: ArchiveFiles, storeAll: () => Promise<unknown>) {
    this.#database = database;
    this.#files = files;
    this.#storeAll = storeAll;
  }

  /** Rejects when the fault is ours; what asks too much is told so. */
  async ask<Answer>(
    { milliseconds, isTooMuch = () => false }: LongLimits, work: LongWork<Answer>,
  ): Promise<Result<Answer, Unanswered>> {
    if (this.#waiting >= LONG_WAITING_MAX) return fail(BUSY);
    this.#waiting++;
    const due = performance.now() + milliseconds;
    const isOver = (): boolean => this.#isEnding || performance.now() >= due;
    const ready = Promise.all([this.#last, this.#storeAll()]);
    let isBrokenOff = false;
    const obstacle = (): Unanswered | undefined =>
      isOver() ? TOO_LONG : isBrokenOff || isTooMuch() ? TOO_MUCH : undefined;
    const answer = ready.then(async () => {
      if (isOver()) return fail(BUSY);
      this.#breakOff = () => { isBrokenOff = true; };
      return this.#database.reading(({ instance }) => this.#run(instance, obstacle, work));
    });
    this.#last = answer.catch(() => undefined);
    return answer.finally(() => this.#waiting--);
  }

  /** Who asks has taken the memory that a write needs: it is told that it is too much. */
  breakOff(): void {
    this.#breakOff();
  }

  /** No question goes on; resolves when none holds the database open. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#last;
  }

  async #run<Answer>(
    instance: DuckDBInstance, obstacle: () => Unanswered | undefined, work: LongWork<Answer>,
  ): Promise<Result<Answer, Unanswered>> {
    const connection = await connect(instance, 'report');
    let stoppedBy: Unanswered | undefined;
    // Again and again: what comes between two steps of the work is not heard.
    const timer = setInterval(() => {
      stoppedBy ??= obstacle();
      if (stoppedBy !== undefined) connection.interrupt();
    }, CHECK_EVERY_MS);
    try {
      return await this.#withoutDamaged(connection, work);
    } catch (error) {
      if (stoppedBy !== undefined) return fail(stoppedBy);
      if (isOutOfMemory(error) || error instanceof BrokenOff) return fail(TOO_MUCH);
      const fault = work.faultOf?.(error as Error);
      if (fault !== undefined) return fail(fault);
      throw error;
    } finally {
      clearInterval(timer);
      connection.closeSync();
    }
  }

  /** A fault that may be a file's is looked for in all that were read, whatever was asked. */
  async #withoutDamaged<Answer>(
    connection: DuckDBConnection, { span, run }: LongWork<Answer>,
  ): Promise<Result<Answer, Unanswered>> {
    const files = this.#files;
    const used: string[] = [];
    const attempt = () => inSnapshot(connection, async () => {
      used.length = 0;
      await viewTelemetry(connection, files, span, (name) =>
        files.isSound(name) && used.push(name) > 0);
      return run(connection);
    });
    try {
      return await attempt();
    } catch (error) {
      if (NEVER_OF_FILES.test((error as Error).message)) throw error;
      const damaged: string[] = [];
      for (const name of used) {
        if (await isDamaged(connection, files.from([name]))) damaged.push(name);
      }
      if (damaged.length === 0) throw error;
      files.leaveOut(damaged);
      return attempt();
    }
  }
}

/** One transaction, of which nothing stays: an answer that was cut leaves nothing to commit. */
async function inSnapshot<Answer>(
  connection: DuckDBConnection, work: () => Promise<Answer>,
): Promise<Answer> {
  await connection.run('BEGIN TRANSACTION');
  try {
    return await work();
  } finally {
    await connection.run('ROLLBACK').catch(() => undefined);
  }
}

/** DuckDB has many words for it, but always says how much is used: `(121.8 MiB/122.0 MiB used)`. */
export function isOutOfMemory(error: unknown): boolean {
  return /Out of Memory|\/[\d.]+ \w+ used\)/.test(String(error));
}

/** And when the fault is in what people worded. */
const NEVER_OF_FILES = new RegExp(`^(${OF_NO_FILE}|Binder|Catalog|Parser|Conversion|Out of Range`
  + '|Invalid Input(?!.*\\.parquet))', 's');

async function isDamaged(connection: DuckDBConnection, file: string): Promise<boolean> {
  try {
    await connection.run(`SELECT count(COLUMNS(*)) FROM ${file}`);
    return false;
  } catch (error) {
    if (NEVER_OF_FILES.test((error as Error).message)) throw error;
    return true;
  }
}

const BUSY: Unanswered = {
  kind: 'busy', sentence: 'Others are asking much at this moment; try again.',
};
const TOO_LONG: Unanswered = {
  kind: 'too much', sentence: 'This takes too long; ask for less.',
};
export const TOO_MUCH: Unanswered = {
  kind: 'too much', sentence: 'This is too much at once; ask for less.',
};
