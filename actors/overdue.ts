// Observations that a device has forgotten: with a pmax (LwM2M Core 1.1.1 s5.1.2) it reports at
// least so often, so that silence beyond it means that nothing is observed there any more.

import { mergeAttributes, type Attributes } from '../core/lwm2m/attributes.ts';
import type { Milliseconds, Task } from '../core/ports.ts';
import { NO_SEQUENCES } from '../core/store/changes.ts';
import { startSteps, type Device, type Observation } from './device.ts';
import type { Host } from './host.ts';
import { Event } from './session.machine.ts';
import { formatTarget } from '../core/lwm2m/target.ts';
import { wantsOf } from './wants.ts';

/** RFC 7252 s4.8.2, MAX_TRANSMIT_WAIT: so long the last notification may have been under way. */
const REPORT_GRACE: Milliseconds = 93_000;

/** Observes anew what is not reported within the pmax it was given, counted `from` a report. */
export function awaitReports(
  host: Host, device: Device, observation: Observation, from = observation.at,
): void {
  const pmax = pmaxOf(device, observation);
  if (pmax === undefined) return;
  const { registration } = device;
  const span = pmax * 1000 + REPORT_GRACE;
  const watch: Task = { onDue: (now) => {
    host.reportsDue.delete(observation);
    // A new registration has observations of its own.
    if (device.registration !== registration || observation.state !== 'established') return;
    const due = Math.max(observation.at, from) + span;
    if (due > now) host.reportsDue.set(observation, host.clock.schedule(due, watch));
    else observeAnew(host, device, observation, span);
  } };
  const earlier = host.reportsDue.get(observation);
  if (earlier !== undefined) host.clock.cancel(earlier);
  host.reportsDue.set(observation, host.clock.schedule(from + span, watch));
}

/** The observations end, and with them what was to be reported. */
export function expectNoReports(host: Host, device: Device): void {
  if (host.reportsDue.size === 0) return;
  for (const observation of device.observations) {
    const timer = host.reportsDue.get(observation);
    if (timer === undefined) continue;
    host.clock.cancel(timer);
    host.reportsDue.delete(observation);
  }
}

/** The shortest of its paths in seconds; undefined when nothing says how often it is reported. */
function pmaxOf(device: Device, { target }: Observation): number | undefined {
  const { registration, wanted, unmet } = device;
  if (registration === undefined) return undefined;
  const { attributes } = wantsOf(registration.objects, wanted);
  if (attributes.size === 0) return undefined;
  const refused = new Set(unmet.map(({ path }) => path));
  const attached = new Map([...attributes].filter(([path]) => !refused.has(path))) as
    ReadonlyMap<string, Attributes>;
  const all = target.map((path) => mergeAttributes(path, attached).pmax ?? 0);
  // A pmax of 0 is none (s5.1.2).
  const set = all.filter((pmax) => pmax > 0);
  return set.length === 0 ? undefined : Math.min(...set);
}

function observeAnew(
  host: Host, device: Device, observation: Observation, span: Milliseconds,
): void {
  observation.state = 'wanted';
  // What it forgot with the observation, or refuses: its attributes are written again.
  startSteps(device);
  // It may have refused the pmax that it is measured by: what it says now decides.
  if (device.knowsUnmet) tellOverdue(host, device, observation, span);
  host.step(device, Event.WANTS_CHANGED, { persist: true });
}

function tellOverdue(
  host: Host, device: Device, observation: Observation, span: Milliseconds,
): void {
  const detail = `${formatTarget(observation.target)}: not reported for ${span / 1000} s`;
  const row = {
    device: device.id, type: 'overdue', at: host.clock.now(), detail, sequences: NO_SEQUENCES,
  };
  host.alsoCommit({ table: 'event', row });
  host.alerts.onOverdue(device, formatTarget(observation.target), detail);
}
