// The router on a Fastify instance, under /trpc; the same for HTTP and the control socket.

import {
  fastifyRequestHandler, fastifyTRPCPlugin, type FastifyTRPCPluginOptions,
} from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller, Services } from './context.ts';
import { LIST_BYTES_MAX } from './credential-list.ts';
import { logUnforeseen } from './errors.ts';
import { MODEL_REQUEST_BYTES_MAX, OPERATION_REQUEST_BYTES_MAX } from './inputs.ts';
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

/** What may be larger than all else that comes in, and who may send it. */
const LARGE = [
  { path: 'models.add', audience: 'admin', bodyLimit: MODEL_REQUEST_BYTES_MAX },
  { path: 'credentials.import', audience: 'admin', bodyLimit: 2 * LIST_BYTES_MAX },
  { path: 'device.request', audience: 'operator', bodyLimit: OPERATION_REQUEST_BYTES_MAX },
] as const;

function serveLarge(
  app: FastifyInstance, trpcOptions: TrpcOptions, services: Services,
  callerOf: (request: FastifyRequest) => Caller,
): void {
  // tRPC reads the JSON by itself.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  for (const { path, audience, bodyLimit } of LARGE) {
    // Before the body is read.
    const onRequest = async (request: FastifyRequest): Promise<void> => {
      admit({ accounts: services.accounts, caller: callerOf(request) }, audience, path);
    };
    app.post(`${PREFIX}/${path}`, { bodyLimit, onRequest }, (req, res) =>
      fastifyRequestHandler({ ...trpcOptions, req, res, path }));
  }
}
