// Stories of ClientHellos: in fragments, answered without a memory until one shows a good cookie and
// put together from then on; of those that are the same after each start; and of what a server can
// do with them.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { DEVICE, DtlsBench, IDENTITY, PROFILE, RAW } from '../../sim/testing/dtls-bench.ts';
import { COOKIE_LENGTH } from './cookie.ts';
import { encodeFragment, HANDSHAKE_HEADER_LENGTH, HandshakeType } from './handshake-messages.ts';
import { CLIENT_HELLO_LENGTH_MAX } from './hello.ts';
import { ContentType, plainRecord, RECORD_HEADER_LENGTH } from './record.ts';
import { SUITES } from './suites.ts';

/** Version, random and the lengths of a session id and a cookie that are empty. */
const SHORTEST_START = 36;
/** The same with a cookie of ours and a session id. */
const LONGEST_START = SHORTEST_START + COOKIE_LENGTH + 32;
const RECORD_AND_HEADER = RECORD_HEADER_LENGTH + HANDSHAKE_HEADER_LENGTH;

/** A ClientHello in records of so many bytes of it, or of other content as it is. */
function piecesOf(datagram: Uint8Array, length: number): Uint8Array[] {
  if (datagram[0] !== 22 || datagram[13] !== 1) return [datagram];
  const message = datagram.slice(RECORD_HEADER_LENGTH);
  const whole = message.length - HANDSHAKE_HEADER_LENGTH;
  return Array.from({ length: Math.ceil(whole / length) }, (_, index) => {
    const offset = index * length;
    const piece = encodeFragment(message, offset, Math.min(length, whole - offset));
    return plainRecord(ContentType.HANDSHAKE, 8 * message[5]! + index, piece);
  });
}

/** Both ClientHellos of a client that hears of the cookie and nothing else, not sent to the server. */
function hellosOf(bench: DtlsBench): [Uint8Array, Uint8Array] {
  bench.connect();
  bench.run(25);
  bench.network = () => [];
  bench.run(25);
  const [first, second] = bench.client.sent.map(({ datagram }) => datagram);
  bench.server.sent.length = 0;
  return [first!, second!];
}

function newBench(): DtlsBench {
  const bench = new DtlsBench();
  // The second ClientHello gets lost.
  bench.network = (_from, _datagram, index) => index < 2 ? [10] : [];
  return bench;
}

describe('a ClientHello in fragments', () => {
  property.prop([fc.integer({ min: LONGEST_START, max: 200 }), fc.constantFrom(PROFILE, RAW)],
    { numRuns: 30 })('begins a handshake, also one that goes on with a session', (length, profile) => {
    const bench = new DtlsBench();
    bench.network = (from, datagram) => {
      if (from === 'server') return [10];
      for (const piece of piecesOf(datagram, length)) bench.server.layer.receive(0, DEVICE, piece);
      return [];
    };
    for (let count = 0; count < 2; count++) {
      bench.connect(profile);
      bench.run(900);
    }
    expect(bench.server.events).toMatchObject([{ isResumed: false }, { isResumed: true }]);
    expect(bench.client.story.at(-1)).toBe('established');
    bench.client.say('up');
    bench.run(100);
    expect(bench.server.heard).toEqual(['up']);
  });

  it('is answered by no more than its first fragment, and leaves nothing', () => {
    const bench = newBench();
    const [hello] = hellosOf(bench);
    const { server } = bench;
    for (let length = SHORTEST_START - 2; length < 90; length++) {
      const [first, ...others] = piecesOf(hello, length) as [Uint8Array, ...Uint8Array[]];
      for (const piece of others) server.layer.receive(0, DEVICE, piece);
      expect(server.sent).toEqual([]);
      server.layer.receive(0, DEVICE, first);
      // A shorter one cannot say whom the cookie would be for.
      expect(server.sent).toHaveLength(length < SHORTEST_START ? 0 : 1);
      for (const { datagram } of server.sent) {
        expect(datagram.length).toBeLessThanOrEqual(first.length);
        expect(datagram).toHaveLength(28 + COOKIE_LENGTH);
      }
      server.sent.length = 0;
    }
    expect(server.layer.sizes()).toEqual({ associations: 0, handshakes: 0, sessions: 0 });
  });

  it('is put together in any order once the first has come, and answered when it comes again', () => {
    const bench = newBench();
    const [, hello] = hellosOf(bench);
    const { server } = bench;
    const [first, ...others] = piecesOf(hello, LONGEST_START - 32) as [Uint8Array, ...Uint8Array[]];
    for (const piece of others) server.layer.receive(0, DEVICE, piece);
    expect([server.sent, server.layer.sizes().handshakes]).toEqual([[], 0]);
    for (const piece of [first, ...others.reverse()]) server.layer.receive(0, DEVICE, piece);
    expect(server.sent).toHaveLength(1);
    for (const piece of [first, ...others]) server.layer.receive(0, DEVICE, piece);
    // Once, although each of them came again.
    expect(server.sent).toHaveLength(2);
    expect(server.layer.sizes().handshakes).toBe(1);
  });

  it('is not answered when its first does not hold the whole cookie, and nothing is kept', () => {
    const bench = newBench();
    const [, hello] = hellosOf(bench);
    const { server } = bench;
    const enough = SHORTEST_START + COOKIE_LENGTH;
    for (const piece of piecesOf(hello, enough - 1)) server.layer.receive(0, DEVICE, piece);
    expect([server.sent, server.layer.sizes().handshakes]).toEqual([[], 0]);
    const pieces = piecesOf(hello, enough);
    expect(pieces[0]).toHaveLength(93);
    for (const piece of pieces) server.layer.receive(0, DEVICE, piece);
    expect([server.sent.length, server.layer.sizes().handshakes]).toEqual([1, 1]);
  });

  it('with another cookie is asked for a good one', () => {
    const bench = newBench();
    const [, hello] = hellosOf(bench);
    const wrong = hello.slice();
    wrong[RECORD_AND_HEADER + SHORTEST_START]! ^= 1;
    for (const piece of piecesOf(wrong, 80)) bench.server.layer.receive(0, DEVICE, piece);
    expect(bench.server.sent).toHaveLength(1);
    expect(bench.server.layer.sizes().handshakes).toBe(0);
  });

  it('of which nothing more comes is given up after its time', () => {
    const bench = newBench();
    const [, hello] = hellosOf(bench);
    bench.client.restart();
    bench.server.layer.receive(0, DEVICE, piecesOf(hello, 80)[0]!);
    expect(bench.server.layer.sizes().handshakes).toBe(1);
    bench.run(130_000);
    expect(bench.server.story).toEqual(['failed: silent peer']);
    expect([bench.server.sent, bench.server.layer.sizes().handshakes, bench.clock.nextDue])
      .toEqual([[], 0, Infinity]);
  });

  it('that is malformed behind its first is refused', () => {
    const bench = newBench();
    const [, hello] = hellosOf(bench);
    const [first, second] = piecesOf(hello, 80);
    second!.fill(0xff, RECORD_AND_HEADER);
    for (const piece of [first!, second!]) bench.server.layer.receive(0, DEVICE, piece);
    expect(bench.server.events).toMatchObject([{ reason: 'malformed message', alert: 50 }]);
  });

  it('is no longer than another', () => {
    const bench = newBench();
    const [hello] = hellosOf(bench);
    const [first] = piecesOf(hello, 80);
    const claimed = (length: number): void => {
      first![RECORD_HEADER_LENGTH + 2] = length >> 8;
      first![RECORD_HEADER_LENGTH + 3] = length;
      bench.server.layer.receive(0, DEVICE, first!);
    };
    claimed(CLIENT_HELLO_LENGTH_MAX + 1);
    expect(bench.server.sent).toEqual([]);
    claimed(CLIENT_HELLO_LENGTH_MAX);
    expect(bench.server.sent).toHaveLength(1);
  });
});

