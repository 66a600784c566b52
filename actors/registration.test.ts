// Registration as stories (LwM2M Core 1.1.1 s6.2, Transport 1.1.1 s6.4.3): raw datagrams into the
// whole server, virtual time, and what it answers, keeps and asks for afterwards.

import { describe, expect, it, test } from 'vitest';
import { Code, formatCode, NON, OptionNumber } from '../core/coap/message.ts';
import { encodeUtf8, toHex } from '../core/bytes.ts';
import { locationPath, maxAgeSeconds, stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import { CALM } from '../sim/network-rules.ts';
import { OBJECTS, RawClient } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, type ServerConfig } from './config.ts';
import { ServerManagement } from './management.ts';

const SECOND = 1000;
const GRACE = 93 * SECOND;

function newWorld(config: Partial<ServerConfig> = {}): World {
  return new World({ seed: 1, network: CALM, config: { ...DEFAULT_CONFIG, ...config } });
}

function limited(limits: Partial<ServerConfig['limits']>): Partial<ServerConfig> {
  return { limits: { ...DEFAULT_CONFIG.limits, ...limits } };
}

function device(world: World, endpoint: string) {
  const found = world.server.host.devices.get(endpoint);
  expect(found, endpoint).toBeDefined();
  return found!;
}

function management(world: World): ServerManagement {
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  return new ServerManagement(world.server.host, facts);
}

describe('Register', () => {
  it('is answered 2.01 only when it is on disk, and nothing is asked before', () => {
    const world = newWorld();
    const client = new RawClient(world);
    world.disk.commitDelay = { least: 5000, most: 5000 };
    const mid = client.request(Code.POST, ['rd'], ['ep=a', 'lwm2m=1.1'], OBJECTS);
    world.run(5000);
    expect(world.disk.devices.size).toBe(0);
    expect(client.answerTo(mid)).toBeUndefined();
    // RFC 7252 s5.2.2: meanwhile an empty ACK keeps the client from sending it again.
    expect(client.reactionTo(mid)?.code).toBe(Code.EMPTY);
    expect(client.requests()).toEqual([]);
    world.run(SECOND);
    expect(world.disk.devices.size).toBe(1);
    expect(client.answerTo(mid)?.code).toBe(Code.CREATED);
    const created = client.heard.findIndex(({ message }) => message.code === Code.CREATED);
    const asked = client.heard.findIndex(({ message }) => message.code === Code.GET);
    expect(asked).toBeGreaterThan(created);
  });

  it('asks nothing of a second registration because the first one was answered', () => {
    const world = newWorld();
    const client = new RawClient(world);
    world.disk.commitDelay = { least: 1000, most: 1000 };
    client.request(Code.POST, ['rd'], ['ep=a', 'lwm2m=1.1'], OBJECTS);
    world.run(500);
    const second = client.request(Code.POST, ['rd'], ['ep=a', 'lwm2m=1.1'], OBJECTS);
    world.run(SECOND);
    // The first is on disk and answered; the second is not: C 6.3, no request before its 2.01.
    expect(client.answerTo(second)).toBeUndefined();
    expect(client.requests()).toEqual([]);
    world.run(2 * SECOND);
    expect(client.answerTo(second)?.code).toBe(Code.CREATED);
    expect(client.requests()).toContain('GET /3303/0/5700 observe');
  });

  it('gets a location of two segments that Zephyr\'s buffer of 12 bytes holds', () => {
    const client = new RawClient(newWorld());
    client.register('ep=a&lwm2m=1.1');
    expect(client.location[0]).toBe('rd');
    expect(client.location).toHaveLength(2);
    expect(encodeUtf8(client.location.join('/')).length).toBeLessThanOrEqual(3 + 12);
  });

  it('runs once, however often it arrives', () => {
    const world = newWorld();
    const client = new RawClient(world);
    const options = [
      stringOptionOf(OptionNumber.URI_PATH, 'rd'), uintOptionOf(OptionNumber.CONTENT_FORMAT, 40),
      stringOptionOf(OptionNumber.URI_QUERY, 'ep=a'),
    ];
    const message = { code: Code.POST, mid: 77, options, payload: encodeUtf8(OBJECTS) };
    for (let copy = 0; copy < 3; copy++) client.send(message);
    world.run(100);
    client.send(message);
    world.run(100);
    expect(world.disk.events.map(({ type }) => type)).toEqual(['registered']);
    const created = client.heard.filter(({ message: { code } }) => code === Code.CREATED);
    expect(new Set(created.map(({ message: one }) => locationPath(one).join('/'))).size).toBe(1);
  });

  it('is taken from a NON as well, and answered by one', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.send({
      type: NON, code: Code.POST, token: Uint8Array.of(1), payload: encodeUtf8(OBJECTS),
      options: [
        stringOptionOf(OptionNumber.URI_PATH, 'rd'), uintOptionOf(OptionNumber.CONTENT_FORMAT, 40),
        stringOptionOf(OptionNumber.URI_QUERY, 'ep=a'),
      ],
    });
    world.run(100);
    expect(client.heard[0]?.message).toMatchObject({ type: NON, code: Code.CREATED });
  });
});

