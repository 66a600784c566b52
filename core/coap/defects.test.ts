// What was found wrong in other CoAP stacks, one test each, named by the wrong sentence's right
// opposite.

import { expect, test, vi } from 'vitest';
import { blockOption } from './block.ts';
import type { Outcome, RequestContent } from './exchange.ts';
import { ACK, Code, CON, type Message, NO_BYTES, NON, OptionNumber, RST } from './message.ts';
import { endsObservation } from './observe.ts';
import { uintOptionOf, uriPath } from './options.ts';
import {
  bench, type Bench, bodyOf, datagramOf, fromHex, message, observed, path, peerOf,
} from './testing.ts';

const PEER = peerOf(1);
const TOKEN = fromHex('aabb');
const GET: RequestContent = {
  code: Code.GET, options: path('3'), payload: NO_BYTES, token: TOKEN,
};
const POST = datagramOf(CON, Code.POST, { mid: 9, token: TOKEN, options: path('rd') });

function ask(at: Bench): { sent: Message; outcomes: Outcome[] } {
  const outcomes: Outcome[] = [];
  at.layer.request(PEER, GET, (outcome) => outcomes.push(outcome));
  const [sent] = at.transport.takeMessages();
  return { sent: sent as Message, outcomes };
}

test('1: a response with a Block1 option of any length stops nothing', () => {
  for (let length = 0; length <= 8; length++) {
    const at = bench();
    const { sent, outcomes } = ask(at);
    const options = [{ number: OptionNumber.BLOCK1, value: new Uint8Array(length) }];
    const { mid } = sent;
    at.layer.receive(PEER, datagramOf(ACK, Code.CONTENT, { mid, token: TOKEN, options }));
    at.layer.receive(PEER, datagramOf(CON, Code.CONTENT, { mid: 5, token: TOKEN, options }));
    // RFC 7252 s5.4.3: too long is as good as unknown, and it is critical.
    expect(outcomes).toHaveLength(length <= 3 ? 1 : 0);
  }
});

test('2: a wrong number in the answer to a block ends the request, and stops nothing', () => {
  const at = bench();
  const outcomes: Outcome[] = [];
  const put = { ...GET, code: Code.PUT, payload: bodyOf(2_000) };
  at.layer.request(PEER, put, (outcome) => outcomes.push(outcome));
  for (let count = 0; count < 10; count++) {
    const [sent] = at.transport.takeMessages();
    if (sent === undefined) break;
    const options = [blockOption(OptionNumber.BLOCK1, { num: 7, more: true, szx: 5 })];
    const { mid, token } = sent;
    at.layer.receive(PEER, datagramOf(ACK, Code.CONTINUE, { mid, token, options }));
  }
  expect(outcomes).toMatchObject([{ kind: 'incomplete' }]);
  expect(at.layer.sizes()).toMatchObject({ outbound: 0, transfers: 0 });
});

test('3: a response from a third address is not given to the request', () => {
  const at = bench();
  const { sent, outcomes } = ask(at);
  const thief = peerOf(2);
  at.layer.receive(thief, datagramOf(ACK, Code.CONTENT, { mid: sent.mid, token: TOKEN }));
  const separate = datagramOf(CON, Code.CONTENT, { mid: 5, token: TOKEN });
  expect(at.layer.receive(thief, separate).kind).toBe('notification');
  expect(outcomes).toEqual([]);
});

test('4: a notification whose Message ID equals that of a request under way is delivered', () => {
  const at = bench();
  const { sent, outcomes } = ask(at);
  const token = fromHex('0102');
  const notify = datagramOf(CON, Code.CONTENT, { mid: sent.mid, token, options: [observed(1)] });
  expect(at.layer.receive(PEER, notify).kind).toBe('notification');
  at.layer.receive(PEER, datagramOf(ACK, Code.CONTENT, { mid: sent.mid, token: TOKEN }));
  expect(outcomes).toHaveLength(1);
});

test('5: a request ends as unanswered also after an empty ACK, and leaves nothing', () => {
  const at = bench();
  const { sent, outcomes } = ask(at);
  at.layer.receive(PEER, datagramOf(ACK, Code.EMPTY, { mid: sent.mid }));
  at.clock.advance(92_999);
  expect(outcomes).toEqual([]);
  at.clock.advance(1);
  expect(outcomes).toEqual([{ kind: 'unanswered' }]);
  expect(at.transport.take()).toEqual([]);
  expect(at.layer.sizes().outbound).toBe(0);
});

test('6: a Reset to a request is a rejection, not a response, and leaves nothing', () => {
  const at = bench();
  const { sent, outcomes } = ask(at);
  at.layer.receive(PEER, datagramOf(RST, Code.EMPTY, { mid: sent.mid }));
  expect(outcomes).toEqual([{ kind: 'rejected' }]);
  expect(at.layer.sizes().outbound).toBe(0);
});

