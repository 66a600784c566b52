// What nobody should send, in numbers: noise, mutilated messages and floods of names into the
// whole server in virtual time. Nothing throws, every table stays within its limit, and a real
// device from elsewhere is served all the while. `npm run attacks` runs the long form.

import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../core/bytes.ts';
import { encodeMessage } from '../core/coap/codec.ts';
import { ACK, Code, CON, NON, OptionNumber, RST, type Message } from '../core/coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import { FORGOTTEN_PEERS_MAX } from '../core/coap/peer-state.ts';
import { UNHELD_PEERS_MAX } from '../core/peer.ts';
import type { Random } from '../core/ports.ts';
import { CALM } from '../sim/network-rules.ts';
import { announce, IS_FULL } from '../scripts/long-form.ts';
import { SeededRandom } from '../sim/random.ts';
import { drawMutation, mutated } from '../sim/testing/hostile.ts';
import { OBJECTS, RawClient } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, type Limits } from './config.ts';
import { REFUSALS_MAX } from './refusals.ts';

const DATAGRAMS = IS_FULL ? 100_000 : 10_000;
const REGISTERS = IS_FULL ? 1_000_000 : 50_000;
/** The other forms of the flood differ in kind, not in number. */
const VARIED = IS_FULL ? REGISTERS : 10_000;
const SCALED: Partial<Limits> = IS_FULL ? {} : { devicesMax: 5000, devicesPerSourceMax: 500 };
const RECENT_PER_PEER_MAX = 64;
const MINUTE = 60_000;

function newWorld(limits: Partial<Limits> = {}): World {
  const config = { ...DEFAULT_CONFIG, limits: { ...DEFAULT_CONFIG.limits, ...limits } };
  return new World({ seed: 6, network: CALM, config });
}

/** Every table of the server against its limit. */
function expectBounded(world: World): void {
  const { host } = world.server;
  const { devicesMax, devicesPerSourceMax } = host.config.limits;
  expect(host.devices.size).toBeLessThanOrEqual(devicesMax);
  expect(host.byId.size).toBe(host.devices.size);
  for (const count of host.bySource.values()) {
    expect(count).toBeLessThanOrEqual(devicesPerSourceMax);
  }
  const registered = [...host.devices.values()].filter(
    ({ registration }) => registration !== undefined,
  );
  expect(host.byPeer.size).toBeLessThanOrEqual(registered.length);
  expect([...host.byPeer.values()].reduce((sum, { length }) => sum + length, 0))
    .toBe(registered.length);
  expect(host.objectLists.size).toBeLessThanOrEqual(registered.length);
  expect(host.peers.size).toBeLessThanOrEqual(UNHELD_PEERS_MAX + host.byPeer.size);
  expect(host.refusals.list().length).toBeLessThanOrEqual(REFUSALS_MAX);
  const { peers, recent, outbound } = host.layer.sizes();
  expect(peers).toBeLessThanOrEqual(UNHELD_PEERS_MAX + FORGOTTEN_PEERS_MAX + host.byPeer.size);
  expect(recent).toBeLessThanOrEqual(peers * RECENT_PER_PEER_MAX);
  expect(outbound).toBeLessThanOrEqual(registered.length + host.byPeer.size * 64);
  for (const device of registered) {
    expect(device.observations.length).toBeLessThanOrEqual(4 * host.config.limits.observationsMax);
  }
}

/** A device of another source: registers, is observed, is heard, and may come again. */
function expectServed(world: World, client: RawClient, endpoint: string): void {
  for (let round = 0; round < 2; round++) {
    client.register(`ep=${endpoint}&lwm2m=1.1&lt=300`);
    world.run(1000);
    const device = world.server.host.devices.get(endpoint)!;
    expect(device.state.states).toMatchObject({ registration: 'registered', observations: 'inPlace' });
    expect(client.notified(client.tokenOf('/3303/0/5700'), 5, '23')).toBe(ACK);
  }
}