describe('a refusal says why to the operator and its code to the device', () => {
  test.for<[what: string, query: string, body: string, code: string, reason: RegExp]>([
    ['no endpoint', 'lwm2m=1.1', OBJECTS, '4.00', /names no endpoint/],
    ['an empty endpoint', 'ep=&lwm2m=1.1', OBJECTS, '4.00', /names no endpoint/],
    ['an endpoint with control characters', 'ep=a\u0007', OBJECTS, '4.00', /control characters/],
    ['a duplicate parameter', 'ep=a&lt=60&lt=60', OBJECTS, '4.00', /twice/],
    ['two endpoints', 'ep=a&ep=b', OBJECTS, '4.00', /twice/],
    ['a lifetime of words', 'ep=a&lt=long', OBJECTS, '4.00', /not a number of seconds/],
    ['a lifetime beyond 32 bits', 'ep=a&lt=4294967296', OBJECTS, '4.00', /out of range/],
    ['a binding of no letters', 'ep=a&b=X', OBJECTS, '4.00', /binding/],
    ['a Q with a value', 'ep=a&Q=1', OBJECTS, '4.00', /takes none/],
    ['version 1.3', 'ep=a&lwm2m=1.3', OBJECTS, '4.12', /speaks LwM2M 1\.3/],
    ['a profile for a list', 'ep=a&lwm2m=1.2&pid=6:27354b9a', '', '4.09', /no list of its objects/],
    ['version 2.0', 'ep=a&lwm2m=2.0', OBJECTS, '4.12', /speaks LwM2M 2\.0/],
    ['a version of words', 'ep=a&lwm2m=new', OBJECTS, '4.00', /not a version/],
    ['no body', 'ep=a&lwm2m=1.1', '', '4.00', /names no object/],
    ['a body that is no link format', 'ep=a', 'hello', '4.00', /link format/],
    ['links without an object', 'ep=a', '</sensors/temp>', '4.00', /names no object/],
  ])('%s', ([, query, body, code, reason]) => {
    const world = newWorld();
    const client = new RawClient(world);
    const answer = client.ask(Code.POST, ['rd'], query.split('&'), body);
    expect(answer && formatCode(answer.code)).toBe(code);
    expect(answer?.payload).toHaveLength(0);
    expect(world.server.host.devices.size).toBe(0);
    const [refusal] = management(world).refusals();
    expect(refusal).toMatchObject({ answer: code, address: '10.2.0.1:5683', count: 1 });
    expect(refusal?.reason).toMatch(reason);
  });

  it('another content format than link format', () => {
    const client = new RawClient(newWorld());
    const answer = client.ask(Code.POST, ['rd'], ['ep=a'], OBJECTS, 0);
    expect(answer && formatCode(answer.code)).toBe('4.00');
  });

  test.for<[what: string, method: number, path: string, code: string]>([
    ['Update of an unknown registration', Code.POST, 'rd/0abcdef1', '4.04'],
    ['De-register of an unknown registration', Code.DELETE, 'rd/0abcdef1', '4.04'],
    ['an id that is no id', Code.POST, 'rd/%', '4.04'],
    ['an empty id', Code.POST, 'rd/', '4.04'],
    ['something below a registration', Code.POST, 'rd/0abcdef1/x', '4.04'],
    ['GET of the directory', Code.GET, 'rd', '4.05'],
    ['PUT of a registration', Code.PUT, 'rd/0abcdef1', '4.05'],
    ['DELETE of the directory', Code.DELETE, 'rd', '4.05'],
    ['another resource', Code.POST, 'bs', '4.04'],
    ['the root', Code.GET, '', '4.04'],
    ['a method that does not exist', 0x1f, 'rd', '4.05'],
  ])('%s', ([, method, path, code]) => {
    const client = new RawClient(newWorld());
    const answer = client.ask(method, path === '' ? [] : path.split('/'));
    expect(answer && formatCode(answer.code)).toBe(code);
  });

  it('a bad Update leaves the registration as it was', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lt=60');
    for (const query of ['lt=never', 'b=XX', 'lt=1&lt=2']) {
      expect(client.update(query)?.code).toBe(Code.BAD_REQUEST);
    }
    expect(client.update('', 'hello')?.code).toBe(Code.BAD_REQUEST);
    expect(device(world, 'a').registration).toMatchObject({ lifetime: 60, binding: 'U' });
    expect(management(world).refusals()[0]).toMatchObject({ endpoint: 'a', answer: '4.00' });
  });
});

