// How the rows of the small tables become columns for the writer thread; loaded-rows.ts brings them
// back at start. Lists are JSON text. Telemetry has its own, faster way.

import type {
  AlertRow, AssociationRow, AssociationStateRow, CertificateRow, CredentialRow, DeviceLogRow,
  DeviceRow, DtlsSessionRow, EventRow, OperationRow, RegistrationRow,
} from './changes.ts';

export type ColumnType = 'INTEGER' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMP_MS' | 'VARCHAR';
export type Cell = string | number | boolean | null;

export interface ColumnOf<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly of: (row: Row) => Cell;
  /** Many rows have the same text: at start it is read once for all of them. */
  readonly isShared?: true;
}

/** The cells of several rows, column by column. */
export interface TableMessage {
  readonly rows: number;
  readonly columns: readonly (readonly Cell[])[];
}

const isShared = true;
const SHARED = { isShared } as const;
const NO_ROWS: TableMessage = { rows: 0, columns: [] };

export const DEVICE_COLUMNS: readonly ColumnOf<DeviceRow>[] = [
  { name: 'id', type: 'INTEGER', of: (row) => row.id },
  { name: 'endpoint', type: 'VARCHAR', of: (row) => row.endpoint },
  { name: 'display_name', type: 'VARCHAR', of: (row) => row.displayName, isShared },
  { name: 'tags', type: 'VARCHAR', of: (row) => listText(row.tags), isShared },
  { name: 'ended', type: 'VARCHAR', of: (row) => row.ended ?? null, isShared },
  { name: 'first_seen_at', type: 'TIMESTAMP_MS', of: (row) => row.firstSeenAt },
  { name: 'last_seen_at', type: 'TIMESTAMP_MS', of: (row) => row.lastSeenAt },
  { name: 'source', type: 'VARCHAR', of: (row) => row.source },
  { name: 'observe_also', type: 'VARCHAR', of: (row) => listText(row.observeAlso), isShared },
  { name: 'observe_never', type: 'VARCHAR', of: (row) => listText(row.observeNever), isShared },
  { name: 'battery_percent', type: 'DOUBLE', of: (row) => row.batteryPercent ?? null },
  { name: 'signal_dbm', type: 'DOUBLE', of: (row) => row.signalDbm ?? null },
  { name: 'firmware_version', type: 'VARCHAR', of: (row) => row.firmwareVersion ?? null, isShared },
  { name: 'manufacturer', type: 'VARCHAR', of: (row) => row.manufacturer ?? null, isShared },
  { name: 'model', type: 'VARCHAR', of: (row) => row.model ?? null, isShared },
  { name: 'firmware_state', type: 'INTEGER', of: (row) => row.firmwareState },
  ofRegistration('registration_id', 'VARCHAR', (registration) => registration.id),
  ofRegistration('lwm2m_version', 'VARCHAR', (registration) => registration.lwm2mVersion, SHARED),
  ofRegistration('lifetime_seconds', 'DOUBLE', (registration) => registration.lifetime),
  ofRegistration('binding', 'VARCHAR', (registration) => registration.binding, SHARED),
  ofRegistration('queue_mode', 'BOOLEAN', (registration) => registration.queueMode),
  ofRegistration('sms_number', 'VARCHAR', (registration) => registration.smsNumber ?? null),
  ofRegistration('links', 'VARCHAR', (registration) => registration.links, SHARED),
  ofRegistration('unknown_parameters', 'VARCHAR',
    (registration) => listText(registration.unknownParameters), SHARED),
  ofRegistration('registered_at', 'TIMESTAMP_MS', (registration) => registration.registeredAt),
  ofRegistration('updated_at', 'TIMESTAMP_MS', (registration) => registration.updatedAt),
  ofRegistration('expires_at', 'TIMESTAMP_MS', (registration) => registration.expiresAt),
  ofRegistration('listener', 'INTEGER', (registration) => registration.listener),
  ofRegistration('host', 'VARCHAR', (registration) => registration.host),
  ofRegistration('port', 'INTEGER', (registration) => registration.port),
  ofRegistration('token_base', 'VARCHAR', (registration) => registration.tokenBase),
  ofRegistration('observed', 'VARCHAR', (registration) => listText(registration.observed),
    SHARED),
  { name: 'declared', type: 'VARCHAR', of: (row) => row.declared, isShared },
  ofRegistration('security', 'VARCHAR', (registration) => registration.security, SHARED),
  ofRegistration('identity', 'VARCHAR', (registration) => registration.identity),
  ofRegistration('association', 'BIGINT', (registration) => registration.association ?? null),
];

