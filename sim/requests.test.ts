// What a server may ask of a device, as a table of requests and codes, and what becomes of a device
// that was written to or executed.

import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8, fromHex } from '../core/bytes.ts';
import { Code, CON, formatCode } from '../core/coap/message.ts';
import { uintOptionOf, uriQuery } from '../core/coap/options.ts';
import { ContentFormat, encodePaths, encodePayload } from '../core/lwm2m/content-format.ts';
import { parsePath } from '../core/lwm2m/path.ts';
import type { Entry, Value } from '../core/lwm2m/value.ts';
import type { DeviceOptions } from './device.ts';
import { PATHS_MAX } from './requests/composite.ts';
import type { Operation } from './requests/operation.ts';
import { clockTime, float, flag, integer, Resources, text } from './resources.ts';
import { constant } from './signals.ts';
import { newBench, SECOND, type Wish } from './testing/device-bench.ts';

const { GET, PUT, POST, DELETE, FETCH, IPATCH } = Code;
const { TEXT, LINK, OPAQUE, CBOR, SENML_CBOR, SENML_JSON, TLV } = ContentFormat;

function registered(changed: Partial<DeviceOptions> = {}) {
  const bench = newBench({
    lifetime: 3600,
    resources: new Resources({
      '/1/0/0': integer(constant(1)), '/1/0/1': integer(constant(3600)),
      '/3/0/0': text('Flownexus'), '/3/0/13': clockTime(), '/3/0/14': text('+01'),
      '/3/0/15': text('CET'), '/3303/0/5700': float(constant(21.5)),
      '/3311/0/5850': flag(false), '/3311/0/5851': integer(constant(0)),
      '/33625/0/0': integer(constant(1)),
    }),
    ...changed,
  });
  bench.device.start();
  bench.run(SECOND);
  return bench;
}

type Bench = ReturnType<typeof registered>;

function pathAt(words: string) {
  const path = parsePath(words);
  if (!path.ok) throw new Error(path.reason);
  return path.value;
}

function encoded(
  format: number, base: string | undefined, values: Readonly<Record<string, Value>>,
): Wish {
  const entries = Object.entries(values).map(([path, value]): Entry => (
    { path: pathAt(path), value }));
  const payload = encodePayload(format, base === undefined ? base : pathAt(base), entries);
  if (!payload.ok) throw new Error(payload.reason);
  return { format, payload: payload.value };
}

function said({ device }: Bench, path: string): unknown {
  const [entry] = device.entriesAt(pathAt(path));
  return entry !== undefined && 'value' in entry.value ? entry.value.value : undefined;
}

const LIGHT: Readonly<Record<string, Value>> = {
  '/3311/1/5850': { type: 'boolean', value: true },
  '/3311/1/5851': { type: 'integer', value: 40n },
};

const WRITTEN: Readonly<Record<string, Value>> = {
  '/3/0/14': { type: 'string', value: '+02' }, '/3311/0/5851': { type: 'integer', value: 7n },
};

function listed(...paths: readonly string[]): Wish {
  const payload = encodePaths(SENML_CBOR, paths.map(pathAt));
  if (!payload.ok) throw new Error(payload.reason);
  return { format: SENML_CBOR, payload: payload.value };
}

