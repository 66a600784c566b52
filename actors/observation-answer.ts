// What a device said to an observe request or its cancellation (RFC 7641 s3.1, s3.6), for those
// who watch. What becomes of the observation is decided in observing.ts.

import type { Ending } from '../core/api/management.ts';
import type { Outcome } from '../core/coap/exchange.ts';
import { Code } from '../core/coap/message.ts';
import type { Models } from '../core/lwm2m/objects.ts';
import { baseOf, formatTarget, type Target } from '../core/lwm2m/target.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import type { Milliseconds } from '../core/ports.ts';
import { contentOf } from './content.ts';
import type { Device } from './device.ts';
import type { Host } from './host.ts';
import { badEnding } from './operation-answer.ts';

/** Told once what the answer brought is on disk; nothing is told of what is asked again. */
export function tellObservation(
  host: Host, device: Device, target: Target, what: 'observe' | 'cancel', outcome: Outcome,
  models: Models,
): void {
  const told = read(device, target, outcome, host.clock.now(), models);
  if (told === undefined) return;
  const { endpoint } = device;
  host.afterCommit(host.store.commit([]), () => {
    host.tell({ kind: 'observation', endpoint, path: formatTarget(target), what, ...told });
  });
}

function read(
  device: Device, target: Target, outcome: Outcome, now: Milliseconds, models: Models,
): { readonly ending: Ending; readonly entries: readonly Entry[] } | undefined {
  switch (outcome.kind) {
    case 'rejected':
      return { ending: { kind: 'rejected' }, entries: [] };
    case 'incomplete':
      return { ending: { kind: 'unreadable', reason: outcome.reason }, entries: [] };
    case 'response': {
      const { message } = outcome;
      if (message.code === Code.NOT_ACCEPTABLE && !device.choosesFormat) return undefined;
      const entries = contentOf(baseOf(target), message, now, models);
      if (!entries.ok) return { ending: badEnding(message, entries.reason), entries: [] };
      const { code } = message;
      return { ending: { kind: 'answered', code, words: '' }, entries: entries.value };
    }
    default:
      return undefined;
  }
}
