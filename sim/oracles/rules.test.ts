// Each oracle of registrations, notifications, operations, sleep and time fires when its rule is
// broken: by a disk, a feed or a world that was tampered with.

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../actors/config.ts';
import { encodeUtf8 } from '../../core/bytes.ts';
import { blockOption } from '../../core/coap/block.ts';
import { ACK, Code, CON, NON, OptionNumber, RST, type Message } from '../../core/coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../../core/coap/options.ts';
import type { Entry, Value } from '../../core/lwm2m/value.ts';
import type { Change, OperationRow } from '../../core/store/changes.ts';
import { CALM } from '../network-rules.ts';
import { EPOCH, World } from '../world.ts';
import { AgreementOracle } from './agreement.ts';
import { AwakeOracle } from './awake.ts';
import { BoundsOracle } from './bounds.ts';
import { DuplicateOracle } from './duplicates.ts';
import { ExpiryOracle } from './expiry.ts';
import { NotificationOracle } from './notifications.ts';
import { OperationOracle } from './operations.ts';
import type { Oracle } from './oracle.ts';
import { RegistrationOracle } from './registrations.ts';
import { addSensor, Feed } from './testing.ts';
import { SequenceOracle } from './sequences.ts';
import { TokenOracle } from './tokens.ts';
import { ValueOracle } from './values.ts';

const SECOND = 1000;
const TOKEN = Uint8Array.of(1, 2);

/** A world in which a device `sensor` is registered, with an oracle that sees only what we feed. */
function staged(oracleOf: (world: World) => Oracle, awake?: number) {
  const world = new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG });
  const device = addSensor(world, 'sensor', awake === undefined ? {} : { awake });
  device.start();
  world.run(10 * SECOND);
  const oracle = oracleOf(world);
  const commit = (at: number, ...changes: Change[]) => oracle.committed?.(EPOCH + at, 1, changes);
  const what = () => oracle.violations.map((one) => one.what);
  return { world, device, oracle, feed: new Feed(oracle, device), commit, what };
}

function path(...segments: readonly string[]) {
  return segments.map((segment) => stringOptionOf(OptionNumber.URI_PATH, segment));
}

function query(...items: readonly string[]) {
  return items.map((item) => stringOptionOf(OptionNumber.URI_QUERY, item));
}

const register: Partial<Message> = {
  code: Code.POST, mid: 7, token: TOKEN,
  options: [...path('rd'), ...query('ep=sensor', 'lt=300')],
};
const created = (id: string): Partial<Message> => ({
  type: ACK, code: Code.CREATED, mid: 7, token: TOKEN,
  options: ['rd', id].map((one) => stringOptionOf(OptionNumber.LOCATION_PATH, one)),
});

describe('registration', () => {
  it('fires on a 2.01 whose row is not on disk', () => {
    const { world, feed, commit, what } = staged(() => new RegistrationOracle());
    const row = [...world.disk.devices.values()][0]!;
    commit(0, { table: 'device', row });
    feed.sent(SECOND, 'down', created(row.registration!.id));
    expect(what()).toEqual([]);
    feed.sent(SECOND, 'down', created('0unknown1'));
    expect(what()).toEqual(['sensor got 2.01 for 0unknown1 before it was on disk']);
  });

  it('fires on a 2.04 whose Update is not on disk', () => {
    const { world, feed, commit, what } = staged(() => new RegistrationOracle());
    const row = [...world.disk.devices.values()][0]!;
    commit(0, { table: 'device', row });
    const update = { ...register, mid: 8, options: path('rd', row.registration!.id) };
    feed.passed(20 * SECOND, 'up', update);
    feed.sent(20 * SECOND, 'down', { type: ACK, code: Code.CHANGED, mid: 8, token: TOKEN });
    expect(what()).toEqual(['sensor got 2.04 before it was on disk']);
  });

  it('fires when an endpoint has two sessions', () => {
    const { world, commit, what } = staged(() => new RegistrationOracle());
    const row = [...world.disk.devices.values()][0]!;
    commit(0, { table: 'device', row }, { table: 'device', row: { ...row, id: 99 } });
    expect(what()).toEqual(['sensor has two sessions, 1 and 99']);
  });
});

