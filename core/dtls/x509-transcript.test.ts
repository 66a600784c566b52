// Known answers with certificates: a conversation of OpenSSL's s_client and s_server, each with a
// chain of two whose root is P-384 with SHA-384. With the secret that s_client wrote down, every
// signature, both Finished and every record must be as we make them.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { TrustedCertificates } from '../io/certificates.ts';
import { NodeCrypto } from '../io/crypto.ts';
import { Association } from './association.ts';
import {
  decodeClientHello, decodeFragments, decodeServerHello, encodeMessage, HandshakeType,
  type HandshakeMessage,
} from './handshake-messages.ts';
import {
  CLIENT_FINISHED, concat, keyBlock, SERVER_FINISHED, verifyData,
} from './prf.ts';
import { openRecord } from './protection.ts';
import { acceptsOurSignature, readSignature } from './raw-public-key.ts';
import { Reader } from './reader.ts';
import { Reassembly } from './reassembly.ts';
import { ContentType, parseRecord } from './record.ts';
import { keyBlockLengthOf, suiteOf } from './suites.ts';
import { decodeChain, encodeChain } from './x509.ts';

type Direction = 'c2s' | 's2c';

interface Recording {
  readonly at: number;
  readonly authority: string;
  readonly masterSecret: string;
  readonly datagrams: readonly { readonly dir: Direction; readonly hex: string }[];
}

const crypto = new NodeCrypto();
const NOTHING: Uint8Array = new Uint8Array(0);
const recording = JSON.parse(readFileSync(
  new URL('./fixtures/x509-ccm8-chains.json', import.meta.url), 'utf8')) as Recording;

class Listener {
  /** What was checked, in order. */
  readonly seen: string[] = [];
  readonly #certificates: TrustedCertificates;
  readonly #master = fromHex(recording.masterSecret)!;
  readonly #reassembly = { c2s: new Reassembly(0), s2c: new Reassembly(0) };
  readonly #keys: Record<Direction, Uint8Array> = { c2s: NOTHING, s2c: NOTHING };
  readonly #readers: Partial<Record<Direction, Association>> = {};
  #transcript: Uint8Array = NOTHING;
  #clientRandom: Uint8Array = NOTHING;
  #serverRandom: Uint8Array = NOTHING;

  constructor() {
    const trusted = TrustedCertificates.of([fromHex(recording.authority)!]);
    if (!trusted.ok) throw new Error(trusted.reason);
    this.#certificates = trusted.value;
  }

  hear(dir: Direction, datagram: Uint8Array): void {
    for (let start = 0; start < datagram.length;) {
      const frame = parseRecord(datagram, start, 0)!;
      start = frame.to;
      if (frame.epoch === 0) {
        if (frame.type === ContentType.HANDSHAKE) {
          this.#read(dir, datagram.subarray(frame.from, frame.to));
        }
        continue;
      }
      const opened = openRecord(crypto, this.#readers[dir]!, datagram, frame);
      if (opened?.type === ContentType.HANDSHAKE) this.#read(dir, opened.content);
      else if (opened?.type === ContentType.APPLICATION_DATA) {
        this.seen.push(`${dir} says ${Buffer.from(opened.content).toString().trim()}`);
      } else this.seen.push(opened === undefined ? 'unreadable' : `${dir} alert`);
    }
  }

  #read(dir: Direction, content: Uint8Array): void {
    const reassembly = this.#reassembly[dir];
    for (const fragment of decodeFragments(content)!) reassembly.add(fragment);
    for (let message = reassembly.take(); message !== undefined; message = reassembly.take()) {
      this.#message(dir, message);
    }
  }

  #message(dir: Direction, message: HandshakeMessage): void {
    const { type, body } = message;
    if (type === HandshakeType.HELLO_VERIFY_REQUEST) return;
    if (type === HandshakeType.CLIENT_HELLO) this.#transcript = NOTHING;
    const before = this.#transcript;
    this.#transcript = concat(before, encodeMessage(message));
    const reader = new Reader(body);
    const isSigned = (part: Uint8Array) => crypto.verify(this.#keys[dir], part, readSignature(reader)!);
    const label = dir === 'c2s' ? CLIENT_FINISHED : SERVER_FINISHED;
    switch (type) {
      case HandshakeType.CLIENT_HELLO: {
        const hello = decodeClientHello(body);
        if (hello.ok) this.#clientRandom = hello.value.random;
        return;
      }
      case HandshakeType.SERVER_HELLO: this.#onServerHello(body); return;
      case HandshakeType.CERTIFICATE: this.#onCertificate(dir, body); return;
      case HandshakeType.SERVER_KEY_EXCHANGE: {
        // Curve type, curve, and the point with its length (RFC 8422 s5.4).
        const parameters = reader.bytes(4 + (body[3] ?? 0));
        const signed = concat(this.#clientRandom, this.#serverRandom, parameters);
        this.seen.push(`${dir} key exchange: ${isSigned(signed)}`);
        return;
      }
      case HandshakeType.CERTIFICATE_REQUEST:
        this.seen.push(`${dir} request: ${acceptsOurSignature(body)}`);
        return;
      case HandshakeType.CERTIFICATE_VERIFY:
        this.seen.push(`${dir} proof: ${isSigned(before)}`);
        return;
      case HandshakeType.FINISHED: {
        const expected = verifyData(crypto, this.#master, label, before);
        this.seen.push(`${dir} finished: ${toHex(expected) === toHex(body)}`);
        return;
      }
      default:
    }
  }

  #onServerHello(body: Uint8Array): void {
    const hello = decodeServerHello(body);
    if (!hello.ok) throw new Error('undecodable');
    this.#serverRandom = hello.value.random;
    const suite = suiteOf(hello.value.suite)!;
    const block = keyBlock(crypto, this.#master, this.#clientRandom, this.#serverRandom,
      keyBlockLengthOf(suite));
    for (const [dir, role] of [['c2s', 'server'], ['s2c', 'client']] as const) {
      const association = new Association(1, role, 0, { host: '', port: 0 });
      association.suite = suite;
      association.setKeys(block, false);
      this.#readers[dir] = association;
    }
  }

  #onCertificate(dir: Direction, body: Uint8Array): void {
    const chain = decodeChain(body)!;
    const role = dir === 'c2s' ? 'client' : 'server';
    expect(toHex(encodeChain(chain))).toBe(toHex(body));
    expect(this.#certificates.refusalOf(chain, role, recording.at)).toBeUndefined();
    const other = role === 'client' ? 'server' : 'client';
    expect(this.#certificates.refusalOf(chain, other, recording.at)).toBe('wrong key usage');
    const facts = this.#certificates.read(chain[0]!);
    if (!facts.ok) throw new Error(facts.reason);
    this.#keys[dir] = facts.value.publicKey;
    this.seen.push(`${dir} shows ${chain.length}: ${facts.value.commonName}`);
  }
}

test('a conversation of OpenSSL with itself is understood to the last byte', () => {
  const listener = new Listener();
  for (const { dir, hex } of recording.datagrams) listener.hear(dir, fromHex(hex)!);
  expect(listener.seen).toEqual([
    's2c shows 2: lwm2m.example', 's2c key exchange: true', 's2c request: true',
    'c2s shows 2: urn:dev:test-1', 'c2s proof: true', 'c2s finished: true', 's2c finished: true',
    'c2s says up', 's2c says down', 'c2s alert', 's2c alert',
  ]);
});
