// Plays the stories with the reference Java client over UDP, through the API of the running server.

import { TRPCClientError } from '@trpc/client';
import type { OperationResult } from '../../core/api/views.ts';
import { formatLinks, type Link } from '../../core/lwm2m/link-format.ts';
import type { Wish } from '../../core/lwm2m/operation.ts';
import { Child } from '../child.ts';
import { LIFETIME_SECONDS } from '../device.ts';
import { buildJava } from '../java-client.ts';
import type { Report } from '../report.ts';
import { OPERATED, type Api, type Fetch, type ServerUnderTest } from '../server.ts';
import { until } from '../until.ts';
import { WRITE_ATTRIBUTES } from './attributes.ts';
import { COMPOSITE } from './composite.ts';
import { CREATE } from './create.ts';
import { DELETE } from './delete.ts';
import { DISCOVER } from './discover.ts';
import { EXECUTE } from './execute.ts';
import { FILES } from './files.ts';
import { OBSERVE } from './observe.ts';
import { READ } from './read.ts';
import { SEND } from './send.ts';
import {
  endOf, play, RECORDS, type Ended, type Operated, type Stage, type Values,
} from './story.ts';
import { plain } from './values.ts';
import { WRITE } from './write.ts';

/** Observe forgets the device and with it the long values of Write, which each look would show. */
const STORIES = [
  READ, DISCOVER, WRITE, OBSERVE, WRITE_ATTRIBUTES, EXECUTE, CREATE, DELETE, COMPOSITE, SEND,
  FILES,
];

/** Of the first record of a Send. */
const SENT_SINCE = Date.UTC(2026, 0, 1);

/** Each story with a new device, up to its end or the first step that fails. */
export async function checkOperations(
  report: Report, server: ServerUnderTest, folder: string,
  missing: (name: string, why: string) => void,
): Promise<void> {
  const java = await buildJava('InteropDevice');
  if (typeof java === 'string') return missing('Java client, operations', java);
  for (const { operation, steps } of STORIES) {
    const child = new Child(OPERATED, 'java', [
      ...java, `coap://127.0.0.1:${server.coapPort}`, OPERATED, String(LIFETIME_SECONDS),
    ], { cwd: folder });
    try {
      const stage = stageOf(server, operated(child));
      await child.next('registered');
      for (const step of steps) {
        if (!await report.check(`Java client, ${operation}`, step.sentence,
          () => play(step, stage))) break;
      }
    } finally {
      await child.stop();
    }
  }
}

function operated(child: Child): Operated {
  return {
    async setTemperature(celsius) {
      child.say(`set temperature ${celsius}`);
    },
    async update() {
      child.say('update');
      await child.next('updated');
    },
    async registerAnew() {
      child.say('update');
      await child.next('registered');
    },
    async observers() {
      child.say('observers');
      return Number((await child.next('observers'))['count']);
    },
    async executed() {
      const told = await child.next('executed');
      return `${told['path']} ${told['arguments']}`.trim();
    },
    async send(path) {
      child.say(`send ${path} ${RECORDS} ${SENT_SINCE}`);
      const { code = '' } = await child.next('sent');
      return { since: SENT_SINCE, code: `${code.slice(0, 1)}.${code.slice(1)}` };
    },
  };
}

function stageOf({ api, fetch }: ServerUnderTest, device: Operated): Stage {
  const endpoint = OPERATED;
  return {
    device,
    until,
    ask: (wish) => ask(api, wish),
    writeFile: (path, bytes) => writeFile(fetch, path, bytes),
    readFile: (path) => readFile(fetch, path),
    setObserved: (path, observed) => api.device.setObserved.mutate({ endpoint, path, observed }),
    session: () => api.device.detail.query({ endpoint }),
    forget: () => api.device.forget.mutate({ endpoint }),
    async stored(since) {
      const found: Record<string, Values[string]> = {};
      let newest = since;
      const { objects } = await api.device.detail.query({ endpoint });
      for (const object of objects) for (const instance of object.instances) {
        for (const resource of instance.resources) for (const held of resource.values) {
          if (held.sequence <= since) continue;
          newest = Math.max(newest, held.sequence);
          const ids = [object.id, instance.id, resource.id, held.resourceInstance];
          found[`/${ids.filter((id) => id !== null).join('/')}`] = plain(held.value);
        }
      }
      return { values: found, sequence: newest };
    },
    async history(path, since) {
      const { points } = await api.device.series.query({
        endpoint, path, from: since, to: since + RECORDS * 1_000, buckets: RECORDS,
      });
      return points.flatMap(({ time, mean, count }) => (
        Array.from({ length: count }, () => [time, mean] as const)));
    },
  };
}

/** JSON leaves out the value of an attribute that has none. */
function linkOf({ path, attributes }: {
  readonly path: string; readonly attributes: readonly { name: string; value?: string }[];
}): Link {
  return { target: path, attributes: attributes.map(({ name, value }) => ({ name, value })) };
}

async function ask(api: Api, wish: Wish): Promise<Ended> {
  const endpoint = OPERATED;
  try {
    const { id } = await api.device.request.mutate({ endpoint, wish: wish as never });
    const ended = await until(`${wish.kind} ends`, async () => {
      const { operations } = await api.device.detail.query({ endpoint });
      return operations.find((one) => one.id === id
        && (one.status === 'CONFIRMED' || one.status === 'FAILED'));
    });
    const hasLinks = wish.kind === 'discover' && ended.status === 'CONFIRMED';
    const links = hasLinks ? await api.device.links.query({ endpoint, operation: id }) : [];
    const answer = hasLinks ? formatLinks(links.map(linkOf)) : ended.answer;
    return { with: endOf(ended.outcome), answer };
  } catch (error) {
    if (!(error instanceof TRPCClientError)) throw error;
    return { with: error.message, answer: '' };
  }
}

/** Files go over REST alone. */
const PLACE = `/rest/v1/devices/${OPERATED}`;

async function writeFile(send: Fetch, path: string, bytes: Uint8Array): Promise<Ended> {
  const place = `${PLACE}/file?path=${path}&wait=60`;
  return endOfFile(send, await send(place, { method: 'PUT', body: Buffer.from(bytes) }));
}

async function readFile(send: Fetch, path: string) {
  const end = await endOfFile(send, await send(`${PLACE}/operations?wait=60`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'read', path, into: 'file' }),
  }));
  const file = await send(`${PLACE}/operations/${end.id}/file`);
  return { ...end, bytes: file.ok ? new Uint8Array(await file.arrayBuffer()) : undefined };
}

async function endOfFile(
  send: Fetch, asked: Response,
): Promise<Ended & { readonly id: number }> {
  if (!asked.ok) {
    const { detail } = await asked.json() as { readonly detail: string };
    return { with: detail, answer: '', id: 0 };
  }
  let { operation } = await asked.json() as OperationResult;
  while (operation.status === 'QUEUED' || operation.status === 'SENDING') {
    const answer = await send(`${PLACE}/operations/${operation.id}?wait=60`);
    ({ operation } = await answer.json() as OperationResult);
  }
  const { id, outcome, answer } = operation;
  return { with: endOf(outcome), answer, id };
}
