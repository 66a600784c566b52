// Queue mode and operations as stories (LwM2M Transport 1.1.1 s6.5): a sleeping device is left in
// peace, and what people asked of it in its sleep reaches it once, in order, when it wakes.

import { describe, expect, it } from 'vitest';
import { ACK, Code } from '../core/coap/message.ts';
import { observe } from '../core/coap/options.ts';
import { CALM } from '../sim/network-rules.ts';
import { content, observes, pathText, RawClient } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, type ServerConfig } from './config.ts';
import { ServerManagement } from './management.ts';

const SECOND = 1000;
const WINDOW = 20 * SECOND;
const PROFILES = [{ ...DEFAULT_PROFILE, awakeWindow: WINDOW }];

function managementOf(world: World): ServerManagement {
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  return new ServerManagement(world.server.host, facts);
}

/** A device in queue mode, registered, observed, and awake for another 18 s. */
function sleeper(config: Partial<ServerConfig> = {}) {
  const world = new World({
    seed: 3, network: CALM, config: { ...DEFAULT_CONFIG, profiles: PROFILES, ...config },
  });
  const client = new RawClient(world);
  client.register('ep=a&lwm2m=1.1&lt=86400&b=U&Q');
  return { world, client, management: managementOf(world) };
}

/** The same, asleep. */
function asleep(config?: Partial<ServerConfig>) {
  const parts = sleeper(config);
  parts.world.run(WINDOW);
  expect(parts.management.device('a')?.state).toBe('asleep');
  return parts;
}

/** Operations as `path status attempts outcome`, newest first. */
function operations(management: ServerManagement): string[] {
  return management.device('a')!.operations.map(
    ({ path, status, attempts, outcome }) => `${path} ${status} ${attempts} ${outcome}`.trimEnd(),
  );
}

describe('the awake window', () => {
  it('closes after the last message of the device, whatever that was', () => {
    const { world, client, management } = sleeper();
    const token = client.tokenOf('/3303/0/5700');
    for (const speak of [
      () => client.update(), () => client.notified(token, 20, '1'),
      () => client.ask(Code.POST, client.location, ['lt=86400']),
    ]) {
      world.run(WINDOW - SECOND);
      speak();
      world.run(WINDOW - SECOND);
      expect(management.device('a')?.state).toBe('awake');
      world.run(2 * SECOND);
      expect(management.device('a')?.state).toBe('asleep');
      client.update();
      expect(management.device('a')?.state).toBe('awake');
    }
  });

  it('is opened by an answer of the device too', () => {
    const { world, client, management } = sleeper();
    world.run(WINDOW - 5 * SECOND);
    client.answer = observes('1');
    management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    world.run(WINDOW - SECOND);
    expect(management.device('a')?.state).toBe('awake');
  });

  it.for([
    ['93 s, unless anything speaks against it', 'ep=x&lwm2m=1.1&b=U&Q', '</1/0>,</3/0>', 93],
    ['25 s of a Zephyr client', 'ep=x&lwm2m=1.1&b=U&Q', '</>;ct=112,</3/0>,</1/0>', 25],
    ['25 s of an nRF9160', 'ep=nrf-352656100123456&lwm2m=1.0&b=UQ', '</3/0>,</1/0>', 25],
  ] as const)('is %s', ([, query, objects, seconds]) => {
    const world = new World({ seed: 3, network: CALM, config: DEFAULT_CONFIG });
    const client = new RawClient(world);
    client.register(query, objects);
    const endpoint = query.slice(3).split('&')[0]!;
    expect(managementOf(world).device(endpoint)?.awakeWindow).toBe(seconds * SECOND);
  });

  it('never closes on a device without queue mode', () => {
    const world = new World({ seed: 3, network: CALM, config: DEFAULT_CONFIG });
    new RawClient(world).register('ep=a&lwm2m=1.1&lt=86400');
    world.run(3600 * SECOND);
    expect(managementOf(world).device('a')).toMatchObject({
      state: 'awake', awakeUntil: undefined,
    });
  });

  it('begins when an Update says so, and ends when one takes it back', () => {
    const world = new World({ seed: 3, network: CALM, config: { ...DEFAULT_CONFIG,
      profiles: PROFILES } });
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.0&lt=86400');
    client.update('b=UQ');
    world.run(WINDOW);
    expect(managementOf(world).device('a')?.state).toBe('asleep');
    client.update('b=U');
    world.run(WINDOW);
    expect(managementOf(world).device('a')?.state).toBe('awake');
  });
});

