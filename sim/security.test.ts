// Stories of devices that prove who they are: the production server over DTLS in virtual time, over
// addresses that change, restarts and keys that are taken away.

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../actors/config.ts';
import type { SimulatedDevice } from './device.ts';
import { CALM, type NetworkRules } from './network-rules.ts';
import { float, Resources, text } from './resources.ts';
import { wave } from './signals.ts';
import { World } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const KEY = Uint8Array.from({ length: 16 }, (_, index) => index);

function worldOf(network: NetworkRules = CALM, seed = 1): World {
  return new World({ seed, network, config: DEFAULT_CONFIG });
}

function addSensor(world: World, endpoint: string, awake?: number): SimulatedDevice {
  return world.addDevice({
    endpoint, lifetime: 3600, notifyEvery: awake === undefined ? MINUTE : 10 * MINUTE, awake,
    resources: new Resources({
      '/3/0/0': text('Flownexus'), '/3303/0/5700': float(wave(21, 4, HOUR)),
    }),
    security: { kind: 'psk', identity: `id of ${endpoint}`, key: KEY },
  });
}

function registered(world: World, endpoint: string) {
  return world.server.host.devices.get(endpoint)?.registration;
}

function refusals(world: World): string[] {
  return world.server.host.refusals.list().map(({ endpoint, reason }) => `${endpoint}: ${reason}`);
}

describe('a device with a key', () => {
  it('registers as who it is, is observed and reports', () => {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    device.start();
    world.run(HOUR);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject(
      { security: 'psk', identity: 'id of sensor-1', listener: 1 });
    expect(device.acknowledged).toBeGreaterThan(55);
    expect(world.disk.telemetry.length).toBeGreaterThan(55);
    expect(device.dtls?.handshakes).toBe(1);
    expect(refusals(world)).toEqual([]);
  });

  it('sleeps behind a NAT that forgets it, and shakes hands but once', () => {
    const world = worldOf({ ...CALM, natRebindAfter: 5 * MINUTE });
    const device = addSensor(world, 'sensor-1', 20 * SECOND);
    device.start();
    world.run(24 * HOUR);
    expect(device.dtls?.handshakes).toBe(1);
    expect(device.registrations).toBe(1);
    expect(registered(world, 'sensor-1')?.peer.address.port).not.toBe(5683);
  });

  it.for([true, false])('goes on after a restart of the server, group kept: %s', (keepsGroup) => {
    const world = worldOf({ ...CALM, natRebindAfter: 5 * MINUTE });
    const device = addSensor(world, 'sensor-1', 20 * SECOND);
    device.start();
    for (let round = 1; round <= 3; round++) {
      world.run(3 * HOUR);
      world.crashServer(keepsGroup);
      world.run(5 * SECOND);
      world.startServer();
    }
    world.run(HOUR);
    expect(device.dtls?.handshakes).toBe(1);
    expect(device.registrations).toBe(1);
    const peer = registered(world, 'sensor-1')?.peer;
    expect(world.server.host.byPeer.get(peer!.id)).toHaveLength(1);
    expect(peer).toMatchObject({ security: 'psk', identity: 'id of sensor-1', isLive: true });
  });

  it('is shown to the operator when its key is wrong, and when nobody knows it', () => {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    const { host } = world.server;
    const wrong = { ...host.credentials.find('id of sensor-1')!, key: KEY.slice(1) };
    host.credentials.set(wrong);
    device.start();
    world.run(MINUTE);
    expect(refusals(world)).toEqual(['id of sensor-1: DTLS handshake: wrong key']);
    host.credentials.remove('id of sensor-1');
    world.run(5 * MINUTE);
    expect(refusals(world)).toContain('id of sensor-1: DTLS handshake: unknown identity');
    expect(registered(world, 'sensor-1')).toBeUndefined();
  });

  it('speaks for nobody but its endpoint', () => {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    const { host } = world.server;
    host.credentials.set({ ...host.credentials.find('id of sensor-1')!, endpoint: 'sensor-2' });
    device.start();
    world.run(MINUTE);
    expect(refusals(world)).toEqual(
      ['sensor-1: identity "id of sensor-1" is not that of this endpoint']);
    expect(host.refusals.list()[0]?.answer).toBe('4.00');
  });

  it('ends with its key, and comes again with a new one', () => {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    device.start();
    world.run(10 * MINUTE);
    const { host } = world.server;
    const credential = host.credentials.find('id of sensor-1')!;
    host.provisioning.revoke('id of sensor-1');
    expect(registered(world, 'sensor-1')).toBeUndefined();
    world.run(30 * MINUTE);
    expect(registered(world, 'sensor-1')).toBeUndefined();
    expect(world.disk.credentials.size).toBe(0);
    expect(world.disk.associations.size).toBe(0);
    host.provisioning.add(credential);
    world.run(30 * MINUTE);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('psk');
    expect(world.disk.associations.size).toBe(1);
  });
});

describe('an endpoint with a key', () => {
  it('is closed to who comes without', () => {
    const world = worldOf();
    addSensor(world, 'sensor-1');
    const { host } = world.server;
    const stranger = world.addDevice({
      endpoint: 'sensor-1', lifetime: 600, notifyEvery: MINUTE, awake: undefined,
      resources: new Resources({ '/3/0/0': text('somebody else') }),
    });
    stranger.start();
    world.run(MINUTE);
    expect(refusals(world)).toEqual(
      ['sensor-1: it has credentials and came without security']);
    expect(host.refusals.list()[0]?.answer).toBe('4.03');
  });

  it('ends the registration it had without when it gets one', () => {
    const world = worldOf();
    const plain = world.addDevice({
      endpoint: 'sensor-1', lifetime: 600, notifyEvery: MINUTE, awake: undefined,
      resources: new Resources({ '/3/0/0': text('Flownexus') }),
    });
    plain.start();
    world.run(MINUTE);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('none');
    world.server.host.provisioning.add({ identity: 'a', key: KEY, endpoint: 'sensor-1' });
    expect(registered(world, 'sensor-1')).toBeUndefined();
  });
});

describe('a device that shakes hands anew', () => {
  /** As who lost its association: without a goodbye. */
  function begun(): { world: World; device: SimulatedDevice } {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    device.start();
    world.run(10 * MINUTE);
    device.dtls?.reset();
    return { world, device };
  }

  it('goes on with its registration, and the association before it ends', () => {
    const { world, device } = begun();
    const before = registered(world, 'sensor-1');
    const former = before?.peer;
    world.run(2 * HOUR);
    expect(registered(world, 'sensor-1')).toBe(before);
    expect(before?.peer).not.toBe(former);
    expect(former).toMatchObject({ isLive: false });
    expect(world.disk.associations.size).toBe(1);
    expect(device.dtls?.handshakes).toBe(2);
    expect(device.registrations).toBe(1);
  });

  it('is known again after a restart that met it in between', () => {
    const { world, device } = begun();
    world.crashServer(true);
    world.startServer();
    world.run(2 * HOUR);
    expect(device.registrations).toBe(1);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ isLive: true });
    expect(world.disk.associations.size).toBe(1);
  });
});
