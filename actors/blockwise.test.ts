// Values and object lists longer than a message as stories (RFC 7959, LwM2M Core 1.1.1 s6.2, s6.4):
// a device by hand speaks in blocks. How blocks become bodies is tested in core/coap.

import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../core/bytes.ts';
import { blockOf, blockOption, sizeOf } from '../core/coap/block.ts';
import { ACK, Code, CON, OptionNumber, type Message } from '../core/coap/message.ts';
import { observe, stringOptionOf, uintOption, uintOptionOf } from '../core/coap/options.ts';
import { LINKS_LENGTH_MAX } from '../core/lwm2m/link-format.ts';
import { CALM } from '../sim/network-rules.ts';
import {
  content, LINK, pathText, RawClient, TEXT, type Answer,
} from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, type Profile } from './config.ts';
import { ServerManagement } from './management.ts';
import { queueOperation } from './operations.ts';

const { BLOCK1, BLOCK2, ETAG, OBSERVE, CONTENT_FORMAT, SIZE1 } = OptionNumber;
const SECOND = 1000;
const PATH = '/3/0/0';
const LONG = 'A name that no message holds. '.repeat(50);
const OTHER = 'Another name, as long or longer. '.repeat(50);

function newWorld(profile: Partial<Profile> = {}): World {
  const profiles = [{ ...DEFAULT_PROFILE, read: [], observe: [PATH], ...profile }];
  return new World({ seed: 2, network: CALM, config: { ...DEFAULT_CONFIG, profiles } });
}

/** The part of a text that a request asks for, in blocks of at most `szxMax`. */
function part(text: string, request: Message | undefined, szxMax = 5): Exclude<Answer, string> {
  const bytes = encodeUtf8(text);
  const asked = request === undefined ? undefined : blockOf(request, BLOCK2);
  const { num = 0, szx = szxMax } = typeof asked === 'object' ? asked : {};
  const size = sizeOf(szx);
  const more = (num + 1) * size < bytes.length;
  return {
    code: Code.CONTENT, payload: bytes.subarray(num * size, (num + 1) * size),
    options: [
      { number: ETAG, value: bytes.subarray(0, 1) },
      ...(request !== undefined && observe(request) === 0 ? [uintOptionOf(OBSERVE, 0)] : []),
      uintOptionOf(CONTENT_FORMAT, TEXT), blockOption(BLOCK2, { num, more, szx }),
    ],
  };
}

/** A device that is observed at /3/0/0 and says `text` of it. */
function registered(profile: Partial<Profile> = {}, text = LONG, query = '') {
  const world = newWorld(profile);
  const client = new RawClient(world);
  client.answer = (request) => part(text, request);
  client.register(`ep=a&lwm2m=1.1&lt=3600${query}`);
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  const management = new ServerManagement(world.server.host, facts);
  return { world, client, management };
}

function read(world: World): void {
  const { host } = world.server;
  queueOperation(host, host.devices.get('a')!, { kind: 'read', path: PATH }, 'op');
}

function stored(world: World): unknown[] {
  return [...world.disk.telemetry].filter(({ object, resource }) => object === 3 && resource === 0)
    .map(({ value }) => ('value' in value ? value.value : undefined));
}

/** The first block of a notification. */
function notifyLong(
  client: RawClient, text: string, sequence: number, path = PATH,
): number {
  const { options = [], ...rest } = part(text, undefined);
  return client.send({
    ...rest, type: CON, token: client.tokenOf(path),
    options: [...options, uintOptionOf(OBSERVE, sequence)],
  });
}

const observedRow = (world: World) => [...world.disk.devices.values()][0]?.registration?.observed;

