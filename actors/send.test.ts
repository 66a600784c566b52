// Send as stories (LwM2M Core 1.1.1 s6.4.6): a device by hand tells values; what is stored of them,
// and what is refused.

import { describe, expect, it } from 'vitest';
import { ACK, Code, NON, OptionNumber } from '../core/coap/message.ts';
import { blockOption } from '../core/coap/block.ts';
import { maxAgeSeconds, stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import { encodeUtf8 } from '../core/bytes.ts';
import { ContentFormat } from '../core/lwm2m/content-format.ts';
import { telemetryRow } from '../core/store/testing.ts';
import { CALM } from '../sim/network-rules.ts';
import { RawClient } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE } from './config.ts';
import { JUDGED_MAX, isJudged } from './recency.ts';

const SECOND = 1000;
const { SENML_JSON, TEXT, TLV } = ContentFormat;

function registered(
  query = 'lwm2m=1.1', objects = '</3/0>,</3303/0>', backlogMax = DEFAULT_CONFIG.limits.backlogMax,
) {
  const profiles = [{ ...DEFAULT_PROFILE, read: [], observe: [] }];
  const limits = { ...DEFAULT_CONFIG.limits, backlogMax };
  const config = { ...DEFAULT_CONFIG, profiles, limits };
  const world = new World({ seed: 4, network: CALM, config });
  const client = new RawClient(world);
  client.register(`ep=a&lt=3600&${query}`, objects);
  return { world, client };
}

/** The code a Send is answered with; undefined: not at all. */
function sends(
  client: RawClient, records: readonly object[] | string, format: number | undefined = SENML_JSON,
): number | undefined {
  const body = typeof records === 'string' ? records : JSON.stringify(records);
  return client.ask(Code.POST, ['dp'], [], body, format)?.code;
}

const stored = ({ disk }: World) => [...disk.telemetry]
  .map(({ object, resource, deviceTime, value }) => [
    `/${object}/${resource}`, deviceTime, 'value' in value ? value.value : undefined,
  ]);