describe('a request', () => {
  it.for<[what: string, code: number, path: string, wish: Wish, answer: string]>([
    ['a read', GET, '/3303/0/5700', {}, '2.05'],
    ['a read of what is not there', GET, '/3303/1', {}, '4.04'],
    ['a read of what can only be executed', GET, '/3/0/4', {}, '4.05'],
    ['a read of the root', GET, '', {}, '4.05'],
    ['a read of what is no path', GET, '/x', {}, '4.04'],
    ['a read of an instance as text', GET, '/3/0', { accept: TEXT }, '4.06'],
    ['a read in a format nobody knows', GET, '/3/0/0', { accept: 9999 }, '4.06'],
    ['a write as text', PUT, '/3/0/14', { format: TEXT, payload: '+02' }, '2.04'],
    ['a write as CBOR', PUT, '/3/0/14', { format: CBOR, payload: fromHex('632b3032')! }, '2.04'],
    ['a write as JSON', PUT, '/3311/0',
      { format: SENML_JSON, payload: '[{"bn":"/3311/0/","n":"5851","v":7}]' }, '2.04'],
    ['a partial write', POST, '/3311/0', encoded(TLV, '/3311/0',
      { '/3311/0/5851': { type: 'integer', value: 7n } }), '2.04'],
    ['a write as LwM2M CBOR', PUT, '/3311/0', encoded(11_544, '/3311/0',
      { '/3311/0/5851': { type: 'integer', value: 7n } }), '2.04'],
    ['a read as LwM2M CBOR', GET, '/3/0', { accept: 11_544 }, '2.05'],
    ['a write in a format nobody knows', PUT, '/3/0/14', { format: 9999, payload: 'x' }, '4.15'],
    ['a write of links', PUT, '/3/0/14', { format: LINK, payload: '</3>' }, '4.15'],
    ['a write that cannot be decoded', PUT, '/3311/0', { format: TLV, payload: 'x' }, '4.00'],
    ['a write of nothing', PUT, '/3/0/14', { format: TLV }, '4.00'],
    ['a write of the wrong type', PUT, '/3311/0/5851', { format: TEXT, payload: 'dim' }, '4.00'],
    ['bytes for a number', PUT, '/3311/0/5851', { format: OPAQUE, payload: '1' }, '4.00'],
    ['a write of what is read only', PUT, '/3/0/0', { format: TEXT, payload: 'X' }, '4.05'],
    ['a write of what has no definition', PUT, '/33625/0/0', 
      { format: TLV, payload: fromHex('c10001')! }, '4.05'],
    ['a write of what can only be executed', PUT, '/3/0/4', { format: TEXT, payload: 'X' }, '4.05'],
    ['a write of an unknown resource', PUT, '/3/0/99', { format: TEXT, payload: 'X' }, '4.04'],
    ['a write of an unknown instance', PUT, '/3311/7', { format: TLV, payload: 'X' }, '4.04'],
    ['a write with an unknown resource in it', POST, '/3/0', encoded(SENML_CBOR, '/3/0',
      { '/3/0/99': { type: 'string', value: 'x' } }), '4.04'],
    ['a write of another instance in it', POST, '/3311/0', { format: SENML_JSON,
      payload: '[{"n":"/3/0/14","vs":"+02"}]' }, '4.00'],
    ['a write of an object', PUT, '/3', { format: TLV, payload: 'X' }, '4.05'],
    ['a lifetime of nothing', PUT, '/1/0/1', { format: TEXT, payload: '0' }, '4.00'],
    ['attributes', PUT, '/3303/0/5700', { query: ['pmin=10', 'gt=25.5', 'lt'] }, '2.04'],
    ['attributes of an object', PUT, '/3', { query: ['pmin=1'] }, '2.04'],
    ['attributes that are none', PUT, '/3', { query: ['min=1'] }, '4.00'],
    ['attributes that contradict each other', PUT, '/3', { query: ['pmin=2', 'pmax=1'] }, '4.00'],
    ['attributes of a later version', PUT, '/3311/0/5850', { query: ['edge=1'] }, '4.00'],
    ['a threshold for a text', PUT, '/3/0/0', { query: ['gt=1'] }, '4.00'],
    ['attributes of what is not there', PUT, '/3303/1', { query: ['pmin=1'] }, '4.04'],
    ['attributes of what can only be executed', PUT, '/3/0/4', { query: ['pmin=1'] }, '4.05'],
    ['an execute', POST, '/1/0/8', {}, '2.04'],
    ['an execute of what is not there', POST, '/3303/0/4', {}, '4.04'],
    ['an execute of what can only be read', POST, '/3/0/0', {}, '4.05'],
    ['an execute with arguments', POST, '/1/0/8',
      { format: TEXT, payload: "2='10.3',0,7='a,b'" }, '2.04'],
    ['an execute with an argument that is no digit', POST, '/1/0/8', { payload: 'now' }, '4.00'],
    ['an execute with an argument twice', POST, '/1/0/8', { payload: "1='a',1" }, '4.00'],
    ['an execute with a quote left open', POST, '/1/0/8', { payload: "0='a" }, '4.00'],
    ['an execute with a space in an argument', POST, '/1/0/8', { payload: "0='a b'" }, '4.00'],
    ['an execute with a comma at the end', POST, '/1/0/8', { payload: '0,' }, '4.00'],
    ['an execute with bytes that are no text', POST, '/1/0/8',
      { payload: Uint8Array.of(0x30, 0xff) }, '4.00'],
    ['a create', POST, '/3311', encoded(TLV, '/3311/1', LIGHT), '2.01'],
    ['a create of an instance by its id', POST, '/3311', encoded(TLV, '/3311', LIGHT), '2.01'],
    ['a create as JSON', POST, '/3311', { format: SENML_JSON,
      payload: '[{"bn":"/3311/7/","n":"5850","vb":true}]' }, '2.01'],
    ['a create of what is there', POST, '/3303', encoded(SENML_CBOR, '/3303',
      { '/3303/0/5700': { type: 'float', value: 1 } }), '4.00'],
    ['a create of an object nobody has', POST, '/3304', encoded(TLV, '/3311/1', LIGHT), '4.04'],
    ['a create of a single-instance object', POST, '/3', { format: TLV, payload: 'X' }, '4.05'],
    ['a create of a server', POST, '/1', { format: TLV, payload: 'X' }, '4.05'],
    ['a create of what has no definition', POST, '/33625', { format: TLV, payload: 'X' }, '4.05'],
    ['a create in a format nobody knows', POST, '/3311', { format: 9999, payload: 'x' }, '4.15'],
    ['a create in a format of one value', POST, '/3311', { format: TEXT, payload: '1' }, '4.00'],
    ['a create that cannot be decoded', POST, '/3311', { format: TLV, payload: 'X' }, '4.00'],
    ['a create of nothing', POST, '/3311', {}, '4.00'],
    ['a create without what it needs', POST, '/3311', encoded(TLV, '/3311/1',
      { '/3311/1/5851': { type: 'integer', value: 7n } }), '4.00'],
    ['a create of the wrong type', POST, '/3311', { format: SENML_JSON,
      payload: '[{"bn":"/3311/1/","n":"5850","vs":"on"}]' }, '4.00'],
    ['a create of two instances', POST, '/3311', encoded(TLV, '/3311',
      { ...LIGHT, '/3311/2/5850': { type: 'boolean', value: true } }), '4.00'],
    ['a create of an unknown resource', POST, '/3311', { format: SENML_JSON,
      payload: '[{"bn":"/3311/1/","n":"5850","vb":true},{"n":"99","v":1}]' }, '4.00'],
    ['a delete', DELETE, '/3311/0', {}, '2.02'],
    ['a delete of what is not there', DELETE, '/3311/1', {}, '4.04'],
    ['a delete of an object', DELETE, '/3311', {}, '4.05'],
    ['a delete of a resource', DELETE, '/3311/0/5850', {}, '4.05'],
    ['a delete of the device', DELETE, '/3/0', {}, '4.05'],
    ['a delete of a server', DELETE, '/1/0', {}, '4.05'],
    ['a fetch of a path', FETCH, '/3', { format: SENML_CBOR, payload: 'X' }, '4.05'],
    ['a read of the security object', GET, '/0/0/2', {}, '4.01'],
    ['a composite read', FETCH, '', listed('/3/0/0', '/3303'), '2.05'],
    ['a composite read of some that are there', FETCH, '', listed('/4/0', '/3/0/0'), '2.05'],
    ['a composite read of none that is there', FETCH, '', listed('/4/0', '/5'), '4.04'],
    ['a composite read of what can only be executed', FETCH, '', listed('/3/0/4', '/4'), '4.05'],
    ['a composite read of nothing', FETCH, '', listed(), '4.00'],
    ['a composite read that cannot be decoded', FETCH, '',
      { format: SENML_CBOR, payload: 'X' }, '4.00'],
    ['a composite read with values', FETCH, '',
      { format: SENML_JSON, payload: '[{"n":"/3/0/14","vs":"+02"}]' }, '4.00'],
    ['a composite read in TLV', FETCH, '', { format: TLV, payload: 'X' }, '4.15'],
    ['a composite read in no format', FETCH, '', {}, '4.15'],
    ['a composite read as TLV', FETCH, '', { ...listed('/3'), accept: TLV }, '4.06'],
    ['a composite read as LwM2M CBOR', FETCH, '', { ...listed('/3'), accept: 11_544 }, '2.05'],
    ['a composite read of as many as possible', FETCH, '',
      listed(...Array.from({ length: PATHS_MAX }, (_, id) => `/3/0/${id}`)), '2.05'],
    ['a composite read of one more', FETCH, '',
      listed(...Array.from({ length: PATHS_MAX + 1 }, (_, id) => `/3/0/${id}`)), '4.13'],
    ['a composite write', IPATCH, '', encoded(SENML_CBOR, undefined, WRITTEN), '2.04'],
    ['a composite write as LwM2M CBOR', IPATCH, '', encoded(11_544, undefined, WRITTEN), '2.04'],
    ['a composite write of what is not there', IPATCH, '', encoded(SENML_JSON, undefined,
      { ...WRITTEN, '/3304/0/5701': { type: 'string', value: 'x' } }), '4.04'],
    ['a composite write of what is read only', IPATCH, '', encoded(SENML_JSON, undefined,
      { ...WRITTEN, '/3/0/0': { type: 'string', value: 'x' } }), '4.05'],
    ['a composite write of the wrong type', IPATCH, '', encoded(SENML_JSON, undefined,
      { ...WRITTEN, '/3311/0/5850': { type: 'string', value: 'x' } }), '4.00'],
    ['a composite write that cannot be decoded', IPATCH, '',
      { format: SENML_JSON, payload: '[{' }, '4.00'],
    ['a composite write of nothing', IPATCH, '', { format: SENML_JSON, payload: '[]' }, '4.00'],
    ['a composite write in TLV', IPATCH, '', { format: TLV, payload: 'X' }, '4.15'],
    ['a composite write of changes', IPATCH, '', { format: 322, payload: 'X' }, '4.15'],
  ])('%s is answered', ([, code, path, wish, answer]) => {
    expect(formatCode(registered().ask(code, path, wish)!.code)).toBe(answer);
  });

  it.for<[path: string, links: string]>([
    ['/1', '</1>,</1/0>,</1/0/0>,</1/0/1>,</1/0/8>'],
    ['/3/0', '</3/0>,</3/0/0>,</3/0/4>,</3/0/5>,</3/0/13>,</3/0/14>,</3/0/15>'],
    ['/3/0/4', '</3/0/4>'],
    ['/3311/0/5850', '</3311/0/5850>'],
    ['/3303', '</3303>;ver=1.1,</3303/0>,</3303/0/5700>'],
  ])('a discover of %s lists what is there', ([path, links]) => {
    const answer = registered().ask(GET, path, { accept: LINK })!;
    expect(decodeUtf8(answer.payload)).toBe(links);
  });

  it('a discover of what is not there finds nothing', () => {
    const bench = registered();
    expect(formatCode(bench.ask(GET, '/4', { accept: LINK })!.code)).toBe('4.04');
    expect(formatCode(bench.ask(GET, '/3/0/0/0', { accept: LINK })!.code)).toBe('4.04');
  });
});

