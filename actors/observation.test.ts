// Reads and observations as stories (LwM2M Core 1.1.1 s6.4, RFC 7641): what the server asks of a
// device that agrees, refuses, resets or talks nonsense, and what becomes of each notification.

import { describe, expect, it } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '../core/bytes.ts';
import { ACK, Code, CON, NON, OptionNumber, RST } from '../core/coap/message.ts';
import { accept, observe, uintOptionOf, uriPath } from '../core/coap/options.ts';
import { CALM } from '../sim/network-rules.ts';
import { content, observes, pathText, RawClient } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, type ServerConfig } from './config.ts';
import { SLOTS_PER_OBSERVATION_MAX } from './effects.ts';
import { ServerManagement } from './management.ts';

const SECOND = 1000;

function newWorld(config: Partial<ServerConfig> = {}): World {
  return new World({ seed: 2, network: CALM, config: { ...DEFAULT_CONFIG, ...config } });
}

function registered(config?: Partial<ServerConfig>, answer = observes('21.5')) {
  const world = newWorld(config);
  const client = new RawClient(world);
  client.answer = answer;
  client.register('ep=a&lwm2m=1.1&lt=3600');
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  const management = new ServerManagement(world.server.host, facts);
  return { world, client, management };
}

/** Values of /3303/0/5700 on disk, oldest first. */
function stored(world: World): unknown[] {
  return [...world.disk.telemetry].filter(({ object }) => object === 3303)
    .map(({ value }) => ('value' in value ? value.value : undefined));
}

describe('a notification that overtakes the answer to its observe', () => {
  it('is that answer, and acknowledged only once its value is on disk', () => {
    const { world, client, management } = registered(
      {}, (request) => (observe(request) === 0 ? 'silence' : content('x')),
    );
    const mid = client.notify(client.tokenOf('/3303/0/5700'), 1, '22.5');
    world.disk.commitDelay = { least: 500, most: 500 };
    world.run(400);
    expect(stored(world)).toEqual([]);
    expect(client.reactionTo(mid)).toBeUndefined();
    world.run(SECOND);
    expect(stored(world)).toEqual([22.5]);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    expect(management.device('a')?.observing).toEqual(['/3303/0/5700']);
  });
});

describe('after a Register', () => {
  it('what the profile wants is read once and then observed, one request at a time', () => {
    const { client } = registered();
    expect(client.requests()).toEqual([
      'GET /3/0', 'GET /3303/0/5700 observe', 'GET /3/0/9 observe',
    ]);
  });

  it('a next request waits for the answer to the one before (NSTART 1)', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.answer = () => 'silence';
    client.register('ep=a&lwm2m=1.1');
    world.run(20 * SECOND);
    expect(client.requests()).toEqual(['GET /3/0']);
  });

  it('what a device leaves unanswered while it speaks is asked for again after its Update', () => {
    let isDeaf = true;
    const { world, client, management } = registered({}, (request) => (
      isDeaf && observe(request) === 0 ? 'silence' : observes('21.5')(request)));
    // The link swallows the requests, all their retransmissions too, and the device goes on.
    for (let spoken = 0; spoken < 20; spoken++) {
      client.update();
      world.run(10 * SECOND);
    }
    expect(management.device('a')?.observing).toEqual([]);
    isDeaf = false;
    for (let spoken = 0; spoken < 3; spoken++) {
      client.update();
      world.run(100 * SECOND);
    }
    expect(management.device('a')?.observing).toEqual(['/3303/0/5700', '/3/0/9']);
  });

  it('the answer to an observe is its first value', () => {
    const { world, management } = registered();
    expect(stored(world)).toEqual([21.5]);
    expect(management.device('a')?.observing).toEqual(['/3303/0/5700', '/3/0/9']);
  });

  it('each path has a token of its own, of the one registration', () => {
    const { client } = registered();
    const one = toHex(client.tokenOf('/3303/0/5700'));
    const other = toHex(client.tokenOf('/3/0/9'));
    expect(one.slice(0, 12)).toBe(other.slice(0, 12));
    expect(one).not.toBe(other);
  });

  it('below an alternate path, requests go below it too', () => {
    const client = new RawClient(newWorld());
    client.answer = (request) => observes('1')({
      ...request, options: request.options.filter(({ value }) => toHex(value) !== '6c776d326d'),
    });
    client.register('ep=a&lwm2m=1.1', '</lwm2m>;rt="oma.lwm2m",</lwm2m/3/0>,</lwm2m/3303/0>');
    expect(client.requests()).toEqual([
      'GET /lwm2m/3/0', 'GET /lwm2m/3303/0/5700 observe', 'GET /lwm2m/3/0/9 observe',
    ]);
  });

  it('a path the device ignores while it talks does not keep the rest waiting', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.answer = (request) => (
      pathText(request) === '/3/0' ? 'silence' : observes('21.5')(request)
    );
    client.register('ep=a&lwm2m=1.1&lt=3600');
    world.run(30 * SECOND);
    client.update();
    world.run(120 * SECOND);
    client.update();
    world.run(10 * SECOND);
    expect(client.requests()).toEqual([
      'GET /3/0', 'GET /3303/0/5700 observe', 'GET /3/0/9 observe',
    ]);
  });

  it('a cancellation the device ignores does not keep others waiting', () => {
    const { world, client, management } = registered();
    const usual = client.answer;
    client.answer = (request) => (observe(request) === 1 ? 'silence' : usual(request));
    expect(management.setObserved('a', '/3303/0/5700', false).ok).toBe(true);
    expect(management.setObserved('a', '/3/0/13', true).ok).toBe(true);
    world.run(200 * SECOND);
    client.update();
    world.run(5 * SECOND);
    expect(management.device('a')?.observing).toContain('/3/0/13');
  });

  it('no more is observed of a device than the limit says', () => {
    const limits = { ...DEFAULT_CONFIG.limits, observationsMax: 3 };
    const client = new RawClient(newWorld({ limits }));
    const many = Array.from({ length: 10 }, (_, id) => `</3303/${id}>`).join(',');
    client.register('ep=a&lwm2m=1.1', many);
    expect(client.requests().filter((one) => one.endsWith('observe'))).toHaveLength(3);
  });
});

