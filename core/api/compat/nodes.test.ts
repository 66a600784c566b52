// Nodes out and in, by the shapes that the reference server's own serializers write and read.

import { describe, expect, it } from 'vitest';
import { parsePath, type Path } from '../../lwm2m/path.ts';
import type { Entry, Value } from '../../lwm2m/value.ts';
import { WISHED_MAX } from '../../lwm2m/operation.ts';
import { OPERATION_TEXT_MAX } from '../inputs.ts';
import { newInstance, parseJson, textAt, valuesAt } from './node-input.ts';
import { nodeAt, nodeOf, nodesByPath } from './node-json.ts';
import type { PlainError } from './plain-error.ts';

function at(text: string): Path {
  const path = parsePath(text);
  if (!path.ok) throw new Error(path.reason);
  return path.value;
}

const entry = (path: string, value: Value, time?: number): Entry => (
  { path: at(path), value, ...(time !== undefined && { time }) }
);
const MAKER = entry('/3/0/0', { type: 'string', value: 'Zephyr' });
const SOURCES = [
  entry('/3/0/6/0', { type: 'integer', value: 1n }),
  entry('/3/0/6/1', { type: 'integer', value: 5n }),
];
const SOURCES_NODE = {
  kind: 'multiResource', id: 6, type: 'INTEGER', values: { 0: '1', 1: '5' },
};
const MAKER_NODE = { kind: 'singleResource', id: 0, type: 'STRING', value: 'Zephyr' };
const DEVICE_NODE = { kind: 'instance', id: 0, resources: [MAKER_NODE, SOURCES_NODE] };

describe('a value is written', () => {
  it.for<[Value, string, unknown]>([
    [{ type: 'string', value: 'Zephyr' }, 'STRING', 'Zephyr'],
    [{ type: 'integer', value: 95n }, 'INTEGER', '95'],
    [{ type: 'integer', value: -(2n ** 63n) }, 'INTEGER', '-9223372036854775808'],
    [{ type: 'unsigned', value: 2n ** 64n - 1n }, 'UNSIGNED_INTEGER', '18446744073709551615'],
    [{ type: 'float', value: 24.5 }, 'FLOAT', '24.5'],
    [{ type: 'float', value: 24 }, 'FLOAT', '24.0'],
    [{ type: 'float', value: Number.NaN }, 'FLOAT', 'NaN'],
    [{ type: 'boolean', value: true }, 'BOOLEAN', true],
    [{ type: 'time', value: 1_700_000_000 }, 'TIME', 1_700_000_000_000],
    [{ type: 'opaque', value: Uint8Array.of(1, 0xab) }, 'OPAQUE', '01ab'],
    [{ type: 'objlnk', object: 10, instance: 0 }, 'OBJLNK',
      { objectId: 10, objectInstanceId: 0, nullLink: false }],
    [{ type: 'objlnk', object: 65_535, instance: 65_535 }, 'OBJLNK',
      { objectId: 65_535, objectInstanceId: 65_535, nullLink: true }],
    [{ type: 'corelnk', value: '</3/0>' }, 'CORELINK', '</3/0>'],
  ])('%o', ([value, type, written]) => {
    expect(nodeOf(at('/9/0/1'), [entry('/9/0/1', value)]))
      .toEqual({ kind: 'singleResource', id: 1, type, value: written });
  });
});

describe('a node is written', () => {
  it.for<[string, Entry[], object]>([
    ['/3/0/0', [MAKER], MAKER_NODE],
    ['/3/0/6', SOURCES, SOURCES_NODE],
    ['/3/0/6/1', SOURCES.slice(1),
      { kind: 'resourceInstance', id: 1, type: 'INTEGER', value: '5' }],
    ['/3/0', [MAKER, ...SOURCES], DEVICE_NODE],
    ['/3', [MAKER, ...SOURCES], { kind: 'obj', id: 3, instances: [DEVICE_NODE] }],
    ['/3', [], { kind: 'obj', id: 3, instances: [] }],
    ['/3/0', [], { kind: 'instance', id: 0, resources: [] }],
    ['/3/0/6', [], { kind: 'multiResource', id: 6, type: 'NONE', values: {} }],
  ])('%s', ([path, entries, node]) => {
    expect(nodeOf(at(path), entries)).toEqual(node);
  });

  it('of a history the newest value', () => {
    const history = [3, 1].map((time) => (
      entry('/3303/0/5700', { type: 'float', value: time }, time)));
    expect(nodeOf(at('/3303/0/5700'), history)).toMatchObject({ value: '3.0' });
    expect(nodesByPath([...history, MAKER])).toMatchObject({
      '/3303/0/5700': { value: '3.0' }, '/3/0/0': MAKER_NODE,
    });
  });

  it('of a path that has nothing there is none', () => {
    expect(nodeAt(at('/3/0/1'), [MAKER])).toBeUndefined();
    expect(nodeAt(at('/3'), [MAKER])).toMatchObject({ kind: 'obj' });
  });
});

