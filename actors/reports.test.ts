// Events that values make together, as stories with a device by hand.

import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../core/bytes.ts';
import { Code, OptionNumber } from '../core/coap/message.ts';
import { observe, uintOptionOf } from '../core/coap/options.ts';
import { ContentFormat } from '../core/lwm2m/content-format.ts';
import { CALM } from '../sim/network-rules.ts';
import { content, RawClient } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, type Profile } from './config.ts';
import type { EventRule } from './reports.ts';

const SECOND = 1000;
const BASE = 1_893_456_000;
const DOOR: EventRule = {
  type: 'door-opened', paths: ['/3200/*/5500', '/3303/0/5700'], window: 2 * SECOND,
};

function registered(profile: Partial<Profile> = {}) {
  const profiles = [{ ...DEFAULT_PROFILE, read: [], observe: [], ...profile }];
  const world = new World({ seed: 6, network: CALM, config: { ...DEFAULT_CONFIG, profiles } });
  const client = new RawClient(world);
  client.answer = (request) => content('0', observe(request) === 0 ? 0 : undefined);
  client.register('ep=a&lt=3600&lwm2m=1.1', '</>;rt="oma.lwm2m";ct=110,</3/0>,</3200/0>,</3303/0>');
  const send = (...records: object[]): void => {
    const answer = client.ask(Code.POST, ['dp'], [], JSON.stringify(records),
      ContentFormat.SENML_JSON);
    expect(answer?.code).toBe(Code.CHANGED);
  };
  return { world, client, send };
}

/** Type, detail and the values each event is about. */
function events({ disk }: World): [string, string, unknown[]][] {
  const values = [...disk.telemetry];
  return disk.events.filter(({ type }) => type !== 'registered').map((event) => [
    event.type, event.detail, event.sequences.map((sequence) => {
      const value = values.find((row) => row.sequence === sequence)?.value;
      return value !== undefined && 'value' in value ? value.value : undefined;
    }),
  ]);
}

describe('what a Send reports together', () => {
  it('is an event for each moment with several resources', () => {
    const { world, send } = registered();
    send(
      { bn: '/', bt: BASE, n: '3303/0/5700', v: 20 }, { n: '3/0/9', v: 80 },
      { n: '3303/0/5700', t: 60, v: 21 }, { n: '3/0/9', t: 60, v: 79 },
      { n: '3303/0/5700', t: 120, v: 22 },
    );
    expect(events(world)).toEqual([
      ['report', '/3303/0/5700, /3/0/9', [20, 80n]], ['report', '/3303/0/5700, /3/0/9', [21, 79n]],
    ]);
    expect(world.disk.events.map(({ at }) => at).slice(-2))
      .toEqual([BASE * SECOND, (BASE + 60) * SECOND]);
  });

  it('is none when it is the history of one resource', () => {
    const { world, send } = registered();
    send({ n: '/3303/0/5700', t: -60, v: 20 }, { n: '/3303/0/5700', v: 21 });
    expect(events(world)).toEqual([]);
  });

  it('names its paths up to a limit', () => {
    const { world, send } = registered();
    send(...Array.from({ length: 10 }, (_, id) => ({ n: `/3303/0/${5600 + id}`, v: id })));
    expect(events(world)[0]?.[1]).toMatch(/^\/3303\/0\/5600, .*\/3303\/0\/5607 and 2 more$/);
  });
});

it('a composite notification is an event too', () => {
  const { world, client } = registered({ observeTogether: [['/3/0/9', '/3303/0/5700']] });
  const request = client.heard.find(({ message }) => message.code === Code.FETCH)?.message;
  client.send({
    code: Code.CONTENT, token: request?.token as Uint8Array, options: [
      uintOptionOf(OptionNumber.OBSERVE, 1),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.SENML_JSON),
    ],
    payload: encodeUtf8('[{"n":"/3/0/9","v":80},{"n":"/3303/0/5700","v":21.5}]'),
  });
  world.run(SECOND);
  expect(events(world)).toEqual([['report', '/3/0/9, /3303/0/5700', [80n, 21.5]]]);
});

describe('a rule', () => {
  const door = (v: number, t: number) => ({ n: '/3200/0/5500', vb: v === 1, t: BASE + t });
  const warm = (v: number, t: number) => ({ n: '/3303/0/5700', v, t: BASE + t });

  it('makes an event of values within its window, whichever comes first', () => {
    const { world, send } = registered({ events: [DOOR] });
    send(door(1, 0));
    expect(events(world)).toEqual([]);
    send(warm(20, 2));
    send(warm(21, 60));
    send(door(0, 59));
    expect(events(world)).toEqual([
      ['door-opened', '/3200/0/5500, /3303/0/5700', [true, 20]],
      ['door-opened', '/3200/0/5500, /3303/0/5700', [false, 21]],
    ]);
  });

  it('makes none of values further apart, and begins anew with the later', () => {
    const { world, send } = registered({ events: [DOOR] });
    send(door(1, 0));
    send(warm(20, 3));
    expect(events(world)).toEqual([]);
    send(door(0, 4));
    expect(events(world)).toHaveLength(1);
  });

  it('keeps the later of a path for the next window', () => {
    const { world, send } = registered({ events: [DOOR] });
    send(door(1, 0));
    send(door(0, 1.5));
    send(warm(20, 3));
    expect(events(world)).toEqual([['door-opened', '/3200/0/5500, /3303/0/5700', [false, 20]]]);
  });

  it('joins no three of which the first and the last are too far apart', () => {
    const { world, send } = registered({
      events: [{ ...DOOR, paths: [...DOOR.paths, '/3/0/9'] }],
    });
    send(door(1, 0));
    send({ n: '/3/0/9', v: 80, t: BASE + 4 });
    send(warm(20, 2));
    expect(events(world)).toEqual([]);
    send(door(0, 3));
    expect(events(world)).toHaveLength(1);
  });

  it('takes the newest of a path, and each value once', () => {
    const { world, send } = registered({ events: [DOOR] });
    send(door(1, 0));
    send(door(0, 1));
    send(warm(20, 2));
    send(warm(21, 2));
    expect(events(world)).toEqual([['door-opened', '/3200/0/5500, /3303/0/5700', [false, 20]]]);
  });

  it('names what is reported together, in place of the usual word', () => {
    const { world, send } = registered({ events: [{ ...DOOR, window: 0 }] });
    send(door(1, 0), warm(20, 0), door(0, 60), { n: '/3/0/9', v: 80, t: BASE + 60 });
    expect(events(world).map(([type]) => type)).toEqual(['door-opened', 'report']);
  });

  it('of one path is an event for every notification of it', () => {
    const rule = { type: 'tick', paths: ['/3303/*/5700'], window: 0 };
    const { world, client } = registered({ observe: ['/3303/0/5700'], events: [rule] });
    client.notified(client.tokenOf('/3303/0/5700'), 1, '20');
    client.notified(client.tokenOf('/3303/0/5700'), 2, '21');
    expect(events(world)).toEqual([['tick', '/3303/0/5700', [20]], ['tick', '/3303/0/5700', [21]]]);
  });

  it('does not outlive the process: what was gathered is lost, no value is', () => {
    const { world, send } = registered({ events: [DOOR] });
    send(door(1, 0));
    world.crashServer(true);
    world.startServer();
    send(warm(20, 1));
    expect(events(world)).toEqual([]);
    expect([...world.disk.telemetry]).toHaveLength(2);
  });
});
