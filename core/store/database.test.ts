// Stories of the data folder and the file in it: who may open it, what a crash leaves, what a
// failing disk does. Child processes run the compiled store.

import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';
import { until } from '../api/testing/world.ts';
import { DATABASE_FILE, DataFolderError } from '../io/data-folder.ts';
import { openDatabase } from './database.ts';
import { DuckDbStore } from './duckdb-store.ts';
import { connect, openInstance } from './opening.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './schema.ts';
import {
  DEVICE_COLUMNS, EVENT_COLUMNS, LOG_COLUMNS, OPERATION_COLUMNS,
} from './table-columns.ts';
import { TYPE_CODES } from './telemetry-batch.ts';
import { deviceRow, DIST_STORE, newFolder, removeFolders } from './testing.ts';

afterAll(removeFolders);

/** Source of a program that opens the folder given as its first argument. */
function program(body: string): string {
  return `
    import { openDatabase } from '${DIST_STORE}database.js';
    import { DuckDbStore } from '${DIST_STORE}duckdb-store.js';
    const folder = process.argv[1];
    ${body}`;
}

const NODE_ARGUMENTS = ['--input-type=module', '--eval'];

/** Commits pairs of values and device rows without end; prints the last sequence on disk. */
const INGEST = program(`
  const db = await openDatabase({ folder });
  const store = new DuckDbStore(db);
  const facts = store.load();
  let sequence = facts.nextSequence;
  const lastOf = new Map();
  store.onCommitted((ticket) => process.stdout.write(lastOf.get(ticket) + '\\n'));
  const row = { endpoint: 'x', displayName: '', tags: [], registration: undefined,
    ended: 'expired', firstSeenAt: 1, source: '', observeAlso: [], observeNever: [], declared: '',
    batteryPercent: undefined, signalDbm: undefined, firmwareVersion: undefined,
    manufacturer: undefined, model: undefined, firmwareState: 0 };
  setInterval(() => {
    for (let count = 0; count < 50; count++, sequence++) {
      const ticket = store.commit([
        { table: 'resource', row: { sequence, device: 1, object: 1, instance: 0, resource: 0,
          resourceInstance: -1, deviceTime: sequence, receiveTime: sequence,
          value: { type: 'integer', value: BigInt(sequence) } } },
        { table: 'device', row: { ...row, id: 1, lastSeenAt: sequence } },
      ]);
      lastOf.set(ticket, sequence);
    }
  }, 1);`);

/** Resolves with all that was printed once the child is gone. */
function ended(child: ChildProcess): Promise<string> {
  let printed = '';
  child.stdout?.on('data', (data: Buffer) => (printed += data.toString()));
  return new Promise((resolve) => child.on('close', () => resolve(printed)));
}

test('nothing acknowledged is lost on kill -9, again and again', async () => {
  const folder = newFolder();
  // The last one is long enough for checkpoints.
  for (const lines of [1, 7, 250]) {
    const child = spawn(process.execPath, [...NODE_ARGUMENTS, INGEST, folder],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    const printed = ended(child);
    let seen = 0;
    child.stdout.on('data', (data: Buffer) => {
      seen += data.toString().split('\n').length - 1;
      if (seen >= lines) child.kill('SIGKILL');
    });
    const acknowledged = Number((await printed).trimEnd().split('\n').at(-1));

    const db = await openDatabase({ folder });
    const facts = db.takeFacts();
    const [stored] = await db.query(`SELECT count(*) AS n, count(DISTINCT sequence) AS sequences,
      max(sequence) AS last, bool_and("int" = sequence) AS exact FROM resource`);
    expect(Number(stored?.['last'])).toBeGreaterThanOrEqual(acknowledged);
    // Whole groups only: nothing missing, nothing twice, the device row of the same group.
    expect(stored).toMatchObject(
      { n: stored?.['last'], sequences: stored?.['last'], exact: true });
    expect(facts.devices).toHaveLength(1);
    expect(facts.devices[0]?.lastSeenAt).toBe(Number(stored?.['last']));
    expect(facts.nextSequence).toBe(Number(stored?.['last']) + 1);
    await db.close();
  }
});

test('the log is put into the database while more is written', async () => {
  const folder = newFolder();
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, INGEST, folder],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed = ended(child);
  const lengths: number[] = [];
  child.stdout.on('data', () => {
    const { size } = statSync(join(folder, `${DATABASE_FILE}.wal`), { throwIfNoEntry: false }) ?? {};
    if (size !== undefined) lengths.push(size);
    const isShorter = lengths.length > 1 && (lengths.at(-1) ?? 0) < (lengths.at(-2) ?? 0);
    if (isShorter) child.kill('SIGKILL');
  });
  await printed;
  expect(Math.max(...lengths)).toBeLessThan(20 * 2 ** 20);
});

