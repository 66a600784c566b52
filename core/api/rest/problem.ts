// Errors as RFC 9457 has them: the same status and sentence that tRPC gives, in its own words.

import { STATUS_CODES } from 'node:http';
import type { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { shapeOf } from '../errors.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export const problem = z.object({
  type: z.literal('about:blank'),
  title: z.string().describe('The name of the status'),
  status: z.number().int(),
  detail: z.string().describe('One sentence about what was wrong'),
  reference: z.string().optional().describe('Under which the server\'s log has the reason'),
});

export function problemOf(error: TRPCError): z.output<typeof problem> {
  const { message, data } = shapeOf(error);
  const { httpStatus: status, code, ...reference } = data;
  return {
    type: 'about:blank', title: STATUS_CODES[status] ?? code, status, detail: message,
    ...reference,
  };
}
