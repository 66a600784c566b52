// Two layers with each other over a network that loses, doubles and delays: bodies of any length
// arrive as they were sent or are told not to have, are executed at most once, and nothing is left.
// Long ones are read and go elsewhere block by block.

import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import type { Peer } from '../ports.ts';
import { BlockwiseLayer } from './blockwise.ts';
import { TRANSFER_BYTES } from './block-memory.ts';
import { BODY_BYTES_MAX, type BodySink, type BodySource, longerThan } from './body.ts';
import type { Outcome } from './exchange.ts';
import { Code, CON, type Message, NO_BYTES } from './message.ts';
import { observe, uriPath } from './options.ts';
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
  loss: number;
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
      // The server of these tests holds whole bodies.
      blockLimits: { bodyLength: BODY_BYTES_MAX, bytesPerPeer: 2 ** 26, bytes: 2 ** 26 },
    });
  }
}

/** Made when it is asked for: nobody holds it. */
class MadeBody implements BodySource {
  readonly length: number;
  goneFrom = Infinity;
  /** The longest part that was asked for. */
  partMax = 0;

  constructor(length: number) {
    this.length = length;
  }

  subarray(start: number, end: number): Uint8Array | undefined {
    if (start >= this.goneFrom) return undefined;
    const stop = Math.min(end, this.length);
    this.partMax = Math.max(this.partMax, stop - start);
    return Uint8Array.from({ length: stop - start }, (_, index) => byteAt(start + index));
  }
}

/** As `bodyOf`, at any place. */
function byteAt(index: number): number {
  return (index + (index >> 8)) & 0xff;
}

/** Compares what comes and keeps none of it. */
class CheckedSink implements BodySink {
  length = 0;
  readonly lengthMax: number;
  readonly room = 0;
  begun = 1;
  isSame = true;

  constructor(lengthMax = BODY_BYTES_MAX) {
    this.lengthMax = lengthMax;
  }

  append(block: Uint8Array): string | undefined {
    if (this.length + block.length > this.lengthMax) return longerThan(this.lengthMax);
    for (const byte of block) {
      if (byte !== byteAt(this.length++)) this.isSame = false;
    }
    return undefined;
  }

  clear(): void {
    this.begun++;
    this.length = 0;
    this.isSame = true;
  }

