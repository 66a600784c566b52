// What people want of devices, as zod schemas: for the configuration file and for what they declare
// of one device. actors/config.ts says what it means.

import { z } from 'zod';
import { changeAttributes, orderProblem } from '../lwm2m/attributes.ts';

const PATH_HINT = 'write a path like /3/0 or /3303/*/5700';
const path = z.string(PATH_HINT).max(32)
  .regex(/^\/(\d{1,5}|\*)(\/(\d{1,5}|\*)(\/\d{1,5}){0,2})?$/, PATH_HINT);
const RESOURCE_HINT = 'write a resource like /1/0/1 or /3303/*/5601';
export const resourcePattern = z.string(RESOURCE_HINT).max(32)
  .regex(/^\/(\d{1,5}|\*)\/(\d{1,5}|\*)\/\d{1,5}$/, RESOURCE_HINT);
const VALUE_HINT = 'write a text, a number, true or false';
const value = z.union([z.string().max(1_024), z.number(), z.boolean()], VALUE_HINT);

/** null takes an attribute away. */
const WHOLE_HINT = 'write a whole number';
const whole = z.number(WHOLE_HINT).int(WHOLE_HINT).min(0, WHOLE_HINT).max(2 ** 31 - 1, WHOLE_HINT)
  .nullable().optional();
const number = z.number('write a number').nullable().optional();

/** Notification attributes (LwM2M Core 1.1.1 s5.1.2; edge, con and hqmax are of 1.2). */
export const attributes = z.strictObject({
  pmin: whole, pmax: whole, epmin: whole, epmax: whole, gt: number, lt: number, st: number,
  edge: whole, con: whole, hqmax: whole,
}, 'write attributes like { pmin: 10, pmax: 60 }');

/** Of an operation the device has the last word; what is wanted all the time makes sense. */
const consistent = attributes.superRefine((given, context) => {
  const problem = orderProblem(changeAttributes({}, given));
  if (problem !== undefined) context.addIssue(problem);
});

const PATHS_MAX = 32;
const TOGETHER_MAX = 8;

const byte = z.number().int().min(0).max(255).optional();

/** Of the Event Log object (20). */
const eventLog = z.strictObject({
  class: byte, format: byte, run: z.boolean().optional(),
  data: z.enum(['observe', 'read', 'never']).optional(),
  sendInterval: z.number().int().min(0).max(2 ** 31 - 1).optional(),
}, 'write what the event log shall be like { run: true, format: 0 }');

/** What may be wanted, each as a list or by path. */
export const wantedShape = {
  read: z.array(path).max(PATHS_MAX).default([]),
  observe: z.array(path).max(PATHS_MAX).default([]),
  observeTogether: z.array(z.array(path).min(1).max(PATHS_MAX)).max(TOGETHER_MAX).default([]),
  attributes: z.record(path, consistent).default({}),
  hold: z.record(resourcePattern, value).default({}),
  logs: z.array(resourcePattern).max(PATHS_MAX).default([]),
  eventLog: eventLog.nullable().default(null),
};