test('a second server on the same folder is refused in one sentence', async () => {
  const folder = newFolder();
  const holder = spawn(process.execPath, [...NODE_ARGUMENTS, program(`
    await openDatabase({ folder });
    process.stdout.write('open');`), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed = ended(holder);
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  await expect(openDatabase({ folder })).rejects.toThrow(new DataFolderError(
    `the data folder "${folder}" is in use by another server (process ${holder.pid}): `
    + 'stop it, or choose another folder with --data'));
  holder.kill('SIGKILL');
  await printed;
  await (await openDatabase({ folder })).close();
});

test('a second opening in the same process is refused, the first goes on', async () => {
  const folder = newFolder();
  const db = await openDatabase({ folder });
  await expect(openDatabase({ folder: join(folder, '..', folder.split('/').at(-1) as string) }))
    .rejects.toThrow(/is open in this process already/);
  await db.write([{ sql: 'INSERT INTO audit VALUES (epoch_ms(1), $1, $2, $3)',
    values: ['a', 'b', 'c'] }]);
  await db.close();
  const again = await openDatabase({ folder });
  expect(await again.query('SELECT action FROM audit')).toEqual([{ action: 'b' }]);
  await again.close();
});

function fingerprint(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile());
  return files.map((name) =>
    `${name} ${createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')}`);
}

test('a newer schema is refused and the files are left untouched, log included', async () => {
  const folder = newFolder();
  await (await openDatabase({ folder })).close();
  const ahead = spawnSync(process.execPath, [...NODE_ARGUMENTS, program(`
    const db = await openDatabase({ folder });
    await db.write([{ sql: 'UPDATE meta SET schema_version = 99', values: [] }]);
    process.kill(process.pid, 'SIGKILL');`), folder]);
  expect(ahead.signal).toBe('SIGKILL');
  const before = fingerprint(folder);
  expect(before).toHaveLength(6);
  await expect(openDatabase({ folder })).rejects.toThrow(new DataFolderError(
    `the data folder "${folder}" was written by a newer Flownexus (schema 99, this one knows `
    + `${SCHEMA_VERSION}): update, or use another folder`));
  expect(fingerprint(folder)).toEqual(before);
});

test('an older schema is copied aside and brought up to date', async () => {
  const folder = newFolder();
  const first = await openDatabase({ folder });
  const store = new DuckDbStore(first);
  store.commit([{ table: 'device', row: deviceRow(1) }]);
  await store.flushed();
  await first.close();
  const next = [...MIGRATIONS, ['ALTER TABLE device ADD COLUMN note VARCHAR DEFAULT \'new\'']];
  const options = { folder, database: join(folder, DATABASE_FILE), memoryLimit: '1GB' };
  const instance = await openInstance({ ...options, migrations: next });
  const connection = await connect(instance);
  const rows = await connection.runAndReadAll(
    'SELECT endpoint, note, schema_version FROM device, meta');
  expect(rows.getRows()).toEqual([['urn:imei:1000001', 'new', SCHEMA_VERSION + 1]]);
  connection.closeSync();
  instance.closeSync();

  const copy = await DuckDBInstance.create(
    join(folder, `before-schema-${SCHEMA_VERSION + 1}.duckdb`));
  const old = await copy.connect();
  const kept = await old.runAndReadAll('SELECT endpoint, schema_version FROM device, meta');
  expect(kept.getRows()).toEqual([['urn:imei:1000001', SCHEMA_VERSION]]);
  old.closeSync();
  copy.closeSync();
});

test('a folder of the first schema is brought up to date with all that is in it', async () => {
  const folder = newFolder();
  const options = { folder, database: join(folder, DATABASE_FILE), memoryLimit: '1GB' };
  const instance = await openInstance({ ...options, migrations: MIGRATIONS.slice(0, 1) });
  const connection = await connect(instance);
  await connection.run("INSERT INTO audit VALUES (epoch_ms(1), 'a', 'b', 'c')");
  connection.closeSync();
  instance.closeSync();
  const db = await openDatabase({ folder });
  expect(await db.query('SELECT action, schema_version, next_log FROM audit, meta'))
    .toEqual([{ action: 'b', schema_version: SCHEMA_VERSION, next_log: 1n }]);
  expect(await db.query('SELECT * FROM device_log')).toEqual([]);
  await db.close();
});

test('associations whose keys have no column of their own end, and their ids stay theirs', async () => {
  const folder = newFolder();
  const options = { folder, database: join(folder, DATABASE_FILE), memoryLimit: '1GB' };
  const before = MIGRATIONS.findIndex((steps) => steps.some((sql) => sql.includes(' keys ')));
  const instance = await openInstance({ ...options, migrations: MIGRATIONS.slice(0, before) });
  const connection = await connect(instance);
  await connection.run("INSERT INTO association SELECT i, 'x', 'sealed' FROM range(1, 3001) t(i)");
  await connection.run(
    "INSERT INTO association_state SELECT i, 16, 'h', 1, 1, 1, 1, 1 FROM range(1, 3001) t(i)");
  connection.closeSync();
  instance.closeSync();
  const db = await openDatabase({ folder });
  const { associations, nextAssociation } = db.takeFacts();
  expect([associations, nextAssociation]).toEqual([[], 3001]);
  expect(await db.query('SELECT count(*) AS n FROM association_state')).toEqual([{ n: 0n }]);
  await db.close();
});

test('a migration that fails leaves the old schema and all rows', async () => {
  const folder = newFolder();
  await (await openDatabase({ folder })).close();
  const broken = [...MIGRATIONS, ['DROP TABLE device', 'this is no SQL']];
  await expect(openInstance({
    folder, database: join(folder, DATABASE_FILE), memoryLimit: '1GB', migrations: broken,
  })).rejects.toThrow(/Parser Error/);
  const db = await openDatabase({ folder });
  expect(await db.query('SELECT count(*) AS n FROM device')).toEqual([{ n: 0n }]);
  await db.close();
});

test.each<[string, (place: string) => string, RegExp]>([
  ['a file in its place', (place) => {
    writeFileSync(place, 'x');
    return place;
  }, /^the data folder ".*" cannot be used: a file is in its place$/],
  ['a file on the way to it', (place) => {
    writeFileSync(place, 'x');
    return join(place, 'data');
  }, /^the data folder ".*" cannot be used: a file is in its place$/],
  ['a read-only or impossible path', () => '/proc/flownexus',
    /^the data folder "\/proc\/flownexus" cannot be used: [a-z -]+$/],
  ['a database that is none', (place) => {
    mkdirSync(place);
    writeFileSync(join(place, DATABASE_FILE), 'no database'.repeat(1_000));
    return place;
  }, /flownexus\.duckdb" is not a database: move it away, or choose another folder with --data$/],
  ['a folder in the database\'s place', (place) => {
    mkdirSync(join(place, DATABASE_FILE), { recursive: true });
    return place;
  }, /^the database in ".*" cannot be opened: /],
])('%s is told in one sentence', async (_, make, sentence) => {
  const error = await openDatabase({ folder: make(join(newFolder(), 'data')) })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataFolderError);
  expect((error as Error).message).toMatch(sentence);
});

test('a foreign database is refused and left alone', async () => {
  const folder = newFolder();
  const foreign = await DuckDBInstance.create(join(folder, DATABASE_FILE));
  const connection = await foreign.connect();
  await connection.run('CREATE TABLE cats (name VARCHAR)');
  connection.closeSync();
  foreign.closeSync();
  const before = fingerprint(folder);
  await expect(openDatabase({ folder })).rejects.toThrow(/is not one of Flownexus/);
  expect(fingerprint(folder)).toEqual(before);
});

test('nobody but the owner may read what is stored', async () => {
  const folder = join(newFolder(), 'a', 'b');
  const db = await openDatabase({ folder });
  for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))]) {
    expect(statSync(path).mode & 0o077, path).toBe(0);
  }
  await db.close();
});

