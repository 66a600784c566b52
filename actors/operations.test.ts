// What operators ask of a device as it leaves and as it ends (LwM2M Core 1.1.1 s6.3, Transport
// s6.4.4): a device by hand shows each request and gives each answer.

import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8, toHex } from '../core/bytes.ts';
import { Code, OptionNumber, type Message } from '../core/coap/message.ts';
import {
  accept, contentFormat, stringOptionOf, uintOptionOf, uriPath, uriQuery,
} from '../core/coap/options.ts';
import { ContentFormat } from '../core/lwm2m/content-format.ts';
import type { Wish } from '../core/lwm2m/operation.ts';
import { CALM } from '../sim/network-rules.ts';
import { content, RawClient, type Answer } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, type Limits } from './config.ts';
import { ServerManagement } from './management.ts';

const SECOND = 1000;
const CHANGED: Answer = { code: Code.CHANGED };
const {
  TEXT, LINK, OPAQUE, SENML_JSON, SENML_CBOR, TLV, OMA_JSON, SENML_ETCH_JSON,
} = ContentFormat;

/** A device that says in `ct` which formats it speaks, and is asked for nothing by itself. */
function registered(
  formats = '110 112', { query = 'lwm2m=1.1', root = '/', limits = {} as Partial<Limits> } = {},
) {
  const profiles = [{ ...DEFAULT_PROFILE, read: [], observe: [] }];
  const config = { ...DEFAULT_CONFIG, profiles, limits: { ...DEFAULT_CONFIG.limits, ...limits } };
  const world = new World({ seed: 3, network: CALM, config });
  const client = new RawClient(world);
  const base = root === '/' ? '' : root;
  const links = ['/1/0', '/3/0', '/5/0', '/3303/0'].map((path) => `<${base}${path}>`);
  client.register(`ep=a&lt=3600&${query}`,
    [`<${root}>;rt="oma.lwm2m";ct="${formats}"`, ...links].join(','));
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  const management = new ServerManagement(world.server.host, facts);
  const ask = (wish: Wish, answer: Answer = CHANGED, expiresAt?: number) => {
    client.answer = () => answer;
    const asked = management.request('a', wish, 'op', expiresAt);
    world.run(5 * SECOND);
    return asked.ok ? { ...world.disk.operations.get(asked.value.operation.id) }
      : { refused: asked.reason };
  };
  const lastRequest = (): Message | undefined => client.heard
    .findLast(({ message }) => message.code > 0 && message.code < 32)?.message;
  return { world, client, management, ask, lastRequest };
}

const METHODS = ['', 'GET', 'POST', 'PUT', 'DELETE', 'FETCH', 'PATCH', 'iPATCH'];

/** `PUT /3/0/14?x ct=112 a1b2`, each part only if it is there. */
function described(message: Message | undefined): string {
  if (message === undefined) return 'nothing';
  const query = uriQuery(message).join('&');
  const [ct, asked] = [contentFormat(message), accept(message)];
  return [
    METHODS[message.code], `/${uriPath(message).join('/')}${query && `?${query}`}`,
    ct === undefined ? '' : `ct=${ct}`, asked === undefined ? '' : `accept=${asked}`,
    ct !== undefined && READABLE.includes(ct) ? decodeUtf8(message.payload) : toHex(message.payload),
  ].filter((part) => part !== '').join(' ');
}

const TEXT_VALUE = { path: '/3/0/14', value: '+02' };
const LIFETIME = { path: '/1/0/1', value: 300 };
const READABLE: readonly number[] = [TEXT, SENML_JSON, OMA_JSON, SENML_ETCH_JSON];

const write = (path: string, ...values: { path: string; value: string | number }[]): Wish => ({
  kind: 'write', path, mode: 'replace', values,
});

