// The YAML configuration file: the same names as the flags, and what no flag can say (profiles,
// groups, limits). Every mistake is reported at once, with its line and what would be right.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { AlertRule } from '../actors/alerts.ts';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, type ServerConfig } from '../actors/config.ts';
import { BODY_BYTES_MAX } from '../core/coap/body.ts';
import { resourcePattern, wantedShape } from '../core/api/wanted-input.ts';
import { CheckedYaml, sentenceOf } from '../core/io/checked-yaml.ts';
import type { Milliseconds } from '../core/ports.ts';
import { UsageError } from './usage-error.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const DURATION_MIN: Milliseconds = 100;

/** `25s` as milliseconds; undefined for what is no duration. */
export function durationOf(text: string): Milliseconds | undefined {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  return found === null
    ? undefined : Number(found[1]) * UNITS[found[2] as keyof typeof UNITS];
}

const duration = z.string('write a duration like 500ms, 25s, 5m, 2h or 1d')
  .transform((text, context) => {
    const span = durationOf(text);
    if (span === undefined) {
      context.addIssue(`"${text}" is no duration; write 500ms, 25s, 5m, 2h or 1d`);
      return z.NEVER;
    }
    if (span < DURATION_MIN) {
      context.addIssue(`"${text}" is too short; the least is ${DURATION_MIN}ms`);
    }
    return span;
  });

const pattern = z.string().min(1).max(255);
/** It stands for a secret: what is shorter is guessed. */
const TOKEN_LENGTH_MIN = 12;
const TOKEN_LENGTH_MAX = 128;
const TOKEN_HINT = `write ${TOKEN_LENGTH_MIN} to ${TOKEN_LENGTH_MAX} characters`;
const BLOCK_SIZES = [16, 32, 64, 128, 256, 512, 1024];
const limit = z.number().int().min(1).max(10_000_000);

const profile = z.strictObject({
  name: z.string().min(1).max(40),
  match: pattern,
  awakeWindow: duration.optional(),
  ackTimeout: duration.default(DEFAULT_PROFILE.ackTimeout),
  events: z.array(z.strictObject({
    type: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'write a name like door-opened'),
    paths: z.array(resourcePattern).min(1).max(16),
    window: duration.optional().transform((span) => span ?? 0),
  })).max(32).default([]),
  blockSize: z.literal(BLOCK_SIZES).default(DEFAULT_PROFILE.blockSize),
  ...wantedShape,
  read: wantedShape.read.default([...DEFAULT_PROFILE.read]),
  observe: wantedShape.observe.default([...DEFAULT_PROFILE.observe]),
  logToken: z.string(TOKEN_HINT)
    .min(TOKEN_LENGTH_MIN, TOKEN_HINT).max(TOKEN_LENGTH_MAX, TOKEN_HINT).optional(),
});

const group = z.strictObject({ name: z.string().min(1).max(40), match: pattern, ...wantedShape });

const ofAlert = {
  name: z.string().min(1).max(60),
  match: pattern.default('*'),
  severity: z.enum(['info', 'warning', 'critical']).default('warning'),
};
const threshold = {
  ...ofAlert, path: resourcePattern, limit: z.number(), until: z.number().optional(),
};

const alert = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('above'), ...threshold }),
  z.strictObject({ kind: z.literal('below'), ...threshold }),
  z.strictObject({ kind: z.literal('silent'), ...ofAlert, span: duration }),
  z.strictObject({ kind: z.literal('expired'), ...ofAlert }),
  z.strictObject({ kind: z.literal('overdue'), ...ofAlert }),
]).transform((given, context): AlertRule => {
  if (given.kind !== 'above' && given.kind !== 'below') return given;
  const { kind, until = given.limit } = given;
  if (kind === 'above' ? until > given.limit : until < given.limit) {
    context.addIssue(`until is on the side that is well: ${until} is ${kind} ${given.limit}`);
  }
  return { ...given, until };
});

const bytes = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

