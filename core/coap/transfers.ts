// Requests of ours that take several messages (RFC 7959 s2.3, s2.4, s2.6, s2.7): a body that leaves
// in blocks, an answer that comes in blocks, or both. One request of a transfer is under way at a
// time; each has a token of its own, and what ends one ends the transfer. How parts become a whole
// is in block1-sender.ts and block2-receiver.ts.

import type { Clock, Milliseconds, Peer, Task } from '../ports.ts';
import { assert, unreachable } from '../result.ts';
import { blockOf, blockOption, sizeOf, szxOf, withOptions } from './block.ts';
import { Block1Sender } from './block1-sender.ts';
import { Block2Receiver } from './block2-receiver.ts';
import type { BlockMemory, Held } from './block-memory.ts';
import {
  allOf, Body, BODY_BYTES_MAX, type BodySink, type BodySource,
} from './body.ts';
import type { MessageLayer, OutboundRequest, RequestContent } from './exchange.ts';
import { keyOf } from './kept.ts';
import { Code, type Message, NO_BYTES, type Option, OptionNumber } from './message.ts';
import { uintOptionOf } from './options.ts';
import type { Outbound, Outcome, Response } from './outbound.ts';

/** How often a transfer begins anew because the peer lost or changed what it had. */
export const RESTARTS_MAX = 3;

const NO_ROOM: Outcome = { kind: 'refused', reason: 'other transfers needed the room' };
const GONE: Outcome = {
  kind: 'incomplete', reason: 'what is sent cannot be read any more', isPassing: false,
};

/** Of a first request; those for the other blocks are none (RFC 7959 s2.6) or have their own. */
const OF_THE_FIRST: readonly number[] = [
  OptionNumber.OBSERVE, OptionNumber.BLOCK1, OptionNumber.BLOCK2, OptionNumber.SIZE1,
];
const OF_BLOCK1: readonly number[] = [OptionNumber.BLOCK1, OptionNumber.SIZE1];

/** A request with a body of any length, and whose answer may be. */
export interface BodyRequest extends Omit<RequestContent, 'payload'> {
  readonly payload: BodySource;
  /** Where a good answer goes, instead of into its message. */
  readonly sink?: BodySink | undefined;
}

export interface TransferPorts {
  readonly messages: MessageLayer;
  readonly memory: BlockMemory;
  readonly clock: Clock;
  readonly blockSize: (peer: Peer) => number;
  /** Of a body in memory, in bytes. */
  readonly lengthMax: number;
  /** A block came, and the next is asked for or sent. */
  readonly onProgress: (request: OutboundRequest) => void;
}

interface Owner {
  onDropped(transfer: Transfer): void;
}

class Transfer implements Held, Task {
  readonly owner: Owner;
  readonly peer: Peer;
  readonly content: BodyRequest;
  readonly done: (outcome: Outcome) => void;
  readonly receiver: Block2Receiver;
  /** Undefined when the request fits one message. */
  readonly sender: Block1Sender | undefined;
  /** Whether blocks of the request are still to leave. */
  isSending: boolean;
  /** RFC 9175 s3.4: where another body is on its way to the same resource. */
  requestTag: readonly Option[] = [];
  /** What who asked for it knows it by: its first request. */
  handle: OutboundRequest | undefined;
  /** The request under way. */
  current: OutboundRequest | undefined = undefined;
  restarts = 0;
  isEnded = false;
  charge = 0;

  constructor(
    owner: Owner, peer: Peer, content: BodyRequest, done: (outcome: Outcome) => void,
    receiver: Block2Receiver, sender?: Block1Sender,
  ) {
    this.owner = owner;
    this.peer = peer;
    this.content = content;
    this.done = done;
    this.receiver = receiver;
    this.sender = sender;
    this.isSending = sender !== undefined;
  }

  /** Ended for want of room, and told when nothing else is going on. */
  onDue(_now: Milliseconds): void {
    this.done(NO_ROOM);
  }

  drop(): void {
    this.owner.onDropped(this);
  }
}

export class Transfers implements Owner {
  readonly #ports: TransferPorts;
  /** By what they are known by, and by the request under way. */
  readonly #byRequest = new Map<OutboundRequest, Transfer>();
  /** How many bodies leave for the same resource of the same peer. */
  readonly #leaving = new Map<string, number>();
  #lastTag = 0;

  constructor(ports: TransferPorts) {
    this.#ports = ports;
  }

  /** Sends a request whose body is longer than a block. */
  send(peer: Peer, content: BodyRequest, done: (outcome: Outcome) => void): OutboundRequest {
    return this.#send(peer, content, szxOf(this.#ports.blockSize(peer)), done, undefined);
  }

  /** Sends one that fits a message, for an answer that goes elsewhere than into one. */
  receive(peer: Peer, content: BodyRequest, done: (outcome: Outcome) => void): OutboundRequest {
    const transfer = this.#receiving(peer, content, done);
    this.#use(transfer);
    return this.#begin(transfer);
  }

