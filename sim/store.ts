// The Store port in virtual time: groups commit after a delay, one at a time, and a crash leaves
// the group that was under way either lost or durable but never acknowledged.

import type { Clock, Milliseconds, Random, Store, Task, Ticket } from '../core/ports.ts';
import { unreachable } from '../core/result.ts';
import {
  NO_FACTS, type AlertRow, type AssociationRow, type AssociationStateRow, type Change,
  type CertificateRow, type CredentialRow, type DeviceLogRow, type DeviceRow, type DtlsSessionRow,
  type EventRow, type Facts, type OperationRow,
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
  readonly credentials: Map<string, CredentialRow>;
  readonly certificates: Map<string, CertificateRow>;
  readonly associations: Map<number, AssociationRow>;
  readonly associationStates: Map<number, AssociationStateRow>;
  readonly dtlsSessions: Map<string, DtlsSessionRow>;
  nextAssociation: number;
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
    credentials: new Map(), certificates: new Map(), associations: new Map(),
    associationStates: new Map(), dtlsSessions: new Map(), nextAssociation: 1, events: [],
    logs: [], bodies: new Map(), commitDelay: USUAL_DELAY,
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
    const { devices, operations, alerts, telemetry, credentials } = this.#disk;
    const { associations, associationStates, nextAssociation } = this.#disk;
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
      credentials: [...credentials.values()],
      certificates: [...this.#disk.certificates.values()],
      associations: [...associations.values()].flatMap((agreed) => {
        const state = associationStates.get(agreed.id);
        return state === undefined ? [] : [{ ...agreed, ...state }];
      }),
      dtlsSessions: [...this.#disk.dtlsSessions.values()],
      nextAssociation,
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
  for (const change of changes) apply(disk, change);
}

function apply(disk: Disk, change: Change): void {
  switch (change.table) {
    case 'device': disk.devices.set(change.row.id, change.row); break;
    case 'device forgotten': forget(disk, change.id); break;
    case 'device_operation': disk.operations.set(change.row.id, change.row); break;
    case 'alert': disk.alerts.set(change.row.id, change.row); break;
    case 'resource': disk.telemetry.push(change.row); break;
    case 'device_log': disk.logs.push(change.row); break;
    case 'event': disk.events.push(change.row); break;
    case 'credential': disk.credentials.set(change.row.identity, change.row); break;
    case 'credential removed': disk.credentials.delete(change.identity); break;
    case 'certificate':
      // The one that was shown last is the last, as when they are read in this order.
      disk.certificates.delete(change.row.identity);
      disk.certificates.set(change.row.identity, change.row);
      break;
    case 'certificate removed': disk.certificates.delete(change.identity); break;
    case 'association':
      disk.associations.set(change.row.id, change.row);
      disk.nextAssociation = Math.max(disk.nextAssociation, change.row.id + 1);
      break;
    case 'association_state': disk.associationStates.set(change.row.id, change.row); break;
    case 'association ended':
      disk.associations.delete(change.id);
      disk.associationStates.delete(change.id);
      break;
    case 'dtls_session': disk.dtlsSessions.set(change.row.id, change.row); break;
    case 'dtls_session ended':
      disk.dtlsSessions.delete(change.id);
      break;
    default: unreachable(change);
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