const limits = z.strictObject({
  devicesMax: limit, devicesPerSourceMax: limit, observationsMax: limit,
  objectListsMax: z.number().int().min(1).max(1_000_000_000), operationsMax: limit,
  waitingBytesMax: z.number().int().min(1).max(1_000_000_000),
  bodyBytesMax: z.number().int().min(1).max(BODY_BYTES_MAX), bodiesPerDeviceMax: limit,
  bodyBytesPerDeviceMax: bytes, bodiesBytesMax: bytes,
  backlogShed: limit, backlogMax: limit, logBurstMax: limit, logLinesPerSecondMax: limit,
}).partial();

const listeners = z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))])
  .transform((value) => [value].flat().map(String));

const files = z.union([z.string(), z.array(z.string())]);

/** Flags as the file writes them; their texts are checked where flags are. */
const flags = {
  http: z.union([z.string(), z.number()]).transform(String),
  'compat-http': z.union([z.string(), z.number()]).transform(String),
  coap: listeners,
  coaps: listeners,
  syslog: z.union([z.string(), z.number()]).transform(String),
  'log-retention': z.string(),
  data: z.string(),
  models: z.string(),
  retention: z.string(),
  demo: z.number().transform(String),
  registration: z.string(),
  'log-level': z.string(),
  'secrets-key-file': z.string(),
  'tls-cert': z.string(),
  'tls-key': z.string(),
  'dtls-cert': z.string(),
  'dtls-key': z.string(),
  'dtls-ca': files,
  'dtls-crl': files,
  'dtls-cbc': z.boolean(),
  'insecure-http': z.boolean(),
};

/** A list of which each has a name of its own: by it people and stored alerts tell them apart. */
function named<Item extends z.ZodType<{ readonly name: string }>>(item: Item, most: number) {
  return z.array(item).max(most).superRefine((items, context) => {
    for (const [index, { name }] of items.entries()) {
      if (items.findIndex((other) => other.name === name) === index) continue;
      const message = `"${name}" is there twice; each has a name of its own`;
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    }
  });
}

const configFile = z.strictObject({
  ...flags,
  profiles: named(profile, 100),
  groups: named(group, 100),
  alerts: named(alert, 100),
  limits,
}).partial();

type ConfigFile = z.infer<typeof configFile>;

export interface FileSettings {
  readonly flags: Readonly<Partial<Pick<ConfigFile, keyof typeof flags>>>;
  readonly profiles: ServerConfig['profiles'];
  readonly groups: ServerConfig['groups'];
  readonly alerts: ServerConfig['alerts'];
  readonly limits: ServerConfig['limits'];
}

export const NO_FILE: FileSettings = {
  flags: {}, profiles: DEFAULT_CONFIG.profiles, groups: [], alerts: [],
  limits: DEFAULT_CONFIG.limits,
};

export function readConfigFile(file: string): FileSettings {
  const parsed = parse(file, readText(file));
  const { profiles = [], groups = [], alerts = [], limits: changed = {}, ...given } = parsed;
  return {
    flags: given,
    profiles: [
      ...profiles.map((one) => ({
        ...one, awakeWindow: one.awakeWindow, logToken: one.logToken,
      })),
      DEFAULT_PROFILE,
    ],
    groups,
    alerts,
    limits: { ...DEFAULT_CONFIG.limits, ...withoutUndefined(changed) },
  };
}

function withoutUndefined<Value extends object>(value: Value) {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Value]: NonNullable<Value[Key]> };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageError(`--config ${file} ${isMissing ? 'is not there' : 'cannot be read'}`);
  }
}

function parse(file: string, text: string): ConfigFile {
  const yaml = CheckedYaml.parse(text);
  const checked = yaml.ok ? yaml.value.check(configFile, 'keys like http: 8080') : yaml;
  if (checked.ok) return checked.value;
  throw new UsageError(checked.reason.map((problem) => sentenceOf(file, problem)).join('\n'));
}
