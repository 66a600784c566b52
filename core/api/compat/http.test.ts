// The compatible interface over the server itself in virtual time: a device by hand answers what
// scripts ask, and each request is seen as it reaches the device.

import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { CAPTURE_LINGER, CAPTURES_MAX } from '../../../actors/captures.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE } from '../../../actors/config.ts';
import { ServerManagement } from '../../../actors/management.ts';
import { CALM } from '../../../sim/network-rules.ts';
import { content, RawClient, type Answer } from '../../../sim/testing/raw-client.ts';
import { World } from '../../../sim/world.ts';
import { encodeUtf8, toHex } from '../../bytes.ts';
import { Code, CON, OptionNumber, RST } from '../../coap/message.ts';
import {
  accept, contentFormat, observe, stringOptionOf, uintOptionOf, uriPath, uriQuery,
} from '../../coap/options.ts';
import { ContentFormat } from '../../lwm2m/content-format.ts';
import { ObjectModels } from '../../lwm2m/models.ts';
import type { ModelShelf } from '../models.ts';
import { MemoryLog } from '../testing/world.ts';
import { HEARTBEAT, STREAMS_MAX } from './events.ts';
import { buildCompat } from './http.ts';
import { DELAYED_LIFE } from './requests.ts';
import { EventReader } from './testing.ts';

const SECOND = 1000;
const STEP = 10;
const TEMPERATURE = '/3303/0/5700';
const HOST = { host: '127.0.0.1:8081' };
const { TEXT, LINK, SENML_JSON, TLV } = ContentFormat;

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

async function bench({ query = 'lwm2m=1.1', objects = '</1/0>,</3/0>,</3303/0>' } = {}) {
  const profiles = [{ ...DEFAULT_PROFILE, read: [], observe: [], awakeWindow: 20 * SECOND }];
  const world = new World({ seed: 6, network: CALM, config: { ...DEFAULT_CONFIG, profiles } });
  const client = new RawClient(world);
  const facts = {
    version: '', startedAt: 0, coap: ['coap://127.0.0.1:5683'], syslog: [], registration: 'open' as const,
  };
  const management = new ServerManagement(world.server.host, facts);
  const audit: string[] = [];
  const log = new MemoryLog();
  const served = app = await buildCompat({
    management, log, clock: world.clock,
    models: { known: new ObjectModels() } as ModelShelf,
    accounts: { audit: async (user, action, detail) => void audit.push(`${action} ${detail}`) },
  });
  client.register(`ep=dev&lt=3600&${query}`, `</>;rt="oma.lwm2m";ct="110 112",${objects}`);
  /** Asks, and lets the world's time pass until it is answered. */
  const ask = async (
    method: InjectOptions['method'], url: string, payload?: string, headers: object = {},
  ) => {
    const state = { isAnswered: false };
    const answer = served.inject({
      ...method && { method }, url: `/api${url}`, headers: { ...HOST, ...headers },
      ...payload !== undefined && { payload },
    }).finally(() => { state.isAnswered = true; });
    const began = world.clock.now();
    while (!state.isAnswered) {
      await new Promise((resolve) => { setImmediate(resolve); });
      if (!state.isAnswered) world.run(STEP);
    }
    const { statusCode: status, body, headers: said } = await answer;
    const isJson = String(said['content-type']).startsWith('application/json');
    const took = world.clock.now() - began;
    return { status, took, said, answer: isJson ? JSON.parse(body) as unknown : body };
  };
  const put = (url: string, json: object) =>
    ask('PUT', url, JSON.stringify(json), { 'content-type': 'application/json' });
  const post = (url: string, json: object) =>
    ask('POST', url, JSON.stringify(json), { 'content-type': 'application/json' });
  const get = (url: string) => ask('GET', url);
  const listening = async () => served.listen({ host: '127.0.0.1', port: 0 });
  return { world, client, management, audit, log, served, ask, get, put, post, listening };
}

const METHODS = ['', 'GET', 'POST', 'PUT', 'DELETE', 'FETCH', 'PATCH', 'iPATCH'];

/** What the device was asked last, as `PUT /3/0/14 ct=0 +02`. */
function asked({ heard }: RawClient): string {
  const request = heard.findLast(({ message }) => message.code > 0 && message.code < 32)?.message;
  if (request === undefined) return 'nothing';
  const query = uriQuery(request).join('&');
  const format = contentFormat(request);
  const text = format === TEXT || format === SENML_JSON
    ? Buffer.from(request.payload).toString() : toHex(request.payload);
  return [
    METHODS[request.code], `/${uriPath(request).join('/')}${query && `?${query}`}`,
    ...format === undefined ? [] : [`ct=${format}`],
    ...accept(request) === undefined ? [] : [`accept=${accept(request)}`], text,
  ].filter((part) => part !== '').join(' ');
}

const senml = (records: readonly object[]): Answer => ({
  code: Code.CONTENT, options: [uintOptionOf(OptionNumber.CONTENT_FORMAT, SENML_JSON)],
  payload: encodeUtf8(JSON.stringify(records)),
});
const SUCCESS = { valid: true, success: true, failure: false };
const CHANGED = { status: 'CHANGED(204)', ...SUCCESS };
const MAKER = { kind: 'singleResource', id: 0, type: 'STRING', value: 'Zephyr' };

