// Attributes that a server writes to a device: what a Discover then shows, and when the device
// reports what is observed. The value is a step: what it is from which second on.

import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from '../core/bytes.ts';
import { Code, CON, formatCode } from '../core/coap/message.ts';
import { ContentFormat, decodePayload } from '../core/lwm2m/content-format.ts';
import { pathOf } from '../core/lwm2m/path.ts';
import { float, integer, Resources, text, type ValueAt } from './resources.ts';
import { constant } from './signals.ts';
import { newBench, SECOND } from './testing/device-bench.ts';

const { GET, PUT } = Code;
const { TEXT, LINK, TLV } = ContentFormat;
const VALUE = '/3303/0/5700';

type Steps = readonly (readonly [from: number, value: number])[];

/** A device that is registered after a second; its fleet's rhythm is 100 s. */
function observing(
  steps: Steps, attributes: Readonly<Record<string, readonly string[]>> = {},
  more: Readonly<Record<string, ValueAt>> = {},
) {
  const stepped = (now: number) => steps.findLast(([from]) => now >= from * SECOND)?.[1] ?? 0;
  const bench = newBench({
    lifetime: 86_400, notifyEvery: 100 * SECOND,
    resources: new Resources({
      ...more, '/3/0/0': text('F'), '/3/0/6/0': integer(constant(1)),
      '/3/0/6/1': integer(constant(5)), '/3/0/14': text('+01'), [VALUE]: float(stepped),
    }),
  });
  bench.device.start();
  bench.run(SECOND);
  for (const [path, query] of Object.entries(attributes)) bench.ask(PUT, path, { query });
  bench.ask(GET, VALUE, { observe: 0, accept: TLV });
  /** Seconds from the beginning at which it is told, and the value. */
  const told = (until: number): [number, number][] => {
    const before = bench.heard.length;
    const times: number[] = [];
    while (bench.clock.now() < until * SECOND) {
      const count = bench.heard.length;
      bench.run(100);
      for (let index = count; index < bench.heard.length; index++) {
        times.push(Math.floor(bench.clock.now() / SECOND));
      }
    }
    return bench.heard.slice(before).flatMap(({ code, payload }, index): [number, number][] => {
      if (code !== Code.CONTENT) return [];
      const decoded = decodePayload(TLV, pathOf([3303, 0, 5700]), payload, 0);
      const value = decoded.ok ? decoded.value[0]?.value : undefined;
      return value?.type === 'float' ? [[times[index]!, value.value]] : [];
    });
  };
  return { ...bench, told };
}

