// The Store port over the database: synchronous commits gathered into durable groups. One group is
// in flight; the next starts when it has ended and at least 10 ms after it began, so that a busy
// server writes large groups and a quiet one answers at once. The database may stay behind, so far
// and no further.

import type { Store, Ticket } from '../ports.ts';
import { unreachable } from '../result.ts';
import type {
  AlertRow, AssociationRow, AssociationStateRow, CertificateRow, Change, CredentialRow,
  DeviceLogRow, DeviceRow, DtlsSessionRow, EventRow, Facts, OperationRow,
} from './changes.ts';
import type { Database } from './database.ts';
import type { GroupMessage } from './messages.ts';
import {
  ALERT_COLUMNS, ASSOCIATION_COLUMNS, ASSOCIATION_STATE_COLUMNS, CERTIFICATE_COLUMNS,
  CREDENTIAL_COLUMNS, DEVICE_COLUMNS, DTLS_SESSION_COLUMNS, EVENT_COLUMNS, LOG_COLUMNS,
  OPERATION_COLUMNS, tableMessage,
} from './table-columns.ts';
import { TelemetryBatch, type TelemetryMessage } from './telemetry-batch.ts';

const GROUP_INTERVAL_MS = 10;
/** Durable and not yet in the database: as much as comes in seconds. */
export const UNSTORED_CHANGES_MAX = 128_000;
/** So many characters or bytes count as one change more. */
export const CHANGE_LENGTH = 500;
/** As many groups are on their way to the database. */
const SPARES_MAX = 16;

/** Changes of one ticket. Of a row that changes several times only the last state is written. */
interface Group {
  readonly ticket: Ticket;
  readonly telemetry: TelemetryBatch;
  readonly devices: Map<number, DeviceRow>;
  readonly operations: Map<number, OperationRow>;
  readonly alerts: Map<number, AlertRow>;
  readonly credentials: Map<string, CredentialRow>;
  readonly certificates: Map<string, CertificateRow>;
  readonly associations: Map<number, AssociationRow>;
  readonly associationStates: Map<number, AssociationStateRow>;
  readonly dtlsSessions: Map<string, DtlsSessionRow>;
  readonly events: EventRow[];
  readonly logs: DeviceLogRow[];
  readonly forgotten: number[];
  readonly removedCredentials: Set<string>;
  readonly removedCertificates: Set<string>;
  readonly endedAssociations: number[];
  readonly endedDtlsSessions: string[];
  changes: number;
}

