// Which values the forms begin with.

import { expect, test } from 'vitest';
import type { DeviceObject, ResourceFacts } from '../wire.ts';
import type { ValueStore } from './device-state.ts';
import { nextPath, numbered, planOf, wishOf, type Plan } from './plans.ts';
import { unknownResource } from './resources.ts';

const fact = (id: number, more: Partial<ResourceFacts>): ResourceFacts =>
  ({ ...unknownResource(id), type: 'string', ...more });
const FACTS = [
  fact(0, { operations: 'R', mandatory: true }), fact(1, { name: 'Label' }),
  fact(2, { multiple: true, type: 'integer' }), fact(3, { operations: 'R' }),
  fact(4, { operations: 'E', type: 'none' }), fact(5, { operations: '' }),
];
const object: DeviceObject = {
  id: 9, name: 'Package', known: true, version: '1.0', modelVersion: '1.0', multiple: true,
  resources: FACTS,
  instances: [{
    id: 3, isListed: true,
    resources: FACTS.map((facts) => ({ ...facts, values: [], source: 'never', numeric: false })),
  }],
};
const told = (value: string, resourceInstance: number | null, type: 'string' | 'integer') =>
  ({ resourceInstance, value: { type, value }, deviceTime: 0, receiveTime: 0, sequence: 1 });
const values: ValueStore = {
  '/9/3/1': [told('cellar', null, 'string')],
  '/9/3/2': [told('10', 0, 'integer'), told('30', 4, 'integer')],
};
const plan = (form: 'write' | 'create' | 'write together', path: string, picked: string[] = []) =>
  planOf({ form, path }, { objects: [object], values, picked });
const lines = ({ drafts }: Plan) =>
  drafts.map(({ path, text, isChosen }) => `${path} ${text}${isChosen ? ' chosen' : ''}`);

test('a single resource begins with its value, and is all there is', () => {
  const made = plan('write', '/9/3/1');
  expect(lines(made)).toEqual(['/9/3/1 cellar chosen']);
  expect(made).toMatchObject({ isList: false, title: 'Write Label' });
});

test('a multiple resource is a list of what it has, and another may be added', () => {
  const made = plan('write', '/9/3/2');
  expect(lines(made)).toEqual(['/9/3/2/0 10 chosen', '/9/3/2/4 30 chosen']);
  expect(made.isList).toBe(true);
  expect(nextPath(made.base, made.drafts)).toBe('/9/3/2/5');
  expect(lines(plan('write', '/9/3/2/4'))).toEqual(['/9/3/2/4 30 chosen']);
});

test('an instance offers what can be written, and nothing of it is chosen', () => {
  const made = plan('write', '/9/3');
  expect(lines(made)).toEqual(['/9/3/1 cellar', '/9/3/2/0 10', '/9/3/2/4 30']);
  expect(nextPath(made.base, made.drafts)).toBe('/9/3/');
});

test('a new instance is given what is mandatory, even if it can never be written again', () => {
  const made = plan('create', '/9');
  expect(lines(made)).toEqual(['/9/0/0  chosen', '/9/0/1 ', '/9/0/2/0 ']);
  const about = { form: 'create', path: '/9' } as const;
  expect(numbered(about, made, made.drafts, '')).toEqual([about, made.drafts]);
  const [named, drafts] = numbered(about, made, made.drafts.slice(0, 1), '7');
  expect(wishOf(named, drafts, 'update'))
    .toEqual({ kind: 'create', path: '/9/7', values: [{ path: '/9/7/0', value: '' }] });
});

test('of picked paths all that can be written is chosen', () => {
  expect(lines(plan('write together', '/', ['/9/3/1', '/9/3/2'])))
    .toEqual(['/9/3/1 cellar chosen', '/9/3/2/0 10 chosen', '/9/3/2/4 30 chosen']);
  expect(plan('write together', '/', ['/9', '/9/3/0', '/9/3/4']))
    .toMatchObject({ drafts: [], leftOut: ['/9', '/9/3/0', '/9/3/4'] });
});

test('what no definition knows can be written, and created', () => {
  expect(lines(plan('write', '/9999/0/1'))).toEqual(['/9999/0/1  chosen']);
  expect(plan('create', '/9999')).toMatchObject({ drafts: [], title: 'New instance of /9999' });
});

test('an instance is updated or replaced, all else is replaced', () => {
  const of = (path: string) => {
    const [first] = plan('write', path).drafts;
    return wishOf({ form: 'write', path }, first === undefined ? [] : [first], 'update');
  };
  const cellar = [{ path: '/9/3/1', value: 'cellar' }];
  expect(of('/9/3')).toEqual({ kind: 'write', path: '/9/3', mode: 'update', values: cellar });
  expect(of('/9/3/1')).toEqual({ kind: 'write', path: '/9/3/1', mode: 'replace', values: cellar });
});