describe('duplicates', () => {
  const registered: Change = {
    table: 'event', row: { device: 1, type: 'registered', at: EPOCH, detail: '', sequences: [] },
  };

  it('fires when one Register is handled twice', () => {
    const { feed, commit, what } = staged((world) => new DuplicateOracle(world));
    feed.passed(0, 'up', register);
    feed.passed(SECOND, 'up', register, 'duplicate');
    commit(SECOND, registered);
    expect(what()).toEqual([]);
    commit(SECOND, registered);
    expect(what()).toEqual(['sensor was registered once more than it asked for']);
  });

  it('fires when a duplicate gets another answer', () => {
    const { feed, what } = staged((world) => new DuplicateOracle(world));
    feed.sent(0, 'down', created('0aaaaaa1'));
    feed.sent(SECOND, 'down', created('0bbbbbb1'));
    expect(what()).toEqual(['sensor got two different answers to 0x0007']);
  });
});

describe('tokens', () => {
  it('fires when two open requests for different paths share one', () => {
    const { feed, what } = staged(() => new TokenOracle());
    feed.sent(0, 'down', { code: Code.GET, mid: 1, token: TOKEN, options: path('3', '0') });
    feed.sent(SECOND, 'down', { code: Code.GET, mid: 2, token: TOKEN, options: path('4', '0') });
    expect(what()).toEqual(['sensor is asked for /4/0 with the token of an open request for /3/0']);
  });

  it('is silent once the first is answered', () => {
    const { feed, what } = staged(() => new TokenOracle());
    feed.sent(0, 'down', { code: Code.GET, mid: 1, token: TOKEN, options: path('3', '0') });
    feed.passed(0, 'up', { type: ACK, code: Code.CONTENT, mid: 1, token: TOKEN });
    feed.sent(SECOND, 'down', { code: Code.GET, mid: 2, token: TOKEN, options: path('4', '0') });
    expect(what()).toEqual([]);
  });
});

describe('notifications', () => {
  const observing: Partial<Message> = {
    code: Code.GET, mid: 1, token: TOKEN,
    options: [uintOptionOf(OptionNumber.OBSERVE, 0), ...path('3303', '0', '5700')],
  };
  const notification = (sequence: number, mid: number, type: Message['type'] = CON) => ({
    type, code: Code.CONTENT, mid, token: TOKEN, payload: encodeUtf8('21.5'),
    options: [
      uintOptionOf(OptionNumber.OBSERVE, sequence), uintOptionOf(OptionNumber.CONTENT_FORMAT, 0),
    ],
  });
  const row = (at: number): Change => ({
    table: 'resource',
    row: {
      sequence: 1, device: 1, object: 3303, instance: 0, resource: 5700, resourceInstance: -1,
      deviceTime: EPOCH + at, receiveTime: EPOCH + at, value: { type: 'float', value: 21.5 },
    },
  });

  it('fires on an ACK before the value is on disk', () => {
    const { feed, commit, what } = staged((world) => new NotificationOracle(world));
    feed.sent(0, 'down', observing);
    feed.passed(10, 'up', notification(5, 100));
    commit(20, row(10));
    feed.sent(20, 'down', { type: ACK, mid: 100 });
    expect(what()).toEqual([]);
    feed.passed(30, 'up', notification(6, 101));
    feed.sent(31, 'down', { type: ACK, mid: 101 });
    expect(what()).toEqual([
      'sensor: notification 0x0065 was acknowledged before its value was on disk',
    ]);
  });

  it('lets pass what may be of a Send of the same moment', () => {
    const { feed, commit, what } = staged((world) => new NotificationOracle(world));
    feed.sent(0, 'down', observing);
    feed.passed(10, 'up', notification(5, 100, NON));
    commit(20, row(10));
    feed.passed(30, 'up', notification(5, 100, NON), 'duplicate');
    feed.passed(30, 'up', { code: Code.POST, mid: 7, token: TOKEN, options: path('dp') });
    commit(40, row(30));
    expect(what()).toEqual([]);
  });

  it('fires when an older value is handed on, and when one is handed on twice', () => {
    const { feed, commit, what } = staged((world) => new NotificationOracle(world));
    feed.sent(0, 'down', observing);
    feed.passed(10, 'up', notification(5, 100, NON));
    feed.passed(20, 'up', notification(4, 99, NON));
    feed.passed(30, 'up', notification(5, 100, NON), 'duplicate');
    commit(40, row(10));
    expect(what()).toEqual([]);
    commit(40, row(20), row(30));
    expect(what()).toEqual([
      'sensor: the value of notification 0x0063 was stored, though it is older than the newest',
      'sensor: the value of notification 0x0064 was stored, though it is heard before',
    ]);
  });
});

