// What the data of an event log says, by the format that it names.

import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { encodeUtf8, fromHex } from '../bytes.ts';
import { ContentFormat, encodePayload } from './content-format.ts';
import { logTexts } from './event-log.ts';
import { OBJECTS } from './objects.ts';
import { pathOf } from './path.ts';
import type { Entry } from './value.ts';

const NOW = 1_700_000_000_000;
const READING: Entry = {
  path: pathOf([3303, 0, 5700]), value: { type: 'float', value: 21.5 }, time: NOW - 5_000,
};
const CLASS: Entry = { path: pathOf([20, 0, 4010]), value: { type: 'integer', value: 5n } };

function encoded(format: number, base: number[] | undefined, entries: readonly Entry[]) {
  const payload = encodePayload(format, base && pathOf(base), entries);
  if (!payload.ok) throw new Error(payload.reason);
  return payload.value;
}

function texts(format: number | undefined, data: Uint8Array) {
  return logTexts(format, 0, data, NOW, OBJECTS).map(({ text, time }) => (
    time === undefined ? text : `${text} @${time - NOW}`));
}

test.for<[string, number | undefined, Uint8Array, string[]]>([
  ['text in no format', 0, encodeUtf8('up\nregistered'), ['up\nregistered']],
  ['text when the device names none', undefined, encodeUtf8('up\tnow\r\n'), ['up\tnow\r\n']],
  ['text in the format of a vendor', 100, encodeUtf8('\u001b[31mred'), ['\u001b[31mred']],
  ['bytes that are no UTF-8', 0, Uint8Array.of(0x6f, 0xff), ['6fff']],
  ['bytes with control characters', 0, Uint8Array.of(0x6f, 0x01), ['6f01']],
  ['many bytes', 0, new Uint8Array(33).fill(1), [`${'01'.repeat(32)}\n01`]],
  ['TLV', 1, encoded(ContentFormat.TLV, [20, 0], [CLASS]), ['/20/0/4010 5']],
  ['JSON of 1.0', 2, encodeUtf8('{"bn":"/20/0/","e":[{"n":"4010","v":5}]}'), ['/20/0/4010 5']],
  ['JSON of 1.1', 2, encoded(ContentFormat.SENML_JSON, undefined, [READING]),
    ['/3303/0/5700 21.5 @-5000']],
  ['JSON that is none of LwM2M', 2, encodeUtf8('{"a":1}'), ['{"a":1}']],
  ['CBOR of 1.1', 3, encoded(ContentFormat.SENML_CBOR, undefined, [READING]),
    ['/3303/0/5700 21.5 @-5000']],
  ['CBOR of 1.2', 3, encoded(ContentFormat.LWM2M_CBOR, undefined, [CLASS]), ['/20/0/4010 5']],
  ['CBOR that is one text', 3, fromHex('627570')!, ['up']],
  ['TLV that is cut', 1, Uint8Array.of(0xc8, 0x00, 0x14), ['c80014']],
  ['nothing', 0, new Uint8Array(), ['']],
])('%s', ([, format, data, expected]) => {
  expect(texts(format, data)).toEqual(expected);
});

property.prop([fc.option(fc.nat(255), { nil: undefined }), fc.uint8Array({ maxLength: 200 })])(
  'any bytes of any format say something or other', (format, data) => {
    expect(logTexts(format, 0, data, NOW, OBJECTS).length).toBeGreaterThan(0);
  },
);
