// Where the value of a telemetry row stands in the device's object tree.

import type { Path } from '../lwm2m/path.ts';
import type { TelemetryRow } from './changes.ts';

/** Of a single resource its path, of a multiple one that of the resource instance. */
export function pathOfRow({ object, instance, resource, resourceInstance }: TelemetryRow): Path {
  return resourceInstance === -1 ? { object, instance, resource }
    : { object, instance, resource, resourceInstance };
}
