// Stories of devices that prove who they are: the production server over DTLS in virtual time, over
// addresses that change, restarts and keys that are taken away.

import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG } from '../actors/config.ts';
import { ServerManagement } from '../actors/management.ts';
import { Provisioning } from '../actors/provisioning.ts';
import type { CertifiedFacts } from '../core/api/credential-book.ts';
import type { SimulatedDevice } from './device.ts';
import { toHex } from '../core/bytes.ts';
import { Alert } from '../core/dtls/alerts.ts';
import { FAILURES_MAX, PAUSE } from '../core/dtls/failure-limits.ts';
import { DtlsLayer } from '../core/dtls/layer.ts';
import { SUITES } from '../core/dtls/suites.ts';
import { SecretBox } from '../core/secret-box.ts';
import { CALM } from './network-rules.ts';
import { Resources, text } from './resources.ts';
import { TestAuthority } from './testing/authority.ts';
import {
  addSensor, HOUR, KEY, MINUTE, refusals, registered, SECOND, worldOf,
} from './testing/secured-world.ts';
import type { SecurityOptions } from './security.ts';
import { certifiedAs, rawIdentityOf } from './server-proofs.ts';
import { SimulatedCrypto } from './crypto.ts';
import { SeededRandom } from './random.ts';
import { EPOCH, SERVER, World } from './world.ts';

