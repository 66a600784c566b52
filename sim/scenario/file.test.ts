// Scenario files: what a short one means, how each part reads, and every mistake at its place with
// what would be right.

import { describe, expect, it } from 'vitest';
import { sentenceOf } from '../../core/io/checked-yaml.ts';
import { NETWORKS } from './network-schema.ts';
import { parseScenario, type ParseOptions } from './file.ts';
import type { Scenario } from './model.ts';

const HEAD = ['name: Test', 'why: To see.', 'duration: 2h'];
const FLEET = 'fleets: { meters: { count: 30 } }';

function read(lines: readonly string[], options?: ParseOptions): Scenario {
  const parsed = parseScenario([...HEAD, ...lines].join('\n'), 's.yaml', options);
  expect(parsed).toMatchObject({ ok: true });
  return (parsed as Extract<typeof parsed, { ok: true }>).value;
}

/** The mistakes, with lines counted from the first one after the head. */
function wrong(...lines: string[]): string[] {
  const parsed = parseScenario([...HEAD, ...lines].join('\n'), 's.yaml');
  return parsed.ok ? [] : parsed.reason
    .map((problem) => sentenceOf('s', { ...problem, line: problem.line - HEAD.length }));
}

describe('a file of five lines', () => {
  it('has the defaults that are normal in the field', () => {
    expect(read([FLEET, 'expect: [registered meters = 100% from 10m]'])).toEqual({
      name: 'Test', why: 'To see.', seed: 1, duration: 7_200_000,
      server: { awakeWindow: undefined, registration: 'open', restart: undefined },
      networks: { 'lte-m': NETWORKS['lte-m'] },
      fleets: [{
        name: 'meters', count: 30, network: 'lte-m', driver: 'world', lifetime: 3600,
        queueMode: undefined, start: { at: 0, spread: 60_000 },
        report: { every: 300_000, confirmable: true },
        objects: {
          '3/0/9': { signal: 'constant', value: 100 },
          '3303/0/5700':
            { signal: 'sine', mean: 21, amplitude: 4, period: 86_400_000, noise: 0 },
        },
        vices: {}, radio: undefined,
      }],
      observe: [], timeline: [],
      expect: [{
        text: 'registered meters = 100% from 10m', line: 5, comparison: '=', bound: 1,
        from: 600_000, measure: { of: 'registered', fleet: 'meters' },
      }],
    });
  });

  it('is the same text the same value', () => {
    expect(read([FLEET])).toEqual(read([FLEET]));
  });
});

