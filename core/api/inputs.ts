// What the API accepts, as zod schemas: every limit on what a person or script may send stands
// here. What is outside them is answered 400 with the one sentence given beside the limit.

import { z } from 'zod';
import { isRefusedUrl, REFUSAL } from '../io/http-post.ts';
import { schemaWords } from '../io/schema-words.ts';
import { XML_BYTES_MAX } from '../io/xml.ts';
import { PAYLOAD_BYTES_MAX } from '../lwm2m/content-format.ts';
import { ARGUMENTS_LENGTH_MAX } from '../lwm2m/execute-arguments.ts';
import { WISHED_MAX } from '../lwm2m/operation.ts';
import { ID_MAX, parsePath } from '../lwm2m/path.ts';
import { parseTarget } from '../lwm2m/target.ts';
import { AGGREGATES } from '../store/telemetry.ts';
import { WEBHOOK_EVENTS } from '../store/webhooks.ts';
import { attributes } from './wanted-input.ts';

export const PASSWORD_LENGTH_MIN = 10;
export const PASSWORD_LENGTH_MAX = 256;
// Where a schema has no words of its own, these are ours and not of its types.
z.config({ customError: schemaWords });

/** Characters of what one operation writes: 1 MB in base64, which is what a device is sent. */
export const OPERATION_TEXT_MAX = Math.ceil(PAYLOAD_BYTES_MAX / 3) * 4;
/** Of a request that brings an operation, with what stands around its values. */
export const OPERATION_REQUEST_BYTES_MAX = 2 * OPERATION_TEXT_MAX;
export const FLEET_WINDOW_MAX = 200;
export const CHARTS_PER_VIEW_MAX = 16;
export const BUCKETS_MAX = 2_000;
/** Fits a request in spite of what JSON escapes. */
export const SCENARIO_BYTES_MAX = 48 * 1_024;
/** One start makes at most so many runs. */
export const SEEDS_PER_START_MAX = 20;
const SEED_MAX = 2 ** 32 - 1;
const TIME_MAX = 8.64e15;

/** Names people log in with. */
export const userName = z.string().regex(
  /^[a-z0-9][a-z0-9._-]{0,31}$/,
  'a user name has 1 to 32 of a-z, 0-9, ".", "_" and "-", and starts with a letter or digit',
);

export const newPassword = z.string()
  .min(PASSWORD_LENGTH_MIN, `a password has at least ${PASSWORD_LENGTH_MIN} characters`)
  .max(PASSWORD_LENGTH_MAX, `a password has at most ${PASSWORD_LENGTH_MAX} characters`);

/** A password somebody claims; only its length is judged. */
export const givenPassword = z.string().max(PASSWORD_LENGTH_MAX);

export const role = z.enum(['admin', 'operator', 'viewer']);

export const tokenName = z.string().trim().min(1).max(100);
export const tokenDays = z.number().int()
  .min(1, 'a token lasts 1 to 365 days').max(365, 'a token lasts 1 to 365 days');

export const endpoint = z.string().min(1).max(255);

export const path = z.string().max(32).superRefine((text, check) => {
  const parsed = parsePath(text);
  if (!parsed.ok) check.addIssue({ code: 'custom', message: parsed.reason });
  else if (!text.startsWith('/')) check.addIssue({ code: 'custom', message: 'starts with /' });
});

/** One path, or several that are observed together: `/3/0/9+/4/0/2`. */
export const target = z.string().max(1_024).superRefine((text, check) => {
  const parsed = parseTarget(text);
  if (!parsed.ok) check.addIssue({ code: 'custom', message: parsed.reason });
  else if (!text.startsWith('/')) check.addIssue({ code: 'custom', message: 'starts with /' });
});

/** A path that can hold one value: `/3303/0/5700`, or a resource instance below it. */
export const resourcePath = path.refine(
  (text) => text.split('/').length >= 4, 'a resource is meant, like /3303/0/5700',
);

const value = z.strictObject({
  path: resourcePath,
  value: z.union([z.string().max(OPERATION_TEXT_MAX), z.number(), z.boolean()]),
  type: z.enum([
    'string', 'integer', 'unsigned', 'float', 'boolean', 'opaque', 'time', 'objlnk', 'corelnk',
  ]).optional(),
});
const values = z.array(value).max(WISHED_MAX).refine(
  (all) => all.reduce((sum, one) => sum + String(one.value).length, 0) <= OPERATION_TEXT_MAX,
  `values have at most ${OPERATION_TEXT_MAX} characters in all`,
);
const asked = {
  format: z.number().int().min(0).max(65_535).optional()
    .describe('Content-Format of what is sent, or Accept'),
  isForced: z.literal(true).optional()
    .describe('Ask even where a definition says that it cannot be'),
};