describe('a device with a key', () => {
  it('registers as who it is, is observed and reports', () => {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    device.start();
    world.run(HOUR);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject(
      { security: 'psk', identity: 'id of sensor-1', listener: 1 });
    expect(device.acknowledged).toBeGreaterThan(55);
    expect(world.disk.telemetry.length).toBeGreaterThan(55);
    expect(device.dtls?.handshakes).toBe(1);
    expect(refusals(world)).toEqual([]);
  });

  it('sleeps behind a NAT that forgets it, and shakes hands but once', () => {
    const world = worldOf({ ...CALM, natRebindAfter: 5 * MINUTE });
    const device = addSensor(world, 'sensor-1', 20 * SECOND);
    device.start();
    world.run(24 * HOUR);
    expect(device.dtls?.handshakes).toBe(1);
    expect(device.registrations).toBe(1);
    expect(registered(world, 'sensor-1')?.peer.address.port).not.toBe(5683);
  });

  it.for([true, false])('goes on after a restart of the server, group kept: %s', (keepsGroup) => {
    const world = worldOf({ ...CALM, natRebindAfter: 5 * MINUTE });
    const device = addSensor(world, 'sensor-1', 20 * SECOND);
    device.start();
    for (let round = 1; round <= 3; round++) {
      world.run(3 * HOUR);
      world.crashServer(keepsGroup);
      world.run(5 * SECOND);
      world.startServer();
    }
    world.run(HOUR);
    expect(device.dtls?.handshakes).toBe(1);
    expect(device.registrations).toBe(1);
    const peer = registered(world, 'sensor-1')?.peer;
    expect(world.server.host.byPeer.get(peer!.id)).toHaveLength(1);
    expect(peer).toMatchObject({ security: 'psk', identity: 'id of sensor-1', isLive: true });
  });

  it('is shown to the operator when its key is wrong, and when nobody knows it', () => {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    const { host } = world.server;
    const { credentials } = host;
    const secret = credentials.seal('id of sensor-1', KEY.slice(1));
    credentials.set({ ...credentials.find('id of sensor-1')!, secret });
    device.start();
    world.run(MINUTE);
    expect(refusals(world)).toEqual(['id of sensor-1: DTLS handshake: wrong key']);
    const refused = { kind: 'handshake', reason: 'refused by peer', alert: Alert.DECRYPT_ERROR };
    expect(device.setback).toEqual(refused);
    credentials.remove('id of sensor-1');
    for (let elapsed = 0; elapsed < 5 * MINUTE; elapsed += SECOND) {
      world.run(SECOND);
      // Also when the Register, which nobody could hear, has come to its end.
      expect(device.setback).toEqual(refused);
    }
    expect(refusals(world)).toContain('id of sensor-1: DTLS handshake: unknown identity');
    expect(registered(world, 'sensor-1')).toBeUndefined();
  });

  it('that nobody knows costs the server the same as one that is known', () => {
    const opened = vi.spyOn(SecretBox.prototype, 'open');
    const [known, unknown] = [true, false].map((isKnown) => {
      const world = worldOf();
      const device = addSensor(world, 'sensor-1');
      const { credentials } = world.server.host;
      const identity = 'id of sensor-1';
      const secret = credentials.seal(identity, KEY.slice(1));
      if (isKnown) credentials.set({ ...credentials.find(identity)!, secret });
      else credentials.remove(identity);
      opened.mockClear();
      device.start();
      world.run(HOUR);
      return opened.mock.calls.length;
    });
    opened.mockRestore();
    expect(known).toBeGreaterThan(0);
    expect(unknown).toBe(known);
  });

  it('speaks for nobody but its endpoint', () => {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    const { host } = world.server;
    host.credentials.set({ ...host.credentials.find('id of sensor-1')!, endpoint: 'sensor-2' });
    device.start();
    world.run(MINUTE);
    expect(refusals(world)).toEqual(
      ['sensor-1: identity "id of sensor-1" is not that of this endpoint']);
    expect(host.refusals.list()[0]?.answer).toBe('4.00');
  });

  it('of a host whose handshakes fail too often is told once for each pause', () => {
    const world = worldOf();
    const { associations } = world.server.host;
    // Some thousand devices behind one address, whose keys the server does not have.
    for (let port = 1; port <= FAILURES_MAX + 100; port++) {
      const address = { host: '198.51.100.9', port };
      const random = new SeededRandom(port);
      const layer: DtlsLayer = new DtlsLayer({
        clock: world.clock, random, crypto: new SimulatedCrypto(random), node: 0,
        owner: {
          send: (_listener, _address, datagram) => associations.receive(1, address, datagram),
          plaintext: () => undefined, event: () => undefined,
        },
      });
      const receive = (datagram: Uint8Array): void => layer.receive(0, SERVER, datagram);
      world.network.join({ name: `stranger ${port}`, address, receive });
      layer.connect(0, SERVER, {
        psk: { identity: 'stranger', key: KEY }, suites: SUITES.slice(0, 1), connectionId: 'none',
        hasExtendedMasterSecret: false,
      });
    }
    world.run(10 * SECOND);
    const [unknown, pause] = world.server.host.refusals.list();
    expect(pause).toMatchObject({
      endpoint: '', address: '198.51.100.9', count: 1, answer: '',
      reason: 'too many DTLS handshakes of 198.51.100.9 failed: it may begin none for 30 s',
    });
    expect(pause!.retryAt).toBe(pause!.at + PAUSE);
    expect(unknown).toMatchObject({ endpoint: 'stranger', count: FAILURES_MAX + 100 });
    addSensor(world, 'sensor-1').start();
    world.run(MINUTE);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('psk');
  });

  it('ends with its key, and comes again with a new one', () => {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    device.start();
    world.run(10 * MINUTE);
    const { host } = world.server;
    const credential = host.credentials.find('id of sensor-1')!;
    host.provisioning.revoke('id of sensor-1');
    expect(registered(world, 'sensor-1')).toBeUndefined();
    world.run(30 * MINUTE);
    expect(registered(world, 'sensor-1')).toBeUndefined();
    expect(world.disk.credentials.size).toBe(0);
    expect(world.disk.associations.size).toBe(0);
    host.provisioning.add({ ...credential, kind: 'psk', key: KEY });
    world.run(30 * MINUTE);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('psk');
    expect(world.disk.associations.size).toBe(1);
  });
});

describe('an endpoint with a key', () => {
  it('is closed to who comes without', () => {
    const world = worldOf();
    addSensor(world, 'sensor-1');
    const { host } = world.server;
    const stranger = world.addDevice({
      endpoint: 'sensor-1', lifetime: 600, notifyEvery: MINUTE, awake: undefined,
      resources: new Resources({ '/3/0/0': text('somebody else') }),
    });
    stranger.start();
    world.run(MINUTE);
    expect(refusals(world)).toEqual(
      ['sensor-1: it has credentials and came without security']);
    expect(host.refusals.list()[0]?.answer).toBe('4.03');
  });

  it('ends the registration it had without when it gets one', () => {
    const world = worldOf();
    const plain = world.addDevice({
      endpoint: 'sensor-1', lifetime: 600, notifyEvery: MINUTE, awake: undefined,
      resources: new Resources({ '/3/0/0': text('Flownexus') }),
    });
    plain.start();
    world.run(MINUTE);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('none');
    world.server.host.provisioning.add(
      { kind: 'psk', identity: 'a', key: KEY, endpoint: 'sensor-1' });
    expect(registered(world, 'sensor-1')).toBeUndefined();
  });

  it('ends the registration it had without when it is known to have a certificate', () => {
    const world = worldOf();
    addPlain(world, 'sensor-1').start();
    world.run(MINUTE);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('none');
    const { provisioning } = world.server.host;
    expect(provisioning.add({ kind: 'x509', endpoint: 'sensor-1' }).ok).toBe(true);
    world.run(30 * MINUTE);
    expect(refusals(world)).toContain('sensor-1: it has credentials and came without security');
    expect(provisioning.revoke('x509:sensor-1').ok).toBe(true);
    world.run(HOUR);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('none');
  });
});