export const OPERATION_COLUMNS: readonly ColumnOf<OperationRow>[] = [
  { name: 'id', type: 'BIGINT', of: (row) => row.id },
  { name: 'device', type: 'INTEGER', of: (row) => row.device },
  { name: 'kind', type: 'VARCHAR', of: (row) => row.kind, isShared },
  { name: 'path', type: 'VARCHAR', of: (row) => row.path, isShared },
  { name: 'status', type: 'VARCHAR', of: (row) => row.status, isShared },
  { name: 'attempts', type: 'INTEGER', of: (row) => row.attempts },
  { name: 'outcome', type: 'VARCHAR', of: (row) => row.outcome, isShared },
  { name: 'requested_by', type: 'VARCHAR', of: (row) => row.requestedBy, isShared },
  { name: 'created_at', type: 'TIMESTAMP_MS', of: (row) => row.createdAt },
  { name: 'changed_at', type: 'TIMESTAMP_MS', of: (row) => row.changedAt },
  { name: 'parameters', type: 'VARCHAR', of: (row) => row.parameters },
  { name: 'answer', type: 'VARCHAR', of: (row) => row.answer },
  { name: 'expires_at', type: 'TIMESTAMP_MS', of: (row) => row.expiresAt ?? null },
];

export const ALERT_COLUMNS: readonly ColumnOf<AlertRow>[] = [
  { name: 'id', type: 'BIGINT', of: (row) => row.id },
  { name: 'device', type: 'INTEGER', of: (row) => row.device },
  { name: 'rule', type: 'VARCHAR', of: (row) => row.rule, isShared },
  { name: 'severity', type: 'VARCHAR', of: (row) => row.severity, isShared },
  { name: 'path', type: 'VARCHAR', of: (row) => row.path, isShared },
  { name: 'detail', type: 'VARCHAR', of: (row) => row.detail },
  { name: 'raised_at', type: 'TIMESTAMP_MS', of: (row) => row.raisedAt },
  { name: 'cleared_at', type: 'TIMESTAMP_MS', of: (row) => row.clearedAt ?? null },
  { name: 'acknowledged_by', type: 'VARCHAR', of: (row) => row.acknowledgedBy, isShared },
  { name: 'acknowledged_at', type: 'TIMESTAMP_MS', of: (row) => row.acknowledgedAt ?? null },
  { name: 'muted_until', type: 'TIMESTAMP_MS', of: (row) => row.mutedUntil ?? null },
];

/** Without the id, which the writer thread gives. */
export const EVENT_COLUMNS: readonly ColumnOf<EventRow>[] = [
  { name: 'device', type: 'INTEGER', of: (row) => row.device },
  { name: 'type', type: 'VARCHAR', of: (row) => row.type },
  { name: 'happened_at', type: 'TIMESTAMP_MS', of: (row) => row.at },
  { name: 'detail', type: 'VARCHAR', of: (row) => row.detail },
];

