// Bodies in blocks by the client's side (RFC 7959 s2.3, s2.4, s2.6): a peer by hand answers our
// requests. Two layers with each other are in blockwise-pair.test.ts.

import { describe, expect, test, vi } from 'vitest';
import { type Block, blockOf, blockOption } from './block.ts';
import type { BlockwiseOptions } from './blockwise.ts';
import type { Outcome, RequestContent } from './exchange.ts';
import {
  ACK, Code, CON, type Message, NO_BYTES, NON, type Option, OptionNumber, RST,
} from './message.ts';
import { optionValue, uintOption, uintOptionOf } from './options.ts';
import { bench, bodyOf, datagramOf, fromHex, message, observed, path, peerOf } from './testing.ts';
import { RESTARTS_MAX } from './transfers.ts';

const { BLOCK1, BLOCK2, SIZE1, SIZE2, ETAG } = OptionNumber;
const PEER = peerOf(1);
const BODY = bodyOf(1_200);
const GET: RequestContent = { code: Code.GET, options: path('3'), payload: NO_BYTES };
const PUT: RequestContent = { code: Code.PUT, options: path('5', '0', '0'), payload: BODY };
const TAG = { number: ETAG, value: fromHex('0a') };

const block1 = (num: number, more: boolean, szx = 5) => blockOption(BLOCK1, { num, more, szx });
const block2 = (num: number, more: boolean, szx = 5) => blockOption(BLOCK2, { num, more, szx });

/** A request of ours, and the peer's answers to what it sends, one by one. */
function asked(content: RequestContent, options: Partial<BlockwiseOptions> = {}) {
  const onProgress = vi.fn();
  const at = bench({ onProgress, ...options });
  const outcomes: Outcome[] = [];
  const request = at.layer.request(PEER, content, (outcome) => outcomes.push(outcome));
  /** What is under way. */
  let sent: Message | undefined;
  const next = (): Message => {
    const [one, ...more] = at.transport.takeMessages();
    expect(more).toEqual([]);
    sent = one;
    return one as Message;
  };
  const answer = (code: number, rest: Partial<Message> = {}): Message => {
    if (sent === undefined) next();
    const { mid, token } = sent as Message;
    const sorted = [...rest.options ?? []].sort((a, b) => a.number - b.number);
    at.layer.receive(PEER, datagramOf(ACK, code, { mid, token, ...rest, options: sorted }));
    return next();
  };
  return { at, outcomes, request, next, answer, onProgress };
}

/** A block of a body, as a peer answers it. */
function blockOfBody(
  num: number, body = BODY, szx = 5, tag: Option | undefined = TAG,
): [number, Partial<Message>] {
  const size = 2 ** (szx + 4);
  const more = (num + 1) * size < body.length;
  return [Code.CONTENT, {
    options: [...tag === undefined ? [] : [tag], block2(num, more, szx)],
    payload: body.subarray(num * size, (num + 1) * size),
  }];
}

const wantedOf = (sent: Message | undefined) => sent && blockOf(sent, BLOCK2);
const sentOf = (sent: Message | undefined) => sent && blockOf(sent, BLOCK1);

