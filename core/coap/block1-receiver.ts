// The server's side of Block1 (RFC 7959 s2.3, s2.5): requests whose bodies arrive in blocks, in
// order, one after another. A body is complete or it is nothing: no block alone is acted upon.

import type { Peer } from '../ports.ts';
import { type Block, blockOption, offsetOf, sizeOf } from './block.ts';
import { Body } from './body.ts';
import type { ResponseContent } from './exchange.ts';
import { Kept, type KeptPorts, keyOf } from './kept.ts';
import { Code, type Message, OptionNumber } from './message.ts';
import { uintOption, uintOptionOf } from './options.ts';

/** A whole body, or what the peer is told meanwhile. */
export type Collected =
  | { readonly kind: 'whole'; readonly payload: Uint8Array }
  | { readonly kind: 'response'; readonly response: ResponseContent };

export class Block1Receiver {
  readonly #bodies: Kept<Body>;
  readonly #lengthMax: (message: Message, peer: Peer) => number;

  /** `lengthMax` says how many bytes a request of this kind may have; 0 for none in blocks. */
  constructor(ports: KeptPorts, lengthMax: (message: Message, peer: Peer) => number) {
    this.#bodies = new Kept(ports);
    this.#lengthMax = lengthMax;
  }

  collect(peer: Peer, message: Message, block: Block): Collected {
    const { code, options, payload } = message;
    const size = sizeOf(block.szx);
    // RFC 7959 s2.2: all blocks but the last are full.
    const isFit = block.more ? payload.length === size : payload.length <= size;
    if (!isFit) return answer(Code.BAD_REQUEST);
    // s2.3: blocks of different formats are no one body.
    const key = keyOf(peer, code, options, OptionNumber.CONTENT_FORMAT);
    const offset = offsetOf(block);
    const lengthMax = this.#lengthMax(message, peer);
    const announced = uintOption(message, OptionNumber.SIZE1) ?? 0;
    const isWhole = block.num === 0 && !block.more;
    if (Math.max(announced, offset + payload.length + Number(block.more)) > lengthMax && !isWhole) {
      this.#bodies.delete(key);
      return tooLarge(lengthMax);
    }
    if (block.num === 0) {
      // s2.5: the first block begins anew, whatever came before.
      this.#bodies.delete(key);
      if (isWhole) return { kind: 'whole', payload };
      return this.#begin(peer, key, lengthMax, message, block);
    }
    const body = this.#bodies.get(key);
    if (body === undefined || offset > body.length) return answer(Code.REQUEST_ENTITY_INCOMPLETE);
    if (offset < body.length) {
      // The answer to it was lost, and it came in a new message.
      const isAgain = block.more && body.has(payload, offset);
      return isAgain ? goOn(block) : answer(Code.REQUEST_ENTITY_INCOMPLETE);
    }
    return this.#append(key, body, lengthMax, payload, block);
  }

  #begin(
    peer: Peer, key: string, lengthMax: number, { payload }: Message, block: Block,
  ): Collected {
    const body = new Body(lengthMax);
    body.append(payload);
    this.#bodies.set(peer, key, body, body.room);
    return goOn(block);
  }

  #append(
    key: string, body: Body, lengthMax: number, payload: Uint8Array, block: Block,
  ): Collected {
    if (body.append(payload) !== undefined) {
      this.#bodies.delete(key);
      return tooLarge(lengthMax);
    }
    if (block.more) {
      this.#bodies.use(key, body.room);
      return goOn(block);
    }
    this.#bodies.delete(key);
    return { kind: 'whole', payload: body.bytes() };
  }
}

function goOn(block: Block): Collected {
  // RFC 7959 s2.3: M says that nothing is done before the body is complete.
  return answer(Code.CONTINUE, [blockOption(OptionNumber.BLOCK1, block)]);
}

/** RFC 7959 s2.9.3, RFC 7252 s5.9.2.9: Size1 says how much would be taken. */
function tooLarge(lengthMax: number): Collected {
  return answer(Code.REQUEST_ENTITY_TOO_LARGE, [uintOptionOf(OptionNumber.SIZE1, lengthMax)]);
}

function answer(code: number, options: ResponseContent['options'] = []): Collected {
  return { kind: 'response', response: { code, options } };
}
