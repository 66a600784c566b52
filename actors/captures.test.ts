// Recording the messages of a device, as stories through the whole server in virtual time: whose a
// datagram is, when recording ends, what is kept, and what must not be.

import { beforeEach, describe, expect, it, test } from 'vitest';
import { messagesPage } from '../core/api/message-view.ts';
import type { MessageView } from '../core/api/views.ts';
import { encodeUtf8 } from '../core/bytes.ts';
import { Code, CON, NON, OptionNumber } from '../core/coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import { encodePayload } from '../core/lwm2m/content-format.ts';
import { CALM } from '../sim/network-rules.ts';
import { content, RawClient } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { CAPTURED_BYTES_MAX, CAPTURED_MESSAGES_MAX } from './capture.ts';
import { CAPTURE_LINGER, CAPTURES_MAX, STRAYS_MAX } from './captures.ts';
import { DEFAULT_CONFIG } from './config.ts';
import { ServerManagement } from './management.ts';

const SECOND = 1000;
const SENML_JSON = 110;
const SECRET = 'do-not-show-this';

let world: World;
let client: RawClient;
let management: ServerManagement;

beforeEach(() => {
  world = new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG });
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  management = new ServerManagement(world.server.host, facts);
  client = new RawClient(world);
  client.register('ep=a&lwm2m=1.1');
});

/** Recorded of the device, the oldest first. */
function rows(endpoint = 'a'): MessageView[] {
  return [...messagesPage(management.recorded(endpoint), { limit: 10_000 }).rows].reverse();
}

/** In one line each: `in CON POST /rd`. */
function lines(endpoint = 'a'): string[] {
  return rows(endpoint).map(({ direction, type, code, about, malformed }) => (
    [direction, type, code, about, malformed].filter((part) => part !== '').join(' ')));
}

function ask(path: string): void {
  expect(management.request('a', { kind: 'read', path }, 'ann').ok).toBe(true);
  world.run(SECOND);
}

