// Puts groups and statements into the database, each in one transaction: rows go in by appender,
// rows that change are deleted before. Runs in the writer thread; callers take turns.

import {
  blobValue, type DuckDBAppender, type DuckDBConnection, type DuckDBValue,
} from '@duckdb/node-api';
import { appendTable, appendTelemetry } from './chunks.ts';
import { hasOnlyValues } from './journal.ts';
import type { GroupMessage, NumberedGroup, SqlValue, Statement } from './messages.ts';
import { quoted } from './quoted.ts';
import {
  ALERT_COLUMNS, ASSOCIATION_COLUMNS, ASSOCIATION_STATE_COLUMNS, CERTIFICATE_COLUMNS,
  CREDENTIAL_COLUMNS, DEVICE_COLUMNS, DTLS_SESSION_COLUMNS, EVENT_COLUMNS, LOG_COLUMNS,
  OPERATION_COLUMNS, type Cell, type ColumnOf, type ColumnType, type TableMessage,
} from './table-columns.ts';
import { TelemetryBatch } from './telemetry-batch.ts';

/** An appender flushes by itself, and so not all at once, at 204,800 rows. */
const FLUSHED_ROWS_MAX = 100_000;

/**
 * When somebody's read ends, its thread clears away the versions of rows that it alone could see,
 * and no checkpoint may begin meanwhile.
 */
const PUT_OFF = /^TransactionContext Error: Cannot CHECKPOINT: there are other write transactions/;

export interface Writer {
  /** Resolves when the groups are in the database for good; each is there as a whole or not. */
  commit(groups: readonly NumberedGroup[]): Promise<void>;
  /** The number of rows each statement changed. */
  write(statements: readonly Statement[]): Promise<number[]>;
  /** Puts the log into the database, or leaves it for the next time. */
  checkpoint(): Promise<void>;
}

export async function createWriter(connection: DuckDBConnection): Promise<Writer> {
  const resources = await connection.createAppender('resource');
  const appendEvents = await createLister(connection, 'event', EVENT_COLUMNS, 'next_event');
  const appendLogs = await createLister(connection, 'device_log', LOG_COLUMNS, 'next_log');
  const replaceDevices = await createReplacer(connection, 'device', DEVICE_COLUMNS);
  const replaceOperations = await createReplacer(connection, 'device_operation', OPERATION_COLUMNS);
  const replaceAlerts = await createReplacer(connection, 'alert', ALERT_COLUMNS);
  const replaceStates =
    await createReplacer(connection, 'association_state', ASSOCIATION_STATE_COLUMNS);
  const commitSecurity = await createSecurityWriter(connection, replaceStates);
  const eventValues = await connection.createAppender('event_resource');

  const commitAll = async ({ number, group }: NumberedGroup): Promise<void> => {
    appendTelemetry(resources, new TelemetryBatch(group.telemetry));
    resources.flushSync();
    await markStored(connection, number);
    if (group.events.rows > 0) {
      appendEventValues(eventValues, appendEvents(group.events), group);
    }
    if (group.logs.rows > 0) appendLogs(group.logs);
    if (group.devices.rows > 0) await replaceDevices(group.devices);
    if (group.operations.rows > 0) await replaceOperations(group.operations);
    if (group.alerts.rows > 0) await replaceAlerts(group.alerts);
    await commitSecurity(group);
    if (group.forgotten.length > 0) await forget(connection, group.forgotten);
  };

  const commitValues = createValueWriter(connection, resources, replaceStates);

  return {
    async commit(groups) {
      let waiting: NumberedGroup[] = [];
      let rows = 0;
      for (const one of groups) {
        const more = one.group.telemetry.rows;
        const isOfValues = hasOnlyValues(one.group) && more <= FLUSHED_ROWS_MAX;
        if (!isOfValues || rows + more > FLUSHED_ROWS_MAX) {
          await commitValues(waiting);
          waiting = [];
          rows = 0;
        }
        if (isOfValues) {
          waiting.push(one);
          rows += more;
        } else {
          await inTransaction(connection, () => commitAll(one));
        }
      }
      await commitValues(waiting);
    },
    write: (statements) => inTransaction(connection, () => runAll(connection, statements)),
    async checkpoint() {
      await connection.run('CHECKPOINT').catch((error: Error) => {
        if (!PUT_OFF.test(error.message)) throw error;
      });
    },
  };
}