describe('an operation leaves as', () => {
  it.each<[string, string, Wish, string]>([
    ['a read', '112', { kind: 'read', path: '/3/0' }, `GET /3/0 accept=${SENML_CBOR}`],
    ['a read in a format', '112', { kind: 'read', path: '/3/0/9', format: TEXT },
      `GET /3/0/9 accept=${TEXT}`],
    ['a discover', '112', { kind: 'discover', path: '/3' }, `GET /3 accept=${LINK}`],
    ['a write of a text in TLV', '', write('/3/0/14', TEXT_VALUE),
      `PUT /3/0/14 ct=${TLV} c30e2b3032`],
    ['a write of a text in SenML CBOR', '112', write('/3/0/14', TEXT_VALUE),
      `PUT /3/0/14 ct=${SENML_CBOR} 81a321652f332f302f006231340363`.concat('2b3032')],
    ['a write in a format', '112', { ...write('/3/0/14', TEXT_VALUE), format: TEXT },
      `PUT /3/0/14 ct=${TEXT} +02`],
    ['a write in the JSON of 1.0', '112', {
      kind: 'write', path: '/1/0', mode: 'replace', values: [LIFETIME], format: OMA_JSON,
    }, `PUT /1/0 ct=${OMA_JSON} {"bn":"/1/0/","e":[{"n":"1","v":300}]}`],
    ['a write of bytes', '112', write('/5/0/0', { path: '/5/0/0', value: 'AAEC' }),
      `PUT /5/0/0 ct=${OPAQUE} 000102`],
    ['a replacement of an instance', '110', write('/1/0', LIFETIME),
      `PUT /1/0 ct=${SENML_JSON} [{"bn":"/1/0/","n":"1","v":300}]`],
    ['an update of an instance', '', {
      kind: 'write', path: '/1/0', mode: 'update', values: [LIFETIME],
    }, `POST /1/0 ct=${TLV} c201012c`],
    ['an attribute set and another taken away', '', {
      kind: 'write-attributes', path: '/3303/0/5700', attributes: { pmin: 10, gt: 21.5, lt: null },
    }, 'PUT /3303/0/5700?pmin=10&gt=21.5&lt'],
    ['an execution', '', { kind: 'execute', path: '/3/0/4', arguments: '' }, 'POST /3/0/4'],
    ['an execution with arguments', '', { kind: 'execute', path: '/3/0/4', arguments: "0='a'" },
      `POST /3/0/4 ct=${TEXT} 0='a'`],
    ['a create whose id the device chooses', '112', {
      kind: 'create', path: '/3303', values: [{ path: '/3303/0/5701', value: 'C' }],
    }, `POST /3303 ct=${TLV} e116`.concat('4543')],
    ['a create with an id', '', {
      kind: 'create', path: '/3303/7', values: [{ path: '/3303/7/5701', value: 'C' }],
    }, `POST /3303 ct=${TLV} 0407e1164543`],
    ['a delete', '', { kind: 'delete', path: '/3303/7' }, 'DELETE /3303/7'],
    ['a read of several paths', '110', { kind: 'read-composite', paths: ['/3/0/9', '/1'] },
      `FETCH / ct=${SENML_JSON} accept=${SENML_JSON} [{"n":"/3/0/9"},{"n":"/1"}]`],
    ['a write of several paths', '110', {
      kind: 'write-composite', values: [TEXT_VALUE, LIFETIME],
    }, `iPATCH / ct=${SENML_JSON} [{"bn":"/3/0/","n":"14","vs":"+02"},`
      .concat('{"bn":"/1/0/","n":"1","v":300}]')],
    ['a write of several paths as changes', '110', {
      kind: 'write-composite', values: [LIFETIME], format: SENML_ETCH_JSON,
    }, `iPATCH / ct=${SENML_ETCH_JSON} [{"bn":"/1/0/","n":"1","v":300}]`],
  ])('%s', (_, formats, wish, expected) => {
    const { ask, lastRequest } = registered(formats);
    ask(wish);
    expect(described(lastRequest())).toBe(expected);
  });

  it('below an alternate path, which composites say inside (s6.4.1)', () => {
    const { ask, lastRequest } = registered('110', { root: '/lwm2m' });
    ask({ kind: 'read', path: '/3/0' });
    expect(described(lastRequest())).toBe('GET /lwm2m/3/0 accept=110');
    ask({ kind: 'read-composite', paths: ['/3/0/9'] });
    expect(described(lastRequest()))
      .toBe('FETCH / ct=110 accept=110 [{"n":"/lwm2m/3/0/9"}]');
    ask({ kind: 'write-composite', values: [TEXT_VALUE] });
    expect(described(lastRequest()))
      .toBe('iPATCH / ct=110 [{"bn":"/lwm2m/3/0/","n":"14","vs":"+02"}]');
  });
});

