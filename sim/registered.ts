// How many devices of each fleet are registered, kept at each change: what lasts a second between
// two samples counts as well. Both sides must say so: the device holds a location, and the disk
// its registration.

import type { Milliseconds, Ticket } from '../core/ports.ts';
import type { Change } from '../core/store/changes.ts';
import type { SimulatedDevice } from './device.ts';
import type { DeviceNews, Observer } from './observer.ts';
import type { World } from './world.ts';

interface Member {
  readonly fleet: number;
  isCounted: boolean;
}

interface SimulatedMember extends Member {
  readonly device: SimulatedDevice;
  isOnDisk: boolean;
}

/** Of a real device only the disk tells, at this number. */
interface RealMember extends Member {
  readonly row: number;
}

/** The fewest that were registered at once, over a time. */
export interface Fewest {
  readonly ofFleet: number[];
  ofAll: number;
}

export class Registered implements Observer {
  /** By fleet, at this moment. */
  readonly counts: number[];
  readonly #world: World;
  /** By device. */
  readonly #members: (SimulatedMember | undefined)[] = [];
  readonly #real: RealMember[] = [];
  readonly #fewest: Fewest[] = [];
  readonly #lately: Fewest;

  constructor(world: World, fleets: number) {
    this.#world = world;
    this.counts = Array.from({ length: fleets }, () => 0);
    this.#lately = this.fewest();
  }

  add(device: SimulatedDevice, fleet: number): void {
    this.#members[device.id] = { fleet, device, isOnDisk: false, isCounted: false };
  }

  /** A run begins when its real devices are on the disk. */
  addReal(endpoint: string, fleet: number): void {
    const rows = [...this.#world.disk.devices.values()];
    const row = rows.find((one) => one.endpoint === endpoint)?.id ?? 0;
    this.#real.push({ fleet, row, isCounted: false });
    this.#readReal();
  }

  get all(): number {
    return this.counts.reduce((sum, one) => sum + one, 0);
  }

  /** From now on; it changes as time goes by. */
  fewest(): Fewest {
    const fewest = { ofFleet: [...this.counts], ofAll: this.all };
    this.#fewest.push(fewest);
    return fewest;
  }

  /** Of each fleet since the last call. */
  fewestSinceThen(): readonly number[] {
    const fewest = [...this.#lately.ofFleet];
    for (const [fleet, count] of this.counts.entries()) this.#lately.ofFleet[fleet] = count;
    return fewest;
  }

  device(_: Milliseconds, device: SimulatedDevice, what: DeviceNews): void {
    if (what !== 'notified' && what !== 'acknowledged') this.#look(device);
  }

  committed(_: Milliseconds, __: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table === 'device forgotten') this.#readAll();
      if (change.table !== 'device') continue;
      const { endpoint, registration } = change.row;
      this.#look(this.#world.deviceNamed(endpoint), registration !== undefined);
    }
    this.#readReal();
  }

  /** A group that a crash leaves on the disk was not told of. */
  server(): void {
    this.#readAll();
  }

  #readAll(): void {
    const onDisk = new Set<string>();
    for (const { endpoint, registration } of this.#world.disk.devices.values()) {
      if (registration !== undefined) onDisk.add(endpoint);
    }
    for (const member of this.#members) {
      if (member !== undefined) {
        this.#look(member.device, onDisk.has(member.device.options.endpoint));
      }
    }
  }

  #readReal(): void {
    const { devices } = this.#world.disk;
    for (const member of this.#real) {
      this.#count(member, devices.get(member.row)?.registration !== undefined);
    }
  }

  #look(device: SimulatedDevice | undefined, isOnDisk?: boolean): void {
    const member = device && this.#members[device.id];
    if (member === undefined) return;
    if (isOnDisk !== undefined) member.isOnDisk = isOnDisk;
    // Of a server elsewhere only the device can tell.
    this.#count(member, member.device.isRegistered
      && (member.isOnDisk || this.#world.isServerElsewhere));
  }

  #count(member: Member, isCounted: boolean): void {
    if (member.isCounted === isCounted) return;
    member.isCounted = isCounted;
    const { counts } = this;
    const { fleet } = member;
    counts[fleet] = (counts[fleet] ?? 0) + (isCounted ? 1 : -1);
    if (isCounted) return;
    const { all } = this;
    for (const fewest of this.#fewest) {
      fewest.ofAll = Math.min(fewest.ofAll, all);
      fewest.ofFleet[fleet] = Math.min(fewest.ofFleet[fleet] ?? 0, counts[fleet]);
    }
  }
}
