// What the demo devices measure: Device 3, Location 6, Temperature 3303 and Humidity 3304, each
// with values of its own, some in queue mode.

import { DEFAULT_PROFILE, type Profile } from '../actors/config.ts';
import { encodeUtf8 } from '../core/bytes.ts';
import { BODY_BYTES_MAX } from '../core/coap/body.ts';
import type { DeviceOptions } from '../sim/device.ts';
import { eventLogValues } from '../sim/objects/event-log.ts';
import { firmwareValues } from '../sim/objects/firmware.ts';
import { clockTime, float, integer, opaque, Resources, text } from '../sim/resources.ts';
import { constant, ramp, wave } from '../sim/signals.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const QUEUE_MODE_AWAKE = 20_000;
const CITIES: readonly (readonly [name: string, latitude: number, longitude: number])[] = [
  ['oslo', 59.91, 10.75], ['lyon', 45.76, 4.84], ['graz', 47.07, 15.44], ['porto', 41.15, -8.61],
  ['tartu', 58.38, 26.72], ['ghent', 51.05, 3.72], ['brno', 49.2, 16.61], ['cork', 51.9, -8.47],
];

/** The demo's queue-mode devices close their window early, and its sensors tell their units. */
export const DEMO_PROFILE: Profile = {
  ...DEFAULT_PROFILE, name: 'demo', match: 'demo-*', awakeWindow: QUEUE_MODE_AWAKE,
  read: [...DEFAULT_PROFILE.read, '/*/*/5701'],
  eventLog: { run: true },
};

/** The same with what takes files of any length: a firmware update, and a place for bytes. */
export function fileDevice(index: number): DeviceOptions {
  const device = demoDevice(index);
  const resources = device.resources.with({
    ...firmwareValues(), '/19/0/0/0': opaque(encodeUtf8(`bytes of ${device.endpoint}`)),
  });
  return { ...device, resources, bodyBytesMax: BODY_BYTES_MAX };
}

/** The device number `index` of a demo fleet; the same one at every start. */
export function demoDevice(index: number): DeviceOptions {
  const [city, latitude, longitude] = CITIES[index % CITIES.length] as (typeof CITIES)[number];
  const number = String(index + 1).padStart(2, '0');
  // Every third sleeps, among those of our own stack: the other has no queue mode.
  const isSleeper = index % 2 === 0 && index % 3 === 0;
  const shift = index * 7 * MINUTE;
  return {
    endpoint: `demo-${city}-${number}`,
    lifetime: isSleeper ? 600 : 120,
    awake: isSleeper ? QUEUE_MODE_AWAKE : undefined,
    notifyEvery: isSleeper ? MINUTE : 2000 + (index % 4) * 1000,
    eventLog: index % 2 === 0,
    resources: new Resources({
      '/1/0/0': integer(constant(1)),
      '/1/0/1': integer(constant(isSleeper ? 600 : 120)),
      '/3/0/0': text('Flownexus'),
      '/3/0/1': text(index % 2 === 0 ? 'demo sensor' : 'demo sensor, npm coap'),
      '/3/0/2': text(`FN-${number}`),
      '/3/0/3': text(`1.${index % 3}.0`),
      '/3/0/9': integer((now) => ramp(100, 20, 24 * HOUR)(now + index * 2 * HOUR)),
      '/3/0/13': clockTime(),
      '/3/0/16': text(isSleeper ? 'UQ' : 'U'),
      '/4/0/2': integer(wave(-85 - (index % 5) * 4, 6, 10 * MINUTE, shift)),
      '/6/0/0': float(constant(latitude)),
      '/6/0/1': float(constant(longitude)),
      '/6/0/5': clockTime(),
      '/3303/0/5700': float(wave(18 + (index % 6), 4, 6 * MINUTE, shift)),
      '/3303/0/5701': text('Cel'),
      '/3304/0/5700': float(wave(48 + (index % 9), 9, 9 * MINUTE, shift)),
      '/3304/0/5701': text('%RH'),
      // The other stack has nothing that could be executed.
      ...index % 2 === 0 && eventLogValues(),
    }),
  };
}
