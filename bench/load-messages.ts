// What the load generator sends: Register, the answer to an observation, notifications from a
// template. Written once per peer, patched in place: the generator must not be the bottleneck.

import { encodeMessage } from '../core/coap/codec.ts';
import { ACK, Code, CON, NO_BYTES, OptionNumber, type Message } from '../core/coap/message.ts';
import { stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import { ContentFormat, encodePayload } from '../core/lwm2m/content-format.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import { assert } from '../core/result.ts';

export const RESOURCE = [3303, 0, 5700] as const;
const SEQUENCE_START = 0x10_0000;
const encoder = new TextEncoder();

/** A Register; `links` decides what the server asks afterwards. */
export function registerDatagram(endpoint: string, links: string, mid: number): Uint8Array {
  const query = [`ep=${endpoint}`, 'lt=86400', 'lwm2m=1.1', 'b=U'];
  return encodeMessage({
    type: CON, code: Code.POST, mid, token: Uint8Array.of(mid >> 8, mid & 0xff),
    options: [
      stringOptionOf(OptionNumber.URI_PATH, 'rd'),
      uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.LINK),
      ...query.map((item) => stringOptionOf(OptionNumber.URI_QUERY, item)),
    ],
    payload: encoder.encode(links),
  });
}

/** The answer that establishes an observation. */
export function observeAnswer(request: Message): Uint8Array {
  return encodeMessage({
    type: ACK, code: Code.CONTENT, mid: request.mid, token: request.token,
    options: contentOptions(SEQUENCE_START - 1), payload: temperature(),
  });
}

/** 4.04 to anything else the server asks. */
export function notFoundAnswer(request: Message): Uint8Array {
  const { mid, token } = request;
  return encodeMessage({
    type: ACK, code: Code.NOT_FOUND, mid, token, options: [], payload: NO_BYTES,
  });
}

/** A confirmable notification whose MID, sequence and value `next` moves on. */
export class NotificationTemplate {
  readonly datagram: Uint8Array;
  readonly #view: DataView;
  readonly #sequenceAt: number;
  #sequence = SEQUENCE_START;

  constructor(token: Uint8Array) {
    this.datagram = encodeMessage({
      type: CON, code: Code.CONTENT, mid: 0, token, options: contentOptions(SEQUENCE_START),
      payload: temperature(),
    });
    this.#view = new DataView(this.datagram.buffer, this.datagram.byteOffset);
    // After header and token comes the Observe option: one byte of head, three of sequence.
    this.#sequenceAt = 4 + token.length + 1;
  }

  next(mid: number): Uint8Array {
    const sequence = this.#sequence++;
    this.#view.setUint16(2, mid);
    this.#view.setUint8(this.#sequenceAt, sequence >> 16);
    this.#view.setUint16(this.#sequenceAt + 1, sequence & 0xffff);
    this.#view.setFloat32(this.datagram.length - 4, 20 + (sequence % 1000) / 100);
    return this.datagram;
  }
}

const FIRST_TIME = Date.UTC(2030, 0, 1);
/** Records of one Send. */
export const RECORDS_PER_SEND = 10;

/** A Send of so many temperatures, 10 s apart, whose MID `next` moves on. */
export class SendTemplate {
  readonly datagram: Uint8Array;
  readonly #view: DataView;

  constructor() {
    const [object, instance, resource] = RESOURCE;
    const path = { object, instance, resource };
    const entries = Array.from({ length: RECORDS_PER_SEND }, (_, index): Entry => ({
      path, value: { type: 'float', value: 20.1 + index }, time: FIRST_TIME + index * 10_000,
    }));
    const payload = encodePayload(ContentFormat.SENML_CBOR, undefined, entries);
    assert(payload.ok, 'temperatures have a form');
    this.datagram = encodeMessage({
      type: CON, code: Code.POST, mid: 0, token: Uint8Array.of(1, 2),
      options: [
        stringOptionOf(OptionNumber.URI_PATH, 'dp'),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.SENML_CBOR),
      ],
      payload: payload.value,
    });
    this.#view = new DataView(this.datagram.buffer, this.datagram.byteOffset);
  }

  next(mid: number): Uint8Array {
    this.#view.setUint16(2, mid);
    return this.datagram;
  }
}

function contentOptions(sequence: number): Message['options'] {
  return [
    uintOptionOf(OptionNumber.OBSERVE, sequence),
    uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.TLV),
  ];
}

/** Resource 5700 as TLV: type byte, 16-bit id, float of four bytes. */
function temperature(): Uint8Array {
  const payload = new Uint8Array(7);
  const view = new DataView(payload.buffer);
  view.setUint8(0, 0b1110_0100);
  view.setUint16(1, RESOURCE[2]);
  view.setFloat32(3, 21.5);
  return payload;
}
