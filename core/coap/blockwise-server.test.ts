// Bodies in blocks by the server's side (RFC 7959 s2.3, s2.4, s2.6): a peer by hand sends requests
// in blocks and asks for answers block by block. Two layers with each other are in
// blockwise-pair.test.ts, the client's side in blockwise-client.test.ts.

import { describe, expect, test, vi } from 'vitest';
import { blockOf, blockOption } from './block.ts';
import type { BlockwiseOptions } from './blockwise.ts';
import { BLOCK_LIMITS_DEFAULT, TRANSFER_BYTES } from './block-memory.ts';
import type { InboundRequest } from './exchange.ts';
import { ACK, Code, CON, type Message, NO_BYTES, type Option, OptionNumber } from './message.ts';
import { optionValue, stringOptionOf, uintOption, uintOptionOf } from './options.ts';
import {
  bench, type Bench, bodyOf, datagramOf, fromHex, observed, path, peerOf,
} from './testing.ts';

const { BLOCK1, BLOCK2, SIZE1, SIZE2, ETAG } = OptionNumber;
const PEER = peerOf(1);
const RD = path('rd');
const LONG = bodyOf(1_200);

const block1 = (num: number, more: boolean, szx = 2) => blockOption(BLOCK1, { num, more, szx });
const block2 = (num: number, szx = 5) => blockOption(BLOCK2, { num, more: false, szx });

/** A client by hand: each message is a new one, and `executed` is what reached the caller. */
function served(
  answer: (request: InboundRequest, at: Bench) => void, options: Partial<BlockwiseOptions> = {},
) {
  const at = bench(options);
  const executed: Message[] = [];
  let mid = 0;
  const ask = (code: number, rest: Partial<Message>, peer = PEER): Message => {
    const sorted = [...rest.options ?? []].sort((a, b) => a.number - b.number);
    const datagram = datagramOf(CON, code, { mid: ++mid, ...rest, options: sorted });
    const received = at.layer.receive(peer, datagram);
    if (received.kind === 'request') {
      executed.push(received.request.message);
      answer(received.request, at);
    }
    const [sent, ...more] = at.transport.takeMessages();
    expect(more).toEqual([]);
    return sent as Message;
  };
  const post = (block: Option, payload: Uint8Array, also: Option[] = [], peer = PEER) => (
    ask(Code.POST, { options: [...RD, block, ...also], payload }, peer)
  );
  return { at, executed, ask, post };
}

