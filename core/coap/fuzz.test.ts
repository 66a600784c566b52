// Hostile and lossy networks: nothing throws, nothing grows, and between two layers every request
// is executed at most once and ends exactly once. `npm run attacks` runs the long form.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test, vi } from 'vitest';
import type { Peer } from '../ports.ts';
import { BlockwiseLayer } from './blockwise.ts';
import type { Received } from './exchange.ts';
import { announce, IS_FULL } from '../../scripts/long-form.ts';
import { drawMutation, mutated } from '../../sim/testing/hostile.ts';
import { TYPICAL } from '../../sim/testing/messages.ts';
import { encodeMessage } from './codec.ts';
import { Code, CON, NO_BYTES } from './message.ts';
import {
  bench, type Bench, datagramOf, fromHex, path, peerOf, TestClock, TestRandom,
} from './testing.ts';

const DATAGRAMS = IS_FULL ? 1_000_000 : 100_000;
const PEERS_MAX = 50;
const RECENT_MAX = 16;
const NOTHING = { peers: 0, recent: 0, outbound: 0, transfers: 0, blockBytes: 0 };

/** A server that answers what it is asked, and has requests of its own under way. */
function busyBench(): Bench & { take: (peer: Peer, datagram: Uint8Array) => void } {
  const at = bench({ limits: { peers: PEERS_MAX, recentPerPeer: RECENT_MAX } });
  let count = 0;
  const take = (peer: Peer, datagram: Uint8Array): void => {
    const received: Received = at.layer.receive(peer, datagram);
    count++;
    if (received.kind === 'request' && count % 3 !== 0) {
      at.layer.respond(received.request, { code: Code.CONTENT, payload: fromHex('01') });
    } else if (received.kind === 'notification') {
      if (count % 2 === 0) at.layer.accept(received.notification);
      else at.layer.reject(received.notification);
    }
    if (count % 100 === 0) {
      const content = { code: Code.GET, options: path('3'), payload: NO_BYTES };
      at.layer.request(peer, content, vi.fn());
      at.clock.advance(50);
    }
    at.transport.sent.length = 0;
  };
  return { ...at, take };
}

function expectBounded({ layer, clock }: Bench): void {
  const sizes = layer.sizes();
  // Those we call are outside the limit of those who come.
  expect(sizes.peers).toBeLessThanOrEqual(2 * PEERS_MAX);
  expect(sizes.recent).toBeLessThanOrEqual(2 * PEERS_MAX * RECENT_MAX);
  // One for each request that waits, on either side, for each body, and one for the sweep.
  expect(clock.timers.size)
    .toBeLessThanOrEqual(sizes.recent + sizes.outbound + sizes.transfers + 1);
  // A full queue to a silent peer takes its time to end.
  clock.advance(10_000_000);
  expect(layer.sizes()).toEqual(NOTHING);
  expect(clock.timers.size).toBe(0);
}

const typical = TYPICAL.map(encodeMessage);

function mutilated(random: TestRandom): Uint8Array {
  const [source, other] = [0, 1].map(() => typical[random.below(typical.length)] as Uint8Array);
  const mutations = Array.from({ length: random.below(4) }, () => drawMutation(random));
  const datagram = mutated(source as Uint8Array, mutations, other);
  // The Message ID walks about as well, else most of them are duplicates.
  if (datagram.length > 3) datagram[3] = random.below(256);
  return datagram;
}

describe.each([
  ['random', (random: TestRandom) => random.bytes(random.below(48))],
  ['mutilated', mutilated],
])('%s datagrams', (name, next) => {
  test(`${DATAGRAMS} of them throw nothing and leave nothing`, () => {
    const random = new TestRandom(42);
    const at = busyBench();
    const peers = Array.from({ length: 2 * PEERS_MAX }, (_, id) => peerOf(id));
    for (let count = 0; count < DATAGRAMS; count++) {
      at.take(peers[random.below(peers.length)] as Peer, next(random));
    }
    expect(at.layer.counters.received).toBe(DATAGRAMS);
    expectBounded(at);
    announce(`${name} datagrams to the message layer: ${DATAGRAMS}`);
  });
});

test('a million Registers from as many ports hold no more than the limit', () => {
  const at = bench({ limits: { peers: 1_000 } });
  const datagram = datagramOf(CON, Code.POST, { options: path('rd') });
  for (let id = 0; id < 1_000_000; id++) {
    const received = at.layer.receive(peerOf(id, id & 0xffff), datagram);
    if (received.kind === 'request') at.layer.respond(received.request, { code: Code.CREATED });
    at.transport.sent.length = 0;
  }
  expect(at.layer.sizes()).toEqual({ ...NOTHING, peers: 1_000, recent: 1_000 });
  expect(at.layer.counters.refused).toBe(0);
});

/** Two layers and a network between them that loses, doubles and delays. */
class Pair {
  readonly clock = new TestClock();
  readonly random: TestRandom;
  readonly loss: number;
  readonly client: BlockwiseLayer;
  readonly server: BlockwiseLayer;
  readonly executed: string[] = [];

  constructor(seed: number, loss: number) {
    this.random = new TestRandom(seed);
    this.loss = loss;
    this.client = this.#layer((datagram) => this.serve(datagram));
    this.server = this.#layer((datagram) => {
      this.client.receive(peerOf(1), datagram);
    });
    this.clock.advance(100_000);
  }

  serve(datagram: Uint8Array): void {
    const received = this.server.receive(peerOf(2), datagram);
    if (received.kind !== 'request') return;
    const { request } = received;
    this.executed.push(String(request.message.payload));
    const onDue = (): void => this.server.respond(request, { code: Code.CHANGED });
    this.clock.schedule(this.clock.now() + this.random.below(3_000), { onDue });
  }

  #layer(deliver: (datagram: Uint8Array) => void): BlockwiseLayer {
    const { clock, random } = this;
    const send = (_peer: Peer, datagram: Uint8Array): void => {
      const copies = random.below(100) < this.loss ? 0 : 1 + Number(random.below(10) === 0);
      for (let copy = 0; copy < copies; copy++) {
        const onDue = (): void => deliver(datagram);
        clock.schedule(clock.now() + 20 + random.below(2_000), { onDue });
      }
    };
    const transport = { send };
    return new BlockwiseLayer({
      clock, random, transport, ackTimeout: () => 2_000, messageIdSeed: 1, blockSize: () => 64,
    });
  }
}

property.prop([fc.nat(), fc.constantFrom(0, 10, 30, 60)], { numRuns: 60 })(
  'over a bad network a request is executed at most once, ends once, and is told the truth',
  (seed, loss) => {
    const pair = new Pair(seed, loss);
    const ends = new Map<string, string[]>();
    for (let count = 0; count < 30; count++) {
      const payload = Uint8Array.of(count);
      ends.set(String(payload), []);
      pair.client.request(peerOf(1), { code: Code.POST, options: [], payload }, ({ kind }) => {
        ends.get(String(payload))?.push(kind);
      });
      pair.clock.advance(pair.random.below(5_000));
    }
    pair.clock.advance(10_000_000);
    expect(new Set(pair.executed).size).toBe(pair.executed.length);
    for (const [payload, kinds] of ends) {
      expect(kinds).toHaveLength(1);
      if (kinds[0] === 'response') expect(pair.executed).toContain(payload);
      if (loss === 0) expect(kinds).toEqual(['response']);
    }
    for (const layer of [pair.client, pair.server]) {
      expect(layer.sizes()).toEqual(NOTHING);
    }
    expect(pair.clock.timers.size).toBe(0);
  },
);
