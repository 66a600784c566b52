// Read and Observe (LwM2M Core 1.1.1 s6.3.1, s6.4.1): what is said of a path now, and from then on.

import { Code, type Message, OptionNumber } from '../../core/coap/message.ts';
import { accept, observe, uintOptionOf } from '../../core/coap/options.ts';
import { ContentFormat, encodePayload } from '../../core/lwm2m/content-format.ts';
import type { Path } from '../../core/lwm2m/path.ts';
import type { Entry } from '../../core/lwm2m/value.ts';
import type { SimulatedDevice } from '../device.ts';
import {
  formatOption, newlyObserved, startObserving, stopObserving, type Target,
} from '../notifications.ts';
import { refused, type Answer } from './answer.ts';
import { absenceOf, isEmptyObject } from './tree.ts';

export function read(device: SimulatedDevice, message: Message, path: Path): Answer {
  const entries = device.entriesAt(path);
  // s6.3.1: an object without instances is there, and has no content.
  if (isEmptyObject(device, path)) return { response: { code: Code.CONTENT } };
  if (entries.length === 0) return refused(absenceOf(device, path));
  return tell(device, message, { path }, accept(message) ?? ContentFormat.TLV, entries);
}

/** RFC 7641 s3.1: with Observe 0 it is told from now on, with Observe 1 no more. */
export function tell(
  device: SimulatedDevice, message: Message, target: Target, format: number,
  entries: readonly Entry[],
): Answer {
  const payload = encodePayload(format, 'path' in target ? target.path : undefined, entries);
  if (!payload.ok) return refused(Code.NOT_ACCEPTABLE);
  const options = [formatOption(format)];
  const wish = observe(message);
  if (wish === 1) stopObserving(device, message.token);
  if (wish === 0) {
    const observed = newlyObserved(target, format, message.token);
    startObserving(device, observed);
    device.pacing?.follow(observed);
    options.unshift(uintOptionOf(OptionNumber.OBSERVE, 0));
  }
  device.say({ token: message.token, payload: payload.value, entries });
  return { response: { code: Code.CONTENT, options, payload: payload.value } };
}