function request(
  code: number, mid: number, path: readonly string[], query: readonly string[], body: string,
): Message {
  return {
    type: CON, code, mid, token: Uint8Array.of(mid >> 8, mid), payload: encodeUtf8(body),
    options: [
      ...path.map((segment) => stringOptionOf(OptionNumber.URI_PATH, segment)),
      ...(body === '' ? [] : [uintOptionOf(OptionNumber.CONTENT_FORMAT, 40)]),
      ...query.map((item) => stringOptionOf(OptionNumber.URI_QUERY, item)),
    ],
  };
}

describe('noise', () => {
  it('of NON requests from everywhere does not gather peers', () => {
    const world = newWorld();
    for (let count = 0; count < 30_000; count++) {
      const message = { ...request(Code.GET, count & 0xffff, ['x'], [], ''), type: NON } as const;
      world.server.receive(0, `10.66.0.${count & 255}`, 1024 + count, encodeMessage(message));
      if (count % 10 === 0) world.run(1);
    }
    expectBounded(world);
  });

  it('of random bytes throws nothing and leaves nothing', () => {
    const world = newWorld();
    const random = new SeededRandom(1, 'noise');
    for (let count = 0; count < DATAGRAMS; count++) {
      const datagram = random.bytes(random.below(random.below(8) === 0 ? 1500 : 64));
      // Version 1 more often than not, or little gets past the first byte.
      if (datagram.length > 0 && random.below(4) > 0) datagram[0] = datagram[0]! & 0x3f | 0x40;
      const host = `10.66.${random.below(4)}.${random.below(256)}`;
      world.server.receive(0, host, 1024 + random.below(60_000), datagram);
      if (count % 100 === 0) world.run(10);
    }
    expectBounded(world);
    expect(world.server.host.devices.size).toBe(0);
    world.run(30 * MINUTE);
    expect(world.server.host.layer.sizes()).toEqual({
      peers: 0, recent: 0, outbound: 0, transfers: 0, blockBytes: 0,
    });
    expectServed(world, new RawClient(world), 'real');
    announce(`datagrams of random bytes to the whole server: ${DATAGRAMS}`);
  });

  it('of mutilated messages throws nothing and stays within all limits', () => {
    const world = newWorld({ devicesPerSourceMax: 200, devicesMax: 1000 });
    const random = new SeededRandom(2, 'mutations');
    const victim = new RawClient(world, '10.66.0.1');
    victim.register('ep=victim&lwm2m=1.1&lt=300');
    for (let count = 0; count < DATAGRAMS; count++) {
      const datagram = mutilated(encodeMessage(usual(random, victim, count)), random);
      const host = `10.66.0.${random.below(4)}`;
      world.server.receive(0, host, random.below(2) === 0 ? 5683 : random.below(65_536), datagram);
      if (count % 50 === 0) world.run(random.below(1000));
      if (count % 1000 === 0) expectBounded(world);
    }
    expectBounded(world);
    world.run(30 * MINUTE);
    expectBounded(world);
    expectServed(world, new RawClient(world), 'real');
    announce(`mutilated messages to the whole server: ${DATAGRAMS}`);
  });
});

/** A message the server knows what to do with. */
function usual(random: Random, victim: RawClient, count: number): Message {
  const mid = count & 0xffff;
  const token = victim.tokenOf(random.below(2) === 0 ? '/3303/0/5700' : '/3/0/9');
  const endpoint = `ep=m${random.below(300)}`;
  const notification = {
    code: Code.CONTENT, mid, token, payload: encodeUtf8('21.5'), options: [
      uintOptionOf(OptionNumber.OBSERVE, random.below(2 ** 24)),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, [0, 60, 110, 112, 11_542][random.below(5)]!),
    ],
  };
  switch (random.below(8)) {
    case 0: return request(Code.POST, mid, ['rd'], [endpoint, 'lt=60', 'lwm2m=1.1'], OBJECTS);
    case 1: return request(Code.POST, mid, ['rd'], [endpoint, 'lt=1', 'Q', 'b=U'], '</3/0>;ver=1.1');
    case 2: return request(Code.POST, mid, victim.location, ['lt=300'], '');
    case 3: return request(Code.POST, mid, victim.location, [], '</3303/1>,</5/0>');
    case 4: return request(Code.DELETE, mid, victim.location, [], '');
    case 5: return { type: NON, ...notification };
    case 6: return { ...notification, type: random.below(2) === 0 ? ACK : CON };
    default: return { ...notification, type: RST, code: Code.EMPTY, token: new Uint8Array(0),
      options: [], payload: new Uint8Array(0) };
  }
}

