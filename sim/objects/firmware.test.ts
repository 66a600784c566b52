// The firmware object against the table of LwM2M Core 1.1.1 E.6, written out by hand: as a table of
// states and events, as whole updates of a device, and as a property of whatever may happen to one.

import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Code, CON, formatCode } from '../../core/coap/message.ts';
import { uintOptionOf } from '../../core/coap/options.ts';
import { ContentFormat } from '../../core/lwm2m/content-format.ts';
import { clockTime, Resources, text } from '../resources.ts';
import type { FirmwarePlan } from '../scenario/model.ts';
import { newBench, SECOND } from '../testing/device-bench.ts';
import { transition, type FirmwareEvent, type State } from './firmware-states.ts';
import { DEFAULT_FIRMWARE, firmwareOf, firmwareValues } from './firmware.ts';

const { TEXT, OPAQUE } = ContentFormat;
const OBSERVE = uintOptionOf(6, 0);

function updatable(plan: Partial<FirmwarePlan> = {}) {
  const bench = newBench({
    lifetime: 86_400, notifyEvery: 3_600_000, firmware: { ...DEFAULT_FIRMWARE, ...plan },
    resources: new Resources({
      '/3/0/3': text('1.0.0'), '/3/0/13': clockTime(), ...firmwareValues(),
    }),
  });
  bench.device.start();
  bench.run(SECOND);
  return bench;
}

type Bench = ReturnType<typeof updatable>;

/** As it is read: state, result, version. */
function shown({ get }: Bench): string {
  const read = (path: string) => new TextDecoder()
    .decode(get(path, [uintOptionOf(17, TEXT)])?.payload);
  return `${read('/5/0/3')} ${read('/5/0/5')} ${read('/3/0/3')}`;
}

function writeUri({ ask }: Bench, uri: string): string {
  return formatCode(ask(Code.PUT, '/5/0/1', { format: TEXT, payload: uri })!.code);
}

function writePackage({ ask }: Bench, payload: string): string {
  return formatCode(ask(Code.PUT, '/5/0/0', { format: OPAQUE, payload })!.code);
}

function execute({ ask }: Bench, resource: number): string {
  return formatCode(ask(Code.POST, `/5/0/${resource}`)!.code);
}

describe('the table of states', () => {
  // By the state before, 0 to 3: state and result after, or nothing.
  it.for<[event: FirmwareEvent, ...after: (string | undefined)[]]>([
    ['begun', '1 0', undefined, undefined, undefined],
    ['badUri', '0 7', undefined, undefined, undefined],
    ['unsupportedProtocol', '0 9', undefined, undefined, undefined],
    ['received', undefined, '2 0', undefined, undefined],
    ['outOfStorage', undefined, '0 2', undefined, undefined],
    ['connectionLost', undefined, '0 4', undefined, undefined],
    ['badIntegrity', undefined, '0 5', undefined, undefined],
    ['reset', '0 0', '0 0', '0 0', undefined],
    ['cancelled', undefined, '0 10', '0 10', undefined],
    ['updating', undefined, undefined, '3 0', undefined],
    ['updated', undefined, undefined, undefined, '0 1'],
    ['updateFailed', undefined, undefined, undefined, '2 8'],
  ])('%s', ([event, ...after]) => {
    const found = ([0, 1, 2, 3] as State[]).map((state) => {
      const next = transition(state, event);
      return next && `${next.to} ${next.result}`;
    });
    expect(found).toEqual(after);
  });
});

