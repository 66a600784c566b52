// Random words over the messages of a handshake: left out, repeated, in any order, out of another
// handshake, in the wrong epoch. Whatever a word is, nothing completes that should not; and the
// words that should, do.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import {
  CBC, DEVICE, DtlsBench, IDENTITY, KEY, OLD_CBC, PROFILE, RAW, SERVER,
} from '../../sim/testing/dtls-bench.ts';
import { Association } from './association.ts';
import type { ClientProfile } from './handshake.ts';
import { encodeMessage } from './handshake-messages.ts';
import { openRecord, sealRecord } from './protection.ts';
import { ContentType, parseRecord, plainRecord, RECORD_HEADER_LENGTH } from './record.ts';

const CID_LENGTH = 5;
const WITHOUT_CID: ClientProfile = { ...PROFILE, connectionId: 'none' };
const STRANGER: ClientProfile = { ...PROFILE, psk: { identity: 'urn:dev:test-2', key: KEY } };

/** Each record of a datagram, alone. */
function recordsOf(datagram: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let start = 0; start < datagram.length;) {
    const frame = parseRecord(datagram, start, CID_LENGTH)!;
    records.push(datagram.slice(start, frame.to));
    start = frame.to;
  }
  return records;
}

/** What both sides say in a whole handshake of this seed. */
function told(profile: ClientProfile, seed = 1): { up: Uint8Array[]; down: Uint8Array[];
  bench: DtlsBench; } {
  const bench = new DtlsBench({ seed, server: { pskOf: (identity) => ({ identity, key: KEY }) } });
  bench.connect(profile);
  bench.run(900);
  const [up, down] = [bench.client, bench.server].map(({ sent }) =>
    sent.flatMap(({ datagram }) => recordsOf(datagram)));
  return { up: up!, down: down!, bench };
}

/** The Finished in it, said as nobody may. */
function unprotected(record: Uint8Array, reader: Association, bench: DtlsBench): Uint8Array {
  const twin = new Association(0, reader.role, 0, DEVICE);
  twin.suite = reader.suite;
  twin.importKeys(reader.exportKeys());
  twin.ownCid = reader.ownCid;
  const opened = openRecord(bench.crypto, twin, record, parseRecord(record, 0, CID_LENGTH)!)!;
  return plainRecord(ContentType.HANDSHAKE, 9, opened.content);
}

/** A message of epoch 0, said in epoch 1 with the right keys. */
function protectedToo(record: Uint8Array, writer: Association, bench: DtlsBench): Uint8Array {
  const twin = new Association(0, writer.role, 0, DEVICE);
  twin.suite = writer.suite;
  twin.importKeys(writer.exportKeys());
  twin.peerCid = writer.peerCid;
  twin.writeSequence = 20 + record[RECORD_HEADER_LENGTH]!;
  const content = record.slice(RECORD_HEADER_LENGTH);
  return sealRecord(bench.crypto, bench.random, twin, record[0]!, content);
}

const handshake = (type: number, sequence: number): Uint8Array =>
  plainRecord(ContentType.HANDSHAKE, 8, encodeMessage({ type, sequence, body: new Uint8Array(0) }));

type Letters = Readonly<Record<string, Uint8Array>>;

function named(names: readonly string[], records: readonly Uint8Array[]): Letters {
  return Object.fromEntries(names.map((name, index) => [name, records[index]!]));
}

/** What somebody else says in a handshake of his own. */
function strangerTo(profile: ClientProfile): ReturnType<typeof told> {
  return told(profile === RAW ? RAW : { ...STRANGER, suites: profile.suites }, 2);
}

/** What is needed stands first, in its order; what only disturbs comes behind. */
function lettersToServer(profile: ClientProfile): [needed: string[], Letters] {
  const { up: [hello, again, ...flight], bench } = told(profile);
  const names = profile === RAW ? ['certificate', 'exchange', 'verify'] : ['exchange'];
  const needed = named(['again', ...names, 'change', 'finished'], [again!, ...flight]);
  const { exchange, change, finished } = needed;
  // A ChangeCipherSpec is the same in every handshake.
  const other = named(names.map((name) => `other ${name}`), strangerTo(profile).up.slice(2));
  const { client, server } = bench;
  return [Object.keys(needed), {
    ...needed, ...other, hello: hello!, 'other finished': strangerTo(profile).up.at(-1)!,
    'plain finished': unprotected(finished!, server.association, bench),
    'protected exchange': protectedToo(exchange!, client.association, bench),
    'protected change': protectedToo(change!, client.association, bench),
    'protected data': protectedToo(
      plainRecord(ContentType.APPLICATION_DATA, 0, Uint8Array.of(1)), client.association, bench),
    'plain data': plainRecord(ContentType.APPLICATION_DATA, 7, Uint8Array.of(1)),
    'wrong change': plainRecord(ContentType.CHANGE_CIPHER_SPEC, 7, Uint8Array.of(2)),
    'hello request': handshake(0, 2), 'server hello done': handshake(14, 2),
  }];
}

