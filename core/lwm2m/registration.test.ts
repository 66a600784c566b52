// Register and Update as real clients send them, each parameter at its edges, and the exact answer
// to each mistake (LwM2M Core 1.1.1 s6.2; field behaviour of Zephyr, nRF91, Anjay, Wakaama).

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { oddRegisterRequest, registerRequest } from '../../sim/testing/registrations.ts';
import { encodeUtf8 } from '../bytes.ts';
import { Code } from '../coap/message.ts';
import { LINKS_LENGTH_MAX } from './link-format.ts';
import {
  ENDPOINT_BYTES_MAX, LIFETIME_INFINITE, PARAMETERS_MAX, parseObjectList, parseRegister,
  parseUpdate, type Lwm2mVersion, type RegisterCommand, type UpdateCommand,
} from './registration.ts';

const LINK = 40;

function register(query: string, body = '</1/0>,</3/0>', contentFormat: number | undefined = LINK) {
  return parseRegister(query.split('&'), contentFormat, encodeUtf8(body));
}

function registered(query: string, body?: string): RegisterCommand {
  const result = register(query, body);
  if (!result.ok) throw new Error(result.reason.reason);
  return result.value;
}

describe('a Register is understood as each client writes it', () => {
  test.for<[string, string, string, Partial<RegisterCommand>]>([
    ['Zephyr 1.0, no queue', 'lwm2m=1.0&ep=nat&lt=30',
      '</3/0>,</5/0>,</1/0>,</3311/0>,</3303/0>,</3340/0>',
      { endpoint: 'nat', lwm2mVersion: '1.0', lifetime: 30, binding: 'U', queueMode: false }],
    ['Zephyr 1.0, queue mode', 'lwm2m=1.0&ep=nat&lt=30&b=UQ', '</3/0>,</1/0>',
      { binding: 'U', queueMode: true }],
    ['Zephyr 1.1, queue mode', 'lwm2m=1.1&ep=client_ca&lt=86400&b=U&Q',
      '</>;ct=112,</3>;ver=1.0,</3/0>,</5/0>,</1/0>,</19>,</16>',
      { lwm2mVersion: '1.1', lifetime: 86_400, binding: 'U', queueMode: true }],
    ['Zephyr with a lifetime printed by %d', 'lwm2m=1.1&ep=z&lt=-1', '</1/0>',
      { lifetime: LIFETIME_INFINITE }],
    ['nRF91', 'lwm2m=1.0&ep=nrf-352656100123456&lt=43200&b=UQ', '</3/0>,</1/0>,</33625/0>',
      { endpoint: 'nrf-352656100123456', lifetime: 43_200, queueMode: true }],
    ['Anjay 1.1, a bare Q and no b', 'lwm2m=1.1&ep=urn:dev:os:0023C7-000001&lt=86400&Q',
      '</1>;ver=1.1,</1/0>,</2>,</3>;ver=1.1,</3/0>', { binding: 'U', queueMode: true }],
    ['Anjay 1.0', 'ep=anjay&lt=86400&b=UQ&lwm2m=1.0', '</1/0>,</3/0>', { queueMode: true }],
    ['Wakaama', 'lwm2m=1.1&ep=testlwm2mclient&b=U&lt=300',
      '</>;rt="oma.lwm2m";ct=110,</1/0>,</3/0>', { binding: 'U', queueMode: false }],
    ['a client of before 1.0 had its final name', 'ep=old', '</1/0>',
      { lwm2mVersion: '1.0', lifetime: 86_400, binding: 'U', queueMode: false }],
    ['Anjay 1.2', 'lwm2m=1.2&ep=urn:dev:os:0023C7-000001&lt=86400&Q',
      '</1>;ver=1.1,</1/0>,</3/0>',
      { lwm2mVersion: '1.2', binding: 'U', queueMode: true, unknownParameters: [] }],
    ['Anjay Lite 1.2', 'ep=anjay-lite&lt=50&lwm2m=1.2&b=U', '</1>;ver=1.2,</1/0>,</3/0>,</5/0>',
      { lwm2mVersion: '1.2', lifetime: 50, queueMode: false }],
    ['LwM2M 1.2 with all that is new', 'ep=a&lwm2m=1.2&b=UMH&Q&pid=6:27354b9a', '</3/0>',
      { lwm2mVersion: '1.2', binding: 'UMH', queueMode: true, unknownParameters: [] }],
    ['parameters in another order', 'Q&b=U&lt=60&ep=a&lwm2m=1.1', '</1/0>',
      { endpoint: 'a', lifetime: 60, queueMode: true }],
  ])('%s', ([, query, body, facts]) => {
    expect(registered(query, body)).toMatchObject(facts);
  });
});

