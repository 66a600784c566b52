// CBC suites against node:crypto used as the RFCs write it, and everything that is wrong with a
// record: the same way out for all of it, after the same work.

import { createCipheriv, createHmac } from 'node:crypto';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../sim/random.ts';
import { fromHex, toHex } from '../bytes.ts';
import { SymmetricCrypto } from '../io/symmetric.ts';
import type { Crypto } from '../ports.ts';
import { Association } from './association.ts';
import { fragmentLength, openRecord, sealRecord } from './protection.ts';
import { parseRecord, RECORD_HEADER_LENGTH } from './record.ts';
import { exportAssociation, importAssociation } from './stored.ts';
import { keyBlockLengthOf, suiteOf } from './suites.ts';

const HERE = { host: '192.0.2.1', port: 1 };
const SUITE = suiteOf(0x00ae)!;
const CID = '0700000001';
const BLOCK = Uint8Array.from({ length: keyBlockLengthOf(SUITE) }, (_, index) => index);
/** RFC 5246 s6.3: both MAC keys, then both keys of the cipher, the client's first. */
const OF_CLIENT = { mac: BLOCK.subarray(0, 32), key: BLOCK.subarray(64, 80) };
const FORMS = [
  ['encrypt-then-MAC', true, ''], ['encrypt-then-MAC with a connection id', true, CID],
  ['MAC-then-encrypt', false, ''], ['MAC-then-encrypt with a connection id', false, CID],
] as const;

/** Counts the blocks that go through the hash, and what came to nothing. */
class CountingCrypto extends SymmetricCrypto {
  blocks = 0;
  comparisons = 0;

  override hash(message: Uint8Array): Uint8Array {
    this.blocks += blocksOf(message.length);
    return super.hash(message);
  }

  override hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
    this.blocks += 1 + blocksOf(message.length) + 2;
    return super.hmac(key, message);
  }

  override isEqual(one: Uint8Array, other: Uint8Array): boolean {
    this.comparisons++;
    return super.isEqual(one, other);
  }
}

/** FIPS 180-4 s5.1.1: a bit, zeros and 64 bits of length behind the message. */
const blocksOf = (length: number): number => Math.floor((length + 8) / 64) + 1;

const hex = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  fromHex(parts.map((part) => typeof part === 'string' ? part : toHex(part)).join(''))!;
const uint16 = (value: number): string => value.toString(16).padStart(4, '0');
const NUMBER = '0001000000000005';

function end(
  role: 'client' | 'server', isEncryptThenMac: boolean, cid: string,
): Association {
  const association = new Association(1, role, 0, HERE);
  association.suite = SUITE;
  association.setKeys(BLOCK, isEncryptThenMac);
  association.writeSequence = 5;
  if (cid !== '') {
    if (role === 'client') association.peerCid = fromHex(cid)!;
    else association.ownCid = 1;
  }
  return association;
}

function encrypted(iv: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-128-cbc', OF_CLIENT.key, iv).setAutoPadding(false);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final()]);
}

function macOf(cid: string, length: number, bytes: Uint8Array): Buffer {
  const before = cid === '' ? hex(NUMBER, '17', 'fefd', uint16(length))
    : hex('ffffffffffffffff', '19', '05', '19', 'fefd', NUMBER, cid, uint16(length));
  return createHmac('sha256', OF_CLIENT.mac).update(before).update(bytes).digest();
}

/** A record of the client, with whatever stands behind its content. */
function recordOf(cid: string, fragment: Uint8Array): Uint8Array {
  return hex(cid === '' ? '17' : '19', 'fefd', NUMBER, cid, uint16(fragment.length), fragment);
}

const padding = (count: number): Uint8Array => new Uint8Array(count + 1).fill(count);

/** As RFC 5246 s6.2.3.2, RFC 7366 s3 and RFC 9146 s5.1, s5.2 write it, padded by `pad`. */
function written(
  isEncryptThenMac: boolean, cid: string, inner: Uint8Array, pad: Uint8Array, iv: Uint8Array,
): Uint8Array {
  if (!isEncryptThenMac) {
    return recordOf(cid, encrypted(iv, hex(inner, macOf(cid, inner.length, inner), pad)));
  }
  const body = encrypted(iv, hex(inner, pad));
  return recordOf(cid, hex(body, macOf(cid, body.length, body)));
}

