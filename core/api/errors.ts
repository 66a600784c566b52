// Errors as people read them: one calm sentence each. What we did not foresee is only named by a
// reference; the log has the rest under the same reference.

import { randomBytes } from 'node:crypto';
import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import type { Log } from '../ports.ts';

const references = new WeakMap<TRPCError, string>();

/** The reference of an unforeseen error; undefined for those that say themselves what is wrong. */
export function referenceOf(error: TRPCError): string | undefined {
  if (error.code !== 'INTERNAL_SERVER_ERROR') return undefined;
  let reference = references.get(error);
  if (reference === undefined) references.set(error, reference = newReference());
  return reference;
}

export function sentenceOf(error: TRPCError): string {
  const reference = referenceOf(error);
  if (reference !== undefined) return unforeseen(reference);
  if (error.cause instanceof ZodError) return inputSentence(error.cause);
  // tRPC puts the code itself where no message was given.
  if (error.code === 'UNAUTHORIZED') return 'Please log in.';
  if (error.code === 'FORBIDDEN' && error.message === 'FORBIDDEN') {
    return 'Your role does not allow this.';
  }
  // A body that is no JSON: the parser's words are no help and may quote the body.
  if (error.cause instanceof SyntaxError) return 'The request is not valid JSON.';
  return error.message;
}

export function newReference(): string {
  return randomBytes(5).toString('hex');
}

export function unforeseen(reference: string): string {
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
  return where === '' ? `Not valid: ${issue.message}.` : `"${where}" is not valid: ${issue.message}.`;
}
