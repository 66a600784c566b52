// What the answers of the REST interface promise. That procedures say no less the compiler checks
// (route.ts), that they say no more the tests do. Who reads them must let pass what is added later.

import { z } from 'zod';

export const time = z.number().describe('Milliseconds since 1970');
const perhaps = <Schema extends z.ZodType>(schema: Schema) => schema.nullable();
const state = z.enum(['awake', 'asleep', 'silent', 'expired', 'deregistered', 'never']);
const list = <Schema extends z.ZodType>(schema: Schema) => z.array(schema).readonly();

/** A part of a list that is paged by ids. */
export const page = <Schema extends z.ZodType>(item: Schema) => z.object({
  items: list(item),
  next: perhaps(z.number()).describe('`before` of the next part; null at the end'),
});

export const value = z.object({
  type: z.enum([
    'string', 'integer', 'unsigned', 'float', 'boolean', 'opaque', 'time', 'objlnk', 'corelnk',
  ]),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()])
    .describe('64-bit integers as text, opaque as hex, time in milliseconds; null is no number'),
});

export const fleet = z.object({
  at: time.describe('When the list was made'),
  total: z.number().describe('How many match in all'),
  offset: z.number(),
  rows: list(z.object({
    endpoint: z.string(), displayName: z.string(), profile: z.string(), state,
    lastSeenAt: time, awakeUntil: time.optional(), expiresAt: time.optional(),
    batteryPercent: z.number().optional(), signalDbm: z.number().optional(),
    firmwareVersion: z.string().optional(), operationsWaiting: z.number(),
  })),
});

export const operation = z.object({
  id: z.number(),
  kind: z.string(),
  path: z.string(),
  detail: z.string().describe('What is sent with it, in few words'),
  status: z.enum(['QUEUED', 'SENDING', 'CONFIRMED', 'FAILED']),
  attempts: z.number(),
  outcome: z.string().describe('The answer\'s code, or why it failed; empty while open'),
  answer: z.string().describe('What was answered besides values'),
  requestedBy: z.string(),
  createdAt: time,
  changedAt: time,
  expiresAt: perhaps(time),
});

export const links = list(z.object({
  path: z.string(),
  attributes: list(z.object({ name: z.string(), value: z.string().optional() })),
}));

export const operationResult = z.object({
  operation,
  values: perhaps(list(value.extend({ path: z.string() })))
    .describe('null while open, and when no longer known: see telemetry'),
});

/** Of a resource, as its definition has it. */
const facts = z.object({
  id: z.number(), name: z.string(), unit: z.string(), type: z.string(), operations: z.string(),
  multiple: z.boolean(), mandatory: z.boolean(),
  range: z.string().describe('Possible values in the words of the definition; empty when unsaid'),
  limits: perhaps(z.object({ from: z.number(), to: z.number(), of: z.enum(['number', 'bytes']) })),
  choices: list(z.object({ value: z.string(), name: z.string() })),
});

const resource = facts.extend({
  source: z.enum(['observed', 'read', 'never']),
  numeric: z.boolean().describe('Whether a chart can be drawn of it'),
  values: list(z.object({
    resourceInstance: perhaps(z.number()), value, deviceTime: time, receiveTime: time,
    sequence: z.number(),
  })),
});

const wanted = z.object({
  read: list(z.string()), observe: list(z.string()), observeTogether: list(list(z.string())),
  attributes: z.record(z.string(), z.unknown()), hold: z.record(z.string(), z.unknown()),
  logs: list(z.string()), eventLog: perhaps(z.record(z.string(), z.unknown())),
});

const session = z.object({
  registration: z.enum(['unregistered', 'registered', 'expired']),
  reachability: z.enum(['offline', 'awake', 'asleep', 'silent']),
  observations: z.enum(['none', 'establishing', 'waiting', 'inPlace']),
  firmware: z.enum(['idle', 'downloading', 'downloaded', 'updating']),
});

const object = z.object({
  id: z.number(), name: z.string(),
  known: z.boolean().describe('False when no model of the object is there'),
  version: z.string().describe('As the device registered it; empty when it did not'),
  modelVersion: z.string().describe('Whose names and types these are'),
  multiple: z.boolean().describe('Whether it may have several instances'),
  resources: list(facts).describe('What an instance of it may have'),
  instances: list(z.object({
    id: z.number(),
    isListed: z.boolean().describe('False when the device does not list it'),
    resources: list(resource),
  })),
});