describe('an answer in blocks', () => {
  test('is one response, whole, when its last block has come', () => {
    const { answer, outcomes, at, onProgress, request } = asked(GET);
    const second = answer(...blockOfBody(0));
    expect(second).toMatchObject({ code: Code.GET, payload: NO_BYTES });
    expect(second.options).toEqual([...path('3'), block2(1, false)]);
    expect(wantedOf(answer(...blockOfBody(1)))).toEqual({ num: 2, more: false, szx: 5 });
    expect(outcomes).toEqual([]);
    answer(...blockOfBody(2));
    expect(outcomes).toMatchObject([{
      kind: 'response', message: { code: Code.CONTENT, payload: BODY, options: [TAG] },
    }]);
    expect(onProgress.mock.calls).toEqual([[request], [request]]);
    expect(at.layer.sizes()).toMatchObject({ outbound: 0, transfers: 0, blockBytes: 0 });
  });

  test('of a single block is like any', () => {
    const { answer, outcomes, at } = asked(GET);
    answer(...blockOfBody(0, bodyOf(512)));
    expect(outcomes).toMatchObject([{ kind: 'response', message: { payload: bodyOf(512) } }]);
    expect(at.layer.sizes().transfers).toBe(0);
  });

  test('each request has a token of its own, and repeats what was asked', () => {
    const options = [...path('3'), uintOptionOf(OptionNumber.ACCEPT, 112)];
    const { answer, next, at } = asked({ ...GET, options });
    const tokens = new Set([next(), answer(...blockOfBody(0)), answer(...blockOfBody(1))].map((one) => {
      expect(one.options.slice(0, 2)).toEqual(options);
      return String(one.token);
    }));
    expect(tokens.size).toBe(3);
    expect(at.layer.sizes().outbound).toBe(1);
  });

  test('in larger blocks than ours goes on in ours', () => {
    const { answer, outcomes } = asked(GET);
    expect(wantedOf(answer(...blockOfBody(0, BODY, 6)))).toEqual({ num: 2, more: false, szx: 5 });
    answer(...blockOfBody(2));
    expect(outcomes).toMatchObject([{ kind: 'response', message: { payload: BODY } }]);
  });

  test('in smaller blocks than ours, or ever smaller ones, goes on in those', () => {
    const { answer, outcomes } = asked(GET, { blockSize: () => 1_024 });
    expect(wantedOf(answer(...blockOfBody(0, BODY, 5)))).toEqual({ num: 1, more: false, szx: 5 });
    expect(wantedOf(answer(...blockOfBody(8, BODY, 2)))).toEqual({ num: 9, more: false, szx: 2 });
    for (let num = 9; num < 19; num++) answer(...blockOfBody(num, BODY, 2));
    expect(outcomes).toMatchObject([{ kind: 'response', message: { payload: BODY } }]);
  });

  test('that changes on its way begins anew (RFC 7959 s2.4)', () => {
    const { answer, outcomes } = asked(GET);
    answer(...blockOfBody(0));
    const other = { number: ETAG, value: fromHex('0b') };
    expect(wantedOf(answer(...blockOfBody(1, bodyOf(1_200, 9), 5, other))))
      .toEqual({ num: 0, more: false, szx: 5 });
    for (const num of [0, 1, 2]) answer(...blockOfBody(num, bodyOf(1_200, 9), 5, other));
    expect(outcomes).toMatchObject([{ kind: 'response', message: { payload: bodyOf(1_200, 9) } }]);
  });

  test.each([Code.BAD_REQUEST, Code.REQUEST_ENTITY_INCOMPLETE])(
    'whose rest is gone begins anew: %i', (code) => {
      const { answer, outcomes } = asked(GET);
      answer(...blockOfBody(0));
      expect(wantedOf(answer(code))).toEqual({ num: 0, more: false, szx: 5 });
      answer(...blockOfBody(0, bodyOf(500)));
      expect(outcomes).toMatchObject([{ kind: 'response', message: { payload: bodyOf(500) } }]);
    },
  );

  test('that changes for ever is given up', () => {
    const { answer, outcomes, at } = asked(GET);
    for (let count = 0; count <= RESTARTS_MAX; count++) {
      expect(outcomes).toEqual([]);
      const tag = { number: ETAG, value: Uint8Array.of(count) };
      answer(...blockOfBody(0, BODY, 5, tag));
      answer(...blockOfBody(1, BODY, 5, { number: ETAG, value: Uint8Array.of(99) }));
    }
    expect(outcomes).toEqual([
      { kind: 'incomplete', reason: 'the answer changed between its blocks', isPassing: true },
    ]);
    expect(at.layer.sizes()).toMatchObject({ transfers: 0, outbound: 0 });
  });

  test('of a request that changes something is not asked for anew', () => {
    const { answer, outcomes } = asked({ ...GET, code: Code.POST });
    expect(answer(...blockOfBody(0)).payload).toEqual(NO_BYTES);
    answer(Code.REQUEST_ENTITY_INCOMPLETE);
    expect(outcomes).toMatchObject([{ kind: 'incomplete' }]);
  });

  test('whose resource vanishes is that error', () => {
    const { answer, outcomes } = asked(GET);
    answer(...blockOfBody(0));
    answer(Code.NOT_FOUND);
    expect(outcomes).toMatchObject([{ kind: 'response', message: { code: Code.NOT_FOUND } }]);
  });

  test('that fits one message when it is asked for again is that', () => {
    const { answer, outcomes } = asked(GET);
    answer(...blockOfBody(0));
    answer(Code.CONTENT, { payload: bodyOf(5) });
    expect(outcomes).toMatchObject([{ kind: 'response', message: { payload: bodyOf(5) } }]);
  });

  test.each<[string, Partial<Message>]>([
    ['another block', { options: [TAG, block2(2, false)], payload: bodyOf(10) }],
    ['the first block again', { options: [TAG, block2(0, true)], payload: bodyOf(512) }],
    ['a reserved size', { options: [TAG, { number: BLOCK2, value: fromHex('17') }] }],
    ['a block that is not full', { options: [TAG, block2(1, true)], payload: bodyOf(511) }],
    ['a block that is too full', { options: [TAG, block2(1, true)], payload: bodyOf(513) }],
    ['a last block that is too full', { options: [TAG, block2(1, false)], payload: bodyOf(513) }],
  ])('with %s makes no whole', (_name, wrong) => {
    const { answer, outcomes, at } = asked(GET);
    answer(...blockOfBody(0));
    answer(Code.CONTENT, wrong);
    expect(outcomes).toMatchObject([{ kind: 'incomplete' }]);
    expect(at.layer.sizes()).toMatchObject({ transfers: 0, blockBytes: 0, outbound: 0 });
  });

  test('longer than the limit makes no whole, announced or not', () => {
    const options = { blockLimits: { bodyLength: 1_000 } };
    const announced = asked(GET, options);
    const [code, first] = blockOfBody(0);
    announced.answer(code, {
      ...first, options: [...first.options ?? [], uintOptionOf(SIZE2, 1_001)],
    });
    const unannounced = asked(GET, options);
    unannounced.answer(...blockOfBody(0));
    unannounced.answer(...blockOfBody(1));
    for (const { outcomes } of [announced, unannounced]) {
      expect(outcomes).toEqual([
        {
          kind: 'incomplete', reason: 'the answer is longer than 1000 bytes', isPassing: false,
        },
      ]);
    }
  });

  test.each<[string, number, Outcome['kind']]>([['a Reset', 0, 'rejected'], ['silence', 93_000, 'unanswered']])(
    'ends with %s to one of its requests', (_name, wait, kind) => {
      const { answer, outcomes, at } = asked(GET);
      const { mid } = answer(...blockOfBody(0));
      if (wait === 0) at.layer.receive(PEER, datagramOf(RST, Code.EMPTY, { mid }));
      at.clock.advance(wait);
      expect(outcomes).toEqual([{ kind }]);
      expect(at.layer.sizes()).toMatchObject({ transfers: 0, outbound: 0 });
    },
  );

  test('is cancelled by the request it is to, and only once', () => {
    const { answer, outcomes, at, request } = asked(GET);
    answer(...blockOfBody(0));
    answer(...blockOfBody(1));
    at.layer.cancel(request);
    at.layer.cancel(request);
    expect(outcomes).toEqual([{ kind: 'cancelled' }]);
    expect(at.layer.sizes()).toMatchObject({ transfers: 0, outbound: 0 });
    at.clock.advance(100_000);
    expect(at.transport.take()).toEqual([]);
  });

  test('is cancelled when its peer is forgotten', () => {
    const { answer, outcomes, at } = asked(GET);
    answer(...blockOfBody(0));
    at.layer.forget(PEER);
    expect(outcomes).toEqual([{ kind: 'cancelled' }]);
    expect(at.layer.sizes()).toMatchObject({ transfers: 0, blockBytes: 0, outbound: 0 });
  });

  test('ends for want of room, and is told afterwards', () => {
    const { answer, outcomes, at } = asked(GET, { blockLimits: { transfersPerPeer: 1 } });
    answer(...blockOfBody(0));
    const done = vi.fn();
    at.layer.request(PEER, PUT, done);
    expect(outcomes).toEqual([]);
    at.clock.advance(0);
    expect(outcomes).toMatchObject([{ kind: 'refused' }]);
    expect(at.layer.sizes()).toMatchObject({ transfers: 1, outbound: 1 });
    expect(done).not.toHaveBeenCalled();
  });

  test('is not driven out by what the peer leaves here', () => {
    const { answer, outcomes, at } = asked(GET, { blockLimits: { transfersPerPeer: 1 } });
    answer(...blockOfBody(0));
    at.layer.receive(PEER, datagramOf(CON, Code.POST, {
      mid: 900, options: [...path('rd'), block1(0, true)], payload: BODY.subarray(0, 512),
    }));
    expect(at.transport.takeMessages()).toMatchObject([{ code: Code.CONTINUE }]);
    at.clock.advance(0);
    expect(outcomes).toEqual([]);
    expect(at.layer.sizes().transfers).toBe(2);
  });

  test('to a GET with Observe keeps Observe for the whole and for nothing else', () => {
    const { answer, outcomes, next, at } = asked({
      ...GET, options: [observed(0), ...path('3')], token: fromHex('aa'),
    });
    const { token, mid } = next();
    at.layer.receive(PEER, datagramOf(ACK, Code.EMPTY, { mid }));
    const [code, first] = blockOfBody(0);
    const options = [TAG, observed(12), ...(first.options ?? []).slice(1)];
    at.layer.receive(PEER, datagramOf(CON, code, { mid: 77, token, ...first, options }));
    const [ack, second] = at.transport.takeMessages();
    // Whoever asked has nothing to acknowledge any more.
    expect(ack).toMatchObject({ type: ACK, code: Code.EMPTY, mid: 77 });
    expect(uintOption(second!, OptionNumber.OBSERVE)).toBeUndefined();
    expect(second!.token).not.toEqual(fromHex('aa'));
    for (const num of [1, 2]) {
      const { mid: asks, token: its } = num === 1 ? second! : at.transport.takeMessages()[0]!;
      const [, rest] = blockOfBody(num);
      at.layer.receive(PEER, datagramOf(ACK, Code.CONTENT, { mid: asks, token: its, ...rest }));
    }
    expect(outcomes).toMatchObject([{
      kind: 'response', message: { payload: BODY, options: [TAG, observed(12)] },
    }]);
    expect((outcomes[0] as { notification?: unknown }).notification).toBeUndefined();
    void answer;
  });
});

