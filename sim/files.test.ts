// Values that are files, both ways, between the production server and simulated devices, with every
// oracle watching: written from the disk block by block and read into it, over lost datagrams,
// sleep, crashes and limits, and nothing is left behind.

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type Limits } from '../actors/config.ts';
import { BODY_FILE_BYTES, READ_KEPT } from '../actors/bodies.ts';
import { ServerManagement } from '../actors/management.ts';
import { TRANSFER_BYTES } from '../core/coap/block-memory.ts';
import { BODY_BYTES_MAX } from '../core/coap/body.ts';
import type { Wish } from '../core/lwm2m/operation.ts';
import type { OperationRow } from '../core/store/changes.ts';
import type { DeviceOptions } from './device.ts';
import { CALM, LOSSY, type NetworkRules } from './network-rules.ts';
import { findings, watchedWorld } from './oracles/testing.ts';
import { opaque, Resources, text } from './resources.ts';
import type { World } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DATA = '/19/0/0/0';
const FACTS = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' as const };
const LONG = bytesOf(100_000, 1);
const OTHER = bytesOf(70_000, 2);

function bytesOf(length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (first + index + (index >> 9)) & 0xff);
}

function fileWorld(network: NetworkRules = CALM, limits: Partial<Limits> = {}) {
  const watched = watchedWorld(3, network, {
    ...DEFAULT_CONFIG, limits: { ...DEFAULT_CONFIG.limits, ...limits },
  });
  return { watched, world: watched.world };
}

/** One that has and takes bytes at /19/0/0/0. */
function add(world: World, endpoint = 'a', also: Partial<DeviceOptions> = {}, data = LONG) {
  const device = world.addDevice({
    endpoint, lifetime: 86_400, notifyEvery: HOUR, awake: undefined,
    resources: new Resources({ '/3/0/0': text('Maker'), [DATA]: opaque(data) }),
    bodyBytesMax: BODY_BYTES_MAX, ...also,
  });
  device.start();
  return device;
}

/** What people see and do of the server that runs. */
function peopleOf({ server }: World): ServerManagement {
  return new ServerManagement(server.host, FACTS);
}

function ask(world: World, wish: Wish, endpoint = 'a'): OperationRow {
  const made = peopleOf(world).request(endpoint, wish, 'op');
  if (!made.ok) throw new Error(made.reason);
  return made.value.operation;
}

const read = (world: World, endpoint = 'a') =>
  ask(world, { kind: 'read', path: DATA, into: 'file' }, endpoint);

/** As the API does it: the file first, and the wish once it is on the disk. */
function write(world: World, bytes: Uint8Array, endpoint = 'a', path = DATA): void {
  const begun = peopleOf(world).upload(endpoint, path, bytes.length);
  if (!begun.ok) throw new Error(begun.reason);
  const { value: upload } = begun;
  for (let at = 0; at < bytes.length; at += 65_536) {
    expect(upload.append(bytes.subarray(at, at + 65_536))).toBeUndefined();
  }
  upload.seal((refusal) => {
    expect(refusal).toBeUndefined();
    ask(world, { kind: 'write', path, file: upload.name, length: upload.length }, endpoint);
  });
}

function operations(world: World): string[] {
  return [...world.disk.operations.values()].map(({ status, outcome, answer }) => (
    `${status} ${outcome} ${answer}`.trim()));
}

function dataOf(device: ReturnType<typeof add>): Uint8Array {
  const [entry] = device.entriesAt({ object: 19, instance: 0, resource: 0, resourceInstance: 0 });
  return entry?.value.type === 'opaque' ? entry.value.value : new Uint8Array();
}

/** What was read, as people fetch it. */
function fetched(world: World, operation: number, of = 'a'): Uint8Array | undefined {
  const file = peopleOf(world).readFile(of, operation);
  return file?.read(0, file.length);
}

/** Not by toEqual, which takes minutes for what is long. */
const isSame = (a: Uint8Array | undefined, b: Uint8Array) =>
  a !== undefined && Buffer.compare(a, b) === 0;