describe('a part', () => {
  it('of a network changes the known one of its name, or a cable', () => {
    const { networks } = read([
      'network: { nb-iot: { loss: 3%, natRebind: { after: 60s idle } }, mine: { latency: 2s } }',
      'fleets: { a: { network: nb-iot }, b: { network: mine } }',
    ]);
    expect(networks).toEqual({
      'nb-iot': { ...NETWORKS['nb-iot'], loss: 3000, natRebindAfter: 60_000 },
      mine: { ...NETWORKS['lan'], latency: { typical: 2000, p99: 2000 } },
    });
  });

  it('of a fleet has its units', () => {
    const [fleet] = read([
      'fleets:', '  meters:', '    lifetime: 90m', '    queueMode: true',
      '    start: { at: 1m, spread: 0s }', '    report: { every: 30s, confirmable: false }',
      '    vices: { forgetful: 1%, deaf: 0.5% }',
    ]).fleets;
    expect(fleet).toMatchObject({
      lifetime: 5400, queueMode: { awake: 25_000, closesAfterAck: false },
      start: { at: 60_000, spread: 0 }, report: { every: 30_000, confirmable: false },
      vices: { forgetful: 10, deaf: 5 },
    });
  });

  it('of objects is a value or a shape, also from a file beside it', () => {
    const text = 'time,value\n0s,1\n5m,2.5\n';
    const [fleet] = read([
      'fleets:', '  meters:', '    objects:', '      3/0/9: 87', '      3/0/0: Acme',
      '      3303/0/5700: { signal: ramp, from: 1, to: 2 }',
      '      3304/0/5700: { signal: csv, file: a.csv }',
      '      6/0: { signal: track, points: [[47, 8], [48, 9]] }',
    ], { readText: (path) => (path === 'a.csv' ? text : undefined) }).fleets;
    expect(fleet?.objects).toEqual({
      '3/0/9': { signal: 'constant', value: 87 }, '3/0/0': { signal: 'constant', value: 'Acme' },
      '3303/0/5700': { signal: 'ramp', from: 1, to: 2, period: 7_200_000 },
      '3304/0/5700': { signal: 'csv', points: [[0, 1], [300_000, 2.5]] },
      '6/0': { signal: 'track', points: [[47, 8], [48, 9]], period: 86_400_000 },
    });
  });

  it('of firmware is a plan of its updates, with defaults', () => {
    const [meters, valves] = read([
      'fleets:', '  meters: { firmware: {} }', '  valves:',
      '    firmware: { version: 2.1.0, downloadTime: 30s, fails: badIntegrity }',
      '    eventLog: true',
    ]).fleets;
    expect(meters?.firmware).toEqual({
      version: '1.0.0', downloadTime: 60_000, updateTime: 20_000, fails: 'none',
    });
    expect(valves).toMatchObject({
      eventLog: true, firmware: {
        version: '2.1.0', downloadTime: 30_000, updateTime: 20_000, fails: 'badIntegrity',
      },
    });
  });

  it('may say what the devices send, and how much of it at once', () => {
    const [meters, valves] = read(['fleets:', '  meters: { send: { every: 10m } }',
      '  valves: { send: { every: 1h, keep: 60, format: senml-json } }']).fleets;
    expect(meters?.send).toEqual({ every: 600_000, keep: 1, format: 'senml-cbor' });
    expect(valves?.send).toEqual({ every: 3_600_000, keep: 60, format: 'senml-json' });
    const sending = (words: string) => wrong(`fleets: { a: { send: { ${words} } } }`);
    expect(sending('every: 1h, keep: 100')).toEqual([]);
    expect(sending('every: 1h, keep: 101')).toHaveLength(1);
    expect(sending('every: 9s, keep: 10')).toEqual([
      's:1:22 that is more than a measurement each second (use every: 10s)']);
  });

  it('may say what the devices refuse, and with which code', () => {
    const [meters] = read(['fleets:', '  meters:',
      '    refuses: { write: "4.05", readComposite: "5.01", observe: "4.31" }']).fleets;
    expect(meters?.refuses).toEqual({ write: 0x85, readComposite: 0xa1, observe: 0x9f });
    const refusing = (words: string) => wrong(`fleets: { a: { refuses: { ${words} } } }`);
    expect(refusing('wrte: "4.05"')).toEqual(['s:1:27 unknown key "wrte" (use write)']);
    expect(refusing('write: 4.05'))
      .toEqual(['s:1:34 fleets.a.refuses.write: write it in quotes: "4.05"']);
    for (const code of ['5.0', '2.04', '4.32', '6.00']) {
      expect(refusing(`write: "${code}"`))
        .toEqual([`s:1:34 "${code}" is no code of an error (use "4.05" or "5.00")`]);
    }
  });

  it('of a radio is a known one, or one like it with figures of its own', () => {
    const [known, own] = read(['fleets:', '  a: { radio: nb-iot }',
      '  b: { radio: { like: lte-m, voltage: 3V, transmit: 0.5mA, sleep: 2uA, tracking: 30mC, '
        + 'inactivity: 5s, rate: 62.5kbit/s } }']).fleets;
    expect(known?.radio).toBe('nb-iot');
    expect(own?.radio).toEqual({
      like: 'lte-m', millivolts: 3000, transmit: 500, sleep: 2, tracking: 30_000_000,
      inactivity: 5000, bitsPerMillisecond: 62.5,
    });
  });

  it('of the server ends it again and again', () => {
    const { server } = read([FLEET, 'server: { restart: { every: 6h, how: kill } }']);
    expect(server.restart).toEqual({ every: 21_600_000, down: 10_000 });
  });
});

