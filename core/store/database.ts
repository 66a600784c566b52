// The data folder's database as the main thread sees it: a worker thread owns the file, this is
// its mailbox. Group commit of device data is in duckdb-store.ts, SQL for people in history.ts
// and users.ts.

import { Worker } from 'node:worker_threads';
import { claimDataFolder, DataFolderError, type DataFolder } from '../io/data-folder.ts';
import { assert, type Result } from '../result.ts';
import type { Facts } from './changes.ts';
import type {
  Answers, ExportFormat, FromWorker, GroupMessage, History, LoadedFacts, Request, Retained,
  RetainOrder, Row, Span, SqlTable, SqlValue, Statement, ToWorker, Unanswered,
} from './messages.ts';
import { Journal } from './journal.ts';
import {
  alertsOf, associationsOf, certificatesOf, credentialsOf, devicesOf, dtlsSessionsOf, operationsOf,
} from './loaded-rows.ts';
import type { TelemetryMessage } from './telemetry-batch.ts';

export type {
  ExportFormat, History, RetainOrder, Row, SqlTable, SqlValue, Statement, Unanswered,
} from './messages.ts';

export interface DatabaseOptions {
  readonly folder: string;
  /** As DuckDB writes it, like `512MB`. */
  readonly memoryLimit?: string;
  /**
   * Called once when the disk or the writer fails. What was acknowledged is safe, nothing more
   * will be: the process has to stop. Without it the error is thrown where nobody catches it.
   */
  readonly onFailure?: (error: Error) => void;
  /** Called with a sentence when something is left out that should be there. */
  readonly onWarning?: (sentence: string) => void;
}

const MEMORY_LIMIT = '1GB';
const THREAD_IS_GONE = -1;
/** The others begin with 1. */
const LAST_REQUEST = 0;

