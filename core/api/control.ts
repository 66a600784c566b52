// The control socket: the same API with the admin role for whoever may open the file DATA/
// control.sock, which only the server's own user may. Commands reach it by control-client.ts.

import { chmod, lstat, unlink } from 'node:fs/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Caller, Services } from './context.ts';
import { refuse } from './errors.ts';
import { serveTrpc } from './trpc.ts';

/** The kernel's limit for the name of a socket (sun_path) on Linux and macOS, less one. */
const PATH_BYTES_MAX = 103;

/** No user can have this name, so the audit tells them apart. */
const CALLER: Caller = {
  identity: { name: '(control socket)', role: 'admin', session: '', isToken: false },
  isLocal: true,
  address: 'control socket',
  agent: '',
  mayTryLogin: async () => true,
  logIn: async () => refuse('BAD_REQUEST', 'The control socket needs no login.'),
  logOut: async () => {},
};

/** Undefined when the path is too long for a socket: commands then need the server stopped. */
export async function listenOnControlSocket(
  services: Services, path: string,
): Promise<FastifyInstance | undefined> {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    services.log.warn('no control socket: its path is too long', { path });
    return undefined;
  }
  const app = Fastify({ logger: false, forceCloseConnections: true }) as FastifyInstance;
  await serveTrpc(app, services, () => CALLER);
  await removeStale(path);
  // From its first moment the file is its owner's alone.
  const mask = process.umask(0o177);
  try {
    await app.listen({ path });
  } finally {
    process.umask(mask);
  }
  await chmod(path, 0o600);
  return app;
}

/** The folder's lock is ours, so a socket found there belongs to a server that is gone. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSocket()) await unlink(path);
}
