// The message layer, each behaviour as a short story between a bench and its peer. What other
// stacks got wrong is in defects.test.ts, hostile input in fuzz.test.ts.

import { describe, expect, test, vi } from 'vitest';
import type {
  InboundNotification, InboundRequest, NotifyOutcome, Outcome, RequestContent,
} from './exchange.ts';
import { ACK, Code, CON, type Message, NO_BYTES, NON, OptionNumber, RST } from './message.ts';
import { type Bench, bench, datagramOf, fromHex, observed, path, peerOf } from './testing.ts';
import { stringOptionOf, uintOptionOf } from './options.ts';

const PEER = peerOf(1);
const TOKEN = fromHex('aabb');
const GET: RequestContent = {
  code: Code.GET, options: path('3', '0'), payload: NO_BYTES, token: TOKEN,
};

/** The last message sent, which must be the only one since the last look. */
function onlySent({ transport }: Bench): Message {
  const [sent, ...more] = transport.takeMessages();
  expect(more).toEqual([]);
  return sent as Message;
}

function receiveRequest(at: Bench, datagram: Uint8Array): InboundRequest {
  const received = at.layer.receive(PEER, datagram);
  if (received.kind !== 'request') throw new Error(`expected a request, not ${received.kind}`);
  return received.request;
}

function receiveNotification(at: Bench, datagram: Uint8Array): InboundNotification {
  const received = at.layer.receive(PEER, datagram);
  if (received.kind !== 'notification') throw new Error(`expected one, not ${received.kind}`);
  return received.notification;
}

function recorder(): { done: (outcome: Outcome | NotifyOutcome) => void; kinds: string[] } {
  const kinds: string[] = [];
  return { done: (outcome) => kinds.push(outcome.kind), kinds };
}

