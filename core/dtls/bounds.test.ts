// Stories of too many: associations of one identity and of all, handshakes of one host.

import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../bytes.ts';
import { DEVICE, DtlsBench, KEY, PROFILE } from '../../sim/testing/dtls-bench.ts';
import type { Association } from './association.ts';
import type { ClientProfile } from './handshake.ts';
import { sealRecord } from './protection.ts';
import { ContentType } from './record.ts';
import { exportAssociation } from './stored.ts';
import { ASSOCIATIONS_OF_IDENTITY_MAX } from './table.ts';

const WITHOUT_CID: ClientProfile = { ...PROFILE, connectionId: 'none' };
const pskOf = (identity: string) => ({ identity, key: KEY });

/** Both sides of an association, and the port that the client has. */
interface Pair {
  readonly port: number;
  readonly ours: Association;
  readonly theirs: Association;
}

/** A device, or the same one again, that starts at a port of its own. */
function come(bench: DtlsBench, port: number, profile: ClientProfile): Pair {
  bench.device = { ...DEVICE, port };
  bench.client.restart();
  bench.connect(profile);
  bench.run(1_000);
  return { port, ours: bench.server.association, theirs: bench.client.association };
}

/** As a datagram that may come more than once. */
function recordOf({ crypto, random }: DtlsBench, { theirs }: Pair): Uint8Array {
  return sealRecord(crypto, random, theirs, ContentType.APPLICATION_DATA, encodeUtf8('here'));
}

function speak(bench: DtlsBench, pair: Pair): void {
  bench.server.layer.receive(0, { ...DEVICE, port: pair.port }, recordOf(bench, pair));
}

function named(identity: string, profile: ClientProfile = PROFILE): ClientProfile {
  return { ...profile, psk: { identity, key: KEY } };
}

const livesOf = (pairs: readonly Pair[]): boolean[] => pairs.map(({ ours }) => ours.isLive);

describe.for([['with', PROFILE], ['without', WITHOUT_CID]] as const)(
  'associations of one identity (%s connection id)', ([, profile]) => {
    it('are at most four, and one more closes the one that was silent longest', () => {
      const bench = new DtlsBench();
      const mine = Array.from({ length: ASSOCIATIONS_OF_IDENTITY_MAX }, (_, index) =>
        come(bench, 1 + index, profile));
      expect(livesOf(mine)).toEqual([true, true, true, true]);
      speak(bench, mine[0]!);
      const more = come(bench, 9, profile);
      expect(livesOf([...mine, more])).toEqual([true, false, true, true, true]);
      expect(bench.server.events.slice(-2)).toMatchObject([
        { kind: 'closed', association: mine[1]!.ours, reason: 'replaced by another' },
        { kind: 'established', association: more.ours },
      ]);
      expect(bench.server.layer.sizes().associations).toBe(ASSOCIATIONS_OF_IDENTITY_MAX);
      speak(bench, mine[0]!);
      expect(bench.server.heard).toEqual(['here', 'here']);
    });

    it('that end make room for others', () => {
      const bench = new DtlsBench();
      for (let count = 1; count <= 3 * ASSOCIATIONS_OF_IDENTITY_MAX; count++) {
        bench.server.layer.end(come(bench, count, profile).ours);
      }
      expect(bench.server.story.filter((told) => told.endsWith('another'))).toEqual([]);
      expect(bench.server.layer.sizes().associations).toBe(0);
      expect([...bench.server.layer.live()]).toEqual([]);
    });
  });

it('who makes room for another is told', () => {
  const bench = new DtlsBench();
  const profile = { ...PROFILE, connectionId: 'own' } as const;
  for (let count = 0; count <= ASSOCIATIONS_OF_IDENTITY_MAX; count++) {
    bench.connect(profile);
    bench.run(1_000);
  }
  const first = bench.client.events[0]!.association;
  expect(bench.client.events.filter(({ association }) => association === first)).toMatchObject([
    { kind: 'established' }, { kind: 'closed', reason: 'closed by peer' },
  ]);
});

it('what was stored of one identity is no more than it may have', () => {
  const bench = new DtlsBench();
  const stored = exportAssociation(come(bench, 1, PROFILE).ours);
  bench.server.restart();
  const imported = Array.from({ length: ASSOCIATIONS_OF_IDENTITY_MAX + 1 }, (_, ownCid) =>
    bench.server.layer.import({ ...stored, ownCid }));
  expect(imported.map((one) => one?.ownCid)).toEqual([0, 1, 2, 3, undefined]);
});

