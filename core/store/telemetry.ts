// Telemetry as people ask for it: values as they were stored, or buckets of time with what sums
// them up; as rows of JSON or as the rows of a file. Only committed rows are seen.

import { pathIds, type Path } from '../lwm2m/path.ts';
import type { ValueType } from '../lwm2m/value.ts';
import type { Milliseconds, Seconds } from '../ports.ts';
import type { History, Row, Span, SqlValue, Statement } from './messages.ts';

export interface TelemetrySpan {
  /** undefined: all. */
  readonly devices: readonly number[] | undefined;
  /** Each with all that is below it; none: all. */
  readonly paths: readonly Path[];
  /** From here on, by device time. */
  readonly from: Milliseconds;
  /** Up to but without this time. */
  readonly to: Milliseconds;
}

export const AGGREGATES = ['min', 'max', 'mean', 'last', 'count', 'sum'] as const;
export type Aggregate = typeof AGGREGATES[number];

const AGGREGATE_SQL: Readonly<Record<Aggregate, string>> = {
  min: 'min(number)', max: 'max(number)', mean: 'avg(number)', count: 'count(*)',
  sum: 'sum(number)', last: 'last(number ORDER BY device_time, sequence)',
};

export interface TelemetryValue {
  readonly sequence: number;
  readonly device: string;
  readonly path: string;
  readonly time: Milliseconds;
  readonly receivedAt: Milliseconds;
  readonly type: ValueType;
  /** 64-bit integers as text, opaque as hex, time in milliseconds; null is no number. */
  readonly value: string | number | boolean | null;
}

export type TelemetryBucket = Readonly<Partial<Record<Aggregate, number | null>>> & {
  /** Where it begins; buckets are whole multiples since 1970. */
  readonly time: Milliseconds;
  readonly device: string;
  readonly path: string;
};

/** In the order in which they were stored, those after a sequence number. */
export function valuesStatement(
  span: TelemetrySpan, after: number, limit: number,
): History {
  const { sql, values } = where(span);
  return {
    span: { from: span.from, to: span.to, after: Math.trunc(after) },
    sql: `SELECT sequence, device, path, epoch_ms(device_time) AS time,
        epoch_ms(receive_time) AS received, type, number, text
      FROM telemetry WHERE sequence > ${Math.trunc(after)} AND ${sql}
      ORDER BY sequence LIMIT ${Math.trunc(limit)}`,
    values,
  };
}

/** The same for a file. */
export function valuesFileStatement(span: TelemetrySpan, limit: number): History {
  const { sql, values } = where(span);
  return {
    span: { from: span.from, to: span.to, after: 0 },
    sql: `SELECT sequence, device, path, device_time::TIMESTAMP AS device_time,
        receive_time::TIMESTAMP AS receive_time, type, number, text
      FROM telemetry WHERE ${sql} ORDER BY sequence LIMIT ${Math.trunc(limit)}`,
    values,
  };
}

/**
 * The newest values of one resource of all devices, the oldest of them first. Its name is that of
 * the resource, or of the object whose sensor value it is, in small letters and with `_` for all
 * else; of several the one of the lowest object. One row of nothing when there are no values yet,
 * none when nothing has the name.
 */
export function newestOfNameStatement(name: string, limit: number): History {
  const plain = (column: string): string =>
    `lower(regexp_replace(${column}, '[^A-Za-z0-9]+', '_', 'g'))`;
  return newestStatement(`SELECT object, resource FROM resource_type
    WHERE ${plain('name')} = $1
      OR (resource = ${SENSOR_VALUE} AND ${plain('object_name')} = $1)
    ORDER BY ${plain('name')} = $1, object, resource LIMIT 1`, [name], limit);
}

/** The same by its numbers; one row of nothing when there are no values yet. */
export function newestOfResourceStatement(
  of: readonly [object: number, resource: number], limit: number,
): History {
  return newestStatement('SELECT $1::INTEGER AS object, $2::INTEGER AS resource', of, limit);
}