describe('notifications that ask for no answer', () => {
  const OVER = 247 * SECOND;
  const observing = (wish: number): Partial<Message> => ({
    code: Code.GET, mid: 1, token: TOKEN,
    options: [uintOptionOf(OptionNumber.OBSERVE, wish), ...path('3303', '0', '5700')],
  });
  const notification: Partial<Message> = {
    type: NON, code: Code.CONTENT, mid: 100, token: TOKEN, payload: encodeUtf8('21.5'),
    options: [uintOptionOf(OptionNumber.OBSERVE, 5)],
  };
  const lost = [
    'sensor: the value of notification 0x0064 is not on disk 247000 ms after it was heard',
  ];
  const row: Change = {
    table: 'resource',
    row: {
      sequence: 1, device: 1, object: 3303, instance: 0, resource: 5700, resourceInstance: -1,
      deviceTime: EPOCH + 10, receiveTime: EPOCH + 10, value: { type: 'float', value: 21.5 },
    },
  };
  type Staged = ReturnType<typeof staged>;

  it.each<[string, (one: Staged) => void, string[]]>([
    ['nothing is stored', () => undefined, lost],
    ['the value is stored', ({ commit }) => commit(20, row), []],
    ['it is answered with a Reset', ({ feed }) => feed.sent(20, 'down', { type: RST, mid: 100 }), []],
    ['the server dies', ({ oracle }) => oracle.server?.(EPOCH + 20, 'killed'), []],
  ])('are judged by the disk in the end: %s', (_, meanwhile, sentences) => {
    const one = staged((world) => new NotificationOracle(world));
    one.feed.sent(0, 'down', observing(0));
    one.feed.passed(10, 'up', notification);
    meanwhile(one);
    one.oracle.judge?.(EPOCH + 9 + OVER);
    expect(one.what()).toEqual([]);
    one.oracle.judge?.(EPOCH + 10 + OVER);
    expect(one.what()).toEqual(sentences);
  });

  it('are not judged once the observation was asked to end', () => {
    const { feed, oracle, what } = staged((world) => new NotificationOracle(world));
    feed.sent(0, 'down', observing(0));
    feed.sent(5, 'down', observing(1));
    feed.passed(10, 'up', notification);
    oracle.judge?.(EPOCH + 10 + OVER);
    expect(what()).toEqual([]);
  });
});