describe('a request in blocks', () => {
  const body = bodyOf(150);
  const part = (num: number, size = 64) => body.subarray(num * size, (num + 1) * size);

  test('is executed once, whole, after its last block; the blocks before get 2.31', () => {
    const { executed, post } = posts();
    expect(post(block1(0, true), part(0))).toMatchObject({
      code: Code.CONTINUE, options: [block1(0, true)], type: ACK,
    });
    expect(post(block1(1, true), part(1)).options).toEqual([block1(1, true)]);
    expect(executed).toEqual([]);
    const last = post(block1(2, false), part(2));
    expect(last).toMatchObject({ code: Code.CREATED, options: [block1(2, false)] });
    expect(executed.map(({ payload }) => payload)).toEqual([body]);
  });

  test('that fits one block is executed at once, and answered with its block', () => {
    const { executed, post, at } = posts();
    expect(post(block1(0, false), part(2)).options).toEqual([block1(0, false)]);
    expect(executed).toHaveLength(1);
    expect(at.layer.sizes().transfers).toBe(0);
  });

  test('is found by what it is, not by its tokens', () => {
    const { executed, ask } = posts();
    for (const [num, token] of ['0a', '0b', ''].entries()) {
      const options = [...RD, block1(num, num < 2)];
      ask(Code.POST, { options, payload: part(num), token: fromHex(token) });
    }
    expect(executed).toHaveLength(1);
  });

  test.each<[string, Option[]]>([
    ['path', path('other')],
    ['query', [...RD, stringOptionOf(OptionNumber.URI_QUERY, 'ep=b')]],
    ['Request-Tag', [...RD, { number: OptionNumber.REQUEST_TAG, value: fromHex('01') }]],
    // RFC 9175 s3.2: one of no length is not none.
    ['empty Request-Tag', [...RD, { number: OptionNumber.REQUEST_TAG, value: NO_BYTES }]],
    ['Content-Format', [...RD, uintOptionOf(OptionNumber.CONTENT_FORMAT, 40)]],
  ])('does not mix with another of another %s', (_name, others) => {
    const { executed, ask, post } = posts();
    post(block1(0, true), part(0));
    const other = { options: [...others, block1(1, false)], payload: part(1) };
    expect(ask(Code.POST, other).code).toBe(Code.REQUEST_ENTITY_INCOMPLETE);
    expect(ask(Code.POST, { ...other, options: [...others, block1(0, true)] }).code)
      .toBe(Code.CONTINUE);
    post(block1(1, true), part(1));
    post(block1(2, false), part(2));
    expect(executed.map(({ payload }) => payload)).toEqual([body]);
  });

  test('does not mix with another peer\'s or method\'s', () => {
    const { executed, ask, post } = posts();
    post(block1(0, true), part(0));
    expect(post(block1(1, false), part(1), [], peerOf(2)).code)
      .toBe(Code.REQUEST_ENTITY_INCOMPLETE);
    expect(ask(Code.PUT, { options: [...RD, block1(1, false)], payload: part(1) }).code)
      .toBe(Code.REQUEST_ENTITY_INCOMPLETE);
    expect(executed).toEqual([]);
  });

  test('out of order gets 4.08 and goes on where it was', () => {
    const { executed, post } = posts();
    expect(post(block1(1, true), part(1)).code).toBe(Code.REQUEST_ENTITY_INCOMPLETE);
    post(block1(0, true), part(0));
    expect(post(block1(2, false), part(2)).code).toBe(Code.REQUEST_ENTITY_INCOMPLETE);
    post(block1(1, true), part(1));
    post(block1(2, false), part(2));
    expect(executed.map(({ payload }) => payload)).toEqual([body]);
  });

  test('may repeat a block in a new message, but not with other content', () => {
    const { executed, post } = posts();
    post(block1(0, true), part(0));
    post(block1(1, true), part(1));
    expect(post(block1(1, true), part(1)).code).toBe(Code.CONTINUE);
    expect(post(block1(1, true), part(0)).code).toBe(Code.REQUEST_ENTITY_INCOMPLETE);
    post(block1(2, false), part(2));
    expect(executed.map(({ payload }) => payload)).toEqual([body]);
  });

  test('begins anew with its first block', () => {
    const { executed, post } = posts();
    post(block1(0, true), part(1));
    post(block1(1, true), part(1));
    post(block1(0, true), part(0));
    post(block1(1, true), part(1));
    post(block1(2, false), part(2));
    expect(executed.map(({ payload }) => payload)).toEqual([body]);
  });

  test('may change to smaller blocks on its way', () => {
    const { executed, post } = posts();
    post(block1(0, true), part(0));
    for (let num = 2; num < 5; num++) post(block1(num, num < 4, 1), part(num, 32));
    expect(executed.map(({ payload }) => payload)).toEqual([body]);
  });

  test.each<[string, Option, number]>([
    ['a reserved size', { number: BLOCK1, value: fromHex('0f') }, 64],
    ['a block that is not full', block1(0, true), 63],
    ['a block that is too full', block1(0, true), 65],
    ['a last block that is too full', block1(0, false), 65],
  ])('with %s gets 4.00', (_name, block, length) => {
    const { executed, post } = posts();
    expect(post(block, bodyOf(length)).code).toBe(Code.BAD_REQUEST);
    expect(executed).toEqual([]);
  });

  test('longer than is taken gets 4.13 with what would be, announced or not', () => {
    const { executed, post, at } = posts({ bodyLengthMax: () => 128 });
    const announced = post(block1(0, true), part(0), [uintOptionOf(SIZE1, 129)]);
    expect(announced).toMatchObject({ code: Code.REQUEST_ENTITY_TOO_LARGE });
    expect(uintOption(announced, SIZE1)).toBe(128);
    expect(at.layer.sizes().transfers).toBe(0);
    expect(post(block1(0, true), part(0)).code).toBe(Code.CONTINUE);
    const second = post(block1(1, true), part(1));
    expect([second.code, uintOption(second, SIZE1)])
      .toEqual([Code.REQUEST_ENTITY_TOO_LARGE, 128]);
    expect(at.layer.sizes()).toMatchObject({ transfers: 0, blockBytes: 0 });
    expect(executed).toEqual([]);
    post(block1(0, true), part(0));
    post(block1(1, false), part(1));
    expect(executed).toHaveLength(1);
  });

  test('of 1 MB is taken, and not a byte more', () => {
    const { bodyLength } = BLOCK_LIMITS_DEFAULT;
    const { executed, post } = posts();
    const full = bodyOf(1_024);
    const blocks = bodyLength / 1_024;
    for (let num = 0; num < blocks - 1; num++) post(block1(num, true, 6), full);
    expect(post(block1(blocks - 1, true, 6), full).code).toBe(Code.REQUEST_ENTITY_TOO_LARGE);
    for (let num = 0; num < blocks; num++) post(block1(num, num < blocks - 1, 6), full);
    expect(executed.map(({ payload }) => payload.length)).toEqual([bodyLength]);
  });

  test('is forgotten when EXCHANGE_LIFETIME has passed since its last block', () => {
    const { post, at } = posts();
    post(block1(0, true), part(0));
    at.clock.advance(246_000);
    post(block1(1, true), part(1));
    at.clock.advance(246_000);
    expect(at.layer.sizes().transfers).toBe(1);
    at.clock.advance(2_000);
    expect(at.layer.sizes()).toMatchObject({ transfers: 0, blockBytes: 0 });
    expect(post(block1(2, false), part(2)).code).toBe(Code.REQUEST_ENTITY_INCOMPLETE);
    at.clock.advance(400_000);
    expect(at.clock.timers.size).toBe(0);
  });

  test('is forgotten with its peer', () => {
    const { post, at } = posts();
    post(block1(0, true), part(0));
    at.layer.forget(PEER);
    expect(at.layer.sizes().transfers).toBe(0);
  });

  test('of too many at once makes the longest unused one begin anew', () => {
    const { post } = posts({ blockLimits: { transfersPerPeer: 2 } });
    const query = (name: string) => [stringOptionOf(OptionNumber.URI_QUERY, name)];
    for (const name of ['a', 'b', 'c']) post(block1(0, true), part(0), query(name));
    const codes = ['a', 'b', 'c'].map((name) => post(block1(1, true), part(1), query(name)).code);
    expect(codes).toEqual([Code.REQUEST_ENTITY_INCOMPLETE, Code.CONTINUE, Code.CONTINUE]);
  });

  test('answered late, is answered with its block as well', () => {
    const { at, post } = served((request, { clock, layer }) => {
      const onDue = () => layer.respond(request, { code: Code.CREATED });
      clock.schedule(clock.now() + 3_000, { onDue });
    });
    post(block1(0, true), part(0));
    expect(post(block1(1, false), part(1))).toBeUndefined();
    at.clock.advance(500);
    expect(at.transport.take()).toHaveLength(1);
    at.clock.advance(2_500);
    expect(at.transport.takeMessages()).toMatchObject([
      { type: CON, code: Code.CREATED, options: [block1(1, false)] },
    ]);
  });

  function posts(options: Partial<BlockwiseOptions> = {}) {
    return served((request, { layer }) => layer.respond(request, { code: Code.CREATED }), options);
  }
});

