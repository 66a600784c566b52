// How the rows of the small tables become columns for the writer thread, and come back at start.
// Lists are JSON text. Telemetry has its own, faster way.

import type {
  AlertRow, AssociationRow, AssociationStateRow, CredentialRow, DeviceLogRow, DeviceRow, EventRow,
  OperationRow, OperationStatus, RegistrationRow, Severity,
} from './changes.ts';
import type { WishKind } from '../lwm2m/operation.ts';
import type { Security } from '../ports.ts';

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

/** A table as read at start. */
export interface LoadedTable {
  readonly rows: number;
  /** Numbers with NaN for NULL, texts, or indexes of shared texts with NaN for NULL. */
  readonly columns: Readonly<Record<string, Float64Array | readonly (string | null)[]>>;
  readonly sharedTexts: readonly string[];
}

const NO_ITEMS: readonly string[] = [];
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

export const ASSOCIATION_COLUMNS: readonly ColumnOf<AssociationRow>[] = [
  { name: 'id', type: 'BIGINT', of: (row) => row.id },
  { name: 'identity', type: 'VARCHAR', of: (row) => row.identity },
  { name: 'agreed', type: 'VARCHAR', of: (row) => row.agreed },
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

export function tableMessage<Row>(
  columns: readonly ColumnOf<Row>[], rows: readonly Row[],
): TableMessage {
  if (rows.length === 0) return NO_ROWS;
  return { rows: rows.length, columns: columns.map((column) => rows.map(column.of)) };
}

/** Equal texts and equal lists are one object each: 100,000 devices share few link strings. */
export function devicesOf(table: LoadedTable): DeviceRow[] {
  const number = numbersOf(table);
  const text = textsOf(table);
  const list = listsOf(table);
  const [registrationId, batteryPercent, signalDbm] =
    [text('registration_id'), number('battery_percent'), number('signal_dbm')];
  const [id, firstSeenAt, lastSeenAt, firmwareState] =
    [number('id'), number('first_seen_at'), number('last_seen_at'), number('firmware_state')];
  const [endpoint, displayName, ended, source, firmwareVersion, manufacturer, model, declared] = [
    text('endpoint'), text('display_name'), text('ended'), text('source'),
    text('firmware_version'), text('manufacturer'), text('model'), text('declared'),
  ];
  const [tags, observeAlso, observeNever] =
    [list('tags'), list('observe_also'), list('observe_never')];
  const registration = registrationsOf(table);
  return Array.from({ length: table.rows }, (_, index) => ({
    id: id(index),
    endpoint: endpoint(index) ?? '',
    displayName: displayName(index) ?? '',
    tags: tags(index),
    registration: registrationId(index) === undefined ? undefined : registration(index),
    ended: ended(index) as DeviceRow['ended'],
    firstSeenAt: firstSeenAt(index),
    lastSeenAt: lastSeenAt(index),
    source: source(index) ?? '',
    observeAlso: observeAlso(index),
    observeNever: observeNever(index),
    declared: declared(index) ?? '',
    batteryPercent: numberOrAbsent(batteryPercent(index)),
    signalDbm: numberOrAbsent(signalDbm(index)),
    firmwareVersion: firmwareVersion(index),
    manufacturer: manufacturer(index),
    model: model(index),
    firmwareState: firmwareState(index) as DeviceRow['firmwareState'],
  }));
}

export function operationsOf(table: LoadedTable): OperationRow[] {
  const number = numbersOf(table);
  const text = textsOf(table);
  const [id, device, attempts, createdAt, changedAt, expiresAt] = [
    number('id'), number('device'), number('attempts'), number('created_at'),
    number('changed_at'), number('expires_at'),
  ];
  const [kind, path, parameters, status, outcome, answer, requestedBy] = [
    text('kind'), text('path'), text('parameters'), text('status'), text('outcome'),
    text('answer'), text('requested_by'),
  ];
  return Array.from({ length: table.rows }, (_, index) => ({
    id: id(index),
    device: device(index),
    kind: kind(index) as WishKind,
    path: path(index) ?? '',
    parameters: parameters(index) ?? '',
    status: status(index) as OperationStatus,
    attempts: attempts(index),
    outcome: outcome(index) ?? '',
    answer: answer(index) ?? '',
    requestedBy: requestedBy(index) ?? '',
    createdAt: createdAt(index),
    changedAt: changedAt(index),
    expiresAt: numberOrAbsent(expiresAt(index)),
  }));
}

export function alertsOf(table: LoadedTable): AlertRow[] {
  const number = numbersOf(table);
  const text = textsOf(table);
  const [id, device, raisedAt, clearedAt, acknowledgedAt, mutedUntil] = [
    number('id'), number('device'), number('raised_at'), number('cleared_at'),
    number('acknowledged_at'), number('muted_until'),
  ];
  const [rule, severity, path, detail, acknowledgedBy] =
    [text('rule'), text('severity'), text('path'), text('detail'), text('acknowledged_by')];
  return Array.from({ length: table.rows }, (_, index) => ({
    id: id(index),
    device: device(index),
    rule: rule(index) ?? '',
    severity: severity(index) as Severity,
    path: path(index) ?? '',
    detail: detail(index) ?? '',
    raisedAt: raisedAt(index),
    clearedAt: numberOrAbsent(clearedAt(index)),
    acknowledgedBy: acknowledgedBy(index) ?? '',
    acknowledgedAt: numberOrAbsent(acknowledgedAt(index)),
    mutedUntil: numberOrAbsent(mutedUntil(index)),
  }));
}

export function credentialsOf(table: LoadedTable): CredentialRow[] {
  const number = numbersOf(table);
  const text = textsOf(table);
  const [identity, kind, endpoint, secret] =
    [text('identity'), text('kind'), text('endpoint'), text('secret')];
  const [createdAt, lastUsedAt] = [number('created_at'), number('last_used_at')];
  return Array.from({ length: table.rows }, (_, index) => ({
    identity: identity(index) ?? '',
    kind: kind(index) as CredentialRow['kind'],
    endpoint: endpoint(index) ?? '',
    secret: secret(index) ?? '',
    createdAt: createdAt(index),
    lastUsedAt: numberOrAbsent(lastUsedAt(index)),
  }));
}

/** Of both tables, joined. */
export function associationsOf(table: LoadedTable): (AssociationRow & AssociationStateRow)[] {
  const number = numbersOf(table);
  const text = textsOf(table);
  const [id, listener, port, reservedSequence, newest, seenLow, seenHigh] = [
    number('id'), number('listener'), number('port'), number('reserved_sequence'),
    number('newest'), number('seen_low'), number('seen_high'),
  ];
  const [identity, agreed, host] = [text('identity'), text('agreed'), text('host')];
  return Array.from({ length: table.rows }, (_, index) => ({
    id: id(index),
    identity: identity(index) ?? '',
    agreed: agreed(index) ?? '',
    listener: listener(index),
    address: { host: host(index) ?? '', port: port(index) },
    reservedSequence: reservedSequence(index),
    newest: newest(index),
    seenLow: seenLow(index),
    seenHigh: seenHigh(index),
  }));
}

function registrationsOf(table: LoadedTable): (index: number) => RegistrationRow {
  const number = numbersOf(table);
  const text = textsOf(table);
  const list = listsOf(table);
  const [id, lwm2mVersion, binding, smsNumber, links, host, tokenBase, security, identity] = [
    text('registration_id'), text('lwm2m_version'), text('binding'), text('sms_number'),
    text('links'), text('host'), text('token_base'), text('security'), text('identity'),
  ];
  const [lifetime, queueMode, registeredAt, updatedAt, expiresAt, listener, port, association] = [
    number('lifetime_seconds'), number('queue_mode'), number('registered_at'),
    number('updated_at'), number('expires_at'), number('listener'), number('port'),
    number('association'),
  ];
  const [unknownParameters, observed] = [list('unknown_parameters'), list('observed')];
  return (index) => ({
    id: id(index) ?? '',
    lwm2mVersion: lwm2mVersion(index) ?? '',
    lifetime: lifetime(index),
    binding: binding(index) ?? '',
    queueMode: queueMode(index) === 1,
    smsNumber: smsNumber(index),
    links: links(index) ?? '',
    unknownParameters: unknownParameters(index),
    registeredAt: registeredAt(index),
    updatedAt: updatedAt(index),
    expiresAt: expiresAt(index),
    listener: listener(index),
    host: host(index) ?? '',
    port: port(index),
    security: (security(index) ?? 'none') as Security,
    identity: identity(index) ?? '',
    association: numberOrAbsent(association(index)),
    tokenBase: tokenBase(index) ?? '',
    observed: observed(index),
  });
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

function numberOrAbsent(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

export function numbersOf(table: LoadedTable): (name: string) => (index: number) => number {
  return (name) => {
    const column = columnOf(table, name);
    return (index) => column[index] as number;
  };
}

export function textsOf(
  table: LoadedTable,
): (name: string) => (index: number) => string | undefined {
  return (name) => {
    const column = columnOf(table, name);
    if (!(column instanceof Float64Array)) return (index) => column[index] ?? undefined;
    return (index) => table.sharedTexts[column[index] as number];
  };
}

function listsOf(table: LoadedTable): (name: string) => (index: number) => readonly string[] {
  const lists = new Map<string, readonly string[]>([['[]', NO_ITEMS]]);
  const text = textsOf(table);
  return (name) => {
    const textAt = text(name);
    return (index) => {
      const source = textAt(index) ?? '[]';
      const known = lists.get(source);
      if (known !== undefined) return known;
      const list = JSON.parse(source) as readonly string[];
      lists.set(source, list);
      return list;
    };
  };
}

function columnOf(
  table: LoadedTable, name: string,
): Float64Array | readonly (string | null)[] {
  const column = table.columns[name];
  if (column === undefined) throw new Error(`broken invariant: no column ${name}`);
  return column;
}