describe('a request of a peer', () => {
  const REGISTER = datagramOf(CON, Code.POST, { mid: 9, token: TOKEN, options: path('rd') });

  test('answered at once, gets a piggybacked response, and its duplicate the same', () => {
    const at = bench();
    const location = stringOptionOf(OptionNumber.LOCATION_PATH, 'rd');
    at.layer.respond(receiveRequest(at, REGISTER), { code: Code.CREATED, options: [location] });
    const answer = onlySent(at);
    expect(answer).toEqual({
      type: ACK, code: Code.CREATED, mid: 9, token: TOKEN, options: [location], payload: NO_BYTES,
    });
    at.clock.advance(246_000);
    expect(at.layer.receive(PEER, REGISTER).kind).toBe('handled');
    expect(onlySent(at)).toEqual(answer);
  });

  test('is a new one after EXCHANGE_LIFETIME', () => {
    const at = bench();
    at.layer.respond(receiveRequest(at, REGISTER), { code: Code.CREATED });
    at.clock.advance(248_000);
    expect(at.layer.receive(PEER, REGISTER).kind).toBe('request');
  });

  test('of a slow peer is remembered longer', () => {
    const at = bench({ ackTimeout: () => 15_000 });
    at.layer.respond(receiveRequest(at, REGISTER), { code: Code.CREATED });
    at.clock.advance(552_000);
    expect(at.layer.receive(PEER, REGISTER).kind).toBe('handled');
  });

  test('answered late, gets an empty ACK first and then a response of its own', () => {
    const at = bench();
    const request = receiveRequest(at, REGISTER);
    at.clock.advance(499);
    expect(at.transport.take()).toEqual([]);
    at.clock.advance(1);
    expect(at.transport.take()).toEqual(['ACK 0.00 mid=9']);
    at.layer.respond(request, { code: Code.CREATED });
    const separate = onlySent(at);
    expect(separate).toMatchObject({ type: CON, code: Code.CREATED, token: TOKEN });
    at.clock.advance(3_000);
    expect(onlySent(at)).toEqual(separate);
    at.layer.receive(PEER, datagramOf(ACK, Code.EMPTY, { mid: separate.mid }));
    at.clock.advance(100_000);
    expect(at.transport.take()).toEqual([]);
  });

  test('answered in time, leaves no empty ACK behind', () => {
    const at = bench();
    at.layer.respond(receiveRequest(at, REGISTER), { code: Code.CREATED });
    at.transport.take();
    at.clock.advance(60_000);
    expect(at.transport.take()).toEqual([]);
    expect(at.clock.timers.size).toBe(1);
  });

  test('repeated while it waits, is acknowledged at once and not delivered again', () => {
    const at = bench();
    const request = receiveRequest(at, REGISTER);
    expect(at.layer.receive(PEER, REGISTER).kind).toBe('handled');
    expect(at.transport.take()).toEqual(['ACK 0.00 mid=9']);
    at.clock.advance(1_000);
    expect(at.transport.take()).toEqual([]);
    at.layer.respond(request, { code: Code.CREATED });
    expect(onlySent(at).type).toBe(CON);
  });

  test('without confirmation is answered without, once', () => {
    const at = bench();
    const datagram = datagramOf(NON, Code.GET, { mid: 5, token: TOKEN, options: path('a') });
    at.layer.respond(receiveRequest(at, datagram), { code: Code.NOT_FOUND });
    expect(onlySent(at)).toMatchObject({ type: NON, code: Code.NOT_FOUND, token: TOKEN });
    expect(at.layer.receive(PEER, datagram).kind).toBe('handled');
    at.clock.advance(144_000);
    expect(at.layer.receive(PEER, datagram).kind).toBe('handled');
    expect(at.transport.take()).toEqual([]);
    at.clock.advance(2_000);
    expect(at.layer.receive(PEER, datagram).kind).toBe('request');
  });

  test('that is safe and has a large answer may be executed again instead of keeping it', () => {
    const at = bench();
    const datagram = datagramOf(CON, Code.GET, { mid: 5, options: path('a') });
    const payload = new Uint8Array(1_000);
    at.layer.respond(receiveRequest(at, datagram), { code: Code.CONTENT, payload });
    expect(at.layer.receive(PEER, datagram).kind).toBe('request');
    const post = datagramOf(CON, Code.POST, { mid: 6, options: path('a') });
    at.layer.respond(receiveRequest(at, post), { code: Code.CHANGED, payload });
    expect(at.layer.receive(PEER, post).kind).toBe('handled');
  });

  test('is answered with its options in order, however they were given', () => {
    const at = bench();
    const options = [uintOptionOf(OptionNumber.MAX_AGE, 5), ...path('a')];
    at.layer.respond(receiveRequest(at, REGISTER), { code: Code.SERVICE_UNAVAILABLE, options });
    expect(onlySent(at).options.map(({ number }) => number)).toEqual([11, 14]);
  });

  test('answered twice is a mistake of ours', () => {
    const at = bench();
    const request = receiveRequest(at, REGISTER);
    at.layer.respond(request, { code: Code.CREATED });
    expect(() => at.layer.respond(request, { code: Code.CREATED })).toThrow('broken invariant');
  });

  test.each<[string, Parameters<typeof datagramOf>, string | undefined]>([
    ['a method nobody knows', [CON, 0x1e], 'ACK 4.05 mid=1'],
    ['a method nobody knows, non-confirmable', [NON, 0x1e], undefined],
    ['Proxy-Uri', [CON, Code.GET, { options: [stringOptionOf(35, 'coap://a')] }], 'ACK 5.05 mid=1'],
    ['an If-Match', [CON, Code.PUT, { options: [{ number: 1, value: NO_BYTES }] }], 'delivered'],
    ['an unknown elective option', [CON, Code.PUT, { options: [observed(0)] }], 'delivered'],
  ])('with %s', (_name, content, expected) => {
    const at = bench();
    const received = at.layer.receive(PEER, datagramOf(...content));
    if (expected === 'delivered') expect(received.kind).toBe('request');
    else expect(at.transport.take()).toEqual(expected === undefined ? [] : [expected]);
    expect(at.layer.sizes().peers).toBe(expected === 'delivered' ? 1 : 0);
  });
});

