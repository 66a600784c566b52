// Stories of associations that live: data, addresses, replays, endings, and what outlives a process.

import { describe, expect, it, test } from 'vitest';
import { encodeUtf8, toHex } from '../bytes.ts';
import {
  DEVICE, DEVICE_KEYS, DtlsBench, IDENTITY, PROFILE, RAW, SERVER, SERVER_KEYS,
} from '../../sim/testing/dtls-bench.ts';
import { Alert, encodeAlert } from './alerts.ts';
import { NO_EXTENSIONS } from './extensions.ts';
import type { ClientProfile } from './handshake.ts';
import { encodeClientHello, encodeMessage } from './handshake-messages.ts';
import { CLIENT_HELLO_LENGTH_MAX } from './hello.ts';
import { MOVE_INTERVAL_SECONDS } from './layer.ts';
import { sealRecord } from './protection.ts';
import { ContentType, plainRecord, SEQUENCE_MAX, VERSION_1_2 } from './record.ts';
import { SESSION_LIFETIME, Sessions, type Session } from './resumption.ts';
import { exportAssociation, SEQUENCES_RESERVED } from './stored.ts';
import { SUITES, SUITES_WITH_CBC, type Suite } from './suites.ts';

const WITHOUT_CID: ClientProfile = { ...PROFILE, connectionId: 'none' };
const ELSEWHERE = { host: '198.51.100.9', port: 61_000 };

/** A ClientHello of 40 bytes, the cookie and two for each suite. */
function helloOf(suites: number, cookie = new Uint8Array(0)): Uint8Array {
  const body = encodeClientHello({
    version: VERSION_1_2, random: new Uint8Array(32), sessionId: new Uint8Array(0), cookie,
    suites: Array.from({ length: suites }, (_, index) => index === 0 ? 0xc0a8 : 0x1000 + index),
    compressions: Uint8Array.of(0), extensions: NO_EXTENSIONS,
  });
  const sequence = cookie.length === 0 ? 0 : 1;
  return plainRecord(22, sequence, encodeMessage({ type: 1, sequence, body }));
}

/** The Finished of the client again, in a record of its own. */
function lastFlightOf({ crypto, random, client, server }: DtlsBench): Uint8Array {
  const sequence = (server.association.handshake?.reassembly.next ?? 0) - 1;
  const finished = encodeMessage({ type: 20, sequence, body: new Uint8Array(12) });
  return sealRecord(crypto, random, client.association, ContentType.HANDSHAKE, finished);
}

/** A record of the client that is not sent. */
const recordOf = (bench: DtlsBench, text: string, type: number = ContentType.APPLICATION_DATA) =>
  sealRecord(bench.crypto, bench.random, bench.client.association, type, encodeUtf8(text));