/** Groups of values that waited share a transaction, with the last state of each association. */
function createValueWriter(
  connection: DuckDBConnection, resources: DuckDBAppender, replaceStates: Replace,
): (groups: readonly NumberedGroup[]) => Promise<void> {
  return async (groups) => {
    for (const { group } of groups) {
      appendTelemetry(resources, new TelemetryBatch(group.telemetry));
    }
    const states = lastRows(groups.map(({ group }) => group.associationStates));
    if (states.rows === 0) {
      // A flush alone is a transaction of its own, at half the price of one that is begun and
      // committed: those take turns with other threads.
      if (groups.length > 0) resources.flushSync();
      return;
    }
    await inTransaction(connection, async () => {
      resources.flushSync();
      await markStored(connection, groups.at(-1)?.number ?? 0);
      await replaceStates(states);
    });
  };
}

/** Which values the events are about, of which the first has this id. */
function appendEventValues(
  appender: DuckDBAppender, first: number, { eventValues: { events, values } }: GroupMessage,
): void {
  if (events.length === 0) return;
  const columns = [events.map((index) => first + index), values];
  appendTable(appender, ['BIGINT', 'BIGINT'], { rows: events.length, columns });
  appender.flushSync();
}

/** The group is stored, and all before it. */
async function markStored(connection: DuckDBConnection, number: number): Promise<void> {
  await connection.run('UPDATE meta SET last_group = $1::BIGINT', [BigInt(number)]);
}

/** Of each id, the first column, the row that came last. */
function lastRows(tables: readonly TableMessage[]): TableMessage {
  const last = new Map<Cell, readonly Cell[]>();
  for (const { rows, columns } of tables) {
    for (let row = 0; row < rows; row++) {
      const cells = columns.map((column) => column[row] as Cell);
      last.set(cells[0] as Cell, cells);
    }
  }
  const rows = [...last.values()];
  const columns = (rows[0] ?? []).map((_, at) => rows.map((row) => row[at] as Cell));
  return { rows: rows.length, columns };
}

async function runAll(
  connection: DuckDBConnection, statements: readonly Statement[],
): Promise<number[]> {
  const changed: number[] = [];
  for (const { sql, values } of statements) {
    changed.push((await connection.run(sql, bound(values))).rowsChanged);
  }
  return changed;
}

export function bound(values: readonly SqlValue[]): DuckDBValue[] {
  return values.map((value) => value instanceof Uint8Array ? blobValue(value) : value);
}