describe('a long answer', () => {
  const content = (payload: Uint8Array, options: Option[] = []) => (
    served((request, { layer }) => {
      layer.respond(request, { code: Code.CONTENT, options, payload });
    })
  );
  const get = (options: Option[] = []) => ({ options: [...path('3'), ...options] });

  test('leaves as its first block, and the others as they are asked for', () => {
    const { ask, executed } = content(LONG, [uintOptionOf(OptionNumber.CONTENT_FORMAT, 112)]);
    const first = ask(Code.GET, get());
    expect(first).toMatchObject({ code: Code.CONTENT, payload: LONG.subarray(0, 512) });
    expect(blockOf(first, BLOCK2)).toEqual({ num: 0, more: true, szx: 5 });
    expect(uintOption(first, SIZE2)).toBe(1_200);
    const rest = [1, 2].map((num) => ask(Code.GET, get([block2(num)])));
    expect(rest.map((one) => blockOf(one, BLOCK2)))
      .toEqual([{ num: 1, more: true, szx: 5 }, { num: 2, more: false, szx: 5 }]);
    expect(rest.map(({ payload }) => payload.length)).toEqual([512, 176]);
    for (const one of rest) {
      expect(optionValue(one, ETAG)).toEqual(optionValue(first, ETAG));
      expect(uintOption(one, OptionNumber.CONTENT_FORMAT)).toBe(112);
    }
    expect(executed).toHaveLength(1);
  });

  test.each([[512, false], [513, true]])('of %i bytes is in blocks: %s', (length, isLong) => {
    const { ask, at } = content(bodyOf(length));
    expect(blockOf(ask(Code.GET, get()), BLOCK2) !== undefined).toBe(isLong);
    expect(at.layer.sizes().transfers).toBe(isLong ? 1 : 0);
  });

  test('is of one representation, though the resource changes meanwhile', () => {
    let count = 0;
    const { ask } = served((request, { layer }) => {
      layer.respond(request, { code: Code.CONTENT, payload: bodyOf(1_200, count++) });
    });
    ask(Code.GET, get());
    expect(ask(Code.GET, get([block2(1)])).payload).toEqual(bodyOf(1_200).subarray(512, 1_024));
    expect(ask(Code.GET, get([block2(0)])).payload).toEqual(bodyOf(1_200, 1).subarray(0, 512));
  });

  test('that is no longer kept is made anew, and its ETag tells whether it is another', () => {
    let count = 0;
    const { ask, at } = served((request, { layer }) => {
      layer.respond(request, { code: Code.CONTENT, payload: bodyOf(1_200, count) });
    });
    const [first] = [ask(Code.GET, get())];
    at.clock.advance(248_000);
    expect(at.layer.sizes().transfers).toBe(0);
    const same = ask(Code.GET, get([block2(1)]));
    expect(optionValue(same, ETAG)).toEqual(optionValue(first, ETAG));
    expect(same.payload).toEqual(LONG.subarray(512, 1_024));
    at.clock.advance(248_000);
    count++;
    expect(optionValue(ask(Code.GET, get([block2(1)])), ETAG)).not.toEqual(optionValue(first, ETAG));
  });

  test('of what changes something is not made anew', () => {
    const { ask, executed, at } = content(LONG);
    ask(Code.POST, get());
    expect(ask(Code.POST, get([block2(1)])).payload).toEqual(LONG.subarray(512, 1_024));
    at.clock.advance(248_000);
    expect(ask(Code.POST, get([block2(2)])).code).toBe(Code.REQUEST_ENTITY_INCOMPLETE);
    expect(executed).toHaveLength(1);
  });

  test.each([[4, 256], [6, 512]])('comes in the smaller of both sizes: asked SZX %i', (szx, size) => {
    const { ask } = content(LONG);
    expect(ask(Code.GET, get([block2(0, szx)])).payload.length).toBe(size);
    // 1024 = block 1 of 1024, or 4 of 256.
    const num = szx === 6 ? 1 : 4;
    const later = ask(Code.GET, get([block2(num, szx)]));
    expect(later.payload).toEqual(LONG.subarray(1_024));
    expect(blockOf(later, BLOCK2)).toEqual({ num: 1_024 / size, more: false, szx: Math.min(szx, 5) });
  });

  test('that is short says so to who asked for a block', () => {
    const { ask } = content(bodyOf(5));
    expect(blockOf(ask(Code.GET, get([block2(0)])), BLOCK2))
      .toEqual({ num: 0, more: false, szx: 5 });
  });

  test('has nothing beyond its end', () => {
    const { ask } = content(LONG);
    expect(ask(Code.GET, get([block2(3)])).code).toBe(Code.BAD_REQUEST);
    expect(ask(Code.GET, get([block2(3)])).code).toBe(Code.BAD_REQUEST);
    expect(ask(Code.GET, get([block2(2 ** 20 - 1, 6)])).code).toBe(Code.BAD_REQUEST);
  });

  test('in another format is another', () => {
    const { ask, executed } = content(LONG, [uintOptionOf(OptionNumber.CONTENT_FORMAT, 112)]);
    ask(Code.GET, get());
    ask(Code.GET, get([uintOptionOf(OptionNumber.ACCEPT, 112), block2(1)]));
    expect(executed).toHaveLength(1);
    ask(Code.GET, get([uintOptionOf(OptionNumber.ACCEPT, 60), block2(1)]));
    expect(executed).toHaveLength(2);
  });

  test('with an ETag of its own keeps it', () => {
    const { ask } = content(LONG, [{ number: ETAG, value: fromHex('0102') }]);
    expect([ask(Code.GET, get()), ask(Code.GET, get([block2(1)]))].map((one) => (
      one.options.filter(({ number }) => number === ETAG).map(({ value }) => value)
    ))).toEqual([[fromHex('0102')], [fromHex('0102')]]);
  });

  test('that is an error is cut for nobody', () => {
    const { ask } = served((request, { layer }) => {
      layer.respond(request, { code: Code.NOT_FOUND, payload: bodyOf(600) });
    });
    expect(ask(Code.GET, get([block2(1)]))).toMatchObject({ code: Code.NOT_FOUND, options: [] });
  });

  test('longer than 1 MB is 5.00', () => {
    const { ask, at } = content(new Uint8Array(BLOCK_LIMITS_DEFAULT.bodyLength + 1));
    expect(ask(Code.GET, get()).code).toBe(Code.INTERNAL_SERVER_ERROR);
    expect(at.layer.sizes().transfers).toBe(0);
  });

  test('to a request in blocks: both options, each for its body (RFC 7959 s3.3)', () => {
    const { ask, executed } = content(LONG);
    const body = bodyOf(100);
    const blocks = [0, 1].map((num) => ask(Code.POST, {
      ...get([block1(num, num === 0)]), payload: body.subarray(num * 64, num * 64 + 64),
    }));
    expect(blocks[1]!.options.map(({ number }) => number)).toEqual([ETAG, BLOCK2, BLOCK1, SIZE2]);
    expect(ask(Code.POST, get([block2(2)])).payload).toEqual(LONG.subarray(1_024));
    expect(executed.map(({ payload }) => payload)).toEqual([body]);
  });

  test('is kept within the bytes of all, the longest unused goes first', () => {
    const bytes = 2 * (1_200 + TRANSFER_BYTES) + 200;
    const { ask, executed, at } = served((request, { layer }) => {
      layer.respond(request, { code: Code.CONTENT, payload: LONG });
    }, { blockLimits: { bodyLength: 1_200, bytesPerPeer: bytes, bytes } });
    for (const peer of [1, 2, 3]) ask(Code.GET, get(), peerOf(peer));
    expect(at.layer.sizes().transfers).toBe(2);
    expect(at.layer.sizes().blockBytes).toBeLessThanOrEqual(bytes);
    for (const peer of [3, 2, 1]) ask(Code.GET, get([block2(1)]), peerOf(peer));
    expect(executed).toHaveLength(4);
  });
});