describe('clients', () => {
  it('are listed, and shown by name', async () => {
    const { get, world } = await bench();
    const listed = await get('/clients');
    expect(listed.said['content-type']).toMatch(/^application\/json/);
    expect(listed.answer).toMatchObject([{
      endpoint: 'dev', lifetime: 3600, queuemode: false, address: '10.2.0.1:5683',
      availableInstances: { 1: [0], 3: [0], 3303: [0] },
    }]);
    for (let index = 0; index < 120; index++) {
      new RawClient(world, `10.3.0.${index}`).request(Code.POST, ['rd'], [`ep=d${index}`], '</3/0>');
    }
    world.run(10 * SECOND);
    expect((await get('/clients')).answer).toHaveLength(121);
    expect((await get('/clients/dev')).answer).toEqual((listed.answer as object[])[0]);
  });

  it('show the lifetime that they registered, also when that is without end', async () => {
    const { get, world } = await bench();
    for (const [index, lifetime] of [0, 4_294_967_295].entries()) {
      new RawClient(world, `10.3.0.${index}`).register(`ep=ever-${index}&lt=${lifetime}`);
      expect((await get(`/clients/ever-${index}`)).answer).toMatchObject({ lifetime });
    }
  });

  it.for([
    ['GET', '/clients/', 'Invalid path'],
    ['GET', '/clients/gone', "No registered client with id 'gone'"],
    ['GET', '/clients/gone/3/0', "No registered client with id 'gone'"],
    ['GET', '/clients/dev/x', 'Invalid path'],
    ['GET', '/clients/dev/3/0/0/0/0', 'Invalid path'],
    ['PUT', '/clients/dev/3', 'Invalid path'],
    ['POST', '/clients/dev/3/0', 'Invalid path'],
    ['DELETE', '/clients/dev/3', 'Invalid path'],
    ['DELETE', '/clients/dev/3/0/1', 'Invalid path'],
    ['GET', '/clients/dev/discover', 'Invalid path'],
    ['GET', '/objectspecs/gone', "No registered client with id 'gone'"],
  ] as const)('%s %s is refused: %s', async ([method, url, text]) => {
    const { ask } = await bench();
    expect(await ask(method, url)).toMatchObject({ status: 400, answer: text });
  });

  it('say what their objects are', async () => {
    const { get } = await bench();
    const { answer } = await get('/objectspecs/dev');
    expect(answer).toMatchObject([{ id: 1 }, {
      id: 3, name: 'Device', instancetype: 'single', mandatory: true,
      urn: 'urn:oma:lwm2m:oma:3:1.1', version: '1.1', lwm2mversion: '1.1', description2: '',
    }, { id: 3303, instancetype: 'multiple', urn: 'urn:oma:lwm2m:ext:3303:1.1' }]);
    const [, device] = answer as { resourcedefs: object[] }[];
    expect(device?.resourcedefs.slice(0, 5)).toMatchObject([{
      id: 0, name: 'Manufacturer', operations: 'R', instancetype: 'single', mandatory: false,
      type: 'string', range: '', units: '',
    }, {}, {}, {}, { id: 4, name: 'Reboot', operations: 'E', type: 'none' }]);
  });

  it.for([['GET', '/security/clients'], ['HEAD', '/clients/dev/3/0/0']] as const)(
    '%s %s is not there', async ([method, url]) => {
      const { ask, client } = await bench();
      const before = client.heard.length;
      expect(await ask(method, url)).toMatchObject({ status: 404 });
      expect(client.heard.length).toBe(before);
    });

  it('find the server where it says it is', async () => {
    expect((await (await bench()).get('/server/endpoint')).answer).toMatchObject([{
      uri: { full: 'coap://127.0.0.1:5683', scheme: 'coap', host: '127.0.0.1', port: 5683 },
    }]);
  });
});