describe('parameters', () => {
  test.for<[string, Partial<RegisterCommand>]>([
    ['lt=1', { lifetime: 1 }],
    ['lt=31536000', { lifetime: 31_536_000 }],
    ['lt=4294967294', { lifetime: 4_294_967_294 }],
    ['lt=4294967295', { lifetime: LIFETIME_INFINITE }],
    ['lt=0', { lifetime: 0 }],
    ['lt=-2147483648', { lifetime: 2 ** 31 }],
    ['b=U', { binding: 'U', queueMode: false }],
    ['b=UQS', { binding: 'US', queueMode: true }],
    ['b=SQ', { binding: 'S', queueMode: true }],
    ['b=UT&Q', { binding: 'UT', queueMode: true }],
    ['b=UQ&Q', { binding: 'U', queueMode: true }],
    ['b=N', { binding: 'N', queueMode: false }],
    ['b=UMHTSNQ', { binding: 'UMHTSN', queueMode: true }],
    ['b=Q', { binding: 'U', queueMode: true }],
    ['Q=', { queueMode: true }],
    ['sms=%2B491700000', { smsNumber: '%2B491700000' }],
    ['pid=6:27354b9a&vendor=x=y&flag', { unknownParameters: ['vendor=x=y', 'flag'] }],
    ['q', { queueMode: false, unknownParameters: ['q'] }],
  ])('%s', ([parameters, facts]) => {
    expect(registered(`ep=a&lwm2m=1.1&${parameters}`)).toMatchObject(facts);
  });

  test('a phone number that is not given is absent', () => {
    expect(registered('ep=a')).not.toHaveProperty('smsNumber');
  });
});

