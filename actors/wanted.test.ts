// What people want to be so at a device, as stories: made so at each registration, said when the
// device refuses it, and repaired when it forgets (LwM2M Core 1.1.1 s5.1.2, s6.3, s6.4).

import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../core/bytes.ts';
import type { Wanted } from '../core/api/management.ts';
import { ACK, Code, OptionNumber, RST, type Message } from '../core/coap/message.ts';
import { observe, uintOptionOf, uriQuery } from '../core/coap/options.ts';
import { ContentFormat } from '../core/lwm2m/content-format.ts';
import { CALM } from '../sim/network-rules.ts';
import { content, pathText, RawClient, type Answer } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, NOTHING_WANTED } from './config.ts';
import { ServerManagement } from './management.ts';

const SECOND = 1000;
const METHODS = ['', 'GET', 'POST', 'PUT', 'DELETE', 'FETCH'];
const CHANGED: Answer = { code: Code.CHANGED };
const LINKS = '</>;rt="oma.lwm2m";ct="110",</1/0>,</3/0>,</3303/0>';

/** A device with a lifetime of 86400 s that may be written, observed and given attributes. */
function registered(wanted: Partial<Wanted>, query = 'lwm2m=1.1') {
  const profiles = [{ ...DEFAULT_PROFILE, ...NOTHING_WANTED, ...wanted }];
  const world = new World({ seed: 5, network: CALM, config: { ...DEFAULT_CONFIG, profiles } });
  const client = new RawClient(world);
  const values = new Map([['/1/0/1', '86400'], ['/3/0/14', '+00'], ['/3303/0/5700', '21.5']]);
  client.answer = (request) => {
    const path = pathText(request);
    if (request.code === Code.PUT && uriQuery(request).length > 0) return CHANGED;
    if (request.code === Code.PUT) {
      const [record] = JSON.parse(decodeUtf8(request.payload) ?? '') as
        [{ v?: number; vs?: string }];
      values.set(path, String(record.v ?? record.vs));
      return CHANGED;
    }
    return content(values.get(path) ?? '', observe(request) === 0 ? 0 : undefined);
  };
  const register = () => {
    client.register(`ep=a&lt=3600&${query}`, LINKS);
    world.run(5 * SECOND);
  };
  register();
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  const management = new ServerManagement(world.server.host, facts);
  return { world, client, values, management, register };
}

/** The server's requests since a time, like `PUT /3303/0/5700?pmin=10`. */
function asked(client: RawClient, since = 0): string[] {
  const seen = new Set<number>();
  return client.heard.flatMap(({ at, message }) => {
    if (message.code === 0 || message.code >= 32 || at < since || seen.has(message.mid)) return [];
    seen.add(message.mid);
    return [describeRequest(message)];
  });
}

function describeRequest(message: Message): string {
  const query = uriQuery(message).join('&');
  const wish = observe(message);
  const suffix = wish === 0 ? ' observe' : wish === 1 ? ' cancel' : '';
  return `${METHODS[message.code]} ${pathText(message)}${query && `?${query}`}${suffix}`;
}

describe('a value that shall hold', () => {
  it('is written when the device says another, and left alone when it says the same', () => {
    const { client, values, world, register } = registered({ hold: { '/1/0/1': 300 } });
    expect(asked(client)).toEqual(['GET /1/0/1', 'PUT /1/0/1']);
    expect(values.get('/1/0/1')).toBe('300');
    const before = world.clock.now();
    register();
    expect(asked(client, before)).toEqual(['GET /1/0/1']);
    // Somebody changed it at the device.
    values.set('/1/0/1', '60');
    register();
    expect(values.get('/1/0/1')).toBe('300');
  });

  it('that the device refuses is said, and not tried again before it registers anew', () => {
    const { client, management, world } = registered({});
    const { answer } = client;
    client.answer = (request) => (
      request.code === Code.PUT ? { code: Code.METHOD_NOT_ALLOWED } : answer(request));
    management.declare('a', { ...NOTHING_WANTED, hold: { '/1/0/1': 300, '/3/0/14': '+02' } });
    world.run(5 * SECOND);
    expect(management.device('a')?.unmet).toEqual([
      { kind: 'write', path: '/1/0/1', reason: 'the device answered 4.05' },
      { kind: 'write', path: '/3/0/14', reason: 'the device answered 4.05' },
    ]);
    expect(asked(client)).toEqual(['GET /1/0/1', 'PUT /1/0/1', 'GET /3/0/14', 'PUT /3/0/14']);
    client.update();
    world.run(5 * SECOND);
    expect(asked(client)).toHaveLength(4);
  });

  it('of the wrong type is said without a word to the device', () => {
    const { client, management } = registered({ hold: { '/1/0/1': 'soon' } });
    expect(management.device('a')?.unmet).toEqual([
      { kind: 'write', path: '/1/0/1', reason: '/1/0/1 is an integer, which "soon" is not' },
    ]);
    expect(asked(client)).toEqual(['GET /1/0/1']);
  });
});