const files = ({ disk }: World) => [...disk.bodies.keys()];

describe('a file', () => {
  it('of any length is written, and is gone from the disk once the device has it', () => {
    for (const length of [0, 1, 512, 513, 5_000]) {
      const { world, watched } = fileWorld(LOSSY);
      const device = add(world);
      world.run(10 * MINUTE);
      write(world, bytesOf(length, 3));
      world.run(20);
      expect(files(world)).toEqual([expect.stringMatching(/^write-1-[0-9a-f]{16}$/)]);
      world.run(30 * MINUTE);
      expect(operations(world)).toEqual(['CONFIRMED 2.04']);
      expect(dataOf(device)).toEqual(bytesOf(length, 3));
      expect(files(world)).toEqual([]);
      expect(findings(watched)).toEqual([]);
    }
  });

  it('of any length is read, and kept for its time', () => {
    for (const length of [1, 512, 513, 5_000]) {
      const { world, watched } = fileWorld(LOSSY);
      add(world, 'a', {}, bytesOf(length, 3));
      world.run(10 * MINUTE);
      const { id } = read(world);
      world.run(30 * MINUTE);
      expect(operations(world)).toEqual([`CONFIRMED 2.05 ${length} bytes`]);
      expect(fetched(world, id)).toEqual(bytesOf(length, 3));
      expect(files(world)).toEqual([`read-1-${id}`]);
      // Files are no values: telemetry has none of it.
      expect([...world.disk.telemetry].some(({ object }) => object === 19)).toBe(false);
      world.run(READ_KEPT);
      expect(fetched(world, id)).toBeUndefined();
      expect(files(world)).toEqual([]);
      expect(findings(watched)).toEqual([]);
    }
  });

  it('that is gone from the disk in the middle, or cut short, ends its operation', () => {
    const { world } = fileWorld();
    const device = add(world);
    world.run(MINUTE);
    write(world, OTHER);
    world.run(SECOND);
    expect(operations(world)).toEqual(['SENDING']);
    world.disk.bodies.clear();
    world.run(MINUTE);
    write(world, OTHER);
    world.run(SECOND);
    const [name = ''] = files(world);
    world.disk.bodies.set(name, { bytes: OTHER.subarray(0, 60_100), at: 0 });
    world.run(MINUTE);
    const end = 'FAILED what is sent cannot be read any more';
    expect(operations(world)).toEqual([end, end]);
    expect(isSame(dataOf(device), LONG)).toBe(true);
    expect(world.server.host.bodies.sizes()).toEqual({ bodies: 0, bodyBytes: 0 });
  });

  it('tells how far it has come', () => {
    const { world } = fileWorld({ ...CALM, latency: { typical: 500, p99: 500 } });
    add(world);
    world.run(MINUTE);
    const said: string[] = [];
    const people = peopleOf(world);
    people.subscribe((event) => {
      if (event.kind !== 'device') return;
      for (const { status, answer } of people.device('a')?.operations ?? []) {
        if (answer !== '') said.push(`${status} ${answer}`);
      }
    }, false);
    write(world, OTHER);
    world.run(10 * MINUTE);
    read(world);
    world.run(10 * MINUTE);
    expect(said[0]).toBe('SENDING 0 of 70000 bytes');
    expect(said).toContain('SENDING 65536 of 70000 bytes');
    expect(said).toContain('SENDING 65536 bytes');
    expect(said.at(-1)).toBe('CONFIRMED 70000 bytes');
    // Not at each of some 140 blocks.
    expect(said.length).toBeLessThan(20);
  });

  it('waits for a device that sleeps, which then stays awake for all of it', () => {
    const { world, watched } = fileWorld();
    const device = add(world, 'a', { awake: 20 * SECOND, lifetime: 600 });
    world.run(5 * MINUTE);
    expect(device.isListening).toBe(false);
    write(world, OTHER);
    world.run(SECOND);
    read(world);
    world.run(SECOND);
    expect(operations(world)).toEqual(['QUEUED', 'QUEUED']);
    world.run(20 * MINUTE);
    expect(operations(world)).toEqual(['CONFIRMED 2.04', 'CONFIRMED 2.05 70000 bytes']);
    expect(isSame(fetched(world, 2), OTHER)).toBe(true);
    expect(findings(watched)).toEqual([]);
  });

  it('is asked for again as any operation, from its beginning, and fails after three attempts', () => {
    const { world, watched } = fileWorld();
    const device = add(world);
    world.run(MINUTE);
    write(world, LONG);
    for (const attempts of [1, 2, 3]) {
      world.run(SECOND);
      device.stop();
      world.run(5 * MINUTE);
      expect([...world.disk.operations.values()][0]).toMatchObject({ attempts });
      expect(files(world)).toHaveLength(attempts < 3 ? 1 : 0);
      device.start();
    }
    world.run(MINUTE);
    expect(operations(world)).toEqual(['FAILED no answer in 3 attempts']);
    expect(isSame(dataOf(device), LONG)).toBe(true);
    read(world);
    world.run(SECOND);
    device.stop();
    world.run(5 * MINUTE);
    // What came of a read is void until it is read anew.
    expect(world.server.host.bodies.sizes()).toEqual({ bodies: 0, bodyBytes: 0 });
    device.start();
    world.run(MINUTE);
    expect(isSame(fetched(world, 2), LONG)).toBe(true);
    expect(findings(watched)).toEqual([]);
  });

  it('is not sent for ever to a device that registers anew in the middle of it each time', () => {
    const { world, watched } = fileWorld();
    const device = add(world);
    world.run(MINUTE);
    write(world, LONG);
    read(world);
    for (let boot = 0; boot < 6; boot++) {
      world.run(SECOND);
      device.reboot();
      world.run(3 * SECOND);
    }
    world.run(MINUTE);
    expect(operations(world)).toEqual([
      'FAILED no answer in 3 attempts', 'FAILED no answer in 3 attempts',
    ]);
    expect(files(world)).toEqual([]);
    // Nor does one that does so before anything was sent lose its file.
    write(world, LONG);
    for (let boot = 0; boot < 6; boot++) {
      device.reboot();
      world.run(3 * SECOND);
    }
    world.run(MINUTE);
    expect(operations(world)[2]).toBe('CONFIRMED 2.04');
    expect(findings(watched)).toEqual([]);
  });

  it('that is taken back or out of time leaves nothing', () => {
    const { world } = fileWorld();
    add(world, 'a', { awake: 20 * SECOND, lifetime: 86_400 });
    world.run(5 * MINUTE);
    write(world, LONG);
    world.run(SECOND);
    expect(files(world)).toHaveLength(1);
    expect(peopleOf(world).cancel('a', 1, 'op').ok).toBe(true);
    world.run(SECOND);
    expect(operations(world)).toEqual(['FAILED cancelled by op']);
    expect(files(world)).toEqual([]);
  });

  it('goes with its device', () => {
    const { world } = fileWorld();
    add(world);
    add(world, 'b');
    world.run(MINUTE);
    read(world);
    read(world, 'b');
    world.run(MINUTE);
    write(world, LONG);
    world.run(20);
    read(world);
    world.run(SECOND);
    expect(operations(world).slice(2)).toEqual(['SENDING', 'QUEUED']);
    expect(files(world)).toHaveLength(3);
    peopleOf(world).forget('a');
    world.run(MINUTE);
    expect(files(world)).toEqual(['read-2-2']);
    expect(world.server.host.bodies.sizes()).toEqual({
      bodies: 1, bodyBytes: LONG.length + BODY_FILE_BYTES,
    });
  });
});

