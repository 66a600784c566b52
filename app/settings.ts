// What `flownexus serve` runs with, from flags, environment and file: a flag beats the
// environment beats the file.

import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, type ServerConfig } from '../actors/config.ts';
import { LOG_LEVELS, type LogLevel } from '../core/io/log.ts';
import type { Address, Milliseconds } from '../core/ports.ts';
import { parseAddress } from './address.ts';
import { DEMO_PROFILE } from './demo-devices.ts';
import { dtlsFilesOf, type DtlsFiles } from './dtls-files.ts';
import { durationOf, NO_FILE, readConfigFile } from './config-file.ts';
import { LISTENERS_MAX } from './listen.ts';
import type { LogSettings } from './log-intake.ts';
import { UsageError } from './usage-error.ts';

export interface Settings extends LogSettings {
  readonly http: Address;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly allowPlainHttp: boolean;
  /** The interface of the reference server; undefined: not offered. */
  readonly compatHttp: Address | undefined;
  readonly coap: readonly Address[];
  readonly coaps: readonly Address[];
  /** Undefined: devices do not come with certificates. */
  readonly dtlsFiles: DtlsFiles | undefined;
  readonly allowsCbc: boolean;
  /** What secrets at rest are sealed with. */
  readonly secretsKeyFile: string;
  readonly data: string;
  /** Folder of device description files. */
  readonly models: string | undefined;
  /** How long values are kept; undefined: for ever. */
  readonly retention: Milliseconds | undefined;
  readonly demo: number;
  readonly logLevel: LogLevel;
  readonly server: ServerConfig;
}

/** Beyond this the sockets of one process run out. */
const DEMO_MAX = 1000;

type Flags = Record<string, string | string[] | boolean | undefined>;

export function settingsOf(command: Command): Settings {
  const typed = command.opts<Flags>();
  const file = typeof typed.config === 'string' ? readConfigFile(typed.config) : NO_FILE;
  const keyOf = (name: string): string =>
    name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const flag = (name: string): Flags[string] => {
    const key = keyOf(name);
    const isDefault = ['default', undefined].includes(command.getOptionValueSource(key));
    const given = (file.flags as Flags)[name];
    return isDefault && given !== undefined ? given : typed[key];
  };
  const text = (name: string): string => String(flag(name) ?? '');
  const list = (name: string): string[] => {
    const given = [flag(name) ?? []].flat().map(String);
    // A variable is one text: several stand in it with commas between.
    return command.getOptionValueSource(keyOf(name)) !== 'env' ? given
      : given.flatMap((one) => one.split(',')).map((one) => one.trim()).filter((one) => one !== '');
  };
  const demo = countOf(text('demo'), '--demo', DEMO_MAX);
  const certFile = text('tls-cert');
  const keyFile = text('tls-key');
  if ((certFile === '') !== (keyFile === '')) {
    throw new UsageError('--tls-cert and --tls-key go together; give both or neither');
  }
  return {
    http: parseAddress(text('http'), '127.0.0.1', '--http'),
    tls: certFile === '' ? undefined : { certFile, keyFile },
    allowPlainHttp: flag('insecure-http') === true && !isDenied(command, 'insecureHttp'),
    compatHttp: text('compat-http') === '' ? undefined
      : parseAddress(text('compat-http'), '127.0.0.1', '--compat-http'),
    coap: listenersOf(list('coap'), '--coap'),
    coaps: listenersOf(list('coaps'), '--coaps'),
    dtlsFiles: dtlsFilesOf({
      cert: text('dtls-cert'), key: text('dtls-key'), authorities: list('dtls-ca'),
      lists: list('dtls-crl'),
    }),
    allowsCbc: flag('dtls-cbc') === true && !isDenied(command, 'dtlsCbc'),
    secretsKeyFile: text('secrets-key-file') === '' ? join(resolve(text('data')), 'secret.key')
      : resolve(text('secrets-key-file')),
    syslog: text('syslog') === '' ? undefined : parseAddress(text('syslog'), '::', '--syslog'),
    logRetention: durationBetween(text('log-retention'), '--log-retention', '1h', '3650d'),
    data: resolve(text('data')),
    models: text('models') === '' ? undefined : resolve(text('models')),
    retention: text('retention') === '' ? undefined
      : durationBetween(text('retention'), '--retention', '1d', '36500d'),
    demo,
    logLevel: oneOf(text('log-level'), '--log-level', LOG_LEVELS),
    server: {
      ...DEFAULT_CONFIG,
      registration: oneOf(text('registration'), '--registration', ['open', 'known'] as const),
      profiles: demo === 0
        ? file.profiles : [...file.profiles.slice(0, -1), DEMO_PROFILE, DEFAULT_PROFILE],
      groups: file.groups, alerts: file.alerts, limits: file.limits,
    },
  };
}

/** Of a flag without a value the environment may say no: to be set is not enough. */
function isDenied(command: Command, key: string): boolean {
  if (command.getOptionValueSource(key) !== 'env') return false;
  const option = command.options.find((one) => one.attributeName() === key);
  return ['', '0', 'no', 'false'].includes(process.env[option?.envVar ?? '']?.toLowerCase() ?? '');
}

function listenersOf(given: readonly string[], flag: string): Address[] {
  const addresses = given.map((one) => parseAddress(one, '::', flag));
  if (addresses.length <= LISTENERS_MAX) return addresses;
  throw new UsageError(`${flag} is given ${addresses.length} times; ${LISTENERS_MAX} are possible`);
}

function durationBetween(
  text: string, flag: string, least: string, most: string,
): Milliseconds {
  const [span = NaN, from = 0, to = 0] = [text, least, most].map(durationOf);
  if (span >= from && span <= to) return span;
  throw new UsageError(`${flag} "${text}" is no duration from ${least} to ${most}`);
}

export function countOf(text: string, flag: string, most: number, least = 0): number {
  const count = Number(text);
  if (/^\d{1,12}$/.test(text) && count >= least && count <= most) return count;
  throw new UsageError(`${flag} "${text}" is no number from ${least} to ${most}`);
}

function oneOf<Choice extends string>(
  text: string, flag: string, choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(`${flag} "${text}" is none of ${choices.join(', ')}`);
}
