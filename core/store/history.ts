// What the database answers about the past: latest values, series for charts, events, operations.
// Only committed rows are seen, in the database or in Parquet files. Live values do not come from
// here.

import type { WishKind } from '../lwm2m/operation.ts';
import type { Value, ValueType } from '../lwm2m/value.ts';
import type { Milliseconds } from '../ports.ts';
import { unreachable } from '../result.ts';
import type { AlertRow, EventRow, OperationRow, OperationStatus } from './changes.ts';
import type { Database, History, Row, SqlValue } from './database.ts';
import type { Span } from './messages.ts';
import { RANK } from './newest.ts';
import { EVERYTHING } from './telemetry.ts';

/** One stored value with its place in the device. */
export interface StoredValue {
  readonly sequence: number;
  readonly object: number;
  readonly instance: number;
  readonly resource: number;
  /** -1 when the resource is single. */
  readonly resourceInstance: number;
  readonly deviceTime: Milliseconds;
  readonly receiveTime: Milliseconds;
  readonly value: Value;
}

/** One resource (or resource instance) of one device. */
export interface SeriesPath {
  readonly device: number;
  readonly object: number;
  readonly instance: number;
  readonly resource: number;
  /** -1 when the resource is single. */
  readonly resourceInstance: number;
}

export interface SeriesQuery extends SeriesPath {
  /** From here on, by device time. */
  readonly from: Milliseconds;
  /** Up to but without this time. */
  readonly to: Milliseconds;
  /** How many time buckets the span is cut into, at most BUCKETS_MAX. */
  readonly buckets: number;
}

/** One bucket that has values. */
export interface SeriesPoint {
  /** Device time of the bucket's first value. */
  readonly time: Milliseconds;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly count: number;
}

export interface Series {
  readonly points: readonly SeriesPoint[];
  /** The value of this path stored last, of any time: live values go on after it. 0 for none. */
  readonly lastSequence: number;
}

