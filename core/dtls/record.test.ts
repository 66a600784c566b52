// Records at their borders: each cut, each length, both forms.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import {
  CIPHERTEXT_LENGTH_MAX, ContentType, parseRecord, plainRecord, SEQUENCE_MAX, writeRecordHeader,
} from './record.ts';

const ALERT = plainRecord(ContentType.ALERT, 5, Uint8Array.of(2, 40));

describe('a record', () => {
  it('of epoch 0 has the form of RFC 6347 s4.1', () => {
    expect(toHex(ALERT)).toBe('15fefd000000000000000500020228');
    expect(parseRecord(ALERT, 0, 5)).toEqual({
      type: 21, epoch: 0, sequence: 5, start: 0, cidLength: 0, from: 13, to: 15,
    });
  });

  it('with a connection id has it before the length (RFC 9146 s4)', () => {
    const record = fromHex('19fefd0001ffffffffffffaabbccddee0003010203')!;
    expect(parseRecord(record, 0, 5)).toEqual({
      type: 25, epoch: 1, sequence: SEQUENCE_MAX, start: 0, cidLength: 5, from: 18, to: 21,
    });
  });

  it('may have nothing in it', () => {
    const empty = plainRecord(ContentType.APPLICATION_DATA, 0, new Uint8Array(0));
    expect(parseRecord(empty, 0, 5)).toMatchObject({ from: 13, to: 13 });
  });

  it.for([ALERT, fromHex('19fefd0001000000000001aabbccddee0003010203')!])(
    'that is cut anywhere is none', (record) => {
      for (let length = 0; length < record.length; length++) {
        expect(parseRecord(record.subarray(0, length), 0, 5)).toBeUndefined();
      }
    });

  it('is never longer than RFC 5246 s6.2.3 allows', () => {
    const longest = plainRecord(23, 0, new Uint8Array(CIPHERTEXT_LENGTH_MAX));
    const longer = plainRecord(23, 0, new Uint8Array(CIPHERTEXT_LENGTH_MAX + 1));
    expect(parseRecord(longest, 0, 5)).toBeDefined();
    expect(parseRecord(longer, 0, 5)).toBeUndefined();
  });

  it.for([
    ['DTLS 1.0 in epoch 0', '15feff000000000000000500020228', true],
    ['DTLS 1.0 in epoch 1', '15feff000100000000000500020228', false],
    ['TLS 1.2', '150303000000000000000500020228', false],
    ['DTLS 1.3', '15fefc000000000000000500020228', false],
  ] as const)('of %s', ([, hex, isTaken]) => {
    expect(parseRecord(fromHex(hex)!, 0, 5) !== undefined).toBe(isTaken);
  });

  property.prop([
    fc.nat(255), fc.nat(65_535), fc.bigInt(0n, BigInt(SEQUENCE_MAX)), fc.uint8Array(),
    fc.uint8Array({ maxLength: 255 }),
  ])('is read as it was written', (type, epoch, sequence, content, cid) => {
    const ownCid = type === ContentType.TLS12_CID ? cid : new Uint8Array(0);
    const record = new Uint8Array(13 + ownCid.length + content.length);
    writeRecordHeader(record, type, epoch, Number(sequence), ownCid, content.length);
    expect(parseRecord(record, 0, cid.length)).toEqual({
      type, epoch, sequence: Number(sequence), start: 0, cidLength: ownCid.length,
      from: record.length - content.length, to: record.length,
    });
  });
});