export const device = z.object({
  endpoint: z.string(),
  displayName: z.string(),
  tags: list(z.string()),
  profile: z.string(),
  groups: list(z.string()),
  state,
  session,
  awakeUntil: time.optional().describe('Of a device in queue mode that listens'),
  awakeWindow: z.number().describe('For how many milliseconds it listens'),
  forgetsAt: time.optional().describe('When its registration is given up: lifetime plus grace'),
  registration: perhaps(z.object({
    id: z.string(), lwm2mVersion: z.string(),
    lifetime: z.number().describe('In seconds, as it was registered; 0 is without end'),
    binding: z.string(), queueMode: z.boolean(), smsNumber: z.string().optional(),
    links: z.string().describe('The object list as it was received'),
    unknownParameters: list(z.string()), registeredAt: time, updatedAt: time, expiresAt: time,
    host: z.string(), port: z.number(),
    security: z.enum(['none', 'psk', 'rpk', 'x509']).describe('How it has proved who it is'),
    identity: z.string().describe('What it has proved to be; empty without security'),
  })),
  certificate: z.object({
    serial: z.string(), notAfter: time,
    validity: z.enum(['not yet', 'good', 'soon', 'over', 'revoked']),
  }).optional().describe('That it has shown last; soon are the last 30 days'),
  ended: perhaps(z.enum(['never registered', 'deregistered', 'expired'])),
  firstSeenAt: time,
  lastSeenAt: time,
  batteryPercent: perhaps(z.number()),
  signalDbm: perhaps(z.number()),
  firmwareVersion: perhaps(z.string()),
  firmwareState: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)])
    .describe('/5/0/3 as last reported'),
  manufacturer: perhaps(z.string()),
  model: perhaps(z.string()),
  observing: list(z.string()),
  notObserving: list(z.object({ path: z.string(), reason: z.string() })),
  declared: wanted.describe('What people declared to be wanted, as PUT wanted takes it'),
  inherited: wanted.describe('What its profile and groups want'),
  unmet: list(z.object({ kind: z.string(), path: z.string(), reason: z.string() }))
    .describe('Wanted values and attributes that the device refused'),
  operations: list(operation),
  objects: list(object),
});

export const event = z.object({
  id: z.number(), endpoint: z.string(), type: z.string(), at: time, detail: z.string(),
});

const severity = z.enum(['info', 'warning', 'critical']);

export const alerts = list(z.object({
  id: z.number(), endpoint: z.string(), rule: z.string(), severity,
  path: z.string().describe('Empty when it is about the device as a whole'),
  detail: z.string(), raisedAt: time, clearedAt: time.optional(),
  acknowledgedBy: z.string().describe('Empty when nobody has'), acknowledgedAt: time.optional(),
  mutedUntil: time.optional(),
}));

export const logLines = z.object({
  rows: list(z.object({
    id: z.number(), source: z.string(), deviceTime: time.optional(), receiveTime: time,
    facility: z.number(), severity: z.number().describe('0 is the worst, 7 the least'),
    module: z.string(), text: z.string(),
    dropped: z.number().describe('Other than 0: no line but a gap of so many'),
  })),
  last: z.number().describe('The newest line of all devices'),
});

export const values = z.object({
  rows: list(value.extend({
    sequence: z.number(), device: z.string(), path: z.string(), time, receivedAt: time,
  })),
  next: perhaps(z.number()).describe('`after` of the next part; null when there are no more yet'),
});

const sum = z.number().nullable().optional();

export const buckets = z.object({
  rows: list(z.object({
    time: time.describe('Where the bucket begins'), device: z.string(), path: z.string(),
    min: sum, max: sum, mean: sum, last: sum, count: sum, sum,
  })),
});

export const sqlTable = z.object({
  columns: list(z.object({ name: z.string(), type: z.string() })),
  rows: list(list(z.unknown())).describe('64-bit integers and times are texts'),
  isCut: z.boolean().describe('True when there are more rows than the limit'),
});

export const webhooks = z.object({
  items: list(z.object({
    id: z.string(), url: z.string(), events: list(z.string()), devices: z.string(),
    paths: list(z.string()), createdBy: z.string(), createdAt: time,
    waiting: z.number().describe('Deliveries under way or to be tried again'),
    dropped: z.number().describe('Events that found no room since the server started'),
  })),
});

export const madeWebhook = z.object({ id: z.string(), secret: z.string() });

export const delivery = z.object({
  id: z.number(), state: z.enum(['waiting', 'delivered', 'given up']),
  events: z.number().describe('How many are in it'), body: z.string(), attempts: z.number(),
  outcome: z.string(), createdAt: time, changedAt: time, nextAt: time,
});

export const refusals = list(z.object({
  at: time, endpoint: z.string(), address: z.string(), reason: z.string(), answer: z.string(),
  retryAt: time.optional(), count: z.number(),
  security: z.enum(['none', 'psk', 'rpk', 'x509']).optional()
    .describe('By what it wanted to be known'),
  publicKey: z.string().optional().describe('Of a key that nobody knows, the point in hex'),
}));

export const serverFacts = z.object({
  version: z.string(), startedAt: time, now: time, coap: list(z.string()), http: list(z.string()),
  syslog: list(z.string()).describe('Where devices\' logs are listened for; empty when nowhere'),
  registration: z.enum(['open', 'known']),
});

export const me = perhaps(z.object({
  name: z.string(), role: z.enum(['admin', 'operator', 'viewer']),
  mustSetPassword: z.boolean().describe('True after a login by link'),
}));
