// Telemetry of several devices and paths at once. Downloads of the same are in rest/download.ts.

import {
  ASK_LIMITS, bucketOfRow, bucketsStatement, valueOfRow, valuesStatement,
} from '../../store/telemetry.ts';
import { answered, refuse } from '../errors.ts';
import { TELEMETRY_ROWS_MAX, telemetryBuckets, telemetryValues } from '../inputs.ts';
import { router, viewer } from '../procedure.ts';
import { spanOf } from '../telemetry.ts';
import type { TelemetryBuckets, TelemetryValues } from '../views.ts';

export const telemetryRouter = router({
  /** In the order in which they were stored: who goes on with `next` misses none. */
  values: viewer.input(telemetryValues).query(async ({ ctx, input }): Promise<TelemetryValues> => {
    const { after, limit } = input;
    const statement = valuesStatement(spanOf(ctx, input), after, limit);
    const rows = answered(await ctx.db.ask(statement, ASK_LIMITS)).map(valueOfRow);
    return { rows, next: rows.length < limit ? null : rows.at(-1)?.sequence ?? null };
  }),
  buckets: viewer.input(telemetryBuckets)
    .query(async ({ ctx, input }): Promise<TelemetryBuckets> => {
      const { bucket, aggregate } = input;
      const most = TELEMETRY_ROWS_MAX + 1;
      const statement = bucketsStatement(spanOf(ctx, input), bucket, aggregate, most);
      const rows = answered(await ctx.db.ask(statement, ASK_LIMITS)).map(bucketOfRow);
      if (rows.length < most) return { rows };
      return refuse('UNPROCESSABLE_CONTENT',
        `This has more than ${TELEMETRY_ROWS_MAX} rows; take wider buckets or less time.`);
    }),
});
