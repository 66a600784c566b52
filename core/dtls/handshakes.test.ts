// Stories of handshakes, server and client against each other in virtual time.

import { inspect } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { toHex } from '../bytes.ts';
import {
  DEVICE, DEVICE_KEYS, DtlsBench, IDENTITY, KEY, PROFILE, RAW, SERVER, ZEPHYR, type Network,
} from '../../sim/testing/dtls-bench.ts';
import { SimulatedCrypto } from '../../sim/crypto.ts';
import { SeededRandom } from '../../sim/random.ts';
import { Alert, encodeAlert } from './alerts.ts';
import type { Association } from './association.ts';
import { COOKIE_LENGTH, SECRET_LIFETIME } from './cookie.ts';
import { LAST_FLIGHT_LIFETIME, type ClientProfile } from './handshake.ts';
import { encodeHelloVerifyRequest, encodeMessage } from './handshake-messages.ts';
import {
  EARLY_RECORD_LENGTH_MAX, EARLY_RECORDS_MAX, REPETITIONS_MAX,
} from './handshake-records.ts';
import type { RawIdentity } from './key-exchange.ts';
import { sealRecord } from './protection.ts';
import { ContentType, plainRecord } from './record.ts';
import { keyBlockLengthOf, SUITES, SUITES_WITH_CBC } from './suites.ts';

const keysOf = (association: Association): string => toHex(association.exportKeys());
/** Of what both have, and behind it whether encrypt-then-MAC holds. */
function sides({ suite }: Association, keys: string): [string, string, string] {
  const whole = 2 * keyBlockLengthOf(suite);
  return [keys.slice(0, whole / 2), keys.slice(whole / 2, whole), keys.slice(whole)];
}

function expectAlike({ server, client }: DtlsBench): void {
  const [written, read, form] = sides(server.association, keysOf(server.association));
  expect(sides(client.association, keysOf(client.association))).toEqual([read, written, form]);
}

/** Types of records in a datagram, in order. */
function recordTypes(datagram: Uint8Array): number[] {
  const types: number[] = [];
  for (let at = 0; at < datagram.length;) {
    types.push(datagram[at]!);
    const cid = datagram[at] === ContentType.TLS12_CID ? 5 : 0;
    at += 13 + cid + datagram[at + 11 + cid]! * 256 + datagram[at + 12 + cid]!;
  }
  return types;
}

