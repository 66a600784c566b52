// Keys of devices as people give them to a command: in a file or by standard input, checked as the
// API checks them.

import type { ZodType } from 'zod';
import { key } from '../core/api/credential-input.ts';
import { contentGiven } from './given-file.ts';
import { UsageError } from './usage-error.ts';

/** Hexadecimal digits of a PSK. */
export function keyGiven(file: string): string {
  const digits = contentGiven('--key-file', file).toString('utf8').trim();
  const found = key.safeParse(digits);
  if (found.success) return digits;
  throw new UsageError(`--key-file "${file}": ${found.error.issues[0]?.message ?? 'has no key'}`);
}

/** What is wrong is said in one sentence. */
export function checked<Value>(schema: ZodType<Value>, given: unknown): Value {
  const found = schema.safeParse(given);
  if (found.success) return found.data;
  const [{ message, path } = { message: 'cannot be read', path: [] }] = found.error.issues;
  // Of what is wrong by a general rule the words have no subject.
  const hasSubject = !/^(is|cannot) /.test(message);
  throw new UsageError(hasSubject ? message : `the ${String(path.at(-1))} ${message}`);
}