describe('the format', () => {
  function acceptOf(links: string): number | undefined {
    const client = new RawClient(newWorld());
    client.register('ep=a&lwm2m=1.1', links);
    const request = client.heard.find(({ message }) => message.code === Code.GET);
    return request && accept(request.message);
  }

  it('is what the device lists and we like best, else TLV', () => {
    expect(acceptOf('</>;rt="oma.lwm2m";ct="110 112 60",</3/0>')).toBe(112);
    expect(acceptOf('</>;rt="oma.lwm2m";ct=110,</3/0>')).toBe(110);
    expect(acceptOf('</>;ct=112,</3/0>')).toBe(112);
    expect(acceptOf('</>;ct="11542 11544",</3/0>')).toBe(11_544);
    expect(acceptOf('</>;ct="320 322",</3/0>')).toBe(11_542);
    expect(acceptOf('</3/0>')).toBe(11_542);
  });

  it.each([
    ['4.06', Code.NOT_ACCEPTABLE], ['4.15', Code.UNSUPPORTED_CONTENT_FORMAT],
  ])('is left to the device after %s, for all that follows', (_, code) => {
    const { client, management } = registered({}, (request) => accept(request) === undefined
      ? observes('21.5')(request) : { code });
    expect(client.requests()).toEqual([
      'GET /3/0', 'GET /3/0', 'GET /3303/0/5700 observe', 'GET /3/0/9 observe',
    ]);
    expect(management.device('a')?.observing).toEqual(['/3303/0/5700', '/3/0/9']);
    const [first, ...others] = client.heard.filter(({ message }) => message.code === Code.GET);
    expect(first && accept(first.message)).toBe(11_542);
    expect(others.map(({ message }) => accept(message))).toEqual([
      undefined, undefined, undefined,
    ]);
  });

  it('is not asked for a third time when the device refuses both ways', () => {
    const { client, management } = registered({}, () => ({ code: Code.NOT_ACCEPTABLE }));
    expect(client.requests()).toEqual([
      'GET /3/0', 'GET /3/0', 'GET /3303/0/5700 observe', 'GET /3/0/9 observe',
    ]);
    expect(management.device('a')?.notObserving).toEqual([
      { path: '/3303/0/5700', reason: 'the device answered 4.06' },
      { path: '/3/0/9', reason: 'the device answered 4.06' },
    ]);
  });
});

