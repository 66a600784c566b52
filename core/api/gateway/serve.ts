// Where gateways that kept devices for an older server post what these say, and where its pages got
// the values of one kind of resource: the same addresses and forms, behind a token.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { durable } from '../asking.ts';
import type { Caller, Services } from '../context.ts';
import { errorOf, logUnforeseen, refuseAddress, shapeOf } from '../errors.ts';
import type { GatewayReport } from '../management.ts';
import { admit } from '../procedure.ts';
import type { Audience } from '../roles.ts';
import { dataOf } from './data.ts';
import { compositePost, compositeReport, singlePost, singleReport } from './payload.ts';

const PREFIX = '/leshan_api';
/** Objects with many instances in one post. */
const BODY_BYTES_MAX = 1024 * 1024;

export async function serveGateway(
  app: FastifyInstance, services: Services, callerOf: (request: FastifyRequest) => Caller,
): Promise<void> {
  const only = (audience: Audience) => async (request: FastifyRequest): Promise<void> =>
    admit({ accounts: services.accounts, caller: callerOf(request) }, audience, 'gateway');
  const report = { bodyLimit: BODY_BYTES_MAX, onRequest: only('operator') };
  await app.register(async (scope) => {
    scope.setErrorHandler((thrown, request, reply) => {
      const error = errorOf(thrown);
      logUnforeseen(services.log, error, request.url.split('?')[0]);
      const { message, data } = shapeOf(error);
      return reply.code(data.httpStatus).send({ detail: message });
    });
    scope.setNotFoundHandler(refuseAddress);
    // As in rest/serve.ts.
    scope.get('/*', refuseAddress);
    scope.post('/resource/single', report, (request, reply) =>
      take(services, request, reply, singlePost, singleReport));
    scope.post('/resource/composite', report, (request, reply) =>
      take(services, request, reply, compositePost, compositeReport));
    scope.get('/data/:name/', { onRequest: only('viewer') }, async (request, reply) => {
      const { name } = request.params as { readonly name: string };
      const found = await dataOf(services.db, name);
      return found ?? reply.code(404).send({ error: `${name} not found` });
    });
  }, { prefix: PREFIX });
}

async function take<Post extends { readonly ep: string }>(
  { management }: Services, request: FastifyRequest, reply: FastifyReply, schema: z.ZodType<Post>,
  reportOf: (post: Post) => GatewayReport,
): Promise<FastifyReply> {
  const parsed = schema.safeParse(request.body ?? {});
  if (!parsed.success) return reply.code(400).send(problemsOf(parsed.error));
  const done = management.report(parsed.data.ep, reportOf(parsed.data));
  if (!done.ok) return reply.code(400).send({ ep: [done.reason] });
  // A gateway that hears nothing tells it once more: what it was told is kept.
  await durable(management, done.value);
  return reply.code(201).send(parsed.data);
}

interface Problems {
  [field: string]: string[] | Problems;
}

/** What is wrong, by field, in the form that such gateways know. */
function problemsOf({ issues }: z.ZodError): Problems {
  const problems = Object.create(null) as Problems;
  for (const { path, message } of issues) {
    const [field = 'non_field_errors', ...above] = path.map(String).reverse();
    let at = problems;
    for (const name of above.reverse()) {
      const below = at[name];
      at = below === undefined || Array.isArray(below)
        ? at[name] = Object.create(null) as Problems : below;
    }
    at[field] = [message];
  }
  return problems;
}