describe('a handshake', () => {
  it.for(SUITES_WITH_CBC.flatMap((suite) => [true, false].flatMap((hasExtendedMasterSecret) =>
    (['none', 'empty', 'own'] as const).map((connectionId) => ({
      name: suite.name, suites: [suite], hasExtendedMasterSecret, connectionId,
    })))))(
    'with $name, connection id $connectionId, extended master secret $hasExtendedMasterSecret',
    ({ name: _, ...changes }) => {
      const bench = DtlsBench.established({ ...PROFILE, ...changes });
      const { server, client } = bench;
      expect([server.story, client.story]).toEqual([['established'], ['established']]);
      expect(server.association).toMatchObject({ suite: changes.suites[0], identity: IDENTITY });
      expectAlike(bench);
      client.say('up');
      bench.run(100);
      server.say('down');
      bench.run(100);
      expect([server.heard, client.heard]).toEqual([['up'], ['down']]);
      const { connectionId } = changes;
      expect(client.sent.at(-1)?.datagram[0]).toBe(connectionId === 'none' ? 23 : 25);
      expect(server.sent.at(-1)?.datagram[0]).toBe(connectionId === 'own' ? 25 : 23);
    });

  it('of Zephyr is done in the flights of RFC 6347 s4.2.4', () => {
    const { server, client } = DtlsBench.established(ZEPHYR);
    expect(client.sent.map(({ datagram }) => recordTypes(datagram)))
      .toEqual([[22], [22], [22, 20, 25]]);
    expect(server.sent.map(({ datagram }) => recordTypes(datagram)))
      .toEqual([[22], [22, 22], [20, 22]]);
    expect(server.association.plaintextMax).toBe(1024);
    // The node comes first.
    expect(toHex(client.association.peerCid)).toMatch(/^07/);
  });

  it('is done anew when the cookie became too old under way', () => {
    const bench = new DtlsBench();
    const slow: Network = (from, _, index) => [index === 1 ? 3 * SECRET_LIFETIME : 10];
    bench.network = slow;
    bench.connect();
    bench.run(10 * SECRET_LIFETIME);
    expect(bench.client.story[0]).toBe('established');
  });

  it('takes what the server likes best of what the client can', () => {
    const { server } = DtlsBench.established({ ...PROFILE, suites: [...SUITES].reverse() });
    expect(server.association.suite).toBe(SUITES[0]);
  });

  it('without a common suite is refused, and the operator learns why', () => {
    const bench = DtlsBench.established(
      { ...PROFILE, suites: SUITES.slice(2) }, { server: { suites: SUITES.slice(0, 2) } });
    expect(bench.server.story).toEqual(['failed: no common suite']);
    expect(bench.client.events).toMatchObject([{ kind: 'failed', alert: 40 }]);
    expect(bench.server.layer.sizes()).toEqual({ associations: 0, handshakes: 0, sessions: 0 });
  });

  it('keeps nothing of who shows no cookie, and sends him no more than he sent', () => {
    const bench = new DtlsBench();
    bench.network = (from) => from === 'client' ? [10] : [];
    bench.connect();
    bench.run(120_000);
    const { server, client } = bench;
    expect(client.sent).toHaveLength(7);
    expect(server.sent).toHaveLength(7);
    server.sent.forEach(({ datagram }, index) => {
      expect(datagram.length).toBeLessThanOrEqual(client.sent[index]!.datagram.length);
      expect(datagram).toHaveLength(28 + COOKIE_LENGTH);
    });
    expect(server.layer.sizes()).toEqual({ associations: 0, handshakes: 0, sessions: 0 });
    expect(server.events).toEqual([]);
  });

  it('of DTLS 1.0 is refused by an alert', () => {
    const bench = new DtlsBench();
    bench.connect();
    const { datagram } = bench.client.sent[0]!;
    const old = datagram.slice();
    old[26] = 0xff;
    bench.server.layer.receive(0, DEVICE, old);
    expect(toHex(bench.server.sent[0]!.datagram)).toBe('15fefd000000000000000000020246');
    expect(bench.server.layer.sizes().handshakes).toBe(0);
  });

  it('that begins with too high a number is not answered', () => {
    const bench = new DtlsBench();
    bench.connect();
    const { datagram } = bench.client.sent[0]!;
    const body = datagram.slice(25);
    const high = plainRecord(22, 0, encodeMessage({ type: 1, sequence: 256, body }));
    bench.server.layer.receive(0, DEVICE, high);
    expect(bench.server.layer.counters.unreadableHellos).toBe(1);
    expect(bench.server.sent).toEqual([]);
  });
});

describe('a wrong key', () => {
  function fate(identity: string, key: Uint8Array): DtlsBench {
    const bench = new DtlsBench();
    bench.connect({ ...PROFILE, psk: { identity, key } });
    bench.run(1_000);
    return bench;
  }

  it('and an unknown identity look the same from outside, and not to the operator', () => {
    const wrongKey = fate(IDENTITY, KEY.slice(1));
    const unknown = fate(IDENTITY.replace('1', '2'), KEY);
    const bytes = ({ server }: DtlsBench) => server.sent.map(({ datagram }) => toHex(datagram));
    expect(bytes(unknown)).toEqual(bytes(wrongKey));
    // decrypt_error, in the clear as the server has not changed its cipher.
    expect(bytes(unknown).at(-1)).toBe('15fefd000000000000000300020233');
    expect(wrongKey.server.story).toEqual(['failed: wrong key']);
    expect(unknown.server.story).toEqual(['failed: unknown identity']);
    expect(unknown.server.events[0]?.association.identity).toBe(IDENTITY.replace('1', '2'));
    for (const { client } of [wrongKey, unknown]) {
      expect(client.events).toMatchObject([{ reason: 'refused by peer', alert: 51 }]);
    }
  });

  it.for<[string, Uint8Array]>([
    ['no UTF-8', Uint8Array.of(0, 2, 0xff, 0xfe)],
    ['longer than 128 bytes', Uint8Array.of(0, 129, ...new Uint8Array(129).fill(65))],
    ['nothing', Uint8Array.of(0, 0)],
  ])('of an identity that is %s is one of nobody', ([, body]) => {
    const bench = new DtlsBench();
    bench.network = (from, datagram) => {
      if (from === 'client' && datagram[13] === 16) {
        const exchange = plainRecord(22, 2, encodeMessage({ type: 16, sequence: 2, body }));
        const rest = datagram.slice(25 + 2 + IDENTITY.length);
        bench.server.layer.receive(0, DEVICE, Uint8Array.of(...exchange, ...rest));
        return [];
      }
      return [10];
    };
    bench.connect();
    bench.run(1_000);
    expect(bench.server.story[0]).toBe('failed: unknown identity');
    expect(bench.server.events[0]!.association.identity.length).toBeLessThanOrEqual(128);
  });
});

