// What long questions are answered with, in the thread that owns the file: rows, somebody's own SQL
// as a table, or a file.

import { rmSync, statSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { fail, ok, unreachable, type Result } from '../result.ts';
import type { LongQuestions } from './long-questions.ts';
import type { Answers, LongRequest, Row, SqlTable, Unanswered } from './messages.ts';
import { SelectCheck } from './select-check.ts';
import { bound } from './writer.ts';

/** Characters of JSON that one answer to SQL may have. */
export const SQL_TEXT_MAX = 8 * 1024 * 1024;
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
      case 'ask': return long.ask(request, async (on) => {
        const { sql, values } = request.statement;
        return ok((await on.runAndReadAll(sql, bound(values))).getRowObjectsJS() as Row[]);
      });
      case 'sql': return long.ask(request, (on) => tableOf(on, check, request));
      case 'export': return exported(long, request);
      default: return unreachable(request);
    }
  };
}

async function tableOf(
  connection: DuckDBConnection, check: SelectCheck,
  { sql, rowsMax }: LongRequest & { kind: 'sql' },
): Promise<Result<SqlTable, Unanswered>> {
  const checked = await check.check(connection, sql);
  if (!checked.ok) return refused(checked.reason);
  try {
    // As it comes: of more rows than are wanted the rest is never made.
    const reader = await connection.streamAndReadUntil(sql, rowsMax + 1);
    const names = reader.columnNames();
    const rows = reader.getRowsJson();
    if (JSON.stringify(rows).length > SQL_TEXT_MAX) {
      return refused(`The answer has more than ${SQL_TEXT_MAX / 1024 / 1024} MB.`);
    }
    return ok({
      columns: reader.columnTypes().map((type, index) =>
        ({ name: names[index] ?? '', type: type.toString() })),
      rows: rows.slice(0, rowsMax), isCut: rows.length > rowsMax,
    });
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    // What was stopped and what has no room is told by long-questions.ts.
    if (/^(INTERRUPT|Out of Memory)/.test(line)) throw error;
    return refused(line);
  }
}

async function exported(
  long: LongQuestions, request: LongRequest & { kind: 'export' },
): Promise<Result<number, Unanswered>> {
  const { statement: { sql, values }, format, file, bytesMax } = request;
  const isTooMuch = (): boolean => sizeOf(file) > bytesMax;
  const result = await long.ask({ ...request, isTooMuch }, async (connection) => {
    const copy = `COPY (${sql}) TO '${file.replaceAll("'", "''")}' (${FORMATS[format]})`;
    return ok((await connection.run(copy, bound(values))).rowsChanged);
  });
  if (!result.ok) rmSync(file, { force: true });
  return result;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function refused(sentence: string): Result<never, Unanswered> {
  return fail({ kind: 'refused', sentence });
}