it('that comes while its device is forgotten is refused, and leaves nothing', () => {
  const { world } = fileWorld();
  add(world);
  add(world, 'b');
  world.run(MINUTE);
  const gone = 'went with its device, which was forgotten';
  const uploads = ['a', 'b'].map((endpoint) => {
    const begun = peopleOf(world).upload(endpoint, DATA, 30);
    if (!begun.ok) throw new Error(begun.reason);
    begun.value.append(bytesOf(10, 1));
    return begun.value;
  });
  for (const endpoint of ['a', 'b']) peopleOf(world).forget(endpoint);
  world.run(SECOND);
  const [first, second] = uploads;
  expect(first?.append(bytesOf(10, 1))).toBe(gone);
  const said: unknown[] = [];
  second?.seal((refusal) => said.push(refusal));
  world.run(SECOND);
  for (const upload of uploads) upload.release();
  expect(said).toEqual([gone]);
  expect(files(world)).toEqual([]);
  expect(world.server.host.bodies.sizes()).toEqual({ bodies: 0, bodyBytes: 0 });
});

describe('a server that crashes', () => {
  it('in the middle of a write sends it again, from the same file', () => {
    const { world, watched } = fileWorld();
    const device = add(world);
    world.run(MINUTE);
    write(world, OTHER);
    world.run(SECOND);
    expect(operations(world)).toEqual(['SENDING']);
    world.crashServer(true);
    expect(files(world)).toHaveLength(1);
    world.startServer();
    world.run(5 * MINUTE);
    expect(operations(world)).toEqual(['CONFIRMED 2.04']);
    expect(isSame(dataOf(device), OTHER)).toBe(true);
    expect(files(world)).toEqual([]);
    expect(findings(watched)).toEqual([]);
  });

  it('in the middle of a read reads it anew', () => {
    const { world, watched } = fileWorld();
    add(world);
    world.run(MINUTE);
    const { id } = read(world);
    world.run(SECOND);
    expect(world.server.host.bodies.sizes().bodies).toBe(1);
    world.crashServer(true);
    expect(files(world)).toEqual([]);
    world.startServer();
    world.run(5 * MINUTE);
    expect(operations(world)).toEqual(['CONFIRMED 2.05 100000 bytes']);
    expect(isSame(fetched(world, id), LONG)).toBe(true);
    expect(findings(watched)).toEqual([]);
  });

  it('at any moment loses no file that it told of, and leaves none behind', () => {
    for (let moment = 0; moment < 40; moment++) {
      const { world, watched } = fileWorld();
      const device = add(world, 'a', {}, bytesOf(3_000, 5));
      world.run(MINUTE);
      read(world);
      write(world, bytesOf(2_500, 6));
      world.run(7 * moment);
      world.crashServer(moment % 2 === 0);
      world.startServer();
      world.run(5 * MINUTE);
      const rows = [...world.disk.operations.values()];
      for (const { id, kind, status } of rows) {
        expect(status).toBe('CONFIRMED');
        if (kind === 'read') expect(fetched(world, id)).toEqual(bytesOf(3_000, 5));
        else expect(dataOf(device)).toEqual(bytesOf(2_500, 6));
      }
      const kept = rows.filter(({ kind }) => kind === 'read').map(({ id }) => `read-1-${id}`);
      expect(files(world)).toEqual(kept);
      expect(world.server.host.bodies.sizes().bodies).toBe(kept.length);
      expect(findings(watched)).toEqual([]);
      world.run(READ_KEPT);
      expect(files(world)).toEqual([]);
    }
  });

  it('keeps what was read for the rest of its time', () => {
    const { world } = fileWorld();
    add(world);
    world.run(MINUTE);
    const { id } = read(world);
    world.run(READ_KEPT / 2);
    world.crashServer(true);
    world.startServer();
    world.run(MINUTE);
    expect(isSame(fetched(world, id), LONG)).toBe(true);
    world.run(READ_KEPT / 2);
    expect(files(world)).toEqual([]);
  });

  it('and whose file somebody deletes meanwhile says so and goes on', () => {
    const { world } = fileWorld();
    add(world, 'a', { awake: 20 * SECOND, lifetime: 600 });
    world.run(5 * MINUTE);
    write(world, LONG);
    world.run(SECOND);
    read(world);
    world.run(SECOND);
    world.crashServer(true);
    world.disk.bodies.clear();
    world.startServer();
    world.run(20 * MINUTE);
    expect(operations(world)).toEqual([
      'FAILED its file is gone', 'CONFIRMED 2.05 100000 bytes',
    ]);
  });
});