/** A request of each operation, which is answered well. */
const REQUESTS: readonly (readonly [Operation, code: number, path: string, wish: Wish])[] = [
  ['read', GET, '/3/0', {}],
  ['observe', GET, '/3/0', { observe: 0 }],
  ['discover', GET, '/3', { accept: LINK }],
  ['write', PUT, '/3/0/14', { format: TEXT, payload: '+02' }],
  ['writeAttributes', PUT, '/3', { query: ['pmin=1'] }],
  ['execute', POST, '/1/0/8', {}],
  ['create', POST, '/3311', encoded(TLV, '/3311', LIGHT)],
  ['readComposite', FETCH, '', listed('/3')],
  ['observeComposite', FETCH, '', { ...listed('/3'), observe: 0 }],
  ['writeComposite', IPATCH, '', encoded(SENML_CBOR, undefined, WRITTEN)],
  ['delete', DELETE, '/3311/0', {}],
];

describe('a device that refuses an operation', () => {
  const ERRORS = [4, 5].flatMap((kind) => Array.from({ length: 32 }, (_, detail) => (
    kind << 5 | detail)));

  it.for(REQUESTS)('%s answers it with any error, and does nothing', (request) => {
    const [operation, code, path, wish] = request;
    expect(formatCode(registered().ask(code, path, wish)!.code)).toMatch(/^2\./);
    for (const error of ERRORS) {
      const bench = registered({ refuses: { [operation]: error } });
      const heard = bench.heard.length;
      expect(bench.ask(code, path, wish)!.code).toBe(error);
      bench.run(100);
      expect(bench.heard).toHaveLength(heard + 1);
      expect([bench.device.observed.length, said(bench, '/3/0/14')]).toEqual([0, '+01']);
    }
  });

  it('answers all others', () => {
    const bench = registered({ refuses: { write: Code.FORBIDDEN } });
    for (const [operation, code, path, wish] of REQUESTS) {
      const { code: answer } = bench.ask(code, path, wish)!;
      expect(formatCode(answer)).toMatch(operation === 'write' ? /^4\.03/ : /^2\./);
    }
  });
});