describe('a device that does not observe', () => {
  it.for([
    ['answers with an error', { code: Code.NOT_FOUND }, 'the device answered 4.04'],
    ['resets the request', 'reset', 'the device answered with a Reset'],
    ['answers as if it were a read', content('1'),
      'the device answered once and does not observe this path'],
  ] as const)('%s: the other paths are observed all the same', ([, refusal, reason]) => {
    const { client, management, world } = registered({}, (request) =>
      pathText(request) === '/3303/0/5700' ? refusal : observes('80')(request));
    expect(management.device('a')?.observing).toEqual(['/3/0/9']);
    expect(management.device('a')?.notObserving).toEqual([{ path: '/3303/0/5700', reason }]);
    expect(management.device('a')?.session.observations).toBe('inPlace');
    const count = client.requests().length;
    world.run(600 * SECOND);
    expect(client.requests()).toHaveLength(count);
  });

  it('still has the value of a plain read stored', () => {
    const { world } = registered({}, (request) =>
      uriPath(request).length < 3 ? { code: Code.NOT_FOUND } : content('7'));
    expect(stored(world)).toEqual([7]);
  });

  it('keeps its reason across a restart', () => {
    const { world } = registered({}, () => ({ code: Code.METHOD_NOT_ALLOWED }));
    world.crashServer(true);
    world.startServer();
    const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
    const [first] = new ServerManagement(world.server.host, facts).device('a')!.notObserving;
    expect(first?.reason).toMatch(/^the device/);
  });

  it('a reset read does not keep the rest waiting', () => {
    const { management } = registered({}, (request) =>
      uriPath(request).length < 3 ? 'reset' : observes('1')(request));
    expect(management.device('a')?.observing).toHaveLength(2);
  });

  it('ends an observation with an error: acknowledged, and shown with the reason', () => {
    const { world, client, management } = registered();
    const token = client.tokenOf('/3303/0/5700');
    const mid = client.send({ code: Code.NOT_FOUND, token });
    world.run(100);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    expect(management.device('a')?.notObserving)
      .toEqual([{ path: '/3303/0/5700', reason: 'the device ended it with 4.04' }]);
    expect(client.notified(token, 9, '1')).toBe(RST);
  });
});

