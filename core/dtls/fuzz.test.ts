// Hostile bytes at every state: nothing throws, nothing is kept before the cookie, nobody is sent
// more than he sent, and who changes a handshake under way is found out. In a short form; that of
// `npm run attacks` counts what was said to an end in each state, and fails below a million.

import { afterAll, describe, expect, it } from 'vitest';
import { announce, IS_FULL } from '../../scripts/long-form.ts';
import { encodeUtf8, toHex } from '../bytes.ts';
import { SeededRandom } from '../../sim/random.ts';
import { drawMutation, mutated } from '../../sim/testing/hostile.ts';
import {
  CBC, CERTIFIED, DEVICE, DtlsBench, IDENTITY, OLD_CBC, PROFILE, RAW, SERVER, ZEPHYR,
  type DtlsEnd,
} from '../../sim/testing/dtls-bench.ts';
import {
  ECDHE_PSK, KINDS, listenerOf, sealedBy, told, twinOf, type Kind, type Listener, type Role,
} from '../../sim/testing/dtls-told.ts';
import { SimulatedCrypto } from '../../sim/crypto.ts';
import type { Aead, Random, Secrets } from '../ports.ts';
import { Alert, encodeAlert } from './alerts.ts';
import { CID_LENGTH, type Association } from './association.ts';
import type { ClientProfile } from './handshake.ts';
import {
  decodeFragments, encodeFragment, encodeMessage, HANDSHAKE_HEADER_LENGTH,
} from './handshake-messages.ts';
import { openRecord, sealRecord } from './protection.ts';
import { ContentType, parseRecord, plainRecord, RECORD_HEADER_LENGTH } from './record.ts';
import { keyBlockLengthOf } from './suites.ts';
import { AssociationTable } from './table.ts';

const IN_ALL_MIN = 1_000_000;
/** Of each state of each kind of handshake. */
const MUTATIONS = IS_FULL ? 2_800 : 24;
/** Of a stranger, and of who has the keys, to each profile. */
const MORE = IS_FULL ? 20_000 : 2_500;
/** Handshakes in which something is changed: with a PSK alone, and on curves. */
const CHANGED = IS_FULL ? [2_000, 100] as const : [150, 20] as const;
/** What was kept of mutations before is part of the state, for so long. */
const ROUNDS_MAX = 200;
const SAID = 'up';
const STRANGER = { host: '203.0.113.5', port: 9 };
const hasCurves = ({ suites: [suite] }: ClientProfile) => suite!.keyExchange !== 'PSK';
const changesOf = (profile: ClientProfile) => CHANGED[hasCurves(profile) ? 1 : 0];
const PROFILES: [string, ClientProfile][] = [
  ['without connection id', { ...PROFILE, connectionId: 'none' }], ['Zephyr', ZEPHYR],
  ['both with ids', { ...PROFILE, connectionId: 'own' }], ['ECDHE_PSK', ECDHE_PSK],
  ['raw public keys', RAW], ['certificates', CERTIFIED],
  ['CBC', CBC], ['CBC without encrypt-then-MAC', { ...OLD_CBC, connectionId: 'none' }],
];

/** The association that a table heard of last: of a handshake, its owner hears at its end. */
let latest: Association | undefined;
const { addHandshake } = AssociationTable.prototype;
AssociationTable.prototype.addHandshake = function add(association: Association): void {
  latest = association;
  addHandshake.call(this, association);
};

/** Where an end stands, in words. */
function stateOf({ end }: Listener): string {
  const { associations, handshakes } = end.layer.sizes();
  if (latest === undefined || associations + handshakes === 0) return 'nothing';
  const { isLive, handshake } = latest;
  if (isLive) return handshake === undefined ? 'alive' : 'alive, with its last flight';
  if (handshake === undefined) return 'alive beside nothing';
  const { state, isReading, session } = handshake;
  const ofSession = state === 'FINISHED' && session !== undefined ? ' of a session' : '';
  return `${state}${ofSession}${isReading ? ', reading' : ''}`;
}

