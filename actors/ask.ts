// One request to a device and what follows from how it ended: heard or not, awake or not.

import type { Outcome } from '../core/coap/exchange.ts';
import type { BodyRequest } from '../core/coap/transfers.ts';
import type { Milliseconds } from '../core/ports.ts';
import type { Device, Registration } from './device.ts';
import type { Host } from './host.ts';
import { Event } from './session.machine.ts';

const UNANSWERED: Outcome = { kind: 'unanswered' };

/**
 * Sends one request and goes on with the next when it ended; who cancels it goes on by itself. True
 * of `onOutcome` says that the end is still to come: then that goes on.
 */
export function ask(
  host: Host, device: Device, registration: Registration, content: BodyRequest,
  onOutcome: (outcome: Outcome) => boolean | void,
): void {
  device.isBusy = true;
  device.request = host.layer.request(registration.peer, content, (outcome) => {
    device.request = undefined;
    // Busy until the outcome is noted, or waking up would send the same request again.
    if (isHeard(outcome)) host.hear(device, host.clock.now());
    // Withdrawn because the device sleeps: it had its chance and did not answer.
    const isAsleep = device.state.states.reachability === 'asleep';
    const isOpen = onOutcome(outcome.kind === 'cancelled' && isAsleep ? UNANSWERED : outcome);
    if (isOpen === true) return;
    device.isBusy = false;
    // A full queue at the message layer is as good as no answer: the device is not keeping up.
    if (outcome.kind === 'unanswered' || outcome.kind === 'refused') {
      const { queueMode } = registration;
      host.step(device, queueMode ? Event.UNANSWERED_QUEUE_MODE : Event.UNANSWERED);
    } else if (outcome.kind !== 'cancelled') host.sendNext(device);
  });
}

/** The device said something to it. */
export function isHeard({ kind }: Outcome): boolean {
  return kind === 'response' || kind === 'rejected' || kind === 'incomplete';
}

/** Unanswered although the device was heard meanwhile: what waits behind must not wait for it. */
export function isIgnored(device: Device, outcome: Outcome, sentAt: Milliseconds): boolean {
  return outcome.kind === 'unanswered' && device.lastSeenAt > sentAt;
}
