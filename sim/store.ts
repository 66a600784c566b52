// The Store port in virtual time: groups commit after a delay, one at a time, and a crash leaves
// the group that was under way either lost or durable but never acknowledged.

import type { Clock, Milliseconds, Random, Store, Ticket } from '../core/ports.ts';
import {
  NO_FACTS, type Change, type DeviceRow, type EventRow, type Facts, type OperationRow,
  type TelemetryRow,
} from '../core/store/changes.ts';
import type { Trace } from './trace.ts';

/** What survives a crash. */
export interface Disk {
  readonly devices: Map<number, DeviceRow>;
  readonly operations: Map<number, OperationRow>;
  readonly telemetry: TelemetryRow[];
  readonly events: EventRow[];
}

export function emptyDisk(): Disk {
  return { devices: new Map(), operations: new Map(), telemetry: [], events: [] };
}

const GROUP_INTERVAL: Milliseconds = 10;

export class SimulatedStore implements Store {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #disk: Disk;
  #open: Change[] = [];
  #inFlight: readonly Change[] = [];
  #ticket: Ticket = 1;
  #isBusy = false;
  #isCrashed = false;
  #listener: (ticket: Ticket) => void = () => undefined;
  /** Told what has reached the disk, before the server is. */
  onWritten: (ticket: Ticket, changes: readonly Change[]) => void = () => undefined;
  /** How long a group takes to write. */
  commitDelay = { least: 1 as Milliseconds, most: 15 as Milliseconds };

  constructor(clock: Clock, random: Random, trace: Trace, disk: Disk) {
    this.#clock = clock;
    this.#random = random;
    this.#trace = trace;
    this.#disk = disk;
  }

  load(): Facts {
    const { devices, operations, telemetry } = this.#disk;
    return {
      ...NO_FACTS,
      devices: [...devices.values()],
      operations: [...operations.values()].filter(
        ({ status }) => status === 'QUEUED' || status === 'SENDING',
      ),
      nextSequence: telemetry.reduce((most, { sequence }) => Math.max(most, sequence), 0) + 1,
      nextDevice: Math.max(0, ...devices.keys()) + 1,
      nextOperation: Math.max(0, ...operations.keys()) + 1,
    };
  }

  commit(changes: readonly Change[]): Ticket {
    this.#open.push(...changes);
    if (!this.#isBusy) this.#begin();
    return this.#ticket;
  }

  onCommitted(listener: (ticket: Ticket) => void): void {
    this.#listener = listener;
  }

  backlog(): number {
    return this.#open.length + this.#inFlight.length;
  }

  /** The process dies now; `keepsGroup` says which of the two outcomes the disk sees. */
  crash(keepsGroup: boolean): void {
    this.#isCrashed = true;
    if (keepsGroup) this.#apply(this.#inFlight);
    const fate = keepsGroup ? 'kept' : 'lost';
    this.#trace.note(this.#clock.now(), `crash, ${this.#inFlight.length} changes ${fate}`);
  }

  /** A group closes when it starts: what comes later waits for the next one. */
  #begin(): void {
    this.#isBusy = true;
    const opens = this.#clock.now();
    this.#clock.schedule(opens + GROUP_INTERVAL, { onDue: (now) => this.#write(now) });
  }

  #write(now: Milliseconds): void {
    if (this.#isCrashed) return;
    const ticket = this.#ticket++;
    this.#inFlight = this.#open;
    this.#open = [];
    const { least, most } = this.commitDelay;
    const due = now + least + this.#random.below(most - least + 1);
    this.#clock.schedule(due, { onDue: (at) => this.#onWritten(at, ticket) });
  }

  #onWritten(now: Milliseconds, ticket: Ticket): void {
    if (this.#isCrashed) return;
    this.#apply(this.#inFlight);
    this.#trace.note(now, `committed ${ticket} with ${this.#inFlight.length} changes`);
    this.onWritten(ticket, this.#inFlight);
    this.#inFlight = [];
    this.#isBusy = false;
    this.#listener(ticket);
    if (this.#open.length > 0 && !this.#isBusy) this.#begin();
  }

  #apply(changes: readonly Change[]): void {
    const { devices, operations, telemetry, events } = this.#disk;
    for (const change of changes) {
      if (change.table === 'device') devices.set(change.row.id, change.row);
      else if (change.table === 'device forgotten') forget(this.#disk, change.id);
      else if (change.table === 'device_operation') operations.set(change.row.id, change.row);
      else if (change.table === 'resource') telemetry.push(change.row);
      else events.push(change.row);
    }
  }
}

function forget(disk: Disk, device: number): void {
  disk.devices.delete(device);
  for (const [id, operation] of disk.operations) {
    if (operation.device === device) disk.operations.delete(id);
  }
  keep(disk.telemetry, (row) => row.device !== device);
  keep(disk.events, (row) => row.device !== device);
}

function keep<Row>(rows: Row[], isKept: (row: Row) => boolean): void {
  const kept = rows.filter(isKept);
  rows.length = 0;
  for (const row of kept) rows.push(row);
}
