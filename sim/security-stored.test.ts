// Stories of what security keeps on the disk: what comes back after a restart, and what was changed
// there, was sealed with another key file or is over, and so counts for nothing.

import { describe, expect, it, vi } from 'vitest';
import { queueOperation } from '../actors/operations.ts';
import { importCredentials } from '../core/api/credential-list.ts';
import { toHex } from '../core/bytes.ts';
import type { AssociationRow, DtlsSessionRow } from '../core/store/changes.ts';
import {
  addSensor, HOUR, KEY, MINUTE, pskOf, refusals, registered, SECOND, worldOf,
} from './testing/secured-world.ts';
import { SeededRandom } from './random.ts';
import type { SecurityOptions } from './security.ts';
import { certifiedAs } from './server-proofs.ts';
import type { World } from './world.ts';

describe('an association', () => {
  it('is asked after a restart as soon as numbers for it are on the disk', () => {
    const world = worldOf();
    addSensor(world, 'sensor-1').start();
    world.run(10 * MINUTE);
    world.crashServer(true);
    world.startServer();
    const { host } = world.server;
    const device = host.devices.get('sensor-1')!;
    for (const path of ['/3/0/0', '/3303/0/5700']) {
      queueOperation(host, device, { kind: 'read', path }, 'operator');
    }
    // Less than the first retransmission would take (RFC 7252 s4.8).
    world.run(SECOND);
    expect([...world.disk.operations.values()].map(({ outcome }) => outcome)).toEqual(['2.05', '2.05']);
  });

  it('shakes hands anew when what it agreed on was made that of another on the disk', () => {
    const world = worldOf();
    const devices = ['sensor-1', 'sensor-2'].map((endpoint) => addSensor(world, endpoint));
    for (const device of devices) device.start();
    world.run(10 * MINUTE);
    world.crashServer(true);
    const [first, second] = [...world.disk.associations.values()];
    world.disk.associations.set(second!.id, { ...second!, agreed: first!.agreed });
    world.startServer();
    world.run(2 * HOUR);
    expect(devices.map(({ dtls }) => dtls?.handshakes)).toEqual([1, 2]);
    for (const endpoint of ['sensor-1', 'sensor-2']) {
      expect(registered(world, endpoint)?.peer).toMatchObject({ isLive: true });
    }
  });

  it.for([
    ['changed', ({ keys }: AssociationRow) => keys.slice(0, -2) + (keys.endsWith('AA') ? 'BB' : 'AA')],
    ['those of another', (_: AssociationRow, { keys }: AssociationRow) => keys],
  ] as const)('shakes hands anew when its keys on the disk are %s', ([, change]) => {
    const world = worldOf();
    const devices = ['sensor-1', 'sensor-2'].map((endpoint) => addSensor(world, endpoint));
    for (const device of devices) device.start();
    world.run(10 * MINUTE);
    world.crashServer(true);
    const [row, other] = [...world.disk.associations.values()];
    world.disk.associations.set(row!.id, { ...row!, keys: change(row!, other!) });
    world.startServer();
    const told = vi.spyOn(world.server.host.log, 'warn');
    world.run(2 * HOUR);
    expect(devices.map(({ dtls }) => dtls?.handshakes)).toEqual([2, 1]);
    expect(told).toHaveBeenCalledWith(
      expect.stringContaining('damaged'), { identity: row!.identity });
    for (const endpoint of ['sensor-1', 'sensor-2']) {
      expect(registered(world, endpoint)?.peer).toMatchObject({ isLive: true });
    }
  });
});