  /**
   * Takes an answer that is part of a longer one, or that asks for smaller blocks; false if it is
   * for who asked. It may be the answer to a plain request only: transfers hear of their own.
   */
  take(request: Outbound, { message, notification }: Response): boolean {
    if (this.#byRequest.has(request)) return false;
    const { peer, draft, done } = request;
    const { code, options, payload, token } = draft;
    const content: RequestContent = { code, options, payload, token };
    if (message.code === Code.REQUEST_ENTITY_TOO_LARGE) {
      const hint = blockOf(message, OptionNumber.BLOCK1);
      if (typeof hint !== 'object' || sizeOf(hint.szx) >= payload.length) return false;
      this.#send(peer, content, hint.szx, done, request);
      return true;
    }
    if (!isFirstOfMore(message)) return false;
    // Whoever asks again if this fails need not have it retransmitted meanwhile.
    if (notification !== undefined) this.#ports.messages.accept(notification);
    const transfer = this.#receiving(peer, content, done);
    this.#handle(transfer, request);
    this.#onBlock2(transfer, message);
    return true;
  }

  /**
   * Asks for the rest of a notification (RFC 7959 s2.6) by the request it would be the answer to;
   * undefined if it cannot be had.
   */
  fetch(
    peer: Peer, content: RequestContent, opening: Message, done: (outcome: Outcome) => void,
  ): OutboundRequest | undefined {
    const transfer = this.#receiving(peer, content, done);
    if (!isFirstOfMore(opening) || transfer.receiver.take(opening).kind !== 'next') {
      return undefined;
    }
    this.#use(transfer);
    return this.#begin(transfer);
  }

  /** False if it is no transfer's. */
  cancel(request: OutboundRequest): boolean {
    const transfer = this.#byRequest.get(request);
    if (transfer?.current === undefined) return false;
    this.#ports.messages.cancel(transfer.current);
    return true;
  }

  get size(): number {
    return new Set(this.#byRequest.values()).size;
  }

  #send(
    peer: Peer, content: BodyRequest, szx: number, done: (outcome: Outcome) => void,
    handle: OutboundRequest | undefined,
  ): OutboundRequest {
    assert(content.payload.length <= BODY_BYTES_MAX, 'the blocks of a body can be numbered');
    const receiver = this.#receiver(peer, content);
    const sender = new Block1Sender(content.payload, szx);
    const transfer = new Transfer(this, peer, content, done, receiver, sender);
    const key = keyOf(peer, content.code, content.options);
    const others = this.#leaving.get(key) ?? 0;
    if (others > 0) {
      transfer.requestTag = [uintOptionOf(OptionNumber.REQUEST_TAG, ++this.#lastTag)];
    }
    this.#leaving.set(key, others + 1);
    if (handle !== undefined) this.#handle(transfer, handle);
    this.#use(transfer);
    return this.#begin(transfer);
  }

  #receiving(
    peer: Peer, content: BodyRequest, done: (outcome: Outcome) => void,
  ): Transfer {
    return new Transfer(this, peer, content, done, this.#receiver(peer, content));
  }

  #receiver(peer: Peer, { sink }: BodyRequest): Block2Receiver {
    const { blockSize, lengthMax } = this.#ports;
    return new Block2Receiver(szxOf(blockSize(peer)), sink ?? new Body(lengthMax));
  }

  #handle(transfer: Transfer, request: OutboundRequest): void {
    transfer.handle = request;
    this.#byRequest.set(request, transfer);
  }

  /** Notes that it was used just now; others may have to go. */
  #use(transfer: Transfer): void {
    const { sender, receiver, content: { payload } } = transfer;
    const isHeld = sender !== undefined && payload instanceof Uint8Array;
    this.#ports.memory.use(transfer, receiver.room + (isHeld ? payload.length : 0));
  }

