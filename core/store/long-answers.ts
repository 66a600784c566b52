// What long questions are answered with, in the thread that owns the file: rows, somebody's own SQL
// as a table, or a file.

import { rmSync, statSync } from 'node:fs';
import {
  JSDuckDBValueConverter, JsonDuckDBValueConverter, type DuckDBConnection,
} from '@duckdb/node-api';
import { fail, ok, unreachable, type Result } from '../result.ts';
import { readBounded } from './bounded-rows.ts';
import { TOO_MUCH, type LongQuestions } from './long-questions.ts';
import type { Answers, LongRequest, Row, SqlTable, Unanswered } from './messages.ts';
import { quoted } from './quoted.ts';
import { SelectCheck } from './select-check.ts';
import { EVERYTHING } from './telemetry.ts';
import { bound } from './writer.ts';

/** What one answer to SQL may take. */
export const SQL_BYTES_MAX = 8 * 1024 * 1024;
/** As RFC 4180 wants its lines, and RFC 3339 its times. */
const FORMATS = {
  csv: `FORMAT csv, HEADER, NEW_LINE '\\r\\n', TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%gZ'`,
  parquet: 'FORMAT parquet, COMPRESSION zstd',
} as const;

export async function createAnswerer(
  long: LongQuestions, connection: DuckDBConnection,
): Promise<(request: LongRequest) => Promise<Answers['ask' | 'sql' | 'export']>> {
  const check = await SelectCheck.open(connection);
  return async (request) => {
    switch (request.kind) {
      case 'ask': return long.ask(request, {
        span: request.question.span, run: (on) => rowsOf(on, request),
      });
      case 'sql': return long.ask(request, {
        span: EVERYTHING, run: (on) => tableOf(on, check, request), faultOf,
      });
      case 'export': return exported(long, request);
      default: return unreachable(request);
    }
  };
}

async function rowsOf(
  connection: DuckDBConnection, { question, bytesMax }: LongRequest & { kind: 'ask' },
): Promise<Result<Row[], Unanswered>> {
  const limits = { rowsMax: Infinity, bytesMax };
  const read = await readBounded(connection, question, JSDuckDBValueConverter, limits);
  if (read === undefined) return fail(TOO_MUCH);
  const names = read.result.columnNames();
  return ok(read.rows.map((row) =>
    Object.fromEntries(names.map((name, index) => [name, row[index]])) as Row));
}

async function tableOf(
  connection: DuckDBConnection, check: SelectCheck,
  { sql, rowsMax }: LongRequest & { kind: 'sql' },
): Promise<Result<SqlTable, Unanswered>> {
  const checked = await check.check(connection, sql);
  if (!checked.ok) return fail(refused(checked.reason));
  const limits = { rowsMax: rowsMax + 1, bytesMax: SQL_BYTES_MAX };
  const read = await readBounded(connection, { sql }, JsonDuckDBValueConverter, limits);
  if (read === undefined) {
    return fail(refused(`The answer has more than ${SQL_BYTES_MAX / 1024 / 1024} MB.`));
  }
  const { result, rows } = read;
  const names = result.columnNames();
  return ok({
    columns: result.columnTypes().map((type, index) =>
      ({ name: names[index] ?? '', type: type.toString() })),
    rows: rows.slice(0, rowsMax), isCut: rows.length > rowsMax,
  });
}

/** What DuckDB says of somebody's SQL; places of our disk are nobody's business. */
function faultOf({ message }: Error): Unanswered | undefined {
  const [line = ''] = message.split('\n');
  return /^(IO|Internal|FATAL|TransactionContext) Error/.test(line) ? undefined : refused(line);
}

async function exported(
  long: LongQuestions, request: LongRequest & { kind: 'export' },
): Promise<Result<number, Unanswered>> {
  const { question: { sql, values, span }, format, file, bytesMax } = request;
  const isTooMuch = (): boolean => sizeOf(file) > bytesMax;
  const copy = `COPY (${sql}) TO ${quoted(file)} (${FORMATS[format]})`;
  const result = await long.ask({ ...request, isTooMuch }, { span, run: async (connection) =>
    ok((await connection.run(copy, bound(values))).rowsChanged) });
  if (!result.ok) rmSync(file, { force: true });
  return result;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function refused(sentence: string): Unanswered {
  return { kind: 'refused', sentence };
}
