// What a device logged as a text file, over plain HTTP: the oldest line first, page by page, so
// that a file of any length takes no memory. Behind the same role as the pages of the dashboard.

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Database } from '../store/database.ts';
import { logPage, type LogFilter, type StoredLogRow } from '../store/device-log.ts';
import { SEVERITIES } from '../syslog/message.ts';
import type { Caller, Services } from './context.ts';
import { refuse } from './errors.ts';
import { logFile } from './inputs.ts';
import type { Management } from './management.ts';
import { admit } from './procedure.ts';

/** Lines read from the database at once. */
export const FILE_PAGE = 2_000;
export const LOG_TYPE = 'text/plain; charset=utf-8';
const NOTHING = '-';

export function serveLogFiles(
  app: FastifyInstance, services: Services, callerOf: (request: FastifyRequest) => Caller,
): void {
  const { accounts } = services;
  app.get('/files/log.txt', async (request, reply) => {
    admit({ accounts, caller: callerOf(request) }, 'viewer', 'logs.file');
    const asked = logFile.safeParse(request.query);
    if (!asked.success) return refuse('BAD_REQUEST', 'Ask like ?endpoint=NAME&severity=4.');
    return sendLog(services, asked.data, reply);
  });
}

export function sendLog(
  { management, db }: Pick<Services, 'management' | 'db'>,
  { endpoint, severity, search }: z.output<typeof logFile>, reply: FastifyReply,
): FastifyReply {
  const device = loggingDevice(management, endpoint ?? null);
  const name = (endpoint ?? 'unmatched').replace(/[^\w.-]/g, '_');
  return reply.type(LOG_TYPE)
    .header('content-disposition', `attachment; filename="${name}.log"`)
    .send(Readable.from(pages(db, { device, severity, search })));
}

/** The device's number; undefined for null, the lines of nobody knows which device. */
export function loggingDevice(
  management: Management, endpoint: string | null,
): number | undefined {
  if (endpoint === null) return undefined;
  return management.device(endpoint)?.row.id ?? refuse('NOT_FOUND', 'There is no such device.');
}

/** To the line that is the newest at the start: who logs on must not keep the file from ending. */
async function* pages(db: Database, filter: LogFilter): AsyncGenerator<string, void> {
  const { last } = await logPage(db, filter, { order: 'newest first', limit: 1 });
  for (let after = 0;;) {
    const { rows } = await logPage(db, filter,
      { after, before: last + 1, order: 'oldest first', limit: FILE_PAGE });
    const end = rows.at(-1);
    if (end === undefined) return;
    after = end.id;
    yield rows.map(lineOf).join('');
  }
}

/** Fields between tabs, of which a text has none. */
function lineOf(row: StoredLogRow): string {
  const fields = [
    isoTime(row.receiveTime), row.deviceTime === undefined ? NOTHING : isoTime(row.deviceTime),
    row.source || NOTHING, SEVERITIES[row.severity], row.module || NOTHING, row.text,
  ];
  return `${fields.join('\t')}\n`;
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