describe('somebody else', () => {
  const underWay = (): DtlsBench => {
    const bench = new DtlsBench();
    bench.connect({ ...PROFILE, connectionId: 'none' });
    bench.run(35);
    expect(bench.server.layer.sizes().handshakes).toBe(1);
    return bench;
  };
  /** As long as a Finished. */
  const forged = (epoch: number): Uint8Array =>
    Uint8Array.of(22, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 99, 0, 40, ...new Uint8Array(40));
  const refusal = plainRecord(ContentType.ALERT, 5, encodeAlert(Alert.HANDSHAKE_FAILURE));
  const claim = plainRecord(
    ContentType.HANDSHAKE, 5, Uint8Array.of(16, 0, 0, 99, 0, 2, 0, 0, 0, 0, 0, 0));

  it.for([
    ['what looks like a Finished', forged(1)], ['a record of no epoch', forged(2)],
    ['a plain alert', refusal], ['a fragment of another message', claim],
  ] as const)('ends no handshake by %s', ([, datagram]) => {
    const bench = underWay();
    bench.server.layer.receive(0, DEVICE, datagram);
    bench.run(1_000);
    expect([bench.server.story, bench.client.story]).toEqual([['established'], ['established']]);
  });

  it('may be the peer: of who says no more, the alert is why', () => {
    const bench = underWay();
    bench.network = () => [];
    bench.server.layer.receive(0, DEVICE, refusal);
    bench.run(130_000);
    expect(bench.server.events).toMatchObject([
      { kind: 'failed', reason: 'refused by peer', alert: Alert.HANDSHAKE_FAILURE },
    ]);
  });
});

describe('a raw public key', () => {
  const other = new SimulatedCrypto(new SeededRandom(77)).newKeyPair();
  function fate(rawKey: Partial<RawIdentity>, suites = RAW.suites): DtlsBench {
    const bench = new DtlsBench();
    bench.connect({ ...RAW, suites, rawKey: { ...PROFILE.rawKey, ...rawKey } });
    // A plain alert is believed once the client has been silent for long.
    bench.run(130_000);
    return bench;
  }

  it('that nobody has is refused, and shown to the operator by its hash', () => {
    const { server, client } = fate({ keys: other });
    expect(server.events).toMatchObject([{ reason: 'unknown identity', alert: 46 }]);
    expect(server.events[0]!.association.identity)
      .toBe(toHex(new SimulatedCrypto(new SeededRandom(1)).hash(other.publicKey)));
    expect(client.events).toMatchObject([{ reason: 'refused by peer', alert: 46 }]);
  });

  it('without its private key proves nothing', () => {
    const { server } = fate({ keys: { ...other, publicKey: DEVICE_KEYS.publicKey } });
    expect(server.events).toMatchObject([{ reason: 'wrong key', alert: 51 }]);
  });

  it('of another server is refused by the client', () => {
    const { server, client } = fate({ serverKey: other.publicKey });
    expect(client.events).toMatchObject([{ reason: 'unknown identity', alert: 46 }]);
    expect(server.events).toMatchObject([{ reason: 'refused by peer', alert: 46 }]);
  });

  it('of the server without its private key proves nothing either', () => {
    const own = { ...other, publicKey: PROFILE.rawKey.serverKey };
    const identityOf = () => IDENTITY;
    const bench = DtlsBench.established(RAW, { server: { rawKeys: { own, identityOf } } });
    bench.run(130_000);
    expect(bench.client.events).toMatchObject([{ reason: 'wrong key', alert: 51 }]);
    expect(bench.server.events).toMatchObject([{ reason: 'refused by peer', alert: 51 }]);
  });

  it('is of no use at a server without one, where a PSK may be', () => {
    const bench = DtlsBench.established(RAW, { server: { rawKeys: undefined } });
    expect(bench.server.story).toEqual(['failed: no common suite']);
    const both = DtlsBench.established(
      { ...PROFILE, suites: [...RAW.suites, ...PROFILE.suites] },
      { server: { rawKeys: undefined } });
    expect(both.server.association.suite.keyExchange).toBe('PSK');
  });
});

