// Instances that a server creates and deletes on a device: what the device then has, what it says
// of it in its next Update and Register, and who is told.

import { describe, expect, it } from 'vitest';
import { decodeUtf8, toHex } from '../core/bytes.ts';
import { Code, CON, formatCode, type Message, OptionNumber } from '../core/coap/message.ts';
import { locationPath, uintOptionOf, uriPath, uriQuery } from '../core/coap/options.ts';
import { ContentFormat, decodePayload, encodePayload } from '../core/lwm2m/content-format.ts';
import { NO_INSTANCE } from '../core/lwm2m/lwm2m-cbor.ts';
import { parsePath, pathOf } from '../core/lwm2m/path.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import { INSTANCES_MAX } from './requests/create.ts';
import { flag, float, integer, Resources, text } from './resources.ts';
import { constant } from './signals.ts';
import { newBench, SECOND, type Wish } from './testing/device-bench.ts';

const { GET, PUT, POST, DELETE } = Code;
const { TEXT, LINK, TLV, SENML_CBOR } = ContentFormat;
const OBSERVE = uintOptionOf(OptionNumber.OBSERVE, 0);
const OBJECTS = '</3/0>,</3303/0>,</3311/0>';

function pathAt(words: string) {
  const path = parsePath(words);
  if (!path.ok) throw new Error(path.reason);
  return path.value;
}

function registered() {
  const bench = newBench({
    lifetime: 3600, notifyEvery: 3600 * SECOND,
    resources: new Resources({
      '/3/0/0': text('F'), '/3303/0/5700': float(constant(21.5)),
      '/3311/0/5850': flag(false), '/3311/0/5851': integer(constant(0)),
    }),
  });
  bench.device.start();
  bench.run(SECOND);
  const create = (instance: number, base = '/3311', format: number = TLV) => {
    const wish = light(instance, base, format);
    return formatCode(bench.ask(POST, '/3311', wish)!.code);
  };
  /** The object list of the last Register or Update, without the root link. */
  const told = () => {
    bench.run(SECOND);
    const { payload } = bench.heard.findLast((one) => uriPath(one)[0] === 'rd')!;
    return decodeUtf8(payload)!.replace(/^[^,]*,/, '');
  };
  const values = (path: string) => bench.device.entriesAt(pathAt(path)).map(({ value }) => (
    'value' in value ? value.value : undefined));
  return { ...bench, create, told, values };
}

function light(instance: number, base: string, format: number): Wish {
  const entries: Entry[] = [
    { path: pathOf([3311, instance, 5851]), value: { type: 'integer', value: 40n } },
    { path: pathOf([3311, instance, 5850]), value: { type: 'boolean', value: true } },
  ];
  const payload = encodePayload(format, pathAt(base), entries);
  if (!payload.ok) throw new Error(payload.reason);
  return { format, payload: payload.value };
}

const isNotification = ({ type, code }: Message) => type === CON && code >= Code.CREATED;