describe('a Send', () => {
  it('is answered once its values are stored, each with its own time, the newest last', () => {
    const { world, client } = registered();
    const base = 1_893_456_000;
    const now = world.clock.now();
    expect(sends(client, [
      { bn: '/3303/0/', bt: base, n: '5700', v: 20.5 },
      { n: '5700', t: 60, v: 20.75 },
      { bn: '/3/0/', n: '9', t: -30, v: 80 },
    ])).toBe(Code.CHANGED);
    expect(stored(world)).toEqual([
      ['/3/9', (base - 30) * 1000, 80n],
      ['/3303/5700', base * 1000, 20.5], ['/3303/5700', (base + 60) * 1000, 20.75],
    ]);
    expect([...world.disk.telemetry].every(({ receiveTime }) => receiveTime >= now)).toBe(true);
  });

  it('without times is of now, and with small ones counts back from now (RFC 8428 s4.5.3)', () => {
    const { world, client } = registered();
    sends(client, [{ n: '/3303/0/5700', v: 1 }, { n: '/3303/0/5700', t: -300, v: 2 }]);
    const [before, now] = [...world.disk.telemetry];
    expect(now?.deviceTime).toBe(now?.receiveTime);
    expect(before?.deviceTime).toBe((before?.receiveTime ?? 0) - 300 * SECOND);
  });

  it('that comes late does not change what lists show', () => {
    const { world, client } = registered('lwm2m=1.1', '</3/0>,</4/0>');
    const says = (battery: number, t: number) => sends(client, [{ n: '/3/0/9', v: battery, t }]);
    const device = () => world.server.host.devices.get('a');
    says(80, 0);
    says(90, -3_600);
    expect(device()?.batteryPercent).toBe(80);
    // Nothing is known of the signal, so an old one is better than none.
    sends(client, [{ n: '/4/0/2', v: -70, t: -3_600 }]);
    expect(device()?.signalDbm).toBe(-70);
    says(70, 0);
    expect(device()?.batteryPercent).toBe(70);
  });

  it('of more paths than rules remember is late as far as these go', () => {
    const { world } = registered();
    const device = world.server.host.devices.get('a')!;
    const row = (deviceTime: number) => telemetryRow(1, { type: 'float', value: 1 },
      { deviceTime, receiveTime: 100 });
    const news = (time: number) => Array.from({ length: JUDGED_MAX + 1 }, (_, index) =>
      isJudged(device, String(index), row(time))).filter(Boolean).length;
    expect([news(50), news(40), device.judgedSince?.size]).toEqual([JUDGED_MAX + 1, 1, JUDGED_MAX]);
  });

  it('is not answered before it is on disk', () => {
    const { world, client } = registered();
    world.disk.commitDelay = { least: 5 * SECOND, most: 5 * SECOND };
    const mid = client.request(Code.POST, ['dp'], [], '[{"n":"/3/0/9","v":1}]', SENML_JSON);
    world.run(4 * SECOND);
    expect([client.answerTo(mid), stored(world)]).toEqual([undefined, []]);
    world.run(4 * SECOND);
    expect([client.answerTo(mid)?.code, stored(world).length]).toEqual([Code.CHANGED, 1]);
  });

  it('is told when to come again while the disk has fallen behind', () => {
    const { world, client } = registered(undefined, undefined, 10);
    world.disk.commitDelay = { least: 5 * SECOND, most: 5 * SECOND };
    const [taken, late] = ['1', '2'].map((v) => client.request(Code.POST, ['dp'], [],
      JSON.stringify(Array.from({ length: 10 }, () => ({ n: '/3/0/9', v: Number(v) }))), SENML_JSON));
    world.run(SECOND);
    const refusal = client.answerTo(late ?? 0);
    expect([refusal?.code, maxAgeSeconds(refusal!)]).toEqual([Code.SERVICE_UNAVAILABLE, 30]);
    expect(world.server.host.counters.shed).toBe(1);
    world.run(20 * SECOND);
    expect(client.answerTo(taken ?? 0)?.code).toBe(Code.CHANGED);
    expect(sends(client, [{ n: '/3/0/9', v: 3 }])).toBeUndefined();
    world.run(20 * SECOND);
    expect(stored(world).map(([, , value]) => value)).toEqual([...Array(10).fill(1n), 3n]);
  });

  it('that comes twice is stored once', () => {
    const { world, client } = registered();
    const mid = client.request(Code.POST, ['dp'], [], '[{"n":"/3/0/9","v":1}]', SENML_JSON);
    world.run(SECOND);
    client.send({
      mid, code: Code.POST, token: Uint8Array.of(0xaa, mid >> 8, mid),
      options: [stringOptionOf(OptionNumber.URI_PATH, 'dp'),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, SENML_JSON)],
      payload: encodeUtf8('[{"n":"/3/0/9","v":1}]'),
    });
    world.run(SECOND);
    expect(client.heard.filter(({ message }) => message.code === Code.CHANGED).length).toBe(2);
    expect(stored(world).length).toBe(1);
  });

  it('wakes a device in queue mode, and what waits for it is sent', () => {
    const { world, client } = registered('lwm2m=1.1&Q');
    world.run(200 * SECOND);
    expect(world.server.host.devices.get('a')?.isAwake).toBe(false);
    sends(client, [{ n: '/3/0/9', v: 1 }]);
    expect(world.server.host.devices.get('a')?.isAwake).toBe(true);
  });

  it('may be non-confirmable (1.2), and have no token', () => {
    const { world, client } = registered();
    client.send({
      type: NON, code: Code.POST,
      options: [stringOptionOf(OptionNumber.URI_PATH, 'dp'),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, SENML_JSON)],
      payload: encodeUtf8('[{"n":"/3/0/9","v":1}]'),
    });
    world.run(SECOND);
    expect(stored(world).length).toBe(1);
    expect(client.heard.at(-1)?.message).toMatchObject({ code: Code.CHANGED });
    expect(client.heard.at(-1)?.message.type).not.toBe(ACK);
  });

  it('of a device behind an address that others share is of the one that has its objects', () => {
    const { world, client } = registered();
    client.register('ep=b&lt=3600&lwm2m=1.1', '</3/0>,</3304/0>');
    expect(sends(client, [{ n: '/3304/0/5700', v: 40 }])).toBe(Code.CHANGED);
    const b = world.server.host.devices.get('b');
    expect([...world.disk.telemetry].map(({ device }) => device)).toEqual([b?.id]);
  });

  it('longer than a message comes in blocks (RFC 7959)', () => {
    const { world, client } = registered();
    const records = Array.from({ length: 100 }, (_, v) => ({ n: '/3303/0/5700', t: -v - 1, v }));
    const body = encodeUtf8(JSON.stringify(records));
    const codes: (number | undefined)[] = [];
    for (let num = 0; num * 1024 < body.length; num++) {
      const more = (num + 1) * 1024 < body.length;
      const mid = client.send({
        code: Code.POST, token: Uint8Array.of(num),
        options: [stringOptionOf(OptionNumber.URI_PATH, 'dp'),
          uintOptionOf(OptionNumber.CONTENT_FORMAT, SENML_JSON),
          blockOption(OptionNumber.BLOCK1, { num, more, szx: 6 })],
        payload: body.subarray(num * 1024, (num + 1) * 1024),
      });
      world.run(SECOND);
      codes.push(client.reactionTo(mid)?.code);
    }
    expect(codes.at(-1)).toBe(Code.CHANGED);
    expect(codes.slice(0, -1).every((code) => code === Code.CONTINUE)).toBe(true);
    expect(stored(world).length).toBe(100);
  });
});