describe('an operation', () => {
  const json = { 'content-type': 'application/json' };
  const text = { 'content-type': 'text/plain; charset=utf-8' };
  type Row = readonly [
    method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, body: string | undefined,
    headers: object, device: Answer, asked: string, answer: object,
  ];
  it.for<Row>([
    ['GET', '/3/0/0', undefined, {}, content('Zephyr'), 'GET /3/0/0 accept=112',
      { status: 'CONTENT(205)', ...SUCCESS, content: MAKER }],
    ['GET', '/3/0?format=TLV', undefined, {}, senml([{ n: '/3/0/0', vs: 'Zephyr' }]),
      `GET /3/0 accept=${TLV}`, { status: 'CONTENT(205)', ...SUCCESS,
        content: { kind: 'instance', id: 0, resources: [MAKER] } }],
    ['GET', '/3/0/4', undefined, {}, { code: Code.METHOD_NOT_ALLOWED, payload: encodeUtf8('nope') },
      'GET /3/0/4 accept=112', { status: 'METHOD_NOT_ALLOWED(405)', valid: true, success: false,
        failure: true, errormessage: 'nope' }],
    ['GET', '/3/discover', undefined, {}, {
      code: Code.CONTENT, options: [uintOptionOf(OptionNumber.CONTENT_FORMAT, LINK)],
      payload: encodeUtf8('</3>;ver=1.1,</3/0>'),
    }, `GET /3 accept=${LINK}`, { status: 'CONTENT(205)', ...SUCCESS, objectLinks: [
      { url: '/3', attributes: { ver: '1.1' } }, { url: '/3/0', attributes: {} }] }],
    ['PUT', '/3/0/14?format=TEXT', '{"id":14,"type":"string","value":"+02"}', json,
      { code: Code.CHANGED }, 'PUT /3/0/14 ct=0 +02', CHANGED],
    ['PUT', '/3/0/14?format=text', '+02', text, { code: Code.CHANGED }, 'PUT /3/0/14 ct=0 +02',
      CHANGED],
    ['PUT', '/3/0/0?format=TEXT', 'me', text, { code: Code.METHOD_NOT_ALLOWED },
      'PUT /3/0/0 ct=0 me',
      { status: 'METHOD_NOT_ALLOWED(405)', valid: true, success: false, failure: true }],
    ['PUT', '/1/0?format=SENML_JSON', '{"resources":[{"id":"1","type":"INTEGER","value":60}]}', json,
      { code: Code.CHANGED }, 'PUT /1/0 ct=110 [{"bn":"/1/0/","n":"1","v":60}]', CHANGED],
    ['PUT', '/1/0?replace=false&format=SENML_JSON',
      '{"kind":"instance","id":0,"resources":[{"id":1,"type":"INTEGER","value":"60"}]}', json,
      { code: Code.CHANGED }, 'POST /1/0 ct=110 [{"bn":"/1/0/","n":"1","v":60}]', CHANGED],
    ['PUT', '/3303/0/5700/attributes?pmin=10&pmax=60&gt', undefined, {}, { code: Code.CHANGED },
      'PUT /3303/0/5700?pmin=10&pmax=60&gt', CHANGED],
    ['POST', '/3/0/4', undefined, {}, { code: Code.CHANGED }, 'POST /3/0/4', CHANGED],
    ['POST', '/3/0/4', "0='a'", text, { code: Code.CHANGED }, "POST /3/0/4 ct=0 0='a'", CHANGED],
    ['POST', '/3303?format=TLV', '{"id":7,"resources":[{"id":5701,"type":"STRING","value":"C"}]}',
      json, { code: Code.CREATED }, `POST /3303 ct=${TLV} 0407e1164543`,
      { status: 'CREATED(201)', ...SUCCESS, location: '/3303/7' }],
    ['POST', '/3303', '{"kind":"instance","resources":[]}', json, {
      code: Code.CREATED,
      options: ['3303', '1'].map((one) => stringOptionOf(OptionNumber.LOCATION_PATH, one)),
    }, `POST /3303 ct=${TLV}`, { status: 'CREATED(201)', ...SUCCESS, location: '/3303/1' }],
    ['DELETE', '/3303/0', undefined, {}, { code: Code.DELETED }, 'DELETE /3303/0',
      { status: 'DELETED(202)', ...SUCCESS }],
    ['GET', '/composite?paths=/3/0/0,/1/0/1,/5&pathformat=SENML_JSON&nodeformat=SENML_JSON',
      undefined, {}, senml([{ n: '/1/0/1', v: 300 }, { n: '/3/0/0', vs: 'Zephyr' }]),
      'FETCH / ct=110 accept=110 [{"n":"/3/0/0"},{"n":"/1/0/1"},{"n":"/5"}]', {
        status: 'CONTENT(205)', ...SUCCESS, content: {
          '/3/0/0': MAKER,
          '/1/0/1': { kind: 'singleResource', id: 1, type: 'INTEGER', value: '300' },
        },
      }],
    ['GET', '/composite?paths=/&pathformat=SENML_JSON&nodeformat=SENML_JSON',
      undefined, {}, senml([{ n: '/3/0/0', vs: 'Zephyr' }]),
      'FETCH / ct=110 accept=110 [{"n":"/1"},{"n":"/3"},{"n":"/3303"}]', {
        status: 'CONTENT(205)', ...SUCCESS, content: { '/': { kind: 'root', objects: [
          { kind: 'obj', id: 3, instances: [{ kind: 'instance', id: 0, resources: [MAKER] }] },
        ] } },
      }],
    ['PUT', '/composite?nodeformat=SENML_JSON',
      '{"/1/0/1":{"id":1,"type":"INTEGER","value":"60"},"/3/0/14":{"id":14,"type":"STRING","value":"+02"}}',
      json, { code: Code.CHANGED },
      'iPATCH / ct=110 [{"bn":"/1/0/","n":"1","v":60},{"bn":"/3/0/","n":"14","vs":"+02"}]', CHANGED],
  ])('%s %s', async ([method, url, body, headers, device, request, answer]) => {
    const { ask, client } = await bench();
    client.answer = () => device;
    const answered = await ask(method, `/clients/dev${url}`, body, headers);
    expect(answered).toMatchObject({ status: 200, answer });
    expect(Object.keys(answered.answer as object)).toEqual(Object.keys(answer));
    expect(asked(client)).toBe(request);
  });

  it.for<readonly [method: 'GET' | 'PUT' | 'POST', url: string, body: string | undefined,
    headers: object, status: number, answer: string]>([
    ['PUT', '/3/0/14', '{', json, 400,
      'Invalid request: unable to parse json to tlv:it is no JSON'],
    ['PUT', '/3/0/14', 'x', { 'content-type': 'image/png' }, 400,
      'Invalid request: content type image/png not supported'],
    ['PUT', '/1/0/1', '{"id":1,"type":"boolean","value":1}', json, 500, 'Unexpected exception: '
      + "Unexpected JSON type of 'value' field [1]: a JSON boolean is expected for BOOLEAN"],
    ['PUT', '/1/0/1', 'soon', text, 400,
      'Invalid request: /1/0/1 is an integer, which "soon" is not'],
    ['PUT', '/3303/0/5700/attributes?pmin=10&timeout=5', undefined, {}, 400,
      "Invalid attributes: Cannot parse query param 'timeout=5', param timeout is not a LWM2M "
      + 'attribute'],
    ['PUT', '/3303/0/5700/attributes?pmin=x', undefined, {}, 400,
      'Invalid attributes: pmin has a value that is no number'],
    ['PUT', '/3303/0/5700/attributes?%ff', undefined, {}, 400,
      'Invalid attributes: the query is not UTF-8'],
    ['POST', '/3303', '{"id":1,"type":"string","value":"x"}', json, 500,
      'Unexpected exception: an object instance is expected, with its resources'],
    ['POST', '/3303', 'x', text, 400,
      'Invalid request: content type text/plain; charset=utf-8 not supported'],
    ['POST', '/3/0/4', 'x', text, 400, 'Invalid request: arguments are like 0=\'on\',5 with at '
      + 'most 1024 characters'],
    ['GET', '/composite?paths=/3,/3/0/1&pathformat=SENML_JSON', undefined, {}, 400,
      'Invalid request: paths overlap'],
    ['GET', '/composite?paths=3/0&pathformat=SENML_JSON', undefined, {}, 400,
      'Invalid request: "3/0" is no path'],
    ['GET', '/composite?pathformat=SENML_JSON', undefined, {}, 500,
      'Unexpected exception: paths is missing'],
    ['GET', '/composite?paths=/3', undefined, {}, 500,
      'Unexpected exception: pathformat is missing'],
    ['PUT', '/composite', '[', json, 500,
      'Unexpected error handling PUT - /api/clients/dev/composite'],
    ['PUT', '/composite', '{"/3":{}}', json, 500,
      'Unexpected error handling PUT - /api/clients/dev/composite'],
  ])('%s %s is refused', async ([method, url, body, headers, status, answer]) => {
    const { ask, client } = await bench();
    const before = client.heard.length;
    expect(await ask(method, `/clients/dev${url}`, body, headers))
      .toMatchObject({ status, answer });
    expect(client.heard.length).toBe(before);
  });

  it.for<[string, Answer, number, string]>([
    ['a Reset', 'reset', 500, 'Request rejected: the device sent a Reset'],
    ['nonsense', { code: Code.CONTENT, payload: encodeUtf8('{'), options: [
      uintOptionOf(OptionNumber.CONTENT_FORMAT, SENML_JSON)] }, 500, 'Invalid Response: '],
    ['another success', { code: Code.CHANGED }, 500, 'Invalid Response: the device answered 2.04'],
  ])('that is answered with %s', async ([, answer, status, words]) => {
    const { get, client } = await bench();
    client.answer = () => answer;
    expect(await get('/clients/dev/3/0/0')).toMatchObject({
      status, answer: expect.stringMatching(new RegExp(`^${words}`)) as string,
    });
  });

  it.for([
    ['', 5], ['?timeout=2', 2], ['?timeout=null', 5], ['?timeout=soon', 5], ['?timeout=0', 5],
    ['?timeout=7&timeout=1&unknown', 7],
  ] as const)('that is not answered ends in time: %s', async ([query, seconds]) => {
    const { get, client, world, management } = await bench();
    client.answer = () => 'silence';
    const { status, answer, took } = await get(`/clients/dev/3/0/0${query}`);
    expect([status, answer]).toEqual([504, 'Request timeout']);
    expect(took / SECOND).toBeCloseTo(seconds, 0);
    // It is not asked for again later.
    world.run(200 * SECOND);
    expect(management.device('dev')?.operations).toMatchObject([{ status: 'FAILED' }]);
  });

  it('somebody cancels is said to be', async () => {
    const { get, client, management, world } = await bench();
    client.answer = () => 'silence';
    world.clock.schedule(world.clock.now() + SECOND, { onDue: () => {
      const [newest] = management.device('dev')?.operations ?? [];
      management.cancel('dev', newest?.id ?? 0, 'op');
    } });
    const [, second] = await Promise.all([
      get('/clients/dev/3/0/0?timeout=60'), get('/clients/dev/3/0/1?timeout=60'),
    ]);
    expect(second)
      .toMatchObject({ status: 500, answer: 'Request cancelled: by somebody else' });
  });

  it('that changes something is on record, one that looks is not', async () => {
    const { get, put, ask, audit } = await bench();
    await get('/clients/dev/3/0/0');
    await put('/clients/dev/3/0/14', { id: 14, type: 'string', value: 'x' });
    await ask('POST', '/clients/dev/3/0/4');
    await ask('DELETE', '/clients/dev/3303/0/5700/observe');
    expect(audit).toEqual(['write dev /3/0/14', 'execute dev /3/0/4']);
  });
});