/** Without the id, which the writer thread gives. */
export const LOG_COLUMNS: readonly ColumnOf<DeviceLogRow>[] = [
  { name: 'device', type: 'INTEGER', of: (row) => row.device ?? null },
  { name: 'source', type: 'VARCHAR', of: (row) => row.source },
  { name: 'device_time', type: 'TIMESTAMP_MS', of: (row) => row.deviceTime ?? null },
  { name: 'receive_time', type: 'TIMESTAMP_MS', of: (row) => row.receiveTime },
  { name: 'facility', type: 'INTEGER', of: (row) => row.facility },
  { name: 'severity', type: 'INTEGER', of: (row) => row.severity },
  { name: 'module', type: 'VARCHAR', of: (row) => row.module },
  { name: 'text', type: 'VARCHAR', of: (row) => row.text },
  { name: 'dropped', type: 'INTEGER', of: (row) => row.dropped },
];

export const CREDENTIAL_COLUMNS: readonly ColumnOf<CredentialRow>[] = [
  { name: 'identity', type: 'VARCHAR', of: (row) => row.identity },
  { name: 'kind', type: 'VARCHAR', of: (row) => row.kind, isShared },
  { name: 'endpoint', type: 'VARCHAR', of: (row) => row.endpoint },
  { name: 'secret', type: 'VARCHAR', of: (row) => row.secret },
  { name: 'created_at', type: 'TIMESTAMP_MS', of: (row) => row.createdAt },
  { name: 'last_used_at', type: 'TIMESTAMP_MS', of: (row) => row.lastUsedAt ?? null },
];

export const CERTIFICATE_COLUMNS: readonly ColumnOf<CertificateRow>[] = [
  { name: 'identity', type: 'VARCHAR', of: (row) => row.identity },
  { name: 'serial', type: 'VARCHAR', of: (row) => row.serial },
  { name: 'not_after', type: 'TIMESTAMP_MS', of: (row) => row.notAfter },
  { name: 'shown_at', type: 'TIMESTAMP_MS', of: (row) => row.shownAt },
];

export const ASSOCIATION_COLUMNS: readonly ColumnOf<AssociationRow>[] = [
  { name: 'id', type: 'BIGINT', of: (row) => row.id },
  { name: 'identity', type: 'VARCHAR', of: (row) => row.identity },
  { name: 'agreed', type: 'VARCHAR', of: (row) => row.agreed },
  { name: 'keys', type: 'VARCHAR', of: (row) => row.keys },
];

export const ASSOCIATION_STATE_COLUMNS: readonly ColumnOf<AssociationStateRow>[] = [
  { name: 'id', type: 'BIGINT', of: (row) => row.id },
  { name: 'listener', type: 'INTEGER', of: (row) => row.listener },
  { name: 'host', type: 'VARCHAR', of: (row) => row.address.host, isShared },
  { name: 'port', type: 'INTEGER', of: (row) => row.address.port },
  { name: 'reserved_sequence', type: 'BIGINT', of: (row) => row.reservedSequence },
  { name: 'newest', type: 'BIGINT', of: (row) => row.newest },
  { name: 'seen_low', type: 'INTEGER', of: (row) => row.seenLow },
  { name: 'seen_high', type: 'INTEGER', of: (row) => row.seenHigh },
];

export const DTLS_SESSION_COLUMNS: readonly ColumnOf<DtlsSessionRow>[] = [
  { name: 'id', type: 'VARCHAR', of: (row) => row.id },
  { name: 'identity', type: 'VARCHAR', of: (row) => row.identity },
  { name: 'until', type: 'TIMESTAMP_MS', of: (row) => row.until },
  { name: 'secret', type: 'VARCHAR', of: (row) => row.secret },
];

export function tableMessage<Row>(
  columns: readonly ColumnOf<Row>[], rows: readonly Row[],
): TableMessage {
  if (rows.length === 0) return NO_ROWS;
  return { rows: rows.length, columns: columns.map((column) => rows.map(column.of)) };
}

function ofRegistration(
  name: string, type: ColumnType, of: (registration: RegistrationRow) => Cell,
  shared: { readonly isShared?: true } = {},
): ColumnOf<DeviceRow> {
  return {
    name, type, ...shared,
    of: (row) => row.registration === undefined ? null : of(row.registration),
  };
}

function listText(items: readonly string[]): string {
  return items.length === 0 ? '[]' : JSON.stringify(items);
}