/** Each that there is, one by one: what is not here was not attacked. */
const STATES: Readonly<Record<Role, readonly string[]>> = {
  server: [
    'nothing', 'CLIENT_HELLO', 'CERTIFICATE', 'CLIENT_KEY_EXCHANGE', 'CERTIFICATE_VERIFY',
    'FINISHED', 'FINISHED, reading', 'FINISHED of a session', 'FINISHED of a session, reading',
    'alive, with its last flight', 'alive',
  ],
  client: [
    'SERVER_HELLO', 'CERTIFICATE', 'SERVER_KEY_EXCHANGE', 'SERVER_HELLO_DONE', 'FINISHED',
    'FINISHED, reading', 'FINISHED of a session', 'FINISHED of a session, reading',
    'alive, with its last flight', 'alive',
  ],
};

/** A kind of handshake with all that can be said in it. */
interface Talk {
  readonly kind: Kind;
  readonly to: Role;
  /** What the end is to hear, record by record, until it lives and has heard something. */
  readonly said: readonly Uint8Array[];
  /** Records of both sides, and contents of them without protection. */
  readonly records: readonly Uint8Array[];
  readonly contents: readonly { readonly type: number; readonly bytes: Uint8Array }[];
  readonly cookie: Uint8Array;
  readonly keys: Uint8Array;
  readonly seal: (type: number, content: Uint8Array) => Uint8Array;
}

function contentOf(record: Uint8Array, reader: Association, { crypto }: DtlsBench): Uint8Array {
  const frame = parseRecord(record, 0, CID_LENGTH)!;
  if (frame.epoch === 0) return record.slice(RECORD_HEADER_LENGTH);
  return openRecord(crypto, twinOf(reader), record, frame)!.content.slice();
}

function talkOf(kind: Kind, to: Role): Talk {
  const { up, down, bench } = told(kind);
  const [client, server] = [bench.client.association, bench.server.association];
  // As their receive windows were before.
  const writer = twinOf(to === 'server' ? client : server);
  const seal = (type: number, content: Uint8Array) => sealedBy(bench, writer, type, content);
  const data = seal(ContentType.APPLICATION_DATA, encodeUtf8(SAID));
  const alert = encodeAlert(Alert.HANDSHAKE_FAILURE);
  const contents = [
    ...up.map((record) => ({ type: typeOf(record), bytes: contentOf(record, server, bench) })),
    ...down.map((record) => ({ type: typeOf(record), bytes: contentOf(record, client, bench) })),
    { type: ContentType.ALERT, bytes: alert },
    { type: ContentType.APPLICATION_DATA, bytes: encodeUtf8(SAID) },
  ];
  return {
    kind, to, contents, seal, said: [...(to === 'server' ? up : down), data],
    records: [...up, ...down, data, plainRecord(ContentType.ALERT, 7, alert)],
    cookie: down[0]!.slice(-32), keys: bench[to].association.exportKeys(),
  };
}

/** With a connection id the type is inside, and only Finished are in epoch 1 here. */
const typeOf = (record: Uint8Array): number => record[4] === 1 ? ContentType.HANDSHAKE : record[0]!;

/** The end after so many records; -1 is after the first half of a ClientHello with its cookie. */
function reached({ kind, to, said }: Talk, count: number): Listener {
  const listener = listenerOf(kind, to);
  if (count < 0) {
    const hello = said[1]!.subarray(RECORD_HEADER_LENGTH);
    const length = hello.length - HANDSHAKE_HEADER_LENGTH;
    const first = encodeFragment(hello, 0, Math.max(length - 4, 70));
    listener.hear(plainRecord(ContentType.HANDSHAKE, 1, first));
  }
  for (const record of said.slice(0, Math.max(count, 0))) listener.hear(record);
  return listener;
}

