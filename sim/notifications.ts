// How a simulated device keeps its observers informed (RFC 7641 s4): of everything observed at
// regular times, and at once of what was written or has changed by itself. Where a server attached
// attributes, pacing.ts says when.

import { isEqual } from '../core/bytes.ts';
import { BLOCK_SIZE_DEFAULT } from '../core/coap/block.ts';
import type { NotifyOutcome } from '../core/coap/exchange.ts';
import { Code, CON, NO_BYTES, NON, type Option, OptionNumber } from '../core/coap/message.ts';
import { nextSequence } from '../core/coap/observe.ts';
import { stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import { encodePayload } from '../core/lwm2m/content-format.ts';
import { isWithin, pathIds, type Path } from '../core/lwm2m/path.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import type { SimulatedDevice } from './device.ts';
import { register } from './registration.ts';

/** What a server observes: a path, or the paths of a composite. */
export type Observed = Observation & Target;
export type Target = { readonly path: Path } | { readonly paths: readonly Path[] };

interface Observation {
  readonly format: number;
  readonly token: Uint8Array;
  sequence: number;
  /** What the newest notification said that was acknowledged. */
  acknowledged: readonly Entry[] | undefined;
}

export function newlyObserved(target: Target, format: number, token: Uint8Array): Observed {
  // Spread, each would be of a shape of its own in V8's eyes, and twice the size.
  const own = shelved(token);
  return 'path' in target
    ? { path: target.path, format, token: own, sequence: 0, acknowledged: undefined }
    : { paths: target.paths, format, token: own, sequence: 0, acknowledged: undefined };
}

const SHELF_BYTES = 1_024;
let shelf = new Uint8Array(SHELF_BYTES);
let shelfUsed = 0;

/** Tokens side by side: a buffer for each would be twice as large as all else kept with it. */
function shelved(token: Uint8Array): Uint8Array {
  const { length } = token;
  if (shelfUsed + length > SHELF_BYTES) {
    shelf = new Uint8Array(SHELF_BYTES);
    shelfUsed = 0;
  }
  const at = shelfUsed;
  shelfUsed += length;
  shelf.set(token, at);
  return shelf.subarray(at, shelfUsed);
}

/** The one with the token, if there is one. */
export function observedBy(device: SimulatedDevice, token: Uint8Array): Observed | undefined {
  return device.observed.find((one) => isEqual(one.token, token));
}

/** In place of one with the same token (RFC 7641 s4.1). */
export function startObserving(device: SimulatedDevice, observed: Observed): void {
  const { token } = observed;
  const isKnown = observedBy(device, token) !== undefined;
  // Made anew: an array that grows takes ahead, in each of 100,000 devices.
  device.observed = isKnown
    ? device.observed.map((one) => (isEqual(one.token, token) ? observed : one))
    : device.observed.concat(observed);
}

export function stopObserving(device: SimulatedDevice, token: Uint8Array): void {
  device.observed = device.observed.filter((one) => !isEqual(one.token, token));
}

/** Every message says the format of its payload, and there are few. */
const formatOptions = new Map<number, Option>();

export function formatOption(format: number): Option {
  let option = formatOptions.get(format);
  if (option === undefined) {
    option = uintOptionOf(OptionNumber.CONTENT_FORMAT, format);
    formatOptions.set(format, option);
  }
  return option;
}

export function onReportDue(device: SimulatedDevice): void {
  device.setAlarm(device.report, device.options.notifyEvery);
  const { pacing } = device;
  for (const observed of device.observed) {
    if (pacing?.paceOf(observed) === undefined) notify(device, observed);
  }
}

/** Values changed, or whole instances came and went: each who observes any is told once. */
export function reportChanged(device: SimulatedDevice, changed: readonly Path[]): void {
  const { pacing } = device;
  for (const observed of device.observed) {
    const isConcerned = pathsOf(observed).some((one) => (
      changed.some((path) => isWithin(path, one) || isWithin(one, path))));
    if (!isConcerned) continue;
    const pace = pacing?.paceOf(observed);
    if (pace === undefined) notify(device, observed);
    else pace.judge();
  }
}

export function pathsOf(target: Target): readonly Path[] {
  return 'path' in target ? [target.path] : target.paths;
}

export function entriesOf(device: SimulatedDevice, target: Target): readonly Entry[] {
  return 'path' in target ? device.entriesAt(target.path)
    : target.paths.flatMap((path) => device.entriesAt(path));
}

export function notify(
  device: SimulatedDevice, observed: Observed, entries = entriesOf(device, observed),
): void {
  const path = 'path' in observed ? observed.path : undefined;
  const payload = encodePayload(observed.format, path, entries);
  if (entries.length === 0) return tellGone(device, observed);
  if (!payload.ok) return;
  observed.sequence = nextSequence(observed.sequence);
  const { token } = observed;
  device.tell('notified');
  device.say({ token, payload: payload.value, entries });
  device.layer.messages.notify(device, {
    type: device.options.confirmable === false ? NON : CON,
    code: Code.CONTENT, token, payload: payload.value,
    options: [
      uintOptionOf(OptionNumber.OBSERVE, observed.sequence),
      formatOption(observed.format),
    ],
    // What a server asks for to have the rest (RFC 7959 s2.6).
    request: payload.value.length <= BLOCK_SIZE_DEFAULT ? undefined : {
      code: path === undefined ? Code.FETCH : Code.GET,
      options: (path === undefined ? [] : pathIds(path))
        .map((id) => stringOptionOf(OptionNumber.URI_PATH, String(id))),
    },
  }, (outcome) => onNotified(device, observed, entries, outcome));
}

/** RFC 7641 s3.2: an error is the last notification. */
function tellGone(device: SimulatedDevice, observed: Observed): void {
  stopObserving(device, observed.token);
  device.layer.messages.notify(device, {
    type: CON, code: Code.NOT_FOUND, token: observed.token, options: [], payload: NO_BYTES,
  }, ({ kind }) => {
    if (kind === 'unanswered') onSilence(device);
  });
}

function onNotified(
  device: SimulatedDevice, observed: Observed, entries: readonly Entry[], { kind }: NotifyOutcome,
): void {
  if (kind === 'acknowledged') {
    device.acknowledged++;
    observed.acknowledged = entries;
    device.tell('acknowledged');
    device.closeAfterAck();
  } else if (kind === 'rejected') {
    stopObserving(device, observed.token);
  } else if (kind === 'unanswered') {
    onSilence(device);
  }
}

/** Zephyr answers silence with a full Register, ahead of all that waits to be reported. */
export function onSilence(device: SimulatedDevice): void {
  device.layer.messages.forget(device);
  register(device);
}
