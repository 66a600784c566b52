// Devices that share a message layer share nothing else: tokens, Message IDs and the times of
// retransmissions of one are the same whoever else is there.

import { expect, it } from 'vitest';
import { VirtualClock } from './clock.ts';
import { DeviceLayer } from './device-layer.ts';
import { SimulatedDevice } from './device.ts';
import { SeededRandom } from './random.ts';
import { float, Resources } from './resources.ts';
import { constant } from './signals.ts';

/** What the first of so many devices sends into the void in an hour. */
function sentAmong(count: number): string[] {
  const clock = new VirtualClock(0);
  const layer = new DeviceLayer(clock, new SeededRandom(1, 'layer'));
  const sent: string[] = [];
  const add = (endpoint: string, send: (datagram: Uint8Array) => void): void => {
    const random = new SeededRandom(1, endpoint);
    new SimulatedDevice({ layer, random, uplink: { send } }, {
      endpoint, lifetime: 60, notifyEvery: 1000, awake: undefined, vices: ['duplicateSender'],
      resources: new Resources({ '/3303/0/5700': float(constant(1)) }),
    }).start();
  };
  for (let index = 1; index < count; index++) add(`other-${index}`, () => undefined);
  add('first', (datagram) => sent.push(`${clock.now()} ${datagram.join()}`));
  clock.runUntil(3_600_000);
  return sent;
}

it('a device more changes nothing for the others', () => {
  const alone = sentAmong(1);
  expect(alone.length).toBeGreaterThan(100);
  expect(new Set(alone).size).toBeGreaterThan(100);
  expect(sentAmong(4)).toEqual(alone);
});
