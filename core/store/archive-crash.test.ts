// A crash at every point of a pass: whenever it comes, each value is seen once, and the next pass
// ends with the same files as if nothing had happened.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DATABASE_FILE } from '../io/data-folder.ts';
import { removeDurably, renameDurably } from '../io/durable-file.ts';
import { Archive } from './archive.ts';
import { openDatabase } from './database.ts';
import { valuesAfter } from './history.ts';
import type { RetainOrder } from './messages.ts';
import { connect, openInstance } from './opening.ts';
import { askPast } from './past.ts';
import { DIST_STORE, newFolder, NOON, removeFolders } from './testing.ts';
import { createWriter } from './writer.ts';

const DAY = 86_400_000;
const TODAY = Date.UTC(2026, 10, 23);
const ORDER: RetainOrder = {
  today: TODAY, keepFrom: undefined, rowsAtOnce: 4, bytesAtOnce: 1_000, tableRowsMax: 1_000,
};

afterAll(removeFolders);

/** An archive on a folder that does nothing more from its step `crashAt` on. */
async function open(folder: string, crashAt = Infinity, free = 2 ** 40) {
  const instance = await openInstance(
    { folder, database: join(folder, DATABASE_FILE), memoryLimit: '256MB' });
  const [main, moving] = [await connect(instance), await connect(instance)];
  const writer = await createWriter(main);
  let steps = 0;
  const step = <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    if (steps++ >= crashAt) return Promise.reject(new Error('crash'));
    return work();
  };
  const warnings: string[] = [];
  const archive = new Archive({
    folder,
    reading: (work) => work(moving),
    interrupt: () => moving.interrupt(),
    write: (statements) => step(() => writer.write(statements)),
    warn: (sentence) => warnings.push(sentence),
    operations: {
      rename: (draft, path) => step(() => renameDurably(draft, path)),
      remove: (path) => step(() => removeDurably(path)),
      freeBytes: () => free,
    },
  });
  await archive.files.open();
  const close = (): void => {
    main.closeSync();
    moving.closeSync();
    instance.closeSync();
  };
  const seen = async (source: string) => (await askPast(main, archive.files, {
    sql: `SELECT sequence FROM ${source} WHERE device = 1 ORDER BY sequence`, values: [],
    span: { from: -Infinity, to: Infinity, after: 0 },
  })).map(({ sequence }) => Number(sequence));
  return { archive, main, writer, seen, warnings, close };
}

/** Files of the 20th and 21st, one device to forget, rows of the 22nd and of today. */
async function prepared(): Promise<string> {
  const folder = newFolder();
  const { archive, main, writer, close } = await open(folder);
  const rows = (first: number, device: number, at: number) => main.run(`INSERT INTO resource
    SELECT ${first} + i, ${device}, 3303, 0, 5700, -1, epoch_ms(${at} + i)::TIMESTAMP_MS,
    epoch_ms(${at} + i)::TIMESTAMP_MS, 'float', i, NULL, NULL, NULL FROM range(3) AS t(i)`);
  await rows(1, 1, NOON - 2 * DAY);
  await rows(4, 2, NOON - DAY);
  await rows(7, 1, NOON - DAY);
  await archive.retain({ ...ORDER, rowsAtOnce: 100 });
  await rows(10, 1, NOON);
  await rows(13, 2, NOON);
  await rows(16, 1, TODAY);
  await writer.write([{ sql: 'INSERT INTO forgotten_device VALUES (2)', values: [] }]);
  await main.run('DELETE FROM resource WHERE device = 2');
  close();
  return folder;
}

