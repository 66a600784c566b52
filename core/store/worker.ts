// The thread that owns the database file: one connection writes, one transaction at a time in the
// order of arrival, and checkpoints between them; a few others answer questions about the past.

import { statSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DataFolderError } from '../io/data-folder.ts';
import { assert, unreachable } from '../result.ts';
import { DatabaseFile, QUERIES_AT_ONCE } from './database-file.ts';
import { createAnswerer } from './long-answers.ts';
import { isOutOfMemory, LongQuestions } from './long-questions.ts';
import type {
  Answers, FromWorker, NumberedGroup, Request, Row, Statement, ToWorker,
} from './messages.ts';
import { Archive } from './archive.ts';
import { askPast } from './past.ts';
import { readJournal, removeJournal } from './journal.ts';
import { loadFacts, storeJournal } from './opening.ts';
import { bound, createWriter, type Writer } from './writer.ts';

const QUERIES_WAITING_MAX = 1_000;
/** A longer log is put into the database. Who asks meanwhile waits, devices do not. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;
/** There was always somebody's read in its way: now they wait, and the long one is broken off. */
const LOG_BYTES_PRESSING = 256 * 1024 * 1024;

/**
 * Groups are durable before they come here: those of this long share one transaction, which costs
 * not much more than one group's, unless somebody asks meanwhile.
 */
const STORE_INTERVAL_MS = 100;

let database: DatabaseFile | undefined;
let writer: Writer | undefined;
let archive: Archive | undefined;
let long: LongQuestions | undefined;
let answerLong: Awaited<ReturnType<typeof createAnswerer>> | undefined;
let folder = '';
let log = '';
const waiting: ((connection: DuckDBConnection) => void)[] = [];
/** Questions that are being answered, wait for a connection, or wait until all is stored. */
let queries = 0;
let lastWrite: Promise<unknown> = Promise.resolve();
/** Wait for their turn, which `begin` brings forward. */
const groups: NumberedGroup[] = [];
let nextTurn: { readonly stored: Promise<void>; readonly begin: () => void } | undefined;
/** Resolves, never rejects, when the groups that have come so far are stored. */
let lastStored: Promise<unknown> = Promise.resolve();
let failure: Error | undefined;

assert(parentPort !== null, 'the writer is started as a worker thread');
const port = parentPort;
port.on('message', ({ id, request }: ToWorker) => {
  handle(request).then(
    (answer) => port.postMessage({ id, answer } satisfies FromWorker, buffersOf(request)),
    (error: unknown) => port.postMessage({
      id, error: error instanceof Error ? error.message : String(error),
      isFolderError: error instanceof DataFolderError,
    } satisfies FromWorker),
  );
});

async function handle(request: Request): Promise<Answers[keyof Answers]> {
  switch (request.kind) {
    case 'open': return openFile(request).catch((error: unknown) => {
      // Before the thread ends: what an appender still holds would be stored, and again next time.
      database?.close();
      throw error;
    });
    case 'group': return storeGroup(request);
    case 'write': return write(request.statements);
    case 'query': return query(request.statements);
    case 'ask': case 'sql': case 'export': return opened(answerLong)(request);
    case 'history': return withConnection((connection) =>
      askPast(connection, opened(archive).files, request.history));
    case 'retain': return storeAll().then(() => opened(archive).retain(request.order));
    case 'close': return close(request);
    default: return unreachable(request);
  }
}

async function openFile(request: Request & { kind: 'open' }): Promise<Answers['open']> {
  folder = request.folder;
  let left: NumberedGroup[] = [];
  const file = database = await DatabaseFile.open({
    ...request, onLocked: () => { left = readJournal(request.folder); },
  });
  const { main } = file.connections;
  writer = await createWriter(main);
  const nextGroup = await storeJournal(main, writer, left);
  const facts = await loadFacts(main);
  await removeJournal(request.folder);
  log = `${request.database}.wal`;
  archive = new Archive({
    folder: request.folder,
    reading: (work) => file.reading(({ moving }) => work(moving)),
    interrupt: () => file.interruptMoving(),
    write,
    warn: (warning) => port.postMessage({ warning } satisfies FromWorker),
  });
  await archive.files.open();
  long = new LongQuestions(file, archive.files, storeAll);
  answerLong = await createAnswerer(long, main);
  return { facts, nextGroup };
}

