// Questions about the past, over the table and the Parquet files as if they were one. Runs in the
// writer thread, on the connections for questions.

import type { DuckDBConnection } from '@duckdb/node-api';
import { COLUMNS, DAY_MS, type ArchiveFiles, type Choice } from './archive-files.ts';
import type { History, Row, Span } from './messages.ts';
import { NAME } from './opening.ts';
import { bound, inTransaction } from './writer.ts';

/** Beyond every time a device may tell. */
const DAY_MAX = 1e9;

/**
 * Answers in one snapshot, in which each value is either in the table or in a file. In the question
 * `FROM telemetry` stands for the values of the span and maybe more, `FROM newest` for those among
 * which the newest of each resource is.
 */
export function askPast(
  connection: DuckDBConnection, files: ArchiveFiles, { sql, values, span }: History,
): Promise<Row[]> {
  return files.reading((isUsed) => inTransaction(connection, async () => {
    const sources = await sourcesOf(connection, files, span, isUsed);
    const reader = await connection.runAndReadAll(
      sql.replace(/\bFROM (telemetry|newest)\b/g, (_, source: keyof typeof sources) =>
        `FROM (${sources[source]()}) AS ${source}`),
      bound(values));
    return reader.getRowObjectsJS() as Row[];
  }));
}

/** As FROM has them, each when it is asked for. */
export async function sourcesOf(
  connection: DuckDBConnection, files: ArchiveFiles, { from, to, after }: Span, isUsed: Choice,
) {
  const reader = await connection.runAndReadAll(`
    SELECT moved_to, name, day IS NULL
    FROM ${NAME}.main.meta LEFT JOIN ${NAME}.main.telemetry_file ON state = 'HERE' AND (
      day IS NULL OR last_sequence > $1::BIGINT AND (device_days IS NULL
        OR len(list_filter(device_days, lambda day: day BETWEEN $2 AND $3)) > 0))`,
  [after, dayOf(from), dayOf(to)]);
  const rows = reader.getRows();
  const source = (isNewest: boolean) => (): string => {
    const used = rows.filter(([, name, isOfNewest]) => name !== null && isOfNewest === isNewest)
      .map(([, name]) => String(name)).filter(isUsed);
    return `SELECT ${COLUMNS} FROM ${NAME}.main.resource WHERE sequence >= ${String(rows[0]?.[0])}`
      + (used.length === 0 ? '' : ` UNION ALL SELECT ${COLUMNS} FROM ${files.from(used)}`);
  };
  return { telemetry: source(false), newest: source(true) };
}

function dayOf(time: number): number {
  return Math.max(-DAY_MAX, Math.min(DAY_MAX, Math.floor(time / DAY_MS)));
}