describe('a record', () => {
  it.for([['with', PROFILE], ['without', WITHOUT_CID]] as const)(
    'is heard once, however often it comes (%s connection id)', ([, profile]) => {
      const bench = DtlsBench.established(profile);
      const record = recordOf(bench, 'once');
      for (let count = 0; count < 3; count++) bench.server.layer.receive(0, DEVICE, record);
      expect(bench.server.heard).toEqual(['once']);
      expect(bench.server.layer.counters.dropped).toBe(2);
    });

  it('may come beside others in one datagram, in any order, up to 64 late', () => {
    const bench = DtlsBench.established();
    const records = Array.from({ length: 65 }, (_, index) => recordOf(bench, `${index}`));
    const [first, ...others] = records as [Uint8Array, ...Uint8Array[]];
    bench.server.layer.receive(0, DEVICE, Uint8Array.from(others.reverse().flatMap((record) =>
      [...record])));
    expect(bench.server.heard).toHaveLength(64);
    bench.server.layer.receive(0, DEVICE, first);
    expect(bench.server.heard).toHaveLength(64);
  });

  it.for([['with', PROFILE], ['without', WITHOUT_CID]] as const)(
    'that was changed or cut anywhere is dropped in silence (%s connection id)', ([, profile]) => {
      const bench = DtlsBench.established(profile);
      const record = recordOf(bench, 'x');
      const sent = bench.server.sent.length;
      for (let at = 0; at < record.length; at++) {
        const changed = record.slice();
        changed[at]! ^= 1 << (at % 8);
        bench.server.layer.receive(0, DEVICE, changed);
        bench.server.layer.receive(0, DEVICE, record.subarray(0, at));
      }
      expect([bench.server.heard, bench.server.sent.length, bench.server.story])
        .toEqual([[], sent, ['established']]);
      bench.server.layer.receive(0, DEVICE, record);
      expect(bench.server.heard).toEqual(['x']);
    });

  it('of nothing but zeros inside says nothing, and other padding is passed over', () => {
    const bench = DtlsBench.established();
    // The type that sealRecord adds is the last byte inside; 0 makes it padding.
    bench.server.layer.receive(0, DEVICE, recordOf(bench, '\0\0', 0));
    bench.server.layer.receive(0, DEVICE, recordOf(bench, 'padded\x17\0\0', 0));
    expect(bench.server.heard).toEqual(['padded']);
  });

  it('longer than was agreed on is dropped', () => {
    const bench = DtlsBench.established({ ...PROFILE, maxFragmentLength: 512 });
    bench.server.layer.receive(0, DEVICE, recordOf(bench, 'x'.repeat(513)));
    bench.server.layer.receive(0, DEVICE, recordOf(bench, 'y'.repeat(512)));
    expect(bench.server.heard).toEqual(['y'.repeat(512)]);
  });

  it('of the wrong form for its association is dropped', () => {
    const bench = DtlsBench.established();
    bench.client.association.peerCid = new Uint8Array(0);
    bench.server.layer.receive(0, DEVICE, recordOf(bench, 'no id'));
    const other = DtlsBench.established({ ...PROFILE, connectionId: 'none' });
    other.client.association.peerCid = Uint8Array.of(7, 0, 0, 0, 1);
    other.server.layer.receive(0, DEVICE, recordOf(other, 'an id'));
    expect([bench.server.heard, other.server.heard]).toEqual([[], []]);
  });

  it('of another node or of nobody is counted', () => {
    const bench = DtlsBench.established();
    const { counters } = bench.server.layer;
    for (const at of [11, 12]) {
      const record = recordOf(bench, 'x');
      record[at]! ^= 1;
      bench.server.layer.receive(0, DEVICE, record);
    }
    expect(counters.unknown).toBe(2);
  });
});