const PATHS = ['', '/1', '/1/0', '/1/0/1', '/1/0/8', '/3/0', '/3/0/4', '/3/0/13', '/3/0/14/0',
  '/3303/0/5700', '/3311/0', '/3311/0/5850', '/33625/0', '/33625/0/0', '/65535', '/x', '/3/0/0/0/0'];

test.prop([
  fc.array(fc.record({
    code: fc.integer({ min: 1, max: 7 }), path: fc.constantFrom(...PATHS),
    format: fc.constantFrom(undefined, TEXT, LINK, OPAQUE, CBOR, SENML_CBOR, SENML_JSON, TLV, 9999),
    accept: fc.constantFrom(undefined, TEXT, LINK, SENML_CBOR, TLV, 9999),
    payload: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.integer().map(String).map(encodeUtf8)),
  }), { maxLength: 12 }),
])('whatever is asked is answered once, and the device lives on', (wishes) => {
  const bench = registered();
  for (const { code, path, format, accept, payload } of wishes) {
    const before = bench.heard.length;
    const answer = bench.ask(code, path, {
      payload, ...(format !== undefined && { format }), ...(accept !== undefined && { accept }),
    });
    if (!bench.device.isOn) bench.run(10 * SECOND);
    const answers = bench.heard.slice(before).filter(({ type, mid }) => (
      type !== CON && mid === answer?.mid));
    expect(answers).toHaveLength(1);
  }
  expect(bench.device.isRegistered).toBe(true);
});

