// What a simulated disk gives back of its telemetry.

import { expect, test } from 'vitest';
import type { Value } from '../core/lwm2m/value.ts';
import type { TelemetryRow } from '../core/store/changes.ts';
import { TelemetryLog } from './telemetry-log.ts';

const VALUES: readonly Value[] = [
  { type: 'float', value: 21.5 }, { type: 'float', value: -0 }, { type: 'float', value: NaN },
  { type: 'time', value: 4_102_444_800 },
  { type: 'boolean', value: true }, { type: 'boolean', value: false },
  { type: 'integer', value: -5n }, { type: 'integer', value: -(2n ** 63n) },
  { type: 'unsigned', value: 7n }, { type: 'unsigned', value: 2n ** 64n - 1n },
  { type: 'string', value: 'Flownexus' }, { type: 'corelnk', value: 'Flownexus' },
  { type: 'string', value: 'Flownexus' }, { type: 'string', value: '' },
  { type: 'opaque', value: Uint8Array.of(1, 2) }, { type: 'objlnk', object: 3, instance: 65_535 },
];

function rowOf(value: Value, sequence: number): TelemetryRow {
  return {
    sequence, device: 1 + (sequence % 3), object: 65_534, instance: 0, resource: sequence % 7,
    resourceInstance: sequence % 2 === 0 ? -1 : 65_534, deviceTime: 1_750_000_000_000 + sequence,
    receiveTime: 1_750_000_000_500.25, value,
  };
}

test('every value comes back as it was, over many rows', () => {
  const rows = Array.from({ length: 10_000 }, (_, index) => (
    rowOf(VALUES[index % VALUES.length] as Value, index)));
  const log = new TelemetryLog();
  for (const row of rows) log.push(row);
  expect(log.length).toBe(rows.length);
  expect([...log]).toEqual(rows);
});

test('rows of a device that is forgotten go, and the others stay', () => {
  const rows = VALUES.map(rowOf);
  const log = new TelemetryLog();
  for (const row of rows) log.push(row);
  log.keep(({ device }) => device !== 2);
  expect([...log]).toEqual(rows.filter(({ device }) => device !== 2));
  log.clear();
  expect([...log]).toEqual([]);
});
