// The simulated disk: groups in order, one at a time, and the two outcomes of a crash.

import { describe, expect, it } from 'vitest';
import type { Change, DeviceRow, OperationRow, TelemetryRow } from '../core/store/changes.ts';
import { VirtualClock } from './clock.ts';
import { SeededRandom } from './random.ts';
import { emptyDisk, SimulatedStore } from './store.ts';
import { Trace } from './trace.ts';

function newStore(disk = emptyDisk()) {
  const clock = new VirtualClock(0);
  const store = new SimulatedStore(clock, new SeededRandom(1), new Trace(), disk);
  const committed: number[] = [];
  store.onCommitted((ticket) => committed.push(ticket));
  return { clock, store, disk, committed };
}

function device(id: number): Change {
  return { table: 'device', row: { id, endpoint: `d${id}` } as DeviceRow };
}

function operation(id: number, status: OperationRow['status'], of = 1): Change {
  return { table: 'device_operation', row: { id, device: of, status } as OperationRow };
}

function value(sequence: number, of = 1): Change {
  return { table: 'resource', row: { sequence, device: of, value: { type: 'float', value: 0 } } as TelemetryRow };
}

describe('groups', () => {
  it('gather what comes before the first write and tell once', () => {
    const { clock, store, disk, committed } = newStore();
    const tickets = [store.commit([device(1)]), store.commit([device(2), value(1)])];
    expect(tickets[0]).toBe(tickets[1]);
    expect(store.backlog()).toBe(3);
    expect(disk.devices.size).toBe(0);
    clock.runUntil(100);
    expect(committed).toEqual([tickets[0]]);
    expect(store.backlog()).toBe(0);
    expect(disk.devices.size).toBe(2);
  });

  it('what comes while one is written waits for the next', () => {
    const { clock, store, disk, committed } = newStore();
    disk.commitDelay = { least: 50, most: 50 };
    const first = store.commit([device(1)]);
    clock.runUntil(20);
    const second = store.commit([device(2)]);
    expect(second).toBe(first + 1);
    clock.runUntil(61);
    expect([...disk.devices.keys()]).toEqual([1]);
    expect(committed).toEqual([first]);
    clock.runUntil(200);
    expect([...disk.devices.keys()]).toEqual([1, 2]);
    expect(committed).toEqual([first, second]);
  });

  it('what a listener commits goes into the next', () => {
    const { clock, store, disk } = newStore();
    let isFirst = true;
    store.onCommitted(() => {
      if (isFirst) store.commit([device(2)]);
      isFirst = false;
    });
    store.commit([device(1)]);
    clock.runUntil(100);
    expect(disk.devices.size).toBe(2);
  });
});

describe('a crash', () => {
  it.for([[true, 2], [false, 1]] as const)('keeps the group in flight: %s', ([keeps, count]) => {
    const { clock, store, disk, committed } = newStore();
    store.commit([device(1)]);
    clock.runUntil(100);
    disk.commitDelay = { least: 50, most: 50 };
    store.commit([device(2)]);
    clock.runUntil(120);
    store.commit([device(3)]);
    store.crash(keeps);
    clock.runUntil(1000);
    expect(disk.devices.size).toBe(count);
    expect(committed).toHaveLength(1);
  });
});

describe('the facts at start', () => {
  it('are what is on disk: open operations only, and the next free numbers', () => {
    const { clock, store, disk } = newStore();
    store.commit([
      device(4), operation(7, 'QUEUED'), operation(8, 'CONFIRMED'), operation(9, 'SENDING'),
      value(41), value(40),
    ]);
    clock.runUntil(100);
    const facts = newStore(disk).store.load();
    expect(facts.operations.map(({ id }) => id)).toEqual([7, 9]);
    expect(facts).toMatchObject({ nextDevice: 5, nextOperation: 10, nextSequence: 42 });
  });

  it('of an empty disk begin at 1', () => {
    expect(newStore().store.load()).toMatchObject({
      devices: [], operations: [], nextDevice: 1, nextOperation: 1, nextSequence: 1,
    });
  });
});

it('a forgotten device leaves with all that is stored of it', () => {
  const { clock, store, disk } = newStore();
  store.commit([
    device(1), device(2), operation(1, 'QUEUED', 1), operation(2, 'QUEUED', 2), value(1, 1),
    value(2, 2), { table: 'device forgotten', id: 1 },
  ]);
  clock.runUntil(100);
  expect([...disk.devices.keys()]).toEqual([2]);
  expect([...disk.operations.keys()]).toEqual([2]);
  expect([...disk.telemetry].map(({ sequence }) => sequence)).toEqual([2]);
});