describe('a notification', () => {
  const NOTIFY = datagramOf(CON, Code.CONTENT, { mid: 9, token: TOKEN, options: [observed(5)] });

  test('is acknowledged when accepted; a duplicate before that is swallowed', () => {
    const at = bench();
    const notification = receiveNotification(at, NOTIFY);
    at.clock.advance(30_000);
    expect(at.layer.receive(PEER, NOTIFY).kind).toBe('handled');
    expect(at.transport.take()).toEqual([]);
    at.layer.accept(notification);
    expect(at.transport.take()).toEqual(['ACK 0.00 mid=9']);
    expect(at.layer.receive(PEER, NOTIFY).kind).toBe('handled');
    expect(at.transport.take()).toEqual(['ACK 0.00 mid=9']);
  });

  test.each([[CON], [NON]])('of type %i is rejected by a Reset, and again', (type) => {
    const at = bench();
    const datagram = datagramOf(type as 0 | 1, Code.CONTENT, { mid: 9, token: TOKEN });
    at.layer.reject(receiveNotification(at, datagram));
    expect(at.transport.take()).toEqual(['RST 0.00 mid=9']);
    expect(at.layer.receive(PEER, datagram).kind).toBe('handled');
    expect(at.transport.take()).toEqual(['RST 0.00 mid=9']);
  });

  test('without confirmation is accepted without a word', () => {
    const at = bench();
    const datagram = datagramOf(NON, Code.CONTENT, { mid: 9, token: TOKEN });
    at.layer.accept(receiveNotification(at, datagram));
    expect(at.layer.receive(PEER, datagram).kind).toBe('handled');
    expect(at.transport.take()).toEqual([]);
  });

  test('that comes while its cancellation is under way is not the answer to that', () => {
    const at = bench();
    const { done, kinds } = recorder();
    const options = [uintOptionOf(OptionNumber.OBSERVE, 1), ...path('3')];
    at.layer.request(PEER, { ...GET, options }, done);
    at.layer.accept(receiveNotification(at, NOTIFY));
    expect(kinds).toEqual([]);
    at.layer.receive(PEER, datagramOf(CON, Code.CONTENT, { mid: 10, token: TOKEN }));
    expect(kinds).toEqual(['response']);
  });

  test('that overtakes the answer to its registration counts as that', () => {
    const at = bench();
    const { done, kinds } = recorder();
    const options = [uintOptionOf(OptionNumber.OBSERVE, 0), ...path('3')];
    at.layer.request(PEER, { ...GET, options }, done);
    expect(at.layer.receive(PEER, NOTIFY).kind).toBe('handled');
    expect(kinds).toEqual(['response']);
  });

  test('with an unknown critical option is rejected', () => {
    const at = bench();
    const options = [{ number: 2_049, value: NO_BYTES }];
    at.layer.receive(PEER, datagramOf(CON, Code.CONTENT, { mid: 3, options }));
    at.layer.receive(PEER, datagramOf(NON, Code.CONTENT, { mid: 4, options }));
    expect(at.transport.take()).toEqual(['RST 0.00 mid=3']);
    expect(at.layer.sizes().peers).toBe(0);
  });

  test('accepted twice is a mistake of ours', () => {
    const at = bench();
    const notification = receiveNotification(at, NOTIFY);
    at.layer.accept(notification);
    expect(() => at.layer.reject(notification)).toThrow('broken invariant');
  });
});

