// A run as a DuckDB file for one's own SQL and Parquet: what was stored, what passed on the
// network, and what was measured. Times are those of the simulated world.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  DuckDBInstance, DuckDBTimestampValue, type DuckDBAppender, type DuckDBConnection,
} from '@duckdb/node-api';
import { formatPath } from '../../core/lwm2m/path.ts';
import type { Milliseconds } from '../../core/ports.ts';
import { pathOfRow } from '../../core/store/row-path.ts';
import type { Disk } from '../../sim/store.ts';
import type { Finished } from '../run-job.ts';
import type { DatagramLog } from './datagram-log.ts';
import { DATABASE_FILE } from './files.ts';

const TABLES = [
  `CREATE TABLE run (scenario VARCHAR, seed BIGINT, driver VARCHAR, verdict VARCHAR,
    duration_ms BIGINT, is_interrupted BOOLEAN, trace_hash VARCHAR, steps BIGINT, version VARCHAR,
    "commit" VARCHAR, command VARCHAR)`,
  `CREATE TABLE expectation (text VARCHAR, measured DOUBLE, comparison VARCHAR, bound DOUBLE,
    unit VARCHAR, held BOOLEAN)`,
  'CREATE TABLE left_out (what VARCHAR, why VARCHAR)',
  'CREATE TABLE violation (happened_at TIMESTAMP_MS, oracle VARCHAR, what VARCHAR)',
  `CREATE TABLE telemetry (sequence BIGINT, endpoint VARCHAR, path VARCHAR,
    device_time TIMESTAMP_MS, receive_time TIMESTAMP_MS, num DOUBLE, txt VARCHAR)`,
  `CREATE TABLE trace (happened_at TIMESTAMP_MS, endpoint VARCHAR, direction VARCHAR, nth INTEGER,
    fate VARCHAR, datagram BLOB)`,
  'CREATE TABLE metric (happened_at TIMESTAMP_MS, name VARCHAR, fleet VARCHAR, value DOUBLE)',
];

/** Else DuckDB would take most of the machine before it writes. */
const MEMORY_LIMIT = '128MB';

