// Query parameters of the compatible interface. One that is not known is ignored, one without a
// value is a flag, and what cannot be read is as if it had not been given.

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ATTRIBUTE_NAMES, parseAttributes } from '../../lwm2m/attributes.ts';
import type { AttributeChanges } from '../../lwm2m/attributes.ts';
import { ContentFormat } from '../../lwm2m/content-format.ts';
import type { ObjectList } from '../../lwm2m/object-list.ts';
import { WISHED_MAX } from '../../lwm2m/operation.ts';
import { isWithin, parsePath, type Path } from '../../lwm2m/path.ts';
import type { Milliseconds } from '../../ports.ts';
import { refuse } from './plain-error.ts';

export const TIMEOUT_DEFAULT: Milliseconds = 5_000;
export const TIMEOUT_MAX: Milliseconds = 3_600_000;

/** Of a parameter that is given several times the first holds. */
const single = z.union([z.string(), z.array(z.string()).transform(([first = '']) => first)])
  .optional();

const query = z.looseObject({
  timeout: single, format: single, nodeformat: single, pathformat: single, replace: single,
  active: single, paths: single, ep: single,
});

export type Parameters = z.infer<typeof query>;

export function parametersOf(request: FastifyRequest): Parameters {
  return query.parse(request.query);
}

export function timeoutOf({ timeout = '' }: Parameters): Milliseconds {
  const seconds = /^\d{1,9}$/.test(timeout) ? Number(timeout) : 0;
  return seconds === 0 ? TIMEOUT_DEFAULT : Math.min(1_000 * seconds, TIMEOUT_MAX);
}

const FORMATS: ReadonlyMap<string, number> = new Map([
  ['TLV', ContentFormat.TLV], ['JSON', ContentFormat.OMA_JSON], ['TEXT', ContentFormat.TEXT],
  ['SENML_JSON', ContentFormat.SENML_JSON], ['SENML_CBOR', ContentFormat.SENML_CBOR],
  ['OPAQUE', ContentFormat.OPAQUE], ['CBOR', ContentFormat.CBOR], ['LINK', ContentFormat.LINK],
]);

/** As it stands in `paths`, alone. */
export const ROOT = '/';

/** By its name; undefined: the device's own. */
export function formatOf(name: string | undefined): number | undefined {
  return FORMATS.get(name?.toUpperCase() ?? '');
}

/** The paths of a composite that is asked for; see listedPaths. */
export function pathsOf(parameters: Parameters, objects: ObjectList): Path[] {
  return parameters.paths !== undefined && parameters.pathformat === undefined
    ? missing('pathformat') : listedPaths(parameters, objects);
}

/**
 * The paths of one that was asked for before: no format is needed to name them. The root stands for
 * every object that the device has, each asked by its name.
 */
export function listedPaths({ paths }: Parameters, { objects }: ObjectList): Path[] {
  if (paths === undefined) return missing('paths');
  if (paths === ROOT) return objects.map(({ object }) => ({ object }));
  return distinct(paths.split(',', WISHED_MAX + 1).map((one) => {
    const path = parsePath(one);
    return path.ok && one.startsWith('/') ? path.value
      : refuse(400, `Invalid request: "${one}" is no path`);
  }));
}

function missing(name: string): never {
  return refuse(500, `Unexpected exception: ${name} is missing`);
}

/** Paths of which none is within another. */
export function distinct(paths: Path[]): Path[] {
  const overlaps = paths.some((path, index) => paths.some((other, at) => (
    at !== index && isWithin(path, other)
  )));
  return overlaps ? refuse(400, 'Invalid request: paths overlap') : paths;
}

/** The whole query is attributes: `pmin=10` sets one, `pmin` takes it away. */
export function attributesOf(request: FastifyRequest): AttributeChanges {
  const [, raw = ''] = request.url.split('?', 2);
  const queries = raw.split('&').filter((one) => one !== '').map(decoded);
  for (const one of queries) {
    const [name = ''] = one.split('=');
    if ((ATTRIBUTE_NAMES as readonly string[]).includes(name)) continue;
    refuse(400, `Invalid attributes: Cannot parse query param '${one}', param ${name} is not a `
      + 'LWM2M attribute');
  }
  const changes = parseAttributes(queries);
  return changes.ok ? changes.value : refuse(400, `Invalid attributes: ${changes.reason}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse(400, 'Invalid attributes: the query is not UTF-8');
  }
}