  /** Sends the first request of the transfer, or the second of a notification. */
  #begin(transfer: Transfer): OutboundRequest {
    const content = contentOf(transfer);
    assert(content !== undefined, 'a body is there when it is given');
    return this.#ask(transfer, content);
  }

  #ask(transfer: Transfer, content: RequestContent): OutboundRequest {
    const request = this.#ports.messages.request(transfer.peer, content, (outcome) => {
      this.#onOutcome(transfer, outcome);
    });
    transfer.current = request;
    if (transfer.handle === undefined) transfer.handle = request;
    this.#byRequest.set(request, transfer);
    return transfer.handle;
  }

  #onOutcome(transfer: Transfer, outcome: Outcome): void {
    const { current } = transfer;
    transfer.current = undefined;
    if (current !== undefined && current !== transfer.handle) this.#byRequest.delete(current);
    if (transfer.isEnded) return;
    if (outcome.kind !== 'response') this.#end(transfer, outcome);
    else if (transfer.isSending) this.#onBlock1(transfer, outcome);
    else this.#onBlock2(transfer, outcome.message);
  }

  #onBlock1(transfer: Transfer, outcome: Response): void {
    const { message, notification } = outcome;
    const answered = (transfer.sender as Block1Sender).onAnswer(message);
    switch (answered) {
      case 'next':
        return this.#goOn(transfer);
      case 'again':
        return this.#restart(transfer, outcome);
      case 'final':
        transfer.isSending = false;
        if (!isFirstOfMore(message)) return this.#end(transfer, outcome);
        if (notification !== undefined) this.#ports.messages.accept(notification);
        return this.#onBlock2(transfer, message);
      default:
        return this.#end(transfer, {
          kind: 'incomplete', reason: answered.broken, isPassing: false,
        });
    }
  }

  #onBlock2(transfer: Transfer, message: Message): void {
    const taken = transfer.receiver.take(message);
    switch (taken.kind) {
      case 'next':
        return this.#goOn(transfer);
      case 'again':
        return this.#restart(transfer, { kind: 'response', message });
      case 'whole':
        return this.#end(transfer, { kind: 'response', message: taken.message });
      case 'broken':
        return this.#end(transfer, {
          kind: 'incomplete', reason: taken.reason, isPassing: false,
        });
      default:
        return unreachable(taken);
    }
  }

  /** Sends the request for what is due. */
  #goOn(transfer: Transfer): void {
    const content = contentOf(transfer);
    if (content === undefined) return this.#end(transfer, GONE);
    this.#use(transfer);
    this.#ports.onProgress(this.#ask(transfer, content));
  }

  /** From the first block; what changes something cannot be asked again for its answer. */
  #restart(transfer: Transfer, outcome: Outcome): void {
    const { code } = transfer.content;
    const isSafe = code === Code.GET || code === Code.FETCH;
    const wasSending = transfer.isSending;
    if ((isSafe || wasSending) && transfer.restarts < RESTARTS_MAX) {
      transfer.restarts++;
      // A body that left in blocks is part of the question (RFC 7959 s2.7).
      transfer.isSending = transfer.sender !== undefined;
      if (!wasSending) transfer.sender?.restart();
      this.#goOn(transfer);
    } else if (wasSending) this.#end(transfer, outcome);
    else {
      const reason = 'the answer changed between its blocks';
      this.#end(transfer, { kind: 'incomplete', reason, isPassing: true });
    }
  }

  #end(transfer: Transfer, outcome: Outcome): void {
    this.#letGo(transfer);
    this.#ports.memory.release(transfer);
    transfer.done(outcome);
  }

  /** The memory needs the room. */
  onDropped(transfer: Transfer): void {
    const { current } = transfer;
    this.#letGo(transfer);
    if (current !== undefined) this.#ports.messages.cancel(current);
    const { clock } = this.#ports;
    clock.schedule(clock.now(), transfer);
  }

  #letGo(transfer: Transfer): void {
    assert(!transfer.isEnded, 'a transfer ends once');
    transfer.isEnded = true;
    const { handle, current, sender, peer, content } = transfer;
    if (handle !== undefined) this.#byRequest.delete(handle);
    if (current !== undefined) this.#byRequest.delete(current);
    if (sender === undefined) return;
    const key = keyOf(peer, content.code, content.options);
    const others = (this.#leaving.get(key) ?? 1) - 1;
    if (others === 0) this.#leaving.delete(key);
    else this.#leaving.set(key, others);
  }
}

function isFirstOfMore(message: Message): boolean {
  const block = blockOf(message, OptionNumber.BLOCK2);
  return typeof block === 'object' && block.num === 0 && block.more && message.code >> 5 === 2;
}

/** The request for what is due; undefined when its body is gone. */
function contentOf(transfer: Transfer): RequestContent | undefined {
  const { content, sender, receiver, isSending, requestTag, restarts } = transfer;
  const { code, options, payload, token } = content;
  if (!isSending || sender === undefined) {
    const { wanted: block } = receiver;
    // Block2 is critical (RFC 7959 s2.1), and who has little to say need not know it.
    if (sender === undefined && block.num === 0 && restarts === 0) {
      return { code, options, payload: allOf(payload), token };
    }
    const wanted = blockOption(OptionNumber.BLOCK2, block);
    // RFC 7959 s2.7: a body that went in blocks is not sent again with each request for the answer.
    // One that is part of the question is (RFC 8132 s2).
    const isRepeated = sender === undefined && code === Code.FETCH;
    return {
      code, options: withOptions(options, OF_THE_FIRST, [wanted, ...requestTag]),
      payload: isRepeated ? allOf(payload) : NO_BYTES,
    };
  }
  const { block, part } = sender;
  if (part === undefined) return undefined;
  const added = [blockOption(OptionNumber.BLOCK1, block), ...requestTag];
  // RFC 7959 s4: so that the peer can refuse at once what it has no room for.
  if (block.num === 0) added.push(uintOptionOf(OptionNumber.SIZE1, payload.length));
  return {
    code, options: withOptions(options, OF_BLOCK1, added), payload: part, token,
  };
}
