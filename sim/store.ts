// The Store port in virtual time: groups commit after a delay, one at a time, and a crash leaves
// the group that was under way either lost or durable but never acknowledged.

import type { Clock, Milliseconds, Random, Store, Task, Ticket } from '../core/ports.ts';
import {
  NO_FACTS, type AlertRow, type Change, type DeviceLogRow, type DeviceRow, type EventRow,
  type Facts,
  type OperationRow,
} from '../core/store/changes.ts';
import { TelemetryLog } from './telemetry-log.ts';
import type { Trace } from './trace.ts';

/** What survives a crash. */
export interface Disk {
  readonly devices: Map<number, DeviceRow>;
  readonly operations: Map<number, OperationRow>;
  readonly telemetry: TelemetryLog;
  readonly alerts: Map<number, AlertRow>;
  readonly events: EventRow[];
  readonly logs: DeviceLogRow[];
  /** Sealed bodies of operations, by name. */
  readonly bodies: Map<string, { readonly bytes: Uint8Array; readonly at: Milliseconds }>;
  /** How long a group takes to write. */
  commitDelay: CommitDelay;
}

export interface CommitDelay {
  readonly least: Milliseconds;
  readonly most: Milliseconds;
}

export const USUAL_DELAY: CommitDelay = { least: 1, most: 15 };

export function emptyDisk(): Disk {
  return {
    devices: new Map(), operations: new Map(), alerts: new Map(), telemetry: new TelemetryLog(),
    events: [], logs: [], bodies: new Map(), commitDelay: USUAL_DELAY,
  };
}

const GROUP_INTERVAL: Milliseconds = 10;

export class SimulatedStore implements Store, Task {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #disk: Disk;
  /** Of the next group. */
  #open: Change[] = [];
  #inFlight: Change[] = [];
  /** Of the group in flight; the open one has the next. */
  #ticket: Ticket = 0;
  /** When the group in flight began or will begin: what comes until then belongs to it. */
  #begunAt: Milliseconds = -Infinity;
  #isBusy = false;
  #isCrashed = false;
  #listener: (ticket: Ticket) => void = () => undefined;
  /** Told what has reached the disk, before the server is. */
  onWritten: (ticket: Ticket, changes: readonly Change[]) => void = () => undefined;

  constructor(clock: Clock, random: Random, trace: Trace, disk: Disk) {
    this.#clock = clock;
    this.#random = random;
    this.#trace = trace;
    this.#disk = disk;
  }

  load(): Facts {
    const { devices, operations, alerts, telemetry } = this.#disk;
    return {
      ...NO_FACTS,
      devices: [...devices.values()],
      operations: [...operations.values()].filter(
        ({ status }) => status === 'QUEUED' || status === 'SENDING',
      ),
      nextSequence: nextSequence(telemetry),
      nextDevice: Math.max(0, ...devices.keys()) + 1,
      nextOperation: Math.max(0, ...operations.keys()) + 1,
      alerts: [...alerts.values()].filter(({ clearedAt, mutedUntil = 0 }) => (
        clearedAt === undefined || mutedUntil > this.#clock.now())),
      nextAlert: Math.max(0, ...alerts.keys()) + 1,
    };
  }

  commit(changes: readonly Change[]): Ticket {
    if (this.#isBusy && this.#clock.now() <= this.#begunAt) {
      for (const change of changes) this.#inFlight.push(change);
      return this.#ticket;
    }
    for (const change of changes) this.#open.push(change);
    if (this.#isBusy) return this.#ticket + 1;
    this.#begin();
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
    const isKept = keepsGroup && this.#begunAt <= this.#clock.now();
    if (isKept) applyChanges(this.#disk, this.#inFlight);
    const fate = isKept ? 'kept' : 'lost';
    this.#trace.note(this.#clock.now(), `crash, ${this.#inFlight.length} changes ${fate}`);
  }

  /** As in production: at once, and at least 10 ms after the one before began. */
  #begin(): void {
    this.#isBusy = true;
    this.#ticket++;
    this.#inFlight = this.#open;
    this.#open = [];
    this.#begunAt = Math.max(this.#clock.now(), this.#begunAt + GROUP_INTERVAL);
    const { least, most } = this.#disk.commitDelay;
    const due = this.#begunAt + least + this.#random.below(most - least + 1);
    this.#clock.schedule(due, this);
  }

  /** The group in flight is on the disk. */
  onDue(now: Milliseconds): void {
    if (this.#isCrashed) return;
    const changes = this.#inFlight;
    const ticket = this.#ticket;
    applyChanges(this.#disk, changes);
    this.#trace.committed(now, ticket, changes.length);
    this.onWritten(ticket, changes);
    this.#inFlight = [];
    this.#isBusy = false;
    if (this.#open.length > 0) this.#begin();
    this.#listener(ticket);
  }
}

export function applyChanges(disk: Disk, changes: readonly Change[]): void {
  const { devices, operations, alerts, telemetry, events, logs } = disk;
  for (const change of changes) {
    if (change.table === 'device') devices.set(change.row.id, change.row);
    else if (change.table === 'device forgotten') forget(disk, change.id);
    else if (change.table === 'device_operation') operations.set(change.row.id, change.row);
    else if (change.table === 'alert') alerts.set(change.row.id, change.row);
    else if (change.table === 'resource') telemetry.push(change.row);
    else if (change.table === 'device_log') logs.push(change.row);
    else events.push(change.row);
  }
}

function nextSequence(telemetry: TelemetryLog): number {
  let most = 0;
  for (const { sequence } of telemetry) most = Math.max(most, sequence);
  return most + 1;
}

function forget(disk: Disk, device: number): void {
  disk.devices.delete(device);
  for (const [id, operation] of disk.operations) {
    if (operation.device === device) disk.operations.delete(id);
  }
  for (const [id, alert] of disk.alerts) if (alert.device === device) disk.alerts.delete(id);
  disk.telemetry.keep((row) => row.device !== device);
  keep(disk.events, (row) => row.device !== device);
  keep(disk.logs, (row) => row.device !== device);
}

function keep<Row>(rows: Row[], isKept: (row: Row) => boolean): void {
  rows.splice(0, rows.length, ...rows.filter(isKept));
}