describe('values', () => {
  const payload = encodeUtf8('21.5');
  const message: Partial<Message> = { type: CON, code: Code.CONTENT, mid: 9, token: TOKEN, payload };
  const temperature = { object: 3303, instance: 0, resource: 5700 };
  const stored = (
    value: Value, receiveTime = 10, resource = 5700, object = 3303,
  ): Change => ({
    table: 'resource',
    row: {
      ...temperature, object, sequence: 1, device: 1, resource, resourceInstance: -1,
      deviceTime: EPOCH + receiveTime, receiveTime: EPOCH + receiveTime, value,
    },
  });
  const float = (value: number): Value => ({ type: 'float', value });

  function said(value: Value, datagram = message, object = 3303) {
    const { device, oracle, feed, commit, what } = staged((world) => new ValueOracle(world));
    const entries = [{ path: { ...temperature, object }, value }];
    oracle.said?.(EPOCH, device, { token: TOKEN, payload, entries });
    feed.passed(10, 'up', datagram);
    return (change: Change) => {
      commit(20, change);
      return what();
    };
  }

  it.each<[string, Change, string[]]>([
    ['is as it was said', stored(float(21.5)), []],
    ['is another value', stored(float(43)),
      ['sensor: /3303/0/5700 is stored as 43, and the device said 21.5']],
    ['is of another resource', stored(float(21.5), 10, 5701),
      ['sensor: /3303/0/5701 is stored as 21.5, and the device said nothing of it then']],
    ['is of a time at which nothing was heard', stored(float(21.5), 11),
      ['sensor: /3303/0/5700 is stored as 21.5, and the device said nothing of it then']],
  ])('are judged by what the device said: what is stored %s', (_, change, sentences) => {
    expect(said(float(21.5))(change)).toEqual(sentences);
  });

  it.each<[string, number, number, string[]]>([
    ['is as it was said', 21.5, 30, []],
    ['is another value', 43, 30, ['sensor: /3303/0/5700 is stored as 43, and the device said 21.5']],
    ['came with a part only', 21.5, 20,
      ['sensor: /3303/0/5700 is stored as 21.5, and the device said nothing of it then']],
  ])('in blocks are judged when the last block came: what is stored %s', (_, value, at, found) => {
    const { device, oracle, feed, commit, what } = staged((world) => new ValueOracle(world));
    const long = encodeUtf8('x'.repeat(40));
    const entries = [{ path: temperature, value: float(21.5) }];
    oracle.said?.(EPOCH, device, { token: TOKEN, payload: long, entries });
    for (const num of [0, 1, 2]) {
      feed.passed(10 + 10 * num, 'up', {
        ...message, mid: 9 + num, token: num === 0 ? TOKEN : encodeUtf8(`${num}`),
        options: [blockOption(OptionNumber.BLOCK2, { num, more: num < 2, szx: 0 })],
        payload: long.subarray(16 * num, 16 * num + 16),
      });
    }
    commit(40, stored(float(value), at));
    expect(what()).toEqual(found);
  });

  it('have the time at which they came', () => {
    const late = stored(float(21.5));
    if (late.table !== 'resource') throw new Error('it is a value');
    const row = { ...late.row, deviceTime: late.row.deviceTime + 1000 };
    expect(said(float(21.5))({ table: 'resource', row }))
      .toEqual(['sensor: /3303/0/5700 is stored with a time 1000 ms after it came']);
  });

  const both = [5700, 5601].map((resource) => (
    { path: { ...temperature, resource }, value: float(21.5) }
  ));

  it.each<[string, Change[], string[]]>([
    ['one is not', [stored(float(21.5))], ['sensor: of 2 values in one message 1 are stored']],
    ['one is, twice', [stored(float(21.5)), stored(float(21.5))],
      ['sensor: of 2 values in one message 1 are stored']],
    ['both are', [stored(float(21.5)), stored(float(21.5), 10, 5601)], []],
  ])('are judged as a whole: of one message all are stored or none; %s', (_, changes, sentences) => {
    const { device, oracle, feed, commit, what } = staged((world) => new ValueOracle(world));
    oracle.said?.(EPOCH, device, { token: TOKEN, payload, entries: both });
    feed.passed(10, 'up', message);
    commit(20, ...changes);
    expect(what()).toEqual(sentences);
  });

  describe('of a Send', () => {
    const at = (time: number, value: number): Entry => (
      { path: temperature, value: float(value), time: EPOCH + time });
    const entries = [at(-2000, 20), at(-1000, 21)];
    const row = (time: number, value: number): Change => {
      const change = stored(float(value));
      if (change.table !== 'resource') throw new Error('it is a value');
      return { table: 'resource', row: { ...change.row, deviceTime: EPOCH + time } };
    };
    const send: Partial<Message> = {
      ...message, code: Code.POST, options: [stringOptionOf(OptionNumber.URI_PATH, 'dp')],
    };

    it.each<[string, Change[], string[]]>([
      ['all of them', [row(-2000, 20), row(-1000, 21)], []],
      ['one of them', [row(-2000, 20)], ['sensor: of 2 values in one message 1 are stored']],
      ['one with the time of the other', [row(-2000, 20), row(-1000, 20)],
        ['sensor: /3303/0/5700 is stored as 20, and the device said 21']],
      ['one without its time', [row(-2000, 20), row(10, 21)], [
        'sensor: /3303/0/5700 is stored as 21, and the device said nothing of it then',
        'sensor: of 2 values in one message 1 are stored',
      ]],
    ])('are judged with their times: stored is %s', (_, changes, sentences) => {
      const { device, oracle, feed, commit, what } = staged((world) => new ValueOracle(world));
      oracle.said?.(EPOCH, device, { token: TOKEN, payload, entries });
      feed.passed(10, 'up', send);
      commit(20, ...changes);
      expect(what()).toEqual(sentences);
    });

    it('are judged when its last block came', () => {
      const { device, oracle, feed, commit, what } = staged((world) => new ValueOracle(world));
      const long = encodeUtf8('x'.repeat(24));
      oracle.said?.(EPOCH, device, { token: TOKEN, payload: long, entries });
      for (const num of [0, 1]) {
        const block = blockOption(OptionNumber.BLOCK1, { num, more: num < 1, szx: 0 });
        feed.passed(10 * num, 'up', {
          ...send, mid: num, options: [...send.options!, block],
          payload: long.subarray(16 * num, 16 * num + 16),
        });
      }
      commit(20, row(-2000, 20), row(-1000, 22));
      expect(what()).toEqual(['sensor: /3303/0/5700 is stored as 22, and the device said 21']);
    });
  });

  it('of another message of the same millisecond do not make half of one stored', () => {
    const { device, oracle, feed, commit, what } = staged((world) => new ValueOracle(world));
    oracle.said?.(EPOCH, device, { token: TOKEN, payload, entries: both });
    const other = { token: Uint8Array.of(3, 4), payload, entries: both.slice(0, 1) };
    oracle.said?.(EPOCH, device, other);
    feed.passed(10, 'up', message);
    feed.passed(10, 'up', { ...message, mid: 10, token: other.token });
    commit(20, stored(float(21.5)));
    expect(what()).toEqual([]);
  });

  it('are not judged where the device said another type than the definition has', () => {
    expect(said({ type: 'string', value: 'far too hot' })(stored(float(43)))).toEqual([]);
  });

  it.each<[Value, Value, string[]]>([
    [float(7), { type: 'integer', value: 7n }, []],
    [float(7), float(14),
      ['sensor: /33000/0/5700 is stored as 14, and the device said 7']],
  ])('without a definition are judged as well', (value, kept, sentences) => {
    expect(said(value, message, 33_000)(stored(kept, 10, 5700, 33_000))).toEqual(sentences);
  });

  it.each<[Value, Value, string]>([
    [float(21.5), { type: 'string', value: '21.5' },
      'sensor: /33000/0/5700 is stored as string 21.5, and the device said float 21.5'],
    [{ type: 'boolean', value: true }, { type: 'string', value: 'true' },
      'sensor: /33000/0/5700 is stored as string true, and the device said boolean true'],
  ])('are not the same as their text', (value, kept, sentence) => {
    expect(said(value, message, 33_000)(stored(kept, 10, 5700, 33_000))).toEqual([sentence]);
  });

  it('are not judged where something damaged the payload', () => {
    const damaged = { ...message, payload: encodeUtf8('29.5') };
    expect(said(float(21.5), damaged)(stored(float(29.5)))).toEqual([]);
  });
});

