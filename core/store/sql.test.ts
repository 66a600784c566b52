// Somebody's own SQL against the real database: what it may ask, every way out that we know of, and
// what it costs at most.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Change } from './changes.ts';
import { openDatabase, type Database } from './database.ts';
import { DuckDbStore } from './duckdb-store.ts';
import { LONG_WAITING_MAX } from './long-questions.ts';
import { deviceRow, newFolder, operationRow, removeFolders, telemetryRow } from './testing.ts';

let db: Database;
let folder: string;

beforeAll(async () => {
  folder = newFolder();
  db = await openDatabase({ folder, memoryLimit: '128MB' });
  const store = new DuckDbStore(db);
  store.load();
  store.commit([
    { table: 'device', row: deviceRow(1) },
    { table: 'resource', row: telemetryRow(1, { type: 'float', value: 20 }) },
    { table: 'resource', row: telemetryRow(2, { type: 'integer', value: 2n ** 53n + 1n }) },
    { table: 'event', row: { device: 1, type: 'registered', at: 5, detail: '', sequences: [] } },
    { table: 'device_operation', row: operationRow(1, { parameters: 'a secret' }) },
  ]);
  await store.flushed();
  writeFileSync(join(folder, 'secret.csv'), 'a\nsecret\n');
});
afterAll(async () => {
  await db.close();
  removeFolders();
});

const ask = (sql: string, rowsMax = 100, milliseconds = 20_000) =>
  db.sql(sql, { rowsMax, milliseconds });

test('a table has names, types and rows, exact where JSON is not', async () => {
  expect(await ask('SELECT path, number, text FROM telemetry ORDER BY sequence')).toEqual({
    ok: true, value: {
      columns: [
        { name: 'path', type: 'VARCHAR' }, { name: 'number', type: 'DOUBLE' },
        { name: 'text', type: 'VARCHAR' },
      ],
      rows: [
        ['/3303/0/5700', 20, null], ['/3303/0/5700', 9_007_199_254_740_992, '9007199254740993'],
      ],
      isCut: false,
    },
  });
});

test.each([
  'SELECT count(*) FROM telemetry',
  'FROM device SELECT endpoint LIMIT 1',
  'SELECT d.endpoint, e.type FROM device d JOIN event e ON e.device = d.endpoint',
  `WITH day AS (SELECT time_bucket(INTERVAL 1 day, device_time) AS d, avg(number) AS mean
    FROM telemetry GROUP BY ALL) SELECT d, mean, lag(mean) OVER (ORDER BY d) FROM day`,
  'SELECT (SELECT max(number) FROM telemetry), EXISTS (SELECT 1 FROM device)',
  'SELECT status, outcome FROM device_operation UNION SELECT name, unit FROM resource_type',
  `SELECT CASE WHEN number BETWEEN 1 AND 3 THEN 'a' ELSE upper(type) END, number::BIGINT,
    device_time::DATE, strftime(device_time, '%H'), path LIKE '/3%' FROM telemetry`,
  'SELECT * FROM range(3) t(i), unnest([1, 2]) u(x) ORDER BY ALL',
  'SELECT DISTINCT ON (path) * EXCLUDE (text), quantile_cont(number, 0.5) OVER () FROM telemetry',
  'SELECT list_transform([1, 2], lambda x: x + 1), now() > TIMESTAMP \'2020-01-01\', nullif(1, 2)',
  'SELECT 1;',
])('%s is answered', async (sql) => {
  expect(await ask(sql)).toMatchObject({ ok: true });
});