describe('a file that somebody cut short', () => {
  const sleeper = { awake: 20 * SECOND, lifetime: 600 };

  it.each([0, 100, 2_999])('to %i of 3,000 bytes while it waited is not sent', (length) => {
    const { world } = fileWorld();
    const device = add(world, 'a', sleeper);
    world.run(5 * MINUTE);
    write(world, bytesOf(3_000, 7));
    world.run(SECOND);
    const [name = ''] = files(world);
    world.disk.bodies.set(name, { bytes: bytesOf(length, 7), at: 0 });
    world.run(20 * MINUTE);
    expect(operations(world)).toEqual(['FAILED its file is gone']);
    expect(isSame(dataOf(device), LONG)).toBe(true);
    expect(files(world)).toEqual([]);
  });

  it('while the server was down is not sent either', () => {
    const { world } = fileWorld();
    const device = add(world, 'a', sleeper);
    world.run(5 * MINUTE);
    write(world, bytesOf(3_000, 7));
    world.run(SECOND);
    world.crashServer(true);
    const [name = ''] = files(world);
    world.disk.bodies.set(name, { bytes: bytesOf(2_000, 7), at: 0 });
    world.startServer();
    world.run(20 * MINUTE);
    expect(operations(world)).toEqual(['FAILED its file is gone']);
    expect(isSame(dataOf(device), LONG)).toBe(true);
    expect(files(world)).toEqual([]);
  });
});

