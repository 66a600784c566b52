// What runs leave behind, over plain HTTP: a report to look at, files to download. Behind the same
// roles as the procedures, and under a policy of their own: a document of the lab may have styles
// inside, and nothing else, neither scripts nor anything to fetch.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Caller, Services } from './context.ts';
import { refuse } from './errors.ts';
import { runId, twoSides } from './inputs.ts';
import { RUN_FILES, type RunFile } from './lab.ts';
import { admit } from './procedure.ts';

const DOCUMENT_POLICY = "default-src 'none';style-src 'unsafe-inline';base-uri 'none';"
  + "frame-ancestors 'none';form-action 'none';sandbox";
const HTML = 'text/html; charset=utf-8';

const TYPES: Readonly<Record<RunFile, string>> = {
  'report.html': HTML,
  'result.json': 'application/json; charset=utf-8',
  'run.duckdb': 'application/octet-stream',
  'scenario.yaml': 'text/plain; charset=utf-8',
};

const fileOfRun = z.strictObject({ id: runId, file: z.enum(RUN_FILES) });

export function serveRunFiles(
  app: FastifyInstance, services: Services, callerOf: (request: FastifyRequest) => Caller,
): void {
  const { accounts, lab } = services;
  app.get('/files/runs/:id/:file', async (request, reply) => {
    admit({ accounts, caller: callerOf(request) }, 'viewer', 'lab.file');
    const asked = fileOfRun.safeParse(request.params);
    const found = asked.success ? lab.file(asked.data.id, asked.data.file) : undefined;
    const size = found && (await stat(found.path).catch(() => undefined))?.size;
    if (!asked.success || found === undefined || size === undefined) {
      return refuse('NOT_FOUND', 'This run has left no such file.');
    }
    const type = TYPES[asked.data.file];
    if (type !== HTML) {
      reply.header('content-disposition', `attachment; filename="${found.name}"`);
    }
    return answer(reply, type).header('content-length', size).send(createReadStream(found.path));
  });
  app.get('/files/comparison.html', async (request, reply) => {
    admit({ accounts, caller: callerOf(request) }, 'viewer', 'lab.compare');
    const sides = twoSides.safeParse(request.query);
    if (!sides.success) return refuse('BAD_REQUEST', 'Name two runs, as ?a=ID&b=ID.');
    const page = await lab.comparisonPage(sides.data.a, sides.data.b);
    if (!page.ok) return refuse('CONFLICT', page.reason);
    return answer(reply, HTML).send(page.value);
  });
}

function answer(reply: FastifyReply, type: string): FastifyReply {
  // A sandbox has an origin of its own; browsers complain when it asks for one once more.
  reply.raw.removeHeader('origin-agent-cluster');
  return reply.type(type).header('content-security-policy', DOCUMENT_POLICY);
}