describe('a value longer than a message', () => {
  it('is read in blocks and stored whole', () => {
    const { world, client } = registered({ read: [PATH], observe: [] });
    expect(stored(world)).toEqual([LONG]);
    expect(client.requests()).toEqual(Array.from({ length: 3 }, () => 'GET /3/0/0'));
  });

  it('is asked for in blocks of 512, or as its profile says', () => {
    for (const [blockSize, szx] of [[undefined, 5], [64, 2], [1024, 6]] as const) {
      const world = newWorld({ read: [PATH], ...blockSize !== undefined && { blockSize } });
      const client = new RawClient(world);
      client.answer = (request) => part(LONG, request, 6);
      client.register('ep=a&lwm2m=1.1');
      world.run(20 * SECOND);
      expect(stored(world)).toContain(LONG);
      const sizes = client.heard.flatMap(({ message }) => {
        const block = blockOf(message, BLOCK2);
        return typeof block === 'object' ? [block.szx] : [];
      });
      expect([...new Set(sizes)]).toEqual([szx]);
    }
  });

  it('is observed, and the observation is in place when it is whole', () => {
    const { world, client, management } = registered();
    expect(stored(world)).toEqual([LONG]);
    expect(management.device('a')?.observing).toEqual([PATH]);
    expect(client.requests()).toEqual(['GET /3/0/0 observe', 'GET /3/0/0', 'GET /3/0/0']);
    expect(client.notified(client.tokenOf(PATH), 5, 'short')).toBe(ACK);
    expect(stored(world)).toEqual([LONG, 'short']);
  });

  it('that changes all the while is asked for again, like one that was not answered', () => {
    const world = newWorld();
    const client = new RawClient(world);
    let version = 0;
    client.answer = (request) => part(`${version++ % 10}${LONG}`, request);
    client.register('ep=a&lwm2m=1.1&lt=3600');
    world.run(20 * SECOND);
    expect(stored(world)).toEqual([]);
    client.answer = (request) => part(LONG, request);
    client.update();
    world.run(20 * SECOND);
    expect(stored(world)).toEqual([LONG]);
    expect(observedRow(world)).toEqual([PATH]);
  });

  it('that was overtaken by a notification is not stored after that', () => {
    const world = newWorld();
    const client = new RawClient(world);
    let isHeld = true;
    client.answer = (request) => (
      isHeld && blockOf(request, BLOCK2) !== undefined ? 'silence' : part(LONG, request));
    client.register('ep=a&lwm2m=1.1&lt=3600');
    client.notified(client.tokenOf(PATH), 4, 'news');
    isHeld = false;
    world.run(20 * SECOND);
    expect(client.requests().length).toBeGreaterThan(2);
    expect(stored(world)).toEqual(['news']);
    expect(client.notified(client.tokenOf(PATH), 3, 'old')).toBe(ACK);
    expect(client.notified(client.tokenOf(PATH), 5, 'newer')).toBe(ACK);
    expect(stored(world)).toEqual(['news', 'newer']);
  });

  it('of which the parts do not fit ends a read of an operator with the reason', () => {
    const { world, client } = registered({ observe: [] });
    client.answer = (request) => ({
      ...part(LONG, request), payload: encodeUtf8('not a whole block'),
    });
    read(world);
    world.run(5 * SECOND);
    expect([...world.disk.operations.values()][0]).toMatchObject({
      status: 'FAILED', outcome: 'the peer sent a block of another length than it says',
    });
  });

  it('that never makes a whole is asked for once by each wish', () => {
    const { client } = registered({ read: [PATH] }, 'x'.repeat(600));
    const before = client.requests().length;
    client.answer = (request) => ({ ...part(LONG, request), payload: encodeUtf8('odd') });
    client.register('ep=a&lwm2m=1.1&lt=3600');
    expect(client.requests().slice(before)).toEqual(['GET /3/0/0', 'GET /3/0/0 observe']);
  });

  it('keeps a device in queue mode awake as long as it answers', () => {
    const { world, client } = registered({ observe: [], awakeWindow: 5 * SECOND }, LONG, '&Q');
    let blocks = 0;
    client.answer = (request) => {
      blocks++;
      world.clock.schedule(world.clock.now() + 1900, {
        onDue: () => client.send({
          type: ACK, mid: request.mid, token: request.token, ...part(LONG, request, 3),
        }),
      });
      return 'silence';
    };
    client.update();
    read(world);
    world.run(40 * SECOND);
    expect(blocks).toBe(Math.ceil(LONG.length / 128));
    expect(stored(world)).toEqual([LONG]);
  });
});