describe('associations that end at a start', () => {
  const ENDPOINTS = ['sensor-1', 'sensor-2', 'sensor-3'];

  /** What the log warned of at the start, after this was changed on the disk. */
  function warned(world: World, change: (disk: World['disk']) => void): unknown[][] {
    const told = vi.spyOn(world.server.host.log, 'warn');
    world.crashServer(true);
    change(world.disk);
    world.startServer();
    return told.mock.calls;
  }

  function begun(security: (endpoint: string) => SecurityOptions = pskOf): World {
    const world = worldOf();
    for (const endpoint of ENDPOINTS) {
      addSensor(world, endpoint, undefined, security(endpoint)).start();
    }
    world.run(10 * MINUTE);
    expect(world.disk.associations.size).toBe(3);
    return world;
  }

  const certified = (endpoint: string): SecurityOptions =>
    ({ kind: 'x509', x509: certifiedAs(endpoint, new SeededRandom(7).fork(endpoint)) });
  const FOREIGN = 'AAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

  it('are counted where their credentials cannot be read', () => {
    const world = begun();
    expect(warned(world, ({ credentials }) => {
      for (const endpoint of ['sensor-1', 'sensor-2']) {
        const row = credentials.get(`id of ${endpoint}`)!;
        credentials.set(row.identity, { ...row, secret: FOREIGN });
      }
    })).toEqual([['associations ended whose credentials cannot be read', { associations: 2 }]]);
  });

  it('are counted where another key file sealed their keys', () => {
    const world = begun(certified);
    expect(warned(world, ({ associations }) => {
      for (const row of associations.values()) associations.set(row.id, { ...row, keys: FOREIGN });
    })).toEqual([[
      'associations ended that were damaged, or sealed with another key file', { associations: 3 },
    ]]);
  });

  it('are named where they are damaged', () => {
    const world = begun();
    expect(warned(world, ({ associations }) => {
      const [row] = associations.values();
      associations.set(row!.id, { ...row!, agreed: '' });
    })).toEqual([['stored association not understood', { identity: 'id of sensor-1' }]]);
  });

  it('are none of certificates whose credentials cannot be read: these have no secret', () => {
    const world = begun(certified);
    world.server.host.provisioning.add({ kind: 'x509', endpoint: 'sensor-1' });
    world.run(SECOND);
    expect(warned(world, ({ credentials }) => {
      const row = credentials.get('x509:sensor-1')!;
      credentials.set(row.identity, { ...row, secret: FOREIGN });
    })).toEqual([]);
    world.run(2 * HOUR);
    expect(ENDPOINTS.map((endpoint) => world.deviceNamed(endpoint)?.dtls?.handshakes))
      .toEqual([1, 1, 1]);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ isLive: true });
  });
});

describe('a credential whose row was changed', () => {
  it.for([
    ['psk', 'x509:a', new Uint8Array(0)], ['psk', 'a', new Uint8Array(65).fill(4)],
    ['rpk', 'a', KEY], ['x509', 'a', KEY],
  ] as const)('to kind %s has no key: %s', ([kind, identity, key]) => {
    const { credentials } = worldOf().server.host;
    const secret = credentials.seal(identity, key);
    const row = { identity, endpoint: 'a', secret, createdAt: 0, lastUsedAt: undefined, kind };
    expect(credentials.keyOf(row)).toBeUndefined();
    // Others are opened, and told of, when their device speaks.
    expect(credentials.restore(row)).toBe(kind !== 'rpk');
  });
});

describe('a session', () => {
  /** Its device has said goodbye, and the server is started anew. */
  function begun(change: (world: World) => void = () => undefined): World {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    device.start();
    world.run(10 * MINUTE);
    device.dtls?.renew();
    world.run(SECOND);
    expect([world.disk.associations.size, world.disk.dtlsSessions.size]).toEqual([0, 1]);
    world.crashServer(true);
    change(world);
    world.startServer();
    world.run(2 * HOUR);
    expect(device.dtls?.handshakes).toBe(2);
    return world;
  }

  it('is gone on with after a restart: no other is agreed on', () => {
    const kept = (world: World) => [...world.disk.dtlsSessions.keys()];
    let before: string[] = [];
    const world = begun((stopped) => {
      before = kept(stopped);
    });
    expect(kept(world)).toEqual(before);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ isLive: true });
  });

  it.for<[string, (world: World, row: DtlsSessionRow) => void]>([
    ['was changed on the disk', ({ disk }, row) => {
      disk.dtlsSessions.set(row.id, { ...row, identity: 'another' });
    }],
    ['is over', ({ disk, clock }, row) => {
      disk.dtlsSessions.set(row.id, { ...row, until: clock.now() });
    }],
    ['was made to last longer', ({ disk }, row) => {
      disk.dtlsSessions.set(row.id, { ...row, until: row.until + HOUR });
    }],
  ])('that %s is not, and leaves nothing behind', ([, change]) => {
    let id = '';
    const world = begun((stopped) => {
      const [row] = stopped.disk.dtlsSessions.values();
      id = row!.id;
      change(stopped, row!);
    });
    expect(world.disk.dtlsSessions.has(id)).toBe(false);
    expect(world.disk.dtlsSessions.size).toBe(1);
  });

  it.for(['revoke', 'rotate'] as const)('ends on the disk when its key does: %s', (what) => {
    const world = worldOf();
    addSensor(world, 'sensor-1').start();
    world.run(MINUTE);
    const { provisioning } = world.server.host;
    if (what === 'revoke') provisioning.revoke('id of sensor-1');
    else provisioning.rotate('id of sensor-1', { kind: 'psk', key: KEY.slice(1) });
    world.run(SECOND);
    expect(world.disk.dtlsSessions.size).toBe(0);
  });
});

