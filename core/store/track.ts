// Where a device was: latitude and longitude, which are stored as two resources, as places in the
// order of time. Only committed rows are seen.

import type { Milliseconds } from '../ports.ts';
import type { Database, Row } from './database.ts';

export interface Place {
  /** Device time of what was said last of it. */
  readonly time: Milliseconds;
  /** In degrees. */
  readonly latitude: number;
  readonly longitude: number;
}

export interface TrackQuery {
  readonly device: number;
  readonly object: number;
  readonly instance: number;
  /** Resources. */
  readonly latitude: number;
  readonly longitude: number;
  /** From here on, by device time. */
  readonly from: Milliseconds;
  /** Up to but without this time. */
  readonly to: Milliseconds;
}

/** A longer track is thinned: of each part of the span its last place stays. */
export const TRACK_PLACES_MAX = 1_000;
/** What is said within it belongs together, though it came in two notifications. */
const TOGETHER_WITHIN: Milliseconds = 1_000;

/** The oldest first. Some devices say degrees as text. */
export async function track(db: Database, query: TrackQuery): Promise<Place[]> {
  const { device, object, instance, latitude, longitude, from, to } = query;
  const step = Math.max(TOGETHER_WITHIN, (to - from) / TRACK_PLACES_MAX);
  const rows = await db.history(`
    WITH said AS (
      SELECT epoch_ms(device_time) AS time, sequence, resource,
        coalesce(num, "int"::DOUBLE, try_cast(txt AS DOUBLE)) AS number
      FROM telemetry
      WHERE device = $1 AND object = $2 AND instance = $3 AND resource IN ($4, $5)
        AND resource_instance = -1
        AND device_time >= epoch_ms($6::BIGINT)::TIMESTAMP_MS
        AND device_time < epoch_ms($7::BIGINT)::TIMESTAMP_MS)
    SELECT max(time) AS time,
      arg_max(number, sequence) FILTER (WHERE resource = $4) AS latitude,
      arg_max(number, sequence) FILTER (WHERE resource = $5) AS longitude
    FROM said
    WHERE isfinite(number) AND abs(number) <= CASE resource WHEN $4 THEN 90 ELSE 180 END
    GROUP BY floor((time - $6::BIGINT) / $8::DOUBLE) ORDER BY time`,
  [device, object, instance, latitude, longitude, Math.floor(from), Math.floor(to), step],
  { from, to, after: 0 });
  return placesOf(rows);
}

/** A device that moved along a parallel may say only the longitude: the other one still holds. */
function placesOf(rows: readonly Row[]): Place[] {
  const places: Place[] = [];
  let latitude: number | undefined;
  let longitude: number | undefined;
  for (const row of rows) {
    if (row['latitude'] !== null) latitude = Number(row['latitude']);
    if (row['longitude'] !== null) longitude = Number(row['longitude']);
    if (latitude === undefined || longitude === undefined) continue;
    places.push({ time: Number(row['time']), latitude, longitude });
  }
  return places;
}
