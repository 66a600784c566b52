// The server's side of Block2 (RFC 7959 s2.4, s2.6): an answer longer than a block leaves as its
// first block and is kept as it was, so that all blocks are of one representation; what is no
// longer kept is made anew by the caller, and its ETag tells whether it is still the same.

import type { Peer } from '../ports.ts';
import { type Block, blockOption, offsetOf, sizeOf, withOptions } from './block.ts';
import type { ResponseContent } from './exchange.ts';
import { Kept, type KeptPorts, keyOf } from './kept.ts';
import { Code, type Message, NO_BYTES, type Option, OptionNumber } from './message.ts';
import { accept, contentFormat, optionValue, uintOptionOf } from './options.ts';

interface Representation {
  readonly code: number;
  readonly options: readonly Option[];
  readonly payload: Uint8Array;
}

export class Block2Sender {
  readonly #kept: Kept<Representation>;
  readonly #lengthMax: number;

  constructor(ports: KeptPorts, lengthMax: number) {
    this.#kept = new Kept(ports);
    this.#lengthMax = lengthMax;
  }

  /**
   * The block of an answer that was asked for, by default the first; the whole is kept for the
   * others. `of` is the request, or what a request for it would have been.
   */
  cut(
    peer: Peer, of: Pick<Message, 'code' | 'options'>, response: ResponseContent,
    asked: Block | undefined, szxMax: number,
  ): ResponseContent {
    const { code, options = [], payload = NO_BYTES } = response;
    // RFC 7959 s2.4: of the two sides' sizes the smaller one.
    const szx = Math.min(asked?.szx ?? szxMax, szxMax);
    const offset = asked === undefined ? 0 : offsetOf(asked);
    // Only a representation has blocks: of an error there is a diagnostic text at most.
    if (code >> 5 !== 2) return response;
    const key = keyOf(peer, of.code, of.options);
    if (offset === 0 && payload.length <= sizeOf(szx)) {
      this.#kept.delete(key);
      if (asked === undefined) return response;
      const only = blockOption(OptionNumber.BLOCK2, { num: 0, more: false, szx });
      return { code, payload, options: [...options, only] };
    }
    if (payload.length > this.#lengthMax) return { code: Code.INTERNAL_SERVER_ERROR };
    const etag = optionValue({ options }, OptionNumber.ETAG) ?? etagOf(payload);
    const tag = { number: OptionNumber.ETAG, value: etag };
    const tagged = withOptions(options, [OptionNumber.ETAG], [tag]);
    const kept: Representation = {
      // s2.6: only the first block of a notification is one.
      code, payload, options: withOptions(tagged, [OptionNumber.OBSERVE], []),
    };
    this.#kept.set(peer, key, kept, payload.length);
    return blockAt({ code, payload, options: tagged }, offset, szx);
  }

  /** A further block of an answer that is still kept. */
  next(peer: Peer, request: Message, asked: Block, szxMax: number): ResponseContent | undefined {
    const key = keyOf(peer, request.code, request.options);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    // The same resource in another format is another representation.
    const format = accept(request);
    const isOther = format !== undefined && format !== contentFormat(kept);
    if (isOther) return undefined;
    this.#kept.use(key, kept.payload.length);
    return blockAt(kept, offsetOf(asked), Math.min(asked.szx, szxMax));
  }
}

function blockAt(
  { code, options, payload }: Representation, offset: number, szx: number,
): ResponseContent {
  // Beyond the end: of a longer representation that is gone, or of nothing.
  if (offset >= payload.length) return { code: Code.BAD_REQUEST };
  const size = sizeOf(szx);
  const more = offset + size < payload.length;
  const added = [blockOption(OptionNumber.BLOCK2, { num: offset / size, more, szx })];
  // RFC 7959 s4: an estimate for whoever has to make room.
  if (offset === 0) added.push(uintOptionOf(OptionNumber.SIZE2, payload.length));
  return {
    code, payload: payload.subarray(offset, offset + size), options: [...options, ...added],
  };
}

/** Tells representations apart (RFC 7252 s5.10.6): length and FNV-1a, 8 bytes. */
function etagOf(payload: Uint8Array): Uint8Array {
  let hash = 0x811c9dc5;
  for (let index = 0; index < payload.length; index++) {
    hash = Math.imul(hash ^ (payload[index] as number), 0x01000193);
  }
  const { length } = payload;
  return Uint8Array.of(
    length >> 24, length >> 16, length >> 8, length, hash >> 24, hash >> 16, hash >> 8, hash,
  );
}
