// Which window the fleet table asks for, and what it keeps.

import { expect, test } from 'vitest';
import type { FleetRow } from '../wire.ts';
import { RowCache, windowAround } from './cache.ts';
import { COLUMNS, fitting } from './columns.ts';

function rows(offset: number, length: number): FleetRow[] {
  return Array.from({ length }, (_, index) => ({
    endpoint: `e${offset + index}`, displayName: '', profile: 'default', state: 'awake' as const,
    lastSeenAt: 0, operationsWaiting: 0,
  }));
}

test('a window reaches one view beyond both ends of what is seen', () => {
  expect(windowAround(100, 119)).toEqual({ offset: 80, limit: 60 });
  expect(windowAround(0, 19)).toEqual({ offset: 0, limit: 60 });
  expect(windowAround(500, 649)).toEqual({ offset: 475, limit: 200 });
});

test('nothing is asked for while all rows in view are known', () => {
  const cache = new RowCache();
  expect(cache.missing(0, 9)).toEqual({ offset: 0, limit: 30 });
  cache.put({ at: 0, total: 12, offset: 0, rows: rows(0, 12) });
  expect(cache.missing(0, 29)).toBeUndefined();
});

test('a row that changed keeps its place', () => {
  const cache = new RowCache();
  cache.put({ at: 0, total: 3, offset: 0, rows: rows(0, 3) });
  const [changed] = rows(1, 1) as [FleetRow];
  cache.update([{ ...changed, state: 'asleep' }]);
  expect(cache.at(1)?.state).toBe('asleep');
  expect(cache.at(2)?.state).toBe('awake');
});

test('rows far from the view are dropped', () => {
  const cache = new RowCache();
  for (let offset = 0; offset < 10_000; offset += 200) {
    cache.put({ at: 0, total: 10_000, offset, rows: rows(offset, 200) });
  }
  expect(cache.at(0)).toBeUndefined();
  expect(cache.at(9_999)).toBeDefined();
});

test('columns give way in the order of their priority, the first ones never', () => {
  expect(fitting(2000, new Set())).toHaveLength(COLUMNS.length);
  expect(fitting(100, new Set()).map((column) => column.id))
    .toEqual(['state', 'endpoint', 'lastSeenAt']);
  expect(fitting(2000, new Set(['profile'])).some((column) => column.id === 'profile')).toBe(false);
});