test('after a crash at any step each value is seen once, and the next pass ends as ever',
  async () => {
    const kept = [7, 8, 9, 10, 11, 12, 16, 17, 18];
    const order = { ...ORDER, keepFrom: TODAY - 2 * DAY };
    let crashes = 0;
    for (let hasCrashed = true; hasCrashed; crashes++) {
      const folder = await prepared();
      const crashing = await open(folder, crashes);
      hasCrashed = await crashing.archive.retain(order).then(() => false, (error: Error) => {
        expect(error.message).toBe('crash');
        return true;
      });
      crashing.close();

      const after = await open(folder);
      const seen = await after.seen('telemetry');
      // The day that is too old goes at once or not yet.
      expect(seen, `step ${crashes}`).toEqual(seen[0] === 1 ? [1, 2, 3, ...kept] : kept);
      expect((await after.seen('newest')).at(-1)).toBe(18);
      // A file that was removed and not yet forgotten is not one that is missing.
      expect(after.warnings).toEqual([]);
      await after.archive.retain(order);
      await after.archive.retain(order);
      expect(await after.seen('telemetry')).toEqual(kept);
      const { main } = after;
      const days = (await main.runAndReadAll(`SELECT sequence, device FROM
        '${folder}/telemetry/*.parquet' ORDER BY sequence`)).getRows();
      expect(days).toEqual(kept.slice(0, 6).map((sequence) => [BigInt(sequence), 1]));
      const names = (await main.runAndReadAll('SELECT name FROM telemetry_file ORDER BY name'))
        .getRows().flat();
      expect(['newest', 'telemetry'].flatMap((name) =>
        readdirSync(join(folder, name)).map((file) => `${name}/${file}`)).sort()).toEqual(names);
      expect((await main.runAndReadAll('SELECT min(sequence) FROM resource')).getRows())
        .toEqual([[16n]]);
      after.close();
    }
    // Announce, files, switch, deletion, replacement, expiry: none was passed over.
    expect(crashes).toBeGreaterThan(12);
  });

test('a disk that is nearly full gets no files, and keeps what it has', async () => {
  const folder = await prepared();
  const { archive, seen, close } = await open(folder, Infinity, 0);
  await expect(archive.retain(ORDER)).rejects.toThrow(`less than 512 MB are free in "${folder}"`);
  expect(await seen('telemetry')).toEqual([1, 2, 3, 7, 8, 9, 10, 11, 12, 16, 17, 18]);
  close();
});

/** Stores values and moves them without end; prints the last sequence on disk. */
const MOVING = `
  import { openDatabase } from '${DIST_STORE}database.js';
  import { DuckDbStore } from '${DIST_STORE}duckdb-store.js';
  const db = await openDatabase({ folder: process.argv[1] });
  const store = new DuckDbStore(db);
  let sequence = store.load().nextSequence;
  const lastOf = new Map();
  store.onCommitted((ticket) => process.stdout.write(lastOf.get(ticket) + '\\n'));
  setInterval(() => {
    for (let count = 0; count < 50; count++, sequence++) {
      lastOf.set(store.commit([{ table: 'resource', row: { sequence, device: 1, object: 3303,
        instance: 0, resource: 5700, resourceInstance: -1, deviceTime: sequence,
        receiveTime: sequence, value: { type: 'integer', value: BigInt(sequence) } } }]), sequence);
    }
  }, 1);
  for (;;) {
    await db.retain({ today: ${NOON}, keepFrom: undefined, rowsAtOnce: 300, bytesAtOnce: 1e6,
      tableRowsMax: 1e6 });
  }`;

test('kill -9 while values are stored and moved loses none and doubles none', async () => {
  const folder = mkdtempSync(join(newFolder(), 'data-'));
  for (const lines of [3, 40, 41, 90]) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', MOVING, folder],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (data: Buffer) => {
      printed += data.toString();
      if (printed.split('\n').length > lines) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.on('close', resolve));
    const acknowledged = Number(printed.trimEnd().split('\n').at(-1));
    const db = await openDatabase({ folder });
    const values = await valuesAfter(db,
      { device: 1, object: 3303, instance: 0, resource: 5700, resourceInstance: -1 }, 0, 1e6);
    expect(values.length).toBeGreaterThanOrEqual(acknowledged);
    expect(values.map(({ sequence }) => sequence))
      .toEqual(Array.from(values, (_, index) => index + 1));
    expect(db.takeFacts().nextSequence).toBe(values.length + 1);
    await db.close();
  }
});