const stagesOf = ({ to, said }: Talk): number[] =>
  [...(to === 'server' ? [-1] : []), ...said.keys(), said.length];

interface Drawn {
  readonly datagram: Uint8Array;
  readonly isWithKeys: boolean;
}

/** Bytes that were changed, or a message whose body was: that is whole again, and gets further. */
function draw(random: Random, talk: Talk, count: number): Drawn {
  const { records, contents, said, seal } = talk;
  const change = (bytes: Uint8Array, other: Uint8Array): Uint8Array =>
    mutated(bytes, Array.from({ length: 1 + random.below(2) }, () => drawMutation(random)), other);
  const one = <Item>(list: readonly Item[]): Item => list[random.below(list.length)]!;
  const isWithKeys = random.below(2) === 0;
  const next = said[Math.max(count, 0)];
  if (random.below(2) === 0) {
    if (isWithKeys) {
      const { type, bytes } = one(contents);
      const other = random.below(8) === 0 ? 19 + random.below(8) : type;
      return { datagram: seal(other, change(bytes, one(contents).bytes)), isWithKeys };
    }
    const record = next !== undefined && random.below(2) === 0 ? next : one(records);
    return { datagram: change(record, one(records)), isWithKeys };
  }
  const isNext = next !== undefined && next[4] === 0 && random.below(2) === 0;
  const content = isNext ? next.subarray(RECORD_HEADER_LENGTH) : one(contents).bytes;
  const [message] = decodeFragments(content) ?? [];
  const { type, sequence, body } = message ?? { type: 20, sequence: 1 + random.below(6), body: content };
  const whole = encodeMessage({ type, sequence, body: change(body, one(contents).bytes) });
  return {
    isWithKeys,
    datagram: isWithKeys ? seal(ContentType.HANDSHAKE, whole)
      : plainRecord(ContentType.HANDSHAKE, random.below(100), whole),
  };
}

const bytesOf = ({ sent }: DtlsEnd, from: number): number =>
  sent.slice(from).reduce((sum, { datagram }) => sum + datagram.length, 0);

const isIn = (part: Uint8Array, whole: Uint8Array): boolean =>
  Buffer.from(whole).includes(Buffer.from(part));

/** An end that nobody has shown a cookie keeps nothing and says no more than it was told. */
function expectNothing(
  { end }: Listener, before: { sent: number; events: number }, { length }: Uint8Array,
): void {
  const { associations, handshakes } = end.layer.sizes();
  expect([associations, handshakes, end.events.length]).toEqual([0, 0, before.events]);
  expect(bytesOf(end, before.sent)).toBeLessThanOrEqual(length);
}

/** What an end has become that lives by something changed: what it would be without. */
function expectTrue({ end }: Listener, { keys }: Talk): void {
  const { association } = end;
  expect([association.identity, toHex(association.exportKeys())]).toEqual([IDENTITY, toHex(keys)]);
}

/** What was said, by role and state: without keys and with them. */
const counted = new Map<string, [number, number]>();
let established = 0;

function attack(talk: Talk, count: number, random: Random): void {
  let listener = reached(talk, count);
  const state = stateOf(listener);
  const counts = counted.get(`${talk.to} ${state}`) ?? [0, 0];
  counted.set(`${talk.to} ${state}`, counts);
  for (let round = 0, rounds = 0; round < MUTATIONS; round++, rounds++) {
    if (rounds === ROUNDS_MAX || stateOf(listener) !== state) {
      listener = reached(talk, count);
      rounds = 0;
    }
    const { bench, end } = listener;
    const { datagram, isWithKeys } = draw(random, talk, count);
    const before = { sent: end.sent.length, events: end.events.length };
    const heard = end.heard.length;
    listener.hear(datagram);
    counts[isWithKeys ? 1 : 0]++;
    const isUnknown = state === 'nothing' && !isIn(talk.cookie, datagram);
    if (isUnknown) expectNothing(listener, before, datagram);
    if (!isWithKeys && end.heard.length > heard) expect(end.heard.slice(heard)).toEqual([SAID]);
    if (end.events.slice(before.events).some(({ kind }) => kind === 'established')) {
      established++;
      expectTrue(listener, talk);
    }
    if (rounds % 50 === 49) bench.run(100);
  }
  listener.bench.run(1_000_000);
  expect(listener.end.layer.sizes().handshakes).toBe(0);
}