describe('a device that moves', () => {
  it('is followed by its connection id, and answered where it is now', () => {
    const bench = DtlsBench.established();
    bench.device = ELSEWHERE;
    bench.client.say('moved');
    bench.run(100);
    expect(bench.server.events.at(-1)).toMatchObject({ kind: 'moved', from: DEVICE });
    expect(bench.server.association.address).toEqual(ELSEWHERE);
    bench.server.say('welcome');
    bench.run(100);
    expect([bench.server.heard, bench.client.heard]).toEqual([['moved'], ['welcome']]);
  });

  it('is unknown there without one', () => {
    const bench = DtlsBench.established(WITHOUT_CID);
    bench.device = ELSEWHERE;
    bench.client.say('moved');
    bench.run(100);
    expect(bench.server.heard).toEqual([]);
    expect(bench.server.layer.counters.unknown).toBe(1);
  });

  it('is not followed by an older record, a replayed one or a forged one', () => {
    const bench = DtlsBench.established();
    const [older, newer] = [recordOf(bench, 'older'), recordOf(bench, 'newer')];
    const forged = recordOf(bench, 'forged');
    forged[forged.length - 1]! ^= 1;
    bench.server.layer.receive(0, DEVICE, newer);
    bench.run(10_000);
    for (const record of [older, newer, forged]) bench.server.layer.receive(0, ELSEWHERE, record);
    expect(bench.server.heard).toEqual(['newer', 'older']);
    expect(bench.server.association.address).toEqual(DEVICE);
  });

  it('is followed so often and no more, and heard all the same', () => {
    const bench = DtlsBench.established();
    const at = (port: number): void => {
      bench.device = { ...ELSEWHERE, port };
      bench.client.say(`${port}`);
      bench.run(20);
    };
    at(1);
    at(2);
    expect(bench.server.association.address.port).toBe(1);
    expect(bench.server.layer.counters.heldBack).toBe(1);
    bench.run(MOVE_INTERVAL_SECONDS * 1000);
    at(3);
    expect(bench.server.association.address.port).toBe(3);
    expect(bench.server.heard).toEqual(['1', '2', '3']);
  });

  it('may move before it has heard the server finish', () => {
    const bench = new DtlsBench();
    bench.network = (from, datagram) => {
      if (from === 'server' && datagram[0] === 20 && bench.device === DEVICE) {
        bench.device = ELSEWHERE;
        return [];
      }
      return [10];
    };
    bench.connect();
    bench.run(10_000);
    expect(bench.client.story).toEqual(['established']);
    expect(bench.server.association.address).toEqual(ELSEWHERE);
    bench.run(1_000_000);
    expect(bench.server.layer.sizes()).toMatchObject({ associations: 1, handshakes: 0 });
  });
});

test('who moves to where somebody shakes hands does not take his place', () => {
  const bench = DtlsBench.established();
  const mover = bench.client;
  const record = sealRecord(
    bench.crypto, bench.random, mover.association, ContentType.ALERT, Uint8Array.of(1, 90));
  expect(bench.server.association.handshake).toBeDefined();
  bench.device = ELSEWHERE;
  bench.client.restart();
  bench.connect(WITHOUT_CID);
  bench.run(35);
  expect(bench.server.layer.sizes()).toMatchObject({ associations: 1, handshakes: 2 });
  bench.server.layer.receive(0, ELSEWHERE, record);
  // What the mover might have asked for again is let go.
  expect(bench.server.layer.sizes()).toMatchObject({ associations: 1, handshakes: 1 });
  bench.run(1_000);
  expect(bench.server.story).toEqual(['established', 'moved', 'established']);
  bench.client.say('here too');
  bench.run(100);
  expect(bench.server.heard).toEqual(['here too']);
});

