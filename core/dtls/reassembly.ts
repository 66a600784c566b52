// Messages of a handshake from their fragments, in the order of their sequence numbers (RFC 6347
// s4.2.2, s4.2.3). Held is what has come and no more: a length that is only claimed costs nothing.
// Nothing authenticates it, so the newer of two is held: the peer says his again until it is heard.
// Who forges the whole message that is next, or its last part, is believed; that handshake then
// ends by its Finished, or before, and the peer begins another.

import type { Fragment, HandshakeMessage } from './handshake-messages.ts';

/** How many messages ahead of the next one are held: a flight has no more (RFC 6347 s4.2.4). */
export const MESSAGES_AHEAD_MAX = 8;
/** Of all messages of a peer at a time: room for a chain of certificates, and not for floods. */
export const FRAGMENTS_MAX = 64;
export const FRAGMENT_BYTES_MAX = 8_192;

export class Reassembly {
  /** The sequence number of the message that is next. */
  next: number;
  #fragments: Fragment[] = [];
  #bytes = 0;

  constructor(next: number) {
    this.next = next;
  }

  /** False when it was not taken: of a message long gone, too far ahead, or too long by itself. */
  add(fragment: Fragment): boolean {
    const { type, sequence, length, offset, body } = fragment;
    if (sequence < this.next || sequence >= this.next + MESSAGES_AHEAD_MAX) return false;
    this.#drop((held) => held.sequence === sequence && (held.type !== type
      || held.length !== length || (held.offset === offset && held.body.length === body.length)));
    if (body.length > FRAGMENT_BYTES_MAX) return false;
    const isFull = this.#fragments.length >= FRAGMENTS_MAX
      || this.#bytes + body.length > FRAGMENT_BYTES_MAX;
    if (isFull) this.clear();
    // The record belongs to the socket.
    this.#fragments.push({ ...fragment, body: body.slice() });
    this.#bytes += body.length;
    return true;
  }

  /** The next message, once it is whole. */
  take(): HandshakeMessage | undefined {
    const parts = this.#fragments.filter(({ sequence }) => sequence === this.next)
      .sort((one, other) => one.offset - other.offset);
    const [first] = parts;
    if (first === undefined) return undefined;
    // First whether all of it is there: the length is only a claim until then.
    let covered = 0;
    for (const part of parts) {
      if (part.offset > covered) return undefined;
      covered = Math.max(covered, part.offset + part.body.length);
    }
    if (covered < first.length) return undefined;
    this.#drop(({ sequence }) => sequence === this.next);
    this.next++;
    const { type, sequence, length } = first;
    if (first.body.length === length) return { type, sequence, body: first.body };
    // Fragments may overlap (RFC 6347 s4.2.3).
    const body = new Uint8Array(length);
    for (const part of parts) body.set(part.body, part.offset);
    return { type, sequence, body };
  }

  /** Forgets all fragments: what came in another epoch is no part of this one. */
  clear(): void {
    this.#drop(() => true);
  }

  #drop(isGone: (fragment: Fragment) => boolean): void {
    this.#fragments = this.#fragments.filter((fragment) => {
      if (!isGone(fragment)) return true;
      this.#bytes -= fragment.body.length;
      return false;
    });
  }
}
