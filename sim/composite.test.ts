// Composite operations on a device: what one answer, one notification and one write hold, and how
// an observation of many paths goes on and ends.

import { describe, expect, it } from 'vitest';
import { type Block, blockOf, blockOption } from '../core/coap/block.ts';
import { Code, CON, formatCode, OptionNumber, RST, type Message } from '../core/coap/message.ts';
import { contentFormat, inOrder, observe, uintOptionOf } from '../core/coap/options.ts';
import {
  ContentFormat, decodePayload, encodePaths, encodePayload,
} from '../core/lwm2m/content-format.ts';
import { formatPath, parsePath } from '../core/lwm2m/path.ts';
import type { Value } from '../core/lwm2m/value.ts';
import {
  clockTime, flag, float, integer, Resources, text, type ValueAt,
} from './resources.ts';
import { constant } from './signals.ts';
import { newBench, SECOND } from './testing/device-bench.ts';

const { PUT, DELETE, FETCH, IPATCH } = Code;
const { TEXT, SENML_CBOR, SENML_JSON, SENML_ETCH_JSON } = ContentFormat;

function pathAt(words: string) {
  const path = parsePath(words);
  if (!path.ok) throw new Error(path.reason);
  return path.value;
}

function registered(more: Readonly<Record<string, ValueAt>> = {}) {
  const bench = newBench({
    lifetime: 3600, notifyEvery: 100 * SECOND,
    resources: new Resources({
      '/3/0/0': text('F'), '/3/0/14': text('+01'), '/3303/0/5700': float(constant(21.5)),
      '/3311/0/5850': flag(false), '/3311/0/5851': integer(constant(0)),
      '/3311/1/5850': flag(false), ...more,
    }),
  });
  bench.device.start();
  bench.run(SECOND);
  const fetch = (asked: readonly string[], wish: object = {}, format: number = SENML_CBOR) => {
    const payload = encodePaths(format, asked.map(pathAt));
    if (!payload.ok) throw new Error(payload.reason);
    return bench.ask(FETCH, '', { format, payload: payload.value, ...wish })!;
  };
  const notifications = () => bench.heard
    .filter(({ type, code }) => type === CON && code >= Code.CREATED);
  return { ...bench, fetch, notifications };
}

function paths(message: Message): string[] {
  const decoded = decodePayload(contentFormat(message), undefined, message.payload, 0);
  return decoded.ok ? decoded.value.map(({ path }) => formatPath(path)) : [decoded.reason];
}

describe('a composite read', () => {
  it.for<[asked: readonly string[], told: readonly string[]]>([
    [['/3/0/14', '/3303/0/5700'], ['/3/0/14', '/3303/0/5700']],
    [['/3303', '/3/0'], ['/3303/0/5700', '/3/0/0', '/3/0/14']],
    [['/4', '/3/0/0', '/3311/5'], ['/3/0/0']],
    [['/3/0/4', '/3/0/0'], ['/3/0/0']],
    [['/3/0/0', '/3/0', '/3/0', '/3/0/14'], ['/3/0/0', '/3/0/14']],
  ])('of %j has %j', ([asked, told]) => {
    expect(paths(registered().fetch(asked))).toEqual(told);
  });

  it('is answered as Accept says, else in the format of the request', () => {
    const { fetch } = registered();
    expect(contentFormat(fetch(['/3']))).toBe(SENML_CBOR);
    expect(contentFormat(fetch(['/3'], {}, SENML_JSON))).toBe(SENML_JSON);
    expect(contentFormat(fetch(['/3'], {}, SENML_ETCH_JSON))).toBe(SENML_JSON);
    expect(contentFormat(fetch(['/3'], { accept: SENML_JSON }))).toBe(SENML_JSON);
  });
});

