// Which of several versions of an object holds for which client, and what that does to a value.

import { describe, expect, test } from 'vitest';
import { fromHex } from '../bytes.ts';
import { ContentFormat, decodePayload } from './content-format.ts';
import { ObjectModels } from './models.ts';
import { parseObjectList, type ObjectList } from './object-list.ts';
import { OBJECTS, type ObjectModel } from './objects.ts';
import type { ValueType } from './value.ts';

/** An object with one resource, /0, of this type. */
function model(id: number, version: string, type: ValueType = 'integer'): ObjectModel {
  const resource = {
    id: 0, name: `of ${version}`, type, operations: 'R', multiple: false, mandatory: true,
    unit: '', range: '', description: '',
  } as const;
  return {
    id, version, name: `${id} ${version}`, description: '', multiple: true, mandatory: false,
    resources: new Map([[0, resource]]),
  };
}

function list(links: string, version: '1.0' | '1.1' = '1.1'): ObjectList {
  const parsed = parseObjectList(links, version);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

describe('a version that is not there', () => {
  const models = new ObjectModels(
    ['1.2', '2.0', '1.0', '1.10', '4.1'].map((version) => model(33_000, version)),
  );
  test.for([
    ['1.0', '1.0'], ['1.1', '1.2'], ['1.2', '1.2'], ['1.3', '1.10'], ['1.10', '1.10'],
    ['1.11', '1.10'], ['2.5', '2.0'], ['3.0', '4.1'], ['0.9', '4.1'],
  ])('%s is taken for %s', ([wanted, found]) => {
    expect(models.find(33_000, wanted)?.version).toBe(found);
  });

  test('or not said at all, is the newest', () => {
    expect(models.find(33_000)?.version).toBe('4.1');
  });

  test('of an object without a model, is none', () => {
    expect(models.find(33_001, '1.0')).toBeUndefined();
  });
});

describe('a client', () => {
  const models = new ObjectModels([
    model(33_000, '1.0'), model(33_000, '1.1', 'float'), model(33_001, '1.0'),
    model(3, '1.0', 'opaque'), model(3, '1.1', 'string'),
  ]);
  const of = (links: string, version?: '1.0' | '1.1') => models.of(list(links, version));

  test('says the version in the link of the object, or of its only instance', () => {
    expect(of('</33000>;ver=1.1,</33000/0>').get(33_000)?.version).toBe('1.1');
    expect(of('</33000/0>;ver="1.1"').get(33_000)?.version).toBe('1.1');
    expect(of('</33000>;ver=1.0,</33000/0>').get(33_000)?.version).toBe('1.0');
  });

  test('that says none means 1.0', () => {
    expect(of('</33000/0>').get(33_000)?.version).toBe('1.0');
    expect(of('</33000/0>;ver=new').get(33_000)?.version).toBe('1.0');
  });

  test('that says none means of core objects what its LwM2M has (LwM2M Core 1.1.1 s7.2.3)', () => {
    expect(of('</3/0>', '1.0').get(3)?.version).toBe('1.0');
    expect(of('</3/0>', '1.1').get(3)?.version).toBe('1.1');
    expect(of('</4/0>', '1.1').get(4)?.version).toBe('1.2');
  });

  test('without versions of its own costs nothing: it has the models that all have', () => {
    const newest = of('</33001/0>');
    expect(of('</33000>;ver=1.1,</33000/0>')).toBe(newest);
    expect(newest.get(33_001)).toBe(models.find(33_001));
    const same = list('</33000/0>');
    expect(models.of(same)).toBe(models.of(same));
  });

  test('of an object that it did not register means the newest', () => {
    expect(of('</33000/0>').get(3303)).toBe(OBJECTS.get(3303));
    expect(of('</33001/0>').get(33_000)?.version).toBe('1.1');
  });
});

describe('adding', () => {
  test('nothing leaves the very table of this server', () => {
    expect(new ObjectModels().of(list('</3/0>'))).toBe(OBJECTS);
  });

  test('beats our own of the same version, and no other version', () => {
    const ours = OBJECTS.get(3303)!;
    const models = new ObjectModels([model(3303, ours.version), model(3304, '7.0')]);
    expect(models.find(3303)?.name).toBe('3303 1.1');
    expect(models.find(3304, '1.1')).toBe(OBJECTS.get(3304));
    expect(models.all().filter(({ id }) => id === 3303)).toHaveLength(1);
    expect(models.all().filter(({ id }) => id === 3304)).toHaveLength(2);
  });

  test('takes the place of what was added before, for known clients as well', () => {
    const models = new ObjectModels([model(33_000, '1.0'), model(33_000, '1.1')]);
    const client = list('</33000>;ver=1.0,</33000/0>');
    expect(models.of(client).get(33_000)?.version).toBe('1.0');
    models.add([model(33_000, '1.1'), model(33_000, '2.0')]);
    expect(models.of(client).get(33_000)?.version).toBe('1.1');
    models.add([]);
    expect(models.of(client).get(33_000)).toBeUndefined();
  });

  test('a thousand versions of one object takes no time to speak of', () => {
    const many = Array.from({ length: 2_000 }, (_, n) => model(33_000, `${n % 50}.${n % 999}`));
    expect(new ObjectModels(many).all().length).toBeGreaterThan(1_900);
  });
});

test.for<[string, number, string, string]>([
  ['TLV', ContentFormat.TLV, 'c40041acae14', 'c40041acae14'],
  ['text', ContentFormat.TEXT, '32312e35', '3231'],
  ['SenML JSON', ContentFormat.SENML_JSON,
    Buffer.from('[{"n":"/33000/0/0","v":21.5}]').toString('hex'),
    Buffer.from('[{"n":"/33000/0/0","v":21}]').toString('hex')],
  ['OMA JSON', ContentFormat.OMA_JSON,
    Buffer.from('{"bn":"/33000/0/0","e":[{"n":"","v":21.5}]}').toString('hex'),
    Buffer.from('{"bn":"/33000/0/0","e":[{"n":"","v":21}]}').toString('hex')],
  ['SenML CBOR', ContentFormat.SENML_CBOR, '81a2006a2f33333030302f302f3002f94d60',
    '81a2006a2f33333030302f302f300215'],
  ['CBOR', ContentFormat.CBOR, 'f94d60', '15'],
])('a value in %s has the type of the version', ([, format, float, integer]) => {
  const models = new ObjectModels([model(33_000, '1.0'), model(33_000, '1.1', 'float')]);
  const path = { object: 33_000, instance: 0, resource: 0 };
  for (const [version, hex, type] of [['1.1', float, 'float'], ['1.0', integer, 'integer']]) {
    const known = models.of(list(`</33000>;ver=${version},</33000/0>`));
    const decoded = decodePayload(format, path, fromHex(hex!)!, 0, known);
    expect(decoded).toMatchObject({ ok: true, value: [{ path, value: { type } }] });
  }
});