describe('a device in queue mode', () => {
  const sleeping = async () => {
    const found = await bench({ query: 'lwm2m=1.1&Q' });
    found.world.run(60 * SECOND);
    return found;
  };

  it('is asked at once while it is awake', async () => {
    const { get } = await bench({ query: 'lwm2m=1.1&Q' });
    const { status, took } = await get('/clients/dev/3/0/0');
    expect(status).toBe(200);
    expect(took).toBeLessThan(SECOND);
  });

  it('says that it sleeps', async () => {
    const { get } = await sleeping();
    expect((await get('/clients/dev')).answer).toMatchObject({ queuemode: true, sleeping: true });
  });

  it('that wakes within the timeout answers', async () => {
    const { get, client, world } = await sleeping();
    world.clock.schedule(world.clock.now() + 30 * SECOND, {
      onDue: () => client.request(Code.POST, client.location),
    });
    const { status, answer, took } = await get('/clients/dev/3/0/0?timeout=60');
    expect([status, answer]).toMatchObject([200, { status: 'CONTENT(205)' }]);
    expect(took / SECOND).toBeCloseTo(30, 0);
  });

  it('that sleeps on is answered for, and its answer comes as an event', async () => {
    const { get, client, world, listening } = await sleeping();
    const reader = await EventReader.open(`${await listening()}/api/event`);
    const { status, answer, took } = await get('/clients/dev/3/0/0');
    const { requestId } = answer as { requestId: string };
    expect([status, answer])
      .toEqual([200, { ep: 'dev', path: '/3/0/0', requestId, delayed: true }]);
    expect(took / SECOND).toBeCloseTo(5, 0);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    world.run(3600 * SECOND - 100 * SECOND);
    client.answer = () => content('Zephyr');
    client.update();
    world.run(SECOND);
    await reader.until(({ events }) => events.some(([name]) => name === 'REQUEST_RESPONSE'));
    expect(reader.events).toMatchObject([['UPDATED', {}], ['AWAKE', { ep: 'dev' }],
      ['REQUEST_RESPONSE', {
        ep: 'dev', path: '/3/0/0', requestId, delayed: true,
        response: { status: 'CONTENT(205)', content: MAKER },
      }]]);
    reader.close();
  });

  it('that never comes back is given up after a day', async () => {
    const { get, management, world } = await sleeping();
    const { answer } = await get('/clients/dev/composite?paths=/3&pathformat=SENML_JSON');
    expect(answer).not.toHaveProperty('path');
    world.run(DELAYED_LIFE + SECOND);
    expect(management.device('dev')?.operations).toMatchObject([{ status: 'FAILED' }]);
  });
});