describe('a composite observation', () => {
  const ASKED = ['/3/0/14', '/3311', '/4/0'];
  const TOLD = ['/3/0/14', '/3311/0/5850', '/3311/0/5851', '/3311/1/5850'];

  it('tells all paths each time, in the rhythm of the fleet and when one was written', () => {
    const { ask, fetch, notifications, run } = registered();
    const answer = fetch(ASKED, { observe: 0 });
    expect([observe(answer), paths(answer)]).toEqual([0, TOLD]);
    run(100 * SECOND);
    ask(PUT, '/3311/0/5851', { format: TEXT, payload: '7' });
    run(SECOND);
    expect(notifications().map((one) => [observe(one), paths(one)])).toEqual([[1, TOLD], [2, TOLD]]);
  });

  it('goes by the attributes of each path', () => {
    const { ask, fetch, notifications, run } = registered();
    ask(PUT, '/3311/0', { query: ['pmax=30'] });
    ask(PUT, '/3311', { query: ['pmax=20'] });
    fetch(['/3303', '/3311/0', '/3311/1'], { observe: 0 });
    run(70 * SECOND);
    expect(notifications()).toHaveLength(3);
  });

  it('is cancelled by Observe 1 with the same list and token', () => {
    const { device, fetch, notifications, run } = registered();
    fetch(ASKED, { observe: 0 });
    expect(observe(fetch(ASKED, { observe: 1 }))).toBeUndefined();
    expect(device.observed).toEqual([]);
    run(200 * SECOND);
    expect(notifications()).toEqual([]);
  });

  it('is cancelled by a Reset', () => {
    const { bench, device, fetch, notifications, run, send } = registered();
    fetch(ASKED, { observe: 0 });
    bench.isSilent = true;
    run(99 * SECOND);
    send({ type: RST, code: Code.EMPTY, mid: notifications()[0]!.mid });
    run(SECOND);
    expect(device.observed).toEqual([]);
  });

  it('leaves out what is gone, and ends when all is', () => {
    const { ask, device, fetch, notifications, run } = registered();
    fetch(['/3311/0', '/3311/1'], { observe: 0 });
    ask(DELETE, '/3311/0');
    run(SECOND);
    expect(notifications().map(paths)).toEqual([['/3311/1/5850']]);
    ask(DELETE, '/3311/1');
    run(SECOND);
    expect(formatCode(notifications().at(-1)!.code)).toBe('4.04');
    expect(device.observed).toEqual([]);
  });

  it('that is longer than a message is told in blocks of one moment', () => {
    const clock = Object.fromEntries(Array.from({ length: 100 }, (_, id) => (
      [`/3304/0/${6000 + id}`, clockTime()])));
    const { device, exchange, fetch, notifications, run } = registered(clock);
    expect(blockOf(fetch(['/3/0', '/3304'], { observe: 0 }), OptionNumber.BLOCK2))
      .toMatchObject({ num: 0, more: true });
    run(100 * SECOND);
    const [first] = notifications();
    const blocks = [first!];
    const { szx } = blockOf(first!, OptionNumber.BLOCK2) as Block;
    run(10 * SECOND);
    for (let num = 1; blocks.at(-1)!.payload.length === blocks[0]!.payload.length; num++) {
      blocks.push(exchange({ code: FETCH, token: Uint8Array.of(8), options: inOrder([
        blockOption(OptionNumber.BLOCK2, { num, more: false, szx }),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, SENML_CBOR),
      ]) })!);
    }
    const payload = Uint8Array.from(blocks.flatMap((one) => [...one.payload]));
    const decoded = decodePayload(SENML_CBOR, undefined, payload, 0);
    const times = decoded.ok ? decoded.value.slice(2) : [];
    expect(times).toHaveLength(100);
    const said = times.map(({ value }) => ('value' in value ? String(value.value) : ''));
    expect(new Set(said)).toEqual(new Set(['100']));
    expect(device.observed).toHaveLength(1);
  });
});

describe('a composite write', () => {
  const write = (bench: ReturnType<typeof registered>, values: Record<string, Value>) => {
    const entries = Object.entries(values).map(([path, value]) => ({ path: pathAt(path), value }));
    const payload = encodePayload(SENML_CBOR, undefined, entries);
    if (!payload.ok) throw new Error(payload.reason);
    return formatCode(bench.ask(IPATCH, '', { format: SENML_CBOR, payload: payload.value })!.code);
  };
  const values = ({ device }: ReturnType<typeof registered>) => (
    ['/3/0/14', '/3311/0/5851'].flatMap((path) => device.entriesAt(pathAt(path)))
      .map(({ value }) => ('value' in value ? value.value : undefined)));
  const ZONE: Value = { type: 'string', value: '+02' };
  const LEVEL: Value = { type: 'integer', value: 7n };

  it('is of several objects, and tells each observer once', () => {
    const bench = registered();
    bench.fetch(['/3/0/14', '/3311'], { observe: 0 });
    expect(write(bench, { '/3/0/14': ZONE, '/3311/0/5851': LEVEL })).toBe('2.04');
    expect(values(bench)).toEqual(['+02', 7n]);
    bench.run(SECOND);
    expect(bench.notifications()).toHaveLength(1);
  });

  it('is taken with all of its payload or not at all', () => {
    const bench = registered();
    expect(write(bench, { '/3/0/14': ZONE, '/3311/0/5851': LEVEL, '/3/0/0': ZONE })).toBe('4.05');
    expect(write(bench, { '/3/0/14': ZONE, '/3311/0/5851': LEVEL, '/3311/7/5851': LEVEL }))
      .toBe('4.04');
    expect(values(bench)).toEqual(['+01', 0n]);
  });
});
