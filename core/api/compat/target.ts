// What the routes of the compatible interface share: the services behind them, and whom and what a
// request is about.

import type { FastifyRequest } from 'fastify';
import { parsePath, type Path } from '../../lwm2m/path.ts';
import { endpoint } from '../inputs.ts';
import type { DeviceDetail, Management } from '../management.ts';
import type { ModelShelf } from '../models.ts';
import type { Events } from './events.ts';
import { refuse } from './plain-error.ts';
import type { Requests } from './requests.ts';

export interface Compat {
  readonly management: Management;
  readonly models: ModelShelf;
  readonly requests: Requests;
  readonly events: Events;
  /** Keeps on record what was done. */
  readonly audit: (action: string, detail: string) => Promise<void>;
}

/** A registered client, and the words of the path behind it. */
export interface Target {
  readonly endpoint: string;
  readonly detail: DeviceDetail;
  readonly words: readonly string[];
}

export function targetOf({ management }: Compat, request: FastifyRequest): Target {
  const { endpoint: name = '', '*': rest = '' } = request.params as Record<string, string>;
  const detail = endpoint.safeParse(name).success ? management.device(name) : undefined;
  if (detail?.row.registration === undefined) {
    return refuse(400, `No registered client with id '${name}'`);
  }
  return { endpoint: name, detail, words: rest === '' ? [] : rest.split('/') };
}

/** A path of ids, as many as from `least` to `most`. */
export function pathOf(words: readonly string[], least = 1, most = 4): Path {
  const parsed = parsePath(words.join('/'));
  const isOfLength = words.length >= least && words.length <= most;
  return parsed.ok && isOfLength ? parsed.value : refuse(400, 'Invalid path');
}

export function bodyOf(request: FastifyRequest): string {
  return (request.body as string | undefined) ?? '';
}

/** The answer, once what was asked is on record: what changes a device is told apart. */
export async function audited(
  compat: Compat, answer: Promise<object>, action: string, detail: string,
): Promise<object> {
  const [said] = await Promise.all([answer, compat.audit(action, detail)]);
  return said;
}
