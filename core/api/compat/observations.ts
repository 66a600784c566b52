// Observations of the compatible interface. The server keeps them across registrations and
// restarts, and ends each at the device itself, so that there is nothing passive about it.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatPath } from '../../lwm2m/path.ts';
import { formatOf, parametersOf, timeoutOf } from './parameters.ts';
import { refuse } from './plain-error.ts';
import { audited, pathOf, type Compat, type Target } from './target.ts';

export async function observe(
  compat: Compat, request: FastifyRequest, { endpoint, detail, words }: Target,
): Promise<object> {
  const path = pathOf(words.slice(0, -1));
  const parameters = parametersOf(request);
  const timeout = timeoutOf(parameters);
  const text = formatPath(path);
  const asked = { kind: 'observe', path } as const;
  if (detail.observing.includes(text)) {
    // It is there already, so that only its value is missing.
    const wish = { kind: 'read', path: text, format: formatOf(parameters.format) } as const;
    return compat.requests.operation(endpoint, wish, asked, timeout);
  }
  const answer = compat.requests.observation(endpoint, asked, timeout);
  return audited(compat, answer, 'observation on', `${endpoint} ${text}`);
}

export async function cancelObservation(
  compat: Compat, request: FastifyRequest, reply: FastifyReply,
  { endpoint, detail, words }: Target,
): Promise<object> {
  const path = pathOf(words.slice(0, -1));
  const parameters = parametersOf(request);
  const text = formatPath(path);
  const isObserved = detail.observing.includes(text);
  const isActive = parameters.active !== undefined;
  if (isActive && !isObserved) {
    return refuse(404, `no observation for path ${text} for  client '${endpoint}'`);
  }
  if (isActive) {
    const asked = { kind: 'cancel', path } as const;
    const answer = compat.requests.observation(endpoint, asked, timeoutOf(parameters));
    return audited(compat, answer, 'observation off', `${endpoint} ${text}`);
  }
  if (isObserved || detail.notObserving.some((one) => one.path === text)) {
    compat.management.setObserved(endpoint, text, false);
    await compat.audit('observation off', `${endpoint} ${text}`);
  }
  return reply.code(200).send();
}