describe('a request of ours', () => {
  test('goes out with 8 random bytes as its token', () => {
    const at = bench();
    const { token: _token, ...content } = GET;
    const requests = [0, 1].map(() => at.layer.request(PEER, content, vi.fn()));
    expect(onlySent(at).token).toEqual(requests[0]?.token);
    expect(requests[0]?.token).toHaveLength(8);
    expect(requests[0]?.token).not.toEqual(requests[1]?.token);
  });

  test.each<[string, (mid: number) => Uint8Array, string[]]>([
    ['piggybacked', (mid) => datagramOf(ACK, Code.NOT_FOUND, { mid, token: TOKEN }), []],
    ['of its own', () => datagramOf(CON, Code.CONTENT, { mid: 77, token: TOKEN }),
      ['ACK 0.00 mid=77']],
    ['of its own, NON', () => datagramOf(NON, Code.CONTENT, { mid: 77, token: TOKEN }), []],
  ])('ends with a response %s', (_name, answer, sent) => {
    const at = bench();
    const { done, kinds } = recorder();
    at.layer.request(PEER, GET, done);
    const { mid } = onlySent(at);
    at.layer.receive(PEER, answer(mid));
    at.layer.receive(PEER, answer(mid));
    expect(kinds).toEqual(['response']);
    expect(at.transport.take().slice(0, 1)).toEqual(sent);
    expect(at.layer.sizes().outbound).toBe(0);
    at.clock.advance(400_000);
    expect(kinds).toEqual(['response']);
    expect(at.layer.sizes()).toMatchObject({ peers: 0, recent: 0, outbound: 0 });
    expect(at.clock.timers.size).toBe(0);
  });

  test('ends with a piggybacked response that comes after the empty ACK', () => {
    const at = bench();
    const { done, kinds } = recorder();
    at.layer.request(PEER, GET, done);
    const { mid } = onlySent(at);
    at.layer.receive(PEER, datagramOf(ACK, Code.EMPTY, { mid }));
    at.layer.receive(PEER, datagramOf(ACK, Code.EMPTY, { mid }));
    at.layer.receive(PEER, datagramOf(ACK, Code.CONTENT, { mid, token: TOKEN }));
    expect(kinds).toEqual(['response']);
  });

  test('is repeated with doubling pauses and the same Message ID, then unanswered', () => {
    const at = bench();
    const { done, kinds } = recorder();
    at.layer.request(PEER, GET, done);
    const first = onlySent(at);
    const pauses: number[] = [];
    let last = at.clock.now();
    while (kinds.length === 0) {
      at.clock.advance(1);
      for (const sent of at.transport.takeMessages()) {
        expect(sent).toEqual(first);
        pauses.push(at.clock.now() - last);
        last = at.clock.now();
      }
    }
    pauses.push(at.clock.now() - last);
    const [shortest = 0] = pauses;
    expect(shortest).toBeGreaterThanOrEqual(2_000);
    expect(shortest).toBeLessThanOrEqual(3_000);
    expect(pauses).toEqual([1, 2, 4, 8, 16].map((factor) => factor * shortest));
    expect(kinds).toEqual(['unanswered']);
  });

  test('that the peer is slow for waits longer', () => {
    const at = bench({ ackTimeout: () => 15_000 });
    at.layer.request(PEER, GET, vi.fn());
    at.transport.take();
    at.clock.advance(14_999);
    expect(at.transport.take()).toEqual([]);
    at.clock.advance(7_501);
    expect(at.transport.take()).toHaveLength(1);
  });

  test('waits its turn, in order, until the one before is acknowledged', () => {
    const at = bench();
    const ends: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      const content = { ...GET, token: fromHex(`0${name}`), options: path(name) };
      at.layer.request(PEER, content, ({ kind }) => ends.push(`${name} ${kind}`));
    }
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      const { mid, token } = onlySent(at);
      expect(token).toEqual(fromHex(`0${name}`));
      expect(ends).toHaveLength(index);
      at.layer.receive(PEER, datagramOf(ACK, Code.CONTENT, { mid, token }));
    }
    expect(ends).toEqual(['a response', 'b response', 'c response']);
  });

  test('does not wait for another peer, nor for a separate response', () => {
    const at = bench();
    at.layer.request(PEER, GET, vi.fn());
    at.layer.request(peerOf(2), GET, vi.fn());
    const [first] = at.transport.takeMessages();
    at.layer.request(PEER, { ...GET, token: fromHex('02') }, vi.fn());
    expect(at.transport.take()).toEqual([]);
    at.layer.receive(PEER, datagramOf(ACK, Code.EMPTY, { mid: first?.mid as number }));
    expect(onlySent(at).token).toEqual(fromHex('02'));
  });

  test('made inside the end of another keeps its place behind those that wait', () => {
    const at = bench();
    const content = (token: string) => ({ ...GET, token: fromHex(token) });
    at.layer.request(PEER, content('01'), () => at.layer.request(PEER, content('03'), vi.fn()));
    at.layer.request(PEER, content('02'), vi.fn());
    const { mid } = onlySent(at);
    at.layer.receive(PEER, datagramOf(RST, Code.EMPTY, { mid }));
    expect(onlySent(at).token).toEqual(fromHex('02'));
  });

  test('that waits may be cancelled in the end of the one before, and never leaves', () => {
    const at = bench();
    at.layer.request(PEER, GET, () => at.layer.cancel(next));
    const next = at.layer.request(PEER, GET, vi.fn());
    at.layer.receive(PEER, datagramOf(RST, Code.EMPTY, { mid: onlySent(at).mid }));
    expect(at.transport.take()).toEqual([]);
  });

  test('is cancelled while it waits, while it is sent, and while it is open', () => {
    const at = bench();
    const { done, kinds } = recorder();
    const open = at.layer.request(PEER, GET, done);
    at.layer.receive(PEER, datagramOf(ACK, Code.EMPTY, { mid: onlySent(at).mid }));
    const sent = at.layer.request(PEER, GET, done);
    const queued = at.layer.request(PEER, GET, done);
    at.transport.take();
    for (const request of [queued, sent, open, open]) at.layer.cancel(request);
    expect(kinds).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(at.layer.sizes().outbound).toBe(0);
    at.clock.advance(100_000);
    expect(at.transport.take()).toEqual([]);
  });

  test('beyond the queue is refused, but not before the call returns', () => {
    const at = bench({ limits: { queuedPerPeer: 2 } });
    const { done, kinds } = recorder();
    for (let count = 0; count < 4; count++) at.layer.request(PEER, GET, done);
    expect(kinds).toEqual([]);
    at.clock.advance(0);
    expect(kinds).toEqual(['refused']);
    expect(at.layer.sizes().outbound).toBe(3);
  });

  test('waits while too many separate responses are outstanding', () => {
    const at = bench({ limits: { openPerPeer: 1 } });
    const open = at.layer.request(PEER, GET, vi.fn());
    at.layer.request(PEER, { ...GET, token: fromHex('02') }, vi.fn());
    at.layer.receive(PEER, datagramOf(ACK, Code.EMPTY, { mid: onlySent(at).mid }));
    expect(at.transport.take()).toEqual([]);
    at.layer.cancel(open);
    expect(onlySent(at).token).toEqual(fromHex('02'));
  });

  test('with a malformed or foreign answer goes on', () => {
    const at = bench();
    const { done, kinds } = recorder();
    at.layer.request(PEER, GET, done);
    const { mid } = onlySent(at);
    const critical = [{ number: 2_049, value: NO_BYTES }];
    for (const datagram of [
      datagramOf(ACK, Code.CONTENT, { mid, token: fromHex('00') }),
      datagramOf(ACK, Code.CONTENT, { mid: mid ^ 1, token: TOKEN }),
      datagramOf(ACK, Code.CONTENT, { mid, token: TOKEN, options: critical }),
      datagramOf(ACK, Code.GET, { mid, token: TOKEN }),
      datagramOf(RST, Code.EMPTY, { mid: mid ^ 1 }),
      datagramOf(RST, Code.CONTENT, { mid, token: TOKEN }),
    ]) at.layer.receive(PEER, datagram);
    expect(kinds).toEqual([]);
    expect(at.layer.counters.ignored).toBe(6);
  });
});