describe('flights', () => {
  it('come again after 1, 3, 7, 15, 31 and 63 s, until 123 s', () => {
    const bench = new DtlsBench();
    const times: number[] = [];
    const begun = bench.clock.now();
    bench.network = () => {
      times.push(bench.clock.now() - begun);
      return [];
    };
    bench.connect();
    bench.run(122_999);
    expect(bench.client.events).toEqual([]);
    bench.run(1);
    expect(times).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000]);
    expect(bench.client.story).toEqual(['failed: silent peer']);
    expect(bench.client.layer.sizes().handshakes).toBe(0);
    expect(bench.clock.nextDue).toBe(Infinity);
  });

  it('of a server come again too, and end', () => {
    const bench = new DtlsBench();
    // The client hears of the cookie and nothing else, and gives up.
    bench.network = (from, _, index) => from === 'client' ? (index < 3 ? [10] : []) :
      index < 3 ? [10] : [];
    bench.connect();
    bench.run(300_000);
    expect(bench.server.sent).toHaveLength(1 + 7);
    expect(bench.server.story).toEqual(['failed: silent peer']);
  });

  it('that are last come again when the peer asks, in new records', () => {
    const bench = new DtlsBench();
    let lost = 0;
    bench.network = (from, datagram) =>
      from === 'server' && datagram[0] === 20 && lost++ < 2 ? [] : [10];
    bench.connect(ZEPHYR);
    bench.run(10_000);
    expect(lost).toBe(3);
    expect([bench.server.story, bench.client.story]).toEqual([['established'], ['established']]);
    expectAlike(bench);
    expect(bench.server.association.writeSequence).toBe(3);
  });

  it('come again at once when the peer repeats itself, so often and no more', () => {
    const bench = new DtlsBench();
    bench.network = (from, _, index) => from === 'server' && index > 2 ? [] : [10];
    bench.connect();
    bench.run(500);
    const { server, client } = bench;
    expect(server.sent).toHaveLength(2);
    const hello = client.sent.at(-1)!.datagram;
    for (let count = 0; count < 2 * REPETITIONS_MAX; count++) {
      server.layer.receive(0, DEVICE, hello);
    }
    expect(server.sent).toHaveLength(2 + REPETITIONS_MAX);
  });

  it('that come too early are kept, so many and so long ones and no more', () => {
    // As many records of the next epoch behind the Finished as there is room for, or one more.
    const finish = (behind: number, length: number): string | undefined => {
      const bench = new DtlsBench();
      bench.network = (from, datagram) => {
        if (from === 'server' || datagram[13] !== 16) return [10];
        const cut = 13 + 12 + 2 + IDENTITY.length;
        const finished = datagram.slice(cut + 14);
        const noise = finished.slice(0, 18);
        noise[17] = 0;
        const long = Uint8Array.of(...noise, ...new Uint8Array(length));
        long[16] = length >> 8;
        long[17] = length & 0xff;
        bench.server.layer.receive(0, DEVICE, finished);
        for (let count = 0; count < behind; count++) bench.server.layer.receive(0, DEVICE, long);
        bench.server.layer.receive(0, DEVICE, datagram.slice(0, cut + 14));
        return [];
      };
      bench.connect();
      bench.run(900);
      return bench.server.story[0];
    };
    expect(finish(0, 0)).toBe('established');
    // Each of them is no Finished, and shorter than one.
    expect(finish(EARLY_RECORDS_MAX - 1, 8)).toBe('established');
    expect(finish(EARLY_RECORDS_MAX, 8)).toBeUndefined();
    expect(finish(EARLY_RECORDS_MAX, EARLY_RECORD_LENGTH_MAX)).toBe('established');
  });

  it('of a server that wants cookies for ever are not', () => {
    const bench = new DtlsBench();
    bench.connect();
    for (let sequence = 0; sequence < 5; sequence++) {
      const body = encodeHelloVerifyRequest(Uint8Array.of(sequence));
      bench.client.layer.receive(0, SERVER, plainRecord(22, sequence,
        encodeMessage({ type: 3, sequence, body })));
    }
    expect(bench.client.story).toEqual(['failed: unexpected message']);
    // Three ClientHellos and the alert.
    expect(bench.client.sent).toHaveLength(4);
  });

  it('that were last are let go when the peer speaks, or after their time', () => {
    const bench = DtlsBench.established();
    expect(bench.server.layer.sizes().handshakes).toBe(1);
    bench.client.say('here I am');
    bench.run(100);
    expect(bench.server.layer.sizes().handshakes).toBe(0);
    const silent = DtlsBench.established();
    silent.run(LAST_FLIGHT_LIFETIME - 2_000);
    expect(silent.server.layer.sizes().handshakes).toBe(1);
    silent.run(2_000);
    expect(silent.server.layer.sizes().handshakes).toBe(0);
    expect(silent.clock.nextDue).toBe(Infinity);
  });

  it('whose Finished overtakes everything are not sent twice', () => {
    const bench = new DtlsBench();
    bench.network = (from, datagram) => {
      if (from === 'server' || datagram[13] !== 16) return [10];
      // Each record comes alone, the last one first.
      const cut = 13 + 12 + 2 + IDENTITY.length;
      const records = [datagram.slice(cut + 14), datagram.slice(cut, cut + 14), datagram.slice(0, cut)];
      for (const record of records) bench.server.layer.receive(0, DEVICE, record);
      return [];
    };
    bench.connect();
    bench.run(900);
    expect([bench.server.story, bench.client.story]).toEqual([['established'], ['established']]);
    expect(bench.client.sent).toHaveLength(3);
  });

  it.for<[string, Partial<ClientProfile>]>([['large', {}], ['small', { maxFragmentLength: 512 }]])(
    'of a %s peer keep to what it takes', ([, changes]) => {
      const bench = DtlsBench.established({ ...PROFILE, ...changes });
      const { server } = bench;
      const { plaintextMax } = server.association;
      expect(plaintextMax).toBe(changes.maxFragmentLength ?? 16_384);
      expect(server.say('x'.repeat(plaintextMax))).toBe('sent');
      expect(() => server.say('x'.repeat(plaintextMax + 1))).toThrow(/no longer than/);
      bench.run(100);
      expect(bench.client.heard).toHaveLength(1);
    });
});