function addPlain(world: World, endpoint: string): SimulatedDevice {
  return world.addDevice({
    endpoint, lifetime: 600, notifyEvery: MINUTE, awake: undefined,
    resources: new Resources({ '/3/0/0': text('Flownexus') }),
  });
}

const RANDOM = new SeededRandom(7);
const RAW_KEY = rawIdentityOf('sensor-1', RANDOM.fork('raw'));

const PROOFS: readonly [SecurityOptions & { kind: 'rpk' | 'x509' }, string][] = [
  [{ kind: 'rpk', rawKey: RAW_KEY }, 'sensor-1'],
  [{ kind: 'x509', x509: certifiedAs('sensor-1', RANDOM.fork('x509')) }, 'x509:sensor-1'],
];

describe.for(PROOFS)('a device with $0.kind', ([security, identity]) => {
  it('registers as who it is, is observed and reports', () => {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1', undefined, security);
    device.start();
    world.run(HOUR);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ security: security.kind, identity });
    expect(device.acknowledged).toBeGreaterThan(55);
    expect(world.disk.telemetry.length).toBeGreaterThan(55);
    expect(device.dtls?.handshakes).toBe(1);
    expect(refusals(world)).toEqual([]);
  });

  it('does the same in each run of a seed', () => {
    const [one, other] = [1, 2].map(() => {
      const world = worldOf();
      addSensor(world, 'sensor-1', undefined, security).start();
      world.run(HOUR);
      return world.trace;
    });
    expect(one).toEqual(other);
  });

  it.for([true, false])('goes on after a restart without a handshake, group kept: %s', (keeps) => {
    const world = worldOf({ ...CALM, natRebindAfter: 5 * MINUTE });
    const device = addSensor(world, 'sensor-1', 20 * SECOND, security);
    device.start();
    for (let round = 1; round <= 3; round++) {
      world.run(3 * HOUR);
      world.crashServer(keeps);
      world.run(5 * SECOND);
      world.startServer();
    }
    world.run(HOUR);
    expect(device.dtls?.handshakes).toBe(1);
    expect(device.registrations).toBe(1);
    expect(registered(world, 'sensor-1')?.peer)
      .toMatchObject({ security: security.kind, identity, isLive: true });
  });

  it('speaks for nobody but its endpoint', () => {
    const world = worldOf();
    addSensor(world, 'sensor-2', undefined, security).start();
    if (security.kind === 'rpk') {
      const { credentials } = world.server.host;
      credentials.set({ ...credentials.find(identity)!, endpoint: 'sensor-1' });
    }
    world.run(MINUTE);
    expect(refusals(world)).toEqual(
      [`sensor-2: identity "${identity}" is not that of this endpoint`]);
    expect(world.server.host.refusals.list()[0]?.answer).toBe('4.00');
  });
});

