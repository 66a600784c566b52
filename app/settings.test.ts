// What the server runs with: a flag beats the environment beats the file beats the default, and
// bad ones in one sentence.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { parseAddress, uriOf } from './address.ts';
import { addServeCommand } from './serve-command.ts';
import { settingsOf, type Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-settings-'));
const file = join(folder, 'c.yaml');
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** The settings of a command line, without starting anything. */
function settings(...args: string[]): Settings {
  let found: Settings | undefined;
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addServeCommand(program, new Option('--data <dir>').env('FLOWNEXUS_DATA').default('./data'));
  const [serve] = program.commands;
  serve!.action(() => { found = settingsOf(serve!); });
  program.parse(['serve', ...args], { from: 'user' });
  return found!;
}

function withFile(...lines: string[]): string[] {
  writeFileSync(file, lines.join('\n'));
  return ['--config', file];
}

describe('without flags', () => {
  it('the defaults are those of the help', () => {
    expect(settings()).toMatchObject({
      http: { host: '127.0.0.1', port: 8080 }, tls: undefined, allowPlainHttp: false, coap: [],
      compatHttp: undefined, syslog: undefined, logRetention: 30 * 86_400_000,
      data: resolve('./data'), demo: 0, logLevel: 'info',
      server: { registration: 'open', groups: [] },
    });
  });
});

describe('precedence', () => {
  it.for<[string, string, string, string[], (found: Settings) => unknown, unknown[]]>([
    ['http', 'http: 1001', 'FLOWNEXUS_HTTP=1002', ['--http', '1003'], ({ http }) => http.port,
      [8080, 1001, 1002, 1003]],
    ['compat-http', 'compat-http: 1001', 'FLOWNEXUS_COMPAT_HTTP=1002', ['--compat-http', '1003'],
      ({ compatHttp }) => compatHttp?.port, [undefined, 1001, 1002, 1003]],
    ['coap', 'coap: 1001', 'FLOWNEXUS_COAP=1002', ['--coap', '1003'],
      ({ coap }) => coap.map(({ port }) => port).join(), ['', '1001', '1002', '1003']],
    ['syslog', 'syslog: 1001', 'FLOWNEXUS_SYSLOG=1002', ['--syslog', '127.0.0.1:1003'],
      ({ syslog }) => syslog && `${syslog.host} ${syslog.port}`,
      [undefined, ':: 1001', ':: 1002', '127.0.0.1 1003']],
    ['log-retention', 'log-retention: 2d', 'FLOWNEXUS_LOG_RETENTION=3d', ['--log-retention', '4d'],
      ({ logRetention }) => logRetention / 86_400_000, [30, 2, 3, 4]],
    ['demo', 'demo: 1', 'FLOWNEXUS_DEMO=2', ['--demo', '3'], ({ demo }) => demo, [0, 1, 2, 3]],
    ['data', 'data: /f', 'FLOWNEXUS_DATA=/e', ['--data', '/c'], ({ data }) => data,
      [resolve('data'), '/f', '/e', '/c']],
    ['models', 'models: /f', 'FLOWNEXUS_MODELS=/e', ['--models', '/c'], ({ models }) => models,
      [undefined, '/f', '/e', '/c']],
    ['retention', 'retention: 1d', 'FLOWNEXUS_RETENTION=2d', ['--retention', '36500d'],
      ({ retention }) => retention, [undefined, 86_400_000, 172_800_000, 3_153_600_000_000]],
    ['log-level', 'log-level: warn', 'FLOWNEXUS_LOG_LEVEL=error', ['--log-level', 'debug'],
      ({ logLevel }) => logLevel, ['info', 'warn', 'error', 'debug']],
    ['registration', 'registration: known', 'FLOWNEXUS_REGISTRATION=open',
      ['--registration', 'known'], ({ server }) => server.registration,
      ['open', 'known', 'open', 'known']],
  ])('of %s: default, file, environment, flag', ([, line, variable, flag, pick, expected]) => {
    const [name = '', value] = variable.split('=');
    const found = [pick(settings()), pick(settings(...withFile(line)))];
    vi.stubEnv(name, value);
    found.push(pick(settings(...withFile(line))), pick(settings(...withFile(line), ...flag)));
    expect(found).toEqual(expected);
  });

  it('a flag with the default\'s value still beats the file', () => {
    expect(settings(...withFile('demo: 5'), '--demo', '0').demo).toBe(0);
  });

  it('the file itself may come from the environment', () => {
    const [, path] = withFile('demo: 5');
    vi.stubEnv('FLOWNEXUS_CONFIG', path);
    expect(settings().demo).toBe(5);
  });

  it('the files of DTLS may come from all of them', () => {
    vi.stubEnv('FLOWNEXUS_DTLS_KEY', 'e');
    const given = [...withFile('dtls-cert: f', 'dtls-crl: g', 'dtls-cbc: true'), '--dtls-ca', 'c'];
    expect(settings(...given)).toMatchObject({
      dtlsFiles: { cert: 'f', key: 'e', authorities: ['c'], lists: ['g'] }, allowsCbc: true,
    });
    vi.unstubAllEnvs();
    expect(settings()).toMatchObject({ dtlsFiles: undefined, allowsCbc: false });
  });

  it('a variable has several of a list with commas between, a flag one', () => {
    vi.stubEnv('FLOWNEXUS_DTLS_CA', 'a.pem, b.pem,');
    vi.stubEnv('FLOWNEXUS_DTLS_CRL', 'a.crl,b.crl');
    vi.stubEnv('FLOWNEXUS_COAP', '127.0.0.1:1,[::1]:2');
    vi.stubEnv('FLOWNEXUS_COAPS', '');
    const words = ['--dtls-cert', 'c', '--dtls-key', 'k'];
    expect(settings(...words)).toMatchObject({
      dtlsFiles: { authorities: ['a.pem', 'b.pem'], lists: ['a.crl', 'b.crl'] },
      coap: [{ host: '127.0.0.1', port: 1 }, { host: '::1', port: 2 }], coaps: [],
    });
    expect(settings(...words, '--dtls-ca', 'c,d.pem').dtlsFiles?.authorities).toEqual(['c,d.pem']);
  });

  it('--coap may be given several times', () => {
    expect(settings('--coap', '127.0.0.1:1', '--coap', '[::1]:2').coap).toEqual([
      { host: '127.0.0.1', port: 1 }, { host: '::1', port: 2 },
    ]);
  });

  it.for([
    ['1', true], ['true', true], ['yes', true], ['0', false], ['false', false], ['no', false],
    ['', false],
  ] as const)('FLOWNEXUS_INSECURE_HTTP=%s allows plain http: %s', ([value, expected]) => {
    vi.stubEnv('FLOWNEXUS_INSECURE_HTTP', value);
    expect(settings().allowPlainHttp).toBe(expected);
    expect(settings('--insecure-http').allowPlainHttp).toBe(true);
  });
});

describe('bad input', () => {
  it.for([
    [['--http', 'x'], '--http "x": "x" is no port; give [HOST:]PORT, 0 to 65535'],
    [['--http', '65536'], '--http "65536": "65536" is no port; give [HOST:]PORT, 0 to 65535'],
    [['--http', ':8080'], '--http ":8080": "" is no IP address; IPv6 goes in brackets'],
    [['--compat-http', 'x'],
      '--compat-http "x": "x" is no port; give [HOST:]PORT, 0 to 65535'],
    [['--coap', '1.2.3:5'], '--coap "1.2.3:5": "1.2.3" is no IP address; IPv6 goes in brackets'],
    [['--coap', '::1'], '--coap "::1": ":" is no IP address; IPv6 goes in brackets'],
    [['--syslog', 'x'], '--syslog "x": "x" is no port; give [HOST:]PORT, 0 to 65535'],
    [['--log-retention', '30'], '--log-retention "30" is no duration from 1h to 3650d'],
    [['--log-retention', '59m'], '--log-retention "59m" is no duration from 1h to 3650d'],
    [['--log-retention', '9999d'], '--log-retention "9999d" is no duration from 1h to 3650d'],
    [['--demo', 'x'], '--demo "x" is no number from 0 to 1000'],
    [['--demo', '1001'], '--demo "1001" is no number from 0 to 1000'],
    [['--demo', '-1'], '--demo "-1" is no number from 0 to 1000'],
    [['--retention', '90'], '--retention "90" is no duration from 1d to 36500d'],
    [['--retention', '23h'], '--retention "23h" is no duration from 1d to 36500d'],
    [['--retention', '36501d'], '--retention "36501d" is no duration from 1d to 36500d'],
    [['--registration', 'shut'], '--registration "shut" is none of open, known'],
    [['--log-level', 'loud'], '--log-level "loud" is none of debug, info, warn, error, silent'],
    [['--tls-cert', 'a.pem'], '--tls-cert and --tls-key go together; give both or neither'],
    [['--dtls-cert', 'a'], '--dtls-cert and --dtls-key go together; give both or neither'],
    [['--dtls-key', 'a'], '--dtls-cert and --dtls-key go together; give both or neither'],
    [['--dtls-cert', 'a', '--dtls-key', 'a'], '--dtls-cert needs a --dtls-ca: without an authority '
      + 'no certificate of a device is believed'],
    [['--dtls-ca', 'a'], '--dtls-ca needs --dtls-cert and --dtls-key: devices with certificates '
      + 'want one of the server'],
    [['--dtls-crl', 'a'], '--dtls-crl needs --dtls-cert and --dtls-key: devices with certificates '
      + 'want one of the server'],
    [['--tls-key', 'a.pem'], '--tls-cert and --tls-key go together; give both or neither'],
  ] as const)('%s', ([args, sentence]) => {
    expect(() => settings(...args)).toThrow(new UsageError(sentence));
  });

  it('in the file is found as well', () => {
    expect(() => settings(...withFile('demo: 5000'))).toThrow('no number from 0 to 1000');
    expect(() => settings(...withFile('registration: shut'))).toThrow('none of open, known');
  });
});

describe('addresses', () => {
  it.for([
    ['5683', '::', 5683], ['0', '::', 0], ['127.0.0.1:80', '127.0.0.1', 80],
    ['[::1]:80', '::1', 80], ['localhost:80', '127.0.0.1', 80], ['0.0.0.0:1', '0.0.0.0', 1],
  ] as const)('%s', ([text, host, port]) => {
    expect(parseAddress(text, '::', '--coap')).toEqual({ host, port });
  });

  it('are written as URIs', () => {
    expect(uriOf('coap', { host: '::1', port: 5 })).toBe('coap://[::1]:5');
    expect(uriOf('http', { host: '127.0.0.1', port: 5 })).toBe('http://127.0.0.1:5');
  });
});