describe('a long notification', () => {
  it('is completed by GETs without Observe, stored whole, and acknowledged when on disk', () => {
    const { world, client } = registered({}, 'first');
    const before = client.requests().length;
    client.answer = (request) => part(LONG, request);
    world.disk.commitDelay = { least: 500, most: 500 };
    const mid = notifyLong(client, LONG, 7);
    world.run(400);
    expect(client.requests().slice(before)).toEqual(['GET /3/0/0', 'GET /3/0/0']);
    expect(client.reactionTo(mid)).toBeUndefined();
    world.run(SECOND);
    expect(stored(world)).toEqual(['first', LONG]);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    // Its retransmission is the same message.
    const again = client.heard.length;
    notifyLong(client, LONG, 7);
    world.run(SECOND);
    expect(client.heard.length - again).toBe(1);
    expect(stored(world)).toEqual(['first', LONG]);
  });

  it('is told whole to who watches', () => {
    const { world, client, management } = registered({}, 'first');
    const told: object[] = [];
    management.subscribe((event) => {
      if (event.kind === 'notification') told.push(event);
    }, true);
    client.answer = (request) => part(LONG, request);
    notifyLong(client, LONG, 7);
    world.run(SECOND);
    expect(told).toMatchObject([{ endpoint: 'a', path: PATH, entries: [{ value: { value: LONG } }] }]);
  });

  it('on a slow link is acknowledged by ACK_TIMEOUT, when it is on disk that it is missing', () => {
    const { world, client, management } = registered({}, 'first');
    client.answer = () => 'silence';
    const mid = notifyLong(client, LONG, 7);
    world.run(1900);
    expect(client.reactionTo(mid)).toBeUndefined();
    expect(observedRow(world)).toEqual([PATH]);
    world.run(200);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    expect(observedRow(world)).toEqual([`?${PATH}`]);
    client.answer = (request) => part(LONG, request);
    world.run(20 * SECOND);
    expect(stored(world)).toEqual(['first', LONG]);
    expect(observedRow(world)).toEqual([PATH]);
    expect(management.device('a')?.observing).toEqual([PATH]);
  });

  it('that was acknowledged and lost in a crash is asked for anew', () => {
    const { world, client } = registered({}, 'first');
    client.answer = () => 'silence';
    const mid = notifyLong(client, LONG, 7);
    world.run(3 * SECOND);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    world.crashServer(false);
    client.answer = (request) => part(LONG, request);
    world.startServer();
    world.run(20 * SECOND);
    expect(stored(world)).toEqual(['first', LONG]);
    expect(observedRow(world)).toEqual([PATH]);
  });

  it('that was acknowledged and whose rest never came is asked for anew', () => {
    const { world, client } = registered({}, 'first');
    client.answer = () => 'silence';
    notifyLong(client, LONG, 7);
    world.run(95 * SECOND);
    client.answer = (request) => part(LONG, request);
    client.update();
    world.run(5 * SECOND);
    expect(stored(world)).toEqual(['first', LONG]);
    expect(observedRow(world)).toEqual([PATH]);
  });

  it('that had to make room for others is asked for anew', () => {
    // The texts of the device.
    const paths = [0, 1, 2, 3, 14, 15, 17, 18, 19].map((resource) => `/3/0/${resource}`);
    const { world, client } = registered({ observe: paths }, 'first');
    client.answer = () => 'silence';
    for (const path of paths) {
      notifyLong(client, `${path} ${LONG}`, 7, path);
      world.run(3 * SECOND);
    }
    client.answer = (request) => part(`${pathText(request)} ${LONG}`, request);
    world.run(90 * SECOND);
    const long = [...world.disk.telemetry].filter(({ value }) => (
      value.type === 'string' && value.value.endsWith(LONG)));
    expect(new Set(long.map(({ resource }) => `/3/0/${resource}`))).toEqual(new Set(paths));
    expect(observedRow(world)).toEqual(paths);
  });

  it('whose rest takes minutes is as old as it was when it began', () => {
    const { world, client } = registered({}, 'first');
    let heard = 0;
    const text = LONG.repeat(2);
    // Each block comes at the last moment, after more than 30 s.
    client.answer = (request) => (++heard % 5 === 0 ? part(text, request) : 'silence');
    notifyLong(client, text, 10);
    world.run(SECOND);
    client.notified(client.tokenOf(PATH), 11, 'short');
    world.run(400 * SECOND);
    expect(heard).toBeGreaterThan(20);
    expect(stored(world)).toEqual(['first', 'short']);
  });

  it('that is late after a restart leaves its token to its path', () => {
    const { world, client } = registered({}, 'first');
    world.crashServer(false);
    world.startServer();
    client.answer = () => 'silence';
    notifyLong(client, LONG, 7);
    world.run(3 * SECOND);
    expect(observedRow(world)).toEqual([`?${PATH}`]);
    expect([...world.server.host.devices.values()][0]?.observations[0]?.sequence).toBe(7);
  });

  it('whose rest is refused by a Reset is as if it had never come', () => {
    const { world, client } = registered({}, 'first');
    client.answer = () => 'reset';
    const mid = notifyLong(client, LONG, 7);
    world.run(SECOND);
    expect(client.reactionTo(mid)).toBeUndefined();
    client.answer = (request) => part(LONG, request);
    client.send({ ...client.heard[0]!.message, type: CON, mid, ...notification(client, LONG, 7) });
    world.run(SECOND);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    expect(stored(world)).toEqual(['first', LONG]);
  });

  it('gives way to a newer one, long or short', () => {
    const { world, client } = registered({}, 'first');
    client.answer = () => 'silence';
    const first = notifyLong(client, LONG, 7);
    world.run(100);
    client.answer = (request) => part(OTHER, request);
    const second = notifyLong(client, OTHER, 8);
    world.run(SECOND);
    expect(stored(world)).toEqual(['first', OTHER]);
    expect([client.reactionTo(first), client.reactionTo(second)?.type]).toEqual([undefined, ACK]);
    client.answer = () => 'silence';
    notifyLong(client, LONG, 9);
    world.run(100);
    client.notified(client.tokenOf(PATH), 10, 'short');
    client.answer = (request) => part(LONG, request);
    world.run(5 * SECOND);
    expect(stored(world)).toEqual(['first', OTHER, 'short']);
  });

  it('gives way to a newer one also when it was acknowledged and its value is missing', () => {
    const { world, client, management } = registered({}, 'first');
    client.answer = () => 'silence';
    notifyLong(client, LONG, 7);
    world.run(2500);
    expect(observedRow(world)).toEqual([`?${PATH}`]);
    client.answer = (request) => part(OTHER, request);
    notifyLong(client, OTHER, 8);
    world.run(SECOND);
    expect(stored(world)).toEqual(['first', OTHER]);
    expect(observedRow(world)).toEqual([PATH]);
    expect(management.device('a')?.observing).toEqual([PATH]);
    expect(client.requests().at(-1)).toBe('GET /3/0/0');
  });

  it('that is older than one under way is acknowledged and not fetched', () => {
    const { world, client } = registered({}, 'first');
    client.answer = () => 'silence';
    notifyLong(client, LONG, 7);
    world.run(100);
    const before = client.requests().length;
    const mid = notifyLong(client, OTHER, 6);
    world.run(100);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    expect(client.requests().length).toBe(before);
  });

  it.each<[string, Partial<Message>]>([
    ['is no first block', { options: [blockOption(BLOCK2, { num: 3, more: true, szx: 5 })] }],
    ['is not full', { options: [blockOption(BLOCK2, { num: 0, more: true, szx: 5 })] }],
    ['has a reserved size', { options: [{ number: BLOCK2, value: Uint8Array.of(0x0f) }] }],
  ])('that %s is acknowledged and not understood; the observation stays', (_name, wrong) => {
    const { world, client, management } = registered({}, 'first');
    const mid = client.send({
      type: CON, code: Code.CONTENT, token: client.tokenOf(PATH), payload: encodeUtf8('part'),
      options: [...wrong.options ?? [], uintOptionOf(OBSERVE, 7)],
    });
    world.run(SECOND);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    expect(world.server.host.counters.undecodable).toBe(1);
    expect(stored(world)).toEqual(['first']);
    expect(management.device('a')?.observing).toEqual([PATH]);
  });

  it('whose rest is nonsense is acknowledged and not understood', () => {
    const { world, client } = registered({}, 'first');
    client.answer = (request) => ({ ...part(LONG, request), payload: encodeUtf8('odd') });
    const mid = notifyLong(client, LONG, 7);
    world.run(SECOND);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    expect(world.server.host.counters.undecodable).toBe(1);
    expect(observedRow(world)).toEqual([PATH]);
  });

  it('of a device that falls asleep is fetched no further, and asked for when it wakes', () => {
    const { world, client } = registered({ awakeWindow: 5 * SECOND }, 'first', '&Q');
    client.answer = () => 'silence';
    notifyLong(client, LONG, 7);
    world.run(6 * SECOND);
    const asleepSince = world.clock.now();
    world.run(60 * SECOND);
    expect(client.requests(asleepSince)).toEqual([]);
    expect(world.server.host.devices.get('a')?.longNotifications).toEqual([]);
    client.answer = (request) => part(LONG, request);
    client.update();
    world.run(SECOND);
    expect(stored(world)).toEqual(['first', LONG]);
    expect(observedRow(world)).toEqual([PATH]);
  });

  it('of a device that registers anew is forgotten', () => {
    const { world, client } = registered({}, 'first');
    client.answer = () => 'silence';
    const mid = notifyLong(client, LONG, 7);
    world.run(3 * SECOND);
    client.answer = () => content('fresh', 0);
    client.register('ep=a&lwm2m=1.1&lt=3600');
    world.run(20 * SECOND);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    expect(stored(world)).toEqual(['first', 'fresh']);
    expect(world.server.host.layer.sizes()).toMatchObject({ transfers: 0, outbound: 0 });
  });

  function notification(client: RawClient, text: string, sequence: number): Partial<Message> {
    const { options = [], ...rest } = part(text, undefined);
    return {
      ...rest, token: client.tokenOf(PATH), options: [...options, uintOptionOf(OBSERVE, sequence)],
    };
  }
});