test('SQL reaches no file outside the folder and changes no setting', async () => {
  const folder = newFolder();
  const db = await openDatabase({ folder });
  for (const sql of [
    `SELECT * FROM read_text('/etc/passwd')`, `COPY (SELECT 1) TO '/tmp/flownexus-leak.csv'`,
    `ATTACH '/tmp/flownexus-leak.duckdb'`, 'INSTALL httpfs', 'LOAD httpfs',
    `SET memory_limit = '1TB'`, 'SET enable_external_access = true',
  ]) await expect(db.query(sql), sql).rejects.toThrow();
  expect(existsSync('/tmp/flownexus-leak.csv')).toBe(false);
  await db.close();
});

test('what exceeds the memory goes to a folder in the data folder, and has an end', async () => {
  const folder = newFolder();
  const db = await openDatabase({ folder, memoryLimit: '32MB' });
  const [settings] = await db.query(`SELECT current_setting('temp_directory') AS folder,
    current_setting('max_temp_directory_size') AS most`);
  expect(settings).toEqual({ folder: join(realpathSync(folder), 'temporary'), most: '1.8 GiB' });
  const [sorted] = await db.query(`SELECT count(*) AS n FROM (
    SELECT row_number() OVER (ORDER BY hash(range)) FROM range(1_000_000))`);
  expect(sorted).toEqual({ n: 1_000_000n });
  await db.close();
});

