// For the tests of this folder only: a clock and random by hand, a transport that remembers, and
// messages in one line. The simulated world with its network is in sim/.

import type { Clock, Milliseconds, Peer, Random, Task, Timer, Transport } from '../ports.ts';
import { TimerHeap } from '../timers.ts';
import { BLOCK_SIZE_DEFAULT } from './block.ts';
import { BlockwiseLayer, type BlockwiseOptions } from './blockwise.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { type Message, NO_BYTES, OptionNumber } from './message.ts';
import { stringOptionOf, uintOptionOf } from './options.ts';

export class TestClock implements Clock {
  readonly timers = new TimerHeap();
  #now: Milliseconds;

  constructor(now: Milliseconds = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): Milliseconds {
    return this.#now;
  }

  schedule(due: Milliseconds, task: Task): Timer {
    return this.timers.add(due, task);
  }

  cancel(timer: Timer): void {
    this.timers.cancel(timer);
  }

  /** Runs everything that becomes due, each at its own time. */
  advance(span: Milliseconds): void {
    const end = this.#now + span;
    while (this.timers.nextDue <= end) {
      const next = this.timers.pop();
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.due);
      next.task.onDue(this.#now);
    }
    this.#now = end;
  }
}

/** A linear congruential generator: poor, but the same everywhere. */
export class TestRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  uint32(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#state ^ (this.#state >>> 15)) >>> 0;
  }

  below(bound: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * bound);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  fork(label: string): Random {
    return new TestRandom(this.uint32() + label.length);
  }
}

export class TestTransport implements Transport<Peer> {
  readonly sent: { readonly peer: Peer; readonly datagram: Uint8Array }[] = [];

  send(peer: Peer, datagram: Uint8Array): void {
    this.sent.push({ peer, datagram });
  }

  /** What was sent since the last call, readable: `ACK 2.05 mid=1 token=0102`. */
  take(): string[] {
    return this.takeMessages().map(format);
  }

  takeMessages(): Message[] {
    return this.sent.splice(0).map(({ datagram }) => decoded(datagram));
  }
}

export interface Bench {
  readonly clock: TestClock;
  readonly transport: TestTransport;
  readonly layer: BlockwiseLayer;
}

/** A layer between a clock and a transport; Message IDs run free from the first moment. */
export function bench(options: Partial<BlockwiseOptions> = {}): Bench {
  const clock = new TestClock();
  const transport = new TestTransport();
  const random = new TestRandom(1);
  const layer = new BlockwiseLayer({
    clock, transport, random, ackTimeout: () => 2_000, messageIdSeed: 7,
    blockSize: () => BLOCK_SIZE_DEFAULT, ...options,
  });
  // The pace after a start is a subject of message-id.test.ts alone.
  clock.advance(100_000);
  return { clock, transport, layer };
}

export function peerOf(id: number, port = 5683): Peer {
  return { id, listener: 0, security: 'none', identity: '', address: { host: '192.0.2.1', port } };
}

export function message(type: Message['type'], code: number, rest: Partial<Message> = {}): Message {
  const { mid = 1, token = NO_BYTES, options = [], payload = NO_BYTES } = rest;
  return { type, code, mid, token, options, payload };
}

export function datagramOf(
  type: Message['type'], code: number, rest: Partial<Message> = {},
): Uint8Array {
  return encodeMessage(message(type, code, rest));
}

export function decoded(datagram: Uint8Array): Message {
  const result = decodeMessage(datagram);
  if (!result.ok) throw new Error(`undecodable: ${result.reason.error}`);
  return result.value;
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(text: string): Uint8Array {
  const digits = text.replaceAll(' ', '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

export function path(...segments: string[]): { number: number; value: Uint8Array }[] {
  return segments.map((segment) => stringOptionOf(OptionNumber.URI_PATH, segment));
}

/** Bytes that tell where they stand, and bodies apart. */
export function bodyOf(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (first + index + (index >> 8)) & 0xff);
}

export const observed = (sequence: number) => uintOptionOf(OptionNumber.OBSERVE, sequence);

function format(sent: Message): string {
  const type = ['CON', 'NON', 'ACK', 'RST'][sent.type];
  const code = `${sent.code >> 5}.${String(sent.code & 0x1f).padStart(2, '0')}`;
  const token = sent.token.length > 0 ? ` token=${hex(sent.token)}` : '';
  return `${type} ${code} mid=${sent.mid}${token}`;
}
