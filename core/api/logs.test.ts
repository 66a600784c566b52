// Device logs over the API: pages, the tail that follows live, and the file to download.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeviceLogRow } from '../store/changes.ts';
import { DuckDbStore } from '../store/duckdb-store.ts';
import { logRow, NOON } from '../store/testing.ts';
import { LOG_LINES_MAX } from './inputs.ts';
import { LiveLog, LOG_TAIL_MAX } from './live-log.ts';
import { TICK } from './live.ts';
import { FILE_PAGE } from './log-files.ts';
import type { Browser, EventStream } from './testing/browser.ts';
import { startWorld, type World } from './testing/world.ts';
import type { LogPageView } from './views.ts';

const EVERYTHING = { severity: 7, search: '' };
const UNMATCHED = { device: undefined, source: '198.51.100.9:514' };

let world: World;
let viewer: Browser;
let store: DuckDbStore;

/** Stores rows as the server does, and tells of them once they are on disk. */
async function report(...rows: readonly DeviceLogRow[]): Promise<void> {
  store.commit(rows.map((row) => ({ table: 'device_log', row })));
  await store.flushed();
  for (const device of new Set(rows.map((row) => row.device))) {
    const endpoint = device === undefined ? undefined : device === 1 ? 'sensor' : 'urn:a/"b"';
    world.management.tell({ kind: 'logged', endpoint });
  }
}

function texts({ rows }: Pick<LogPageView, 'rows'>): string[] {
  return rows.map(({ text }) => text);
}

beforeAll(async () => {
  world = await startWorld();
  viewer = await world.as('viewer');
  world.management.add('sensor', { id: 1 });
  world.management.add('urn:a/"b"', { id: 2 });
  store = new DuckDbStore(world.db);
  await report(
    logRow('up', { deviceTime: 3_450 }), logRow('down', { severity: 3, receiveTime: NOON + 1 }),
    logRow('odd', { device: 2, module: '' }), logRow('stray', UNMATCHED),
    logRow('7 lines dropped in 2 s', { ...UNMATCHED, severity: 4, source: '', dropped: 7 }),
  );
});
afterAll(() => world.end());

describe('a page', () => {
  const ask = (input: object) => viewer.mustCall<LogPageView>('logs.lines',
    { endpoint: 'sensor', ...EVERYTHING, limit: 10, ...input });

  test('has the lines of a device, the newest first, and where to go on', async () => {
    expect(await ask({})).toEqual({ last: 5, rows: [
      { id: 2, source: '192.0.2.7:514', receiveTime: NOON + 1, facility: 16, severity: 3,
        module: 'net', text: 'down', dropped: 0 },
      { id: 1, source: '192.0.2.7:514', deviceTime: 3_450, receiveTime: NOON, facility: 16,
        severity: 6, module: 'net', text: 'up', dropped: 0 },
    ] });
  });

  test('is narrowed by severity, text, line and time', async () => {
    expect(texts(await ask({ severity: 3 }))).toEqual(['down']);
    expect(texts(await ask({ search: 'NET: u' }))).toEqual(['up']);
    expect(texts(await ask({ before: 2 }))).toEqual(['up']);
    expect(texts(await ask({ until: NOON }))).toEqual(['up']);
    expect(texts(await ask({ endpoint: null }))).toEqual(['7 lines dropped in 2 s', 'stray']);
  });

  test('of nobody, or without end, is refused', async () => {
    const wrong = { endpoint: 'nobody', ...EVERYTHING, limit: 1 };
    expect((await viewer.call('logs.lines', wrong)).status).toBe(404);
    for (const input of [{ limit: LOG_LINES_MAX + 1 }, { severity: 8 }, { search: 'x'.repeat(201) }]) {
      const { status } = await viewer.call('logs.lines',
        { endpoint: 'sensor', ...EVERYTHING, limit: 1, ...input });
      expect(status).toBe(400);
    }
  });
});