describe('an association ends', () => {
  it.for([['with', PROFILE], ['without', WITHOUT_CID]] as const)(
    'by close_notify, which is answered (%s connection id)', ([, profile]) => {
      const bench = DtlsBench.established(profile);
      const { association } = bench.client;
      bench.client.layer.end(association);
      bench.run(100);
      expect(bench.client.story).toEqual(['established', 'closed: ended here']);
      expect(bench.server.story).toEqual(['established', 'closed: closed by peer']);
      expect(bench.server.layer.sizes()).toMatchObject({ associations: 0, handshakes: 0 });
      expect(bench.server.sent.length).toBe(4);
      expect(() => bench.client.say('?', association)).toThrow(/only to who/);
      expect(bench.clock.nextDue).toBe(Infinity);
    });

  it('by a fatal alert, and then no session of it is good', () => {
    const bench = DtlsBench.established();
    const alert = encodeAlert(Alert.INTERNAL_ERROR);
    const { crypto, random, client } = bench;
    const record = sealRecord(crypto, random, client.association, ContentType.ALERT, alert);
    expect(bench.server.layer.sizes().sessions).toBe(1);
    bench.server.layer.receive(0, DEVICE, record);
    expect(bench.server.story).toEqual(['established', 'closed: fatal alert']);
    expect(bench.server.layer.sizes().sessions).toBe(0);
  });

  it('by nothing that is not protected', () => {
    const bench = DtlsBench.established(WITHOUT_CID);
    for (const hex of ['15fefd00000000000000070002022815', '14fefd0000000000000007000101']) {
      bench.server.layer.receive(0, DEVICE, Uint8Array.from(Buffer.from(hex, 'hex')));
    }
    expect(bench.server.story).toEqual(['established']);
  });

  it('not by a warning or by an alert that is none', () => {
    const bench = DtlsBench.established();
    for (const bytes of [[1, 90], [3, 40], [2], [2, 40, 0], []]) {
      bench.server.layer.receive(0, DEVICE, sealRecord(
        bench.crypto, bench.random, bench.client.association, ContentType.ALERT,
        Uint8Array.from(bytes)));
    }
    expect(bench.server.story).toEqual(['established']);
  });

  it('before its sequence numbers do', () => {
    const bench = DtlsBench.established();
    bench.server.association.writeSequence = SEQUENCE_MAX;
    bench.server.association.reservedSequence = SEQUENCE_MAX + SEQUENCES_RESERVED;
    bench.server.association.durableSequence = SEQUENCE_MAX + SEQUENCES_RESERVED;
    const { association } = bench.server;
    expect(bench.server.say('last')).toBe('sent');
    expect(bench.server.say('never')).toBe('ended');
    expect(bench.server.story).toEqual(['established', 'closed: sequence numbers used up']);
    bench.run(100);
    expect(bench.client.heard).toEqual(['last']);
    expect(association.isLive).toBe(false);
  });

  it.for([['server', 1], ['client', 0]] as const)(
    'not by the wish to negotiate again, which a %s refuses', ([name, type]) => {
      const bench = DtlsBench.established();
      const other = name === 'server' ? bench.client : bench.server;
      const wish = encodeMessage({ type, sequence: 0, body: new Uint8Array(0) });
      const { crypto, random } = bench;
      const record = sealRecord(crypto, random, other.association, ContentType.HANDSHAKE, wish);
      const [at, from] = name === 'server' ? [bench.server, DEVICE] as const
        : [bench.client, SERVER] as const;
      const sent = at.sent.length;
      at.layer.receive(0, from, record);
      expect(at.sent).toHaveLength(sent + 1);
      bench.run(100);
      expect([at.story, other.story]).toEqual([['established'], ['established']]);
    });
});