describe('who begins anew at the address of an association', () => {
  it.for(['none', 'empty'] as const)('(connection id: %s) disturbs it only once he is done',
    (connectionId) => {
      const profile = { ...PROFILE, connectionId };
      const bench = DtlsBench.established(profile);
      const old = { server: bench.server.association, client: bench.client.association };
      const before = bench.client.layer;
      // The device starts again; what it was before may still have datagrams under way.
      const late = sealRecord(bench.crypto, bench.random, old.client, 23, Uint8Array.of(0x61));
      const later = sealRecord(bench.crypto, bench.random, old.client, 23, Uint8Array.of(0x62));
      bench.client.restart();
      expect(bench.client.layer).not.toBe(before);
      bench.connect(profile);
      bench.run(35);
      expect(bench.server.layer.sizes()).toMatchObject({ associations: 1, handshakes: 1 });
      bench.server.layer.receive(0, DEVICE, late);
      expect(bench.server.heard).toEqual(['a']);
      bench.run(1_000);
      bench.server.layer.receive(0, DEVICE, later);
      if (connectionId === 'none') {
        expect(bench.server.story)
          .toEqual(['established', 'closed: replaced by another', 'established']);
        expect(bench.server.heard).toEqual(['a']);
        expect(old.server.isLive).toBe(false);
      } else {
        // The address means nothing to who has a connection id.
        expect(bench.server.heard).toEqual(['a', 'b']);
        expect(bench.server.layer.sizes().associations).toBe(2);
      }
      bench.client.say('new');
      bench.run(100);
      expect(bench.server.heard.at(-1)).toBe('new');
    });
});

test('nothing of an event shows a secret', () => {
  const bench = DtlsBench.established({ ...PROFILE, connectionId: 'own' });
  const wrong = new DtlsBench();
  wrong.connect({ ...PROFILE, psk: { identity: IDENTITY, key: KEY.slice(1) } });
  wrong.run(1_000);
  const events = [...bench.server.events, ...bench.client.events, ...wrong.server.events];
  const shown = [
    inspect(events, { depth: 20, showHidden: true }),
    JSON.stringify(events, (_, value: unknown) =>
      value instanceof Uint8Array ? toHex(value) : value),
  ];
  // What waits to repeat a last flight has none either.
  expect(bench.server.association.handshake)
    .toMatchObject({ master: new Uint8Array(0), ephemeral: undefined });
  const keys = bench.server.association.exportKeys();
  for (const text of shown) {
    expect(text).toContain(IDENTITY);
    expect(text).not.toContain(toHex(keys).slice(0, 16));
    expect(text).not.toContain(JSON.stringify(String.fromCharCode(...keys)).slice(1, 8));
    expect(text).not.toMatch(/master|profile|transcript/i);
  }
});

test('the client and its server are found by nobody else', () => {
  const bench = DtlsBench.established();
  const elsewhere = { ...SERVER, port: 1 };
  bench.client.layer.receive(0, elsewhere, bench.server.sent.at(-1)!.datagram);
  expect(bench.client.layer.counters.unknown).toBeGreaterThan(0);
});