describe('an observation', () => {
  it('begins with the value, goes on with events, and ends', async () => {
    const { ask, client, world, listening, audit, management } = await bench();
    const reader = await EventReader.open(`${await listening()}/api/event`);
    const observed = await ask('POST', `/clients/dev${TEMPERATURE}/observe?format=TLV`);
    const value = { kind: 'singleResource', id: 5700, type: 'FLOAT' };
    expect(observed).toMatchObject({ status: 200, answer: {
      status: 'CONTENT(205)', ...SUCCESS, content: { ...value, value: '21.5' },
    } });
    const token = client.tokenOf(TEMPERATURE);
    client.notified(token, 5, '22.5');
    await reader.until(({ events }) => events.length > 0);
    expect(reader.events).toEqual([['NOTIFICATION', {
      ep: 'dev', kind: 'single', res: TEMPERATURE, val: { ...value, value: '22.5' },
    }]]);
    const ended = await ask('DELETE', `/clients/dev${TEMPERATURE}/observe?active`);
    expect(ended).toMatchObject({ status: 200, answer: { status: 'CONTENT(205)' } });
    expect(client.requests().at(-1)).toBe(`GET ${TEMPERATURE} cancel`);
    expect(client.notified(token, 6, '23')).toBe(RST);
    expect(await ask('DELETE', `/clients/dev${TEMPERATURE}/observe?active`)).toMatchObject({
      status: 404, answer: `no observation for path ${TEMPERATURE} for  client 'dev'`,
    });
    expect(audit).toEqual([
      `observation on dev ${TEMPERATURE}`, `observation off dev ${TEMPERATURE}`,
    ]);
    expect(management.device('dev')?.row).toMatchObject({ observeAlso: [], observeNever: [] });
    world.run(SECOND);
    reader.close();
  });

  it('that is there already answers with its value', async () => {
    const { ask, client } = await bench();
    const first = await ask('POST', `/clients/dev${TEMPERATURE}/observe`);
    const again = await ask('POST', `/clients/dev${TEMPERATURE}/observe`);
    expect(again.answer).toEqual(first.answer);
    expect(client.requests().at(-1)).toBe(`GET ${TEMPERATURE}`);
  });

  it('is ended without an answer when nobody wants one', async () => {
    const { ask, client, world } = await bench();
    await ask('POST', `/clients/dev${TEMPERATURE}/observe`);
    const ended = await ask('DELETE', `/clients/dev${TEMPERATURE}/observe`);
    expect(ended).toMatchObject({ status: 200, answer: '' });
    world.run(SECOND);
    expect(client.requests().at(-1)).toBe(`GET ${TEMPERATURE} cancel`);
    expect(await ask('DELETE', '/clients/dev/3/0/9/observe'))
      .toMatchObject({ status: 200, answer: '' });
  });

  it('that the device refuses is its answer', async () => {
    const { ask, client } = await bench();
    client.answer = () => ({ code: Code.NOT_FOUND });
    expect(await ask('POST', '/clients/dev/9/0/1/observe')).toMatchObject({
      status: 200, answer: { status: 'NOT_FOUND(404)', valid: true, failure: true },
    });
  });

  it('that is not answered ends in time, and is no longer wanted', async () => {
    const { ask, client, management } = await bench();
    client.answer = () => 'silence';
    expect(await ask('POST', `/clients/dev${TEMPERATURE}/observe?timeout=3`))
      .toMatchObject({ status: 504, answer: 'Request timeout' });
    expect(management.device('dev')).toMatchObject({ observing: [], notObserving: [] });
  });

  it('stays wanted as long as anybody waits for it', async () => {
    const { ask, client, management } = await bench();
    client.answer = () => 'silence';
    const url = `/clients/dev${TEMPERATURE}/observe`;
    const short = ask('POST', `${url}?timeout=1`);
    const long = ask('POST', `${url}?timeout=3`);
    expect(await short).toMatchObject({ status: 504 });
    expect(management.device('dev')?.notObserving).toHaveLength(1);
    expect(await long).toMatchObject({ status: 504 });
    expect(management.device('dev')?.notObserving).toEqual([]);
  });

  it('that the device refuses is not asked for again', async () => {
    const { ask, client, management, world } = await bench();
    client.answer = () => ({ code: Code.NOT_FOUND });
    expect(await ask('POST', `/clients/dev${TEMPERATURE}/observe`))
      .toMatchObject({ status: 200, answer: { status: 'NOT_FOUND(404)' } });
    expect(management.device('dev')).toMatchObject({ observing: [], notObserving: [] });
    const heard = client.heard.length;
    client.register('ep=dev&lt=3600&lwm2m=1.1', '</1/0>,</3/0>,</3303/0>');
    world.run(60 * SECOND);
    expect(client.heard.slice(heard).map(({ message }) => observe(message)).filter((one) => one === 0))
      .toEqual([]);
  });
});