describe('Update', () => {
  it('is answered 2.04 when it is on disk, and moves the end of the lifetime', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lt=60');
    world.run(30 * SECOND);
    const now = world.clock.now();
    expect(client.update()?.code).toBe(Code.CHANGED);
    const [row] = [...world.disk.devices.values()];
    expect(row?.registration?.expiresAt).toBeGreaterThanOrEqual(now + 60 * SECOND);
    expect(row?.registration?.updatedAt).toBeGreaterThanOrEqual(now);
  });

  it('changes what it names and leaves the rest', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lt=60&b=U&sms=123');
    client.update('lt=120');
    expect(device(world, 'a').registration).toMatchObject(
      { lifetime: 120, binding: 'U', queueMode: false, smsNumber: '123' },
    );
    client.update('b=UT&Q');
    expect(device(world, 'a').registration).toMatchObject(
      { lifetime: 120, binding: 'UT', queueMode: true, smsNumber: '123' },
    );
  });

  it('from another address carries the registration there and observes everything again', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lt=60&lwm2m=1.1');
    const token = client.tokenOf('/3303/0/5700');
    client.moveTo('10.9.9.9', 1234);
    const moved = world.clock.now();
    expect(client.update()?.code).toBe(Code.CHANGED);
    world.run(SECOND);
    expect(client.requests(moved)).toEqual(['GET /3303/0/5700 observe', 'GET /3/0/9 observe']);
    // C 6.4.1: the registration is the same, so are its tokens.
    expect(toHex(client.tokenOf('/3303/0/5700'))).toBe(toHex(token));
    const [row] = [...world.disk.devices.values()];
    expect(row?.registration).toMatchObject({ host: '10.9.9.9', port: 1234 });
    expect(world.disk.events.map(({ type }) => type).sort())
      .toEqual(['reconnected', 'registered', 'updated']);
    expect(device(world, 'a').state.states.observations).toBe('inPlace');
  });

  it('from another address while a request is under way asks again at the new one', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.answer = () => 'silence';
    client.register('ep=a&lt=300&lwm2m=1.1');
    expect(client.requests()).toEqual(['GET /3/0']);
    client.moveTo('10.9.9.9');
    client.answer = () => ({ code: Code.NOT_FOUND });
    const moved = world.clock.now();
    const before = world.trace.count;
    client.update();
    world.run(5 * SECOND);
    expect(client.requests(moved)[0]).toBe('GET /3/0');
    expect(device(world, 'a').state.states.observations).toBe('inPlace');
    const toOldAddress = world.trace.last(world.trace.count - before)
      .filter((line) => line.includes('> 10.2.0.1:5683'));
    expect(toOldAddress).toEqual([]);
  });

  it('with a new object list changes what is observed', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1');
    const changed = world.clock.now();
    client.update('', '</1/0>,</3/0>,</3304/0>');
    world.run(SECOND);
    expect(client.requests(changed)).toEqual([
      'GET /3/0', 'GET /3304/0/5700 observe', 'GET /3303/0/5700 cancel',
    ]);
    const [row] = [...world.disk.devices.values()];
    expect(row?.registration?.links).toBe('</1/0>,</3/0>,</3304/0>');
    world.run(SECOND);
    expect(management(world).device('a')?.observing).toEqual(['/3/0/9', '/3304/0/5700']);
  });
});