describe('an update by URI', () => {
  it('downloads, waits for Update, installs, reboots into the version of the URI', () => {
    const bench = updatable({ downloadTime: 30 * SECOND, updateTime: 5 * SECOND });
    expect(shown(bench)).toBe('0 0 1.0.0');
    expect(writeUri(bench, 'coap://10.0.0.9/images/1.9.1/meter-2.0.13.bin')).toBe('2.04');
    expect(shown(bench)).toBe('1 0 1.0.0');
    bench.run(31 * SECOND);
    expect(shown(bench)).toBe('2 0 1.0.0');
    bench.run(600 * SECOND);
    expect(execute(bench, 2)).toBe('2.04');
    expect(shown(bench)).toBe('3 0 1.0.0');
    bench.run(10 * SECOND);
    expect(shown(bench)).toBe('0 1 2.0.13');
    expect(bench.device.registrations).toBe(2);
  });

  it.for<[fails: FirmwarePlan['fails'], after: string]>([
    ['outOfStorage', '0 2 1.0.0'], ['connectionLost', '0 4 1.0.0'],
    ['badIntegrity', '0 5 1.0.0'], ['unsupportedProtocol', '0 9 1.0.0'],
  ])('fails with %s by plan, and again', ([fails, after]) => {
    const bench = updatable({ fails });
    for (let attempt = 1; attempt <= 2; attempt++) {
      expect(writeUri(bench, 'coap://10.0.0.9/2.0.0')).toBe('2.04');
      bench.run(61 * SECOND);
      expect(shown(bench)).toBe(after);
    }
  });

  it('that cannot be installed goes back to downloaded', () => {
    const bench = updatable({ fails: 'updateFailed' });
    writeUri(bench, 'coap://10.0.0.9/2.0.0');
    bench.run(61 * SECOND);
    execute(bench, 2);
    bench.run(30 * SECOND);
    expect(shown(bench)).toBe('2 8 1.0.0');
  });

  it('of more than 255 characters is refused', () => {
    const bench = updatable();
    expect(writeUri(bench, `coap://${'h'.repeat(248)}`)).toBe('2.04');
    expect(writeUri(bench, '')).toBe('2.04');
    expect(writeUri(bench, `coap://${'h'.repeat(249)}`)).toBe('4.00');
  });

  it.for([['no uri at all', '0 7'], ['gopher://10.0.0.9/2.0.0', '0 9']])(
    'of %s tells in its result what is wrong', ([uri, after]) => {
      const bench = updatable();
      expect(writeUri(bench, uri!)).toBe('2.04');
      expect(shown(bench)).toBe(`${after} 1.0.0`);
    });

  it('that loses power while it downloads begins from nothing', () => {
    const bench = updatable();
    writeUri(bench, 'coap://10.0.0.9/2.0.0');
    bench.device.reboot();
    bench.run(100 * SECOND);
    expect(shown(bench)).toBe('0 4 1.0.0');
  });

  it('that loses power while it installs has installed afterwards', () => {
    const bench = updatable();
    writePackage(bench, 'image');
    execute(bench, 2);
    bench.device.stop();
    bench.run(100 * SECOND);
    bench.device.start();
    bench.run(SECOND);
    expect(shown(bench)).toBe('0 1 1.0.1');
  });

  it('can be cancelled while it downloads, and then nothing comes after', () => {
    const bench = updatable();
    writeUri(bench, 'coap://10.0.0.9/2.0.0');
    expect(execute(bench, 10)).toBe('2.04');
    bench.run(100 * SECOND);
    expect(shown(bench)).toBe('0 10 1.0.0');
  });

  it('is reset by an empty URI, in the middle too', () => {
    const bench = updatable();
    writeUri(bench, 'coap://10.0.0.9/2.0.0');
    expect(writeUri(bench, '')).toBe('2.04');
    bench.run(100 * SECOND);
    expect(shown(bench)).toBe('0 0 1.0.0');
    expect(bench.get('/5/0/1', [uintOptionOf(17, TEXT)])?.payload).toHaveLength(0);
  });
});

describe('an update by package', () => {
  it('is verified at once and has the version that its header says', () => {
    const bench = updatable();
    expect(writePackage(bench, 'FW\0 3.1.4 \xff\xff')).toBe('2.04');
    expect(shown(bench)).toBe('2 0 1.0.0');
    expect(execute(bench, 2)).toBe('2.04');
    bench.run(30 * SECOND);
    expect(shown(bench)).toBe('0 1 3.1.4');
  });

  it('is reset by a single NUL', () => {
    const bench = updatable();
    writePackage(bench, 'image');
    expect(writePackage(bench, '\0')).toBe('2.04');
    expect(shown(bench)).toBe('0 0 1.0.0');
  });

  it('that is broken is told so', () => {
    const bench = updatable({ fails: 'badIntegrity' });
    writePackage(bench, 'image');
    expect(shown(bench)).toBe('0 5 1.0.0');
  });
});

describe('out of turn', () => {
  it('Update, Cancel and writes are refused and change nothing', () => {
    const bench = updatable();
    expect([execute(bench, 2), execute(bench, 10)]).toEqual(['4.05', '4.05']);
    writePackage(bench, 'image');
    expect(writePackage(bench, 'another')).toBe('4.05');
    expect(writeUri(bench, 'coap://10.0.0.9/2.0.0')).toBe('4.05');
    execute(bench, 2);
    expect([execute(bench, 2), execute(bench, 10), writeUri(bench, '')])
      .toEqual(['4.05', '4.05', '4.05']);
    expect(shown(bench)).toBe('3 0 1.0.0');
  });
});

