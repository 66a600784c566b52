// Write-Attributes (LwM2M Core 1.1.1 s6.3.4): when the server wants to be told of a path. The
// attributes of 1.2 are none to a device that registers as 1.1.

import { Code, type Message } from '../../core/coap/message.ts';
import { uriQuery } from '../../core/coap/options.ts';
import {
  changeAttributes, checkAttributes, parseAttributes, type AttributeName,
} from '../../core/lwm2m/attributes.ts';
import { formatPath, type Path } from '../../core/lwm2m/path.ts';
import type { SimulatedDevice } from '../device.ts';
import { Pacing } from '../pacing.ts';
import { refused, type Answer } from './answer.ts';
import { absenceOf } from './tree.ts';

const OF_1_2: readonly AttributeName[] = ['edge', 'con', 'hqmax'];

export function writeAttributes(device: SimulatedDevice, message: Message, path: Path): Answer {
  if (device.entriesAt(path).length === 0) return refused(absenceOf(device, path));
  const changes = parseAttributes(uriQuery(message));
  if (!changes.ok || OF_1_2.some((name) => name in changes.value)) {
    return refused(Code.BAD_REQUEST);
  }
  const attached = device.pacing?.attached.get(formatPath(path)) ?? {};
  const attributes = changeAttributes(attached, changes.value);
  if (checkAttributes(attributes, path) !== undefined) return refused(Code.BAD_REQUEST);
  return {
    response: { code: Code.CHANGED },
    then: () => {
      const own = device.ownState();
      own.pacing ??= new Pacing(device);
      own.pacing.attach(path, attributes);
    },
  };
}