describe('a device with a raw public key', () => {
  it('is shown to the operator by its fingerprint when nobody knows the key', () => {
    const world = worldOf();
    addSensor(world, 'sensor-1', undefined, { kind: 'rpk', rawKey: RAW_KEY }).start();
    world.server.host.credentials.remove('sensor-1');
    world.run(MINUTE);
    const fingerprint = toHex(new SimulatedCrypto(RANDOM).hash(RAW_KEY.keys.publicKey));
    expect(refusals(world)).toEqual([`${fingerprint}: DTLS handshake: unknown identity`]);
    // With what it takes to adopt it.
    const { security, publicKey } = world.server.host.refusals.list()[0]!;
    expect([security, publicKey]).toEqual(['rpk', toHex(RAW_KEY.keys.publicKey)]);
  });

  it('is shown as one whose key was replaced, and not as one to be added', () => {
    const world = worldOf();
    const fingerprint = toHex(new SimulatedCrypto(RANDOM).hash(RAW_KEY.keys.publicKey));
    const { provisioning, refusals: refused } = world.server.host;
    const first = { kind: 'rpk', key: RAW_KEY.keys.publicKey } as const;
    const device = addSensor(world, 'sensor-1', undefined, { kind: 'rpk', rawKey: RAW_KEY });
    provisioning.revoke('sensor-1');
    provisioning.add({ ...first, identity: fingerprint, endpoint: 'sensor-1' });
    const { publicKey } = new SimulatedCrypto(RANDOM.fork('next')).newKeyPair();
    provisioning.rotate(fingerprint, { kind: 'rpk', key: publicKey });
    device.start();
    world.run(MINUTE);
    expect(refusals(world)).toEqual([`${fingerprint}: DTLS handshake: replaced key`]);
    expect(refused.list()[0]?.publicKey).toBeUndefined();
    expect(provisioning.rotate(fingerprint, first).ok).toBe(true);
    world.run(HOUR);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ isLive: true });
  });

  it('is shown when it has not the private key', () => {
    const world = worldOf();
    const { privateKey } = new SimulatedCrypto(RANDOM.fork('wrong')).newKeyPair();
    const keys = { ...RAW_KEY.keys, privateKey };
    addSensor(world, 'sensor-1', undefined, { kind: 'rpk', rawKey: { ...RAW_KEY, keys } }).start();
    world.run(MINUTE);
    expect(refusals(world)).toEqual(['sensor-1: DTLS handshake: wrong key']);
    // Nobody has proven it.
    expect(world.server.host.refusals.list()[0]?.publicKey).toBeUndefined();
  });

  it('ends with its credential, and its key is that of no other', () => {
    const world = worldOf();
    addSensor(world, 'sensor-1', undefined, { kind: 'rpk', rawKey: RAW_KEY }).start();
    world.run(10 * MINUTE);
    const { provisioning, credentials } = world.server.host;
    expect(credentials.find('sensor-1')?.lastUsedAt).toBeGreaterThan(EPOCH);
    const key = RAW_KEY.keys.publicKey;
    const again = { kind: 'rpk', identity: 'b', endpoint: 'sensor-2', key } as const;
    expect(provisioning.add(again))
      .toEqual({ ok: false, reason: 'this public key is that of "sensor-1" already' });
    provisioning.revoke('sensor-1');
    expect(registered(world, 'sensor-1')).toBeUndefined();
    world.run(30 * MINUTE);
    expect(registered(world, 'sensor-1')).toBeUndefined();
    expect(world.disk.associations.size).toBe(0);
    expect(provisioning.add(again).ok).toBe(true);
  });
});

