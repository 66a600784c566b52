// The client's side of Block1 (RFC 7959 s2.3): what part of a body of ours is next, by what the
// peer answers. Sending is not here.

import { type Block, blockOf, sizeOf } from './block.ts';
import type { BodySource } from './body.ts';
import { Code, type Message, OptionNumber } from './message.ts';

/** What is to be done about an answer. */
export type Answered =
  /** The next block is due. */
  | 'next'
  /** The first block is due again: what the peer has had is lost. */
  | 'again'
  /** It is the answer to the whole. */
  | 'final'
  | { readonly broken: string };

export class Block1Sender {
  readonly payload: BodySource;
  #szx: number;
  /** Bytes that the peer has. */
  #offset = 0;

  constructor(payload: BodySource, szx: number) {
    this.payload = payload;
    this.#szx = szx;
  }

  get block(): Block {
    const size = sizeOf(this.#szx);
    const more = this.#offset + size < this.payload.length;
    return { num: this.#offset / size, more, szx: this.#szx };
  }

  /** The bytes of the block, read anew each time; undefined when they are gone. */
  get part(): Uint8Array | undefined {
    return this.payload.subarray(this.#offset, this.#offset + sizeOf(this.#szx));
  }

  onAnswer(message: Message): Answered {
    const { code } = message;
    const block = blockOf(message, OptionNumber.BLOCK1);
    if (code === Code.REQUEST_ENTITY_INCOMPLETE) return this.#again(this.#szx);
    // RFC 7959 s2.9.3: a smaller size in a 4.13 asks for smaller blocks; without it nothing helps.
    if (code === Code.REQUEST_ENTITY_TOO_LARGE) {
      const isHint = typeof block === 'object' && block.szx < this.#szx;
      return isHint ? this.#again(block.szx) : 'final';
    }
    if (code >> 5 !== 2) return 'final';
    const sent = this.block;
    if (!sent.more) {
      return code === Code.CONTINUE ? { broken: 'the peer asks for more than there is' } : 'final';
    }
    // 2.31, or after each block a success of its own (s2.3): the number is that of what was sent.
    if (typeof block !== 'object' || block.num !== sent.num) {
      return { broken: 'the peer acknowledged another block than was sent' };
    }
    this.#offset += sizeOf(sent.szx);
    // s2.3: a smaller size counts from the next block on.
    this.#szx = Math.min(sent.szx, block.szx);
    return 'next';
  }

  /** From the first block. */
  restart(): void {
    this.#offset = 0;
  }

  #again(szx: number): Answered {
    this.#szx = szx;
    this.restart();
    return 'again';
  }
}
