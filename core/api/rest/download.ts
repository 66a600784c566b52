// What is answered as a file: telemetry as CSV (RFC 4180) or Parquet, of more rows than an answer
// in JSON may have, and logs as text.

import type { FastifyReply } from 'fastify';
import { TRPCError } from '@trpc/server';
import type { z } from 'zod';
import type { ExportFormat, History } from '../../store/database.ts';
import { EXPORT_ROWS_MAX } from '../../store/exports.ts';
import { bucketsFileStatement, valuesFileStatement } from '../../store/telemetry.ts';
import type { Context } from '../context.ts';
import { answered } from '../errors.ts';
import { logFile, telemetryBuckets, telemetrySpan } from '../inputs.ts';
import { LOG_TYPE, sendLog } from '../log-files.ts';
import { spanOf } from '../telemetry.ts';
import { jsonSchema, type Input, type Route } from './route.ts';

/** One more than a file may have tells that there are more. */
const ROWS = EXPORT_ROWS_MAX + 1;

const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

export const FILE: Route['successes'] = [{ status: 200, description: 'A file' }];

/** What a route needs that answers with a file. */
export interface Download {
  readonly type: string;
  send(ctx: Context, input: Input | undefined, reply: FastifyReply): Promise<FastifyReply>;
}

export const DOWNLOADS: readonly Route[] = (['csv', 'parquet'] as const).flatMap((format) => [
  download('telemetry', format, telemetrySpan, 'Values',
    (ctx, input) => valuesFileStatement(spanOf(ctx, input), ROWS)),
  download('telemetry/buckets', format, telemetryBuckets, 'Buckets',
    (ctx, input) => bucketsFileStatement(spanOf(ctx, input), input.bucket, input.aggregate, ROWS)),
]);

export const LOG_DOWNLOAD: Route = {
  method: 'GET', path: '/logs.txt', procedure: 'logs.lines', audience: 'viewer',
  summary: 'The log of a device as a text, oldest line first',
  input: jsonSchema(logFile, 'input'), output: undefined, successes: FILE,
  download: {
    type: LOG_TYPE,
    send: async (ctx, input, reply) => sendLog(ctx, checked(logFile, input), reply),
  },
};

function download<Schema extends z.ZodType>(
  name: string, format: ExportFormat, schema: Schema, what: string,
  statement: (ctx: Context, input: z.output<Schema>) => History,
): Route {
  const type = TYPES[format];
  return {
    method: 'GET', path: `/${name}.${format}`, procedure: 'telemetry.values', audience: 'viewer',
    summary: `${what} as ${format === 'csv' ? 'CSV' : 'Parquet'}, up to ${EXPORT_ROWS_MAX} rows`,
    input: jsonSchema(schema, 'input'), output: undefined, successes: FILE,
    download: {
      type,
      async send(ctx, input, reply) {
        const asked = statement(ctx, checked(schema, input));
        const { bytes, content } = answered(await ctx.exports.make(asked, format));
        const file = `${name.replace('/', '-')}.${format}`;
        return reply.type(type).header('content-length', bytes)
          .header('content-disposition', `attachment; filename="${file}"`).send(content);
      },
    },
  };
}

export function checked<Schema extends z.ZodType>(
  schema: Schema, input: Input | undefined,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error });
  return parsed.data;
}
