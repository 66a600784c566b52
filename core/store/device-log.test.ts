// The device log over the real database: pages, filters, the literal search, and what is old goes.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HandClock, MemoryLog } from '../api/testing/world.ts';
import { openDatabase, type Database } from './database.ts';
import {
  DELETED_AT_ONCE_MAX, deleteOldLog, LOG_ROWS_MAX, logPage, type LogFilter, type LogSpan,
} from './device-log.ts';
import { DuckDbStore } from './duckdb-store.ts';
import { Pruning, PRUNING_INTERVAL, PRUNING_PAUSE } from './pruning.ts';
import { logRow, newFolder, NOON, removeFolders } from './testing.ts';

let db: Database;
let store: DuckDbStore;

const ALL: LogFilter = { device: 1, severity: 7, search: '' };
const NEWEST: LogSpan = { order: 'newest first', limit: 100 };

async function texts(filter: Partial<LogFilter>, span: Partial<LogSpan> = {}): Promise<string[]> {
  const { rows } = await logPage(db, { ...ALL, ...filter }, { ...NEWEST, ...span });
  return rows.map(({ text }) => text);
}

beforeAll(async () => {
  db = await openDatabase({ folder: newFolder() });
  store = new DuckDbStore(db);
});
afterAll(async () => {
  await db.close();
  removeFolders();
});

describe('lines', () => {
  const lines = [
    logRow('up', { deviceTime: 3_450 }),
    logRow('100% of "it"', { severity: 3, receiveTime: NOON + 1, module: 'Modem' }),
    logRow('of another', { device: 2 }),
    logRow('of nobody', { device: undefined, source: '198.51.100.9:514' }),
    logRow('5 lines dropped in 2 s', { severity: 4, dropped: 5, receiveTime: NOON + 2 }),
    logRow('ÄRGER_\u0000\u{1F600}', { severity: 7, module: '', receiveTime: NOON + 3 }),
  ];

  test('of an empty table are none', async () => {
    expect(await logPage(db, ALL, NEWEST)).toEqual({ rows: [], last: 0 });
  });

  test('come back as they were', async () => {
    store.commit(lines.map((row) => ({ table: 'device_log', row })));
    await store.flushed();
    const page = await logPage(db, ALL, { ...NEWEST, order: 'oldest first' });
    const ofFirst = lines.flatMap(({ device, ...row }, index) =>
      device === 1 ? [{ id: index + 1, ...row }] : []);
    expect(page).toEqual({ rows: ofFirst, last: 6 });
  });

  const GAP = '5 lines dropped in 2 s';
  test.for<[string, Partial<LogFilter>, string[]]>([
    ['of one device', { device: 2 }, ['of another']],
    ['of nobody', { device: undefined }, ['of nobody']],
    ['of a device without any', { device: 3 }, []],
    ['by severity, gaps always', { severity: 3 }, [GAP, '100% of "it"']],
    ['by text, whatever its case', { search: 'ärger_' }, ['ÄRGER_\u0000\u{1F600}', GAP]],
    ['by module', { search: 'modem: 100' }, [GAP, '100% of "it"']],
    ['by what SQL would mean', { search: '%' }, [GAP, '100% of "it"']],
    ['by what SQL would end at', { search: '\' OR 1=1 --' }, [GAP]],
    ['by both', { severity: 5, search: 'u' }, [GAP]],
  ])('%s', async ([, filter, expected]) => {
    expect(await texts(filter)).toEqual(expected);
  });

  test.for<[string, Partial<LogSpan>, string[]]>([
    ['the newest', { limit: 1 }, ['ÄRGER_\u0000\u{1F600}']],
    ['those before one', { before: 5, limit: 1 }, ['100% of "it"']],
    ['those after one', { after: 4, order: 'oldest first', limit: 1 }, [GAP]],
    ['those until a time', { until: NOON + 1.5 }, ['100% of "it"', 'up']],
  ])('a page of %s', async ([, span, expected]) => {
    expect(await texts({}, span)).toEqual(expected);
  });
});

describe('what is old', () => {
  test('goes with its time, and no id comes again', async () => {
    expect(await deleteOldLog(db, NOON + 2)).toBe(4);
    expect(await deleteOldLog(db, NOON + 2)).toBe(0);
    expect(await deleteOldLog(db, NOON + 9)).toBe(2);
    const [mark] = await db.query('SELECT next_log FROM meta');
    expect(mark).toEqual({ next_log: 7n });
  });

  test('goes when there is too much, the oldest first', async () => {
    store.commit(['a', 'b', 'c'].map((text) => ({ table: 'device_log', row: logRow(text) })));
    await store.flushed();
    expect(await deleteOldLog(db, NOON, 2)).toBe(1);
    expect(await texts({})).toEqual(['c', 'b']);
  });

  test('goes step by step, now and then', async () => {
    await db.write([{ values: [], sql: `INSERT INTO device_log SELECT 100 + range, 1, '', NULL,
      epoch_ms(1), 1, 6, '', 'x', 0 FROM range(25_000)` }]);
    const clock = new HandClock();
    const log = new MemoryLog();
    const keep = clock.now() - NOON;
    const pruning = new Pruning({
      clock, log, what: 'old lines',
      step: async (now) => await deleteOldLog(db, now - keep) === DELETED_AT_ONCE_MAX,
    });
    pruning.start();
    const left = async (): Promise<number> => {
      // Waits for the transaction under way.
      await db.write([{ sql: 'SELECT 1', values: [] }]);
      return Number((await db.query('SELECT count(*) AS n FROM device_log'))[0]?.['n']);
    };
    clock.advance(PRUNING_PAUSE);
    expect(await left()).toBe(5_002);
    clock.advance(PRUNING_PAUSE);
    expect(await left()).toBe(0);
    store.commit([{ table: 'device_log', row: logRow('late') }]);
    await store.flushed();
    clock.advance(PRUNING_INTERVAL - 1);
    expect(await left()).toBe(1);
    clock.advance(1);
    expect(await left()).toBe(0);
    pruning.stop();
    clock.advance(10 * PRUNING_INTERVAL);
    expect(log.lines).toEqual([]);
  });

  test('is also what is more than the table may hold, however new', async () => {
    // Ids are given one after the other: two that are so far apart stand for all between them.
    const first = 1_000_000;
    await db.write([{ values: [first, LOG_ROWS_MAX], sql: `INSERT INTO device_log
      SELECT $1::BIGINT + after, 1, '', NULL, epoch_ms(${NOON}), 1, 6, '', after, 0
      FROM unnest([0, 1, $2::BIGINT]) AS row(after)` }]);
    expect(await deleteOldLog(db, 0)).toBe(1);
    expect(await texts({})).toEqual([String(LOG_ROWS_MAX), '1']);
  });
});