describe('sequence numbers', () => {
  it('fires when one comes again', () => {
    const { commit, what } = staged(() => new SequenceOracle());
    const row = (sequence: number): Change => ({
      table: 'resource',
      row: {
        sequence, device: 1, object: 3303, instance: 0, resource: 5700, resourceInstance: -1,
        deviceTime: EPOCH, receiveTime: EPOCH, value: { type: 'float', value: 21.5 },
      },
    });
    commit(0, row(1), row(2));
    commit(10, row(3));
    expect(what()).toEqual([]);
    commit(20, row(3));
    expect(what()).toEqual(['a value was stored with the number 3 after 3']);
  });
});

describe('operations', () => {
  const operation = (id: number, status: OperationRow['status'], attempts = 0): Change => ({
    table: 'device_operation',
    row: {
      id, device: 1, kind: 'read', path: '/3/0', parameters: '', status, attempts, outcome: '',
      answer: '', requestedBy: 'x', createdAt: EPOCH, changedAt: EPOCH, expiresAt: undefined,
    },
  });

  it.each<[string, Change[], string]>([
    ['a final state is left', [operation(1, 'FAILED'), operation(1, 'QUEUED')],
      'operation 1 was FAILED and became QUEUED'],
    ['a later one goes first', [operation(1, 'QUEUED'), operation(2, 'SENDING')],
      'operation 2 became SENDING before operation 1, asked earlier'],
    ['it is tried too often', [operation(1, 'QUEUED', 4)], 'operation 1 was attempted 4 times'],
    ['nobody answered', [operation(1, 'CONFIRMED')],
      'operation 1 is confirmed, though sensor did not answer for /3/0'],
  ])('fires when %s', (_, changes, sentence) => {
    const { commit, what } = staged((world) => new OperationOracle(world));
    commit(0, ...changes);
    expect(what()).toEqual([sentence]);
  });

  const value = (resource: number, at: number, object = 3): Change => ({
    table: 'resource',
    row: {
      sequence: 1, device: 1, object, instance: 0, resource, resourceInstance: -1,
      deviceTime: EPOCH + at, receiveTime: EPOCH + at, value: { type: 'string', value: 'x' },
    },
  });
  const unstored = ['operation 1 is confirmed, and no value of /3/0 is stored'];

  it.each<[string, Change[], string[]]>([
    ['a value of it', [value(0, 0)], []],
    ['nothing', [], unstored],
    ['a value of another path', [value(0, 0, 4)], unstored],
    ['a value of another time', [value(0, 1)], unstored],
  ])('is to leave the answer on disk: there is %s', (_, changes, sentences) => {
    const { feed, commit, what } = staged((world) => new OperationOracle(world));
    commit(-1, operation(1, 'QUEUED'));
    feed.sent(0, 'down', { code: Code.GET, mid: 1, token: TOKEN, options: path('3', '0') });
    feed.passed(0, 'up', { type: ACK, code: Code.CONTENT, mid: 1, token: TOKEN });
    commit(10, ...changes, operation(1, 'CONFIRMED', 1));
    expect(what()).toEqual(sentences);
  });
});

