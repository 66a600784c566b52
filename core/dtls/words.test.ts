// Random words over the messages of a handshake: left out, repeated, in any order, out of another
// handshake, in the wrong epoch. The letters are records that were said, so that whoever says a
// word has all keys; whether it may complete a handshake, a model says that knows nothing of the
// code. `npm run attacks` says many more. Words whose messages are numbered and finished for the
// word itself are in spoken.test.ts.

import { fc } from '@fast-check/vitest';
import { afterAll, describe, expect, it } from 'vitest';
import { announce, IS_FULL } from '../../scripts/long-form.ts';
import { toHex } from '../bytes.ts';
import { KEY, IDENTITY, type DtlsBench } from '../../sim/testing/dtls-bench.ts';
import {
  KINDS, listenerOf, sealedBy, told, twinOf, type Kind, type Role, type Told,
} from '../../sim/testing/dtls-told.ts';
import { CID_LENGTH, type Association } from './association.ts';
import { Alert, encodeAlert } from './alerts.ts';
import { encodeMessage, HandshakeType } from './handshake-messages.ts';
import { openRecord } from './protection.ts';
import { ContentType, parseRecord, plainRecord, RECORD_HEADER_LENGTH } from './record.ts';

/** Of each kind of handshake and each role. */
const WORDS = IS_FULL ? 6_000 : 60;
/** How many records of the next epoch an end keeps that came too early. */
const EARLY_MAX = 4;

/** What a letter is to who hears it. */
type Meaning =
  /** A handshake message of epoch 0. */
  | { readonly is: 'message'; readonly sequence: number }
  /** The first or the second ClientHello of this handshake, to a server. */
  | { readonly is: 'hello' | 'again' }
  | { readonly is: 'change' | 'refusal' }
  /** In epoch 1, and for this end: the Finished of this handshake or anything else. */
  | { readonly is: 'finished' | 'protected' }
  /** Means nothing at any time. */
  | { readonly is: 'noise' };

type Letter = Meaning & { readonly record: Uint8Array };
type Letters = Readonly<Record<string, Letter>>;

interface Language {
  readonly kind: Kind;
  readonly to: Role;
  /** What completes it, in the order in which it is said. */
  readonly needed: readonly string[];
  /** Those of them that are messages of epoch 0, by sequence number. */
  readonly messages: ReadonlyMap<number, string>;
  readonly letters: Letters;
}

const NAMES: Readonly<Record<number, string>> = {
  [HandshakeType.CLIENT_HELLO]: 'again', [HandshakeType.SERVER_HELLO]: 'server hello',
  [HandshakeType.HELLO_VERIFY_REQUEST]: 'verify request', [HandshakeType.CERTIFICATE]: 'certificate',
  [HandshakeType.SERVER_KEY_EXCHANGE]: 'server exchange',
  [HandshakeType.CERTIFICATE_REQUEST]: 'request', [HandshakeType.SERVER_HELLO_DONE]: 'done',
  [HandshakeType.CERTIFICATE_VERIFY]: 'certificate verify',
  [HandshakeType.CLIENT_KEY_EXCHANGE]: 'exchange',
};

function nameOf(record: Uint8Array): string {
  if (record[4] === 1) return 'finished';
  return record[0] === 20 ? 'change' : NAMES[record[RECORD_HEADER_LENGTH]!]!;
}

const sequenceOf = (record: Uint8Array): number => record[RECORD_HEADER_LENGTH + 5]!;

function meant(record: Uint8Array): Letter {
  const name = nameOf(record);
  if (name === 'finished' || name === 'change' || name === 'again') return { is: name, record };
  return { is: 'message', sequence: sequenceOf(record), record };
}

/** The Finished in it, said as nobody may. */
function unprotected(record: Uint8Array, reader: Association, bench: DtlsBench): Uint8Array {
  const twin = twinOf(reader);
  const opened = openRecord(bench.crypto, twin, record, parseRecord(record, 0, CID_LENGTH)!)!;
  return plainRecord(ContentType.HANDSHAKE, 9, opened.content);
}

/** Of epoch 0, said in epoch 1 with the right keys. */
function protectedToo(record: Uint8Array, writer: Association, bench: DtlsBench): Letter {
  const twin = Object.assign(twinOf(writer), { writeSequence: 20 + record[RECORD_HEADER_LENGTH]! });
  const content = record.slice(RECORD_HEADER_LENGTH);
  return { is: 'protected', record: sealedBy(bench, twin, record[0]!, content) };
}

const plain = (type: number, ...content: number[]): Uint8Array =>
  plainRecord(type, 7, Uint8Array.from(content));

function handshake(type: number, sequence: number, ...body: number[]): Letter {
  const message = encodeMessage({ type, sequence, body: Uint8Array.from(body) });
  return { is: 'message', sequence, record: plainRecord(ContentType.HANDSHAKE, 8, message) };
}

