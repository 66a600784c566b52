// Files that operations bring to devices and fetch from them: each is streamed between the request
// and the disk, and never whole in memory.

import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { BODY_BYTES_MAX, longerThan } from '../../coap/body.ts';
import { findDevice } from '../asking.ts';
import type { Context } from '../context.ts';
import { refuse } from '../errors.ts';
import { fileOfOperation, fileWrite } from '../inputs.ts';
import type { ReadFile, Upload } from '../management.ts';
import { checked, FILE } from './download.ts';
import { jsonSchema, type Input, type Route } from './route.ts';

export const FILE_TYPE = 'application/octet-stream';
const PART_BYTES = 65_536;

export const FILE_DOWNLOAD: Route = {
  method: 'GET', path: '/devices/{endpoint}/operations/{operation}/file',
  procedure: 'operations.get', audience: 'viewer',
  summary: 'What a Read brought into a file; kept for an hour, while there is room',
  input: jsonSchema(fileOfOperation, 'input'), output: undefined, successes: FILE,
  download: {
    type: FILE_TYPE,
    async send(ctx, input, reply) {
      const { endpoint, operation } = checked(fileOfOperation, input);
      findDevice(ctx, endpoint);
      const file = ctx.management.readFile(endpoint, operation)
        ?? refuse('NOT_FOUND', 'There is no such file, or no longer.');
      return reply.type(FILE_TYPE).header('content-length', file.length)
        .header('content-disposition', `attachment; filename="operation-${operation}.bin"`)
        .send(Readable.from(partsOf(file), { objectMode: false, highWaterMark: PART_BYTES }));
    },
  },
};

/** The rest of the input, and the file that comes with the request, on the disk. */
export async function takeFile(
  ctx: Context, input: Input | undefined, request: FastifyRequest,
): Promise<{ readonly input: Input; readonly upload: Upload }> {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (Number.isNaN(length)) refuse('BAD_REQUEST', 'The request must say its Content-Length.');
  if (length > BODY_BYTES_MAX) {
    refuse('PAYLOAD_TOO_LARGE', `The file ${longerThan(BODY_BYTES_MAX)}.`);
  }
  const { endpoint, path, isForced } = checked(fileWrite, { ...input, file: { name: '', length } });
  findDevice(ctx, endpoint);
  const begun = ctx.management.upload(endpoint, path, length, isForced);
  if (!begun.ok) return refuse('CONFLICT', begun.reason);
  const upload = begun.value;
  try {
    const obstacle = await received(request.raw, upload)
      ?? await new Promise<string | undefined>((resolve) => upload.seal(resolve));
    if (obstacle !== undefined) refuse('CONFLICT', `The file ${obstacle}.`);
  } catch (error) {
    upload.release();
    throw error;
  }
  return { input: { ...input, file: { name: upload.name, length } }, upload };
}

/** After an obstacle the rest is read and thrown away: else the sender never hears of it. */
async function received(body: Readable, upload: Upload): Promise<string | undefined> {
  let obstacle: string | undefined;
  body.on('data', (part: Uint8Array) => { obstacle ??= upload.append(part); });
  try {
    await once(body, 'end');
  } catch {
    return 'did not arrive whole';
  }
  return obstacle;
}

function* partsOf(file: ReadFile): Generator<Uint8Array> {
  for (let at = 0; at < file.length; at += PART_BYTES) {
    const part = file.read(at, Math.min(at + PART_BYTES, file.length));
    // The answer has begun: all that is left is to break it off.
    if (part === undefined) throw new Error('the file had to make room');
    yield part;
  }
}