describe('an operation that reads into a file', () => {
  it.each([true, false])('is to leave it on the disk: %s', (isThere) => {
    const { world, feed, commit, what } = staged((one) => new OperationOracle(one));
    const operation = (status: OperationRow['status']): Change => ({
      table: 'device_operation',
      row: {
        id: 1, device: 1, kind: 'read', path: '/19/0/0/0', parameters: '{"into":"file"}', status,
        attempts: 1, outcome: '', answer: '', requestedBy: 'x', createdAt: EPOCH, changedAt: EPOCH,
        expiresAt: undefined,
      },
    });
    commit(-1, operation('QUEUED'));
    feed.sent(0, 'down', {
      code: Code.GET, mid: 1, token: TOKEN, options: path('19', '0', '0', '0'),
    });
    feed.passed(0, 'up', { type: ACK, code: Code.CONTENT, mid: 1, token: TOKEN });
    if (isThere) world.disk.bodies.set('read-1-1', { bytes: new Uint8Array(1), at: EPOCH });
    commit(10, operation('CONFIRMED'));
    expect(what()).toEqual(isThere ? []
      : ['operation 1 is confirmed, and no file of /19/0/0/0 is on the disk']);
  });
});

describe('awake window', () => {
  const request = { code: Code.GET, mid: 1, token: TOKEN, options: path('3', '0') };

  it('fires on a request after it, not on an answer', () => {
    const { feed, what } = staged((world) => new AwakeOracle(world), 25 * SECOND);
    feed.passed(0, 'up', register);
    feed.sent(93 * SECOND, 'down', request);
    feed.sent(94 * SECOND, 'down', created('0aaaaaa1'));
    expect(what()).toEqual([]);
    feed.sent(94 * SECOND, 'down', request);
    expect(what()).toEqual([
      'sensor is sent a request 94000 ms after it was last heard; it listens for 93000 ms',
    ]);
  });
});

