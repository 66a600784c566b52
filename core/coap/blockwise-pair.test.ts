// Two layers with each other over a network that loses, doubles and delays: bodies of any length
// arrive as they were sent or are told not to have, are executed at most once, and nothing is left.

import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import type { Peer } from '../ports.ts';
import { BlockwiseLayer } from './blockwise.ts';
import type { Outcome } from './exchange.ts';
import { Code, CON, type Message, NO_BYTES, OptionNumber } from './message.ts';
import { observe, uintOptionOf, uriPath } from './options.ts';
import { bodyOf, fromHex, observed, path, peerOf, TestClock, TestRandom } from './testing.ts';

const SERVER = peerOf(1);
const CLIENT = peerOf(2);
const NOTHING = { peers: 0, recent: 0, outbound: 0, transfers: 0, blockBytes: 0 };
const TOKEN = fromHex('0b5e');

interface Sizes {
  readonly client: number;
  readonly server: number;
}

class Pair {
  readonly clock = new TestClock();
  readonly random: TestRandom;
  readonly loss: number;
  readonly client: BlockwiseLayer;
  readonly server: BlockwiseLayer;
  /** Bodies of the requests that were executed. */
  readonly executed: Uint8Array[] = [];
  /** What the client made of the notifications it got. */
  readonly notified: Outcome[] = [];
  answer: (request: Message) => Uint8Array = () => NO_BYTES;

  constructor(seed: number, loss: number, sizes: Sizes) {
    this.random = new TestRandom(seed);
    this.loss = loss;
    this.client = this.#layer(sizes.client, (datagram) => {
      const received = this.server.receive(CLIENT, datagram);
      if (received.kind !== 'request') return;
      const { request } = received;
      const { message } = request;
      if (message.code !== Code.GET) this.executed.push(message.payload);
      const response = { code: Code.CONTENT, payload: this.answer(message) };
      const onDue = (): void => this.server.respond(request, response);
      this.clock.schedule(this.clock.now() + this.random.below(3_000), { onDue });
    });
    this.server = this.#layer(sizes.server, (datagram) => {
      const received = this.client.receive(SERVER, datagram);
      if (received.kind !== 'notification') return;
      const { notification } = received;
      this.client.accept(notification);
      const get = { code: Code.GET, options: path('n'), payload: NO_BYTES };
      this.client.fetch(SERVER, get, notification.message, (end) => this.notified.push(end));
    });
    this.clock.advance(100_000);
  }

  expectNothingLeft(): void {
    this.clock.advance(10_000_000);
    for (const layer of [this.client, this.server]) expect(layer.sizes()).toEqual(NOTHING);
    expect(this.clock.timers.size).toBe(0);
  }

  #layer(blockSize: number, deliver: (datagram: Uint8Array) => void): BlockwiseLayer {
    const { clock, random } = this;
    const send = (_peer: Peer, datagram: Uint8Array): void => {
      const copies = random.below(100) < this.loss ? 0 : 1 + Number(random.below(10) === 0);
      for (let copy = 0; copy < copies; copy++) {
        const onDue = (): void => deliver(datagram);
        clock.schedule(clock.now() + 20 + random.below(2_000), { onDue });
      }
    };
    return new BlockwiseLayer({
      clock, random, transport: { send }, ackTimeout: () => 2_000, messageIdSeed: 1,
      blockSize: () => blockSize,
    });
  }
}

const size = fc.constantFrom(16, 32, 64, 128, 256, 512, 1_024);
const length = fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 3_000 }));

property.prop([fc.nat(), fc.constantFrom(0, 10, 30), size, size, length, length], { numRuns: 80 })(
  'a body arrives as it was sent and once, and its answer likewise',
  (seed, loss, client, server, up, down) => {
    const pair = new Pair(seed, loss, { client, server });
    const outcomes: Outcome[] = [];
    pair.answer = () => bodyOf(down, 5);
    const content = { code: Code.POST, options: path('p'), payload: bodyOf(up) };
    pair.client.request(SERVER, content, (outcome) => outcomes.push(outcome));
    pair.expectNothingLeft();
    expect(outcomes).toHaveLength(1);
    for (const body of pair.executed) expect(body).toEqual(bodyOf(up));
    expect(pair.executed.length).toBeLessThanOrEqual(1);
    const [outcome] = outcomes;
    if (outcome?.kind === 'response' && outcome.message.code === Code.CONTENT) {
      expect(pair.executed).toHaveLength(1);
      expect(outcome.message.payload).toEqual(bodyOf(down, 5));
    }
    if (loss === 0) expect(outcome?.kind).toBe('response');
  },
);

