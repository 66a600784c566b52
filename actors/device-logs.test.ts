// Device logs as stories: whose a line is, what a flood leaves, and resources that are logs, through
// the whole server in virtual time.

import { beforeEach, describe, expect, it, test } from 'vitest';
import type { LiveEvent } from '../core/api/management.ts';
import { encodeUtf8 } from '../core/bytes.ts';
import { Code, OptionNumber } from '../core/coap/message.ts';
import { uintOptionOf } from '../core/coap/options.ts';
import type { DataElement } from '../core/syslog/message.ts';
import { syslogOf } from '../core/syslog/testing.ts';
import { CALM } from '../sim/network-rules.ts';
import { observes, RawClient } from '../sim/testing/raw-client.ts';
import { EPOCH, World } from '../sim/world.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, type Limits, type Profile } from './config.ts';
import { GAP_TOLD_AFTER } from './device-logs.ts';
import { SENDER_ELEMENT } from './log-sender.ts';

const SECOND = 1000;
const OCTETS = 42;
const COMMITTED = 100;
const TOKEN = 'not-to-be-guessed';

function newWorld(profile: Partial<Profile> = {}, limits: Partial<Limits> = {}): World {
  return new World({ seed: 1, network: CALM, config: {
    ...DEFAULT_CONFIG,
    profiles: [{ ...DEFAULT_PROFILE, ...profile }],
    limits: { ...DEFAULT_CONFIG.limits, ...limits },
  } });
}

function claim(endpoint: string, token?: string): DataElement[] {
  const parameters: (readonly [string, string])[] = [['endpoint', endpoint]];
  if (token !== undefined) parameters.push(['token', token]);
  return [{ id: SENDER_ELEMENT, parameters }];
}

/** Who logged what, as the disk has it. */
function logged(world: World): string[] {
  world.run(COMMITTED);
  return world.disk.logs.map(({ device, text }) =>
    `${device === undefined ? 'nobody' : world.disk.devices.get(device)?.endpoint}: ${text}`);
}

describe('a line is', () => {
  let world: World;
  let a: RawClient;

  beforeEach(() => {
    world = newWorld({ match: 'a*', logToken: TOKEN });
    a = new RawClient(world, '10.2.0.1');
    a.register('ep=a&lwm2m=1.1');
    new RawClient(world, '10.2.0.9', 1000).register('ep=b&lwm2m=1.1');
    new RawClient(world, '10.2.0.9', 1001).register('ep=c&lwm2m=1.1');
  });

  test.for<[string, string, Uint8Array, string]>([
    ['of the one device at its address, whatever the port', '10.2.0.1', syslogOf('x'), 'a'],
    ['of nobody from a strange address', '10.2.0.2', syslogOf('x'), 'nobody'],
    ['of nobody from the address of several', '10.2.0.9', syslogOf('x'), 'nobody'],
    ['of the one of several that its data names', '10.2.0.9', syslogOf('x', { data: claim('c') }),
      'c'],
    ['of the one of several that its hostname names', '10.2.0.9',
      syslogOf('x', { hostname: 'b' }), 'b'],
    ['of nobody when its data names one elsewhere', '10.2.0.9', syslogOf('x', { data: claim('a') }),
      'nobody'],
    ['of nobody when the only one there says it is another', '10.2.0.1',
      syslogOf('x', { data: claim('b') }), 'nobody'],
    ['of nobody when it names one nobody knows', '10.2.0.1', syslogOf('x', { data: claim('z') }),
      'nobody'],
    ['of the address when its hostname names one elsewhere', '10.2.0.1',
      syslogOf('x', { hostname: 'b' }), 'a'],
    ['of the one that a token names, from anywhere', '192.0.2.1',
      syslogOf('x', { data: claim('a', TOKEN) }), 'a'],
    ['of nobody by a wrong token', '192.0.2.1', syslogOf('x', { data: claim('a', `${TOKEN}x`) }),
      'nobody'],
    ['of nobody by the token of another profile', '192.0.2.1',
      syslogOf('x', { data: claim('b', TOKEN) }), 'nobody'],
    ['of the address in the format of RFC 3164', '10.2.0.1', encodeUtf8('<13>x'), 'a'],
  ])('%s', ([, address, datagram, expected]) => {
    world.server.receiveLog(address, 514, datagram);
    expect(logged(world)).toEqual([`${expected}: x`]);
  });

  it('of the device where it moved to, and no longer where it was', () => {
    a.moveTo('10.2.0.3');
    a.update();
    world.server.receiveLog('10.2.0.1', 514, syslogOf('before'));
    world.server.receiveLog('10.2.0.3', 514, syslogOf('after'));
    expect(logged(world)).toEqual(['nobody: before', 'a: after']);
  });

  it('of the one that stays when the other leaves', () => {
    world.server.host.remove(world.server.host.devices.get('b')!);
    world.server.receiveLog('10.2.0.9', 514, syslogOf('x'));
    expect(logged(world)).toEqual(['c: x']);
  });

  it('of the device after a restart', () => {
    world.crashServer(true);
    world.startServer();
    world.server.receiveLog('10.2.0.1', 514, syslogOf('x'));
    expect(logged(world)).toEqual(['a: x']);
  });

  it('stored with all it says, and told once it is on disk', () => {
    const told: LiveEvent[] = [];
    world.server.host.subscribe((event) => { if (event.kind === 'logged') told.push(event); }, true);
    world.server.receiveLog('10.2.0.1', 49_152, syslogOf('net: up\nnet: down', {
      priority: 131, time: '2026-11-22T12:00:00.5Z',
    }));
    world.server.receiveLog('2001:db8::1', 514, syslogOf('x', { hostname: 'cellar' }));
    expect(told).toEqual([]);
    world.run(COMMITTED);
    expect(told).toEqual([{ kind: 'logged', endpoint: 'a' }, { kind: 'logged', endpoint: undefined }]);
    const { receiveTime = 0 } = world.disk.logs[0] ?? {};
    const common = { device: 1, source: '10.2.0.1:49152', receiveTime, facility: 16, severity: 3,
      deviceTime: Date.UTC(2026, 10, 22, 12, 0, 0, 500), module: 'net', dropped: 0 };
    expect(world.disk.logs).toEqual([
      { ...common, text: 'up' }, { ...common, text: 'down' },
      { ...common, device: undefined, source: '[2001:db8::1]:514 cellar',
        deviceTime: undefined, severity: 6, module: '', text: 'x' },
    ]);
  });
});