describe('values of a device that has said nothing for long', () => {
  it('are of nobody', () => {
    const { device, oracle, feed, commit, what } = staged((world) => new ValueOracle(world));
    const temperature = { object: 3303, instance: 0, resource: 5700 };
    const value: Value = { type: 'float', value: 21.5 };
    oracle.said?.(EPOCH, device, {
      token: TOKEN, payload: encodeUtf8('21.5'), entries: [{ path: temperature, value }],
    });
    feed.passed(10, 'up', {
      type: CON, code: Code.CONTENT, mid: 9, token: TOKEN, payload: encodeUtf8('21.5'),
    });
    const at = 2 * 3600 * SECOND;
    oracle.judge?.(EPOCH + at);
    const receiveTime = EPOCH + at - SECOND;
    commit(at, { table: 'resource', row: {
      ...temperature, sequence: 2, device: 1, resourceInstance: -1, deviceTime: receiveTime, receiveTime,
      value,
    } });
    expect(what())
      .toEqual(['sensor: /3303/0/5700 is stored as 21.5, and the device said nothing of it then']);
  });
});

describe('expiry', () => {
  const expired = (at: number): Change => ({
    table: 'event', row: { device: 1, type: 'expired', at: EPOCH + at, detail: '', sequences: [] },
  });

  it.each<[number, string[]]>([
    [393_000, []],
    [392_999, ['sensor expired 1 ms too early']],
    [393_001, ['sensor expired 1 ms too late']],
  ])('is judged to the millisecond: %i ms after a Register for 300 s', (at, sentences) => {
    const { feed, commit, what } = staged((world) => new ExpiryOracle(world));
    feed.passed(0, 'up', register);
    feed.sent(20, 'down', created('0aaaaaa1'));
    commit(at + 20, expired(at));
    expect(what()).toEqual(sentences);
  });

  const update = (mid: number, ...items: readonly string[]): Partial<Message> => ({
    code: Code.POST, mid, token: Uint8Array.of(mid), options: [...path('rd', 'x'), ...query(...items)],
  });
  const changed = (mid: number): Partial<Message> => ({
    type: ACK, code: Code.CHANGED, mid, token: Uint8Array.of(mid),
  });

  it.each<[number, string[]]>([
    [163_000, []],
    [162_999, ['sensor expired 1 ms too early']],
    [403_000, ['sensor expired 240000 ms too late']],
  ])('goes by the lifetime of the last Update that said one: %i ms', (at, sentences) => {
    const { feed, commit, what } = staged((world) => new ExpiryOracle(world));
    feed.passed(0, 'up', register);
    feed.sent(20, 'down', created('0aaaaaa1'));
    feed.passed(SECOND, 'up', update(8, 'lt=60'));
    feed.sent(SECOND + 20, 'down', changed(8));
    feed.passed(10 * SECOND, 'up', update(9));
    feed.sent(10 * SECOND + 20, 'down', changed(9));
    commit(at + 20, expired(at));
    expect(what()).toEqual(sentences);
  });

  it.each([154_000, 393_000])('of an Update without an answer may be the old or new: %i', (at) => {
    const { feed, commit, what } = staged((world) => new ExpiryOracle(world));
    feed.passed(0, 'up', register);
    feed.sent(20, 'down', created('0aaaaaa1'));
    feed.passed(SECOND, 'up', update(8, 'lt=60'));
    commit(at + 20, expired(at));
    expect(what()).toEqual([]);
  });

  it.each([154_000 - 60_000, 694_000])('of two Updates at once may be of either: %i', (at) => {
    const { feed, commit, what } = staged((world) => new ExpiryOracle(world));
    feed.passed(0, 'up', register);
    feed.sent(20, 'down', created('0aaaaaa1'));
    feed.passed(SECOND, 'up', update(8, 'lt=0'));
    feed.passed(SECOND, 'up', update(9, 'lt=600'));
    feed.sent(SECOND + 20, 'down', changed(9));
    // From memory, since it came twice.
    feed.sent(SECOND + 21, 'down', changed(8));
    commit(at + 20, expired(at));
    expect(what()).toEqual([]);
  });

  it('fires when a registration never ends', () => {
    const { world, feed, oracle, what } = staged((one) => new ExpiryOracle(one));
    feed.passed(0, 'up', register);
    world.run(600 * SECOND);
    oracle.judge?.(world.clock.now());
    expect(what()).toEqual(['sensor is still registered 610000 ms after its last Update']);
  });
});

