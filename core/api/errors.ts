// Errors as people read them: one calm sentence each. What we did not foresee is only named by a
// reference; the log has the rest under the same reference.

import { randomBytes } from 'node:crypto';
import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { ZodError } from 'zod';
import type { Log } from '../ports.ts';
import { unreachable, type Result } from '../result.ts';
import type { Unanswered } from '../store/database.ts';

export const TOO_MANY_TRIES = 'Too many tries from this address; wait a minute.';

const references = new WeakMap<TRPCError, string>();

/** The reference of an unforeseen error; undefined for those that say themselves what is wrong. */
export function referenceOf(error: TRPCError): string | undefined {
  if (error.code !== 'INTERNAL_SERVER_ERROR') return undefined;
  let reference = references.get(error);
  if (reference === undefined) references.set(error, reference = randomBytes(5).toString('hex'));
  return reference;
}

export function sentenceOf(error: TRPCError): string {
  const reference = referenceOf(error);
  if (reference !== undefined) return unforeseen(reference);
  if (error.cause instanceof ZodError) return inputSentence(error.cause);
  // tRPC puts the code itself where no message was given.
  if (error.message === 'UNAUTHORIZED') return 'Please log in.';
  if (error.message === 'FORBIDDEN') return 'Your role does not allow this.';
  // A body that is no JSON: the parser's words are no help and may quote the body.
  if (error.cause instanceof SyntaxError) return 'The request is not valid JSON.';
  return error.message;
}

/** Ends a procedure with a sentence for the person who called it. */
export function refuse(code: TRPCError['code'], sentence: string): never {
  throw new TRPCError({ code, message: sentence });
}

/** Where an address leads to nothing. */
export function refuseAddress(): never {
  return refuse('NOT_FOUND', 'There is nothing here.');
}

/** The answer of the database, or the end of the procedure with what it says instead. */
export function answered<Answer>(result: Result<Answer, Unanswered>): Answer {
  if (result.ok) return result.value;
  const { kind, sentence } = result.reason;
  switch (kind) {
    case 'busy': return refuse('SERVICE_UNAVAILABLE', sentence);
    case 'too much': return refuse('UNPROCESSABLE_CONTENT', sentence);
    case 'refused': return refuse('BAD_REQUEST', sentence);
    default: return unreachable(kind);
  }
}

/** An error as callers get it, the same from tRPC and from what stands before it. */
export function shapeOf(error: TRPCError) {
  const data = { code: error.code, httpStatus: getHTTPStatusCodeFromError(error) };
  const reference = referenceOf(error);
  return {
    message: sentenceOf(error),
    code: TRPC_ERROR_CODES_BY_KEY[error.code],
    data: reference === undefined ? data : { ...data, reference },
  };
}

export function bodyOf(error: TRPCError) {
  return { error: shapeOf(error) };
}

/** What Fastify and its plugins throw, as one of ours. */
export function errorOf(thrown: unknown): TRPCError {
  if (thrown instanceof TRPCError) return thrown;
  const status = (thrown as { readonly statusCode?: number }).statusCode ?? 500;
  if (status >= 500) return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: thrown });
  switch (status) {
    case 413:
      return new TRPCError({ code: 'PAYLOAD_TOO_LARGE', message: 'The request is too large.' });
    case 415:
      return new TRPCError({ code: 'UNSUPPORTED_MEDIA_TYPE', message: 'Requests must be JSON.' });
    default:
      return new TRPCError({ code: 'BAD_REQUEST', message: 'The request is not valid.' });
  }
}

function unforeseen(reference: string): string {
  return `Something went wrong on the server; its log has the reason under ${reference}.`;
}

/** Writes an unforeseen error to the log. Inputs are left out: they may hold passwords. */
export function logUnforeseen(log: Log, error: TRPCError, procedure: string | undefined): void {
  const reference = referenceOf(error);
  if (reference === undefined) return;
  const cause = error.cause ?? error;
  log.error('a request failed', { reference, procedure, reason: cause.stack ?? cause.message });
}

function inputSentence(error: ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'The input is not valid.';
  const where = issue.path.map(String).join('.');
  // Of a key the schema of keys says what would be right.
  const what = issue.code === 'invalid_key' ? issue.issues[0]?.message ?? issue.message
    : issue.message;
  const subject = where === '' ? 'The input' : `"${where}"`;
  return `${subject} ${what.startsWith('is ') ? what : `is not valid: ${what}`}.`;
}