function mutilated(datagram: Uint8Array, random: Random): Uint8Array {
  const mutations = Array.from({ length: random.below(4) }, () => drawMutation(random));
  return mutated(datagram, mutations);
}

describe('a flood of Registers under different names from one source', () => {
  it.for([
    ['of 5 minutes', 'lt=300', false, REGISTERS],
    ['of 1 s', 'lt=1', false, VARIED],
    ['of 5 minutes, from changing ports', 'lt=300', true, VARIED],
    ['of 1 s, from changing ports', 'lt=1', true, VARIED],
  ] as const)('%s ends at its limit, and others are served', ([name, lifetime, isChanging, flood]) => {
    const world = newWorld(SCALED);
    const real = new RawClient(world, '10.2.0.1');
    expectServed(world, real, 'real-before');
    for (let count = 0; count < flood; count++) {
      const query = [`ep=flood-${count}`, lifetime, 'lwm2m=1.1'];
      const message = request(Code.POST, count & 0xffff, ['rd'], query, OBJECTS);
      const port = isChanging ? 1024 + count % 60_000 : 5683;
      world.server.receive(0, '10.66.0.1', port, encodeMessage(message));
      if (count % 10 === 0) world.run(1);
      if (count % (flood / 5) === 0) expectBounded(world);
    }
    expectBounded(world);
    const { devicesPerSourceMax } = world.server.host.config.limits;
    expect(world.server.host.bySource.get('10.66.0.1')).toBe(devicesPerSourceMax);
    expect(world.server.host.refusals.total).toBeGreaterThan(flood / 2);
    expectServed(world, real, 'real-before');
    expectServed(world, new RawClient(world, '10.2.0.2'), 'real-after');
    world.run(20 * MINUTE);
    expectBounded(world);
    const ended = [...world.server.host.devices.values()].filter(
      ({ registration, endpoint }) => registration !== undefined && endpoint.startsWith('flood'),
    );
    expect(ended).toEqual([]);
    expectServed(world, real, 'real-before');
    announce(`Registers ${name}: ${flood}, of which ${world.server.host.refusals.total} were refused`);
  });

  it('from a whole IPv6 /64 ends at the same limit', () => {
    const world = newWorld({ devicesPerSourceMax: 100 });
    for (let count = 0; count < 2000; count++) {
      const message = request(Code.POST, 1, ['rd'], [`ep=flood-${count}`], OBJECTS);
      world.server.receive(0, `2001:db8:0:7::${count.toString(16)}`, 5683, encodeMessage(message));
    }
    world.run(1000);
    expectBounded(world);
    expect(world.server.host.devices.size).toBe(100);
  });

  it('of one endpoint from changing ports does not gather peers', () => {
    const world = newWorld();
    for (let count = 0; count < 40_000; count++) {
      const message = request(Code.POST, count & 0xffff, ['rd'], ['ep=same', 'lt=300'], OBJECTS);
      world.server.receive(0, '10.66.0.1', 1024 + count, encodeMessage(message));
      if (count % 10 === 0) world.run(1);
    }
    expectBounded(world);
  });

  it('while the disk stands still is held back by the message layer', () => {
    const world = newWorld();
    world.disk.commitDelay = { least: 60_000, most: 60_000 };
    for (let count = 0; count < 5000; count++) {
      const message = request(Code.POST, count, ['rd'], ['ep=same'], OBJECTS);
      world.server.receive(0, '10.66.0.1', 5683, encodeMessage(message));
    }
    // A device row and an event for each Register that awaits its answer.
    expect(world.server.host.store.backlog()).toBeLessThanOrEqual(2 * RECENT_PER_PEER_MAX);
  });
});