describe('a device with a certificate', () => {
  it('is shown to the operator when that is expired, or of another authority', () => {
    const world = worldOf();
    const notAfter = EPOCH - HOUR;
    const x509 = certifiedAs('sensor-1', RANDOM.fork('expired'), { notAfter });
    addSensor(world, 'sensor-1', undefined, { kind: 'x509', x509 }).start();
    world.run(MINUTE);
    expect(refusals(world)).toEqual(['sensor-1: DTLS handshake: certificate expired']);
    const stranger = new TestAuthority('stranger');
    const chain = [stranger.certify(x509.keys.publicKey, { commonName: 'sensor-2' })];
    addSensor(world, 'sensor-2', undefined, { kind: 'x509', x509: { ...x509, chain } }).start();
    world.run(MINUTE);
    expect(refusals(world)).toContain('sensor-2: DTLS handshake: unknown authority');
  });

  it('may register where only known ones may when it is known', () => {
    const world = new World({
      seed: 1, network: CALM, config: { ...DEFAULT_CONFIG, registration: 'known' },
    });
    const x509 = certifiedAs('sensor-1', RANDOM.fork('known'));
    addSensor(world, 'sensor-1', undefined, { kind: 'x509', x509 }).start();
    world.run(MINUTE);
    expect(refusals(world)[0]).toContain('unknown endpoint; make it known first');
    expect(world.server.host.refusals.list()[0]?.security).toBe('x509');
    world.server.host.provisioning.add({ kind: 'x509', endpoint: 'sensor-1' });
    world.run(2 * HOUR);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('x509');
  });

  it('has its end kept over a restart, with a credential or without, until it is forgotten', () => {
    const world = worldOf();
    const end = EPOCH + 20 * 24 * HOUR;
    const x509 = certifiedAs('sensor-1', RANDOM.fork('shown'), { notAfter: end });
    addSensor(world, 'sensor-1', undefined, { kind: 'x509', x509 }).start();
    world.run(MINUTE);
    const check = (): void => {
      const { provisioning } = world.server.host;
      expect(provisioning.certified()).toMatchObject(
        [{ identity: 'x509:sensor-1', endpoint: 'sensor-1', notAfter: end }]);
      expect(provisioning.shownBy('sensor-1')).toMatchObject({ notAfter: end, validity: 'soon' });
    };
    check();
    world.crashServer(true);
    world.startServer();
    check();
    const { provisioning } = world.server.host;
    const [{ lastUsedAt }] = provisioning.certified() as [CertifiedFacts];
    provisioning.add({ kind: 'x509', endpoint: 'sensor-1' });
    // Used it was, though before it was known.
    expect(provisioning.list()).toMatchObject(
      [{ identity: 'x509:sensor-1', notAfter: end, lastUsedAt, isRevoked: false }]);
    expect(provisioning.certified()).toEqual([]);
    const facts = { version: '1', startedAt: 0, coap: [], syslog: [], registration: 'open' } as const;
    new ServerManagement(world.server.host, facts).forget('sensor-1');
    world.run(SECOND);
    expect(world.server.host.provisioning.shownBy('sensor-1')).toBeUndefined();
    expect(world.disk.certificates.size).toBe(0);
  });

  it('is shown as revoked when a list names it, with a credential or without', () => {
    const world = worldOf();
    for (const name of ['sensor-1', 'sensor-2', 'sensor-3']) {
      const x509 = certifiedAs(name, RANDOM.fork(`revoked ${name}`));
      addSensor(world, name, undefined, { kind: 'x509', x509 }).start();
    }
    world.run(MINUTE);
    const { credentials, provisioning } = world.server.host;
    provisioning.add({ kind: 'x509', endpoint: 'sensor-1' });
    const taken = ['sensor-1', 'sensor-2']
      .map((name) => credentials.certificates.of(`x509:${name}`)!.serial);
    const ignored = { given: () => undefined, ended: () => undefined };
    const book = new Provisioning(credentials, { commit: () => 0 }, world.clock, ignored,
      (serial) => taken.includes(serial));
    expect(book.list().map(({ isRevoked }) => isRevoked)).toEqual([true]);
    expect(book.certified().map(({ endpoint, isRevoked }) => [endpoint, isRevoked]))
      .toEqual([['sensor-2', true], ['sensor-3', false]]);
    expect(['sensor-2', 'sensor-3'].map((name) => book.shownBy(name)?.validity))
      .toEqual(['revoked', 'good']);
  });

  it('has nothing to do with a PSK of its name', () => {
    const world = worldOf();
    const { provisioning, credentials } = world.server.host;
    provisioning.add({ kind: 'x509', endpoint: 'sensor-1' });
    addSensor(world, 'sensor-1', undefined, PROOFS[1]![0]).start();
    const add = (identity: string) =>
      provisioning.add({ kind: 'psk', identity, key: KEY, endpoint: 'sensor-2' }).ok;
    expect([add('sensor-1'), add('x509:sensor-1')]).toEqual([true, false]);
    world.run(MINUTE);
    expect(credentials.find('x509:sensor-1')?.lastUsedAt).toBeGreaterThan(EPOCH);
    provisioning.revoke('sensor-1');
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ security: 'x509', isLive: true });
  });
});

