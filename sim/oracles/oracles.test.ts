// Oracles are silent about a server that keeps the rules, in calm and in bad weather.

import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../core/bytes.ts';
import { encodeMessage } from '../../core/coap/codec.ts';
import { Code, NON, OptionNumber } from '../../core/coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../../core/coap/options.ts';
import { ContentFormat } from '../../core/lwm2m/content-format.ts';
import { CALM, LOSSY } from '../network-rules.ts';
import { integer, Resources } from '../resources.ts';
import { runScenario } from '../run.ts';
import type { Fleet } from '../scenario/model.ts';
import { constant } from '../signals.ts';
import { addSensor, findings, watchedWorld } from './testing.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const meters: Fleet = {
  name: 'meters', count: 1, network: 'field', driver: 'world', lifetime: 300, queueMode: undefined,
  start: { at: 0, spread: 0 }, report: { every: 5 * MINUTE, confirmable: true },
  objects: {
    '/3303/0/5700': { signal: 'sine', mean: 20, amplitude: 5, period: 60 * MINUTE, noise: 0 },
  },
  vices: {}, radio: undefined,
};

describe('the oracles', () => {
  it.for<[string, Partial<Fleet>]>([
    ['refuse to be observed', { refuses: { observe: Code.UNAUTHORIZED } }],
    ['send many records between two notifications',
      { send: { every: 30 * SECOND, keep: 10, format: 'senml-cbor' } }],
    ['damage blocks of long values', {
      vices: { malformed: 1000 }, report: { every: 30 * SECOND, confirmable: true },
      objects: { '/3/0/17': { signal: 'constant', value: 'long '.repeat(1000) } },
    }],
  ])('have nothing to say about devices that %s', ([, habit]) => {
    const { violations } = runScenario({
      name: 'Test', why: 'To be run.', seed: 1, duration: 59 * MINUTE,
      server: { awakeWindow: undefined, registration: 'open', restart: undefined },
      networks: { field: CALM }, fleets: [{ ...meters, ...habit }],
      observe: [{ fleet: 'meters', path: '/3/0/17' }], timeline: [], expect: [],
    });
    expect(violations).toEqual([]);
  });

  it('have nothing to say about a calm hour', () => {
    const watched = watchedWorld(1);
    addSensor(watched.world, 'sensor').start();
    watched.world.run(60 * MINUTE);
    expect(findings(watched)).toEqual([]);
  });

  it('follow a lifetime that was written to a device, to the end of its registration', () => {
    const watched = watchedWorld(1);
    const { world } = watched;
    const device = world.addDevice({
      endpoint: 'meter', lifetime: 86_400, notifyEvery: 60 * MINUTE, awake: undefined,
      resources: new Resources({ '/1/0/1': integer(constant(86_400)) }),
    });
    device.start();
    world.run(MINUTE);
    device.receive(encodeMessage({
      type: NON, code: Code.PUT, mid: 1, token: Uint8Array.of(1), payload: encodeUtf8('60'),
      options: [
        ...['1', '0', '1'].map((one) => stringOptionOf(OptionNumber.URI_PATH, one)),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.TEXT),
      ],
    }));
    world.run(MINUTE);
    device.stop();
    world.run(10 * MINUTE);
    const [row] = world.disk.devices.values();
    expect([device.lifetime, row?.registration]).toEqual([60, undefined]);
    expect(findings(watched)).toEqual([]);
  });

  it('have nothing to say about loss, sleep, crashes and a device that leaves', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const watched = watchedWorld(seed, LOSSY);
      const { world } = watched;
      const devices = [0, 1, 2, 3, 4].map((index) => addSensor(
        world, `device-${index}`, index % 2 === 0 ? { awake: 25 * SECOND } : { lifetime: 120 },
      ));
      for (const device of devices) device.start();
      for (let hour = 0; hour < 2; hour++) {
        world.run(20 * MINUTE);
        world.crashServer((seed + hour) % 2 === 0);
        world.run(MINUTE);
        world.startServer();
      }
      devices[1]!.stop();
      world.run(10 * MINUTE);
      expect(findings(watched)).toEqual([]);
    }
  });
});
