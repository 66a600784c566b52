// Restarts and crashes as stories: what was acknowledged is there again, what was not may be
// there twice but never half, and a device notices nothing but a pause.

import { describe, expect, it } from 'vitest';
import { toHex } from '../core/bytes.ts';
import { ACK, Code, RST } from '../core/coap/message.ts';
import { SeededRandom } from '../sim/random.ts';
import { DEFAULT_NETWORK } from '../sim/network.ts';
import { CALM, LOSSY } from '../sim/network-rules.ts';
import { float, integer, Resources } from '../sim/resources.ts';
import { ramp, wave } from '../sim/signals.ts';
import { USUAL_DELAY } from '../sim/store.ts';
import { content, observes, OBJECTS, RawClient } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, type ServerConfig } from './config.ts';
import { ServerManagement } from './management.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function newWorld(config: Partial<ServerConfig> = {}): World {
  return new World({ seed: 5, network: CALM, config: { ...DEFAULT_CONFIG, ...config } });
}

function managementOf(world: World): ServerManagement {
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  return new ServerManagement(world.server.host, facts);
}

function restart(world: World, pause = SECOND, keepsGroup = true): void {
  world.crashServer(keepsGroup);
  world.disk.commitDelay = USUAL_DELAY;
  world.run(pause);
  world.startServer();
}

describe('after a restart', () => {
  it('a registration is there with its id, deadlines and all it said', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1&lt=600&b=UT&sms=49&x=1');
    const before = managementOf(world).device('a')!;
    restart(world, 10 * SECOND);
    const after = managementOf(world).device('a')!;
    expect(after.row).toEqual(before.row);
    expect(after.forgetsAt).toBe(before.forgetsAt);
    expect(client.update()?.code).toBe(Code.CHANGED);
  });

  it('objects have the versions of the LwM2M they were registered with', () => {
    const world = newWorld();
    new RawClient(world).register('ep=a&lwm2m=1.2&lt=600', '</1/0>,</3/0>,</4/0>');
    const versions = () => world.server.host.devices.get('a')?.registration?.objects.objects
      .map(({ object, version }) => `${object}=${version}`);
    restart(world);
    expect(versions()).toEqual(['1=1.2', '3=1.2', '4=1.3']);
  });

  it('observations go on with the same tokens, and nothing is asked again', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1&lt=600');
    const token = client.tokenOf('/3303/0/5700');
    const before = client.heard.length;
    restart(world);
    world.run(MINUTE);
    expect(client.heard).toHaveLength(before);
    expect(client.notified(token, 50, '3')).toBe(ACK);
    expect(managementOf(world).device('a')?.observing).toEqual(['/3303/0/5700', '/3/0/9']);
  });

  it('observations that were being made are finished', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.answer = (request) => toHex(request.token).endsWith('0001')
      ? 'silence' : observes('1')(request);
    client.register('ep=a&lwm2m=1.1&lt=600');
    expect(managementOf(world).device('a')?.session.observations).toBe('establishing');
    client.answer = observes('1');
    restart(world);
    world.run(5 * SECOND);
    expect(managementOf(world).device('a')?.observing).toEqual(['/3303/0/5700', '/3/0/9']);
    expect(managementOf(world).device('a')?.session.observations).toBe('inPlace');
  });

  it('a changed profile is applied to what is observed', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1&lt=600');
    world.config = {
      ...DEFAULT_CONFIG, profiles: [{ ...DEFAULT_PROFILE, observe: ['/3303/0/5601', '/3/0/9'] }],
    };
    const restarted = world.clock.now();
    restart(world);
    world.run(5 * SECOND);
    expect(client.requests(restarted).sort())
      .toEqual(['GET /3/0', 'GET /3303/0/5601 observe', 'GET /3303/0/5700 cancel']);
  });

  it('a registration whose lifetime ended meanwhile expires at once, another at its time', () => {
    const world = newWorld();
    new RawClient(world, '10.2.0.1').register('ep=short&lwm2m=1.1&lt=60');
    new RawClient(world, '10.2.0.2').register('ep=long&lwm2m=1.1&lt=600');
    const { forgetsAt } = managementOf(world).device('long')!;
    restart(world, 160 * SECOND);
    world.run(100);
    expect(managementOf(world).device('short')?.state).toBe('expired');
    world.run(forgetsAt! - world.clock.now() - 1);
    expect(managementOf(world).device('long')?.state).not.toBe('expired');
    world.run(1);
    expect(managementOf(world).device('long')?.state).toBe('expired');
  });

  it('a sleeping device is asleep, with what waits for it', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1&lt=6000&Q');
    world.run(100 * SECOND);
    managementOf(world).request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    world.run(SECOND);
    const before = client.heard.length;
    restart(world);
    world.run(100 * SECOND);
    expect(managementOf(world).device('a')?.state).toBe('asleep');
    expect(client.heard).toHaveLength(before);
    client.update();
    world.run(SECOND);
    expect(client.requests().at(-1)).toBe('GET /3/0/1');
    expect(managementOf(world).device('a')?.operations).toMatchObject([
      { path: '/3/0/1', status: 'CONFIRMED', requestedBy: 'anna' },
    ]);
  });

  it('an operation that was on its way is sent again, and ends once', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1&lt=6000');
    client.answer = () => 'silence';
    managementOf(world).request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    world.run(SECOND);
    expect([...world.disk.operations.values()][0]?.status).toBe('SENDING');
    client.answer = observes('1');
    restart(world);
    world.run(SECOND);
    expect([...world.disk.operations.values()])
      .toMatchObject([{ status: 'CONFIRMED', outcome: '2.05' }]);
  });

  it('ids and sequence numbers go on where they were', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1&lt=6000');
    managementOf(world).request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    world.run(SECOND);
    restart(world);
    managementOf(world).request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    new RawClient(world, '10.2.0.2').register('ep=b&lwm2m=1.1');
    const sequences = [...world.disk.telemetry].map(({ sequence }) => sequence);
    expect(new Set(sequences).size).toBe(sequences.length);
    expect([...world.disk.operations.keys()]).toEqual([1, 2]);
    expect([...world.disk.devices.keys()]).toEqual([1, 2]);
  });

  it('names, tags and what was switched by hand are there', () => {
    const world = newWorld();
    new RawClient(world).register('ep=a&lwm2m=1.1&lt=6000');
    managementOf(world).describe('a', { displayName: 'North gate', tags: ['cellar', 'test'] });
    managementOf(world).setObserved('a', '/3303/0/5601', true);
    world.run(SECOND);
    const before = managementOf(world).device('a');
    restart(world);
    expect(managementOf(world).device('a')).toEqual(before);
  });

  it('a notification of a registration that ended meanwhile gets a Reset', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1&lt=60');
    const token = client.tokenOf('/3303/0/5700');
    restart(world, 200 * SECOND);
    world.run(100);
    expect(client.notified(token, 9, '1')).toBe(RST);
  });

  it('a stored object list that is no longer understood ends that registration alone', () => {
    const world = newWorld();
    new RawClient(world, '10.2.0.1').register('ep=a&lwm2m=1.1');
    new RawClient(world, '10.2.0.2').register('ep=b&lwm2m=1.1');
    const row = world.disk.devices.get(1)!;
    world.disk.devices.set(1, {
      ...row, registration: { ...row.registration!, links: 'not links' },
    });
    restart(world);
    expect(managementOf(world).device('a')?.state).toBe('expired');
    expect(managementOf(world).device('b')?.state).toBe('awake');
  });
});

