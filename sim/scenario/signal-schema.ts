// What simulated sensors measure, as a file describes it: a value that stays, a shape over time, a
// recorded series from a CSV file beside the scenario.

import { z } from 'zod';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { SignalPlan } from './model.ts';
import { duration, parseDuration, time } from './units.ts';

/** The text of a file named in the scenario; undefined when it cannot be read. */
export type ReadText = (path: string) => string | undefined;

const DAY: Milliseconds = 86_400_000;
const POINTS_MAX = 100_000;

/** `end` is the end of the run: a ramp takes that long unless it says otherwise. */
export function signalPlan(readText: ReadText | undefined, end: Milliseconds | undefined) {
  const shape = z.discriminatedUnion('signal', [
    z.strictObject({
      signal: z.literal('constant'), value: z.union([z.number(), z.string(), z.boolean()]),
    }),
    z.strictObject({
      signal: z.literal('sine'), mean: z.number(), amplitude: z.number(),
      period: duration.default(DAY), noise: z.number().min(0).default(0),
    }),
    z.strictObject({
      signal: z.literal('ramp'), from: z.number(), to: z.number(),
      period: duration.default(end ?? DAY),
    }),
    z.strictObject({ signal: z.literal('randomWalk'), start: z.number(), step: z.number().min(0) }),
    z.strictObject({
      signal: z.literal('csv'), file: csvFile(readText).optional(),
      points: z.array(z.tuple([time, z.number()])).min(1).max(POINTS_MAX).optional(),
    }),
    z.strictObject({
      signal: z.literal('track'),
      points: z.array(z.tuple([z.number().min(-90).max(90), z.number().min(-180).max(180)]))
        .min(2).max(POINTS_MAX),
      period: duration.default(DAY),
    }),
  ]).transform((plan, context): SignalPlan => {
    if (plan.signal !== 'csv') return plan;
    const points = plan.file ?? plan.points;
    if (points !== undefined) return { signal: 'csv', points };
    context.addIssue('write the file of the series, or its points like [[0s, 21.5], [5m, 22]]');
    return z.NEVER;
  });
  const plain = z.union([z.number(), z.string(), z.boolean()])
    .transform((value): SignalPlan => ({ signal: 'constant', value }));
  return z.union([plain, shape], {
    error: 'write a value, or a shape like { signal: sine, mean: 21, amplitude: 4 }',
  });
}

type Points = readonly (readonly [Milliseconds, number])[];

function csvFile(readText: ReadText | undefined) {
  return z.string().transform((file, context): Points => {
    const text = readText?.(file);
    const points = text === undefined
      ? fail(`"${file}" cannot be read (paths begin at the scenario's folder)`)
      : parsePoints(file, text);
    if (points.ok) return points.value;
    context.addIssue(points.reason);
    return z.NEVER;
  });
}

/** Lines `5m,21.5`: time since the start, then the value; a title may stand before them. */
export function parsePoints(file: string, text: string): Result<Points> {
  const points: (readonly [Milliseconds, number])[] = [];
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || (index === 0 && !/\d/.test(line))) continue;
    const [at = '', value = '', ...more] = line.split(',').map((one) => one.trim());
    const span = parseDuration(at);
    const where = `${file}:${index + 1}`;
    if (!span.ok) return fail(`${where} ${span.reason}`);
    if (value === '' || !Number.isFinite(Number(value)) || more.length > 0) {
      return fail(`${where} "${line}" is no line like 5m,21.5`);
    }
    const last = points.at(-1);
    if (last !== undefined && span.value <= last[0]) return fail(`${where} goes back in time`);
    points.push([span.value, Number(value)]);
  }
  if (points.length === 0) return fail(`"${file}" has no lines like 5m,21.5`);
  return points.length > POINTS_MAX ? fail(`"${file}" has over ${POINTS_MAX} lines`) : ok(points);
}
