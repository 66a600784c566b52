// Establishing and cancelling observations (LwM2M Core 1.1.1 s6.4, RFC 7641): the requests, and
// what a device's answer makes of its slot.

import type { Outcome, RequestContent } from '../core/coap/exchange.ts';
import { formatCode, OptionNumber, type Message } from '../core/coap/message.ts';
import { DEREGISTER, isNewer, REGISTER } from '../core/coap/observe.ts';
import { observe, uintOptionOf } from '../core/coap/options.ts';
import type { Milliseconds } from '../core/ports.ts';
import { ask, isHeard, isIgnored } from './ask.ts';
import { contentOf } from './content.ts';
import { tokenOf, type Device, type Observation, type Registration } from './device.ts';
import type { Host } from './host.ts';
import { isRefused } from './formats.ts';
import { tellObservation } from './observation-answer.ts';
import { targetContent } from './operation-request.ts';
import { awaitReports } from './overdue.ts';
import { baseOf, formatTarget } from '../core/lwm2m/target.ts';
import { storeValues } from './telemetry.ts';

export function sendObserve(
  host: Host, device: Device, registration: Registration, slot: number,
): void {
  const observation = device.observations[slot] as Observation;
  const isCancel = observation.state === 'unwanted';
  const wish = uintOptionOf(OptionNumber.OBSERVE, isCancel ? DEREGISTER : REGISTER);
  // A target is checked when it is wanted, so that it has a form.
  const content: RequestContent = {
    ...targetContent(device, registration, observation.target, [wish]),
    token: tokenOf(registration, slot),
  };
  device.asked = observation;
  const sentAt = host.clock.now();
  ask(host, device, registration, content, (outcome) => {
    device.asked = undefined;
    const models = host.models.of(registration.objects);
    if (host.isWatched) {
      const what = isCancel ? 'cancel' : 'observe';
      tellObservation(host, device, observation.target, what, outcome, models);
    }
    if (isCancel) {
      // Answered or reset, the token is void; unanswered, it is cancelled again.
      if (isHeard(outcome) && observation.state === 'unwanted') observation.state = 'free';
    } else if (outcome.kind === 'rejected') {
      refuse(host, device, observation, 'the device answered with a Reset');
    } else if (outcome.kind === 'incomplete') {
      // What changed meanwhile may hold still the next time.
      const state = outcome.isPassing ? 'unanswered' : 'refused';
      leave(host, device, observation, state, outcome.reason);
    } else if (isIgnored(device, outcome, sentAt)) {
      // The link may have swallowed it: what waits behind goes first, and this has another chance.
      leave(host, device, observation, 'unanswered', 'the device was heard but did not answer');
    } else if (outcome.kind === 'response') {
      onObserveAnswer(host, device, observation, outcome, sentAt, content);
    }
  });
}

function onObserveAnswer(
  host: Host, device: Device, observation: Observation,
  { message, notification }: Outcome & { kind: 'response' }, sentAt: Milliseconds,
  content: RequestContent,
): void {
  const now = host.clock.now();
  const models = host.models.of((device.registration as Registration).objects);
  if (isOvertaken(observation, message, sentAt)) {
    // The rest of a long answer took its time, and what it says is known to be over.
    if (notification !== undefined) host.layer.accept(notification);
    if (observation.state === 'wanted') {
      observation.state = 'established';
      awaitReports(host, device, observation);
    }
    return;
  }
  const entries = contentOf(baseOf(observation.target), message, now, models);
  const ticket = entries.ok ? storeValues(host, device, entries.value, now) : 0;
  if (notification !== undefined) host.afterCommit(ticket, () => host.layer.accept(notification));
  if (isRefused(device, message, content)) return;
  const sequence = observe(message);
  if (message.code >> 5 !== 2) {
    refuse(host, device, observation, `the device answered ${formatCode(message.code)}`);
  } else if (sequence === undefined) {
    // RFC 7641 s3.1: without the option the answer is a plain read.
    refuse(host, device, observation, 'the device answered once and does not observe this path');
  } else if (observation.state === 'wanted') {
    observation.state = 'established';
    observation.reason = '';
    observation.sequence = sequence;
    observation.at = now;
    awaitReports(host, device, observation);
    host.alerts.onReported(device, formatTarget(observation.target));
  }
}

/** A notification that came while the answer was under way is newer (RFC 7641 s3.4). */
function isOvertaken(
  observation: Observation, message: Message, sentAt: Milliseconds,
): boolean {
  const sequence = observe(message);
  return sequence !== undefined && observation.sequence !== -1 && observation.at > sentAt
    && !isNewer(observation, sequence, sentAt);
}

function refuse(host: Host, device: Device, observation: Observation, reason: string): void {
  leave(host, device, observation, 'refused', reason);
}

/** It is not observed, and no longer asked for. */
function leave(
  host: Host, device: Device, observation: Observation, state: 'refused' | 'unanswered',
  reason: string,
): void {
  // Switched off while it was asked for: the cancellation is next.
  if (observation.state !== 'wanted') return;
  observation.state = state;
  observation.reason = reason;
  host.log.debug('not observed', {
    endpoint: device.endpoint, path: formatTarget(observation.target), reason,
  });
}