/** Each with a part of the sentence that refuses it. */
test.each([
  // Other tables.
  ['SELECT * FROM "user"', 'is no table here'],
  ['SELECT * FROM USER', 'is no table here'],
  ['SELECT * FROM main."user"', 'is no table here'],
  ['SELECT * FROM flownexus.main.session', 'is no table here'],
  ['SELECT * FROM main.device', 'is no table here'],
  ['SELECT * FROM api_token', 'is no table here'],
  ['SELECT * FROM audit', 'is no table here'],
  ['SELECT * FROM meta', 'is no table here'],
  ['SELECT * FROM device, (SELECT * FROM session)', 'is no table here'],
  ['SELECT (SELECT max(hash) FROM main.api_token)', 'is no table here'],
  ['SELECT 1 WHERE EXISTS (FROM main.api_token)', 'is no table here'],
  ['SELECT * FROM device WHERE id IN (SELECT 1 FROM main."user")', 'is no table here'],
  ['SELECT * FROM device ORDER BY (SELECT max(name) FROM main."user")', 'is no table here'],
  ['SELECT sum(1) FILTER (WHERE (SELECT true FROM main."user")) FROM device', 'is no table here'],
  ['SELECT * FROM device LIMIT (SELECT count(*) FROM main."user")', 'is no table here'],
  ['SELECT row_number() OVER (ORDER BY (SELECT 1 FROM main.audit)) FROM device', 'no table here'],
  ['SELECT * FROM range((SELECT count(*) FROM main."user"))', 'is no table here'],
  ['SELECT list_transform([1], lambda x: (SELECT max(name) FROM main."user"))', 'no table here'],
  ['VALUES ((SELECT max(name) FROM main."user"))', 'is no table here'],
  // A WITH of the same name reads the table itself.
  ['WITH x AS (SELECT * FROM main."user") SELECT * FROM x', 'is no table here'],
  ['WITH "user" AS (SELECT * FROM "user") SELECT * FROM "user"', 'cannot be a name of WITH'],
  ['WITH API_token AS (FROM api_TOKEN) FROM api_token', 'cannot be a name of WITH'],
  ['FROM (WITH resource AS (FROM resource) FROM resource)', 'cannot be a name of WITH'],
  ['SELECT (WITH session AS (FROM session) SELECT max(id_hash) FROM session)', 'of WITH'],
  ['WITH a AS (WITH audit AS (FROM audit) FROM audit) FROM a', 'cannot be a name of WITH'],
  ['WITH x AS (FROM "user") FROM x', 'is no table here'],
  ['WITH duckdb_tables AS (FROM duckdb_tables) FROM duckdb_tables', 'a name of WITH'],
  ['WITH sqlite_master AS (FROM sqlite_master) FROM sqlite_master', 'a name of WITH'],
  ['WITH pg_tables AS (FROM pg_tables) FROM pg_tables', 'a name of WITH'],
  ['WITH "secret.csv" AS (SELECT * FROM "secret.csv") SELECT * FROM "secret.csv"', 'of WITH'],
  ['WITH "/etc/passwd" AS (FROM "/etc/passwd") FROM "/etc/passwd"', 'of WITH'],
  // Columns that are not shown.
  ['SELECT token_base FROM device', 'not found'],
  ['SELECT parameters FROM device_operation', 'not found'],
  // The catalog.
  ['SELECT * FROM duckdb_secrets()', 'is no table here'],
  ['SELECT * FROM duckdb_tables()', 'is no table here'],
  ['SELECT * FROM duckdb_tables', 'is no table here'],
  ['SELECT * FROM sqlite_master', 'is no table here'],
  ['SELECT * FROM information_schema.tables', 'is no table here'],
  ['SELECT * FROM pg_catalog.pg_tables', 'is no table here'],
  ['SELECT * FROM pragma_table_info(\'user\')', 'is no table here'],
  ['DESCRIBE device', 'show_ref cannot be asked for'],
  ['SHOW TABLES', 'show_ref cannot be asked for'],
  ['SUMMARIZE device', 'cannot be asked for'],
  ['SELECT * FROM (SHOW ALL TABLES)', 'cannot be asked for'],
  // Tables by their names as texts.
  ['SELECT * FROM query(\'SELECT * FROM main."user"\')', 'is no table here'],
  ['SELECT * FROM query_table(\'main.user\')', 'is no table here'],
  ['SELECT * FROM query_table([\'user\'])', 'is no table here'],
  ['SELECT * FROM json_execute_serialized_sql(\'{}\')', 'is no table here'],
  ['SELECT * FROM seq_scan(\'user\')', 'is no table here'],
  ['SELECT json_serialize_plan(\'SELECT * FROM main."user"\')', 'cannot be used here'],
  ['SELECT stats(endpoint) FROM device', 'cannot be used here'],
  // Files.
  ['SELECT * FROM \'secret.csv\'', 'is no table here'],
  ['SELECT * FROM read_csv(\'secret.csv\')', 'is no table here'],
  ['SELECT * FROM read_text(\'/etc/passwd\')', 'is no table here'],
  ['SELECT * FROM read_blob(\'*\')', 'is no table here'],
  ['SELECT * FROM read_parquet(\'x\')', 'is no table here'],
  ['SELECT * FROM read_json(\'x\')', 'is no table here'],
  ['SELECT * FROM glob(\'*\')', 'is no table here'],
  ['SELECT * FROM read_duckdb(\'flownexus.duckdb\')', 'is no table here'],
  ['SELECT * FROM parquet_metadata(\'x\')', 'is no table here'],
  ['SELECT * FROM sniff_csv(\'x\')', 'is no table here'],
  ['COPY device TO \'x.csv\'', 'Only one SELECT'],
  ['COPY (SELECT 1) TO \'x.csv\'', 'Only one SELECT'],
  ['EXPORT DATABASE \'x\'', 'Only one SELECT'],
  ['ATTACH \'x.duckdb\'', 'Only one SELECT'],
  ['INSTALL httpfs', 'Only one SELECT'],
  ['LOAD httpfs', 'Only one SELECT'],
  // Settings and changes.
  ['SET memory_limit = \'10GB\'', 'Only one SELECT'],
  ['PRAGMA database_list', 'Only one SELECT'],
  ['USE flownexus.main', 'Only one SELECT'],
  ['DELETE FROM main."user"', 'Only one SELECT'],
  ['WITH x AS (DELETE FROM main."user" RETURNING 1) SELECT * FROM x', 'This is no SQL'],
  ['CREATE TABLE x AS SELECT 1', 'Only one SELECT'],
  ['CREATE MACRO upper(x) AS 1', 'Only one SELECT'],
  ['CALL checkpoint()', 'Only one SELECT'],
  ['SELECT * FROM force_checkpoint()', 'is no table here'],
  ['CHECKPOINT', 'Only one SELECT'],
  ['BEGIN', 'Only one SELECT'],
  ['EXPLAIN ANALYZE SELECT 1', 'Only one SELECT'],
  ['PREPARE p AS SELECT 1', 'Only one SELECT'],
  ['SELECT current_setting(\'secret_directory\')', 'cannot be used here'],
  ['SELECT system.main.current_setting(\'x\')', 'cannot be used here'],
  ['SELECT getvariable(\'x\')', 'cannot be used here'],
  ['SELECT write_log(\'x\')', 'cannot be used here'],
  ['SELECT nextval(\'x\')', 'cannot be used here'],
  ['SELECT setseed(0.5)', 'cannot be used here'],
  ['SELECT current_query()', 'cannot be used here'],
  ['SELECT sleep_ms(100000)', 'cannot be used here'],
  // Several, none, or what is no SQL.
  ['SELECT 1; SELECT 2', 'Only one SELECT'],
  ['SELECT 1; DROP TABLE main."user"', 'Only one SELECT'],
  ['', 'Only one SELECT'],
  ['-- nothing', 'Only one SELECT'],
  ['SELEC 1', 'This is no SQL: syntax error at or near "SELEC".'],
  ['SELECT $1', 'parameter expressions cannot be asked for'],
  // Much out of little.
  ['WITH RECURSIVE t AS (SELECT 1 a UNION ALL SELECT a + 1 FROM t) SELECT * FROM t',
    'recursive_cte_node cannot be asked for'],
  ['SELECT repeat(\'x\', 1000000000)', 'cannot be used here'],
  ['SELECT lpad(\'x\', 1000000000, \'y\')', 'cannot be used here'],
  ['SELECT range(1000000000)', 'cannot be used here'],
  ['SELECT printf(\'%1000000000d\', 1)', 'cannot be used here'],
  // Mistakes are told in DuckDB's words.
  ['SELECT nothing FROM device', 'Binder Error: Referenced column "nothing" not found'],
  ['SELECT \'x\'::INTEGER', 'Conversion Error'],
])('%s is refused', async (sql, sentence) => {
  const answer = await ask(sql);
  expect(answer).toMatchObject({ ok: false, reason: { kind: 'refused' } });
  expect(answer.ok ? '' : answer.reason.sentence).toContain(sentence);
});