function newestStatement(which: string, values: History['values'], limit: number): History {
  return {
    sql: `WITH named AS (${which})
      SELECT * FROM (
        SELECT sequence, device, path, epoch_ms(device_time) AS time,
          epoch_ms(receive_time) AS received, type, number, text
        FROM named LEFT JOIN telemetry USING (object, resource)
        ORDER BY sequence DESC LIMIT ${Math.trunc(limit)}) ORDER BY sequence`,
    values,
    span: EVERYTHING,
  };
}

/** An answer as JSON is made whole in memory; more comes as a file. */
export const ASK_LIMITS = { bytesMax: 16 * 1024 * 1024, milliseconds: 10_000 };

/** What a question may be of that names no span. */
export const EVERYTHING: Span = { from: -Infinity, to: Infinity, after: 0 };

/** Of IPSO objects. */
const SENSOR_VALUE = 5700;

export function bucketsFileStatement(
  span: TelemetrySpan, bucket: Seconds, aggregates: readonly Aggregate[], limit: number,
): History {
  const { sql, values } = where(span);
  const width = Math.trunc(bucket * 1_000);
  const sums = [...new Set(aggregates)].map((one) => `${AGGREGATE_SQL[one]} AS "${one}"`);
  return {
    span: { from: span.from, to: span.to, after: 0 },
    sql: `SELECT
        epoch_ms(floor(epoch_ms(device_time) / ${width}.0)::BIGINT * ${width}) AS time,
        device, path, ${sums.join(', ')}
      FROM telemetry WHERE isfinite(number) AND ${sql}
      GROUP BY ALL ORDER BY time, device, path LIMIT ${Math.trunc(limit)}`,
    values,
  };
}

export function bucketsStatement(
  span: TelemetrySpan, bucket: Seconds, aggregates: readonly Aggregate[], limit: number,
): History {
  const { sql, ...question } = bucketsFileStatement(span, bucket, aggregates, limit);
  return { ...question, sql: `SELECT * REPLACE (epoch_ms(time) AS time) FROM (${sql})` };
}

export function valueOfRow(row: Row): TelemetryValue {
  const type = row['type'] as ValueType;
  return {
    sequence: Number(row['sequence']),
    device: String(row['device']),
    path: String(row['path']),
    time: Number(row['time']),
    receivedAt: Number(row['received']),
    type,
    value: plainValue(type, row['number'] as number, String(row['text'])),
  };
}

export function bucketOfRow(row: Row): TelemetryBucket {
  const sums = AGGREGATES.filter((one) => row[one] !== undefined)
    .map((one) => [one, finite(Number(row[one]))]);
  return {
    time: Number(row['time']), device: String(row['device']), path: String(row['path']),
    ...Object.fromEntries(sums) as Partial<Record<Aggregate, number | null>>,
  };
}

function plainValue(type: ValueType, number: number, text: string): TelemetryValue['value'] {
  switch (type) {
    case 'float': return finite(number);
    case 'boolean': return number === 1;
    case 'time': return number * 1_000;
    default: return text;
  }
}

/** JSON has neither NaN nor infinity; the sum of values near the largest double has no end. */
function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null;
}

const LEVELS = ['object', 'instance', 'resource', 'resource_instance'];

function where({ devices, paths, from, to }: TelemetrySpan): Statement {
  const below = paths.map((path) =>
    `(${pathIds(path).map((id, level) => `${LEVELS[level]} = ${Math.trunc(id)}`).join(' AND ')})`);
  const conditions = [
    'device_time >= epoch_ms($1::BIGINT)::TIMESTAMP_MS',
    'device_time < epoch_ms($2::BIGINT)::TIMESTAMP_MS',
    ...(devices === undefined ? [] : [`device_id IN (${devices.map(Math.trunc).join(', ')})`]),
    ...(below.length === 0 ? [] : [`(${below.join(' OR ')})`]),
  ];
  const values: SqlValue[] = [Math.floor(from), Math.floor(to)];
  return { sql: conditions.join(' AND '), values };
}
