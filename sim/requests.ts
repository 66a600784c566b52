// What a server may ask of a simulated device (LwM2M Core 1.1.1 s6.3, s6.4): each operation is
// answered in the file of its name.

import { Code, type Message } from '../core/coap/message.ts';
import { uriPath } from '../core/coap/options.ts';
import { parsePath } from '../core/lwm2m/path.ts';
import type { SimulatedDevice } from './device.ts';
import { refused, type Answer } from './requests/answer.ts';
import { writeAttributes } from './requests/attributes.ts';
import { create, remove } from './requests/create.ts';
import { discover } from './requests/discover.ts';
import { execute } from './requests/execute.ts';
import { operationOf } from './requests/operation.ts';
import { read } from './requests/read.ts';
import { write } from './requests/write.ts';

export function answerTo(device: SimulatedDevice, message: Message): Answer {
  const segments = uriPath(message);
  const parsed = segments.length === 0 ? undefined : parsePath(segments.join('/'));
  if (parsed?.ok === false) return refused(Code.NOT_FOUND);
  const path = parsed?.value;
  const operation = operationOf(message, path);
  if (operation === undefined) return refused(Code.METHOD_NOT_ALLOWED);
  const refusal = device.refusalOf(operation);
  if (refusal !== undefined) return refused(refusal);
  if (path === undefined) return refused(Code.METHOD_NOT_ALLOWED);
  switch (operation) {
    case 'read':
    case 'observe':
      return read(device, message, path);
    case 'discover':
      return discover(device, path);
    case 'write':
      return write(device, message, path);
    case 'writeAttributes':
      return writeAttributes(device, message, path);
    case 'create':
      return create(device, message, path);
    case 'delete':
      return remove(device, path);
    case 'execute':
      return execute(device, message, path);
    default:
      return refused(Code.METHOD_NOT_ALLOWED);
  }
}
