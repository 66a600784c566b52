// The wire format against hand-made vectors, against itself, and against coap-packet.

import { fc, test as property } from '@fast-check/vitest';
import coapPacket from 'coap-packet';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeEmpty, encodeMessage, OPTIONS_MAX } from './codec.ts';
import { ACK, Code, CON, formatCode, type Message, NO_BYTES, NON, RST } from './message.ts';
import { hostileDatagram } from '../../sim/testing/hostile.ts';
import { message as messageOf, optionsOf } from '../../sim/testing/messages.ts';
import { datagramOf, decoded, fromHex, hex, message } from './testing.ts';

const utf8 = new TextEncoder();
const option = (number: number, value = '') => ({ number, value: fromHex(value) });
const zeros = (length: number) => '00'.repeat(length);

const valid: [name: string, datagram: string, Message][] = [
  ['RFC 7252 figure 16: request', '40017d34 bb 74656d7065726174757265',
    message(CON, Code.GET, { mid: 0x7d34, options: [option(11, '74656d7065726174757265')] })],
  ['RFC 7252 figure 16: response', '60457d34 ff 32322e332043',
    message(ACK, Code.CONTENT, { mid: 0x7d34, payload: utf8.encode('22.3 C') })],
  ['RFC 7252 figure 17: request with a token', '41017d35 20 bb 74656d7065726174757265',
    message(CON, Code.GET, {
      mid: 0x7d35, token: fromHex('20'), options: [option(11, '74656d7065726174757265')],
    })],
  ['RFC 7252 figure 17: response with a token', '61457d35 20 ff 32322e332043',
    message(ACK, Code.CONTENT, {
      mid: 0x7d35, token: fromHex('20'), payload: utf8.encode('22.3 C'),
    })],
  ['empty, Message ID 0', '40000000', message(CON, Code.EMPTY, { mid: 0 })],
  ['Reset, Message ID 65535', '7000ffff', message(RST, Code.EMPTY, { mid: 0xffff })],
  ['the longest token', '58450001 0102030405060708',
    message(NON, Code.CONTENT, { token: fromHex('0102030405060708') })],
  ['an unassigned method', '401f0001', message(CON, 0x1f)],
  ['the highest response code', '60bf0001', message(ACK, 0xbf)],
  ['two options of one number, the second empty', '40010001 b133 00',
    message(CON, Code.GET, { options: [option(11, '33'), option(11)] })],
  ['delta 12', '40010001 c0', message(CON, Code.GET, { options: [option(12)] })],
  ['delta 13', '40010001 d000', message(CON, Code.GET, { options: [option(13)] })],
  ['delta 268', '40010001 d0ff', message(CON, Code.GET, { options: [option(268)] })],
  ['delta 269', '40010001 e00000', message(CON, Code.GET, { options: [option(269)] })],
  ['delta 65535', '40010001 e0fef2', message(CON, Code.GET, { options: [option(65_535)] })],
  ['length 12', `40010001 1c ${zeros(12)}`,
    message(CON, Code.GET, { options: [option(1, zeros(12))] })],
  ['length 13', `40010001 1d00 ${zeros(13)}`,
    message(CON, Code.GET, { options: [option(1, zeros(13))] })],
  ['length 268', `40010001 1dff ${zeros(268)}`,
    message(CON, Code.GET, { options: [option(1, zeros(268))] })],
  ['length 269', `40010001 1e0000 ${zeros(269)}`,
    message(CON, Code.GET, { options: [option(1, zeros(269))] })],
  ['delta and length both extended', `40010001 de 00 0000 ${zeros(269)}`,
    message(CON, Code.GET, { options: [option(13, zeros(269))] })],
  ['a payload of one byte, the marker itself', '40010001 ffff',
    message(CON, Code.GET, { payload: fromHex('ff') })],
  ['Zephyr registers: 2.01 with Location-Path', '68413682ae99c1763a0eafcf8272640461626331',
    message(ACK, Code.CREATED, {
      mid: 0x3682, token: fromHex('ae99c1763a0eafcf'),
      options: [option(8, '7264'), option(8, '61626331')],
    })],
];