describe('a Register of a known endpoint', () => {
  it('replaces the registration, voids its observations and makes new ones', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1&lt=60');
    const before = { location: client.location, token: client.tokenOf('/3303/0/5700') };
    client.register('ep=a&lwm2m=1.1&lt=90');
    expect(client.location).not.toEqual(before.location);
    const token = client.tokenOf('/3303/0/5700');
    expect(toHex(token)).not.toBe(toHex(before.token));
    expect(client.notified(before.token, 5, '1')).toBe(3);
    expect(client.notified(token, 5, '1')).toBe(2);
    expect(world.server.host.devices.size).toBe(1);
    client.location = before.location;
    expect(client.update()?.code).toBe(Code.NOT_FOUND);
  });

  it('cancels what was under way: nothing of the old registration is asked again', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1');
    const asked = client.heard.length;
    client.answer = () => 'silence';
    management(world).setObserved('a', '/3/0/13', true);
    world.run(SECOND);
    expect(client.requests().at(-1)).toBe('GET /3/0/13 observe');
    const oldToken = toHex(client.tokenOf('/3/0/13'));
    const renewed = world.clock.now();
    client.answer = () => ({ code: Code.NOT_FOUND });
    client.register('ep=a&lwm2m=1.1');
    world.run(60 * SECOND);
    const later = client.heard.slice(asked).filter(({ at, message }) =>
      at > renewed && message.code === Code.GET && toHex(message.token) === oldToken);
    expect(later).toEqual([]);
    expect(client.requests(renewed)).toEqual([
      'GET /3/0', 'GET /3303/0/5700 observe', 'GET /3/0/9 observe', 'GET /3/0/13 observe',
    ]);
    expect(device(world, 'a').state.states.observations).toBe('inPlace');
  });

  it('may come from another address', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1');
    client.moveTo('10.9.9.9');
    client.register('ep=a&lwm2m=1.1');
    expect(device(world, 'a').registration?.peer.address.host).toBe('10.9.9.9');
    expect(world.server.host.byPeer.size).toBe(1);
    expect(device(world, 'a').state.states.observations).toBe('inPlace');
  });
});

describe('the end of a registration', () => {
  it('comes exactly a lifetime and 93 s after the last Update', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lt=60');
    client.update();
    const { expiresAt } = device(world, 'a').registration!;
    client.unplug();
    world.run(expiresAt + GRACE - world.clock.now() - 1);
    expect(device(world, 'a').state.states.registration).toBe('registered');
    world.run(1);
    expect(device(world, 'a').state.states.registration).toBe('expired');
    expect(management(world).device('a')?.state).toBe('expired');
    world.run(SECOND);
    const [row] = [...world.disk.devices.values()];
    expect(row).toMatchObject({ registration: undefined, ended: 'expired' });
    client.plug();
    expect(client.update()?.code).toBe(Code.NOT_FOUND);
  });

  it('does not come while Updates come within the grace', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lt=60');
    for (let round = 0; round < 5; round++) {
      world.run(60 * SECOND + GRACE - 5 * SECOND);
      expect(client.update()?.code).toBe(Code.CHANGED);
    }
  });

  it('never comes for a lifetime of 0', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lt=0');
    client.unplug();
    world.run(365 * 24 * 3600 * SECOND);
    expect(device(world, 'a').state.states.registration).toBe('registered');
  });

  it('is 2.02 to a De-register, once it is on disk', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1');
    const token = client.tokenOf('/3303/0/5700');
    expect(client.ask(Code.DELETE, client.location)?.code).toBe(Code.DELETED);
    expect(client.ask(Code.DELETE, client.location)?.code).toBe(Code.NOT_FOUND);
    const [row] = [...world.disk.devices.values()];
    expect(row).toMatchObject({ registration: undefined, ended: 'deregistered' });
    expect(management(world).device('a')?.state).toBe('deregistered');
    expect(client.notified(token, 9, '1')).toBe(3);
    expect(world.server.host.byPeer.size).toBe(0);
    expect(world.server.host.objectLists.size).toBe(0);
  });

  it('sends nothing more when a request was under way', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.answer = () => 'silence';
    client.register('ep=a&lwm2m=1.1');
    client.ask(Code.DELETE, client.location);
    const ended = world.clock.now();
    world.run(200 * SECOND);
    expect(client.heard.filter(({ at }) => at > ended)).toEqual([]);
  });
});

