// How a simulated device registers, stays registered and leaves (LwM2M Core 1.1.1 s6.2): Register
// when it starts and whenever its registration is in doubt, an Update shortly before its lifetime
// ends or when that or its objects changed.

import type { Outcome } from '../core/coap/exchange.ts';
import { Code, NO_BYTES, OptionNumber } from '../core/coap/message.ts';
import { locationPath, stringOptionOf, uintOptionOf } from '../core/coap/options.ts';
import type { Failure } from '../core/dtls/handshake.ts';
import { ContentFormat } from '../core/lwm2m/content-format.ts';
import type { Milliseconds, Seconds } from '../core/ports.ts';
import type { SimulatedDevice } from './device.ts';
import type { Resources } from './resources.ts';

/** An Update leaves this long before the lifetime ends, as Zephyr's does. */
const UPDATE_MARGIN: Milliseconds = 10_000;
const REGISTER_RETRY: Milliseconds = 30_000;
const FORMATS = [ContentFormat.SENML_CBOR, ContentFormat.TLV];

const encoder = new TextEncoder();

/** What came in the way of a registration, as the device sees it: another answer than 2.01 too. */
export type Setback = { readonly kind: 'handshake' } & Failure | Outcome;

export function register(device: SimulatedDevice): void {
  const { lifetime, resources, options: { endpoint, awake } } = device;
  const query = [`ep=${endpoint}`, `lt=${lifetime}`, 'lwm2m=1.1', 'b=U'];
  if (awake !== undefined) query.push('Q');
  // LwM2M Core s6.2: a registration voids the observations of the one before. Now and not at the
  // 2.01: that may be lost or late, and the first requests of the server overtake it.
  device.observed = [];
  if (device.isRegistered) {
    device.location = undefined;
    device.tell('unregistered');
  }
  device.clearAlarm(device.renewal);
  device.isAnswered = false;
  const body = encoder.encode(resources.links(FORMATS));
  const { setback: before } = device;
  send(device, Code.POST, ['rd'], query, body, (outcome) => {
    if (outcome.kind !== 'response' || outcome.message.code !== Code.CREATED) {
      // Silence after a handshake that failed says less than that did.
      if (outcome.kind === 'response' || device.setback === before) device.setback = outcome;
      device.setAlarm(device.renewal, REGISTER_RETRY);
      return;
    }
    device.location = locationPath(outcome.message).join('/');
    device.setback = undefined;
    device.registrations++;
    device.tell('registered');
    device.log('registered');
    onRenewed(device, lifetime, resources);
  });
}

/** Tells the lifetime and the objects if the server knows others. */
export function update(device: SimulatedDevice): void {
  if (device.location === undefined) return;
  const { lifetime, resources } = device;
  const query = lifetime === device.toldLifetime ? [] : [`lt=${lifetime}`];
  const body = resources === device.toldResources ? NO_BYTES
    : encoder.encode(resources.links(FORMATS));
  send(device, Code.POST, device.location.split('/'), query, body, (outcome) => {
    const isUpdated = outcome.kind === 'response' && outcome.message.code === Code.CHANGED;
    if (!isUpdated) return register(device);
    onRenewed(device, lifetime, resources);
    device.closeAfterAck();
  });
}

/** Says good-bye, and is off once that was heard. */
export function deregister(device: SimulatedDevice): void {
  if (device.location === undefined) return;
  send(device, Code.DELETE, device.location.split('/'), [], NO_BYTES, () => device.stop());
}

export function onRenewalDue(device: SimulatedDevice): void {
  if (!device.isOn) device.start();
  else if (device.location === undefined) register(device);
  else update(device);
}

function onRenewed(device: SimulatedDevice, told: Seconds, objects: Resources): void {
  device.toldLifetime = told;
  device.toldResources = objects;
  // Written while the message was under way.
  if (told !== device.lifetime || objects !== device.resources) return update(device);
  const margin = Math.min(UPDATE_MARGIN, told * 500);
  device.setAlarm(device.renewal, told * 1000 - margin);
}

function send(
  device: SimulatedDevice, code: number, path: readonly string[], query: readonly string[],
  payload: Uint8Array, done: (outcome: Outcome) => void,
): void {
  const options = path.map((segment) => stringOptionOf(OptionNumber.URI_PATH, segment));
  if (payload.length > 0) {
    options.push(uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.LINK));
  }
  for (const item of query) options.push(stringOptionOf(OptionNumber.URI_QUERY, item));
  device.layer.messages.request(device, { code, options, payload }, (outcome) => {
    if (outcome.kind === 'cancelled') return;
    // As clients do: a server that does not answer may not know the association any more.
    if (outcome.kind === 'unanswered') device.dtls?.renew();
    done(outcome);
  });
}