const malformed: [name: string, datagram: string, error: string, header: boolean][] = [
  ['nothing', '', 'header truncated', false],
  ['one byte', '40', 'header truncated', false],
  ['three bytes', '400100', 'header truncated', false],
  ['version 0', '00010001', 'unknown version', false],
  ['version 2', '80010001', 'unknown version', false],
  ['version 3', 'c0010001', 'unknown version', false],
  ['a DTLS record', '16fefd0000000000000000003601', 'unknown version', false],
  ['token length 9', `49010001 ${zeros(9)}`, 'reserved token length', true],
  ['token length 15', `4f010001 ${zeros(15)}`, 'reserved token length', true],
  ['token length 1 without token', '41010001', 'token truncated', true],
  ['token length 8 with 7 bytes', `48010001 ${zeros(7)}`, 'token truncated', true],
  ['class 1', '40200001', 'reserved code class', true],
  ['class 6', '40c00001', 'reserved code class', true],
  ['class 7', '40ff0001', 'reserved code class', true],
  ['empty with a token', '41000001 01', 'empty message with content', true],
  ['empty with an option', '40000001 b0', 'empty message with content', true],
  ['empty with a payload', '40000001 ff01', 'empty message with content', true],
  ['empty with a token length only', '41000001', 'token truncated', true],
  ['delta nibble 15', '40010001 f0', 'reserved option delta', true],
  ['length nibble 15', '40010001 1f', 'reserved option length', true],
  ['delta 13 without its byte', '40010001 d0', 'option truncated', true],
  ['delta 14 with one byte', '40010001 e000', 'option truncated', true],
  ['length 13 without its byte', '40010001 1d', 'option truncated', true],
  ['length 14 with one byte', '40010001 1e00', 'option truncated', true],
  ['value shorter than said', '40010001 b27a', 'option truncated', true],
  ['value of 65,804 bytes promised', '40010001 1effff 00', 'option truncated', true],
  ['option number 65536', '40010001 e0fef3', 'option number too large', true],
  ['option number 65536 by a sum', '40010001 e0fef2 10', 'option number too large', true],
  ['too many options', `40010001 ${zeros(OPTIONS_MAX + 1)}`, 'too many options', true],
  ['a marker without payload', '40010001 ff', 'payload marker without payload', true],
  ['a marker without payload after an option', '40010001 b0 ff',
    'payload marker without payload', true],
  ['more than a datagram holds', `40010001 ff ${zeros(65_504)}`, 'datagram too long', true],
];

test.each(valid)('%s is read and written', (_name, datagram, expected) => {
  expect(decoded(fromHex(datagram))).toEqual(expected);
  expect(hex(encodeMessage(expected))).toBe(datagram.replaceAll(' ', ''));
});

test.each(valid)('%s, cut short, is refused or reads as what it then is', (_name, text) => {
  const whole = fromHex(text);
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.slice(0, length);
    const result = decodeMessage(cut);
    if (result.ok) expect(encodeMessage(result.value)).toEqual(cut);
  }
});

test.each(malformed)('%s is refused', (_name, datagram, error, hasHeader) => {
  const result = decodeMessage(fromHex(datagram));
  expect(result).toMatchObject({ ok: false, reason: { error } });
  const header = result.ok ? undefined : result.reason.header;
  expect(header !== undefined).toBe(hasHeader);
});

test('the failure carries what a Reset needs', () => {
  expect(decodeMessage(fromHex('40ffabcd'))).toMatchObject({
    ok: false, reason: { header: { type: CON, mid: 0xabcd } },
  });
});

test('as many options as allowed are read', () => {
  const datagram = fromHex(`40010001 ${zeros(OPTIONS_MAX)}`);
  expect(decoded(datagram).options).toHaveLength(OPTIONS_MAX);
});

