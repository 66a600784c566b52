// When old rows are deleted, in virtual time.

import { expect, test } from 'vitest';
import { HandClock, MemoryLog } from '../api/testing/world.ts';
import { Pruning, PRUNING_INTERVAL, PRUNING_PAUSE } from './pruning.ts';

/** A step that ends when told, and how. */
function begun() {
  const clock = new HandClock();
  const log = new MemoryLog();
  const asked: number[] = [];
  let end: (outcome: boolean | Error) => void = () => undefined;
  const pruning = new Pruning({
    clock, log, what: 'old rows',
    step: (now) => new Promise((resolve, reject) => {
      asked.push(now);
      end = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    }),
  });
  const ends = async (outcome: boolean | Error): Promise<void> => {
    end(outcome);
    // The timer is set some turns later.
    await new Promise((turn) => setImmediate(turn));
  };
  return { clock, log, asked, ends, pruning };
}

test('nothing is deleted before the start; more goes after a pause, the rest later', async () => {
  const { clock, asked, ends, pruning } = begun();
  clock.advance(PRUNING_INTERVAL);
  expect(asked).toEqual([]);
  pruning.start();
  const begin = clock.now();
  clock.advance(PRUNING_PAUSE);
  await ends(true);
  clock.advance(PRUNING_PAUSE);
  await ends(false);
  clock.advance(PRUNING_INTERVAL - 1);
  expect(asked.map((at) => at - begin)).toEqual([PRUNING_PAUSE, 2 * PRUNING_PAUSE]);
  clock.advance(1);
  expect(asked).toHaveLength(3);
});

test('a failure is said, and tried again with the next look', async () => {
  const { clock, log, asked, ends, pruning } = begun();
  pruning.start();
  clock.advance(PRUNING_PAUSE);
  await ends(new Error('the disk is full'));
  expect(log.lines).toEqual(['old rows were not deleted {"reason":"the disk is full"}']);
  clock.advance(PRUNING_INTERVAL);
  expect(asked).toHaveLength(2);
});

test('a stop in the middle of a step is the end, and its failure no matter', async () => {
  const { clock, log, asked, ends, pruning } = begun();
  pruning.start();
  clock.advance(PRUNING_PAUSE);
  pruning.stop();
  await ends(new Error('the database is closed'));
  clock.advance(10 * PRUNING_INTERVAL);
  expect([asked.length, log.lines]).toEqual([1, []]);
});