describe('a body in blocks', () => {
  test('leaves block by block, each when the one before was taken', () => {
    const { answer, next, outcomes, at } = asked(PUT);
    const first = next();
    expect(first).toMatchObject({ type: CON, code: Code.PUT, payload: BODY.subarray(0, 512) });
    expect(first.options)
      .toEqual([...PUT.options, block1(0, true), uintOptionOf(SIZE1, 1_200)]);
    const second = answer(Code.CONTINUE, { options: [block1(0, true)] });
    expect(second.options).toEqual([...PUT.options, block1(1, true)]);
    const third = answer(Code.CONTINUE, { options: [block1(1, true)] });
    expect(third).toMatchObject({ payload: BODY.subarray(1_024) });
    expect(sentOf(third)).toEqual({ num: 2, more: false, szx: 5 });
    answer(Code.CHANGED, { options: [block1(2, false)] });
    expect(outcomes).toMatchObject([{ kind: 'response', message: { code: Code.CHANGED } }]);
    expect(at.layer.sizes()).toMatchObject({ transfers: 0, blockBytes: 0, outbound: 0 });
  });

  test.each([[512, false], [513, true]])('of %i bytes: %s', (length, isLong) => {
    const { next } = asked({ ...PUT, payload: bodyOf(length) });
    expect(sentOf(next()) !== undefined).toBe(isLong);
  });

  test('goes on in smaller blocks where the peer asks for them (RFC 7959 s2.3)', () => {
    const { answer } = asked(PUT);
    const second = answer(Code.CONTINUE, { options: [block1(0, true, 3)] });
    expect(sentOf(second)).toEqual({ num: 4, more: true, szx: 3 });
    expect(second.payload).toEqual(BODY.subarray(512, 640));
    const third = answer(Code.CONTINUE, { options: [block1(4, true, 6)] });
    expect(sentOf(third)).toEqual({ num: 5, more: true, szx: 3 });
  });

  test('that is too large in its blocks begins anew in smaller ones (s2.9.3)', () => {
    const { answer, outcomes } = asked(PUT);
    const again = answer(Code.REQUEST_ENTITY_TOO_LARGE, { options: [block1(0, true, 4)] });
    expect(sentOf(again)).toEqual({ num: 0, more: true, szx: 4 });
    expect(uintOption(again, SIZE1)).toBe(1_200);
    expect(outcomes).toEqual([]);
  });

  test.each<[string, Option[]]>([
    ['without a hint', []], ['with its own size', [block1(0, true, 5)]],
    ['with a larger size', [block1(0, true, 6)]], ['with what would be taken', [uintOptionOf(SIZE1, 9)]],
  ])('that is too large %s ends', (_name, options) => {
    const { answer, outcomes } = asked(PUT);
    answer(Code.REQUEST_ENTITY_TOO_LARGE, { options });
    expect(outcomes).toMatchObject([
      { kind: 'response', message: { code: Code.REQUEST_ENTITY_TOO_LARGE } },
    ]);
  });

  test('that was sent whole and is too large is sent in blocks', () => {
    const { answer, outcomes } = asked({ ...PUT, payload: bodyOf(500) });
    const again = answer(Code.REQUEST_ENTITY_TOO_LARGE, { options: [block1(0, true, 2)] });
    expect(again).toMatchObject({ payload: bodyOf(64) });
    expect(sentOf(again)).toEqual({ num: 0, more: true, szx: 2 });
    expect(outcomes).toEqual([]);
  });

  test('that the peer lost begins anew, three times', () => {
    const { answer, outcomes } = asked(PUT);
    for (let count = 0; count < RESTARTS_MAX; count++) {
      answer(Code.CONTINUE, { options: [block1(0, true)] });
      const again = answer(Code.REQUEST_ENTITY_INCOMPLETE);
      expect(sentOf(again)).toEqual({ num: 0, more: true, szx: 5 });
    }
    answer(Code.REQUEST_ENTITY_INCOMPLETE);
    expect(outcomes).toMatchObject([
      { kind: 'response', message: { code: Code.REQUEST_ENTITY_INCOMPLETE } },
    ]);
  });

  test('whose blocks each succeed goes on to the last', () => {
    const { answer, outcomes } = asked(PUT);
    expect(sentOf(answer(Code.CHANGED, { options: [block1(0, false)] })))
      .toEqual({ num: 1, more: true, szx: 5 });
    expect(outcomes).toEqual([]);
  });

  test.each<[string, number, Option[]]>([
    ['another block', Code.CONTINUE, [block1(1, true)]],
    ['no block', Code.CONTINUE, []],
    ['success of no block', Code.CHANGED, []],
    ['a reserved size', Code.CONTINUE, [{ number: BLOCK1, value: fromHex('0f') }]],
  ])('answered with %s makes no whole', (_name, code, options) => {
    const { answer, outcomes } = asked(PUT);
    answer(code, { options });
    expect(outcomes).toMatchObject([{ kind: 'incomplete' }]);
  });

  test('of which more is asked for than there is makes no whole', () => {
    const { answer, outcomes } = asked({ ...PUT, payload: bodyOf(600) });
    answer(Code.CONTINUE, { options: [block1(0, true)] });
    answer(Code.CONTINUE, { options: [block1(1, true)] });
    expect(outcomes).toMatchObject([{ kind: 'incomplete' }]);
  });

  test('has a long answer as well (s3.3): asked for without the body', () => {
    const { answer, outcomes } = asked({ ...PUT, code: Code.POST, payload: bodyOf(600) });
    answer(Code.CONTINUE, { options: [block1(0, true)] });
    const [code, first] = blockOfBody(0);
    const second = answer(code, { ...first, options: [...first.options ?? [], block1(1, false)] });
    expect(second).toMatchObject({ code: Code.POST, payload: NO_BYTES });
    expect(second.options).toEqual([...PUT.options, block2(1, false)]);
    answer(...blockOfBody(1));
    answer(...blockOfBody(2));
    expect(outcomes).toMatchObject([{ kind: 'response', message: { payload: BODY, options: [TAG] } }]);
  });

  test('beside another to the same resource is told apart by its Request-Tag (RFC 9175 s3)', () => {
    const { at } = asked(PUT);
    const tagOf = () => optionValue(at.transport.takeMessages()[0]!, OptionNumber.REQUEST_TAG);
    const mids = at.transport.takeMessages();
    expect(optionValue(mids[0]!, OptionNumber.REQUEST_TAG)).toBeUndefined();
    at.layer.request(PEER, PUT, vi.fn());
    at.layer.request(PEER, { ...PUT, options: path('9') }, vi.fn());
    // NSTART 1: the next one leaves when the first is acknowledged.
    const end = { mid: mids[0]!.mid, token: mids[0]!.token };
    at.layer.receive(PEER, datagramOf(ACK, Code.NOT_FOUND, end));
    const [second] = at.transport.takeMessages();
    expect(optionValue(second!, OptionNumber.REQUEST_TAG)).toEqual(fromHex('01'));
    at.layer.receive(PEER, datagramOf(ACK, Code.NOT_FOUND, { mid: second!.mid, token: second!.token }));
    expect(tagOf()).toBeUndefined();
    at.layer.forget(PEER);
    at.layer.request(PEER, PUT, vi.fn());
    expect(tagOf()).toBeUndefined();
  });

  test('keeps its Request-Tag for all blocks, and one token if that was given', () => {
    const tag = { number: OptionNumber.REQUEST_TAG, value: fromHex('77') };
    const { answer, next } = asked({ ...PUT, options: [...PUT.options, tag], token: fromHex('aa') });
    const first = next();
    const second = answer(Code.CONTINUE, { options: [block1(0, true)] });
    for (const one of [first, second]) {
      expect(optionValue(one, OptionNumber.REQUEST_TAG)).toEqual(fromHex('77'));
      expect(one.token).toEqual(fromHex('aa'));
    }
  });
});

