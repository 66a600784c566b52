// How lines join a log that is shown: on top while it follows, counted while it is scrolled.

import { describe, expect, test } from 'vitest';
import type { LogLine } from '../wire.ts';
import { emptyLog, PAGE, SHOWN_MAX, takeNews, takeOlder, type LogState } from './log-state.ts';

function line(id: number): LogLine {
  return {
    id, source: '', receiveTime: id, facility: 1, severity: 6, module: '', text: `${id}`, dropped: 0,
  };
}

function shown(...ids: number[]): LogState {
  return { ...emptyLog(), rows: ids.map(line), last: ids[0] ?? 0 };
}

function news(ids: readonly number[], replaces = false) {
  return { rows: ids.map(line), replaces };
}

const idsOf = (log: LogState) => log.rows?.map(({ id }) => id);

describe('new lines', () => {
  test('go on top, each once', () => {
    const log = shown(2, 1);
    takeNews(log, news([4, 3, 2]), false);
    takeNews(log, news([4]), false);
    expect(idsOf(log)).toEqual([4, 3, 2, 1]);
    expect(log.hasMore).toBe(false);
  });

  test('wait while the list is scrolled', () => {
    const log = shown(2, 1);
    takeNews(log, news([4, 3]), true);
    takeNews(log, news([5, 4]), true);
    expect([idsOf(log), log.waiting]).toEqual([[2, 1], 3]);
  });

  test('that are too many take the place of all', () => {
    const log = shown(2, 1);
    takeNews(log, news([9, 8], true), false);
    expect([idsOf(log), log.hasMore]).toEqual([[9, 8], true]);
  });

  test('push the oldest out', () => {
    const log = shown(...Array.from({ length: SHOWN_MAX }, (_, index) => SHOWN_MAX - index));
    takeNews(log, news([SHOWN_MAX + 1]), false);
    expect(log.rows).toHaveLength(SHOWN_MAX);
    expect([log.rows?.at(-1)?.id, log.hasMore]).toEqual([2, true]);
  });

  test('are nothing before the first page is there', () => {
    const log = emptyLog();
    takeNews(log, news([1]), false);
    expect(log.rows).toBeUndefined();
  });
});

test('older lines go below, and a page that is not full is the last', () => {
  const log = shown(300);
  takeOlder(log, Array.from({ length: PAGE }, (_, index) => line(299 - index)));
  expect([log.rows?.length, log.hasMore]).toEqual([PAGE + 1, true]);
  takeOlder(log, [line(1)]);
  expect([log.rows?.at(-1)?.id, log.hasMore]).toEqual([1, false]);
});