/** An operation on a device (core/lwm2m/operation.ts says what each kind means). */
export const wish = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['discover', 'delete']), path, ...asked }),
  z.strictObject({
    kind: z.literal('read'), path,
    into: z.literal('file').optional()
      .describe('What an opaque resource holds, up to 16 MB, to be fetched as a file'),
    ...asked,
  }),
  z.strictObject({
    kind: z.literal('write'), path, mode: z.enum(['replace', 'update']), values, ...asked,
  }),
  z.strictObject({ kind: z.literal('write-attributes'), path, attributes, ...asked }),
  z.strictObject({
    kind: z.literal('execute'), path, arguments: z.string().max(ARGUMENTS_LENGTH_MAX), ...asked,
  }),
  z.strictObject({ kind: z.literal('create'), path, values, ...asked }),
  z.strictObject({
    kind: z.literal('read-composite'), paths: z.array(path).max(WISHED_MAX), ...asked,
  }),
  z.strictObject({ kind: z.literal('write-composite'), values, ...asked }),
], 'read, discover, delete, write, write-attributes, execute, create, read-composite or '
  + 'write-composite is meant');

/** Seconds an operation may wait for its device; at most a year. */
export const waitingSeconds = z.number().int().min(1).max(31_536_000);

/** Seconds for which an answer may wait for the end. */
export const wait = z.number().int().min(0).max(60);

export const fileOfOperation = z.strictObject({ endpoint, operation: z.number().int().min(1) });

/** A write of a file that is on the disk: REST alone brings one there. */
export const fileWrite = z.strictObject({
  endpoint,
  path: resourcePath,
  isForced: asked.isForced,
  file: z.strictObject({ name: z.string().max(100), length: z.number().int().min(0) }),
  waitAtMost: waitingSeconds.optional(),
  wait,
});

export const PAGE_MAX = 500;
export const pageLimit = z.number().int().min(1).max(PAGE_MAX);
/** Goes on where the page before ended: its `next`. */
export const before = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional();

const time = z.number().min(0).max(TIME_MAX);
const sequence = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Milliseconds since 1970, or as RFC 3339 writes it. */
const instant = z.union([
  time, z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
], 'a time is in milliseconds since 1970, or like 2030-01-31T12:00:00Z');

export const TELEMETRY_ROWS_MAX = 10_000;
const BUCKET_SECONDS_MAX = 366 * 86_400;

/** Which telemetry; what is left out is all there is. */
export const telemetrySpan = z.strictObject({
  device: z.array(endpoint).min(1).max(100).optional(),
  path: z.array(path).max(32).default([]),
  from: instant.default(0),
  to: instant.default(TIME_MAX),
});

export const telemetryValues = telemetrySpan.extend({
  after: sequence.default(0),
  limit: z.number().int().min(1).max(TELEMETRY_ROWS_MAX),
});

export const telemetryBuckets = telemetrySpan.extend({
  bucket: z.number().int().min(1).max(BUCKET_SECONDS_MAX)
    .describe('Seconds'),
  aggregate: z.array(z.enum(AGGREGATES)).min(1),
});

const webhookUrl = z.string().max(2_000).refine(
  (text) => URL.canParse(text) && isPlainUrl(new URL(text)),
  'it is no address like https://example.org/hook, without name and password',
).refine((text) => !URL.canParse(text) || !isRefusedUrl(new URL(text)), REFUSAL);

function isPlainUrl({ protocol, username, password }: URL): boolean {
  return (protocol === 'https:' || protocol === 'http:') && username + password === '';
}

export const newWebhook = z.strictObject({
  url: webhookUrl,
  events: z.array(z.enum(WEBHOOK_EVENTS)).min(1),
  devices: z.string().min(1).max(255).default('*').describe('`*` stands for any characters'),
  paths: z.array(path).max(32).default([]).describe('Of the values that are told'),
}).refine(
  ({ events, paths }) => events.includes('value') === paths.length > 0,
  { path: ['paths'], message: 'name paths for the event "value", and for no other' },
);

export const SQL_LENGTH_MAX = 10_000;
export const SQL_ROWS_MAX = 10_000;

export const sqlQuestion = z.strictObject({
  sql: z.string().min(1).max(SQL_LENGTH_MAX),
  limit: z.number().int().min(1).max(SQL_ROWS_MAX).default(1_000),
});

export const fleetQuery = z.strictObject({
  search: z.string().max(200),
  state: z.enum(['all', 'awake', 'asleep', 'silent', 'expired', 'deregistered', 'never']),
  sort: z.enum([
    'state', 'endpoint', 'profile', 'awakeUntil', 'lastSeenAt', 'expiresAt',
    'batteryPercent', 'signalDbm', 'firmwareVersion', 'operationsWaiting',
  ]),
  descending: z.boolean(),
  offset: z.number().int().min(0).max(10_000_000),
  limit: z.number().int().min(1).max(FLEET_WINDOW_MAX),
});