describe('who may register', () => {
  it('is only known endpoints, if so configured', () => {
    const world = newWorld({ registration: 'known' });
    const client = new RawClient(world);
    const answer = client.ask(Code.POST, ['rd'], ['ep=a', 'lwm2m=1.1'], OBJECTS);
    expect(answer?.code).toBe(Code.FORBIDDEN);
    expect(management(world).refusals()[0]?.reason).toContain('unknown endpoint');
    expect(management(world).provision('a').ok).toBe(true);
    expect(management(world).device('a')?.state).toBe('never');
    client.register('ep=a&lwm2m=1.1');
    expect(device(world, 'a').state.states.registration).toBe('registered');
  });

  it('stays known across a restart', () => {
    const world = newWorld({ registration: 'known' });
    management(world).provision('a');
    world.run(SECOND);
    world.crashServer(true);
    world.startServer();
    new RawClient(world).register('ep=a&lwm2m=1.1');
  });

  it('a Zephyr client that is refused is expected again in 1,235 s', () => {
    const world = newWorld({ registration: 'known' });
    const client = new RawClient(world);
    client.ask(Code.POST, ['rd'], ['ep=z', 'lwm2m=1.1'], '</>;ct=112,</3/0>,</1/0>');
    const [refusal] = management(world).refusals();
    expect(refusal!.retryAt! - refusal!.at).toBe(1_235_000);
  });

  it('ends at the limit of devices from one source, until one is forgotten', () => {
    const world = newWorld(limited({ devicesPerSourceMax: 2 }));
    const client = new RawClient(world);
    client.register('ep=a');
    client.register('ep=b');
    const answer = client.ask(Code.POST, ['rd'], ['ep=c'], OBJECTS);
    expect(answer?.code).toBe(Code.SERVICE_UNAVAILABLE);
    expect(answer && maxAgeSeconds(answer)).toBe(600);
    // Those already here may come again, and another source has its own share.
    client.register('ep=a');
    new RawClient(world, '10.2.0.2').register('ep=d');
    expect(management(world).forget('b').ok).toBe(true);
    client.register('ep=c');
    expect(management(world).refusals()[0]?.reason)
      .toBe('the limit of 2 devices from 10.2.0.1');
  });

  it('ends at the limit of devices in all', () => {
    const world = newWorld(limited({ devicesMax: 2 }));
    new RawClient(world, '10.2.0.1').register('ep=a');
    new RawClient(world, '10.2.0.2').register('ep=b');
    const third = new RawClient(world, '10.2.0.3');
    expect(third.ask(Code.POST, ['rd'], ['ep=c'], OBJECTS)?.code).toBe(Code.SERVICE_UNAVAILABLE);
    expect(management(world).provision('c')).toMatchObject({ ok: false });
  });

  it('counts the addresses of an IPv6 /64 as one source', () => {
    const world = newWorld(limited({ devicesPerSourceMax: 2 }));
    new RawClient(world, '2001:db8:0:7::1').register('ep=a');
    new RawClient(world, '2001:db8:0:7:ffff::2').register('ep=b');
    const third = new RawClient(world, '2001:db8:0:7:1:2:3:4');
    expect(third.ask(Code.POST, ['rd'], ['ep=c'], OBJECTS)?.code).toBe(Code.SERVICE_UNAVAILABLE);
    new RawClient(world, '2001:db8:0:8::1').register('ep=c');
  });
});