/** Resolves with the buffers when the group is stored, with all others that wait. */
async function storeGroup(one: NumberedGroup): Promise<Answers['group']> {
  groups.push(one);
  nextTurn ??= storeLater();
  await nextTurn.stored;
  return one.group.telemetry;
}

function storeLater(): NonNullable<typeof nextTurn> {
  let begin = (): void => undefined;
  const stored = new Promise<void>((resolve, reject) => {
    begin = () => {
      clearTimeout(timer);
      nextTurn = undefined;
      inTurn(storeGroups).then(resolve, reject);
    };
    const timer = setTimeout(begin, STORE_INTERVAL_MS);
  });
  lastStored = stored.catch(() => undefined);
  return { stored, begin };
}

/** Whoever asks sees all that was told before. */
function storeAll(): Promise<unknown> {
  nextTurn?.begin();
  return lastStored;
}

/** After one that failed none is stored: the journal gives them all at the next start. */
async function storeGroups(): Promise<void> {
  if (failure !== undefined) throw failure;
  const left = groups.splice(0);
  try {
    // Some may be stored when one fails, as after a crash.
    await withMemory((current) => current.commit(left), async (current) => {
      await storeJournal(opened(database).connections.main, current, left);
    });
  } catch (error) {
    failure = error as Error;
    throw error;
  }
}

/**
 * Somebody's question may have all the memory there is: it is broken off, and this done again. A
 * write that lacked memory leaves DuckDB's tables in disorder, so the file is opened anew before.
 */
async function withMemory<Answer>(
  work: (current: Writer) => Promise<Answer>, again = work,
): Promise<Answer> {
  try {
    return await work(opened(writer));
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    opened(long).breakOff();
    return opened(database).reopenFor(async (main) => again(writer = await createWriter(main)));
  }
}

/** One transaction at a time: they share the writing connection. */
function inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  const result = lastWrite.then(work);
  lastWrite = result.catch(() => undefined).then(checkpointIfLong).catch((error: unknown) => {
    // The next groups are told.
    failure ??= error as Error;
  });
  return result;
}

async function checkpointIfLong(): Promise<void> {
  const length = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const checkpoint = (): Promise<void> => withMemory((current) => current.checkpoint());
  if (length > LOG_BYTES_PRESSING) {
    opened(long).breakOff();
    await opened(database).alone(checkpoint);
  } else if (length > LOG_BYTES_MAX) await checkpoint();
}

function write(statements: readonly Statement[]): Promise<number[]> {
  nextTurn?.begin();
  return inTurn(() => withMemory((current) => current.write(statements)));
}

async function query([statement]: readonly Statement[]): Promise<readonly Row[]> {
  assert(statement !== undefined, 'a query has one statement');
  return withConnection(async (connection) => {
    const reader = await connection.runAndReadAll(statement.sql, bound(statement.values));
    return reader.getRowObjectsJS() as Row[];
  });
}

async function withConnection<Answer>(
  work: (connection: DuckDBConnection) => Promise<Answer>,
): Promise<Answer> {
  // Before the first wait: while the disk stands still that is where they gather.
  if (queries >= QUERIES_AT_ONCE + QUERIES_WAITING_MAX) {
    throw new Error('too many questions at once');
  }
  queries++;
  try {
    await storeAll();
    return await opened(database).reading(async ({ idle }) => {
      const connection = idle.pop()
        ?? await new Promise<DuckDBConnection>((resolve) => waiting.push(resolve));
      try {
        return await work(connection);
      } finally {
        const next = waiting.shift();
        if (next === undefined) idle.push(connection);
        else next(connection);
      }
    });
  } finally {
    queries--;
  }
}

async function close({ isAllTold }: Request & { kind: 'close' }): Promise<undefined> {
  await long?.end();
  await archive?.end();
  await storeAll();
  // What failed was told to who wrote; the log keeps what it has.
  await lastWrite.catch(() => undefined);
  const isInOrder = isAllTold && failure === undefined && groups.length === 0;
  if (isInOrder) await removeJournal(folder);
  await database?.end(isInOrder);
}

function opened<Part>(part: Part | undefined): Part {
  assert(part !== undefined, 'the database is open');
  return part;
}

function buffersOf(request: Request): ArrayBuffer[] {
  return request.kind === 'group'
    ? [request.group.telemetry.columns, request.group.telemetry.text] : [];
}