describe('a notification', () => {
  it('is acknowledged only when its value is on disk', () => {
    const { world, client } = registered();
    world.disk.commitDelay = { least: 1000, most: 1000 };
    const mid = client.notify(client.tokenOf('/3303/0/5700'), 5, '22.25');
    world.run(900);
    expect(client.reactionTo(mid)).toBeUndefined();
    expect(stored(world)).toEqual([21.5]);
    world.run(SECOND);
    expect(client.reactionTo(mid)?.type).toBe(ACK);
    expect(stored(world)).toEqual([21.5, 22.25]);
  });

  it('is stored once though it arrives three times', () => {
    const { world, client } = registered();
    const token = client.tokenOf('/3303/0/5700');
    const options = [
      uintOptionOf(OptionNumber.OBSERVE, 7), uintOptionOf(OptionNumber.CONTENT_FORMAT, 0),
    ];
    const copy = { code: Code.CONTENT, token, options, mid: 900, payload: encodeUtf8('5') };
    client.send(copy);
    client.send(copy);
    world.run(100);
    client.send(copy);
    world.run(100);
    expect(stored(world)).toEqual([21.5, 5]);
    expect(client.heard.filter(({ message }) => message.mid === 900 && message.type === ACK))
      .toHaveLength(2);
  });

  it('with an unknown token gets a Reset, confirmable or not', () => {
    const { client, world } = registered();
    for (const type of [CON, NON] as const) {
      for (const token of ['', '01', '0102030405060708', '010203040506070809'.slice(0, 16)]) {
        expect(client.notified(fromHex(token)!, 5, '1', type)).toBe(RST);
      }
    }
    expect(stored(world)).toEqual([21.5]);
  });

  it('with a token of the registration but no slot gets a Reset', () => {
    const { client } = registered();
    const token = client.tokenOf('/3303/0/5700').slice();
    token[7] = 99;
    expect(client.notified(token, 5, '1')).toBe(RST);
    expect(client.notified(token.subarray(0, 7), 5, '1')).toBe(RST);
  });

  it('with another device\'s token gets a Reset', () => {
    const { world, client } = registered();
    const other = new RawClient(world, '10.2.0.2');
    other.register('ep=b&lwm2m=1.1');
    expect(other.notified(client.tokenOf('/3303/0/5700'), 5, '1')).toBe(RST);
  });

  it('that is only the first block is acknowledged and not stored as the whole', () => {
    const { world, client } = registered();
    const moreBlocks = { number: OptionNumber.BLOCK2, value: Uint8Array.of(0x0d) };
    client.send({
      type: CON, code: Code.CONTENT, token: client.tokenOf('/3303/0/5700'),
      options: [...content('7').options ?? [], uintOptionOf(OptionNumber.OBSERVE, 5), moreBlocks]
        .sort((a, b) => a.number - b.number),
      payload: encodeUtf8('7'),
    });
    world.run(SECOND);
    expect(stored(world)).toEqual([21.5]);
  });

  it('that is older than the last is acknowledged and not stored (RFC 7641 s3.4)', () => {
    const { world, client } = registered();
    const token = client.tokenOf('/3303/0/5700');
    for (const [sequence, value] of [[5, '5'], [4, '4'], [5, '5.5'], [6, '6']] as const) {
      expect(client.notified(token, sequence, value)).toBe(ACK);
    }
    expect(stored(world)).toEqual([21.5, 5, 6]);
  });

  it('is newer by 2^23 steps or 128 s', () => {
    const { world, client } = registered();
    const token = client.tokenOf('/3303/0/5700');
    client.notified(token, 2 ** 24 - 1, '0');
    expect(stored(world)).toEqual([21.5]);
    client.notified(token, 2 ** 23 - 1, '1');
    client.notified(token, 2 ** 24 - 2, '2');
    client.notified(token, 3, '3');
    expect(stored(world)).toEqual([21.5, 1, 2, 3]);
    client.notified(token, 2, '4');
    world.run(129 * SECOND);
    client.notified(token, 2, '5');
    expect(stored(world)).toEqual([21.5, 1, 2, 3, 5]);
  });

  it('that cannot be read is acknowledged, and the observation stays', () => {
    const { world, client, management } = registered();
    const token = client.tokenOf('/3303/0/5700');
    const unreadable = [
      { format: 0, payload: encodeUtf8('warm') }, { format: 11_542, payload: fromHex('c8')! },
      { format: 112, payload: fromHex('ff')! }, { format: 9999, payload: encodeUtf8('1') },
    ];
    for (const [index, { format, payload }] of unreadable.entries()) {
      const mid = client.send({
        code: Code.CONTENT, token, payload, options: [
          uintOptionOf(OptionNumber.OBSERVE, 10 + index),
          uintOptionOf(OptionNumber.CONTENT_FORMAT, format),
        ],
      });
      world.run(100);
      expect(client.reactionTo(mid)?.type).toBe(ACK);
    }
    expect(world.server.host.counters.undecodable).toBeGreaterThanOrEqual(3);
    expect(management.device('a')?.observing).toContain('/3303/0/5700');
    expect(client.notified(token, 20, '23')).toBe(ACK);
    expect(stored(world).at(-1)).toBe(23);
  });

  it('that comes before the answer to its observe is taken', () => {
    const { world, client } = registered({}, (request) =>
      pathText(request) === '/3303/0/5700' ? 'silence' : observes('1')(request));
    expect(client.notified(client.tokenOf('/3303/0/5700'), 2, '19')).toBe(ACK);
    expect(stored(world)).toEqual([19]);
  });
});

describe('when the disk falls behind', () => {
  const limits = { ...DEFAULT_CONFIG.limits, backlogShed: 20, backlogMax: 40 };

  it('NON notifications go first, CON ones then and come again, requests never', () => {
    const { world, client } = registered({ limits });
    const token = client.tokenOf('/3303/0/5700');
    world.disk.commitDelay = { least: 10_000, most: 10_000 };
    let sequence = 10;
    const burst = (count: number, type: typeof CON | typeof NON) =>
      Array.from({ length: count }, () => {
        const mid = client.notify(token, sequence, String(sequence), type);
        sequence++;
        world.run(20);
        return mid;
      });
    burst(15, NON);
    expect(world.server.host.counters.shed).toBe(0);
    burst(15, NON);
    expect(world.server.host.counters.shed).toBeGreaterThan(5);
    const shed = world.server.host.counters.shed;
    // Confirmable ones are still taken...
    burst(10, CON);
    expect(world.server.host.counters.shed).toBe(shed);
    // ...until there are too many; those are not acknowledged, so that they come again.
    const refused = burst(40, CON).at(-1)!;
    expect(world.server.host.store.backlog()).toBeLessThanOrEqual(41);
    const update = client.request(Code.POST, client.location);
    world.run(30_000);
    expect(client.reactionTo(refused)).toBeUndefined();
    expect(client.answerTo(update)?.code).toBe(Code.CHANGED);
    expect(world.server.host.store.backlog()).toBe(0);
    world.disk.commitDelay = { least: 1, most: 1 };
    expect(client.notified(token, sequence + 1, '99')).toBe(ACK);
    expect(stored(world).at(-1)).toBe(99);
  });

  it('NON requests go with the NON notifications: nobody waits for them', () => {
    const { world, client } = registered({ limits });
    world.disk.commitDelay = { least: 10_000, most: 10_000 };
    for (let index = 0; index < 200; index++) {
      client.send({
        type: NON, code: Code.POST, token: Uint8Array.of(index), payload: encodeUtf8('</3/0>'),
        options: ['rd'].map((text) => ({ number: 11, value: encodeUtf8(text) })).concat([
          { number: 15, value: encodeUtf8('ep=a') },
        ]),
      });
    }
    world.run(100);
    expect(world.server.host.store.backlog()).toBeLessThan(100);
  });
});

