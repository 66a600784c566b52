// The router on a Fastify instance, under /trpc; the same for HTTP and the control socket.

import {
  fastifyRequestHandler, fastifyTRPCPlugin, type FastifyTRPCPluginOptions,
} from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller, Services } from './context.ts';
import { logUnforeseen } from './errors.ts';
import { MODEL_REQUEST_BYTES_MAX } from './inputs.ts';
import { admit } from './procedure.ts';
import { appRouter, type AppRouter } from './router.ts';

type TrpcOptions = FastifyTRPCPluginOptions<AppRouter>['trpcOptions'];

const PREFIX = '/trpc';
const BATCH_MAX = 20;

export async function serveTrpc(
  app: FastifyInstance, services: Services, callerOf: (request: FastifyRequest) => Caller,
): Promise<void> {
  const trpcOptions = {
    router: appRouter,
    maxBatchSize: BATCH_MAX,
    createContext: ({ req }) => ({ ...services, caller: callerOf(req) }),
    onError: ({ error, path }) => logUnforeseen(services.log, error, path),
  } satisfies TrpcOptions;
  await app.register(fastifyTRPCPlugin, { prefix: PREFIX, trpcOptions });
  await app.register(async (scope) => {
    serveLarge(scope, trpcOptions, services, callerOf);
  });
}

/** Models are larger than anything else that comes in, so only an admin may send so much. */
function serveLarge(
  app: FastifyInstance, trpcOptions: TrpcOptions, services: Services,
  callerOf: (request: FastifyRequest) => Caller,
): void {
  const path = 'models.add';
  // Before the body is read.
  app.addHook('onRequest', async (request) => {
    admit({ accounts: services.accounts, caller: callerOf(request) }, 'admin', path);
  });
  // tRPC reads the JSON by itself.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  app.post(`${PREFIX}/${path}`, { bodyLimit: MODEL_REQUEST_BYTES_MAX }, (req, res) =>
    fastifyRequestHandler({ ...trpcOptions, req, res, path }));
}
