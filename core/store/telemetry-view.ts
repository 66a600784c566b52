// All telemetry as one view for the connection of a long question: the table and the Parquet files,
// as they were when its transaction began, in which each value is in one of them.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { ArchiveFiles, Choice } from './archive-files.ts';
import type { Span } from './messages.ts';
import { NAME } from './opening.ts';
import { sourcesOf } from './past.ts';

/** Makes the view; of files those of the span. A temporary one comes before all others. */
export async function viewTelemetry(
  connection: DuckDBConnection, files: ArchiveFiles, span: Span, isUsed: Choice,
): Promise<void> {
  const { telemetry } = await sourcesOf(connection, files, span, isUsed);
  await connection.run(`CREATE TEMP VIEW telemetry AS ${SELECT}
    FROM (${telemetry()}) r JOIN ${NAME}.main.device d ON d.id = r.device`);
}

/** `number` has what can be counted, `text` what is exact. */
const SELECT = `SELECT
  r.sequence, d.endpoint AS device, r.device AS device_id,
  concat('/', r.object, '/', r.instance, '/', r.resource,
    CASE WHEN r.resource_instance >= 0 THEN '/' || r.resource_instance ELSE '' END) AS path,
  r.object, r.instance, r.resource, r.resource_instance, r.device_time, r.receive_time, r.type,
  CASE r.type WHEN 'objlnk' THEN NULL
    WHEN 'unsigned' THEN CASE WHEN r."int" < 0 THEN r."int"::DOUBLE + 18446744073709551616.0
      ELSE r."int"::DOUBLE END
    ELSE coalesce(r.num, r."int"::DOUBLE) END AS number,
  CASE r.type WHEN 'integer' THEN r."int"::VARCHAR
    WHEN 'unsigned' THEN CASE WHEN r."int" < 0
      THEN (r."int"::HUGEINT + 18446744073709551616)::VARCHAR ELSE r."int"::VARCHAR END
    WHEN 'objlnk' THEN concat(r."int" // 65536, ':', r."int" % 65536)
    WHEN 'opaque' THEN lower(hex(r.bin)) ELSE r.txt END AS text`;
