// The HTTP face: headers, origin check, sessions by cookie, API tokens, /trpc, /rest, /healthz and
// the dashboard's files. What a procedure does and who may call it is not decided here.

import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import session from '@fastify/session';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { SESSION_LIFE_MAX } from './accounts.ts';
import type { Caller, Services } from './context.ts';
import { cookieSessions, hashOfSession, plainIds } from './cookie-sessions.ts';
import { bodyOf, errorOf, logUnforeseen, refuse, TOO_MANY_TRIES } from './errors.ts';
import { serveFiles } from './files.ts';
import { serveGateway } from './gateway/serve.ts';
import { serveLogFiles } from './log-files.ts';
import { serveMessageFiles } from './message-files.ts';
import { serveRest } from './rest/serve.ts';
import { serveRunFiles } from './run-files.ts';
import { serveTrpc } from './trpc.ts';

export interface HttpOptions {
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly uiFolder: string;
}

/** One address may try so many logins a minute. */
export const LOGINS_PER_MINUTE = 20;
const BODY_BYTES_MAX = 64 * 1_024;
const CONNECTIONS_MAX = 1_000;
const AGENT_LENGTH_MAX = 200;
/** A request must have arrived whole within so long. */
const REQUEST_MILLISECONDS_MAX = 30_000;

export async function buildHttp(
  services: Services, options: HttpOptions,
): Promise<FastifyInstance> {
  const { tls } = options;
  const app = Fastify({
    logger: false,
    // A live stream never ends by itself; a stopping server must not wait for it.
    forceCloseConnections: true,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MILLISECONDS_MAX,
    routerOptions: { maxParamLength: 1_000 },
    ...(tls && { https: { cert: tls.cert, key: tls.key } }),
  }) as FastifyInstance;
  app.server.maxConnections = CONNECTIONS_MAX;
  await app.register(helmet, headersFor(tls !== undefined));
  app.addHook('onRequest', async (request) => refuseOtherSites(request, tls !== undefined));
  app.addHook('onResponse', async (request, reply) => {
    const [path] = request.url.split('?');
    services.log.debug('request', {
      method: request.method, path, status: reply.statusCode, milliseconds: reply.elapsedTime,
    });
  });
  app.setErrorHandler((thrown, request, reply) => {
    const error = errorOf(thrown);
    logUnforeseen(services.log, error, request.url.split('?')[0]);
    const body = bodyOf(error);
    return reply.code(body.error.data.httpStatus).send(body);
  });
  app.get('/healthz', async (_request, reply) => {
    const http = services.addresses();
    reply.header('cache-control', 'no-store');
    if (http.length === 0) return reply.code(503).send({ status: 'starting' });
    const { coap, syslog } = services.management.facts();
    return { status: 'up', http, coap, syslog };
  });
  await app.register((scope) => serveProcedures(scope, services, tls !== undefined));
  await serveFiles(app, options.uiFolder);
  await app.ready();
  return app;
}

/** Cookies and sessions live in this scope alone: files and /healthz need none. */
async function serveProcedures(
  app: FastifyInstance, services: Services, isSecure: boolean,
): Promise<void> {
  const attributes = { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure } as const;
  await app.register(cookie, { parseOptions: attributes });
  await app.register(session, {
    secret: plainIds,
    // The prefix makes browsers insist on Secure, on this very host and on the whole path.
    cookieName: isSecure ? '__Host-flownexus' : 'flownexus',
    cookie: { ...attributes, maxAge: SESSION_LIFE_MAX },
    store: cookieSessions(services.accounts),
    saveUninitialized: false,
    rolling: false,
  });
  await app.register(rateLimit, { global: false });
  const tries = app.createRateLimit({ max: LOGINS_PER_MINUTE, timeWindow: 60_000 });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  const mayTry = async (request: FastifyRequest): Promise<boolean> => {
    const tried = await tries(request);
    return tried.isAllowed || !tried.isExceeded;
  };
  app.addHook('onRequest', async (request) => {
    const secret = bearerOf(request);
    if (secret === undefined || services.tokens.identify(secret) !== undefined) return;
    if (!await mayTry(request)) refuse('TOO_MANY_REQUESTS', TOO_MANY_TRIES);
    refuse('UNAUTHORIZED', 'This token is unknown, was revoked or has expired.');
  });
  const caller = (request: FastifyRequest): Caller =>
    callerOf(request, services, () => mayTry(request));
  await serveTrpc(app, services, caller);
  await serveRest(app, services, caller);
  await serveGateway(app, services, caller);
  serveRunFiles(app, services, caller);
  serveLogFiles(app, services, caller);
  serveMessageFiles(app, services, caller);
}

function callerOf(
  request: FastifyRequest, { accounts, tokens }: Services, mayTryLogin: () => Promise<boolean>,
): Caller {
  const address = request.ip;
  const agent = (request.headers['user-agent'] ?? '').slice(0, AGENT_LENGTH_MAX);
  const secret = bearerOf(request);
  if (secret !== undefined) {
    const notByToken = async () => refuse('BAD_REQUEST', 'A token needs no login.');
    return {
      identity: tokens.identify(secret), isLocal: false, address, agent, mayTryLogin,
      logIn: notByToken, logOut: notByToken,
    };
  }
  return {
    identity: accounts.identify(hashOfSession(request.session.sessionId)),
    isLocal: false, address, agent, mayTryLogin,
    async logIn(name, by) {
      // A new id, so that an id planted before the login is worth nothing after it.
      await request.session.regenerate();
      request.session.login = { name, by, address, agent };
      await request.session.save();
    },
    async logOut() {
      await request.session.regenerate();
    },
  };
}

/** RFC 6750 s2.1. A request that has it is judged by it alone, whatever cookie came along. */
function bearerOf(request: FastifyRequest): string | undefined {
  const found = /^Bearer(?: (.*))?$/i.exec(request.headers.authorization ?? '');
  return found === null ? undefined : found[1]?.trim() ?? '';
}

/** RFC 6454: browsers name the page a changing request comes from; only our own may send one. */
function refuseOtherSites(request: FastifyRequest, isSecure: boolean): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  // No other site can make a browser send a token that it does not have.
  if (bearerOf(request) !== undefined) return;
  const { origin, host } = request.headers;
  const from = URL.canParse(origin ?? '') ? new URL(origin ?? '') : undefined;
  const isOwn = from !== undefined && from.host === host
    && (from.protocol === 'https:' || !isSecure);
  if (isOwn) return;
  refuse('FORBIDDEN', origin === undefined
    ? 'A request that changes something needs a token, or the Origin that browsers send.'
    : 'This request comes from another site.');
}

function headersFor(isSecure: boolean) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        // Forms are sent by script; a password must never end up in a URL when that fails.
        formAction: ["'none'"],
        ...(isSecure && { upgradeInsecureRequests: [] }),
      },
    },
    strictTransportSecurity: isSecure && { maxAge: 15_552_000 },
    // Browsers complain about this one on plain HTTP.
    crossOriginOpenerPolicy: isSecure,
    frameguard: { action: 'deny' as const },
    referrerPolicy: { policy: 'no-referrer' as const },
  };
}