describe.for([['lost', false], ['on disk but unacknowledged', true]] as const)(
  'a crash that leaves the group %s', ([, keepsGroup]) => {
    it('during a Register: the device sends it again and is registered once', () => {
      const world = newWorld();
      const client = new RawClient(world);
      world.disk.commitDelay = { least: 1000, most: 1000 };
      const mid = client.request(Code.POST, ['rd'], ['ep=a', 'lwm2m=1.1'], OBJECTS);
      world.run(100);
      restart(world, SECOND, keepsGroup);
      expect(client.answerTo(mid)).toBeUndefined();
      expect(world.server.host.devices.size).toBe(keepsGroup ? 1 : 0);
      client.register('ep=a&lwm2m=1.1');
      expect(world.server.host.devices.size).toBe(1);
      expect(world.server.host.byPeer.size).toBe(1);
      expect(client.update()?.code).toBe(Code.CHANGED);
    });

    it('during a notification: its retransmission is stored, at most twice in all', () => {
      const world = newWorld();
      const client = new RawClient(world);
      client.register('ep=a&lwm2m=1.1&lt=600');
      const token = client.tokenOf('/3303/0/5700');
      world.disk.commitDelay = { least: 1000, most: 1000 };
      const mid = client.notify(token, 9, '77');
      world.run(100);
      restart(world, SECOND, keepsGroup);
      expect(client.reactionTo(mid)).toBeUndefined();
      client.notify(token, 9, '77');
      world.run(SECOND);
      const stored = [...world.disk.telemetry].filter(
        ({ value }) => value.type === 'float' && value.value === 77,
      );
      expect(stored).toHaveLength(keepsGroup ? 2 : 1);
    });

    it('during a read by hand: it was either never accepted or is delivered', () => {
      const world = newWorld();
      const client = new RawClient(world);
      client.register('ep=a&lwm2m=1.1&lt=600');
      world.disk.commitDelay = { least: 1000, most: 1000 };
      let isDurable = false;
      const asked = managementOf(world).request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
      if (asked.ok) world.server.host.afterCommit(asked.value.ticket, () => isDurable = true);
      world.run(100);
      restart(world, SECOND, keepsGroup);
      world.run(SECOND);
      expect(isDurable).toBe(false);
      const { operations } = managementOf(world).device('a')!;
      expect(operations).toMatchObject(keepsGroup ? [{ status: 'CONFIRMED' }] : []);
    });

    it('during a De-register: the device is told 4.04 or 2.02, and is gone', () => {
      const world = newWorld();
      const client = new RawClient(world);
      client.register('ep=a&lwm2m=1.1&lt=600');
      world.disk.commitDelay = { least: 1000, most: 1000 };
      client.request(Code.DELETE, client.location);
      world.run(100);
      restart(world, SECOND, keepsGroup);
      const answer = client.ask(Code.DELETE, client.location);
      expect(answer?.code).toBe(keepsGroup ? Code.NOT_FOUND : Code.DELETED);
      expect(managementOf(world).device('a')?.state).toBe('deregistered');
    });

    it('during a forget: the device is there or gone, never in between', () => {
      const world = newWorld();
      const client = new RawClient(world);
      client.register('ep=a&lwm2m=1.1&lt=600');
      world.disk.commitDelay = { least: 1000, most: 1000 };
      managementOf(world).forget('a');
      world.run(100);
      restart(world, SECOND, keepsGroup);
      expect(world.server.host.devices.has('a')).toBe(!keepsGroup);
      expect(client.update()?.code).toBe(keepsGroup ? Code.NOT_FOUND : Code.CHANGED);
    });
  },
);