/** In a handshake of his own, and where PSKs are, of another identity. */
function strangerOf({ profile, ...kind }: Kind): Told {
  const isPsk = profile.suites[0]!.keyExchange !== 'ECDHE_ECDSA';
  const psk = { identity: 'urn:dev:test-2', key: KEY };
  return told({ ...kind, profile: isPsk ? { ...profile, psk } : profile }, 2);
}

function languageOf(kind: Kind, to: Role): Language {
  const { up, down, bench } = told(kind);
  const said = to === 'server' ? up.slice(1) : down;
  const needed = said.map(nameOf);
  const stranger = strangerOf(kind);
  const others = to === 'server' ? stranger.up.slice(2) : stranger.down.slice(1);
  const writer = to === 'server' ? bench.client.association : bench.server.association;
  const reader = bench[to].association;
  const finished = said.at(-1)!;
  const data = plain(ContentType.APPLICATION_DATA, 1);
  const warning = encodeAlert(Alert.NO_RENEGOTIATION);
  const nextEpoch = finished.with(4, 2);
  const theirFinished = others.at(-1)!;
  const letters: Record<string, Letter> = {
    ...Object.fromEntries(said.map((record) => [nameOf(record), meant(record)])),
    ...Object.fromEntries(others.slice(0, -1).map((record) =>
      [`other ${nameOf(record)}`, meant(record)])),
    // With a connection id that is nobody's here it reaches no one.
    'other finished': {
      is: reader.ownCid === undefined ? 'protected' : 'noise', record: theirFinished,
    },
    'plain finished': meant(unprotected(finished, reader, bench)),
    'finished of epoch 2': { is: 'noise', record: nextEpoch },
    ...Object.fromEntries(said.slice(0, -1).map((record) =>
      [`protected ${nameOf(record)}`, protectedToo(record, writer, bench)])),
    'protected data': protectedToo(data, writer, bench),
    'plain data': { is: 'noise', record: data },
    'wrong change': { is: 'noise', record: plain(ContentType.CHANGE_CIPHER_SPEC, 2) },
    'refusal': { is: 'refusal', record: plain(ContentType.ALERT, 2, Alert.HANDSHAKE_FAILURE) },
    'warning': { is: 'noise', record: plain(ContentType.ALERT, 1, warning[1]!) },
    'hello request': handshake(0, 2), 'hint': handshake(12, 2, 0, 0),
    'early done': handshake(14, to === 'server' ? 2 : 3),
  };
  if (to === 'server') letters.hello = { is: 'hello', record: up[0]! };
  // A ClientHello is nothing to a client, be it readable or not.
  else letters['client hello'] = { is: 'noise', record: handshake(1, 1).record };
  const messages = new Map(said.filter((record) => record[0] === 22 && record[4] === 0)
    .map((record) => [sequenceOf(record), nameOf(record)]));
  return { kind, to, needed, messages, letters: withoutCopies(letters, needed) };
}

/** What is the same in every handshake, as a key that is shown, disturbs none. */
function withoutCopies(letters: Letters, needed: readonly string[]): Letters {
  const said = (letter: string) => toHex(letters[letter]!.record.slice(RECORD_HEADER_LENGTH));
  return Object.fromEntries(Object.entries(letters).filter(([name, { is }]) =>
    needed.includes(name) || is === 'protected' || is === 'noise'
    || !needed.some((other) => said(other) === said(name))));
}

/**
 * What RFC 6347 s4.2 says of a word. Messages count in the order of their numbers, each once, the
 * newer of two that wait for their turn; each must be the one of this handshake. The Finished is
 * read in epoch 1, once there are keys and a ChangeCipherSpec; before that a few are kept.
 */
function mayComplete({ to, messages, letters }: Language, word: readonly string[]): boolean {
  const last = Math.max(...messages.keys());
  let next = Math.min(...messages.keys());
  let [isBegun, isBegunAnew, hasChange, isReading] = [to === 'client', false, false, false];
  let early: string[] = [];
  const waiting = new Map<number, string>();
  for (const letter of word) {
    const meaning = letters[letter]!;
    if (meaning.is === 'again') {
      // A server that begins anew has drawn anew, and nothing that was recorded fits.
      if (isBegunAnew && next > 2) return false;
      isBegun = true;
      next = Math.max(next, 2);
      continue;
    }
    if (!isBegun) continue;
    if (meaning.is === 'hello') isBegunAnew = true;
    if (meaning.is === 'finished' && isReading) return true;
    if (meaning.is === 'finished' || meaning.is === 'protected') {
      early = [...early, letter].slice(-EARLY_MAX);
    }
    if (isReading) continue;
    // A client believes it; a server hears later what becomes of it.
    if (meaning.is === 'refusal' && to === 'client') return false;
    if (meaning.is === 'change') hasChange = true;
    if (meaning.is === 'message' && meaning.sequence >= next) waiting.set(meaning.sequence, letter);
    for (; next <= last && waiting.has(next); next++) {
      if (waiting.get(next) !== messages.get(next)) return false;
    }
    if (next <= last || !hasChange) continue;
    isReading = true;
    if (early.includes('finished')) return true;
  }
  return false;
}

