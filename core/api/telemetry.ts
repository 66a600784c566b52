// From what people ask of telemetry to what the database is asked.

import type { z } from 'zod';
import { parsePath } from '../lwm2m/path.ts';
import { assert } from '../result.ts';
import type { TelemetrySpan } from '../store/telemetry.ts';
import { findDevice } from './asking.ts';
import type { Context } from './context.ts';
import type { telemetrySpan } from './inputs.ts';

/** Devices by their numbers; a name that no device has ends the procedure. */
export function spanOf(ctx: Context, asked: z.output<typeof telemetrySpan>): TelemetrySpan {
  return {
    devices: asked.device?.map((endpoint) => findDevice(ctx, endpoint).row.id),
    paths: asked.path.map((text) => {
      const parsed = parsePath(text);
      assert(parsed.ok, 'a path was checked at the door');
      return parsed.value;
    }),
    from: asked.from,
    to: asked.to,
  };
}