describe('a created instance', () => {
  it('is told in an Update after the answer, and in the next Register', () => {
    const { create, device, heard, run, told } = registered();
    const before = heard.length;
    expect(create(5)).toBe('2.01');
    expect(heard.slice(before).map(({ code }) => formatCode(code))).toEqual(['2.01', '0.02']);
    expect(uriQuery(heard.at(-1)!)).toEqual([]);
    expect(told()).toBe(`${OBJECTS},</3311/5>`);
    // The next Update has nothing new to tell.
    run(3600 * SECOND);
    expect(heard.findLast((one) => uriPath(one)[0] === 'rd')!.payload).toHaveLength(0);
    device.reboot();
    run(10 * SECOND);
    expect(told()).toBe(`${OBJECTS},</3311/5>`);
  });

  it('has the values it was given, which can be written', () => {
    const { ask, create, values } = registered();
    create(5, '/3311', SENML_CBOR);
    expect(values('/3311/5')).toEqual([true, 40n]);
    const read = ask(GET, '/3311', { accept: TLV })!;
    const decoded = decodePayload(TLV, { object: 3311 }, read.payload, 0);
    expect(decoded.ok && decoded.value).toHaveLength(4);
    expect(formatCode(ask(PUT, '/3311/5/5851', { format: TEXT, payload: '7' })!.code)).toBe('2.04');
    expect(values('/3311/5')).toEqual([true, 7n]);
    expect(values('/3311/0')).toEqual([false, 0n]);
  });

  it('has an id of the device unless the server says one, and only then is told where it is', () => {
    const { ask, create, values } = registered();
    const where = (wish: Wish) => locationPath(ask(POST, '/3311', wish)!).join('/');
    expect(where(light(2, '/3311', TLV))).toBe('');
    expect(where(light(9, '/3311/9', TLV))).toBe('3311/1');
    expect(where(light(NO_INSTANCE, '/3311', ContentFormat.LWM2M_CBOR))).toBe('3311/3');
    expect(where(light(4, '/3311', ContentFormat.LWM2M_CBOR))).toBe('');
    expect(create(3)).toBe('4.00');
    expect(values('/3311/3')).toEqual([true, 40n]);
  });

  it('is told to who observes the object', () => {
    const { create, get, heard, run } = registered();
    get('/3311', [OBSERVE], '01');
    get('/3303', [OBSERVE], '02');
    create(1);
    run(SECOND);
    expect(heard.filter(isNotification)).toHaveLength(1);
  });

  it('is one of so many', () => {
    const { create } = registered();
    for (let instance = 1; instance < INSTANCES_MAX; instance++) {
      expect(create(instance)).toBe('2.01');
    }
    expect(create(INSTANCES_MAX)).toBe('5.00');
  });

  it('is gone after a factory reset', () => {
    const { create, device, told } = registered();
    create(5);
    device.ownState().forgetWritten();
    device.reboot();
    device.start();
    expect(told()).toBe(OBJECTS);
  });
});

describe('a deleted instance', () => {
  it('is told in an Update, and so is an object that has none left', () => {
    const { ask, create, told } = registered();
    create(1);
    ask(DELETE, '/3311/0');
    expect(told()).toBe('</3/0>,</3303/0>,</3311/1>');
    ask(DELETE, '/3311/1');
    expect(told()).toBe('</3/0>,</3303/0>,</3311>');
    expect(formatCode(ask(DELETE, '/3311/1')!.code)).toBe('4.04');
    expect(formatCode(ask(GET, '/3311/1')!.code)).toBe('4.04');
    expect(ask(GET, '/3311')).toMatchObject({ code: Code.CONTENT, options: [] });
    expect(decodeUtf8(ask(GET, '/3311', { accept: LINK })!.payload)).toBe('</3311>');
  });

  it('comes back as it is created then, without what was written or attached before', () => {
    const { ask, create, told, values } = registered();
    ask(PUT, '/3311/0/5851', { format: TEXT, payload: '7' });
    ask(PUT, '/3311/0/5851', { query: ['pmin=10'] });
    ask(DELETE, '/3311/0');
    create(0);
    expect(values('/3311/0')).toEqual([true, 40n]);
    expect(decodeUtf8(ask(GET, '/3311/0', { accept: LINK })!.payload))
      .toBe('</3311/0>,</3311/0/5850>,</3311/0/5851>');
    expect(told()).toBe(OBJECTS);
  });

  it.for<[what: string, attributes: readonly string[]]>([
    ['at once', []], ['also within pmin', ['pmin=600']],
  ])('ends what is observed of it with 4.04, %s, and is told to who observes more', (row) => {
    const [, query] = row;
    const { ask, create, device, get, heard, run } = registered();
    create(1);
    ask(PUT, '/3311/1', { query });
    get('/3311', [OBSERVE], '01');
    get('/3311/1', [OBSERVE], '02');
    get('/3311/1/5850', [OBSERVE], '03');
    const before = heard.length;
    ask(DELETE, '/3311/1');
    run(SECOND);
    expect(heard.slice(before).filter(isNotification).map(({ code }) => formatCode(code)).sort())
      .toEqual(['2.05', '4.04', '4.04']);
    expect(device.observed.map(({ token }) => toHex(token))).toEqual(['01']);
  });
});
