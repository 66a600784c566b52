// Operations of the compatible interface on several paths at once. Observing several belongs here
// too, once the sessions can.

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { WishedValue } from '../../lwm2m/operation.ts';
import { formatPath, parsePath, type Path } from '../../lwm2m/path.ts';
import { parseJson, valuesAt } from './node-input.ts';
import { distinct, formatOf, parametersOf, pathsOf, timeoutOf } from './parameters.ts';
import { refuse } from './plain-error.ts';
import { audited, bodyOf, type Compat, type Target } from './target.ts';

export async function readComposite(
  compat: Compat, request: FastifyRequest, { endpoint, words }: Target,
): Promise<object> {
  if (words.length > 1) return refuse(400, 'Invalid path');
  const parameters = parametersOf(request);
  const paths = pathsOf(parameters);
  // The device answers in the format in which it is asked.
  const format = formatOf(parameters.nodeformat ?? parameters.pathformat);
  const wish = { kind: 'read-composite', paths: paths.map(formatPath), format } as const;
  const asked = { kind: 'read-composite', paths } as const;
  return compat.requests.operation(endpoint, wish, asked, timeoutOf(parameters));
}

export async function writeComposite(
  compat: Compat, request: FastifyRequest, { endpoint, words }: Target,
): Promise<object> {
  if (words.length > 1) return refuse(400, 'Invalid path');
  const parameters = parametersOf(request);
  const { paths, values } = written(request);
  const format = formatOf(parameters.nodeformat);
  const wish = { kind: 'write-composite', values, format } as const;
  const asked = { kind: 'write-composite', paths } as const;
  const answer = compat.requests.operation(endpoint, wish, asked, timeoutOf(parameters));
  const detail = `${endpoint} ${paths.map(formatPath).join(' ')}`;
  return audited(compat, answer, 'write-composite', detail);
}

const nodes = z.record(z.string(), z.unknown());

/** Here whatever is wrong with the body has always been unexpected. */
function written(
  request: FastifyRequest,
): { readonly paths: readonly Path[]; readonly values: readonly WishedValue[] } {
  try {
    const given = Object.entries(nodes.parse(parseJson(bodyOf(request))));
    const paths = given.map(([text]) => resourcePath(text));
    const values = given.flatMap(([, node], index) => valuesAt(paths[index] as Path, node));
    return { paths: distinct(paths), values };
  } catch {
    return refuse(500, `Unexpected error handling PUT - ${request.url.split('?')[0]}`);
  }
}

function resourcePath(text: string): Path {
  const path = parsePath(text);
  return path.ok && path.value.resource !== undefined ? path.value
    : refuse(400, `Invalid request: "${text}" is no path of a resource`);
}
