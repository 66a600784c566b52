// The dashboard's files. Names with a content hash may be kept for ever, everything else is asked
// for again each time; every other page address gets index.html, which routes by itself.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import files from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { refuseAddress } from './errors.ts';

/** What the build names by content: `assets/index-B3xY9_aQ.js`, `build/q-Dk2f81aZ.js`. */
const HASHED = /[-.][\w-]{8}\.\w+$/;
const FOR_EVER = 'public, max-age=31536000, immutable';

export async function serveFiles(app: FastifyInstance, folder: string): Promise<void> {
  const root = resolve(folder);
  const isBuilt = existsSync(join(root, 'index.html'));
  if (isBuilt) {
    await app.register(files, {
      root,
      dotfiles: 'ignore',
      // Else the plugin's own header would win over setHeaders.
      cacheControl: false,
      setHeaders: (response, path) => {
        response.setHeader('cache-control', HASHED.test(path) ? FOR_EVER : 'no-cache');
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    // Only a person going to an address asks for HTML; a script that is gone must not get any.
    const isPage = request.method === 'GET' && !/^\/(trpc|rest|files)\//.test(request.url)
      && (request.headers.accept ?? '').includes('text/html');
    if (!isPage) refuseAddress();
    return isBuilt ? page(reply) : notBuilt(reply);
  });
}

function page(reply: FastifyReply): FastifyReply {
  return reply.sendFile('index.html');
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply.code(404).type('text/plain; charset=utf-8')
    .send('The dashboard is not built; run "npm run build".\n');
}
