// CoAP messages drawn by fast-check: every kind there is, and those that LwM2M devices send.

import fc from 'fast-check';
import { encodeUtf8 } from '../../core/bytes.ts';
import { encodeMessage } from '../../core/coap/codec.ts';
import {
  ACK, Code, CON, NO_BYTES, NON, OptionNumber, RST, type Message, type Option,
} from '../../core/coap/message.ts';
import { inOrder, stringOptionOf, uintOptionOf } from '../../core/coap/options.ts';

const OPTION_NUMBER_MAX = 65_535;
const OPTION_NUMBER_USUAL_MAX = 70;
const LINK_FORMAT = 40;
/** More and unfinished: a first block of 64 bytes of a longer payload (RFC 7959 s2.2). */
const BLOCK_OF_64 = 0x0a;

/** A well-formed message that is not empty; its options are in order. */
export function message(options = anyOptions()): fc.Arbitrary<Message> {
  return fc.record({
    type: fc.constantFrom(CON, NON, ACK, RST),
    code: fc.oneof(fc.integer({ min: 1, max: 0x1f }), fc.integer({ min: 0x40, max: 0xbf })),
    mid: fc.nat({ max: 65_535 }),
    token: bytes(8),
    options,
    payload: bytes(1200),
  });
}

/** Options of any number, also of numbers that nobody has defined. */
function anyOptions(): fc.Arbitrary<readonly Option[]> {
  const number = fc.oneof(
    fc.nat({ max: OPTION_NUMBER_USUAL_MAX }), fc.nat({ max: OPTION_NUMBER_MAX }),
  );
  return optionsOf(number);
}

/** Up to twelve options with these numbers and any values. */
export function optionsOf(number: fc.Arbitrary<number>): fc.Arbitrary<readonly Option[]> {
  const value = fc.oneof(bytes(20), bytes(300));
  return fc.array(fc.record({ number, value }), { maxLength: 12 }).map(inOrder);
}

export function bytes(maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength });
}

/** A well-formed datagram: any message, or one that a server of LwM2M knows what to do with. */
export function datagram(): fc.Arbitrary<Uint8Array> {
  const usual = fc.tuple(fc.constantFrom(...TYPICAL), fc.nat({ max: 65_535 }))
    .map(([one, mid]) => encodeMessage({ ...one, mid }));
  return fc.oneof(usual, message().map(encodeMessage));
}

function typical(
  type: Message['type'], code: number, rest: Partial<Message> = {},
): Message {
  const { token = Uint8Array.of(1, 2, 3, 4), options = [], payload = NO_BYTES } = rest;
  return { type, code, mid: 1, token, options, payload };
}

function path(...segments: readonly string[]): Option[] {
  return segments.map((segment) => stringOptionOf(OptionNumber.URI_PATH, segment));
}

/** One of each kind that passes between a device and its server. */
export const TYPICAL: readonly Message[] = [
  typical(CON, Code.POST, {
    options: [
      ...path('rd'), uintOptionOf(OptionNumber.CONTENT_FORMAT, LINK_FORMAT),
      stringOptionOf(OptionNumber.URI_QUERY, 'ep=urn:imei:350457790000001'),
      stringOptionOf(OptionNumber.URI_QUERY, 'lt=300'),
    ],
    payload: encodeUtf8('</1/0>,</3/0>,</3303/0>'),
  }),
  typical(CON, Code.POST, { options: path('rd', '0abcdef1') }),
  typical(CON, Code.DELETE, { options: path('rd', '0abcdef1') }),
  typical(CON, Code.GET, { options: path('3', '0', '9') }),
  typical(CON, Code.PUT, {
    options: [...path('5', '0', '0'), uintOptionOf(OptionNumber.BLOCK1, BLOCK_OF_64)],
    payload: new Uint8Array(64),
  }),
  ...([CON, NON] as const).map((type) => typical(type, Code.CONTENT, {
    options: [uintOptionOf(OptionNumber.OBSERVE, 70_000)], payload: encodeUtf8('21.5'),
  })),
  typical(ACK, Code.CREATED, {
    options: ['rd', 'abc1'].map((one) => stringOptionOf(OptionNumber.LOCATION_PATH, one)),
  }),
  typical(ACK, Code.EMPTY, { token: NO_BYTES }),
  typical(RST, Code.EMPTY, { token: NO_BYTES }),
];
