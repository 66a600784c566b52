// When values are moved and files deleted, in virtual time.

import { expect, test } from 'vitest';
import { HandClock, MemoryLog } from '../api/testing/world.ts';
import type { RetainOrder } from './database.ts';
import { Retention } from './retention.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A database that answers when told. */
function begun(keep: number | undefined) {
  const clock = new HandClock();
  const log = new MemoryLog();
  const orders: RetainOrder[] = [];
  let answer: (outcome: { written: number; removed: number } | Error) => Promise<void>;
  const retain = (order: RetainOrder) => new Promise<{ written: number; removed: number }>(
    (resolve, reject) => {
      orders.push(order);
      answer = async (outcome) => {
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
        // The pass goes on, and the timer is set, some turns later.
        await new Promise((turn) => setImmediate(turn));
      };
    });
  const retention = new Retention({ clock, log, database: { retain } }, keep);
  retention.start();
  clock.advance(0);
  return { clock, log, orders, retention, answer: (outcome: Parameters<typeof answer>[0]) =>
    answer(outcome) };
}

test('days end at midnight UTC; a minute after a pass comes the next', async () => {
  const { clock, orders, answer } = begun(undefined);
  const first = clock.now();
  clock.advance(10 * MINUTE);
  expect(orders).toHaveLength(1);
  await answer({ written: 0, removed: 0 });
  clock.advance(MINUTE - 1);
  expect(orders).toHaveLength(1);
  clock.advance(1);
  await answer({ written: 0, removed: 0 });
  clock.advance(DAY);
  const today = Math.floor(first / DAY) * DAY;
  expect(orders.map((order) => order.today)).toEqual([today, today, today]);
  await answer({ written: 0, removed: 0 });
  clock.advance(MINUTE);
  expect(orders.at(-1)).toEqual({
    today: today + DAY, keepFrom: undefined, rowsAtOnce: 2_000_000, bytesAtOnce: 2 ** 27,
    tableRowsMax: 4_000_000,
  });
});

test('what is kept is counted from now, and what was done is said', async () => {
  const { clock, log, orders, answer } = begun(90 * DAY);
  expect(orders[0]?.keepFrom).toBe(clock.now() - 90 * DAY);
  await answer({ written: 2, removed: 1 });
  expect(log.lines).toEqual(['values were moved to Parquet files {"files":2}',
    'values older than --retention were deleted {"files":1}']);
});

test('a failure is said, and tried again in ten minutes', async () => {
  const { clock, log, orders, answer } = begun(undefined);
  await answer(new Error('the disk is full'));
  expect(log.lines).toEqual(['values cannot be moved to Parquet files, none is lost, '
    + 'tried again in 10 minutes {"reason":"the disk is full"}']);
  clock.advance(10 * MINUTE - 1);
  expect(orders).toHaveLength(1);
  clock.advance(1);
  expect(orders).toHaveLength(2);
});

test('after the stop there is neither a pass nor a complaint', async () => {
  const { clock, log, orders, retention, answer } = begun(undefined);
  retention.stop();
  await answer(new Error('the database is closing'));
  clock.advance(DAY);
  expect(orders).toHaveLength(1);
  expect(log.lines).toEqual([]);
});