test('a disk that fails stops the process with a sentence; what was acknowledged is there',
  async () => {
    const folder = newFolder();
    await (await openDatabase({ folder })).close();
    // Files end at 10 MB here: the journal's are shorter, the log of the database gets longer.
    const child = spawn('bash', ['-c', 'ulimit -f 10240; exec "$0" "$@"',
      process.execPath, ...NODE_ARGUMENTS, INGEST, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
    const acknowledged = Number((await ended(child)).trimEnd().split('\n').at(-1));
    expect([child.signalCode, child.exitCode, complaint]).toEqual([null, 1, complaint]);
    expect(complaint).toMatch(/the database in ".*" failed, what was acknowledged is safe: /);
    const db = await openDatabase({ folder });
    const [stored] = await db.query(`SELECT count(*) AS n, max(sequence) AS last FROM resource`);
    expect(acknowledged).toBeGreaterThan(0);
    expect(Number(stored?.['last'])).toBeGreaterThanOrEqual(acknowledged);
    expect(stored?.['n']).toBe(stored?.['last']);
    await db.close();
  });

test('an end while more is written is a sentence, again and again', async () => {
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, [...NODE_ARGUMENTS, `${INGEST}
      setTimeout(() => db.close().catch(() => undefined), 300);`, newFolder()],
      { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
    await ended(child);
    expect([child.signalCode, child.exitCode, complaint]).toEqual([null, 1, complaint]);
    expect(complaint).toMatch(/what was acknowledged is safe: the journal is closed/);
  }
});

test('a disk without room for the journal is told at the start', () => {
  const folder = newFolder();
  const { status, stderr } = spawnSync('bash', ['-c', 'ulimit -f 2048; exec "$0" "$@"',
    process.execPath, ...NODE_ARGUMENTS, INGEST, folder], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/DataFolderError: the data folder ".*" cannot be used: EFBIG/);
});

test('a failing statement changes nothing of its transaction, and the next one works', async () => {
  const db = await openDatabase({ folder: newFolder() });
  const insert = { sql: 'INSERT INTO audit VALUES (epoch_ms(1), $1, $2, $3)',
    values: ['a', 'b', 'c'] };
  await expect(db.write([insert, { sql: 'INSERT INTO nowhere VALUES (1)', values: [] }]))
    .rejects.toThrow(/nowhere/);
  await expect(db.query('SELECT nonsense')).rejects.toThrow(/nonsense/);
  expect(await db.write([insert, insert])).toEqual([1, 1]);
  expect(await db.query('SELECT count(*) AS n FROM audit')).toEqual([{ n: 2n }]);
  await db.close();
});

test('parameters of every type arrive as they are', async () => {
  const db = await openDatabase({ folder: newFolder() });
  const values = [1, -1.5, 2n ** 63n - 1n, 'a\u0000\u{1F600}', true, null, Uint8Array.of(0, 255)];
  const [row] = await db.query(
    'SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d, $5 AS e, $6 AS f, $7 AS g', values);
  expect(Object.values(row ?? {})).toEqual(values);
  await db.close();
});

/** Those of worker.ts, which is a program and cannot be imported: at once, and waiting. */
const QUERIES_MAX = 2 + 1_000;

test('of too many questions while the disk stands still the last is refused at once', async () => {
  const folder = newFolder();
  const db = await openDatabase({ folder });
  // To read a pipe takes until somebody has written to it.
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const standing = db.write([{ values: [], sql: `SELECT * FROM read_csv('${pipe}',
    header = false, auto_detect = false, columns = {'line': 'VARCHAR'})` }]);
  const store = new DuckDbStore(db);
  store.commit([{ table: 'device', row: deviceRow(1) }]);
  await store.flushed();
  const answers: string[] = [];
  const questions = Array.from({ length: QUERIES_MAX + 1 }, () =>
    db.query('SELECT 1').then(
      () => answers.push('answered'), (error: Error) => answers.push(error.message)));
  try {
    await until(() => answers.length > 0);
    expect(answers).toEqual(['too many questions at once']);
  } finally {
    await (await open(pipe, 'w')).close();
    await standing;
  }
  await Promise.all(questions);
  expect(answers.slice(1)).toEqual(Array(QUERIES_MAX).fill('answered'));
  await db.close();
});

test('after closing, requests are refused instead of waiting for ever', async () => {
  const db = await openDatabase({ folder: newFolder() });
  await db.close();
  await db.close();
  await expect(db.query('SELECT 1')).rejects.toThrow('the database is closed');
});

test('the columns the code knows are those of the newest schema', async () => {
  const db = await openDatabase({ folder: newFolder() });
  for (const [table, columns] of [
    ['device', DEVICE_COLUMNS], ['device_operation', OPERATION_COLUMNS],
    ['event', [{ name: 'id', type: 'BIGINT' }, ...EVENT_COLUMNS]],
    ['device_log', [{ name: 'id', type: 'BIGINT' }, ...LOG_COLUMNS]],
  ] as const) {
    const rows = await db.query(`SELECT column_name AS name, data_type AS type
      FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = $1
      ORDER BY column_index`, [table]);
    expect(rows).toEqual(columns.map(({ name, type }) => ({ name, type })));
  }
  const types = await db.query('SELECT unnest(enum_range(NULL::value_type))::VARCHAR AS type');
  expect(types.map(({ type }) => type)).toEqual(Object.keys(TYPE_CODES));
  await db.close();
});