describe('each mistake has its answer and its reason', () => {
  const manyParameters = Array.from({ length: PARAMETERS_MAX }, (_, index) => `p${index}`).join('&');
  test.for<[string, string, number, string]>([
    ['LwM2M 1.3', 'ep=a&lwm2m=1.3', Code.PRECONDITION_FAILED,
      'speaks LwM2M 1.3; this server speaks 1.0, 1.1, 1.2'],
    ['LwM2M 1.3 with letters of its own', 'ep=a&lwm2m=1.3&b=UX&new=1',
      Code.PRECONDITION_FAILED, 'speaks LwM2M 1.3'],
    ['LwM2M 2.0', 'ep=a&lwm2m=2.0', Code.PRECONDITION_FAILED, 'speaks LwM2M 2.0'],
    ['a version that is none', 'ep=a&lwm2m=latest', Code.BAD_REQUEST, 'is not a version'],
    ['an empty version', 'ep=a&lwm2m', Code.BAD_REQUEST, 'is not a version'],
    ['no endpoint', 'lt=60', Code.BAD_REQUEST, 'names no endpoint'],
    ['an empty endpoint', 'ep=&lt=60', Code.BAD_REQUEST, 'names no endpoint'],
    ['an endpoint without value', 'ep', Code.BAD_REQUEST, 'names no endpoint'],
    ['an endpoint given twice', 'ep=a&ep=a', Code.BAD_REQUEST, 'given twice'],
    ['Q given twice', 'ep=a&Q&Q', Code.BAD_REQUEST, 'given twice'],
    ['an unknown parameter given twice', 'ep=a&x=1&x=2', Code.BAD_REQUEST, '"x" is given twice'],
    ['a lifetime in words', 'ep=a&lt=day', Code.BAD_REQUEST, 'lifetime "day"'],
    ['a lifetime with a fraction', 'ep=a&lt=1.5', Code.BAD_REQUEST, 'lifetime "1.5"'],
    ['a lifetime without value', 'ep=a&lt', Code.BAD_REQUEST, 'lifetime ""'],
    ['a lifetime above 32 bits', 'ep=a&lt=4294967296', Code.BAD_REQUEST, 'out of range'],
    ['a lifetime below 32 bits', 'ep=a&lt=-2147483649', Code.BAD_REQUEST, 'out of range'],
    ['an unknown binding', 'ep=a&b=UX', Code.BAD_REQUEST, 'binding "UX"'],
    ['a binding letter twice', 'ep=a&b=UU', Code.BAD_REQUEST, 'binding "UU"'],
    ['an empty binding', 'ep=a&b=', Code.BAD_REQUEST, 'binding ""'],
    ['Q with a value', 'ep=a&Q=false', Code.BAD_REQUEST, 'Q has the value "false"'],
    ['too many parameters', `ep=a&${manyParameters}`, Code.BAD_REQUEST, 'more than 16'],
  ])('%s', ([, query, code, reason]) => {
    const result = register(query);
    expect(result).toMatchObject({ ok: false, reason: { code } });
    expect(!result.ok && result.reason.reason).toContain(reason);
  });

  test('a refusal names the endpoint whenever it can be read', () => {
    for (const query of ['ep=a&lwm2m=1.3', 'lt=x&ep=a', 'ep=a&b=!', 'ep=a&x&x']) {
      expect(register(query), query).toMatchObject({ reason: { endpoint: 'a' } });
    }
    expect(register('lt=60')).toMatchObject({ reason: { endpoint: '' } });
  });

  test('a reason quotes the peer escaped and short', () => {
    const result = register(`ep=a&lt=${'\u001b[2J'.repeat(30)}`);
    const reason = result.ok ? '' : result.reason.reason;
    expect(reason).toMatch(/^lifetime "\\u001b\[2J/);
    expect(reason.length).toBeLessThan(150);
  });
});

describe('endpoint names', () => {
  const LONGEST = 'n'.repeat(ENDPOINT_BYTES_MAX);
  test.for<[string, string, boolean]>([
    ['one character', 'x', true],
    ['a URN', 'urn:imei:352656100123456', true],
    ['with = and spaces', 'a=b c', true],
    ['in UTF-8', 'Küche-温度', true],
    ['of 255 bytes', LONGEST, true],
    ['of 256 bytes', `${LONGEST}n`, false],
    ['of 255 characters, but 256 bytes', `${LONGEST.slice(1)}é`, false],
    ['with NUL', 'a\0', false],
    ['with a line break', 'a\nb', false],
    ['with DEL', 'a\u007f', false],
    ['with a C1 control', 'a\u0085', false],
    ['that were not UTF-8', 'a\ufffd', false],
  ])('%s', ([, endpoint, accepted]) => {
    const result = parseRegister([`ep=${endpoint}`], LINK, encodeUtf8('</3/0>'));
    expect(result.ok).toBe(accepted);
    expect(!result.ok && result.reason.code).toBe(accepted ? false : Code.BAD_REQUEST);
    expect(result.ok && result.value.endpoint).toBe(accepted ? endpoint : false);
  });
});

describe('the body of a Register', () => {
  test.for<[string, string, number | undefined, string]>([
    ['is missing', '', LINK, 'names no object'],
    ['has a root link alone', '</>;rt="oma.lwm2m"', LINK, 'names no object'],
    ['has nothing of LwM2M', '</sensors>;rt="x"', LINK, 'names no object'],
    ['has another content format', '</3/0>', 0, 'content format 0'],
    ['is not link format', '/3/0', LINK, 'not link format'],
    ['has an id above 65534', '</65535/0>', LINK, 'id above 65534'],
    ['has an instance above 65534', '</3/65535>', LINK, 'id above 65534'],
    ['has an id with a leading zero', '</03/0>', LINK, 'not a path'],
    ['is too long', `</1/0>;a="${'x'.repeat(LINKS_LENGTH_MAX)}"`, LINK, 'longer than'],
  ])('%s', ([, body, contentFormat, reason]) => {
    const result = register('ep=a', body, contentFormat);
    expect(result).toMatchObject({ ok: false, reason: { code: Code.BAD_REQUEST } });
    expect(!result.ok && result.reason.reason).toContain(reason);
  });

  test.each([
    ['by a profile id', 'ep=a&lwm2m=1.2&pid=6:27354b9a'], ['by nothing', 'ep=a&lwm2m=1.2'],
  ])('is given %s with 1.2: 4.09, so that the list comes', (_, query) => {
    expect(register(query, '')).toMatchObject({ ok: false, reason: {
      code: Code.CONFLICT, endpoint: 'a',
      reason: 'gives no list of its objects, and profile ids are not known here',
    } });
  });

  test('is not UTF-8', () => {
    const body = Uint8Array.of(0x3c, 0x2f, 0x33, 0xff, 0x3e);
    expect(parseRegister(['ep=a'], LINK, body)).toMatchObject({
      reason: { code: Code.BAD_REQUEST, reason: 'object list is not UTF-8' },
    });
  });

  test('may come without Content-Format', () => {
    expect(parseRegister(['ep=a'], undefined, encodeUtf8('</3/0>')).ok).toBe(true);
  });
});

describe('an object list', () => {
  type Facts = { rootPath?: string; formats?: number[]; instances: string; objects: string };
  test.for<[string, string, Facts]>([
    ['Zephyr 1.1: root link with ct alone, objects without instances',
      '</>;ct=112,</3>;ver=1.0,</3/0>,</5/0>,</1/0>,</19>,</16>',
      { formats: [112], instances: '3/0 5/0 1/0', objects: '3=1.0 5=1.0 1=1.1 19=1.0 16=1.0' }],
    ['Anjay: no root link', '</1/0>,</2>,</3/0>',
      { instances: '1/0 3/0', objects: '1=1.1 2=1.0 3=1.1' }],
    ['root link with a list of formats', '</>;rt="oma.lwm2m";ct="110 112 60",</3/0>',
      { formats: [110, 112, 60], instances: '3/0', objects: '3=1.1' }],
    ['root link with one bare format', '</>;ct=11542;rt=oma.lwm2m,</3/0>',
      { formats: [11_542], instances: '3/0', objects: '3=1.1' }],
    ['root link among other types, at the end', '</3/0>,</>;rt="core.x oma.lwm2m"',
      { instances: '3/0', objects: '3=1.1' }],
    ['formats that are no numbers are passed over', '</>;ct="112 x 999999",</3/0>',
      { formats: [112], instances: '3/0', objects: '3=1.1' }],
    ['alternate root path', '</lwm2m>;rt="oma.lwm2m";ct=112,</lwm2m/1/0>,</lwm2m/3>,</4/0>',
      { rootPath: '/lwm2m', formats: [112], instances: '1/0', objects: '1=1.1 3=1.1' }],
    ['alternate root path with a slash at its end', '</a/b/>;rt="oma.lwm2m",</a/b/3/0>',
      { rootPath: '/a/b', instances: '3/0', objects: '3=1.1' }],
    ['a path that only begins like the root path', '</l>;rt="oma.lwm2m",</lwm2m/1/0>,</l/3/0>',
      { rootPath: '/l', instances: '3/0', objects: '3=1.1' }],
    ['version on the object link', '</3>;ver=1.2,</3/0>', { instances: '3/0', objects: '3=1.2' }],
    ['version in quotes', '</3303>;ver="1.1",</3303/0>,</3303/1>',
      { instances: '3303/0 3303/1', objects: '3303=1.1' }],
    ['version on the only instance', '</3/0>;ver=1.0', { instances: '3/0', objects: '3=1.0' }],
    ['version after the instance', '</3/0>,</3>;ver=1.0', { instances: '3/0', objects: '3=1.0' }],
    ['version that is none', '</3>;ver=new,</3/0>', { instances: '3/0', objects: '3=1.1' }],
    ['unknown attributes and unknown objects', '</33625/7>;x="y";obs',
      { instances: '33625/7', objects: '33625=1.0' }],
    ['an instance listed twice', '</3/0>,</3/0>', { instances: '3/0', objects: '3=1.1' }],
    ['Security, OSCORE and COSE', '</0/0>,</21/0>,</23/0>,</3/0>',
      { instances: '3/0', objects: '3=1.1' }],
    ['links that are not LwM2M', '</.well-known/core>,<coap://x/3/1>,</3/x>,</3/0>',
      { instances: '3/0', objects: '3=1.1' }],
    ['a resource counts for its instance', '</3/0/9>', { instances: '3/0', objects: '3=1.1' }],
    ['the largest ids', '</65534/65534>', { instances: '65534/65534', objects: '65534=1.0' }],
    ['nothing', '', { instances: '', objects: '' }],
  ])('%s', ([, source, facts]) => {
    const result = parseObjectList(source, '1.1');
    if (!result.ok) throw new Error(result.reason);
    const { instances, objects, ...rest } = result.value;
    expect({
      ...rest,
      instances: instances.map(({ object, instance }) => `${object}/${instance}`).join(' '),
      objects: objects.map(({ object, version }) => `${object}=${version}`).join(' '),
    }).toEqual({ rootPath: '', formats: [], ...facts, source });
  });

  test('a 1.0 client means version 1.0 where it names none', () => {
    expect(parseObjectList('</1/0>,</3/0>,</4/0>,</3303>;ver=1.1', '1.0')).toMatchObject({
      value: { objects: [
        { object: 1, version: '1.0' }, { object: 3, version: '1.0' },
        { object: 4, version: '1.0' }, { object: 3303, version: '1.1' },
      ] },
    });
  });

  test('a 1.2 client means the versions of 1.2 where it names none', () => {
    const source = '</>;rt="oma.lwm2m";ct="112 11544 320 322",</1/0>,</2/0>,</3/0>,</4/0>,</5/0>,'
      + '</6/0>,</7/0>,</24/0>,</3303/0>,</5>;ver=1.2';
    const list = parseObjectList(source, '1.2');
    expect(list.ok && list.value.objects.map(({ object, version }) => `${object}=${version}`))
      .toEqual(['1=1.2', '2=1.1', '3=1.2', '4=1.3', '5=1.2', '6=1.0', '7=1.0', '24=1.0',
        '3303=1.0']);
    expect(list.ok && list.value.formats).toEqual([112, 11_544, 320, 322]);
    const five = parseObjectList('</5/0>', '1.2');
    expect(five).toMatchObject({ value: { objects: [{ object: 5, version: '1.1' }] } });
  });

  test.each([
    'coap://other/', '/..', '/a/./b', '/a//b', `/${'x'.repeat(41)}`, '/a/b/c/d/e',
    `/${'é'.repeat(40)}/${'é'.repeat(40)}/${'é'.repeat(40)}`, '/a'.repeat(130), '/a?b',
  ])('a root link to %s is refused: no request could be sent there', (root) => {
    const source = `<${root}>;rt="oma.lwm2m",<${root}/3/0>`;
    expect(parseObjectList(source, '1.1').ok).toBe(false);
  });

  test('a root path of four segments of forty characters is taken', () => {
    const root = `/${'x'.repeat(39)}`.repeat(4);
    expect(parseObjectList(`<${root}>;rt="oma.lwm2m",<${root}/3/0>`, '1.1').ok).toBe(true);
  });
});

describe('an Update', () => {
  test.for<[string, Lwm2mVersion, string, string, UpdateCommand]>([
    ['says nothing but that it lives', '1.1', '', '', {}],
    ['changes the lifetime', '1.1', 'lt=60', '', { lifetime: 60 }],
    ['changes the lifetime to one without end', '1.1', 'lt=-1', '', { lifetime: LIFETIME_INFINITE }],
    ['of 1.0 enters queue mode by b', '1.0', 'b=UQ', '', { binding: 'U', queueMode: true }],
    ['of 1.0 leaves queue mode by b', '1.0', 'b=U', '', { binding: 'U', queueMode: false }],
    ['of 1.0 leaves queue mode alone', '1.0', 'lt=60', '', { lifetime: 60 }],
    ['of 1.1 changes the binding alone', '1.1', 'b=UT', '', { binding: 'UT' }],
    ['of 1.1 enters queue mode by Q', '1.1', 'Q', '', { queueMode: true }],
    ['changes the phone number', '1.1', 'sms=491', '', { smsNumber: '491' }],
    ['of 1.2 enters queue mode by Q', '1.2', 'Q&b=UM', '', { binding: 'UM', queueMode: true }],
    ['of 1.2 changes the binding alone', '1.2', 'b=U', '', { binding: 'U' }],
    ['of 1.1 has a parameter of 1.2', '1.1', 'pid=6:27354b9a', '', {}],
    ['repeats what cannot change', '1.1', 'ep=a&lwm2m=1.1&x=1', '', {}],
  ])('%s', ([, version, query, body, command]) => {
    const items = query === '' ? [] : query.split('&');
    expect(parseUpdate(items, undefined, encodeUtf8(body), version))
      .toEqual({ ok: true, value: command });
  });

  test('replaces the object list, with the versions of the registration', () => {
    for (const contentFormat of [undefined, LINK]) {
      const result = parseUpdate([], contentFormat, encodeUtf8('</3/0>'), '1.0');
      expect(result).toMatchObject({ value: { objects: {
        source: '</3/0>', objects: [{ object: 3, version: '1.0' }],
        instances: [{ object: 3, instance: 0 }],
      } } });
    }
  });

  test('of 1.2 that changes the profile gives the list, or is answered 4.09', () => {
    const update = (body: string) =>
      parseUpdate(['pid=6:27354b9a'], LINK, encodeUtf8(body), '1.2');
    expect(update('')).toMatchObject({ ok: false, reason: { code: Code.CONFLICT } });
    expect(update('</3/0>')).toMatchObject({ ok: true, value: { objects: {
      objects: [{ object: 3, version: '1.2' }],
    } } });
  });

  test.for<[string, string, string, number | undefined]>([
    ['a bad lifetime', 'lt=x', '', undefined],
    ['a bad binding', 'b=V', '', undefined],
    ['a parameter twice', 'lt=1&lt=1', '', undefined],
    ['a list in another format', '', '</3/0>', 110],
    ['a list that is not link format', '', '</3/0', LINK],
    ['a list without objects', '', '</>', LINK],
  ])('with %s is answered 4.00', ([, query, body, contentFormat]) => {
    const items = query === '' ? [] : query.split('&');
    expect(parseUpdate(items, contentFormat, encodeUtf8(body), '1.1'))
      .toMatchObject({ ok: false, reason: { code: Code.BAD_REQUEST } });
  });
});

property.prop([registerRequest()])('what clients write is understood', ({ query, objects }) => {
  const result = parseRegister(query, LINK, encodeUtf8(objects));
  expect(result).toMatchObject({ ok: true });
});

const noise = fc.record({ query: fc.array(fc.string()), objects: fc.string() });

property.prop([fc.oneof(oddRegisterRequest(), noise), fc.uint8Array({ maxLength: 60 })])(
  'whatever arrives, the outcome is a command or a 4.xx with a reason',
  ({ query, objects }, payload) => {
    for (const body of [encodeUtf8(objects), payload]) {
      for (const result of [
        parseRegister(query, undefined, body), parseUpdate(query, undefined, body, '1.1'),
      ]) {
        if (result.ok) continue;
        expect(result.reason.code >> 5).toBe(4);
        expect(result.reason.reason).not.toBe('');
      }
    }
  },
);