export async function writeDatabase(
  folder: string, run: Finished, disk: Disk, log: DatagramLog,
): Promise<void> {
  const file = join(folder, DATABASE_FILE);
  rmSync(file, { force: true });
  const instance = await DuckDBInstance.create(file, {
    threads: '1', memory_limit: MEMORY_LIMIT,
  });
  const connection = await instance.connect();
  try {
    for (const sql of TABLES) await connection.run(sql);
    await append(connection, 'run', (row) => appendRun(row, run));
    await append(connection, 'expectation', (row) => appendExpectations(row, run));
    await append(connection, 'left_out', (row) => appendLeftOut(row, run));
    await append(connection, 'violation', (row) => appendViolations(row, run));
    await append(connection, 'telemetry', (row) => appendTelemetry(row, disk));
    await append(connection, 'trace', (row) => appendTrace(row, log));
    await append(connection, 'metric', (row) => appendMetrics(row, run));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function append(
  connection: DuckDBConnection, table: string, fill: (appender: DuckDBAppender) => void,
): Promise<void> {
  const appender = await connection.createAppender(table);
  fill(appender);
  appender.closeSync();
}

function appendRun(appender: DuckDBAppender, run: Finished): void {
  const { version, commit, command } = run.provenance;
  appender.appendVarchar(run.scenario);
  appender.appendBigInt(BigInt(run.seed));
  appender.appendVarchar(run.driver);
  appender.appendVarchar(run.verdict);
  appender.appendBigInt(BigInt(run.duration));
  appender.appendBoolean(run.isInterrupted);
  if (run.traceHash === undefined) appender.appendNull();
  else appender.appendVarchar(run.traceHash);
  appender.appendBigInt(BigInt(run.steps));
  appender.appendVarchar(version);
  if (commit === undefined) appender.appendNull();
  else appender.appendVarchar(commit);
  appender.appendVarchar(command);
  appender.endRow();
}

function appendExpectations(appender: DuckDBAppender, { expectations }: Finished): void {
  for (const { text, measured, comparison, bound, unit, held } of expectations) {
    appender.appendVarchar(text);
    if (measured === undefined) appender.appendNull();
    else appender.appendDouble(measured);
    appender.appendVarchar(comparison);
    appender.appendDouble(bound);
    appender.appendVarchar(unit);
    if (held === undefined) appender.appendNull();
    else appender.appendBoolean(held);
    appender.endRow();
  }
}

function appendLeftOut(appender: DuckDBAppender, { off }: Finished): void {
  for (const { what, why } of off) {
    appender.appendVarchar(what);
    appender.appendVarchar(why);
    appender.endRow();
  }
}

function appendViolations(appender: DuckDBAppender, { violations, start }: Finished): void {
  for (const { at, oracle, what } of violations) {
    appendTime(appender, start + at);
    appender.appendVarchar(oracle);
    appender.appendVarchar(what);
    appender.endRow();
  }
}

function appendTelemetry(appender: DuckDBAppender, { devices, telemetry }: Disk): void {
  for (const row of telemetry) {
    appender.appendBigInt(BigInt(row.sequence));
    appender.appendVarchar(devices.get(row.device)?.endpoint ?? '');
    appender.appendVarchar(formatPath(pathOfRow(row)));
    appendTime(appender, row.deviceTime);
    appendTime(appender, row.receiveTime);
    const value = row.value.type === 'objlnk' ? linkOf(row.value) : row.value.value;
    const isNumber = ['number', 'bigint', 'boolean'].includes(typeof value);
    if (isNumber) appender.appendDouble(Number(value));
    else appender.appendNull();
    if (typeof value === 'string') appender.appendVarchar(value);
    else appender.appendNull();
    appender.endRow();
  }
}

function linkOf({ object, instance }: { object: number; instance: number }): string {
  return `${object}:${instance}`;
}

function appendTrace(appender: DuckDBAppender, log: DatagramLog): void {
  for (const { at, endpoint, direction, nth, fate, bytes } of log) {
    appendTime(appender, at);
    appender.appendVarchar(endpoint);
    appender.appendVarchar(direction);
    appender.appendInteger(nth);
    appender.appendVarchar(fate);
    appender.appendBlob(bytes);
    appender.endRow();
  }
}

/** One row for each name and moment; those of no fleet are of the whole world. */
function appendMetrics(appender: DuckDBAppender, { metrics, start }: Finished): void {
  const add = (at: Milliseconds, name: string, fleet: string | undefined, value: number) => {
    appendTime(appender, start + at);
    appender.appendVarchar(name);
    if (fleet === undefined) appender.appendNull();
    else appender.appendVarchar(fleet);
    appender.appendDouble(value);
    appender.endRow();
  };
  for (const sample of metrics.samples) {
    const { at, registered, fewest, joules, airtime, charge, latency, ...counts } = sample;
    const ofRadios = { joules, airtime, 'charge per connection': charge };
    for (const [index, { name: fleet }] of metrics.fleets.entries()) {
      add(at, 'registered', fleet, registered[index] ?? 0);
      add(at, 'fewest registered', fleet, fewest[index] ?? 0);
      for (const [name, values] of Object.entries(ofRadios)) {
        const value = values[index];
        if (value !== undefined) add(at, name, fleet, value);
      }
    }
    for (const [name, value] of Object.entries(counts)) add(at, name, undefined, value);
    if (latency === undefined) continue;
    add(at, 'notify latency p50', undefined, latency.p50);
    add(at, 'notify latency p95', undefined, latency.p95);
  }
}

function appendTime(appender: DuckDBAppender, at: Milliseconds): void {
  // In microseconds, since the library never frees what it makes of a time in milliseconds: 260
  // bytes each, of millions.
  appender.appendTimestamp(new DuckDBTimestampValue(BigInt(at) * 1000n));
}
