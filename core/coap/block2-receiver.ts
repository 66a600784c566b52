// The client's side of Block2 (RFC 7959 s2.4): makes one message of the answers to a row of
// requests. Sending those is not here.

import { type Block, blockOf, NUM_MAX, offsetOf, sizeOf, withOptions } from './block.ts';
import { type BodySink, longerThan } from './body.ts';
import { Code, type Message, type Option, OptionNumber } from './message.ts';
import { optionValue, uintOption } from './options.ts';

/** What is to be done about an answer. */
export type Taken =
  /** The next block is due. */
  | { readonly kind: 'next' }
  /** The first block is due again: the representation changed meanwhile. */
  | { readonly kind: 'again' }
  | { readonly kind: 'whole'; readonly message: Message }
  | { readonly kind: 'broken'; readonly reason: string };

/** What belongs to a block and not to the whole. */
const OF_BLOCKS: readonly number[] = [
  OptionNumber.OBSERVE, OptionNumber.BLOCK2, OptionNumber.BLOCK1, OptionNumber.SIZE2,
];

export class Block2Receiver {
  readonly #body: BodySink;
  #szx: number;
  /** The very first message: its type, token and Observe are those of the whole. */
  #opening: Message | undefined = undefined;
  /** The first block of the representation. */
  #first: Message | undefined = undefined;

  constructor(szxMax: number, body: BodySink) {
    this.#szx = szxMax;
    this.#body = body;
  }

  /** Bytes held in memory. */
  get room(): number {
    return this.#body.room;
  }

  /** What to ask for. */
  get wanted(): Block {
    return { num: this.#body.length / sizeOf(this.#szx), more: false, szx: this.#szx };
  }

  take(message: Message): Taken {
    this.#opening ??= message;
    const first = this.#first;
    const { code, payload } = message;
    if (first !== undefined && code !== first.code) {
      // The rest may be gone because the whole has become shorter.
      const isGone = code === Code.BAD_REQUEST || code === Code.REQUEST_ENTITY_INCOMPLETE;
      return isGone ? this.#again() : { kind: 'whole', message };
    }
    const block = blockOf(message, OptionNumber.BLOCK2);
    if (code >> 5 !== 2) return { kind: 'whole', message };
    if (block === undefined) return this.#alone(message);
    if (block === 'reserved') return broken('the peer answered with a reserved block size');
    if (offsetOf(block) !== this.#body.length) {
      return broken('the peer answered with another block than it was asked for');
    }
    if (first !== undefined && !isSame(etagOf(first), etagOf(message))) return this.#again();
    const size = sizeOf(block.szx);
    if (block.more ? payload.length !== size : payload.length > size) {
      return broken('the peer sent a block of another length than it says');
    }
    const announced = first === undefined ? uintOption(message, OptionNumber.SIZE2) ?? 0 : 0;
    const { lengthMax } = this.#body;
    const obstacle = announced > lengthMax ? longerThan(lengthMax) : this.#body.append(payload);
    if (obstacle !== undefined) return broken(`the answer ${obstacle}`);
    this.#first ??= message;
    if (!block.more) return { kind: 'whole', message: this.#whole(this.#first) };
    this.#szx = Math.min(this.#szx, block.szx);
    // RFC 7959 s2.2: its number would not fit, since blocks became smaller on the way.
    if (this.wanted.num > NUM_MAX) return broken('the peer has more blocks than can be asked for');
    return { kind: 'next' };
  }

  #again(): Taken {
    this.#first = undefined;
    this.#body.clear();
    return { kind: 'again' };
  }

  /** A representation that fits one message, now or from the first. */
  #alone(message: Message): Taken {
    this.#body.clear();
    const obstacle = this.#body.append(message.payload);
    if (obstacle !== undefined) return broken(`the answer ${obstacle}`);
    return { kind: 'whole', message: { ...message, payload: this.#body.bytes() } };
  }

  #whole(first: Message): Message {
    const opening = this.#opening as Message;
    const observe = opening.options.filter(({ number }) => number === OptionNumber.OBSERVE);
    const options: readonly Option[] = withOptions(first.options, OF_BLOCKS, observe);
    return { ...opening, code: first.code, options, payload: this.#body.bytes() };
  }
}

function broken(reason: string): Taken {
  return { kind: 'broken', reason };
}

function etagOf(message: Message): Uint8Array | undefined {
  return optionValue(message, OptionNumber.ETAG);
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
