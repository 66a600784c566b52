// What devices answer, and registrations, in the shapes of the reference server.

import { describe, expect, it } from 'vitest';
import { Code } from '../../coap/message.ts';
import type { Entry } from '../../lwm2m/value.ts';
import type { RegistrationRow } from '../../store/changes.ts';
import type { Ending } from '../management.ts';
import { linkJson, registrationJson, updateJson } from './registration-json.ts';
import { responseJson, type Asked, type Said } from './response-json.ts';

const DEVICE = { object: 3, instance: 0, resource: 0 };
const MAKER: Entry = { path: DEVICE, value: { type: 'string', value: 'Zephyr' } };
const LIFETIME: Entry = {
  path: { object: 1, instance: 0, resource: 1 }, value: { type: 'integer', value: 300n },
};
const READ: Asked = { kind: 'read', path: DEVICE };
const WRITE: Asked = { kind: 'write', path: DEVICE };
const SUCCESS = { valid: true, success: true, failure: false };
const FAILURE = { valid: true, success: false, failure: true };

const said = (code: number, more: Partial<Said> & { words?: string } = {}): Said => {
  const { words = '', ...rest } = more;
  return { ending: { kind: 'answered', code, words }, entries: [], answer: '', ...rest };
};

describe('an answer', () => {
  it.for<[string, Asked, Said, object]>([
    ['to a read', READ, said(Code.CONTENT, { entries: [MAKER] }), {
      status: 'CONTENT(205)', ...SUCCESS,
      content: { kind: 'singleResource', id: 0, type: 'STRING', value: 'Zephyr' },
    }],
    ['to a write', WRITE, said(Code.CHANGED), { status: 'CHANGED(204)', ...SUCCESS }],
    ['to an execute', { kind: 'execute', path: DEVICE }, said(Code.CHANGED),
      { status: 'CHANGED(204)', ...SUCCESS }],
    ['to a delete', { kind: 'delete', path: DEVICE }, said(Code.DELETED),
      { status: 'DELETED(202)', ...SUCCESS }],
    ['to a create', { kind: 'create', path: { object: 3303 } },
      said(Code.CREATED, { answer: '/3303/1' }),
      { status: 'CREATED(201)', ...SUCCESS, location: '/3303/1' }],
    ['to a create that does not say what', { kind: 'create', path: { object: 3303 } },
      said(Code.CREATED, { answer: '/3303' }), { status: 'CREATED(201)', ...SUCCESS }],
    ['to a discover', { kind: 'discover', path: { object: 3 } }, said(Code.CONTENT, {
      answer: '</3>;ver=1.1,</3/0>;pmin=10;pmax=60,</3/0/6>;dim=8,</3/0/0>;flag',
    }), {
      status: 'CONTENT(205)', ...SUCCESS, objectLinks: [
        { url: '/3', attributes: { ver: '1.1' } },
        { url: '/3/0', attributes: { pmin: '10', pmax: '60' } },
        { url: '/3/0/6', attributes: { dim: '8' } }, { url: '/3/0/0', attributes: {} },
      ],
    }],
    ['to a composite read', {
      kind: 'read-composite', paths: [DEVICE, LIFETIME.path, { object: 5 }],
    }, said(Code.CONTENT, { entries: [LIFETIME, MAKER] }), {
      status: 'CONTENT(205)', ...SUCCESS, content: {
        '/3/0/0': { kind: 'singleResource', id: 0, type: 'STRING', value: 'Zephyr' },
        '/1/0/1': { kind: 'singleResource', id: 1, type: 'INTEGER', value: '300' },
      },
    }],
    ['to a composite observation', {
      kind: 'observe-composite', paths: [DEVICE, LIFETIME.path, { object: 5 }],
    }, said(Code.CONTENT, { entries: [LIFETIME, MAKER] }), {
      status: 'CONTENT(205)', ...SUCCESS, content: {
        '/3/0/0': { kind: 'singleResource', id: 0, type: 'STRING', value: 'Zephyr' },
        '/1/0/1': { kind: 'singleResource', id: 1, type: 'INTEGER', value: '300' },
      },
    }],
    ['that is a no', READ, said(Code.NOT_FOUND), { status: 'NOT_FOUND(404)', ...FAILURE }],
    ['that is a no with words', READ, said(Code.METHOD_NOT_ALLOWED, { words: 'nope' }),
      { status: 'METHOD_NOT_ALLOWED(405)', ...FAILURE, errormessage: 'nope' }],
    ['no operation has', READ, said(Code.BAD_OPTION),
      { status: 'UNKNOWN(402)', ...FAILURE, valid: false }],
    ['this operation does not have', READ, said(Code.UNSUPPORTED_CONTENT_FORMAT),
      { status: 'UNSUPPORTED_CONTENT_FORMAT(415)', ...FAILURE, valid: false }],
    ['another has as well', WRITE, said(Code.UNSUPPORTED_CONTENT_FORMAT),
      { status: 'UNSUPPORTED_CONTENT_FORMAT(415)', ...FAILURE }],
    ['that is forbidden', WRITE, said(Code.FORBIDDEN),
      { status: 'FORBIDDEN(403)', ...FAILURE, valid: false }],
  ])('%s', ([, asked, answer, json]) => {
    expect(responseJson(asked, answer)).toEqual(json);
  });

  it.for<[Exclude<Ending, { kind: 'answered' }>, number, string]>([
    [{ kind: 'unanswered' }, 504, 'Request timeout'],
    [{ kind: 'rejected' }, 500, 'Request rejected: '],
    [{ kind: 'cancelled' }, 500, 'Request cancelled: '],
    [{ kind: 'unreadable', reason: 'TLV is cut off' }, 500, 'Invalid Response: TLV is cut off'],
    [{ kind: 'impossible', reason: 'no such format' }, 400, 'Invalid request: no such format'],
  ])('that never came: %o', ([ending, status, words]) => {
    expect(() => responseJson(READ, { ...said(0), ending })).toThrow(expect.objectContaining({
      status, message: expect.stringMatching(new RegExp(`^${words}`)) as string,
    }) as Error);
  });
});