describe('a session', () => {
  const again = (bench: DtlsBench, profile: ClientProfile = PROFILE): DtlsBench => {
    bench.connect(profile);
    bench.run(1_000);
    return bench;
  };
  const isResumed = ({ server }: DtlsBench): unknown =>
    server.events.filter(({ kind }) => kind === 'established').map((event) =>
      event.kind === 'established' && event.isResumed);

  it.for([true, false])('is gone on with in fewer flights (extended master secret: %s)', (has) => {
    const profile = { ...PROFILE, hasExtendedMasterSecret: has };
    const bench = again(DtlsBench.established(profile), profile);
    expect(isResumed(bench)).toEqual([false, true]);
    // ClientHello twice, then ChangeCipherSpec and Finished; no key exchange.
    expect(bench.client.sent).toHaveLength(6);
    expect(bench.client.sent.at(-1)?.datagram[0]).toBe(20);
    bench.client.say('up');
    bench.run(100);
    bench.server.say('down');
    bench.run(100);
    expect([bench.server.heard, bench.client.heard]).toEqual([['up'], ['down']]);
    expect(bench.client.layer.sizes().handshakes).toBe(0);
  });

  it('is not for who asks for another kind of master secret', () => {
    const bench = again(DtlsBench.established(), { ...PROFILE, hasExtendedMasterSecret: false });
    expect(isResumed(bench)).toEqual([false, false]);
  });

  it('with ECDSA is not without an extended master secret, which would bind it', () => {
    const unbound = { ...RAW, hasExtendedMasterSecret: false };
    expect(isResumed(again(DtlsBench.established(unbound), unbound))).toEqual([false, false]);
    expect(isResumed(again(DtlsBench.established(RAW), RAW))).toEqual([false, true]);
  });

  it('of a raw public key is no way in when the key is known no longer', () => {
    const known = new Set([toHex(DEVICE_KEYS.publicKey)]);
    const identityOf = (key: Uint8Array) => known.has(toHex(key)) ? IDENTITY : undefined;
    const bench = DtlsBench.established(RAW, {
      server: { rawKeys: { own: SERVER_KEYS, identityOf } },
    });
    known.clear();
    again(bench, RAW);
    expect(bench.server.story).toEqual(['established', 'failed: unknown identity']);
  });

  it('is not for who can its suite no longer', () => {
    const bench = again(DtlsBench.established(), { ...PROFILE, suites: SUITES.slice(1, 3) });
    expect(isResumed(bench)).toEqual([false, false]);
  });

  it.for<[string, ClientProfile, ClientProfile]>([
    ['another server key', RAW,
      { ...RAW, rawKey: { ...RAW.rawKey!, serverKey: DEVICE_KEYS.publicKey } }],
    ['another PSK', PROFILE, { ...PROFILE, psk: { ...PROFILE.psk, key: new Uint8Array(16) } }],
    ['a PSK instead of a raw key', RAW, PROFILE],
    ['a raw key instead of a PSK', PROFILE, RAW],
  ])('of a client is not for who has %s since', ([, before, after]) => {
    const sessionIdLength = (profile: ClientProfile) => {
      const bench = DtlsBench.established(before);
      bench.connect(profile);
      return bench.client.sent.at(-1)!.datagram[13 + 12 + 34];
    };
    expect([before, after].map(sessionIdLength)).toEqual([32, 0]);
  });

  it('ends after a day', () => {
    const bench = DtlsBench.established();
    bench.run(SESSION_LIFETIME);
    expect(isResumed(again(bench))).toEqual([false, false]);
  });

  it('ends when the server has forgotten it', () => {
    const bench = DtlsBench.established();
    bench.server.restart();
    expect(isResumed(again(bench))).toEqual([false, false]);
  });

  it('ends with its identity, and so does all that lives', () => {
    const bench = DtlsBench.established();
    bench.server.layer.forgetIdentity(IDENTITY);
    bench.run(100);
    expect(bench.server.story).toEqual(['established', 'closed: ended here']);
    expect(bench.client.story).toEqual(['established', 'closed: closed by peer']);
    expect(isResumed(again(bench))).toEqual([false, false]);
  });

  it('ends with its identity in the middle of a handshake, too', () => {
    const bench = new DtlsBench();
    // The client's last flight comes without its Finished.
    bench.network = (_from, datagram) => datagram[13] === 16 ? [] : [10];
    bench.connect();
    bench.run(900);
    const [flight] = bench.client.sent.slice(-1);
    bench.server.layer.receive(0, DEVICE, flight!.datagram.slice(0, 13 + 12 + 2 + IDENTITY.length));
    bench.server.layer.forgetIdentity(IDENTITY);
    bench.server.layer.receive(0, DEVICE, flight!.datagram);
    expect(bench.server.story).toEqual(['failed: closed']);
  });

  it('whose identity is known no longer is no way in', () => {
    const known = new Set([IDENTITY]);
    const pskOf = (identity: string) => known.has(identity) ? PROFILE.psk : undefined;
    const bench = DtlsBench.established(PROFILE, { server: { pskOf } });
    known.clear();
    again(bench);
    expect(bench.server.story).toEqual(['established', 'failed: unknown identity']);
  });

  it('makes room for newer ones', () => {
    const sessions = new Sessions(undefined, 2);
    const session: Session = {
      id: new Uint8Array(32), master: new Uint8Array(48), suite: SUITES[0]!,
      hasExtendedMasterSecret: true, identity: 'x', security: 'psk', serverName: undefined,
      peerKey: undefined, peerChain: undefined,
    };
    for (const key of ['a', 'b', 'a', 'c']) sessions.add(key, session, 0);
    expect(['a', 'b', 'c'].map((key) => sessions.find(key, 1) !== undefined))
      .toEqual([true, false, true]);
    expect(sessions.find('a', SESSION_LIFETIME)).toBeUndefined();
    expect(sessions.size).toBe(0);
  });
});