/** Rows with ids, the greatest first. */
export interface PageQuery {
  readonly device?: number | undefined;
  /** Only smaller ids. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export const BUCKETS_MAX = 5_000;

/** The value of every resource of a device that holds now, however old (`isNewer`). */
export async function latestValues(
  db: Database, device: number,
): Promise<StoredValue[]> {
  const rows = await db.history(`${SELECT_VALUE} FROM newest WHERE device = $1 AND ${RANK} IN
      (SELECT max(${RANK}) FROM newest WHERE device = $1
        GROUP BY object, instance, resource, resource_instance)
    ORDER BY object, instance, resource, resource_instance`, [device], NO_SPAN);
  return rows.map(storedValueOf);
}

/** Finite numeric values in time buckets, as one snapshot with the sequence to go on from. */
export async function series(db: Database, query: SeriesQuery): Promise<Series> {
  const { from, to } = query;
  const buckets = Math.max(1, Math.min(BUCKETS_MAX, Math.floor(query.buckets)));
  const rows = await db.history(`
    WITH point AS (
      SELECT epoch_ms(device_time) AS time, ${NUMBER} AS number FROM telemetry WHERE ${PATH}
        AND device_time >= epoch_ms($6::BIGINT)::TIMESTAMP_MS
        AND device_time < epoch_ms($7::BIGINT)::TIMESTAMP_MS),
    bucket AS (
      SELECT min(time) AS time, min(number) AS min, avg(number) AS mean, max(number) AS max,
        count(*) AS count
      FROM point WHERE isfinite(number)
      GROUP BY floor((time - $6::BIGINT) / $8::DOUBLE))
    SELECT (SELECT max(sequence) FROM newest WHERE ${PATH}) AS last, bucket.*
    FROM (SELECT 1) LEFT JOIN bucket ON true ORDER BY time`,
  [...placeOf(query), Math.floor(from), Math.floor(to), (to - from) / buckets],
  { from, to, after: 0 });
  return {
    points: rows.filter((row) => row['time'] !== null).map(pointOf),
    lastSequence: Number(rows[0]?.['last'] ?? 0),
  };
}

/** The oldest values stored after a sequence number, for a chart that resumes. */
export async function valuesAfter(
  db: Database, path: SeriesPath, sequence: number, limit: number,
): Promise<StoredValue[]> {
  const rows = await db.history(`${SELECT_VALUE} FROM telemetry
    WHERE ${PATH} AND sequence > $6::BIGINT
    ORDER BY sequence LIMIT $7`, [...placeOf(path), sequence, limit],
  { from: -Infinity, to: Infinity, after: sequence });
  return rows.map(storedValueOf);
}

/** The newest events first. */
export async function events(
  db: Database, query: { readonly device?: number; readonly limit: number },
): Promise<Omit<EventRow, 'sequences'>[]> {
  const rows = await db.query(`SELECT device, type, epoch_ms(happened_at) AS happened, detail
    FROM event WHERE $1::INTEGER IS NULL OR device = $1::INTEGER ORDER BY id DESC LIMIT $2`,
  [query.device ?? null, query.limit]);
  return rows.map(eventOf);
}

export interface EventOfDevice extends Omit<EventRow, 'sequences'> {
  readonly id: number;
  readonly endpoint: string;
}

/** The same with ids and names of devices, older than `before`. */
export async function eventPage(db: Database, query: PageQuery): Promise<EventOfDevice[]> {
  const rows = await db.query(`SELECT event.id, device, endpoint, type,
      epoch_ms(happened_at) AS happened, detail
    FROM event JOIN device ON device.id = event.device
    WHERE ($1::INTEGER IS NULL OR device = $1::INTEGER)
      AND ($2::BIGINT IS NULL OR event.id < $2::BIGINT)
    ORDER BY event.id DESC LIMIT $3`, pageValues(query));
  return rows.map((row) => ({ ...eventOf(row),
    id: Number(row['id']), endpoint: String(row['endpoint']) }));
}

/** An alert that was cleared, with the name of its device. */
export interface PastAlert extends Omit<AlertRow, 'device'> {
  readonly endpoint: string;
}

/** When the newest events of these types happened to any device, the oldest of them first. */
export function newestEventsStatement(types: readonly string[], limit: number): History {
  return {
    sql: `SELECT epoch_ms(happened_at) AS at FROM (
        SELECT id, happened_at FROM event WHERE type IN (${types.map((_, at) => `$${at + 1}`)})
        ORDER BY id DESC LIMIT ${Math.trunc(limit)}) ORDER BY id`,
    values: types,
    span: EVERYTHING,
  };
}

/** The alerts that were cleared last, the newest first. */
export async function pastAlerts(db: Database, limit: number): Promise<PastAlert[]> {
  const rows = await db.query(`SELECT alert.*, endpoint, epoch_ms(raised_at) AS raised,
      epoch_ms(cleared_at) AS cleared, epoch_ms(acknowledged_at) AS acknowledged,
      epoch_ms(muted_until) AS muted
    FROM alert JOIN device ON device.id = alert.device
    -- What came and went while it was muted was to be raised later, and never was.
    WHERE cleared_at >= raised_at ORDER BY cleared_at DESC, alert.id DESC LIMIT $1`, [limit]);
  return rows.map((row) => ({
    id: Number(row['id']),
    endpoint: String(row['endpoint']),
    rule: String(row['rule']),
    severity: row['severity'] as AlertRow['severity'],
    path: String(row['path']),
    detail: String(row['detail']),
    raisedAt: Number(row['raised']),
    clearedAt: Number(row['cleared']),
    acknowledgedBy: String(row['acknowledged_by']),
    acknowledgedAt: row['acknowledged'] === null ? undefined : Number(row['acknowledged']),
    mutedUntil: row['muted'] === null ? undefined : Number(row['muted']),
  }));
}

export async function hasAlert(db: Database, id: number): Promise<boolean> {
  return (await db.query('SELECT id FROM alert WHERE id = $1', [id])).length > 0;
}

/** Longer parameters, as of a large write, are left out of lists. */
const LISTED_PARAMETERS_MAX = 2_000;

/** The newest operations first, ended ones too. */
export async function operations(
  db: Database, query: PageQuery,
): Promise<OperationRow[]> {
  const rows = await db.query(`SELECT id, device, kind, path, status,
      CASE WHEN length(parameters) <= ${LISTED_PARAMETERS_MAX} THEN parameters END AS parameters,
      attempts,
      outcome, answer, requested_by, epoch_ms(created_at) AS created,
      epoch_ms(changed_at) AS changed, epoch_ms(expires_at) AS expires
    FROM device_operation WHERE ($1::INTEGER IS NULL OR device = $1::INTEGER)
      AND ($2::BIGINT IS NULL OR id < $2::BIGINT)
    ORDER BY id DESC LIMIT $3`, pageValues(query));
  return rows.map((row) => ({
    id: Number(row['id']),
    device: Number(row['device']),
    kind: row['kind'] as WishKind,
    path: String(row['path']),
    parameters: String(row['parameters'] ?? ''),
    status: row['status'] as OperationStatus,
    attempts: Number(row['attempts']),
    outcome: String(row['outcome']),
    answer: String(row['answer'] ?? ''),
    requestedBy: String(row['requested_by']),
    createdAt: Number(row['created']),
    changedAt: Number(row['changed']),
    expiresAt: row['expires'] === null ? undefined : Number(row['expires']),
  }));
}

/** The newest values are asked for, not those of a span. */
const NO_SPAN: Span = { from: Infinity, to: -Infinity, after: 0 };

const PATH = `device = $1 AND object = $2 AND instance = $3 AND resource = $4
  AND resource_instance = $5`;

// An unsigned value of 2^63 and more is stored as the negative number with the same bits.
const NUMBER = `CASE WHEN type = 'unsigned' AND "int" < 0
  THEN "int"::DOUBLE + 18446744073709551616.0 ELSE coalesce(num, "int"::DOUBLE) END`;

const SELECT_VALUE = `SELECT sequence, object, instance, resource, resource_instance,
  epoch_ms(device_time) AS device_at, epoch_ms(receive_time) AS receive_at,
  type, num, "int", txt, bin`;

function pageValues({ device, before, limit }: PageQuery): SqlValue[] {
  return [device ?? null, before ?? null, limit];
}

function eventOf(row: Row): Omit<EventRow, 'sequences'> {
  return {
    device: Number(row['device']),
    type: String(row['type']),
    at: Number(row['happened']),
    detail: String(row['detail']),
  };
}

function placeOf(path: SeriesPath): SqlValue[] {
  return [path.device, path.object, path.instance, path.resource, path.resourceInstance];
}

function pointOf(row: Row): SeriesPoint {
  const [min, mean, max] = [Number(row['min']), Number(row['mean']), Number(row['max'])];
  return {
    time: Number(row['time']),
    min,
    // The sum of values near the largest double overflows, their middle does not.
    mean: Number.isFinite(mean) ? mean : min / 2 + max / 2,
    max,
    count: Number(row['count']),
  };
}

function storedValueOf(row: Row): StoredValue {
  return {
    sequence: Number(row['sequence']),
    object: Number(row['object']),
    instance: Number(row['instance']),
    resource: Number(row['resource']),
    resourceInstance: Number(row['resource_instance']),
    deviceTime: Number(row['device_at']),
    receiveTime: Number(row['receive_at']),
    value: valueOf(row),
  };
}

function valueOf(row: Row): Value {
  const type = row['type'] as ValueType;
  switch (type) {
    case 'float': return { type, value: Number(row['num']) };
    case 'integer': return { type, value: row['int'] as bigint };
    case 'unsigned': return { type, value: BigInt.asUintN(64, row['int'] as bigint) };
    case 'boolean': return { type, value: row['int'] === 1n };
    case 'time': return { type, value: Number(row['int']) };
    case 'objlnk': {
      const both = Number(row['int']);
      return { type, object: Math.floor(both / 65_536), instance: both % 65_536 };
    }
    case 'string':
    case 'corelnk': return { type, value: String(row['txt']) };
    case 'opaque': return { type, value: row['bin'] as Uint8Array };
    default: return unreachable(type);
  }
}