test('7: responses with Message IDs of their own leave nothing behind', () => {
  const at = bench();
  for (let mid = 0; mid < 100; mid++) {
    const { outcomes } = ask(at);
    at.layer.receive(PEER, datagramOf(NON, Code.CONTENT, { mid, token: TOKEN }));
    expect(outcomes).toHaveLength(1);
  }
  expect(at.layer.sizes().outbound).toBe(0);
  at.clock.advance(400_000);
  expect(at.layer.sizes()).toMatchObject({ peers: 0, recent: 0, outbound: 0 });
});

test('8: a block that comes twice is in the body once, and one of another ETag is not', () => {
  const at = bench();
  const { sent, outcomes } = ask(at);
  const body = bodyOf(1_024);
  let { mid, token } = sent;
  for (const [num, etag] of [[0, '01'], [1, '02'], [0, '02'], [1, '02']] as const) {
    const part = { num, more: num === 0, szx: 5 };
    const options = [
      { number: OptionNumber.ETAG, value: fromHex(etag) }, blockOption(OptionNumber.BLOCK2, part),
    ];
    const payload = body.subarray(512 * num, 512 * num + 512);
    const datagram = datagramOf(ACK, Code.CONTENT, { mid, token, options, payload });
    at.layer.receive(PEER, datagram);
    at.layer.receive(PEER, datagram);
    const [next] = at.transport.takeMessages();
    if (next !== undefined) ({ mid, token } = next);
  }
  expect(outcomes).toMatchObject([{ kind: 'response', message: { payload: body } }]);
});

test('9: the rest of a notification is asked for without Observe and without its token', () => {
  const at = bench();
  const options = [observed(2), blockOption(OptionNumber.BLOCK2, { num: 0, more: true, szx: 0 })];
  const notify = datagramOf(CON, Code.CONTENT, {
    mid: 5, token: TOKEN, options, payload: bodyOf(16),
  });
  const received = at.layer.receive(PEER, notify);
  const outcomes: Outcome[] = [];
  if (received.kind === 'notification') {
    const { message: first } = received.notification;
    at.layer.fetch(PEER, GET, first, (outcome) => outcomes.push(outcome));
  }
  const [next] = at.transport.takeMessages() as [Message];
  expect(next.token).not.toEqual(TOKEN);
  expect(next.options.map(({ number }) => number)).not.toContain(OptionNumber.OBSERVE);
  const last = [blockOption(OptionNumber.BLOCK2, { num: 1, more: false, szx: 0 })];
  const { mid, token } = next;
  const payload = bodyOf(3, 16);
  at.layer.receive(PEER, datagramOf(ACK, Code.CONTENT, { mid, token, options: last, payload }));
  expect(outcomes).toMatchObject([
    { kind: 'response', message: { payload: bodyOf(19), options: [observed(2)] } },
  ]);
});

test('10: an error notification is the last word of an observation', () => {
  expect(endsObservation(message(CON, Code.NOT_FOUND, { options: [observed(1)] }))).toBe(true);
});

test('11: a duplicate runs no handler again, while it runs or after the empty ACK', () => {
  const at = bench();
  const first = at.layer.receive(PEER, POST);
  expect(first.kind).toBe('request');
  expect(at.layer.receive(PEER, POST).kind).toBe('handled');
  at.clock.advance(5_000);
  expect(at.layer.receive(PEER, POST).kind).toBe('handled');
  expect(at.transport.take()).toEqual(['ACK 0.00 mid=9', 'ACK 0.00 mid=9']);
  if (first.kind === 'request') at.layer.respond(first.request, { code: Code.CREATED });
  expect(at.layer.receive(PEER, POST).kind).toBe('handled');
  const types = at.transport.takeMessages().map(({ type, code }) => [type, code]);
  expect(types).toEqual([[CON, Code.CREATED], [ACK, Code.EMPTY]]);
});

test('12: a ping is answered by a Reset and reaches nobody', () => {
  const at = bench();
  expect(at.layer.receive(PEER, datagramOf(CON, Code.EMPTY, { mid: 3 })).kind).toBe('handled');
  expect(at.transport.take()).toEqual(['RST 0.00 mid=3']);
  expect(at.layer.receive(PEER, datagramOf(NON, Code.EMPTY, { mid: 4 })).kind).toBe('handled');
  expect(at.transport.take()).toEqual([]);
});

test('13: an unknown critical option gets 4.02, an unknown method 4.05', () => {
  const at = bench();
  const options = [{ number: 2_049, value: NO_BYTES }];
  at.layer.receive(PEER, datagramOf(CON, Code.GET, { mid: 1, options }));
  at.layer.receive(PEER, datagramOf(NON, Code.GET, { mid: 2, options }));
  at.layer.receive(PEER, datagramOf(CON, 0x1e, { mid: 3 }));
  expect(at.transport.take()).toEqual(['ACK 4.02 mid=1', 'ACK 4.05 mid=3']);
});

test('13: a slash inside a segment of the path is told apart from two segments', () => {
  expect(uriPath(message(CON, Code.GET, { options: path('a/b') }))).toEqual(['a/b']);
  expect(uriPath(message(CON, Code.GET, { options: path('a', 'b') }))).toEqual(['a', 'b']);
});

