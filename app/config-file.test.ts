// The configuration file: what it may say, and every mistake in it at its place, with what would
// be right.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, NOTHING_WANTED } from '../actors/config.ts';
import { NO_FILE, readConfigFile } from './config-file.ts';
import { UsageError } from './usage-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-config-'));
const file = join(folder, 'c.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

function read(...lines: string[]) {
  writeFileSync(file, lines.join('\n'));
  return readConfigFile(file);
}

/** What is wrong, without the path of the file. */
function wrong(...lines: string[]): string[] {
  try {
    read(...lines);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message.split('\n').map((line) => line.replace(file, 'c.yaml'));
  }
  return [];
}

describe('a file', () => {
  it.for([['nothing', ''], ['a comment', '# nothing yet'], ['null', '~']])(
    'with %s means the defaults', ([, text]) => {
      expect(read(text!)).toEqual(NO_FILE);
    },
  );

  it('says what the flags say, with the same names', () => {
    const { flags } = read(
      'http: 127.0.0.1:9000', 'coap: [5683, "[::1]:5684"]', 'data: /var/lib/flownexus',
      'demo: 3', 'registration: known', 'log-level: warn', 'insecure-http: true',
      'compat-http: 8081',
    );
    expect(flags).toEqual({
      http: '127.0.0.1:9000', coap: ['5683', '[::1]:5684'], data: '/var/lib/flownexus', demo: '3',
      registration: 'known', 'log-level': 'warn', 'insecure-http': true, 'compat-http': '8081',
    });
  });

  it('takes a bare port as well', () => {
    expect(read('http: 9000', 'coap: 5690').flags).toEqual({ http: '9000', coap: ['5690'] });
  });

  it('adds profiles before the default one, which is their default too', () => {
    const { profiles } = read(
      'profiles:', '  - name: meters', '    match: "meter-*"', '    awakeWindow: 25s',
      '    observe: ["/3303/*/5700"]', '  - { name: radio, match: "nb-*", ackTimeout: 15s, blockSize: 256 }',
    );
    expect(profiles).toEqual([
      { ...DEFAULT_PROFILE, name: 'meters', match: 'meter-*', awakeWindow: 25_000,
        observe: ['/3303/*/5700'] },
      { ...DEFAULT_PROFILE, name: 'radio', match: 'nb-*', ackTimeout: 15_000, blockSize: 256 },
      DEFAULT_PROFILE,
    ]);
  });

  it('says what of a profile is logged, and by which token', () => {
    const { profiles } = read(
      'profiles: [{ name: a, match: a, logs: [/10259/*/0], logToken: a-long-secret }]');
    expect(profiles[0]).toEqual({
      ...DEFAULT_PROFILE, name: 'a', match: 'a', logs: ['/10259/*/0'], logToken: 'a-long-secret',
    });
  });

  it('changes the limits it names, and has groups', () => {
    const { limits, groups } = read(
      'limits: { devicesMax: 5 }', 'groups: [{ name: cellar, match: "*-c" }]',
    );
    expect(limits).toEqual({ ...DEFAULT_CONFIG.limits, devicesMax: 5 });
    expect(groups).toEqual([{ ...NOTHING_WANTED, name: 'cellar', match: '*-c' }]);
  });

  it('has rules for alerts, and for events of a profile', () => {
    const { alerts, profiles } = read(
      'alerts:', '  - { name: warm, kind: above, path: /3303/*/5700, limit: 30, until: 28 }',
      '  - { name: low, kind: below, path: /3/0/9, limit: 20, severity: critical, match: "m-*" }',
      '  - { name: silent, kind: silent, span: 2h }',
      'profiles: [{ name: a, match: a, events: [{ type: door, paths: [/3200/*/5500], window: 2s }] }]',
    );
    expect(alerts).toEqual([
      { name: 'warm', kind: 'above', path: '/3303/*/5700', limit: 30, until: 28, match: '*',
        severity: 'warning' },
      { name: 'low', kind: 'below', path: '/3/0/9', limit: 20, until: 20, match: 'm-*',
        severity: 'critical' },
      { name: 'silent', kind: 'silent', span: 7_200_000, match: '*', severity: 'warning' },
    ]);
    expect(profiles[0]?.events).toEqual([{ type: 'door', paths: ['/3200/*/5500'], window: 2000 }]);
  });

  it('says what shall be so, of profiles and of groups', () => {
    const { profiles, groups } = read(
      'profiles:', '  - name: a', '    match: a', '    observeTogether: [[/3/0/9, /4/0/2]]',
      '    attributes: { /3303/*/5700: { pmin: 10, pmax: 60, gt: null } }',
      '    hold: { /1/0/1: 300 }', 'groups: [{ name: g, match: a, hold: { /3/0/14: "+02" } }]',
    );
    expect(profiles[0]).toMatchObject({
      observeTogether: [['/3/0/9', '/4/0/2']], hold: { '/1/0/1': 300 },
      attributes: { '/3303/*/5700': { pmin: 10, pmax: 60, gt: null } },
    });
    expect(groups[0]?.hold).toEqual({ '/3/0/14': '+02' });
  });

  it.for([
    ['500ms', 500], ['25s', 25_000], ['1.5s', 1500], ['5m', 300_000], ['2h', 7_200_000],
    ['1d', 86_400_000],
  ] as const)('reads the duration %s', ([text, span]) => {
    expect(read(`profiles: [{ name: a, match: a, awakeWindow: ${text} }]`).profiles[0]?.awakeWindow)
      .toBe(span);
  });

  it('may use anchors', () => {
    const { profiles } = read(
      'profiles:', '  - { name: a, match: a, observe: &paths [/3/0/9] }',
      '  - { name: b, match: b, observe: *paths }',
    );
    expect(profiles[1]?.observe).toEqual(['/3/0/9']);
  });
});

describe('a mistake', () => {
  it.for<[what: string, lines: string[], expected: string[]]>([
    ['an unknown key, with the right one', ['http: 1', 'htpp: 8080'],
      ['c.yaml:2:1 unknown key "htpp" (use http)']],
    ['an unknown key like no other', ['colour: blue'], ['c.yaml:1:1 unknown key "colour"']],
    ['an unknown limit', ['limits:', '  devicesMx: 5'],
      ['c.yaml:2:3 unknown key "devicesMx" (use devicesMax)']],
    ['an unknown key of a profile', ['profiles:', '  - name: a', '    match: a', '    obsrve: []'],
      ['c.yaml:4:5 unknown key "obsrve" (use observe)']],
    ['a missing key', ['profiles:', '  - match: a'], ['c.yaml:2:5 profiles.0.name: is missing']],
    ['a duration without a unit',
      ['profiles:', '  - name: a', '    match: a', '    awakeWindow: 25'],
      ['c.yaml:4:18 profiles.0.awakeWindow: write a duration like 500ms, 25s, 5m, 2h or 1d']],
    ['a duration of words', ['profiles: [{ name: a, match: a, awakeWindow: long }]'],
      ['c.yaml:1:46 "long" is no duration; write 500ms, 25s, 5m, 2h or 1d']],
    ['a size that no block has', ['profiles: [{ name: a, match: a, blockSize: 500 }]'],
      ['c.yaml:1:44 profiles.0.blockSize: 500 is none of 16, 32, 64, 128, 256, 512, 1024 (use 512)']],
    ['a name twice', ['groups:', '  - { name: a, match: a }', '  - { name: a, match: b }'],
      ['c.yaml:3:13 "a" is there twice; each has a name of its own']],
    ['attributes that contradict each other',
      ['profiles: [{ name: a, match: a, attributes: { /3: { pmin: 9, pmax: 5 } } }]'],
      ['c.yaml:1:51 pmin 9 is more than pmax 5']],
    ['a log that is no resource', ['profiles: [{ name: a, match: a, logs: [/3/0] }]'],
      ['c.yaml:1:40 profiles.0.logs.0: write a resource like /1/0/1 or /3303/*/5601']],
    ['a token that is guessed', ['profiles: [{ name: a, match: a, logToken: short }]'],
      ['c.yaml:1:43 profiles.0.logToken: write 12 to 128 characters']],
    ['a duration of nothing', ['profiles: [{ name: a, match: a, ackTimeout: 0s }]'],
      ['c.yaml:1:45 "0s" is too short; the least is 100ms']],
    ['a path that is none', ['profiles: [{ name: a, match: a, read: [/3/0, 3303] }]'],
      ['c.yaml:1:46 profiles.0.read.1: write a path like /3/0 or /3303/*/5700']],
    ['a path without its slash', ['profiles: [{ name: a, match: a, read: ["3/0"] }]'],
      ['c.yaml:1:40 profiles.0.read.0: write a path like /3/0 or /3303/*/5700']],
    ['a limit that is well beyond itself', [
      'alerts: [{ name: a, kind: above, path: /3/0/9, limit: 1, until: 2 }]'],
      ['c.yaml:1:10 until is on the side that is well: 2 is above 1']],
    ['an alert of an unknown kind', ['alerts: [{ name: a, kind: loud }]'],
      ['c.yaml:1:27 alerts.0.kind: "loud" is none of above, below, silent, expired, overdue']],
    ['a value of no resource', ['profiles: [{ name: a, match: a, hold: { /1/0: 300 } }]'],
      ['c.yaml:1:41 write a resource like /1/0/1 or /3303/*/5601']],
    ['a list in place of attributes', ['groups: [{ name: a, match: a, attributes: { /3: [1] } }]'],
      ['c.yaml:1:49 groups.0.attributes./3: write attributes like { pmin: 10, pmax: 60 }']],
    ['a limit of nothing', ['limits: { devicesMax: 0 }'],
      ['c.yaml:1:23 limits.devicesMax: is too small (the least is 1)']],
    ['a wrong type', ['demo: many'], ['c.yaml:1:7 demo: write a number']],
    ['a list in place of keys', ['- http: 1'], ['c.yaml:1:1 write keys like http: 8080']],
    ['a word in place of keys', ['serve'], ['c.yaml:1:1 write keys like http: 8080']],
    ['a quote that does not end', ['http: "8080', 'demo: 1'],
      ['c.yaml:2:8 Missing closing "quote']],
    ['a key given twice', ['http: 1', 'http: 2'], ['c.yaml:2:1 this key stands there already (leave one out)']],
    ['an alias to nothing', ['http: *x'],
      ['c.yaml:1:1 Unresolved alias (the anchor must be set before the alias): x']],
    ['several at once, in the order of the file',
      ['htpp: 8080', 'limits:', '  devicesMx: 5', 'demo: many', 'profiles: [{ nam: a }]'],
      ['c.yaml:1:1 unknown key "htpp" (use http)',
        'c.yaml:3:3 unknown key "devicesMx" (use devicesMax)',
        'c.yaml:4:7 demo: write a number',
        'c.yaml:5:12 profiles.0.name: is missing', 'c.yaml:5:12 profiles.0.match: is missing',
        'c.yaml:5:14 unknown key "nam" (use name)']],
  ])('is %s', ([, lines, expected]) => {
    expect(wrong(...lines)).toEqual(expected);
  });

  it('of aliases that multiply is refused', () => {
    const nine = (name: string) => `[${Array.from({ length: 9 }, () => `*${name}`).join(', ')}]`;
    const lines = ['a: &a [x]', `b: &b ${nine('a')}`, `c: &c ${nine('b')}`, `d: ${nine('c')}`];
    expect(wrong(...lines)).toEqual([expect.stringContaining('alias count')]);
  });

  it('is a file that is not there, or is none', () => {
    expect(() => readConfigFile(join(folder, 'none.yaml'))).toThrow('is not there');
    expect(() => readConfigFile(folder)).toThrow('cannot be read');
  });
});
