// The nodes that people write, as values of a wish. `kind` may be left out, ids may be numeric
// strings, types are written in any case. What is no node is told apart from a value of the wrong
// type: the one is a mistake in the request (400), the other has always been an exception (500).

import { z } from 'zod';
import { fromHex, toBase64 } from '../../bytes.ts';
import type { WishedValue } from '../../lwm2m/operation.ts';
import { WISHED_MAX } from '../../lwm2m/operation.ts';
import { formatPath, ID_MAX, pathOf, type Path } from '../../lwm2m/path.ts';
import type { ValueType } from '../../lwm2m/value.ts';
import { OPERATION_TEXT_MAX } from '../inputs.ts';
import { TYPE_NAMES } from './node-json.ts';
import { refuse } from './plain-error.ts';

const id = z.union([z.number(), z.string().regex(/^\d{1,5}$/).transform(Number)])
  .pipe(z.number().int().min(0).max(ID_MAX));

const node = z.looseObject({
  kind: z.enum(['singleResource', 'multiResource', 'resourceInstance', 'instance', 'obj'])
    .optional(),
  id: id.optional(),
  type: z.string().max(20).optional(),
  value: z.unknown().optional(),
  values: z.record(z.string(), z.unknown()).optional(),
  resources: z.array(z.unknown()).max(WISHED_MAX).optional(),
});
type Node = z.infer<typeof node>;

const TYPES: ReadonlyMap<string, ValueType> = new Map(Object.entries(TYPE_NAMES)
  .flatMap(([type, name]) => type === 'none' ? [] : [[name, type as ValueType]]));

/** What a body says, before it is taken for anything. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return unparsable('it is no JSON');
  }
}

/** The values to write at a path, which the node must be of. */
export function valuesAt(path: Path, json: unknown): WishedValue[] {
  const given = nodeOf(json);
  const { object, instance = 0, resource, resourceInstance } = path;
  if (resource === undefined) {
    if (given.id !== undefined && given.id !== instance) return mismatch(path);
    return bounded(instanceValues(given, pathOf([object, instance])));
  }
  if (given.id !== (resourceInstance ?? resource)) return mismatch(path);
  if (resourceInstance === undefined) {
    return bounded(resourceValues(given, pathOf([object, instance])));
  }
  return bounded([single(given, path)]);
}

/** A new instance: its id, if it says one, and its values as if of that or the first. */
export function newInstance(
  object: number, json: unknown,
): { readonly id: number | undefined; readonly values: WishedValue[] } {
  const given = nodeOf(json);
  const base = pathOf([object, given.id ?? 0]);
  return { id: given.id, values: bounded(instanceValues(given, base)) };
}

/** One value of text, whatever the resource is. */
export function textAt(path: Path, value: string): WishedValue[] {
  return bounded([{ path: formatPath(path), value, type: 'string' }]);
}

function nodeOf(json: unknown): Node {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return unparsable('Invalid node element');
  }
  const parsed = node.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return unparsable(`'${issue?.path.join('.')}' is not valid`);
}

function instanceValues({ kind, resources }: Node, base: Path): WishedValue[] {
  if (resources === undefined || (kind ?? 'instance') !== 'instance') {
    return exception('an object instance is expected, with its resources');
  }
  return resources.flatMap((resource) => resourceValues(nodeOf(resource), base));
}

function resourceValues(given: Node, { object, instance = 0 }: Path): WishedValue[] {
  if (given.id === undefined) return exception("'id' is missing");
  const path = pathOf([object, instance, given.id]);
  if (given.values === undefined) return [single(given, path)];
  const type = typeOf(given);
  return Object.entries(given.values).map(([key, value]) => {
    if (!/^\d{1,5}$/.test(key)) return unparsable(`'values.${key.slice(0, 40)}' is not valid`);
    const of = pathOf([object, instance, path.resource ?? 0, Number(key)]);
    return { path: formatPath(of), value: wishedOf(type, value), type };
  });
}

function single(given: Node, path: Path): WishedValue {
  const type = typeOf(given);
  return { path: formatPath(path), value: wishedOf(type, given.value), type };
}

function typeOf({ type }: Node): ValueType {
  if (type === undefined) return exception("'type' is missing");
  return TYPES.get(type.toUpperCase()) ?? exception(`'type' ${type} is unknown`);
}

/** In the forms that a wish has. */
function wishedOf(type: ValueType, value: unknown): WishedValue['value'] {
  switch (type) {
    case 'string':
    case 'corelnk':
      return typeof value === 'string' ? value : unexpected(type, value, 'string');
    case 'boolean':
      return typeof value === 'boolean' ? value : unexpected(type, value, 'boolean');
    case 'integer':
    case 'unsigned': {
      const isWhole = typeof value === 'number' ? Number.isSafeInteger(value)
        : typeof value === 'string' && /^[+-]?\d{1,20}$/.test(value);
      return isWhole ? String(value) : unexpected(type, value, 'string or integer');
    }
    case 'float': {
      const isNumber = typeof value === 'number'
        || typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
      return isNumber ? Number(value) : unexpected(type, value, 'string or number');
    }
    case 'time':
      return Number.isSafeInteger(value) ? Math.floor(value as number / 1_000)
        : unexpected(type, value, 'integer');
    case 'opaque': {
      const bytes = typeof value === 'string' ? fromHex(value) : undefined;
      return bytes === undefined ? unexpected(type, value, 'string of hex digits')
        : toBase64(bytes);
    }
    case 'objlnk': {
      const link = objectLink.safeParse(value);
      return link.success ? `${link.data.objectId}:${link.data.objectInstanceId}`
        : unexpected(type, value, 'object with objectId and objectInstanceId');
    }
  }
}

/** 65535:65535 is the link to nothing. */
const linkId = z.number().int().min(0).max(65_535);
const objectLink = z.looseObject({ objectId: linkId, objectInstanceId: linkId });

function bounded(values: WishedValue[]): WishedValue[] {
  const characters = values.reduce((sum, { value }) => sum + String(value).length, 0);
  if (characters <= OPERATION_TEXT_MAX) return values;
  return refuse(400, `Invalid request: values have at most ${OPERATION_TEXT_MAX} characters`);
}

function unparsable(why: string): never {
  return refuse(400, `Invalid request: unable to parse json to tlv:${why}`);
}

function mismatch(path: Path): never {
  return refuse(400, `Invalid request: the node is not of ${formatPath(path)}`);
}

function exception(why: string): never {
  return refuse(500, `Unexpected exception: ${why}`);
}

function unexpected(type: ValueType, value: unknown, expected: string): never {
  const shown = JSON.stringify(value) ?? 'nothing';
  return exception(`Unexpected JSON type of 'value' field [${shown.slice(0, 100)}]: a JSON `
    + `${expected} is expected for ${TYPE_NAMES[type]}`);
}
