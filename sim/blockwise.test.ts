// Devices whose values and object lists are longer than a message, with the production server and
// every oracle watching (RFC 7959): both sides of block-wise transfer in one world.

import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../core/bytes.ts';
import { blockOf, blockOption } from '../core/coap/block.ts';
import { decodeMessage } from '../core/coap/codec.ts';
import { Code, OptionNumber } from '../core/coap/message.ts';
import { observe, stringOptionOf, uintOptionOf, uriPath } from '../core/coap/options.ts';
import { ContentFormat } from '../core/lwm2m/content-format.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE } from '../actors/config.ts';
import type { DeviceOptions, SimulatedDevice } from './device.ts';
import { CALM, LOSSY, type NetworkRules } from './network-rules.ts';
import { findings, watchedWorld } from './oracles/testing.ts';
import { clockTime, integer, Resources, text, type ValueAt } from './resources.ts';
import { noisy, wave } from './signals.ts';
import { newBench } from './testing/device-bench.ts';
import type { World } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LIGHTS = 60;

/** A name of 1,400 characters, a clock, and 60 lights that are never the same for long. */
function manyLights(): Resources {
  const values: Record<string, ValueAt> = {
    '/3/0/0': text('A long name. '.repeat(108)), '/3/0/13': clockTime(),
  };
  for (let light = 0; light < LIGHTS; light++) {
    values[`/3311/${light}/5851`] = integer(noisy(wave(50, 40, 600 * SECOND + light), 5));
  }
  return new Resources(values);
}

function longWorld(seed: number, network: NetworkRules) {
  return watchedWorld(seed, network, {
    ...DEFAULT_CONFIG, profiles: [{ ...DEFAULT_PROFILE, observe: ['/3311', '/3/0'] }],
  });
}

function addLong(world: World, endpoint: string, also: Partial<DeviceOptions> = {}) {
  return world.addDevice({
    endpoint, lifetime: 3_600, notifyEvery: 5 * MINUTE, awake: undefined,
    resources: manyLights(), ...also,
  });
}

/** The devices' Block1 and the answers' Block2 that passed, as `Block1 0 more`. */
function blocksOf(world: World): string[] {
  const seen: string[] = [];
  world.watch({
    deviceSent({ datagram }) {
      const message = decodeMessage(datagram);
      if (!message.ok) return;
      const { code } = message.value;
      for (const number of [OptionNumber.BLOCK1, OptionNumber.BLOCK2] as const) {
        const block = blockOf(message.value, number);
        if (typeof block !== 'object') continue;
        const name = number === OptionNumber.BLOCK1 ? 'Block1' : 'Block2';
        const what = code === Code.POST ? `/${uriPath(message.value).join('/')}`
          : observe(message.value) === undefined ? 'answer' : 'observed';
        seen.push(`${what} ${name} ${block.num}${block.more ? ' more' : ''}`);
      }
    },
  });
  return seen;
}

function storedLights({ disk }: World): number {
  return [...disk.telemetry].filter(({ object }) => object === 3311).length;
}

function expectServed(world: World, devices: readonly SimulatedDevice[]): void {
  for (const { isRegistered, observed } of devices) {
    expect([isRegistered, observed.length]).toEqual([true, 2]);
  }
  const rows = [...world.disk.devices.values()];
  expect(rows.map(({ registration }) => registration?.observed))
    .toEqual(devices.map(() => ['/3311', '/3/0']));
}

describe('a device whose object list and values are longer than a message', () => {
  it('registers by Block1, answers and notifies by Block2, and all is stored', () => {
    const watched = longWorld(1, CALM);
    const { world } = watched;
    const blocks = blocksOf(world);
    const device = addLong(world, 'lights');
    device.start();
    world.run(30 * SECOND);
    expectServed(world, [device]);
    expect(blocks.filter((one) => one.includes('Block1'))).toEqual([
      '/rd Block1 0 more', '/rd Block1 1',
    ]);
    expect(new Set(blocks.filter((one) => one.includes('Block2')))).toEqual(new Set([
      'answer Block2 0 more', 'observed Block2 0 more',
      'answer Block2 1 more', 'answer Block2 2',
    ]));
    expect(storedLights(world)).toBe(LIGHTS);
    const before = blocks.length;
    world.run(5 * MINUTE);
    expect(storedLights(world)).toBe(2 * LIGHTS);
    expect(blocks.slice(before).filter((one) => one === 'observed Block2 0 more')).toHaveLength(2);
    expect(device.acknowledged).toBe(2);
    expect(findings(watched)).toEqual([]);
  });

  it.each([1, 2, 3, 4])('is served through loss, sleep and crashes: seed %i', (seed) => {
    const watched = longWorld(seed, LOSSY);
    const { world } = watched;
    const devices = [0, 1, 2, 3].map((index) => addLong(world, `lights-${index}`, (
      index % 2 === 0 ? { awake: 25 * SECOND, lifetime: 600 } : { confirmable: index === 1 })));
    for (const device of devices) device.start();
    for (let hour = 0; hour < 2; hour++) {
      world.run(30 * MINUTE);
      world.crashServer((seed + hour) % 2 === 0);
      world.run(MINUTE);
      world.startServer();
    }
    world.run(60 * MINUTE);
    world.network.define('default', CALM);
    world.run(90 * MINUTE);
    expectServed(world, devices);
    expect(storedLights(world)).toBeGreaterThan(4 * 20 * LIGHTS);
    expect(findings(watched)).toEqual([]);
    expect(world.server.host.layer.sizes()).toMatchObject({ outbound: 0 });
  });
});

it('a device takes what is written to it in blocks, whole and once', () => {
  const { device, ask, exchange } = newBench({
    resources: new Resources({ '/3/0/15': text('UTC') }),
  });
  device.start();
  const zone = 'Somewhere/far away '.repeat(40);
  const codes = [0, 1, 2].map((num) => exchange({
    code: Code.PUT, token: Uint8Array.of(num),
    options: [
      ...['3', '0', '15'].map((one) => stringOptionOf(OptionNumber.URI_PATH, one)),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.TEXT),
      blockOption(OptionNumber.BLOCK1, { num, more: num < 2, szx: 4 }),
    ],
    payload: encodeUtf8(zone).subarray(num * 256, num * 256 + 256),
  })?.code);
  expect(codes).toEqual([Code.CONTINUE, Code.CONTINUE, Code.CHANGED]);
  const read = ask(Code.GET, '/3/0/15', { accept: ContentFormat.TEXT });
  expect(decodeUtf8(read!.payload)).toBe(zone.slice(0, 512));
});
