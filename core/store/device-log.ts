// What devices logged, as the database has it: pages of lines by device, severity and text, and
// the deletion of what is old. Only committed rows are seen. Ids grow with the time of receipt.

import type { Milliseconds } from '../ports.ts';
import type { DeviceLogRow } from './changes.ts';
import type { Database, Row, SqlValue } from './database.ts';

export interface LogFilter {
  /** Undefined: the lines of nobody knows which device. */
  readonly device: number | undefined;
  /** This and worse: 7 for all (RFC 5424 s6.2.1 has the worst at 0). */
  readonly severity: number;
  /** In module or text as it is, whatever the case; '' for all. */
  readonly search: string;
}

/** The lines between two others, with neither of them. */
export interface LogSpan {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  /** Received at this time at the latest. */
  readonly until?: Milliseconds | undefined;
  readonly order: 'newest first' | 'oldest first';
  readonly limit: number;
}

export interface StoredLogRow extends Omit<DeviceLogRow, 'device'> {
  readonly id: number;
}

export interface LogPage {
  readonly rows: readonly StoredLogRow[];
  /** The newest row of the whole table: what is after it is not in the page. 0 for none. */
  readonly last: number;
}

/** The table has so many rows at most, whatever their age; deleted are the oldest. */
export const LOG_ROWS_MAX = 10_000_000;
/** Deleted in one transaction: commits of devices wait meanwhile. */
export const DELETED_AT_ONCE_MAX = 20_000;

/** Five times as fast as max(id), which reads the whole column. */
const NEWEST = '(SELECT id FROM device_log ORDER BY id DESC LIMIT 1)';

/** One snapshot. Gaps are in it whatever the filter: what is missing may have matched. */
export async function logPage(db: Database, filter: LogFilter, span: LogSpan): Promise<LogPage> {
  const { after = 0, before = Number.MAX_SAFE_INTEGER, until, order, limit } = span;
  const direction = order === 'newest first' ? 'DESC' : 'ASC';
  const values: SqlValue[] = [
    filter.device ?? null, filter.severity, filter.search, after, before,
    until === undefined ? null : Math.floor(until), limit,
  ];
  const rows = await db.query(`
    WITH line AS (
      SELECT id, source, epoch_ms(device_time) AS device_at, epoch_ms(receive_time) AS received,
        facility, severity, module, text, dropped
      FROM device_log WHERE device IS NOT DISTINCT FROM $1::INTEGER
        AND (dropped > 0 OR severity <= $2::INTEGER
          AND ($3 = '' OR contains(lower(module || ': ' || text), lower($3))))
        AND id > $4::BIGINT AND id < $5::BIGINT
        AND ($6::BIGINT IS NULL OR receive_time <= epoch_ms($6::BIGINT)::TIMESTAMP_MS)
      ORDER BY id ${direction} LIMIT $7)
    SELECT ${NEWEST} AS last, line.*
    FROM (SELECT 1) LEFT JOIN line ON true ORDER BY id ${direction}`, values);
  return {
    rows: rows.filter((row) => row['id'] !== null).map(logRowOf),
    last: Number(rows[0]?.['last'] ?? 0),
  };
}

/** One step: the oldest of what came before `until` or is too much. Returns how many went. */
export async function deleteOldLog(
  db: Database, until: Milliseconds, rowsMax = LOG_ROWS_MAX,
): Promise<number> {
  const [, deleted = 0] = await db.write([
    // No id is given twice, even if the newest row goes.
    { sql: `UPDATE meta SET next_log =
        greatest(next_log, coalesce(${NEWEST}, 0) + 1)`, values: [] },
    { sql: `DELETE FROM device_log WHERE id <= (SELECT max(id) FROM (
          SELECT id, receive_time FROM device_log ORDER BY id LIMIT ${DELETED_AT_ONCE_MAX})
        WHERE receive_time < epoch_ms($1::BIGINT)::TIMESTAMP_MS
          OR id <= ${NEWEST} - $2::BIGINT)`, values: [Math.floor(until), rowsMax] },
  ]);
  return deleted;
}

function logRowOf(row: Row): StoredLogRow {
  const deviceTime = row['device_at'];
  return {
    id: Number(row['id']),
    source: String(row['source']),
    deviceTime: deviceTime === null ? undefined : Number(deviceTime),
    receiveTime: Number(row['received']),
    facility: Number(row['facility']),
    severity: Number(row['severity']),
    module: String(row['module']),
    text: String(row['text']),
    dropped: Number(row['dropped']),
  };
}