test.each([
  ['14: a payload marker without payload', '40010001ff'],
  ['14: a truncated token', '48010001aabb'],
  ['14: a truncated option value', '40010001b57264'],
])('%s is not valid: Reset', (_name, text) => {
  const at = bench();
  expect(at.layer.receive(PEER, fromHex(text)).kind).toBe('handled');
  expect(at.transport.take()).toEqual(['RST 0.00 mid=1']);
});

test.each([
  ['one byte', '40'],
  ['DTLS noise', '16fefd0000000000000000003601'],
  ['version 3', 'c0010001'],
  ['a malformed NON', '50010001ff'],
  ['a malformed ACK', '60450001ff'],
])('15: %s is answered by nothing', (_name, text) => {
  const at = bench();
  expect(at.layer.receive(PEER, fromHex(text)).kind).toBe('handled');
  expect(at.transport.take()).toEqual([]);
  expect(at.layer.counters.malformed).toBe(1);
  expect(at.layer.sizes().peers).toBe(0);
});

test('16: blocks may have a token each; a missing one is 4.08, the last is answered as one', () => {
  const at = bench();
  const codes = [[0, true], [2, false], [1, false]].map(([num, more], index) => {
    const part = { num: num as number, more: more as boolean, szx: 0 };
    const received = at.layer.receive(PEER, datagramOf(CON, Code.PUT, {
      mid: 50 + index, token: Uint8Array.of(index), payload: bodyOf(16),
      options: [...path('5'), blockOption(OptionNumber.BLOCK1, part)],
    }));
    if (received.kind === 'request') at.layer.respond(received.request, { code: Code.CHANGED });
    const [sent] = at.transport.takeMessages() as [Message];
    return [sent.code, sent.options.map(({ number }) => number)];
  });
  expect(codes).toEqual([
    [Code.CONTINUE, [OptionNumber.BLOCK1]], [Code.REQUEST_ENTITY_INCOMPLETE, []],
    [Code.CHANGED, [OptionNumber.BLOCK1]],
  ]);
});

test('17: nothing follows an error response', () => {
  const at = bench();
  const received = at.layer.receive(PEER, POST);
  if (received.kind === 'request') {
    at.layer.respond(received.request, { code: Code.INTERNAL_SERVER_ERROR });
  }
  at.clock.advance(100_000);
  expect(at.transport.take()).toEqual(['ACK 5.00 mid=9 token=aabb']);
});

test('18: of 64 requests to one peer one leaves at a time', () => {
  const at = bench();
  for (let count = 0; count < 64; count++) at.layer.request(PEER, GET, vi.fn());
  for (let count = 0; count < 64; count++) {
    const sent = at.transport.takeMessages();
    expect(sent).toHaveLength(1);
    const { mid } = sent[0] as Message;
    at.layer.receive(PEER, datagramOf(ACK, Code.CONTENT, { mid, token: TOKEN }));
  }
  expect(at.transport.take()).toEqual([]);
});

test('19: a long body leaves in blocks without anybody saying so', () => {
  const at = bench();
  at.layer.request(PEER, { ...GET, code: Code.PUT, payload: bodyOf(3_000) }, vi.fn());
  expect(at.transport.takeMessages()).toMatchObject([{ payload: bodyOf(3_000).subarray(0, 512) }]);
});

test('20: an error to the first block is the answer to all', () => {
  const at = bench();
  const outcomes: Outcome[] = [];
  const put = { ...GET, code: Code.PUT, payload: bodyOf(3_000) };
  at.layer.request(PEER, put, (outcome) => outcomes.push(outcome));
  const [{ mid, token }] = at.transport.takeMessages() as [Message];
  at.layer.receive(PEER, datagramOf(ACK, Code.NOT_FOUND, { mid, token }));
  expect(outcomes).toMatchObject([{ kind: 'response', message: { code: Code.NOT_FOUND } }]);
  at.clock.advance(100_000);
  expect(at.transport.take()).toEqual([]);
});

test('21: a dead peer is reported within MAX_TRANSMIT_WAIT, after 4 retransmissions', () => {
  const at = bench();
  const { outcomes } = ask(at);
  at.clock.advance(62_000 - 1);
  expect(outcomes).toEqual([]);
  at.clock.advance(93_000 - 62_000 + 1);
  expect(outcomes).toEqual([{ kind: 'unanswered' }]);
  expect(at.transport.take()).toHaveLength(4);
});

test('22: a duplicate of a separate response is acknowledged again', () => {
  const at = bench();
  ask(at);
  const options = [uintOptionOf(OptionNumber.CONTENT_FORMAT, 0)];
  const separate = datagramOf(CON, Code.CONTENT, { mid: 5, token: TOKEN, options });
  for (let count = 0; count < 3; count++) at.layer.receive(PEER, separate);
  expect(at.transport.take()).toEqual(['ACK 0.00 mid=5', 'ACK 0.00 mid=5', 'ACK 0.00 mid=5']);
});