test('more rows than wanted are cut and said so; huge answers are refused', async () => {
  expect(await ask('SELECT * FROM range(1000000000000)', 3))
    .toMatchObject({ value: { rows: [['0'], ['1'], ['2']], isCut: true } });
  const long = `SELECT replace(replace('${'x'.repeat(1_000)}', 'x', '${'y'.repeat(1_000)}'),
    'y', 'zzzzzzzzzz')`;
  expect(await ask(long))
    .toMatchObject({ ok: false, reason: { sentence: 'The answer has more than 8 MB.' } });
  const nested = (length: number) =>
    `SELECT {'a': ['${'x'.repeat(length)}'], 'b': 1} FROM range(1000000)`;
  expect(await ask(nested(8_000), 1_000)).toMatchObject({ value: { isCut: true } });
  expect(await ask(nested(9_000), 1_000))
    .toMatchObject({ ok: false, reason: { sentence: 'The answer has more than 8 MB.' } });
});

test.each([
  ['SELECT count(*) FROM range(1000000000000)'],
  ['SELECT sum(hash(a.i, b.i) % 7) FROM range(10000000) a(i), range(10000000) b(i)'],
  ['SELECT * FROM range(100000000000) t(i) WHERE hash(i) = 1'],
])('%s is stopped in time, and the next question is answered', async (sql) => {
  const began = performance.now();
  expect(await ask(sql, 10, 500)).toMatchObject({
    ok: false, reason: { kind: 'too much', sentence: 'This takes too long; ask for less.' },
  });
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(await ask('SELECT 1')).toMatchObject({ value: { rows: [[1]] } });
});

