// Properties of the columns telemetry travels in.

import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { putInteger, TelemetryBatch } from './telemetry-batch.ts';
import { telemetryRow } from './testing.ts';

function asInt64(value: number): bigint {
  const halves = new Int32Array(2);
  putInteger(halves, 0, value);
  return new BigInt64Array(halves.buffer)[0] as bigint;
}

test.each([
  0, -0, 1, -1, 4_294_967_295, 4_294_967_296, -4_294_967_296, -4_294_967_297, 8.64e15, -8.64e15,
  Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -(2 ** 63), 2 ** 63 - 1024,
])('%d is written as the same 64-bit integer', (value) => {
  expect(asInt64(value)).toBe(BigInt(value));
});

test.prop([fc.double({ min: -(2 ** 63), max: 2 ** 63 - 1024, noNaN: true })])(
  'any double is written as its whole part', (value) => {
    expect(asInt64(value)).toBe(BigInt(Math.floor(value)));
  });

test.prop([fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), { maxLength: 50 })])(
  'texts and bytes end where the next begin', (items) => {
    const batch = new TelemetryBatch();
    items.forEach((item, index) => batch.append(telemetryRow(index, typeof item === 'string'
      ? { type: 'string', value: item } : { type: 'opaque', value: item })));
    const expected = items.map((item) => Buffer.from(item).toString('hex'));
    const found = items.map((_, index) => Buffer.from(batch.text.subarray(
      batch.textEnd[index - 1] ?? 0, batch.textEnd[index])).toString('hex'));
    expect(found).toEqual(expected);
  });

test('growing keeps every column, and reuse begins empty', () => {
  const batch = new TelemetryBatch();
  const count = 20_000;
  for (let index = 0; index < count; index++) {
    batch.append(telemetryRow(index, { type: 'integer', value: -BigInt(index) }, {
      device: index, object: index, instance: index + 1, resource: index + 2,
      resourceInstance: -1 - index, deviceTime: index, receiveTime: -1 - index,
    }));
  }
  const message = batch.message();
  const copy = new TelemetryBatch(message);
  for (let index = 0; index < count; index++) {
    expect([
      copy.sequence[2 * index], copy.device[index], copy.object[index], copy.instance[index],
      copy.resource[index], copy.resourceInstance[index], copy.deviceTime[2 * index],
      copy.receiveTime[2 * index], copy.int[index],
    ]).toEqual([
      index, index, index, index + 1, index + 2, -1 - index, index, -1 - index, -BigInt(index),
    ]);
  }
  const reused = TelemetryBatch.reuse(message);
  expect(reused.rows).toBe(0);
  expect(reused.sequence.buffer).toBe(message.columns);
});

test('buffers that one huge value blew up are not kept', () => {
  const batch = new TelemetryBatch();
  batch.append(telemetryRow(1, { type: 'opaque', value: new Uint8Array(10_000_000) }));
  expect(TelemetryBatch.reuse(batch.message()).text.length).toBeLessThan(100_000);
});
