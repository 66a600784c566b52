// What the stopped server's database must hold of each peer that lived through its story: read
// straight from the file, past everything that could be kept in memory only.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { DATABASE_FILE } from '../core/io/data-folder.ts';
import { FACTS, type Peer } from './device.ts';
import type { Report } from './report.ts';
import { AFTER_RESTART, NOTIFIED } from './story.ts';

export async function checkStored(
  report: Report, folder: string, peers: readonly Peer[],
): Promise<void> {
  if (peers.length === 0) return;
  const file = join(folder, DATABASE_FILE);
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const values = valuesIn(folder);
  for (const { name, endpoint, shakesHandsAnew } of peers) {
    await report.check(name, 'its device row is stored, with what it reported', async () => {
      assert.deepEqual(await query(connection, `
        SELECT ended, manufacturer, model, battery_percent FROM device WHERE endpoint = $1
      `, endpoint), [['deregistered', FACTS.manufacturer, FACTS.model, FACTS.batteryPercent]]);
    });
    await report.check(name, 'every notified value is stored once, and none after', async () => {
      const stored = await query(connection, `
        SELECT type::VARCHAR, num FROM ${values} JOIN device ON device = id
        WHERE endpoint = $1 AND object = 3303 AND instance = 0 AND resource = 5700
        ORDER BY sequence
      `, endpoint);
      const said = [FACTS.temperature, ...NOTIFIED, AFTER_RESTART];
      assert.deepEqual(shakesHandsAnew ? withoutRepeats(stored) : stored,
        said.map((celsius) => ['float', celsius]));
    });
    await report.check(name, 'both instances of a multiple resource are stored', async () => {
      assert.deepEqual(await query(connection, `
        SELECT DISTINCT resource_instance, int FROM ${values} JOIN device ON device = id
        WHERE endpoint = $1 AND object = 3 AND instance = 0 AND resource = 7 ORDER BY 1
      `, endpoint), FACTS.millivolts.map((millivolts, index) => [index, BigInt(millivolts)]));
    });
    await report.check(name, 'its events and the operator\'s read are stored', async () => {
      const events = await query(connection, `
        SELECT type FROM event JOIN device ON device = device.id WHERE endpoint = $1
        ORDER BY event.id
      `, endpoint);
      assert.equal(events[0]?.[0], 'registered');
      assert.equal(events.at(-1)?.[0], 'deregistered');
      assert.deepEqual(await query(connection, `
        SELECT kind, path, status FROM device_operation JOIN device ON device = device.id
        WHERE endpoint = $1
      `, endpoint), [['read', '/3/0/1', 'CONFIRMED']]);
    });
  }
  connection.closeSync();
  instance.closeSync();
}

/** Rows that are not as the one before. */
function withoutRepeats(rows: readonly unknown[][]): unknown[][] {
  return rows.filter((row, index) => !isDeepStrictEqual(row, rows[index - 1]));
}

/** Those in the table, and in the files of days that ended meanwhile: it may be midnight. */
function valuesIn(folder: string): string {
  const days = join(folder, 'telemetry');
  const files = readdirSync(days).filter((name) => name.endsWith('.parquet'))
    .map((name) => `'${join(days, name)}'`);
  return files.length === 0 ? 'resource' : `(SELECT * FROM resource
    UNION SELECT * EXCLUDE (endpoint) FROM read_parquet([${files.join(', ')}])) AS resource`;
}

async function query(
  connection: DuckDBConnection, sql: string, endpoint: string,
): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql, [endpoint])).getRows();
}
