// The router on a Fastify instance, under /trpc; the same for HTTP and the control socket.

import {
  fastifyTRPCPlugin, type FastifyTRPCPluginOptions,
} from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller, Services } from './context.ts';
import { logUnforeseen } from './errors.ts';
import { appRouter, type AppRouter } from './router.ts';

const BATCH_MAX = 20;

export async function serveTrpc(
  app: FastifyInstance, services: Services, callerOf: (request: FastifyRequest) => Caller,
): Promise<void> {
  await app.register(fastifyTRPCPlugin, {
    prefix: '/trpc',
    trpcOptions: {
      router: appRouter,
      maxBatchSize: BATCH_MAX,
      createContext: ({ req }) => ({ ...services, caller: callerOf(req) }),
      onError: ({ error, path }) => logUnforeseen(services.log, error, path),
    },
  } satisfies FastifyTRPCPluginOptions<AppRouter>);
}
