// CoAP as callers use it: the message layer (exchange.ts), and over it bodies that are longer than
// a message (RFC 7959), of servers and clients. A caller sends and gets whole bodies, or gives what
// they are read from and go into block by block (body.ts); only the rest of a notification it has
// to ask for, since only it knows by which request. What has no Block option and no long body
// passes through untouched.

import type { Peer } from '../ports.ts';
import {
  BLOCK_SIZE_MIN, type Block, blockOf, blockOption, mayHaveBlock, szxOf, withOptions,
} from './block.ts';
import { Block1Receiver } from './block1-receiver.ts';
import { Block2Sender } from './block2-sender.ts';
import { BLOCK_LIMITS_DEFAULT, type BlockLimits, BlockMemory } from './block-memory.ts';
import { allOf } from './body.ts';
import {
  type Counters, type InboundNotification, type InboundRequest, MessageLayer,
  type MessageLayerOptions, type NotificationContent, type NotifyOutcome, type OutboundRequest,
  type Outcome, type Received, type RequestContent, type ResponseContent,
} from './exchange.ts';
import { PendingInboundRequest } from './inbound.ts';
import type { KeptPorts } from './kept.ts';
import { Code, type Message, OptionNumber } from './message.ts';
import { type BodyRequest, Transfers } from './transfers.ts';

export interface BlockwiseOptions extends Omit<MessageLayerOptions, 'takeBlock'> {
  /** The size of blocks toward a peer, in bytes: 16 to 1024. */
  readonly blockSize: (peer: Peer) => number;
  /** How many bytes a request of this kind may have in blocks; default: as any body. */
  readonly bodyLengthMax?: (request: Message, peer: Peer) => number;
  /** A block came of a transfer of ours, and the next is asked for or sent. */
  readonly onProgress?: (request: OutboundRequest) => void;
  readonly blockLimits?: Partial<BlockLimits>;
}

export interface BlockwiseNotification extends NotificationContent {
  /** Method, path and query of what is observed: what the rest will be asked for by. */
  readonly request?: Pick<Message, 'code' | 'options'> | undefined;
}

const HANDLED: Received = { kind: 'handled' };

export class BlockwiseLayer {
  readonly #messages: MessageLayer;
  /** Of what we ask and send; what peers leave here must not drive it out. */
  readonly #memory: BlockMemory;
  readonly #left: BlockMemory;
  readonly #receiver: Block1Receiver;
  readonly #sender: Block2Sender;
  readonly #transfers: Transfers;
  readonly #blockSize: (peer: Peer) => number;