describe('an association that was stored', () => {
  it.for([['with', PROFILE], ['without', WITHOUT_CID]] as const)(
    'goes on after the server was started anew (%s connection id)', ([, profile]) => {
      const bench = DtlsBench.established(profile);
      bench.client.say('before');
      bench.run(100);
      const replayed = bench.client.sent.at(-1)!.datagram;
      const stored = structuredClone(exportAssociation(bench.server.association));
      const used = new Set<number>();
      for (let count = 0; count < 3; count++) {
        used.add(bench.server.association.writeSequence);
        bench.server.say('not stored');
      }
      bench.run(100);
      bench.server.restart();
      const association = bench.server.layer.import(stored)!;
      expect(used).not.toContain(association.writeSequence);
      bench.server.layer.receive(0, DEVICE, replayed);
      bench.client.say('after');
      bench.run(100);
      bench.server.say('welcome back', association);
      bench.run(100);
      expect(bench.server.heard).toEqual(['before', 'after']);
      expect(bench.client.heard.at(-1)).toBe('welcome back');
      expect(bench.server.layer.sizes()).toMatchObject({ associations: 1, handshakes: 0 });
      expect([...bench.server.layer.live()]).toEqual([association]);
    });

  it('says each time that numbers are to be reserved before they are used', () => {
    const bench = DtlsBench.established();
    let { reservedSequence } = bench.server.association;
    for (let count = 0; count < 3 * SEQUENCES_RESERVED; count++) {
      bench.server.say('x');
      const { association } = bench.server;
      expect(association.writeSequence).toBeLessThanOrEqual(association.reservedSequence);
      const told = bench.server.events.filter(({ kind }) => kind === 'reserved').length;
      if (association.reservedSequence === reservedSequence) continue;
      reservedSequence = association.reservedSequence;
      // Half a block of what is on disk already is still free then.
      expect(told).toBe(Math.ceil(association.writeSequence / (SEQUENCES_RESERVED / 2)) - 1);
    }
    expect(bench.server.events.filter(({ kind }) => kind === 'reserved')).toHaveLength(5);
  });

  it('says nothing after a restart before its reservation is on disk', () => {
    const bench = DtlsBench.established();
    const stored = structuredClone(exportAssociation(bench.server.association));
    bench.server.isDiskSlow = true;
    const sent = bench.server.sent.length;
    for (let life = 0; life < 2; life++) {
      bench.server.restart();
      const association = bench.server.layer.import(stored)!;
      expect(bench.server.say('too early', association)).toBe('unreserved');
      expect(bench.server.events.at(-1)).toEqual({ kind: 'reserved', association });
      bench.server.layer.end(association);
    }
    expect(bench.server.sent).toHaveLength(sent);
  });

  it('uses no number twice, however soon it is started anew', () => {
    const bench = DtlsBench.established();
    let stored = structuredClone(exportAssociation(bench.server.association));
    bench.server.isDiskSlow = true;
    const lives = Array.from({ length: 4 }, (_, life) => {
      const from = bench.server.sent.length;
      bench.server.restart();
      const association = bench.server.layer.import(stored)!;
      bench.server.say('unsent', association);
      if (life % 2 === 0) {
        // The state reaches the disk before the layer hears of it, or the process may end between.
        stored = structuredClone(exportAssociation(association));
        bench.server.layer.reserved(association, stored.reservedSequence);
        expect(bench.server.say('x', association)).toBe('sent');
      }
      return bench.server.sent.slice(from).map(({ datagram }) => toHex(datagram.slice(13, 21)));
    });
    expect(lives.map(({ length }) => length)).toEqual([1, 0, 1, 0]);
    expect(new Set(lives.flat()).size).toBe(2);
  });

  it('says no more than is reserved on disk, and goes on when more is', () => {
    const bench = DtlsBench.established();
    const { association } = bench.server;
    bench.server.isDiskSlow = true;
    const { reservedSequence } = association;
    while (association.writeSequence < reservedSequence) {
      expect(bench.server.say('x')).toBe('sent');
    }
    expect(bench.server.say('x')).toBe('unreserved');
    // Nor are last flights repeated with numbers that nobody reserved.
    const { sent } = bench.server;
    const before = sent.length;
    bench.server.layer.receive(0, DEVICE, lastFlightOf(bench));
    expect(sent).toHaveLength(before);
    expect(association.writeSequence).toBe(reservedSequence);
    bench.server.layer.reserved(association, association.reservedSequence);
    expect(bench.server.say('x')).toBe('sent');
    expect(() => bench.server.layer.reserved(association, association.reservedSequence + 1))
      .toThrow(/was told/);
  });

  it('is not there twice, nor without all of its keys', () => {
    const bench = DtlsBench.established();
    const stored = exportAssociation(bench.server.association);
    expect(bench.server.layer.import(stored)).toBeUndefined();
    expect(bench.server.layer.sizes().associations).toBe(1);
    bench.server.restart();
    const keys = stored.keys.slice(0, 3);
    expect(() => bench.server.layer.import({ ...stored, keys })).toThrow(/all of its keys/);
  });

  it('is one of the suites that are allowed now, and so is a session', () => {
    const bench = new DtlsBench({ server: { suites: SUITES } });
    const { server } = bench;
    const session = (suite: Suite): Session => ({
      id: new Uint8Array(32), master: new Uint8Array(48), suite, hasExtendedMasterSecret: true,
      identity: 'x', security: 'psk', serverName: undefined, peerKey: undefined,
      peerChain: undefined,
    });
    const cbc = SUITES_WITH_CBC.find(({ aead }) => aead === undefined)!;
    const now = bench.clock.now();
    expect([
      server.layer.importSession('off', session(cbc), now + 1),
      server.layer.importSession('over', session(SUITES[0]!), now),
      // The clock was set back since; else it would last as long again after each start.
      server.layer.importSession('ahead', session(SUITES[0]!), now + SESSION_LIFETIME + 1),
      server.layer.importSession('good', session(SUITES[0]!), now + 1),
    ]).toEqual([false, false, false, true]);
    expect(server.layer.sizes().sessions).toBe(1);
    const stored = exportAssociation(DtlsBench.established().server.association);
    expect(server.layer.import({ ...stored, suite: cbc.id })).toBeUndefined();
    expect(server.layer.import(stored)).toBeDefined();
  });

  it('finds no room beyond the limit', () => {
    const bench = DtlsBench.established();
    const stored = exportAssociation(bench.server.association);
    const full = new DtlsBench({ server: { limits: { associations: 1 } } });
    expect(full.server.layer.import(stored)).toBeDefined();
    expect(full.server.layer.import({ ...stored, ownCid: 1 })).toBeUndefined();
  });
});