describe('an operation ends', () => {
  const created = (...segments: string[]): Answer => ({
    code: Code.CREATED,
    options: segments.map((segment) => stringOptionOf(OptionNumber.LOCATION_PATH, segment)),
  });
  const links: Answer = {
    code: Code.CONTENT, payload: encodeUtf8('</3/0>;pmin=10,</3/0/9>'),
    options: [uintOptionOf(OptionNumber.CONTENT_FORMAT, LINK)],
  };
  const create: Wish = { kind: 'create', path: '/3303', values: [] };

  it.each<[string, Wish, Answer, object]>([
    ['a read', { kind: 'read', path: '/3/0/9' }, content('80'),
      { status: 'CONFIRMED', outcome: '2.05', answer: '' }],
    ['a discover', { kind: 'discover', path: '/3/0' }, links,
      { status: 'CONFIRMED', outcome: '2.05', answer: '</3/0>;pmin=10,</3/0/9>' }],
    ['a write', write('/3/0/14', TEXT_VALUE), CHANGED,
      { status: 'CONFIRMED', outcome: '2.04' }],
    ['a create', create, created('3303', '4'), { outcome: '2.01', answer: '/3303/4' }],
    ['a create below an alternate path', create, created('lwm2m', '3303', '4'),
      { outcome: '2.01', answer: '/3303/4' }],
    ['a create with its own id', { kind: 'create', path: '/3303/9', values: [] }, created(),
      { outcome: '2.01', answer: '/3303/9' }],
    ['a delete', { kind: 'delete', path: '/3303/0' }, { code: Code.DELETED },
      { status: 'CONFIRMED', outcome: '2.02' }],
    ['an execution', { kind: 'execute', path: '/3/0/4', arguments: '' }, CHANGED,
      { status: 'CONFIRMED', outcome: '2.04' }],
    ['with the code of another operation', write('/3/0/14', TEXT_VALUE), content('80'),
      { status: 'FAILED', outcome: 'the device answered 2.05' }],
    ['with links that are none', { kind: 'discover', path: '/3/0' }, content('80'),
      { status: 'FAILED', outcome: 'no <link> at character 0' }],
    ['with words of the device', write('/3/0/14', TEXT_VALUE),
      { code: Code.BAD_REQUEST, payload: encodeUtf8('no such\nzone') },
      { status: 'FAILED', outcome: 'the device answered 4.00: no such zone' }],
    ['with a Reset', write('/3/0/14', TEXT_VALUE), 'reset',
      { status: 'FAILED', outcome: 'the device answered with a Reset' }],
  ])('%s', (_, wish, answer, expected) => {
    expect(registered().ask(wish, answer)).toMatchObject(expected);
  });

  const CODES = Object.values(Code).filter((code) => code >> 5 >= 4
    && code !== Code.NOT_ACCEPTABLE && code !== Code.UNSUPPORTED_CONTENT_FORMAT
    && code !== Code.REQUEST_ENTITY_TOO_LARGE && code !== Code.REQUEST_ENTITY_INCOMPLETE);
  const text = (code: number) => `${code >> 5}.${String(code & 31).padStart(2, '0')}`;
  const EVERY: readonly Wish[] = [
    { kind: 'read', path: '/3/0' }, { kind: 'discover', path: '/3/0' },
    write('/3/0/14', TEXT_VALUE), create, { kind: 'delete', path: '/3303/0' },
    { kind: 'execute', path: '/3/0/4', arguments: '' },
    { kind: 'write-attributes', path: '/3/0/9', attributes: { pmin: 1 } },
    { kind: 'read-composite', paths: ['/3'] },
    { kind: 'write-composite', values: [TEXT_VALUE] },
  ];

  it.each(EVERY)('$kind, with every error a device can give', (wish) => {
    const { ask } = registered();
    for (const code of CODES) {
      expect(ask(wish, { code })).toMatchObject({
        status: 'FAILED', outcome: `the device answered ${text(code)}`, attempts: 1,
      });
    }
  });
});