test('values are plain byte arrays, whatever the datagram came in', () => {
  class Wrapped extends Uint8Array {}
  const long = datagramOf(CON, Code.PUT, {
    token: fromHex('01'), options: [option(11, '33')], payload: new Uint8Array(100).fill(5),
  });
  const surrounded = new Wrapped([1, 2, 3, ...long, 9]).subarray(3, 3 + long.length);
  const { token, options, payload } = decoded(surrounded);
  for (const bytes of [token, options[0]?.value, payload]) {
    expect(bytes?.constructor).toBe(Uint8Array);
  }
  expect(payload).toEqual(new Uint8Array(100).fill(5));
});

describe('our own nonsense stops us', () => {
  test.each<[string, Message]>([
    ['a long token', message(CON, Code.GET, { token: new Uint8Array(9) })],
    ['a Message ID of 17 bits', message(CON, Code.GET, { mid: 65_536 })],
    ['options out of order', message(CON, Code.GET, { options: [option(12), option(11)] })],
    ['an option number of 17 bits', message(CON, Code.GET, { options: [option(65_536)] })],
    ['an Empty message with a payload', message(CON, Code.EMPTY, { payload: fromHex('01') })],
    ['more than a datagram', message(CON, Code.GET, { payload: new Uint8Array(65_504) })],
  ])('%s', (_name, nonsense) => {
    expect(() => encodeMessage(nonsense)).toThrow('broken invariant');
  });
});

test('an Empty message needs no codec', () => {
  expect(encodeEmpty(RST, 0xabcd)).toEqual(datagramOf(RST, Code.EMPTY, { mid: 0xabcd }));
});

property.prop([messageOf()])('what is written reads as it was', (original) => {
  expect(decoded(encodeMessage(original))).toEqual(original);
});

property.prop([hostileDatagram()], { numRuns: 5_000 })(
  'what is read was written in the only way there is', (datagram) => {
    const result = decodeMessage(datagram);
    if (result.ok) expect(encodeMessage(result.value)).toEqual(datagram);
  },
);

describe('coap-packet', () => {
  const namedOptions: Record<number, string> = {
    1: 'If-Match', 3: 'Uri-Host', 4: 'ETag', 5: 'If-None-Match', 6: 'Observe', 7: 'Uri-Port',
    8: 'Location-Path', 11: 'Uri-Path', 12: 'Content-Format', 14: 'Max-Age', 15: 'Uri-Query',
    17: 'Accept', 20: 'Location-Query', 23: 'Block2', 27: 'Block1', 28: 'Size2',
    35: 'Proxy-Uri', 39: 'Proxy-Scheme', 60: 'Size1',
  };
  const known = optionsOf(fc.constantFrom(...Object.keys(namedOptions).map(Number)));
  const shared = messageOf(known);

  property.prop([shared])('reads what we write', (original) => {
    const packet = coapPacket.parse(Buffer.from(encodeMessage(original)));
    expect(packet.code).toBe(formatCode(original.code));
    expect(packet.messageId).toBe(original.mid);
    expect([packet.confirmable, packet.ack, packet.reset]).toEqual(
      [original.type === CON, original.type === ACK, original.type === RST],
    );
    expect(hex(packet.token)).toBe(hex(original.token));
    expect(hex(packet.payload)).toBe(hex(original.payload));
    expect(packet.options.map(({ name, value }) => [name, hex(value)])).toEqual(
      original.options.map(({ number, value }) => [namedOptions[number], hex(value)]),
    );
  });

  property.prop([shared])('writes what we write', (original) => {
    const packet = coapPacket.generate({
      code: formatCode(original.code),
      messageId: original.mid,
      confirmable: original.type === CON, ack: original.type === ACK, reset: original.type === RST,
      token: Buffer.from(original.token),
      payload: Buffer.from(original.payload),
      options: original.options.map(({ number, value }) => ({
        name: namedOptions[number] as string, value: Buffer.from(value),
      })),
    }, 65_000);
    expect(hex(packet)).toBe(hex(encodeMessage(original)));
  });
});

test('an absent value is one shared empty array', () => {
  expect(decoded(fromHex('40010001')).payload).toBe(NO_BYTES);
});
