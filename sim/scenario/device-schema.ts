// What the devices of a fleet do in their own way: the operations that they answer with an error.

import { z } from 'zod';
import { fail, ok } from '../../core/result.ts';
import { OPERATIONS } from '../requests/operation.ts';
import { written } from './units.ts';

/** RFC 7252 s12.1: client and server errors. */
const code = written<number>((text) => {
  const [, kind, detail] = /^([45])\.([0-2]\d|3[01])$/.exec(text) ?? [];
  return kind === undefined ? fail(`"${text}" is no code of an error (use "4.05" or "5.00")`)
    : ok(Number(kind) << 5 | Number(detail));
}, String.raw`^[45]\.([0-2]\d|3[01])$`, 'a code in quotes like "4.05"');

/** By operation. */
export const refusals = z.strictObject(
  Object.fromEntries(OPERATIONS.map((operation) => [operation, code])),
).partial();