describe('a flood', () => {
  const LIMITS = { logBurstMax: 5, logLinesPerSecondMax: 2 };

  function send(world: World, lines: number, from = '10.2.0.1'): void {
    for (let line = 0; line < lines; line++) world.server.receiveLog(from, 514, syslogOf('x'));
  }

  it('is cut at the burst and then by the second, and its gap is told', () => {
    const world = newWorld({}, LIMITS);
    new RawClient(world).register('ep=a&lwm2m=1.1');
    send(world, 100);
    world.run(SECOND);
    send(world, 100);
    world.run(SECOND / 2);
    send(world, 317);
    expect(world.disk.logs).toHaveLength(7);
    world.run(GAP_TOLD_AFTER);
    // 5 at once, 2 after a second, 1 after half of one more.
    expect(world.disk.logs).toHaveLength(5 + 2 + 1 + 1);
    expect(world.disk.logs.at(-1)).toMatchObject({
      device: 1, source: '', severity: 4, module: 'flownexus', text: '509 lines dropped in 2 s',
      dropped: 509,
    });
    expect(world.clock.now() - EPOCH).toBeGreaterThan(GAP_TOLD_AFTER);
  });

  it('of one device costs no other a line, and unknown senders share one limit', () => {
    const world = newWorld({}, LIMITS);
    new RawClient(world, '10.2.0.1').register('ep=a&lwm2m=1.1');
    new RawClient(world, '10.2.0.2').register('ep=b&lwm2m=1.1');
    send(world, 6);
    send(world, 4, '192.0.2.1');
    send(world, 4, '192.0.2.2');
    send(world, 1, '10.2.0.2');
    world.run(GAP_TOLD_AFTER);
    const texts = logged(world);
    expect(texts.filter((text) => text === 'a: x')).toHaveLength(5);
    expect(texts.filter((text) => text === 'nobody: x')).toHaveLength(5);
    expect(texts.filter((text) => text === 'b: x')).toHaveLength(1);
    expect(texts.slice(-2)).toEqual([
      'a: 1 line dropped in 1 s', 'nobody: 3 lines dropped in 1 s',
    ]);
  });

  it('that goes on is told again, each line of it once', () => {
    const world = newWorld({}, LIMITS);
    new RawClient(world).register('ep=a&lwm2m=1.1');
    let sent = 0;
    for (let tenth = 0; tenth < 200; tenth++, sent += 10) {
      send(world, 10);
      world.run(SECOND / 10);
    }
    world.run(2 * GAP_TOLD_AFTER);
    const gaps = world.disk.logs.filter(({ dropped }) => dropped > 0);
    expect(gaps.length).toBe(10);
    const dropped = gaps.reduce((sum, gap) => sum + gap.dropped, 0);
    expect(dropped + world.disk.logs.length - gaps.length).toBe(sent);
  });

  it('of a device that is forgotten meanwhile leaves nothing', () => {
    const world = newWorld({}, LIMITS);
    new RawClient(world).register('ep=a&lwm2m=1.1');
    send(world, 10);
    const device = world.server.host.devices.get('a')!;
    world.server.host.remove(device);
    world.server.host.store.commit([{ table: 'device forgotten', id: device.id }]);
    world.run(2 * GAP_TOLD_AFTER);
    expect(world.disk.logs).toEqual([]);
  });

  it('gives way to values when the disk falls behind', () => {
    const world = newWorld({}, { backlogShed: 1 });
    new RawClient(world).register('ep=a&lwm2m=1.1');
    world.disk.commitDelay = { least: SECOND, most: SECOND };
    send(world, 3);
    world.run(GAP_TOLD_AFTER + 2 * SECOND);
    expect(logged(world)).toEqual(['a: x', 'a: 2 lines dropped in 1 s']);
  });
});