describe('whoever observes', () => {
  it('is told of each change at once', () => {
    const bench = updatable({ downloadTime: 10 * SECOND });
    bench.get('/5/0/3', [OBSERVE], '0a');
    bench.get('/5/0/5', [OBSERVE], '0b');
    const toldWithin = (span: number) => {
      bench.run(span);
      return bench.heard.splice(0)
        .filter(({ type, code }) => type === CON && code === Code.CONTENT)
        .map(({ token, payload }) => (
          `${token[0] === 0x0a ? 'state' : 'result'} ${payload.at(-1)}`));
    };
    bench.device.updateFirmware('2.0.0');
    expect(toldWithin(SECOND)).toEqual(['state 1']);
    expect(toldWithin(10 * SECOND)).toEqual(['state 2']);
    expect(toldWithin(10 * SECOND)).toEqual(['state 3']);
    bench.run(30 * SECOND);
    expect(shown(bench)).toBe('0 1 2.0.0');
  });

  it('is told of a URI once, with what it led to', () => {
    const bench = updatable();
    bench.get('/5/0/1', [OBSERVE], '0a');
    bench.get('/5/0', [OBSERVE], '0b');
    const told = (act: () => void) => {
      bench.heard.splice(0);
      act();
      bench.run(SECOND);
      return bench.heard.filter(({ type }) => type === CON).map(({ token }) => token[0]);
    };
    expect(told(() => writeUri(bench, 'coap://10.0.0.9/2.0.0'))).toEqual([0x0a, 0x0b]);
    expect(told(() => execute(bench, 10))).toEqual([0x0b]);
    expect(told(() => writePackage(bench, '\0'))).toEqual([0x0a, 0x0b]);
  });

  it('is told of a result that changed', () => {
    const bench = updatable();
    bench.get('/5/0', [OBSERVE], '0c');
    bench.heard.splice(0);
    writeUri(bench, 'ftp://10.0.0.9/2.0.0');
    expect(bench.heard.filter(({ token }) => token[0] === 0x0c)).toHaveLength(1);
  });
});

describe('an update by a vendor', () => {
  it('goes from an image that waits over to its own', () => {
    const bench = updatable();
    writePackage(bench, '9.9.9');
    bench.device.updateFirmware('2.0.0');
    bench.run(120 * SECOND);
    expect(shown(bench)).toBe('0 1 2.0.0');
  });

  it('is tried once when it cannot be installed', () => {
    const bench = updatable({ fails: 'updateFailed' });
    bench.device.updateFirmware('2.0.0');
    bench.run(3600 * SECOND);
    expect(shown(bench)).toBe('2 8 1.0.0');
  });

  it('is nothing to a device that is off or busy', () => {
    const bench = updatable();
    writeUri(bench, 'coap://10.0.0.9/3.0.0');
    bench.device.updateFirmware('2.0.0');
    bench.run(120 * SECOND);
    expect(shown(bench)).toBe('2 0 1.0.0');
    bench.device.stop();
    bench.device.updateFirmware('2.0.0');
    expect(firmwareOf(bench.device).state).toBe(2);
  });
});

/** From `state` to `state result`, with what the requirement allows and nothing else. */
const ALLOWED = new Set([
  '0>1 0', '0>0 7', '0>0 9', '0>0 0', '1>2 0', '1>0 2', '1>0 4', '1>0 5', '1>0 0', '1>0 10',
  '2>3 0', '2>0 0', '2>0 10', '3>0 1', '3>2 8',
]);

const steps = fc.array(fc.oneof(
  fc.record({ uri: fc.constantFrom('', 'nonsense', 'coap://h/2.0.0', 'ftp://h/2.0.0') }),
  fc.record({ package: fc.constantFrom('', '\0', 'image', 'image 4.5.6') }),
  fc.record({ execute: fc.constantFrom(2, 10) }),
  fc.record({ vendor: fc.constantFrom('5.0.0', '6.0.0') }),
  fc.record({ wait: fc.integer({ min: 1, max: 70 }) }),
  fc.record({ power: fc.constantFrom('reboot' as const, 'stop' as const, 'start' as const) }),
), { maxLength: 25 });
const fails = fc.constantFrom<FirmwarePlan['fails']>(
  'none', 'outOfStorage', 'connectionLost', 'badIntegrity', 'unsupportedProtocol', 'updateFailed',
);

test.prop([fails, steps])('whatever happens, a device moves along the table', (plan, all) => {
  const bench = updatable({ fails: plan });
  const firmware = firmwareOf(bench.device);
  const moves: string[] = [];
  let { state, result } = firmware;
  // Each move is seen, also several at one instant.
  const log = bench.device.log.bind(bench.device);
  bench.device.log = (what) => {
    if (what.startsWith('firmware')) {
      moves.push(`${state}>${firmware.state} ${firmware.result}`);
      ({ state, result } = firmware);
    }
    log(what);
  };
  for (const step of all) {
    if ('uri' in step) bench.ask(Code.PUT, '/5/0/1', { format: TEXT, payload: step.uri });
    else if ('package' in step) {
      bench.ask(Code.PUT, '/5/0/0', { format: OPAQUE, payload: step.package });
    } else if ('execute' in step) bench.ask(Code.POST, `/5/0/${step.execute}`);
    else if ('vendor' in step) bench.device.updateFirmware(step.vendor);
    else if ('wait' in step) bench.run(step.wait * SECOND);
    else bench.device[step.power]();
  }
  expect(moves.filter((move) => !ALLOWED.has(move))).toEqual([]);
  expect([firmware.state, firmware.result]).toEqual([state, result]);
});