describe('a server that knows no PSK', () => {
  const server = { pskOf: undefined };

  it('takes a raw key of a client that has both', () => {
    const suites = [...PROFILE.suites, ...RAW.suites];
    const bench = DtlsBench.established({ ...PROFILE, suites }, { server });
    expect(bench.server.association.suite.keyExchange).toBe('ECDHE_ECDSA');
  });

  it.for(['PSK', 'ECDHE_PSK'])('refuses who has nothing else (%s)', (keyExchange) => {
    const suites = SUITES.filter((suite) => suite.keyExchange === keyExchange);
    const bench = DtlsBench.established({ ...PROFILE, suites }, { server });
    expect(bench.server.story).toEqual(['failed: no common suite']);
    expect(bench.client.events).toMatchObject([{ reason: 'refused by peer', alert: 40 }]);
  });
});

describe('a device whose random is the same after each start', () => {
  /** As far as the device's records so long after the ClientHello with the cookie. */
  function startedTwice(records: 'none' | 'its key exchange' | 'all'): DtlsBench {
    const bench = new DtlsBench();
    const exchange = RECORD_AND_HEADER + 2 + IDENTITY.length;
    bench.network = (from, datagram) => {
      if (from === 'server' || datagram[13] !== 16 || records === 'all') return [10];
      if (records !== 'none') bench.server.layer.receive(0, DEVICE, datagram.slice(0, exchange));
      return [];
    };
    bench.connect();
    bench.run(500);
    bench.client.restart();
    return bench;
  }

  /** What the server says to the same bytes again. */
  function again({ server, client }: DtlsBench, index: number): Uint8Array[] {
    const before = server.sent.length;
    server.layer.receive(0, DEVICE, client.sent[index]!.datagram);
    return server.sent.slice(before).map(({ datagram }) => datagram);
  }

  const randomOf = (flight: Uint8Array | undefined) =>
    toHex(flight!.slice(RECORD_AND_HEADER + 2, RECORD_AND_HEADER + 34));

  it.for([
    ['none', []], ['its key exchange', ['failed: replaced by another']], ['all', ['established']],
  ] as const)('is answered after a start at once, when the server had of it: %s', ([had, story]) => {
    const bench = startedTwice(had);
    const first = randomOf(bench.server.sent[1]?.datagram);
    expect(again(bench, 0)).toHaveLength(1);
    const [flight] = again(bench, 1);
    expect(flight![RECORD_HEADER_LENGTH]).toBe(HandshakeType.SERVER_HELLO);
    // Before the client has gone on, the answer to both is the same.
    expect(randomOf(flight) === first).toBe(had === 'none');
    expect(bench.server.story).toEqual(story);
    expect(bench.server.layer.sizes().handshakes).toBe(1);
  });

  it.for(['its key exchange', 'all'] as const)(
    'does not begin anew by what is only late, when the server had of it: %s', (had) => {
      const bench = startedTwice(had);
      expect(again(bench, 1)).toEqual([]);
      expect(bench.server.layer.sizes().handshakes).toBe(1);
      expect(bench.server.story).toEqual(had === 'all' ? ['established'] : []);
    });
});
