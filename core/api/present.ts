// Rows of the server and the store as the API's plain JSON (views.ts). What only the protocol
// needs - token bases, device numbers - stays behind.

import { toHex } from '../bytes.ts';
import { formatAttributes } from '../lwm2m/attributes.ts';
import { parseLinks } from '../lwm2m/link-format.ts';
import { wishOf, wishPath, type Wish } from '../lwm2m/operation.ts';
import { parsePath } from '../lwm2m/path.ts';
import type { Value } from '../lwm2m/value.ts';
import { assert } from '../result.ts';
import type { OperationRow, RegistrationRow } from '../store/changes.ts';
import type { SeriesPath, StoredValue } from '../store/history.ts';
import type { DeviceDetail } from './management.ts';
import type {
  DeviceView, EventView, LinkView, OperationView, RegistrationView, ResourceValue, ValueView,
} from './views.ts';

/** Of what is shown of a wish. */
const DETAIL_LENGTH_MAX = 120;
const DETAIL_ITEMS_MAX = 20;

/** A device's page asks at each change of the device; the parameters may be 1 MB and stay. */
const details = new WeakMap<OperationRow, string>();

/** How many operations are read from the database for a device's page. */
export const STORED_OPERATIONS_MAX = 50;

export function valueView(value: Value): ValueView {
  switch (value.type) {
    case 'integer':
    case 'unsigned': return { type: value.type, value: value.value.toString() };
    // JSON has neither NaN nor infinity.
    case 'float':
      return { type: 'float', value: Number.isFinite(value.value) ? value.value : null };
    case 'opaque': return { type: 'opaque', value: toHex(value.value) };
    case 'time': return { type: 'time', value: value.value * 1_000 };
    case 'objlnk': return { type: 'objlnk', value: `${value.object}:${value.instance}` };
    default: return { type: value.type, value: value.value };
  }
}

/** The number a chart draws; undefined for what is no number. */
export function chartNumber(value: Value): number | undefined {
  switch (value.type) {
    case 'integer':
    case 'unsigned': return Number(value.value);
    case 'float': return Number.isFinite(value.value) ? value.value : undefined;
    default: return undefined;
  }
}

/** From a stored value or a live row, which name their parts alike. */
export function resourceValue(stored: StoredValue): ResourceValue {
  return {
    resourceInstance: stored.resourceInstance === -1 ? null : stored.resourceInstance,
    value: valueView(stored.value),
    deviceTime: stored.deviceTime,
    receiveTime: stored.receiveTime,
    sequence: stored.sequence,
  };
}

/**
 * The device's operations, newest first: each as the server reports it, as the stored rows may be
 * older; those that only the database still knows follow.
 */
export function mergeOperations(
  { row, operations }: DeviceDetail, stored: readonly OperationRow[],
): OperationRow[] {
  const reported = new Set(operations.map(({ id }) => id));
  const others = stored.filter(({ id, device }) => device === row.id && !reported.has(id));
  return [...operations, ...others.slice(0, STORED_OPERATIONS_MAX)].sort((a, b) => b.id - a.id);
}

export function deviceView(
  detail: DeviceDetail, operations: readonly OperationRow[],
): DeviceView {
  const { row } = detail;
  return {
    certificate: detail.certificate,
    profile: detail.profile,
    groups: detail.groups,
    state: detail.state,
    session: detail.session,
    awakeUntil: detail.awakeUntil,
    forgetsAt: detail.forgetsAt,
    awakeWindow: detail.awakeWindow,
    observing: detail.observing,
    notObserving: detail.notObserving,
    declared: detail.declared,
    inherited: detail.inherited,
    unmet: detail.unmet,
    operations: operations.map(operationView),
    endpoint: row.endpoint,
    displayName: row.displayName,
    tags: row.tags,
    registration: row.registration === undefined ? null : registrationView(row.registration),
    ended: row.ended ?? null,
    firstSeenAt: row.firstSeenAt,
    lastSeenAt: row.lastSeenAt,
    batteryPercent: row.batteryPercent ?? null,
    signalDbm: row.signalDbm ?? null,
    firmwareVersion: row.firmwareVersion ?? null,
    manufacturer: row.manufacturer ?? null,
    model: row.model ?? null,
    firmwareState: row.firmwareState,
  };
}

export function eventView({ type, at, detail }: EventView): EventView {
  return { type, at, detail };
}

export function operationView(row: OperationRow): OperationView {
  return {
    id: row.id,
    kind: row.kind,
    path: row.path,
    detail: detailOf(row),
    status: row.status,
    attempts: row.attempts,
    outcome: row.outcome,
    answer: row.kind === 'discover' ? '' : row.answer,
    requestedBy: row.requestedBy,
    createdAt: row.createdAt,
    changedAt: row.changedAt,
    expiresAt: row.expiresAt ?? null,
  };
}

/** What an answer to a Discover says; checked when it came. An alternate path is left out. */
export function linkViews({ answer }: OperationRow): LinkView[] {
  const links = parseLinks(answer);
  assert(links.ok, 'links were checked before they were kept');
  return links.value.map(({ target, attributes }) => ({
    path: /(?:\/\d+)+$/.exec(target)?.[0] ?? target, attributes,
  }));
}

/** `14=+02, 15=Europe/Berlin`, `pmin=10, gt`, `0='on'`. */
function detailOf(row: OperationRow): string {
  const known = details.get(row);
  if (known !== undefined) return known;
  const text = words(wishOf(row));
  const detail = text.length <= DETAIL_LENGTH_MAX ? text : `${text.slice(0, DETAIL_LENGTH_MAX)}...`;
  details.set(row, detail);
  return detail;
}

function words(wish: Wish): string {
  switch (wish.kind) {
    case 'read':
      return wish.into === undefined ? '' : 'into a file';
    case 'write':
    case 'create':
    case 'write-composite': {
      if ('file' in wish) return `a file of ${wish.length} bytes`;
      const base = wishPath(wish);
      const from = base === '/' ? 0 : base.length + 1;
      return (wish.values ?? []).slice(0, DETAIL_ITEMS_MAX)
        .map(({ path, value }) => `${path.slice(from)}=${String(value)}`.replace(/^=/, ''))
        .join(', ');
    }
    case 'write-attributes':
      return formatAttributes(wish.attributes ?? {}).join(', ');
    case 'execute':
      return wish.arguments ?? '';
    case 'read-composite':
      return (wish.paths ?? []).slice(0, DETAIL_ITEMS_MAX).join(', ');
    default:
      return '';
  }
}

/** Where the values of a checked resource path are stored. */
export function seriesPath(device: number, path: string): SeriesPath {
  const parsed = parsePath(path);
  assert(parsed.ok, 'a path was checked at the door');
  const { object, instance, resource, resourceInstance } = parsed.value;
  assert(instance !== undefined && resource !== undefined, 'it was checked to be a resource');
  return { device, object, instance, resource, resourceInstance: resourceInstance ?? -1 };
}

function registrationView(row: RegistrationRow): RegistrationView {
  return {
    id: row.id,
    lwm2mVersion: row.lwm2mVersion,
    lifetime: row.lifetime,
    binding: row.binding,
    queueMode: row.queueMode,
    smsNumber: row.smsNumber,
    links: row.links,
    unknownParameters: row.unknownParameters,
    registeredAt: row.registeredAt,
    updatedAt: row.updatedAt,
    expiresAt: row.expiresAt,
    host: row.host,
    port: row.port,
    security: row.security,
    identity: row.identity,
  };
}
