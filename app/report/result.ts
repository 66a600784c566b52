// result.json as it is read again, by `compare` and the lab: checked, since the file may be half
// written, changed by hand, or of another version.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Unit } from '../../sim/expect.ts';
import { RESULT_FORMAT } from './files.ts';

const UNITS = [
  'share', 'count', 'milliseconds', 'joules per hour', 'millicoulombs',
] as const satisfies Unit[];
/** JSON has no undefined: it is left out, or null in a list. */
const perhaps = z.number().nullish().transform((value) => value ?? undefined);
const text = z.string();
/** A key of what is read, also when the file leaves it out. */
const optional = <Part extends z.ZodType>(part: Part) => (
  part.optional().transform((value) => value));
const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

const sample = z.object({
  at: z.number(), registered: list(z.number()), fewest: optional(list(z.number())),
  up: z.number(), down: z.number(),
  bytes: z.number(), lost: z.number(), backlog: z.number(), operations: z.number(),
  joules: list(perhaps), airtime: list(perhaps), charge: list(perhaps),
  latency: optional(z.object({ p50: z.number(), p95: z.number() })),
}).transform((read) => ({ ...read, fewest: read.fewest ?? read.registered }));

const resultSchema = z.object({
  format: z.literal(RESULT_FORMAT), scenario: text, seed: z.number(), duration: z.number(),
  isInterrupted: optional(z.boolean()),
  expectations: list(z.object({
    text, measured: perhaps, comparison: z.enum(['=', '<', '<=', '>', '>=']), bound: z.number(),
    unit: z.enum(UNITS), held: optional(z.boolean()),
  })),
  violations: list(z.object({ at: z.number(), oracle: text, what: text })),
  traceHash: optional(text),
  metrics: z.object({
    samples: list(sample).refine(({ length }) => length > 0),
    totals: list(z.object({ name: text, value: z.number(), unit: z.enum(UNITS) })),
  }),
  provenance: z.object({
    version: text, commit: optional(text), scenarioHash: optional(text),
  }),
});

/** What of a finished run is read again. */
export type ReadRun = z.infer<typeof resultSchema>;

/** The reason is the end of a sentence about the file. */
export async function readResult(file: string): Promise<Result<ReadRun>> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return fail('is no whole result of flownexus run: it cannot be read as JSON');
  }
  const { format } = z.object({ format: z.unknown() }).catch({ format: undefined }).parse(content);
  if (format === undefined) return fail('is no result of flownexus run, or of an older version');
  if (format !== RESULT_FORMAT) {
    return fail(`is of another version of flownexus: it has format ${JSON.stringify(format)}, and `
      + `this one reads ${RESULT_FORMAT}`);
  }
  const checked = resultSchema.safeParse(content);
  if (checked.success) return ok(checked.data);
  const where = checked.error.issues[0]?.path.join('.') ?? '';
  return fail(`is no whole result of flownexus run: ${where} is missing or wrong`);
}