describe('a format that the device refuses', () => {
  const UNSUPPORTED: Answer = { code: Code.UNSUPPORTED_CONTENT_FORMAT };

  it('gives way to the next, and is not tried again until it registers anew', () => {
    const { client, world, management, lastRequest } = registered('112 110');
    const tried: (number | undefined)[] = [];
    client.answer = (request) => {
      tried.push(contentFormat(request));
      return contentFormat(request) === TEXT ? CHANGED : UNSUPPORTED;
    };
    const again = () => {
      management.request('a', write('/3/0/14', TEXT_VALUE), 'op');
      world.run(5 * SECOND);
    };
    again();
    expect(tried).toEqual([SENML_CBOR, SENML_JSON, TLV, TEXT]);
    expect(described(lastRequest())).toBe('PUT /3/0/14 ct=0 +02');
    again();
    expect(tried.slice(4)).toEqual([TEXT]);
    client.register('ep=a&lt=3600&lwm2m=1.1', '</>;rt="oma.lwm2m";ct="112",</3/0>');
    again();
    expect(tried[5]).toBe(SENML_CBOR);
  });

  it('gives a created instance the first free number where only TLV could leave it out', () => {
    const { client, management, world, lastRequest } = registered('112 110');
    client.answer = (request) => contentFormat(request) === TLV ? UNSUPPORTED : CHANGED;
    const create: Wish = {
      kind: 'create', path: '/3303', values: [{ path: '/3303/0/5701', value: 'C' }],
    };
    management.request('a', create, 'op');
    world.run(5 * SECOND);
    management.request('a', { ...create, format: SENML_JSON }, 'op');
    world.run(5 * SECOND);
    const sent = client.heard.map(({ message }) => message).filter(({ code }) => code === Code.POST);
    expect(sent.map(contentFormat)).toEqual([TLV, SENML_CBOR, SENML_JSON]);
    expect(described(lastRequest()))
      .toBe('POST /3303 ct=110 [{"bn":"/3303/1/","n":"5701","vs":"C"}]');
  });

  it('ends the operation when it is the last, or the one a person chose', () => {
    const { ask } = registered('112');
    const failed = { status: 'FAILED', outcome: 'the device answered 4.15' };
    expect(ask({ ...write('/3/0/14', TEXT_VALUE), format: TLV }, UNSUPPORTED))
      .toMatchObject(failed);
    expect(ask({ kind: 'delete', path: '/3303/0' }, UNSUPPORTED)).toMatchObject(failed);
    expect(ask(write('/3/0/14', TEXT_VALUE), UNSUPPORTED)).toMatchObject(failed);
  });

  it('leaves composites the ones that can name paths', () => {
    const { ask, client, management, world } = registered('112 110');
    ask(write('/3/0/14', TEXT_VALUE), UNSUPPORTED);
    expect(ask({ kind: 'read-composite', paths: ['/3'] }, UNSUPPORTED))
      .toMatchObject({ status: 'FAILED', outcome: 'the device answered 4.15' });
    client.answer = () => content('[{"n":"/3/0/9","v":80}]');
    expect(management.setObserved('a', '/3/0/9+/3/0/13', true).ok).toBe(true);
    world.run(5 * SECOND);
    expect(client.heard.at(-1)?.message.code).toBe(Code.FETCH);
  });

  it('that cannot hold the values is said before anything leaves', () => {
    const { ask, client } = registered();
    const before = client.heard.length;
    expect(ask({ ...write('/3/0/14', TEXT_VALUE), format: OPAQUE }))
      .toMatchObject({ status: 'FAILED', outcome: 'opaque has no form for string' });
    expect(client.heard.length).toBe(before);
  });
});