describe('attributes', () => {
  const wanted = { observe: ['/3303/*/5700'], attributes: {
    '/3303/*/5700': { pmin: 10, pmax: 60, gt: null },
  } };

  it('are written before the observation they are for, at each registration', () => {
    const { client, register, world } = registered(wanted);
    const expected = ['PUT /3303/0/5700?pmin=10&pmax=60&gt', 'GET /3303/0/5700 observe'];
    expect(asked(client)).toEqual(expected);
    const before = world.clock.now();
    register();
    expect(asked(client, before)).toEqual(expected);
  });

  it('make silence beyond pmax a reason to observe anew', () => {
    const { client, world } = registered(wanted);
    const token = client.tokenOf('/3303/0/5700');
    for (let sequence = 1; sequence <= 5; sequence++) {
      expect(client.notified(token, sequence, '22')).toBe(ACK);
      world.run(60 * SECOND);
    }
    const before = world.clock.now();
    world.run(90 * SECOND);
    expect(asked(client, before)).toEqual([]);
    world.run(10 * SECOND);
    const anew = ['PUT /3303/0/5700?pmin=10&pmax=60&gt', 'GET /3303/0/5700 observe'];
    expect(asked(client, before)).toEqual(anew);
    expect(world.disk.events.filter(({ type }) => type === 'overdue')).toMatchObject([
      { detail: '/3303/0/5700: not reported for 153 s' },
    ]);
    // The watch goes on.
    world.run(160 * SECOND);
    expect(asked(client, before)).toEqual([...anew, ...anew]);
  });

  it('that were refused promise nothing', () => {
    const { client, management, world } = registered({});
    const { answer } = client;
    client.answer = (request) => (
      uriQuery(request).length > 0 ? { code: Code.BAD_REQUEST } : answer(request));
    management.declare('a', { ...NOTHING_WANTED, ...wanted });
    world.run(400 * SECOND);
    expect(asked(client)).toHaveLength(2);
    expect(world.server.host.reportsDue.size).toBe(0);
  });

  it('are watched also after a restart', () => {
    const { client, world } = registered(wanted);
    world.crashServer(true);
    world.startServer();
    const before = world.clock.now();
    world.run(200 * SECOND);
    expect(asked(client, before).at(-1)).toBe('GET /3303/0/5700 observe');
  });

  it('of a device that left are watched no more', () => {
    const { client, world } = registered(wanted);
    client.ask(Code.DELETE, client.location);
    world.run(400 * SECOND);
    expect(world.server.host.reportsDue.size).toBe(0);
  });
});