describe('a resource that is a log', () => {
  const PATHS = { observe: ['/3303/0/5700'], logs: ['/3303/*/5700'], read: [] };

  function observed(profile: Partial<Profile>): { world: World; client: RawClient } {
    const world = newWorld(profile);
    const client = new RawClient(world);
    client.answer = (request) => observes('[00:00:01.000,000] <err> a: b\n<dbg> c')(request);
    client.register('ep=a&lwm2m=1.1');
    return { world, client };
  }

  it('is stored as its value and as its lines, at once', () => {
    const { world, client } = observed(PATHS);
    client.notify(client.tokenOf('/3303/0/5700'), 1, 'third\r\n\r\nfourth');
    world.run(SECOND);
    expect(world.disk.logs.map(({ source, severity, module, text, deviceTime }) =>
      [source, severity, module, text, deviceTime])).toEqual([
      ['/3303/0/5700', 3, 'a', 'b', 1_000], ['/3303/0/5700', 7, '', 'c', undefined],
      ['/3303/0/5700', 6, '', 'third', undefined], ['/3303/0/5700', 6, '', 'fourth', undefined],
    ]);
    expect([...world.disk.telemetry]).toHaveLength(2);
    expect(world.server.host.counters.valuesStored).toBe(2);
  });

  it('may be bytes', () => {
    const world = newWorld({ ...PATHS, observe: [], read: ['/3303/0/5700'] });
    const client = new RawClient(world);
    client.answer = () => ({
      code: Code.CONTENT, payload: Uint8Array.of(0x6f, 0x6b, 0x0a, 0xff),
      options: [uintOptionOf(OptionNumber.CONTENT_FORMAT, OCTETS)],
    });
    client.register('ep=a&lwm2m=1.1');
    expect(logged(world)).toEqual(['a: ok', 'a: \ufffd']);
  });

  it('is only the one that the profile names', () => {
    const { world } = observed({ ...PATHS, logs: ['/3303/*/5701', '/3302/*/5700'] });
    expect(logged(world)).toEqual([]);
  });

  it('is limited like every log', () => {
    const world = newWorld(PATHS, { logBurstMax: 2, logLinesPerSecondMax: 1 });
    const client = new RawClient(world);
    client.answer = observes('x\n'.repeat(50));
    client.register('ep=a&lwm2m=1.1');
    world.run(GAP_TOLD_AFTER);
    expect(logged(world)).toEqual(['a: x', 'a: x', 'a: 48 lines dropped in 1 s']);
  });
});
