// The rows of the small tables as they come back from the writer thread at start: what
// table-columns.ts made columns of.

import type { WishKind } from '../lwm2m/operation.ts';
import type { Security } from '../ports.ts';
import type {
  AlertRow, AssociationRow, AssociationStateRow, CertificateRow, CredentialRow, DeviceRow,
  DtlsSessionRow, OperationRow, OperationStatus, RegistrationRow, Severity,
} from './changes.ts';

/** A table as read at start. */
export interface LoadedTable {
  readonly rows: number;
  /** Numbers, or indexes of shared texts; NaN for NULL. */
  readonly numbers: Readonly<Record<string, Float64Array>>;
  /** Of texts that are not shared, lists in JSON that follow each other. */
  readonly texts: Readonly<Record<string, readonly string[]>>;
  readonly sharedTexts: readonly string[];
}

const NO_ITEMS: readonly string[] = [];

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

export function certificatesOf(table: LoadedTable): CertificateRow[] {
  const number = numbersOf(table);
  const text = textsOf(table);
  const [identity, serial] = [text('identity'), text('serial')];
  const [notAfter, shownAt] = [number('not_after'), number('shown_at')];
  return Array.from({ length: table.rows }, (_, index) => ({
    identity: identity(index) ?? '',
    serial: serial(index) ?? '',
    notAfter: notAfter(index),
    shownAt: shownAt(index),
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
  const [identity, agreed, keys, host] =
    [text('identity'), text('agreed'), text('keys'), text('host')];
  return Array.from({ length: table.rows }, (_, index) => ({
    id: id(index),
    identity: identity(index) ?? '',
    agreed: agreed(index) ?? '',
    keys: keys(index) ?? '',
    listener: listener(index),
    address: { host: host(index) ?? '', port: port(index) },
    reservedSequence: reservedSequence(index),
    newest: newest(index),
    seenLow: seenLow(index),
    seenHigh: seenHigh(index),
  }));
}

export function dtlsSessionsOf(table: LoadedTable): DtlsSessionRow[] {
  const text = textsOf(table);
  const until = numbersOf(table)('until');
  const [id, identity, secret] = [text('id'), text('identity'), text('secret')];
  return Array.from({ length: table.rows }, (_, index) => ({
    id: id(index) ?? '',
    identity: identity(index) ?? '',
    until: until(index),
    secret: secret(index) ?? '',
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

function numberOrAbsent(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

function numbersOf(table: LoadedTable): (name: string) => (index: number) => number {
  return (name) => {
    const column = columnOf(table.numbers, name);
    return (index) => column[index] as number;
  };
}

function textsOf(table: LoadedTable): (name: string) => (index: number) => string | undefined {
  const sharedTexts = parseTexts(table.sharedTexts);
  return (name) => {
    if (name in table.numbers) {
      const column = columnOf(table.numbers, name);
      return (index) => sharedTexts[column[index] as number] ?? undefined;
    }
    const column = table.rows === 0 ? [] : parseTexts(columnOf(table.texts, name));
    return (index) => column[index] ?? undefined;
  };
}

function parseTexts(lists: readonly string[]): (string | null)[] {
  return lists.flatMap((list) => JSON.parse(list) as (string | null)[]);
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

function columnOf<Column>(columns: Readonly<Record<string, Column>>, name: string): Column {
  const column = columns[name];
  if (column === undefined) throw new Error(`broken invariant: no column ${name}`);
  return column;
}
