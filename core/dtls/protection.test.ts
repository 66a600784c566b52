// Records at the border of what is ours, with keys that are right: the form must be right too.

import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../sim/random.ts';
import { encodeUtf8, toHex } from '../bytes.ts';
import { SymmetricCrypto } from '../io/symmetric.ts';
import type { Crypto } from '../ports.ts';
import { Association } from './association.ts';
import { openRecord, sealRecord } from './protection.ts';
import { ContentType, parseRecord, SEQUENCE_MAX } from './record.ts';
import { keyBlockLengthOf, suiteOf } from './suites.ts';

const crypto = new SymmetricCrypto() as Crypto;
const CID = Uint8Array.of(7, 0, 0, 0, 1);
const HERE = { host: '192.0.2.1', port: 1 };
const random = new SeededRandom(1);
const KINDS = [
  ['CCM_8', 0xc0a8, false], ['GCM', 0x00a8, false], ['CBC, encrypt-then-MAC', 0x00ae, true],
  ['CBC, MAC-then-encrypt', 0x00ae, false],
] as const;

const seal = (from: Association, text: string): Uint8Array =>
  sealRecord(crypto, random, from, ContentType.APPLICATION_DATA, encodeUtf8(text));

const open = (at: Association, record: Uint8Array) =>
  openRecord(crypto, at, record, parseRecord(record, 0, CID.length)!);

describe.for(KINDS)('a record with the right keys (%s)', ([, id, isEncryptThenMac]) => {
  /** Two ends of one association, the server with a connection id or without. */
  function ends(hasCid: boolean): { client: Association; server: Association } {
    const suite = suiteOf(id)!;
    const block = Uint8Array.from({ length: keyBlockLengthOf(suite) }, (_, index) => index);
    const [client, server] =
      [new Association(1, 'client', 0, HERE), new Association(2, 'server', 0, HERE)];
    for (const end of [client, server]) {
      end.suite = suite;
      end.setKeys(block, isEncryptThenMac);
    }
    if (hasCid) {
      client.peerCid = CID;
      server.ownCid = 1;
    }
    return { client, server };
  }

  it.for([true, false])('is read by the other end alone (connection id: %s)', (hasCid) => {
    const { client, server } = ends(hasCid);
    const record = seal(client, 'x');
    expect(open(client, record)).toBeUndefined();
    expect(open(server, record)).toMatchObject({ type: 23, content: encodeUtf8('x') });
  });

  it('is refused without the connection id that was given, and with one that was not', () => {
    expect(open(ends(true).server, seal(ends(false).client, 'x'))).toBeUndefined();
    expect(open(ends(false).server, seal(ends(true).client, 'x'))).toBeUndefined();
  });

  it('is refused with another connection id, though it has the same length', () => {
    const { client, server } = ends(true);
    const record = seal(client, 'x');
    record[15] = 2;
    expect(open(server, record)).toBeUndefined();
    record[15] = 1;
    expect(open(server, record)).toBeDefined();
  });

  it('is refused in another epoch', () => {
    const { client, server } = ends(false);
    const record = seal(client, 'x');
    record[4] = 2;
    expect(open(server, record)).toBeUndefined();
  });

  it('has each sequence number once, to the last one, and no other', () => {
    const { client, server } = ends(false);
    client.writeSequence = SEQUENCE_MAX - 1;
    const records = [seal(client, 'a'), seal(client, 'b')];
    expect(records.map((record) => toHex(record.slice(5, 11))))
      .toEqual(['fffffffffffe', 'ffffffffffff']);
    expect(records.map((record) => open(server, record)?.isNewest)).toEqual([true, true]);
    expect(() => seal(client, 'c')).toThrow(/sequence number/);
  });

  it('may be empty', () => {
    for (const hasCid of [true, false]) {
      const { client, server } = ends(hasCid);
      expect(open(server, seal(client, ''))?.content).toHaveLength(0);
    }
  });
});
