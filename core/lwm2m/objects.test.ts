// The object table is consistent in itself, and the facts that other code leans on are as the
// registry has them.

import { expect, test } from 'vitest';
import { IPSO_OBJECTS, REUSABLE_RESOURCES } from './object-table.ts';
import { findObject, findResource, OBJECTS } from './objects.ts';

test('the objects of OMA and the IPSO objects from 3200 and 3300 on are known', () => {
  const ids = [...OBJECTS.keys()];
  expect(ids.slice(0, 20)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 16, 19, 20, 21, 22, 23, 3200, 3201, 3202, 3203,
  ]);
  expect(ids.slice(20).every((id) => id >= 3300 && id <= 3350)).toBe(true);
  expect(ids.length).toBe(new Set(ids).size);
  expect(ids.length).toBe(69);
});

test('every object has resources in ascending order, and execute alone has no type', () => {
  for (const object of OBJECTS.values()) {
    const ids = [...object.resources.keys()];
    expect(ids, object.name).toEqual([...ids].sort((a, b) => a - b));
    expect(ids.length, object.name).toBeGreaterThan(2);
    for (const resource of object.resources.values()) {
      expect(resource.type === 'none', resource.name).toBe(resource.operations === 'E');
      expect(resource.name.trim(), resource.name).toBe(resource.name);
    }
  }
});

test('every id an IPSO object lists is a reusable resource, listed once', () => {
  const known = new Set(REUSABLE_RESOURCES.map(([id]) => id));
  expect(known.size).toBe(REUSABLE_RESOURCES.length);
  for (const [, name, mandatory, optional] of IPSO_OBJECTS) {
    const ids = [...mandatory, ...optional];
    expect(new Set(ids).size, name).toBe(ids.length);
    expect(ids.filter((id) => !known.has(id)), name).toEqual([]);
  }
});

test.for([
  [3, 9, { name: 'Battery Level', type: 'integer', operations: 'R', unit: '%', multiple: false }],
  [3, 11, { name: 'Error Code', multiple: true, mandatory: true }],
  [3, 13, { name: 'Current Time', type: 'time', operations: 'RW' }],
  [4, 2, { name: 'Radio Signal Strength', unit: 'dBm' }],
  [5, 0, { name: 'Package', type: 'opaque', operations: 'W' }],
  [5, 2, { name: 'Update', type: 'none', operations: 'E' }],
  [5, 3, { name: 'State', type: 'integer' }],
  [1, 8, { name: 'Registration Update Trigger', operations: 'E', mandatory: true }],
  [0, 5, { name: 'Secret Key', operations: '', type: 'opaque' }],
  [6, 0, { name: 'Latitude', type: 'float', unit: 'lat' }],
  [9, 4, { name: 'Install', operations: 'E', mandatory: true }],
  [10, 12, { name: 'Supported Power Saving Modes', type: 'unsigned' }],
  [16, 0, { name: 'Identity', multiple: true, mandatory: true }],
  [19, 0, { name: 'Data', type: 'opaque', operations: 'RW', multiple: true }],
  [21, 0, { name: 'OSCORE Master Secret', operations: '', type: 'opaque' }],
  [22, 0, { name: 'ObserveLinks', type: 'corelnk', multiple: true }],
  [3200, 5503, { name: 'Digital Input Debounce', unit: 'ms', type: 'integer' }],
  [3202, 5600, { name: 'Analog Input Current Value', type: 'float', mandatory: true }],
  [3203, 5650, { name: 'Analog Output Current Value', operations: 'RW' }],
  [3303, 5700, { name: 'Sensor Value', type: 'float', mandatory: true, unit: '' }],
  [3303, 5701, { name: 'Sensor Units', type: 'string', mandatory: false }],
  [3336, 6051, { name: 'Numeric Latitude', type: 'float' }],
  [3349, 5912, { name: 'Element Description', multiple: true }],
] as const)('resource /%i/x/%i is as registered', ([object, resource, facts]) => {
  expect(findResource(object, resource)).toMatchObject({ id: resource, ...facts });
});

test('what nobody registered is unknown, not an error', () => {
  expect(findObject(33_625)).toBeUndefined();
  expect(findResource(33_625, 0)).toBeUndefined();
  expect(findResource(3, 4000)).toBeUndefined();
});