describe('the timeline', () => {
  it.for<[line: string, actions: object[]]>([
    ['at: 1h, reboot: all meters',
      [{ kind: 'reboot', devices: { fleet: 'meters', count: undefined } }]],
    ['at: 1h, read: { devices: 10 random meters, path: 3/0 }',
      [{ kind: 'read', devices: { fleet: 'meters', count: 10 }, path: '3/0' }]],
    ['at: 1h, unobserve: { devices: meters, path: 3303/0/5700 }', [{
      kind: 'unobserve', devices: { fleet: 'meters', count: undefined }, path: '3303/0/5700',
    }]],
    ['at: 1h, rebind: 1 random meter',
      [{ kind: 'rebind', devices: { fleet: 'meters', count: 1 } }]],
    ['at: 1h, updateFirmware: { devices: 5 random meters, version: 2.0.0 }',
      [{ kind: 'update firmware', devices: { fleet: 'meters', count: 5 }, version: '2.0.0' }]],
    ['at: 1h, killServer: {}', [{ kind: 'kill server', down: 10_000 }]],
    ['at: 1h, drop: { device: meters-3, direction: up, nth: 2 }',
      [{ kind: 'drop', device: 'meters-3', direction: 'up', nth: 2 }]],
    ['at: 1h, duplicate: { device: meters-3, direction: down, nth: 1 }',
      [{ kind: 'duplicate', device: 'meters-3', direction: 'down', nth: 1 }]],
    ['at: 1h, network: { lte-m: { partition: 50%, for: 20m }, lan: { clog: true, for: 1m } }',
      [{ kind: 'partition', network: 'lte-m', share: 500, span: 1_200_000 },
        { kind: 'clog', network: 'lan', span: 60_000 }]],
    ['at: 1h, network: { lte-m: { loss: 20% } }',
      [{ kind: 'network', network: 'lte-m', rules: { loss: 20_000 }, span: undefined }]],
  ])('says %s', ([line, actions]) => {
    const { timeline } = read([
      'fleets: { meters: { count: 30, firmware: {} } }', 'timeline:', `  - { ${line} }`,
    ]);
    expect(timeline).toEqual(
      actions.map((action) => ({ at: 3_600_000, repeat: undefined, action })),
    );
  });

  it('is in the order of its times, with repetitions to the end of the run', () => {
    const { timeline } = read([
      FLEET, 'timeline:', '  - { at: 90m, stop: meters }', '  - { every: 30m, reboot: meters }',
      '  - { every: 10m, from: 1m, until: 1h, reboot: meters }',
    ]);
    expect(timeline.map(({ at, repeat }) => [at, repeat])).toEqual([
      [60_000, { every: 600_000, until: 3_600_000 }],
      [1_800_000, { every: 1_800_000, until: 7_200_000 }], [5_400_000, undefined],
    ]);
  });
});

describe('drivers', () => {
  const drivers = (lines: readonly string[], options?: ParseOptions) => (
    read(lines, options).fleets.map(({ name, driver }) => `${name} ${driver}`));

  it('are virtual time, unless the file, the fleet or the command line says otherwise', () => {
    const two = 'fleets: { a: {}, b: { driver: udp } }';
    expect(drivers([FLEET])).toEqual(['meters world']);
    expect(drivers(['driver: udp', two])).toEqual(['a udp', 'b udp']);
    expect(drivers([two], { driver: 'udp' })).toEqual(['a udp', 'b udp']);
    expect(drivers([two], { driver: 'world' })).toEqual(['a world', 'b world']);
  });

  it('may leave a place for a real device', () => {
    const { fleets } = read([
      'driver: udp', 'fleets: { a: {}, bench: { driver: external, endpoint: my-nrf91, '
        + 'lifetime: 5m, queueMode: { awake: 20s } } }',
    ]);
    expect(fleets).toMatchObject([
      { name: 'a', driver: 'udp' },
      {
        name: 'bench', count: 1, driver: 'external', endpoint: 'my-nrf91', lifetime: 300,
        queueMode: { awake: 20_000 },
      },
    ]);
    expect(fleets[0]).not.toHaveProperty('endpoint');
  });
});

describe('the short form', () => {
  const lines = [
    FLEET, 'short: { duration: 1h, count: 5, expect: [refused = 0] }', 'expect: [expired = 0]',
    'timeline:', '  - { every: 10m, read: { devices: 10 random meters, path: 3/0 } }',
    '  - { at: 90m, stop: meters }',
  ];

  it('has less time, fewer devices and what must hold of them', () => {
    const short = read(lines, { form: 'short' });
    expect(short).toMatchObject({ duration: 3_600_000, fleets: [{ count: 5 }] });
    expect(short.timeline).toMatchObject([
      { repeat: { until: 3_600_000 }, action: { devices: { count: 5 } } },
    ]);
    expect(short.expect).toMatchObject([{ text: 'refused = 0', line: 5 }]);
  });

  it('leaves the full form alone', () => {
    const full = read(lines);
    expect(full).toMatchObject({ duration: 7_200_000, fleets: [{ count: 30 }] });
    expect(full.timeline).toHaveLength(2);
    expect(full.expect).toMatchObject([{ text: 'expired = 0', line: 6 }]);
  });
});

