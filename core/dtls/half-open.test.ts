// Peers that begin and say no more: with a good cookie each, and from another host each, so that
// none of them makes room for himself; and those that show no cookie. Memory stays where it is,
// and real devices get in all the while. `npm run attacks` sends 100,000 of either.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { announce, IS_FULL } from '../../scripts/long-form.ts';
import { DtlsBench, KEY, PROFILE } from '../../sim/testing/dtls-bench.ts';
import { sourceOf } from '../peer.ts';
import type { Address, Milliseconds } from '../ports.ts';
import { COOKIE_LENGTH } from './cookie.ts';
import { NO_EXTENSIONS } from './extensions.ts';
import {
  encodeClientHello, encodeMessage, HANDSHAKE_HEADER_LENGTH, RANDOM_LENGTH,
} from './handshake-messages.ts';
import { CLIENT_HELLO_LENGTH_MAX } from './hello.ts';
import { plainRecord, RECORD_HEADER_LENGTH, VERSION_1_2 } from './record.ts';
import { HANDSHAKES_MAX } from './table.ts';

const PEERS = IS_FULL ? 100_000 : HANDSHAKES_MAX + 2_000;
/** How many come in each millisecond of virtual time: 5,000 in a second. */
const PER_MILLISECOND = 5;
/** One way, of devices that come one after the other while the peers do. */
const LATENCIES: readonly Milliseconds[] = IS_FULL ? [10, 50, 200, 400, 800] : [10, 30];
/** What a peer costs that has shown a cookie and nothing else, at most. */
const HALF_OPEN_BYTES_MAX = 12 * 1024;
/** What is held when all are there, of what it was when half of them were; measuring is rough. */
const GROWTH_MAX = 1.1;
/** For all of those who have shown none. */
const WITHOUT_COOKIE_BYTES_MAX = 512 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Buffers that one collection has found are given back by the next. */
function bytesHeld(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Each on a host of its own. */
const peerOf = (index: number): Address =>
  ({ host: `10.${index >>> 16}.${index >>> 8 & 255}.${index & 255}`, port: 5684 });

/** As long as one may be: 40 bytes, the cookie, and two for each suite. */
function longestHello(cookie: Uint8Array): Uint8Array {
  const suites = (CLIENT_HELLO_LENGTH_MAX - 40 - COOKIE_LENGTH) / 2;
  const body = encodeClientHello({
    version: VERSION_1_2, random: new Uint8Array(32), sessionId: new Uint8Array(0), cookie,
    suites: Array.from({ length: suites }, (_, at) => at === 0 ? 0xc0a8 : 0x1000 + at),
    compressions: Uint8Array.of(0), extensions: NO_EXTENSIONS,
  });
  const sequence = cookie.length === 0 ? 0 : 1;
  return plainRecord(22, sequence, encodeMessage({ type: 1, sequence, body }));
}

const WITHOUT_COOKIE = longestHello(new Uint8Array(0));
const WITH_COOKIE = longestHello(new Uint8Array(COOKIE_LENGTH));
/** Behind two headers and the version. */
const RANDOM_AT = RECORD_HEADER_LENGTH + HANDSHAKE_HEADER_LENGTH + 2;
const COOKIE_AT = RANDOM_AT + RANDOM_LENGTH + 2;

function helloOf(index: number, cookie?: Uint8Array): Uint8Array {
  const hello = cookie === undefined ? WITHOUT_COOKIE.slice() : WITH_COOKIE.slice();
  new DataView(hello.buffer).setUint32(RANDOM_AT, index);
  if (cookie !== undefined) hello.set(cookie, COOKIE_AT);
  return hello;
}

function newBench(): DtlsBench {
  return new DtlsBench({ server: { pskOf: (identity) => ({ identity, key: KEY }) } });
}

/** He asks for a cookie of his own and shows it, since it is good for his address alone. */
function comeHalf(bench: DtlsBench, index: number): void {
  const { server, network } = bench;
  const from = peerOf(index);
  const before = server.sent.length;
  bench.network = () => [];
  server.layer.receive(0, from, helloOf(index));
  const cookie = server.sent.at(-1)!.datagram.slice(28);
  server.layer.receive(0, from, helloOf(index, cookie));
  server.sent.length = before;
  bench.network = network;
}

/** Real ones that come while the others do, the next when one is served. */
class Devices {
  readonly served: Milliseconds[] = [];
  #count = 0;
  #begun = 0;
  readonly #bench: DtlsBench;

  constructor(bench: DtlsBench) {
    this.#bench = bench;
    this.#come();
  }

  get latency(): Milliseconds {
    return LATENCIES[this.#count % LATENCIES.length]!;
  }

  onTick(): void {
    const { client, server, clock } = this.#bench;
    if (client.story.length === 0) return;
    expect(client.story).toEqual(['established']);
    expect(server.association.identity).toBe(`device-${this.#count}`);
    // Three round trips, the first for the cookie: as long as if nobody else was there.
    expect(clock.now() - this.#begun).toBeLessThanOrEqual(6 * this.latency + 1);
    this.served.push(this.latency);
    this.#count++;
    this.#come();
  }

  #come(): void {
    const { client, clock } = this.#bench;
    const { latency } = this;
    this.#bench.network = () => [latency];
    this.#bench.device = { host: '192.0.2.7', port: 1_024 + this.#count };
    for (const list of [client.events, client.sent, this.#bench.server.sent]) list.length = 0;
    client.restart();
    const psk = { identity: `device-${this.#count}`, key: KEY };
    this.#bench.connect({ ...PROFILE, psk });
    this.#begun = clock.now();
  }
}

describe('half-open peers', () => {
  it(`${PEERS} with good cookies, of as many hosts, stay in bounded memory, and devices get in`, () => {
    const bench = newBench();
    const { server } = bench;
    const before = bytesHeld();
    for (let index = 0; index < HANDSHAKES_MAX; index++) comeHalf(bench, index);
    const full = bytesHeld() - before;
    expect(server.layer.sizes()).toMatchObject({ associations: 0, handshakes: HANDSHAKES_MAX });
    expect(full / HANDSHAKES_MAX).toBeLessThan(HALF_OPEN_BYTES_MAX);
    const devices = new Devices(bench);
    const half = HANDSHAKES_MAX + (PEERS - HANDSHAKES_MAX) / 2;
    let heldAtHalf = 0;
    for (let index = HANDSHAKES_MAX; index < PEERS; index++) {
      comeHalf(bench, index);
      if (index % PER_MILLISECOND !== 0) continue;
      bench.run(1);
      devices.onTick();
      // Flights that are said again to who is silent.
      server.sent.length = 0;
      expect(server.layer.sizes().handshakes).toBe(HANDSHAKES_MAX);
      if (index === half) heldAtHalf = bytesHeld() - before;
    }
    expect(server.layer.counters.helloVerifyRequests).toBeGreaterThanOrEqual(PEERS);
    expect(server.layer.counters.evicted).toBeGreaterThanOrEqual(PEERS - HANDSHAKES_MAX);
    expect(new Set(devices.served)).toEqual(new Set(LATENCIES));
    expect(server.layer.sizes().associations).toBeGreaterThanOrEqual(devices.served.length);
    const held = bytesHeld() - before;
    expect(held / HANDSHAKES_MAX).toBeLessThan(HALF_OPEN_BYTES_MAX);
    expect(held / heldAtHalf).toBeLessThan(GROWTH_MAX);
    const sources = new Set(Array.from({ length: PEERS }, (_, index) => sourceOf(peerOf(index).host)));
    expect(sources.size).toBe(PEERS);
    announce(`half-open peers: ${PEERS} of ${sources.size} hosts with good cookies; `
      + `${HANDSHAKES_MAX} handshakes held ${mebibytes(full)}, after ${half} peers `
      + `${mebibytes(heldAtHalf)}, after all of them ${mebibytes(held)}; ${devices.served.length} of as many devices got in at once, ${LATENCIES.join(', ')} ms away`);
    bench.client.restart();
    bench.run(1_000_000);
    expect(server.layer.sizes().handshakes).toBe(0);
  });

  it(`${PEERS} that show no cookie leave nothing, and are sent less than they say`, () => {
    const bench = newBench();
    const { server } = bench;
    bench.network = () => [];
    // Code and tables of the engine, which come with the first ones.
    for (let index = 0; index < 2_000; index++) {
      server.layer.receive(0, peerOf(index), helloOf(index));
    }
    server.sent.length = 0;
    const before = bytesHeld();
    let [said, sent] = [0, 0];
    for (let index = 0; index < PEERS; index++) {
      // With any cookie but a good one, too.
      const wrong = new Uint8Array(COOKIE_LENGTH).fill(index);
      const datagram = index % 2 === 0 ? helloOf(index) : helloOf(index, wrong);
      server.layer.receive(0, peerOf(index), datagram);
      expect(server.sent.length).toBe(1);
      const [answer] = server.sent;
      expect(answer!.datagram.length).toBeLessThanOrEqual(datagram.length);
      said += datagram.length;
      sent += answer!.datagram.length;
      server.sent.length = 0;
    }
    expect(server.layer.sizes()).toEqual({ associations: 0, handshakes: 0, sessions: 0 });
    expect([server.events, bench.clock.nextDue]).toEqual([[], Infinity]);
    const held = bytesHeld() - before;
    expect(held).toBeLessThan(WITHOUT_COOKIE_BYTES_MAX);
    announce(`peers without a cookie: ${PEERS} hosts said ${said} bytes and were sent ${sent}; `
      + `${Math.max(0, Math.round(held / 1024))} KiB more were held at the end`);
  });
});

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