/** Rejects with a DataFolderError in one sentence when the folder cannot be used. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const folder = claimDataFolder(options.folder);
  const database = new Database(
    folder, options.onFailure ?? throwUncaught, options.onWarning ?? (() => undefined));
  try {
    await database.open(options.memoryLimit ?? MEMORY_LIMIT);
    return database;
  } catch (error) {
    await database.abandon();
    throw error;
  }
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

export class Database {
  readonly folder: string;
  readonly #folder: DataFolder;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onFailure: (error: Error) => void;
  readonly #onWarning: (sentence: string) => void;
  #journal: Journal | undefined;
  /** Resolves when the thread is out of DuckDB's code after a failure. */
  #writerEnd: Promise<void> | undefined;
  #nextRequest = 1;
  #loaded: LoadedFacts | undefined;
  #state: 'opening' | 'open' | 'ended' = 'opening';

  constructor(
    folder: DataFolder, onFailure: (error: Error) => void, onWarning: (sentence: string) => void,
  ) {
    this.folder = folder.path;
    this.#folder = folder;
    this.#onFailure = onFailure;
    this.#onWarning = onWarning;
    // Without the flags this process was started with, some of which stop a thread.
    this.#worker = new Worker(workerUrl(), { execArgv: [] });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.fail(error));
    this.#worker.on('exit', () => this.fail(new Error('the thread has ended')));
  }

  async open(memoryLimit: string): Promise<void> {
    const { path, database } = this.#folder;
    const { facts, nextGroup } =
      await this.#ask({ kind: 'open', folder: path, database, memoryLimit });
    this.#loaded = facts;
    this.#journal = await Journal.open(path, nextGroup);
    this.#state = 'open';
  }

  /** Reads committed rows. Times are read as `epoch_ms(...)`, 64-bit integers come as bigint. */
  async query(sql: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    return this.#ask({ kind: 'query', statements: [{ sql, values }] });
  }

  /** As `history` on the views of schema `report`, for what may take long. */
  async ask(
    question: History, limits: { readonly bytesMax: number; readonly milliseconds: number },
  ): Promise<Result<readonly Row[], Unanswered>> {
    return this.#ask({ kind: 'ask', question, ...limits });
  }

  /** Answers somebody's own SQL, which must be one SELECT on the views of schema `report`. */
  async sql(
    sql: string, limits: { readonly rowsMax: number; readonly milliseconds: number },
  ): Promise<Result<SqlTable, Unanswered>> {
    return this.#ask({ kind: 'sql', sql, ...limits });
  }

  /** Puts the rows of a question as in `ask` into a new file; gives their number. */
  async export(
    question: History, format: ExportFormat, file: string,
    limits: { readonly bytesMax: number; readonly milliseconds: number },
  ): Promise<Result<number, Unanswered>> {
    return this.#ask({ kind: 'export', question, format, file, ...limits });
  }

  /** Reads committed values, in the table or in files: `sql` calls them `telemetry` or `newest`. */
  async history(sql: string, values: readonly SqlValue[], span: Span): Promise<readonly Row[]> {
    return this.#ask({ kind: 'history', history: { sql, values, span } });
  }

  /** Moves values into files and deletes old files. When it rejects nothing is lost. */
  async retain(order: RetainOrder): Promise<Retained> {
    return this.#ask({ kind: 'retain', order });
  }

  /** One transaction; resolves when durable with the number of rows each statement changed. */
  async write(statements: readonly Statement[]): Promise<readonly number[]> {
    return this.#ask({ kind: 'write', statements });
  }

  /**
   * Resolves when a group of device data is durable; the next may come then. Who asks from then on
   * sees it. `onStored` gets the buffers back for reuse when the database has it.
   */
  async commitGroup(
    group: GroupMessage, onStored: (buffers: TelemetryMessage) => void,
  ): Promise<void> {
    assert(this.#journal !== undefined, 'the database is open');
    const journal = this.#journal;
    const number = await journal.append(group);
    const { columns, text } = group.telemetry;
    this.#ask({ kind: 'group', number, group }, [columns, text]).then((buffers) => {
      journal.stored(number);
      onStored(buffers);
    }, (error: Error) => this.fail(error));
  }

  /** What the last run left. Kept only until it is taken. */
  takeFacts(): Facts {
    const loaded = this.#loaded;
    assert(loaded !== undefined, 'the facts are taken once');
    this.#loaded = undefined;
    return {
      ...loaded, devices: devicesOf(loaded.devices), operations: operationsOf(loaded.operations),
      alerts: alertsOf(loaded.alerts), credentials: credentialsOf(loaded.credentials),
      certificates: certificatesOf(loaded.certificates),
      associations: associationsOf(loaded.associations),
      dtlsSessions: dtlsSessionsOf(loaded.dtlsSessions),
    };
  }

  /** Reports what makes going on impossible, once. */
  fail(error: Error): void {
    const before = this.#state;
    if (before === 'ended') return;
    this.#state = 'ended';
    const failure = new Error(`the database in "${this.folder}" failed, what was acknowledged `
      + `is safe: ${error.message}`);
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
    if (before !== 'open') return;
    this.#writerEnd = this.#endWriter();
    void this.#writerEnd.then(() => this.#onFailure(failure));
  }

  /** A thread that its end, or that of the process, meets in DuckDB's code aborts the process. */
  async #endWriter(): Promise<void> {
    await this.#journal?.close();
    if (this.#worker.threadId === THREAD_IS_GONE) return;
    await new Promise<unknown>((resolve) => {
      this.#worker.once('exit', resolve);
      this.#waiting.set(LAST_REQUEST, { resolve, reject: resolve });
      this.#post({ id: LAST_REQUEST, request: { kind: 'close', isAllTold: false } });
    });
  }

  /** Ends after all that was asked before, and leaves the file in order. */
  async close(): Promise<void> {
    if (this.#state === 'ended') return this.abandon();
    // Before the file is free for others.
    await this.#journal?.close();
    await this.#ask({ kind: 'close', isAllTold: true }).finally(() => this.abandon());
  }

  /** Ends the thread as it is. */
  async abandon(): Promise<void> {
    this.#state = 'ended';
    await this.#writerEnd;
    await this.#worker.terminate();
    await this.#journal?.close();
    this.#folder.release();
  }

  #ask<Kind extends Request['kind']>(
    request: Request & { kind: Kind }, transfer: ArrayBuffer[] = [],
  ): Promise<Answers[Kind]> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'ended') return reject(new Error('the database is closed'));
      const id = this.#nextRequest++;
      this.#waiting.set(id, { resolve, reject });
      this.#post({ id, request }, transfer);
    });
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromWorker): void {
    if ('warning' in message) return this.#onWarning(message.warning);
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id);
    if ('answer' in message) waiting.resolve(message.answer as never);
    else if (message.isFolderError) waiting.reject(new DataFolderError(message.error));
    else waiting.reject(new Error(message.error));
  }
}

/**
 * Threads run from dist only: Node 20 cannot run .ts in a thread, not even under vitest. So when
 * this file is the source, its compiled neighbour is used; scripts/vitest-build.ts keeps it fresh.
 */
function workerUrl(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? '../../dist/core/store/worker.js' : './worker.js', import.meta.url);
}

function throwUncaught(error: Error): void {
  queueMicrotask(() => {
    throw error;
  });
}