describe('several paths observed together', () => {
  const together = { observeTogether: [['/3/0/9', '/3303/*/5700']] };
  const pack = (battery: number, temperature: number): Uint8Array => encodeUtf8(JSON.stringify([
    { bn: '/', n: '3/0/9', v: battery }, { n: '3303/0/5700', v: temperature },
  ]));
  const packed = (battery: number, temperature: number, sequence: number) => ({
    code: Code.CONTENT, payload: pack(battery, temperature), options: [
      uintOptionOf(OptionNumber.OBSERVE, sequence),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.SENML_JSON),
    ],
  });
  const composite = () => {
    const one = registered({});
    one.client.answer = (request) => (
      observe(request) === 0 ? packed(80, 21.5, 0) : { code: Code.CONTENT });
    one.management.declare('a', { ...NOTHING_WANTED, ...together });
    one.world.run(5 * SECOND);
    const request = one.client.heard.find(({ message }) => message.code === Code.FETCH)?.message;
    return { ...one, request };
  };

  it('are one request, and each notification brings them all', () => {
    const { client, world, management, request } = composite();
    expect(decodeUtf8(request?.payload ?? new Uint8Array()))
      .toBe('[{"n":"/3/0/9"},{"n":"/3303/0/5700"}]');
    expect(management.device('a')?.observing).toEqual(['/3/0/9+/3303/0/5700']);
    client.send({ ...packed(79, 21.75, 1), token: request?.token as Uint8Array });
    world.run(SECOND);
    expect([...world.disk.telemetry].map(({ value }) => 'value' in value && value.value))
      .toEqual([80n, 21.5, 79n, 21.75]);
    expect(client.heard.at(-1)?.message.type).toBe(ACK);
  });

  it('are kept over a restart, and cancelled with the same list and token', () => {
    const { client, world, request } = composite();
    world.crashServer(true);
    world.startServer();
    client.send({ ...packed(79, 21.75, 1), token: request?.token as Uint8Array });
    world.run(SECOND);
    expect([...world.disk.telemetry]).toHaveLength(4);
    const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
    new ServerManagement(world.server.host, facts).declare('a', NOTHING_WANTED);
    world.run(5 * SECOND);
    const last = client.heard.findLast(({ message }) => message.code === Code.FETCH)?.message;
    expect(last && describeRequest(last)).toBe('FETCH / cancel');
    expect([last?.token, last?.payload]).toEqual([request?.token, request?.payload]);
    const mid = client.send({ ...packed(78, 22, 2), token: request?.token as Uint8Array });
    world.run(SECOND);
    expect(client.reactionTo(mid)?.type).toBe(RST);
  });

  it('are switched on and off by an operator like one', () => {
    const { management, world, client } = composite();
    const text = '/3/0/9+/3303/0/5700';
    management.setObserved('a', text, false);
    world.run(5 * SECOND);
    expect(management.device('a')?.observing).toEqual([]);
    management.setObserved('a', '/3/0/9+/1', true);
    world.run(5 * SECOND);
    expect(management.device('a')?.observing).toEqual(['/3/0/9+/1']);
    expect(client.heard.some(({ message }) => message.code === Code.FETCH)).toBe(true);
    expect(management.setObserved('a', Array(33).fill('/3').join('+'), true).ok).toBe(false);
  });
});

describe('wants that a device multiplies', () => {
  const many = Array.from({ length: 1000 }, (_, id) => `</3303/${id}>`).join(',');
  const patterns = (...resources: number[]) => resources.map((id) => `/3303/*/${id}`);

  it('end at their limits: steps that cannot be asked for are passed over', () => {
    // 5605 can only be executed.
    const { client, world, management } = registered({ read: patterns(5605, 5605, 5605) });
    client.register('ep=a&lt=3600&lwm2m=1.1', many);
    world.run(5 * SECOND);
    expect(management.device('a')?.session.observations).toBe('inPlace');
  });

  it('end at their limits: so many paths are observed together, and keep their slot', () => {
    const { client, world } = registered({
      observeTogether: [patterns(5700, 5701, 5702, 5703, 5704, 5705, 5706, 5707, 5708)],
      observe: ['/3/0/14'],
    });
    client.register('ep=a&lt=3600&lwm2m=1.1', `${many},</3/0>`);
    world.run(5 * SECOND);
    const token = client.tokenOf('/3/0/14');
    world.crashServer(true);
    world.startServer();
    expect(client.notified(token, 5, 'late')).toBe(ACK);
    expect([...world.disk.telemetry].map(({ object, resource }) => [object, resource]).at(-1))
      .toEqual([3, 14]);
  });

  it('are seen to anew when the device has other objects', () => {
    const { client, world } = registered({ attributes: { '/3303/*/5700': { pmin: 10 } } });
    const before = world.clock.now();
    client.update('', `${LINKS},</3303/1>`);
    world.run(5 * SECOND);
    expect(asked(client, before))
      .toEqual(['PUT /3303/0/5700?pmin=10', 'PUT /3303/1/5700?pmin=10']);
  });
});

it('what is declared of one device is kept, and taken back', () => {
  const { management, world, values } = registered({});
  management.declare('a', { ...NOTHING_WANTED, hold: { '/3/0/14': '+02' } });
  world.run(5 * SECOND);
  expect(values.get('/3/0/14')).toBe('+02');
  world.crashServer(true);
  world.startServer();
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  const later = new ServerManagement(world.server.host, facts);
  expect(later.device('a')?.declared.hold).toEqual({ '/3/0/14': '+02' });
  later.declare('a', NOTHING_WANTED);
  world.run(SECOND);
  expect([...world.disk.devices.values()][0]?.declared).toBe('');
  expect(later.declare('nobody', NOTHING_WANTED).ok).toBe(false);
});
