// The clients of the compatible interface: what is registered, and the operations on one path.
// Those on several paths are in composites.ts, observations in observations.ts.

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Wish, WishedValue } from '../../lwm2m/operation.ts';
import { formatPath, pathIds, type Path } from '../../lwm2m/path.ts';
import type { Registered } from '../management.ts';
import { readComposite, writeComposite } from './composites.ts';
import { cancelObservation, observe } from './observations.ts';
import { newInstance, parseJson, textAt, valuesAt } from './node-input.ts';
import {
  attributesOf, formatOf, parametersOf, TIMEOUT_DEFAULT, timeoutOf,
} from './parameters.ts';
import { refuse } from './plain-error.ts';
import { registrationJson } from './registration-json.ts';
import { audited, bodyOf, pathOf, targetOf, type Compat, type Target } from './target.ts';

/** Clients that are written down at a time, so that a large fleet does not hold up the rest. */
const LISTED_AT_ONCE = 50;

export function serveClients(app: FastifyInstance, compat: Compat): void {
  app.get('/api/clients', (_request, reply) => reply.type('application/json; charset=utf-8')
    .send(Readable.from(listed(compat.management.registered()))));
  app.get('/api/clients/', () => refuse(400, 'Invalid path'));
  const target = (request: FastifyRequest) => targetOf(compat, request);
  for (const url of ['/api/clients/:endpoint', '/api/clients/:endpoint/*']) {
    app.get(url, (request) => get(compat, request, target(request)));
    app.put(url, (request) => put(compat, request, target(request)));
    app.post(url, (request) => post(compat, request, target(request)));
    app.delete(url, (request, reply) => remove(compat, request, reply, target(request)));
  }
}

function* listed(clients: Iterable<Registered>): Generator<string> {
  let text = '[';
  let count = 0;
  for (const client of clients) {
    text += (count++ === 0 ? '' : ',') + JSON.stringify(registrationJson(client));
    if (count % LISTED_AT_ONCE !== 0) continue;
    yield text;
    text = '';
  }
  yield `${text}]`;
}

async function get(compat: Compat, request: FastifyRequest, target: Target): Promise<object> {
  const { words, endpoint: name, detail } = target;
  const { registration } = detail.row;
  if (words.length === 0 && registration !== undefined) {
    return registrationJson({ endpoint: name, registration, isAsleep: detail.state === 'asleep' });
  }
  if (words[0] === 'composite') return readComposite(compat, request, target);
  const isDiscover = words.at(-1) === 'discover';
  const path = pathOf(isDiscover ? words.slice(0, -1) : words);
  const format = isDiscover ? undefined : formatOf(parametersOf(request).format);
  const kind = isDiscover ? 'discover' : 'read';
  return ask(compat, request, target, { kind, path: formatPath(path), format }, path);
}

async function put(compat: Compat, request: FastifyRequest, target: Target): Promise<object> {
  const { words } = target;
  if (words[0] === 'composite') return writeComposite(compat, request, target);
  if (words.at(-1) === 'attributes') {
    const path = pathOf(words.slice(0, -1));
    const attributes = attributesOf(request);
    return ask(compat, request, target,
      { kind: 'write-attributes', path: formatPath(path), attributes }, path);
  }
  const path = pathOf(words, 2, 4);
  const parameters = parametersOf(request);
  const replaces = path.resource !== undefined || parameters.replace !== 'false';
  return ask(compat, request, target, {
    kind: 'write', path: formatPath(path), mode: replaces ? 'replace' : 'update',
    values: writtenValues(request, path), format: formatOf(parameters.format),
  }, path);
}

async function post(compat: Compat, request: FastifyRequest, target: Target): Promise<object> {
  const { words } = target;
  if (words.at(-1) === 'observe') return observe(compat, request, target);
  const path = pathOf(words);
  const levels = pathIds(path).length;
  if (levels === 3) {
    const said = request.body as string | undefined;
    return ask(compat, request, target,
      { kind: 'execute', path: formatPath(path), arguments: said ?? '' }, path);
  }
  if (levels !== 1) return refuse(400, 'Invalid path');
  if (typeOf(request) !== 'application/json') return unsupported(request);
  const { id, values } = newInstance(path.object, parseJson(bodyOf(request)));
  const created = id === undefined ? path : { object: path.object, instance: id };
  return ask(compat, request, target, {
    kind: 'create', path: formatPath(created), values,
    format: formatOf(parametersOf(request).format),
  }, created);
}

async function remove(
  compat: Compat, request: FastifyRequest, reply: FastifyReply, target: Target,
): Promise<object> {
  if (target.words.at(-1) === 'observe') {
    return cancelObservation(compat, request, reply, target);
  }
  const path = pathOf(target.words, 2, 2);
  return ask(compat, request, target, { kind: 'delete', path: formatPath(path) }, path);
}

/** Asks the device for an operation on one path. */
async function ask(
  compat: Compat, request: FastifyRequest, target: Target,
  wish: Extract<Wish, { readonly path: string }>, path: Path,
): Promise<object> {
  // The query of these is attributes alone.
  const timeout = wish.kind === 'write-attributes' ? TIMEOUT_DEFAULT
    : timeoutOf(parametersOf(request));
  const { endpoint } = target;
  const answer = compat.requests.operation(endpoint, wish, { kind: wish.kind, path }, timeout);
  if (wish.kind === 'read' || wish.kind === 'discover') return answer;
  return audited(compat, answer, wish.kind, `${endpoint} ${wish.path}`);
}

function writtenValues(request: FastifyRequest, path: Path): WishedValue[] {
  switch (typeOf(request)) {
    case 'application/json': return valuesAt(path, parseJson(bodyOf(request)));
    case 'text/plain': return textAt(path, bodyOf(request));
    default: return unsupported(request);
  }
}

function typeOf(request: FastifyRequest): string | undefined {
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
}

function unsupported(request: FastifyRequest): never {
  const type = request.headers['content-type'] ?? 'null';
  return refuse(400, `Invalid request: content type ${type} not supported`);
}