afterAll(() => {
  let all = 0;
  for (const [state, [without, withKeys]] of [...counted].sort()) {
    all += without + withKeys;
    announce(`mutations to a ${state}: ${without} without keys, ${withKeys} with them`);
  }
  announce(`mutations in all: ${all}; an end came to live by ${established}, with the true keys`);
  if (IS_FULL) expect(all).toBeGreaterThanOrEqual(IN_ALL_MIN);
});

const TALKS = KINDS.flatMap((kind) =>
  (['server', 'client'] as const).map((to) => ({ to, kind, name: kind.name })));

describe('mutated records and messages', () => {
  it.for(['server', 'client'] as const)('go to a %s in every state', (role) => {
    const states = TALKS.filter(({ to }) => to === role).flatMap(({ kind, to }) => {
      const talk = talkOf(kind, to);
      return stagesOf(talk).map((count) => stateOf(reached(talk, count)));
    });
    expect(new Set(states)).toEqual(new Set(STATES[role]));
  });

  it.for(TALKS)('do a $to no harm ($name)', ({ to, kind, name }) => {
    const talk = talkOf(kind, to);
    const random = new SeededRandom(1, `mutations ${to} ${name}`);
    for (const count of stagesOf(talk)) attack(talk, count, random);
  });
});

/** Datagrams of a whole conversation of the same seed. */
function spoken(profile: ClientProfile): Uint8Array[] {
  const bench = DtlsBench.established(profile);
  bench.client.say(SAID);
  bench.server.say('down');
  bench.client.layer.end(bench.client.association);
  bench.run(100);
  return [...bench.client.sent, ...bench.server.sent].map(({ datagram }) => datagram);
}

it.for(PROFILES)('a stranger leaves nothing, and is brought no more than he sends (%s)', ([, profile]) => {
  const random = new SeededRandom(1, 'stranger');
  const datagrams = spoken(profile);
  const bench = DtlsBench.established(profile, { seed: 99 });
  const { server } = bench;
  const before = server.layer.sizes();
  for (let round = 0; round < MORE; round++) {
    const datagram = mutated(
      datagrams[random.below(datagrams.length)]!, [drawMutation(random)],
      datagrams[random.below(datagrams.length)]!);
    const sent = server.sent.length;
    server.layer.receive(0, STRANGER, datagram);
    expect(bytesOf(server, sent)).toBeLessThanOrEqual(datagram.length);
  }
  expect(server.layer.counters.helloVerifyRequests).toBeGreaterThan(100);
  expect(server.layer.sizes()).toEqual(before);
});

/** Changes what it protects, some of the time: it has the keys, and no manners. */
class MutatingCrypto extends SimulatedCrypto {
  /** How much was left as it was. */
  unchanged = 0;
  readonly #random: Random;

  constructor(random: Random) {
    super(random);
    this.#random = random.fork('mutations');
  }