describe('a live tail', () => {
  const next = (stream: EventStream, messages: number) =>
    stream.until(() => stream.of('log').length >= messages, () => world.clock.advance(TICK));

  test('begins after the page that is shown, and brings what comes', async () => {
    const stream = await viewer.stream({ page: 'device', endpoint: 'sensor', charts: [],
      log: { ...EVERYTHING, after: 1 } });
    await next(stream, 1);
    await report(logRow('of another', { device: 2 }), logRow('a'), logRow('b'));
    await next(stream, 2);
    const told = stream.of('log');
    expect(told.map(texts)).toEqual([['down'], ['b', 'a']]);
    expect(told.map(({ replaces }) => replaces)).toEqual([false, false]);
    stream.leave();
  });

  test('of lines of which nobody knows whose they are, by severity', async () => {
    const stream = await viewer.stream({ page: 'logs', log: { severity: 3, search: '', after: 5 } });
    await stream.until(() => stream.of('opened').length > 0);
    await report(logRow('quiet', UNMATCHED), logRow('of a device', { severity: 1 }),
      logRow('loud', { ...UNMATCHED, severity: 1 }));
    await next(stream, 1);
    expect(stream.of('log').map(texts)).toEqual([['loud']]);
    stream.leave();
  });

  test('that falls behind shows the newest, in place of all before', async () => {
    const log = new LiveLog();
    log.show({ ...EVERYTHING, after: 0 });
    const lines = Array.from({ length: LOG_TAIL_MAX + 50 }, (_, n) => logRow(`line ${n}`));
    await report(...lines);
    const news = await log.read(world.db, 1);
    expect(news?.replaces).toBe(true);
    expect(news?.rows).toHaveLength(LOG_TAIL_MAX);
    expect(news?.rows[0]?.text).toBe(`line ${LOG_TAIL_MAX + 49}`);
    expect(log.isBehind).toBe(false);
    log.logged();
    expect(await log.read(world.db, 1)).toBeUndefined();
  });

  test('says nothing of what is no longer shown', async () => {
    const log = new LiveLog();
    expect(await log.read(world.db, 1)).toBeUndefined();
    log.show({ ...EVERYTHING, after: 0 });
    const reading = log.read(world.db, 1);
    log.show({ severity: 0, search: '', after: 0 });
    expect(await reading).toBeUndefined();
    expect(log.isBehind).toBe(true);
    log.show(undefined);
    log.logged();
    expect(log.isBehind).toBe(false);
  });
});

describe('the file', () => {
  const get = (query: string) => viewer.fetch('GET', `/files/log.txt${query}`);

  test('has every field, the oldest line first', async () => {
    const { status, headers, text } = await get('?endpoint=sensor&search=n');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(headers['content-disposition']).toBe('attachment; filename="sensor.log"');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(text.split('\n').slice(0, 2)).toEqual([
      '2026-11-22T12:00:00.000Z\t1970-01-01T00:00:03.450Z\t192.0.2.7:514\tinfo\tnet\tup',
      '2026-11-22T12:00:00.001Z\t-\t192.0.2.7:514\terror\tnet\tdown',
    ]);
  });

  test('is of nobody without an endpoint, and narrowed as a page is', async () => {
    const { text, headers } = await get('?severity=4');
    expect(headers['content-disposition']).toBe('attachment; filename="unmatched.log"');
    expect(text).toBe('2026-11-22T12:00:00.000Z\t-\t-\twarning\tnet\t7 lines dropped in 2 s\n'
      + '2026-11-22T12:00:00.000Z\t-\t198.51.100.9:514\talert\tnet\tloud\n');
  });

  test('has a name that no header breaks on', async () => {
    const { headers } = await get(`?endpoint=${encodeURIComponent('urn:a/"b"')}`);
    expect(headers['content-disposition']).toBe('attachment; filename="urn_a__b_.log"');
  });

  test('may be longer than what is read at once', async () => {
    const lines = Array.from({ length: FILE_PAGE + 10 }, (_, n) => logRow(`${n}.`, { device: 2 }));
    await report(...lines);
    const { text } = await get(`?endpoint=${encodeURIComponent('urn:a/"b"')}`);
    const numbers = text.trimEnd().split('\n').slice(-lines.length)
      .map((line) => Number(line.split('\t').at(-1)));
    expect(numbers).toEqual(lines.map((_, n) => n));
  });

  test('is refused to strangers, for nobody and for nonsense', async () => {
    const stranger = world.browser();
    expect((await stranger.fetch('GET', '/files/log.txt?endpoint=sensor')).status).toBe(401);
    expect((await get('?endpoint=nobody')).status).toBe(404);
    expect((await get('?severity=9')).status).toBe(400);
  });
});
