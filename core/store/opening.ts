// Opening the database file in the writer thread: refuse what is newer, bring what is older up to
// date after a copy, close the door to the world, read what a start begins with.

import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { DataFolderError, databaseOpenError } from '../io/data-folder.ts';
import { OBJECTS } from '../lwm2m/objects.ts';
import { readNumbers } from './chunks.ts';
import { isTelemetryAlone } from './journal.ts';
import type { LoadedTable } from './loaded-rows.ts';
import type { GroupMessage, LoadedFacts, NumberedGroup } from './messages.ts';
import { quoted } from './quoted.ts';
import { MIGRATIONS } from './schema.ts';
import {
  ALERT_COLUMNS, ASSOCIATION_COLUMNS, ASSOCIATION_STATE_COLUMNS, CERTIFICATE_COLUMNS,
  CREDENTIAL_COLUMNS, DEVICE_COLUMNS, DTLS_SESSION_COLUMNS, OPERATION_COLUMNS, type ColumnOf,
} from './table-columns.ts';
import { integerAt, TelemetryBatch } from './telemetry-batch.ts';
import type { Writer } from './writer.ts';

/** Never within a commit, whose answer would wait for it: the writer thread checkpoints between. */
const CHECKPOINT_WITHIN_COMMIT = '1TB';
/** Each checkpoint writes the last row group anew: DuckDB's usual 122,880 rows cost 30 ms. */
const ROW_GROUP_ROWS = 16_384;
/** Of DuckDB 1.5, whose checkpoints cost half where rows were replaced; older files move up. */
const STORAGE_VERSION = 'v1.5.0';
/** Takes what exceeds the memory limit; DuckDB's own choice is the working directory. */
const TEMPORARY_FOLDER = 'temporary';
const TEMPORARY_SIZE_MAX = '2GB';
const NEXT_SEQUENCE =
  'greatest(next_sequence, (SELECT coalesce(max(sequence), 0) + 1 FROM resource))';
/** A list of the longest texts there are fits into a string. */
const TEXTS_AT_ONCE = 4_096;
/** What SQL calls the database. */
export const NAME = 'flownexus';

export interface OpenOptions {
  readonly folder: string;
  readonly database: string;
  readonly memoryLimit: string;
  readonly migrations?: readonly (readonly string[])[];
  /** Called when nobody else can use the folder, before anything in it is changed. */
  readonly onLocked?: () => void;
}

export async function openInstance(options: OpenOptions): Promise<DuckDBInstance> {
  const { folder, database, memoryLimit, migrations = MIGRATIONS, onLocked } = options;
  const instance = await create(folder, database, memoryLimit);
  const connection = await connect(instance);
  try {
    onLocked?.();
    await migrate(connection, folder, migrations);
    await fillResourceTypes(connection);
    await closeTheDoor(connection, folder);
    connection.closeSync();
    return instance;
  } catch (error) {
    connection.closeSync();
    instance.closeSync();
    throw error;
  }
}

/** A connection that speaks of the data folder's database, its tables or its views for people. */
export async function connect(
  instance: DuckDBInstance, schema: 'main' | 'report' = 'main',
): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await connection.run(`USE ${NAME}.${schema}`);
  return connection;
}

/**
 * Stores the groups that a crash left in the journal; gives the number of the next. Those with more
 * in them than telemetry leave their number, the rows of the others have numbers that only grow.
 */
export async function storeJournal(
  connection: DuckDBConnection, writer: Writer, left: Iterable<NumberedGroup>,
): Promise<number> {
  const marks = await connection.runAndReadAll(`SELECT last_group, ${NEXT_SEQUENCE} FROM meta`);
  const [lastGroup = 0, nextSequence = 0] = (marks.getRows()[0] ?? []).map(Number);
  let last = lastGroup;
  for (const one of left) {
    const { number, group } = one;
    last = Math.max(last, number);
    const isStored = isTelemetryAlone(group)
      ? firstSequence(group) < nextSequence : number <= lastGroup;
    if (!isStored) await writer.commit([one]);
  }
  return last + 1;
}

function firstSequence({ telemetry }: GroupMessage): number {
  return integerAt(new TelemetryBatch(telemetry).sequence, 0);
}