export const seriesSpan = z.strictObject({
  endpoint,
  path: resourcePath,
  from: time,
  to: time,
  buckets: z.number().int().min(1).max(BUCKETS_MAX),
}).refine(({ from, to }) => from < to, { path: ['from'], message: 'lies before "to"' });

/** An instance of an object that says where a device is. */
export const trackSpan = z.strictObject({
  endpoint,
  path: z.string().regex(/^\/(6|3336)\/\d{1,5}$/, 'a location is meant, like /6/0'),
  from: time,
  to: time,
}).refine(({ from, to }) => from < to, { path: ['from'], message: 'lies before "to"' });

export const LOG_LINES_MAX = 500;

export const MESSAGES_MAX = 200;

/** Messages from before that id. */
export const messagesQuery = z.strictObject({
  endpoint,
  before: sequence.optional(),
});

/** Messages after that id follow. */
const messageTail = z.strictObject({ after: sequence });

const logFilter = z.strictObject({
  severity: z.number().int().min(0).max(7),
  search: z.string().max(200),
});

/** Without an endpoint: the lines of nobody knows which device. */
export const logQuery = logFilter.extend({
  endpoint: endpoint.nullable(),
  /** Ids of lines and times of receipt. */
  before: sequence.optional(),
  until: time.optional(),
  limit: z.number().int().min(1).max(LOG_LINES_MAX),
});

/** The same from a URL. */
export const logFile = z.strictObject({
  endpoint: endpoint.optional(),
  severity: z.coerce.number().int().min(0).max(7).default(7),
  search: z.string().max(200).default(''),
});

/** Lines after that id follow: the last one of logs.lines. */
const logTail = logFilter.extend({ after: sequence });

export type LogTail = z.infer<typeof logTail>;

export const scenarioFile = z.string().regex(
  /^[A-Za-z0-9][\w.-]{0,63}\.yaml$/,
  'a scenario is named like cellar.yaml, with letters, digits, ".", "_" and "-"',
);

export const scenarioPlace = z.strictObject({
  shelf: z.enum(['shipped', 'own']), file: scenarioFile,
});

export const scenarioText = z.string().refine(
  (text) => Buffer.byteLength(text) <= SCENARIO_BYTES_MAX,
  `a scenario has at most ${SCENARIO_BYTES_MAX / 1_024} KB`,
);

export const seed = z.number().int().min(0).max(SEED_MAX);
export const seeds = z.number().int().min(1).max(SEEDS_PER_START_MAX);

/** When it was started and its seed, as app/lab names the folders of runs. */
export const runId = z.string().regex(/^\d{8}-\d{6}-\d{1,10}$/, 'this is no id of a run');

/** As base64 has it: four characters for three bytes. */
const MODEL_CONTENT_MAX = Math.ceil(XML_BYTES_MAX / 3) * 4;
/** Of a request that brings a model, with all that stands around it. */
export const MODEL_REQUEST_BYTES_MAX = MODEL_CONTENT_MAX + 4_096;

export const modelName = z.strictObject({
  object: z.number().int().min(0).max(ID_MAX),
  version: z.string().regex(/^\d{1,3}\.\d{1,3}$/, 'a version is like 1.1'),
});

/** What people call it; only ever shown. */
export const modelFile = z.string().max(255).regex(/^\P{Cc}+$/u, 'it is no name of a file');

export const modelContent = z.base64('it is no base64').max(
  MODEL_CONTENT_MAX, `a model has at most ${XML_BYTES_MAX / 1_024} KB`,
);

/** One run, or all that were started together. */
export const runOrGroup = z.string().regex(
  /^\d{8}-\d{6}(-\d{1,10})?$/, 'this is no id of a run or of runs started together',
);

export const twoSides = z.strictObject({ a: runOrGroup, b: runOrGroup });

/** Points after `since` follow: the last sequence of device.series, or of the chart. */
const chart = z.strictObject({ path: resourcePath, since: sequence });

/** What one page shows. */
export const view = z.discriminatedUnion('page', [
  z.strictObject({ page: z.literal('fleet'), query: fleetQuery }),
  z.strictObject({
    page: z.literal('device'),
    endpoint,
    charts: z.array(chart).max(CHARTS_PER_VIEW_MAX),
    log: logTail.optional(),
    messages: messageTail.optional(),
  }),
  z.strictObject({ page: z.literal('logs'), log: logTail.optional() }),
  z.strictObject({ page: z.literal('refused') }),
  z.strictObject({ page: z.literal('alerts') }),
  z.strictObject({ page: z.literal('lab') }),
  z.strictObject({ page: z.literal('run'), id: runId }),
  z.strictObject({ page: z.literal('other') }),
]);

export type View = z.infer<typeof view>;

export const streamId = z.string().max(64);

/** The last event id of a broken stream: how far each chart had come, as live.ts writes it. */
export const lastEventId = z.string().max(2_048).optional();
