// Operations of the compatible interface on several paths at once, and observations of them.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseObjectList, type Lwm2mVersion, type ObjectList } from '../../lwm2m/object-list.ts';
import type { WishedValue } from '../../lwm2m/operation.ts';
import { formatPath, parsePath, type Path } from '../../lwm2m/path.ts';
import { formatTarget } from '../../lwm2m/target.ts';
import { assert } from '../../result.ts';
import type { DeviceDetail } from '../management.ts';
import { parseJson, valuesAt } from './node-input.ts';
import { endQuietly } from './observations.ts';
import {
  distinct, formatOf, listedPaths, parametersOf, pathsOf, ROOT, timeoutOf,
} from './parameters.ts';
import { refuse } from './plain-error.ts';
import { audited, bodyOf, type Compat, type Target } from './target.ts';

export async function readComposite(
  compat: Compat, request: FastifyRequest, { endpoint, detail, words }: Target,
): Promise<object> {
  if (words.length > 1) return refuse(400, 'Invalid path');
  const parameters = parametersOf(request);
  const paths = pathsOf(parameters, objectsOf(detail));
  // The device answers in the format in which it is asked.
  const format = formatOf(parameters.nodeformat ?? parameters.pathformat);
  const wish = { kind: 'read-composite', paths: paths.map(formatPath), format } as const;
  const asked = { kind: 'read-composite', paths, isRoot: parameters.paths === ROOT } as const;
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

export async function observeComposite(
  compat: Compat, request: FastifyRequest, { endpoint, detail, words }: Target,
): Promise<object> {
  if (words.length > 2) return refuse(400, 'Invalid path');
  const parameters = parametersOf(request);
  const paths = pathsOf(parameters, objectsOf(detail));
  if (detail.row.registration?.lwm2mVersion === '1.0') {
    return refuse(400, 'Invalid request: LwM2M 1.0 has no composite operations');
  }
  const timeout = timeoutOf(parameters);
  const text = formatTarget(paths);
  const isRoot = parameters.paths === ROOT;
  const asked = { kind: 'observe-composite', paths, isRoot } as const;
  if (detail.observing.includes(text)) {
    // It is there already, so that only its values are missing.
    const format = formatOf(parameters.nodeformat ?? parameters.pathformat);
    const wish = { kind: 'read-composite', paths: paths.map(formatPath), format } as const;
    return compat.requests.operation(endpoint, wish, asked, timeout);
  }
  const answer = compat.requests.observation(endpoint, asked, timeout);
  return audited(compat, answer, 'observation on', `${endpoint} ${text}`);
}

/** Named by the list that was observed, in its order. */
export async function cancelComposite(
  compat: Compat, request: FastifyRequest, reply: FastifyReply, target: Target,
): Promise<object> {
  const { endpoint, detail, words } = target;
  if (words.length > 2) return refuse(400, 'Invalid path');
  const parameters = parametersOf(request);
  const paths = listedPaths(parameters, objectsOf(detail));
  const text = formatTarget(paths);
  if (parameters.active === undefined) return endQuietly(compat, reply, target, text);
  if (!detail.observing.includes(text)) {
    const list = (parameters.paths ?? '').split(',').join(', ');
    return refuse(404, `no composite observation for paths ${list} for  client '${endpoint}'`);
  }
  const isRoot = parameters.paths === ROOT;
  const asked = { kind: 'cancel-composite', paths, isRoot } as const;
  const answer = compat.requests.observation(endpoint, asked, timeoutOf(parameters));
  return audited(compat, answer, 'observation off', `${endpoint} ${text}`);
}

function objectsOf({ row: { registration } }: DeviceDetail): ObjectList {
  assert(registration !== undefined, 'only clients that are registered are asked');
  const list = parseObjectList(registration.links, registration.lwm2mVersion as Lwm2mVersion);
  assert(list.ok, 'what was registered is a list of objects');
  return list.value;
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
