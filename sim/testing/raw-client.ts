// A CoAP client without manners, for tests: one address in a World, any datagram out, everything
// that came in kept. It answers the server's requests as told, and acknowledges only if told so.

import { decodeMessage, encodeEmpty, encodeMessage } from '../../core/coap/codec.ts';
import {
  ACK, Code, CON, NO_BYTES, OptionNumber, RST, type Message, type Option,
} from '../../core/coap/message.ts';
import {
  inOrder, locationPath, observe, stringOptionOf, uintOptionOf, uriPath,
} from '../../core/coap/options.ts';
import { encodeUtf8, toHex } from '../../core/bytes.ts';
import type { Address, Milliseconds } from '../../core/ports.ts';
import { assert } from '../../core/result.ts';
import type { Link } from '../network.ts';
import type { World } from '../world.ts';

export type Answer =
  | { readonly code: number; readonly options?: readonly Option[]; readonly payload?: Uint8Array }
  | 'reset' | 'silence';

export interface Heard {
  readonly at: Milliseconds;
  readonly message: Message;
}

export const LINK = 40;
export const TEXT = 0;
export const OBJECTS = '</1/0>,</3/0>,</3303/0>';

/** There and back over the calm network, and a commit in between. */
const ROUND_TRIP: Milliseconds = 100;

export class RawClient {
  readonly world: World;
  /** Everything that came in, in order. */
  readonly heard: Heard[] = [];
  /** What the server's requests get. */
  answer: (request: Message) => Answer = observes('21.5');
  /** The Location-Path of the last 2.01. */
  location: readonly string[] = [];
  #address: Address;
  #link: Link;
  #nextMid = 1;

  constructor(world: World, host = '10.2.0.1', port = 5683) {
    this.world = world;
    this.#address = { host, port };
    this.#link = this.#join();
  }

