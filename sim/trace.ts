// The log of a run: one line per thing that happened, hashed as it grows, so that two runs are
// equal exactly when their hashes are. The last lines are kept for people. A day of a thousand
// devices has a million lines, so none is made into text before somebody wants to read it.

import { createHash } from 'node:crypto';
import { toHex } from '../core/bytes.ts';
import type { Milliseconds, Ticket } from '../core/ports.ts';
import type { Fate } from './observer.ts';
import type { Direction } from './scenario/model.ts';

const LINES_KEPT = 1000;
/** Lines are hashed in blocks: a hash call costs more than a line. */
const BLOCK_BYTES = 131_072;
/** Time, kind, two numbers and two lengths. */
const FIXED_BYTES = 21;
const FATES: readonly Fate[] = ['delivered', 'lost', 'duplicate', 'unheard'];
const NOTE = 0xff;
const COMMITTED = 0xfe;

/** Written again when its turn comes. */
interface Line {
  at: Milliseconds;
  /** NOTE, COMMITTED, or of a datagram its fate and direction. */
  kind: number;
  /** The note, or whose datagram it was. */
  text: string;
  /** Which datagram of its device and direction, or the ticket. */
  nth: number;
  /** The changes of a group. */
  changes: number;
  datagram: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  /** A ring: the line number n is at n modulo LINES_KEPT. */
  readonly #last: Line[] = [];
  #used = 0;
  count = 0;

  /** Something happened. */
  note(at: Milliseconds, what: string): void {
    this.#line(at, NOTE, what, 0, 0, NO_BYTES);
  }

  /** A group is on the disk. */
  committed(at: Milliseconds, ticket: Ticket, changes: number): void {
    this.#line(at, COMMITTED, '', ticket, changes, NO_BYTES);
  }

  /** A datagram came to its end. */
  datagram(
    at: Milliseconds, device: string, direction: Direction, nth: number, fate: Fate,
    datagram: Uint8Array,
  ): void {
    const kind = FATES.indexOf(fate) * 2 + (direction === 'up' ? 0 : 1);
    this.#line(at, kind, device, nth, 0, datagram);
  }

  /** Of all lines so far; the trace goes on. */
  get hash(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  /** The newest lines, oldest first. */
  last(count: number): readonly string[] {
    const lines: string[] = [];
    const first = Math.max(0, this.count - Math.min(count, LINES_KEPT));
    for (let index = first; index < this.count; index++) {
      lines.push(formatLine(this.#last[index % LINES_KEPT] as Line));
    }
    return lines;
  }

  #line(
    at: Milliseconds, kind: number, text: string, nth: number, changes: number,
    datagram: Uint8Array,
  ): void {
    const place = this.count++ % LINES_KEPT;
    const line = this.#last[place];
    if (line === undefined) this.#last[place] = { at, kind, text, nth, changes, datagram };
    else {
      line.at = at;
      line.kind = kind;
      line.text = text;
      line.nth = nth;
      line.changes = changes;
      line.datagram = datagram;
    }
    this.#write(at, kind, text, nth, changes, datagram);
  }

  #write(
    at: Milliseconds, kind: number, text: string, nth: number, changes: number,
    datagram: Uint8Array,
  ): void {
    const size = FIXED_BYTES + 2 * text.length + datagram.length;
    if (this.#used + size > BLOCK_BYTES) this.#flush();
    if (size > BLOCK_BYTES) {
      this.#hash.update(text);
      this.#hash.update(datagram);
      return;
    }
    const view = this.#view;
    let used = this.#used;
    view.setFloat64(used, at);
    view.setUint8(used + 8, kind);
    view.setUint32(used + 9, nth);
    view.setUint32(used + 13, changes);
    view.setUint16(used + 17, text.length);
    view.setUint16(used + 19, datagram.length);
    used += FIXED_BYTES;
    for (let index = 0; index < text.length; index++, used += 2) {
      view.setUint16(used, text.charCodeAt(index));
    }
    this.#block.set(datagram, used);
    this.#used = used + datagram.length;
  }

  #flush(): void {
    this.#hash.update(this.#block.subarray(0, this.#used));
    this.#used = 0;
  }
}

function formatLine({ at, kind, text, nth, changes, datagram }: Line): string {
  if (kind === NOTE) return `${at} ${text}`;
  if (kind === COMMITTED) return `${at} committed ${nth} with ${changes} changes`;
  const direction: Direction = kind % 2 === 0 ? 'up' : 'down';
  return `${at} ${text} ${direction} ${nth} ${FATES[kind >> 1]} ${toHex(datagram)}`;
}
