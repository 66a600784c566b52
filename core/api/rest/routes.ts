// All routes of the REST interface, in the order in which its page shows them.

import { OPERATION_REQUEST_BYTES_MAX } from '../inputs.ts';
import type { OperationResult } from '../views.ts';
import { DOWNLOADS, LOG_DOWNLOAD } from './download.ts';
import { FILE_DOWNLOAD } from './files.ts';
import {
  alerts, buckets, delivery, device, event, fleet, links, logLines, madeWebhook, me, operation,
  operationResult, page, refusals, serverFacts, sqlTable, values, webhooks,
} from './outputs.ts';
import { command, route, type Input, type Route, type Success } from './route.ts';

const DEVICES: readonly Route[] = [
  route('GET /devices', 'fleet.window', {
    summary: 'Devices, sorted and searched', output: fleet,
    defaults: {
      search: '', state: 'all', sort: 'endpoint', descending: false, offset: 0, limit: 100,
    },
  }),
  command('POST /devices', 'device.provision', {
    summary: 'Make a device known before it registers',
  }),
  route('GET /devices/{endpoint}', 'device.detail', {
    summary: 'One device with its objects and their last values', output: device,
  }),
  command('PUT /devices/{endpoint}', 'device.describe', {
    summary: 'Name a device and tag it', defaults: { displayName: '', tags: [] },
  }),
  command('DELETE /devices/{endpoint}', 'device.forget', {
    summary: 'Forget a device and all that is stored of it',
  }),
  command('PUT /devices/{endpoint}/observations', 'device.setObserved', {
    summary: 'Switch one observation on or off, for good; told before the device has spoken: '
      + 'the outcome shows in its notObserving',
  }),
  command('PUT /devices/{endpoint}/wanted', 'device.declare', {
    summary: 'Declare what shall be so at this device', body: 'wanted',
  }),
];

const ASKED: readonly Success<OperationResult>[] = [
  {
    status: 200, description: 'It ended',
    fits: ({ operation: { status } }) => status === 'CONFIRMED' || status === 'FAILED',
  },
  {
    status: 202, description: 'It goes on; Location has its address',
    location: ({ operation: { id } }, { endpoint }) => operationAt(endpoint, id),
  },
];

const OPERATIONS: readonly Route[] = [
  route('POST /devices/{endpoint}/operations', 'operations.ask', {
    summary: 'Ask for an operation: 200 when it ended within ?wait=SECONDS, else 202',
    body: 'wish', bodyLimit: OPERATION_REQUEST_BYTES_MAX, defaults: { wait: 0 },
    output: operationResult, successes: ASKED,
  }),
  route('PUT /devices/{endpoint}/file', 'operations.writeFile', {
    summary: 'Write a file of at most 16 MB to an opaque resource, as an operation',
    body: 'file', takesFile: true, defaults: { wait: 0 }, output: operationResult, successes: ASKED,
  }),
  route('GET /devices/{endpoint}/operations', 'operations.list', {
    summary: 'Operations, newest first', defaults: { limit: 100 }, output: page(operation),
  }),
  route('GET /devices/{endpoint}/operations/{operation}', 'operations.get', {
    summary: 'One operation and what it brought; waits for its end for ?wait=SECONDS',
    defaults: { wait: 0 }, output: operationResult,
  }),
  command('DELETE /devices/{endpoint}/operations/{operation}', 'device.cancel', {
    summary: 'Take back an operation that has not left yet',
  }),
  route('GET /devices/{endpoint}/operations/{operation}/links', 'device.links', {
    summary: 'What one of the last Discover operations found', output: links,
  }),
  FILE_DOWNLOAD,
];

const ALERTS: readonly Route[] = [
  route('GET /alerts', 'alerts.open', { summary: 'What is raised, newest first', output: alerts }),
  route('GET /alerts/past', 'alerts.past', {
    summary: 'The last ones that were cleared, newest first', output: alerts,
  }),
  command('POST /alerts/{id}/acknowledge', 'alerts.acknowledge', {
    summary: 'Tell others that somebody sees to it',
  }),
  command('POST /alerts/{id}/mute', 'alerts.mute', {
    summary: 'Raise nothing of the same kind for so many seconds',
  }),
];

const HISTORY: readonly Route[] = [
  route('GET /telemetry', 'telemetry.values', {
    summary: 'Values in the order in which they were stored', output: values,
    defaults: { limit: 1_000 },
  }),
  route('GET /telemetry/buckets', 'telemetry.buckets', {
    summary: 'Numbers summed up by buckets of time', output: buckets,
    defaults: { aggregate: ['mean'] },
  }),
  ...DOWNLOADS,
  route('POST /sql', 'sql.query', {
    summary: 'One SELECT on the views for people: telemetry, device, event and others',
    output: sqlTable,
  }),
  route('GET /events', 'events.list', {
    summary: 'What happened, newest first', defaults: { limit: 100 }, output: page(event),
  }),
  route('GET /logs', 'logs.lines', {
    summary: 'What a device logged, newest first; without an endpoint, lines of nobody known',
    output: logLines, defaults: { endpoint: null, severity: 7, search: '', limit: 100 },
  }),
  LOG_DOWNLOAD,
  route('GET /refusals', 'fleet.refusals', {
    summary: 'Registrations that were turned down', output: refusals,
  }),
];

const WEBHOOKS: readonly Route[] = [
  route('GET /webhooks', 'webhooks.list', { summary: 'Webhooks', output: webhooks }),
  route('POST /webhooks', 'webhooks.make', {
    summary: 'Make a webhook; its secret is told only here', output: madeWebhook,
    successes: [{
      status: 201, description: 'It was made; Location has its address',
      location: ({ id }) => `/webhooks/${id}`,
    }],
  }),
  command('DELETE /webhooks/{webhook}', 'webhooks.remove', {
    summary: 'Remove a webhook and its log',
  }),
  route('GET /webhooks/{webhook}/deliveries', 'webhooks.deliveries', {
    summary: 'What was sent and how it went, newest first', defaults: { limit: 100 },
    output: page(delivery),
  }),
];

const SERVER: readonly Route[] = [
  route('GET /server', 'server.facts', {
    summary: 'Version, addresses and time of the server', output: serverFacts,
  }),
  route('GET /me', 'session.me', {
    summary: 'Who you are to the server; null without a token', output: me,
  }),
];

export const ROUTES: readonly Route[] = [
  ...DEVICES, ...OPERATIONS, ...ALERTS, ...HISTORY, ...WEBHOOKS, ...SERVER,
];

function operationAt(endpoint: Input[string], id: number): string {
  return `/devices/${encodeURIComponent(String(endpoint))}/operations/${id}`;
}