  constructor(options: BlockwiseOptions) {
    const { clock, ackTimeout, blockSize, bodyLengthMax, blockLimits } = options;
    const limits: BlockLimits = { ...BLOCK_LIMITS_DEFAULT, ...blockLimits };
    const memory = new BlockMemory(limits);
    const left = new BlockMemory(limits);
    const ports: KeptPorts = { clock, memory: left, ackTimeout };
    const lengthMax = limits.bodyLength;
    this.#memory = memory;
    this.#left = left;
    this.#blockSize = blockSize;
    this.#receiver = new Block1Receiver(ports, (request, peer) => (
      Math.min(bodyLengthMax?.(request, peer) ?? lengthMax, lengthMax)
    ));
    this.#sender = new Block2Sender(ports, lengthMax);
    const messages = new MessageLayer({
      ...options, takeBlock: (request, response) => this.#transfers.take(request, response),
    });
    this.#messages = messages;
    this.#transfers = new Transfers({
      messages, memory, blockSize, lengthMax, clock,
      onProgress: options.onProgress ?? (() => undefined),
    });
  }

  get counters(): Readonly<Counters> {
    return this.#messages.counters;
  }

  /** What is held, for tests of boundedness; walks over everything. */
  sizes(): {
    peers: number; recent: number; outbound: number; transfers: number; blockBytes: number;
  } {
    const [own, left] = [this.#memory, this.#left];
    return {
      ...this.#messages.sizes(),
      transfers: own.size + left.size, blockBytes: own.bytes + left.bytes,
    };
  }

  /** Takes any datagram; what is left to the caller is in the result. */
  receive(peer: Peer, datagram: Uint8Array): Received {
    const received = this.#messages.receive(peer, datagram);
    if (received.kind !== 'request' || !mayHaveBlock(received.request.message)) return received;
    return this.#isForCaller(received.request) ? received : HANDLED;
  }

  /** Answers now or later; a long body leaves as its first block. */
  respond(request: InboundRequest, response: ResponseContent): void {
    const { peer, message } = request;
    const length = response.payload?.length ?? 0;
    if (mayHaveBlock(message)) this.#respondToBlock(request, response);
    else if (length > BLOCK_SIZE_MIN && length > this.#blockSize(peer)) {
      const szx = szxOf(this.#blockSize(peer));
      this.#messages.respond(request, this.#sender.cut(peer, message, response, undefined, szx));
    } else this.#messages.respond(request, response);
  }

  accept(notification: InboundNotification): void {
    this.#messages.accept(notification);
  }

  reject(notification: InboundNotification): void {
    this.#messages.reject(notification);
  }

  ignore(notification: InboundNotification): void {
    this.#messages.ignore(notification);
  }

  /** Sends when all earlier ones to the peer are acknowledged; `done` is never called inside. */
  request(peer: Peer, content: BodyRequest, done: (outcome: Outcome) => void): OutboundRequest {
    const { payload } = content;
    const isLong = payload.length > BLOCK_SIZE_MIN && payload.length > this.#blockSize(peer);
    if (isLong) return this.#transfers.send(peer, content, done);
    if (content.sink !== undefined) return this.#transfers.receive(peer, content, done);
    const isBytes = payload instanceof Uint8Array;
    return this.#messages.request(
      peer, isBytes ? content as RequestContent : { ...content, payload: allOf(payload) }, done,
    );
  }

  /**
   * Asks for the rest of a notification that is the first block of more (RFC 7959 s2.6), by the
   * request it is the answer to; ends like that request, with the whole. Undefined if the blocks
   * cannot make a whole. `done` is never called inside.
   */
  fetch(
    peer: Peer, content: RequestContent, notification: Message, done: (outcome: Outcome) => void,
  ): OutboundRequest | undefined {
    return this.#transfers.fetch(peer, content, notification, done);
  }

  /** Ends the request as cancelled, if it has not ended. */
  cancel(request: OutboundRequest): void {
    if (!this.#transfers.cancel(request)) this.#messages.cancel(request);
  }

  /** The server's side of an observation; of a long body the first block is the notification. */
  notify(
    peer: Peer, content: BlockwiseNotification, done: (outcome: NotifyOutcome) => void,
  ): void {
    const { length } = content.payload;
    if (length <= BLOCK_SIZE_MIN || length <= this.#blockSize(peer)) {
      this.#messages.notify(peer, content, done);
      return;
    }
    const of = content.request ?? { code: Code.GET, options: [] };
    const first = this.#sender.cut(peer, of, content, undefined, szxOf(this.#blockSize(peer)));
    this.#messages.notify(peer, { ...content, ...first } as NotificationContent, done);
  }

  /** Drops all state of the peer; what is open ends as cancelled. */
  forget(peer: Peer): void {
    this.#messages.forget(peer);
    this.#memory.forget(peer);
    this.#left.forget(peer);
  }

  /** False if it was answered here: a block of more, or a further block of an answer. */
  #isForCaller(request: InboundRequest): boolean {
    const { peer, message } = request;
    const block1 = blockOf(message, OptionNumber.BLOCK1);
    const block2 = blockOf(message, OptionNumber.BLOCK2);
    // RFC 7959 s2.2.
    if (block1 === 'reserved' || block2 === 'reserved') {
      return this.#answer(request, { code: Code.BAD_REQUEST });
    }
    if (block1 !== undefined) {
      const collected = this.#receiver.collect(peer, message, block1);
      if (collected.kind === 'response') return this.#answer(request, collected.response);
      if (request instanceof PendingInboundRequest) {
        request.message = { ...message, payload: collected.payload };
      }
    }
    if (block2 === undefined || block2.num === 0) return true;
    const szx = szxOf(this.#blockSize(peer));
    const next = this.#sender.next(peer, message, block2, szx);
    if (next !== undefined) return this.#answer(request, next);
    // What is only read is read again; the rest cannot be done again for its answer.
    const isSafe = message.code === Code.GET || message.code === Code.FETCH;
    return isSafe || this.#answer(request, { code: Code.REQUEST_ENTITY_INCOMPLETE });
  }

  #answer(request: InboundRequest, response: ResponseContent): false {
    this.#messages.respond(request, response);
    return false;
  }

  /** RFC 7959 s2.2: what came with Block1 is answered with it; Block2 says which part is wanted. */
  #respondToBlock(request: InboundRequest, response: ResponseContent): void {
    const { peer, message } = request;
    const block1 = blockOf(message, OptionNumber.BLOCK1) as Block | undefined;
    const block2 = blockOf(message, OptionNumber.BLOCK2) as Block | undefined;
    const szx = szxOf(this.#blockSize(peer));
    const { options = [], ...rest } = this.#sender.cut(peer, message, response, block2, szx);
    const added = block1 === undefined ? [] : [blockOption(OptionNumber.BLOCK1, block1)];
    this.#messages.respond(request, { ...rest, options: withOptions(options, [], added) });
  }
}