describe('a certificate for an endpoint that has a key', () => {
  const x509 = certifiedAs('sensor-1', RANDOM.fork('beside a key'));
  const FORBIDDEN = 'sensor-1: it has credentials of another kind and came with a certificate';
  /** One that comes by its certificate, where the endpoint has whatever it was given. */
  function coming(): { world: World; provisioning: World['server']['host']['provisioning'] } {
    const world = worldOf();
    addSensor(world, 'sensor-1', undefined, { kind: 'x509', x509 }).start();
    world.run(MINUTE);
    return { world, provisioning: world.server.host.provisioning };
  }
  const key = { kind: 'psk', identity: 'key', key: KEY, endpoint: 'sensor-1' } as const;

  it('is refused, until the endpoint is known to come with one', () => {
    const { world, provisioning } = coming();
    const by = registered(world, 'sensor-1')?.peer;
    expect(by?.security).toBe('x509');
    expect(provisioning.add(key).ok).toBe(true);
    expect(registered(world, 'sensor-1')).toBeUndefined();
    world.run(2 * HOUR);
    expect(registered(world, 'sensor-1')).toBeUndefined();
    expect(refusals(world)).toEqual([FORBIDDEN]);
    expect(world.server.host.refusals.list()[0]?.answer).toBe('4.03');
    expect(provisioning.add({ kind: 'x509', endpoint: 'sensor-1' }).ok).toBe(true);
    world.run(2 * HOUR);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('x509');
  });

  it('is closed by taking that back, and goes on while it is there', () => {
    const { world, provisioning } = coming();
    expect(provisioning.add({ kind: 'x509', endpoint: 'sensor-1' }).ok).toBe(true);
    expect(provisioning.add(key).ok).toBe(true);
    world.run(HOUR);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('x509');
    expect(provisioning.revoke('x509:sensor-1').ok).toBe(true);
    world.run(2 * HOUR);
    expect(registered(world, 'sensor-1')).toBeUndefined();
    expect(refusals(world)).toEqual([FORBIDDEN]);
    expect(provisioning.revoke('key').ok).toBe(true);
    world.run(2 * HOUR);
    expect(registered(world, 'sensor-1')?.peer.security).toBe('x509');
  });

  it('goes on where another key file sealed that it comes with one', () => {
    const { world, provisioning } = coming();
    provisioning.add({ kind: 'x509', endpoint: 'sensor-1' });
    world.run(SECOND);
    world.crashServer(true);
    for (const row of world.disk.credentials.values()) {
      world.disk.credentials.set(row.identity, { ...row, secret: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAA' });
    }
    world.startServer();
    world.run(HOUR);
    const { credentials, provisioning: after } = world.server.host;
    expect(credentials.find('x509:sensor-1')).toBeUndefined();
    // Once, and there is nothing in it that would have to be read.
    expect([after.list(), after.certified()])
      .toMatchObject([[{ identity: 'x509:sensor-1', isUnreadable: false }], []]);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ security: 'x509', isLive: true });
    expect(after.revoke('x509:sensor-1').ok).toBe(true);
    expect(registered(world, 'sensor-1')).toBeUndefined();
  });
});

describe('a device that shakes hands anew', () => {
  /** As who lost its association: without a goodbye. */
  function begun(): { world: World; device: SimulatedDevice } {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    device.start();
    world.run(10 * MINUTE);
    device.dtls?.reset();
    return { world, device };
  }

  it('goes on with its registration, and the association before it ends', () => {
    const { world, device } = begun();
    const before = registered(world, 'sensor-1');
    const former = before?.peer;
    world.run(2 * HOUR);
    expect(registered(world, 'sensor-1')).toBe(before);
    expect(before?.peer).not.toBe(former);
    expect(former).toMatchObject({ isLive: false });
    expect(world.disk.associations.size).toBe(1);
    expect(device.dtls?.handshakes).toBe(2);
    expect(device.registrations).toBe(1);
  });

  it('is known again after a restart that met it in between', () => {
    const { world, device } = begun();
    world.crashServer(true);
    world.startServer();
    world.run(2 * HOUR);
    expect(device.registrations).toBe(1);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ isLive: true });
    expect(world.disk.associations.size).toBe(1);
  });
});

describe('a registration with security', () => {
  it('is not thrown out by who has none, though its certificate has no row', () => {
    const world = worldOf();
    const x509 = certifiedAs('sensor-1', RANDOM.fork('held'));
    const device = addSensor(world, 'sensor-1', undefined, { kind: 'x509', x509 });
    device.start();
    world.run(MINUTE);
    const before = registered(world, 'sensor-1');
    const stranger = world.addDevice({
      endpoint: 'sensor-1', lifetime: 600, notifyEvery: MINUTE, awake: undefined,
      resources: new Resources({ '/3/0/0': text('somebody else') }),
    });
    stranger.start();
    world.run(MINUTE);
    expect(registered(world, 'sensor-1')).toBe(before);
    expect(before?.peer).toMatchObject({ security: 'x509', isLive: true });
    expect(refusals(world)).toEqual(['sensor-1: it is registered with security and came without']);
  });
});