describe('an observed value', () => {
  it.for<[what: string, attributes: Record<string, string[]>, steps: Steps,
    told: [number, number][]]>([
    ['without attributes is reported in the rhythm of the fleet', {}, [[0, 1], [30, 2]],
      [[100, 2], [200, 2]]],
    ['with pmax is reported each pmax, changed or not', { [VALUE]: ['pmax=60'] }, [[0, 1]],
      [[61, 1], [121, 1], [181, 1]]],
    ['with pmin is reported when it changes', { [VALUE]: ['pmin=5'] }, [[0, 1], [30, 2], [100, 3]],
      [[36, 2], [101, 3]]],
    ['that changes within pmin is reported at its end', { [VALUE]: ['pmin=50'] },
      [[0, 1], [10, 2], [60, 3]], [[51, 2], [101, 3]]],
    ['that is back before the end of pmin is not reported', { [VALUE]: ['pmin=50'] },
      [[0, 1], [10, 2], [30, 1]], []],
    ['with gt is reported on the way up and on the way down', { [VALUE]: ['gt=25'] },
      [[0, 20], [20, 25], [30, 26], [50, 30], [80, 25]], [[31, 26], [81, 25]]],
    ['with lt is reported on the way down and on the way up', { [VALUE]: ['lt=10'] },
      [[0, 20], [20, 10], [30, 9], [50, 1], [80, 10]], [[31, 9], [81, 10]]],
    ['with st is reported after a step from what was said last', { [VALUE]: ['st=2'] },
      [[0, 20], [20, 21], [40, 22], [60, 20.5], [80, 20]], [[41, 22], [81, 20]]],
    ['with gt and st is reported for either', { [VALUE]: ['gt=25', 'st=10'] },
      [[0, 20], [20, 26], [40, 30], [60, 37]], [[21, 26], [61, 37]]],
    ['with gt and pmax is reported for either', { [VALUE]: ['gt=25', 'pmax=70'] },
      [[0, 20], [50, 30]], [[51, 30], [121, 30], [191, 30]]],
    ['is measured each epmin', { [VALUE]: ['epmin=30'] }, [[0, 1], [10, 2], [32, 3]],
      [[31, 2], [61, 3]]],
    ['is measured at least each epmax', { [VALUE]: ['epmax=2'] }, [[0, 1], [10, 2]], [[11, 2]]],
    ['goes by attributes of its instance and object, the nearest first',
      { '/3303': ['pmin=80', 'pmax=90'], '/3303/0': ['pmin=1'] }, [[0, 1], [30, 2]],
      [[32, 2], [122, 2]]],
    ['with pmin of one level over pmax of another has no pmax',
      { '/3303': ['pmax=30'], [VALUE]: ['pmin=60'] }, [[0, 1], [70, 2]], [[71, 2]]],
  ])('%s', ([, attributes, steps, told]) => {
    expect(observing(steps, attributes).told(210)).toEqual(told);
  });

  it('goes by the periods of the server object where it has attributes', () => {
    const periods = { '/1/0/2': integer(constant(20)), '/1/0/3': integer(constant(60)) };
    expect(observing([[0, 1], [10, 2]], { [VALUE]: ['st=1'] }, periods).told(100))
      .toEqual([[21, 2], [81, 2]]);
    expect(observing([[0, 1], [10, 2]], {}, periods).told(110)).toEqual([[100, 2]]);
  });

  it('gets attributes while it is observed, others later, and loses them', () => {
    const { ask, told } = observing([[0, 1]]);
    ask(PUT, VALUE, { query: ['pmax=10'] });
    expect(told(25)).toEqual([[11, 1], [21, 1]]);
    ask(PUT, VALUE, { query: ['pmax=30'] });
    expect(told(60)).toEqual([[51, 1]]);
    ask(PUT, VALUE, { query: ['pmax'] });
    expect(told(250)).toEqual([[100, 1], [200, 1]]);
  });

  it('that is written is told at once, but not before pmin', () => {
    const bench = observing([[0, 1]], { '/3/0/14': ['pmin=20'] });
    bench.ask(GET, '/3/0/14', { observe: 0 });
    const told = () => bench.heard.filter(({ type, code }) => (
      type === CON && code === Code.CONTENT)).length;
    bench.ask(PUT, '/3/0/14', { format: TEXT, payload: '+02' });
    bench.run(18 * SECOND);
    expect(told()).toBe(0);
    bench.run(3 * SECOND);
    expect(told()).toBe(1);
    bench.run(25 * SECOND);
    bench.ask(PUT, '/3/0/14', { format: TEXT, payload: '+03' });
    expect(told()).toBe(2);
  });

  it('has no attributes after the device was off', () => {
    const bench = observing([[0, 1]], { [VALUE]: ['pmax=10'] });
    bench.device.reboot();
    bench.run(10 * SECOND);
    bench.ask(GET, VALUE, { observe: 0, accept: TLV });
    expect(bench.told(150)).toEqual([[104, 1]]);
    expect(bench.device.pacing).toBeUndefined();
  });

  it('is not followed once it is cancelled, however often that happens', () => {
    const bench = observing([[0, 1]], { [VALUE]: ['pmax=10'] });
    for (let round = 0; round < 5; round++) {
      bench.ask(GET, VALUE, { observe: 1 });
      bench.ask(GET, VALUE, { observe: 0, accept: TLV });
    }
    const until = bench.clock.now() / SECOND + 10.5;
    expect(bench.told(until)).toHaveLength(1);
    bench.ask(GET, VALUE, { observe: 1 });
    expect(bench.told(until + 50)).toEqual([]);
  });
});

describe('a discover', () => {
  it('shows what is attached, at its own path', () => {
    const { ask } = observing([[0, 1]], {
      '/3303': ['pmin=10', 'pmax=60'], [VALUE]: ['gt=25.5', 'lt=-3', 'st=1'], '/3/0/6': ['pmin=5'],
    });
    const links = (path: string) => decodeUtf8(ask(GET, path, { accept: LINK })!.payload);
    expect(links('/3303')).toBe(
      '</3303>;ver=1.1;pmin=10;pmax=60,</3303/0>,</3303/0/5700>;gt=25.5;lt=-3;st=1');
    expect(links('/3/0/6')).toBe('</3/0/6>;dim=2;pmin=5,</3/0/6/0>,</3/0/6/1>');
    ask(PUT, VALUE, { query: ['gt', 'lt', 'st=2'] });
    expect(links(VALUE)).toBe('</3303/0/5700>;st=2');
  });

  it('shows nothing of attributes that were refused', () => {
    const { ask } = observing([[0, 1]], { [VALUE]: ['gt=10'] });
    const refused = ask(PUT, VALUE, { query: ['lt=10', 'pmin=1'] })!;
    expect(formatCode(refused.code)).toBe('4.00');
    expect(decodeUtf8(ask(GET, VALUE, { accept: LINK })!.payload)).toBe('</3303/0/5700>;gt=10');
  });
});