describe('the rest of a notification', () => {
  const opening = message(CON, Code.CONTENT, {
    token: fromHex('aa'), ...blockOfBody(0)[1],
    options: [TAG, observed(5), block2(0, true), uintOptionOf(SIZE2, 1_200)],
  });
  const fetched = (first: Message) => {
    const at = bench();
    const outcomes: Outcome[] = [];
    const request = at.layer.fetch(PEER, GET, first, (outcome) => outcomes.push(outcome));
    return { at, outcomes, request };
  };

  test('is asked for without Observe and makes one message with it', () => {
    const { at, outcomes } = fetched(opening);
    for (const num of [1, 2]) {
      const [sent] = at.transport.takeMessages();
      expect(sent!.options).toEqual([...path('3'), block2(num, false)]);
      const { mid, token } = sent!;
      at.layer.receive(PEER, datagramOf(ACK, Code.CONTENT, { mid, token, ...blockOfBody(num)[1] }));
    }
    expect(outcomes).toMatchObject([{
      kind: 'response',
      message: { type: CON, token: fromHex('aa'), payload: BODY, options: [TAG, observed(5)] },
    }]);
  });

  test('that has changed is the whole of what there is now', () => {
    const { at, outcomes } = fetched(opening);
    const other = { number: ETAG, value: fromHex('0b') };
    for (const num of [1, 0, 1, 2]) {
      const [sent] = at.transport.takeMessages();
      expect((wantedOf(sent) as Block).num).toBe(num);
      const { mid, token } = sent!;
      const [code, rest] = blockOfBody(num, bodyOf(1_200, 3), 5, other);
      at.layer.receive(PEER, datagramOf(ACK, code, { mid, token, ...rest }));
    }
    expect(outcomes).toMatchObject([{
      message: { payload: bodyOf(1_200, 3), options: [other, observed(5)] },
    }]);
  });

  test('is cancelled', () => {
    const { at, outcomes, request } = fetched(opening);
    at.layer.cancel(request!);
    expect(outcomes).toEqual([{ kind: 'cancelled' }]);
  });

  test.each<[string, Partial<Message>]>([
    ['no block', { options: [observed(5)] }],
    ['the last block', { options: [observed(5), block2(0, false)] }],
    ['a later block', { options: [observed(5), block2(1, true)], payload: bodyOf(512) }],
    ['a block that is not full', { options: [observed(5), block2(0, true)], payload: bodyOf(9) }],
    ['a reserved size', { options: [{ number: BLOCK2, value: fromHex('0f') }] }],
    ['too much', { options: [block2(0, true), uintOptionOf(SIZE2, 2 ** 25)], payload: bodyOf(512) }],
  ])('of one with %s cannot be had', (_name, rest) => {
    const { at, request } = fetched(message(NON, Code.CONTENT, rest));
    expect(request).toBeUndefined();
    expect(at.layer.sizes()).toMatchObject({ transfers: 0, outbound: 0 });
    expect(at.transport.take()).toEqual([]);
  });
});
