// The steps at a registration (wants.ts) as requests, one after the other: a value that shall hold
// is read, and written when the device says another; attributes are written; the rest is read.

import { toHex } from '../core/bytes.ts';
import type { Models } from '../core/lwm2m/objects.ts';
import { resolveWish, wishPath, type Wish } from '../core/lwm2m/operation.ts';
import { formatPath } from '../core/lwm2m/path.ts';
import type { Entry, Value } from '../core/lwm2m/value.ts';
import { ask, isHeard, isIgnored } from './ask.ts';
import type { Device, Registration } from './device.ts';
import { isRefusedFormat } from './formats.ts';
import type { Host } from './host.ts';
import { answerOf } from './operation-answer.ts';
import { requestOf } from './operation-request.ts';
import { storeValues } from './telemetry.ts';
import { wantsOf, type Step } from './wants.ts';

/**
 * Asks for what the step at `device.stepNext` wants; that moves on when it has ended. False when
 * nothing was to be asked for, and the next one is up.
 */
export function sendStep(
  host: Host, device: Device, registration: Registration, step: Step,
): boolean {
  const path = formatPath(step.path);
  switch (step.kind) {
    case 'read':
      return send(host, device, registration, step, { kind: 'read', path });
    case 'attributes':
      return send(host, device, registration, step, {
        kind: 'write-attributes', path, attributes: step.attributes,
      });
    case 'hold': {
      const write: Wish = {
        kind: 'write', path, mode: 'replace', values: [{ path, value: step.value }],
      };
      return device.mustWrite ? send(host, device, registration, step, write)
        : send(host, device, registration, step, { kind: 'read', path }, write);
    }
  }
}

/** `write` is what follows a read that shows another value than it writes. */
function send(
  host: Host, device: Device, registration: Registration, step: Step, wish: Wish, write?: Wish,
): boolean {
  const models = host.models.of(registration.objects);
  const operation = resolveWish(wish, models);
  const content = operation.ok ? requestOf(operation.value, device, registration) : operation;
  if (!operation.ok || !content.ok) {
    // What cannot be read is written without a look.
    if (write !== undefined) device.mustWrite = true;
    else giveUp(device, wish, content.ok ? '' : content.reason);
    return false;
  }
  const sentAt = host.clock.now();
  ask(host, device, registration, content.value, (outcome) => {
    // People may want other things by now, or the device have other objects.
    if (!isCurrent(device, step)) return;
    if (outcome.kind !== 'response') {
      // A device that resets it, or talks but does not answer, will not do so next time.
      if (isHeard(outcome) || isIgnored(device, outcome, sentAt)) {
        giveUp(device, wish, 'the device did not answer it');
      }
      return;
    }
    const { message } = outcome;
    if (isRefusedFormat(device, operation.value, message, content.value)) return;
    const now = host.clock.now();
    const answer = answerOf(operation.value, message, now, models);
    const entries = answer.ok ? answer.value.entries : [];
    if (entries.length > 0) storeValues(host, device, entries, now);
    if (write !== undefined && !isHeld(write, entries, models)) device.mustWrite = true;
    else if (answer.ok) moveOn(device);
    else giveUp(device, wish, answer.reason);
  });
  return true;
}

function isCurrent({ registration, wanted, stepNext }: Device, step: Step): boolean {
  return registration !== undefined
    && wantsOf(registration.objects, wanted).steps[stepNext] === step;
}

function moveOn(device: Device): void {
  device.mustWrite = false;
  device.stepNext++;
}

/** What was only to be read is missed by nobody; what was to be so is said to people. */
function giveUp(device: Device, wish: Wish, reason: string): void {
  moveOn(device);
  if (wish.kind === 'read') return;
  device.unmet = [...device.unmet, { kind: wish.kind, path: wishPath(wish), reason }];
}

/** Whether the device says the very value that would be written. */
function isHeld(write: Wish, entries: readonly Entry[], models: Models): boolean {
  const wanted = resolveWish(write, models);
  if (!wanted.ok || wanted.value.kind !== 'write') return false;
  const [entry] = wanted.value.entries;
  return entries.length === 1 && entry !== undefined
    && JSON.stringify(plain(entry.value)) === JSON.stringify(plain((entries[0] as Entry).value));
}

function plain(value: Value): unknown {
  switch (value.type) {
    case 'integer': case 'unsigned': return [value.type, String(value.value)];
    case 'opaque': return [value.type, toHex(value.value)];
    // Devices keep 32 bits of it.
    case 'float': return [value.type, Math.fround(value.value)];
    default: return value;
  }
}
