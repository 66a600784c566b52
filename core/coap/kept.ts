// What is kept for a peer until it sends or asks for the next block: found by peer, method, path,
// query and Request-Tag (RFC 7959 s2.4, s2.5, RFC 9175 s3.3), never by token; let go of when unused
// for EXCHANGE_LIFETIME, or when others need the room.

import { toHex } from '../bytes.ts';
import type { Clock, Milliseconds, Peer, Task, Timer } from '../ports.ts';
import type { BlockMemory, Held } from './block-memory.ts';
import { type Option, OptionNumber } from './message.ts';
import { exchangeLifetime } from './parameters.ts';

export interface KeptPorts {
  readonly clock: Clock;
  readonly memory: BlockMemory;
  readonly ackTimeout: (peer: Peer) => Milliseconds;
}

const OF_REQUEST: readonly number[] = [
  OptionNumber.URI_PATH, OptionNumber.URI_QUERY, OptionNumber.REQUEST_TAG,
];

/** What all requests for the blocks of one body have in common; `also` are further options. */
export function keyOf(
  peer: Peer, code: number, options: readonly Option[], also?: number,
): string {
  let key = `${peer.id} ${code}`;
  for (const { number, value } of options) {
    if (OF_REQUEST.includes(number) || number === also) key += ` ${number}:${toHex(value)}`;
  }
  return key;
}

class Entry<Content> implements Held, Task {
  readonly table: Kept<Content>;
  readonly peer: Peer;
  readonly key: string;
  readonly content: Content;
  charge = 0;
  expires: Milliseconds = 0;
  timer: Timer | undefined = undefined;

  constructor(table: Kept<Content>, peer: Peer, key: string, content: Content) {
    this.table = table;
    this.peer = peer;
    this.key = key;
    this.content = content;
  }

  onDue(now: Milliseconds): void {
    this.timer = undefined;
    this.table.onEntryDue(this, now);
  }

  drop(): void {
    this.table.delete(this.key);
  }
}

export class Kept<Content> {
  readonly #ports: KeptPorts;
  readonly #entries = new Map<string, Entry<Content>>();

  constructor(ports: KeptPorts) {
    this.#ports = ports;
  }

  get(key: string): Content | undefined {
    return this.#entries.get(key)?.content;
  }

  /** In place of what was there. */
  set(peer: Peer, key: string, content: Content, bytes: number): void {
    this.delete(key);
    const entry = new Entry(this, peer, key, content);
    this.#entries.set(key, entry);
    this.use(key, bytes);
  }

  /** Notes that it was used just now, and holds so many bytes; others may have to go. */
  use(key: string, bytes: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const { clock, memory, ackTimeout } = this.#ports;
    entry.expires = clock.now() + exchangeLifetime(ackTimeout(entry.peer));
    entry.timer ??= clock.schedule(entry.expires, entry);
    memory.use(entry, bytes + key.length);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#ports.memory.release(entry);
    if (entry.timer !== undefined) this.#ports.clock.cancel(entry.timer);
  }

  /** The timer is moved only when it runs: each block would move it otherwise. */
  onEntryDue(entry: Entry<Content>, now: Milliseconds): void {
    if (entry.expires <= now) this.delete(entry.key);
    else entry.timer = this.#ports.clock.schedule(entry.expires, entry);
  }
}
