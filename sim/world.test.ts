// The small world as a story: the production server, virtual ports, one day in a few hundred
// milliseconds, and the same trace every time.

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../actors/config.ts';
import type { SimulatedDevice } from './device.ts';
import { CALM, LOSSY } from './network-rules.ts';
import { DEFAULT_FIRMWARE, firmwareValues } from './objects/firmware.ts';
import { clockTime, float, integer, Resources, text } from './resources.ts';
import { constant, ramp, wave } from './signals.ts';
import { World } from './world.ts';
import { pathsOf } from './notifications.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function sensor(): Resources {
  return new Resources({
    '/1/0/1': integer(constant(300)),
    '/3/0/0': text('Flownexus'), '/3/0/1': text('simulated'), '/3/0/3': text('1.0.0'),
    '/3/0/9': integer(ramp(100, 20, 24 * HOUR)), '/3/0/13': clockTime(),
    '/3303/0/5700': float(wave(21, 4, HOUR)),
  });
}

function addSensor(
  world: World, endpoint: string, lifetime = 300, awake?: number,
): SimulatedDevice {
  return world.addDevice({
    endpoint, lifetime, resources: sensor(), notifyEvery: MINUTE, awake,
  });
}

function session(world: World, endpoint: string) {
  const device = world.server.host.devices.get(endpoint);
  expect(device).toBeDefined();
  return device!.state.states;
}

describe('a device in virtual time', () => {
  it('registers, is read and observed without anyone asking', () => {
    const world = new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG });
    const device = addSensor(world, 'sensor-1');
    device.start();
    world.run(10 * SECOND);
    expect(session(world, 'sensor-1')).toEqual({
      registration: 'registered', reachability: 'awake', observations: 'inPlace', firmware: 'idle',
    });
    expect(device.observed.flatMap(pathsOf)).toEqual([
      { object: 3303, instance: 0, resource: 5700 }, { object: 3, instance: 0, resource: 9 },
    ]);
    const stored = world.server.host.devices.get('sensor-1')!;
    expect([stored.manufacturer, stored.model, stored.batteryPercent])
      .toEqual(['Flownexus', 'simulated', 100]);
  });

  it('reports for an hour and not one acknowledged value is missing', () => {
    const world = new World({ seed: 2, network: LOSSY, config: DEFAULT_CONFIG });
    const device = addSensor(world, 'sensor-1');
    device.start();
    world.run(HOUR);
    const notified = [...world.disk.telemetry].filter(({ object }) => object === 3303);
    expect(device.acknowledged).toBeGreaterThan(100);
    expect(notified.length).toBeGreaterThan(55);
    expect(device.registrations).toBe(1);
  });

  it('sleeps between its reports and is awake only for its window', () => {
    const config = {
      ...DEFAULT_CONFIG,
      profiles: [{ ...DEFAULT_CONFIG.profiles[0]!, awakeWindow: 20 * SECOND }],
    };
    const world = new World({ seed: 3, network: CALM, config });
    addSensor(world, 'sleeper', 300, 20 * SECOND).start();
    world.run(50 * SECOND);
    expect(session(world, 'sleeper').reachability).toBe('asleep');
    world.run(12 * SECOND);
    expect(session(world, 'sleeper').reachability).toBe('awake');
    world.run(25 * SECOND);
    expect(session(world, 'sleeper').reachability).toBe('asleep');
  });

  it('expires a lifetime and the grace after its last Update, not before', () => {
    const world = new World({ seed: 4, network: CALM, config: DEFAULT_CONFIG });
    const device = addSensor(world, 'short', 60);
    device.start();
    world.run(5 * SECOND);
    device.stop();
    world.run(60 * SECOND + 93 * SECOND - 5 * SECOND - 1 * SECOND);
    expect(session(world, 'short').registration).toBe('registered');
    world.run(2 * SECOND);
    expect(session(world, 'short').registration).toBe('expired');
    world.run(SECOND);
    expect(world.disk.events.map(({ type }) => type)).toEqual(['registered', 'expired']);
  });

  it('goes on after a crash of the server as if nothing had happened', () => {
    for (const keepsGroup of [true, false]) {
      const world = new World({ seed: 5, network: CALM, config: DEFAULT_CONFIG });
      const device = addSensor(world, 'survivor');
      device.start();
      world.run(30 * MINUTE);
      world.crashServer(keepsGroup);
      world.run(20 * SECOND);
      world.startServer();
      const before = world.disk.telemetry.length;
      world.run(30 * MINUTE);
      expect(device.registrations).toBe(1);
      expect(session(world, 'survivor').observations).toBe('inPlace');
      expect(world.disk.telemetry.length).toBeGreaterThan(before + 50);
    }
  });
});

describe('a firmware update past the server', () => {
  it('is followed by the session from state to state, and the new version is read', () => {
    const world = new World({ seed: 6, network: CALM, config: DEFAULT_CONFIG });
    const device = world.addDevice({
      endpoint: 'meter', lifetime: 300, notifyEvery: HOUR, awake: undefined,
      firmware: { ...DEFAULT_FIRMWARE, downloadTime: MINUTE, updateTime: 20 * SECOND },
      resources: new Resources({ '/3/0/3': text('1.0.0'), ...firmwareValues() }),
    });
    device.start();
    world.run(10 * SECOND);
    const shown = () => {
      const { state, firmwareVersion } = world.server.host.devices.get('meter')!;
      return [state.states.firmware, firmwareVersion];
    };
    expect(shown()).toEqual(['idle', '1.0.0']);
    device.updateFirmware('2.0.0');
    world.run(SECOND);
    expect(shown()).toEqual(['downloading', '1.0.0']);
    world.run(MINUTE);
    expect(shown()).toEqual(['downloaded', '1.0.0']);
    world.run(10 * SECOND);
    expect(shown()).toEqual(['updating', '1.0.0']);
    world.run(30 * SECOND);
    expect(shown()).toEqual(['idle', '2.0.0']);
    expect(device.registrations).toBe(2);
  });
});

describe('a run', () => {
  it('gives the same hash twice and another with another seed', () => {
    const hashes = [7, 7, 8].map((seed) => {
      const world = new World({ seed, network: LOSSY, config: DEFAULT_CONFIG });
      for (let index = 0; index < 10; index++) {
        const awake = index % 2 === 0 ? 25 * SECOND : undefined;
        addSensor(world, `device-${index}`, 300, awake).start();
      }
      world.run(20 * MINUTE);
      world.crashServer(seed % 2 === 0);
      world.run(MINUTE);
      world.startServer();
      world.run(20 * MINUTE);
      return world.trace.hash;
    });
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });
});
