// What run.duckdb holds of a run, by SQL, and that it says what it does not hold.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, it } from 'vitest';
import { runScenario } from '../../sim/run.ts';
import { parseScenario } from '../../sim/scenario/file.ts';
import type { Disk } from '../../sim/store.ts';
import { PACKAGE_ROOT } from '../version.ts';
import { writeDatabase } from './database.ts';
import { DatagramLog } from './datagram-log.ts';
import { DATABASE_FILE } from './files.ts';
import { htmlOf } from './html.ts';
import { summaryOf } from './summary.ts';
import { held } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-database-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs two meters for ten minutes; what SQL finds in the database of it. */
async function played(log: DatagramLog, ...queries: readonly string[]) {
  const scenario = parseScenario([
    'name: Small', 'why: To be stored.', 'duration: 10m',
    'fleets: { meters: { count: 2, radio: lte-m } }',
  ].join('\n'), 's.yaml');
  if (!scenario.ok) throw new Error(scenario.reason[0]!.what);
  let end: Disk | undefined;
  let datagrams = 0;
  const result = runScenario(scenario.value, {
    observers: [log, { ended: () => { datagrams++; } }],
    onEnd: ({ disk }) => { end = disk; },
  });
  const run = { ...held, ...result, off: log.off };
  await writeDatabase(folder, run, end!, log);
  const instance = await DuckDBInstance.create(join(folder, DATABASE_FILE));
  const connection = await instance.connect();
  const found: unknown[] = [];
  for (const sql of queries) found.push((await connection.runAndReadAll(sql)).getRows());
  connection.closeSync();
  instance.closeSync();
  return { run, datagrams, found };
}

it('a trace that does not fit is cut, and all that is written of the run says so', async () => {
  const { run, datagrams, found } = await played(
    new DatagramLog(folder, 5), 'SELECT count(*) FROM trace', 'SELECT what, why FROM left_out');
  const [what, why] = [
    `the last ${datagrams - 5} datagrams in the trace of run.duckdb`, 'it keeps the first 5',
  ];
  expect(datagrams).toBeGreaterThan(6);
  expect(found).toEqual([[[5n]], [[what, why]]]);
  expect(run.off).toEqual([{ what, why }]);
  expect(htmlOf(run)).toContain(`<td>${what}</td><td>${why}</td>`);
  expect(summaryOf(run, folder, 'report')).toContain(`  off  ${what}: ${why}`);
});

it('a trace that fits is whole, and nothing is said', async () => {
  const { datagrams, found } = await played(
    new DatagramLog(folder), 'SELECT count(*) FROM trace', 'SELECT count(*) FROM left_out');
  expect(found).toEqual([[[BigInt(datagrams)]], [[0n]]]);
});

it('charge and airtime of radios are metrics, and in the report', async () => {
  const { run, found } = await played(new DatagramLog(folder), `SELECT name, fleet, max(value) > 0
    FROM metric WHERE fleet IS NOT NULL GROUP BY ALL ORDER BY name`);
  expect(found[0]).toEqual(['airtime', 'charge per connection', 'fewest registered', 'joules', 'registered']
    .map((name) => [name, 'meters', true]));
  const [energy] = run.metrics.energy;
  const html = htmlOf(run);
  for (const text of ['meters, lte-m', `${energy!.connections}</td>`, 'charge per connection <b>']) {
    expect(html).toContain(text);
  }
  expect(htmlOf(held)).not.toContain('Energy of radios');
});

it('the guide names each table, column and metric, and its SQL runs', async () => {
  const guide = readFileSync(join(PACKAGE_ROOT, 'docs', 'scenarios.md'), 'utf8');
  const [, sql = ''] = /```sql\n([^]*?)```/.exec(guide) ?? [];
  const [worst = '', copy = ''] = sql.split(';\n');
  const parquet = join(folder, 'telemetry.parquet');
  const { found } = await played(
    new DatagramLog(folder), 'SELECT table_name, column_name FROM information_schema.columns',
    `SELECT DISTINCT 'name', name FROM metric`, worst,
    copy.replace('telemetry.parquet', parquet),
    `SELECT (SELECT count(*) FROM telemetry) = count(*) FROM '${parquet}'`);
  const [columns, metrics, bytes, , isSame] = found as [string, string][][];
  const rowOf = (table: string) => guide.split('\n').find((line) => line.startsWith(`| \`${table}\``));
  for (const [table, column] of columns!) expect(rowOf(table)).toContain(`\`${column}\``);
  for (const [, name] of metrics!) expect(guide).toMatch(new RegExp(`^\\| .*\`${name}\`.* \\|`, 'm'));
  expect(bytes).toHaveLength(2);
  expect(isSame).toEqual([[true]]);
});