/** Says a word to a fresh end of the same seed; what it answers reaches nobody. */
function completes({ kind, to, letters }: Language, word: readonly string[]): boolean {
  const { end, hear } = listenerOf(kind, to);
  for (const letter of word) hear(letters[letter]!.record);
  const isEstablished = end.story.includes('established');
  expect(end.heard.length === 0 || isEstablished).toBe(true);
  if (isEstablished) expect(end.association.identity).toBe(IDENTITY);
  return isEstablished;
}

/** What is needed, and some of it left out, repeated, moved, or something else said. */
function wordsOf({ needed, letters }: Language): fc.Arbitrary<string[]> {
  const letter = fc.constantFrom(...Object.keys(letters));
  const change = fc.record({
    at: fc.nat(20), to: fc.nat(20), how: fc.constantFrom('leave', 'repeat', 'move', 'add'), letter,
  });
  const changed = fc.array(change, { maxLength: 5 }).map((changes) => {
    const word = [...needed];
    for (const { at, to, how, letter: another } of changes) {
      const from = at % (word.length + 1);
      const [taken] = how === 'leave' || how === 'move' ? word.splice(from, 1) : [word[from]];
      const more = how === 'add' ? another : taken;
      if (how !== 'leave' && more !== undefined) word.splice(to % (word.length + 1), 0, more);
    }
    return word;
  });
  return fc.oneof({ weight: 4, arbitrary: changed }, fc.array(letter, { maxLength: 14 }));
}

const counts = { words: 0, completed: 0, languages: 0 };

afterAll(() => announce(`words: ${counts.words} said to ${counts.languages} kinds of ends, `
  + `${counts.completed} of which completed a handshake, all that may and no other`));

/** What goes on with a session does so alike with all connection ids. */
const SAID = KINDS.filter(({ isResumed, profile: { connectionId } }) =>
  IS_FULL || !isResumed || connectionId !== 'none');
const CASES = SAID.flatMap((kind) =>
  (['server', 'client'] as const).map((to) => ({ to, kind, name: kind.name })));

describe.for(CASES)('words to a $to ($name)', ({ to, kind }) => {
  const language = languageOf(kind, to);
  const { needed, letters } = language;
  const disturbing = Object.keys(letters).filter((letter) => !needed.includes(letter));

  function expectAsAllowed(word: readonly string[]): boolean {
    const isCompleted = completes(language, word);
    counts.words++;
    if (isCompleted) counts.completed++;
    expect(isCompleted, word.join(', ')).toBe(mayComplete(language, word));
    return isCompleted;
  }

  it('that say what is needed complete it', () => {
    counts.languages++;
    expect(expectAsAllowed(needed)).toBe(true);
    expect(expectAsAllowed(needed.flatMap((letter) => [letter, letter]))).toBe(true);
  });

  it('that leave out any of it do not, whatever else they repeat', () => {
    for (const left of needed) {
      const rest = needed.filter((letter) => letter !== left);
      expect(expectAsAllowed([...rest, ...rest, ...rest])).toBe(false);
    }
  });

  it('with anything else in the place of any of it do not', () => {
    for (const letter of disturbing) {
      for (const index of needed.keys()) {
        expect(expectAsAllowed(needed.with(index, letter))).toBe(false);
      }
    }
  });

  it('without a Finished do not, whatever is said, wherever', () => {
    const rest = needed.filter((other) => other !== 'finished');
    // What is protected makes the end look again at what it holds.
    const looks = disturbing.filter((other) => other.startsWith('protected'));
    for (const letter of disturbing) {
      for (let index = 0; index <= rest.length; index++) {
        expect(expectAsAllowed([...rest.toSpliced(index, 0, letter), ...looks])).toBe(false);
      }
    }
  });

  it('of any kind complete it when they may, and never else', () => {
    let completed = 0;
    fc.assert(fc.property(wordsOf(language), (word) => {
      if (expectAsAllowed(word)) completed++;
    }), { numRuns: WORDS });
    // Else all that can be seen is that nothing completes.
    expect(completed).toBeGreaterThan(0);
  });

  it('out of order complete it once they are said in order', () => {
    fc.assert(fc.property(
      fc.shuffledSubarray([...needed], { minLength: needed.length }),
      fc.array(fc.constantFrom(...needed), { maxLength: 4 }), (word, more) => {
        expect(expectAsAllowed([...word, ...more, ...needed, ...needed])).toBe(true);
      }), { numRuns: 20 });
  });
});