describe('a sleeping device', () => {
  it('is sent nothing, whatever people want', () => {
    const { world, client, management } = asleep();
    const slept = client.heard.length;
    management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    management.setObserved('a', '/3303/0/5601', true);
    world.run(3600 * SECOND);
    expect(client.heard).toHaveLength(slept);
  });

  it('is sent no retransmission of what was under way when it fell asleep', () => {
    const { world, client, management } = sleeper();
    world.run(WINDOW - 3 * SECOND);
    client.answer = () => 'silence';
    management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    const due = management.device('a')!.awakeUntil!;
    world.run(300 * SECOND);
    expect(client.requests().at(-1)).toBe('GET /3/0/1');
    expect(client.heard.filter(({ at }) => at > due + 100)).toEqual([]);
    expect(operations(management)).toEqual(['/3/0/1 QUEUED 1']);
  });

  it('gets what was queued once, after its next message, in the order of asking', () => {
    const { world, client, management } = asleep();
    for (const path of ['/3/0/1', '/3/0/2', '/3/0/3']) management.request('a', { kind: 'read', path: path }, 'anna');
    world.run(60 * SECOND);
    expect(operations(management)).toEqual([
      '/3/0/3 QUEUED 0', '/3/0/2 QUEUED 0', '/3/0/1 QUEUED 0',
    ]);
    const woke = world.clock.now();
    expect(client.update()?.code).toBe(Code.CHANGED);
    world.run(SECOND);
    expect(client.requests(woke)).toEqual(['GET /3/0/1', 'GET /3/0/2', 'GET /3/0/3']);
    expect(operations(management)).toEqual([
      '/3/0/3 CONFIRMED 1 2.05', '/3/0/2 CONFIRMED 1 2.05', '/3/0/1 CONFIRMED 1 2.05',
    ]);
    world.run(300 * SECOND);
    client.update();
    world.run(SECOND);
    expect(client.requests(woke)).toHaveLength(3);
  });

  it('is sent them one at a time', () => {
    const { world, client, management } = asleep();
    client.answer = () => 'silence';
    for (const path of ['/3/0/1', '/3/0/2']) management.request('a', { kind: 'read', path: path }, 'anna');
    const woke = world.clock.now();
    client.update();
    world.run(10 * SECOND);
    expect(client.requests(woke)).toEqual(['GET /3/0/1']);
  });

  it.for([
    ['a notification', 'notify'], ['an Update', 'update'], ['a Register', 'register'],
  ] as const)('wakes by %s', ([, how]) => {
    const { world, client, management } = asleep();
    management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    const woke = world.clock.now();
    if (how === 'notify') client.notified(client.tokenOf('/3303/0/5700'), 30, '1');
    else if (how === 'update') client.update();
    else client.register('ep=a&lwm2m=1.1&lt=86400&b=U&Q');
    world.run(SECOND);
    expect(client.requests(woke)[0]).toBe('GET /3/0/1');
    expect(operations(management)).toEqual(['/3/0/1 CONFIRMED 1 2.05']);
  });

  it('that answered late is not asked twice', () => {
    const { world, client, management } = sleeper();
    world.run(WINDOW - 3 * SECOND);
    client.answer = () => 'silence';
    management.setObserved('a', '/3303/0/5601', true);
    world.run(2 * SECOND);
    const { mid, token } = client.heard.at(-1)!.message;
    client.answer = observes('1');
    world.run(SECOND);
    client.send({ type: ACK, mid, token, ...content('1', 1) });
    world.run(SECOND);
    client.update();
    world.run(SECOND);
    const asked = client.requests().filter((one) => one === 'GET /3303/0/5601 observe');
    expect(asked.length).toBeLessThanOrEqual(2);
    expect(management.device('a')?.observing).toContain('/3303/0/5601');
  });

  it('is observed again as soon as it wakes, when it fell asleep in between', () => {
    const { world, client, management } = sleeper();
    client.answer = (request) =>
      pathText(request) === '/3/0/9' ? 'silence' : observes('1')(request);
    client.register('ep=a&lwm2m=1.1&lt=86400&b=U&Q');
    world.run(WINDOW);
    expect(management.device('a')?.session).toMatchObject({
      reachability: 'asleep', observations: 'waiting',
    });
    world.run(100 * SECOND);
    client.answer = observes('1');
    const woke = world.clock.now();
    client.update();
    world.run(SECOND);
    expect(client.requests(woke)).toEqual(['GET /3/0/9 observe']);
    expect(management.device('a')?.session.observations).toBe('inPlace');
  });
});

