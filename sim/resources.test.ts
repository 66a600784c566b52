// A device's object tree: what is at a path, and the link list of its Register.

import { describe, expect, it } from 'vitest';
import { parseObjectList } from '../core/lwm2m/registration.ts';
import { formatPath, parsePath } from '../core/lwm2m/path.ts';
import { clockTime, float, integer, Resources, text } from './resources.ts';
import { constant } from './signals.ts';

const resources = new Resources({
  '/3/0/0': text('Flownexus'), '/3/0/13': clockTime(), '/3303/0/5700': float(constant(21.5)),
  '/3303/1/5700': float(constant(-3)), '/3303/1/5601': integer(constant(2.4)),
});

function read(path: string) {
  const parsed = parsePath(path);
  if (!parsed.ok) throw new Error(parsed.reason);
  return resources.read(parsed.value, 1_700_000_000_123);
}

describe('resources', () => {
  it.for([
    ['/3303', ['/3303/0/5700', '/3303/1/5700', '/3303/1/5601']],
    ['/3303/1', ['/3303/1/5700', '/3303/1/5601']],
    ['/3303/1/5700', ['/3303/1/5700']],
    ['/3303/2', []], ['/3', ['/3/0/0', '/3/0/13']], ['/30', []],
  ] as const)('at %s are %s', ([path, expected]) => {
    expect(read(path).map((entry) => formatPath(entry.path))).toEqual(expected);
  });

  it('have the value of the moment, in their type', () => {
    expect(read('/3/0').map(({ value }) => value)).toEqual([
      { type: 'string', value: 'Flownexus' }, { type: 'time', value: 1_700_000_000 },
    ]);
    expect(read('/3303/1/5601')[0]?.value).toEqual({ type: 'integer', value: 2n });
  });

  it('are linked once per instance, after the root link', () => {
    expect(resources.links([])).toBe('</3/0>,</3303/0>,</3303/1>');
    const list = parseObjectList(resources.links([112, 11_542]), '1.1');
    expect(list).toMatchObject({ ok: true, value: { rootPath: '', formats: [112, 11_542] } });
  });

  it('have paths of resources, or the test is wrong', () => {
    expect(() => new Resources({ '/3/0': text('') })).toThrow('broken invariant');
  });
});
