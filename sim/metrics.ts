// What a run measures of its devices, its network and its disk: counts per device, latencies, and a
// series of samples for charts. It watches from outside and never asks the server how it is.

import { ACK, Code, CON, RST } from '../core/coap/message.ts';
import type { Milliseconds } from '../core/ports.ts';
import type { SimulatedDevice } from './device.ts';
import { EnergyMeter, type Consumption } from './energy/meter.ts';
import { radioUse, type RadioUse } from './energy/radio-use.ts';
import { RefusedRegisters } from './refused-registers.ts';
import { Registered, type Fewest } from './registered.ts';
import type { Fate, Observer } from './observer.ts';
import { EXCHANGE_LIFETIME } from './oracles/datagram.ts';
import type { Passing } from './passing.ts';
import type { World } from './world.ts';

/** The counts of one device since it was made. */
export interface DeviceCounts {
  readonly device: SimulatedDevice;
  /** Index of its fleet. */
  readonly fleet: number;
  up: number;
  down: number;
  bytes: number;
  /** Confirmable notifications without an ACK yet, the oldest first. */
  unanswered: Unanswered[] | undefined;
}

interface Unanswered {
  readonly messageId: number;
  /** For the first time. */
  readonly sentAt: Milliseconds;
}

/** One moment of a run; counts are of the interval that ends here. */
export interface Sample {
  /** Since the start. */
  readonly at: Milliseconds;
  /** Devices registered, by their own word and by the disk's, for each fleet. */
  readonly registered: readonly number[];
  /** Of these the fewest at once since the last sample. */
  readonly fewest: readonly number[];
  readonly up: number;
  readonly down: number;
  readonly bytes: number;
  readonly lost: number;
  /** Changes not on the disk yet, and operations not ended yet. */
  readonly backlog: number;
  readonly operations: number;
  /** Mean per device since the start, for each fleet; undefined: it has no radio. */
  readonly joules: readonly (number | undefined)[];
  /** The same of the milliseconds on the air, both ways. */
  readonly airtime: readonly (number | undefined)[];
  /** Millicoulombs of each connection since the start, for each fleet. */
  readonly charge: readonly (number | undefined)[];
  /** Of notifications acknowledged in the interval; undefined when there were none. */
  readonly latency: { readonly p50: Milliseconds; readonly p95: Milliseconds } | undefined;
}

/** What has been counted at one moment, so that expectations can count from there on. */
export interface Mark {
  readonly at: Milliseconds;
  readonly registered: Fewest;
  readonly registrations: readonly number[];
  readonly datagrams: readonly number[];
  /** Undefined for devices without a radio. */
  readonly joules: readonly (number | undefined)[];
  readonly refused: number;
}

export class Metrics implements Observer {
  readonly start: Milliseconds;
  readonly devices: DeviceCounts[] = [];
  /** Of real devices, of which only the disk tells: their endpoints and the index of the fleet. */
  readonly slots = new Map<string, number>();
  readonly samples: Sample[] = [];
  readonly marks: Mark[] = [];
  /** When each acknowledged notification was first sent, since the start, and how long it took. */
  readonly notifySentAt: Milliseconds[] = [];
  readonly notifyTook: Milliseconds[] = [];
  readonly refused = new RefusedRegisters();
  /** When each wish of an operator was refused, since the start. */
  readonly wishRefusedAt: Milliseconds[] = [];
  readonly registered: Registered;
  readonly energy = new EnergyMeter();
  readonly #world: World;
  readonly #fleets: readonly string[];
  /** By device. */
  readonly #counts: (DeviceCounts | undefined)[] = [];
  #up = 0;
  #down = 0;
  #bytes = 0;
  #lost = 0;
  #notifySeen = 0;

  constructor(world: World, fleets: readonly string[]) {
    this.#world = world;
    this.#fleets = fleets;
    this.registered = new Registered(world, fleets.length);
    this.start = world.clock.now();
  }