describe('a mistake', () => {
  it.for<[what: string, lines: string[], expected: string[]]>([
    ['a misspelt key', ['fleets: { meters: { cuont: 3 } }'],
      ['s:1:21 unknown key "cuont" (use count)']],
    ['a misspelt action', [FLEET, 'timeline: [{ at: 1m, redboot: meters }]'],
      ['s:2:22 unknown key "redboot" (use reboot)']],
    ['a long word for a unit', ['fleets: { meters: { lifetime: 3 mins } }'],
      ['s:1:31 unknown unit "3 mins" (use 3m)']],
    ['a number without its unit', ['fleets: { meters: { lifetime: 30 } }'],
      ['s:1:31 fleets.meters.lifetime: "30" has no unit (use 30s or 30m)']],
    ['a share without its unit', [FLEET, 'network: { lan: { loss: 3 } }'],
      ['s:2:25 network.lan.loss: "3" has no unit (use 3%)']],
    ['a share above the whole', [FLEET, 'network: { lan: { loss: 300% } }'],
      ['s:2:25 "300%" is more than the whole (use 100%)']],
    ['an unknown network', ['fleets: { meters: { network: nbiot } }'],
      ['s:1:30 unknown network "nbiot" (use nb-iot)']],
    ['an unknown fleet', [FLEET, 'observe: [{ fleet: metres, path: 3/0 }]'],
      ['s:2:20 unknown fleet "metres" (use meters)']],
    ['a wrong name', ['fleets: { Meters: {} }'],
      ['s:1:11 a name has small letters, digits and -']],
    ['no fleet at all', ['fleets: {}'],
      ['s:1:9 write at least one fleet like meters: { count: 10 }']],
    ['more random devices than there are',
      [FLEET, 'timeline: [{ at: 1m, stop: 40 random meters }]'],
      ['s:2:28 "40 random meters": there are 30 meters (use 1 to 30)']],
    ['a path with a slash', [FLEET, 'observe: [{ fleet: meters, path: /3/0 }]'],
      ['s:2:34 "/3/0" begins with a slash (use 3/0)']],
    ['a path that YAML takes for a number', [FLEET, 'observe: [{ fleet: meters, path: 3 }]'],
      ['s:2:34 observe.0.path: write it in quotes: "3"']],
    ['an unknown shape', ['fleets: { meters: { objects: { 3/0/9: { signal: sinus } } } }'],
      ['s:1:49 fleets.meters.objects.3/0/9.signal: "sinus" is none of '
        + 'constant, sine, ramp, randomWalk, csv, track (use sine)']],
    ['a track of a resource', ['fleets: { m: { objects: { 6/0/0: { signal: track, points: '
      + '[[1, 2], [3, 4]] } } } }'], ['s:1:34 a track is of an instance (use 6/0)']],
    ['a CSV file that is not there', ['fleets: { m: { objects: { 3/0/9: { signal: csv, file: b } }'
      + ' } }'], ['s:1:55 "b" cannot be read (paths begin at the scenario\'s folder)']],
    ['an action after the end', [FLEET, 'timeline: [{ at: 3h, stop: meters }]'],
      ['s:2:18 3h is after the end of the run (2h)']],
    ['an expectation that counts from after the end', [FLEET,
      'expect: [refused = 0 from 2h, expired = 0 from 150m]'],
      ['s:2:48 150m is after the end of the run (2h)']],
    ['an expectation that the short form does not come to',
      [FLEET, 'short: { duration: 1h }', 'expect: ["refused = 0 from 61m"]'],
      ['s:3:28 61m is after the end of the short form (1h)']],
    ['an expectation of the short form after its end', [FLEET,
      'short: { duration: 1h, expect: [refused = 0 from 2h] }', 'expect: [refused = 0 from 2h]'],
      ['s:2:50 2h is after the end of the short form (1h)']],
    ['a datagram of a device beyond the last', [FLEET,
      'timeline: [{ at: 1m, drop: { device: meters-30, direction: up, nth: 1 } }]'],
      ['s:2:38 there is no device "meters-30" (use meters-0 to meters-29)']],
    ['a datagram of a misspelt device', [FLEET,
      'timeline: [{ at: 1m, duplicate: { device: metres-3, direction: up, nth: 1 } }]'],
      ['s:2:43 there is no device "metres-3" (use meters-3)']],
    ['a datagram of a device with another name', ['fleets: { a: {}, b: { count: 2 } }',
      'timeline: [{ at: 1m, drop: { device: other, direction: up, nth: 1 } }]'],
      ['s:2:38 there is no device "other" (use a-0 or b-0 to b-1)']],
    ['a datagram of a device whose number has a zero too many', [FLEET,
      'timeline: [{ at: 1m, drop: { device: meters-03, direction: up, nth: 1 } }]'],
      ['s:2:38 there is no device "meters-03" (use meters-3)']],
    ['a datagram of a real device', ['driver: udp',
      'fleets: { a: {}, b: { driver: external, endpoint: x-1 } }',
      'timeline: [{ at: 1m, drop: { device: x-1, direction: up, nth: 1 } }]'],
      ['s:3:38 there is no device "x-1" (use a-0)']],
    ['two actions in one', [FLEET, 'timeline: [{ at: 1h, stop: meters, start: meters }]'],
      ['s:2:12 this entry has several actions; write an entry for each']],
    ['no action', [FLEET, 'timeline: [{ at: 1h }]'],
      ['s:2:12 write one action here: '
        + 'read, observe, unobserve, reboot, stop, start, deregister, rebind, updateFirmware, '
        + 'killServer, slowDisk, network, drop, duplicate']],
    ['no time', [FLEET, 'timeline: [{ stop: meters }]'],
      ['s:2:12 write when: either at: 2h or every: 30m']],
    ['a partition without its end', [FLEET, 'timeline: [{ at: 1h, network: { lan: { partition: '
      + '5% } } }]'], ['s:2:38 say how long, like for: 20m']],
    ['p99 below typical', [FLEET, 'network: { lan: { latency: { typical: 2s, p99: 1s } } }'],
      ['s:2:48 p99 is below typical (use 2s or more)']],
    ['an expectation, at its word', [FLEET, 'expect:', '  - "telemetry lots = 0"'],
      ['s:3:16 "lots" is unknown here (use lost)']],
    ['energy of devices on mains', [FLEET, 'expect: [energy per meter < 3 J/h]'],
      ['s:2:10 meters have no radio to count (write radio: nb-iot in the fleet)']],
    ['an unknown radio', ['fleets: { meters: { radio: nbiot } }'],
      ['s:1:28 unknown radio "nbiot" (use nb-iot)']],
    ['a radio like none', ['fleets: { m: { radio: { like: nbiot } } }'],
      ['s:1:31 unknown radio "nbiot" (use nb-iot)']],
    ['a misspelt figure of a radio', ['fleets: { m: { radio: { like: nb-iot, inactivty: 5s } } }'],
      ['s:1:39 unknown key "inactivty" (use inactivity)']],
    ['figures of a radio without their units, or others', ['fleets:',
      '  m: { radio: { like: nb-iot, transmit: 105, sleep: 3nA, tracking: much, rate: 0kbit/s } }'],
      ['s:2:41 fleets.m.radio.transmit: "105" has no unit (use 105mA)',
        's:2:53 unknown unit "3nA" (use mA or uA)', 's:2:68 "much" is no figure here (use 28mC)',
        's:2:80 a rate is above 0 (use 20kbit/s)']],
    ['a version that YAML takes for a number', ['fleets: { m: { firmware: { version: 2.5 } } }'],
      ['s:1:37 fleets.m.firmware.version: write it in quotes: "2.5"']],
    ['numbers of more devices than there are', ['fleets: { m: { count: 1, numbers: [2, 7] } }'],
      ['s:1:35 these are 2 (write count: 2)']],
    ['numbers out of order', ['fleets: { m: { count: 2, numbers: [7, 2] } }'],
      ['s:1:35 write each number once, the least first']],
    ['a datagram of a device between those that there are', [
      'fleets: { m: { count: 2, numbers: [2, 7] } }',
      'timeline: [{ at: 1m, drop: { device: m-3, direction: up, nth: 1 } }]'],
      ['s:2:38 there is no device "m-3" (use m-2 or m-7)']],
    ['a way to fail that is none', ['fleets: { m: { firmware: { fails: badIntegritty } } }'],
      ['s:1:35 fleets.m.firmware.fails: "badIntegritty" is none of none, outOfStorage, '
        + 'connectionLost, badIntegrity, unsupportedProtocol, updateFailed (use badIntegrity)']],
    ['an update of what has no firmware', [FLEET,
      'timeline: [{ at: 1m, updateFirmware: { devices: meters, version: 2.0.0 } }]'],
      ['s:2:49 meters have no firmware to update '
        + '(write firmware: { version: 1.0.0 } in the fleet)']],
    ['an update by an operator', [FLEET,
      'timeline: [{ at: 1m, firmware: { fleet: meters, image: v2.bin } }]'],
      ['s:2:22 "firmware" is not available yet']],
    ['virtual time beside real time', ['fleets: { a: {}, b: { driver: udp } }'],
      ['s:1:14 a are in virtual time and b in real time, which do not mix (give a driver: udp)']],
    ['virtual time beside a real device',
      ['fleets: { a: {}, b: { driver: external, endpoint: x } }'],
      ['s:1:14 a are in virtual time and b in real time, which do not mix (give a driver: udp)']],
    ['a real device without a name', ['fleets: { b: { driver: external } }'],
      ['s:1:14 an external device is known by its endpoint (write endpoint: my-nrf91)']],
    ['a real device with what is its own',
      ['fleets: { b: { driver: external, endpoint: x, count: 3, radio: nb-iot } }'],
      ['s:1:54 an external device is real and has count of its own (leave it out)',
        's:1:64 an external device is real and has radio of its own (leave it out)']],
    ['a name for a simulated device', ['fleets: { a: { endpoint: x } }'],
      ['s:1:26 only an external device has a name of its own (write driver: external)']],
    ['a pattern for a name', ['fleets: { b: { driver: external, endpoint: "x*" } }'],
      ['s:1:44 fleets.b.endpoint: an endpoint has no * here']],
    ['one name for two devices', ['driver: udp', 'fleets:', '  a: { count: 3 }',
      '  b: { driver: external, endpoint: a-2 }', '  c: { driver: external, endpoint: a-3 }',
      '  d: { driver: external, endpoint: a-3 }'],
    ['s:4:36 "a-2" is the name of a device of a too',
      's:5:36 "a-3" is the name of a device of d too',
      's:6:36 "a-3" is the name of a device of c too']],
    ['what cannot be done to a real device', ['fleets: { b: { driver: external, endpoint: x } }',
      'timeline:', '  - { at: 1m, read: { devices: b, path: 3/0 } }', '  - { at: 1m, reboot: b }'],
    ['s:4:5 b is a real device, from which one can only read']],
    ['more sockets than a process opens', ['driver: udp', 'fleets: { a: { count: 10001 } }'],
      ['s:2:9 10001 devices over sockets are too many for one process (use 10000)']],
    ['what is not available yet',
      ['fleets: { meters: { bootstrap: {}, driver: renode } }', 'timeline:',
        '  - { at: 1h, write: {} }', 'expect: [write latency p95 < 65m]'],
      ['s:1:21 "bootstrap" is not available yet',
        's:1:44 fleets.meters.driver: "renode" is not available yet '
          + '(use world or udp or external)',
        's:3:15 "write" is not available yet', 's:4:10 "write" is not available yet']],
    ['several at once, in the order of the file',
      ['seed: -1', 'fleets: { meters: { lifetime: long } }', 'exepct: []'],
      ['s:1:7 seed: is too small (the least is 0)',
        's:2:31 "long" is no duration (use 500ms, 25s, 5m, 2h or 1d)',
        's:3:1 unknown key "exepct" (use expect)']],
  ])('is %s', ([, lines, expected]) => {
    expect(wrong(...lines)).toEqual(expected);
  });

  it('is an empty file, of which it says all that is missing', () => {
    expect(parseScenario('', 'empty.yaml')).toEqual({ ok: false,
      reason: ['name', 'why', 'duration', 'fleets'].map((key) => (
        { file: 'empty.yaml', line: 1, column: 1, what: `${key}: is missing` })) });
  });

  it('is a part that is no YAML, beside those of the others', () => {
    expect(wrong('fleets:', '  meters: { lifetime: 3 mins }', '  lamps', 'timeline:',
      '  - { at: 3h, stop: lamps }', '  - { at: 1, stop: meters }')).toEqual([
      's:2:23 unknown unit "3 mins" (use 3m)', 's:3:3 a key ends with a colon (write KEY: VALUE)',
      's:6:11 timeline.1.at: "1" has no unit (use 1s or 1m)',
    ]);
  });
});
