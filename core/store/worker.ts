// The thread that owns the database file: one connection writes, one transaction at a time in the
// order of arrival, and checkpoints between them; a few others answer questions about the past.

import { statSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { DataFolderError } from '../io/data-folder.ts';
import { assert, unreachable } from '../result.ts';
import { createAnswerer } from './long-answers.ts';
import { LongQuestions } from './long-questions.ts';
import type { Answers, FromWorker, Request, Row, Statement, ToWorker } from './messages.ts';
import { Archive } from './archive.ts';
import { askPast } from './past.ts';
import { connect, loadFacts, openInstance } from './opening.ts';
import { bound, createWriter, type Writer } from './writer.ts';

/** Each running query holds one of libuv's four threads; commits and password hashes need some. */
const QUERIES_AT_ONCE = 2;
const QUERIES_WAITING_MAX = 1_000;
/**
 * A longer log is put into the database. Whoever comes meanwhile waits: with 4 MB some 30 ms, with
 * 8 or 16 in proportion, with 1 or 2 hardly less and more often.
 */
const LOG_BYTES_MAX = 4 * 1024 * 1024;

let instance: DuckDBInstance | undefined;
let writer: Writer | undefined;
let archive: Archive | undefined;
let long: LongQuestions | undefined;
let answerLong: Awaited<ReturnType<typeof createAnswerer>> | undefined;
let log = '';
let connections: DuckDBConnection[] = [];
const idle: DuckDBConnection[] = [];
const waiting: ((connection: DuckDBConnection) => void)[] = [];
let lastWrite: Promise<unknown> = Promise.resolve();

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
    case 'open': return openFile(request);
    case 'group': return inTurn(async (current) => {
      await current.commit(request.group);
      return request.group.telemetry;
    });
    case 'write': return inTurn((current) => current.write(request.statements));
    case 'query': return query(request.statements);
    case 'ask': case 'sql': case 'export': return opened(answerLong)(request);
    case 'history': return withConnection((connection) =>
      askPast(connection, opened(archive).files, request.history));
    case 'retain': return opened(archive).retain(request.order);
    case 'close': return close();
    default: return unreachable(request);
  }
}

async function openFile(request: Request & { kind: 'open' }): Promise<Answers['open']> {
  instance = await openInstance(request);
  const main = await connect(instance);
  const moving = await connect(instance);
  connections = [main, moving];
  const facts = await loadFacts(main);
  writer = await createWriter(main);
  log = `${request.database}.wal`;
  for (let index = 0; index < QUERIES_AT_ONCE; index++) idle.push(await connect(instance));
  connections.push(...idle);
  archive = new Archive({
    folder: request.folder, connection: moving,
    write: (statements) => inTurn((current) => current.write(statements)),
    warn: (warning) => port.postMessage({ warning } satisfies FromWorker),
  });
  await archive.files.open();
  long = new LongQuestions(instance, archive.files);
  answerLong = await createAnswerer(long, main);
  return facts;
}

/** One transaction at a time: they share the writing connection. */
function inTurn<Result>(work: (current: Writer) => Promise<Result>): Promise<Result> {
  const result = lastWrite.then(() => work(opened(writer)));
  // A checkpoint that fails fails the next transaction.
  lastWrite = result.catch(() => undefined).then(checkpointIfLong);
  lastWrite.catch(() => undefined);
  return result;
}

async function checkpointIfLong(): Promise<void> {
  const length = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (length > LOG_BYTES_MAX) await writer?.checkpoint();
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
  if (waiting.length >= QUERIES_WAITING_MAX) throw new Error('too many questions at once');
  const connection = idle.pop() ?? await new Promise<DuckDBConnection>(
    (resolve) => waiting.push(resolve));
  try {
    return await work(connection);
  } finally {
    const next = waiting.shift();
    if (next === undefined) idle.push(connection);
    else next(connection);
  }
}

async function close(): Promise<undefined> {
  long?.interrupt();
  await archive?.end();
  // What failed was told to who wrote; the log keeps what it has.
  await lastWrite.catch(() => undefined);
  for (const connection of connections) connection.closeSync();
  instance?.closeSync();
}

function opened<Part>(part: Part | undefined): Part {
  assert(part !== undefined, 'the database is open');
  return part;
}

function buffersOf(request: Request): ArrayBuffer[] {
  return request.kind === 'group'
    ? [request.group.telemetry.columns, request.group.telemetry.text] : [];
}