  override seal(
    aead: Aead, secrets: Secrets, plaintext: Uint8Array, target: Uint8Array, at: number,
  ): void {
    super.seal(aead, secrets, this.#changed(plaintext), target, at);
  }

  /** Behind the content there is padding too, and before it the MAC if that is what it is over. */
  override encryptCbc(
    key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, target: Uint8Array, at: number,
  ): void {
    super.encryptCbc(key, iv, this.#changed(plaintext), target, at);
  }

  #changed(plaintext: Uint8Array): Uint8Array {
    const changed = plaintext.slice();
    if (this.#random.below(2) === 0 && plaintext.length > 0) {
      changed[this.#random.below(changed.length)]! ^= 1 << this.#random.below(8);
    } else this.unchanged++;
    return changed;
  }
}

describe('with the keys', () => {
  it.for(PROFILES.flatMap(([name, profile]) => (['client', 'server'] as const).map((side) =>
    [side, name, profile] as const)))(
    'a changed Finished of the %s ends nothing well (%s)', ([side, , profile]) => {
    const other = side === 'client' ? 'server' : 'client';
    const outcomes = new Set<string>();
    for (let seed = 0; seed < changesOf(profile); seed++) {
      const crypto = new MutatingCrypto(new SeededRandom(seed));
      const bench = new DtlsBench({ seed, [side]: { crypto } });
      bench.connect(profile);
      bench.run(900);
      const isAlive = bench[other].story.includes('established');
      // One whose number was changed is taken for the message before, so that the true one is asked
      // for; nothing else helps.
      if (isAlive) expect(crypto.unchanged).toBeGreaterThan(0);
      outcomes.add(`${isAlive}`);
      bench.run(1_000_000);
      expect(bench[other].layer.sizes().handshakes).toBe(0);
    }
    expect(outcomes).toEqual(new Set(['true', 'false']));
  });

  it.for(PROFILES)('content of any kind does no harm (%s)', ([, profile]) => {
    const random = new SeededRandom(3, 'content');
    const contents = spoken(profile).map((datagram) => datagram.slice(13));
    for (const end of ['server', 'client'] as const) {
      let bench = DtlsBench.established(profile);
      for (let round = 0; round < MORE; round++) {
        const other = end === 'server' ? bench.client : bench.server;
        const content = mutated(contents[random.below(contents.length)]!, [drawMutation(random)],
          contents[random.below(contents.length)]!).slice(0, 16_000);
        const type = 19 + random.below(8);
        if (bench[end].association.isLive) {
          const record = sealRecord(bench.crypto, bench.random, other.association, type, content);
          bench[end].layer.receive(0, end === 'server' ? DEVICE : SERVER, record);
        } else bench = DtlsBench.established(profile);
      }
      bench.run(1_000_000);
      expect(bench.server.layer.sizes().handshakes).toBe(0);
    }
  });
});

describe('who changes a handshake under way', () => {
  it.for(PROFILES)('is found out (%s)', ([, profile]) => {
    let alive = 0;
    let changes = 0;
    const rounds = 2 * changesOf(profile);
    for (let seed = 0; seed < rounds; seed++) {
      const random = new SeededRandom(seed, 'between');
      const bench = new DtlsBench({ seed });
      bench.network = (from, datagram) => {
        if (random.below(3) > 0) return [10];
        changes++;
        const changed = mutated(datagram, [drawMutation(random)], datagram);
        if (from === 'client') bench.server.layer.receive(0, DEVICE, changed);
        else bench.client.layer.receive(0, SERVER, changed);
        return [];
      };
      bench.connect(profile);
      bench.run(200_000);
      if (!bench.client.story.includes('established')) continue;
      alive++;
      const [ours, theirs] = [bench.client.association, bench.server.association];
      const whole = keyBlockLengthOf(ours.suite);
      expect(toHex(ours.exportKeys().slice(0, whole / 2)))
        .toBe(toHex(theirs.exportKeys().slice(whole / 2, whole)));
      for (const association of [ours, theirs]) {
        expect(association.identity).toBe(IDENTITY);
        expect(association.suite).toBe(profile.suites[0]);
        expect(association.isEncryptThenMac).toBe(profile === CBC);
        expect(association.plaintextMax).toBe(profile.maxFragmentLength ?? 16_384);
        expect(association.ownCid === undefined)
          .toBe(profile.connectionId === 'none' || (association.role === 'client'
            && profile.connectionId === 'empty'));
      }
    }
    expect(changes).toBeGreaterThan(rounds / 2);
    expect(alive).toBeGreaterThan(rounds / 20);
  });
});