describe('an observation of several paths', () => {
  const URL = '/clients/dev/composite/observe';
  const LIST = 'paths=/3/0/0,/1/0/1,/5';
  const FORMATS = 'pathformat=SENML_JSON&nodeformat=SENML_JSON';
  const CONTENT = {
    '/3/0/0': MAKER, '/1/0/1': { kind: 'singleResource', id: 1, type: 'INTEGER', value: '300' },
  };
  const VALUES = [{ n: '/3/0/0', vs: 'Zephyr' }, { n: '/1/0/1', v: 300 }];

  async function observed() {
    const found = await bench();
    const { client, ask } = found;
    client.answer = (request) => {
      const answer = senml(VALUES);
      if (answer === 'reset' || answer === 'silence' || observe(request) !== 0) return answer;
      const options = [uintOptionOf(OptionNumber.OBSERVE, 0), ...answer.options ?? []];
      return { ...answer, options };
    };
    const first = await ask('POST', `${URL}?${LIST}&${FORMATS}`);
    const fetch = client.heard.findLast(({ message }) => message.code === Code.FETCH)?.message;
    const notify = (sequence: number) => client.send({
      type: CON, code: Code.CONTENT, token: fetch?.token as Uint8Array,
      payload: encodeUtf8(JSON.stringify([{ n: '/1/0/1', v: 60 }])),
      options: [
        uintOptionOf(OptionNumber.OBSERVE, sequence),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, SENML_JSON),
      ],
    });
    return { ...found, first, notify };
  }

  it('begins with the values that are there, goes on with events, and ends', async () => {
    const { ask, client, world, listening, audit, management, first, notify } = await observed();
    expect([first.status, first.answer])
      .toEqual([200, { status: 'CONTENT(205)', ...SUCCESS, content: CONTENT }]);
    expect(management.device('dev')?.observing).toEqual(['/3/0/0+/1/0/1+/5']);
    const reader = await EventReader.open(`${await listening()}/api/event`);
    notify(5);
    world.run(SECOND);
    await reader.until(({ events }) => events.length > 0);
    expect(reader.events).toEqual([['NOTIFICATION', {
      ep: 'dev', kind: 'composite', val: { '/1/0/1': { ...CONTENT['/1/0/1'], value: '60' } },
      paths: ['/3/0/0', '/1/0/1', '/5'],
    }]]);
    const ended = await ask('DELETE', `${URL}?${LIST}&active`);
    expect([ended.status, ended.answer])
      .toEqual([200, { status: 'CONTENT(205)', ...SUCCESS, content: CONTENT }]);
    const mid = notify(6);
    world.run(SECOND);
    expect(client.reactionTo(mid)?.type).toBe(RST);
    expect(audit).toEqual([
      'observation on dev /3/0/0+/1/0/1+/5', 'observation off dev /3/0/0+/1/0/1+/5',
    ]);
    reader.close();
  });

  it('that is there already answers with its values', async () => {
    const { ask, first, client } = await observed();
    expect((await ask('POST', `${URL}?${LIST}&${FORMATS}`)).answer).toEqual(first.answer);
    const last = client.heard.findLast(({ message }) => message.code === Code.FETCH)?.message;
    expect(last && observe(last)).toBeUndefined();
  });

  it('is named by its list in its order', async () => {
    const { ask, management, world } = await observed();
    expect(await ask('DELETE', `${URL}?paths=/1/0/1,/3/0/0,/5&active`)).toMatchObject({
      status: 404,
      answer: "no composite observation for paths /1/0/1, /3/0/0, /5 for  client 'dev'",
    });
    expect(await ask('DELETE', `${URL}?paths=/1/0/1,/3/0/0,/5`))
      .toMatchObject({ status: 200, answer: '' });
    expect(management.device('dev')?.observing).toHaveLength(1);
    expect(await ask('DELETE', `${URL}?${LIST}`)).toMatchObject({ status: 200, answer: '' });
    world.run(SECOND);
    expect(management.device('dev')?.observing).toEqual([]);
  });

  it('that the device refuses is its answer', async () => {
    const { ask, client } = await bench();
    client.answer = () => ({ code: Code.UNSUPPORTED_CONTENT_FORMAT });
    expect(await ask('POST', `${URL}?paths=/3303/0/1,/3/0/9&${FORMATS}`)).toMatchObject({
      status: 200,
      answer: { status: 'UNSUPPORTED_CONTENT_FORMAT(415)', valid: true, failure: true },
    });
  });

  it.for<[string, string, number, string]>([
    ['lwm2m=1.1', `${URL}?paths=/3,/3/0/1&${FORMATS}`, 400, 'Invalid request: paths overlap'],
    ['lwm2m=1.1', `${URL}?paths=/3`, 500, 'Unexpected exception: pathformat is missing'],
    ['lwm2m=1.1', `${URL}?${FORMATS}`, 500, 'Unexpected exception: paths is missing'],
    ['lwm2m=1.1', `/clients/dev/composite/3/observe?${LIST}&${FORMATS}`, 400, 'Invalid path'],
    ['lwm2m=1.0', `${URL}?${LIST}&${FORMATS}`, 400,
      'Invalid request: LwM2M 1.0 has no composite operations'],
  ])('is refused to a device with %s: %s', async ([query, url, status, answer]) => {
    const { ask } = await bench({ query });
    expect(await ask('POST', url)).toMatchObject({ status, answer });
  });
});

