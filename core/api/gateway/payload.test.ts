// What gateways post, as values with their paths, and what is no such post.

import { describe, expect, test } from 'vitest';
import { formatPath } from '../../lwm2m/path.ts';
import type { GatewayReport } from '../management.ts';
import { compositePost, compositeReport, singlePost, singleReport } from './payload.ts';

const single = (val: object, object = 3303) => {
  const parsed = singlePost.safeParse({ ep: 'a', obj_id: object, val });
  return parsed.success ? words(singleReport(parsed.data)) : parsed.error.issues
    .map(({ path, message }) => `${path.join('.')}: ${message}`);
};
const resource = (type: string, value: unknown) =>
  ({ kind: 'singleResource', id: 5700, type, value });

function words({ groups, happened }: GatewayReport): unknown[] {
  return happened !== undefined ? [happened] : groups.map((group) => group.map(({ path, value }) => [
    formatPath(path), value.type, 'value' in value ? value.value : undefined,
  ]));
}

describe('one resource', () => {
  test.each([
    ['FLOAT', '24.899181214836236', 'float', 24.899181214836236],
    ['FLOAT', 1, 'float', 1],
    ['INTEGER', '-9223372036854775808', 'integer', -(2n ** 63n)],
    ['INTEGER', 7, 'integer', 7n],
    ['TIME', 1_722_781_234_567, 'time', 1_722_781_234],
    ['BOOLEAN', true, 'boolean', true],
    ['BOOLEAN', 'False', 'boolean', false],
    ['STRING', 'Zephyr', 'string', 'Zephyr'],
    ['STRING', '', 'string', ''],
    ['OPAQUE', '00ff', 'opaque', new Uint8Array([0, 255])],
  ])('%s %j is kept', (type, given, kept, value) => {
    expect(single(resource(type, given))).toEqual([[['/3303/0/5700', kept, value]]]);
  });

  test.each([
    ['FLOAT', 'warm'], ['FLOAT', ''], ['FLOAT', 'Infinity'], ['FLOAT', true], ['INTEGER', '1.5'],
    ['INTEGER', '9223372036854775808'], ['INTEGER', true], ['TIME', '2030-01-31'], ['TIME', true],
    ['BOOLEAN', 'yes'], ['OPAQUE', 'zz'],
  ])('%s %j is refused', (type, given) => {
    expect(single(resource(type, given))).toEqual([`val.value: A valid ${type} is required.`]);
  });

  test('of several instances keeps each', () => {
    const values = { 0: '1', 5: '5' };
    expect(single({ kind: 'multiResource', id: 6, type: 'INTEGER', values }, 3))
      .toEqual([[['/3/0/6/0', 'integer', 1n], ['/3/0/6/5', 'integer', 5n]]]);
  });

  test.each([
    [{ kind: 'singleResource', id: 1, type: 'STRING' }, 'val.value: This field is required.'],
    [{ kind: 'multiResource', id: 1, type: 'STRING', value: 'x' }, 'val.values: This field'],
    [{ kind: 'singleResource', id: 70_000, type: 'STRING', value: 'x' }, 'val.id: '],
    [{ kind: 'singleResource', id: 1, type: 'NONE', value: 'x' }, 'val.type: '],
    [{ kind: 'multiResource', id: 1, type: 'STRING', values: { x: 'x' } }, 'val.values.x: '],
    [{}, 'val.kind: '],
  ])('%j is none', (val, problem) => {
    expect(single(val)[0]).toMatch(new RegExp(`^${problem.replace(/[.]/g, '\\.')}`));
  });

  test.each([[0, 'registered'], [1, 'deregistered'], [2, 'updated']])(
    '%i of object 10240 tells of a registration', (id, happened) => {
      expect(single({ ...resource('TIME', 1_722_781_234_567), id }, 10240)).toEqual([happened]);
    });
});

describe('objects', () => {
  const object = (id: number) => ({ kind: 'obj', id, instances: [0, 1].map((instance) =>
    ({ kind: 'instance', id: instance, resources: [resource('FLOAT', `${instance}.5`)] })) });
  const kept = (id: number) =>
    [[`/${id}/0/5700`, 'float', 0.5], [`/${id}/1/5700`, 'float', 1.5]];
  const report = (val: unknown) => {
    const parsed = compositePost.safeParse({ ep: 'a', val });
    return parsed.success ? words(compositeReport(parsed.data)) : 'refused';
  };

  test('are told by any key', () => {
    expect(report({ '/3303': object(3303), other: object(3304) })).toEqual([kept(3303), kept(3304)]);
  });

  test('are told as one, as older gateways do', () => {
    expect(report(object(3303))).toEqual([kept(3303)]);
  });

  test.each([
    [{ '/3': { ...object(3), kind: 'instance' } }], [{ '/3': { kind: 'obj', id: 3 } }], ['text'],
    [Object.fromEntries(Array.from({ length: 33 }, (_, id) => [id, object(id)]))],
    [{ kind: 'obj', id: 3303, instances: Array.from({ length: 65 }, (_, id) =>
      ({ kind: 'instance', id, resources: [] })) }],
  ])('%# are refused', (val) => {
    expect(report(val)).toBe('refused');
  });
});