describe('a long notification', () => {
  test('is its first block; the rest is asked for without Observe (RFC 7959 s2.6)', () => {
    const { at, ask, executed } = served((request, { layer }) => {
      layer.respond(request, { code: Code.CONTENT, payload: bodyOf(1_200, 7) });
    });
    const done = vi.fn();
    at.layer.notify(PEER, {
      type: CON, code: Code.CONTENT, token: fromHex('aa'), options: [observed(5)], payload: LONG,
      request: { code: Code.GET, options: path('3') },
    }, done);
    const [first] = at.transport.takeMessages();
    expect(first!.options.map(({ number }) => number))
      .toEqual([ETAG, OptionNumber.OBSERVE, BLOCK2, SIZE2]);
    expect(first).toMatchObject({ token: fromHex('aa'), payload: LONG.subarray(0, 512) });
    at.layer.receive(PEER, datagramOf(ACK, Code.EMPTY, { mid: first!.mid }));
    const second = ask(Code.GET, { options: [...path('3'), block2(1)] });
    expect(second.payload).toEqual(LONG.subarray(512, 1_024));
    expect(second.options.map(({ number }) => number)).toEqual([ETAG, BLOCK2]);
    expect(executed).toEqual([]);
    expect(done).toHaveBeenCalledExactlyOnceWith({ kind: 'acknowledged' });
  });
});
