// What those who watch are told of registrations, reachability, reports and answers, and that each
// is on disk by then.

import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../core/api/management.ts';
import { Code, OptionNumber } from '../core/coap/message.ts';
import { uintOptionOf } from '../core/coap/options.ts';
import { encodeUtf8 } from '../core/bytes.ts';
import type { Wish } from '../core/lwm2m/operation.ts';
import { formatPath } from '../core/lwm2m/path.ts';
import { CALM } from '../sim/network-rules.ts';
import { content, observes, RawClient, type Answer } from '../sim/testing/raw-client.ts';
import { World } from '../sim/world.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE } from './config.ts';
import { ServerManagement } from './management.ts';

const SECOND = 1000;
const TEMPERATURE = '/3303/0/5700';

function watched() {
  const profiles = [{ ...DEFAULT_PROFILE, read: [], observe: [TEMPERATURE], awakeWindow: 20_000 }];
  const world = new World({ seed: 5, network: CALM, config: { ...DEFAULT_CONFIG, profiles } });
  const client = new RawClient(world);
  const facts = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
  const management = new ServerManagement(world.server.host, facts);
  const events: LiveEvent[] = [];
  const stop = management.subscribe((event) => events.push(event), true);
  const of = <Kind extends LiveEvent['kind']>(kind: Kind) =>
    events.filter((event) => event.kind === kind) as Extract<LiveEvent, { kind: Kind }>[];
  return { world, client, management, of, stop };
}

const REGISTER = 'ep=a&lt=3600&lwm2m=1.1';

describe('of registrations', () => {
  const told = ({ of }: ReturnType<typeof watched>) => of('registration')
    .map(({ what, registered: { endpoint, registration: { id, lifetime } } }) =>
      ({ what, endpoint, id, lifetime }));

  it('each begins, is updated, and ends with the one that replaces it', () => {
    const bench = watched();
    const { client } = bench;
    client.register(REGISTER);
    const [, first] = client.location;
    client.update('lt=60', '</3303/0>');
    client.register(REGISTER);
    const [, second] = client.location;
    client.ask(Code.DELETE, client.location);
    expect(told(bench)).toEqual([
      { what: 'registered', endpoint: 'a', id: first, lifetime: 3600 },
      { what: 'updated', endpoint: 'a', id: first, lifetime: 60 },
      { what: 'ended', endpoint: 'a', id: first, lifetime: 60 },
      { what: 'registered', endpoint: 'a', id: second, lifetime: 3600 },
      { what: 'ended', endpoint: 'a', id: second, lifetime: 3600 },
    ]);
    expect(bench.of('registration')[1]).toMatchObject({
      update: { lifetime: 60, smsNumber: undefined, links: '</3303/0>' },
    });
  });

  it('one that expires and one of a device that is forgotten end', () => {
    const bench = watched();
    bench.client.register('ep=a&lt=60&lwm2m=1.1');
    bench.world.run(200 * SECOND);
    new RawClient(bench.world, '10.2.0.2').register('ep=b&lt=60&lwm2m=1.1');
    bench.management.forget('b');
    bench.world.run(SECOND);
    expect(told(bench).map(({ what, endpoint }) => `${endpoint} ${what}`)).toEqual([
      'a registered', 'a ended', 'b registered', 'b ended',
    ]);
  });

  it('nothing is told before it is on disk', () => {
    const { world, client, of } = watched();
    world.disk.commitDelay = { least: 5_000, most: 5_000 };
    client.request(Code.POST, ['rd'], REGISTER.split('&'), '</3303/0>');
    world.run(4 * SECOND);
    expect([...of('registration'), ...of('reachability')]).toEqual([]);
    world.run(2 * SECOND);
    expect([of('registration').length, of('reachability').length]).toEqual([1, 1]);
  });
});

it('a device that falls asleep and one that wakes are told', () => {
  const { world, client, of } = watched();
  client.register(`${REGISTER}&Q`);
  world.run(60 * SECOND);
  client.update();
  client.ask(Code.DELETE, client.location);
  expect(of('reachability').map(({ reachability }) => reachability))
    .toEqual(['awake', 'asleep', 'awake', 'offline']);
});

describe('of reports', () => {
  it('a notification is told as a whole, the answer to the observe request as an answer', () => {
    const { client, of, world } = watched();
    client.register(REGISTER);
    expect(of('notification')).toEqual([]);
    expect(of('observation')).toMatchObject([{
      endpoint: 'a', path: TEMPERATURE, what: 'observe',
      ending: { kind: 'answered', code: Code.CONTENT }, entries: [{ value: { value: 21.5 } }],
    }]);
    const sequence = client.tokenOf(TEMPERATURE);
    client.notified(sequence, 7, '22');
    // An older one is no news (RFC 7641 s3.4).
    client.notified(sequence, 6, '23');
    expect(of('notification')).toMatchObject([{
      endpoint: 'a', path: TEMPERATURE, entries: [{ value: { value: 22 } }],
    }]);
    expect(world.disk.telemetry.length).toBe(2);
  });

  it('a Send is told with all it brought', () => {
    const { client, of } = watched();
    client.register(REGISTER);
    const records = [{ n: TEMPERATURE, v: 1 }, { n: '/3/0/9', v: 80 }];
    client.ask(Code.POST, ['dp'], [], JSON.stringify(records), 110);
    expect(of('send').map(({ endpoint, entries }) =>
      [endpoint, ...entries.map(({ path }) => formatPath(path))])).toEqual([
      ['a', TEMPERATURE, '/3/0/9'],
    ]);
  });
});