describe('two endpoints behind one address', () => {
  it('are two sessions, each with its own values', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1');
    const a = client.tokenOf('/3303/0/5700');
    client.register('ep=b&lwm2m=1.1');
    const b = client.tokenOf('/3303/0/5700');
    expect(client.notified(a, 5, '1')).toBe(2);
    expect(client.notified(b, 5, '2')).toBe(2);
    const values = [...world.disk.telemetry].slice(-2).map(({ device: id, value }) => [id, value]);
    expect(values).toEqual([
      [device(world, 'a').id, { type: 'float', value: 1 }],
      [device(world, 'b').id, { type: 'float', value: 2 }],
    ]);
    client.ask(Code.DELETE, client.location);
    expect(client.notified(b, 6, '2')).toBe(3);
    expect(client.notified(a, 6, '1')).toBe(2);
  });
});

describe('a forgotten device', () => {
  it('is not asked again when it was being asked', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.answer = () => 'silence';
    client.register('ep=a&lwm2m=1.1');
    expect(client.requests()).toEqual(['GET /3/0']);
    const { mid, token } = client.heard.at(-1)!.message;
    management(world).forget('a');
    const forgotten = world.clock.now();
    client.send({ type: 2, mid, token, code: Code.NOT_FOUND });
    world.run(200 * SECOND);
    expect(client.requests(forgotten + 10)).toEqual([]);
    expect(world.disk.devices.size).toBe(0);
  });

  it('leaves nothing behind, and nothing of a request under way comes back', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.register('ep=a&lwm2m=1.1');
    client.answer = () => 'silence';
    const asked = management(world).request('a', { kind: 'read', path: '/3/0/1' }, 'anna');
    expect(asked.ok).toBe(true);
    world.run(SECOND);
    expect(client.requests().at(-1)).toBe('GET /3/0/1');
    const request = client.heard.at(-1)!.message;
    management(world).forget('a');
    const forgotten = world.clock.now();
    client.send({ type: 2, mid: request.mid, token: request.token, code: Code.CONTENT });
    world.run(200 * SECOND);
    expect(client.requests(forgotten + 10)).toEqual([]);
    expect(world.disk).toMatchObject(
      { devices: new Map(), operations: new Map(), telemetry: { length: 0 }, events: [] },
    );
    const { host } = world.server;
    expect([host.devices.size, host.byId.size, host.byPeer.size, host.bySource.size])
      .toEqual([0, 0, 0, 0]);
    expect(host.objectLists.size).toBe(0);
    client.register('ep=a&lwm2m=1.1');
    expect(device(world, 'a').id).toBe(2);
  });
});

it('an Update cannot fill the memory for object lists either', () => {
  const world = newWorld(limited({ objectListsMax: 300 }));
  const clients = Array.from({ length: 10 }, (_, index) => {
    const client = new RawClient(world, '10.2.0.1', 6000 + index);
    client.register(`ep=d${index}&lwm2m=1.1`, '</1/0>,</3/0>');
    return client;
  });
  const answers = clients.map((client, index) =>
    client.update('', Array.from({ length: 10 }, (_, one) => `</${3300 + one}/${index}>`).join(',')));
  expect(formatCode(answers[0]?.code ?? 0)).toBe('2.04');
  expect(formatCode(answers.at(-1)?.code ?? 0)).toBe('5.03');
  expect(maxAgeSeconds(answers.at(-1)!)).toBeGreaterThan(0);
  expect(device(world, 'd9').registration?.objects.source).toBe('</1/0>,</3/0>');
  const other = new RawClient(world, '10.9.0.9');
  expect(other.register('ep=real&lwm2m=1.1', '</3/0>').code).toBe(Code.CREATED);
});
