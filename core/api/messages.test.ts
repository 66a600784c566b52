// The messages of a device over HTTP: pages, the stream that goes on, the file, and who may.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeMessage } from '../coap/codec.ts';
import { Code, CON, NO_BYTES, OptionNumber, type Message } from '../coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../coap/options.ts';
import { encodeUtf8 } from '../bytes.ts';
import { encodePayload, encodePaths } from '../lwm2m/content-format.ts';
import { OBJECTS } from '../lwm2m/objects.ts';
import { parsePath, type Path } from '../lwm2m/path.ts';
import type { Subject } from '../lwm2m/secrets.ts';
import type { CapturedMessage } from './management.ts';
import { MESSAGES_MAX } from './inputs.ts';
import { TICK } from './live.ts';
import { MESSAGE_TAIL_MAX } from './live-messages.ts';
import { nearest } from './message-files.ts';
import { messageView } from './message-view.ts';
import { auditLines, startWorld, type World } from './testing/world.ts';
import type { LiveMessage, MessagesPage } from './views.ts';

let world: World;

beforeAll(async () => { world = await startWorld(); });
afterAll(() => world.end());
beforeEach(() => {
  world.management.add('sensor');
  world.management.recordings.clear();
});

function path(text: string): Path {
  const parsed = parsePath(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

const AT_PATH: Subject = { kind: 'path', path: path('/3303/0/5700') };

function captured(
  id: number, message: Partial<Message> = {}, facts: Partial<CapturedMessage> = {},
): CapturedMessage {
  return {
    id, at: 1_800_000_000_000 + id, direction: 'in', listener: 0,
    peer: { host: '127.0.0.1', port: 4000 }, malformed: '', subject: AT_PATH, withheld: '',
    datagram: encodeMessage({
      type: CON, code: Code.GET, mid: id & 0xffff, token: NO_BYTES, options: [],
      payload: NO_BYTES, ...message,
    }),
    ...facts,
  };
}

function record(...messages: CapturedMessage[]): void {
  const detail = { startedAt: 1, messages, dropped: 3, models: OBJECTS };
  world.management.recordings.set('sensor', detail);
}

function many(count: number): CapturedMessage[] {
  return Array.from({ length: count }, (_, index) => captured(index + 1));
}

describe('a page', () => {
  test('has the newest, and then those from before', async () => {
    record(...many(MESSAGES_MAX + 5));
    const viewer = await world.as('viewer');
    const newest = await viewer.mustCall<MessagesPage>('messages.page', { endpoint: 'sensor' });
    expect([newest.isRecording, newest.dropped, newest.rows.length]).toEqual([true, 3, MESSAGES_MAX]);
    expect(newest.rows[0]?.id).toBe(MESSAGES_MAX + 5);
    const before = newest.rows.at(-1)?.id;
    const older = await viewer.mustCall<MessagesPage>(
      'messages.page', { endpoint: 'sensor', before });
    expect(older.rows.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1]);
  });

  test('says when nothing is recorded, and that a device is not there', async () => {
    const viewer = await world.as('viewer');
    expect(await viewer.mustCall('messages.page', { endpoint: 'sensor' }))
      .toEqual({ isRecording: false, rows: [], dropped: 0 });
    expect((await viewer.call('messages.page', { endpoint: 'nobody' })).status).toBe(404);
  });
});

test('an operator begins it, which is told once', async () => {
  const operator = await world.as('operator');
  for (const anew of [false, false, true]) {
    await operator.mustCall('messages.record', { endpoint: 'sensor', anew });
  }
  expect((await operator.call('messages.record', { endpoint: 'nobody', anew: false })).status)
    .toBe(404);
  expect((await auditLines(world.db)).filter((line) => line.includes('messages')))
    .toEqual(['operator: messages recorded sensor']);
});

describe('the stream', () => {
  const messagesOf = (all: readonly LiveMessage[]) => all
    .flatMap((message) => message.kind === 'messages' ? [message] : []);

  test('goes on after what was read, and says that recording has ended', async () => {
    record(...many(3));
    const viewer = await world.as('viewer');
    const turn = () => world.clock.advance(TICK);
    const stream = await viewer.stream(
      { page: 'device', endpoint: 'sensor', charts: [], messages: { after: 2 } });
    await stream.until(() => stream.of('messages').length === 1, turn);
    record(...many(MESSAGE_TAIL_MAX + 4));
    await stream.until(() => stream.of('messages').length === 2, turn);
    world.management.recordings.clear();
    await stream.until(() => stream.of('messages').length === 3, turn);
    const [first, flood, end] = messagesOf(stream.messages);
    expect(first?.rows.map(({ id }) => id)).toEqual([3]);
    expect([flood?.rows.length, flood?.replaces, flood?.rows[0]?.id])
      .toEqual([MESSAGE_TAIL_MAX, true, MESSAGE_TAIL_MAX + 4]);
    expect(end).toMatchObject({ isRecording: false, rows: [], replaces: false });
    stream.leave();
    await stream.closed;
  });
});

describe('the file', () => {
  const get = async (role: 'viewer' | undefined, query: string) => {
    const browser = role === undefined ? world.browser() : await world.as(role);
    return browser.fetch('GET', `/files/messages.pcapng?${query}`);
  };

  test('is a pcapng of what is recorded', async () => {
    record(captured(1), captured(2, {}, { direction: 'out', withheld: 'object 0 holds keys' }));
    const response = await get('viewer', 'endpoint=sensor');
    expect(response.status).toBe(200);
    expect(response.headers['content-disposition'])
      .toBe('attachment; filename="sensor.pcapng"');
    expect(response.headers['content-type']).toBe('application/x-pcapng');
    expect(response.text.startsWith('\n\r\r\n')).toBe(true);
    expect(response.text).toContain('Zeros stand for what is not shown: object 0 holds keys');
  });

  test('is for those who may see values, of a device that is recorded', async () => {
    expect((await get(undefined, 'endpoint=sensor')).status).toBe(401);
    expect((await get('viewer', 'endpoint=sensor')).status).toBe(404);
    expect((await get('viewer', 'name=sensor')).status).toBe(400);
  });

  test.for<[string, string]>([
    ['192.168.1.9', '192.168.1.1'], ['127.0.0.1', '127.0.0.1'], ['10.200.0.1', '10.0.0.1'],
    ['2001:db8:7::9', '2001:db8:7::1'],
  ])('has of our addresses the one nearest to %s', ([peer, expected]) => {
    const own = ['127.0.0.1', '10.0.0.1', '192.168.1.1', 'fd00::1', '2001:db8:7::1']
      .map((host) => ({ host, port: 5683 }));
    expect(nearest({ host: peer, port: 1 }, own)).toEqual({ host: expected, port: 5683 });
  });

  test('has no address where none of the family is known', () => {
    const own = [{ host: '127.0.0.1', port: 5683 }];
    expect(nearest({ host: '::1', port: 1 }, own)).toEqual({ host: '::', port: 5683 });
  });
});

describe('a payload is shown', () => {
  const shown = (
    format: number | undefined, payload: Uint8Array, subject: Subject = AT_PATH,
    code: number = Code.CONTENT, more: Message['options'] = [],
  ) => messageView(captured(1, {
    code, payload, options: [
      ...(format === undefined ? [] : [uintOptionOf(OptionNumber.CONTENT_FORMAT, format)]),
      ...more,
    ],
  }, { subject }), OBJECTS).payload;
  const encoded = (format: number, base: Path | undefined) => {
    const bytes = encodePayload(format, base, [
      { path: path('/3303/0/5700'), value: { type: 'float', value: 21.5 } },
    ]);
    if (!bytes.ok) throw new Error(bytes.reason);
    return bytes.value;
  };
  const VALUE = '/3303/0/5700 Sensor Value = 21.5';

  test.for<[number, string]>([
    [110, 'SenML JSON'], [112, 'SenML CBOR'], [11_542, 'TLV'], [11_544, 'LwM2M CBOR'], [0, 'text'],
  ])('of format %i as values', ([number, format]) => {
    const base = path('/3303/0/5700');
    expect(shown(number, encoded(number, base))).toEqual({ kind: 'values', format, text: VALUE });
  });

  test('of a Send as values', () => {
    expect(shown(110, encoded(110, undefined), { kind: 'root' }, Code.POST)?.text).toBe(VALUE);
  });

  test('of what is asked for together as paths', () => {
    const paths = encodePaths(112, [path('/3/0'), path('/3303/0/5700')]);
    if (!paths.ok) throw new Error(paths.reason);
    expect(shown(112, paths.value, { kind: 'paths' }, Code.FETCH)?.text)
      .toBe('/3/0 Device\n/3303/0/5700 Sensor Value');
  });

  test('of an object list as links', () => {
    const links = encodeUtf8('</>;rt="oma.lwm2m",</3/0>,</3303/0>;ver=1.1');
    expect(shown(40, links, { kind: 'no values' }, Code.POST)).toEqual({
      kind: 'values', format: 'link format',
      text: '</>;rt="oma.lwm2m"\n</3/0>\n</3303/0>;ver=1.1',
    });
  });

  test('of an error as text', () => {
    expect(shown(undefined, encodeUtf8('no such thing'), AT_PATH, Code.NOT_FOUND))
      .toEqual({ kind: 'text', format: '', text: 'no such thing' });
  });

  test('of a part as it is', () => {
    const part = encoded(11_542, path('/3303/0')).subarray(0, 3);
    const block = uintOptionOf(OptionNumber.BLOCK2, 8);
    expect(shown(11_542, part, AT_PATH, Code.CONTENT, [block]))
      .toMatchObject({ kind: 'hex', format: 'TLV' });
  });

  test('that cannot be read, in hex', () => {
    expect(shown(112, Uint8Array.of(0xff, 0x41))).toEqual({
      kind: 'hex', format: 'SenML CBOR', text: `0000  ff 41${' '.repeat(44)}.A`,
    });
  });

  test('that is long, in part', () => {
    expect(shown(60_000, new Uint8Array(5_000))?.text).toMatch(/\nand 3976 bytes more$/);
    expect(shown(0, encodeUtf8('x'.repeat(9_000)))?.text.length).toBeLessThan(5_000);
  });
});

test('a request is shown with its path, query and options', () => {
  const options = [
    uintOptionOf(OptionNumber.OBSERVE, 0), stringOptionOf(OptionNumber.URI_PATH, '3303'),
    stringOptionOf(OptionNumber.URI_PATH, '0'), stringOptionOf(OptionNumber.URI_QUERY, 'pmin=5'),
    uintOptionOf(OptionNumber.ACCEPT, 112),
  ];
  const one = captured(7, { options, token: Uint8Array.of(0xca, 0xfe) }, {
    direction: 'out', peer: { host: '2001:db8::1', port: 5683 },
  });
  expect(messageView(one, OBJECTS)).toEqual({
    id: 7, at: 1_800_000_000_007, direction: 'out', address: '[2001:db8::1]:5683', size: 23,
    malformed: '', type: 'CON', code: 'GET', mid: 7, token: 'cafe', about: '/3303/0?pmin=5',
    options: [
      { name: 'Observe', value: '0' }, { name: 'Uri-Path', value: '3303' },
      { name: 'Uri-Path', value: '0' }, { name: 'Uri-Query', value: 'pmin=5' },
      { name: 'Accept', value: '112 (SenML CBOR)' },
    ],
    payload: null,
  });
});
