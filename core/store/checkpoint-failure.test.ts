// A disk that has no room for a checkpoint: what was acknowledged is there at the next start, also
// when the server is stopped before it has noticed.

import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openDatabase } from './database.ts';
import { DIST_STORE, newFolder, removeFolders } from './testing.ts';

afterAll(removeFolders);

/** Values of a megabyte: the log is put into the database after the 17th and the 34th. */
const STORED = 34;
/** Of a file, in blocks of 512 bytes: enough for the first time, too little for the second. */
const FILE_BLOCKS_MAX = 25 * 2_048;
const LOG_BYTES_MAX = 16 * 1024 * 1024;

const PROGRAM = `
  import { randomBytes } from 'node:crypto';
  import { openDatabase } from '${DIST_STORE}database.js';
  import { DuckDbStore } from '${DIST_STORE}duckdb-store.js';
  const db = await openDatabase({ folder: process.argv[1], onFailure: () => undefined });
  const store = new DuckDbStore(db);
  let sequence = store.load().nextSequence;
  const put = async () => {
    store.commit([{ table: 'resource', row: {
      sequence: sequence++, device: 1, object: 1, instance: 0, resource: 0, resourceInstance: -1,
      deviceTime: 1, receiveTime: 1,
      value: { type: 'string', value: randomBytes(500_000).toString('hex') },
    } }]);
    await store.flushed();
  };
  for (let index = 0; index < ${STORED}; index++) {
    await put();
    await db.query('SELECT 1');
  }
  await put();
  await db.close().catch(() => undefined);
`;

test('what came after a checkpoint that failed is kept for the next start', async () => {
  const folder = newFolder();
  const limited = `ulimit -f ${FILE_BLOCKS_MAX}; exec "$0" --input-type=module -e "$1" "$2"`;
  execFileSync('sh', ['-c', limited, process.execPath, PROGRAM, folder]);
  const log = readdirSync(folder).find((name) => name.endsWith('.wal')) ?? '';
  expect(statSync(join(folder, log)).size).toBeGreaterThan(LOG_BYTES_MAX);
  const db = await openDatabase({ folder });
  expect(await db.query('SELECT count(*) AS n FROM resource')).toEqual([{ n: BigInt(STORED + 1) }]);
  await db.close();
});
