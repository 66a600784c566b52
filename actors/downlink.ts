// What goes to a device, one request at a time and only while it listens: operations of people
// first, then wanted reads, then wanted observations (LwM2M Core 1.1.1 s6.3, s6.4).

import type { Outcome, RequestContent } from '../core/coap/exchange.ts';
import { Code, formatCode, OptionNumber, type Message } from '../core/coap/message.ts';
import { DEREGISTER, isNewer, REGISTER } from '../core/coap/observe.ts';
import { contentFormat, observe, uintOptionOf } from '../core/coap/options.ts';
import type { Models } from '../core/lwm2m/objects.ts';
import { resolveWish, wishOf, type Operation } from '../core/lwm2m/operation.ts';
import { formatPath, type Path } from '../core/lwm2m/path.ts';
import type { Milliseconds } from '../core/ports.ts';
import type { OperationRow } from '../core/store/changes.ts';
import { contentOf } from './content.ts';
import { tokenOf, type Device, type Observation, type Registration } from './device.ts';
import type { Host } from './host.ts';
import { tellObservation } from './observation-answer.ts';
import { answerOf, badEnding } from './operation-answer.ts';
import { readContent, requestOf } from './operation-request.ts';
import { endOperation, retryOperation, startOperation } from './operations.ts';
import { Event } from './session.machine.ts';
import { storeValues } from './telemetry.ts';
import { wantsOf } from './wants.ts';

const UNANSWERED: Outcome = { kind: 'unanswered' };

/** Sends what is next, if the device listens and nothing is under way. */
export function sendNext(host: Host, device: Device): void {
  const { registration } = device;
  // LwM2M Core 1.1.1 s6.3: no request before the answer to the Register.
  if (registration === undefined || !registration.isAnswered) return;
  if (device.isBusy || !device.isAwake) return;
  const operation = device.operations[0];
  if (operation !== undefined) {
    device.isBusy = true;
    const ticket = startOperation(host, device, operation);
    host.afterCommit(ticket, () => sendOperation(host, device));
    return;
  }
  if (device.state.states.observations !== 'establishing') return;
  const path = wantsOf(registration.objects, device.profile).read[device.readNext];
  if (path !== undefined) return sendRead(host, device, registration, path);
  const slot = device.observations.findIndex(
    ({ state }) => state === 'wanted' || state === 'unwanted',
  );
  if (slot !== -1) return sendObserve(host, device, registration, slot);
  host.step(device, Event.SETTLED, { persist: true });
}

function sendOperation(host: Host, device: Device): void {
  const { registration } = device;
  const row = device.operations[0];
  // While the operation was written the device may have registered anew, left, or fallen asleep.
  if (!registration?.isAnswered || !device.isAwake || row === undefined) {
    device.isBusy = false;
    return;
  }
  const models = host.models.of(registration.objects);
  const operation = resolveWish(wishOf(row), models);
  const content = operation.ok ? requestOf(operation.value, device, registration) : operation;
  if (!operation.ok || !content.ok) {
    // It was possible when it was asked for: the device has registered otherwise since.
    device.isBusy = false;
    const reason = content.ok ? '' : content.reason;
    endOperation(host, device, row, 'FAILED', reason, { ending: { kind: 'impossible', reason } });
    return sendNext(host, device);
  }
  request(host, device, registration, content.value, (outcome) => {
    if (outcome.kind !== 'response') return retryOperation(host, device, row, outcome);
    if (isRefusedFormat(device, operation.value, outcome.message, content.value)) {
      return retryOperation(host, device, row, outcome);
    }
    onOperationAnswer(host, device, row, operation.value, outcome.message);
  });
}

function onOperationAnswer(
  host: Host, device: Device, row: OperationRow, operation: Operation, message: Message,
): void {
  const now = host.clock.now();
  const models = host.models.of((device.registration as Registration).objects);
  const result = answerOf(operation, message, now, models);
  if (!result.ok) {
    const ending = badEnding(message, result.reason);
    return endOperation(host, device, row, 'FAILED', result.reason, { ending });
  }
  const { answer, entries } = result.value;
  if (entries.length > 0) storeValues(host, device, entries, now);
  const { code } = message;
  const ending = { kind: 'answered', code, words: '' } as const;
  endOperation(host, device, row, 'CONFIRMED', formatCode(code), { answer, entries, ending });
}

function sendRead(host: Host, device: Device, registration: Registration, path: Path): void {
  const content = readContent(device, registration, path, []);
  const sentAt = host.clock.now();
  request(host, device, registration, content, (outcome) => {
    if (outcome.kind !== 'response') {
      // A device that resets a read, or talks but does not answer it, will not do so next time.
      if (isHeard(outcome) || isIgnored(device, outcome, sentAt)) device.readNext++;
      return;
    }
    if (mayChooseFormat(device, outcome.message)) return;
    device.readNext++;
    const models = host.models.of(registration.objects);
    const entries = contentOf(path, outcome.message, host.clock.now(), models);
    if (entries.ok) storeValues(host, device, entries.value, host.clock.now());
    else host.log.debug('read failed', about(device, path, entries.reason));
  });
}