property.prop([fc.nat(), fc.constantFrom(0, 10, 30), size, size, length], { numRuns: 80 })(
  'an answer is of one moment, though the resource changes all the time',
  (seed, loss, client, server, down) => {
    const pair = new Pair(seed, loss, { client, server });
    const outcomes: Outcome[] = [];
    let count = 0;
    pair.answer = () => bodyOf(down, count++);
    const get = { code: Code.GET, options: path('g'), payload: NO_BYTES };
    pair.client.request(SERVER, get, (outcome) => outcomes.push(outcome));
    pair.expectNothingLeft();
    expect(outcomes).toHaveLength(1);
    const [outcome] = outcomes;
    if (outcome?.kind !== 'response') {
      expect(loss).toBeGreaterThan(0);
    } else {
      const { payload } = outcome.message;
      expect(payload).toEqual(bodyOf(down, payload[0] ?? 0));
    }
  },
);

property.prop([fc.nat(), size, size, fc.integer({ min: 1_025, max: 3_000 })], { numRuns: 40 })(
  'a long notification is the whole of its moment',
  (seed, client, server, down) => {
    const pair = new Pair(seed, 0, { client, server });
    pair.answer = () => bodyOf(down, 99);
    pair.server.notify(CLIENT, {
      type: CON, code: Code.CONTENT, token: TOKEN, options: [observed(3)], payload: bodyOf(down, 7),
      request: { code: Code.GET, options: path('n') },
    }, () => undefined);
    pair.expectNothingLeft();
    expect(pair.notified).toMatchObject([
      { kind: 'response', message: { token: TOKEN, payload: bodyOf(down, 7) } },
    ]);
    const [whole] = pair.notified;
    expect(whole?.kind === 'response' && observe(whole.message)).toBe(3);
  },
);

test('many bodies at once, to the same and to other resources, do not mix', () => {
  const pair = new Pair(1, 5, { client: 64, server: 64 });
  const bodies = Array.from({ length: 6 }, (_, index) => bodyOf(700 + index, 40 * index));
  const told: boolean[] = [];
  pair.answer = ({ payload }) => payload;
  for (const [index, payload] of bodies.entries()) {
    const options = path(index < 4 ? 'same' : `other${index}`);
    pair.client.request(SERVER, { code: Code.PUT, options, payload }, (outcome) => {
      told[index] = outcome.kind === 'response' && outcome.message.code === Code.CONTENT
        && String(outcome.message.payload) === String(payload);
    });
  }
  pair.expectNothingLeft();
  expect(told).toEqual(bodies.map(() => true));
  expect(pair.executed).toHaveLength(bodies.length);
  expect(new Set(pair.executed.map(String))).toEqual(new Set(bodies.map(String)));
});

test('16 MB go up and come down', () => {
  const pair = new Pair(1, 0, { client: 1_024, server: 1_024 });
  const payload = bodyOf(16 * 2 ** 20);
  const outcomes: Outcome[] = [];
  pair.answer = (request) => (uriPath(request)[0] === 'down' ? payload : NO_BYTES);
  const options = [...path('up'), uintOptionOf(OptionNumber.CONTENT_FORMAT, 42)];
  pair.client.request(SERVER, { code: Code.PUT, options, payload }, (end) => outcomes.push(end));
  pair.clock.advance(100_000_000);
  const down = { code: Code.GET, options: path('down'), payload: NO_BYTES };
  pair.client.request(SERVER, down, (end) => outcomes.push(end));
  pair.clock.advance(100_000_000);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['response', 'response']);
  const bodies = [pair.executed[0], outcomes[1]?.kind === 'response' && outcomes[1].message.payload];
  // Not by toEqual, which would take minutes to say yes.
  for (const body of bodies) expect(Buffer.compare(body as Uint8Array, payload)).toBe(0);
  pair.expectNothingLeft();
});