describe('a node is read', () => {
  const node = (type: string, value: unknown, id: unknown = 1) => ({ id, type, value });
  it.for<[string, object, unknown]>([
    ['in lower case and with its number as text', {
      id: 1, kind: 'singleResource', value: '300', type: 'integer',
    }, '300'],
    ['without kind', node('INTEGER', 300), '300'],
    ['with its id as text', node('STRING', 'x', '1'), 'x'],
    ['unsigned', node('UNSIGNED_INTEGER', '18446744073709551615'), '18446744073709551615'],
    ['float', node('FLOAT', '1.5'), 1.5],
    ['boolean', node('boolean', true), true],
    ['time', node('TIME', 1_700_000_000_999), 1_700_000_000],
    ['opaque', node('OPAQUE', '01ab'), 'Aas='],
    ['object link', node('OBJLNK', { objectId: 10, objectInstanceId: 0 }), '10:0'],
    ['core link', node('CORELINK', '</3/0>'), '</3/0>'],
  ])('%s', ([, json, value]) => {
    expect(valuesAt(at('/9/0/1'), json)).toMatchObject([{ path: '/9/0/1', value }]);
  });

  it('with several values, and as an instance', () => {
    const multi = { kind: 'multiResource', id: 6, type: 'integer', values: { 0: '1', 1: '5' } };
    const expected = [
      { path: '/3/0/6/0', value: '1', type: 'integer' },
      { path: '/3/0/6/1', value: '5', type: 'integer' },
    ];
    expect(valuesAt(at('/3/0/6'), multi)).toEqual(expected);
    expect(valuesAt(at('/3/0'), { resources: [multi, node('STRING', 'x')] }))
      .toEqual([...expected, { path: '/3/0/1', value: 'x', type: 'string' }]);
    expect(valuesAt(at('/3/0/6/1'), { ...node('INTEGER', '5'), kind: 'resourceInstance' }))
      .toMatchObject([{ path: '/3/0/6/1', value: '5' }]);
    expect(newInstance(3303, { kind: 'instance', id: '2', resources: [node('FLOAT', 1, 5700)] }))
      .toMatchObject({ id: 2, values: [{ path: '/3303/2/5700', value: 1 }] });
    expect(newInstance(3303, { resources: [] })).toEqual({ id: undefined, values: [] });
  });

  const unparsable = 'Invalid request: unable to parse json to tlv:';
  const unexpected = "Unexpected exception: Unexpected JSON type of 'value' field ";
  it.for<[string, unknown, number, string]>([
    ['/1/0/1', [], 400, `${unparsable}Invalid node element`],
    ['/1/0/1', 'x', 400, `${unparsable}Invalid node element`],
    ['/1/0/1', { id: 'x', type: 'string', value: '1' }, 400, `${unparsable}'id' is not valid`],
    ['/1/0/1', node('STRING', 'x', 2), 400, 'Invalid request: the node is not of /1/0/1'],
    ['/1/0', { id: 1, resources: [] }, 400, 'Invalid request: the node is not of /1/0'],
    ['/1/0', node('STRING', 'x', 0), 500,
      'Unexpected exception: an object instance is expected, with its resources'],
    ['/1/0', { resources: [{ type: 'string', value: 'x' }] }, 500,
      "Unexpected exception: 'id' is missing"],
    ['/1/0/1', { id: 1, value: 'abc' }, 500, "Unexpected exception: 'type' is missing"],
    ['/1/0/1', node('WORDS', 'x'), 500, "Unexpected exception: 'type' WORDS is unknown"],
    ['/1/0/1', node('boolean', 1), 500, `${unexpected}[1]: a JSON boolean is expected for BOOLEAN`],
    ['/1/0/1', node('string', [1]), 500,
      `${unexpected}[[1]]: a JSON string is expected for STRING`],
    ['/1/0/1', node('string', undefined), 500,
      `${unexpected}[nothing]: a JSON string is expected for STRING`],
    ['/1/0/1', node('float', 'NaN'), 500,
      `${unexpected}["NaN"]: a JSON string or number is expected for FLOAT`],
    ['/1/0/1', node('integer', 1.5), 500,
      `${unexpected}[1.5]: a JSON string or integer is expected for INTEGER`],
    ['/1/0/1', node('time', '0'), 500, `${unexpected}["0"]: a JSON integer is expected for TIME`],
    ['/1/0/1', node('opaque', '1'), 500,
      `${unexpected}["1"]: a JSON string of hex digits is expected for OPAQUE`],
    ['/1/0/1', node('objlnk', '1:0'), 500, `${unexpected}["1:0"]: a JSON object with objectId `
      + 'and objectInstanceId is expected for OBJLNK'],
    ['/3/0/6', { id: 6, type: 'integer', values: { x: 1 } }, 400,
      `${unparsable}'values.x' is not valid`],
  ])('not at %s: %j', ([path, json, status, message]) => {
    expect(() => valuesAt(at(path), json)).toThrow(
      expect.objectContaining({ status, message }) as PlainError,
    );
  });

  it('not when it is no JSON, or too much', () => {
    expect(() => parseJson('{')).toThrow(`${unparsable}it is no JSON`);
    const resources = Array.from({ length: WISHED_MAX + 1 }, () => node('STRING', 'x'));
    expect(() => valuesAt(at('/3/0'), { resources }))
      .toThrow(`${unparsable}'resources' is not valid`);
    expect(() => textAt(at('/5/0/1'), 'x'.repeat(OPERATION_TEXT_MAX + 1)))
      .toThrow('Invalid request: values have at most');
  });
});