describe('a credential whose secret was damaged', () => {
  it('lets nobody in, keeps its endpoint closed, and is told once', () => {
    const world = worldOf();
    const device = addSensor(world, 'sensor-1');
    world.run(SECOND);
    world.crashServer(true);
    const row = world.disk.credentials.get('id of sensor-1')!;
    world.disk.credentials.set(row.identity, { ...row, secret: `${row.secret.slice(0, -4)}AAAA` });
    world.startServer();
    const { host } = world.server;
    const told = vi.spyOn(host.log, 'error');
    device.start();
    world.run(HOUR);
    expect(registered(world, 'sensor-1')).toBeUndefined();
    expect(host.credentials.isNeededBy('sensor-1')).toBe(true);
    expect(refusals(world)).toEqual(['id of sensor-1: DTLS handshake: unreadable credential']);
    expect(told.mock.calls.map(([words]) => words)).toEqual([expect.stringContaining('damaged')]);
    expect(host.provisioning.list()).toMatchObject([{ isUnreadable: true }]);
    host.provisioning.rotate('id of sensor-1', { kind: 'psk', key: KEY });
    expect(host.provisioning.list()).toMatchObject([{ isUnreadable: false }]);
    world.run(HOUR);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ isLive: true });
  });
});

describe('a credential that another key file sealed', () => {
  /** Of a device that has used it, and goes on trying. */
  function sealedByAnother(): World {
    const world = worldOf();
    addSensor(world, 'sensor-1').start();
    world.run(MINUTE);
    world.crashServer(true);
    const row = world.disk.credentials.get('id of sensor-1')!;
    world.disk.credentials.set(row.identity, { ...row, secret: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAA' });
    world.startServer();
    return world;
  }

  it('is shown as what it was, and lets nobody in until it is rotated', () => {
    const world = sealedByAnother();
    const before = world.disk.credentials.get('id of sensor-1')!;
    const { provisioning } = world.server.host;
    world.run(2 * HOUR);
    expect(registered(world, 'sensor-1')).toBeUndefined();
    expect(refusals(world)).toEqual(['id of sensor-1: DTLS handshake: unreadable credential']);
    const { secret: _, ...facts } = before;
    expect(facts.lastUsedAt).toBeGreaterThan(0);
    expect(provisioning.list()).toMatchObject([{ ...facts, isUnreadable: true }]);
    expect(provisioning.keyOf('id of sensor-1')).toBeUndefined();
    const key = { kind: 'psk', key: KEY } as const;
    expect(provisioning.add({ ...key, identity: 'id of sensor-1', endpoint: 'sensor-1' })).toEqual({
      ok: false, reason: 'there is a credential "id of sensor-1" already whose secret cannot be '
        + 'read: rotate or revoke it',
    });
    expect(provisioning.rotate('id of sensor-1', { ...key, kind: 'rpk' }))
      .toEqual({ ok: false, reason: '"id of sensor-1" has a secret key: '
        + 'give it a new one of those, and no public key' });
    expect(provisioning.rotate('id of sensor-1', key).ok).toBe(true);
    expect(provisioning.list()).toMatchObject([{ ...facts, isUnreadable: false }]);
    expect(provisioning.keyOf('id of sensor-1')).toEqual(KEY);
    world.run(2 * HOUR);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ isLive: true });
  });

  it('gets its key from a list that is imported anew, if it is for the same endpoint', () => {
    const world = sealedByAnother();
    const { provisioning } = world.server.host;
    const list = (endpoint: string): string =>
      `endpoint,identity,key\n${endpoint},id of sensor-1,${toHex(KEY)}`;
    expect(importCredentials(provisioning, list('sensor-2'))).toMatchObject({ value: { added: 0 } });
    expect(importCredentials(provisioning, list('sensor-1'))).toMatchObject({ value: { added: 1 } });
    expect(importCredentials(provisioning, list('sensor-1'))).toMatchObject({ value: { added: 0 } });
    world.run(2 * HOUR);
    expect(registered(world, 'sensor-1')?.peer).toMatchObject({ isLive: true });
  });

  it('keeps its endpoint closed, until it is given anew or revoked', () => {
    const world = worldOf();
    addSensor(world, 'sensor-1').start();
    world.run(MINUTE);
    expect([world.disk.associations.size, world.disk.dtlsSessions.size]).toEqual([1, 1]);
    world.crashServer(true);
    const row = world.disk.credentials.get('id of sensor-1')!;
    world.disk.credentials.set(row.identity, { ...row, secret: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAA' });
    world.startServer();
    const { host } = world.server;
    world.run(SECOND);
    expect([world.disk.associations.size, world.disk.dtlsSessions.size]).toEqual([0, 0]);
    expect(host.credentials.find('id of sensor-1')).toBeUndefined();
    expect(host.credentials.isNeededBy('sensor-1')).toBe(true);
    expect(host.provisioning.revoke('id of sensor-1').ok).toBe(true);
    expect(host.credentials.isNeededBy('sensor-1')).toBe(false);
    expect(host.provisioning.revoke('id of sensor-1').ok).toBe(false);
  });
});
