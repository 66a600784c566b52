// Which instances are locations, and how places read.

import { expect, test } from 'vitest';
import type { DeviceObject } from '../wire.ts';
import { lengthText, locationsOf, placeText, resourcesOf } from './words.ts';

test('locations are instances of the objects that say one', () => {
  const objects = [3, 6, 3336].map((id) => ({ id, instances: [{ id: 0 }, { id: 1 }] }));
  expect(locationsOf(objects as unknown as DeviceObject[]))
    .toEqual(['/6/0', '/6/1', '/3336/0', '/3336/1']);
  expect(resourcesOf('/6/0')).toEqual(['/6/0/0', '/6/0/1']);
  expect(resourcesOf('/3336/1')).toEqual(['/3336/1/5514', '/3336/1/5515']);
});

test.for<[number, number, string]>([
  [59.913_9, 10.752_2, '59.91390° N 10.75220° E'], [-33.9, -70.6, '33.90000° S 70.60000° W'],
])('%s and %s read %s', ([latitude, longitude, text]) => {
  expect(placeText({ time: 0, latitude, longitude })).toBe(text);
});

test.for<[number, string]>([[5, '5 m'], [500, '500 m'], [2_000, '2 km']])(
  '%s metres read %s', ([metres, text]) => expect(lengthText(metres)).toBe(text));
