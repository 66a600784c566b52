// Which bodies travel in blocks at the moment (RFC 7959), by the datagrams that pass: what devices
// and server ask for further blocks of, or send them of. For counting, not for judging.

import { type Block, blockOf } from '../../core/coap/block.ts';
import { decodeMessage } from '../../core/coap/codec.ts';
import { type Message, OptionNumber } from '../../core/coap/message.ts';
import { uriPath, uriQuery } from '../../core/coap/options.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { Passing } from '../passing.ts';
import { EXCHANGE_LIFETIME, hasBlock } from './datagram.ts';

/** RFC 7959 s2.9: what these answer goes on, or begins anew. */
const CONTINUE = 0x5f;
const INCOMPLETE = 0x88;

const NONE: readonly Transfer[] = [];

interface Transfer {
  /** Who asks, the method, the path and the query. */
  readonly of: string;
  /** Of its newest request. */
  token: string;
  at: Milliseconds;
}

export class BlockTransfers {
  /** By device. */
  readonly #underWay = new Map<number, readonly Transfer[]>();

  /** A new request left: whether it begins from the first block what had come further. */
  asked(passing: Passing): boolean {
    const { at, device: { id }, direction, datagram } = passing;
    if (!hasBlock(datagram)) return false;
    const message = decodeMessage(datagram);
    const block = message.ok ? blockIn(message.value) : undefined;
    if (!message.ok || block === undefined) return false;
    const transfers = this.#of(id, at);
    const of = `${direction} ${keyOf(message.value)}`;
    const known = transfers.find((one) => one.of === of);
    // A first block may be the only one: of an answer its request says no more.
    if (known === undefined && block.num === 0 && !block.more) return false;
    const { token } = passing;
    if (known === undefined) this.#underWay.set(id, [...transfers, { of, token, at }]);
    else Object.assign(known, { token, at });
    return known !== undefined && block.num === 0;
  }

  /** An answer left: the last block, or an error, is the end. */
  answered(passing: Passing): void {
    const { at, device: { id }, code, datagram } = passing;
    const transfers = this.#of(id, at);
    if (transfers.length === 0 || code === CONTINUE || code === INCOMPLETE) return;
    // Not before: nearly all have no transfer, and to make a text of each token takes time.
    const { token } = passing;
    const known = transfers.find((one) => one.token === token);
    if (known === undefined) return;
    const message = hasBlock(datagram) ? decodeMessage(datagram) : undefined;
    const block = message?.ok === true ? blockOf(message.value, OptionNumber.BLOCK2) : undefined;
    if (typeof block !== 'object' || !block.more) {
      this.#underWay.set(id, transfers.filter((one) => one !== known));
    }
  }

  /** Whether something was under way; it is not followed any more. */
  leave(device: number, at: Milliseconds): boolean {
    const isUnderWay = this.#of(device, at).length > 0;
    this.#underWay.delete(device);
    return isUnderWay;
  }

  /** Forgets those that were given up without a word. */
  sweep(at: Milliseconds): void {
    for (const id of this.#underWay.keys()) {
      const left = this.#of(id, at);
      if (left.length === 0) this.#underWay.delete(id);
      else this.#underWay.set(id, left);
    }
  }

  #of(device: number, now: Milliseconds): readonly Transfer[] {
    const transfers = this.#underWay.get(device) ?? NONE;
    return transfers.length === 0
      ? transfers : transfers.filter(({ at }) => now - at < EXCHANGE_LIFETIME);
  }
}

function blockIn(message: Message): Block | undefined {
  const sent = blockOf(message, OptionNumber.BLOCK1);
  const wanted = sent ?? blockOf(message, OptionNumber.BLOCK2);
  return wanted === 'reserved' ? undefined : wanted;
}

function keyOf(message: Message): string {
  return `${message.code} ${uriPath(message).join('/')}?${uriQuery(message).join('&')}`;
}
