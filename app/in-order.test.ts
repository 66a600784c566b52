// Whatever the order of the ends, what is told has the order of the jobs.

import { expect, test } from 'vitest';
import { InOrder } from './in-order.ts';

test.for([
  [['a', 'b', 'c'], ['a', 'ab', 'abc'], 'abc'],
  [['c', 'b', 'a'], ['', '', 'abc'], 'abc'],
  [['b', 'a'], ['', 'ab'], 'ab'],
  [['c', 'a'], ['', 'a'], 'ac'],
  [[], [], ''],
] as const)('of jobs that end as %s', ([ends, told, inAll]) => {
  let said = '';
  const inOrder = new InOrder(['a', 'b', 'c'], (text) => { said += text; });
  expect(ends.map((job) => {
    inOrder.put(job, job);
    return said;
  })).toEqual(told);
  inOrder.end();
  expect(said).toBe(inAll);
});
