// What each effect of the session machine does to the device's record. `sendNext` is not here:
// it must wait until the step is durable, so the host runs it.

import { formatPath } from '../core/lwm2m/path.ts';
import { unreachable } from '../core/result.ts';
import type { EventRow } from '../core/store/changes.ts';
import { observe, type Device, type Observation } from './device.ts';
import type { Host } from './host.ts';
import type { Effect } from './session.machine.ts';
import { observedPaths, wantsOf } from './wants.ts';

type DeviceEffect = Exclude<Effect, { type: 'sendNext' }>;

/** A device that never confirms a cancellation must not make its slots grow without end. */
const SLOTS_PER_OBSERVATION_MAX = 4;

export function carryOut(host: Host, device: Device, effect: DeviceEffect): void {
  switch (effect.type) {
    case 'record': return record(host, device, effect.params.event);
    case 'voidWanted': return voidWanted(device);
    case 'startWanted': return startWanted(host, device);
    case 'renewWanted': return renewWanted(device);
    case 'revisitWanted': return revisitWanted(host, device);
    case 'withdraw': return host.withdraw(device);
    default: return unreachable(effect);
  }
}

function record(host: Host, device: Device, event: EventRow['type']): void {
  const at = host.clock.now();
  const { registration } = device;
  const detail = registration === undefined || event === 'updated' ? ''
    : `${registration.peer.address.host}:${registration.peer.address.port}`;
  if (event === 'deregistered' || event === 'expired') {
    device.ended = event;
    host.unbind(device);
  }
  host.alsoCommit({ table: 'event', row: { device: device.id, type: event, at, detail } });
}

function voidWanted(device: Device): void {
  device.observations = [];
  device.readNext = 0;
}

function startWanted(host: Host, device: Device): void {
  device.observations = wantedPaths(host, device).map((path) => observe(path, 'wanted'));
  device.readNext = 0;
}

function renewWanted(device: Device): void {
  for (const observation of device.observations) {
    if (observation.state === 'established') observation.state = 'wanted';
  }
}

/** Brings the slots in line with what is wanted now; a path keeps its slot and so its token. */
function revisitWanted(host: Host, device: Device): void {
  const paths = wantedPaths(host, device);
  const slotsMax = SLOTS_PER_OBSERVATION_MAX * host.config.limits.observationsMax;
  const wanted = new Set(paths.map(formatPath));
  const slots: Observation[] = [...device.observations];
  const present = new Set<string>();
  for (const observation of slots) {
    const text = formatPath(observation.path);
    if (observation.state === 'free') continue;
    if (wanted.has(text)) {
      present.add(text);
      const { state } = observation;
      if (state === 'unwanted' || state === 'unanswered') observation.state = 'wanted';
    } else observation.state = isVoid(device, observation) ? 'free' : 'unwanted';
  }
  for (const path of paths) {
    if (present.has(formatPath(path))) continue;
    const free = slots.findIndex(({ state }) => state === 'free');
    if (free !== -1) slots[free] = observe(path, 'wanted');
    else if (slots.length < slotsMax) slots.push(observe(path, 'wanted'));
  }
  device.observations = slots;
}

/** True when the device cannot know the slot's token, so that another path may have it. */
function isVoid(device: Device, observation: Observation): boolean {
  if (observation.state === 'refused') return true;
  const wasNeverAnswered = observation.state === 'wanted' && observation.sequence === -1;
  return wasNeverAnswered && observation !== device.asked;
}

function wantedPaths(host: Host, device: Device) {
  const { registration } = device;
  if (registration === undefined) return [];
  const wants = wantsOf(registration.objects, device.profile);
  return observedPaths(wants, device.observeAlso, device.observeNever)
    .slice(0, host.config.limits.observationsMax);
}