  /** Continues from another address; what is sent to the old one is lost. */
  moveTo(host: string, port = 5683): void {
    this.world.network.leave(this.#link);
    this.#address = { host, port };
    this.#link = this.#join();
  }

  /** Hears nothing more. */
  unplug(): void {
    this.world.network.leave(this.#link);
  }

  plug(): void {
    this.#link = this.#join();
  }

  sendBytes(datagram: Uint8Array): void {
    this.world.network.sendUp(this.#link, datagram);
  }

  /** Sends a message; what is not given is an empty CON with a fresh Message ID. */
  send(message: Partial<Message>): number {
    const mid = message.mid ?? this.#nextMid++ & 0xffff;
    this.sendBytes(encodeMessage({
      type: CON, code: Code.EMPTY, token: NO_BYTES, payload: NO_BYTES, ...message, mid,
      options: inOrder(message.options ?? []),
    }));
    return mid;
  }

  /** A request as LwM2M clients send them; its Message ID. */
  request(
    code: number, path: readonly string[], query: readonly string[] = [], body = '',
    format: number | undefined = body === '' ? undefined : LINK,
  ): number {
    const mid = this.#nextMid & 0xffff;
    return this.send({
      code, token: Uint8Array.of(0xaa, mid >> 8, mid), payload: encodeUtf8(body),
      options: [
        ...path.map((segment) => stringOptionOf(OptionNumber.URI_PATH, segment)),
        ...(format === undefined ? [] : [uintOptionOf(OptionNumber.CONTENT_FORMAT, format)]),
        ...query.map((item) => stringOptionOf(OptionNumber.URI_QUERY, item)),
      ],
    });
  }

  /** Sends a request and waits a round trip; the answer, if any came. */
  ask(...request: Parameters<RawClient['request']>): Message | undefined {
    const mid = this.request(...request);
    this.world.run(ROUND_TRIP);
    return this.answerTo(mid);
  }

  /** Registers and lets everything settle; fails the test unless it is created. */
  register(query: string, objects = OBJECTS): Message {
    const answer = this.ask(Code.POST, ['rd'], query.split('&'), objects);
    assert(answer?.code === Code.CREATED, `registered with ${query}`);
    this.world.run(2000);
    return answer;
  }

  update(query = '', objects = ''): Message | undefined {
    return this.ask(Code.POST, this.location, query === '' ? [] : query.split('&'), objects);
  }

  /** A notification of a text value; its Message ID. */
  notify(token: Uint8Array, sequence: number, value: string, type: Message['type'] = CON): number {
    return this.send({
      type, code: Code.CONTENT, token, payload: encodeUtf8(value),
      options: [
        uintOptionOf(OptionNumber.OBSERVE, sequence),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, TEXT),
      ],
    });
  }

  /** The same, and the type of what came back for its Message ID after a round trip. */
  notified(...notification: Parameters<RawClient['notify']>): Message['type'] | undefined {
    const mid = this.notify(...notification);
    this.world.run(ROUND_TRIP);
    return this.reactionTo(mid)?.type;
  }

  /** The response to a request of ours: piggybacked, or separate with its token. */
  answerTo(mid: number): Message | undefined {
    return this.heard.find(({ message }) => message.code >> 5 >= 2
      && (message.mid === mid && message.type === ACK
        || toHex(message.token) === toHex(Uint8Array.of(0xaa, mid >> 8, mid))))?.message;
  }

  /** The ACK or Reset with this Message ID. */
  reactionTo(mid: number): Message | undefined {
    return this.heard.findLast(({ message }) => message.mid === mid
      && (message.type === ACK || message.type === RST))?.message;
  }

  /** The server's requests, each once, as `GET /3303/0/5700 observe`. */
  requests(since: Milliseconds = 0): string[] {
    const seen = new Set<number>();
    return this.heard.flatMap(({ at, message }) => {
      if (!isRequest(message) || at < since || seen.has(message.mid)) return [];
      seen.add(message.mid);
      return [describe(message)];
    });
  }

  /** The token of the newest observe request for a path. */
  tokenOf(path: string): Uint8Array {
    const found = this.heard.findLast(({ message }) => isRequest(message)
      && observe(message) === 0 && pathText(message) === path);
    assert(found !== undefined, `${path} was observed`);
    return found.message.token;
  }

  #join(): Link {
    return this.world.network.join({
      name: `${this.#address.host}:${this.#address.port}`, address: this.#address,
      receive: (datagram) => this.#receive(datagram),
    });
  }

  #receive(datagram: Uint8Array): void {
    const decoded = decodeMessage(datagram);
    assert(decoded.ok, 'the server sends well-formed messages');
    const message = decoded.value;
    this.heard.push({ at: this.world.clock.now(), message });
    if (message.code === Code.CREATED) this.location = locationPath(message);
    if (isRequest(message)) this.#answer(message);
    else if (message.type === CON) this.sendBytes(encodeEmpty(ACK, message.mid));
  }

  #answer(request: Message): void {
    const answer = this.answer(request);
    if (answer === 'reset') this.sendBytes(encodeEmpty(RST, request.mid));
    else if (answer !== 'silence') {
      this.send({ type: ACK, mid: request.mid, token: request.token, ...answer });
    }
  }
}

/** Answers reads of resources with a text, and observes them. */
export function observes(value: string): RawClient['answer'] {
  return (request) => {
    if (uriPath(request).length < 3) return { code: Code.NOT_FOUND };
    const wish = observe(request);
    return content(value, wish === 0 ? 0 : undefined);
  };
}

/** A 2.05 with a text; with a sequence number, as of an observation. */
export function content(value: string, sequence?: number): Exclude<Answer, string> {
  return {
    code: Code.CONTENT, payload: encodeUtf8(value),
    options: [
      ...(sequence === undefined ? [] : [uintOptionOf(OptionNumber.OBSERVE, sequence)]),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, TEXT),
    ],
  };
}

export function pathText(message: Message): string {
  return `/${uriPath(message).join('/')}`;
}

function isRequest({ code }: Message): boolean {
  return code > 0 && code < 0x20;
}

function describe(message: Message): string {
  const method = message.code === Code.GET ? 'GET' : `method ${message.code}`;
  const wish = observe(message);
  const suffix = wish === 0 ? ' observe' : wish === 1 ? ' cancel' : '';
  return `${method} ${pathText(message)}${suffix}`;
}