describe('a profile', () => {
  const { psk, rawKey, ...bare } = PROFILE;

  it.for<[string, ClientProfile]>([
    ['of PSK suites without a PSK', { ...bare, rawKey }],
    ['of ECDSA suites without a raw key', { ...bare, psk, suites: RAW.suites }],
    ['without suites', { ...PROFILE, suites: [] }],
    ['of a server name that no hello can say', { ...PROFILE, serverName: 'no host.' }],
    ['of a fragment length that no hello can say', { ...PROFILE, maxFragmentLength: 1_000 }],
  ])('%s is wrong at once, and not when a server answers', ([, profile]) => {
    const bench = new DtlsBench();
    expect(() => bench.connect(profile)).toThrow(/a profile/);
    expect(bench.client.sent).toEqual([]);
  });
});

describe('a device whose random is the same after each start', () => {
  it.for(['none', 'empty'] as const)('is answered when it begins anew (connection id: %s)',
    (connectionId) => {
      const bench = DtlsBench.established({ ...PROFILE, connectionId });
      const { server, client: { sent: [first] } } = bench;
      const { helloVerifyRequests } = server.layer.counters;
      server.layer.receive(0, DEVICE, first!.datagram);
      expect(server.layer.counters.helloVerifyRequests).toBe(helloVerifyRequests + 1);
      expect(server.association.handshake).toBeDefined();
    });

  it('is still understood when its ClientHello with the cookie comes twice', () => {
    const bench = new DtlsBench();
    bench.connect();
    bench.run(35);
    const again = bench.client.sent[1]!.datagram;
    bench.server.layer.receive(0, DEVICE, again);
    bench.run(1_000);
    expect(bench.server.story).toEqual(['established']);
  });
});

