// What people want of devices, as zod schemas: for the configuration file and for what they declare
// of one device. actors/config.ts says what it means.

import { z } from 'zod';

const PATH_HINT = 'write a path like /3/0 or /3303/*/5700';
const path = z.string(PATH_HINT).max(32)
  .regex(/^\/(\d{1,5}|\*)(\/(\d{1,5}|\*)(\/\d{1,5})?)?$/, PATH_HINT);
const RESOURCE_HINT = 'write a resource like /1/0/1 or /3303/*/5601';
export const resourcePattern = z.string(RESOURCE_HINT).max(32)
  .regex(/^\/(\d{1,5}|\*)\/(\d{1,5}|\*)\/\d{1,5}$/, RESOURCE_HINT);
const VALUE_HINT = 'write a text, a number, true or false';
const value = z.union([z.string().max(1_024), z.number(), z.boolean()], VALUE_HINT);

/** null takes an attribute away. */
const whole = z.number().int().min(0).max(2 ** 31 - 1).nullable().optional();
const number = z.number().nullable().optional();

/** Notification attributes (LwM2M Core 1.1.1 s5.1.2; edge, con and hqmax are of 1.2). */
export const attributes = z.strictObject({
  pmin: whole, pmax: whole, epmin: whole, epmax: whole, gt: number, lt: number, st: number,
  edge: whole, con: whole, hqmax: whole,
}, 'write attributes like { pmin: 10, pmax: 60 }');

const PATHS_MAX = 32;
const TOGETHER_MAX = 8;

/** The five things that may be wanted, each as a list or by path. */
export const wantedShape = {
  read: z.array(path).max(PATHS_MAX).default([]),
  observe: z.array(path).max(PATHS_MAX).default([]),
  observeTogether: z.array(z.array(path).min(1).max(PATHS_MAX)).max(TOGETHER_MAX).default([]),
  attributes: z.record(path, attributes).default({}),
  hold: z.record(resourcePattern, value).default({}),
};
