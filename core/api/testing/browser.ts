// What a browser does, as far as the API's tests need it: a cookie jar, the Origin header, tRPC
// calls by the router's own table of procedures, and an event stream.

import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { appRouter } from '../router.ts';
import type { LiveMessage } from '../views.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface CallAnswer extends Answer {
  /** Undefined when the call failed. */
  readonly data: unknown;
  readonly sentence: string | undefined;
  readonly code: string | undefined;
}

type Headers = Record<string, string>;

const { _def: { procedures } } = appRouter;

/** How often what is waited for is looked for at once, and then once a millisecond. */
const EAGER_TURNS = 1_000;
const TURNS_MAX = 20_000;

/** `query`, `mutation` or `subscription` by the name of the procedure. */
export const procedureTypes: ReadonlyMap<string, string> = new Map(
  Object.entries(procedures as object as Record<string, { readonly _def: { type: string } }>)
    .map(([name, { _def: { type } }]) => [name, type]),
);

export class Browser {
  readonly base: string;
  cookie: string | undefined;
  origin: string | undefined;

  constructor(base: string) {
    this.base = base;
    this.origin = base;
  }

  /** Calls a procedure the way its type wants it. */
  async call(procedure: string, input?: unknown, headers: Headers = {}): Promise<CallAnswer> {
    const isMutation = procedureTypes.get(procedure) === 'mutation';
    const json = input === undefined ? '' : JSON.stringify(input);
    const query = json === '' || isMutation ? '' : `?input=${encodeURIComponent(json)}`;
    const answer = await this.fetch(
      isMutation ? 'POST' : 'GET', `/trpc/${procedure}${query}`, headers,
      isMutation ? json : undefined,
    );
    const body = JSON.parse(answer.text) as {
      result?: { data?: unknown }; error?: { message: string; data: { code: string } };
    };
    return {
      ...answer, data: body.result?.data,
      sentence: body.error?.message, code: body.error?.data.code,
    };
  }

  async mustCall<Data = unknown>(procedure: string, input?: unknown): Promise<Data> {
    const { status, data, sentence } = await this.call(procedure, input);
    if (status !== 200) throw new Error(`${procedure}: ${status} ${sentence}`);
    return data as Data;
  }

  async fetch(
    method: string, path: string, headers: Headers = {}, body?: string,
  ): Promise<Answer> {
    const answer = await this.#open(method, path, {
      ...(method !== 'GET' && this.origin !== undefined && { origin: this.origin }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    }, body);
    const set = answer.headers['set-cookie']?.at(-1)?.split(';')[0];
    if (set !== undefined) this.cookie = set.endsWith('=') ? undefined : set;
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    return {
      status: answer.statusCode ?? 0, headers: answer.headers, bytes, text: bytes.toString('utf8'),
    };
  }

  async stream(view: object, headers: Headers = {}): Promise<EventStream> {
    const input = encodeURIComponent(JSON.stringify({ view }));
    const path = `/trpc/live.stream?input=${input}`;
    return new EventStream(await this.#open('GET', path, {
      accept: 'text/event-stream', ...headers,
    }));
  }

  #open(
    method: string, path: string, headers: Headers, body?: string,
  ): Promise<IncomingMessage> {
    const request = this.base.startsWith('https') ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const call = request(new URL(path, this.base), {
        method, rejectUnauthorized: false, agent: false,
        headers: { ...headers, ...(this.cookie !== undefined && { cookie: this.cookie }) },
      } as object, resolve);
      call.on('error', reject);
      call.end(body);
    });
  }
}

export interface StreamEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

export class EventStream {
  readonly events: StreamEvent[] = [];
  readonly closed: Promise<void>;
  readonly #answer: IncomingMessage;
  #rest = '';
  #isClosed = false;

  constructor(answer: IncomingMessage) {
    this.#answer = answer;
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => this.#read(chunk));
    answer.on('error', () => {});
    this.closed = new Promise((resolve) => {
      answer.on('close', () => {
        this.#isClosed = true;
        resolve();
      });
    });
  }

  /** All messages so far. */
  get messages(): LiveMessage[] {
    return this.events.filter(({ event }) => event === 'message')
      .map(({ data }) => JSON.parse(data) as LiveMessage);
  }

  of<Kind extends LiveMessage['kind']>(kind: Kind): Extract<LiveMessage, { kind: Kind }>[] {
    return this.messages.filter((message) => message.kind === kind) as never;
  }

  get lastId(): string {
    return this.events.filter(({ event }) => event === 'message').at(-1)?.id ?? '';
  }

  /** Lets the world turn, with `meanwhile` at each turn, until the condition holds. */
  async until(condition: () => boolean, meanwhile: () => void = () => {}): Promise<void> {
    for (let turn = 0; !condition(); turn++) {
      if (this.#isClosed || turn > TURNS_MAX) {
        throw new Error(`it never came; so far: ${JSON.stringify(this.events).slice(0, 2_000)}`);
      }
      meanwhile();
      // Turns alone may all be over before a busy machine has let the database's thread answer.
      await new Promise<void>((resolve) => {
        if (turn < EAGER_TURNS) setImmediate(resolve);
        else setTimeout(resolve, 1);
      });
    }
  }

  leave(): void {
    this.#answer.destroy();
  }

  #read(chunk: string): void {
    this.#rest += chunk;
    for (let end = this.#rest.indexOf('\n\n\n'); end >= 0; end = this.#rest.indexOf('\n\n\n')) {
      const lines = this.#rest.slice(0, end).split('\n');
      this.#rest = this.#rest.slice(end + 3);
      const field = (name: string): string =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      const event = field('event') || 'message';
      this.events.push({ event, id: field('id'), data: field('data') });
    }
  }
}
