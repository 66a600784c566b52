// The event log of a device: what it says of what the device did, with virtual times, within its
// bound, and started and stopped by a server.

import { expect, it } from 'vitest';
import { decodeUtf8 } from '../../core/bytes.ts';
import { Code, formatCode } from '../../core/coap/message.ts';
import { uintOptionOf } from '../../core/coap/options.ts';
import { ContentFormat } from '../../core/lwm2m/content-format.ts';
import { Resources, text } from '../resources.ts';
import { newBench, SECOND } from '../testing/device-bench.ts';
import { eventLogValues, LOG_BYTES_MAX } from './event-log.ts';
import { DEFAULT_FIRMWARE, firmwareValues } from './firmware.ts';

const { TEXT, OPAQUE, LINK } = ContentFormat;

function logging() {
  const bench = newBench({
    lifetime: 86_400, eventLog: true, firmware: DEFAULT_FIRMWARE,
    resources: new Resources({
      '/3/0/3': text('1.0.0'), ...firmwareValues(), ...eventLogValues(),
    }),
  });
  bench.device.start();
  bench.run(SECOND);
  const read = (resource: number, format: number = TEXT) => decodeUtf8(
    bench.get(`/20/0/${resource}`, [uintOptionOf(17, format)])!.payload,
  );
  return { ...bench, read, lines: () => read(4014, OPAQUE)!.split('\n').slice(0, -1) };
}

it('says what the device did, and when', () => {
  const { device, run, lines } = logging();
  device.updateFirmware('2.0.0');
  run(100 * SECOND);
  expect(lines()).toEqual([
    '0 registered', '1 firmware 1 0', '61 firmware 2 0', '71 firmware 3 0', '91 reboot',
    '94 firmware 0 1', '94 registered',
  ]);
});

it('forgets the oldest lines beyond its bound', () => {
  const { device, run, lines } = logging();
  for (let round = 0; round < 30; round++) {
    device.reboot();
    run(10 * SECOND);
  }
  expect(lines().join('\n').length).toBeLessThan(LOG_BYTES_MAX);
  expect(lines().join('\n').length).toBeGreaterThan(LOG_BYTES_MAX - 40);
  expect(lines()[0]).toMatch(/^\d+ (reboot|registered)$/);
  expect(lines().at(-1)).toMatch(/ registered$/);
});

it('is stopped, started empty, and says which', () => {
  const { ask, device, read, lines, run } = logging();
  expect(read(4013)).toBe('2');
  expect(formatCode(ask(Code.POST, '/20/0/4012')!.code)).toBe('2.04');
  device.reboot();
  run(10 * SECOND);
  expect([read(4013), lines()]).toEqual(['3', ['0 registered']]);
  ask(Code.POST, '/20/0/4011');
  expect([read(4013), lines()]).toEqual(['0', []]);
  device.reboot();
  run(10 * SECOND);
  expect(lines()).toHaveLength(2);
});

it('has one format, and keeps the class it is told', () => {
  const { ask, read } = logging();
  const write = (resource: number, payload: string) => formatCode(
    ask(Code.PUT, `/20/0/${resource}`, { format: TEXT, payload })!.code,
  );
  expect([write(4015, '0'), write(4015, '100'), read(4015)]).toEqual(['4.00', '2.04', '100']);
  expect([write(4010, '3'), read(4010), write(4014, 'AAAA')]).toEqual(['2.04', '3', '4.05']);
});

it('is found by Discover', () => {
  const { ask } = logging();
  expect(decodeUtf8(ask(Code.GET, '/20/0', { accept: LINK })!.payload)).toBe('</20/0>,'
    + '</20/0/4010>,</20/0/4011>,</20/0/4012>,</20/0/4013>,</20/0/4014>,</20/0/4015>');
  expect(decodeUtf8(ask(Code.GET, '/5/0/8', { accept: LINK })!.payload))
    .toBe('</5/0/8>;dim=4,</5/0/8/0>,</5/0/8/1>,</5/0/8/2>,</5/0/8/3>');
});