describe('a full table', () => {
  it.for([['with', PROFILE], ['without', WITHOUT_CID]] as const)(
    'gives the place of who was silent longest to who completes a handshake (%s connection id)',
    ([, profile]) => {
      const bench = new DtlsBench({ server: { pskOf, limits: { associations: 3 } } });
      const three = ['a', 'b', 'c'].map((name, index) =>
        come(bench, 1 + index, named(name, profile)));
      speak(bench, three[0]!);
      const fourth = come(bench, 4, named('d', profile));
      expect(livesOf([...three, fourth])).toEqual([true, false, true, true]);
      expect(bench.server.events.at(-2)).toMatchObject(
        { kind: 'closed', association: three[1]!.ours, reason: 'too many associations' });
      expect([...bench.server.layer.live()].map(({ identity }) => identity))
        .toEqual(['c', 'a', 'd']);
    });

  it('gives nothing to who proves nothing, nor is what is replayed a sign of life', () => {
    const bench = new DtlsBench({ server: { pskOf, limits: { associations: 3 } } });
    const first = come(bench, 1, named('a'));
    const record = recordOf(bench, first);
    bench.server.layer.receive(0, { ...DEVICE, port: 1 }, record);
    const others = ['b', 'c'].map((name, index) => come(bench, 2 + index, named(name)));
    for (let port = 10; port < 20; port++) {
      bench.device = { ...DEVICE, port };
      bench.client.restart();
      bench.connect({ ...PROFILE, psk: { identity: 'd', key: new Uint8Array(16) } });
      bench.run(1_000);
      bench.server.layer.receive(0, { ...DEVICE, port: 1 }, record);
    }
    expect([...bench.server.layer.live()]).toEqual([first, ...others].map(({ ours }) => ours));
    expect(bench.server.story.slice(3)).toEqual(Array.from({ length: 10 }, () =>
      'failed: wrong key'));
  });

  it('of one identity closes none of others, however often it comes', () => {
    const bench = new DtlsBench({ server: { pskOf, limits: { associations: 9 } } });
    const others = ['a', 'b', 'c', 'd', 'e'].map((name, index) =>
      come(bench, 1 + index, named(name)));
    for (let port = 10; port < 20; port++) come(bench, port, named('greedy'));
    expect(livesOf(others)).toEqual([true, true, true, true, true]);
    expect(bench.server.layer.sizes().associations).toBe(9);
  });
});

it('what is stored in the order of hearing was silent in that order afterwards', () => {
  const bench = new DtlsBench({ server: { pskOf, limits: { associations: 3 } } });
  const [first] = ['a', 'b', 'c'].map((name, index) => come(bench, 1 + index, named(name)));
  speak(bench, first!);
  const stored = [...bench.server.layer.live()].map(exportAssociation);
  bench.server.restart();
  for (const one of stored) expect(bench.server.layer.import(one)).toBeDefined();
  come(bench, 4, named('d'));
  expect([...bench.server.layer.live()].map(({ identity }) => identity)).toEqual(['c', 'a', 'd']);
});

it('who hears that one made place may end the identity, and so what comes in its place', () => {
  const bench = new DtlsBench({ server: { pskOf, limits: { associations: 1 } } });
  const { server } = bench;
  come(bench, 1, named('a'));
  const told = server.event.bind(server);
  server.event = (event) => {
    told(event);
    if (event.kind === 'closed') server.layer.forgetIdentity('b');
  };
  bench.device = { ...DEVICE, port: 2 };
  bench.client.restart();
  bench.connect(named('b'));
  bench.run(1_000);
  expect(server.story).toEqual(
    ['established', 'closed: too many associations', 'failed: closed']);
  expect(server.layer.sizes()).toEqual({ associations: 0, handshakes: 0, sessions: 1 });
});

/** Somebody there says a ClientHello, one with the cookie, and no more. */
function knock(bench: DtlsBench, host: string, port: number): void {
  bench.device = { host, port };
  bench.client.restart();
  bench.connect();
  bench.run(35);
}

describe('too many handshakes', () => {
  const newBench = () => new DtlsBench({ server: { limits: { handshakes: 5 } } });

  it('are those of the host that has most of them, and nobody is told of each', () => {
    const bench = newBench();
    const slow = [['198.51.100.1', 1], ['2001:db8::1', 2]] as const;
    for (const [host, port] of slow) knock(bench, host, port);
    for (let port = 1; port <= 50; port++) knock(bench, '203.0.113.5', port);
    expect(bench.server.layer.sizes().handshakes).toBe(5);
    expect(bench.server.layer.counters.evicted).toBe(47);
    expect(bench.server.events).toEqual([]);
    bench.client.restart();
    bench.run(130_000);
    const silent = bench.server.events.map(({ association }) => association.address);
    expect(silent).toEqual([
      ...slow.map(([host, port]) => ({ host, port })),
      ...[48, 49, 50].map((port) => ({ host: '203.0.113.5', port })),
    ]);
  });

  it('of one network of IPv6 are those of one host', () => {
    const bench = newBench();
    knock(bench, '198.51.100.1', 1);
    for (let count = 1; count <= 50; count++) knock(bench, `2001:db8::${count}`, 5684);
    bench.client.restart();
    bench.run(130_000);
    expect(bench.server.events.map(({ association }) => association.address.host))
      .toEqual(['198.51.100.1', ...[47, 48, 49, 50].map((count) => `2001:db8::${count}`)]);
  });

  it('of as many hosts are the oldest ones', () => {
    const bench = newBench();
    for (let count = 1; count <= 50; count++) knock(bench, `198.51.100.${count}`, 5684);
    bench.client.restart();
    bench.run(130_000);
    expect(bench.server.events.map(({ association }) => association.address.host))
      .toEqual([46, 47, 48, 49, 50].map((count) => `198.51.100.${count}`));
  });

  it('leave a place to who completes his among them', () => {
    const bench = newBench();
    for (let port = 1; port <= 50; port++) knock(bench, '203.0.113.5', port);
    bench.device = DEVICE;
    bench.client.restart();
    bench.connect();
    bench.run(1_000);
    expect(bench.server.story).toEqual(['established']);
    expect(bench.server.layer.sizes()).toMatchObject({ associations: 1, handshakes: 5 });
  });

  it('of our own are told to who began them', () => {
    const bench = new DtlsBench({ client: { limits: { handshakes: 2 } } });
    bench.network = () => [];
    const begun = [1, 2, 3].map((port) =>
      bench.client.layer.connect(0, { host: '192.0.2.1', port }, PROFILE));
    expect(bench.client.events).toMatchObject([
      { kind: 'failed', association: begun[0], reason: 'too many handshakes' },
    ]);
  });
});
