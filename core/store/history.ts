// What the database answers about the past: latest values, series for charts, events, operations.
// Only committed rows are seen. Live values do not come from here.

import type { Value } from '../lwm2m/value.ts';
import type { Milliseconds } from '../ports.ts';
import type { EventRow, OperationRow } from './changes.ts';
import type { Database } from './database.ts';

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
  /** The newest stored value of this path, of any time: live values go on after it. 0 for none. */
  readonly lastSequence: number;
}

export const BUCKETS_MAX = 5_000;

/** The newest value of every resource of a device. */
export async function latestValues(_db: Database, _device: number): Promise<StoredValue[]> {
  throw new Error('not built yet');
}

/** Finite numeric values in time buckets. */
export async function series(_db: Database, _query: SeriesQuery): Promise<Series> {
  throw new Error('not built yet');
}

/** The oldest values stored after a sequence number, for a chart that resumes. */
export async function valuesAfter(
  _db: Database, _path: SeriesPath, _sequence: number, _limit: number,
): Promise<StoredValue[]> {
  throw new Error('not built yet');
}

/** The newest events first. */
export async function events(
  _db: Database, _query: { readonly device?: number; readonly limit: number },
): Promise<EventRow[]> {
  throw new Error('not built yet');
}

/** The newest operations first, ended ones too. */
export async function operations(
  _db: Database, _query: { readonly device?: number; readonly limit: number },
): Promise<OperationRow[]> {
  throw new Error('not built yet');
}