  bytes(): Uint8Array {
    return NO_BYTES;
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

property.prop([fc.nat(), fc.constantFrom(0, 10, 30), size, size, length, length], { numRuns: 80 })(
  'a body is read block by block, and goes elsewhere likewise: however it is cut, it is the same',
  (seed, loss, client, server, up, down) => {
    const pair = new Pair(seed, loss, { client, server });
    pair.answer = () => bodyOf(down);
    const payload = new MadeBody(up);
    const put = { code: Code.PUT, options: path('p'), payload };
    const outcomes: Outcome[] = [];
    pair.client.request(SERVER, put, (outcome) => outcomes.push(outcome));
    const sink = new CheckedSink();
    const get = { code: Code.GET, options: path('g'), payload: NO_BYTES, sink };
    pair.client.request(SERVER, get, (outcome) => outcomes.push(outcome));
    pair.expectNothingLeft();
    expect(outcomes).toHaveLength(2);
    expect(payload.partMax).toBeLessThanOrEqual(client);
    for (const body of pair.executed) expect(body).toEqual(bodyOf(up));
    for (const outcome of outcomes) {
      if (loss === 0) expect(outcome.kind).toBe('response');
    }
    const got = outcomes.find((outcome) => outcome.kind === 'response'
      && outcome.message.payload === NO_BYTES && sink.length > 0);
    if (got === undefined) expect(loss > 0 || down === 0).toBe(true);
    else expect([sink.length, sink.isSame]).toEqual([down, true]);
  },
);

test('16 MB go up and come down, and who asks holds a block of them', () => {
  const pair = new Pair(1, 2, { client: 1_024, server: 1_024 });
  const whole = bodyOf(BODY_BYTES_MAX);
  const outcomes: Outcome[] = [];
  let bytesMax = 0;
  pair.answer = (request) => {
    bytesMax = Math.max(bytesMax, pair.client.sizes().blockBytes);
    return uriPath(request)[0] === 'down' ? whole : NO_BYTES;
  };
  const payload = new MadeBody(BODY_BYTES_MAX);
  const put = { code: Code.PUT, options: path('up'), payload };
  pair.client.request(SERVER, put, (end) => outcomes.push(end));
  pair.clock.advance(400_000_000);
  const sink = new CheckedSink();
  const get = { code: Code.GET, options: path('down'), payload: NO_BYTES, sink };
  pair.client.request(SERVER, get, (end) => outcomes.push(end));
  pair.clock.advance(400_000_000);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['response', 'response']);
  // Not by toEqual, which would take minutes to say yes.
  expect(Buffer.compare(pair.executed[0] as Uint8Array, whole)).toBe(0);
  expect([sink.length, sink.isSame, sink.begun]).toEqual([BODY_BYTES_MAX, true, 1]);
  expect(payload.partMax).toBe(1_024);
  expect(bytesMax).toBe(TRANSFER_BYTES);
  pair.expectNothingLeft();
});

test('who asks for a short answer needs no server that knows blocks', () => {
  const pair = new Pair(1, 0, { client: 64, server: 64 });
  const asked: Message[] = [];
  pair.answer = (request) => {
    asked.push(request);
    return bodyOf(64);
  };
  const sink = new CheckedSink();
  const get = { code: Code.GET, options: path('g'), payload: NO_BYTES, sink };
  pair.client.request(SERVER, get, () => undefined);
  pair.expectNothingLeft();
  expect(asked.map(({ options }) => options.length)).toEqual([1]);
  expect([sink.length, sink.isSame]).toEqual([64, true]);
});

test('what is longer than its sink takes ends the transfer, and no block more is asked for', () => {
  for (const lengthMax of [999, 100]) {
    const pair = new Pair(1, 0, { client: 64, server: 64 });
    const outcomes: Outcome[] = [];
    pair.answer = () => bodyOf(1_000);
    const sink = new CheckedSink(lengthMax);
    const get = { code: Code.GET, options: path('g'), payload: NO_BYTES, sink };
    pair.client.request(SERVER, get, (end) => outcomes.push(end));
    pair.expectNothingLeft();
    const reason = `the answer is longer than ${lengthMax} bytes`;
    expect(outcomes).toEqual([{ kind: 'incomplete', reason, isPassing: false }]);
    // Size2 said it with the first.
    expect(sink.length).toBe(0);
  }
});

test('a body of ours that is gone in the middle ends its transfer', () => {
  const pair = new Pair(1, 0, { client: 64, server: 64 });
  const outcomes: Outcome[] = [];
  const payload = new MadeBody(1_000);
  payload.goneFrom = 500;
  const put = { code: Code.PUT, options: path('p'), payload };
  pair.client.request(SERVER, put, (end) => outcomes.push(end));
  pair.expectNothingLeft();
  const reason = 'what is sent cannot be read any more';
  expect(outcomes).toEqual([{ kind: 'incomplete', reason, isPassing: false }]);
  expect(pair.executed).toEqual([]);
});

test('an answer that changes between its blocks begins its sink anew', () => {
  const pair = new Pair(1, 0, { client: 64, server: 64 });
  const outcomes: Outcome[] = [];
  let asked = 0;
  pair.answer = () => (asked++ === 0 ? bodyOf(1_000, 9) : bodyOf(300));
  const sink = new CheckedSink();
  const get = { code: Code.GET, options: path('g'), payload: NO_BYTES, sink };
  pair.client.request(SERVER, get, (end) => outcomes.push(end));
  pair.clock.advance(10_000);
  // Another answer to the same question takes the place of the one that is kept.
  pair.client.request(SERVER, { ...get, sink: new CheckedSink() }, () => undefined);
  pair.expectNothingLeft();
  expect(outcomes.map(({ kind }) => kind)).toEqual(['response']);
  expect([sink.length, sink.isSame, sink.begun]).toEqual([300, true, 2]);
});

test.each(['cancelled', 'forgotten', 'vanished'])('a transfer that is %s leaves nothing', (how) => {
  const pair = new Pair(1, 0, { client: 64, server: 64 });
  const outcomes: Outcome[] = [];
  pair.answer = () => bodyOf(10_000);
  const sink = new CheckedSink();
  const put = { code: Code.PUT, options: path('p'), payload: new MadeBody(10_000) };
  const get = { code: Code.GET, options: path('g'), payload: NO_BYTES, sink };
  const requests = [put, get].map((content) => (
    pair.client.request(SERVER, content, (end) => outcomes.push(end))));
  pair.clock.advance(60_000);
  expect(sink.length).toBeGreaterThan(0);
  expect(pair.client.sizes().transfers).toBe(2);
  if (how === 'cancelled') for (const request of requests) pair.client.cancel(request);
  else if (how === 'forgotten') pair.client.forget(SERVER);
  else pair.loss = 100;
  const come = sink.length;
  pair.expectNothingLeft();
  const kind = how === 'vanished' ? 'unanswered' : 'cancelled';
  expect(outcomes.map((outcome) => outcome.kind)).toEqual([kind, kind]);
  expect([sink.length, sink.begun]).toEqual([come, 1]);
  expect(pair.executed).toEqual([]);
});