describe('a written value', () => {
  it('is what is read from then on, also after a reboot, and on no other device', () => {
    const bench = registered();
    const other = registered();
    bench.ask(PUT, '/3/0/14', { format: TEXT, payload: '+02' });
    expect(decodeUtf8(bench.ask(GET, '/3/0/14', { accept: TEXT })!.payload)).toBe('+02');
    bench.device.reboot();
    bench.run(10 * SECOND);
    expect([said(bench, '/3/0/14'), said(other, '/3/0/14')]).toEqual(['+02', '+01']);
  });

  it('stays in a partial write of another and goes with a replacement', () => {
    const bench = registered();
    const timezone = (value: string) => encoded(TLV, '/3/0', {
      '/3/0/15': { type: 'string', value },
    });
    bench.ask(PUT, '/3/0/14', { format: TEXT, payload: '+02' });
    bench.ask(POST, '/3/0', timezone('EET'));
    expect([said(bench, '/3/0/14'), said(bench, '/3/0/15')]).toEqual(['+02', 'EET']);
    bench.ask(PUT, '/3/0', timezone('WET'));
    expect([said(bench, '/3/0/14'), said(bench, '/3/0/15')]).toEqual(['+01', 'WET']);
  });

  it('is taken with all of its payload or not at all', () => {
    const bench = registered();
    const mixed = encoded(SENML_CBOR, '/3/0', {
      '/3/0/14': { type: 'string', value: '+02' }, '/3/0/0': { type: 'string', value: 'X' },
    });
    expect(formatCode(bench.ask(POST, '/3/0', mixed)!.code)).toBe('4.05');
    expect(said(bench, '/3/0/14')).toBe('+01');
  });

  it('of the clock sets it, and it goes on from there', () => {
    const bench = registered();
    bench.ask(PUT, '/3/0/13', { format: TEXT, payload: '1700000000' });
    const set = Number(said(bench, '/3/0/13'));
    bench.run(60 * SECOND);
    expect(set).toBe(1_700_000_000);
    expect(said(bench, '/3/0/13')).toBe(1_700_000_060);
  });
});

