// What gateways of the Leshan kind post: one resource of an object, or objects with instances.
// Whole numbers and floats come as texts, times in milliseconds, opaque in hex; numbers are taken
// too. Unknown fields are let pass, as such gateways expect it.

import { z } from 'zod';
import { fromHex } from '../../bytes.ts';
import { WISHED_MAX } from '../../lwm2m/operation.ts';
import { ID_MAX, pathOf, type Path } from '../../lwm2m/path.ts';
import type { Entry, Value } from '../../lwm2m/value.ts';
import { endpoint } from '../inputs.ts';
import type { GatewayReport } from '../management.ts';

const OBJECTS_MAX = 32;
const INSTANCES_MAX = 64;
/** The object by whose resources a gateway tells what happened to a registration. */
const HAPPENINGS_OBJECT = 10240;
const HAPPENINGS: ReadonlyMap<number, GatewayReport['happened']> = new Map([
  [0, 'registered'], [1, 'deregistered'], [2, 'updated'],
]);

const id = z.number().int().min(0).max(ID_MAX);
const text = z.union([z.string(), z.number(), z.boolean()]);

const resource = z.object({
  kind: z.enum(['singleResource', 'multiResource']),
  id,
  type: z.enum(['TIME', 'STRING', 'INTEGER', 'FLOAT', 'BOOLEAN', 'OPAQUE']),
  value: text.optional(),
  values: z.record(z.string().regex(/^(0|[1-9]\d{0,4})$/), text).refine(
    (values) => Object.keys(values).every((key) => Number(key) <= ID_MAX),
    `Numbers of instances end with ${ID_MAX}.`).optional(),
}).superRefine((given, check) => {
  const field = given.kind === 'singleResource' ? 'value' : 'values';
  if (given[field] === undefined) {
    return check.addIssue({ code: 'custom', path: [field], message: 'This field is required.' });
  }
  if (claimsOf(given).every(([, claim]) => valueOf(given.type, claim) !== undefined)) return;
  check.addIssue({ code: 'custom', path: [field], message: `A valid ${given.type} is required.` });
});
type Resource = z.infer<typeof resource>;

const object = z.object({
  kind: z.literal('obj'),
  id,
  instances: z.array(z.object({
    kind: z.literal('instance'), id, resources: z.array(resource).max(WISHED_MAX),
  })).max(INSTANCES_MAX),
});

export const singlePost = z.object({ ep: endpoint, obj_id: id, val: resource });

/** Objects by any key, or, as older gateways have it, one object. */
export const compositePost = z.object({
  ep: endpoint,
  val: z.union([object, z.record(z.string(), object)]).refine(
    (val) => objectsOf(val).length <= OBJECTS_MAX, `At most ${OBJECTS_MAX} objects are taken.`,
  ),
});

export function singleReport({ obj_id: of, val }: z.output<typeof singlePost>): GatewayReport {
  if (of === HAPPENINGS_OBJECT && HAPPENINGS.has(val.id)) {
    return { of: 'resource', groups: [], happened: HAPPENINGS.get(val.id) };
  }
  return { of: 'resource', groups: [entriesOf(of, 0, val)], happened: undefined };
}

/** A group for each object: what it reports is of one moment. */
export function compositeReport({ val }: z.output<typeof compositePost>): GatewayReport {
  const groups = objectsOf(val).map(({ id: of, instances }) => instances.flatMap((instance) =>
    instance.resources.flatMap((one) => entriesOf(of, instance.id, one))));
  return { of: 'object', groups, happened: undefined };
}

type Composite = z.infer<typeof object> | Readonly<Record<string, z.infer<typeof object>>>;

function objectsOf(val: Composite): readonly z.infer<typeof object>[] {
  return val.kind === 'obj' ? [val as z.infer<typeof object>]
    : Object.values(val as Readonly<Record<string, z.infer<typeof object>>>);
}

function entriesOf(of: number, instance: number, given: Resource): Entry[] {
  return claimsOf(given).flatMap(([key, claim]): Entry[] => {
    const value = valueOf(given.type, claim);
    const path: Path = key === undefined ? pathOf([of, instance, given.id])
      : pathOf([of, instance, given.id, key]);
    return value === undefined ? [] : [{ path, value }];
  });
}

/** What is said of each resource instance; of a resource as a whole without its number. */
function claimsOf(
  { kind, value, values = {} }: Pick<Resource, 'kind' | 'value' | 'values'>,
): (readonly [number | undefined, z.infer<typeof text>])[] {
  if (kind === 'singleResource') return value === undefined ? [] : [[undefined, value]];
  return Object.entries(values).map(([key, claim]) => [Number(key), claim] as const);
}

/** Undefined when it is no value of the type. */
function valueOf(type: Resource['type'], claim: z.infer<typeof text>): Value | undefined {
  const said = String(claim);
  switch (type) {
    case 'STRING': return { type: 'string', value: said };
    case 'INTEGER': {
      if (typeof claim === 'boolean' || !/^[+-]?\d{1,19}$/.test(said)) return undefined;
      const value = BigInt(said.replace('+', ''));
      return BigInt.asIntN(64, value) === value ? { type: 'integer', value } : undefined;
    }
    case 'FLOAT': {
      const value = typeof claim === 'boolean' || said.trim() === '' ? NaN : Number(said);
      return Number.isFinite(value) ? { type: 'float', value } : undefined;
    }
    case 'BOOLEAN':
      return /^(true|false|0|1)$/i.test(said)
        ? { type: 'boolean', value: /^(true|1)$/i.test(said) } : undefined;
    case 'TIME': {
      if (typeof claim === 'boolean' || !/^-?\d{1,15}$/.test(said)) return undefined;
      return { type: 'time', value: Math.floor(Number(said) / 1_000) };
    }
    case 'OPAQUE': {
      const value = fromHex(said);
      return value === undefined ? undefined : { type: 'opaque', value };
    }
  }
}
