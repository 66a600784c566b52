// Values as they come while the page is open.

import { expect, test } from 'vitest';
import { putLatest, type ValueStore } from './device-state.ts';

const PATH = '/3303/0/5700';
let sequence = 0;

function value(number: number, deviceTime: number, resourceInstance: number | null = null) {
  return {
    path: PATH, resourceInstance, value: { type: 'float', value: number } as const,
    deviceTime, receiveTime: 1_000, sequence: ++sequence,
  };
}

test('what comes late does not take the place of what holds', () => {
  const values: ValueStore = {};
  const shown = () => values[PATH]?.map((one) => [one.resourceInstance, one.value.value]);
  putLatest(values, [value(1, 500)]);
  putLatest(values, [value(2, 400)]);
  expect(shown()).toEqual([[null, 1]]);
  // A clock that is ahead makes nothing newer than its receipt.
  putLatest(values, [value(3, 9_000)]);
  putLatest(values, [value(4, 1_000)]);
  expect(shown()).toEqual([[null, 4]]);
  putLatest(values, [value(6, 400, 1), value(5, 400, 0)]);
  expect(shown()).toEqual([[null, 4], [0, 5], [1, 6]]);
});