describe('an observed value that is written', () => {
  const observing = (...paths: readonly string[]) => {
    const bench = registered();
    paths.forEach((path, index) => bench.get(path, [uintOptionOf(6, 0)], `0${index + 1}`));
    /** Who is told, and the codes of all that the device says. */
    const saidTo = (act: () => void) => {
      const before = bench.heard.length;
      act();
      bench.run(100);
      return bench.heard.slice(before).map(({ code, token }) => `${formatCode(code)} ${token[0]}`);
    };
    return { ...bench, saidTo };
  };

  it('is told at once, after the answer, once to each who observes it', () => {
    const { ask, saidTo } = observing('/3/0/14', '/3/0', '/3303/0/5700');
    const both = encoded(TLV, '/3/0', {
      '/3/0/14': { type: 'string', value: '+02' }, '/3/0/15': { type: 'string', value: 'EET' },
    });
    expect(saidTo(() => ask(POST, '/3/0', both))).toEqual(['2.04 7', '2.05 1', '2.05 2']);
    expect(saidTo(() => ask(PUT, '/3/0/15', { format: TEXT, payload: 'WET' })))
      .toEqual(['2.04 7', '2.05 2']);
  });

  it('is told when a replacement takes it back', () => {
    const bench = observing('/3/0/14');
    const { ask, saidTo } = bench;
    ask(PUT, '/3/0/14', { format: TEXT, payload: '+02' });
    const other = encoded(TLV, '/3/0', { '/3/0/15': { type: 'string', value: 'EET' } });
    expect(saidTo(() => ask(PUT, '/3/0', other))).toEqual(['2.04 7', '2.05 1']);
    expect(said(bench, '/3/0/14')).toBe('+01');
  });

  it('is not told when the write is refused', () => {
    const { ask, saidTo } = observing('/3/0');
    expect(saidTo(() => ask(PUT, '/3/0/0', { format: TEXT, payload: 'X' }))).toEqual(['4.05 7']);
  });

  it('of clock and lifetime is told as well', () => {
    const { ask, saidTo, device } = observing('/3/0/13', '/1/0/1');
    expect(saidTo(() => ask(PUT, '/3/0/13', { format: TEXT, payload: '1700000000' })))
      .toEqual(['2.04 7', '2.05 1']);
    const [answer, update, notification] = saidTo(() => (
      ask(PUT, '/1/0/1', { format: TEXT, payload: '60' })));
    expect([answer, update?.slice(0, 4), notification]).toEqual(['2.04 7', '0.02', '2.05 2']);
    expect(device.toldLifetime).toBe(60);
  });
});

describe('the server object', () => {
  it('has a lifetime that is told in an Update at once, and kept for the next Register', () => {
    const bench = registered();
    bench.ask(PUT, '/1/0/1', { format: TEXT, payload: '60' });
    expect(uriQuery(bench.heard.at(-1)!)).toEqual(['lt=60']);
    const before = bench.heard.length;
    bench.run(120 * SECOND);
    // Ten seconds before the end of each lifetime, and no more word of it.
    const updates = bench.heard.slice(before).filter(({ code }) => code === POST);
    expect(updates.map(uriQuery)).toEqual([[], []]);
    bench.device.reboot();
    bench.run(10 * SECOND);
    expect(uriQuery(bench.heard.findLast(({ code }) => code === POST)!)).toContain('lt=60');
  });

  it('triggers an Update', () => {
    const bench = registered();
    const before = bench.heard.length;
    bench.ask(POST, '/1/0/8');
    expect(bench.heard.slice(before).map(({ code }) => formatCode(code)))
      .toEqual(['2.04', '0.02']);
  });
});

describe('the device object', () => {
  it('answers and then reboots', () => {
    const bench = registered();
    expect(formatCode(bench.ask(POST, '/3/0/4')!.code)).toBe('2.04');
    expect(bench.device.isOn).toBe(false);
    bench.run(10 * SECOND);
    expect([bench.device.isRegistered, bench.device.registrations]).toEqual([true, 2]);
  });

  it('goes back to what it was made with in a factory reset, and registers so', () => {
    const bench = registered();
    bench.ask(PUT, '/3/0/14', { format: TEXT, payload: '+02' });
    bench.ask(PUT, '/3/0/13', { format: TEXT, payload: '1700000000' });
    bench.ask(PUT, '/1/0/1', { format: TEXT, payload: '60' });
    expect(formatCode(bench.ask(POST, '/3/0/5')!.code)).toBe('2.04');
    expect(bench.device.isOn).toBe(false);
    bench.run(10 * SECOND);
    expect(uriQuery(bench.heard.findLast(({ code }) => code === POST)!)).toContain('lt=3600');
    expect([said(bench, '/3/0/14'), said(bench, '/1/0/1')]).toEqual(['+01', 3600n]);
    expect(Number(said(bench, '/3/0/13'))).toBeLessThan(60);
    expect([bench.device.registrations, bench.device.toldLifetime]).toEqual([2, 3600]);
  });

  it('takes arguments it does not know for none', () => {
    const bench = registered();
    const wish = { format: TEXT, payload: encodeUtf8("0='now'") };
    expect(formatCode(bench.ask(POST, '/3/0/4', wish)!.code)).toBe('2.04');
  });
});
