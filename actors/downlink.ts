// What goes to a device, one request at a time and only while it listens: operations of people
// first, then what is wanted of it: the steps of its wants, then observations (LwM2M Core 1.1.1
// s6.3, s6.4).

import { formatCode, type Message } from '../core/coap/message.ts';
import { resolveWish, wishOf, type Operation } from '../core/lwm2m/operation.ts';
import type { OperationRow } from '../core/store/changes.ts';
import { ask } from './ask.ts';
import type { Device, Registration } from './device.ts';
import { onFileRead, withFile } from './file-operations.ts';
import { isRefusedFormat } from './formats.ts';
import type { Host } from './host.ts';
import { sendObserve } from './observing.ts';
import { answerOf, badEnding } from './operation-answer.ts';
import { requestOf } from './operation-request.ts';
import { endOperation, holdOperation, retryOperation, startOperation } from './operations.ts';
import { Event } from './session.machine.ts';
import { sendStep } from './steps.ts';
import { storeValues } from './telemetry.ts';
import { wantsOf } from './wants.ts';

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
  const { steps } = wantsOf(registration.objects, device.wanted);
  for (let step = steps[device.stepNext]; step !== undefined; step = steps[device.stepNext]) {
    if (sendStep(host, device, registration, step)) return;
  }
  // Steps that were passed over at a restart told nothing.
  if (device.stepNext !== Infinity) device.knowsUnmet = true;
  // A cancellation may never be answered: what is wanted does not wait for it.
  const wanted = device.observations.findIndex(({ state }) => state === 'wanted');
  const slot = wanted !== -1 ? wanted
    : device.observations.findIndex(({ state }) => state === 'unwanted');
  if (slot !== -1) return sendObserve(host, device, registration, slot);
  host.step(device, Event.SETTLED, { persist: true });
}

function sendOperation(host: Host, device: Device): void {
  const { registration } = device;
  const row = device.operations[0];
  // While the operation was written the device may have registered anew, left, or fallen asleep.
  if (!registration?.isAnswered || !device.isAwake || row === undefined) {
    device.isBusy = false;
    if (row !== undefined) holdOperation(host, device, row);
    return;
  }
  const models = host.models.of(registration.objects);
  const operation = resolveWish(wishOf(row), models);
  const plain = operation.ok ? requestOf(operation.value, device, registration) : operation;
  const content = operation.ok && plain.ok
    ? withFile(host, device, row, operation.value, plain.value) : plain;
  if (!operation.ok || !plain.ok || !content.ok) {
    // It was possible when it was asked for: the device has registered otherwise since.
    device.isBusy = false;
    const reason = content.ok ? '' : content.reason;
    endOperation(host, device, row, 'FAILED', reason, { ending: { kind: 'impossible', reason } });
    return sendNext(host, device);
  }
  ask(host, device, registration, content.value, (outcome) => {
    if (operation.value.kind === 'read-file') {
      return onFileRead(host, device, row, operation.value, outcome);
    }
    if (outcome.kind !== 'response') return retryOperation(host, device, row, outcome);
    if (isRefusedFormat(device, operation.value, outcome.message, plain.value)) {
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
    endOperation(host, device, row, 'FAILED', result.reason, { ending });
    return;
  }
  const { answer, entries } = result.value;
  if (entries.length > 0) storeValues(host, device, entries, now);
  const { code } = message;
  const ending = { kind: 'answered', code, words: '' } as const;
  endOperation(host, device, row, 'CONFIRMED', formatCode(code), { answer, entries, ending });
}