describe('what is asked of a device that sleeps', () => {
  const asleep = () => {
    const one = registered('112', { query: 'lwm2m=1.1&Q' });
    one.world.run(200 * SECOND);
    return one;
  };
  const wish = write('/3/0/14', TEXT_VALUE);

  it('fails when its time is over, and does not reach the device later', () => {
    const { ask, client, world, management } = asleep();
    const expiresAt = management.now() + 60 * SECOND;
    expect(ask(wish, CHANGED, expiresAt)).toMatchObject({ status: 'QUEUED' });
    world.run(60 * SECOND);
    expect([...world.disk.operations.values()]).toMatchObject([
      { status: 'FAILED', outcome: 'the device did not listen in time', attempts: 0 },
    ]);
    const before = client.requests().length;
    client.update();
    world.run(5 * SECOND);
    expect(client.requests().length).toBe(before);
    expect(world.server.host.expiries.size).toBe(0);
  });

  it('is sent if it wakes in time, and its time is then no matter', () => {
    const { ask, client, world, management } = asleep();
    ask(wish, CHANGED, management.now() + 60 * SECOND);
    client.update();
    world.run(200 * SECOND);
    expect([...world.disk.operations.values()]).toMatchObject([{ status: 'CONFIRMED' }]);
    expect(world.server.host.expiries.size).toBe(0);
  });

  it('ends at its time also when the server was started anew meanwhile', () => {
    const { ask, world, management } = asleep();
    ask(wish, CHANGED, management.now() + 60 * SECOND);
    world.crashServer(true);
    world.startServer();
    world.run(61 * SECOND);
    expect([...world.disk.operations.values()]).toMatchObject([{ status: 'FAILED' }]);
  });

  it('waits on when it is gone before the request leaves, until its time is over', () => {
    const { ask, client, world, management } = asleep();
    world.disk.commitDelay = { least: 5 * SECOND, most: 5 * SECOND };
    ask(wish, CHANGED, management.now() + 60 * SECOND);
    client.update();
    world.run(SECOND);
    client.request(Code.DELETE, client.location);
    world.run(20 * SECOND);
    expect([...world.disk.operations.values()]).toMatchObject([{ status: 'QUEUED' }]);
    world.run(60 * SECOND);
    expect([...world.disk.operations.values()])
      .toMatchObject([{ status: 'FAILED', outcome: 'the device did not listen in time' }]);
  });

  it('can be taken back once', () => {
    const { ask, world, management } = asleep();
    const id = world.server.host.nextOperation;
    ask(wish);
    expect(management.cancel('a', id, 'op').ok).toBe(true);
    expect(management.cancel('a', id, 'op').ok).toBe(false);
    world.run(SECOND);
    expect(world.disk.operations.get(id))
      .toMatchObject({ status: 'FAILED', outcome: 'cancelled by op', attempts: 0 });
    expect(management.cancel('nobody', id, 'op').ok).toBe(false);
  });

  it('is bounded in all its characters', () => {
    const { ask, management, world } = registered('112', {
      query: 'lwm2m=1.1&Q', limits: { waitingBytesMax: 100 },
    });
    world.run(200 * SECOND);
    ask(write('/5/0/0', { path: '/5/0/0', value: 'A'.repeat(100) }));
    expect(ask(wish)).toEqual({ refused: 'operations with 100 characters are waiting already' });
    management.forget('a');
    expect(world.server.host.waitingBytes).toBe(0);
  });
});