describe('crashes at any moment on a lossy network', () => {
  it.for([1, 2, 3, 4, 5, 6])('lose nothing that was acknowledged (seed %i)', (seed) => {
    const random = new SeededRandom(seed, 'crashes');
    const world = new World({ seed, network: LOSSY, config: DEFAULT_CONFIG });
    const devices = Array.from({ length: 4 }, (_, index) => world.addDevice({
      endpoint: `device-${index}`, lifetime: 300, notifyEvery: 10 * SECOND,
      awake: index % 2 === 0 ? 25 * SECOND : undefined,
      resources: new Resources({
        '/3/0/9': integer(ramp(100, 20, MINUTE)), '/3303/0/5700': float(wave(20, 5, MINUTE)),
      }),
    }));
    for (const device of devices) device.start();
    for (let crash = 0; crash < 4; crash++) {
      world.run(MINUTE + random.below(5 * MINUTE));
      restart(world, random.below(MINUTE), random.below(2) === 0);
    }
    world.run(10 * MINUTE);
    world.network.define(DEFAULT_NETWORK, CALM);
    world.run(10 * MINUTE);
    for (const [index, device] of devices.entries()) {
      const kept = managementOf(world).device(device.options.endpoint)!;
      expect(kept.session).toMatchObject({ registration: 'registered', observations: 'inPlace' });
      expect(kept.row.registration?.id).toBe(device.location?.split('/')[1]);
      // Each first value of an observation is stored as well, hence "at least".
      const stored = [...world.disk.telemetry].filter((row) => row.device === kept.row.id);
      expect(stored.length, `device-${index}`).toBeGreaterThanOrEqual(device.acknowledged);
      expect(device.acknowledged).toBeGreaterThan(50);
      const tokens = new Set([...device.observed.keys()]);
      expect(kept.observing).toHaveLength(tokens.size);
    }
  });
});

describe('a value', () => {
  it('of the device keeps its type and the time of its receipt', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.answer = () => content('21.5', 0);
    client.register('ep=a&lwm2m=1.1');
    const row = [...world.disk.telemetry].find(({ resource }) => resource === 5700)!;
    expect(row).toMatchObject({
      device: 1, object: 3303, instance: 0, resourceInstance: -1,
      value: { type: 'float', value: 21.5 },
    });
    expect(row.deviceTime).toBe(row.receiveTime);
  });
});