it('what was read from a device that is not known any more is gone after a start', () => {
  const { world } = fileWorld();
  add(world);
  world.run(MINUTE);
  read(world);
  world.run(5 * MINUTE);
  const kept = new Map(world.disk.bodies);
  peopleOf(world).forget('a');
  world.run(SECOND);
  // As if the server had died between the row and the file.
  world.crashServer(true);
  for (const [name, body] of kept) world.disk.bodies.set(name, body);
  expect(files(world)).toEqual(['read-1-1']);
  world.startServer();
  expect(files(world)).toEqual([]);
});

describe('what a device says to a file', () => {
  it('it takes no such length: 4.13 at the first block', () => {
    const { world } = fileWorld();
    const device = add(world, 'a', { bodyBytesMax: 50_000 });
    world.run(MINUTE);
    let sent = 0;
    world.watch({ serverSent: ({ datagram }) => { sent += Number(datagram.length > 500); } });
    write(world, OTHER);
    world.run(MINUTE);
    expect(operations(world)).toEqual(['FAILED the device answered 4.13']);
    expect(sent).toBe(1);
    expect(isSame(dataOf(device), LONG)).toBe(true);
    expect(files(world)).toEqual([]);
  });

  it('by default it takes 1 MB, and not a byte more', () => {
    for (const [length, end] of [[1_048_576, 'CONFIRMED 2.04'],
      [1_048_577, 'FAILED the device answered 4.13']] as const) {
      const { world } = fileWorld();
      add(world, 'a', { bodyBytesMax: undefined });
      world.run(MINUTE);
      write(world, bytesOf(length, 1));
      world.run(HOUR);
      expect(operations(world)).toEqual([end]);
    }
  });

  it('there is nothing: its error is told, and nothing is kept', () => {
    const { world } = fileWorld();
    add(world);
    world.run(MINUTE);
    ask(world, { kind: 'read', path: '/19/1/0/0', into: 'file' });
    world.run(MINUTE);
    expect(operations(world)).toEqual(['FAILED the device answered 4.04']);
    expect(files(world)).toEqual([]);
  });
});