describe('an operation', () => {
  it('is shown and on disk before it is sent', () => {
    const { world, client, management } = sleeper();
    const before = client.heard.length;
    world.disk.commitDelay = { least: 1000, most: 1000 };
    management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    world.run(500);
    expect(client.heard).toHaveLength(before);
    world.run(SECOND);
    // QUEUED is on disk; SENDING is not.
    expect([...world.disk.operations.values()].map(({ status }) => status)).toEqual(['QUEUED']);
    expect(client.heard).toHaveLength(before);
    world.run(SECOND);
    expect([...world.disk.operations.values()].map(({ status }) => status)).toEqual(['SENDING']);
    expect(client.requests().at(-1)).toBe('GET /3/0/1');
  });

  it('fails after 3 attempts without an answer, with the reason, and the next one has its turn', () => {
    const { world, client, management } = asleep();
    client.answer = (request) => pathText(request) === '/3/0/1' ? 'silence' : content('1');
    for (const path of ['/3/0/1', '/3/0/2']) management.request('a', { kind: 'read', path: path }, 'anna');
    const woke = world.clock.now();
    for (const attempts of [1, 2]) {
      client.update();
      world.run(200 * SECOND);
      expect(operations(management)[1]).toBe(`/3/0/1 QUEUED ${attempts}`);
    }
    client.update();
    world.run(200 * SECOND);
    expect(operations(management)).toContain('/3/0/1 FAILED 3 no answer in 3 attempts');
    client.update();
    world.run(SECOND);
    expect(client.requests(woke)).toEqual([
      'GET /3/0/1', 'GET /3/0/1', 'GET /3/0/1', 'GET /3/0/2',
    ]);
    expect(operations(management)).toContain('/3/0/2 CONFIRMED 1 2.05');
  });

  it.for([
    ['an error', { code: Code.NOT_FOUND }, 'FAILED 1 the device answered 4.04'],
    ['a Reset', 'reset', 'FAILED 1 the device answered with a Reset'],
    ['an unreadable value', { ...content(''), payload: Uint8Array.of(0xff, 0xfe) },
      'FAILED 1 text'],
    ['its value', content('21.5'), 'CONFIRMED 1 2.05'],
  ] as const)('ends with %s', ([, answer, outcome]) => {
    const { world, client, management } = sleeper();
    client.answer = () => answer;
    management.request('a', { kind: 'read', path: '/3303/0/5601' }, 'anna');
    world.run(SECOND);
    expect(operations(management)[0]).toContain(`/3303/0/5601 ${outcome}`);
    expect(management.device('a')!.operations[0]?.requestedBy).toBe('anna');
    world.run(600 * SECOND);
    expect([...world.disk.operations.values()][0]?.status).toBe(outcome.split(' ')[0]);
  });

  it('survives a re-registration: it goes to the new one, once', () => {
    const { world, client, management } = sleeper();
    client.answer = () => 'silence';
    management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    world.run(SECOND);
    client.answer = observes('1');
    const again = world.clock.now();
    client.register('ep=a&lwm2m=1.1&lt=86400&b=U&Q');
    expect(client.requests(again)[0]).toBe('GET /3/0/1');
    expect(client.requests(again).filter((one) => one === 'GET /3/0/1')).toHaveLength(1);
    expect(operations(management)).toEqual(['/3/0/1 CONFIRMED 1 2.05']);
  });

  it('waits for a device that does not answer until it speaks', () => {
    const world = new World({ seed: 3, network: CALM, config: DEFAULT_CONFIG });
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1&lt=86400');
    const management = managementOf(world);
    client.unplug();
    management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    world.run(100 * SECOND);
    expect(management.device('a')?.state).toBe('silent');
    expect(operations(management)).toEqual(['/3/0/1 QUEUED 1']);
    const sent = world.trace.count;
    world.run(1000 * SECOND);
    expect(world.trace.count).toBe(sent);
    client.plug();
    client.update();
    world.run(SECOND);
    expect(management.device('a')?.state).toBe('awake');
    expect(operations(management)).toEqual(['/3/0/1 CONFIRMED 2 2.05']);
  });

  it('is refused when the device is unknown, not registered, or has too many waiting', () => {
    const limits = { ...DEFAULT_CONFIG.limits, operationsMax: 3 };
    const { client, management } = asleep({ limits });
    for (let count = 0; count < 3; count++) {
      expect(management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna').ok).toBe(true);
    }
    expect(management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna')).toEqual({
      ok: false, reason: 'a has 3 operations waiting already',
    });
    expect(management.request('b', { kind: 'read', path: '/3/0/1' }, 'anna').ok).toBe(false);
    expect(management.request('a', { kind: 'read', path: '3 0' }, 'anna').ok).toBe(false);
    client.ask(Code.DELETE, client.location);
    expect(management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna')).toEqual({
      ok: false, reason: 'a is not registered',
    });
  });

  it('goes before what the server itself wants of the device', () => {
    const { world, client, management } = asleep();
    management.request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    management.setObserved('a', '/3303/0/5601', true);
    const woke = world.clock.now();
    client.update();
    world.run(SECOND);
    expect(client.requests(woke)).toEqual(['GET /3/0/1', 'GET /3303/0/5601 observe']);
  });

  it('that was answered while the device slept already is answered all the same', () => {
    const { world, client, management } = sleeper();
    client.answer = (request) => observe(request) === undefined ? 'silence' : content('1', 0);
    world.run(WINDOW - 3 * SECOND);
    management.request('a', { kind: 'read', path: '/3303/0/5601' }, 'anna');
    management.request('a', { kind: 'read', path: '/3303/0/5602' }, 'anna');
    world.run(30 * SECOND);
    client.answer = observes('1');
    client.update();
    world.run(SECOND);
    expect(operations(management)).toEqual([
      '/3303/0/5602 CONFIRMED 1 2.05', '/3303/0/5601 CONFIRMED 2 2.05',
    ]);
  });
});