function opened(
  isEncryptThenMac: boolean, cid: string, record: Uint8Array, crypto = new SymmetricCrypto(),
) {
  const server = end('server', isEncryptThenMac, cid);
  return openRecord(crypto as Crypto, server, record, parseRecord(record, 0, cid.length / 2)!);
}

const IV = Uint8Array.from({ length: 16 }, (_, index) => 0xf0 + index);

describe.for(FORMS)('a record with %s', ([, isEncryptThenMac, cid]) => {
  const behind = isEncryptThenMac ? 0 : 32;
  const innerOf = (content: Uint8Array): Uint8Array => cid === '' ? content : hex(content, '17');

  property.prop([fc.uint8Array({ maxLength: 600 }), fc.nat(1_000)])(
    'is what the RFCs write', (content, seed) => {
      const client = end('client', isEncryptThenMac, cid);
      const inner = innerOf(content);
      const sealed = sealRecord(
        new SymmetricCrypto() as Crypto, new SeededRandom(seed), client, 23, content);
      const pad = padding(15 - (inner.length + behind) % 16);
      const iv = new SeededRandom(seed).bytes(16);
      expect(toHex(sealed)).toBe(toHex(written(isEncryptThenMac, cid, inner, pad, iv)));
      const from = RECORD_HEADER_LENGTH + cid.length / 2;
      expect(sealed.length - from).toBe(fragmentLength(client, inner.length));
    });

  property.prop([
    fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(15),
  ])('is read with any padding', (content, iv, more) => {
    const inner = innerOf(content);
    const pad = padding(15 - (inner.length + behind) % 16 + 16 * more);
    const record = written(isEncryptThenMac, cid, inner, pad, iv);
    expect(toHex(opened(isEncryptThenMac, cid, record)!.content)).toBe(toHex(content));
  });

  it('has another IV each time, and is read once', () => {
    const [client, server] =
      [end('client', isEncryptThenMac, cid), end('server', isEncryptThenMac, cid)];
    const crypto = new SymmetricCrypto() as Crypto;
    const random = new SeededRandom(1);
    const records = [1, 2].map(() => sealRecord(crypto, random, client, 23, hex('61')));
    const from = RECORD_HEADER_LENGTH + cid.length / 2;
    expect(toHex(records[0]!.slice(from, from + 16)))
      .not.toBe(toHex(records[1]!.slice(from, from + 16)));
    const read = (record: Uint8Array) =>
      openRecord(crypto, server, record, parseRecord(record, 0, cid.length / 2)!)?.isNewest;
    expect([1, 0, 1, 0].map((index) => read(records[index]!)))
      .toEqual([true, false, undefined, undefined]);
  });

  it('is dropped when any bit was changed, or any byte is missing', () => {
    const inner = innerOf(hex('6162'));
    const pad = padding(15 - (inner.length + behind) % 16);
    const record = written(isEncryptThenMac, cid, inner, pad, IV);
    expect(opened(isEncryptThenMac, cid, record)).toBeDefined();
    const from = RECORD_HEADER_LENGTH + cid.length / 2;
    for (let at = from; at < record.length; at++) {
      const changed = record.slice();
      changed[at]! ^= 1 << at % 8;
      expect(opened(isEncryptThenMac, cid, changed)).toBeUndefined();
      const cut = recordOf(cid, record.slice(from, at));
      expect(opened(isEncryptThenMac, cid, cut)).toBeUndefined();
    }
  });

  it('is not read in the other form', () => {
    const inner = innerOf(hex('61'));
    const pad = padding(15 - (inner.length + behind) % 16);
    const record = written(isEncryptThenMac, cid, inner, pad, IV);
    expect(opened(!isEncryptThenMac, cid, record)).toBeUndefined();
  });
});