function lettersToClient(profile: ClientProfile): [needed: string[], Letters] {
  const { down, bench } = told(profile);
  const names = profile === RAW ? ['certificate', 'exchange', 'request'] : [];
  const needed = named(['verify', 'hello', ...names, 'done', 'change', 'finished'], down);
  const { hello, done, finished } = needed;
  const other = strangerTo(profile).down;
  const { client, server } = bench;
  return [Object.keys(needed), {
    ...needed,
    ...named(['other hello', ...names.map((name) => `other ${name}`)], other.slice(1)),
    'other finished': other.at(-1)!,
    'plain finished': unprotected(finished!, client.association, bench),
    'protected hello': protectedToo(hello!, server.association, bench),
    'protected done': protectedToo(done!, server.association, bench),
    'protected data': protectedToo(
      plainRecord(ContentType.APPLICATION_DATA, 0, Uint8Array.of(1)), server.association, bench),
    'hint': plainRecord(ContentType.HANDSHAKE, 8, encodeMessage(
      { type: 12, sequence: profile === RAW ? 3 : 2, body: Uint8Array.of(0, 0) })),
    'hello request': handshake(0, 2), 'client hello': handshake(1, 1),
  }];
}

/** Speaks a word to a fresh end of the same seed; what it answers reaches nobody. */
function speak(
  to: 'server' | 'client', profile: ClientProfile, letters: Letters, word: readonly string[],
): boolean {
  const bench = new DtlsBench({ server: { pskOf: (identity) => ({ identity, key: KEY }) } });
  bench.network = () => [];
  // As the other end has drawn what it drew then.
  if (to === 'client') bench.connect(profile);
  for (const letter of word) {
    const record = letters[letter]!;
    if (to === 'server') bench.server.layer.receive(0, DEVICE, record);
    else bench.client.layer.receive(0, SERVER, record);
  }
  const { events } = bench[to];
  expect(bench[to].heard.length === 0 || events.some(({ kind }) => kind === 'established'))
    .toBe(true);
  return events.some(({ kind, association }) =>
    kind === 'established' && association.identity === IDENTITY);
}

const CASES = (['server', 'client'] as const).flatMap((to) =>
  ([['empty', PROFILE], ['none', WITHOUT_CID], ['own', { ...PROFILE, connectionId: 'own' }],
    ['empty, raw public keys', RAW], ['empty, CBC', CBC],
    ['none, CBC without encrypt-then-MAC', { ...OLD_CBC, connectionId: 'none' }]] as [string, ClientProfile][]).map(([name, profile]) => ({ to, name, profile })));

describe.for(CASES)('words to a $to (connection id: $name)', ({ to, profile }) => {
  const [needed, letters] = (to === 'server' ? lettersToServer : lettersToClient)(profile);
  // What is the same in every handshake, as a key that is shown, disturbs none.
  const said = (letter: string) => toHex(letters[letter]!.slice(RECORD_HEADER_LENGTH));
  const disturbing = Object.keys(letters).filter((letter) =>
    !needed.includes(letter) && !needed.some((other) => said(other) === said(letter)));
  const all = [...needed, ...disturbing];

  it('that say what is needed complete it', () => {
    expect(speak(to, profile, letters, needed)).toBe(true);
    expect(speak(to, profile, letters, needed.flatMap((letter) => [letter, letter]))).toBe(true);
  });

  it.for(needed)('that leave out "%s" do not, whatever else they repeat', (left) => {
    const rest = needed.filter((letter) => letter !== left);
    expect(speak(to, profile, letters, [...rest, ...rest, ...rest])).toBe(false);
  });

  it.for(disturbing)('with "%s" in the place of any other do not', (letter) => {
    for (const index of needed.keys()) {
      expect(speak(to, profile, letters, needed.with(index, letter))).toBe(false);
    }
  });

  it.for(disturbing)('without a Finished do not, wherever "%s" is said', (letter) => {
    const rest = needed.filter((other) => other !== 'finished');
    // What is protected makes the end look again at what it holds.
    const looks = disturbing.filter((other) => other.startsWith('protected'));
    for (let index = 0; index <= rest.length; index++) {
      const word = [...rest.toSpliced(index, 0, letter), ...looks];
      expect(speak(to, profile, letters, word)).toBe(false);
    }
  });

  property.prop([fc.array(fc.constantFrom(...all), { maxLength: 14 })],
    { numRuns: profile === RAW ? 150 : 500 })(
    'complete it only if all that is needed is among them', (word) => {
      if (!speak(to, profile, letters, word)) return;
      expect(needed.filter((letter) => !word.includes(letter))).toEqual([]);
      // Nothing is gone on with that came before the hello that counts.
      if (to === 'server') {
        const begun = word.slice(word.indexOf('again'));
        expect(needed.filter((letter) => !begun.includes(letter))).toEqual([]);
      }
    });

  property.prop([
    fc.shuffledSubarray(needed, { minLength: needed.length }),
    fc.array(fc.constantFrom(...needed), { maxLength: 4 }),
  ], { numRuns: profile === RAW ? 20 : 100 })('out of order complete it once they are said in order', (word, more) => {
    expect(speak(to, profile, letters, [...word, ...more, ...needed, ...needed])).toBe(true);
  });
});