describe('refused, and nothing of it is stored:', () => {
  const value = { n: '/3/0/9', v: 1 };
  it.each<[string, readonly object[] | string, number | undefined, number]>([
    ['what is not SenML', 'nonsense', SENML_JSON, Code.BAD_REQUEST],
    ['what names no resource', [{ n: '/3/0', v: 1 }], SENML_JSON, Code.BAD_REQUEST],
    ['an object that is not registered', [value, { n: '/3304/0/5700', v: 1 }], SENML_JSON,
      Code.NOT_FOUND],
    ['an instance that is not registered', [value, { n: '/3303/1/5700', v: 1 }], SENML_JSON,
      Code.NOT_FOUND],
    ['a format without paths', '80', TEXT, Code.UNSUPPORTED_CONTENT_FORMAT],
    ['a format without times', '80', TLV, Code.UNSUPPORTED_CONTENT_FORMAT],
  ])('%s', (_, records, format, code) => {
    const { world, client } = registered();
    expect(sends(client, records, format)).toBe(code);
    expect(stored(world)).toEqual([]);
  });

  it('of who is not registered', () => {
    const { world } = registered();
    const stranger = new RawClient(world, '10.9.9.9');
    expect(sends(stranger, [value])).toBe(Code.BAD_REQUEST);
    expect(stored(world)).toEqual([]);
  });

  it('looks at a few of many endpoints behind one address', () => {
    const { world, client } = registered();
    for (let id = 0; id < 40; id++) client.register(`ep=b${id}&lt=3600&lwm2m=1.1`, '</3/0>');
    client.register('ep=last&lt=3600&lwm2m=1.1', '</3304/0>');
    expect(sends(client, [{ n: '/3304/0/5700', v: 1 }])).toBe(Code.NOT_FOUND);
    expect(stored(world)).toEqual([]);
  });

  it('by another method or below it', () => {
    const { client } = registered();
    expect(client.ask(Code.GET, ['dp'])?.code).toBe(Code.METHOD_NOT_ALLOWED);
    expect(client.ask(Code.POST, ['dp', '1'], [], '[]', SENML_JSON)?.code).toBe(Code.NOT_FOUND);
  });
});
