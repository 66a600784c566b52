// Words said by somebody who can speak: each message has the next number, and the Finished is for
// what was really said, in whatever order, with whatever left out. So no gap in the numbers and no
// other transcript stops him, as in words.test.ts, but only the states of the end that hears him:
// who leaves out the proof of his key must not get in (state machine attacks, as SMACK, 2015).

import { fc } from '@fast-check/vitest';
import { afterAll, describe, expect, it } from 'vitest';
import { announce, IS_FULL } from '../../scripts/long-form.ts';
import { ByteWriter, encodeUtf8 } from '../bytes.ts';
import { SeededRandom } from '../../sim/random.ts';
import { DEVICE, DEVICE_KEYS, IDENTITY, KEY, SERVER_KEYS } from '../../sim/testing/dtls-bench.ts';
import {
  KINDS, listenerOf, recordsOf, RememberingCrypto, sealedBy, told, type Kind, type Listener,
  type Role, type Told,
} from '../../sim/testing/dtls-told.ts';
import { Association, cidBytes } from './association.ts';
import {
  decodeFragments, decodeServerHello, encodeMessage, HandshakeType, writeVector,
} from './handshake-messages.ts';
import {
  CLIENT_FINISHED, concat, extendedMasterSecret, keyBlock, masterSecret, SERVER_FINISHED,
  verifyData,
} from './prf.ts';
import { pskPremaster } from './psk.ts';
import {
  ECDSA_SHA256, encodeCertificateRequest, encodeRawPublicKey, writeSignature,
} from './raw-public-key.ts';
import { Reader } from './reader.ts';
import { ContentType, plainRecord, RECORD_HEADER_LENGTH } from './record.ts';
import { keyBlockLengthOf, type KeyExchangeName } from './suites.ts';

const WORDS = IS_FULL ? 6_000 : 60;
const crypto = new RememberingCrypto(new SeededRandom(7, 'speaker'));
const EPHEMERAL = crypto.newKeyPair();
const NO_MASTER: Uint8Array = new Uint8Array(48);
const NOTHING: Uint8Array = new Uint8Array(0);

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.finish();
}

const vectorOf = (content: Uint8Array, bytes: 1 | 2 | 3): Uint8Array =>
  written((writer) => writeVector(writer, content, bytes));
const PARAMETERS = concat(Uint8Array.of(3, 0, 0x17), vectorOf(EPHEMERAL.publicKey, 1));

interface Message {
  readonly type: number;
  readonly body: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Plain messages in a record; none of what is protected. */
function messagesIn(record: Uint8Array): Message[] {
  if (record[0] !== ContentType.HANDSHAKE || record[4] !== 0) return [];
  const content = record.subarray(RECORD_HEADER_LENGTH);
  return (decodeFragments(content) ?? []).map(({ type, sequence, body }) =>
    ({ type, body, bytes: encodeMessage({ type, sequence, body }) }));
}

const toldOnce = new Map<Kind, Told>();

function usuallyTold(kind: Kind): Told {
  const known = toldOnce.get(kind) ?? told(kind);
  toldOnce.set(kind, known);
  return known;
}

/** The body of the message that one side says in a usual handshake of this kind. */
function usual(kind: Kind, from: 'up' | 'down', type: number): Uint8Array | undefined {
  return usuallyTold(kind)[from].flatMap(messagesIn).findLast((message) => message.type === type)?.body;
}

/** The point in parameters as both key exchanges with ECDHE have them. */
function pointIn(reader: Reader): Uint8Array {
  reader.uint(1);
  reader.uint(2);
  return reader.vector(1).slice();
}

/** What all speakers know: what was said, the secrets that follow, and how to say more. */
abstract class Speaker {
  readonly listener: Listener;
  readonly kind: Kind;
  readonly exchange: KeyExchangeName;
  protected transcript: Uint8Array[] = [];
  protected number = 0;
  protected clientRandom = NOTHING;
  protected serverRandom = NOTHING;
  protected master = NO_MASTER;
  #heard = 0;
  #last: Uint8Array = NOTHING;
  readonly #twin: Association;
  readonly #label: Uint8Array;