describe('limits', () => {
  const small = { bodyBytesMax: 60_000, bodyBytesPerDeviceMax: 150_000, bodiesBytesMax: 260_000 };

  it('a read that is longer than one may be ends, and leaves nothing', () => {
    const { world } = fileWorld(CALM, small);
    add(world);
    world.run(MINUTE);
    read(world);
    world.run(MINUTE);
    expect(operations(world)).toEqual(['FAILED the answer is longer than 60000 bytes']);
    expect(files(world)).toEqual([]);
    expect(world.server.host.bodies.sizes()).toEqual({ bodies: 0, bodyBytes: 0 });
  });

  it('a write that is longer is refused before its first byte', () => {
    const { world } = fileWorld(CALM, small);
    add(world);
    world.run(MINUTE);
    expect(peopleOf(world).upload('a', DATA, 60_001))
      .toEqual({ ok: false, reason: 'the file is longer than 60000 bytes' });
    const begun = peopleOf(world).upload('a', DATA, 60_000);
    // Nor does it become longer than it was announced to be.
    expect(begun.ok && begun.value.append(bytesOf(60_001, 1))).toBe('is longer than 60000 bytes');
  });

  it('what waits for one device keeps others out of its share; what was read gives way', () => {
    const { world } = fileWorld(CALM, small);
    const sleeper = { awake: 20 * SECOND, lifetime: 86_400 };
    add(world, 'a', sleeper, bytesOf(50_000, 1));
    add(world, 'b', sleeper, bytesOf(50_000, 1));
    add(world, 'c', sleeper, bytesOf(50_000, 1));
    world.run(15 * SECOND);
    for (const endpoint of ['a', 'b', 'c']) read(world, endpoint);
    world.run(5 * MINUTE);
    expect(files(world)).toEqual(['read-1-1', 'read-2-2', 'read-3-3']);
    write(world, bytesOf(60_000, 2));
    write(world, bytesOf(60_000, 2));
    world.run(SECOND);
    // The device's own share first: what it gave is gone, what others gave is not.
    expect(files(world).map((name) => name.slice(0, 7)))
      .toEqual(['read-2-', 'read-3-', 'write-1', 'write-1']);
    expect(peopleOf(world).upload('a', DATA, 60_000)).toEqual({
      ok: false, reason: 'the file has no room: those of one device take 150000 bytes at most',
    });
    // And then what all have: the oldest that was read.
    write(world, bytesOf(60_000, 2), 'b');
    world.run(SECOND);
    expect(files(world).map((name) => name.slice(0, 7)))
      .toEqual(['read-3-', 'write-1', 'write-1', 'write-2']);
    write(world, bytesOf(55_000, 2), 'c');
    world.run(SECOND);
    expect(peopleOf(world).upload('c', DATA, 60_000)).toEqual({
      ok: false, reason: 'the file has no room: those of all devices take 260000 bytes at most',
    });
  });

  it('nothing that was read gives way to what has no room anyway', () => {
    const { world } = fileWorld(CALM, { bodyBytesPerDeviceMax: 250_000, bodiesBytesMax: 300_000 });
    add(world);
    add(world, 'b');
    world.run(MINUTE);
    read(world);
    read(world, 'b');
    world.run(5 * MINUTE);
    expect(files(world)).toEqual(['read-1-1', 'read-2-2']);
    expect(peopleOf(world).upload('a', DATA, 248_000).ok).toBe(false);
    write(world, bytesOf(10_000, 2));
    world.run(10);
    expect(peopleOf(world).upload('b', DATA, 290_000).ok).toBe(false);
    expect(files(world).filter((name) => name.startsWith('read'))).toEqual(['read-1-1', 'read-2-2']);
  });

  it('a device has so many files, then no more can be brought', () => {
    const { world } = fileWorld(CALM, { bodiesPerDeviceMax: 2 });
    add(world, 'a', { awake: 20 * SECOND, lifetime: 86_400 });
    world.run(5 * MINUTE);
    write(world, bytesOf(10, 1));
    write(world, bytesOf(10, 1));
    world.run(SECOND);
    expect(peopleOf(world).upload('a', DATA, 10))
      .toEqual({ ok: false, reason: '2 files of this device are waiting already' });
  });

  it('of memory: many long transfers at once hold a block each', () => {
    const { world, watched } = fileWorld();
    const devices = Array.from({ length: 40 }, (_, index) => add(world, `d${index}`));
    world.run(5 * MINUTE);
    for (const [index] of devices.entries()) {
      if (index % 2 === 0) write(world, OTHER, `d${index}`);
      else read(world, `d${index}`);
    }
    let most = { transfers: 0, blockBytes: 0 };
    for (let round = 0; round < 200; round++) {
      world.run(100);
      const sizes = world.server.host.layer.sizes();
      if (sizes.transfers > most.transfers) most = sizes;
    }
    expect(most.transfers).toBe(40);
    expect(most.blockBytes).toBe(40 * TRANSFER_BYTES);
    world.run(5 * MINUTE);
    expect(new Set(operations(world)))
      .toEqual(new Set(['CONFIRMED 2.04', 'CONFIRMED 2.05 100000 bytes']));
    expect(findings(watched)).toEqual([]);
  });
});

