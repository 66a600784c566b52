// The REST interface on a Fastify instance, under /rest/v1: each route calls its procedure, which
// checks role and input as it does for tRPC. Only what HTTP adds is here.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assert } from '../../result.ts';
import type { Caller, Context, Services } from '../context.ts';
import { errorOf, logUnforeseen, refuseAddress } from '../errors.ts';
import { admit, createCallerFactory } from '../procedure.ts';
import { appRouter } from '../router.ts';
import { takeFile } from './files.ts';
import { openApi, PREFIX } from './openapi.ts';
import { pageOf, STYLE } from './page.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { inputOf } from './request.ts';
import type { Input, Route } from './route.ts';
import { ROUTES } from './routes.ts';

const createCaller = createCallerFactory(appRouter);
type CallerOf = (request: FastifyRequest) => Caller;

export async function serveRest(
  app: FastifyInstance, services: Services, callerOf: CallerOf,
): Promise<void> {
  await app.register(async (scope) => {
    scope.setErrorHandler((thrown, request, reply) => {
      const error = errorOf(thrown);
      logUnforeseen(services.log, error, request.url.split('?')[0]);
      const body = problemOf(error);
      // RFC 6750 s3: what a client may try.
      if (body.status === 401) reply.header('www-authenticate', 'Bearer');
      return reply.code(body.status).type(PROBLEM_TYPE).send(body);
    });
    scope.setNotFoundHandler(refuseAddress);
    // The dashboard's files take each GET that nobody else does, and refuse in another form.
    scope.get('/*', refuseAddress);
    for (const route of ROUTES) {
      if (route.takesFile !== true) serveRoute(scope, services, callerOf, route);
    }
    await scope.register(async (files) => {
      // Whatever type a file is said to have, it is bytes, and they stay where they are.
      files.removeAllContentTypeParsers();
      files.addContentTypeParser('*', (_request, _body, done) => done(null));
      for (const route of ROUTES) {
        if (route.takesFile === true) serveRoute(files, services, callerOf, route);
      }
    });
    serveDescription(scope, services);
  }, { prefix: PREFIX });
}

function serveRoute(
  app: FastifyInstance, services: Services, callerOf: CallerOf, route: Route,
): void {
  const { method, path, audience, procedure, bodyLimit } = route;
  app.route({
    method, url: path.replace(/\{(\w+)\}/g, ':$1'),
    ...(bodyLimit !== undefined && { bodyLimit }),
    // Before the body is read.
    onRequest: async (request) => {
      admit({ accounts: services.accounts, caller: callerOf(request) }, audience, procedure);
    },
    handler: async (request, reply) => {
      const context: Context = { ...services, caller: callerOf(request) };
      const input = inputOf(route, request);
      if (route.download !== undefined) return route.download.send(context, input, reply);
      if (route.takesFile === true) return withFile(context, route, input, request, reply);
      return answer(reply, route, await call(context, procedure, input), input ?? {});
    },
  });
}

async function withFile(
  context: Context, route: Route, given: Input | undefined, request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { input, upload } = await takeFile(context, given, request);
  try {
    return answer(reply, route, await call(context, route.procedure, input), input);
  } finally {
    upload.release();
  }
}

async function call(
  context: Context, procedure: string, input: Input | undefined,
): Promise<unknown> {
  const [part = '', name = ''] = procedure.split('.');
  const parts = createCaller(context) as unknown as
    Readonly<Record<string, Readonly<Record<string, (input: unknown) => Promise<unknown>>>>>;
  return parts[part]?.[name]?.(input);
}

function answer(reply: FastifyReply, route: Route, body: unknown, input: Input): FastifyReply {
  const success = route.successes.find(({ fits }) => fits?.(body as never) ?? true);
  assert(success !== undefined, 'the last way to succeed always fits');
  reply.code(success.status);
  const location = success.location?.(body as never, input);
  if (location !== undefined) reply.header('location', PREFIX + location);
  if (route.output === undefined) return reply.send();
  // Fastify would send a text, or null, as it is.
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/** What the interface is, for everybody: it holds nothing of this server but its version. */
function serveDescription(app: FastifyInstance, { management }: Services): void {
  const document = openApi(ROUTES, management.facts().version);
  const page = pageOf(document);
  app.get('/openapi.json', async () => document);
  app.get('/style.css', async (_, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
  app.get('/', async (_, reply) => reply.type('text/html; charset=utf-8').send(page));
}
