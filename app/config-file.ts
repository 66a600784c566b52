// The YAML configuration file: the same names as the flags, and what no flag can say (profiles,
// groups, limits). Every mistake is reported at once, with its line and what would be right.

import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { DEFAULT_CONFIG, DEFAULT_PROFILE, type ServerConfig } from '../actors/config.ts';
import { closest, UsageError } from './usage-error.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `25s` as milliseconds. */
const duration = z.string().transform((text, context) => {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (found !== null) return Number(found[1]) * UNITS[found[2] as keyof typeof UNITS];
  context.addIssue(`"${text}" is no duration; write 500ms, 25s, 5m, 2h or 1d`);
  return z.NEVER;
});

const pattern = z.string().min(1).max(255);
const path = z.string().regex(
  /^\/(\d+|\*)(\/(\d+|\*)(\/\d+)?)?$/, 'write a path like /3/0 or /3303/*/5700',
);
const limit = z.number().int().min(1).max(10_000_000);

const profile = z.strictObject({
  name: z.string().min(1).max(40),
  match: pattern,
  awakeWindow: duration.optional(),
  ackTimeout: duration.default(DEFAULT_PROFILE.ackTimeout),
  read: z.array(path).max(32).default([...DEFAULT_PROFILE.read]),
  observe: z.array(path).max(32).default([...DEFAULT_PROFILE.observe]),
});

const limits = z.strictObject({
  devicesMax: limit, devicesPerSourceMax: limit, observationsMax: limit, operationsMax: limit,
  backlogShed: limit, backlogMax: limit,
}).partial();

/** Flags as the file writes them; their texts are checked where flags are. */
const flags = {
  http: z.union([z.string(), z.number()]).transform(String),
  coap: z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))])
    .transform((value) => [value].flat().map(String)),
  data: z.string(),
  demo: z.number().transform(String),
  registration: z.string(),
  'log-level': z.string(),
  'tls-cert': z.string(),
  'tls-key': z.string(),
  'insecure-http': z.boolean(),
};

const configFile = z.strictObject({
  ...flags,
  profiles: z.array(profile).max(100),
  groups: z.array(z.strictObject({ name: z.string().min(1).max(40), match: pattern })).max(100),
  limits,
}).partial();

type ConfigFile = z.infer<typeof configFile>;

export interface FileSettings {
  readonly flags: Readonly<Partial<Pick<ConfigFile, keyof typeof flags>>>;
  readonly profiles: ServerConfig['profiles'];
  readonly groups: ServerConfig['groups'];
  readonly limits: ServerConfig['limits'];
}

export const NO_FILE: FileSettings = {
  flags: {}, profiles: DEFAULT_CONFIG.profiles, groups: [], limits: DEFAULT_CONFIG.limits,
};

export function readConfigFile(file: string): FileSettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageError(`--config ${file} ${isMissing ? 'is not there' : 'cannot be read'}`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const { line, col } = lines.linePos(syntax.pos[0]);
    throw new UsageError(`${file}:${line}:${col} ${syntax.message.split('\n')[0]}`);
  }
  const parsed = configFile.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const found = parsed.error.issues.flatMap((issue) => describe(file, document, lines, issue));
    throw new UsageError(found.join('\n'));
  }
  const { profiles = [], groups = [], limits: changed = {}, ...given } = parsed.data;
  return {
    flags: given,
    profiles: [
      ...profiles.map((one) => ({ ...one, awakeWindow: one.awakeWindow })), DEFAULT_PROFILE,
    ],
    groups,
    limits: { ...DEFAULT_CONFIG.limits, ...withoutUndefined(changed) },
  };
}

function withoutUndefined<Value extends object>(value: Value) {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Value]: NonNullable<Value[Key]> };
}

function describe(
  file: string, document: Document, lines: LineCounter, issue: z.core.$ZodIssue,
): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const right = closest(key, knownKeys(issue.path));
      const hint = right === undefined ? '' : ` (use ${right})`;
      return `${position(file, document, lines, [...issue.path, key])} unknown key "${key}"${hint}`;
    });
  }
  const name = issue.path.join('.');
  return [`${position(file, document, lines, issue.path)} ${name}: ${issue.message}`];
}

function knownKeys(at: readonly PropertyKey[]): string[] {
  if (at[0] === 'profiles') return Object.keys(profile.shape);
  if (at[0] === 'groups') return ['name', 'match'];
  if (at[0] === 'limits') return Object.keys(limits.shape);
  return Object.keys(configFile.shape);
}

function position(
  file: string, document: Document, lines: LineCounter, at: readonly PropertyKey[],
): string {
  for (let length = at.length; length > 0; length--) {
    const node = document.getIn(at.slice(0, length), true) as { range?: [number] } | undefined;
    if (node?.range === undefined) continue;
    const { line, col } = lines.linePos(node.range[0]);
    return `${file}:${line}:${col}`;
  }
  return `${file}:1:1`;
}