export class DuckDbStore implements Store {
  readonly #database: Database;
  readonly #listeners: ((ticket: Ticket) => void)[] = [];
  /** Told at the end of the group in flight. */
  readonly #waiting: (() => void)[] = [];
  #open = openGroup(1, new TelemetryBatch());
  readonly #spares: TelemetryMessage[] = [];
  #unstored = 0;
  /** Changes of the group in flight; undefined when there is none. */
  #inFlight: number | undefined;
  #lastBeganAt = -Infinity;
  /** Somebody waits for the open group, even if nothing is in it. */
  #hasWork = false;
  #isScheduled = false;
  #committed: Ticket = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  load(): Facts {
    return this.#database.takeFacts();
  }

  commit(changes: readonly Change[]): Ticket {
    const open = this.#open;
    for (let index = 0; index < changes.length; index++) add(open, changes[index] as Change);
    this.#hasWork = true;
    this.#schedule();
    return open.ticket;
  }

  onCommitted(listener: (ticket: Ticket) => void): void {
    this.#listeners.push(listener);
  }

  backlog(): number {
    return this.#open.changes + (this.#inFlight ?? 0);
  }

  /** Resolves when everything accepted so far is on disk. */
  async flushed(): Promise<void> {
    const last = this.#hasWork ? this.#open.ticket : this.#open.ticket - 1;
    while (this.#committed < last) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /**
   * Resolves when nothing is left to write, not even what was accepted because something else was
   * written. For an orderly stop, when nothing comes from outside any more.
   */
  async settled(): Promise<void> {
    while (this.#hasWork || this.#inFlight !== undefined) await this.flushed();
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#mayBegin()) return;
    this.#isScheduled = true;
    const wait = this.#wait();
    // At least to the end of this turn: what arrived together is written together.
    if (wait > 0) setTimeout(() => this.#begin(), wait);
    else setImmediate(() => this.#begin());
  }

  /** Milliseconds until the next group may begin. */
  #wait(): number {
    return this.#lastBeganAt + GROUP_INTERVAL_MS - performance.now();
  }

  #begin(): void {
    const group = this.#open;
    this.#isScheduled = false;
    this.#hasWork = false;
    this.#lastBeganAt = performance.now();
    this.#inFlight = group.changes;
    const spare = this.#spares.pop();
    this.#open = openGroup(group.ticket + 1,
      spare === undefined ? new TelemetryBatch() : TelemetryBatch.reuse(spare));
    this.#unstored += group.changes;
    this.#database.commitGroup(messageOf(group), (buffers) => {
      this.#unstored -= group.changes;
      if (this.#spares.length < SPARES_MAX) this.#spares.push(buffers);
      if (this.#hasWork) this.#schedule();
    }).then(
      () => this.#end(group.ticket),
      (error: Error) => this.#database.fail(error),
    );
  }

  #mayBegin(): boolean {
    return this.#inFlight === undefined && this.#unstored < UNSTORED_CHANGES_MAX;
  }

  #end(ticket: Ticket): void {
    this.#inFlight = undefined;
    this.#committed = ticket;
    // The next group first: the disk has work while the answers of this one leave.
    if (this.#hasWork && this.#mayBegin() && this.#wait() <= 0) this.#begin();
    else if (this.#hasWork) this.#schedule();
    for (const listener of this.#listeners) listener(ticket);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** What may be long in a change. */
function lengthOf(change: Change): number {
  switch (change.table) {
    case 'resource': {
      const { value } = change.row;
      return 'value' in value && (typeof value.value === 'string'
        || value.value instanceof Uint8Array) ? value.value.length : 0;
    }
    case 'device': return change.row.declared.length + (change.row.registration?.links.length ?? 0);
    case 'device_operation': return change.row.parameters.length + change.row.answer.length;
    case 'device_log': return change.row.text.length;
    default: return 0;
  }
}

function openGroup(ticket: Ticket, telemetry: TelemetryBatch): Group {
  return {
    ticket, telemetry, devices: new Map(), operations: new Map(), alerts: new Map(),
    credentials: new Map(), certificates: new Map(), associations: new Map(),
    associationStates: new Map(), dtlsSessions: new Map(), events: [], logs: [], forgotten: [],
    removedCredentials: new Set(), removedCertificates: new Set(), endedAssociations: [],
    endedDtlsSessions: [], changes: 0,
  };
}

function add(group: Group, change: Change): void {
  // One for each record that is received: they are one row in the end.
  if (change.table !== 'association_state' || !group.associationStates.has(change.row.id)) {
    group.changes += 1 + Math.floor(lengthOf(change) / CHANGE_LENGTH);
  }
  switch (change.table) {
    case 'resource':
      group.telemetry.append(change.row);
      return;
    case 'device':
      group.devices.set(change.row.id, change.row);
      return;
    case 'device_operation':
      group.operations.set(change.row.id, change.row);
      return;
    case 'alert':
      group.alerts.set(change.row.id, change.row);
      return;
    case 'event':
      group.events.push(change.row);
      return;
    case 'device_log':
      group.logs.push(change.row);
      return;
    case 'device forgotten':
      // The writer deletes last, whatever the order here: ids are never given twice.
      group.forgotten.push(change.id);
      return;
    default:
      addSecurity(group, change);
  }
}

type SecurityTable = 'credential' | 'certificate' | 'association' | 'dtls_session';
type SecurityChange = Extract<Change,
  { readonly table: SecurityTable | 'association_state' | `${SecurityTable} ${string}` }>;

function addSecurity(group: Group, change: SecurityChange): void {
  switch (change.table) {
    case 'credential':
      group.credentials.set(change.row.identity, change.row);
      group.removedCredentials.delete(change.row.identity);
      return;
    case 'credential removed':
      group.credentials.delete(change.identity);
      group.removedCredentials.add(change.identity);
      return;
    case 'certificate':
      group.certificates.set(change.row.identity, change.row);
      group.removedCertificates.delete(change.row.identity);
      return;
    case 'certificate removed':
      group.certificates.delete(change.identity);
      group.removedCertificates.add(change.identity);
      return;
    case 'association':
      group.associations.set(change.row.id, change.row);
      return;
    case 'association_state':
      group.associationStates.set(change.row.id, change.row);
      return;
    case 'association ended':
      // As with devices: the writer deletes last.
      group.endedAssociations.push(change.id);
      return;
    case 'dtls_session':
      group.dtlsSessions.set(change.row.id, change.row);
      return;
    case 'dtls_session ended':
      // The writer deletes first, so that one that is kept anew is there.
      group.dtlsSessions.delete(change.id);
      group.endedDtlsSessions.push(change.id);
      return;
    default:
      unreachable(change);
  }
}

function messageOf(group: Group): GroupMessage {
  return {
    telemetry: group.telemetry.message(),
    devices: tableMessage(DEVICE_COLUMNS, [...group.devices.values()]),
    operations: tableMessage(OPERATION_COLUMNS, [...group.operations.values()]),
    alerts: tableMessage(ALERT_COLUMNS, [...group.alerts.values()]),
    events: tableMessage(EVENT_COLUMNS, group.events),
    eventValues: {
      events: group.events.flatMap(({ sequences }, index) => sequences.map(() => index)),
      values: group.events.flatMap(({ sequences }) => sequences),
    },
    logs: tableMessage(LOG_COLUMNS, group.logs),
    credentials: tableMessage(CREDENTIAL_COLUMNS, [...group.credentials.values()]),
    certificates: tableMessage(CERTIFICATE_COLUMNS, [...group.certificates.values()]),
    associations: tableMessage(ASSOCIATION_COLUMNS, [...group.associations.values()]),
    associationStates:
      tableMessage(ASSOCIATION_STATE_COLUMNS, [...group.associationStates.values()]),
    dtlsSessions: tableMessage(DTLS_SESSION_COLUMNS, [...group.dtlsSessions.values()]),
    forgotten: group.forgotten,
    removedCredentials: [...group.removedCredentials],
    removedCertificates: [...group.removedCertificates],
    endedAssociations: group.endedAssociations,
    endedDtlsSessions: group.endedDtlsSessions,
  };
}