  constructor(kind: Kind, to: Role) {
    this.kind = kind;
    this.listener = listenerOf(kind, to);
    const [suite] = kind.profile.suites;
    this.exchange = suite!.keyExchange;
    this.#twin = new Association(0, to === 'server' ? 'client' : 'server', 0, DEVICE);
    this.#twin.suite = suite!;
    this.#label = to === 'server' ? CLIENT_FINISHED : SERVER_FINISHED;
  }

  abstract speak(letter: string): void;

  /** What the end has said since, in plain messages. */
  protected answers(): Message[] {
    const { sent } = this.listener.end;
    const records = sent.slice(this.#heard).flatMap(({ datagram }) => recordsOf(datagram));
    this.#heard = sent.length;
    return records.flatMap(messagesIn);
  }

  protected hear(record: Uint8Array): void {
    this.#last = record;
    this.listener.hear(record);
  }

  protected say(type: number, body: Uint8Array, isProtected = false): void {
    const bytes = encodeMessage({ type, sequence: this.number++, body });
    this.transcript.push(bytes);
    this.hear(isProtected ? this.#sealed(ContentType.HANDSHAKE, bytes)
      : plainRecord(ContentType.HANDSHAKE, 8, bytes));
  }

  protected get said(): Uint8Array {
    return concat(...this.transcript);
  }

  protected signatureBy(privateKey: Uint8Array, part: Uint8Array): Uint8Array {
    return written((writer) => writeSignature(writer, crypto.sign(privateKey, part)));
  }

  protected agree(premaster: Uint8Array): void {
    this.master = this.kind.profile.hasExtendedMasterSecret
      ? extendedMasterSecret(crypto, premaster, this.said)
      : masterSecret(crypto, premaster, this.clientRandom, this.serverRandom);
  }

  protected premasterOf(shared: Uint8Array): Uint8Array {
    if (this.exchange === 'ECDHE_ECDSA') return shared;
    return pskPremaster(this.exchange === 'PSK' ? new Uint8Array(KEY.length) : shared, KEY);
  }

  protected takeServerHello(body: Uint8Array): void {
    const decoded = decodeServerHello(body);
    if (!decoded.ok) throw new Error('a server said it');
    this.serverRandom = decoded.value.random;
    // Who hears us as a client has told what to write into records.
    if (this.#twin.role === 'client') {
      this.#twin.peerCid = decoded.value.extensions.connectionId ?? NOTHING;
    }
  }

  /** A client with a connection id has said it in its ClientHello. */
  protected set peerCid(cid: Uint8Array) {
    this.#twin.peerCid = cid;
  }

  /** Letters of both sides. */
  protected speakAnyway(letter: string): void {
    switch (letter) {
      case 'change':
        this.hear(plainRecord(ContentType.CHANGE_CIPHER_SPEC, 8, Uint8Array.of(1)));
        break;
      case 'finished': this.#finish(this.#label, this.master, true); break;
      case 'plain finished': this.#finish(this.#label, this.master, false); break;
      case 'finished of the other side': {
        const isClients = this.#label === CLIENT_FINISHED;
        this.#finish(isClients ? SERVER_FINISHED : CLIENT_FINISHED, this.master, true);
        break;
      }
      case 'finished without secret': this.#finish(this.#label, NO_MASTER, true); break;
      case 'repeat': if (this.#last.length > 0) this.listener.hear(this.#last); break;
      case 'hello request': this.say(HandshakeType.HELLO_REQUEST, NOTHING); break;
      case 'data':
        this.listener.hear(this.#sealed(ContentType.APPLICATION_DATA, encodeUtf8('data')));
        break;
      default: throw new Error(`nobody says "${letter}"`);
    }
  }

  #finish(label: Uint8Array, master: Uint8Array, isProtected: boolean): void {
    const data = verifyData(crypto, master, label, this.said);
    this.say(HandshakeType.FINISHED, data, isProtected);
  }

  #sealed(type: number, content: Uint8Array): Uint8Array {
    const length = keyBlockLengthOf(this.#twin.suite);
    const { master, clientRandom, serverRandom } = this;
    const { hasEncryptThenMac, suites: [suite] } = this.kind.profile;
    const block = keyBlock(crypto, master, clientRandom, serverRandom, length);
    this.#twin.setKeys(block, suite!.aead === undefined && hasEncryptThenMac !== false);
    return sealedBy(this.listener.bench, this.#twin, type, content);
  }
}

/** Says that it is the device, to a server that has taken its cookie. */
class ClientSpeaker extends Speaker {
  #serverPoint = NOTHING;

  constructor(kind: Kind) {
    super(kind, 'server');
    const again = usuallyTold(kind).up[1]!;
    const [hello] = messagesIn(again);
    this.clientRandom = hello!.body.slice(2, 34);
    this.transcript = [hello!.bytes];
    this.number = 2;
    this.hear(again);
    for (const { type, body, bytes } of this.answers()) {
      this.transcript.push(bytes);
      if (type === HandshakeType.SERVER_HELLO) this.takeServerHello(body);
      if (type !== HandshakeType.SERVER_KEY_EXCHANGE) continue;
      const reader = new Reader(body);
      if (this.exchange === 'ECDHE_PSK') reader.vector(2);
      this.#serverPoint = pointIn(reader);
    }
  }

  speak(letter: string): void {
    const { publicKey } = DEVICE_KEYS;
    switch (letter) {
      case 'certificate':
        this.say(HandshakeType.CERTIFICATE, usual(this.kind, 'up', HandshakeType.CERTIFICATE)
          ?? encodeRawPublicKey(publicKey));
        break;
      // Of who has none, in X.509; of raw keys it is malformed.
      case 'empty certificate':
        this.say(HandshakeType.CERTIFICATE, vectorOf(NOTHING, 3));
        break;
      case 'exchange': this.#exchange(); break;
      case 'verify': this.#verify(DEVICE_KEYS.privateKey, this.said); break;
      case 'verify by another key': this.#verify(SERVER_KEYS.privateKey, this.said); break;
      case 'verify of something else': this.#verify(DEVICE_KEYS.privateKey, NOTHING); break;
      default: this.speakAnyway(letter);
    }
  }

  #exchange(): void {
    const identity = vectorOf(encodeUtf8(IDENTITY), 2);
    const point = vectorOf(EPHEMERAL.publicKey, 1);
    const body = { PSK: identity, ECDHE_PSK: concat(identity, point), ECDHE_ECDSA: point };
    this.say(HandshakeType.CLIENT_KEY_EXCHANGE, body[this.exchange]);
    const shared = this.exchange === 'PSK' ? NOTHING
      : crypto.sharedSecret(EPHEMERAL.privateKey, this.#serverPoint);
    this.agree(this.premasterOf(shared!));
  }

  #verify(privateKey: Uint8Array, part: Uint8Array): void {
    this.say(HandshakeType.CERTIFICATE_VERIFY, this.signatureBy(privateKey, part));
  }
}

/** Says that it is the server, to a client; it asks for no cookie. */
class ServerSpeaker extends Speaker {
  constructor(kind: Kind) {
    super(kind, 'client');
    const [hello] = this.answers();
    this.clientRandom = hello!.body.slice(2, 34);
    this.transcript = [hello!.bytes];
    const { ownCid } = usuallyTold(kind).bench.client.association;
    if (ownCid !== undefined) this.peerCid = cidBytes(7, ownCid);
    this.takeServerHello(usual(kind, 'down', HandshakeType.SERVER_HELLO)!);
  }

  speak(letter: string): void {
    const usually = (type: number) => usual(this.kind, 'down', type);
    switch (letter) {
      case 'hello': this.say(HandshakeType.SERVER_HELLO, usually(HandshakeType.SERVER_HELLO)!); break;
      case 'certificate':
        this.say(HandshakeType.CERTIFICATE, usually(HandshakeType.CERTIFICATE)
          ?? encodeRawPublicKey(SERVER_KEYS.publicKey));
        break;
      case 'exchange': this.#exchange(SERVER_KEYS.privateKey, this.serverRandom); break;
      case 'exchange by another key': this.#exchange(DEVICE_KEYS.privateKey, this.serverRandom); break;
      case 'exchange of another time': this.#exchange(SERVER_KEYS.privateKey, new Uint8Array(32)); break;
      case 'request':
        this.say(HandshakeType.CERTIFICATE_REQUEST, usually(HandshakeType.CERTIFICATE_REQUEST)
          ?? encodeCertificateRequest([ECDSA_SHA256]));
        break;
      case 'done': this.say(HandshakeType.SERVER_HELLO_DONE, NOTHING); break;
      default: this.speakAnyway(letter);
    }
    this.#takeAnswers();
  }

  #exchange(privateKey: Uint8Array, serverRandom: Uint8Array): void {
    const hint = vectorOf(NOTHING, 2);
    const signature = this.exchange === 'ECDHE_ECDSA'
      ? this.signatureBy(privateKey, concat(this.clientRandom, serverRandom, PARAMETERS)) : NOTHING;
    const body = {
      PSK: hint, ECDHE_PSK: concat(hint, PARAMETERS), ECDHE_ECDSA: concat(PARAMETERS, signature),
    };
    this.say(HandshakeType.SERVER_KEY_EXCHANGE, body[this.exchange]);
  }

  /** The client's flight, if this was what it waited for, and the Finished at its end. */
  #takeAnswers(): void {
    const flight = this.answers();
    const isFlight = flight.some(({ type }) => type === HandshakeType.CLIENT_KEY_EXCHANGE);
    if (!isFlight || this.master !== NO_MASTER) return;
    for (const { type, body, bytes } of flight) {
      this.transcript.push(bytes);
      if (type !== HandshakeType.CLIENT_KEY_EXCHANGE) continue;
      const reader = new Reader(body);
      if (this.exchange !== 'ECDHE_ECDSA') reader.vector(2);
      const shared = this.exchange === 'PSK' ? NOTHING
        : crypto.sharedSecret(EPHEMERAL.privateKey, reader.vector(1).slice());
      this.agree(this.premasterOf(shared!));
    }
    this.transcript.push(encodeMessage({
      // Behind its ClientHello and the plain messages of its flight.
      type: HandshakeType.FINISHED, sequence: 1 + flight.length,
      body: verifyData(crypto, this.master, CLIENT_FINISHED, this.said),
    }));
  }
}

/**
 * What RFC 5246 s7.3, RFC 4279 s2 and RFC 5489 s2 let somebody say before his Finished, each with
 * what may be left out. A server need not ask for a certificate, and a hint with a PSK is optional.
 */
const ALLOWED: Readonly<Record<Role, Readonly<Record<KeyExchangeName, RegExp>>>> = {
  server: {
    PSK: /^exchange$/, ECDHE_PSK: /^exchange$/, ECDHE_ECDSA: /^certificate exchange verify$/,
  },
  client: {
    PSK: /^hello( exchange)? done$/, ECDHE_PSK: /^hello exchange done$/,
    ECDHE_ECDSA: /^hello certificate exchange( request)? done$/,
  },
};
const USUAL: Readonly<Record<Role, Readonly<Record<KeyExchangeName, readonly string[]>>>> = {
  server: {
    PSK: ['exchange'], ECDHE_PSK: ['exchange'],
    ECDHE_ECDSA: ['certificate', 'exchange', 'verify'],
  },
  client: {
    PSK: ['hello', 'done'], ECDHE_PSK: ['hello', 'exchange', 'done'],
    ECDHE_ECDSA: ['hello', 'certificate', 'exchange', 'request', 'done'],
  },
};
const NO_MESSAGES = new Set(['change', 'repeat', 'data']);
const LETTERS: Readonly<Record<Role, readonly string[]>> = {
  server: ['certificate', 'empty certificate', 'exchange', 'verify', 'verify by another key',
    'verify of something else'],
  client: ['hello', 'certificate', 'exchange', 'exchange by another key',
    'exchange of another time', 'request', 'done'],
};
const OF_BOTH = ['change', 'finished', 'plain finished', 'finished of the other side',
  'finished without secret', 'repeat', 'hello request', 'data'];

function completes(kind: Kind, to: Role, word: readonly string[]): boolean {
  const speaker = to === 'server' ? new ClientSpeaker(kind) : new ServerSpeaker(kind);
  for (const letter of word) speaker.speak(letter);
  const { end } = speaker.listener;
  const isEstablished = end.story.includes('established');
  if (!isEstablished) expect(end.heard).toEqual([]);
  return isEstablished;
}

/** A signature that an exchange does not have cannot be wrong in it. */
const meant = (exchange: KeyExchangeName, letter: string): string =>
  exchange === 'ECDHE_ECDSA' ? letter : letter.replace(/^exchange .*/, 'exchange');

/** One Finished, in epoch 1, for what is allowed and no more; and a ChangeCipherSpec somewhere. */
function mayComplete(exchange: KeyExchangeName, to: Role, word: readonly string[]): boolean {
  const messages = word.filter((letter) => !NO_MESSAGES.has(letter));
  const finished = messages.indexOf('finished');
  const before = messages.slice(0, finished).map((letter) => meant(exchange, letter)).join(' ');
  return finished >= 0 && word.includes('change') && ALLOWED[to][exchange].test(before);
}

/** All ways to say some of it, each once, in any order. */
function arrangements(letters: readonly string[]): string[][] {
  return [[], ...letters.flatMap((letter) =>
    arrangements(letters.filter((other) => other !== letter)).map((rest) => [letter, ...rest]))];
}

/** All ways to leave some of it out. */
function parts(letters: readonly string[]): string[][] {
  const [first, ...others] = letters;
  if (first === undefined) return [[]];
  return parts(others).flatMap((rest) => [rest, [first, ...rest]]);
}

function wordsOf(usualOnes: readonly string[], letters: readonly string[]): fc.Arbitrary<string[]> {
  const letter = fc.constantFrom(...letters);
  const change = fc.record({ at: fc.nat(20), to: fc.nat(20), letter,
    how: fc.constantFrom('leave', 'double', 'move', 'add', 'replace') });
  return fc.array(change, { maxLength: 4 }).map((changes) => {
    const word = [...usualOnes];
    for (const { at, to, how, letter: another } of changes) {
      const from = at % (word.length + 1);
      const [taken = another] = how === 'double' ? [word[from]] : how === 'add' ? []
        : word.splice(from, 1);
      if (how === 'replace') word.splice(from, 0, another);
      else if (how !== 'leave') word.splice(to % (word.length + 1), 0, taken);
    }
    return word;
  });
}

const counts = { words: 0, completed: 0, languages: 0 };

afterAll(() => announce(`words, numbered and finished for what was said: ${counts.words} to `
  + `${counts.languages} kinds of ends, ${counts.completed} of which completed a handshake, as `
  + 'they may'));

const CASES = KINDS.filter(({ isResumed }) => !isResumed).flatMap((kind) =>
  (['server', 'client'] as const).map((to) => ({ to, kind, name: kind.name })));

describe.for(CASES)('somebody who speaks to a $to ($name)', ({ to, kind }) => {
  const exchange = kind.profile.suites[0]!.keyExchange;
  const needed = [...USUAL[to][exchange], 'change', 'finished'];
  const letters = [...LETTERS[to], ...OF_BOTH];

  function said(word: readonly string[]): boolean {
    const isCompleted = completes(kind, to, word);
    counts.words++;
    if (isCompleted) counts.completed++;
    return isCompleted;
  }

  it('completes a handshake when he says what is usual', () => {
    counts.languages++;
    expect(said(needed)).toBe(true);
  });

  it('completes it by some of that in any order only when it is allowed', () => {
    // Of seven there are 13,700.
    const words = needed.length > 5 && !IS_FULL ? parts(needed) : arrangements(needed);
    for (const word of words) {
      expect(said(word), word.join(', ')).toBe(mayComplete(exchange, to, word));
    }
  });

  it('does not complete it with anything else in the place of any of it', () => {
    for (const letter of letters.filter((other) => !needed.includes(other))) {
      for (const index of needed.keys()) {
        const word = needed.with(index, letter);
        expect(said(word), word.join(', ')).toBe(mayComplete(exchange, to, word));
      }
    }
  });

  it('completes it by no word that is not allowed', () => {
    let completed = 0;
    fc.assert(fc.property(wordsOf(needed, letters), (word) => {
      if (!said(word)) return;
      completed++;
      expect(mayComplete(exchange, to, word), word.join(', ')).toBe(true);
    }), { numRuns: WORDS });
    expect(completed).toBeGreaterThan(0);
  });
});