describe('recorded is', () => {
  it('nothing before somebody asks for it', () => {
    client.update();
    expect(management.recorded('a')).toBeUndefined();
    expect(world.server.host.captures.isOn).toBe(false);
  });

  it('each datagram to and from the device, in its order', () => {
    management.record('a');
    client.update();
    ask('/3303/0/5700');
    client.notified(client.tokenOf('/3303/0/5700'), 5, '22.5', CON);
    expect(lines()).toEqual([
      expect.stringMatching(/^in CON POST \/rd\/\w+$/), 'out ACK 2.04 Changed',
      'out CON GET /3303/0/5700', 'in ACK 2.05 Content /3303/0/5700',
      'in CON 2.05 Content /3303/0/5700', 'out ACK Empty',
    ]);
    const [, , , answer, notification] = rows();
    expect(answer).toMatchObject({
      size: expect.any(Number), address: '10.2.0.1:5683', token: expect.stringMatching(/^\w{16}$/),
      payload: { kind: 'values', format: 'text', text: '/3303/0/5700 Sensor Value = 21.5' },
    });
    expect(notification?.options).toEqual([
      { name: 'Observe', value: '5' }, { name: 'Content-Format', value: '0 (text)' },
    ]);
  });

  it('nothing of other devices', () => {
    const other = new RawClient(world, '10.2.0.2');
    other.register('ep=b&lwm2m=1.1');
    management.record('a');
    other.update();
    expect(lines()).toEqual([]);
    management.record('b');
    other.update();
    expect(lines('b')).toHaveLength(2);
    expect(lines()).toEqual([]);
  });

  it('its Register from a new address and all that follows there', () => {
    management.record('a');
    client.moveTo('10.2.0.7', 999);
    client.register('ep=a&lwm2m=1.1');
    expect(lines().slice(0, 3)).toEqual([
      'in CON POST /rd?ep=a&lwm2m=1.1', 'out ACK 2.01 Created', 'out CON GET /3/0',
    ]);
    expect(new Set(rows().map(({ address }) => address))).toEqual(new Set(['10.2.0.7:999']));
  });

  it('its Update from a new address with the answer', () => {
    management.record('a');
    client.moveTo('10.2.0.7');
    client.update();
    expect(lines().slice(0, 2))
      .toEqual([expect.stringMatching(/^in CON POST \/rd\//), 'out ACK 2.04 Changed']);
  });

  it('a Register of it that was refused, with the answer', () => {
    management.record('a');
    const stranger = new RawClient(world, '10.2.0.9');
    stranger.ask(Code.POST, ['rd'], ['ep=a', 'lwm2m=9.9'], '</3/0>');
    expect(lines()).toEqual([
      'in CON POST /rd?ep=a&lwm2m=9.9', expect.stringMatching(/^out ACK 4\.\d\d /),
    ]);
  });

  it('its De-register with the answer, which leaves when nothing binds it any more', () => {
    management.record('a');
    client.ask(Code.DELETE, client.location);
    expect(lines()).toEqual([
      expect.stringMatching(/^in CON DELETE \/rd\//), 'out ACK 2.02 Deleted',
    ]);
  });

  it('what is malformed, with the reason', () => {
    management.record('a');
    client.sendBytes(Uint8Array.of(0x4f, 1, 0, 9, 0xff));
    world.run(SECOND);
    expect(lines()).toEqual(['in reserved token length', 'out RST Empty']);
    expect(rows()[0]?.payload?.text).toMatch(/^0000 {2}4f 01 00 09 ff/);
  });
});

describe('recording', () => {
  it('ends some time after the last one looked', () => {
    management.record('a');
    world.run(CAPTURE_LINGER - SECOND);
    expect(management.recorded('a')).toBeDefined();
    world.run(CAPTURE_LINGER - SECOND);
    expect(management.recorded('a')).toBeDefined();
    world.run(2 * CAPTURE_LINGER);
    expect(world.server.host.captures.isOn).toBe(false);
    expect(management.recorded('a')).toBeUndefined();
  });

  it('ends with a device that is forgotten', () => {
    management.record('a');
    management.forget('a');
    expect(world.server.host.captures.isOn).toBe(false);
  });

  it('begins of those that are known only', () => {
    expect(management.record('nobody').ok).toBe(false);
    expect(management.recorded('nobody')).toBeUndefined();
  });

  it('is of so many devices at once, where one that nobody looks at makes room', () => {
    const names = Array.from({ length: CAPTURES_MAX }, (_, index) => `d${index}`);
    for (const name of [...names, 'one more']) management.provision(name);
    for (const name of names) expect(management.record(name)).toEqual({ ok: true, value: 'begun' });
    expect(management.record('d0')).toEqual({ ok: true, value: 'goes on' });
    expect(management.record('one more').ok).toBe(false);
    world.run(60 * SECOND);
    for (const name of names.slice(1)) management.recorded(name);
    expect(management.record('one more').ok).toBe(true);
    expect(management.recorded('d0')).toBeUndefined();
  });
});

describe('kept are the newest', () => {
  test('addresses that were refused', () => {
    management.record('a');
    const strangers = Array.from(
      { length: STRAYS_MAX + 1 }, (_, index) => new RawClient(world, `10.3.0.${index}`));
    for (const stranger of strangers) {
      stranger.ask(Code.POST, ['rd'], ['ep=a', 'lwm2m=9.9'], '</3/0>');
    }
    const refused = rows();
    expect(new Set(refused.map(({ address }) => address)).size).toBe(STRAYS_MAX + 1);
    // What says no name is of the device for its address alone.
    for (const stranger of strangers) stranger.send({});
    world.run(SECOND);
    const followed = rows().slice(refused.length).map(({ address }) => address);
    expect(new Set(followed))
      .toEqual(new Set(strangers.slice(1).map((_, index) => `10.3.0.${index + 1}:5683`)));
  });

  test('messages', () => {
    management.record('a');
    for (let count = 0; count < CAPTURED_MESSAGES_MAX + 10; count++) {
      client.send({ type: NON, code: Code.EMPTY, mid: count });
    }
    world.run(SECOND);
    const { messages, dropped } = management.recorded('a')!;
    expect([messages.length, dropped]).toEqual([CAPTURED_MESSAGES_MAX, 10]);
  });

  test('bytes', () => {
    management.record('a');
    const length = 50_000;
    for (let count = 0; count < 30; count++) {
      client.sendBytes(new Uint8Array(length).fill(0x50));
    }
    world.run(SECOND);
    const { messages, dropped } = management.recorded('a')!;
    expect(messages).toHaveLength(Math.floor(CAPTURED_BYTES_MAX / length));
    expect(dropped).toBe(30 - messages.length);
  });
});

describe('keys are not kept:', () => {
  const secretIn = (): boolean => management.recorded('a')!.messages
    .some(({ datagram }) => new TextDecoder().decode(datagram).includes(SECRET));
  const senml = encodePayload(SENML_JSON, undefined, [
    { path: { object: 0, instance: 0, resource: 5 }, value: { type: 'string', value: SECRET } },
  ]);
  const sends = (payload: Uint8Array, more: readonly [number, number][] = []) => client.send({
    code: Code.POST, token: Uint8Array.of(1), payload,
    options: [
      stringOptionOf(OptionNumber.URI_PATH, 'dp'),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, SENML_JSON),
      ...more.map(([number, value]) => uintOptionOf(number, value)),
    ],
  });

  /** Past the checks of operations, which refuse it. */
  const askForKeys = (code: number = Code.GET, path = ['0', '0', '5']) => {
    const { devices, layer } = world.server.host;
    layer.request(devices.get('a')!.registration!.peer, {
      code, payload: new Uint8Array(),
      options: path.map((id) => stringOptionOf(OptionNumber.URI_PATH, id)),
    }, () => undefined);
    world.run(SECOND);
  };

  beforeEach(() => {
    client.answer = () => content(SECRET);
    management.record('a');
  });

  test('the answer to who reads the Security object', () => {
    askForKeys();
    const answer = rows().at(-1);
    expect(answer).toMatchObject({
      code: '2.05 Content', about: '/0/0/5',
      payload: { kind: 'withheld', text: 'Not shown: object 0 holds keys.' },
    });
    expect(secretIn()).toBe(false);
  });

  test('the answer to who reads something else', () => {
    client.answer = () => ({
      ...content(''), payload: encodeUtf8(`[{"n":"/21/0/0","vs":"${SECRET}"}]`),
      options: [uintOptionOf(OptionNumber.CONTENT_FORMAT, SENML_JSON)],
    });
    askForKeys(Code.GET, ['3', '0']);
    expect(rows().at(-1)?.payload).toMatchObject({
      kind: 'withheld', text: 'Not shown: object 21 holds keys.',
    });
    expect(secretIn()).toBe(false);
  });

  test.for([
    ['that', askForKeys],
    ['a composite, which may name them', () => askForKeys(Code.FETCH, [])],
  ] as const)('what was malformed in answering %s', ([, send]) => {
    client.answer = () => 'silence';
    send();
    client.sendBytes(Uint8Array.of(0x6f, 0x45, 0, 1, ...encodeUtf8(SECRET)));
    world.run(SECOND);
    expect(rows().at(-1)).toMatchObject({
      malformed: 'reserved token length', payload: { kind: 'withheld' },
    });
    expect(secretIn()).toBe(false);
  });

  test('a Send that holds some', () => {
    if (!senml.ok) throw new Error(senml.reason);
    sends(senml.value);
    world.run(SECOND);
    expect(rows()[0]?.payload).toMatchObject({ kind: 'withheld' });
    expect(secretIn()).toBe(false);
  });

  test('a Send that cannot be read, and a part of one', () => {
    sends(encodeUtf8(`[{"n":"/0/0/5","vs":"${SECRET}"`));
    sends(encodeUtf8(`[{"n":"/0/0/5","vs":"${SECRET}"}`), [[OptionNumber.BLOCK1, 8]]);
    world.run(SECOND);
    expect(rows().filter(({ payload }) => payload?.kind === 'withheld')).toHaveLength(2);
    expect(secretIn()).toBe(false);
  });

  test('the answer to a request that was not seen', () => {
    client.send({
      code: Code.CONTENT, token: Uint8Array.of(9), payload: encodeUtf8(SECRET),
      options: [uintOptionOf(OptionNumber.CONTENT_FORMAT, 0)],
    });
    world.run(SECOND);
    expect(rows()[0]?.payload).toMatchObject({ kind: 'withheld' });
    expect(secretIn()).toBe(false);
  });

  test('but other values are', () => {
    ask('/3/0/0');
    expect(secretIn()).toBe(true);
    expect(rows().at(-1)?.payload?.text).toBe(`/3/0/0 Manufacturer = "${SECRET}"`);
  });
});
