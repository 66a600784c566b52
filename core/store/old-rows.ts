// What happened and was asked before a time: events, and operations and alerts that are over.
// Values have files of their own, see archive.ts; what people did is kept.

import type { Milliseconds } from '../ports.ts';
import type { Database } from './database.ts';
import type { Statement } from './messages.ts';

/** Of one table in one transaction: commits of devices wait meanwhile. */
export const DELETED_AT_ONCE_MAX = 10_000;

const BEFORE = 'epoch_ms($1::BIGINT)::TIMESTAMP_MS';

/** Rows that nothing will change any more. */
const OVER: Readonly<Record<string, string>> = {
  event: `happened_at < ${BEFORE}`,
  device_operation: `status IN ('CONFIRMED', 'FAILED') AND changed_at < ${BEFORE}`,
  alert: `cleared_at < ${BEFORE} AND (muted_until IS NULL OR muted_until < ${BEFORE})`,
};

/** No id is given twice, even if the newest row goes. */
const KEEP_MARKS = `UPDATE meta SET ${['event', 'operation', 'alert'].map((name) => {
  const table = name === 'operation' ? 'device_operation' : name;
  return `next_${name} = greatest(next_${name}, (SELECT coalesce(max(id), 0) + 1 FROM ${table}))`;
}).join(', ')}`;

/** One step; says whether there is more to delete. */
export async function deleteOldRows(db: Database, before: Milliseconds): Promise<boolean> {
  const values = [Math.floor(before)];
  const some = (table: string): string =>
    `(SELECT rowid FROM ${table} WHERE ${OVER[table]} LIMIT ${DELETED_AT_ONCE_MAX})`;
  const [, links = 0] = await db.write([
    { sql: KEEP_MARKS, values: [] },
    { sql: `DELETE FROM event_resource WHERE rowid IN (SELECT value.rowid
        FROM event_resource AS value JOIN event ON event.id = value.event
        WHERE ${OVER['event']} LIMIT ${DELETED_AT_ONCE_MAX})`, values },
  ]);
  // Events may have many values each: they go first.
  if (links === DELETED_AT_ONCE_MAX) return true;
  const deletions: Statement[] = Object.keys(OVER).map((table) => ({
    sql: `DELETE FROM ${table} WHERE rowid IN ${some(table)}`, values,
  }));
  const [, ...deleted] = await db.write([
    // Those of events that came meanwhile.
    { sql: `DELETE FROM event_resource WHERE event IN
        (SELECT id FROM event WHERE rowid IN ${some('event')})`, values },
    ...deletions,
  ]);
  return deleted.some((rows) => rows === DELETED_AT_ONCE_MAX);
}