it('composites are not asked of a device of 1.0', () => {
  const { ask } = registered('', { query: 'lwm2m=1.0' });
  expect(ask({ kind: 'read-composite', paths: ['/3'] }))
    .toEqual({ refused: 'a speaks LwM2M 1.0, which has no composite operations' });
});

it('the end of an operation is told with its values, once they are on disk', () => {
  const { ask, management, world } = registered('', {});
  const told: object[] = [];
  management.subscribe((event) => {
    if (event.kind === 'operation') told.push({ ...event, onDisk: world.disk.telemetry.length });
  }, false);
  ask({ kind: 'read', path: '/3/0/9' }, content('80'));
  expect(told).toMatchObject([{
    endpoint: 'a', row: { status: 'CONFIRMED' }, onDisk: 1,
    entries: [{ path: { object: 3, instance: 0, resource: 9 }, value: { value: 80n } }],
  }]);
});

describe('what is done twice if it is asked twice', () => {
  const reboot: Wish = { kind: 'execute', path: '/3/0/4', arguments: '' };
  const isReboot = (message: Message): boolean => (
    message.code === Code.POST && uriPath(message).join('/') === '3/0/4');
  const UNKNOWN = 'outcome unknown: it may have been sent, and no answer came';

  it('is not asked again when the device registers before it answers', () => {
    const { ask, client, world } = registered();
    ask(reboot, 'silence');
    for (let boot = 0; boot < 3; boot++) {
      client.register('ep=a&lt=3600&lwm2m=1.1', '</1/0>,</3/0>');
      world.run(5 * SECOND);
    }
    const told = client.heard.filter(({ message }) => isReboot(message));
    expect(new Set(told.map(({ message }) => message.mid)).size).toBe(1);
    expect([...world.disk.operations.values()]).toMatchObject([
      { status: 'FAILED', outcome: UNKNOWN, attempts: 1 },
    ]);
  });

  it.for<[Wish['kind'], Wish, string]>([
    ['create', { kind: 'create', path: '/3303', values: [] }, 'QUEUED'],
    ['execute', reboot, 'FAILED'],
  ])('%s: sent to a device that was booting', ([, wish, status]) => {
    const { ask, client, world } = registered();
    ask(wish, 'silence');
    const operation = world.server.host.nextOperation - 1;
    world.disk.commitDelay = { least: 5 * SECOND, most: 5 * SECOND };
    client.request(Code.POST, ['rd'], ['ep=a', 'lt=3600', 'lwm2m=1.1'], '</1/0>,</3/0>,</3303/0>');
    world.run(6 * SECOND);
    expect(world.disk.operations.get(operation)?.status).toBe(status);
  });

  it('a Create without an answer is not asked again', () => {
    const { ask, client, world } = registered();
    ask({ kind: 'create', path: '/3303', values: [] }, 'silence');
    world.run(200 * SECOND);
    client.update();
    world.run(200 * SECOND);
    expect([...world.disk.operations.values()]).toMatchObject([
      { status: 'FAILED', outcome: UNKNOWN },
    ]);
  });

  it('is not asked again after a crash of the server', () => {
    const { ask, client, world } = registered();
    ask(reboot, 'silence');
    world.crashServer(true);
    world.startServer();
    client.heard.length = 0;
    client.update();
    world.run(200 * SECOND);
    expect(client.heard.filter(({ message }) => isReboot(message))).toEqual([]);
    expect([...world.disk.operations.values()]).toMatchObject([
      { status: 'FAILED', outcome: UNKNOWN },
    ]);
    expect(world.server.host.waitingBytes).toBe(0);
  });

  it('is asked once more when it had not left yet', () => {
    const { ask, client, world } = registered('110 112', { query: 'lwm2m=1.1&Q' });
    world.run(100 * SECOND);
    ask(reboot);
    world.crashServer(true);
    world.startServer();
    client.update();
    world.run(5 * SECOND);
    expect([...world.disk.operations.values()]).toMatchObject([{ status: 'CONFIRMED' }]);
  });
});