export async function inTransaction<Result>(
  connection: DuckDBConnection, work: () => Promise<Result>,
): Promise<Result> {
  await connection.run('BEGIN TRANSACTION');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // A failed COMMIT has ended the transaction already; then this fails and changes nothing.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Adds rows under ids of their own, which go on from `mark` in table `meta`. */
async function createLister<Row>(
  connection: DuckDBConnection, table: string, columns: readonly ColumnOf<Row>[], mark: string,
): Promise<(rows: TableMessage) => number> {
  const types: ColumnType[] = ['BIGINT', ...typesOf(columns)];
  const appender = await connection.createAppender(table);
  const next = await connection.runAndReadAll(
    `SELECT greatest(${mark}, (SELECT coalesce(max(id), 0) + 1 FROM ${table})) FROM meta`);
  let nextId = Number(next.getRows()[0]?.[0]);
  return (added) => {
    const first = nextId;
    nextId += added.rows;
    const ids = Array.from({ length: added.rows }, (_, index) => first + index);
    appendTable(appender, types, { rows: added.rows, columns: [ids, ...added.columns] });
    appender.flushSync();
    return first;
  };
}

/** Credentials, certificates, associations and sessions. */
async function createSecurityWriter(
  connection: DuckDBConnection, replaceStates: Replace,
): Promise<(group: GroupMessage) => Promise<void>> {
  const replaceCredentials = await createReplacer(connection, 'credential', CREDENTIAL_COLUMNS);
  const replaceAssociations = await createReplacer(connection, 'association', ASSOCIATION_COLUMNS);
  const replaceCertificates = await createReplacer(connection, 'certificate', CERTIFICATE_COLUMNS);
  const replaceSessions = await createReplacer(connection, 'dtls_session', DTLS_SESSION_COLUMNS);
  const deleteFrom = async (
    table: string, column: string, keys: readonly string[],
  ): Promise<void> => {
    if (keys.length === 0) return;
    const texts = keys.map(quoted).join(', ');
    await connection.run(`DELETE FROM ${table} WHERE ${column} IN (${texts})`);
  };
  return async (group) => {
    const { endedAssociations } = group;
    await deleteFrom('dtls_session', 'id', group.endedDtlsSessions);
    if (group.credentials.rows > 0) await replaceCredentials(group.credentials);
    if (group.certificates.rows > 0) await replaceCertificates(group.certificates);
    if (group.associations.rows > 0) await replaceAssociations(group.associations);
    if (group.associationStates.rows > 0) await replaceStates(group.associationStates);
    if (group.dtlsSessions.rows > 0) await replaceSessions(group.dtlsSessions);
    await deleteFrom('credential', 'identity', group.removedCredentials);
    await deleteFrom('certificate', 'identity', group.removedCertificates);
    if (endedAssociations.length > 0) {
      const ids = endedAssociations.map(Math.trunc).join(', ');
      await connection.run(`UPDATE meta SET next_association =
        greatest(next_association, (SELECT coalesce(max(id), 0) + 1 FROM association))`);
      await connection.run(`DELETE FROM association WHERE id IN (${ids})`);
      await connection.run(`DELETE FROM association_state WHERE id IN (${ids})`);
    }
  };
}

type Replace = (rows: TableMessage) => Promise<void>;

/** Puts rows in the place of those with the same key, which is the first column. */
async function createReplacer<Row>(
  connection: DuckDBConnection, table: string, columns: readonly ColumnOf<Row>[],
): Promise<Replace> {
  const types = typesOf(columns);
  const appender = await connection.createAppender(table);
  return async (rows) => {
    const keys = (rows.columns[0] as readonly (number | string)[]).map(literal);
    await connection.run(`DELETE FROM ${table} WHERE ${columns[0]?.name} IN (${keys.join(', ')})`);
    appendTable(appender, types, rows);
    appender.flushSync();
  };
}

function literal(key: number | string): string {
  return typeof key === 'number' ? String(Math.trunc(key)) : quoted(key);
}

function typesOf<Row>(columns: readonly ColumnOf<Row>[]): ColumnType[] {
  return columns.map(({ type }) => type);
}

/**
 * Ids are never given twice, so the marks are moved before the rows that hold them go. What is in
 * Parquet files goes with the next pass.
 */
async function forget(connection: DuckDBConnection, devices: readonly number[]): Promise<void> {
  const ids = devices.map(Math.trunc).join(', ');
  await connection.run(`UPDATE meta SET
    next_device = greatest(next_device, (SELECT coalesce(max(id), 0) + 1 FROM device)),
    next_operation =
      greatest(next_operation, (SELECT coalesce(max(id), 0) + 1 FROM device_operation)),
    next_alert = greatest(next_alert, (SELECT coalesce(max(id), 0) + 1 FROM alert)),
    next_event = greatest(next_event, (SELECT coalesce(max(id), 0) + 1 FROM event)),
    next_log = greatest(next_log, (SELECT coalesce(max(id), 0) + 1 FROM device_log)),
    next_sequence =
      greatest(next_sequence, (SELECT coalesce(max(sequence), 0) + 1 FROM resource))`);
  await connection.run(`DELETE FROM event_resource WHERE event IN
    (SELECT id FROM event WHERE device IN (${ids}))`);
  for (const table of ['event', 'resource', 'device_operation', 'device_log', 'alert']) {
    await connection.run(`DELETE FROM ${table} WHERE device IN (${ids})`);
  }
  await connection.run(`INSERT INTO forgotten_device SELECT unnest([${ids}])`);
  await connection.run(`DELETE FROM device WHERE id IN (${ids})`);
}