export async function loadFacts(connection: DuckDBConnection): Promise<LoadedFacts> {
  const marks = await connection.runAndReadAll(`SELECT message_id_seed,
    ${NEXT_SEQUENCE},
    greatest(next_device, (SELECT coalesce(max(id), 0) + 1 FROM device)),
    greatest(next_operation, (SELECT coalesce(max(id), 0) + 1 FROM device_operation)),
    greatest(next_alert, (SELECT coalesce(max(id), 0) + 1 FROM alert)),
    greatest(next_association, (SELECT coalesce(max(id), 0) + 1 FROM association)) FROM meta`);
  const [
    messageIdSeed = 0, nextSequence = 1, nextDevice = 1, nextOperation = 1, nextAlert = 1,
    nextAssociation = 1,
  ] = (marks.getRows()[0] ?? []).map(Number);
  return {
    messageIdSeed, nextSequence, nextDevice, nextOperation, nextAlert, nextAssociation,
    devices: await loadTable(connection, DEVICE_COLUMNS, 'device'),
    operations: await loadTable(connection, OPERATION_COLUMNS,
      `(FROM device_operation WHERE status IN ('QUEUED', 'SENDING'))`),
    alerts: await loadTable(connection, ALERT_COLUMNS,
      `(FROM alert WHERE cleared_at IS NULL OR muted_until > epoch_ms(${Date.now()}))`),
    credentials: await loadTable(connection, CREDENTIAL_COLUMNS, 'credential'),
    certificates: await loadTable(connection, CERTIFICATE_COLUMNS, 'certificate', 'shown_at'),
    associations: await loadTable(connection,
      [...ASSOCIATION_COLUMNS, ...ASSOCIATION_STATE_COLUMNS.slice(1)],
      '(FROM association JOIN association_state USING (id))'),
    dtlsSessions: await loadTable(connection, DTLS_SESSION_COLUMNS, 'dtls_session', 'until'),
  };
}

async function create(
  folder: string, database: string, memoryLimit: string,
): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    temp_directory: join(folder, TEMPORARY_FOLDER),
    max_temp_directory_size: TEMPORARY_SIZE_MAX,
    checkpoint_threshold: CHECKPOINT_WITHIN_COMMIT,
    // One core stays with the main thread whatever is asked of the past.
    threads: String(Math.max(1, availableParallelism() - 1)),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    // The file is attached because only ATTACH takes these two.
    const connection = await instance.connect();
    // Closing would rewrite a file that is not ours to touch, or whose tables are in disorder.
    await connection.run('PRAGMA disable_checkpoint_on_shutdown');
    await connection.run(`ATTACH ${quoted(database)} AS ${NAME}
      (ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, STORAGE_VERSION '${STORAGE_VERSION}')`);
    connection.closeSync();
    return instance;
  } catch (error) {
    instance.closeSync();
    throw databaseOpenError(folder, (error as Error).message);
  }
}

async function migrate(
  connection: DuckDBConnection, folder: string, migrations: readonly (readonly string[])[],
): Promise<void> {
  const from = await schemaVersion(connection, folder);
  if (from > migrations.length) {
    throw new DataFolderError(`the data folder "${folder}" was written by a newer Flownexus `
      + `(schema ${from}, this one knows ${migrations.length}): update, or use another folder`);
  }
  if (from === migrations.length) return;
  if (from > 0) await copyAside(connection, join(folder, `before-schema-${from + 1}.duckdb`));
  await connection.run('BEGIN TRANSACTION');
  for (const sql of migrations.slice(from).flat()) await connection.run(sql);
  if (from === 0) {
    await connection.run(`INSERT INTO meta (schema_version, created_at, message_id_seed,
        next_device, next_operation, next_event, next_sequence)
      VALUES (0, epoch_ms(${Date.now()}), ${randomInt(2 ** 32)}, 1, 1, 1, 1)`);
  }
  await connection.run(`UPDATE meta SET schema_version = ${migrations.length}`);
  await connection.run('COMMIT');
}

/** 0 for a database without tables. */
async function schemaVersion(connection: DuckDBConnection, folder: string): Promise<number> {
  const tables = await connection.runAndReadAll(`SELECT table_name FROM duckdb_tables()
    WHERE database_name = '${NAME}'`);
  const names = tables.getRows().flat();
  if (names.length === 0) return 0;
  if (!names.includes('meta')) {
    throw new DataFolderError(`the database in "${folder}" is not one of Flownexus: `
      + 'choose another folder with --data');
  }
  const meta = await connection.runAndReadAll('SELECT schema_version FROM meta');
  return Number(meta.getRows()[0]?.[0]);
}

