// How long the values of operations are kept for those who ask later.

import { expect, test } from 'vitest';
import { pathOf } from '../lwm2m/path.ts';
import { operationRow } from '../store/testing.ts';
import { Endings, ENDINGS_MAX } from './endings.ts';
import { FakeManagement } from './testing/fake-management.ts';
import { HandClock } from './testing/world.ts';

test('the values of the last operations are kept, but no long ones', async () => {
  const clock = new HandClock();
  const management = new FakeManagement(clock);
  const endings = new Endings(management, clock);
  const end = (id: number, text: string): void => management.tell({
    kind: 'operation', endpoint: 'sensor', row: operationRow(id, { status: 'CONFIRMED' }),
    entries: [{ path: pathOf([3, 0, 0]), value: { type: 'string', value: text } }],
    ending: { kind: 'answered', code: 0x45, words: '' },
  });
  const long = 'x'.repeat(20_000);
  const waited = endings.wait(1, 1_000);
  end(1, long);
  expect((await waited)?.values).toEqual([{ path: '/3/0/0', type: 'string', value: long }]);
  expect(endings.valuesOf(1)).toBeUndefined();
  for (let id = 2; id < 2 + ENDINGS_MAX; id++) end(id, 'short');
  expect(endings.valuesOf(2)).toHaveLength(1);
  end(1_000, 'one more');
  expect([endings.valuesOf(2), endings.valuesOf(1_000)?.[0]?.value]).toEqual([undefined, 'one more']);
});