describe('too many', () => {
  it('bytes of a ClientHello: one that fills more than a datagram is not answered', () => {
    const { layer, sent } = new DtlsBench().server;
    const fitting = (CLIENT_HELLO_LENGTH_MAX - 40) / 2;
    layer.receive(0, DEVICE, helloOf(fitting + 1));
    expect([sent.length, layer.counters.unreadableHellos]).toEqual([0, 1]);
    layer.receive(0, DEVICE, helloOf(fitting));
    expect([sent.length, layer.counters.unreadableHellos]).toEqual([1, 1]);
  });

  /** Somebody at another address, up to where the test stops him. */
  function knock(bench: DtlsBench, port: number, span: number): void {
    bench.device = { ...DEVICE, port };
    bench.client.restart();
    bench.connect();
    bench.run(span);
  }

  it('handshakes: the oldest makes room, and who is quick gets in', () => {
    const bench = new DtlsBench({ server: { limits: { handshakes: 3 } } });
    // They hear of the cookie, and say no more than a ClientHello with it.
    for (let port = 1; port <= 50; port++) knock(bench, port, 35);
    expect(bench.server.layer.sizes()).toMatchObject({ associations: 0, handshakes: 3 });
    expect(bench.server.layer.counters.evicted).toBe(47);
    expect(bench.server.story).toEqual([]);
    knock(bench, 99, 100);
    expect(bench.server.story.at(-1)).toBe('established');
    // Who only waits to repeat himself makes room without a word.
    for (let port = 101; port <= 103; port++) knock(bench, port, 35);
    expect(bench.server.story.filter((told) => told === 'established')).toHaveLength(1);
    expect(bench.server.layer.sizes()).toMatchObject({ associations: 1, handshakes: 3 });
  });
});

test('nothing of a Buffer that a socket gave is kept', () => {
  const bench = new DtlsBench();
  bench.network = (from, datagram) => {
    const bytes = Buffer.from(datagram);
    if (from === 'client') bench.server.layer.receive(0, DEVICE, bytes);
    else bench.client.layer.receive(0, SERVER, bytes);
    bytes.fill(0);
    return [];
  };
  bench.connect({ ...RAW, connectionId: 'own' });
  expect([bench.server.story, bench.client.story]).toEqual([['established'], ['established']]);
  bench.client.say('up');
  expect(bench.server.heard).toEqual(['up']);
  for (const { association: { peerCid } } of [bench.server, bench.client]) {
    expect(peerCid.buffer.byteLength).toBe(peerCid.length);
  }
});

test('the same seed gives the same bytes', () => {
  const bytes = (seed: number): string[] => {
    const bench = DtlsBench.established(PROFILE, { seed });
    return [...bench.server.sent, ...bench.client.sent].map(({ datagram }) => toHex(datagram));
  };
  expect(bytes(1)).toEqual(bytes(1));
  expect(bytes(1)).not.toEqual(bytes(2));
});