async function copyAside(connection: DuckDBConnection, path: string): Promise<void> {
  rmSync(path, { force: true });
  const name = (await connection.runAndReadAll('SELECT current_database()')).getRows()[0]?.[0];
  await connection.run(`ATTACH ${quoted(path)} AS aside`);
  await connection.run(`COPY FROM DATABASE "${String(name)}" TO aside`);
  await connection.run('CHECKPOINT aside');
  await connection.run('DETACH aside');
}

async function fillResourceTypes(connection: DuckDBConnection): Promise<void> {
  await connection.run('BEGIN TRANSACTION');
  await connection.run('DELETE FROM resource_type');
  const appender = await connection.createAppender('resource_type');
  for (const object of OBJECTS.values()) {
    for (const resource of object.resources.values()) {
      appender.appendInteger(object.id);
      appender.appendInteger(resource.id);
      for (const text of [object.name, resource.name, resource.type, resource.unit]) {
        appender.appendVarchar(text);
      }
      appender.endRow();
    }
  }
  appender.closeSync();
  await connection.run('COMMIT');
}

/** From here on SQL reaches no file but those of the data folder, and nobody can change that. */
async function closeTheDoor(connection: DuckDBConnection, folder: string): Promise<void> {
  await connection.run(`SET allowed_directories = [${quoted(folder)}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

/**
 * Texts come as lists in JSON, so many rows of a column at a time: to read one after the other
 * costs a hundred times as much. Of a text that many rows share there is but one.
 */
async function loadTable(
  connection: DuckDBConnection, columns: readonly ColumnOf<never>[], table: string,
  order = columns[0]?.name,
): Promise<LoadedTable> {
  const shared = columns.filter(({ isShared }) => isShared).map(({ name }) => name);
  const sharedTexts = [
    'SELECT NULL AS text', ...shared.map((name) => `SELECT DISTINCT ${name} FROM ${table}`),
  ].join(' UNION ');
  await connection.run(`CREATE TEMP TABLE shared_text AS
    SELECT text, (row_number() OVER () - 1)::DOUBLE AS number FROM (${sharedTexts})
    WHERE text IS NOT NULL`);
  const cells = columns.map(({ name, type, isShared }) => {
    if (isShared) return `coalesce(${name}_text.number, 'NaN') AS ${name}`;
    if (type === 'VARCHAR') return `facts.${name}`;
    const number = type === 'TIMESTAMP_MS' ? `epoch_ms(facts.${name})` : `facts.${name}`;
    return `coalesce(${number}::DOUBLE, 'NaN') AS ${name}`;
  });
  const joins = shared.map((name) =>
    `LEFT JOIN shared_text AS ${name}_text ON ${name}_text.text = facts.${name}`);
  await connection.run(`CREATE TEMP TABLE loaded AS
    SELECT ${cells.join(', ')} FROM ${table} AS facts ${joins.join(' ')}
      ORDER BY facts.${order}`);
  const names = (isText: boolean): string[] => columns
    .filter(({ type, isShared }) => isText === (type === 'VARCHAR' && isShared !== true))
    .map(({ name }) => name);
  const { text } = await readTexts(connection, 'shared_text', ['text']);
  const texts = await readTexts(connection, 'loaded', names(true));
  const numbers = await connection.run(`SELECT ${names(false).join(', ')} FROM loaded`);
  const loaded = await readNumbers(numbers);
  await connection.run('DROP TABLE shared_text');
  await connection.run('DROP TABLE loaded');
  return { ...loaded, texts, sharedTexts: text ?? [] };
}

/** Of each column its texts, as lists in JSON one after the other. */
async function readTexts(
  connection: DuckDBConnection, table: string, names: readonly string[],
): Promise<Record<string, string[]>> {
  const lists = names.map((name) => `to_json(list(${name} ORDER BY rowid)) AS ${name}`);
  const read = await connection.runAndReadAll(`SELECT ${lists.join(', ')} FROM ${table}
    GROUP BY rowid // ${TEXTS_AT_ONCE} ORDER BY rowid // ${TEXTS_AT_ONCE}`);
  return read.getColumnsObject() as Record<string, string[]>;
}
