// Stories of handshakes with certificates, server and client against each other in virtual time.

import { describe, expect, it, test } from 'vitest';
import { toHex } from '../bytes.ts';
import type { Certificates } from '../ports.ts';
import { ok } from '../result.ts';
import { EPOCH } from '../../sim/epoch.ts';
import { DAY, TestAuthority } from '../../sim/testing/authority.ts';
import {
  AUTHORITY, CERTIFIED, DEVICE_KEYS, DtlsBench, IDENTITY, PROFILE, SERVER_KEYS, SERVER_X509,
  trustOf, type DtlsBenchOptions,
} from '../../sim/testing/dtls-bench.ts';
import { Alert } from './alerts.ts';
import { DATAGRAM_LENGTH_MAX } from './flight.ts';
import type { ClientProfile } from './handshake.ts';
import { IDENTITY_LENGTH_MAX } from './psk.ts';
import { exportAssociation, importAssociation } from './stored.ts';
import { SUITES } from './suites.ts';
import { decodeChain, encodeChain, endpointNames, type X509Identity } from './x509.ts';

const RAW_AND_X509: ClientProfile = { ...CERTIFIED, rawKey: PROFILE.rawKey };
const other = new TestAuthority('other');
const stranger = other.keys;
const HOUR = 3_600_000;

function certified(x509: Partial<X509Identity>, options: DtlsBenchOptions = {}): DtlsBench {
  const bench = new DtlsBench(options);
  bench.connect({ ...CERTIFIED, x509: { ...CERTIFIED.x509, ...x509 } });
  // A plain alert is believed once the client has been silent for long.
  bench.run(130_000);
  return bench;
}

const storiesOf = ({ server, client }: DtlsBench) => [server.story, client.story];
const ESTABLISHED = [['established'], ['established']];

describe('a handshake with certificates', () => {
  const suites = SUITES.filter(({ keyExchange }) => keyExchange === 'ECDHE_ECDSA');
  it.for(suites.flatMap((suite) => (['none', 'empty', 'own'] as const).map((connectionId) =>
    ({ name: suite.name, suites: [suite], connectionId }))))(
    'with $name, connection id $connectionId', ({ name: _, ...changes }) => {
      const bench = DtlsBench.established({ ...CERTIFIED, ...changes });
      expect(storiesOf(bench)).toEqual(ESTABLISHED);
      for (const end of [bench.server, bench.client]) {
        expect(end.association).toMatchObject({ identity: IDENTITY, security: 'x509' });
      }
      bench.client.say('up');
      bench.run(100);
      bench.server.say('down');
      bench.run(100);
      expect([bench.server.heard, bench.client.heard]).toEqual([['up'], ['down']]);
    });

  it('has room for long chains of both, in several datagrams and small records', () => {
    const middle = new TestAuthority('middle', { by: AUTHORITY });
    const lower = new TestAuthority('lower', { by: middle });
    const above = [lower.certificate, middle.certificate, AUTHORITY.certificate];
    const dnsNames = Array.from({ length: 20 }, (_, at) => `${'long'.repeat(4)}${at}.example`);
    const own = {
      keys: SERVER_KEYS,
      chain: [lower.certify(SERVER_KEYS.publicKey, { role: 'server', dnsNames }), ...above],
    };
    const bench = new DtlsBench({ server: { x509: { ...SERVER_X509, own } } });
    bench.connect({
      ...CERTIFIED, maxFragmentLength: 512,
      x509: {
        ...CERTIFIED.x509, serverName: dnsNames[3]!.toUpperCase(),
        chain: [lower.certify(DEVICE_KEYS.publicKey, { commonName: IDENTITY, dnsNames }), ...above],
      },
    });
    bench.run(1_000);
    expect(storiesOf(bench)).toEqual(ESTABLISHED);
    for (const { sent } of [bench.server, bench.client]) {
      expect(Math.max(...sent.map(({ datagram }) => datagram.length)))
        .toBeLessThanOrEqual(DATAGRAM_LENGTH_MAX);
      expect(sent.length).toBeGreaterThan(4);
    }
  });

  it('is what its association goes by when it is stored', () => {
    const { server: { association } } = DtlsBench.established(CERTIFIED);
    expect(importAssociation(exportAssociation(association)).security).toBe('x509');
  });

  it('shows the certificate that the server has by then', () => {
    const renewed = new TestAuthority('renewed').keys;
    const certificate = AUTHORITY.certify(
      renewed.publicKey, { role: 'server', dnsNames: ['lwm2m.example'] });
    let { own } = SERVER_X509;
    const x509 = { ...SERVER_X509, get own() { return own; } };
    const bench = DtlsBench.established(CERTIFIED, { server: { x509 } });
    own = { keys: renewed, chain: [certificate] };
    bench.client.restart();
    bench.connect(CERTIFIED);
    bench.run(1_000);
    expect(bench.client.story).toEqual(['established', 'established']);
    const shown = bench.server.sent.map(({ datagram }) => toHex(datagram)).join('');
    expect(shown.split(toHex(certificate))).toHaveLength(2);
  });
});

