// The interface of the reference server, on a port of its own: scripts that were written for that
// server find its paths, statuses and events here. It has no login, so only what runs on this
// machine, or where somebody let it in, may ask; pages of other sites may not.

import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { isIP } from 'node:net';
import type { Services } from '../context.ts';
import { OPERATION_REQUEST_BYTES_MAX } from '../inputs.ts';
import { serveClients } from './clients.ts';
import { Events } from './events.ts';
import { objectSpecs } from './object-specs.ts';
import { parametersOf } from './parameters.ts';
import { PlainError, refuse } from './plain-error.ts';
import { REQUESTED_BY, Requests } from './requests.ts';
import { targetOf, type Compat } from './target.ts';

/** What of the services it needs. */
export interface CompatServices extends Pick<Services, 'management' | 'models' | 'clock' | 'log'> {
  readonly accounts: Pick<Services['accounts'], 'audit'>;
}

const CONNECTIONS_MAX = 1_000;
/** A request must have arrived whole within so long. */
const REQUEST_MILLISECONDS_MAX = 30_000;

export async function buildCompat(services: CompatServices): Promise<FastifyInstance> {
  const { management, models, clock, log, accounts } = services;
  const events = new Events(management, clock);
  const requests = new Requests(management, clock, (late) => events.tellLate(late));
  const compat: Compat = {
    management, models, requests, events,
    audit: (action, detail) => accounts.audit(REQUESTED_BY, action, detail),
  };
  const app = Fastify({
    logger: false,
    // A look at the headers of an answer must not ask a device for it.
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    bodyLimit: OPERATION_REQUEST_BYTES_MAX,
    requestTimeout: REQUEST_MILLISECONDS_MAX,
    routerOptions: { maxParamLength: 1_000 },
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  // What a body is depends on the route, so that all come in as text.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: FastifyRequest,
    body: string) => body);
  app.addHook('onRequest', async (request, reply) => {
    refuseStrangers(request);
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  });
  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = plain(error);
    if (!(error instanceof PlainError) && status >= 500) {
      log.error('a request failed', { reason: (error as Error).stack });
    }
    return reply.code(status).type('text/plain; charset=utf-8').send(message);
  });
  app.setNotFoundHandler(() => refuse(404, 'Not found'));
  app.addHook('preClose', async () => {
    events.close();
    requests.close();
  });
  serveClients(app, compat);
  serveRest(app, compat);
  await app.ready();
  return app;
}

/** What is not about one client's resources. */
function serveRest(app: FastifyInstance, compat: Compat): void {
  app.get('/api/objectspecs/:endpoint', (request, reply) => (
    reply.send(objectSpecs(compat, targetOf(compat, request)))
  ));
  app.get('/api/server/endpoint', (_request, reply) => (
    reply.send(compat.management.facts().coap.map(endpointJson))
  ));
  app.get('/api/event', (request, reply) => {
    if (request.headers.accept?.includes('text/event-stream') !== true) {
      return refuse(405, 'The events are a stream: ask with Accept: text/event-stream');
    }
    compat.events.open(reply.raw, parametersOf(request).ep);
    reply.hijack();
  });
}

function endpointJson(full: string): object {
  const { hostname: host, port } = new URL(full);
  return { uri: { full, scheme: 'coap', host, port: Number(port) }, description: 'CoAP over UDP' };
}

/**
 * A page of another site must not reach us through a name that it lets point here (DNS rebinding),
 * so the host is asked for by its address; nor may it ask in its visitor's name.
 */
function refuseStrangers({ headers }: FastifyRequest): void {
  const { host = '', origin, 'sec-fetch-site': site = 'none' } = headers;
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (name !== 'localhost' && isIP(name) === 0) {
    refuse(403, 'Name this server by its address: the Host header says something else');
  }
  const isOwn = origin === undefined || origin === `http://${host}`;
  if (!isOwn || (site !== 'none' && site !== 'same-origin')) {
    refuse(403, 'This request comes from another site');
  }
}

function plain(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof PlainError) return error;
  const { statusCode = 500 } = error as { readonly statusCode?: number };
  return statusCode < 500 ? { status: statusCode, message: 'Invalid request' }
    : { status: 500, message: 'Unexpected exception: the log of the server says more' };
}
