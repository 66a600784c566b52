// Stories of ephemeral keys: on which curve they are, and what is no key.

import { describe, expect, it } from 'vitest';
import { CERTIFIED, DtlsBench, PROFILE, RAW, SERVER } from '../../sim/testing/dtls-bench.ts';
import { SimulatedCrypto } from '../../sim/crypto.ts';
import { SeededRandom } from '../../sim/random.ts';
import type { KeyPair, NamedCurve } from '../ports.ts';
import { Alert } from './alerts.ts';
import type { ClientProfile } from './handshake.ts';
import { encodeMessage, HandshakeType } from './handshake-messages.ts';
import { ContentType, parseRecord, plainRecord, RECORD_HEADER_LENGTH } from './record.ts';
import { SUITES } from './suites.ts';

const WITH_PSK: ClientProfile = {
  ...PROFILE, suites: SUITES.filter(({ keyExchange }) => keyExchange === 'ECDHE_PSK').slice(0, 1),
};
const EXCHANGES: [string, ClientProfile][] = [['ECDHE_PSK', WITH_PSK], ['ECDHE_ECDSA', RAW]];

/** Remembers on which curves keys were made for handshakes. */
class ListedCrypto extends SimulatedCrypto {
  readonly curves: NamedCurve[] = [];
  /** What it says instead of its key. */
  point: Uint8Array | undefined;

  override newKeyPair(curve?: NamedCurve): KeyPair {
    if (curve !== undefined) this.curves.push(curve);
    const keys = super.newKeyPair(curve);
    return { ...keys, publicKey: this.point ?? keys.publicKey };
  }
}

const listed = (): ListedCrypto => new ListedCrypto(new SeededRandom(1));

describe.for(EXCHANGES)('%s', ([name, profile]) => {
  it.for([
    [undefined, 'secp256r1'], [['secp256r1', 'x25519'], 'secp256r1'], [['secp256r1'], 'secp256r1'],
    ...(name === 'ECDHE_PSK' ? [[['x25519'], 'x25519']] : []),
  ] as [NamedCurve[] | undefined, NamedCurve][])(
    'of a client that offers %s is on %s', ([curves, chosen]) => {
      const [client, server] = [listed(), listed()];
      const bench = DtlsBench.established(
        { ...profile, curves }, { client: { crypto: client }, server: { crypto: server } });
      expect([bench.server.story, bench.client.story]).toEqual([['established'], ['established']]);
      expect([client.curves, server.curves]).toEqual([[chosen], [chosen]]);
      bench.client.say('up');
      bench.run(100);
      expect(bench.server.heard).toEqual(['up']);
    });

  it('without a curve in common is not done', () => {
    const bench = DtlsBench.established({ ...profile, curves: [] });
    expect(bench.server.story).toEqual(['failed: no common suite']);
  });
});

describe('a client that does not list the curve of our key', () => {
  const curves: NamedCurve[] = ['x25519'];

  it.for([['a raw key', RAW], ['a certificate', CERTIFIED]] as [string, ClientProfile][])(
    'is not shown %s on it', ([, profile]) => {
      const bench = DtlsBench.established({ ...profile, curves });
      expect(bench.server.story).toEqual(['failed: no common suite']);
    });

  it('is given a suite that needs none', () => {
    const suites = [...RAW.suites, ...WITH_PSK.suites];
    const bench = DtlsBench.established({ ...PROFILE, suites, curves });
    expect(bench.server.association.suite.keyExchange).toBe('ECDHE_PSK');
  });
});

describe('keys on x25519', () => {
  const profile: ClientProfile = { ...WITH_PSK, curves: ['x25519'] };

  it.for([
    ['the point zero', new Uint8Array(32)], ['a point of another curve', new Uint8Array(65).fill(4)],
    ['nothing', new Uint8Array(0)],
  ] as const)('of a client that says %s are refused', ([, point]) => {
    const crypto = listed();
    crypto.point = point;
    const bench = DtlsBench.established(profile, { client: { crypto } });
    expect(bench.server.story).toEqual(['failed: illegal parameter']);
    expect(bench.client.events)
      .toMatchObject([{ kind: 'failed', alert: Alert.ILLEGAL_PARAMETER }]);
  });

  it.for([
    ['the point zero', new Uint8Array(32)], ['a point of another curve', new Uint8Array(65).fill(4)],
  ] as const)('of a server that says %s are refused', ([, point]) => {
    const crypto = listed();
    crypto.point = point;
    const { client } = DtlsBench.established(profile, { server: { crypto } });
    expect(client.story).toEqual(['failed: illegal parameter']);
  });
});

it('a server that takes a curve that was not offered is refused', () => {
  const bench = new DtlsBench();
  bench.network = (from, datagram) => {
    if (from === 'client') return [10];
    const { to } = parseRecord(datagram, 0, 0)!;
    if (datagram[to + RECORD_HEADER_LENGTH] !== HandshakeType.SERVER_KEY_EXCHANGE) return [10];
    // ServerHello, and then a hint and x25519 with some coordinate.
    bench.client.layer.receive(0, SERVER, datagram.subarray(0, to));
    const body = Uint8Array.of(0, 0, 3, 0, 29, 32, ...new Uint8Array(32).fill(9));
    bench.client.layer.receive(0, SERVER, plainRecord(ContentType.HANDSHAKE, 9, encodeMessage({
      type: HandshakeType.SERVER_KEY_EXCHANGE, sequence: 2, body,
    })));
    return [];
  };
  bench.connect({ ...WITH_PSK, curves: ['secp256r1'] });
  bench.run(1_000);
  expect(bench.client.events)
    .toMatchObject([{ kind: 'failed', alert: Alert.ILLEGAL_PARAMETER }]);
});