describe('of observations', () => {
  it.for<[string, Answer, object[]]>([
    ['refused', { code: Code.NOT_FOUND, payload: encodeUtf8('gone') },
      [{ kind: 'answered', code: Code.NOT_FOUND, words: 'gone' }]],
    ['reset', 'reset', [{ kind: 'rejected' }]],
    ['unreadable', { ...content('warm', 0) },
      [{ kind: 'answered', code: Code.CONTENT, words: '' }]],
    ['in a format nobody reads', {
      code: Code.CONTENT, payload: encodeUtf8('1'),
      options: [uintOptionOf(OptionNumber.OBSERVE, 0), uintOptionOf(12, 9999)],
    }, [{ kind: 'unreadable', reason: 'content format 9999 is not read' }]],
    ['unanswered', 'silence', []],
  ])('that is %s', ([, answer, endings]) => {
    const { client, of, world } = watched();
    client.answer = () => answer;
    client.register(REGISTER);
    world.run(60 * SECOND);
    expect(of('observation').map(({ ending }) => ending)).toEqual(endings);
  });

  it('4.06 to our Accept is no answer yet: it is asked again without', () => {
    const { client, of } = watched();
    client.answer = (request) => request.options.some(({ number }) => number === 17)
      ? { code: Code.NOT_ACCEPTABLE } : observes('5')(request);
    client.register(REGISTER, '</>;rt="oma.lwm2m";ct=110,</3303/0>');
    expect(of('observation')).toMatchObject([{ ending: { code: Code.CONTENT } }]);
  });

  it('the end of one is told as well', () => {
    const { client, of, management, world } = watched();
    client.register(REGISTER);
    management.setObserved('a', TEMPERATURE, false);
    world.run(SECOND);
    expect(of('observation').map(({ what }) => what)).toEqual(['observe', 'cancel']);
  });
});

describe('an operation ends', () => {
  const READ: Wish = { kind: 'read', path: '/3/0/9' };
  const WRITE: Wish = {
    kind: 'write', path: '/3/0/14', mode: 'replace', values: [{ path: '/3/0/14', value: 'x' }],
  };
  it.for<[string, Wish, Answer, object]>([
    ['answered', READ, content('80'), { kind: 'answered', code: Code.CONTENT, words: '' }],
    ['refused', READ, { code: Code.METHOD_NOT_ALLOWED, payload: encodeUtf8('nope') },
      { kind: 'answered', code: Code.METHOD_NOT_ALLOWED, words: 'nope' }],
    ['answered with what is no answer to it', WRITE, content('80'),
      { kind: 'unreadable', reason: 'the device answered 2.05' }],
    ['answered by a Reset', READ, 'reset', { kind: 'rejected' }],
    ['unanswered', READ, 'silence', { kind: 'unanswered' }],
  ])('%s', ([, wish, answer, ending]) => {
    const { client, of, management, world } = watched();
    client.register(REGISTER);
    client.answer = () => answer;
    management.request('a', wish, 'op', world.clock.now() + 10 * SECOND);
    world.run(100 * SECOND);
    expect(of('operation').map((event) => event.ending)).toEqual([ending]);
  });

  it('cancelled, and impossible once the device has registered otherwise', () => {
    const { client, of, management, world } = watched();
    client.register(`${REGISTER}&Q`);
    world.run(60 * SECOND);
    const cancelled = management.request('a', READ, 'op');
    expect(cancelled.ok && management.cancel('a', cancelled.value.operation.id, 'op').ok).toBe(true);
    management.request('a', { ...WRITE, format: 40 }, 'op');
    client.update();
    world.run(SECOND);
    expect(of('operation').map(({ ending }) => ending)).toEqual([
      { kind: 'cancelled' }, { kind: 'impossible', reason: 'link format is not written' },
    ]);
  });
});

it('a path that only people wanted leaves no trace when it is off again', () => {
  const { client, management } = watched();
  client.register(REGISTER);
  for (let resource = 0; resource < 200; resource++) {
    expect(management.setObserved('a', `/3303/0/${resource}`, true).ok).toBe(true);
    expect(management.setObserved('a', `/3303/0/${resource}`, false).ok).toBe(true);
  }
  expect(management.device('a')?.row.observeNever).toEqual([]);
});

it('who no longer watches is told nothing, and registered devices are listed as they stand', () => {
  const { client, management, of, stop, world } = watched();
  stop();
  client.register(`${REGISTER}&Q`);
  expect(of('registration')).toEqual([]);
  expect([...management.registered()]).toMatchObject([{ endpoint: 'a', isAsleep: false }]);
  world.run(60 * SECOND);
  expect([...management.registered()]).toMatchObject([{ endpoint: 'a', isAsleep: true }]);
  client.ask(Code.DELETE, client.location);
  expect([...management.registered()]).toEqual([]);
});
