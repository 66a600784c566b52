// Hostile bytes at every state: nothing throws, nothing is kept before the cookie, nobody is sent
// more than he sent, and who changes a handshake under way is found out. In a short form;
// FLOWNEXUS_MUTATIONS=8000 makes more than a million of them.

import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { SeededRandom } from '../../sim/random.ts';
import { drawMutation, mutated } from '../../sim/testing/hostile.ts';
import {
  CBC, CERTIFIED, DEVICE, DtlsBench, IDENTITY, OLD_CBC, PROFILE, RAW, SERVER, ZEPHYR,
  type DtlsEnd,
} from '../../sim/testing/dtls-bench.ts';
import { SimulatedCrypto } from '../../sim/crypto.ts';
import type { Aead, Random, Secrets } from '../ports.ts';
import type { ClientProfile } from './handshake.ts';
import { sealRecord } from './protection.ts';
import { keyBlockLengthOf } from './suites.ts';

const STATES = 8;
const MUTATIONS = Number(process.env.FLOWNEXUS_MUTATIONS ?? 400);
const STRANGER = { host: '203.0.113.5', port: 9 };
const isEcdsa = (profile: ClientProfile) => profile === RAW || profile === CERTIFIED;
const PROFILES: [string, ClientProfile][] = [
  ['without connection id', { ...PROFILE, connectionId: 'none' }], ['Zephyr', ZEPHYR],
  ['both with ids', { ...PROFILE, connectionId: 'own' }], ['raw public keys', RAW],
  ['certificates', CERTIFIED],
  ['CBC', CBC], ['CBC without encrypt-then-MAC', { ...OLD_CBC, connectionId: 'none' }],
];

/** A conversation that stops after so many datagrams. */
function stoppedAt(count: number, profile: ClientProfile): DtlsBench {
  const bench = new DtlsBench();
  let passed = 0;
  bench.network = () => passed++ < count ? [10] : [];
  bench.connect(profile);
  bench.run(900);
  return bench;
}

/** Datagrams of a whole conversation of the same seed. */
function spoken(profile: ClientProfile): Uint8Array[] {
  const bench = DtlsBench.established(profile);
  bench.client.say('up');
  bench.server.say('down');
  bench.client.layer.end(bench.client.association);
  bench.run(100);
  return [...bench.client.sent, ...bench.server.sent].map(({ datagram }) => datagram);
}

const bytesOf = ({ sent }: DtlsEnd, from: number): number =>
  sent.slice(from).reduce((sum, { datagram }) => sum + datagram.length, 0);

describe.for(PROFILES)('mutated datagrams (%s)', ([, profile]) => {
  const datagrams = spoken(profile);

  it.for(Array.from({ length: STATES }, (_, index) => index))(
    'after %i good ones do no harm', (count) => {
      const random = new SeededRandom(count, 'mutations');
      const bench = stoppedAt(count, profile);
      const { server, client } = bench;
      for (let round = 0; round < MUTATIONS; round++) {
        const datagram = mutated(
          datagrams[random.below(datagrams.length)]!, [drawMutation(random)],
          datagrams[random.below(datagrams.length)]!);
        server.layer.receive(0, DEVICE, datagram);
        client.layer.receive(0, SERVER, datagram);
        if (round % 50 === 0) bench.run(1_000);
      }
      // Some mutations leave a record whole, and then it may be heard, once.
      for (const heard of [server.heard, client.heard]) {
        expect([[], ['up'], ['down']]).toContainEqual(heard);
      }
      bench.run(1_000_000);
      expect(server.layer.sizes().handshakes + client.layer.sizes().handshakes).toBe(0);
    });

  it('of a stranger leave nothing, and bring him no more than he sends', () => {
    const random = new SeededRandom(1, 'stranger');
    const bench = DtlsBench.established(profile, { seed: 99 });
    const { server } = bench;
    const before = server.layer.sizes();
    for (let round = 0; round < 10 * MUTATIONS; round++) {
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
});

/** Changes what it protects, some of the time: it has the keys, and no manners. */
class MutatingCrypto extends SimulatedCrypto {
  mutations = 0;
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
      this.mutations++;
      changed[this.#random.below(changed.length)]! ^= 1 << this.#random.below(8);
    }
    return changed;
  }
}

describe('with the keys', () => {
  it.for(PROFILES.flatMap(([name, profile]) => (['client', 'server'] as const).map((side) =>
    [side, name, profile] as const)))(
    'a changed Finished of the %s ends nothing well (%s)', ([side, , profile]) => {
    const other = side === 'client' ? 'server' : 'client';
    const outcomes = new Set<string>();
    for (let seed = 0; seed < (isEcdsa(profile) ? 30 : 200); seed++) {
      const crypto = new MutatingCrypto(new SeededRandom(seed));
      const bench = new DtlsBench({ seed, [side]: { crypto } });
      bench.connect(profile);
      bench.run(900);
      const isAlive = bench[other].story.includes('established');
      if (isAlive) expect(crypto.mutations).toBe(0);
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
      for (let round = 0; round < 10 * MUTATIONS; round++) {
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
    const rounds = isEcdsa(profile) ? 60 : 400;
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