describe('MAC-then-encrypt', () => {
  /** Ways to be wrong in a record of as many blocks, each of which ends the same. */
  function wrongs(content: Uint8Array, blocks: number): Record<string, Uint8Array> {
    const mac = macOf('', content.length, content);
    const room = 16 * blocks - content.length - mac.length;
    const good = hex(content, mac, padding(room - 1));
    const all = good.length;
    const changed = (at: number, by: number) => good.with(at, good[at]! ^ by);
    return {
      'a wrong MAC': changed(content.length, 1),
      'a MAC wrong at its end': changed(content.length + 31, 1),
      'a wrong first byte of padding': changed(all - room, 0x80),
      'wrong content': changed(0, 1),
      'padding as long as the record': changed(all - 1, (all - 1) ^ (room - 1)),
      'padding longer than the record': changed(all - 1, 255 ^ (room - 1)),
      'padding that leaves a MAC too little': hex(new Uint8Array(all).fill(all - 32)),
      'the longest padding': hex(new Uint8Array(all).fill(Math.min(255, all - 33))),
      'no padding': changed(all - 1, room - 1),
      'a good MAC of as much content as there is without the padding': hex(
        new Uint8Array(all - 33), macOf('', all - 33, new Uint8Array(all - 33)), '07'),
    };
  }

  const content = Uint8Array.from({ length: 30 }, (_, index) => index);

  it.for([5, 8, 12, 18])('of %i blocks hashes as many blocks whatever is wrong', (blocks) => {
    const work = new Map<string, string>();
    for (const [name, plaintext] of Object.entries(wrongs(content, blocks))) {
      const crypto = new CountingCrypto();
      const record = recordOf('', encrypted(IV, plaintext));
      expect(opened(false, '', record, crypto), name).toBeUndefined();
      work.set(name, `${crypto.blocks} blocks, ${crypto.comparisons} comparison`);
    }
    const crypto = new CountingCrypto();
    const good = hex(content, macOf('', 30, content), padding(16 * blocks - 63));
    expect(opened(false, '', recordOf('', encrypted(IV, good)), crypto)).toBeDefined();
    work.set('nothing', `${crypto.blocks} blocks, ${crypto.comparisons} comparison`);
    expect([...new Set(work.values())]).toHaveLength(1);
  });

  property.prop([fc.integer({ min: 3, max: 70 }), fc.nat(255), fc.nat(255), fc.nat(64)])(
    'hashes as many blocks with any padding', (blocks, claimed, other, cid) => {
      const counted = [claimed, other].map((padded) => {
        const crypto = new CountingCrypto();
        const plaintext = new Uint8Array(16 * blocks).fill(padded);
        // What stands before the content has another length with each connection id.
        const id = '07'.repeat(cid);
        const server = end('server', false, id);
        const record = recordOf(id, encrypted(IV, plaintext));
        const frame = parseRecord(record, 0, cid)!;
        expect(openRecord(crypto as object as Crypto, server, record, frame))
          .toBeUndefined();
        return crypto.blocks;
      });
      expect(counted[0]).toBe(counted[1]);
    });
});

describe('what was stored', () => {
  it.for([true, false])('opens and seals as before (encrypt-then-MAC: %s)', (isEncryptThenMac) => {
    const server = end('server', isEncryptThenMac, '');
    server.isLive = true;
    const again = importAssociation(structuredClone(exportAssociation(server)));
    expect(again.isEncryptThenMac).toBe(isEncryptThenMac);
    const record = written(isEncryptThenMac, '', hex('6162'), padding(13), IV);
    const crypto = new SymmetricCrypto() as Crypto;
    expect(openRecord(crypto, again, record, parseRecord(record, 0, 0)!)?.content)
      .toEqual(hex('6162'));
    expect(toHex(again.exportKeys())).toBe(toHex(server.exportKeys()));
  });

  it('is not taken with a part of its keys, or with more of them', () => {
    const association = end('server', false, '');
    for (const length of [0, 40, 95, 97, 98]) {
      expect(() => association.importKeys(new Uint8Array(length))).toThrow(/all of its keys/);
    }
    association.importKeys(new Uint8Array(96));
    expect(association.isEncryptThenMac).toBe(false);
  });
});