describe('the event stream', () => {
  it('tells of registrations, Send and sleep, of all devices or of one', async () => {
    const { client, world, listening } = await bench({ query: 'lwm2m=1.1&Q' });
    const base = await listening();
    const [all, one] = await Promise.all([
      EventReader.open(`${base}/api/event`), EventReader.open(`${base}/api/event?ep=other`),
    ]);
    client.ask(Code.POST, ['dp'], [], JSON.stringify([
      { n: TEMPERATURE, v: 20, t: 1_900_000_000 }, { n: TEMPERATURE, v: 21, t: 1_900_000_060 },
    ]), SENML_JSON);
    world.run(60 * SECOND);
    client.update('lt=60');
    client.ask(Code.DELETE, client.location);
    new RawClient(world, '10.4.0.1').register('ep=other&lwm2m=1.1', '</3/0>');
    await one.until(({ events }) => events.length === 1);
    await all.until(({ events }) => events.some(([, { endpoint }]) => endpoint === 'other'));
    expect(one.events).toMatchObject([['REGISTRATION', { endpoint: 'other', queuemode: false }]]);
    expect(all.events).toMatchObject([
      ['SEND', { ep: 'dev', val: { [TEMPERATURE]: { type: 'FLOAT', value: '21.0' } } }],
      ['SLEEPING', { ep: 'dev' }],
      ['UPDATED', { registration: { endpoint: 'dev', lifetime: 60 }, update: { lifetime: 60 } }],
      ['AWAKE', { ep: 'dev' }],
      ['DEREGISTRATION', { endpoint: 'dev' }],
      ['REGISTRATION', { endpoint: 'other' }],
    ]);
    expect(all.text).not.toContain('\r');
    all.close();
    one.close();
  });

  it('tells the messages of a device to who listens for it alone, without its keys', async () => {
    const { client, world, get, listening } = await bench({ objects: '</0/0>,</1/0>,</3303/0>' });
    client.answer = () => content('21', TEXT);
    const base = await listening();
    const [all, one, late] = await Promise.all(['', '?ep=dev', '?ep=unborn'].map((query) =>
      EventReader.open(`${base}/api/event${query}`)));
    await get('/clients/dev/3303/0/5700?format=TEXT');
    await get('/clients/dev/0/0/5?format=TEXT');
    new RawClient(world, '10.4.0.1').register('ep=unborn&lwm2m=1.1', '</3/0>');
    await late?.until(({ events }) => events.length > 0);
    await one?.until(({ events }) => events.length === 4);
    const [request, answer, , secret] = one?.events ?? [];
    expect(request).toEqual(['COAPLOG', {
      timestamp: expect.any(Number), incoming: false, type: 'CON', code: 'GET',
      mId: expect.any(Number), token: expect.stringMatching(/^[0-9a-f]{16}$/),
      options: 'Uri-Path: 3303 - Uri-Path: 0 - Uri-Path: 5700 - Accept: 0', ep: 'dev',
    }]);
    expect(answer).toMatchObject(['COAPLOG', {
      incoming: true, type: 'ACK', code: '2.05', options: 'Observe: 0 - Content-Format: 0', payload: '21',
    }]);
    expect(secret).toMatchObject(['COAPLOG', { payload: 'not shown: object 0 holds keys' }]);
    expect(late?.events.map(([name]) => name)).toEqual(['REGISTRATION']);
    expect(all?.text).toContain('event: COAPLOG');
    for (const reader of [all, one, late]) reader?.close();
  });

  it('tells messages as long as somebody listens, and of so many devices at once', async () => {
    const { world, client, listening } = await bench();
    const base = await listening();
    const first = await EventReader.open(`${base}/api/event?ep=dev`);
    const others = await Promise.all(Array.from({ length: CAPTURES_MAX }, async (_, index) => {
      const other = new RawClient(world, '10.5.0.1', 6_000 + index);
      other.register(`ep=d${index}&lwm2m=1.1`, '</3/0>');
      return { other, reader: await EventReader.open(`${base}/api/event?ep=d${index}`) };
    }));
    world.run(2 * CAPTURE_LINGER);
    client.update();
    for (const { other } of others) other.update();
    await first.until(({ text }) => text.includes('"code":"2.04"'));
    const heard = others.map(({ reader }) => reader);
    for (const reader of heard) await reader.until(({ text }) => text.includes('UPDATED'));
    expect(heard.filter(({ text }) => !text.includes('COAPLOG')).length).toBe(1);
    for (const reader of [first, ...heard]) reader.close();
  });

  it('sends its headers at once, and a sign of life every few seconds', async () => {
    const { listening, world } = await bench();
    const reader = await EventReader.open(`${await listening()}/api/event`);
    expect(reader.response.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(HEARTBEAT).toBeLessThanOrEqual(5 * SECOND);
    world.run(HEARTBEAT);
    await reader.until(({ text }) => text === ':\n\n');
    world.run(HEARTBEAT);
    await reader.until(({ text }) => text === ':\n\n:\n\n');
    reader.close();
  });

  it('is only for who asks for one, and for so many', async () => {
    const { get, listening } = await bench();
    expect(await get('/event')).toMatchObject({ status: 405 });
    const url = `${await listening()}/api/event`;
    const readers = await Promise.all(
      Array.from({ length: STREAMS_MAX }, () => EventReader.open(url)),
    );
    expect((await EventReader.open(url)).response.statusCode).toBe(503);
    readers[0]?.close();
    let again: EventReader;
    do again = await EventReader.open(url);
    while (again.response.statusCode !== 200);
    for (const reader of [...readers, again]) reader.close();
  });

  it('ends when the server stops', async () => {
    const { listening, served } = await bench();
    const reader = await EventReader.open(`${await listening()}/api/event`);
    const ended = new Promise((resolve) => { reader.response.on('close', resolve); });
    await Promise.all([served.close(), ended]);
  });
});

describe('strangers', () => {
  it.for<[string, Record<string, string>, number]>([
    ['by its address', {}, 200],
    ['by its IPv6 address', { host: '[::1]:8081' }, 200],
    ['by the name every machine has', { host: 'localhost:8081' }, 200],
    ['by a name that leads here', { host: 'evil.example:8081' }, 403],
    ['from a page of another site', { origin: 'http://evil.example' }, 403],
    ['from a page of another port', { origin: 'http://127.0.0.1:9000' }, 403],
    ['from a page that hides', { origin: 'null' }, 403],
    ['from our own', { origin: 'http://127.0.0.1:8081', 'sec-fetch-site': 'same-origin' }, 200],
    ['as an image of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['typed into a browser', { 'sec-fetch-site': 'none' }, 200],
  ])('that ask %s', async ([, headers, status]) => {
    const { ask } = await bench();
    const { status: found, said } = await ask('GET', '/clients', undefined, headers);
    expect(found).toBe(status);
    expect(said).not.toHaveProperty('access-control-allow-origin');
  });

  it('a body beyond the limit is refused', async () => {
    const { ask } = await bench();
    const answer = await ask('PUT', '/clients/dev/3/0/14', 'x'.repeat(3 * 1_048_576),
      { 'content-type': 'text/plain' });
    expect(answer).toMatchObject({ status: 413, answer: 'Invalid request' });
  });
});

it('what nobody foresaw is said to be so, and is in the log', async () => {
  const { get, management, log } = await bench();
  management.device = () => { throw new Error('unforeseen'); };
  expect(await get('/clients/dev')).toMatchObject({
    status: 500, answer: 'Unexpected exception: the log of the server says more',
  });
  expect(log.lines[0]).toContain('unforeseen');
});