describe('what cannot be a file is refused before anything is sent', () => {
  it.each<[string, string]>([
    ['/3/0/0', '/3/0/0 (Manufacturer) can only be read'],
    ['/5/0/1', '/5/0/1 (Package URI) does not hold bytes, which a file is for'],
    ['/19/0/0', '/19/0/0 (Data) may have several instances: name one of them'],
    ['/19/0', '/19/0 is no resource, so it has no value'],
    ['/0/0/5', '/0/0/5 (Secret Key) is for the bootstrap server alone'],
    ['/0/0/99', '/0/0/99 may be a key, which is for the bootstrap server alone'],
    ['/x', '"/x" is not a path like /3/0/9'],
  ])('%s', (path, reason) => {
    const { world } = fileWorld();
    add(world);
    world.run(MINUTE);
    const refused = peopleOf(world).upload('a', path, 10);
    expect(refused).toEqual({ ok: false, reason });
    expect(files(world)).toEqual([]);
  });

  it('a file that is not there, or that another device waits for', () => {
    const { world } = fileWorld();
    add(world);
    add(world, 'b');
    world.run(MINUTE);
    const begun = peopleOf(world).upload('b', DATA, 3);
    if (!begun.ok) throw new Error(begun.reason);
    begun.value.append(bytesOf(3, 1));
    begun.value.seal(() => undefined);
    const wish = { kind: 'write', path: DATA, file: begun.value.name, length: 3 } as const;
    const none = { ok: false, reason: 'there is no such file' };
    // Not yet on the disk.
    expect(peopleOf(world).request('b', wish, 'op')).toEqual(none);
    world.run(SECOND);
    expect(peopleOf(world).request('a', wish, 'op')).toEqual(none);
    expect(peopleOf(world).request('b', wish, 'op').ok).toBe(true);
    // Once only.
    expect(peopleOf(world).request('b', wish, 'op')).toEqual(none);
    for (const other of [{ file: '../x' }, { length: 4 }]) {
      expect(peopleOf(world).request('b', { ...wish, ...other }, 'op')).toEqual(none);
    }
  });
});

describe('a file of 16 MB', () => {
  const rules: NetworkRules = { ...CALM, loss: 1_000, duplicate: 500 };
  const whole = bytesOf(BODY_BYTES_MAX, 7);

  it('is written though datagrams get lost, and is the same', () => {
    const { world, watched } = fileWorld(rules);
    const device = add(world);
    world.run(MINUTE);
    write(world, whole);
    world.run(12 * HOUR);
    expect(operations(world)).toEqual(['CONFIRMED 2.04']);
    expect(isSame(dataOf(device), whole)).toBe(true);
    expect(files(world)).toEqual([]);
    expect(findings(watched)).toEqual([]);
  });

  it('is read though datagrams get lost, and is the same', () => {
    const { world, watched } = fileWorld(rules);
    add(world, 'a', {}, whole);
    world.run(MINUTE);
    const { id } = read(world);
    world.run(50 * MINUTE);
    expect(operations(world)).toEqual(['CONFIRMED 2.05 16777216 bytes']);
    expect(isSame(fetched(world, id), whole)).toBe(true);
    expect(findings(watched)).toEqual([]);
  });
});