function sendObserve(host: Host, device: Device, registration: Registration, slot: number): void {
  const observation = device.observations[slot] as Observation;
  const isCancel = observation.state === 'unwanted';
  const wish = uintOptionOf(OptionNumber.OBSERVE, isCancel ? DEREGISTER : REGISTER);
  const content = {
    ...readContent(device, registration, observation.path, [wish]),
    token: tokenOf(registration, slot),
  };
  device.asked = observation;
  const sentAt = host.clock.now();
  request(host, device, registration, content, (outcome) => {
    device.asked = undefined;
    const models = host.models.of(registration.objects);
    if (host.isWatched) {
      const what = isCancel ? 'cancel' : 'observe';
      tellObservation(host, device, observation.path, what, outcome, models);
    }
    if (isCancel) {
      // Answered or reset, the token is void; unanswered, it is cancelled again.
      if (isHeard(outcome) && observation.state === 'unwanted') observation.state = 'free';
    } else if (outcome.kind === 'rejected') {
      refuse(host, device, observation, 'the device answered with a Reset');
    } else if (outcome.kind === 'incomplete') {
      refuse(host, device, observation, outcome.reason);
    } else if (isIgnored(device, outcome, sentAt)) {
      // The link may have swallowed it: what waits behind goes first, and this has another chance.
      leave(host, device, observation, 'unanswered', 'the device was heard but did not answer');
    } else if (outcome.kind === 'response') {
      onObserveAnswer(host, device, observation, outcome, sentAt, models);
    }
  });
}

/** The device said something to it. */
function isHeard({ kind }: Outcome): boolean {
  return kind === 'response' || kind === 'rejected' || kind === 'incomplete';
}

/** Unanswered although the device was heard meanwhile: what waits behind must not wait for it. */
function isIgnored(device: Device, outcome: Outcome, sentAt: Milliseconds): boolean {
  return outcome.kind === 'unanswered' && device.lastSeenAt > sentAt;
}

function onObserveAnswer(
  host: Host, device: Device, observation: Observation,
  { message, notification }: Outcome & { kind: 'response' }, sentAt: Milliseconds, models: Models,
): void {
  const now = host.clock.now();
  if (isOvertaken(observation, message, sentAt)) {
    // The rest of a long answer took its time, and what it says is known to be over.
    if (notification !== undefined) host.layer.accept(notification);
    if (observation.state === 'wanted') observation.state = 'established';
    return;
  }
  const entries = contentOf(observation.path, message, now, models);
  const ticket = entries.ok ? storeValues(host, device, entries.value, now) : 0;
  if (notification !== undefined) host.afterCommit(ticket, () => host.layer.accept(notification));
  if (mayChooseFormat(device, message)) return;
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
  host.log.debug('not observed', about(device, observation.path, reason));
}

/** Sends one request and goes on with the next when it ended; who cancels it goes on by itself. */
function request(
  host: Host, device: Device, registration: Registration, content: RequestContent,
  onOutcome: (outcome: Outcome) => void,
): void {
  device.isBusy = true;
  device.request = host.layer.request(registration.peer, content, (outcome) => {
    device.request = undefined;
    // Busy until the outcome is noted, or waking up would send the same request again.
    if (isHeard(outcome)) host.hear(device, host.clock.now());
    // Withdrawn because the device sleeps: it had its chance and did not answer.
    const isAsleep = device.state.states.reachability === 'asleep';
    onOutcome(outcome.kind === 'cancelled' && isAsleep ? UNANSWERED : outcome);
    device.isBusy = false;
    // A full queue at the message layer is as good as no answer: the device is not keeping up.
    if (outcome.kind === 'unanswered' || outcome.kind === 'refused') {
      const { queueMode } = registration;
      host.step(device, queueMode ? Event.UNANSWERED_QUEUE_MODE : Event.UNANSWERED);
    } else if (outcome.kind !== 'cancelled') sendNext(host, device);
  });
}

/** 4.06 to our Accept: ask again without, once and for all. */
function mayChooseFormat(device: Device, message: Message): boolean {
  if (message.code !== Code.NOT_ACCEPTABLE || device.choosesFormat) return false;
  device.choosesFormat = true;
  return true;
}

/** What it refuses was our choice and not a person's, and there is another. */
function isRefusedFormat(
  device: Device, operation: Operation, message: Message, content: RequestContent,
): boolean {
  if (operation.format !== undefined) return false;
  return mayChooseFormat(device, message) || mayTryOther(device, message, content);
}

/** 4.15 to the format we wrote in: another, until it registers anew; false when none is left. */
function mayTryOther(device: Device, message: Message, content: RequestContent): boolean {
  const format = contentFormat(content);
  if (message.code !== Code.UNSUPPORTED_CONTENT_FORMAT || format === undefined) return false;
  if (device.unwritable.includes(format)) return false;
  device.unwritable = [...device.unwritable, format];
  return true;
}

function about(device: Device, path: Path, reason: string) {
  return { endpoint: device.endpoint, path: formatPath(path), reason };
}
