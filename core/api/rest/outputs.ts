// What the answers of the REST interface promise. The procedures may say more, never less: the
// compiler holds each schema against what the procedure answers (route.ts).

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

const resource = z.object({
  id: z.number(), name: z.string(), unit: z.string(), type: z.string(), operations: z.string(),
  multiple: z.boolean(), source: z.enum(['observed', 'read', 'never']),
  values: list(z.object({
    resourceInstance: perhaps(z.number()), value, deviceTime: time, receiveTime: time,
    sequence: z.number(),
  })),
});

export const device = z.object({
  endpoint: z.string(),
  displayName: z.string(),
  tags: list(z.string()),
  profile: z.string(),
  groups: list(z.string()),
  state,
  registration: perhaps(z.object({
    id: z.string(), lwm2mVersion: z.string(), lifetime: z.number(), binding: z.string(),
    queueMode: z.boolean(), registeredAt: time, updatedAt: time, expiresAt: time,
    host: z.string(), port: z.number(),
  })),
  ended: perhaps(z.enum(['never registered', 'deregistered', 'expired'])),
  firstSeenAt: time,
  lastSeenAt: time,
  batteryPercent: perhaps(z.number()),
  signalDbm: perhaps(z.number()),
  firmwareVersion: perhaps(z.string()),
  manufacturer: perhaps(z.string()),
  model: perhaps(z.string()),
  observing: list(z.string()),
  notObserving: list(z.object({ path: z.string(), reason: z.string() })),
  declared: z.object({
    read: list(z.string()), observe: list(z.string()), observeTogether: list(list(z.string())),
    attributes: z.record(z.string(), z.unknown()), hold: z.record(z.string(), z.unknown()),
    logs: list(z.string()), eventLog: perhaps(z.record(z.string(), z.unknown())),
  }).describe('What people declared to be wanted, as PUT wanted takes it'),
  unmet: list(z.object({ kind: z.string(), path: z.string(), reason: z.string() }))
    .describe('Wanted values and attributes that the device refused'),
  operations: list(operation),
  objects: list(z.object({
    id: z.number(), name: z.string(), version: z.string(),
    instances: list(z.object({ id: z.number(), resources: list(resource) })),
  })),
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
}));

export const serverFacts = z.object({
  version: z.string(), startedAt: time, now: time, coap: list(z.string()), http: list(z.string()),
  registration: z.enum(['open', 'known']),
});

export const me = perhaps(z.object({
  name: z.string(), role: z.enum(['admin', 'operator', 'viewer']),
}));