const HUNGRY = 'SELECT list(i) FROM range(1000000000) t(i)';

test('what needs more memory than there is is told so, and writing goes on meanwhile', async () => {
  const hungry = ask(HUNGRY);
  const writes = Array.from({ length: 20 }, (_, index) => db.write([{
    sql: 'INSERT INTO audit VALUES (now()::TIMESTAMP, $1, $1, $1)', values: [String(index)],
  }]));
  expect((await Promise.all(writes)).flat()).toEqual(Array(20).fill(1));
  expect(await hungry).toMatchObject({ ok: false, reason: { kind: 'too much' } });
});

test('what devices say is stored once, however many questions take all the memory', async () => {
  const store = new DuckDbStore(db);
  const hungry = Array.from({ length: 4 }, () => ask(HUNGRY));
  const [first, rounds] = [1_000, 100];
  let sequence = first;
  for (let round = 0; round < rounds; round++) {
    store.commit(Array.from({ length: 2_000 }, (): Change => ({
      table: 'resource', row: telemetryRow(sequence++, { type: 'float', value: 1 }),
    })));
    const event = { device: 1, type: 'updated', at: round, detail: '', sequences: [] } as const;
    store.commit([{ table: 'event', row: event }]);
    await store.flushed();
  }
  await store.settled();
  const tooMuch = expect.objectContaining({ kind: 'too much' });
  expect((await Promise.all(hungry)).map((answer) => !answer.ok && answer.reason)).toEqual(
    Array(hungry.length).fill(tooMuch));
  expect(await db.query(`SELECT count(*) AS n, count(DISTINCT sequence) AS different
    FROM resource WHERE sequence >= ${first}`))
    .toEqual([{ n: BigInt(sequence - first), different: BigInt(sequence - first) }]);
  expect(await db.query(`SELECT count(*) AS n FROM event WHERE type = 'updated'`))
    .toEqual([{ n: BigInt(rounds) }]);
});

test('one at a time is answered, some wait, more are told to come again', async () => {
  const slow = ask('SELECT count(*) FROM range(1000000000000)', 1, 1_000);
  const others = Array.from({ length: LONG_WAITING_MAX }, () => ask('SELECT 1'));
  expect(await others.at(-1)).toMatchObject({ ok: false, reason: { kind: 'busy' } });
  expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await slow).toMatchObject({ reason: { kind: 'too much' } });
  expect(await Promise.all(others.slice(0, -1))).toEqual(
    Array(LONG_WAITING_MAX - 1).fill(expect.objectContaining({ ok: true })));
});

test('a table of a later version is not shown by being there', async () => {
  await db.write([{ sql: 'CREATE TABLE main.later (a INTEGER)', values: [] }]);
  for (const sql of ['FROM later', 'WITH later AS (FROM later) FROM later']) {
    expect(await ask(sql)).toMatchObject({ ok: false, reason: { kind: 'refused' } });
  }
  expect(await ask('WITH device AS (FROM device) FROM device')).toMatchObject({ ok: true });
});
