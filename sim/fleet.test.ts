// From a fleet's plan to options of its devices: what is drawn depends on the device alone.

import { describe, expect, it } from 'vitest';
import { parsePath } from '../core/lwm2m/path.ts';
import { EPOCH } from './epoch.ts';
import { deviceOptionsOf } from './fleet.ts';
import { SeededRandom } from './random.ts';
import type { Fleet, SignalPlan } from './scenario/model.ts';

const HOUR = 3_600_000;

const FLEET: Fleet = {
  name: 'meters', count: 1000, network: 'nb-iot', driver: 'world', lifetime: 3600,
  queueMode: { awake: 20_000, closesAfterAck: true }, start: { at: 0, spread: 1000 },
  report: { every: 60_000, confirmable: false }, vices: {}, radio: 'nb-iot',
  objects: {
    '3303/0/5700': { signal: 'sine', mean: 21, amplitude: 4, period: 24 * HOUR, noise: 0.2 },
  },
};

function optionsOf(fleet: Fleet, index: number) {
  return deviceOptionsOf(fleet, index, new SeededRandom(1, `${fleet.name}-${index}`));
}

function read(objects: Record<string, SignalPlan>, path: string, after = 0, index = 0) {
  const { resources, variant } = optionsOf({ ...FLEET, objects }, index);
  const parsed = parsePath(path);
  if (!parsed.ok) throw new Error(parsed.reason);
  return resources.read(parsed.value, EPOCH + after, variant).map(({ value }) => value);
}

describe('options of a device', () => {
  it('are what the fleet says', () => {
    expect(optionsOf(FLEET, 7)).toMatchObject({
      endpoint: 'meters-7', fleet: 'meters', lifetime: 3600, awake: 20_000, closesAfterAck: true,
      notifyEvery: 60_000, confirmable: false, radio: 'nb-iot', vices: [],
    });
    expect(optionsOf({ ...FLEET, queueMode: undefined }, 7))
      .toMatchObject({ awake: undefined, closesAfterAck: false });
  });

  it('share their resources and differ in their values', () => {
    const [one, other] = [optionsOf(FLEET, 1), optionsOf(FLEET, 2)];
    expect(one.resources).toBe(other.resources);
    const day = (index: number) => Array.from({ length: 24 }, (_, hour) => (
      read(FLEET.objects, '/3303/0/5700', hour * HOUR, index)
    ));
    expect(day(1)).not.toEqual(day(2));
    expect(read(FLEET.objects, '/3/0/2', 0, 1)).not.toEqual(read(FLEET.objects, '/3/0/2', 0, 2));
  });

  it('give a share of the fleet each vice, whatever other vices there are', () => {
    const withVices = (vices: Fleet['vices']) => Array.from({ length: 1000 }, (_, index) => (
      optionsOf({ ...FLEET, vices }, index).vices!
    ));
    const deaf = withVices({ deaf: 100 }).map((vices) => vices.includes('deaf'));
    const count = deaf.filter(Boolean).length;
    expect(count).toBeGreaterThan(70);
    expect(count).toBeLessThan(130);
    expect(withVices({ deaf: 100, slow: 500, liar: 500 }).map((vices) => vices.includes('deaf')))
      .toEqual(deaf);
    expect(withVices({ malformed: 1000 }).every((vices) => vices.length === 1)).toBe(true);
  });
});

describe('resources of a fleet', () => {
  it('have the type that the object says', () => {
    expect(read({ '3/0/9': { signal: 'ramp', from: 100, to: 80, period: 24 * HOUR } }, '/3/0/9'))
      .toEqual([{ type: 'integer', value: 100n }]);
    expect(read({ '3303/0/5700': { signal: 'constant', value: 5 } }, '/3303/0/5700'))
      .toEqual([{ type: 'float', value: 5 }]);
    expect(read({ '3/0/1': { signal: 'constant', value: 'X1' } }, '/3/0/1'))
      .toEqual([{ type: 'string', value: 'X1' }]);
    expect(read({ '3342/0/5500': { signal: 'constant', value: true } }, '/3342/0/5500'))
      .toEqual([{ type: 'boolean', value: true }]);
  });

  it('are more with firmware and an event log, and the same in any other fleet', () => {
    const paths = (fleet: Fleet) => optionsOf(fleet, 0).resources.links([]);
    const firmware = {
      version: '3.2.1', downloadTime: 1000, updateTime: 1000, fails: 'none',
    } as const;
    expect(paths(FLEET)).toBe('</1/0>,</3/0>,</3303/0>');
    expect(paths({ ...FLEET, firmware, eventLog: true }))
      .toBe('</1/0>,</3/0>,</3303/0>,</5/0>,</20/0>');
    const { resources } = optionsOf({ ...FLEET, firmware }, 0);
    expect(resources.read({ object: 3, instance: 0, resource: 3 }, EPOCH)[0]?.value)
      .toEqual({ type: 'string', value: '3.2.1' });
    expect(Object.keys(optionsOf(FLEET, 0))).not.toContain('firmware');
  });

  it('send all that is planned, tracks as well, until they are muted', () => {
    const objects: Fleet['objects'] = {
      ...FLEET.objects, '6/0': { signal: 'track', points: [[1, 2], [3, 4]], period: HOUR },
    };
    const send = { every: HOUR, keep: 2, format: 'senml-json' } as const;
    const options = optionsOf({ ...FLEET, objects, send }, 0);
    expect(options.send).toEqual({
      ...send, paths: [{ object: 3303, instance: 0, resource: 5700 }, { object: 6, instance: 0 }],
    });
    expect(options.resources.read({ object: 1, instance: 0, resource: 23 }, EPOCH)[0]?.value)
      .toEqual({ type: 'boolean', value: false });
  });

  it('begin with the world, whatever their period', () => {
    const objects: Record<string, SignalPlan> = {
      '3303/0/5700': { signal: 'csv', points: [[0, 10], [7 * HOUR, 24]] },
    };
    expect(read(objects, '/3303/0/5700')).toEqual([{ type: 'float', value: 10 }]);
    expect(read(objects, '/3303/0/5700', HOUR)).toEqual([{ type: 'float', value: 12 }]);
  });

  it('of a track go round its points', () => {
    const objects: Record<string, SignalPlan> = {
      '6/0': { signal: 'track', points: [[60, 10], [61, 10], [61, 12]], period: 3 * HOUR },
    };
    const at = (after: number) => read(objects, '/6/0', after).slice(0, 2)
      .map((value) => value.type === 'float' ? value.value : undefined);
    expect([0, HOUR / 2, 2 * HOUR, 2.5 * HOUR].map(at))
      .toEqual([[60, 10], [60.5, 10], [61, 12], [60.5, 11]]);
    expect(read(objects, '/6/0')).toHaveLength(3);
  });
});