  addSlot(endpoint: string, fleet: string): void {
    this.slots.set(endpoint, this.#fleets.indexOf(fleet));
    this.registered.addReal(endpoint, this.#fleets.indexOf(fleet));
  }

  add(device: SimulatedDevice, fleet: string): void {
    const counts: DeviceCounts = {
      device, fleet: this.#fleets.indexOf(fleet), up: 0, down: 0, bytes: 0,
      unanswered: undefined,
    };
    this.devices.push(counts);
    this.#counts[device.id] = counts;
    this.registered.add(device, counts.fleet);
  }

  passed({ device, direction, length }: Passing, what: 'sent' | Fate): void {
    if (what === 'lost') this.#lost++;
    const counts = what === 'sent' ? this.#counts[device.id] : undefined;
    if (counts === undefined) return;
    this.#bytes += length;
    counts.bytes += length;
    counts[direction]++;
    if (direction === 'up') this.#up++;
    else this.#down++;
  }

  serverSent(passing: Passing): void {
    if (this.#counts[passing.device.id] !== undefined) this.refused.onAnswer(passing);
  }

  deviceSent(passing: Passing): void {
    const { at, device, type, code, messageId } = passing;
    const counts = this.#counts[device.id];
    if (counts === undefined) return;
    this.refused.onRequest(passing);
    if (type !== CON || code !== Code.CONTENT) return;
    const unanswered = counts.unanswered ??= [];
    while (at - (unanswered[0]?.sentAt ?? Infinity) >= EXCHANGE_LIFETIME) unanswered.shift();
    // A retransmission belongs to the message that was sent first.
    if (unanswered.some((one) => one.messageId === messageId)) return;
    unanswered.push({ messageId, sentAt: at });
  }

  deviceHeard({ at, device, type, messageId }: Passing): void {
    if (type !== ACK && type !== RST) return;
    const unanswered = this.#counts[device.id]?.unanswered ?? [];
    const index = unanswered.findIndex((one) => one.messageId === messageId);
    const [answered] = index === -1 ? [] : unanswered.splice(index, 1);
    if (answered === undefined || type === RST) return;
    const { sentAt } = answered;
    this.notifySentAt.push(sentAt - this.start);
    this.notifyTook.push(at - sentAt);
  }

  /** Closes an interval. */
  sample(): void {
    const took = Float64Array.from(this.notifyTook.slice(this.#notifySeen)).sort();
    this.#notifySeen = this.notifyTook.length;
    const { disk, clock } = this.#world;
    const uses = this.radioUses();
    let operations = 0;
    for (const { status } of disk.operations.values()) {
      if (status === 'QUEUED' || status === 'SENDING') operations++;
    }
    this.samples.push({
      at: clock.now() - this.start, registered: [...this.registered.counts],
      fewest: this.registered.fewestSinceThen(),
      up: this.#up, down: this.#down, bytes: this.#bytes, lost: this.#lost,
      backlog: this.#world.backlog, operations,
      joules: uses.map((use) => use?.joules),
      airtime: uses.map((use) => use && use.airtime.up + use.airtime.down),
      charge: uses.map((use) => use?.millicoulombPerConnection),
      latency: took.length === 0 ? undefined : { p50: rank(took, 50), p95: rank(took, 95) },
    });
    this.#up = 0;
    this.#down = 0;
    this.#bytes = 0;
    this.#lost = 0;
  }

  /** Remembers what has been counted so far. */
  mark(): void {
    this.marks.push({
      at: this.#world.clock.now() - this.start,
      registered: this.registered.fewest(),
      registrations: this.devices.map(({ device }) => device.registrations),
      datagrams: this.devices.map(({ up, down }) => up + down),
      joules: this.joules(),
      refused: this.refused.count,
    });
  }

  /** Of each device so far. */
  joules(): (number | undefined)[] {
    return this.consumed().map((one) => one?.joules);
  }

  /** Of each device so far; undefined for those without a radio. */
  consumed(): (Consumption | undefined)[] {
    return this.devices.map(({ device }) => this.#consumedBy(device));
  }

  #consumedBy(device: SimulatedDevice): Consumption | undefined {
    return this.energy.consumptionOf(device, this.#world.clock.now());
  }

  /** Of each fleet so far. */
  radioUses(): (RadioUse | undefined)[] {
    const byFleet = this.#fleets.map((): Consumption[] => []);
    for (const { device, fleet } of this.devices) {
      const consumption = this.#consumedBy(device);
      if (consumption !== undefined) byFleet[fleet]?.push(consumption);
    }
    return byFleet.map(radioUse);
  }
}

/** The smallest value that at least `percent` of them do not exceed; they are in order. */
export function rank(sorted: ArrayLike<number>, percent: number): number {
  const index = Math.ceil((sorted.length * percent) / 100) - 1;
  return sorted[Math.max(0, index)] ?? 0;
}
