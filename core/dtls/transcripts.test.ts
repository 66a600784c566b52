// Known answers: conversations between stacks nobody here wrote, recorded with their secrets. The
// PSK alone must give every key, open every record and make every Finished anew.
// psk-*.json: mbedTLS 3.5.2 client and server on loopback; dtls-psk-cid-bootstrap-request.json:
// Zephyr 4.1.99 (mbedTLS 3.6.3) bootstrapping at an mbedTLS server. Own recordings.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '../bytes.ts';
import { SymmetricCrypto } from '../io/symmetric.ts';
import type { Crypto, Random } from '../ports.ts';
import { Association, type Role } from './association.ts';
import {
  decodeClientHello, decodeFragments, decodeHelloVerifyRequest, decodeServerHello, encodeMessage,
  HandshakeType, type ClientHello, type HandshakeMessage, type ServerHello,
} from './handshake-messages.ts';
import {
  CLIENT_FINISHED, concat, extendedMasterSecret, keyBlock, masterSecret, SERVER_FINISHED,
  verifyData,
} from './prf.ts';
import { openRecord, sealRecord } from './protection.ts';
import { pskPremaster } from './psk.ts';
import { Reader } from './reader.ts';
import { ContentType, parseRecord, RECORD_HEADER_LENGTH } from './record.ts';
import { keyBlockLengthOf, suiteOf } from './suites.ts';

interface Recording {
  readonly psk: string;
  readonly pskIdentity: string;
  readonly datagrams: readonly { readonly dir: 'c2s' | 's2c'; readonly hex?: string }[];
  readonly secrets: readonly {
    readonly masterSecret: string; readonly keyBlock: string; readonly clientRandom: string;
    readonly serverRandom: string; readonly cidOfServer: string | null;
    readonly cidOfClient: string | null;
  }[];
  readonly decrypted: readonly { readonly dir: string; readonly plain: string }[];
}

const crypto = new SymmetricCrypto() as Crypto;
const nothing: Uint8Array = new Uint8Array(0);

/** Hears both sides, knows the PSK, and makes of it what they make. */
class Listener {
  readonly secrets: { masterSecret: string; keyBlock: string; clientRandom: string;
    serverRandom: string; cidOfServer: string | null; cidOfClient: string | null; }[] = [];
  readonly plain: { dir: string; plain: string }[] = [];
  finished = 0;
  sealedAlike = 0;
  identity = '';
  readonly #psk: Uint8Array;
  readonly #masters = new Map<string, Uint8Array>();
  #hello: ClientHello | undefined;
  #answer: ServerHello | undefined;
  #transcript: Uint8Array = nothing;
  #master: Uint8Array = nothing;
  #ends: Record<string, Association> = {};

  constructor(psk: Uint8Array) {
    this.#psk = psk;
  }

  hear(dir: 'c2s' | 's2c', datagram: Uint8Array): void {
    const cid = dir === 'c2s' ? this.#answer?.extensions.connectionId
      : this.#hello?.extensions.connectionId;
    for (let start = 0; start < datagram.length;) {
      const frame = parseRecord(datagram, start, cid?.length ?? 0);
      if (frame === undefined) throw new Error(`no record in ${toHex(datagram)}`);
      start = frame.to;
      if (frame.epoch === 0) {
        if (frame.type === ContentType.HANDSHAKE) {
          this.#read(dir, datagram.subarray(frame.from, frame.to));
        }
        continue;
      }
      const reader = this.#ends[dir];
      if (reader === undefined) continue;
      const opened = openRecord(crypto, reader, datagram, frame);
      if (opened === undefined) throw new Error(`not authentic: ${toHex(datagram)}`);
      this.plain.push({ dir, plain: toHex(opened.content) });
      this.#sealAgain(dir, opened.type, opened.content, datagram.subarray(frame.start, frame.to));
      if (opened.type === ContentType.HANDSHAKE) this.#read(dir, opened.content);
    }
  }

