// What each effect of the session machine does to the device's record. `sendNext` is not here:
// it must wait until the step is durable, so the host runs it.

import type { Address } from '../core/ports.ts';
import { unreachable } from '../core/result.ts';
import { NO_SEQUENCES, type SessionEventType } from '../core/store/changes.ts';
import { observe, startSteps, type Device, type Observation } from './device.ts';
import type { Host } from './host.ts';
import { expectNoReports } from './overdue.ts';
import type { Effect } from './session.machine.ts';
import { formatTarget, type Target } from '../core/lwm2m/target.ts';
import { observedTargets, wantsOf } from './wants.ts';

type DeviceEffect = Exclude<Effect, { type: 'sendNext' }>;

/** A device that never confirms a cancellation must not make its slots grow without end. */
export const SLOTS_PER_OBSERVATION_MAX = 4;

export function carryOut(host: Host, device: Device, effect: DeviceEffect): void {
  switch (effect.type) {
    case 'record': return record(host, device, effect.params.event);
    case 'voidWanted': return voidWanted(host, device);
    case 'startWanted': return startWanted(host, device);
    case 'renewWanted': return renewWanted(device);
    case 'revisitWanted': return revisitWanted(host, device);
    case 'withdraw': return host.withdraw(device);
    default: return unreachable(effect);
  }
}

/** Joined, V8 keeps one text of it and not its parts, and every device has one. */
function sourceText({ host, port }: Address): string {
  return [host, port].join(':');
}

function record(host: Host, device: Device, event: SessionEventType): void {
  const at = host.clock.now();
  const { registration } = device;
  const detail = registration === undefined || event === 'updated' ? ''
    : sourceText(registration.peer.address);
  if (event === 'deregistered' || event === 'expired') {
    device.ended = event;
    host.unbind(device);
  }
  const row = { device: device.id, type: event, at, detail, sequences: NO_SEQUENCES };
  host.alsoCommit({ table: 'event', row });
  host.alerts.onEvent(device, event);
}

function voidWanted(host: Host, device: Device): void {
  expectNoReports(host, device);
  device.observations = [];
  startSteps(device);
}

function startWanted(host: Host, device: Device): void {
  expectNoReports(host, device);
  const targets = wantedTargets(host, device);
  device.observations = targets.map((target) => observe(target, 'wanted'));
  host.alerts.expectOnly(device, new Set(targets.map(formatTarget)));
  startSteps(device);
}

function renewWanted(device: Device): void {
  for (const observation of device.observations) {
    if (observation.state === 'established') observation.state = 'wanted';
  }
}

/** Brings the slots in line with what is wanted now; a target keeps its slot and so its token. */
function revisitWanted(host: Host, device: Device): void {
  const targets = wantedTargets(host, device);
  const slotsMax = SLOTS_PER_OBSERVATION_MAX * host.config.limits.observationsMax;
  const wanted = new Set(targets.map(formatTarget));
  host.alerts.expectOnly(device, wanted);
  const slots: Observation[] = [...device.observations];
  const present = new Set<string>();
  for (const observation of slots) {
    const text = formatTarget(observation.target);
    if (observation.state === 'free') continue;
    if (wanted.has(text)) {
      present.add(text);
      const { state } = observation;
      if (state === 'unwanted' || state === 'unanswered') observation.state = 'wanted';
    } else observation.state = isVoid(device, observation) ? 'free' : 'unwanted';
  }
  for (const target of targets) {
    if (present.has(formatTarget(target))) continue;
    const free = slots.findIndex(({ state }) => state === 'free');
    if (free !== -1) slots[free] = observe(target, 'wanted');
    else if (slots.length < slotsMax) slots.push(observe(target, 'wanted'));
  }
  device.observations = slots;
}

/** True when the device cannot know the slot's token, so that another target may have it. */
function isVoid(device: Device, observation: Observation): boolean {
  if (observation.state === 'refused') return true;
  const wasNeverAnswered = observation.state === 'wanted' && observation.sequence === -1;
  return wasNeverAnswered && observation !== device.asked;
}

function wantedTargets(host: Host, device: Device): readonly Target[] {
  const { registration } = device;
  if (registration === undefined) return [];
  const wants = wantsOf(registration.objects, device.wanted);
  return observedTargets(wants, device.observeAlso, device.observeNever)
    .slice(0, host.config.limits.observationsMax);
}