describe('a client is refused, and told why,', () => {
  const certify = (changes: Parameters<TestAuthority['certify']>[1]): [Uint8Array] =>
    [AUTHORITY.certify(DEVICE_KEYS.publicKey, { commonName: IDENTITY, ...changes })];
  it.for<[string, Partial<X509Identity>, string, number]>([
    ['whose certificate is expired', { chain: certify({ notAfter: EPOCH - 1_000 }) },
      'certificate expired', Alert.CERTIFICATE_EXPIRED],
    ['whose certificate is of later', { chain: certify({ notBefore: EPOCH + DAY }) },
      'certificate not yet valid', Alert.CERTIFICATE_EXPIRED],
    ['whom nobody certifies that we know', { chain: [other.certify(DEVICE_KEYS.publicKey)] },
      'unknown authority', Alert.UNKNOWN_CA],
    ['who shows what a server has', { chain: certify({ role: 'server' }) },
      'wrong key usage', Alert.UNSUPPORTED_CERTIFICATE],
    ['who shows no certificate', { chain: [] }, 'no certificate', Alert.HANDSHAKE_FAILURE],
    ['who shows what is none', { chain: [Uint8Array.of(1, 2, 3)] },
      'malformed certificate', Alert.BAD_CERTIFICATE],
    ['who has not the key', { keys: stranger }, 'wrong key', Alert.DECRYPT_ERROR],
    // Nothing else is said to who has not even proven that it is his.
    ['who has not the key of what is expired too',
      { keys: stranger, chain: certify({ notAfter: EPOCH - 1_000 }) }, 'wrong key',
      Alert.DECRYPT_ERROR],
  ])('%s', ([, x509, reason, alert]) => {
    const { server, client } = certified(x509);
    expect(server.events).toMatchObject([{ kind: 'failed', reason, alert }]);
    expect(client.events).toMatchObject([{ kind: 'failed', reason: 'refused by peer', alert }]);
    expect(server.layer.sizes()).toEqual({ associations: 0, handshakes: 0, sessions: 0 });
  });

  it.for([
    ['certificate revoked', Alert.CERTIFICATE_REVOKED, EPOCH],
    ['revocation list out of date', Alert.HANDSHAKE_FAILURE, EPOCH + DAY],
  ] as const)('by a revocation list: %s', ([reason, alert, issued]) => {
    const revoked = reason === 'certificate revoked' ? CERTIFIED.x509.chain : [];
    const certificates = trustOf(AUTHORITY, AUTHORITY.revoke(revoked, issued));
    const { server } = certified({}, { server: { x509: { ...SERVER_X509, certificates } } });
    expect(server.events).toMatchObject([{ reason, alert }]);
    expect(server.events[0]!.association.identity).toBe(IDENTITY);
  });

  it('by a name that is cut where identities end', () => {
    const name = 'n'.repeat(IDENTITY_LENGTH_MAX);
    const { certificates } = SERVER_X509;
    // Nobody here makes such certificates, but others may (RFC 5280 A.1 has names of up to 64).
    const long: Certificates = {
      read: (certificate) => {
        const read = certificates.read(certificate);
        return read.ok ? ok({ ...read.value, commonName: `${name}x` }) : read;
      },
      isRevoked: (serial) => certificates.isRevoked(serial),
      refusalOf: () => 'unknown authority',
    };
    const { server } = certified({}, { server: { x509: { ...SERVER_X509, certificates: long } } });
    expect(server.events).toMatchObject(
      [{ reason: 'unknown authority', association: { identity: name } }]);
  });

  it('who is no endpoint of ours', () => {
    const identityOf = () => undefined;
    const { server } = certified({}, { server: { x509: { ...SERVER_X509, identityOf } } });
    expect(server.events).toMatchObject(
      [{ reason: 'unknown identity', alert: Alert.CERTIFICATE_UNKNOWN }]);
  });

  it('without being judged, if he has not the key', () => {
    let judged = 0;
    const { certificates } = SERVER_X509;
    const counting: Certificates = {
      read: (certificate) => certificates.read(certificate),
      isRevoked: (serial) => certificates.isRevoked(serial),
      refusalOf: (...asked) => { judged++; return certificates.refusalOf(...asked); },
    };
    const server = { x509: { ...SERVER_X509, certificates: counting } };
    const thief = certified({ keys: stranger }, { server }).server;
    expect(thief.events).toMatchObject([{ reason: 'wrong key', association: { identity: IDENTITY } }]);
    expect(judged).toBe(0);
    expect(certified({}, { server }).server.story).toEqual(['established']);
    expect(judged).toBe(1);
  });

  it('at a server without certificates', () => {
    expect(certified({}, { server: { x509: undefined } }).server.story)
      .toEqual(['failed: no common suite']);
  });
});

