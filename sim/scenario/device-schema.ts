// What the devices of a fleet do in their own way: the operations that they answer with an error,
// and what they send without being asked.

import { z } from 'zod';
import type { Milliseconds } from '../../core/ports.ts';
import { fail, ok } from '../../core/result.ts';
import { OPERATIONS } from '../requests/operation.ts';
import { duration, formatDuration, written } from './units.ts';

/** RFC 7252 s12.1: client and server errors. */
const code = written<number>((text) => {
  const [, kind, detail] = /^([45])\.([0-2]\d|3[01])$/.exec(text) ?? [];
  return kind === undefined ? fail(`"${text}" is no code of an error (use "4.05" or "5.00")`)
    : ok(Number(kind) << 5 | Number(detail));
}, String.raw`^[45]\.([0-2]\d|3[01])$`, 'a code in quotes like "4.05"');

/** In one Send. */
export const RECORDS_MAX = 100;
const MEASURE_LEAST: Milliseconds = 1000;

export const sendPlan = z.strictObject({
  every: duration.describe('How often the devices send'),
  keep: z.number().int().min(1).max(RECORDS_MAX).default(1)
    .describe('How often they measure in this time, and how many records they keep'),
  format: z.enum(['senml-cbor', 'senml-json']).default('senml-cbor'),
}).superRefine(({ every, keep }, context) => {
  if (every / keep >= MEASURE_LEAST) return;
  const least = formatDuration(keep * MEASURE_LEAST);
  context.addIssue(`that is more than a measurement each second (use every: ${least})`);
});

/** By operation. */
export const refusals = z.strictObject(
  Object.fromEntries(OPERATIONS.map((operation) => [operation, code])),
).partial();