describe('an object list longer than a message', () => {
  const links = Array.from({ length: 120 }, (_, index) => `</3303/${index}>`).join(',');
  const SIZE = 512;

  /** Sends the blocks of a request, each when the one before is answered; gives the answers. */
  function inBlocks(
    client: RawClient, path: readonly string[], query: readonly string[], body = links,
    also: Message['options'] = [],
  ): Message[] {
    const bytes = encodeUtf8(body);
    const count = Math.ceil(bytes.length / SIZE);
    return Array.from({ length: count }, (_, num) => {
      const mid = client.send({
        code: Code.POST, token: Uint8Array.of(0xaa, num),
        payload: bytes.subarray(num * SIZE, (num + 1) * SIZE),
        options: [
          ...path.map((one) => stringOptionOf(OptionNumber.URI_PATH, one)),
          uintOptionOf(CONTENT_FORMAT, LINK),
          ...query.map((one) => stringOptionOf(OptionNumber.URI_QUERY, one)),
          blockOption(BLOCK1, { num, more: num + 1 < count, szx: 5 }), ...also,
        ],
      });
      client.world.run(100);
      return client.reactionTo(mid) as Message;
    });
  }

  it('registers in blocks; the 2.01 leaves when the device is on disk', () => {
    const world = newWorld();
    const client = new RawClient(world);
    world.disk.commitDelay = { least: 300, most: 300 };
    const answers = inBlocks(client, ['rd'], ['ep=a', 'lwm2m=1.1']);
    expect(answers.map((one) => one?.code)).toEqual([Code.CONTINUE, Code.CONTINUE, undefined]);
    world.run(SECOND);
    const { message } = client.heard.find((one) => one.message.code === Code.CREATED)!;
    expect(blockOf(message, BLOCK1)).toEqual({ num: 2, more: false, szx: 5 });
    const device = world.server.host.devices.get('a');
    expect(device?.registration?.objects.instances).toHaveLength(120);
    expect(world.disk.devices.size).toBe(1);
  });

  it('of which a part is missing registers nobody', () => {
    const world = newWorld();
    const client = new RawClient(world);
    inBlocks(client, ['rd'], ['ep=a', 'lwm2m=1.1'], 'x'.repeat(SIZE + 1)).pop();
    expect(world.server.host.devices.size).toBe(0);
  });

  it('is changed by an Update in blocks', () => {
    const { world, client } = registered({}, 'first');
    expect(inBlocks(client, client.location, []).at(-1)?.code).toBe(Code.CHANGED);
    expect(world.server.host.devices.get('a')?.registration?.objects.instances).toHaveLength(120);
  });

  it('is refused with what would be taken when it is too long', () => {
    const world = newWorld();
    const client = new RawClient(world);
    const tooLong = 'x'.repeat(LINKS_LENGTH_MAX + 1);
    const answers = inBlocks(client, ['rd'], ['ep=a', 'lwm2m=1.1'], tooLong);
    const refusal = answers.find(({ code }) => code === Code.REQUEST_ENTITY_TOO_LARGE);
    expect(uintOption(refusal!, SIZE1)).toBe(LINKS_LENGTH_MAX);
    const announced = inBlocks(client, ['rd'], ['ep=a', 'lwm2m=1.1'], tooLong, [
      uintOptionOf(SIZE1, tooLong.length),
    ]);
    expect(announced[0]?.code).toBe(Code.REQUEST_ENTITY_TOO_LARGE);
    expect(world.server.host.layer.sizes()).toMatchObject({ transfers: 0, blockBytes: 0 });
  });

  it('goes nowhere else: what has no body takes none in blocks', () => {
    const world = newWorld();
    const [first] = inBlocks(new RawClient(world), ['elsewhere'], []);
    expect([first?.code, uintOption(first!, SIZE1)]).toEqual([Code.REQUEST_ENTITY_TOO_LARGE, 0]);
  });
});

it('paths of requests for blocks are those of the value', () => {
  const { client } = registered();
  const paths = client.heard.filter(({ message }) => message.code === Code.GET);
  expect(new Set(paths.map(({ message }) => pathText(message)))).toEqual(new Set([PATH]));
});