  /** The other end of the same association writes the very same record. */
  #sealAgain(dir: string, type: number, content: Uint8Array, record: Uint8Array): void {
    const writer = this.#ends[`${dir} writer`]!;
    // The IV of CBC is the one chance in it.
    const random = { bytes: (length: number) =>
      record.slice(RECORD_HEADER_LENGTH, RECORD_HEADER_LENGTH + length) } as Random;
    const sealed = sealRecord(crypto, random, writer, type, content);
    // mbedTLS pads what goes with a connection id, and we do not.
    if (record[0] === ContentType.TLS12_CID) expect(sealed.length).toBeLessThan(record.length);
    else {
      expect(toHex(sealed)).toBe(toHex(record));
      this.sealedAlike++;
    }
  }

  #read(dir: 'c2s' | 's2c', record: Uint8Array): void {
    for (const { type, sequence, body } of decodeFragments(record) ?? []) {
      this.#message(dir, { type, sequence, body });
    }
  }

  #message(dir: 'c2s' | 's2c', message: HandshakeMessage): void {
    const whole = encodeMessage(message);
    switch (message.type) {
      case HandshakeType.CLIENT_HELLO:
        this.#hello = valueOf(decodeClientHello(message.body));
        this.#transcript = nothing;
        this.#ends = {};
        break;
      case HandshakeType.HELLO_VERIFY_REQUEST:
        expect(valueOf(decodeHelloVerifyRequest(message.body))).toHaveLength(32);
        return;
      case HandshakeType.SERVER_HELLO:
        this.#answer = valueOf(decodeServerHello(message.body));
        if (toHex(this.#answer.sessionId) === toHex(this.#hello!.sessionId)) this.#resume();
        break;
      case HandshakeType.FINISHED: {
        const label = dir === 'c2s' ? CLIENT_FINISHED : SERVER_FINISHED;
        expect(toHex(verifyData(crypto, this.#master, label, this.#transcript)))
          .toBe(toHex(message.body));
        this.finished++;
        break;
      }
      default:
    }
    this.#transcript = concat(this.#transcript, whole);
    if (message.type === HandshakeType.CLIENT_KEY_EXCHANGE) this.#agree(message.body);
  }

  #resume(): void {
    const master = this.#masters.get(toHex(this.#answer!.sessionId));
    if (master !== undefined) this.#take(master);
  }

  #agree(body: Uint8Array): void {
    this.identity = toHex(new Reader(body).vector(2));
    const premaster = pskPremaster(new Uint8Array(this.#psk.length), this.#psk);
    const { random } = this.#hello!;
    this.#take(this.#answer!.extensions.hasExtendedMasterSecret
      ? extendedMasterSecret(crypto, premaster, this.#transcript)
      : masterSecret(crypto, premaster, random, this.#answer!.random));
  }

  #take(master: Uint8Array): void {
    const hello = this.#hello!;
    const answer = this.#answer!;
    this.#master = master;
    this.#masters.set(toHex(answer.sessionId), master);
    const suite = suiteOf(answer.suite)!;
    const block =
      keyBlock(crypto, master, hello.random, answer.random, keyBlockLengthOf(suite));
    const hex = (bytes: Uint8Array | undefined) => bytes === undefined ? null : toHex(bytes);
    const [ofClient, ofServer] =
      [hello.extensions.connectionId, answer.extensions.connectionId];
    this.secrets.push({
      clientRandom: toHex(hello.random), serverRandom: toHex(answer.random),
      masterSecret: toHex(master), keyBlock: toHex(block),
      cidOfServer: hex(ofServer), cidOfClient: hex(ofServer && ofClient),
    });
    const end = (role: Role, own: Uint8Array | undefined, peer: Uint8Array | undefined) => {
      const association = new Association(1, role, 0, { host: '', port: 0 });
      association.suite = suite;
      association.setKeys(block, answer.extensions.hasEncryptThenMac);
      association.ownCid = own === undefined || own.length === 0 ? undefined : 1;
      association.peerCid = peer ?? nothing;
      return association;
    };
    this.#ends = {
      c2s: end('server', ofServer, ofClient), s2c: end('client', ofServer && ofClient, ofServer),
      'c2s writer': end('client', ofServer && ofClient, ofServer),
      's2c writer': end('server', ofServer, ofServer && ofClient),
    };
  }
}

function valueOf<Value>(result: { ok: true; value: Value } | { ok: false }): Value {
  if (!result.ok) throw new Error('undecodable');
  return result.value;
}

function readRecording(name: string): Recording {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));
}

function hearAll(recording: Recording): Listener {
  const listener = new Listener(fromHex(recording.psk)!);
  for (const { dir, hex } of recording.datagrams) {
    if (hex !== undefined) listener.hear(dir, fromHex(hex)!);
  }
  return listener;
}

describe('the recording', () => {
  it.for([
    ['psk-ccm8-cid-both', 2, 0], ['psk-ccm8-noems-nocid', 2, 8], ['psk-ccm8-resume', 4, 12],
    ['dtls-psk-cid-bootstrap-request', 2, 4], ['psk-cbc-sha256-cid', 2, 4],
  ] as const)('%s is understood to the last byte', ([name, finished, sealedAlike]) => {
    const recording = readRecording(name);
    const listener = hearAll(recording);
    expect(listener.identity).toBe(toHex(encodeUtf8(recording.pskIdentity)));
    expect(listener.secrets).toEqual(recording.secrets.map(({
      clientRandom, serverRandom, masterSecret: master, keyBlock: block, cidOfServer, cidOfClient,
    }) => ({
      clientRandom, serverRandom, masterSecret: master, keyBlock: block, cidOfServer, cidOfClient,
    })));
    expect(listener.plain)
      .toEqual(recording.decrypted.map(({ dir, plain }) => ({ dir, plain })));
    expect([listener.finished, listener.sealedAlike]).toEqual([finished, sealedAlike]);
  });

  it('is not understood with another key', () => {
    const recording = readRecording('psk-ccm8-noems-nocid');
    const wrong = { ...recording, psk: `${recording.psk.slice(0, -2)}ff` };
    expect(() => hearAll(wrong)).toThrow(/not authentic/);
  });
});
