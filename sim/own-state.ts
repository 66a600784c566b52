// What a device has for itself, over the resources that its fleet shares: values that were written,
// and objects with a state. Made when there is something to keep: an idle device has none of it.

import { formatPath, type Path } from '../core/lwm2m/path.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import type { Milliseconds, Seconds } from '../core/ports.ts';
import type { EventLog } from './objects/event-log.ts';
import type { Firmware } from './objects/firmware.ts';
import type { Pacing } from './pacing.ts';
import type { Sending } from './sending.ts';
import type { Resources, ValueAt } from './resources.ts';

export class OwnState {
  /** What servers wrote, by path, in place of what the fleet has there. */
  readonly written = new Map<string, ValueAt>();
  /** What its objects with a state say of themselves, likewise. */
  readonly values = new Map<string, ValueAt>();
  /** Its object tree once a server created or deleted instances; undefined: its fleet's. */
  resources: Resources | undefined = undefined;
  /** As a server wrote it. */
  lifetime: Seconds | undefined = undefined;
  /** What the server was last told of it. */
  toldLifetime: Seconds | undefined = undefined;
  /** Attributes that servers attached, while it is on. */
  pacing: Pacing | undefined = undefined;
  /** The tree that the server was last told of. */
  toldResources: Resources | undefined = undefined;
  sending: Sending | undefined = undefined;
  firmware: Firmware | undefined = undefined;
  eventLog: EventLog | undefined = undefined;

  /** The entries with the device's own values among them. */
  over(entries: readonly Entry[], now: Milliseconds, variant = 0): Entry[] {
    return entries.map((entry) => {
      const key = formatPath(entry.path);
      const at = this.written.get(key) ?? this.values.get(key);
      return at === undefined ? entry : { path: entry.path, value: at(now, variant) };
    });
  }

  /** What was attached is gone, as with Zephyr's client; what was written stays. */
  onPowerOff(): void {
    this.pacing = undefined;
    this.sending?.stop();
    this.firmware?.onPowerOff();
  }

  /** What was written and attached at or below a path. */
  forgetWithin(path: Path): void {
    const own = `${formatPath(path)}/`;
    for (const map of [this.written, this.pacing?.attached]) {
      for (const key of map?.keys() ?? []) if (`${key}/`.startsWith(own)) map?.delete(key);
    }
  }

  /** As it left the factory, but for the firmware that runs and the log of what happened. */
  forgetWritten(): void {
    this.written.clear();
    this.resources = undefined;
    this.lifetime = undefined;
  }
}