describe('observing by hand', () => {
  it('adds a path, and it stays across a re-registration and a restart', () => {
    const { world, client, management } = registered();
    expect(management.setObserved('a', '/3303/0/5601', true).ok).toBe(true);
    world.run(SECOND);
    expect(management.device('a')?.observing).toContain('/3303/0/5601');
    client.register('ep=a&lwm2m=1.1&lt=3600');
    expect(management.device('a')?.observing).toContain('/3303/0/5601');
    const token = client.tokenOf('/3303/0/5601');
    world.crashServer(true);
    world.startServer();
    expect(client.notified(token, 50, '3')).toBe(ACK);
    client.register('ep=a&lwm2m=1.1&lt=3600');
    expect(client.requests().at(-1)).toBe('GET /3303/0/5601 observe');
  });

  it('removes a path the profile wants, and it stays removed', () => {
    const { world, client, management } = registered();
    const token = client.tokenOf('/3303/0/5700');
    management.setObserved('a', '/3303/0/5700', false);
    world.run(SECOND);
    expect(client.requests().at(-1)).toBe('GET /3303/0/5700 cancel');
    const cancel = client.heard.findLast(({ message }) => observe(message) === 1)!.message;
    // RFC 7641 s3.6: the token of the observation it cancels.
    expect(toHex(cancel.token)).toBe(toHex(token));
    expect(client.notified(token, 9, '1')).toBe(RST);
    expect(management.device('a')?.observing).toEqual(['/3/0/9']);
    const again = world.clock.now();
    client.register('ep=a&lwm2m=1.1&lt=3600');
    expect(client.requests(again)).not.toContain('GET /3303/0/5700 observe');
    management.setObserved('a', '/3303/0/5700', true);
    world.run(SECOND);
    expect(management.device('a')?.observing).toContain('/3303/0/5700');
  });

  it('off while the request for it is under way cancels it when it was answered', () => {
    const { world, client, management } = registered();
    client.answer = () => 'silence';
    management.setObserved('a', '/3303/0/5601', true);
    world.run(100);
    const { mid, token } = client.heard.at(-1)!.message;
    management.setObserved('a', '/3303/0/5601', false);
    client.answer = observes('1');
    client.send({ type: ACK, mid, token, ...content('5', 1) });
    world.run(SECOND);
    expect(client.requests().at(-1)).toBe('GET /3303/0/5601 cancel');
    expect(management.device('a')?.observing).not.toContain('/3303/0/5601');
    expect(client.notified(token, 9, '1')).toBe(RST);
  });

  it('off and on again while the cancellation is under way ends observed', () => {
    const { world, client, management } = registered();
    client.answer = () => 'silence';
    management.setObserved('a', '/3303/0/5700', false);
    world.run(100);
    const { mid, token } = client.heard.at(-1)!.message;
    management.setObserved('a', '/3303/0/5700', true);
    client.answer = observes('1');
    client.send({ type: ACK, mid, token, ...content('5') });
    world.run(SECOND);
    expect(client.requests().at(-1)).toBe('GET /3303/0/5700 observe');
    expect(management.device('a')?.observing).toContain('/3303/0/5700');
  });

  it('a cancellation that was not answered is sent again, and its token stays its own', () => {
    const { world, client, management } = registered();
    const token = toHex(client.tokenOf('/3303/0/5700'));
    client.answer = () => 'silence';
    management.setObserved('a', '/3303/0/5700', false);
    management.setObserved('a', '/3303/0/5601', true);
    world.run(100 * SECOND);
    client.answer = observes('1');
    const back = world.clock.now();
    client.update();
    world.run(SECOND);
    expect(client.requests(back)).toEqual([
      'GET /3303/0/5601 observe', 'GET /3303/0/5700 cancel',
    ]);
    expect(toHex(client.tokenOf('/3303/0/5601'))).not.toBe(token);
  });

  it('of ever other objects does not grow without end', () => {
    const limits = { ...DEFAULT_CONFIG.limits, observationsMax: 4 };
    const { world, client } = registered({ limits });
    const isCancel = (request: Parameters<typeof client.answer>[0]) => observe(request) === 1;
    client.answer = (request) => isCancel(request) ? 'silence' : observes('1')(request);
    for (let round = 0; round < 50; round++) {
      client.update('', Array.from({ length: 4 }, (_, id) => `</3303/${round * 4 + id}>`).join());
      world.run(SECOND);
    }
    expect(world.server.host.devices.get('a')!.observations.length).toBeLessThanOrEqual(16);
  });

  it('ends at the slots of a device that confirms no cancellation, until it does', () => {
    const limits = { ...DEFAULT_CONFIG.limits, observationsMax: 1 };
    const { world, client, management } = registered({ limits });
    const usual = client.answer;
    client.answer = (request) => (observe(request) === 1 ? 'silence' : usual(request));
    const observed = (id: number): boolean => {
      client.update('', `</3303/${id}>`);
      // The cancellation before is given up meanwhile.
      world.run(200 * SECOND);
      return client.requests().includes(`GET /3303/${id}/5700 observe`);
    };
    for (let id = 1; id < SLOTS_PER_OBSERVATION_MAX; id++) expect(observed(id)).toBe(true);
    expect(observed(SLOTS_PER_OBSERVATION_MAX)).toBe(false);
    const { observations } = world.server.host.devices.get('a')!;
    expect(observations).toHaveLength(SLOTS_PER_OBSERVATION_MAX);
    client.answer = usual;
    client.update();
    world.run(SECOND);
    // A path that found no slot is not looked at again before something else is wanted.
    expect(observed(SLOTS_PER_OBSERVATION_MAX + 1)).toBe(true);
    expect(management.device('a')?.observing)
      .toEqual([`/3303/${SLOTS_PER_OBSERVATION_MAX + 1}/5700`]);
  });

  it('a path the device refused is asked for again', () => {
    let isWilling = false;
    const { world, client, management } = registered({}, (request) =>
      isWilling ? observes('1')(request) : { code: Code.NOT_FOUND });
    isWilling = true;
    management.setObserved('a', '/3303/0/5700', true);
    world.run(SECOND);
    expect(client.requests().at(-1)).toBe('GET /3303/0/5700 observe');
    expect(management.device('a')?.observing).toEqual(['/3303/0/5700']);
  });

  it.for([
    ['an unknown device', 'b', '/3303/0/5700'], ['no path', 'a', '/x'], ['the root', 'a', '/'],
  ] as const)('says what is wrong with %s', ([, endpoint, path]) => {
    expect(registered().management.setObserved(endpoint, path, true).ok).toBe(false);
  });
});

describe('the firmware', () => {
  it('state follows /5/0/3 as it is reported', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.answer = observes('0');
    client.register('ep=a&lwm2m=1.1', '</3/0>,</5/0>');
    const token = client.tokenOf('/5/0/3');
    const device = world.server.host.devices.get('a')!;
    const names = ['downloading', 'downloaded', 'updating', 'idle'];
    for (const [index, name] of names.entries()) {
      client.notified(token, 10 + index, String((index + 1) % 4));
      expect(device.state.states.firmware).toBe(name);
      expect(world.disk.devices.get(device.id)?.firmwareState).toBe((index + 1) % 4);
    }
    client.notified(token, 30, '7');
    expect(device.state.states.firmware).toBe('idle');
  });

  it('state is there again after a restart', () => {
    const world = newWorld();
    const client = new RawClient(world);
    client.answer = observes('2');
    client.register('ep=a&lwm2m=1.1', '</3/0>,</5/0>');
    world.crashServer(true);
    world.startServer();
    expect(world.server.host.devices.get('a')?.state.states.firmware).toBe('downloaded');
  });
});