test('a server without a subjectAltName is known by its CN', () => {
  const certify = (changes: object): Uint8Array =>
    AUTHORITY.certify(SERVER_KEYS.publicKey, { role: 'server', commonName: 'cn.example', ...changes });
  const outcome = (certificate: Uint8Array): string[] => {
    const own = { keys: SERVER_KEYS, chain: [certificate] };
    const server = { x509: { ...SERVER_X509, own } };
    return certified({ serverName: 'cn.example' }, { server }).client.story;
  };
  expect(outcome(certify({}))).toEqual(['established']);
  expect(outcome(certify({ dnsNames: ['other.example'] }))).toEqual(['failed: unknown identity']);
});

describe('a client refuses a server', () => {
  it.for<[string, Partial<X509Identity>, string, number]>([
    ['of an authority it does not know', { certificates: trustOf(other) }, 'unknown authority',
      Alert.UNKNOWN_CA],
    ['with another name', { serverName: 'evil.example' }, 'unknown identity',
      Alert.CERTIFICATE_UNKNOWN],
    ['that is revoked',
      { certificates: trustOf(AUTHORITY, AUTHORITY.revoke(SERVER_X509.own.chain)) },
      'certificate revoked', Alert.CERTIFICATE_REVOKED],
  ])('%s', ([, x509, reason, alert]) => {
    const { server, client } = certified(x509);
    expect(client.events).toMatchObject([{ kind: 'failed', reason, alert }]);
    expect(server.events).toMatchObject([{ kind: 'failed', reason: 'refused by peer', alert }]);
  });

  it('that shows what a client has, or has not the key', () => {
    const client = { ...SERVER_X509.own, chain: CERTIFIED.x509.chain };
    expect(certified({}, { server: { x509: { ...SERVER_X509, own: client } } }).client.story)
      .toEqual(['failed: wrong key usage']);
    const own = { ...SERVER_X509.own, keys: stranger };
    expect(certified({}, { server: { x509: { ...SERVER_X509, own } } }).client.story)
      .toEqual(['failed: wrong key']);
  });
});