describe('bounds', () => {
  it('fires when the server holds more than its limits say', () => {
    const { world, oracle, what } = staged((one) => new BoundsOracle(one));
    oracle.judge?.(world.clock.now());
    expect(what()).toEqual([]);
    world.server.host.endedOperations.length = 201;
    oracle.judge?.(world.clock.now());
    expect(what()).toEqual(['201 ended operations, more than 200']);
  });
});

describe('agreement', () => {
  function settled(tamper: (staged: { world: World; device: ReturnType<typeof addSensor> }) => void) {
    const world = new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG });
    const oracle = new AgreementOracle(world);
    world.watch(oracle);
    const device = addSensor(world, 'sensor');
    device.start();
    world.run(150 * SECOND);
    tamper({ world, device });
    oracle.settled(world.clock.now());
    return oracle.violations.map(({ what }) => what);
  }

  it('is there when nobody tampers', () => {
    expect(settled(() => undefined)).toEqual([]);
  });

  it('fires when the disk knows nothing of a registered device', () => {
    expect(settled(({ world }) => world.disk.devices.clear()))
      .toEqual(['sensor is registered by its own word, but not on disk']);
  });

  it('fires when the device holds another registration or none', () => {
    expect(settled(({ device }) => { device.location = 'rd/0other1'; })[0])
      .toMatch(/^sensor is registered as rd\/0other1, on disk as rd\//);
    expect(settled(({ device }) => { device.location = undefined; }))
      .toEqual(['sensor is not registered by its own word']);
  });

  it('fires when an observation is missing at the device', () => {
    expect(settled(({ device }) => { device.observed = []; })[0])
      .toMatch(/^sensor is observed by tokens , on disk by [0-9a-f]{16}$/);
  });

  it('fires when the device has what is wanted and is not observed at it', () => {
    const [sentence] = settled(({ world }) => {
      for (const [id, row] of world.disk.devices) {
        const registration = { ...row.registration!, observed: ['!/3303/0/5700', '!/9/0/9'] };
        world.disk.devices.set(id, { ...row, registration });
      }
    });
    expect(sentence).toBe('sensor is not observed at /3303/0/5700, which it has');
  });

  it('fires when lists show another value than the newest', () => {
    const [sentence] = settled(({ world }) => {
      for (const [id, row] of world.disk.devices) {
        world.disk.devices.set(id, { ...row, manufacturer: 'Nobody' });
      }
    });
    expect(sentence)
      .toBe('sensor is shown with manufacturer Nobody, and the newest on disk is Flownexus');
  });

  it.each<[string, number, Value]>([
    ['a text that is cut', 0, { type: 'string', value: `Flownexus${' '.repeat(100)}` }],
    ['a value that no list can show', 9, { type: 'string', value: 'full' }],
  ])('is there with %s', (_, resource, value) => {
    expect(settled(({ world }) => {
      const newest = [...world.disk.telemetry].at(-1)!;
      world.disk.telemetry.push({ ...newest, object: 3, instance: 0, resource, value });
      for (const [id, row] of world.disk.devices) {
        const manufacturer = `Flownexus${' '.repeat(resource === 0 ? 55 : 0)}`;
        world.disk.devices.set(id, { ...row, manufacturer });
      }
    })).toEqual([]);
  });

  it('fires when an acknowledged value is not on disk', () => {
    const [sentence] = settled(({ world }) => { world.disk.telemetry.clear(); });
    expect(sentence).toMatch(/^sensor said .*, which was acknowledged and is not on disk$/);
  });
});