describe('a registration', () => {
  const row: RegistrationRow = {
    id: 'xyZ12abCDe', lwm2mVersion: '1.1', lifetime: 86_400, binding: 'U', queueMode: true,
    smsNumber: undefined, unknownParameters: [], registeredAt: 1_700_000_000_123,
    updatedAt: 1_700_000_060_000, expiresAt: 1_700_086_400_000, listener: 0, host: '192.0.2.1',
    port: 36_000, security: 'none', identity: '', association: undefined,
    tokenBase: 'c0ffeec0ffee', observed: [],
    links: '</>;rt="oma.lwm2m";ct="60 110 112 11542 11543",</1>;ver=1.1,</1/0>,</2>,'
      + '</3>;ver=1.1,</3/0>,</5/0>,</3303/0>',
  };
  const registered = { endpoint: 'urn:imei:100000000000000', registration: row, isAsleep: true };
  const plain = (url: string) => ({ url, attributes: {} });

  it('of a device that sleeps', () => {
    expect(registrationJson(registered)).toEqual({
      endpoint: 'urn:imei:100000000000000', registrationId: 'xyZ12abCDe',
      registrationDate: 1_700_000_000_123, lastUpdate: 1_700_000_060_000,
      address: '192.0.2.1:36000', lwM2mVersion: '1.1', lifetime: 86_400, bindingMode: 'U',
      rootPath: '/', objectLinks: [
        { url: '/', attributes: { rt: '"oma.lwm2m"', ct: '"60 110 112 11542 11543"' } },
        { url: '/1', attributes: { ver: '1.1' } }, plain('/1/0'), plain('/2'),
        { url: '/3', attributes: { ver: '1.1' } }, plain('/3/0'), plain('/5/0'), plain('/3303/0'),
      ],
      secure: false, additionalRegistrationAttributes: {}, queuemode: true,
      availableInstances: { 1: [0], 3: [0], 5: [0], 3303: [0] }, sleeping: true,
    });
  });

  it('that always listens says nothing of sleeping; what is more is told', () => {
    const json = registrationJson({ ...registered, registration: {
      ...row, queueMode: false, smsNumber: '+491', unknownParameters: ['foo=a=b', 'bar'],
    } });
    expect(json).toMatchObject({
      queuemode: false, smsNumber: '+491', additionalRegistrationAttributes: { foo: 'a=b' },
    });
    expect(json).not.toHaveProperty('sleeping');
  });

  it('of 1.0 says queue mode in its binding', () => {
    const registration = { ...row, lwm2mVersion: '1.0', binding: 'US' };
    expect(registrationJson({ ...registered, registration })).toMatchObject({ bindingMode: 'UQS' });
  });

  it('below another root, and one whose list nobody understands', () => {
    const at = (links: string) => registrationJson({
      ...registered, registration: { ...row, links },
    });
    expect(at('</lwm2m>;rt="oma.lwm2m",</lwm2m/3/0>')).toMatchObject({
      rootPath: '/lwm2m', availableInstances: { 3: [0] },
      objectLinks: [{ url: '/lwm2m' }, { url: '/lwm2m/3/0' }],
    });
    expect(at('nonsense')).toMatchObject({ rootPath: '/', objectLinks: [] });
  });

  it('that is updated says what the Update said', () => {
    const update = { lifetime: undefined, smsNumber: undefined, links: undefined };
    const golden = {
      registrationId: 'xyZ12abCDe', address: '192.0.2.1:36000', alternatePath: '/', secure: false,
      additionalAttributes: {},
    };
    expect(updateJson(registered, update)).toEqual(golden);
    const all = { lifetime: 86_400, smsNumber: '+491', links: row.links };
    expect(updateJson(registered, all)).toMatchObject({
      ...golden, lifetime: 86_400, smsNumber: '+491', objectLinks: [{ url: '/' }, {}, {}, {}, {}, {},
        {}, {}],
    });
  });

  it('a link keeps the quotes of its attributes', () => {
    const attributes = [
      { name: 'rt', value: 'a "b"' }, { name: 'ct', value: '112' }, { name: 'obs', value: undefined },
    ];
    expect(linkJson({ target: '/3', attributes }))
      .toEqual({ url: '/3', attributes: { rt: '"a \\"b\\""', ct: '112' } });
  });
});