describe('a session of a certificate', () => {
  const chain = [AUTHORITY.certify(
    DEVICE_KEYS.publicKey, { commonName: IDENTITY, notAfter: EPOCH + HOUR })];
  const profile = { ...CERTIFIED, x509: { ...CERTIFIED.x509, chain } };
  const again = (bench: DtlsBench): unknown[] => {
    bench.connect(profile);
    bench.run(1_000);
    return bench.server.events.slice(1).map((event) =>
      event.kind === 'established' ? event.isResumed : 'reason' in event && event.reason);
  };

  it('is gone on with while the certificate is good, and it is known by what', () => {
    const bench = DtlsBench.established(profile);
    expect(again(bench)).toEqual([true]);
    expect([bench.server.association.security, bench.client.association.security])
      .toEqual(['x509', 'x509']);
  });

  it('ends with the certificate', () => {
    const bench = DtlsBench.established(profile);
    bench.run(2 * HOUR);
    expect(again(bench)).toEqual(['certificate expired']);
  });

  it.for(['server', 'client'] as const)('ends when the %s hears of a revocation', (end) => {
    let { certificates } = SERVER_X509;
    const x509 = { ...SERVER_X509, get certificates() { return certificates; } };
    const bench = DtlsBench.established(profile, { server: { x509 } });
    const revoked = end === 'server' ? chain : SERVER_X509.own.chain;
    const list = trustOf(AUTHORITY, AUTHORITY.revoke(revoked));
    if (end === 'server') {
      certificates = list;
      expect(again(bench)).toEqual(['certificate revoked']);
    } else {
      bench.connect({ ...profile, x509: { ...profile.x509, certificates: list } });
      bench.run(1_000);
      expect(bench.client.story.at(-1)).toBe('failed: certificate revoked');
    }
  });
});

describe('raw public keys or certificates', () => {
  it.for([
    ['what the client lists first', {}, 'rpk'],
    ['certificates, where the server has nothing else', { rawKeys: undefined }, 'x509'],
    ['raw keys, where the server has nothing else', { x509: undefined }, 'rpk'],
  ] as const)('%s', ([, server, security]) => {
    const bench = DtlsBench.established(RAW_AND_X509, { server });
    expect(storiesOf(bench)).toEqual(ESTABLISHED);
    expect([bench.server.association.security, bench.client.association.security])
      .toEqual([security, security]);
  });
});

test('a PSK is what an association goes by otherwise', () => {
  expect(DtlsBench.established().server.association.security).toBe('psk');
});

test('an endpoint is named by the CN, else by the subjectAltName', () => {
  const facts = SERVER_X509.certificates.read(SERVER_X509.own.chain[0]!);
  if (!facts.ok) throw new Error(facts.reason);
  expect(endpointNames(facts.value)).toEqual(['server', 'lwm2m.example']);
  expect(endpointNames({ ...facts.value, commonName: undefined, uris: ['urn:x'] }))
    .toEqual(['urn:x', 'lwm2m.example']);
});

test.for<[string, string, number[][] | undefined]>([
  ['of nobody', '000000', []], ['of two', '000009 000001aa 000002bbcc', [[0xaa], [0xbb, 0xcc]]],
  ['that is cut', '000005 000002aa', undefined], ['with more behind it', '00000000', undefined],
  ['with an empty one', '000003 000000', undefined], ['of nothing', '', undefined],
  ['whose list is cut', '000004 000002bb', undefined],
])('a chain %s', ([, hex, expected]) => {
  const body = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const chain = decodeChain(body);
  expect(chain?.map((one) => [...one])).toEqual(expected);
  if (chain !== undefined) expect(encodeChain(chain)).toEqual(body);
});
